"""The reference Servicekonto: an inbox for citizens as a server of its own, to run Amtsweg against.

Built from public facts, not certified: no real account publishes this interface. It takes signed messages over REST
(api.py), shows them on pages (inbox.py), and tells the sender what the citizen did (postman.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, Response, render_template

from web.twins.problems import answer_problems
from web.twins.servicekonto.mailboxes import Mailboxes

ATTACHMENT_TYPES = ("application/pdf", "image/jpeg", "image/png", "text/plain", "application/xml")
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What this account takes."""

    attachment_types: tuple[str, ...] = ATTACHMENT_TYPES
    max_attachment_bytes: int = 10 * 1024 * 1024
    max_total_bytes: int = 25 * 1024 * 1024


def _now() -> datetime:
    return datetime.now(UTC)


def create_app(
    data: Path,
    secret: str,
    *,
    limits: Limits | None = None,
    now: Callable[[], datetime] = _now,
    mailboxes: Mailboxes | None = None,
) -> Flask:
    """The account as a WSGI app on a data folder. What the citizen did leaves by a `postman.Postman` on the same folder."""
    from web.twins.servicekonto import api, inbox

    limits = limits or Limits()
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = limits.max_total_bytes + 4 * 1024 * 1024
    app.config["MAX_FORM_MEMORY_SIZE"] = 2 * 1024 * 1024
    store = mailboxes or Mailboxes(data)
    app.register_blueprint(api.blueprint(store, secret, limits, now))
    app.register_blueprint(inbox.blueprint(store, limits, now))
    answer_problems(app, lambda sentence: render_template("fehler.html", sentence=sentence))

    @app.after_request
    def secure(response: Response) -> Response:
        for name, value in SECURITY.items():
            response.headers.setdefault(name, value)
        return response

    return app
