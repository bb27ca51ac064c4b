"""The web application, called as a server calls it (WSGI, in this process), by somebody who is signed in."""

from __future__ import annotations

import io
import json
import re
from typing import Any

from flask import Flask
from werkzeug.test import EnvironBuilder

from bench._town import PASSWORD, SECRET, SLUG, signed_in
from engine.base import db
from engine.base.rights import SACHBEARBEITUNG, SYSTEM
from engine.verbs.konten import add_konto
from web.compose import create_app
from web.identity import hash_password
from web.settings import Settings

LOGIN = "berta"


def app_of_town() -> Flask:
    """The application of the municipality that was entered, with a clerk in it."""
    installation = db.current_installation()
    roles, hash = frozenset({SACHBEARBEITUNG}), hash_password(PASSWORD)
    add_konto(LOGIN, "Berta", "berta@example.org", roles, frozenset(), hash, by=SYSTEM)
    return create_app(Settings(home=installation.home, database=installation.database, secret=SECRET, plain_http=True))


class Browser:
    """Requests of somebody who is signed in, with the cookies and the token that the pages gave."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        client = signed_in(app, SLUG, LOGIN)
        page = client.get(f"/{SLUG}/").text
        token = re.search(r'csrf[-_]token"[^>]*(?:value|content)="([^"]+)"', page)
        assert token
        cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in client._cookies.values())  # type: ignore[union-attr]
        headers = [("Cookie", cookies), ("X-CSRFToken", token[1]), ("Accept", "application/json")]
        builder = EnvironBuilder(path="/", method="POST", headers=headers, content_type="application/json")
        self.environ = builder.get_environ()

    def post(self, path: str, content: dict[str, Any]) -> bytes:
        """Send JSON; the answer must be 200."""
        body = json.dumps(content).encode()
        environ = {
            **self.environ, "PATH_INFO": path, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body),
        }  # fmt: skip
        told: list[str] = []
        answer = self.app.wsgi_app(environ, lambda status, headers, error=None: told.append(status))  # type: ignore[arg-type]
        content_of = b"".join(answer)
        close = getattr(answer, "close", None)
        if close is not None:
            close()
        assert told[0].startswith("200"), (told, content_of)
        return content_of

    def complete(self, task: str, answers: dict[str, Any]) -> bytes:
        """Complete a task over the interface."""
        return self.post(f"/{SLUG}/api/v1/aufgaben/{task}/complete", {"data": answers})
