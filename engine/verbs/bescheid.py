"""Bescheid: what a clerk changes in a draft by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.base import clock, db
from engine.base.db import Tx
from engine.base.errors import Conflict
from engine.base.rights import Konto, verb
from engine.model import auftrag, bescheid, protokoll, vorgang
from engine.model.notice import Written, revised
from engine.reads.bescheide import Bescheid, bescheid_of
from engine.step import ring
from engine.verbs.letters import DRAFT, subject_of


@verb(right="aufgabe.bearbeiten", tag="bescheid:geaendert")
def change_draft(bescheid_id: str, sections: Sequence[Mapping[str, str]], seen: str, *, by: Konto) -> Bescheid:
    """Write other text into a draft; an approval it had is void, and who changed it cannot approve it.

    `sections` are all parts in order, each with kind, heading and text (structured as in a bundle's letters; what stands in
    braces is plain text here). `seen` is the hash of the content that was looked at. The PDF of the draft follows.

    Raises:
        Unknown: there is no such Bescheid.
        Conflict: others have changed it since, it is issued, or the Vorgang has ended; `fresh` is how it is now.
        Invalid: a part that a Bescheid must have is missing; causes point at sections.
    """
    with db.reading() as tx:
        before: Any = bescheid.get(tx, bescheid_id)
    letter = bescheid.letter_of(before.content, clock.local_day(clock.now()), draft=True)
    written = [Written(part["kind"], part.get("heading", ""), part.get("text", "")) for part in sections]
    changed = revised(letter, written)
    content = bescheid.content_of(changed)
    with db.transaction() as tx:
        if bescheid.get(tx, bescheid_id).content_hash == bescheid.hash_of(content):
            return bescheid_of(tx, bescheid_id)
        try:
            _still_open(tx, before.vorgang_id)
            stand = bescheid.change(tx, bescheid_id, seen, content, by.login)
        except Conflict as conflict:
            raise Conflict(conflict.sentence, fresh=bescheid_of(tx, bescheid_id)) from conflict
        _show(tx, before, stand)
        protokoll.record(tx, before.vorgang_id, bescheid=bescheid_id, pruefsumme=bescheid.hash_of(content))
        return bescheid_of(tx, bescheid_id)


def _still_open(tx: Tx, vorgang_id: str) -> None:
    """Refuse where the Vorgang has ended: nobody would ever approve the draft."""
    row: Any = vorgang.get(tx, vorgang_id)
    if row.state in vorgang.ENDED:
        raise Conflict("Der Vorgang ist beendet; der Entwurf kann nicht mehr geändert werden.")


def _show(tx: Tx, draft: Any, stand: int) -> None:
    """Order the PDF of a changed draft."""
    row = auftrag.free_row(subject_of(draft.id, stand), DRAFT, draft.name, {"vorlage": draft.vorlage, "name": draft.name})
    tx.execute(sa.insert(auftrag.T).values(vorgang_id=draft.vorgang_id, **row))
    tx.after(lambda: ring(row["id"]))
