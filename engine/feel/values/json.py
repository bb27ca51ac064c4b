"""Values as JSON: numbers with all digits, dates and durations in ISO 8601, ranges and functions as FEEL text."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from engine.base.errors import Invalid, TooLarge, Unreadable
from engine.feel import limits
from engine.feel.errors import HALF_CHARACTER, LimitReached, NoValue
from engine.feel.run import Run
from engine.feel.values.coerce import clean
from engine.feel.values.numbers import number, plain
from engine.feel.values.text import string

_MAX_NODES = 1_000_000
_HALF = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")


def to_json(value: Any) -> Any:
    """The value as JSON knows it: dict, list, text, bool, null and Decimal."""
    run = Run(steps=_MAX_NODES)
    try:
        return _plain(clean(value, run), run)
    except LimitReached as cause:
        raise TooLarge(f"Der Wert ist zu groß: {cause}") from cause


def _plain(value: Any, run: Run) -> Any:
    run.charge(1)
    if value is None or isinstance(value, bool | str | Decimal):
        return value
    if isinstance(value, list):
        return [_plain(item, run) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item, run) for name, item in value.items()}
    return string(value, run)


def json_text(value: Any) -> str:
    """The value as JSON text, numbers with all their digits."""
    return _write(to_json(value))


def _write(value: Any) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, list):
        return "[" + ", ".join([_write(item) for item in value]) + "]"
    if isinstance(value, dict):
        entries = [f"{json.dumps(name, ensure_ascii=False)}: {_write(item)}" for name, item in value.items()]
        return "{" + ", ".join(entries) + "}"
    return json.dumps(value, ensure_ascii=False)


def from_json(text: str | bytes) -> Any:
    """The value a JSON text stands for, numbers exact."""
    try:
        if isinstance(text, bytes):
            text = text.decode(json.detect_encoding(text))
        value = json.loads(text, parse_int=_number, parse_float=_number, parse_constant=_refuse)
        if _HALF.search(text):
            json.dumps(value, ensure_ascii=False, default=str).encode()
        return clean(value, Run(steps=_MAX_NODES))
    except UnicodeEncodeError as cause:
        raise Unreadable(HALF_CHARACTER) from cause
    except (json.JSONDecodeError, UnicodeDecodeError) as cause:
        raise Unreadable(f"Das ist kein lesbares JSON: {cause}. Bitte die Stelle berichtigen.") from cause
    except (RecursionError, LimitReached) as cause:
        raise TooLarge(f"Das JSON ist zu groß oder tiefer als {limits.DATA_DEPTH} Ebenen verschachtelt.") from cause
    except NoValue as cause:
        raise Invalid(str(cause)) from cause


def _number(text: str) -> Decimal:
    value = number(text) if len(text) < 10_000 else None
    if value is None:
        raise NoValue(f"Die Zahl {text[:40]} ist zu groß; es wird mit 34 Stellen bis 10 hoch 6144 gerechnet.")
    return value


def _refuse(text: str) -> Any:
    raise NoValue(f"{text} ist keine Zahl in JSON.")
