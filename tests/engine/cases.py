"""Bundles, applications and twins for tests of the engine."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.base import db
from engine.base.ports import Answer, Call, Connectors, Offer, Repeat
from engine.base.rights import SACHBEARBEITUNG, SYSTEM, Konto
from engine.verbs import work as working
from engine.verbs.intake import receive_push
from forms.antrag import Limits
from tests.bpmn.diagrams import boundary_timer, catch, end, flow, flows, message, process, service, start, user, xor

TYPES: Offer = dict.fromkeys(("demo.druckt", "demo.lehnt_ab", "demo.bricht"), frozenset())
FORM = {
    "type": "default", "id": "pruefung", "schemaVersion": 18,
    "components": [{"type": "checkbox", "key": "ok", "label": "In Ordnung", "id": "f1"}],
}  # fmt: skip
MANIFEST = 'leistung = "{key}"\nname = "{key}"\nkuerzel = "{short}"\nprocess = "p"\nform_ids = ["{key}"]\n'


def bundle(diagram: bytes, key: str = "probe", short: str = "PR") -> dict[str, bytes]:
    return {
        "bundle.toml": MANIFEST.format(key=key, short=short).encode(),
        "p.bpmn": diagram,
        "forms/pruefung.form": json.dumps(FORM).encode(),
    }


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip as strangers make it, with whatever names and however well it compresses (`pack` makes only sound ones)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


POSTEINGANG = process(start(), user("sichten"), end(), flows("start > sichten > end"))
PROBE = process(
    start(),
    service("bestaetigen", inputs={"text": "=antragsteller"}),
    user("pruefen", extension='<zeebe:formDefinition formId="pruefung"/>'),
    boundary_timer("frist", "pruefen", "P14D"),
    xor("g", default="g_nein"),
    end("ja"),
    end("nein"),
    end("zu_spaet"),
    flow("g", "ja", "ok"),
    flows("start > bestaetigen > pruefen > g > nein", "frist > zu_spaet"),
)
WARTET = process(
    start(), catch("antwort", "m"), end(), flows("start > antwort > end"), head=message("m", "antwort", "antrag.nr")
)


@dataclass
class Bell:
    """A doorbell that only remembers."""

    rung: list[str] = field(default_factory=list)

    def ring(self, kommune: str, auftrag_id: str) -> None:
        self.rung.append(auftrag_id)


@dataclass
class Twin:
    """Connectors inside the process: answers as told, and keeps a ledger of keys."""

    behave: Callable[[Call], Answer] = lambda call: Answer({"gedruckt": True})
    repeats: Repeat = Repeat.KEY
    done: Callable[[Call], Answer | None] = lambda call: None
    ledger: list[str] = field(default_factory=list)

    def types(self) -> Offer:
        return TYPES

    def repeat(self, type: str) -> Repeat:
        return self.repeats

    def ask(self, call: Call) -> Answer | None:
        return self.done(call)

    def call(self, call: Call) -> Answer:
        self.ledger.append(call.key)
        return self.behave(call)


ANNA = Konto("1", "anna", "Anna", frozenset({SACHBEARBEITUNG}))
BERTA = Konto("2", "berta", "Berta", frozenset({SACHBEARBEITUNG}))


@dataclass(frozen=True)
class Upload:
    name: str
    media_type: str
    content: bytes


def push(
    form: str = "probe", transaction: str = "", stelle: str = "100001", files: Sequence[Upload] = (), nr: str = "7"
) -> bytes:
    """Send an application; gives the answer."""
    control = {
        "transactionId": transaction or str(uuid.uuid4()),
        "zustaendigeStelle": stelle,
        "leikaIds": [],
        "formId": form,
        "name": "Antrag",
    }
    fields = [
        {"name": "nr", "label": "Nummer", "stringValue": nr},
        {
            "name": "antragsteller",
            "label": "Wer",
            "formItems": [{"name": "nachname", "label": "Nachname", "stringValue": "Muster"}],
        },
    ]
    body = json.dumps({"control": control, "formData": fields}).encode()
    return bytes(receive_push(body, (), files, limits=Limits(), by=SYSTEM))


def vorgang_of(answer: bytes) -> str:
    return str(json.loads(answer)["vorgang"]["vorgangId"])


def work_all(bell: Bell, connectors: Connectors) -> None:
    """Do everything that was rung for, and what that leads to."""
    while bell.rung:
        working.work(bell.rung.pop(0), connectors, by=SYSTEM)


def rows(table: Any, **where: Any) -> list[Any]:
    """Rows of a table, for looking."""
    import sqlalchemy as sa

    query = sa.select(table)
    for name, value in where.items():
        query = query.where(table.c[name] == value)
    with db.reading() as tx:
        return list(tx.all(query))
