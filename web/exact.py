"""JSON at the doors: read strictly, written exactly. Numbers are decimals with all their digits, never floats."""

from __future__ import annotations

from typing import Any

from flask.json.provider import DefaultJSONProvider

from engine.base.characters import NO_TEXT
from engine.base.errors import Cause, Unreadable
from engine.feel import json_text
from forms import strict_json

DEPTH = 64


def loads(data: bytes, subject: str = "Der Inhalt der Anfrage") -> Any:
    """The value of a request's JSON.

    Raises:
        Unreadable: not UTF-8, not JSON, a key twice, a number JSON does not know, a character no text can hold.
        TooLarge: nested too deeply.
    """
    value = strict_json.loads(data, subject=subject, depth=DEPTH)
    place = _unwritable(value, ())
    if place is not None:
        cause = Cause(
            "Hier steht ein Zeichen, das kein Text ist.", "NUL und halbe Ersatzzeichen weglassen.", strict_json.pointer(*place)
        )
        raise Unreadable(f"{subject} enthält ein unzulässiges Zeichen.", [cause])
    return value


def _unwritable(value: Any, path: tuple[str | int, ...]) -> tuple[str | int, ...] | None:
    """Where the first character stands that cannot be stored; depth has been bounded by now."""
    if isinstance(value, str):
        return path if NO_TEXT.search(value) else None
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        if isinstance(key, str) and NO_TEXT.search(key):
            return path
        found = _unwritable(item, (*path, key))
        if found is not None:
            return found
    return None


def dumps(value: Any) -> str:
    """The JSON text of a value."""
    return json_text(value)


class ExactJSON(DefaultJSONProvider):
    """What Flask writes as JSON."""

    def dumps(self, obj: Any, **_: Any) -> str:
        return dumps(obj)
