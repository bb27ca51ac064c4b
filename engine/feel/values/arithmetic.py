"""What +, -, *, / and ** mean for each pair of kinds; a pair that is not listed has no value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel.errors import NoValue
from engine.feel.values.durations import YearsMonths, days_time, micros, scale
from engine.feel.values.numbers import CONTEXT
from engine.feel.values.temporal import add_clock, add_days, add_months, add_time, instant, midnight, moment_of

Operation = Callable[[Any, Any], Any]
_N, _D, _T, _DT, _DAY, _YM = Decimal, dt.date, dt.time, dt.datetime, dt.timedelta, YearsMonths


def _text(left: str, right: str) -> str:
    return left + right


def _plus_months(left: Any, right: YearsMonths) -> Any:
    return add_months(left, right.total)


def _minus_months(left: Any, right: YearsMonths) -> Any:
    return add_months(left, -right.total)


def _swapped(operation: Operation) -> Operation:
    return lambda left, right: operation(right, left)


def _negative(operation: Operation) -> Operation:
    return lambda left, right: operation(left, days_time(-micros(right)))


def _between_moments(left: dt.datetime, right: dt.datetime) -> dt.timedelta:
    if (left.tzinfo is None) != (right.tzinfo is None):
        raise NoValue("Ein Zeitpunkt mit und einer ohne Zeitzone lassen sich nicht verrechnen.")
    return instant(left) - instant(right)


def _between_times(left: dt.time, right: dt.time) -> dt.timedelta:
    if (left.tzinfo is None) != (right.tzinfo is None):
        raise NoValue("Eine Uhrzeit mit und eine ohne Zeitzone lassen sich nicht verrechnen.")
    return dt.timedelta(microseconds=moment_of(left) - moment_of(right))


def _divide_days(left: dt.timedelta, right: Decimal) -> dt.timedelta:
    return days_time(_cut(micros(left), right))


def _divide_months(left: YearsMonths, right: Decimal) -> YearsMonths:
    return YearsMonths(_cut(left.total, right))


def _cut(value: int, by: Decimal) -> int:
    """A whole number of units divided, to whole units, the rest cut off."""
    if not by:
        raise NoValue("Durch null lässt sich nicht teilen.")
    if abs(by.adjusted()) > 40:
        return 0
    above, below = by.as_integer_ratio()
    product = abs(value) * below // abs(above)
    return product if (value < 0) == (above < 0) else -product


def _times_days(left: dt.timedelta, right: Decimal) -> dt.timedelta:
    return days_time(scale(micros(left), right))


def _times_months(left: YearsMonths, right: Decimal) -> YearsMonths:
    return YearsMonths(scale(left.total, right))


def _power(left: Decimal, right: Decimal) -> Decimal:
    if not left and right < 0:
        raise NoValue("Durch null lässt sich nicht teilen.")
    if not left and not right:
        return Decimal(1)
    return CONTEXT.power(left, right)


ADD: dict[tuple[type, type], Operation] = {
    (_N, _N): CONTEXT.add,
    (str, str): _text,
    (_DAY, _DAY): lambda left, right: days_time(micros(left) + micros(right)),
    (_YM, _YM): lambda left, right: YearsMonths(left.total + right.total),
    (_D, _YM): _plus_months, (_DT, _YM): _plus_months, (_YM, _D): _swapped(_plus_months), (_YM, _DT): _swapped(_plus_months),
    (_D, _DAY): add_days, (_DT, _DAY): add_time, (_T, _DAY): add_clock,
    (_DAY, _D): _swapped(add_days), (_DAY, _DT): _swapped(add_time), (_DAY, _T): _swapped(add_clock),
}  # fmt: skip
SUBTRACT: dict[tuple[type, type], Operation] = {
    (_N, _N): CONTEXT.subtract,
    (_DAY, _DAY): lambda left, right: days_time(micros(left) - micros(right)),
    (_YM, _YM): lambda left, right: YearsMonths(left.total - right.total),
    (_D, _D): lambda left, right: left - right,
    (_DT, _DT): _between_moments,
    (_D, _DT): lambda left, right: _between_moments(midnight(left), right),
    (_DT, _D): lambda left, right: _between_moments(left, midnight(right)),
    (_T, _T): _between_times,
    (_D, _YM): _minus_months, (_DT, _YM): _minus_months,
    (_D, _DAY): _negative(add_days), (_DT, _DAY): _negative(add_time), (_T, _DAY): _negative(add_clock),
}  # fmt: skip
MULTIPLY: dict[tuple[type, type], Operation] = {
    (_N, _N): CONTEXT.multiply,
    (_DAY, _N): _times_days, (_N, _DAY): _swapped(_times_days),
    (_YM, _N): _times_months, (_N, _YM): _swapped(_times_months),
}  # fmt: skip
DIVIDE: dict[tuple[type, type], Operation] = {
    (_N, _N): CONTEXT.divide,
    (_DAY, _N): _divide_days, (_YM, _N): _divide_months,
    (_DAY, _DAY): lambda left, right: CONTEXT.divide(Decimal(micros(left)), Decimal(micros(right))),
    (_YM, _YM): lambda left, right: CONTEXT.divide(Decimal(left.total), Decimal(right.total)),
}  # fmt: skip
POWER: dict[tuple[type, type], Operation] = {(_N, _N): _power}

TABLES = {"+": ADD, "-": SUBTRACT, "*": MULTIPLY, "/": DIVIDE, "**": POWER}
# For numbers alone the decimal context's own operation, which is what the fast path calls.
NUMERIC: dict[str, Operation] = {op: table[_N, _N] for op, table in TABLES.items()}
