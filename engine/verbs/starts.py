"""Starts: a Vorgang begins without an Antrag, because a message, a signal or a time has come. Courier and tick call.

Each start is one transaction, which also takes what it starts by: the message from the buffer, the delivery of the signal, the
turn of the timer. So each starts one Vorgang, with however many ticks, and after a crash.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import sqlalchemy as sa

from engine import bpmn
from engine.base import clock, db
from engine.base.db import Tx, new_id
from engine.base.errors import Cause, Invalid
from engine.base.faults import point
from engine.base.prepared import Prepared
from engine.base.rights import Konto, verb
from engine.bpmn.codec import decode
from engine.bpmn.timers import NotATime
from engine.bpmn.values import LONGEST_ID
from engine.model import erwartung, leistung, parameter, protokoll, signal, start_event, vorgang
from engine.model.bundle import Bundle
from engine.step import open_case

M, S, V, E = erwartung.MESSAGES, start_event.T, vorgang.T, erwartung.T
POSTEINGANG = "posteingang"
WITHOUT_ANTRAG: Mapping[str, Any] = {"antrag": None, "antragsteller": None, "servicekonto": None, "dokumente": []}


@verb(right="system", tag="vorgang:begonnen")
def begin_by_message(message_id: str, start_id: str, *, by: Konto) -> bool:
    """Begin a Vorgang with a message; False if it is taken, somebody waits for it, or one with its key is open."""
    with db.transaction() as tx:
        start = start_event.held(tx, start_id)
        message = tx.one_or_none(sa.select(M).where(M.c.id == message_id))
        if start is None or message is None or erwartung.awaited(tx, message.name, message.key):
            return False
        if tx.scalar(sa.select(V.c.id).where(vorgang.begun_by(message.name, message.key)).limit(1)) is not None:
            return False
        id = new_id()
        if not erwartung.taken_by(tx, message_id, id):
            return False
        origin = {"origin": vorgang.NACHRICHT, "origin_name": message.name, "origin_key": message.key}
        _begin(tx, id, start, origin, decode(message.variables), message.depth, nachricht=message_id)
        point("start.before_commit")
    point("start.after_commit")
    return True


@verb(right="system", tag="vorgang:begonnen")
def begin_by_signal(signal_id: str, start_id: str, *, by: Konto) -> bool:
    """Begin a Vorgang with a signal; False if another was faster, or the Leistung no longer begins with it."""
    with db.transaction() as tx:
        start = start_event.held(tx, start_id)
        id = new_id()
        if start is None or not signal.deliver_to_start(tx, signal_id, start_id, id):
            return False
        thrown: Any = tx.one_or_none(sa.select(signal.T).where(signal.T.c.id == signal_id))
        origin = {"origin": vorgang.SIGNAL, "origin_name": thrown.name}
        _begin(tx, id, start, origin, decode(thrown.variables), thrown.depth, signal=signal_id)
    return True


@verb(right="system", tag="vorgang:begonnen")
def begin_by_timer(start_id: str, *, by: Konto) -> bool:
    """Begin a Vorgang because a time has come; False if another tick was first."""
    with db.transaction() as tx:
        start = start_event.held(tx, start_id)
        if start is None or start.due_at is None or start.due_at > clock.now() or not start_event.fire(tx, start):
            return False
        origin = {"origin": vorgang.ZEIT, "origin_key": start.due_at.isoformat()}
        _begin(tx, new_id(), start, origin, {}, 0, faellig=start.due_at.isoformat())
        point("start.before_commit")
    point("start.after_commit")
    return True


def _begin(tx: Tx, id: str, start: Any, origin: dict[str, Any], brought: Mapping[str, Any], depth: int, **detail: Any) -> None:
    """Make a Vorgang of the current version, begun at a start event with what the event brought."""
    bundle = parameter.with_own(tx, leistung.version(tx, start.version_id))
    nummer, now = vorgang.next_nummer(tx, bundle.short), clock.now()
    told = {"aktenzeichen": nummer, "eingang": clock.local_day(now), "leistung": bundle.name, "kommune": db.slug()}
    variables = {**WITHOUT_ANTRAG, **brought, "parameter": dict(bundle.parameters), "vorgang": told}
    outcome = bpmn.start(bundle.spec, bundle.process, variables, now, at=start.element)
    start_event.begun(tx, start)
    name = origin.get("origin_name") or start_event.name_in(bundle, start.element)
    row = {
        "id": id, "nummer": nummer, "leistung": bundle.leistung, "name": bundle.name, "applicant": "", "version_id": bundle.id,
        "process": bundle.process, "stelle": None, **origin, "origin_name": name,
    }  # fmt: skip
    open_case(tx, row, outcome, depth=depth)
    by = {"durch": origin["origin"], "name": name}
    protokoll.record(tx, id, leistung=bundle.leistung, fassung=bundle.id, element=start.element, **by, **detail)


def startable(tx: Tx, limit: int) -> Sequence[Any]:
    """Messages that wait, that nobody waits for, and that may begin a Vorgang now; with the start event of each."""
    return tx.run(_startable(), {"b_most": limit, **start_event.instants()}).rows


@cache
def _startable() -> Prepared:
    alive = sa.or_(M.c.expires_at.is_(None), M.c.expires_at > sa.bindparam("b_now"))
    awaited = sa.exists().where(erwartung.waits_for(M.c.name, M.c.key))
    blocked = sa.exists().where(vorgang.begun_by(M.c.name, M.c.key))
    query = sa.select(M.c.id.label("message_id"), S.c.id.label("start_id"))
    query = query.join(S, sa.and_(S.c.kind == start_event.MESSAGE, S.c.name == M.c.name))
    query = query.where(M.c.state == erwartung.WAITING, alive, ~awaited, ~blocked, ~start_event.is_put_off(S.c.id))
    return Prepared(query.order_by(M.c.received_at, M.c.id).limit(sa.bindparam("b_most")))


# --- what can be seen before a version is deployed -----------------------------------------------------------------


def check_starts(bundle: Bundle) -> Iterator[Cause]:
    """What is wrong with how cases of a bundle begin."""
    elements = bundle.spec.compiled[bundle.process].process.elements
    told: dict[tuple[str, str], str] = {}
    for start in bundle.spec.starts(bundle.process):
        element = elements[start.element]
        here = replace(Cause(""), file=element.file, line=element.line, element=element.id)
        if start.kind == start_event.TIMER:
            try:
                start_event.first_due(start, clock.now())
            except (NotATime, OverflowError, ValueError) as exc:
                hint = "Datum, Dauer oder Wiederholung nach ISO 8601, etwa R/P1D"
                yield replace(here, message=f"Zeit am Start: {exc}", hint=hint)
            continue
        if not 0 < len(start.name) <= LONGEST_ID:
            yield replace(here, message="der Name fehlt oder ist zu lang", hint=f"höchstens {LONGEST_ID} Zeichen")
        other = told.setdefault((start.kind, start.name), element.id)
        if other != element.id:
            word = "dasselbe Signal" if start.kind == start_event.SIGNAL else "dieselbe Nachricht"
            hint = "nur ein Startereignis darauf warten lassen"
            yield replace(here, message=f"auf {word} beginnt auch „{other}“", hint=hint)
    if begins_plainly(bundle.spec, bundle.process) is None and (
        bundle.form_ids or bundle.leika_ids or bundle.leistung == POSTEINGANG
    ):
        hint = "ein Startereignis ohne Auslöser zeichnen, oder form_ids und leika_ids weglassen"
        yield Cause("kein Startereignis, mit dem ein Antrag beginnt", hint, file="bundle.toml", line=1)


def begins_plainly(spec: bpmn.Spec, process: str) -> str | None:
    """The start event of a process that nothing but an Antrag (or a call) triggers, if it has one."""
    start = spec.compiled[process].start
    return None if start is None else str(start.name)


def require_antrag_start(bundle: Bundle) -> None:
    """Go on only if an Antrag can begin a Vorgang of this bundle.

    Raises:
        Invalid: it begins by an event only.
    """
    if begins_plainly(bundle.spec, bundle.process) is None:
        sentence = f"„{bundle.name}“ beginnt nicht mit einem Antrag, sondern durch ein Ereignis."
        raise Invalid(sentence, [Cause(sentence)])
