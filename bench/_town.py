"""A municipality in a scratch folder, on SQLite as installed, with one Leistung."""

from __future__ import annotations

import json
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine import reads
from engine.base import db
from engine.base.db import Installation
from engine.base.rights import SACHBEARBEITUNG, SYSTEM, Konto
from engine.verbs.design import deploy_bundle
from engine.verbs.intake import receive_push
from engine.verbs.kommune import make_kommune, prepare
from forms.antrag import Limits

ANNA = Konto("1", "anna", "Anna", frozenset({SACHBEARBEITUNG}))


@contextmanager
def town(diagram: bytes) -> Iterator[Path]:
    """Enter a new municipality whose Leistung `p` runs this diagram; gives the folder."""
    with tempfile.TemporaryDirectory() as folder:
        db.configure(Installation(Path(folder), secret="nur für die Messung"))  # noqa: S106  # a scratch folder
        prepare()
        make_kommune("messung", "Messung", "Stadt", "SH")
        manifest = b'leistung = "p"\nname = "p"\nkuerzel = "P"\nprocess = "p"\nform_ids = ["p"]\n'
        with db.namespace("messung"):
            deploy_bundle({"bundle.toml": manifest, "p.bpmn": diagram}, {}, by=SYSTEM)
            yield Path(folder)
        db.close()


def apply(text: str) -> str:
    """Send an application with so much text; gives the Vorgang's id."""
    control = {"transactionId": str(uuid.uuid4()), "zustaendigeStelle": "1", "leikaIds": [], "formId": "p", "name": "Antrag"}
    body = {"control": control, "formData": [{"name": "text", "label": "Text", "stringValue": text}]}
    return str(json.loads(receive_push(json.dumps(body).encode(), (), (), limits=Limits(), by=SYSTEM))["vorgang"]["vorgangId"])


def open_task(vorgang_id: str) -> str:
    """The id of the one open task of a Vorgang."""
    return str(reads.list_aufgaben(vorgang_id=vorgang_id).items[0].id)
