"""Variables as bytes and back, exactly as they were.

JSON, in which a number stands with all its digits: `1.50`. orjson writes it (a number as a fragment of its own, for as a float
it would lose digits), the standard library reads it, number by number as a Decimal; both chosen by measurement
(bench/codec.py). What JSON has no word for is an object with one tagged member: `{"@d": "2026-03-02"}` is a date, `@t` a time,
`@i` a date and time, `@p` a days-and-time duration in microseconds, `@y` a years-and-months duration in months, `@f` a range as
FEEL text, `@n` a number that JSON has no digits for. A real object that looks like one has one `@` more.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import orjson

from engine.feel import Range, YearsMonths, evaluate, to_text

T = TypeVar("T", dt.datetime, dt.time)


MOST = 2**63 - 1
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
        digits = str(value)
        return orjson.Fragment(digits) if value.is_finite() else {"@n": digits}
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
    raise TypeError(f"not storable: {type(value).__name__}")


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
    """Mark what would be mistaken, and make floats and large whole numbers exact; leaves everything else as it is."""
    kind = type(value)
    if kind is dict:
        made = {key: _plain(item) for key, item in value.items()}
        return {f"@{key}": item for key, item in made.items()} if len(made) == 1 and next(iter(made))[:1] == "@" else made
    if kind is list or kind is tuple:
        return [_plain(item) for item in value]
    if kind is int:
        return value if -MOST <= value <= MOST else Decimal(value)
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


def _revive(pairs: dict[str, Any]) -> Any:
    """The value of an object that was read, whose members are revived already."""
    if len(pairs) != 1:
        return pairs
    tag, inner = next(iter(pairs.items()))
    if tag[:2] == "@@":
        return {tag[1:]: inner}
    read = REVIVE.get(tag)
    return pairs if read is None else read(inner)


_read = json.JSONDecoder(parse_float=Decimal, parse_int=Decimal).decode
_read_tagged = json.JSONDecoder(parse_float=Decimal, parse_int=Decimal, object_hook=_revive).decode


def decode(content: bytes) -> Any:
    """The value that `encode` was given."""
    return (_read_tagged if b'"@' in content else _read)(content.decode())
