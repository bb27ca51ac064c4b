"""Letters: what an Auftrag writes. A plain letter at once; a Bescheid as a draft, which is approved, then issued.

    bescheid.erstellen   a letter that decides nothing, filled in from the bundle's text blocks
    bescheid.entwerfen   a draft of a Bescheid: its content is kept and named by its hash
    bescheid.erlassen    the approved content, set once more without the mark of a draft, and frozen

The letter is filled in when it is drafted; what is issued is what was approved, not what variables say by then.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from engine import bpmn
from engine.base import clock, db
from engine.base.db import Tx, new_id
from engine.base.errors import Cause, Invalid, Unknown
from engine.base.ports import BpmnError, Letter
from engine.model import aufgabe, bescheid, grant, letterhead, vorgang
from engine.model.auftrag import Claim
from engine.model.bundle import Bundle
from engine.model.notice import Notice, fill, is_bescheid, offered
from engine.step import Case, look
from engine.verbs import serving
from engine.verbs.serving import Office

LETTER, DRAFT, ISSUE = "bescheid.erstellen", "bescheid.entwerfen", "bescheid.erlassen"
TYPES = frozenset({LETTER, DRAFT, ISSUE})
NOT_APPROVED = "nicht_freigegeben"
WE = "behoerde"
"""The parameter in which bundles name who decides."""


# --- before it runs ------------------------------------------------------------------------------------------------


def letter_findings(bundle: Bundle) -> Iterator[Cause]:
    """Letters that are not there, and a Bescheid that is not drafted, approved and issued."""
    elements = list(bundle.spec.elements())
    for element in elements:
        here = Cause("", file=element.file, line=element.line, element=element.id)
        for mapping in element.inputs:
            name = mapping.source.removeprefix("=").strip().strip('"')
            if mapping.target == "vorlage" and name.isidentifier():
                message, hint = _misfit(bundle.notices.get(name), name, element.job_type)
                if message:
                    yield dataclasses.replace(here, message=message, hint=hint)
        if element.job_type == ISSUE and not any(other.approves for other in elements):
            message, hint = "niemand gibt den Bescheid frei", "gibt_frei und vier_augen an die Aufgabe, die freigibt"
            yield dataclasses.replace(here, message=message, hint=hint)


def _misfit(notice: Notice | None, name: str, type: str | None) -> tuple[str, str]:
    """What is wrong with a letter that an element writes, and how to mend it."""
    if notice is None:
        return f"den Brief „{name}“ gibt es im Paket nicht", "unter notices/ beilegen"
    if type == LETTER and is_bescheid(notice):
        return f"„{name}“ ist ein Bescheid: Er wird entworfen, freigegeben und erlassen", f"{DRAFT} und {ISSUE} verwenden"
    if type == DRAFT and not is_bescheid(notice):
        return f"„{name}“ ist kein Bescheid, denn er entscheidet nichts", f"{LETTER} verwenden"
    return "", ""


# --- before the call -----------------------------------------------------------------------------------------------


def letter_for(claim: Claim, case: Case, passed: Any = None) -> Letter:
    """The letter that an Auftrag writes; `passed` is the grant by which its Leistung has passed over to others (§ 18 GkZ).

    Raises:
        Invalid: there is no such notice, it is of the wrong kind, a part is missing, or the Bescheid cannot be issued.
        BpmnError: `nicht_freigegeben`, the draft was changed after its approval, or another authority decides by now.
    """
    day = clock.local_day(claim.opened_at)
    if claim.free:
        return _changed_draft(claim, day)
    if claim.type == ISSUE:
        return _approved(claim, day)
    notice = _notice(claim, case)
    message, hint = _misfit(notice, notice.name, claim.type)
    if message:
        raise Invalid(f"{message}: {hint}.")
    letter = _filled(claim, case, notice, day, serving.office(passed))
    return dataclasses.replace(letter, draft=claim.type == DRAFT, written_by="" if passed is None else passed.guest)


def _notice(claim: Claim, case: Case) -> Notice:
    name = claim.inputs.get("vorlage")
    notice = case.bundle.notices.get(name) if isinstance(name, str) else None
    if notice is None:
        raise Invalid(f"Den Brief „{name}“ gibt es in dieser Fassung der Leistung nicht.")
    return notice


def _filled(claim: Claim, case: Case, notice: Notice, day: dt.date, office: Office) -> Letter:
    context = _context(claim, case)
    if office.heard_by is not None and isinstance(context.get("parameter"), Mapping):
        context["parameter"] = {**context["parameter"], WE: office.head.authority}
    letter = fill(
        notice, context, letterhead=office.head, reference=case.nummer, place=office.place, date=day, heard_by=office.heard_by
    )
    return letterhead.with_texts(letter, office.texts)


def _context(claim: Claim, case: Case) -> dict[str, Any]:
    """What a letter may name: the variables that the Auftrag sees, and who worked on the Vorgang last."""
    with db.reading() as tx:
        clerk = _clerk(tx, case.id)
    return {**bpmn.variables(case.bundle.spec, case.snapshot, claim.token), "bearbeitung": {"name": clerk}}


def _clerk(tx: Tx, vorgang_id: str) -> str | None:
    """The name of the person who completed a task of this Vorgang last."""
    a, done = aufgabe.T, sa.and_(aufgabe.T.c.vorgang_id == vorgang_id, aufgabe.T.c.state == aufgabe.DONE)
    query = sa.select(a.c.closed_by).where(done, a.c.closed_by.is_not(None)).order_by(a.c.closed_at.desc()).limit(1)
    login = tx.scalar(query)
    return None if login is None else grant.name_in_letters(tx, login)


def _approved(claim: Claim, day: dt.date) -> Letter:
    """The letter of an approved Bescheid of this Vorgang; one that is not (any more) is an error that a diagram can catch."""
    with db.reading() as tx:
        try:
            row: Any = bescheid.get(tx, str(claim.inputs.get("bescheid")))
        except Unknown as unknown:
            raise Invalid(f"{unknown.sentence} Erlassen wird, was „bescheid.entwerfen“ als „bescheid“ ergeben hat.") from None
        sentence = bescheid.of_another(tx, row)
    if row.vorgang_id != claim.vorgang_id:
        raise Invalid("Dieser Bescheid gehört nicht zu diesem Vorgang.")
    if row.state == bescheid.DRAFT:
        raise BpmnError(NOT_APPROVED, bescheid.why_not(row, "erlassen werden"), {})
    if row.state != bescheid.APPROVED:
        raise Invalid(bescheid.why_not(row, "erlassen werden"))
    if sentence:
        raise BpmnError(NOT_APPROVED, sentence, {})
    return bescheid.letter_of(row.content, day, draft=False)


def _changed_draft(claim: Claim, day: dt.date) -> Letter:
    """The letter of a draft as it was changed by hand."""
    with db.reading() as tx:
        row: Any = bescheid.get(tx, _change_of(claim)[0])
    return bescheid.letter_of(row.content, day, draft=True)


def subject_of(bescheid_id: str, stand: int) -> str:
    """What the Auftrag is about that shows a draft after its so many-th change."""
    return f"{bescheid_id}-{stand}"


def _change_of(claim: Claim) -> tuple[str, int]:
    id, _, stand = claim.subject.partition("-")
    return id, int(stand)


# --- after the call ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Writing:
    """What a written letter gives the diagram, and what is kept of it in the transaction that ends the Auftrag."""

    variables: Mapping[str, Any]
    keep: Callable[[Tx], None]


def writing(claim: Claim, letter: Letter, documents: Sequence[Mapping[str, Any]]) -> Writing | None:
    """What becomes of a letter that was set; None for one that decides nothing."""
    if claim.type == LETTER:
        return None
    if len(documents) != 1:
        raise Invalid("Der Bescheid wurde nicht als ein Dokument gesetzt.")
    document, content = documents[0], bescheid.content_of(letter)
    if claim.free:
        id, stand = _change_of(claim)
        return Writing({}, partial(bescheid.shown, id=id, stand=stand, draft_id=document["id"]))
    if claim.type == ISSUE:
        return Writing({}, partial(_issue, claim=claim, content=content, document=document))
    draft = {
        "id": new_id(), "vorgang_id": claim.vorgang_id, "element": claim.element, "vorlage": claim.inputs["vorlage"],
        "name": document["name"], "content": content, "variants": _offered(claim), "draft_id": document["id"],
    }  # fmt: skip
    keep = partial(bescheid.add, draft=draft, replaces=claim.inputs.get("ersetzt"))
    return Writing({"bescheid": draft["id"], "pruefsumme": bescheid.hash_of(content)}, keep)


def _offered(claim: Claim) -> bytes:
    """The texts that the bundle offers for the parts of a draft."""
    case = look(claim.vorgang_id)
    try:
        variants = offered(_notice(claim, case), _context(claim, case))
    except bpmn.Misdirected:
        variants = ()  # nothing waits for the draft any more; the step says so
    return bescheid.variants_to_keep(variants)


def _issue(tx: Tx, *, claim: Claim, content: bytes, document: Mapping[str, Any]) -> None:
    """Freeze the Bescheid; the Vorgang is decided."""
    bescheid.issue(tx, claim.inputs["bescheid"], bescheid.hash_of(content), document["id"], document["sha256"])
    vorgang.become(tx, claim.vorgang_id, vorgang.BESCHIEDEN, vorgang.NEU, vorgang.ANGENOMMEN, vorgang.IN_BEARBEITUNG)
