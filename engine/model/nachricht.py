"""Nachricht: a message with the applicant, out or in."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base.db import Base, Tx, new_id
from engine.base.errors import Unknown
from engine.base.ports import ReplyPolicy
from engine.model import search
from engine.model.waits import ID

OUT, IN = "OUT", "IN"


class Nachricht(Base):
    __tablename__ = "nachricht"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    vorgang_id: Mapped[str] = mapped_column(sa.ForeignKey("vorgang.id"), index=True)
    direction: Mapped[str] = mapped_column(sa.String(3))
    subject: Mapped[str] = mapped_column(sa.String(1024))
    body: Mapped[str] = mapped_column(sa.Text)
    documents: Mapped[str] = mapped_column(sa.Text)
    external_id: Mapped[str | None] = mapped_column(sa.String(200), unique=True)
    """The id the Servicekonto knows it by."""
    reply_to: Mapped[str | None] = mapped_column(sa.String(200), index=True)
    at: Mapped[dt.datetime]
    """When it was provided in the mailbox, or came from there."""
    notified_at: Mapped[dt.datetime | None]
    """When the applicant was told that it is there, as far as the Servicekonto says."""
    retrieved_at: Mapped[dt.datetime | None]
    reply: Mapped[str] = mapped_column(sa.String(10))
    """Whether an answer may or must come (ReplyPolicy)."""
    reply_bis: Mapped[dt.date | None]
    """The last day for the answer, where one was set."""
    reply_source: Mapped[str] = mapped_column(sa.Text)
    """The law by which that day was calculated, where we calculated it beside the process."""


T = Nachricht.__table__


def add(tx: Tx, vorgang_id: str, *, direction: str, subject: str, body: str, documents: Sequence[str], at: dt.datetime,
        notified_at: dt.datetime | None = None, external_id: str | None = None, reply_to: str | None = None,
        id: str | None = None, reply: str = ReplyPolicy.FORBIDDEN, reply_bis: dt.date | None = None,
        reply_source: str = "") -> bool:  # fmt: skip
    """Keep a message with its Vorgang; False if it came before (by the Servicekonto's id)."""
    new = tx.insert_once(
        T,
        {
            "id": id or new_id(), "vorgang_id": vorgang_id, "direction": direction, "subject": subject, "body": body,
            "documents": json.dumps(list(documents)), "external_id": external_id, "reply_to": reply_to, "at": at,
            "notified_at": notified_at, "reply": str(reply), "reply_bis": reply_bis, "reply_source": reply_source,
        },
    )  # fmt: skip
    if new:
        search.add(tx, vorgang_id, (subject, body))
    return new


def provided(tx: Tx, id: str, external_id: str, at: dt.datetime, notified_at: dt.datetime | None) -> None:
    """Note that a message of a clerk has reached the mailbox."""
    values = {"external_id": external_id, "at": at, "notified_at": notified_at}
    tx.execute(sa.update(T).where(T.c.id == id, T.c.external_id.is_(None)).values(**values))


def sent(tx: Tx, external_id: str) -> sa.Row[Any] | None:
    """The message of ours that a Servicekonto speaks of, held until the commit: its case is not deleted meanwhile."""
    query = sa.select(T).where(T.c.external_id == external_id, T.c.direction == OUT)
    return tx.one_or_none(query.with_for_update() if tx.writes else query)


def get(tx: Tx, id: str) -> sa.Row[Any]:
    """A message's row.

    Raises:
        Unknown: if there is none.
    """
    row = tx.one_or_none(sa.select(T).where(T.c.id == id))
    if row is None:
        raise Unknown("Diese Nachricht gibt es nicht.")
    return row


def retrieved(tx: Tx, external_id: str, at: dt.datetime) -> bool:
    """Note that the applicant has opened a message; the first time counts."""
    changed: Mapping[str, Any] = {"retrieved_at": at}
    return (
        tx.execute(sa.update(T).where(T.c.external_id == external_id, T.c.retrieved_at.is_(None)).values(**changed)).rowcount
        == 1
    )
