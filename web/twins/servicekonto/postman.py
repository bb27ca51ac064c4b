"""Tells the authority what a citizen did. Repeats until the other side says 2xx."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import httpx

from web.twins.servicekonto.mailboxes import Mailboxes, iso
from web.twins.signature import sign

log = logging.getLogger(__name__)
LONGEST_PAUSE_S = 60.0
PERIOD_S = 0.25
AT_ONCE = 20


class Postman:
    """A thread that empties the outbox of a reference Servicekonto towards one callback address."""

    def __init__(self, store: Mailboxes, secret: str, callback: str, *, timeout_s: float = 10.0) -> None:
        self._store, self._secret, self._callback = store, secret, callback.rstrip("/")
        self._client = httpx.Client(timeout=timeout_s, trust_env=False)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="postman", daemon=True)

    def start(self) -> None:
        """Begin to walk."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the round and end."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout=15)
        self._client.close()

    def walk(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> int:
        """One round: bring what is due; gives back how many were delivered."""
        at = now()
        with self._store.reading() as db:
            due = db.execute(
                "SELECT * FROM ausgang WHERE done_at IS NULL AND next_at <= ? ORDER BY rowid LIMIT ?",
                (at.timestamp(), AT_ONCE),
            ).fetchall()
        return sum(self._bring(row, now) for row in due)

    def _bring(self, row: sqlite3.Row, now: Callable[[], datetime]) -> bool:
        """Bring one item; on failure wait longer each time."""
        at = now()
        delivered = self._post(row["kommune"], row["id"], bytes(row["inhalt"]), str(int(at.timestamp())))
        pause = min(LONGEST_PAUSE_S, 2.0 ** min(row["versuche"], 10) / 2)
        with self._store.transaction() as db:
            db.execute(
                "UPDATE ausgang SET versuche = versuche + 1, next_at = ?, done_at = ? WHERE id = ?",
                (at.timestamp() + pause, iso(at) if delivered else None, row["id"]),
            )
        return delivered

    def _post(self, kommune: str, number: str, body: bytes, timestamp: str) -> bool:
        headers = {
            "Content-Type": "application/json",
            "X-Timestamp": timestamp,
            "X-Signature": sign(self._secret, timestamp, body),
        }
        try:
            answer = self._client.post(f"{self._callback}/{kommune}/webhook/servicekonto", content=body, headers=headers)
        except httpx.HTTPError as error:
            log.warning("webhook %s not delivered: %s", number, type(error).__name__)
            return False
        if not answer.is_success:
            log.warning("webhook %s not delivered: HTTP %s", number, answer.status_code)
        return answer.is_success

    def _run(self) -> None:
        while not self._ended.wait(PERIOD_S):
            try:
                self.walk()
            except sqlite3.Error:
                log.exception("the outbox could not be read")
