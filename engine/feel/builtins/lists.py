"""Lists: search, cut, join, sort, without ever changing the list that was given."""

from __future__ import annotations

from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from engine.feel.builtins.registry import builtin
from engine.feel.errors import NoValue
from engine.feel.run import Run
from engine.feel.values.equality import PLAIN, same
from engine.feel.values.functions import Function
from engine.feel.values.numbers import whole
from engine.feel.values.ordering import sort_values
from engine.feel.values.types import described

_GROUP = "Listen"


@builtin(
    "list contains(list: list, element: Any): boolean",
    "Ob ein Wert in der Liste steht.",
    ("list contains([1, 2, 3], 2)", "true"),
    ("list contains([1, null], null)", "true"),
    group=_GROUP,
    weight=8,
    needs_run=True,
)
def list_contains(run: Run, values: list[Any], element: Any) -> bool:
    return any(same(value, element, run) for value in values)


@builtin("count(list: list): number", "Die Zahl der Einträge.", ("count([1, null])", "2"), ("count([])", "0"), group=_GROUP)
def count(values: list[Any]) -> Decimal:
    return Decimal(len(values))


@builtin(
    "sublist(list: list, start position: number, length?: number): list",
    "Ein Teil der Liste ab einer Stelle, gezählt von 1, oder mit negativer Zahl vom Ende.",
    ("sublist([4, 5, 6], 1, 2)", "[4, 5]"),
    ("sublist([4, 5, 6], -2)", "[5, 6]"),
    ("sublist([4, 5, 6], 0)", "null"),
    group=_GROUP,
    weight=1,
)
def sublist(values: list[Any], start_position: Decimal, length: Decimal | None = None) -> list[Any]:
    begin = _index(values, start_position)
    if length is None:
        return values[begin:]
    size = whole(length, "Die Länge")
    if size < 1 or begin + size > len(values):
        raise NoValue("So viele Einträge hat die Liste ab dort nicht.")
    return values[begin : begin + size]


def _index(values: list[Any], position: Decimal) -> int:
    """The Python index of a place counted from 1, or from -1 backwards."""
    place = whole(position, "Die Stelle")
    if place == 0 or abs(place) > len(values):
        raise NoValue(f"Eine Stelle {place} gibt es nicht; die Liste hat {len(values)} Einträge.")
    return place - 1 if place > 0 else len(values) + place


@builtin(
    "append(list: list, item...: Any): list",
    "Die Liste mit weiteren Werten am Ende.",
    ("append([1], 2, 3)", "[1, 2, 3]"),
    group=_GROUP,
)
def append(values: list[Any], *items: Any) -> list[Any]:
    return [*values, *items]


@builtin(
    "concatenate(list...: list): list",
    "Mehrere Listen hintereinander.",
    ("concatenate([1, 2], [3])", "[1, 2, 3]"),
    group=_GROUP,
)
def concatenate(*lists: list[Any]) -> list[Any]:
    return [value for values in lists for value in values]


@builtin(
    "insert before(list: list, position: number, newItem: Any): list",
    "Die Liste mit einem neuen Wert vor einer Stelle.",
    ("insert before([1, 3], 2, 2)", "[1, 2, 3]"),
    ("insert before([1, 3], 5, 2)", "null"),
    group=_GROUP,
)
def insert_before(values: list[Any], position: Decimal, item: Any) -> list[Any]:
    index = _index(values, position)
    return [*values[:index], item, *values[index:]]


@builtin(
    "remove(list: list, position: number): list",
    "Die Liste ohne den Wert an einer Stelle.",
    ("remove([1, 2, 3], 2)", "[1, 3]"),
    ("remove([1, 2, 3], -1)", "[1, 2]"),
    group=_GROUP,
)
def remove(values: list[Any], position: Decimal) -> list[Any]:
    index = _index(values, position)
    return [*values[:index], *values[index + 1 :]]


@builtin(
    "list replace(list: list, position: number, newItem: Any): list",
    "Die Liste mit einem anderen Wert an einer Stelle.",
    ("list replace([2, 4, 7, 8], 3, 6)", "[2, 4, 6, 8]"),
    group=_GROUP,
)
def list_replace(values: list[Any], position: Decimal, item: Any) -> list[Any]:
    index = _index(values, position)
    return [*values[:index], item, *values[index + 1 :]]


@builtin(
    "list replace(list: list, match: function, newItem: Any): list",
    "Die Liste, in der jeder Wert ersetzt ist, für den die Funktion mit ihm und dem neuen Wert wahr ergibt.",
    ("list replace([2, 4, 7, 8], function(item, newItem) item < newItem, 5)", "[5, 5, 7, 8]"),
    group=_GROUP,
    needs_run=True,
)
def list_replace_matching(run: Run, values: list[Any], match: Function, item: Any) -> list[Any]:
    return [item if _verdict(run, match, value, item) else value for value in values]


def _verdict(run: Run, function: Function, left: Any, right: Any) -> bool:
    verdict = function.call(run, [left, right])
    if not isinstance(verdict, bool):
        raise NoValue(f"Die Funktion muss einen Wahrheitswert ergeben, ergibt aber {described(verdict)}.")
    return verdict


@builtin("reverse(list: list): list", "Die Liste von hinten nach vorn.", ("reverse([1, 2, 3])", "[3, 2, 1]"), group=_GROUP)
def reverse(values: list[Any]) -> list[Any]:
    return values[::-1]


@builtin(
    "index of(list: list, match: Any): list<number>",
    "Alle Stellen, an denen ein Wert steht.",
    ("index of([1, 2, 3, 2], 2)", "[2, 4]"),
    group=_GROUP,
    weight=8,
    needs_run=True,
)
def index_of(run: Run, values: list[Any], match: Any) -> list[Decimal]:
    return [Decimal(place) for place, value in enumerate(values, 1) if same(value, match, run)]


@builtin(
    "union(list...: list): list",
    "Mehrere Listen hintereinander, jeder Wert nur einmal.",
    ("union([1, 2], [2, 3])", "[1, 2, 3]"),
    group=_GROUP,
    weight=8,
    needs_run=True,
)
def union(run: Run, *lists: list[Any]) -> list[Any]:
    return distinct_values(run, concatenate(*lists))


@builtin(
    "distinct values(list: list): list",
    "Die Liste, jeder Wert nur einmal.",
    ("distinct values([1, 2, 1, null])", "[1, 2, null]"),
    group=_GROUP,
    weight=8,
    needs_run=True,
)
def distinct_values(run: Run, values: list[Any]) -> list[Any]:
    seen: set[tuple[type, Any]] = set()
    others: list[Any] = []
    found = []
    for value in values:
        if value is None or type(value) in PLAIN:
            if (type(value), value) in seen:
                continue
            seen.add((type(value), value))
        else:
            run.charge(len(others) // 4 + 1)
            if any(same(value, other, run) for other in others):
                continue
            others.append(value)
        found.append(value)
    return found


@builtin(
    "flatten(list: list): list",
    "Alle Werte einer Liste von Listen in einer einzigen.",
    ("flatten([[1, 2], [[3]], 4])", "[1, 2, 3, 4]"),
    group=_GROUP,
    needs_run=True,
)
def flatten(run: Run, values: list[Any]) -> list[Any]:
    found: list[Any] = []
    stack = [iter(values)]
    while stack:
        for value in stack[-1]:
            run.charge(1)
            if type(value) is list:
                stack.append(iter(value))
                break
            found.append(value)
        else:
            stack.pop()
    return found


@builtin(
    "sort(list: list, precedes?: function): list",
    "Die Liste geordnet; die Funktion sagt von zwei Werten, ob der erste vor den zweiten gehört.",
    ("sort([3, 1, 2], function(x, y) x < y)", "[1, 2, 3]"),
    ('sort(["b", "a"])', '["a", "b"]'),
    group=_GROUP,
    needs_run=True,
)
def sort(run: Run, values: list[Any], precedes: Function | None = None) -> list[Any]:
    run.charge(len(values) * len(values).bit_length() // 2)
    if precedes is None:
        return sort_values(values)
    first = precedes

    def by(left: Any, right: Any) -> int:
        if _verdict(run, first, left, right):
            return -1
        return 1 if _verdict(run, first, right, left) else 0

    return sorted(values, key=cmp_to_key(by))
