"""Two municipalities and the operator: what form systems send to the central door, and what the operator does."""

from __future__ import annotations

import json
import uuid
from typing import Any

from engine.base import db
from engine.base.rights import BETRIEB as ROLE
from engine.base.rights import SYSTEM, Konto
from engine.model import vorgang
from engine.verbs.central import park, pass_on, way_of
from engine.verbs.intake import Came, receive_push
from engine.verbs.operator import add_rule, operator
from forms.antrag import Antrag, Limits, read_push
from tests.engine.cases import Upload, rows

OLE = Konto("0", "ole", "Ole", frozenset({ROLE}))
LEIKA, OTHER = "99093003001000", "99999999999999"
HUSUM = "01054056"


def body(transaction: str = "", stelle: str = "999", leika: tuple[str, ...] = (), nr: str = "7", **control: Any) -> bytes:
    told = {
        "transactionId": transaction or str(uuid.uuid4()), "zustaendigeStelle": stelle, "leikaIds": leika, "formId": "probe",
        "name": "Antrag auf eine Probe", **control,
    }  # fmt: skip
    return json.dumps({"control": told, "formData": [{"name": "nr", "label": "Nummer", "stringValue": nr}]}).encode()


def read(content: bytes, attachments: tuple[Upload, ...] = ()) -> Antrag:
    return read_push(content, (), attachments)


def send(content: bytes, attachments: tuple[Upload, ...] = ()) -> tuple[str | None, bytes]:
    """What the central door does: gives the municipality it went to (None: the post room) and the answer."""
    read = read_push(content, (), attachments)
    way = way_of(read)
    if way.slug is None:
        with operator():
            return None, park(content, (), attachments, read, way, by=SYSTEM)
    with operator():
        pass_on(read, way, by=SYSTEM)
    with db.namespace(way.slug):
        return way.slug, receive_push(content, (), attachments, limits=Limits(), came=Came(way.unit), by=SYSTEM)


def rule(slug: str, **said: str) -> str:
    with operator():
        return add_rule(slug, by=OLE, **said)


def vorgaenge(slug: str) -> list[Any]:
    with db.namespace(slug):
        return list(rows(vorgang.T))
