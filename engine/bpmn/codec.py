"""Variables as bytes and back, exactly as they were.

JSON by orjson, chosen by measurement (bench/codec.py). What JSON has no word for is an object with one tagged member:
`{"@n": "1.50"}` is a number with its digits (orjson would make it a float), `@d` a date, `@t` a time, `@i` a date and time,
`@p` a days-and-time duration in microseconds, `@y` a years-and-months duration in months, `@f` a range as FEEL text. A real
object that looks like one is wrapped in `@o`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import orjson

from engine.feel import Range, YearsMonths, evaluate, to_text

T = TypeVar("T", dt.datetime, dt.time)


OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATACLASS


class NotStorable(ValueError):
    """A value that is no data: a function, or something FEEL does not know."""


def _instant(value: dt.datetime) -> str:
    zone = getattr(value.tzinfo, "key", None)
    return f"{value.replace(tzinfo=None).isoformat()}[{zone}]{value.fold}" if zone else value.isoformat()


def _time(value: dt.time) -> str:
    zone = getattr(value.tzinfo, "key", None)
    return f"{value.replace(tzinfo=None).isoformat()}[{zone}]{value.fold}" if zone else value.isoformat()


def _default(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"@n": str(value)}
    if isinstance(value, dt.datetime):
        return {"@i": _instant(value)}
    if isinstance(value, dt.date):
        return {"@d": value.isoformat()}
    if isinstance(value, dt.time):
        return {"@t": _time(value)}
    if isinstance(value, dt.timedelta):
        return {"@p": str(value // dt.timedelta(microseconds=1))}
    if isinstance(value, YearsMonths):
        return {"@y": str(value.total)}
    if isinstance(value, Range):
        return {"@f": to_text(value)}
    if isinstance(value, Escaped):
        return {"@o": value.value}
    raise TypeError(f"not storable: {type(value).__name__}")


class Escaped:
    """A real object that would be mistaken for a tagged one."""

    __slots__ = ("value",)

    def __init__(self, value: dict[str, Any]) -> None:
        self.value = value


def encode(value: Any) -> bytes:
    """A FEEL value as bytes.

    Raises:
        NotStorable: for functions and foreign objects.
    """
    try:
        return orjson.dumps(_plain(value), default=_default, option=OPTIONS)
    except (TypeError, RecursionError) as exc:
        raise NotStorable(str(exc)) from exc


def _plain(value: Any) -> Any:
    """Wrap what would be mistaken, and make whole numbers exact; leaves everything else as it is."""
    kind = type(value)
    if kind is dict:
        made = {key: _plain(item) for key, item in value.items()}
        return Escaped(made) if len(made) == 1 and next(iter(made))[:1] == "@" else made
    if kind is list or kind is tuple:
        return [_plain(item) for item in value]
    if kind is int:
        return Decimal(value)
    if kind is float:
        return Decimal(repr(value))
    return value


def _zoned(text: str, read: Callable[[str], T]) -> T:
    if "[" not in text:
        return read(text)
    naive, _, rest = text.partition("[")
    zone, _, fold = rest.partition("]")
    return read(naive).replace(tzinfo=ZoneInfo(zone), fold=int(fold))


REVIVE: dict[str, Callable[[Any], Any]] = {
    "@n": Decimal,
    "@d": dt.date.fromisoformat,
    "@t": lambda text: _zoned(text, dt.time.fromisoformat),
    "@i": lambda text: _zoned(text, dt.datetime.fromisoformat),
    "@p": lambda text: dt.timedelta(microseconds=int(text)),
    "@y": lambda text: YearsMonths(int(text)),
    "@f": lambda text: evaluate(text, {}),
}


def _revive(value: Any) -> Any:
    kind = type(value)
    if kind is dict:
        if len(value) == 1:
            tag, inner = next(iter(value.items()))
            if tag == "@o":
                return {key: _revive(item) for key, item in inner.items()}
            if (read := REVIVE.get(tag)) is not None:
                return read(inner)
        return {key: _revive(item) for key, item in value.items()}
    if kind is list:
        return [_revive(item) for item in value]
    return value


def decode(content: bytes) -> Any:
    """The value that `encode` was given."""
    return _revive(orjson.loads(content))
