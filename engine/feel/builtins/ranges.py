"""How points and ranges lie to each other, by the formulas of the standard's table of range functions."""

from __future__ import annotations

from typing import Any

from engine.feel.builtins.registry import builtin
from engine.feel.errors import NoValue
from engine.feel.values.ordering import compare
from engine.feel.values.ranges import Range

_GROUP = "Bereiche"


class _End:
    """An end of a range, or a point; `beyond` is -1 or 1 where the range does not end."""

    __slots__ = ("beyond", "included", "value")

    def __init__(self, value: Any, included: bool = True, beyond: int = 0) -> None:
        self.value, self.included, self.beyond = value, included, beyond

    def order(self, other: _End) -> int:
        if self.beyond or other.beyond:
            return (self.beyond > other.beyond) - (self.beyond < other.beyond)
        result = compare(self.value, other.value)
        if result is None:
            raise NoValue("Diese Werte lassen sich nicht vergleichen.")
        return result


def _start(value: Range) -> _End:
    return _End(value.start, value.start_included, -1 if value.open_start else 0)


def _end(value: Range) -> _End:
    return _End(value.end, value.end_included, 1 if value.open_end else 0)


def _ends(value: Any) -> tuple[_End, _End]:
    """The ends of a range; a point is both of its own."""
    return (_start(value), _end(value)) if isinstance(value, Range) else (_End(value), _End(value))


def _is_before(left: Any, right: Any) -> bool:
    end, start = _ends(left)[1], _ends(right)[0]
    order = end.order(start)
    return order < 0 or (order == 0 and not (end.included and start.included))


def _starts_no_later(left: _End, right: _End) -> bool:
    order = left.order(right)
    return order < 0 or (order == 0 and (left.included or not right.included))


def _ends_no_earlier(left: _End, right: _End) -> bool:
    order = left.order(right)
    return order > 0 or (order == 0 and (left.included or not right.included))


def _same_end(left: _End, right: _End) -> bool:
    return left.order(right) == 0 and left.included == right.included


def _four(name: str, text: str, points: tuple[str, str], ranges: tuple[str, str]) -> Any:
    """Declare a function of two points, two ranges, or one of each, with an example for points and one for ranges."""

    def declare(body: Any) -> Any:
        builtin(f"{name}(point1: point, point2: point): boolean", text, points, group=_GROUP)(body)
        for shape in ("point: point, range: range", "range: range, point: point"):
            builtin(f"{name}({shape}): boolean", text, group=_GROUP)(body)
        return builtin(f"{name}(range1: range, range2: range): boolean", text, ranges, group=_GROUP)(body)

    return declare


@_four("before", "Ob das erste ganz vor dem zweiten liegt.", ("before(1, 10)", "true"), ("before([1..5), [5..8])", "true"))
def before(left: Any, right: Any) -> bool:
    return _is_before(left, right)


@_four("after", "Ob das erste ganz nach dem zweiten liegt.", ("after(10, 5)", "true"), ("after([5..9], [1..5])", "false"))
def after(left: Any, right: Any) -> bool:
    return _is_before(right, left)


@builtin(
    "meets(range1: range, range2: range): boolean",
    "Ob der zweite Bereich genau dort anfängt, wo der erste aufhört.",
    ("meets([1..5], [5..10])", "true"),
    ("meets([1..5), [5..10])", "false"),
    group=_GROUP,
)
def meets(left: Range, right: Range) -> bool:
    return left.end_included and right.start_included and _end(left).order(_start(right)) == 0


@builtin(
    "met by(range1: range, range2: range): boolean",
    "Ob der erste Bereich genau dort anfängt, wo der zweite aufhört.",
    ("met by([5..10], [1..5])", "true"),
    group=_GROUP,
)
def met_by(left: Range, right: Range) -> bool:
    return meets(right, left)


@builtin(
    "overlaps(range1: range, range2: range): boolean",
    "Ob die Bereiche etwas gemeinsam haben.",
    ("overlaps([1..5], [3..8])", "true"),
    ("overlaps([1..5), [5..8])", "false"),
    group=_GROUP,
)
def overlaps(left: Range, right: Range) -> bool:
    return not _is_before(left, right) and not _is_before(right, left)


@builtin(
    "overlaps before(range1: range, range2: range): boolean",
    "Ob der erste Bereich früher anfängt und in den zweiten hineinreicht.",
    ("overlaps before([1..5], [3..8])", "true"),
    ("overlaps before([3..8], [1..5])", "false"),
    group=_GROUP,
)
def overlaps_before(left: Range, right: Range) -> bool:
    order = _start(left).order(_start(right))
    earlier = order < 0 or (order == 0 and left.start_included and not right.start_included)
    return earlier and not _is_before(left, right) and _ends_no_earlier(_end(right), _end(left))


@builtin(
    "overlaps after(range1: range, range2: range): boolean",
    "Ob der zweite Bereich früher anfängt und in den ersten hineinreicht.",
    ("overlaps after([3..8], [1..5])", "true"),
    group=_GROUP,
)
def overlaps_after(left: Range, right: Range) -> bool:
    return overlaps_before(right, left)


@builtin(
    "finishes(point: point, range: range): boolean",
    "Ob der Wert das Ende des Bereichs ist.",
    ("finishes(10, [1..10])", "true"),
    ("finishes(10, [1..10))", "false"),
    group=_GROUP,
)
def finishes_point(point: Any, span: Range) -> bool:
    return span.end_included and _end(span).order(_End(point)) == 0


@builtin(
    "finishes(range1: range, range2: range): boolean",
    "Ob beide Bereiche gleich enden und der erste nicht früher anfängt.",
    ("finishes([5..10], [1..10])", "true"),
    group=_GROUP,
)
def finishes(left: Range, right: Range) -> bool:
    return _same_end(_end(left), _end(right)) and _starts_no_later(_start(right), _start(left))


@builtin(
    "finished by(range: range, point: point): boolean",
    "Ob der Bereich mit dem Wert endet.",
    ("finished by([1..10], 10)", "true"),
    group=_GROUP,
)
def finished_by_point(span: Range, point: Any) -> bool:
    return finishes_point(point, span)


@builtin(
    "finished by(range1: range, range2: range): boolean",
    "Ob beide Bereiche gleich enden und der zweite nicht früher anfängt.",
    ("finished by([1..10], [5..10])", "true"),
    group=_GROUP,
)
def finished_by(left: Range, right: Range) -> bool:
    return finishes(right, left)


@builtin(
    "includes(range: range, point: point): boolean",
    "Ob der Wert im Bereich liegt.",
    ("includes([1..10], 10)", "true"),
    ("includes([1..10), 10)", "false"),
    group=_GROUP,
)
def includes_point(span: Range, point: Any) -> bool:
    return not _is_before(span, point) and not _is_before(point, span)


@builtin(
    "includes(range1: range, range2: range): boolean",
    "Ob der erste Bereich den zweiten ganz enthält.",
    ("includes([1..10], [4..6])", "true"),
    group=_GROUP,
)
def includes(left: Range, right: Range) -> bool:
    return _starts_no_later(_start(left), _start(right)) and _ends_no_earlier(_end(left), _end(right))


@builtin(
    "during(point: point, range: range): boolean",
    "Ob der Wert im Bereich liegt.",
    ("during(5, [1..10])", "true"),
    group=_GROUP,
)
def during_point(point: Any, span: Range) -> bool:
    return includes_point(span, point)


@builtin(
    "during(range1: range, range2: range): boolean",
    "Ob der zweite Bereich den ersten ganz enthält.",
    ("during([4..6], [1..10])", "true"),
    group=_GROUP,
)
def during(left: Range, right: Range) -> bool:
    return includes(right, left)


@builtin(
    "starts(point: point, range: range): boolean",
    "Ob der Bereich mit dem Wert anfängt.",
    ("starts(1, [1..10])", "true"),
    ("starts(1, (1..10])", "false"),
    group=_GROUP,
)
def starts_point(point: Any, span: Range) -> bool:
    return span.start_included and _start(span).order(_End(point)) == 0


@builtin(
    "starts(range1: range, range2: range): boolean",
    "Ob beide Bereiche gleich anfangen und der erste nicht später endet.",
    ("starts([1..5], [1..10])", "true"),
    group=_GROUP,
)
def starts(left: Range, right: Range) -> bool:
    return _same_end(_start(left), _start(right)) and _ends_no_earlier(_end(right), _end(left))


@builtin(
    "started by(range: range, point: point): boolean",
    "Ob der Bereich mit dem Wert anfängt.",
    ("started by([1..10], 1)", "true"),
    group=_GROUP,
)
def started_by_point(span: Range, point: Any) -> bool:
    return starts_point(point, span)


@builtin(
    "started by(range1: range, range2: range): boolean",
    "Ob beide Bereiche gleich anfangen und der zweite nicht später endet.",
    ("started by([1..10], [1..5])", "true"),
    group=_GROUP,
)
def started_by(left: Range, right: Range) -> bool:
    return starts(right, left)


@builtin(
    "coincides(point1: point, point2: point): boolean",
    "Ob zwei Werte gleich sind.",
    ("coincides(5, 5)", "true"),
    group=_GROUP,
)
def coincides_points(left: Any, right: Any) -> bool:
    return _End(left).order(_End(right)) == 0


@builtin(
    "coincides(range1: range, range2: range): boolean",
    "Ob zwei Bereiche gleich sind.",
    ("coincides([1..5], [1..5])", "true"),
    ("coincides([1..5], [1..5))", "false"),
    group=_GROUP,
)
def coincides(left: Range, right: Range) -> bool:
    return _same_end(_start(left), _start(right)) and _same_end(_end(left), _end(right))
