"""Python values of the outside become FEEL values: int and float become Decimal, tuples lists, unknown things null."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Set
from decimal import Decimal
from enum import Enum
from typing import Any

from engine.feel import limits
from engine.feel.errors import LimitReached
from engine.feel.run import Run
from engine.feel.values.durations import YearsMonths
from engine.feel.values.functions import Function
from engine.feel.values.numbers import number
from engine.feel.values.ranges import Range

ATOMS: frozenset[type] = frozenset(
    {str, bool, Decimal, type(None), dt.date, dt.time, dt.datetime, dt.timedelta, YearsMonths, Range, Function}
)


def shallow(value: Any) -> Any:
    """The value itself made FEEL's; what is in a list or context stays as it is."""
    kind = type(value)
    if kind in ATOMS or kind is list or kind is dict:
        return value
    if kind is int or kind is float:
        return number(value)
    return _foreign(value)


def _foreign(value: Any) -> Any:
    if isinstance(value, Enum):
        return shallow(value.value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, list | tuple | Set):
        return list(value)
    if isinstance(value, int | float | Decimal):
        return number(value)
    if isinstance(value, dt.datetime):
        return dt.datetime.combine(value.date(), value.timetz())
    if isinstance(value, dt.timedelta):
        return dt.timedelta(value.days, value.seconds, value.microseconds)
    return dt.date(value.year, value.month, value.day) if isinstance(value, dt.date) else None


def clean(value: Any, run: Run, depth: int = 0) -> Any:
    """The value made FEEL's through and through; what needs no change is not copied."""
    kind = type(value)
    if kind in ATOMS:
        return value
    if kind is not list and kind is not dict:
        value = shallow(value)
        kind = type(value)
        if kind in ATOMS:
            return value
    if depth >= limits.DATA_DEPTH:
        raise LimitReached(f"Der Wert ist tiefer als {limits.DATA_DEPTH} Ebenen verschachtelt.")
    run.charge(len(value) // 4 + 2)
    if kind is list:
        for item in value:
            if type(item) not in ATOMS:
                return [item if type(item) in ATOMS else clean(item, run, depth + 1) for item in value]
        return value
    for name, item in value.items():
        if type(item) not in ATOMS or type(name) is not str:
            return {str(k): v if type(v) in ATOMS else clean(v, run, depth + 1) for k, v in value.items()}
    return value


def within_bounds(value: Any) -> None:
    """Refuse a result that is nested too deep or, counted with all its repetitions, too large."""
    if type(value) not in (list, dict):
        return
    left, layer, depth = limits.MAX_VALUES, [value], 0
    while layer:
        depth += 1
        if depth > limits.DATA_DEPTH:
            raise LimitReached(f"Das Ergebnis ist tiefer als {limits.DATA_DEPTH} Ebenen verschachtelt.")
        below: list[Any] = []
        for item in layer:
            left -= len(item)
            if left < 0:
                raise LimitReached(f"Das Ergebnis hat mehr als {limits.MAX_VALUES} Werte.")
            below.extend(part for part in (item.values() if type(item) is dict else item) if type(part) in (list, dict))
        layer = below
