"""Guests: the door by which clerks of other municipalities come in, with a grant of ours (docs/adr/0022).

    receive     one request of a guest. The grant is looked up, with every request: its secret, whose it is, whether it holds
                today, whether this clerk may use it by what they are at home now. Then what they name must be opened by it, and
                the operation, one of those listed here, is done by them as the Konto that the grant makes of them
    refused     as unknown, whatever the reason; a line in our Protokoll says it
    away        we cannot look anything up, or whoever asked has gone: then nothing is done, and the guest tells us later

What is done goes through the same verbs and reads as ours, so that history and Protokoll carry both names; each act is also
noted as a use, in its own transaction (`engine.model.grant.use`).
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.base import db
from engine.base.characters import in_kept_characters
from engine.base.errors import Conflict, Invalid, Problem, TooLarge, Unavailable, Unknown, Unreadable
from engine.base.patience import Wanted, always
from engine.base.ports import Reply, Request
from engine.base.rights import COOPERATE, GIVE_HELP, SYSTEM, SYSTEM_RIGHT, Konto, in_place_of, verb
from engine.model import auftrag, grant, protokoll
from engine.model.grant_refused import kind_of
from engine.reads.sight import NOT_HERE, require_sight
from engine.step import ring
from engine.verbs import guest_case, guest_drafts, guest_file, guest_help, guest_notice, guest_tasks
from engine.verbs.guest_agreement import end_it, sign_it, terms
from engine.verbs.guest_hand import as_guest, hand_on, may_use, meet
from engine.verbs.refusals import note
from forms.characters import cleaned

log = logging.getLogger(__name__)

Arguments = Mapping[str, Any]
SEES, WORKS, WHOLE, WRITES = "vorgang.lesen", "aufgabe.bearbeiten", "vorgang.bearbeiten", "nachricht.senden"
STANDING = frozenset({grant.VERTRETUNG, grant.GEMEINSAMES_AMT})
HELP = frozenset({grant.AMTSHILFE})
OFFICE = frozenset({grant.GEMEINSAMES_AMT})
NAMES = {"aufgabe": "aufgabe_id", "vorgang": "vorgang_id", "bescheid": "bescheid_id", "wiedervorlage": "reminder_id"}
"""What a request may name, and what sight calls it."""


@dataclass(frozen=True, slots=True)
class Operation:
    """Something a guest may ask for: by grants of which kinds, with which right, and what it names."""

    act: Callable[[Any, Konto, Arguments], Mapping[str, Any]]
    right: str
    kinds: frozenset[str] = STANDING
    names: str = ""
    before_signing: bool = False
    """About the grant itself: by the Administration of the guest, also before it holds."""
    looks: bool = False
    """Whether it changes nothing, but for what is written down of a look."""


OPERATIONS: dict[str, Operation] = {
    "aufgaben": Operation(guest_case.list_day, SEES, looks=True),
    "aufgabe": Operation(guest_tasks.show_task, SEES, names="aufgabe", looks=True),
    "vorgang": Operation(guest_file.show_case, SEES, names="vorgang", looks=True),
    "dokument": Operation(guest_tasks.show_document, SEES, names="vorgang", looks=True),
    "uebernehmen": Operation(guest_tasks.take, WORKS, names="aufgabe"),
    "zurueckgeben": Operation(guest_tasks.give_back, WORKS, names="aufgabe"),
    "weitergeben": Operation(hand_on, WORKS, names="aufgabe"),
    "erledigen": Operation(guest_tasks.complete, WORKS, names="aufgabe"),
    "entwurf": Operation(guest_drafts.keep, WORKS, names="aufgabe"),
    "entwurf.verwerfen": Operation(guest_drafts.drop, WORKS, names="aufgabe"),
    "datei": Operation(guest_drafts.upload, WORKS, names="aufgabe"),
    "bescheid": Operation(guest_notice.show, WORKS, OFFICE, "bescheid", looks=True),
    "bescheid.vorschau": Operation(guest_notice.preview, WORKS, OFFICE, "bescheid", looks=True),
    "bescheid.aendern": Operation(guest_notice.change, WORKS, OFFICE, "bescheid"),
    "bescheid.freigeben": Operation(guest_notice.approve, WORKS, OFFICE, "bescheid"),
    "nachricht": Operation(guest_file.writing, WRITES, OFFICE, "vorgang", looks=True),
    "nachricht.ansehen": Operation(guest_file.look_over, WRITES, OFFICE, "vorgang", looks=True),
    "nachricht.senden": Operation(guest_file.send, WRITES, OFFICE, "vorgang"),
    "kommentar": Operation(guest_file.comment, WHOLE, OFFICE, "vorgang"),
    "wiedervorlage": Operation(guest_case.remind, WHOLE, OFFICE, "vorgang"),
    "wiedervorlage.erledigen": Operation(guest_case.settle, WHOLE, OFFICE, "wiedervorlage"),
    "zuruecknehmen": Operation(guest_case.take_back, WHOLE, OFFICE, "vorgang"),
    "abschliessen": Operation(guest_case.close, WHOLE, OFFICE, "vorgang"),
    "zugang": Operation(guest_case.arrived, WHOLE, OFFICE, "vorgang"),
    "ersuchen": Operation(guest_help.show_request, GIVE_HELP, HELP, looks=True),
    "ersuchen.kopf": Operation(guest_help.show_head, GIVE_HELP, HELP, looks=True),
    "ersuchen.dokument": Operation(guest_help.show_document, GIVE_HELP, HELP, looks=True),
    "ersuchen.beantworten": Operation(guest_help.answer, GIVE_HELP, HELP),
    "vereinbarung": Operation(terms, COOPERATE, STANDING, before_signing=True, looks=True),
    "vereinbarung.unterschreiben": Operation(sign_it, COOPERATE, STANDING, before_signing=True),
    "vereinbarung.beenden": Operation(end_it, COOPERATE, STANDING, before_signing=True),
}


class NotLetIn(Unknown):
    """A guest was refused. What they hear is always the same; `reason` is for our Protokoll."""

    def __init__(self, reason: str) -> None:
        super().__init__(NOT_HERE)
        self.reason = reason


def receive(request: Request, wanted: Wanted = always) -> Reply:
    """Answer a request of a guest, in the namespace of the origin; what is not `wanted` any more is not done."""
    try:
        try:
            content = _answered(request, wanted)
            _ring_for_uses()
            return Reply("ok", content)
        except (Unavailable, Conflict, Invalid, TooLarge, Unreadable):
            raise
        except Problem as problem:
            reason = problem.reason if isinstance(problem, NotLetIn) else "nicht erlaubt"
            log.warning("a guest was refused", extra={"guest": request.guest, "operation": request.operation, "reason": reason})
            refuse(request, reason, wanted, by=SYSTEM)
            return Reply("unknown", sentence=NOT_HERE)
    except Unavailable as problem:
        return Reply("away", sentence=problem.sentence)
    except Problem as problem:
        causes = tuple(cause.as_dict() for cause in problem.causes)
        return Reply("conflict" if isinstance(problem, Conflict) else "invalid", {}, problem.sentence, causes)


@verb(right=SYSTEM_RIGHT, tag="befugnis:abgewiesen")
def refuse(request: Request, reason: str, wanted: Wanted, *, by: Konto) -> None:
    """Write down that a guest was refused, and why; the same again within a minute is counted.

    Raises:
        Unavailable: nobody waits for it any more; the guest tells of it later, as of what it tried while we were away.
    """
    said = (request.guest, request.clerk.id, request.grant, request.operation)
    guest, konto, id, operation = map(cleaned, said)
    with db.transaction() as tx:
        note(tx, kind_of(guest, konto, id, operation, reason))
        _require_wanted(wanted)


def _answered(request: Request, wanted: Wanted) -> Mapping[str, Any]:
    if not in_kept_characters([request.grant, dataclasses.asdict(request.clerk), request.operation, request.arguments]):
        raise NotLetIn("unlesbare Zeichen")
    operation = OPERATIONS.get(request.operation)
    if operation is None:
        raise NotLetIn("keine solche Handlung")
    with db.reading() as tx:
        row = _grant(tx, request)
        _require_valid(row, request, operation)
        guest = as_guest(tx, row, request.clerk)
    if operation.before_signing:
        guest = _administration(guest)
    if not guest.may(operation.right):
        raise NotLetIn("das Recht fehlt")
    meet(guest, request.clerk)
    whom = _require_opened(guest, request, operation)
    _begin(operation, wanted)
    with in_place_of(whom):
        return operation.act(row, guest, request.arguments)


def _grant(tx: db.Tx, request: Request) -> Any:
    """The grant that a request names, if it is the asking municipality's own and the secret is right."""
    row = tx.one_or_none(sa.select(grant.T).where(grant.T.c.id == request.grant))
    if row is None:
        raise NotLetIn("keine solche Befugnis")
    if row.guest != request.guest:
        raise NotLetIn("die Befugnis einer anderen Kommune")
    if row.ended_at is not None:
        raise NotLetIn(grant.ENDED)
    if not grant.proves(row, request.secret):
        raise NotLetIn("das Geheimnis ist falsch")
    return row


def _require_valid(row: Any, request: Request, operation: Operation) -> None:
    """Go on only if a grant holds today, for this clerk, and for what they ask.

    Raises:
        NotLetIn: it does not.
    """
    state = grant.state_of(row)
    if row.kind not in operation.kinds:
        raise NotLetIn("dafür ist die Befugnis nicht")
    allowed = {grant.VALID, grant.OFFERED, grant.NOT_YET} if operation.before_signing else {grant.VALID}
    if state not in allowed:
        raise NotLetIn(state)
    if "/" in request.clerk.id or not (operation.before_signing or may_use(row, request.clerk)):
        raise NotLetIn("nicht für dieses Konto")
    if operation.right not in request.clerk.rights:
        raise NotLetIn("das Recht fehlt zu Hause")


def _administration(guest: Konto) -> Konto:
    """The guest as one who may speak for its municipality about a grant, and nothing else."""
    assert guest.granted is not None
    granted = dataclasses.replace(guest.granted, rights=frozenset({COOPERATE}))
    return dataclasses.replace(guest, stands_in=(), granted=granted)


def _require_opened(guest: Konto, request: Request, operation: Operation) -> str | None:
    """Go on only if the grant opens what is named; gives in whose place the guest acts."""
    if not operation.names:
        return None
    id = request.arguments.get(operation.names)
    if not isinstance(id, str):
        raise NotLetIn("es fehlt, worum es geht")
    try:
        return require_sight(guest, NAMES[operation.names], id)
    except Unknown:
        raise NotLetIn("das umfasst die Befugnis nicht") from None


def _begin(operation: Operation, wanted: Wanted) -> None:
    """Begin what was asked, if somebody still waits for it: what changes something only when its turn to write has come.

    Raises:
        Unavailable: nobody does, or nothing can be written.
    """
    if operation.looks:
        return _require_wanted(wanted)
    with db.transaction() as tx:
        protokoll.take_turn(tx)
        return _require_wanted(wanted)


def _require_wanted(wanted: Wanted) -> None:
    if not wanted():
        raise Unavailable("Darauf wartet niemand mehr.")


def _ring_for_uses() -> None:
    """Let a worker tell the guest at once what has just been noted; else the clock comes by."""
    try:
        ids = _waiting()
    except Unavailable:
        return  # what was asked is done, and is not to be told as if it were not
    for id in ids:
        ring(id)


def _waiting() -> Sequence[str]:
    a = auftrag.T
    waiting = sa.select(a.c.id).where(a.c.state == auftrag.READY, a.c.connector == grant.CONNECTOR, a.c.attempt == 0)
    with db.reading() as tx:
        return tx.scalars(waiting.limit(10))
