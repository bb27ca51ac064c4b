"""A municipality reached over HTTP: its app, its people, and the applications they are sent."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.base import db
from engine.base.db import Installation
from engine.base.rights import SYSTEM
from engine.verbs import work as working
from tests.engine.cases import Bell, Twin, Upload
from web.compose import create_app
from web.settings import Settings

SLUG = "nordfriesland"
MULTIPART = "multipart/form-data"
PASSWORD = "drei Worte genügen"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""A cheap hash of it: what a real one costs is to be paid by attackers."""
PEOPLE = {
    "anna": frozenset({"sachbearbeitung"}),
    "berta": frozenset({"sachbearbeitung"}),
    "design": frozenset({"prozessdesign"}),
    "chef": frozenset({"administration"}),
    "alle": frozenset({"sachbearbeitung", "poststelle", "prozessdesign", "administration"}),
}


@dataclass
class Bucket:
    """Where a template of that name and text keeps its code."""

    key: tuple[str, str]
    code: Any


class Compiled:
    """Templates that an app of this process has compiled: every test has another app. Jinja knows it as a bytecode cache."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], Any] = {}

    def get_bucket(self, environment: object, name: str, filename: str | None, source: str) -> Bucket:
        return Bucket((name, source), self.known.get((name, source)))

    def set_bucket(self, bucket: Bucket) -> None:
        self.known[bucket.key] = bucket.code


TEMPLATES = Compiled()


def app_of(settings: Settings) -> Flask:
    """The application of these settings."""
    app = create_app(settings)
    app.jinja_env.bytecode_cache = TEMPLATES
    return app


def app_on(installation: Installation) -> Flask:
    """The application of an installation, over plain HTTP."""
    return app_of(Settings(home=installation.home, secret=installation.secret, plain_http=True))


@dataclass
class Site:
    """An app with one municipality in it; `tokens` by login."""

    app: Flask
    bell: Bell
    tokens: dict[str, str] = field(default_factory=dict)
    twin: Twin = field(default_factory=Twin)

    def client(self) -> FlaskClient:
        return self.app.test_client()

    def call(self, method: str, path: str, login: str | None = "anna", **options: Any) -> TestResponse:
        """Call the interface, as somebody with a token."""
        headers = dict(options.pop("headers", {}))
        if login is not None:
            headers["Authorization"] = f"Bearer {self.tokens[login]}"
        return self.client().open(f"/{SLUG}/api/v1/{path}", method=method, headers=headers, **options)

    def get(self, path: str, login: str | None = "anna", **options: Any) -> TestResponse:
        return self.call("GET", path, login, **options)

    def post(self, path: str, login: str | None = "anna", **options: Any) -> TestResponse:
        return self.call("POST", path, login, **options)

    def send(self, content: Any = None, *, path: str = f"/{SLUG}/antrag", **options: Any) -> TestResponse:
        """Send an application as the push interface does."""
        return self.client().post(
            path, data=parts(content if content is not None else application(), **options), content_type=MULTIPART
        )

    def new_case(self, **options: Any) -> str:
        """Send an application, and let the platform work until a person must; gives the id of its Vorgang."""
        answer = self.send(application(**options))
        assert answer.status_code == 200, answer.text
        self.work()
        return str(answer.json["vorgang"]["vorgangId"])  # type: ignore[index]

    def work(self) -> None:
        with db.namespace(SLUG):
            while self.bell.rung:
                working.work(self.bell.rung.pop(0), self.twin, by=SYSTEM)

    def open_tasks(self, case: str) -> list[str]:
        tasks = self.get(f"vorgaenge/{case}").json["aufgaben"]  # type: ignore[index]
        return [task["id"] for task in tasks]


def application(form: str = "probe", transaction: str = "", stelle: str = "100001", nr: str = "7") -> dict[str, Any]:
    """The formData of an application."""
    return {
        "control": {
            "transactionId": transaction or str(uuid.uuid4()),
            "zustaendigeStelle": stelle,
            "leikaIds": [],
            "formId": form,
            "name": "Antrag auf eine Probe",
        },
        "formData": [
            {"name": "nr", "label": "Nummer", "stringValue": nr},
            {
                "name": "antragsteller",
                "label": "Wer beantragt",
                "formItems": [{"name": "nachname", "label": "Nachname", "stringValue": "Muster"}],
            },
            {"name": "umfang", "label": "Umfang in cm", "numberValue": 210.5},
        ],
    }


def parts(
    content: Any, files: Sequence[Upload] = (), representations: Sequence[Upload] = (), as_file: bool = True
) -> dict[str, Any]:
    """The parts of a delivery, for a test client."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    form_data: Any = (io.BytesIO(raw), "formData.json", "application/json") if as_file else raw.decode()
    return {
        "formData": form_data,
        "representation": [(io.BytesIO(file.content), file.name, file.media_type) for file in representations],
        "attachment": [(io.BytesIO(file.content), file.name, file.media_type) for file in files],
    }


def delivery(content: Any, files: Sequence[Upload] = (), representations: Sequence[Upload] = ()) -> httpx.Request:
    """A delivery as a real client sends it: `read()` is the body, its headers name the boundary."""
    named: list[tuple[str, tuple[str, bytes, str]]] = [
        ("formData", ("formData.json", json.dumps(content).encode(), "application/json"))
    ]
    named += [("representation", (file.name, file.content, file.media_type)) for file in representations]
    named += [("attachment", (file.name, file.content, file.media_type)) for file in files]
    return httpx.Request("POST", "http://amtsweg.invalid/", files=named)


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """The problem an answer tells of; it must be one, with a sentence."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    body: dict[str, Any] = json.loads(answer.data)
    assert body["status"] == status
    assert body["type"] == "about:blank"
    assert body["title"]
    assert body["detail"].endswith((".", "!", "?")), body["detail"]
    return body
