"""Bescheide: drafts, approved and issued notices of a Vorgang."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.base import clock, db
from engine.base.db import Tx
from engine.base.errors import Unknown
from engine.base.ports import Section
from engine.model import bescheid, grant, konto, vorgang

T = bescheid.T
_SHOWN = (
    sa.select(T, sa.func.coalesce(konto.T.c.name, grant.GUESTS.c.name).label("approver"))
    .outerjoin(konto.T, konto.T.c.login == T.c.approved_by)
    .outerjoin(grant.GUESTS, grant.GUESTS.c.login == T.c.approved_by)
)


@dataclass(frozen=True, slots=True)
class Bescheid:
    """A notice. `state` is entwurf, freigegeben, erlassen or verworfen; `content_hash` names what it says.

    `editors` and `approved_by` are logins, `approver` is the name of who approved it.

    `document_id` is its PDF: of the draft, None while it is being written, or of what was issued, with `sha256`.
    `outdated` says why a draft must be made anew, where one is looked at by itself.
    """

    id: str
    vorgang_id: str
    name: str
    state: str
    content_hash: str
    sections: tuple[Section, ...]
    editors: tuple[str, ...]
    drafted_at: dt.datetime
    approved_by: str | None
    approver: str | None
    approved_at: dt.datetime | None
    issued_at: dt.datetime | None
    document_id: str | None
    sha256: str | None
    outdated: str = ""


def _from(row: Any, outdated: str = "") -> Bescheid:
    letter = bescheid.letter_of(row.content, clock.local_day(row.drafted_at), draft=True)
    return Bescheid(
        row.id, row.vorgang_id, row.name, row.state, row.content_hash, letter.sections, tuple(json.loads(row.editors)),
        row.drafted_at, row.approved_by, row.approver, row.approved_at, row.issued_at,
        row.dokument_id or row.draft_id, row.sha256, outdated,
    )  # fmt: skip


def bescheid_of(tx: Tx, id: str) -> Bescheid:
    """A Bescheid, inside an open transaction.

    Raises:
        Unknown: if there is none.
    """
    row = tx.one_or_none(_SHOWN.where(T.c.id == id))
    if row is None:
        raise Unknown("Diesen Bescheid gibt es nicht.")
    open_still = row.state in (bescheid.DRAFT, bescheid.APPROVED)
    return _from(row, bescheid.of_another(tx, row) if open_still else "")


def get_bescheid(id: str) -> Bescheid:
    """A Bescheid with its text."""
    with db.reading() as tx:
        return bescheid_of(tx, id)


def list_bescheide(vorgang_id: str) -> tuple[Bescheid, ...]:
    """The notices of a case, oldest first; drafts that a newer one replaced are among them."""
    with db.reading() as tx:
        vorgang.get(tx, vorgang_id)
        rows = tx.all(_SHOWN.where(T.c.vorgang_id == vorgang_id).order_by(T.c.drafted_at, T.c.id))
    return tuple(_from(row) for row in rows)
