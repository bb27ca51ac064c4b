"""A column of a decision table, made to be looked up: a value gives the rules whose cell it passes, as bits of a number."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import Any

from engine.feel.dmn.cells import Bound, Fixed
from engine.feel.expression import Expression, Tested
from engine.feel.run import Run

_SLOTS = 2  # at a value, and between it and the next


class Column:
    """The cells of one column: what they accept, or the tests to evaluate."""

    __slots__ = ("_always", "_asked", "_bools", "_lines", "_null", "_points")

    def __init__(self, cells: list[Fixed | Expression]) -> None:
        self._always = self._null = 0
        self._asked: list[tuple[int, Expression]] = []  # evaluated for every value
        self._bools = {True: 0, False: 0}
        asked: dict[Expression, int] = {}
        kinds: dict[type, list[tuple[int, Fixed]]] = {}
        for number, cell in enumerate(cells):
            if isinstance(cell, Fixed):
                self._place(cell, 1 << number, kinds)
            else:
                asked[cell] = asked.get(cell, 0) | 1 << number
        self._asked = [(mask, expression) for expression, mask in asked.items()]
        self._points, self._lines = {}, {}
        for kind, rows in kinds.items():
            if all(_is_points(fixed) for _, fixed in rows):
                self._points[kind] = _pointed(rows)
            else:
                self._lines[kind] = _lined(rows)

    def _place(self, fixed: Fixed, bit: int, kinds: dict[type, list[tuple[int, Fixed]]]) -> None:
        if fixed.null:
            self._null |= bit
        if fixed.everything:
            self._always |= bit
        elif fixed.kind is bool:
            for truth in (True, False):
                if any(_within(truth, span.low, span.high) for span in fixed.spans):
                    self._bools[truth] |= bit
        elif fixed.kind is not None:
            kinds.setdefault(fixed.kind, []).append((bit, fixed))

    def rules(self, value: Any, wanted: int, scope: Mapping[str, Any], run: Run) -> int:
        """The rules among the wanted ones whose cell the value passes."""
        found = self._fixed(value[0] if type(value) is list and len(value) == 1 else value)
        if self._asked:
            found |= _asked(self._asked, value, wanted & ~found, scope, run)
        return found & wanted

    def _fixed(self, value: Any) -> int:
        """The rules whose cell has fixed values, among them this one."""
        kind = type(value)
        if value is None:
            return self._null
        if kind is bool:
            return self._always | self._bools[value]
        if kind in self._points:
            return self._always | self._points[kind].get(value, 0)
        if kind not in self._lines:
            return self._always
        bounds, masks = self._lines[kind]
        at = bisect_left(bounds, value)
        exact = at < len(bounds) and bounds[at] == value
        return self._always | masks[_SLOTS * at + exact]


def _asked(tests: list[tuple[int, Expression]], value: Any, wanted: int, scope: Mapping[str, Any], run: Run) -> int:
    found = 0
    inner: Tested | None = None
    for mask, expression in tests:
        if mask & wanted:
            inner = inner or Tested(scope, value)
            run.charge(1)
            if expression.run(inner, run, settled=True) is True:
                found |= mask & wanted
    return found


def _within(value: Any, low: Bound, high: Bound) -> bool:
    return (low is None or low <= (value, 0)) and (high is None or (value, 0) <= high)


def _is_points(fixed: Fixed) -> bool:
    return all(span.low is not None and span.low == span.high and span.low[1] == 0 for span in fixed.spans)


def _pointed(rows: list[tuple[int, Fixed]]) -> dict[Any, int]:
    points: dict[Any, int] = {}
    for bit, fixed in rows:
        for span in fixed.spans:
            if span.low is not None:
                points[span.low[0]] = points.get(span.low[0], 0) | bit
    return points


def _lined(rows: list[tuple[int, Fixed]]) -> tuple[list[Any], list[int]]:
    """The values at which something changes, and the rules before, at and between them."""
    values = sorted({bound[0] for _, fixed in rows for span in fixed.spans for bound in (span.low, span.high) if bound})
    where = {value: number for number, value in enumerate(values)}
    changes = [0] * (_SLOTS * len(values) + 2)
    for bit, fixed in rows:
        for span in fixed.spans:
            changes[_segment(span.low, where) if span.low else 0] ^= bit
            changes[(_segment(span.high, where) if span.high else _SLOTS * len(values)) + 1] ^= bit
    masks, current = [], 0
    for change in changes[:-1]:
        current ^= change
        masks.append(current)
    return values, masks


def _segment(bound: tuple[Any, int], where: dict[Any, int]) -> int:
    """Segments in order: before the first value, at it, between it and the second, at that, …"""
    return _SLOTS * where[bound[0]] + 1 + bound[1]
