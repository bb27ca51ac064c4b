"""A driver: one of several processes that send applications, completions, messages and webhooks until told to end.

    python -m tests.faults.driver FOLDER NAME SEED

FOLDER holds `town.json` (where everything is) and gets NAME.requests; when FOLDER/stop appears, the driver ends. What was not
answered is sent again later, as form systems and people do.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import random
import sqlite3
import sys
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.faults.bundles import FOR_TEN, MIXED, SECRET, form_data
from tests.faults.requests import OK, UNKNOWN, Sender

PAUSE_S, AWAY_S = 0.02, 0.3
"""After a request, and after one that was not answered."""


def signed(body: bytes, offset_s: float) -> dict[str, str]:
    """The headers of the Servicekonto's news, at the time of the processes under test."""
    stamp = str(int(time.time() + offset_s))
    digest = hmac.new(SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"X-Timestamp": stamp, "X-Signature": f"sha256={digest}", "Content-Type": "application/json"}


def news(message_id: str, kind: str, id: str, offset_s: float) -> bytes:
    """What the Servicekonto says: somebody has opened or answered a message."""
    at = (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=offset_s)).isoformat()
    return json.dumps({"type": kind, "id": id, "messageId": message_id, "at": at, "body": "Ja."}).encode()


class Driver:
    """What one process does."""

    def __init__(self, folder: Path, name: str, seed: int) -> None:
        town = json.loads((folder / "town.json").read_text())
        self.folder, self.name = folder, name
        self.kommunen: dict[str, Any] = town["kommunen"]
        self.random = random.Random(seed)
        self.sender = Sender(folder, name, town["url"])
        self.again: list[Any] = []
        self.keys: list[str] = []
        self.count = 0

    def run(self) -> None:
        """Go on until FOLDER/stop is there."""
        while not (self.folder / "stop").exists():
            before = len(self.again)
            self.once()
            time.sleep(PAUSE_S if len(self.again) <= before else AWAY_S)

    def once(self) -> None:
        """One request, drawn by chance."""
        if self.again and self.random.random() < 0.3:
            act, arguments = self.again.pop(0)
            act(*arguments)
            return
        slug = self.random.choice(list(self.kommunen))
        acts = (self.start, self.complete, self.message, self.begin, self.signal, self.webhook)
        act = self.random.choices(acts, (8, 12, 3, 1, 1, 4))[0]
        act(slug)

    def start(self, slug: str, transaction: str = "", key: str = "", nr: str = "") -> None:
        """Send an application, or the same again."""
        self.count += 1
        transaction = transaction or str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        key, nr = key or self.random.choice(MIXED), nr or f"{self.name}-{self.count // 2}"
        body = form_data(transaction, key, self.kommunen[slug]["stelle"], nr)
        about = {"slug": slug, "transaction": transaction, "key": key}
        parts = {"formData": ("formData.json", body, "application/json")}
        phase, _ = self.sender.send("start", "POST", f"/{slug}/antrag", files=parts, about=about)
        if phase == UNKNOWN:
            self.again.append((self.start, (slug, transaction, key, nr)))
        elif key == "wartet":
            self.keys.append(nr)

    def complete(self, slug: str, aufgabe: str = "", login: str = "", data: Any = None) -> None:
        """Complete one of the open tasks, or the same again."""
        clerks = self.kommunen[slug]["clerks"]
        login = login or self.random.choice(list(clerks))
        if not aufgabe:
            seen, page = self.sender.send("look", "GET", f"/{slug}/api/v1/aufgaben", clerks[login])
            tasks = [item["id"] for item in page["items"] if item["leistung"] != FOR_TEN] if seen == OK else []
            if not tasks:
                return
            aufgabe = self.random.choice(tasks)
            data = {"weiter": self.random.random() < 0.4, "vermerk": self.name}
        path = f"/{slug}/api/v1/aufgaben/{aufgabe}/complete"
        about = {"slug": slug, "aufgabe": aufgabe, "login": login}
        phase, _ = self.sender.send("complete", "POST", path, clerks[login], json={"data": data}, about=about)
        if phase == UNKNOWN:
            self.again.append((self.complete, (slug, aufgabe, login, data)))

    def message(self, slug: str, id: str = "", key: str = "", name: str = "antwort") -> None:
        """Send a BPMN message: to who may wait for it, too early, or to nobody."""
        self.count += 1
        id = id or f"{self.name}-m{self.count}"
        key = key or (self.random.choice(self.keys) if self.keys else f"nobody-{self.count}")
        content = {"key": key, "id": id, "variables": {}, "ttl": "P100D"}
        about = {"slug": slug, "message": id}
        token = self.kommunen[slug]["admin"]
        phase, _ = self.sender.send("message", "POST", f"/{slug}/api/v1/nachrichten/{name}", token, json=content, about=about)
        if phase == UNKNOWN:
            self.again.append((self.message, (slug, id, key, name)))

    def begin(self, slug: str) -> None:
        """Send a message that begins a case."""
        self.message(slug, key=f"{self.name}-b{self.count}", name="beginn")

    def signal(self, slug: str, id: str = "") -> None:
        """Throw a signal at everybody who waits for it."""
        self.count += 1
        id = id or f"{self.name}-s{self.count}"
        about, content = {"slug": slug, "signal": id}, {"id": id, "variables": {}}
        token = self.kommunen[slug]["admin"]
        phase, _ = self.sender.send("signal", "POST", f"/{slug}/api/v1/signale/wecker", token, json=content, about=about)
        if phase == UNKNOWN:
            self.again.append((self.signal, (slug, id)))

    def webhook(self, slug: str) -> None:
        """Say that a message was opened or answered: a real one, or one that nobody knows."""
        known = self._messages(slug)
        target = self.random.choice(known) if known and self.random.random() < 0.8 else f"unknown-{self.random.random()}"
        kind = self.random.choice(("abruf", "antwort"))
        offset = self._offset()
        body = news(target, kind, f"{self.name}-{kind}-{target}", offset)
        about = {"slug": slug, "news": target}
        self.sender.send(
            "webhook", "POST", f"/{slug}/webhook/servicekonto", content=body, headers=signed(body, offset), about=about
        )

    def _offset(self) -> float:
        with suppress(OSError, ValueError):
            return float((self.folder / "clock").read_text())
        return 0.0

    def _messages(self, slug: str) -> list[str]:
        return messages_of(self.folder, slug, 50)


def messages_of(folder: Path, slug: str, limit: int) -> list[str]:
    """The newest messages that the Servicekonto holds for a municipality."""
    path = folder / "konto" / "servicekonto.sqlite"
    if not path.exists():
        return []
    connection = sqlite3.connect(path, timeout=10)
    try:
        query = "SELECT id FROM nachricht WHERE kommune = ? ORDER BY provided_at DESC LIMIT ?"
        return [row[0] for row in connection.execute(query, (slug, limit))]
    except sqlite3.OperationalError:
        return []
    finally:
        connection.close()


if __name__ == "__main__":
    Driver(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])).run()
