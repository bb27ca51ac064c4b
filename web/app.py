"""The WSGI app, put together: order matters, for each part may refuse before the next is asked."""

from __future__ import annotations

import functools
import hashlib
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, request, send_from_directory, url_for
from werkzeug.routing import Rule
from werkzeug.utils import safe_join

from engine.base import db
from engine.base.ports import Connectors, Renderer
from web import access, api, betrieb, database, desk, exact, health, language, operate, problems, security, sessions, studio
from web.intake import intake
from web.settings import MB, Settings
from web.webhook import webhook

HERE = Path(__file__).parent
STATIC = (HERE / "static" / "bundles", HERE / "static" / "pages")
A_YEAR_S, AN_HOUR_S = 31_536_000, 3600
# What a form of a page or a call of the interface may hold; doors for files say so themselves.
SMALL = 2 * MB

# The system's table may be missing or say otherwise; browsers with `nosniff` insist.
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".txt": "text/plain"}


class Route(Rule):
    """A route that learns to write its addresses when the first is asked for: there are hundreds, and a page writes a few."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        learn = functools.cache(functools.partial(super()._compile_builder, append_unknown))

        def build(route: Rule, /, **values: Any) -> tuple[str, str]:
            return learn()(route, **values)

        return build


def assemble(settings: Settings, connectors: Connectors, renderer: Callable[[], Renderer]) -> Flask:
    """The app of an installation that has been composed. `renderer` gives what sets letters, when it is first needed."""
    app = Flask("web", root_path=str(HERE), static_folder=None)
    app.json = exact.ExactJSON(app)
    app.url_rule_class = Route
    app.config.update(MAX_CONTENT_LENGTH=SMALL, MAX_FORM_MEMORY_SIZE=SMALL, MAX_FORM_PARTS=200)
    app.extensions["settings"] = settings
    app.extensions["connectors"] = connectors
    app.extensions["renderer"] = renderer
    logging.getLogger("flask-limiter").setLevel(logging.WARNING)
    database.wire(app, db.current_installation())
    language.wire(app)
    sessions.wire(app, settings.required_secret(), secure=not settings.plain_http)
    health.wire(app)
    access.wire(app)
    security.wire(app, settings)
    _serve_static(app)
    app.register_blueprint(intake)
    app.register_blueprint(webhook)
    api.wire(app)
    desk.wire(app)
    operate.wire(app)
    studio.wire(app)
    betrieb.wire(app)
    problems.register(app)
    return app


def _serve_static(app: Flask) -> None:
    """Bundles and our own few files under /static. Pages name them with `asset`, whose address changes with the content."""

    @app.get("/static/<path:filename>", endpoint="static")
    def static(filename: str) -> Response:
        found = next((folder for folder in STATIC if _file(folder, filename)), None)
        if found is None:
            abort(404)
        response = send_from_directory(found, filename, mimetype=TYPES.get(Path(filename).suffix))
        forever = filename.startswith("assets/") or "v" in request.args
        response.headers["Cache-Control"] = (
            f"public, max-age={A_YEAR_S}, immutable" if forever else f"public, max-age={AN_HOUR_S}"
        )
        return response

    @app.template_global()
    def asset(filename: str) -> str:
        path = next(path for folder in STATIC if (path := _file(folder, filename)))
        return url_for("static", filename=filename, v=_print(path, os.stat(path).st_mtime_ns))


def _file(folder: Path, filename: str) -> str | None:
    path = safe_join(str(folder), filename)
    return path if path is not None and os.path.isfile(path) else None


@functools.lru_cache(maxsize=64)
def _print(path: str, mtime_ns: int) -> str:
    """A short fingerprint of a file as it is now."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]
