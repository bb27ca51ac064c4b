"""What one must know before writing to an applicant: which mailbox, until when an answer is due, and who else asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import bpmn, law
from engine.base import clock, db
from engine.base.db import Tx
from engine.base.errors import Invalid
from engine.base.ports import ReplyPolicy
from engine.bpmn import Spec
from engine.bpmn.diagram import Element, Process
from engine.model import aufgabe, bescheid, erwartung, leistung, nachricht, vorgang
from engine.reads.kommune import kommune

MESSAGE, ARRIVAL = "servicekonto.nachricht", "bekanntgabe.zugang"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The Servicekonto of an applicant: of which kind it is, and to whom it belongs."""

    account: str
    applicant: str


def mailbox_of(vorgang_id: str) -> Mailbox | None:
    """Where messages to the applicant go; None: there is no Servicekonto, only the post."""
    with db.reading() as tx:
        case: Any = vorgang.get(tx, vorgang_id)
        known = _variables(tx, case)
    konto = known.get("servicekonto")
    return Mailbox(str(konto.get("type") or ""), case.applicant) if isinstance(konto, dict) and konto else None


def _variables(tx: Tx, case: Any) -> Any:
    return bpmn.variables(leistung.version(tx, case.version_id).spec, case.snapshot)


def reply_deadline(vorgang_id: str, within: str) -> law.Berechnung:
    """The last day for an answer to a message that is sent today, by the law of the municipality's Land, with its steps.

    It is counted from the day on which the message counts as delivered in that mailbox (§ 31 (2) VwVfG), as the process
    counts the periods it sets.

    Raises:
        Unknown: there is no such Vorgang.
        Invalid: that is no length of a period.
    """
    with db.reading() as tx:
        case: Any = vorgang.get(tx, vorgang_id)
        known = _variables(tx, case)
    land, konto, parameter = kommune(db.slug()).land, known.get("servicekonto"), known.get("parameter")
    try:
        channel = law.channel_of(str(konto.get("type")), land) if isinstance(konto, dict) else None
    except Invalid:
        channel = None  # no rule for this account: counted from the day of sending
    own = parameter.get("eigene_feiertage") if isinstance(parameter, dict) else None
    return law.authority_period(clock.local_day(clock.now()), within, land, channel, own=own or ())


def is_kept(nachricht_id: str) -> bool:
    """Whether a message with this id is there already."""
    with db.reading() as tx:
        return tx.scalar(sa.select(nachricht.T.c.id).where(nachricht.T.c.id == nachricht_id)) is not None


WITHDRAW, CLOSE, ARRIVED = "zuruecknehmen", "abschliessen", "zugang"


def ways_to_act(vorgang_id: str) -> frozenset[str]:
    """What can be done with a case as a whole as it is now: note that the application is taken back, close it without a
    Bescheid (or forward or discard it), note when one arrived.
    """
    b = bescheid.T
    with db.reading() as tx:
        case: Any = vorgang.get(tx, vorgang_id)
        issued = sa.select(b.c.id).where(b.c.vorgang_id == vorgang_id, b.c.state == bescheid.ISSUED).limit(1)
        decided = tx.scalar(issued) is not None
        sent = decided or erwartung.of_vorgang(tx, vorgang_id, ARRIVAL) is not None
    is_open = case.closed_at is None
    ways = {WITHDRAW: is_open, CLOSE: is_open and not decided, ARRIVED: sent}
    return frozenset(way for way, possible in ways.items() if possible)


def tasks_that_ask(vorgang_id: str) -> tuple[str, ...]:
    """The ids of open tasks from which the diagram leads to a question to the applicant, before anybody else must act."""
    query = sa.select(aufgabe.T.c.id, aufgabe.T.c.element).where(
        aufgabe.T.c.vorgang_id == vorgang_id, aufgabe.T.c.state == aufgabe.OPEN
    )
    with db.reading() as tx:
        case: Any = vorgang.get(tx, vorgang_id)
        spec = leistung.version(tx, case.version_id).spec
        rows = tx.all(query)
    return tuple(row.id for row in rows if _leads_to_a_question(spec, row.element))


def _leads_to_a_question(spec: Spec, element: str) -> bool:
    process = next((one.process for one in spec.compiled.values() if element in one.process.elements), None)
    return process is not None and any(_asks(spec, one) for one in _onward(process, element))


def _onward(process: Process, element: str) -> Iterator[Element]:
    """What follows a task, up to the next tasks of people."""
    seen, stack = {element}, [flow.target for flow in process.outgoing(element)]
    while stack:
        id = stack.pop()
        if id in seen:
            continue
        seen.add(id)
        found = process.elements[id]
        yield found
        if found.kind != "userTask":
            stack.extend(flow.target for flow in process.outgoing(id))


def _asks(spec: Spec, element: Element) -> bool:
    """Whether an element sends a message that may be answered, itself or in the process it calls."""
    if element.called and element.called in spec.compiled:
        return any(_asks(spec, one) for one in spec.compiled[element.called].process.elements.values() if not one.called)
    answer = next((mapping.source for mapping in element.inputs if mapping.target == "antwort"), ReplyPolicy.FORBIDDEN)
    return element.job_type == MESSAGE and answer != ReplyPolicy.FORBIDDEN
