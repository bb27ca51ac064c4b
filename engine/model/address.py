"""Address: by which e-mail addresses somebody is known, or was once. Four eyes count persons by them (docs/adr/0022).

Whoever works here and at a neighbour is one person, known by one address in both. Were it forgotten with its change, somebody
could draft, have it changed, and approve as another. So each address that somebody has given up is kept with their login.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base.db import Base, Tx

MOST = 100


class FormerAddress(Base):
    """An address, in small letters, that somebody has or had: of one of our Konten, or of a guest under their login here."""

    __tablename__ = "former_address"

    login: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(320), primary_key=True, index=True)


T = FormerAddress.__table__


def plain(email: str) -> str:
    """An e-mail address, as it is compared."""
    return email.strip().lower()[:320]


def keep(tx: Tx, login: str, *emails: str) -> None:
    """Keep addresses that somebody has had."""
    for email in {plain(one) for one in emails} - {""}:
        tx.insert_once(T, {"login": login, "email": email})


def of(tx: Tx, login: str) -> tuple[str, ...]:
    """The addresses that are kept of somebody."""
    return tuple(tx.scalars(sa.select(T.c.email).where(T.c.login == login).order_by(T.c.email).limit(MOST)))
