"""The print shop's server: every POST is one more sheet, whatever its key; a GET says which sheet a key has got, if any."""

from __future__ import annotations

import time
from pathlib import Path

from flask import Flask, request

from web.twins.store import Store

FILE = "druckerei.sqlite"
TABLES = """
CREATE TABLE IF NOT EXISTS blatt (
    nummer INTEGER PRIMARY KEY, kommune TEXT NOT NULL, aktenzeichen TEXT NOT NULL, art TEXT NOT NULL, schluessel TEXT NOT NULL,
    gedruckt_at REAL NOT NULL
);
"""


def create_app(folder: Path) -> Flask:
    """The print shop as a WSGI app on a folder."""
    app = Flask(__name__)
    store = Store(folder, FILE, TABLES)

    @app.post("/blaetter/<kind>")
    def make(kind: str) -> dict[str, str]:
        told = (request.headers["Kommune"], request.headers["Vorgang"], kind, request.headers["Idempotency-Key"], time.time())
        with store.transaction() as db:
            columns = "kommune, aktenzeichen, art, schluessel, gedruckt_at"
            made = db.execute(f"INSERT INTO blatt ({columns}) VALUES (?, ?, ?, ?, ?)", told)
        return {"blatt": str(made.lastrowid)}

    @app.get("/blaetter/<kind>")
    def look(kind: str) -> dict[str, str]:
        with store.reading() as db:
            query = "SELECT nummer FROM blatt WHERE art = ? AND schluessel = ?"
            row = db.execute(query, (kind, request.headers["Idempotency-Key"])).fetchone()
        return {} if row is None else {"blatt": str(row["nummer"])}

    return app
