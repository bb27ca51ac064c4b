"""Cells of a decision table whose tests are fixed values: as sets of values, which can be looked up and compared.

A set of values of one kind is a sorted tuple of spans that do not touch. A cell that asks for anything but fixed values
has no such set and is evaluated as an expression.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.feel.grammar import tree
from engine.feel.values.durations import YearsMonths
from engine.feel.values.numbers import number

KINDS = frozenset({Decimal, str, dt.date, dt.timedelta, YearsMonths})

# A bound is (value, side): -1 just before the value, 0 at it, 1 just after it; None is without end.
Bound = tuple[Any, int] | None


@dataclass(frozen=True, slots=True)
class Span:
    """All values from one bound to another."""

    low: Bound
    high: Bound


@dataclass(frozen=True, slots=True)
class Fixed:
    """What a cell accepts: values of one kind, truth values, null; or everything."""

    kind: type | None = None
    spans: tuple[Span, ...] = ()
    null: bool = False
    everything: bool = False


EVERYTHING = Fixed(everything=True, null=True)


def fixed(node: tree.UnaryTests) -> Fixed | None:
    """What a cell accepts, or None when that depends on more than the value."""
    if not node.tests:
        return EVERYTHING
    kind: type | None = None
    spans: list[Span] = []
    null = unsure = False  # whether null passes, and whether that can be said
    for test in node.tests:
        if isinstance(test, tree.Literal) and test.value is None and not test.problem:
            null = True
            continue
        null = null or (isinstance(test, tree.UnaryTest) and test.op == "!=")
        unsure = unsure or isinstance(test, tree.RangeOf) or (isinstance(test, tree.UnaryTest) and test.op not in ("=", "!="))
        found = _span(test)
        if found is None or (kind is not None and found[0] is not kind):
            return None
        kind = found[0]
        spans += found[1]
    if kind is None:
        return None if node.negated else Fixed(None, (), null)
    merged = merge(spans)
    return Fixed(kind, complement(merged), not null and not unsure) if node.negated else Fixed(kind, merged, null)


_NUMBER = r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
_VALUE = rf'(?:{_NUMBER}|"[^"\\]*")'
_ONE = re.compile(rf"\s*({_VALUE})\s*")
_SEVERAL = re.compile(rf"\s*(not\s*\()?\s*({_VALUE}(?:\s*,\s*{_VALUE})*)\s*(\))?\s*")
_EACH = re.compile(_VALUE)
_COMPARED = re.compile(rf"\s*(<=|<|>=|>)\s*({_VALUE})\s*")
_RANGE = re.compile(rf"\s*([\[(\]])\s*({_VALUE})\s*\.\.\s*({_VALUE})\s*([\])\[])\s*")


def plain_value(text: str) -> Decimal | str | None:
    """The number or text that stands in a cell and nothing else; None when the cell must be parsed."""
    found = _ONE.fullmatch(text)
    return None if found is None else _value(found[1])


def _value(text: str) -> Decimal | str | None:
    return text[1:-1] if text[0] == '"' else number(text)


def plain_cell(text: str) -> Fixed | None:
    """What a cell of the most common forms accepts, without parsing it; None when it must be parsed.

    A table of 100 rules has 500 cells, and nearly all are of these forms: `-`, `"a", "b"`, `not(1)`, `< 80`, `[80..100)`.
    """
    if text.strip() in ("", "-"):
        return EVERYTHING
    if found := _SEVERAL.fullmatch(text):
        values = [_value(part) for part in _EACH.findall(found[2])]
        if bool(found[1]) == bool(found[3]) and None not in values and len({type(value) for value in values}) == 1:
            merged = merge(point(value) for value in values)
            kind = type(values[0])
            return Fixed(kind, complement(merged), True) if found[1] else Fixed(kind, merged)
    if found := _COMPARED.fullmatch(text):
        value = _value(found[2])
        return None if value is None else Fixed(type(value), tuple(_compared(found[1], value)))
    if found := _RANGE.fullmatch(text):
        low, high = _value(found[2]), _value(found[3])
        if low is not None and type(low) is type(high):
            span = Span((low, 0 if found[1] == "[" else 1), (high, 0 if found[4] == "]" else -1))
            return Fixed(type(low), () if is_empty(span) else (span,))
    return None


def _span(node: tree.Node) -> tuple[type, list[Span]] | None:
    if isinstance(node, tree.Literal):
        value = node.value
        return (type(value), [point(value)]) if type(value) in KINDS or type(value) is bool else None
    if isinstance(node, tree.UnaryTest) and isinstance(node.operand, tree.Literal) and type(node.operand.value) in KINDS:
        value = node.operand.value
        return type(value), _compared(node.op, value)
    if isinstance(node, tree.RangeOf) and isinstance(node.start, tree.Literal) and isinstance(node.stop, tree.Literal):
        low, high = node.start.value, node.stop.value
        if type(low) is type(high) and type(low) in KINDS:
            span = Span((low, 0 if node.start_included else 1), (high, 0 if node.end_included else -1))
            return type(low), [span] if not is_empty(span) else []
    return None


def point(value: Any) -> Span:
    return Span((value, 0), (value, 0))


def _compared(op: str, value: Any) -> list[Span]:
    spans = {
        "<": [Span(None, (value, -1))],
        "<=": [Span(None, (value, 0))],
        ">": [Span((value, 1), None)],
        ">=": [Span((value, 0), None)],
        "=": [point(value)],
        "!=": [Span(None, (value, -1)), Span((value, 1), None)],
    }
    return spans[op]


def is_empty(span: Span) -> bool:
    return span.low is not None and span.high is not None and span.low > span.high


def _after(bound: Bound) -> tuple[Any, int] | None:
    """The bound right after an upper one; truth values and the like have no between, which does not matter here."""
    if bound is None:
        return None
    return bound[0], bound[1] + 1


def merge(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same values as spans in order that do not touch."""
    ordered = sorted((span for span in spans if not is_empty(span)), key=lambda span: (span.low is not None, span.low))
    merged: list[Span] = []
    for span in ordered:
        last = merged[-1] if merged else None
        if last is None or not _touches(last, span):
            merged.append(span)
        elif last.high is not None and (span.high is None or span.high > last.high):
            merged[-1] = Span(last.low, span.high)
    return tuple(merged)


def _touches(left: Span, right: Span) -> bool:
    end = _after(left.high)
    return end is None or right.low is None or right.low <= end


def complement(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """All values of the kind that are in none of these spans."""
    found = []
    low: Bound = None
    for span in spans:
        if span.low is not None:
            rest = Span(low, (span.low[0], span.low[1] - 1))
            if not is_empty(rest):
                found.append(rest)
        if span.high is None:
            return tuple(found)
        low = (span.high[0], span.high[1] + 1)
    return (*found, Span(low, None))


def intersect(left: tuple[Span, ...], right: tuple[Span, ...]) -> tuple[Span, ...]:
    """The values in both."""
    found = []
    for a in left:
        for b in right:
            low = a.low if b.low is None or (a.low is not None and a.low >= b.low) else b.low
            high = a.high if b.high is None or (a.high is not None and a.high <= b.high) else b.high
            span = Span(low, high)
            if not is_empty(span):
                found.append(span)
    return tuple(found)
