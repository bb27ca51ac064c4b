"""What went wrong, as RFC 9457 problem+json or as a page; the one table from errors to status codes.

    an interface, or a client that asks for JSON       application/problem+json
    a page in a browser                                HTML with the same sentence

Every error that stands in no table is a bug: 500, with an id that the log knows too. Logs carry no personal data.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from marshmallow import Schema
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from engine import reads
from engine.base.columns import new_id
from engine.base.errors import (
    Cause,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    Problem,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Unknown,
    Unreadable,
)
from engine.bpmn import Damaged
from web import exact, identity, typed
from web.api.schemas import AufgabeOut, BescheidOut
from web.wanted import goes_to_a_page, wants_json

log = logging.getLogger(__name__)

STATUS: dict[type[Problem], int] = {
    Unreadable: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    Unknown: 404,
    Conflict: 409,
    Damaged: 409,
    Gone: 410,
    TooLarge: 413,
    Invalid: 422,
    Unavailable: 503,
}
RETRY_AFTER_S = 5
CAN_BE_COPIED = frozenset({404, 409, 410, 503})
"""Where what a form was about is gone, has moved on or is away, its page cannot be shown again: what was written is."""
CHALLENGE = 'Bearer realm="Amtsweg"'

# How the state after a lost race is shown.
FRESH: dict[type, type[Schema]] = {reads.Aufgabe: AufgabeOut, reads.Bescheid: BescheidOut}

# What the HTTP layer itself refuses; the libraries' own sentences are English.
SENTENCES: dict[int, Any] = {
    400: lazy("Die Anfrage ist nicht lesbar."),
    404: lazy("Diese Adresse gibt es hier nicht."),
    405: lazy("So lässt sich diese Adresse nicht aufrufen."),
    413: lazy("Die Anfrage ist zu groß."),
    415: lazy("Diese Art von Inhalt wird hier nicht angenommen."),
    429: lazy("Zu viele Versuche. Bitte warten Sie einen Moment und versuchen Sie es dann erneut."),
}
EXPIRED = lazy("Die Seite ist abgelaufen. Bitte laden Sie die Seite neu und senden Sie das Formular noch einmal.")


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """A refusal as it leaves the house."""

    status: int
    sentence: str
    causes: tuple[Cause, ...] = ()
    fresh: Any = None
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)


def register(app: Flask) -> None:
    """Let an app answer every error in one of the two ways."""
    app.register_error_handler(Problem, _answer_problem)
    app.register_error_handler(HTTPException, answer_http)
    app.register_error_handler(Exception, _answer_bug)


def status_of(problem: Problem) -> int | None:
    """The status of an error; None for one that should never reach the door."""
    return next((STATUS[kind] for kind in type(problem).__mro__ if kind in STATUS), None)


def _answer_problem(problem: Problem) -> BaseResponse:
    status = status_of(problem)
    if status is None:
        return _answer_bug(problem)
    headers = {}
    if isinstance(problem, Unavailable):
        headers["Retry-After"] = str(RETRY_AFTER_S)
    if isinstance(problem, Unauthenticated):
        if goes_to_a_page() and "entered" in g:
            return _to_the_login()
        answer = as_json(Shown(status, problem.sentence))
        answer.headers["WWW-Authenticate"] = CHALLENGE
        return answer
    return _answer(Shown(status, problem.sentence, problem.causes, getattr(problem, "fresh", None), headers))


def _to_the_login() -> BaseResponse:
    """Who goes to a page signs in first; who sends a form signs in and finds it again."""
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("desk.sign_in", weiter=request.full_path.rstrip("?")))
    return Response(typed.ask_again(), 401, {"WWW-Authenticate": CHALLENGE})


def answer_http(error: HTTPException) -> BaseResponse:
    """An error of the HTTP layer; redirects pass, and what a 405 allows is still said."""
    status = error.code or 500
    if error.response is not None:
        return error.get_response()
    if status < 400:
        return error.get_response()
    if status >= 500:
        return _answer_bug(error)
    headers = {name: value for name, value in error.get_headers() if name.lower() not in ("content-type", "content-length")}
    if isinstance(error, RateLimitExceeded):
        headers.setdefault("Retry-After", "300")
    if isinstance(error, CSRFError):
        page = typed.expired() if goes_to_a_page() else None
        if page is not None:
            return Response(page, status)
        if request.endpoint == "desk.sign_out" and identity.current_login() is None:
            return redirect(url_for("desk.sign_in"), 303)  # the session was over already
        return _answer(Shown(status, str(EXPIRED), headers=headers))
    return _answer(Shown(status, str(SENTENCES.get(status, HTTPStatus(status).phrase)), headers=headers))


def _answer_bug(error: Exception) -> BaseResponse:
    id = new_id()
    log.error("unexpected error", exc_info=error, extra={"incident": id, "endpoint": request.endpoint})
    sentence = error.sentence if isinstance(error, Problem) else ""
    bug = _("Hier ist etwas schiefgegangen, das nicht vorgesehen war. Der Betrieb findet es unter der Nummer %(id)s.", id=id)
    return _answer(Shown(500, f"{sentence} {bug}".strip()))


def _answer(shown: Shown) -> BaseResponse:
    answer: BaseResponse
    if wants_json():
        answer = as_json(shown)
    else:
        written = typed.written() if shown.status in CAN_BE_COPIED else ()
        page = render_template("fehler.html", problem=shown, title=_("Das hat nicht geklappt"), written=written)
        answer = Response(page, shown.status)
    for name, value in shown.headers.items():
        answer.headers[name] = value
    return answer


def as_json(shown: Shown) -> Response:
    """The refusal as RFC 9457 has it, with our causes and, after a lost race, the fresh state."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(shown.status).phrase,
        "status": shown.status,
        "detail": shown.sentence,
        "causes": [cause.as_dict() for cause in shown.causes],
    }
    schema = FRESH.get(type(shown.fresh))
    if schema is not None:
        body["fresh"] = schema().dump(shown.fresh)
    return Response(exact.dumps(body), shown.status, content_type="application/problem+json")
