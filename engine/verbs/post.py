"""Post: messages that come in, from applicants and from other systems."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import bpmn
from engine.base import clock, db, files
from engine.base.db import Tx, new_id
from engine.base.errors import Cause, Conflict, Gone, Invalid, Unknown
from engine.base.ports import File, ReplyPolicy
from engine.base.rights import SYSTEM, Konto, verb
from engine.law import Berechnung
from engine.model import auftrag, comment, deleted, dokument, erwartung, nachricht, protokoll, reminder, signal, vorgang
from engine.reads.writing import is_kept, reply_deadline
from engine.step import Case, look, ring, step
from engine.verbs.courier import carry
from engine.verbs.work import MESSAGE

log = logging.getLogger(__name__)

REPLY, RETRIEVED, ARRIVAL = "servicekonto.antwort", "servicekonto.abgerufen", "bekanntgabe.zugang"
RETRIEVAL_WAITS = dt.timedelta(days=90)  # far beyond every window for fetching; who does not count retrievals never takes it
NEVER = "nie"
LONGEST_REASON = 2000
LONGEST_SUBJECT, LONGEST_BODY, LONGEST_REMINDER = 1024, 100_000, 500


@verb(right="schnittstelle.nutzen", tag="nachricht:empfangen")
def correlate(name: str, key: str, id: str, variables: Mapping[str, Any], ttl: dt.timedelta | None, *, by: Konto) -> bool:
    """Take in a BPMN message: it reaches one receiver or waits itself (engine.model.erwartung); False if the id came before."""
    with db.transaction() as tx:
        new = erwartung.keep(tx, id, name, key, variables, ttl)
        if new:
            protokoll.record(tx, None, nachricht=id, name=name)
    if new:
        carry()
    return new


@verb(right="schnittstelle.nutzen", tag="signal:geworfen")
def throw_signal(name: str, id: str, variables: Mapping[str, Any], *, by: Konto) -> bool:
    """Throw a signal for everybody here who waits for it now; False if one with that id was thrown before."""
    with db.transaction() as tx:
        new = signal.throw(tx, id, name, variables)
        if new:
            protokoll.record(tx, None, signal=id, name=name)
    if new:
        carry()
    return new


@verb(right="nachricht.senden", tag="nachricht:gesendet")
def send_message(
    vorgang_id: str,
    subject: str,
    body: str,
    documents: Sequence[str],
    reply: ReplyPolicy,
    *,
    within: str | None = None,
    until: dt.date | None = None,
    id: str | None = None,
    by: Konto,
) -> str:
    """Send a message to the applicant's Servicekonto, with documents of the Vorgang; gives its id.

    It is kept at once and sent by a worker; a sending that fails for good becomes an incident. `within` asks for an answer
    in so long a time: the law says until which day, and the Vorgang comes up again then. `until` is the day that was shown
    before. With an `id` made beforehand, twice is once.

    Raises:
        Unknown: there is no such Vorgang.
        Invalid: no Servicekonto, an empty text, documents of another Vorgang, or a period that is none.
        Conflict: the last day is another by now than the one that was shown.
    """
    if id is not None and is_kept(id):
        return id
    content = checked_message(vorgang_id, subject, body, documents, reply, within)
    ends = content.deadline
    if until is not None and (ends is None or ends.result != until):
        raise Conflict("Die Frist für die Antwort endet inzwischen an einem anderen Tag. Bitte sehen Sie sie noch einmal an.")
    id = id or new_id()
    row = auftrag.free_row(id, MESSAGE, subject[:300], content.inputs)
    with db.transaction() as tx:
        new = nachricht.add(
            tx, vorgang_id, direction=nachricht.OUT, subject=subject, body=body, documents=documents, at=clock.now(), id=id,
            reply=reply, reply_bis=ends.result if ends else None, reply_source=ends.source if ends else "",
        )  # fmt: skip
        if not new:
            return id
        tx.execute(sa.insert(auftrag.T).values(vorgang_id=vorgang_id, **row))
        if ends is not None:
            text = f"Frist für die Antwort auf „{subject}“ endet"
            reminder.add(tx, vorgang_id, ends.result, _short(text), None, by.login, nachricht_id=id)
        tx.after(lambda: ring(row["id"]))
        protokoll.record(tx, vorgang_id, nachricht=id)
    return id


@dataclass(frozen=True, slots=True)
class Content:
    """A message that may be sent: what the connector is given, and the last day for an answer with its reasons."""

    inputs: dict[str, Any]
    deadline: Berechnung | None


def checked_message(
    vorgang_id: str, subject: str, body: str, documents: Sequence[str], reply: ReplyPolicy, within: str | None = None
) -> Content:
    """What would be sent, without sending it.

    Raises:
        Unknown, Invalid: as `send_message`.
    """
    case = look(vorgang_id)
    konto = bpmn.variables(case.bundle.spec, case.snapshot).get("servicekonto")
    causes = [] if konto else [Cause("Zu diesem Vorgang gehört kein Servicekonto.", "ausdrucken und zur Post geben")]
    for name, title, text, longest in (("betreff", "Betreff", subject, LONGEST_SUBJECT), ("text", "Text", body, LONGEST_BODY)):
        if not text.strip():
            causes.append(Cause(f"Der {title} fehlt.", pointer=f"/{name}"))
        elif len(text) > longest:
            causes.append(Cause(f"Der {title} ist zu lang, höchstens {longest} Zeichen.", "Bitte kürzer fassen.", f"/{name}"))
    with db.reading() as tx:
        causes += _not_to_send(tx, vorgang_id, documents)
    ends = None
    if within is not None and reply == ReplyPolicy.FORBIDDEN:
        causes.append(Cause("Eine Frist gibt es nur, wenn eine Antwort möglich ist.", pointer="/frist"))
    elif within is not None:
        try:
            ends = reply_deadline(vorgang_id, within)
        except Invalid as invalid:
            causes.append(Cause(invalid.sentence, pointer="/frist"))
    if causes:
        raise Invalid("Die Nachricht kann so nicht gesendet werden.", causes)
    inputs = {"konto": konto, "betreff": subject, "text": body, "dokumente": list(documents), "antwort": str(reply)}
    return Content({**inputs, **({"antwort_bis": ends.result} if ends else {})}, ends)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_REMINDER else f"{text[: LONGEST_REMINDER - 1]}…"


def _not_to_send(tx: Tx, vorgang_id: str, documents: Sequence[str]) -> Iterator[Cause]:
    """Documents that are not the Vorgang's, or only drafts."""
    kinds = {row.id: row.kind for row in tx.execute(sa.select(dokument.T).where(dokument.T.c.vorgang_id == vorgang_id))}
    for number, document in enumerate(documents):
        if document not in kinds:
            yield Cause("Dieses Dokument gehört nicht zum Vorgang.", pointer=f"/dokumente/{number}")
        elif kinds[document] == dokument.DRAFT:
            yield Cause("Ein Entwurf wird nicht versandt.", "zuerst freigeben und erlassen", f"/dokumente/{number}")


@verb(right="system", tag="nachricht:antwort")
def receive_reply(id: str, message_id: str, body: str, attachments: Sequence[File], at: dt.datetime, *, by: Konto) -> bool:
    """Take in an applicant's answer to one of our messages; False if it came before.

    It is kept with the Vorgang and becomes a BPMN message `servicekonto.antwort` with our message's id as its key.

    Raises:
        Unknown: we sent no such message.
        Gone: the case it belonged to was deleted.
    """
    with db.reading() as tx:
        _ours(tx, message_id)  # before any file is kept that would belong to nothing
    for file in attachments:
        files.put(file.content)
    described = dokument.rows(attachments)
    with db.transaction() as tx:
        ours = _ours(tx, message_id)
        new = nachricht.add(
            tx,
            ours.vorgang_id,
            direction=nachricht.IN,
            subject=f"Antwort: {ours.subject}",
            body=body,
            documents=[row["id"] for row in described],
            external_id=id,
            reply_to=message_id,
            at=at,
        )
        if new:
            dokument.add(tx, ours.vorgang_id, described)
            content = {"text": body, "dokumente": [dokument.reference(row) for row in described]}
            _remind(tx, ours)
            erwartung.keep(tx, f"servicekonto-{id}", REPLY, message_id, {"antwort": content}, None)
            protokoll.record(tx, ours.vorgang_id, nachricht=message_id)
    if new:
        carry()
    return new


def _ours(tx: Tx, message_id: str) -> Any:
    """Our message that a Servicekonto speaks of."""
    ours = nachricht.sent(tx, message_id)
    if ours is not None:
        return ours
    if deleted.is_gone(tx, deleted.NACHRICHT, message_id):
        log.warning("news about a case that was deleted was refused", extra={"nachricht": message_id})
        raise Gone("Der Vorgang zu dieser Nachricht ist gelöscht, weil seine Aufbewahrungsfrist abgelaufen ist.")
    raise Unknown("Eine Nachricht mit dieser Id wurde von hier nicht gesendet.")


def _remind(tx: Tx, ours: Any) -> None:
    """Let an answer that no process waits for come up at once: it must not lie unseen."""
    today, text = clock.local_day(clock.now()), _short(f"Antwort auf „{ours.subject}“ ist da")
    if not reminder.answered(tx, ours.id, today, text) and not erwartung.awaited(tx, REPLY, ours.external_id):
        reminder.add(tx, ours.vorgang_id, today, text, None, SYSTEM.login, nachricht_id=ours.id)


@verb(right="system", tag="nachricht:abgerufen")
def record_retrieval(message_id: str, at: dt.datetime, *, by: Konto) -> bool:
    """Note that the applicant has opened a message; False if that was known.

    The first time becomes a BPMN message `servicekonto.abgerufen` with our message's id as its key: kept if it comes before
    anybody waits, without effect once nobody waits any more.

    Raises:
        Unknown: we sent no such message.
        Gone: the case it belonged to was deleted.
    """
    with db.transaction() as tx:
        ours = _ours(tx, message_id)
        new = _retrieved(tx, ours, at)
        if new:
            protokoll.record(tx, ours.vorgang_id, nachricht=message_id)
    if new:
        carry()
    return new


def _retrieved(tx: Tx, ours: Any, at: dt.datetime) -> bool:
    """Keep when a message was opened, and tell the process; False if it was known."""
    new = nachricht.retrieved(tx, ours.external_id, at)
    if new:
        told = at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        erwartung.keep(tx, f"abruf-{ours.id}", RETRIEVED, ours.external_id, {"abgerufen_um": told}, RETRIEVAL_WAITS)
    return new


@verb(right="vorgang.bearbeiten", tag="nachricht:abruf-vermerkt")
def note_retrieval(nachricht_id: str, at: dt.datetime, reason: str, *, by: Konto) -> None:
    """Note by hand that the applicant has opened a message, where the Servicekonto does not say so; with how that is known.

    The process gets it as if the Servicekonto had told it (`record_retrieval`). The same instant again changes nothing.

    Raises:
        Unknown: there is no such message.
        Invalid: no reason, an instant to come, or one before it was in the mailbox.
        Conflict: it is not a message of ours that was sent, or its opening is known already.
    """
    with db.transaction() as tx:
        ours = nachricht.get(tx, nachricht_id)
        if ours.direction != nachricht.OUT or ours.external_id is None:
            raise Conflict("Diese Nachricht liegt noch in keinem Postfach; ihr Abruf lässt sich nicht vermerken.")
        if ours.retrieved_at is not None:
            if ours.retrieved_at == at:
                return
            raise Conflict("Dass diese Nachricht geöffnet wurde, ist schon vermerkt; es bleibt bei diesem Zeitpunkt.")
        causes = [*_wrong_reason(reason)]
        if at > clock.now():
            causes.append(Cause("Dieser Zeitpunkt liegt in der Zukunft.", "Angeben, wann sie geöffnet wurde.", "/tag"))
        elif at < ours.at.replace(second=0, microsecond=0):
            causes.append(Cause("Da lag die Nachricht noch nicht im Postfach.", "Einen späteren Zeitpunkt angeben.", "/tag"))
        if causes:
            raise Invalid("Der Abruf kann so nicht vermerkt werden.", causes)
        if not _retrieved(tx, ours, at):
            nachricht.get(tx, nachricht_id)  # or its case was deleted just now
            raise Conflict("Das Servicekonto hat den Abruf gerade selbst gemeldet.")
        protokoll.record(tx, ours.vorgang_id, nachricht=nachricht_id, kommentar=_said(tx, ours.vorgang_id, reason, by))
    carry()


@verb(right="vorgang.bearbeiten", tag="bekanntgabe:zugang")
def record_arrival(vorgang_id: str, arrived: dt.date | None, reason: str, *, by: Konto) -> bool:
    """Record that a notice arrived later than the law presumes (the day), or never (None): the presumption falls.

    While the period runs, the Vorgang gets it as the BPMN message `bekanntgabe.zugang` at once. Afterwards it is noted and
    comes up again today, for a person to see whether the notice has become final after all; False then.

    Raises:
        Unknown: there is no such Vorgang.
        Invalid: no reason, a day to come, or one before the notice was sent.
        Conflict: no notice was sent, or the Vorgang moves on at this moment.
    """
    with db.reading() as tx:
        vorgang.get(tx, vorgang_id)
        waiting = erwartung.of_vorgang(tx, vorgang_id, ARRIVAL)
    sent_am = _sent_am(look(vorgang_id), waiting.token if waiting is not None else None)
    if waiting is None and sent_am is None:
        raise Conflict("In diesem Vorgang ist noch kein Bescheid abgesandt, dessen Zugang festgestellt werden kann.")
    causes = [*_wrong_day(sent_am, arrived), *_wrong_reason(reason)]
    if causes:
        raise Invalid("Der Zugang kann so nicht festgestellt werden.", causes)
    told = arrived.isoformat() if arrived else NEVER
    if waiting is None:
        _note_arrival(vorgang_id, arrived, told, reason, by)
        return False
    comment_id = new_id()

    def also(tx: Tx, outcome: bpmn.Outcome) -> None:
        if not erwartung.meet(tx, waiting.id):
            raise Conflict("Der Vorgang ist inzwischen weiter; bitte neu laden.")
        _said(tx, vorgang_id, reason, by, comment_id)

    variables = {"zugang": arrived or NEVER, "zugang_grund": reason.strip()}
    event = bpmn.MessageIn(waiting.name, waiting.key, variables, waiting.token)
    step(vorgang_id, event, also, closes=erwartung.T, zugang=told, kommentar=comment_id)
    return True


def _note_arrival(vorgang_id: str, arrived: dt.date | None, told: str, reason: str, by: Konto) -> None:
    """Note an arrival of which one heard when the period was over: a person looks at it, no diagram."""
    said = f"am {arrived:%d.%m.%Y}" if arrived else "nicht"
    text = f"Zugang des Bescheids prüfen (laut Feststellung {said} zugegangen): Läuft die Frist für den Rechtsbehelf noch?"
    with db.transaction() as tx:
        id = reminder.waiting(tx, vorgang_id, text) or new_id()  # told twice, it comes up once
        reminder.add(tx, vorgang_id, clock.local_day(clock.now()), text, None, by.login, id=id)
        protokoll.record(tx, vorgang_id, zugang=told, kommentar=_said(tx, vorgang_id, reason, by), wiedervorlage=id)


def _sent_am(case: Case, token: str | None) -> dt.date | None:
    """The day on which the notice of a Vorgang was sent, as the delivery has it; None if it was not."""
    try:
        sent = bpmn.variables(case.bundle.spec, case.snapshot, token).get("zustellung")
    except bpmn.Misdirected:
        return None  # it waits no longer; the step says so
    sent_am = sent.get("abgesandt_am") if isinstance(sent, dict) else None
    return sent_am if isinstance(sent_am, dt.date) else None


def _wrong_day(sent_am: dt.date | None, arrived: dt.date | None) -> list[Cause]:
    """What is wrong with the day on which a notice is said to have arrived."""
    if arrived is None:
        return []
    if arrived > clock.local_day(clock.now()):
        return [Cause("Dieser Tag liegt in der Zukunft.", "den Tag angeben, an dem der Bescheid zugegangen ist", "/zugang")]
    if sent_am is not None and arrived < sent_am:
        told = f"{sent_am:%d.%m.%Y}"
        return [Cause(f"Der Bescheid wurde erst am {told} abgesandt.", "einen Tag ab der Absendung angeben", "/zugang")]
    return []


def _said(tx: Tx, vorgang_id: str, reason: str, by: Konto, id: str | None = None) -> str:
    """Keep a reason with the case, as a comment; gives its id, for the Protokoll says nothing of people's affairs."""
    id = id or new_id()
    comment.add(tx, vorgang_id, reason.strip(), by.login, id)
    return id


def _wrong_reason(reason: str) -> list[Cause]:
    if not reason.strip():
        return [Cause("Der Grund fehlt.", "angeben, woher der Tag bekannt ist", "/grund")]
    if len(reason) > LONGEST_REASON:
        return [Cause(f"Der Grund ist zu lang, höchstens {LONGEST_REASON} Zeichen.", "kürzer fassen", "/grund")]
    return []
