"""How a request of the interface is read: JSON strictly, refusals in German with a pointer for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import flask_smorest  # type: ignore[import-untyped]
from flask import Request
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser

from engine.base.errors import Cause, Invalid, Unreadable
from forms.strict_json import pointer
from web import exact


class Parser(FlaskParser):
    """Reads arguments; what does not fit is our `Invalid`."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"query": None, "json": None}  # noqa: RUF012  # None: the schema decides, and refuses

    def load_json(self, req: Request, schema: Schema) -> Any:
        body = req.get_data()
        if not body:
            return {}
        if not req.is_json:
            hint = "Content-Type: application/json angeben und JSON senden."
            raise Unreadable(
                "Der Inhalt der Anfrage ist nicht als JSON gekennzeichnet.", [Cause("Falscher Content-Type.", hint)]
            )
        return exact.loads(body)

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **_: Any) -> NoReturn:
        causes = [Cause(message, pointer=pointer(*path)) for path, message in _flat(error.messages, ())]
        raise Invalid("Die Anfrage passt so nicht. Die genannten Angaben sind zu ändern.", causes) from error


def _flat(messages: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each sentence with the place it is about; where the argument came from is left out."""
    if isinstance(messages, dict):
        for key, below in messages.items():
            from_where = not path and key in ("json", "query")
            yield from _flat(below, ("",) if from_where else path if key == "_schema" else (*path, key))
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield path[1:] if path[:1] == ("",) else path, str(message)


class Blueprint(flask_smorest.Blueprint):
    """Routes of the interface."""

    ARGUMENTS_PARSER = Parser()
