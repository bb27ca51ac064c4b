"""Messages to an applicant's Servicekonto (the citizen's mailbox of OSI, BayernID, BundID and others).

Built from public facts, not certified: the interfaces of OSI and BayernID are not public and BundID is reachable only
inside federal networks. What is public (address, trust level, reply policy, attachments, evidence times) is in the port
`ports.Mailbox`. Until an account has a mailbox of its own here, all accounts go to the reference server that ships with
Amtsweg; `MAILBOXES` is the table to change then.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import EXCLUDE, ValidationError

from connectors.fields import Anything, Choice, Day, Form, Many, Number, Part, Secret, Text, WebAddress, named, sentence
from connectors.servicekonto.reference import ReferenceMailbox, undeliverable
from connectors.shape import Connector, Operation
from engine.base.errors import Problem
from engine.base.ports import (
    Address,
    Answer,
    Call,
    Capabilities,
    ConnectorError,
    File,
    Mailbox,
    Message,
    Refused,
    Repeat,
    ReplyPolicy,
)

REFERENCE = ReferenceMailbox()

# Account type as control.serviceKonto.type names it, in capitals without separators → who speaks to it.
MAILBOXES: dict[str, Mailbox] = {
    "OSI": REFERENCE,
    "BAYERNID": REFERENCE,
    "BUNDID": REFERENCE,
    "ZBP": REFERENCE,
    "MUK": REFERENCE,
    "UNTERNEHMENSKONTO": REFERENCE,
    "PORTAL": REFERENCE,
    "BÜRGERPORTAL": REFERENCE,
    "BUERGERPORTAL": REFERENCE,
}
STORK = re.compile(r"STORK-QAA-LEVEL-([1-4])", re.IGNORECASE)


class Settings(Form):
    """What a municipality sets: where the server is, the shared secret, how long to wait."""

    url = WebAddress(required=True, metadata=named("Adresse des Servers", "Zum Beispiel https://servicekonto.example"))
    secret = Secret(
        required=True,
        metadata=named("Gemeinsames Geheimnis", "Damit unterschreiben beide Seiten, was sie senden; mindestens 8 Zeichen."),
    )
    timeout_s = Number(
        least=1, most=60, load_default=10, metadata=named("Wartezeit in Sekunden", "Ohne Angabe 10; von 1 bis 60.")
    )


class PostfachAddress(Form):
    """The mailbox as the OZG-Cloud control block names it; clients differ on `type`, so it may be anything or missing."""

    class Meta:
        unknown = EXCLUDE

    identifier = Text(required=True, shortest=1)
    type = Text(allow_none=True, load_default=None)


class Konto(Form):
    """The serviceKonto of the OZG-Cloud control block; what we do not know in it is left aside."""

    class Meta:
        unknown = EXCLUDE

    type = Text(required=True, shortest=1, longest=50)
    trustLevel = Anything(allow_none=True, load_default=None)  # noqa: N815 - a name of OZG-Cloud
    postfachAddress = Part(PostfachAddress, required=True)  # noqa: N815 - a name of OZG-Cloud


class Nachricht(Form):
    """A message: to whom, what, with which documents, and whether an answer is wanted."""

    konto = Part(Konto, required=True)
    betreff = Text(required=True, shortest=1, longest=1024)
    text = Text(required=True, shortest=1, longest=250_000)
    leistung = Text(load_default="")
    dokumente = Many(Anything(required=True), most=50, load_default=list)
    antwort = Choice(*ReplyPolicy, load_default=ReplyPolicy.FORBIDDEN.value)
    antwort_bis = Day(load_default=None)
    vertrauensniveau = Anything(load_default=None)


class Zustellung(Form):
    """The evidence: the id of the message over there, when it was provided, and when its reader was told (null: not known)."""

    messageId = Text(required=True, shortest=1)  # noqa: N815 - a name in diagrams
    providedAt = Text(required=True)  # noqa: N815 - a name in diagrams
    notifiedAt = Text(allow_none=True, load_default=None)  # noqa: N815 - a name in diagrams


def send_message(call: Call, inputs: dict[str, Any]) -> Answer:
    """Put a message into the applicant's mailbox, once for each key.

    Raises:
        Refused: something is wrong with the call or the settings; a person must mend it.
        BpmnError: `nicht_zustellbar`, this mailbox will never take this message.
    """
    konto = inputs["konto"]
    mailbox = _mailbox(konto["type"])
    config = {**call.config, "kommune": call.kommune}
    level = inputs["vertrauensniveau"]
    message = Message(
        address=_address(konto),
        sender=call.authority,
        subject=inputs["betreff"],
        body=inputs["text"],
        case_reference=call.case_reference,
        service=inputs["leistung"],
        reply=ReplyPolicy(inputs["antwort"]),
        reply_until=_reply_until(inputs),
        trust_level=_trust_level(konto["trustLevel"] if level is None else level),
        attachments=tuple(_document(reference, call.document) for reference in inputs["dokumente"]),
    )
    _fits(message, mailbox.capabilities(config), konto["type"])
    delivery = mailbox.send(message, config=config, key=call.key)
    return Answer(
        {
            "messageId": delivery.message_id,
            "providedAt": _written(delivery.provided_at),
            "notifiedAt": delivery.notified_at and _written(delivery.notified_at),
        }
    )


def _written(instant: dt.datetime) -> str:
    return instant.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def check(config: Mapping[str, Any]) -> list[str]:
    """Look at the settings, then ask the server what it can do."""
    try:
        loaded = Settings().load(dict(config))
    except ValidationError as cause:
        return [f"Die Einstellungen passen nicht: {sentence(cause.messages)}"]
    try:
        REFERENCE.ask_capabilities({**loaded, "timeout_s": min(5, loaded["timeout_s"])})
    except ConnectorError as cause:
        return [str(cause)]
    return []


def _mailbox(account: str) -> Mailbox:
    known = MAILBOXES.get("".join(sign for sign in account.upper() if sign.isalnum()))
    if known is None:
        raise undeliverable(
            f"Für ein Servicekonto der Art „{account}“ gibt es keine Anbindung. Bitte auf anderem Weg zustellen."
        )
    return known


def _address(konto: Mapping[str, Any]) -> Address:
    place = konto["postfachAddress"]
    return Address(account=konto["type"], identifier=place["identifier"], type=(place["type"] or "citizen").lower())


def _reply_until(inputs: Mapping[str, Any]) -> dt.date | None:
    until: dt.date | None = inputs["antwort_bis"]
    if until is not None and inputs["antwort"] == ReplyPolicy.FORBIDDEN:
        raise Refused("„antwort_bis“ ist gesetzt, aber eine Antwort ist nicht erlaubt. Bitte „antwort“ angeben.")
    return until


def _trust_level(value: Any) -> int | None:
    """1–4 out of 3, "3" or "STORK-QAA-Level-3"; None when nothing is asked for."""
    if value is None or value == "":
        return None
    text = str(value).strip()
    match = STORK.fullmatch(text)
    number = match.group(1) if match else text.removesuffix(".0")
    if isinstance(value, bool) or number not in ("1", "2", "3", "4"):
        raise Refused(f"Das Vertrauensniveau „{text[:50]}“ ist unbekannt; erlaubt sind 1 bis 4 oder STORK-QAA-Level-1 bis 4.")
    return int(number)


def _document(reference: Any, fetch: Callable[[str], File]) -> File:
    """The bytes of a document, named by its id or by a context that has the id under `dokument`."""
    name = reference.get("dokument") if isinstance(reference, Mapping) else reference
    if not isinstance(name, str) or not name:
        raise Refused("Ein Eintrag unter „dokumente“ nennt kein Dokument; erwartet wird eine Kennung oder „dokument“.")
    try:
        return fetch(name)
    except (KeyError, Problem) as cause:
        raise Refused(f"Das Dokument „{name[:80]}“ gibt es in diesem Vorgang nicht.") from cause


def _fits(message: Message, can: Capabilities, account: str) -> None:
    """Refuse before sending what this kind of account would not take.

    Raises:
        Refused: the message asks for an answer that cannot be given: the diagram is wrong for this account.
        BpmnError: an attachment is of a type or size that is never taken.
    """
    if message.reply != ReplyPolicy.FORBIDDEN and can.reply == "none":
        raise Refused(f"Ein Servicekonto der Art „{account}“ kann keine Antworten geben.")
    for file in message.attachments:
        if file.media_type not in can.attachment_types:
            raise undeliverable(f"„{file.name}“ ({file.media_type}) nimmt das Servicekonto nicht an.")
        if len(file.content) > can.max_attachment_bytes:
            raise undeliverable(f"„{file.name}“ ist zu groß für das Servicekonto: höchstens {can.max_attachment_bytes} Bytes.")
    if sum(len(file.content) for file in message.attachments) > can.max_total_bytes:
        raise undeliverable(f"Die Anlagen sind zusammen zu groß für das Servicekonto: höchstens {can.max_total_bytes} Bytes.")


CONNECTOR = Connector(
    name="servicekonto",
    title="Servicekonto",
    config=Settings,
    check=check,
    operations=(
        Operation(
            "servicekonto.nachricht",
            "Nachricht an das Servicekonto",
            Nachricht,
            Zustellung,
            send_message,
            repeat=Repeat.KEY,
            timeout_s=60,
        ),
    ),
    about="Sendet Nachrichten und Bescheide in das Postfach der antragstellenden Person und holt ihre Antworten.",
)
