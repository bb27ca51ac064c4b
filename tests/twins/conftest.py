"""Twins as real servers on loopback ports, and the platform's end of the webhook as one that keeps what it gets."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask import Flask, Response, request

from web.twins import servicekonto
from web.twins.servicekonto.mailboxes import Mailboxes
from web.twins.servicekonto.postman import Postman

SECRET = "ein-geheimnis-zum-testen"


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=60) as client:
        yield client


@dataclass
class Clock:
    """A clock the test moves."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@dataclass
class Konto:
    """A running reference Servicekonto as an authority sees it."""

    url: str
    http: httpx.Client
    clock: Clock
    folder: Path

    def headers(self, body: bytes, secret: str = SECRET, at: datetime | None = None) -> dict[str, str]:
        timestamp = str(int((at or self.clock()).timestamp()))
        digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        return {"X-Timestamp": timestamp, "X-Signature": f"sha256={digest}"}

    def get(self, path: str) -> httpx.Response:
        return self.http.get(self.url + path, headers=self.headers(b""))

    def post(
        self, note: Any = None, files: list[tuple[str, str, bytes]] | None = None, key: str | None = None, **change: Any
    ) -> httpx.Response:
        """Send a message; fields of the usual one can be changed."""
        files = files or []
        listed = [
            {"name": name, "mediaType": kind, "sha256": hashlib.sha256(content).hexdigest()} for name, kind, content in files
        ]
        usual = {
            "kommune": "husum",
            "address": {"account": "OSI", "identifier": "b-1", "type": "citizen"},
            "sender": "Stadt Husum",
            "subject": "Ihr Antrag",
            "body": "Wir haben eine Frage.",
            "reference": "HUS-2026-000007",
            "service": "Baumfällung",
            "reply": "POSSIBLE",
            "replyUntil": None,
            "trustLevel": 3,
            "attachments": listed,
        }
        raw = json.dumps({**usual, **change}).encode() if note is None else note
        parts: list[Any] = [("nachricht", ("nachricht.json", raw, "application/json"))]
        parts += [("anlage", (name, content, kind)) for name, kind, content in files]
        built = httpx.Request("POST", f"{self.url}/api/nachrichten", files=parts)
        body = built.read()
        headers = {
            **self.headers(body),
            "Content-Type": built.headers["Content-Type"],
            "Idempotency-Key": key or str(uuid.uuid4()),
        }
        return self.http.post(f"{self.url}/api/nachrichten", content=body, headers=headers)

    def send(self, **change: Any) -> str:
        """Send a message that is taken; its id."""
        answer = self.post(**change)
        assert answer.status_code == 201, answer.text
        number: str = answer.json()["messageId"]
        return number


@pytest.fixture
def konto(tmp_path: Path, serve: Callable[[Any], str], http: httpx.Client, clock: Clock) -> Konto:
    app = servicekonto.create_app(tmp_path / "konto", SECRET, now=clock)
    return Konto(serve(app), http, clock, tmp_path / "konto")


@dataclass
class Platform:
    """The authority's end of the webhook: keeps every delivery and answers as told."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def notes(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body in self.got]


@pytest.fixture
def platform(serve: Callable[[Any], str]) -> Platform:
    kept = Platform()
    app = Flask("platform")

    @app.post("/<path:path>")
    def take(path: str) -> Response:
        kept.got.append((path, dict(request.headers), request.get_data()))
        return Response(status=kept.answers.pop(0) if kept.answers else 204)

    kept.url = serve(app)
    return kept


@pytest.fixture
def postman(konto: Konto, platform: Platform) -> Iterator[Postman]:
    walker = Postman(Mailboxes(konto.folder), SECRET, platform.url)
    yield walker
    walker.stop()
