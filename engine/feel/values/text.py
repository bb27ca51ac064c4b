"""Values as text: what string() gives, and what a designer would write for the value."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from engine.feel import limits
from engine.feel.errors import LimitReached
from engine.feel.grammar.characters import stranger
from engine.feel.run import Run
from engine.feel.values.durations import YearsMonths, duration_text
from engine.feel.values.numbers import plain
from engine.feel.values.ranges import Range
from engine.feel.values.temporal import clock_text, date_text, date_time_text

_NAME = re.compile(r"[^\W\d]\w*(?: [^\W\d]\w*)*")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def string(value: Any, run: Run | None = None) -> str | None:
    """The value as string() gives it: a text as it is, everything else as FEEL writes it."""
    if value is None:
        return None
    if isinstance(value, str):
        return value
    bare = _temporal(value)
    return bare if bare is not None else to_text(value, run)


def to_text(value: Any, run: Run | None = None) -> str:
    """The value as a designer would write it in FEEL."""
    return _write(value, run or Run(), 0)


def _write(value: Any, run: Run, depth: int) -> str:
    if depth > limits.DATA_DEPTH:
        raise LimitReached(f"Der Wert ist tiefer als {limits.DATA_DEPTH} Ebenen verschachtelt.")
    run.charge(4)
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return run.text(quoted(value))
    if isinstance(value, Decimal):
        return run.text(plain(value))
    if isinstance(value, list):
        return run.text("[" + ", ".join([_write(item, run, depth + 1) for item in value]) + "]")
    if isinstance(value, dict):
        entries = [f"{_key(name)}: {_write(item, run, depth + 1)}" for name, item in value.items()]
        return run.text("{" + ", ".join(entries) + "}")
    if isinstance(value, Range):
        return _range(value, run, depth)
    bare = _temporal(value)
    return f'@"{bare}"' if bare is not None else repr(value)


def _temporal(value: Any) -> str | None:
    if isinstance(value, dt.datetime):
        return date_time_text(value)
    if isinstance(value, dt.date):
        return date_text(value)
    if isinstance(value, dt.time):
        return clock_text(value)
    if isinstance(value, dt.timedelta):
        return duration_text(value)
    return str(value) if isinstance(value, YearsMonths) else None


def quoted(value: str) -> str:
    """A text in quotation marks, special characters escaped."""
    return '"' + "".join(_ESCAPES.get(c, c) for c in value) + '"'


def _key(name: str) -> str:
    """An entry's name, in quotation marks where it could not be read without."""
    if _NAME.fullmatch(name) and (name.isascii() or all(stranger(word) == len(word) for word in name.split(" "))):
        return name
    return quoted(name)


def _range(value: Range, run: Run, depth: int) -> str:
    start = "" if value.open_start else _write(value.start, run, depth + 1)
    end = "" if value.open_end else _write(value.end, run, depth + 1)
    if value.open_start and not value.open_end:
        return f"{'<=' if value.end_included else '<'} {end}"
    if value.open_end and not value.open_start:
        return f"{'>=' if value.start_included else '>'} {start}"
    return f"{'[' if value.start_included else '('}{start}..{end}{']' if value.end_included else ')'}"
