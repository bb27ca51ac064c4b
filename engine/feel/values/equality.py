"""When two values are equal: yes, no, or null when their kinds differ."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from engine.feel.run import Run
from engine.feel.values.durations import YearsMonths
from engine.feel.values.functions import Function
from engine.feel.values.ranges import Range
from engine.feel.values.temporal import instant, moment_of

PLAIN = frozenset({str, bool, Decimal, dt.date, dt.timedelta, YearsMonths})


def equal(left: Any, right: Any, run: Run | None = None) -> bool | None:
    """Whether two values are equal; null equals only null, values of different kinds give null."""
    if left is None or right is None:
        return left is right
    kind = type(left)
    if kind is not type(right):
        return None
    if kind in PLAIN:
        return bool(left == right)
    return _equal_parts(left, right, run or Run())


def unwrapped(left: Any, right: Any) -> tuple[Any, Any]:
    """Two values to compare: a list of one value stands for that value beside one that is no list."""
    if type(left) is list and type(right) is not list and len(left) == 1 and right is not None:
        return left[0], right
    if type(right) is list and type(left) is not list and len(right) == 1 and left is not None:
        return left, right[0]
    return left, right


def same(left: Any, right: Any, run: Run | None = None) -> bool:
    """Whether two values are equal for sure."""
    return equal(left, right, run) is True


def _equal_parts(left: Any, right: Any, run: Run) -> bool | None:
    run.charge(3)
    if isinstance(left, list):
        return len(left) == len(right) and all(same(a, b, run) for a, b in zip(left, right, strict=True))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(value, right[key], run) for key, value in left.items())
    if isinstance(left, dt.datetime):
        return (left.tzinfo is None) == (right.tzinfo is None) and instant(left) == instant(right)
    if isinstance(left, dt.time):
        return (left.tzinfo is None) == (right.tzinfo is None) and moment_of(left) == moment_of(right)
    if isinstance(left, Range):
        return _equal_ranges(left, right, run)
    return left is right if isinstance(left, Function) else None


def _equal_ranges(left: Range, right: Range, run: Run) -> bool:
    return (
        left.start_included == right.start_included
        and left.end_included == right.end_included
        and same(left.start, right.start, run)
        and same(left.end, right.end, run)
    )
