"""The central door: an application for whichever municipality is competent, and the post room for those that nobody is.

    way_of           where it went before, else who is competent by the registry
    pass_on          note that; the municipality takes it in itself, and a repetition goes to the same one for good
    park             nobody is known: all its parts are kept here with the answer, before it is answered
    assign_parcel    the operator says whose it is
    deliver_parcel   the municipality takes it in as what it is; then its parts leave here
    forget_parcels   what has gone on long ago is forgotten

Everything has the sender's transactionId as its key. Killed between assigning and delivering, or in the middle of it, the next
tick goes on; the receipt in the municipality sees to it that this makes one Vorgang. The Vorgang gets the id and keeps the
answer that the sender was given.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.base import clock, db, files
from engine.base.db import new_id
from engine.base.errors import Cause, Conflict, Invalid, Problem, TooLarge, Unavailable, Unknown, Unreadable
from engine.base.faults import point
from engine.base.ports import File
from engine.base.rights import OPERATE, SYSTEM, SYSTEM_RIGHT, Konto, verb
from engine.model import parcel, protokoll, restored, vorgang, zustaendigkeit
from engine.model.zentrale import BETRIEB
from engine.model.zustaendigkeit import Competent
from engine.verbs.intake import Came, Repeated, answer_of, receive_push
from engine.verbs.kommune import show_kommune
from engine.verbs.operator import add_rule, there
from forms.antrag import Antrag, Limits, RawFile, regional_key

log = logging.getLogger(__name__)

T = parcel.T
REPRESENTATION, ATTACHMENT = "representation", "attachment"
# What lies here was let in: limits that have been lowered since do not shut it out.
NO_LIMITS = Limits(attachment_bytes=1 << 40, request_bytes=1 << 40, form_data_bytes=1 << 40)
BY_STELLE, BY_PLACE = "stelle", "ort"
KREIS = 5
FORGOTTEN_AT_ONCE = 1000
_AGAIN = "Derselbe Antrag wird gerade angenommen. Bitte gleich noch einmal senden."


@dataclass(frozen=True, slots=True)
class Way:
    """Where an application goes: to a municipality, and there to a Stelle if one is said; without a slug to the post room.

    `gone` is the municipality it went to before, if that is no more.
    """

    slug: str | None
    unit: str | None = None
    gone: str | None = None


def way_of(antrag: Antrag) -> Way:
    """Where an application goes: where it went before, else to whom the registry says.

    Raises:
        Unavailable: the municipality is just being made.
    """
    before = _before(antrag.transaction_id)
    if before is not None and before.state != parcel.PASSED:
        return Way(None)
    gone = None
    if before is not None:
        if _is_there(before.slug):
            return Way(before.slug, before.unit)
        gone = before.slug
    found = competent(antrag)
    if found is None or not _is_there(found.slug):
        return Way(None, gone=gone)
    return Way(found.slug, found.unit, gone)


def competent(antrag: Antrag) -> Competent | None:
    """Whom the registry says an application is for; None if it says nobody.

    A Stelle that is nobody's may be the number of a Gemeinde. As other numbers look alike, it counts only down to the Kreis.
    """
    places = tuple(zustaendigkeit.levels(antrag.place))
    if not antrag.place:
        places = tuple(zustaendigkeit.levels(regional_key(antrag.stelle, gemeinde=True), KREIS))
    with db.zentrale_reading() as tx:
        return zustaendigkeit.find(tx, antrag.stelle, antrag.leika_ids, places)


def _before(transaction_id: str) -> Any:
    if not there():
        return None
    with db.namespace(BETRIEB), db.reading() as tx:
        return parcel.of(tx, transaction_id)


def _is_there(slug: str) -> bool:
    try:
        state = show_kommune(slug).state
    except Unknown:
        return False
    if state == "entsteht":
        raise Unavailable(f"Die Kommune „{slug}“ wird gerade angelegt. Bitte gleich noch einmal senden.")
    return state != "wird_entfernt"


# --- in the operator's namespace ---------------------------------------------------------------------------------------


@verb(right=SYSTEM_RIGHT, tag="zentrale:durchgereicht")
def pass_on(antrag: Antrag, way: Way, *, by: Konto) -> None:
    """Note to which municipality an application goes, before it does; the same again changes nothing.

    Raises:
        Conflict: under its transactionId came an application with another content.
        Unavailable: another delivery of it was faster and went another way.
    """
    with db.transaction() as tx:
        _forget(tx, antrag, way)
        values = _values(antrag) | {"id": new_id(), "state": parcel.PASSED, "slug": way.slug, "unit": way.unit, "parts": "[]"}
        if tx.insert_once(T, values):
            protokoll.record(tx, None, transaktion=antrag.transaction_id, kommune=way.slug, stelle=way.unit)
            return
        row = parcel.of(tx, antrag.transaction_id)
    _require_same(row, antrag)
    if (row.state, row.slug) != (parcel.PASSED, way.slug):
        raise Unavailable(_AGAIN)


@verb(right=SYSTEM_RIGHT, tag="zentrale:eingang")
def park(
    form_data: bytes,
    representations: Sequence[RawFile],
    attachments: Sequence[RawFile],
    antrag: Antrag,
    way: Way,
    *,
    by: Konto,
) -> bytes:
    """Keep an application for which nobody is known to be competent, and answer it; the same again gets the same answer.

    Raises:
        Conflict: under its transactionId came an application with another content.
        Unavailable: another delivery of it was faster and went another way.
    """
    with db.reading() as tx:
        row = parcel.of(tx, antrag.transaction_id)
    if row is None or row.slug == way.gone is not None:
        parts = [File(parcel.FORM_DATA, "application/json", form_data, parcel.FORM_DATA)]
        for kind, raw in ((REPRESENTATION, representations), (ATTACHMENT, attachments)):
            parts += [File(part.name, part.media_type, part.content, kind) for part in raw]
        kept = parcel.written(parts, [files.put(part.content) for part in parts])
        try:
            _keep(antrag, way, kept)
        except Repeated:
            pass  # another delivery of the same application was faster
        else:
            point("central.after_commit")
        with db.reading() as tx:
            row = parcel.of(tx, antrag.transaction_id)
    _require_same(row, antrag)
    if row.answer is None:
        raise Unavailable(_AGAIN)
    return bytes(row.answer)


def _keep(antrag: Antrag, way: Way, parts: str) -> None:
    """Write the row of an application whose parts are on the disk.

    Raises:
        Repeated: there is one.
    """
    with db.transaction() as tx:
        _forget(tx, antrag, way)
        id, values, nummer = new_id(), _values(antrag), vorgang.next_nummer(tx, parcel.SHORT)
        said = {
            "stelle": antrag.stelle, "leika": list(antrag.leika_ids), "ort": antrag.place, "form": antrag.form_id,
            "name": antrag.name,
        }  # fmt: skip
        answer = answer_of(antrag.transaction_id, id, nummer, values["received_at"])
        values |= {"id": id, "state": parcel.WAITING, "nummer": nummer, "answer": answer, "parts": parts}
        values |= {"said": json.dumps(said, ensure_ascii=False)}
        if not tx.insert_once(T, values):
            raise Repeated
        protokoll.record(tx, None, transaktion=antrag.transaction_id, nummer=nummer)
        point("central.before_commit")


def _values(antrag: Antrag) -> dict[str, Any]:
    """What is kept of every application."""
    return {
        "transaction_id": antrag.transaction_id, "content_hash": antrag.content_hash, "received_at": clock.now(), "said": "{}",
    }  # fmt: skip


def _forget(tx: db.Tx, antrag: Antrag, way: Way) -> None:
    """An application that went to a municipality that is no more goes anew."""
    if way.gone is not None:
        went = (T.c.transaction_id == antrag.transaction_id, T.c.state == parcel.PASSED, T.c.slug == way.gone)
        tx.execute(sa.delete(T).where(*went))


def _require_same(row: Any, antrag: Antrag) -> None:
    if row.content_hash != antrag.content_hash:
        raise Conflict(
            "Unter dieser transactionId ist schon ein Antrag mit anderem Inhalt eingegangen. "
            "Bitte eine neue transactionId verwenden."
        )


# --- the post room -----------------------------------------------------------------------------------------------------


@verb(right=OPERATE, tag="zentrale:zugewiesen")
def assign_parcel(id: str, slug: str, unit: str = "", remember: str = "", *, by: Konto) -> None:
    """Say to which municipality an application in the post room belongs, and there to which Stelle (its number).

    `remember` also writes the rule by which the next one finds its way: `stelle`, or `ort` for its Leistung and place.

    Raises:
        Unknown: there is no such application here.
        Invalid: there is no such municipality, or the rule cannot be made.
        Conflict: it was assigned already, or the rule is another's.
    """
    unit = " ".join(unit.split())
    _require_kommune(slug, unit)
    with db.reading() as tx:
        row = parcel.get(tx, id)
    if row.state != parcel.WAITING and row.slug != slug:
        raise _assigned(row)
    if remember:
        add_rule(slug, **_rule(json.loads(row.said), unit, remember), by=by)
    with db.transaction() as tx:
        row = parcel.get(tx, id, locked=True)
        if row.state != parcel.WAITING and row.slug == slug:
            return
        if row.state != parcel.WAITING:
            raise _assigned(row)
        parcel.become(tx, id, parcel.ASSIGNED, slug=slug, unit=unit or None, problem=None)
        protokoll.record(tx, None, transaktion=row.transaction_id, nummer=row.nummer, kommune=slug, stelle=unit or None)


def _assigned(row: Any) -> Conflict:
    return Conflict(f"Die Sendung {row.nummer} ist schon zugewiesen, und zwar „{row.slug}“.")


def _require_kommune(slug: str, unit: str) -> None:
    causes = []
    try:
        known = slug != BETRIEB and show_kommune(slug).state in ("bereit", "gesperrt")
    except Unknown:
        known = False
    if not known:
        hint = "Den Kurznamen einer Kommune angeben, wie er in der Liste der Kommunen steht."
        causes.append(Cause("Diese Kommune gibt es hier nicht.", hint, "/kommune"))
    if len(unit) > zustaendigkeit.LONGEST_STELLE or not unit.isprintable():
        causes.append(Cause("Die Nummer der Stelle ist zu lang oder nicht lesbar.", "Höchstens 100 Zeichen.", "/einheit"))
    if causes:
        raise Invalid("Die Sendung wurde nicht zugewiesen.", causes)


def _rule(said: dict[str, Any], unit: str, remember: str) -> dict[str, str]:
    if remember == BY_STELLE:
        return {"stelle": said["stelle"]}
    if remember == BY_PLACE and len(said["leika"]) == 1 and said["ort"]:
        return {"leika": said["leika"][0], "ags": said["ort"], "unit": unit}
    hint = "Die Zuständigkeit lässt sich von Hand eintragen."
    cause = Cause("Der Antrag nennt nicht genau eine Leistung und einen Ort.", hint, "/merken")
    raise Invalid("Die Sendung wurde nicht zugewiesen.", [cause])


def deliver_assigned() -> int:
    """Deliver what the operator has assigned, each for itself; gives how many have arrived. In the operator's namespace."""
    with db.reading() as tx:
        ids = tx.scalars(sa.select(T.c.id).where(T.c.state == parcel.ASSIGNED).order_by(T.c.received_at, T.c.id))
    return sum(map(_deliver_alone, ids))


def _deliver_alone(id: str) -> bool:
    """What goes wrong with one holds up no other."""
    try:
        return bool(deliver_parcel(id, by=SYSTEM))
    except Problem as problem:
        log.warning("an application could not be delivered", extra={"reason": problem.sentence})
    except Exception:
        log.exception("an application could not be delivered")
    return False


@verb(right=SYSTEM_RIGHT, tag="zentrale:zugestellt")
def deliver_parcel(id: str, *, by: Konto) -> bool:
    """Let the municipality take in what was assigned to it; False if it cannot now, or the operator must decide anew.

    Delivered twice it is one Vorgang, and delivered once more nothing.

    Raises:
        Damaged, Unknown: its parts are not here any more, or not what they were.
    """
    with db.reading() as tx:
        row = parcel.get(tx, id)
    if row.state != parcel.ASSIGNED:
        return bool(row.state == parcel.DELIVERED)
    parts = [File(name, type, files.get(hash), kind) for name, type, hash, kind in json.loads(row.parts)]
    problem = None
    try:
        _hand_over(row, parts)
    except Unavailable as cause:
        log.warning("an application waits for its municipality", extra={"kommune": row.slug, "reason": cause.sentence})
        return False
    except (Unknown, Conflict, Invalid, TooLarge, Unreadable) as cause:
        problem = cause.sentence  # it is certain that it is not there
    point("central.handed_over")
    with db.transaction() as tx:
        now = parcel.get(tx, id, locked=True)
        if (now.state, now.slug) != (parcel.ASSIGNED, row.slug):
            return bool(now.state == parcel.DELIVERED)
        if problem is not None:
            parcel.become(tx, id, parcel.WAITING, slug=None, unit=None, problem=problem)
        else:
            parcel.become(tx, id, parcel.DELIVERED, parts="[]", delivered_at=clock.now())
        protokoll.record(tx, None, transaktion=row.transaction_id, kommune=row.slug, angenommen=problem is None)
    return problem is None


def _hand_over(row: Any, parts: Sequence[File]) -> None:
    """The municipality takes in the parts as they came."""
    of = {kind: [part for part in parts if part.kind == kind] for kind in (parcel.FORM_DATA, REPRESENTATION, ATTACHMENT)}
    came = Came(row.unit, row.id, row.nummer, row.received_at, bytes(row.answer))
    with db.namespace(row.slug):
        receive_push(
            of[parcel.FORM_DATA][0].content, of[REPRESENTATION], of[ATTACHMENT], limits=NO_LIMITS, came=came, by=SYSTEM
        )


@verb(right=SYSTEM_RIGHT, tag="zentrale:vergessen")
def forget_parcels(*, by: Konto) -> int:
    """Forget where applications went that went on long ago (`parcel.KEPT`), some at a time; gives how many.

    Nothing is forgotten while the outbox of a restored operator's namespace is held: nobody has looked at it yet.
    """
    with db.reading() as tx:
        if restored.told(tx) is not None:
            return 0
    with db.transaction() as tx:
        gone = parcel.forget(tx, clock.now(), FORGOTTEN_AT_ONCE)
        if gone:
            protokoll.record(tx, None, anzahl=gone)
    return gone
