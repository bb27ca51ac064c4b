"""The reference tree register: a specialist system as a server of its own, to run Amtsweg against.

It takes XML that validates against its XSD, gives each entry a number, and answers a repeated key with its first answer.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from sqlite3 import Connection
from zoneinfo import ZoneInfo

from flask import Flask, Response, render_template, request
from lxml import etree
from xmlschema import XMLSchema, XMLSchemaException

from web.twins.problems import Refusal, answer_problems
from web.twins.store import Store, once

# The register publishes its XSD; the connector carries the published file, and here that same file is the original.
XSD = Path(__file__).parents[3] / "connectors" / "baumregister" / "baumregister.xsd"
NS = {"b": "urn:amtsweg:baumregister:1"}
MAX_BYTES = 1024 * 1024
ZONE = ZoneInfo("Europe/Berlin")
TABLES = """
CREATE TABLE IF NOT EXISTS eintrag (
    nummer INTEGER PRIMARY KEY, registernummer TEXT NOT NULL UNIQUE, kommune TEXT NOT NULL, aktenzeichen TEXT NOT NULL,
    entscheidung TEXT NOT NULL, standort TEXT NOT NULL, datum TEXT NOT NULL, baeume INTEGER NOT NULL,
    eingetragen_at TEXT NOT NULL, xml BLOB NOT NULL
);
"""
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def _now() -> datetime:
    return datetime.now(UTC)


def create_app(data: Path, token: str, *, now: Callable[[], datetime] = _now) -> Flask:
    """The register as a WSGI app on a data folder."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BYTES
    store = Store(data, "baumregister.sqlite", TABLES)
    answer_problems(app)
    _take(app, store, token, now)
    _show(app, store)

    @app.after_request
    def secure(response: Response) -> Response:
        for name, value in SECURITY.items():
            response.headers.setdefault(name, value)
        return response

    return app


def _take(app: Flask, store: Store, token: str, now: Callable[[], datetime]) -> None:
    """The doors for authorities."""

    @app.get("/status")
    def status() -> dict[str, str]:
        _check_token(token)
        return {"status": "bereit"}

    @app.post("/eintraege")
    def enter() -> Response:
        _check_token(token)
        if request.mimetype not in ("application/xml", "text/xml"):
            raise Refusal(415, "Erwartet wird application/xml.")
        body = request.get_data()
        root = _validated(body)
        with store.transaction() as db:
            fingerprint = hashlib.sha256(body).hexdigest()
            answer = once(db, request.headers.get("Idempotency-Key", ""), fingerprint, lambda: _enter(db, root, body, now()))
        return Response(answer, status=201, content_type="application/json")


def _show(app: Flask, store: Store) -> None:
    """The looks: a page with all entries, and each entry as the XML it came as."""

    @app.get("/")
    def list_entries() -> str:
        with store.reading() as db:
            return render_template("register.html", entries=db.execute("SELECT * FROM eintrag ORDER BY nummer DESC").fetchall())

    @app.get("/eintraege/<registernummer>")
    def show_entry(registernummer: str) -> Response:
        with store.reading() as db:
            row = db.execute("SELECT xml FROM eintrag WHERE registernummer = ?", (registernummer,)).fetchone()
        if row is None:
            raise Refusal(404, "Diese Registernummer gibt es nicht.")
        return Response(bytes(row["xml"]), content_type="application/xml; charset=utf-8")


def _check_token(token: str) -> None:
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(f"Bearer {token}".encode(), given.encode()):
        raise Refusal(401, "Das Zugangstoken fehlt oder stimmt nicht.")


def _validated(body: bytes) -> etree._Element:
    """The report as a tree that fits the schema; no entities, no network, no DOCTYPE."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as cause:
        raise Refusal(400, f"Das ist kein lesbares XML: {cause.msg}") from cause
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # missing in the stubs of lxml
        raise Refusal(422, "Ein DOCTYPE wird nicht angenommen.")
    try:
        error = next(iter(_schema().iter_errors(root)), None)
    except XMLSchemaException as cause:
        raise Refusal(422, "Die Meldung lässt sich nicht gegen das Schema prüfen.") from cause
    if error is not None:
        raise Refusal(422, f"Die Meldung passt nicht zum Schema: {error.path}: {error.reason}")
    return root


@cache
def _schema() -> XMLSchema:
    return XMLSchema(str(XSD), allow="local")


def _enter(db: Connection, root: etree._Element, body: bytes, at: datetime) -> bytes:
    """Make an entry, numbered by year and order."""
    year = at.astimezone(ZONE).year
    number = db.execute("SELECT coalesce(max(nummer), 0) + 1 FROM eintrag").fetchone()[0]
    registernummer = f"BR-{year}-{number:06d}"
    read = [root.findtext(f"b:{name}", "", NS) for name in ("kommune", "aktenzeichen", "entscheidung", "standort", "datum")]
    trees = sum(int(count.text or 0) for count in root.iterfind("b:baeume/b:baum/b:stueck", NS))
    db.execute(
        "INSERT INTO eintrag VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (number, registernummer, *read, trees, at.isoformat(timespec="milliseconds"), body),
    )
    return json.dumps({"registernummer": registernummer}).encode()
