"""JSON, read strictly: one meaning or none.

UTF-8 only; no key twice, no NaN; numbers as exact decimals; nesting is counted before anything is built, so that no
input reaches the limits of the interpreter.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NoReturn

from engine.base.errors import Cause, TooLarge, Unreadable
from forms import numbers
from forms.characters import cleaned

# A string runs to its closing quote or to the end of the bytes: always a match, so the scan stays linear.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


class _Doubled(dict[str, Any]):
    """An object that named a key twice; looked for afterwards, when its place can be told."""

    key: str = ""


def loads(data: bytes, *, subject: str, depth: int) -> Any:
    """The value of a JSON text.

    `subject` names the text in sentences („Die formData“). Numbers become `Decimal`.

    Raises:
        Unreadable: it is not UTF-8, not JSON, or has more than one meaning.
        TooLarge: it is nested deeper than `depth`.
    """
    _refuse_depth(data, subject, depth)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        sentence = f"{subject} ist nicht in UTF-8 kodiert (Byte {error.start + 1}). Bitte als UTF-8 senden."
        raise Unreadable(sentence) from error
    doubled: list[str] = []
    try:
        value = _decoder(doubled).decode(text)
    except json.JSONDecodeError as error:
        sentence = f"{subject} ist kein gültiges JSON: Fehler in Zeile {error.lineno}, Spalte {error.colno}."
        raise Unreadable(sentence) from error
    except _BadLiteral as error:
        raise Unreadable(f"{subject} enthält die Zahl „{error}“, die JSON nicht kennt oder die zu lang ist.") from error
    if doubled:
        causes = [
            Cause(f"Der Schlüssel „{key}“ steht doppelt.", hint="Jeden Schlüssel nur einmal nennen.", pointer=place)
            for place, key in _places(value)
        ]
        raise Unreadable(f"{subject} ist mehrdeutig: Ein Objekt nennt „{cleaned(doubled[0][:80])}“ doppelt.", causes)
    return value


def pointer(*steps: str | int) -> str:
    """The JSON pointer (RFC 6901) of a place, from its steps."""
    return "".join("/" + cleaned(str(step)).replace("~", "~0").replace("/", "~1") for step in steps)


class _BadLiteral(Exception):
    """A number JSON does not know, or one too long to bear."""


def _refuse_depth(data: bytes, subject: str, depth: int) -> None:
    level = 0
    for token in _TOKEN.finditer(data):
        sign = token.group()[:1]
        if sign in b"[{":
            level += 1
            if level > depth:
                raise TooLarge(f"{subject} ist tiefer als {depth} Ebenen verschachtelt.")
        elif sign in b"]}":
            level -= 1


def _decoder(doubled: list[str]) -> json.JSONDecoder:
    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(members)
        if len(found) == len(members):
            return found
        marked = _Doubled(found)
        marked.key = Counter(key for key, _ in members).most_common(1)[0][0]
        doubled.append(marked.key)
        return marked

    return json.JSONDecoder(object_pairs_hook=pairs, parse_float=_number, parse_int=_number, parse_constant=_constant)


def _number(literal: str) -> Decimal:
    try:
        return numbers.exact(literal)
    except ValueError as error:
        raise _BadLiteral(literal[:40]) from error


def _constant(literal: str) -> NoReturn:
    raise _BadLiteral(literal)


def _places(value: Any) -> Iterator[tuple[str, str]]:
    """Where keys stand twice; nesting is bounded by now."""
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        place, here = waiting.pop()
        if isinstance(here, _Doubled):
            yield place + pointer(here.key), cleaned(here.key[:80])
        if isinstance(here, dict):
            waiting.extend((place + pointer(key), child) for key, child in here.items())
        elif isinstance(here, list):
            waiting.extend((place + pointer(index), child) for index, child in enumerate(here))
