"""Work: what the outside must do, one Auftrag at a time.

    claim (lease, fence) → close the transaction → connector, with the stable key → finish or fail, as an event

A worker may die at any point: the lease runs out, another claims with a higher fence, and the late result of the first is
refused. The key is the same for every attempt, so the other side can tell a repetition; where it cannot, it is asked first,
or nothing is repeated (`ports.Repeat`). What has ended three workers is given to no fourth. Whether the other side was there
is told to `engine.model.breaker` in the transaction that ends the claim.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import bpmn
from engine.base import clock, db, files
from engine.base.db import Tx
from engine.base.errors import Conflict, Invalid, Problem
from engine.base.faults import point
from engine.base.ports import Answer, BpmnError, Call, Connectors, Refused, Repeat, ReplyPolicy, Unreachable, Unsure
from engine.base.rights import Konto, verb
from engine.model import (
    auftrag,
    breaker,
    dokument,
    einstellung,
    grant,
    incident,
    late,
    letterhead,
    nachricht,
    protokoll,
    restored,
    vorgang,
)  # fmt: skip
from engine.model.auftrag import Claim
from engine.model.backoff import backoff
from engine.step import Case, case_of, set_aside, step, when_costly
from engine.verbs import courier, help_wanted, uses
from engine.verbs.calling import call_of
from engine.verbs.holding import held, lay_by
from engine.verbs.offering import offer

log = logging.getLogger(__name__)

MESSAGE = "servicekonto.nachricht"
UNKNOWN = (
    "Ob „{type}“ ausgeführt wurde, ist nicht bekannt{why}. Es lässt sich nicht gefahrlos wiederholen: "
    "Bitte bei der Gegenseite nachsehen; „Erneut versuchen“ führt es noch einmal aus."
)
POISON = (
    "„{type}“ hat den Arbeitsprozess dreimal beendet und wird nicht weiter versucht. "
    "Der Betrieb findet die Gründe im Protokoll der Arbeitsprozesse."
)
BROKEN = "Beim Konnektor „{type}“ ist ein unerwarteter Fehler aufgetreten; der Betrieb findet ihn im Protokoll."
TOO_LATE = "a result came too late and was refused"
TAKEN_BY_OTHERS = 3
"""How many ids to look at: other workers may be faster with the first."""

BROUGHT: Mapping[str, Callable[[Claim], None]] = {
    late.CONNECTOR: lambda claim: courier.bring(claim.type, claim.vorgang_id, claim.inputs),
    grant.CONNECTOR: lambda claim: uses.tell_use(claim.inputs),
}
"""What is brought within the house, without a connector."""


class NotSent(Refused):
    """It was not sent at all: what became of an earlier attempt is not known."""


class NotKept(Unsure):
    """It was done, and its answer could not be kept."""


More = Callable[[], bool]
Beside = Callable[[list[str]], object]


def _nothing_more() -> bool:
    return False


def _goes_on_here(done: list[str]) -> None:
    """Nobody takes the next one meanwhile."""


@verb(right="system", tag="auftrag:bearbeitet")
def work(
    auftrag_id: str, connectors: Connectors, more: More = _nothing_more, beside: Beside = _goes_on_here, *, by: Konto
) -> list[str]:
    """Do an Auftrag: claim it, call the connector, write down what came of it.

    Then, while `more` says so, the next of the same Vorgang or what has waited longest, claimed in the transaction that ends
    the one before, unless that has thrown something: one commit less for each, and always one claim at a time. Gives the ids
    of what was done, if anything was.

    If the step that follows from an answer turns out to be costly, its call counts no more among those that run at once,
    `beside` is told what was done so far, and nothing more is claimed after it.
    """
    point("work.before_claim")
    done: list[str] = []
    costly: list[str] = []

    def turned_costly() -> None:
        _give_way(hand)
        costly.append(done[-1])
        beside(done)

    def still_more() -> bool:
        return not costly and more()

    try:
        with db.transaction() as tx:
            hand = _taken(tx, auftrag.claim(tx, auftrag_id))
    except auftrag.Tried:
        return done
    while hand is not None:
        point("work.after_claim")
        done.append(hand.claim.id)
        with when_costly(turned_costly):
            hand = _work(hand, connectors, still_more)
    return done


def _give_way(hand: _Hand | None) -> None:
    """Let another call begin while the step after this one is still being calculated."""
    if hand is None:
        return
    try:
        with db.transaction() as tx:
            auftrag.answered(tx, hand.claim.id, hand.claim.fence)
            tx.after(offer)
    except Exception:  # then others wait for the end of it; what is being calculated must not fail of it
        log.warning("a call was not given back", extra={"auftrag": hand.claim.id}, exc_info=True)


@dataclass(frozen=True, slots=True)
class _Hand:
    """A claim and what is needed to do it, read in the same transaction and looked into after it."""

    claim: Claim
    row: Any
    """The Vorgang."""
    sealed: Mapping[str, str]
    """Settings."""


def _taken(tx: Tx, claim: Claim | None) -> _Hand | None:
    if claim is None:
        return None
    settings = einstellung.sealed(tx, f"konnektor.{claim.connector}", letterhead.HEAD, restored.ORIGIN)
    return _Hand(claim, vorgang.get(tx, claim.vorgang_id), settings)


def _work(hand: _Hand, connectors: Connectors, more: More) -> _Hand | None:
    """Do what was claimed; gives what was claimed with the end of it."""
    claim, following = hand.claim, None
    if claim.poisonous:
        log.error("an Auftrag has ended its workers", extra={"auftrag": claim.id, "type": claim.type})
        _fail(claim, POISON.format(type=claim.type))
    else:
        with held(claim):
            if claim.connector in BROUGHT:
                _bring(claim)
            else:
                following = _do(hand, connectors, more)
    point("work.after_finish")
    return following


def _do(hand: _Hand, connectors: Connectors, more: More) -> _Hand | None:
    """Call, and write down what came of it, whatever that is; gives what was claimed with the end of it."""
    claim = hand.claim
    try:
        case = case_of(hand.row)
        call = call_of(claim, case, hand.sealed)
        point("work.before_send")
        answer = _outside(claim, call, connectors)
        point("work.after_call")
        return _save(claim, case, call, answer, more)
    except Conflict as lost:
        log.warning("an Auftrag was taken over before it was sent", extra={"auftrag": claim.id, "reason": lost.sentence})
    except BpmnError as error:
        state = auftrag.FAILED if claim.free else auftrag.DONE  # no diagram catches it beside the process
        _end(claim, bpmn.ErrorThrown(claim.token, error.code, str(error), error.variables), state, str(error), there=True)
    except Unsure as error:
        there = isinstance(error, NotKept)
        if connectors.repeat(claim.type) is Repeat.ONCE:
            _fail(claim, UNKNOWN.format(type=claim.type, why=f" ({str(error).rstrip('.')})"), there=there)
        else:
            _again(claim, str(error), unsure=True, there=there)
    except Unreachable as error:
        _again(claim, str(error), there=False)
    except Refused as error:
        _fail(claim, str(error), there=None if isinstance(error, NotSent) else True)
    except Invalid as problem:
        message = "; ".join([problem.sentence, *(cause.message for cause in problem.causes)])
        _fail(claim, message)
    except bpmn.Damaged as damaged:
        set_aside(claim.vorgang_id, damaged)
        lay_by(claim)
    except Problem as problem:
        _again(claim, problem.sentence)
    except Exception:
        log.exception("a connector broke", extra={"auftrag": claim.id, "type": claim.type})
        _fail(claim, BROKEN.format(type=claim.type))
    return None


def _bring(claim: Claim) -> None:
    """Bring what is brought within the house: to this Vorgang, or to another municipality."""
    try:
        BROUGHT[claim.connector](claim)
    except bpmn.Damaged:
        lay_by(claim)
    except Problem as problem:
        _again(claim, problem.sentence)
    except Exception:
        log.exception("a delivery failed again", extra={"auftrag": claim.id, "type": claim.type})
        _again(claim, courier.BROKEN.format(what=late.NAMES.get(claim.type, grant.TOLD_NAME)))
    else:
        _step(claim, bpmn.JobFinished(claim.token), lambda tx, _: _take_over(tx, claim, auftrag.DONE, there=None))


def _outside(claim: Claim, call: Call, connectors: Connectors) -> Answer:
    """The answer of the other side; what it may have done already is not blindly done again."""
    repeat = connectors.repeat(claim.type)
    if repeat is Repeat.ONCE and claim.unsure:
        raise NotSent(UNKNOWN.format(type=claim.type, why=": Der Arbeitsprozess ist dabei ausgefallen"))
    if repeat is Repeat.ASK and (claim.unsure or _tried_before(claim)):
        answer = connectors.ask(call)
        if answer is not None:
            return answer
    if repeat is not Repeat.KEY:
        _still_ours(claim)
    return connectors.call(call)


def _still_ours(claim: Claim) -> None:
    """Nothing is sent any more by who was stopped between claim and call: another has it, and the other side knows no key."""
    if not _is_ours(claim):
        raise Conflict("Der Auftrag wurde inzwischen von anderer Stelle übernommen.")


def _is_ours(claim: Claim) -> bool:
    with db.transaction() as tx:
        return auftrag.prolong(tx, claim.id, claim.fence)


def _tried_before(claim: Claim) -> bool:
    with db.reading() as tx:
        return auftrag.tried_before(tx, claim)


def _save(claim: Claim, case: Case, call: Call, answer: Answer, more: More) -> _Hand | None:
    """Keep the answer. If that is not possible for now, it was done all the same."""
    try:
        return _finish(claim, case, call, answer, more)
    except Invalid:
        raise
    except Problem as problem:
        raise NotKept(problem.sentence) from problem


def _finish(claim: Claim, case: Case, call: Call, answer: Answer, more: More) -> _Hand | None:
    for file in answer.documents:
        files.put(file.content)
    described = dokument.rows(answer.documents)
    references = [dokument.reference(row) for row in described]
    variables = {**answer.variables, **({"dokument": references[0]} if len(references) == 1 else {})}
    writing = help_wanted.to_keep(claim, call, answer, described)
    if writing is not None:
        variables.update(writing.variables)

    def also(tx: Tx, outcome: bpmn.Outcome | None) -> None:
        point("work.before_save")
        _take_over(tx, claim, auftrag.DONE, there=True)
        dokument.add(tx, claim.vorgang_id, described)
        if claim.type == MESSAGE:
            _keep_message(tx, claim, answer)
        if writing is not None:
            writing.keep(tx)

    return _step(claim, bpmn.JobFinished(claim.token, variables), also, case, more)


def _keep_message(tx: Tx, claim: Claim, answer: Answer) -> None:
    documents = [item["dokument"] if isinstance(item, dict) else item for item in claim.inputs.get("dokumente") or ()]
    at, notified_at = _told(answer, "providedAt") or clock.now(), _told(answer, "notifiedAt")
    external_id, until = str(answer.variables.get("messageId")), claim.inputs.get("antwort_bis")
    if claim.free:
        nachricht.provided(tx, claim.subject, external_id, at, notified_at)
        return
    subject, body = (str(claim.inputs.get(name, "")) for name in ("betreff", "text"))
    reply = str(claim.inputs.get("antwort") or ReplyPolicy.FORBIDDEN)
    nachricht.add(
        tx, claim.vorgang_id, direction=nachricht.OUT, subject=subject, body=body, documents=documents, at=at,
        external_id=external_id, notified_at=notified_at, reply=reply, reply_bis=until if isinstance(until, dt.date) else None,
    )  # fmt: skip


def _told(answer: Answer, name: str) -> dt.datetime | None:
    """An instant of the evidence, as far as the account gave one."""
    given = answer.variables.get(name)
    return dt.datetime.fromisoformat(given) if isinstance(given, str) else None


def _take_over(tx: Tx, claim: Claim, state: str, *, there: bool | None, **values: Any) -> None:
    """End the claim in this transaction; a result with an old fence is refused. `there`: as in `_tell`."""
    if not auftrag.end(tx, claim.id, claim.fence, state, **values):
        raise Conflict("Der Auftrag wurde inzwischen von anderer Stelle übernommen.")
    _tell(tx, claim, there, values.get("last_error", ""))


def _tell(tx: Tx, claim: Claim, there: bool | None, reason: str) -> None:
    """Keep whether the other side was there; None if nobody knows. Of one that always is, nothing is written."""
    if there is False:
        if breaker.silent(tx, claim.connector, claim.id, reason):
            log.warning("an outside system is left alone for a while", extra={"connector": claim.connector})
    elif there and claim.troubled:
        if breaker.answered(tx, claim.connector):
            log.info("an outside system answers again", extra={"connector": claim.connector})
            tx.after(offer)
    elif there is None and claim.trial:
        breaker.undecided(tx, claim.connector, claim.id)
        tx.after(offer)


def _fail(claim: Claim, message: str, *, there: bool | None = None) -> None:
    _end(claim, bpmn.JobFailed(claim.token, message), auftrag.FAILED, message, there=there)


def _end(claim: Claim, event: bpmn.Event, state: str, message: str, *, there: bool | None = None) -> None:
    _step(claim, event, lambda tx, _: _take_over(tx, claim, state, there=there, last_error=message[:2000]))


def _step(claim: Claim, event: bpmn.Event, also: Any, case: Case | None = None, more: More = _nothing_more) -> _Hand | None:
    following: _Hand | None = None

    def then(tx: Tx, opened: list[str]) -> list[str]:
        nonlocal following
        following = _taken(tx, auftrag.claim_next(tx, opened, claim.connector)) if more() else None
        return [following.claim.id] if following is not None else []

    try:
        if claim.free:
            _conclude(claim, event, also)
        else:
            step(claim.vorgang_id, event, also, closes=auftrag.T, case=case, then=then, auftrag=claim.id, art=claim.type)
        return following
    except bpmn.Damaged:
        lay_by(claim)  # the step has made an incident of it
    except Conflict as conflict:
        log.warning(TOO_LATE, extra={"auftrag": claim.id, "reason": conflict.sentence})
        if isinstance(event, bpmn.JobFinished) and not claim.free and _is_ours(claim):
            raise NotKept(conflict.sentence) from conflict  # others have moved the Vorgang, again and again
    return None


def _conclude(claim: Claim, event: bpmn.Event, also: Callable[[Tx, bpmn.Outcome | None], None]) -> None:
    """End an Auftrag that no token waits for; what failed becomes an incident of its own."""
    with db.transaction() as tx:
        also(tx, None)
        if not isinstance(event, bpmn.JobFinished):
            message = event.message if isinstance(event, bpmn.JobFailed | bpmn.ErrorThrown) else ""
            row = incident.row(bpmn.Incident(claim.token, "", message))
            tx.execute(sa.insert(incident.T).values(vorgang_id=claim.vorgang_id, **row))
        protokoll.record(tx, claim.vorgang_id, auftrag=claim.id, art=claim.type)


def _again(claim: Claim, message: str, *, unsure: bool = False, there: bool | None = None) -> None:
    """Hand the Auftrag back for a later attempt; after the last, it becomes an incident."""
    if claim.attempt >= claim.attempts:
        tried = bpmn.JobFailed(claim.token, f"{message} ({claim.attempt} Versuche)")
        _end(claim, tried, auftrag.FAILED, message, there=there)
        return
    next_at = clock.now() + backoff(claim.attempt)
    values = {"unsure": unsure or claim.unsure, "last_error": message[:2000], "next_at": next_at}
    with db.transaction() as tx:
        if auftrag.end(tx, claim.id, claim.fence, auftrag.READY, **values):
            _tell(tx, claim, there, message)
        else:
            log.warning(TOO_LATE, extra={"auftrag": claim.id, "reason": message})


def work_next(connectors: Connectors, more: More = _nothing_more, beside: Beside = _goes_on_here, *, by: Konto) -> list[str]:
    """Do what has waited longest in the namespace we are in, and more of it as `work` does; gives the ids of what was done."""
    with db.reading() as tx:
        ids = auftrag.takeable(tx, TAKEN_BY_OTHERS)
    return next(filter(None, (work(id, connectors, more, beside, by=by) for id in ids)), [])
