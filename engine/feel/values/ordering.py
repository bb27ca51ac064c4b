"""Which of two values comes first, and whether a value lies in a range."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from engine.feel.errors import NoValue
from engine.feel.values.durations import YearsMonths
from engine.feel.values.ranges import Range
from engine.feel.values.temporal import instant, moment_of

_AS_THEY_ARE = frozenset({Decimal, str, dt.date, dt.timedelta, YearsMonths})


def key(value: Any, other: Any) -> Any:
    """What to compare of a value, or None when the two cannot be compared."""
    kind = type(value)
    if kind is not type(other):
        return None
    if kind in _AS_THEY_ARE:
        return value
    if kind is not dt.datetime and kind is not dt.time:
        return None
    if (value.tzinfo is None) != (other.tzinfo is None):
        value = value.replace(tzinfo=None)  # the one without a zone is read in the zone of the other
    return instant(value) if kind is dt.datetime else moment_of(value)


def compare(left: Any, right: Any) -> int | None:
    """-1, 0 or 1 as the left value is smaller, equal or greater; None when they cannot be compared."""
    a = key(left, right)
    if a is None:
        return None
    b = key(right, left)
    if a == b:
        return 0
    return -1 if a < b else 1


def lower(left: Any, right: Any) -> bool | None:
    result = compare(left, right)
    return None if result is None else result < 0


def at_most(left: Any, right: Any) -> bool | None:
    result = compare(left, right)
    return None if result is None else result <= 0


def in_range(value: Any, span: Range) -> bool | None:
    """Whether a value lies in a range: both ends must be comparable with it, else null unless one end already says no."""
    if type(value) is list and len(value) == 1:
        value = value[0]
    above = below = True if value is not None else None
    if not span.open_start:
        above = at_most(span.start, value) if span.start_included else lower(span.start, value)
    if not span.open_end:
        below = at_most(value, span.end) if span.end_included else lower(value, span.end)
    if above is False or below is False:
        return False
    return None if above is None or below is None else True


def orderable(kind: type) -> bool:
    """Whether values of this kind have an order."""
    return kind in _AS_THEY_ARE or kind in {dt.datetime, dt.time}


def extreme(values: list[Any], pick: Callable[[int], bool]) -> Any:
    """The smallest or greatest of some values of one kind."""
    best = values[0]
    if not orderable(type(best)):
        raise NoValue("Diese Werte haben keine Reihenfolge.")
    for value in values[1:]:
        order = compare(value, best)
        if order is None:
            raise NoValue("Werte verschiedener Art lassen sich nicht vergleichen.")
        if pick(order):
            best = value
    return best


def sort_values(values: list[Any]) -> list[Any]:
    """The values of one kind in ascending order."""

    def by(left: Any, right: Any) -> int:
        order = compare(left, right)
        if order is None:
            raise NoValue("Werte verschiedener Art lassen sich nicht sortieren.")
        return order

    return sorted(values, key=cmp_to_key(by))
