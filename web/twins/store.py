"""A twin's storage: one SQLite file, one connection per transaction, and the memory of answers already given."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from web.twins.problems import Refusal

ANSWERS = """
CREATE TABLE IF NOT EXISTS antwort (
    schluessel TEXT PRIMARY KEY, fingerabdruck TEXT NOT NULL, inhalt BLOB NOT NULL
);
"""


class Store:
    """One SQLite file with the tables of a twin."""

    def __init__(self, folder: Path, name: str, tables: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / name
        connection = self._connect()
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(ANSWERS + tables)
        finally:
            connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything or nothing; one writer at a time."""
        connection = self._connect()
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        finally:
            connection.close()  # what was not committed is rolled back

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A look that changes nothing and waits for nobody."""
        connection = self._connect()
        try:
            yield connection
        finally:
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys=ON")
        return connection


def once(db: sqlite3.Connection, key: str, fingerprint: str, work: Callable[[], bytes]) -> bytes:
    """Do the work for a key once; the same key again gets the first answer, with other content a refusal."""
    if not 1 <= len(key) <= 200:
        raise Refusal(400, "Der Kopf Idempotency-Key fehlt oder ist länger als 200 Zeichen.")
    known = db.execute("SELECT fingerabdruck, inhalt FROM antwort WHERE schluessel = ?", (key,)).fetchone()
    if known is not None and known["fingerabdruck"] != fingerprint:
        raise Refusal(409, "Unter diesem Idempotency-Key ist schon etwas anderes eingegangen.")
    if known is not None:
        return bytes(known["inhalt"])
    answer = work()
    db.execute("INSERT INTO antwort VALUES (?, ?, ?)", (key, fingerprint, answer))
    return answer
