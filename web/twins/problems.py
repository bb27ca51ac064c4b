"""How a twin says no: one exception, answered as problem+json (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

# What HTTP itself refuses, in words for people.
SENTENCES = {
    400: "Die Anfrage ist nicht lesbar.",
    404: "Diese Seite gibt es nicht.",
    405: "Das ist hier nicht möglich.",
    413: "Das ist mehr, als hier angenommen wird.",
    500: "Hier ist etwas schiefgegangen.",
}


class Refusal(Exception):
    """A request is refused; the sentence says why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


def problem(status: int, sentence: str) -> Response:
    """An answer of type problem+json."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": sentence}
    return Response(json.dumps(body, ensure_ascii=False), status=status, content_type="application/problem+json")


def answer_problems(app: Flask, page: Callable[[str], str] | None = None) -> None:
    """Let an app answer refusals and errors of HTTP as problem+json, or as a page to who asks for HTML."""

    def answered(status: int, sentence: str) -> Response:
        if page is not None and request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
            return Response(page(sentence), status=status, content_type="text/html; charset=utf-8")
        return problem(status, sentence)

    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> Response:
        return answered(refusal.status, refusal.sentence)

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> Response:
        answer = answered(error.code or 500, SENTENCES.get(error.code or 500, error.name))
        for name, value in error.get_headers():
            if name.lower() not in ("content-type", "content-length"):
                answer.headers[name] = value
        return answer
