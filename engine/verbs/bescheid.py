"""Bescheid: what a clerk changes in a draft by hand, and the approval of such a change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine import bpmn
from engine.base import clock, db
from engine.base.db import Tx
from engine.base.errors import Conflict, Forbidden
from engine.base.rights import Konto, verb
from engine.model import auftrag, bescheid, incident, protokoll, vorgang
from engine.model.notice import Written, revised
from engine.model.waits import OPEN
from engine.reads.bescheide import Bescheid, bescheid_of
from engine.reads.hindrance import not_for, persons_covered
from engine.reads.workshop import approval_of
from engine.step import Case, look, ring, step
from engine.verbs.four_eyes import require_four_eyes, written_down
from engine.verbs.letters import DRAFT, ISSUE, subject_of


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


@verb(right="aufgabe.bearbeiten", tag="bescheid:freigegeben")
@written_down
def approve_change(bescheid_id: str, seen: str, *, by: Konto) -> Bescheid:
    """Approve a draft that was changed after its task had been completed; where issuing it had failed, the Vorgang goes on.

    A draft is approved by completing the task that says so. Once that is done and a change has voided the approval, only this
    is left; who may is what the task said. `seen` is the hash of the content that was looked at.

    Raises:
        Unknown: there is no such Bescheid.
        Conflict: a task waits to approve it or none ever did, it was changed since, or it is issued; `fresh` is how it is now.
        Forbidden: it is for another Stelle, or four eyes are needed and one's own have already seen it.
    """
    with db.reading() as tx:
        row: Any = bescheid.get(tx, bescheid_id)
    approval = approval_of(row.vorgang_id)
    if approval.waiting:
        raise Conflict(f"Freigegeben wird mit der Aufgabe „{approval.waiting[0].name}“.")
    if approval.done is None:
        raise Conflict("Dieser Entwurf wird im Ablauf freigegeben; so weit ist der Vorgang noch nicht.")
    if reason := not_for(approval.done, by):
        raise Forbidden(reason)
    with db.reading() as tx:
        require_four_eyes(tx, row.vorgang_id, approval.done.four_eyes, by)

    def approve(tx: Tx) -> None:
        try:
            bescheid.approve(tx, bescheid_id, row.vorgang_id, by.login, seen, persons_covered(tx, by))
        except Conflict as conflict:
            raise Conflict(conflict.sentence, fresh=bescheid_of(tx, bescheid_id)) from conflict

    _go_on(row, approve, {"bescheid": bescheid_id, "pruefsumme": seen})
    with db.reading() as tx:
        return bescheid_of(tx, bescheid_id)


def _go_on(row: Any, approve: Callable[[Tx], None], detail: Mapping[str, Any]) -> None:
    """Approve, and try again to issue it if that was tried while it was not approved."""
    case = look(row.vorgang_id)
    failed = _failed_issue(case)
    if failed is None:
        with db.transaction() as tx:
            approve(tx)
            protokoll.record(tx, row.vorgang_id, **detail)
        return

    def also(tx: Tx, _: bpmn.Outcome) -> None:
        approve(tx)
        incident.mend(tx, failed.id)

    step(row.vorgang_id, bpmn.Retry(failed.token, {}), also, closes=incident.T, case=case, **detail)


def _failed_issue(case: Case) -> Any:
    """The open incident at the element of a case that issues the Bescheid, if there is one."""
    issuing = [element.id for element in case.bundle.spec.elements() if element.job_type == ISSUE]
    i = incident.T
    query = sa.select(i).where(i.c.vorgang_id == case.id, i.c.state == OPEN, i.c.element.in_(issuing))
    with db.reading() as tx:
        found = tx.all(query.order_by(i.c.opened_at).limit(1))
    return found[0] if found else None
