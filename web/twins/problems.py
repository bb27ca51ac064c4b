"""How a twin says no: one exception, answered as problem+json (RFC 9457)."""

from __future__ import annotations

import json
from http import HTTPStatus

from flask import Flask, Response
from werkzeug.exceptions import HTTPException


class Refusal(Exception):
    """A request is refused; the sentence says why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


def problem(status: int, sentence: str) -> Response:
    """An answer of type problem+json."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": sentence}
    return Response(json.dumps(body, ensure_ascii=False), status=status, content_type="application/problem+json")


def answer_problems(app: Flask) -> None:
    """Let an app answer refusals and errors of HTTP as problem+json."""

    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> Response:
        return problem(refusal.status, refusal.sentence)

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> Response:
        answer = problem(error.code or 500, error.description or error.name)
        for name, value in error.get_headers():
            if name.lower() not in ("content-type", "content-length"):
                answer.headers[name] = value
        return answer
