"""Numbers of a list: smallest, greatest, sum, mean, median, spread, most frequent."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import Any

from engine.feel.builtins.registry import builtin
from engine.feel.errors import NoValue
from engine.feel.run import Run
from engine.feel.values.durations import YearsMonths, days_time, micros
from engine.feel.values.numbers import CONTEXT, ONE, ZERO
from engine.feel.values.ordering import extreme
from engine.feel.values.types import described

_GROUP = "Statistik"


def _filled(values: list[Any]) -> list[Any]:
    if not values:
        raise NoValue("Die Liste ist leer.")
    return values


@builtin(
    "min(list: list): Any",
    "Der kleinste Wert.",
    ("min([3, 1, 2])", "1"),
    ('min(["b", "a"])', '"a"'),
    ("min([])", "null"),
    group=_GROUP,
)
def min_(values: list[Any]) -> Any:
    return extreme(_filled(values), lambda order: order < 0)


@builtin("min(c...: Any): Any", "Der kleinste dieser Werte.", ("min(3, 1, 2)", "1"), group=_GROUP)
def min_of(*values: Any) -> Any:
    return min_(list(values))


@builtin(
    "max(list: list): Any",
    "Der größte Wert.",
    ("max([3, 1, 2])", "3"),
    ('max([@"2026-01-01", @"2025-01-01"])', '@"2026-01-01"'),
    group=_GROUP,
)
def max_(values: list[Any]) -> Any:
    return extreme(_filled(values), lambda order: order > 0)


@builtin("max(c...: Any): Any", "Der größte dieser Werte.", ("max(3, 1, 2)", "3"), group=_GROUP)
def max_of(*values: Any) -> Any:
    return max_(list(values))


@builtin(
    "sum(list: list): number",
    "Die Summe; auch von Dauern.",
    ("sum([1, 2, 3])", "6"),
    ('sum([@"PT1H", @"PT30M"])', '@"PT1H30M"'),
    ("sum([])", "null"),
    ('sum([1, "2"])', "null"),
    group=_GROUP,
)
def sum_(values: list[Any]) -> Any:
    first = _filled(values)[0]
    for value in values:
        if type(value) is not type(first):
            raise NoValue(f"In der Liste stehen {described(first)} und {described(value)}.")
    if isinstance(first, Decimal):
        total, add = ZERO, CONTEXT.add
        for value in values:
            total = add(total, value)
        return total
    if isinstance(first, YearsMonths):
        return YearsMonths(sum(value.total for value in values))
    if isinstance(first, dt.timedelta):
        return days_time(sum(micros(value) for value in values))
    raise NoValue(f"Summieren geht nicht mit: {described(first)}.")


@builtin("sum(n...: Any): number", "Die Summe dieser Werte.", ("sum(1, 2, 3)", "6"), group=_GROUP)
def sum_of(*values: Any) -> Any:
    return sum_(list(values))


@builtin(
    "mean(list: list<number>): number",
    "Der Durchschnitt.",
    ("mean([1, 2, 3])", "2"),
    ("mean([])", "null"),
    group=_GROUP,
    weight=3,
)
def mean(values: list[Decimal]) -> Decimal:
    return CONTEXT.divide(_total(_filled(values)), Decimal(len(values)))


@builtin("mean(n...: number): number", "Der Durchschnitt dieser Zahlen.", ("mean(1, 2, 3)", "2"), group=_GROUP)
def mean_of(*values: Decimal) -> Decimal:
    return mean(list(values))


def _total(values: list[Decimal]) -> Decimal:
    total = ZERO
    for value in values:
        total = CONTEXT.add(total, value)
    return total


@builtin(
    "product(list: list<number>): number",
    "Das Produkt.",
    ("product([2, 3, 4])", "24"),
    ("product([])", "null"),
    group=_GROUP,
    weight=3,
)
def product(values: list[Decimal]) -> Decimal:
    result = ONE
    for value in _filled(values):
        result = CONTEXT.multiply(result, value)
    return result


@builtin("product(n...: number): number", "Das Produkt dieser Zahlen.", ("product(2, 3, 4)", "24"), group=_GROUP)
def product_of(*values: Decimal) -> Decimal:
    return product(list(values))


@builtin(
    "median(list: list<number>): number",
    "Der mittlere Wert; bei gerader Zahl der Durchschnitt der beiden mittleren.",
    ("median([8, 2, 5, 3, 4])", "4"),
    ("median([6, 1, 2, 3])", "2.5"),
    ("median([])", "null"),
    group=_GROUP,
    weight=6,
)
def median(values: list[Decimal]) -> Decimal:
    ordered = sorted(_filled(values))
    middle, odd = divmod(len(ordered), 2)
    if odd:
        return ordered[middle]
    return CONTEXT.divide(CONTEXT.add(ordered[middle - 1], ordered[middle]), Decimal(2))


@builtin("median(n...: number): number", "Der mittlere dieser Werte.", ("median(8, 2, 5, 3, 4)", "4"), group=_GROUP)
def median_of(*values: Decimal) -> Decimal:
    return median(list(values))


@builtin(
    "stddev(list: list<number>): number",
    "Die Standardabweichung einer Stichprobe; sie braucht mindestens zwei Zahlen.",
    ("stddev([2, 4, 7, 5])", "2.081665999466132735282297706979931"),
    ("stddev([47])", "null"),
    group=_GROUP,
    weight=24,
)
def stddev(values: list[Decimal]) -> Decimal:
    if len(values) < 2:
        raise NoValue("Die Standardabweichung braucht mindestens zwei Zahlen.")
    middle = mean(values)
    squares = [CONTEXT.multiply(d, d) for d in (CONTEXT.subtract(value, middle) for value in values)]
    return CONTEXT.sqrt(CONTEXT.divide(_total(squares), Decimal(len(values) - 1)))


@builtin(
    "stddev(n...: number): number",
    "Die Standardabweichung dieser Zahlen.",
    ("stddev(1, 3)", "1.414213562373095048801688724209698"),
    group=_GROUP,
)
def stddev_of(*values: Decimal) -> Decimal:
    return stddev(list(values))


@builtin(
    "mode(list: list<number>): list<number>",
    "Die häufigsten Zahlen, aufsteigend.",
    ("mode([6, 3, 9, 6, 6])", "[6]"),
    ("mode([6, 1, 9, 6, 1])", "[1, 6]"),
    ("mode([])", "[]"),
    group=_GROUP,
    weight=8,
    needs_run=True,
)
def mode(run: Run, values: list[Decimal]) -> list[Decimal]:
    run.charge(len(values) // 4)
    counts = Counter(values)
    most = max(counts.values(), default=0)
    return sorted(value for value, times in counts.items() if times == most)


@builtin(
    "mode(n...: number): list<number>", "Die häufigsten dieser Zahlen.", ("mode(1, 2, 2)", "[2]"), group=_GROUP, needs_run=True
)
def mode_of(run: Run, *values: Decimal) -> list[Decimal]:
    return mode(run, list(values))
