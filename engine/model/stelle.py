"""Stelle: an organisational unit of the municipality. Konten belong to Stellen, tasks and cases are given to them.

A diagram names a Stelle by its key, as candidate group or as the name of a lane; form systems by its number. The key never
changes: diagrams, Konten and cases hold it.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base.db import Base, Tx, new_id
from engine.base.errors import Cause, Invalid, Unknown
from engine.base.rights import ROLES


class Stelle(Base):
    __tablename__ = "stelle"

    key: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    id: Mapped[str] = mapped_column(sa.String(26), unique=True, default=new_id)
    """How addresses name it: a key may hold any sign."""
    name: Mapped[str] = mapped_column(sa.String(200))
    nummer: Mapped[str | None] = mapped_column(sa.String(100), unique=True)
    """What form systems call it: `zustaendigeStelle` of an application."""


T = Stelle.__table__


def key_of(tx: Tx, nummer: str) -> str | None:
    """The key of the Stelle with that number; None if no Stelle here has it."""
    key: str | None = tx.scalar(sa.select(T.c.key).where(T.c.nummer == nummer))
    return key


def locked(tx: Tx, id: str) -> sa.Row[tuple[object, ...]]:
    """A Stelle's row, held until the commit.

    Raises:
        Unknown: if there is none.
    """
    row = tx.one_or_none(sa.select(T).where(T.c.id == id).with_for_update())
    if row is None:
        raise Unknown("Diese Stelle gibt es nicht.")
    return row


def unknown_of(tx: Tx, keys: frozenset[str]) -> list[str]:
    """Those of the keys that no Stelle has."""
    known = set(tx.scalars(sa.select(T.c.key).where(T.c.key.in_(sorted(keys))))) if keys else set()
    return sorted(keys - known)


def checked(name: str, nummer: str, key: str | None = None) -> tuple[str, str | None, str]:
    """Name, number and key in normal form; without a key of its own a Stelle is named in diagrams as for people.

    Raises:
        Invalid: with a cause for every field that is wrong.
    """
    name, nummer = " ".join(name.split()), nummer.strip()
    causes = []
    if not 1 <= len(name) <= 200 or not name.isprintable():
        causes.append(Cause("Der Name fehlt, ist zu lang oder nicht lesbar.", "1 bis 200 Zeichen.", "/name"))
    if len(nummer) > 100 or not nummer.isprintable():
        causes.append(Cause("Die Nummer ist zu lang oder nicht lesbar.", "Höchstens 100 Zeichen.", "/nummer"))
    wanted = " ".join((key or "").split()) or name
    if not causes and (len(wanted) > 100 or not wanted.isprintable()):
        causes.append(Cause("Der Name in Prozessen ist zu lang oder nicht lesbar.", "Höchstens 100 Zeichen.", "/kennung"))
    if wanted.casefold() in ROLES:
        causes.append(Cause("So heißt schon eine Rolle.", "Wählen Sie einen anderen Namen in Prozessen.", "/kennung"))
    if causes:
        raise Invalid("Bitte prüfen Sie die Angaben zur Stelle.", causes)
    return name, nummer or None, wanted
