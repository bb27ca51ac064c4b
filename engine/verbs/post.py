"""Post: messages that come in, from applicants and from other systems."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from engine.base import db, files
from engine.base.errors import Unknown
from engine.base.ports import File
from engine.base.rights import Konto, verb
from engine.model import dokument, erwartung, nachricht, protokoll
from engine.verbs.due import deliver_messages

REPLY = "servicekonto.antwort"


@verb(right="schnittstelle.nutzen", tag="nachricht:empfangen")
def correlate(name: str, key: str, id: str, variables: Mapping[str, Any], ttl: dt.timedelta | None, *, by: Konto) -> bool:
    """Take in a BPMN message: it reaches the one place that waits for it, or waits itself; False if the id came before."""
    with db.transaction() as tx:
        new = erwartung.keep(tx, id, name, key, variables, ttl)
        if new:
            protokoll.record(tx, None, nachricht=id, name=name)
    if new:
        deliver_messages()
    return new


@verb(right="system", tag="nachricht:antwort")
def receive_reply(id: str, message_id: str, body: str, attachments: Sequence[File], at: dt.datetime, *, by: Konto) -> bool:
    """Take in an applicant's answer to one of our messages; False if it came before.

    It is kept with the Vorgang and becomes a BPMN message `servicekonto.antwort` with our message's id as its key.

    Raises:
        Unknown: we sent no such message.
    """
    for file in attachments:
        files.put(file.content)
    described = dokument.rows(attachments)
    with db.transaction() as tx:
        ours = nachricht.sent(tx, message_id)
        if ours is None:
            raise Unknown("Eine Nachricht mit dieser Id wurde von hier nicht gesendet.")
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
            erwartung.keep(tx, f"servicekonto-{id}", REPLY, message_id, {"antwort": content}, None)
            protokoll.record(tx, ours.vorgang_id, nachricht=message_id)
    if new:
        deliver_messages()
    return new


@verb(right="system", tag="nachricht:abgerufen")
def record_retrieval(message_id: str, at: dt.datetime, *, by: Konto) -> bool:
    """Note that the applicant has opened a message; False if that was known.

    Raises:
        Unknown: we sent no such message.
    """
    with db.transaction() as tx:
        ours = nachricht.sent(tx, message_id)
        if ours is None:
            raise Unknown("Eine Nachricht mit dieser Id wurde von hier nicht gesendet.")
        new = nachricht.retrieved(tx, message_id, at)
        if new:
            protokoll.record(tx, ours.vorgang_id, nachricht=message_id)
    return new
