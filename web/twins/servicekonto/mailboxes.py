"""What the reference Servicekonto keeps: mailboxes, messages, attachments, replies, and what is still to be told."""

from __future__ import annotations

import base64
import json
import sqlite3
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from web.twins.store import Store

TABLES = """
CREATE TABLE IF NOT EXISTS postfach (
    id INTEGER PRIMARY KEY, konto TEXT NOT NULL, kennung TEXT NOT NULL, art TEXT NOT NULL, UNIQUE (konto, kennung)
);
CREATE TABLE IF NOT EXISTS nachricht (
    id TEXT PRIMARY KEY, postfach INTEGER NOT NULL REFERENCES postfach, kommune TEXT NOT NULL, absender TEXT NOT NULL,
    betreff TEXT NOT NULL, text TEXT NOT NULL, aktenzeichen TEXT NOT NULL, leistung TEXT NOT NULL, antwort TEXT NOT NULL,
    antwort_bis TEXT, vertrauensniveau INTEGER,
    provided_at TEXT NOT NULL, notified_at TEXT, retrieved_at TEXT
);
CREATE TABLE IF NOT EXISTS erwiderung (
    id TEXT PRIMARY KEY, nachricht TEXT NOT NULL REFERENCES nachricht, text TEXT NOT NULL, gesendet_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS datei (
    id INTEGER PRIMARY KEY, nachricht TEXT REFERENCES nachricht, erwiderung TEXT REFERENCES erwiderung,
    name TEXT NOT NULL, art TEXT NOT NULL, inhalt BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS ausgang (
    id TEXT PRIMARY KEY, kommune TEXT NOT NULL, inhalt BLOB NOT NULL, versuche INTEGER NOT NULL DEFAULT 0,
    next_at REAL NOT NULL DEFAULT 0, done_at TEXT
);
CREATE INDEX IF NOT EXISTS ausgang_offen ON ausgang (next_at) WHERE done_at IS NULL;
CREATE INDEX IF NOT EXISTS nachricht_postfach ON nachricht (postfach, provided_at);
CREATE INDEX IF NOT EXISTS datei_nachricht ON datei (nachricht);
"""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file on its way in."""

    name: str
    media_type: str
    content: bytes


def iso(instant: datetime) -> str:
    """An instant as text, to the millisecond, in UTC."""
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Mailboxes(Store):
    """The storage of the reference Servicekonto."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "servicekonto.sqlite", TABLES)


def provide(db: sqlite3.Connection, note: Mapping[str, Any], files: Sequence[Attachment], at: datetime) -> sqlite3.Row:
    """Put a message into its mailbox, which is made when it is its first, and tell the citizen that there is mail.

    A real account sends an e-mail here; that it did, and when, is all an authority ever learns.
    """
    address = note["address"]
    db.execute(
        "INSERT INTO postfach (konto, kennung, art) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (address["account"], address["identifier"], address["type"]),
    )
    box = db.execute(
        "SELECT id FROM postfach WHERE konto = ? AND kennung = ?", (address["account"], address["identifier"])
    ).fetchone()["id"]
    number = str(uuid.uuid4())
    db.execute(
        "INSERT INTO nachricht VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        (
            number,
            box,
            note["kommune"],
            note["sender"],
            note["subject"],
            note["body"],
            note["reference"],
            note["service"],
            note["reply"],
            note["replyUntil"].isoformat() if note["replyUntil"] else None,
            note["trustLevel"],
            iso(at),
            iso(at),
        ),
    )
    for file in files:
        db.execute(
            "INSERT INTO datei (nachricht, name, art, inhalt) VALUES (?, ?, ?, ?)",
            (number, file.name, file.media_type, file.content),
        )
    return message(db, number)


def message(db: sqlite3.Connection, number: str) -> sqlite3.Row:
    """One message with its mailbox.

    Raises:
        LookupError: there is none.
    """
    row = db.execute(
        "SELECT nachricht.*, konto, kennung FROM nachricht JOIN postfach ON postfach.id = postfach WHERE nachricht.id = ?",
        (number,),
    ).fetchone()
    if row is None:
        raise LookupError(number)
    found: sqlite3.Row = row
    return found


def state(row: sqlite3.Row) -> str:
    """How far a message has come: its reader was told of it, or has opened it."""
    return "retrieved" if row["retrieved_at"] else "notified"


def retrieve(db: sqlite3.Connection, number: str, at: datetime) -> sqlite3.Row:
    """Open a message as the citizen; the first time is recorded and told to the sender."""
    row = message(db, number)
    if row["retrieved_at"]:
        return row
    db.execute("UPDATE nachricht SET retrieved_at = ? WHERE id = ?", (iso(at), number))
    _tell(db, row, str(uuid.uuid4()), kind="abruf", at=at)
    return message(db, number)


def reply(db: sqlite3.Connection, number: str, *, token: str, text: str, files: Sequence[Attachment], at: datetime) -> bool:
    """Answer a message as the citizen and tell the sender; the same form sent twice is one answer."""
    row = message(db, number)
    if db.execute("SELECT 1 FROM erwiderung WHERE id = ?", (token,)).fetchone():
        return False
    db.execute("INSERT INTO erwiderung VALUES (?, ?, ?, ?)", (token, number, text, iso(at)))
    for file in files:
        db.execute(
            "INSERT INTO datei (erwiderung, name, art, inhalt) VALUES (?, ?, ?, ?)",
            (token, file.name, file.media_type, file.content),
        )
    _tell(db, row, token, kind="antwort", at=at, text=text, files=files)
    return True


def _tell(
    db: sqlite3.Connection,
    row: sqlite3.Row,
    number: str,
    *,
    kind: str,
    at: datetime,
    text: str = "",
    files: Sequence[Attachment] = (),
) -> None:
    """Write down, in the same transaction, what the sender must hear; the postman brings it."""
    note = {
        "id": number,
        "type": kind,
        "messageId": row["id"],
        "reference": row["aktenzeichen"],
        "body": text,
        "attachments": [
            {"name": file.name, "mediaType": file.media_type, "contentBase64": base64.b64encode(file.content).decode()}
            for file in files
        ],
        "at": iso(at),
    }
    body = json.dumps(note, ensure_ascii=False).encode()
    db.execute("INSERT INTO ausgang (id, kommune, inhalt) VALUES (?, ?, ?)", (number, row["kommune"], body))
