"""Decision tables looked at as a whole: rules that overlap, inputs that no rule answers, rules that never answer.

Said only of what is certain: a cell that asks for more than fixed values is taken as unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.feel.dmn.cells import Bound, Fixed, Span, intersect
from engine.feel.values.text import to_text

MAX_RULES = 1_000
MAX_STATES = 20_000
MAX_FINDINGS = 5


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a table as sets, rule by rule; `limits` are the values a column may have, if they are listed."""

    labels: tuple[str, ...]
    rows: tuple[tuple[Fixed | None, ...], ...]
    limits: tuple[Fixed | None, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """Values of a column for which the same rules apply, and how to name them."""

    mask: int
    text: str
    open: bool = False  # any other text, which nobody can list


def overlaps(grid: Grid) -> Iterator[tuple[int, int]]:
    """Pairs of rules that one input can hit both."""
    rows = grid.rows[:MAX_RULES]
    for second, row in enumerate(rows):
        for first in range(second):
            if all(meet(a, b) for a, b in zip(rows[first], row, strict=True)):
                yield first, second


def meet(left: Fixed | None, right: Fixed | None) -> bool:
    """Whether a value is for sure in both."""
    if left is None or right is None:
        return False
    if left.everything:
        return not is_empty(right)
    if right.everything:
        return not is_empty(left)
    if left.null and right.null:
        return True
    return left.kind is right.kind and left.kind is not None and bool(_both(left, right))


def _both(left: Fixed, right: Fixed) -> tuple[Span, ...]:
    spans = intersect(left.spans, right.spans)
    if left.kind is bool:
        return tuple(span for span in spans if any(_holds(span, truth) for truth in (True, False)))
    return spans


def _holds(span: Span, value: Any) -> bool:
    return (span.low is None or span.low <= (value, 0)) and (span.high is None or (value, 0) <= span.high)


def is_empty(cell: Fixed) -> bool:
    """Whether no value at all passes."""
    if cell.everything or cell.null:
        return False
    if cell.kind is bool:
        return not any(_holds(span, truth) for span in cell.spans for truth in (True, False))
    return not cell.spans


def impossible(grid: Grid) -> Iterator[tuple[int, int]]:
    """Rules that no input can hit, with the column that forbids it."""
    for number, row in enumerate(grid.rows):
        for column, cell in enumerate(row):
            limit = grid.limits[column]
            if cell is not None and (is_empty(cell) or (limit is not None and not meet(cell, limit))):
                yield number, column
                break


# --- gaps and rules in the shade of others -----------------------------------------------------------------------------


class Search:
    """Goes through the columns, splitting their values where the rules change, and remembers what it has seen."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.pieces = [self._split(column) for column in range(len(grid.labels))]
        self.states = 0

    def _split(self, column: int) -> list[Piece]:
        cells = [row[column] for row in self.grid.rows]
        limit = self.grid.limits[column]
        kinds = {cell.kind for cell in (*cells, limit) if cell is not None and cell.kind is not None}
        always = sum(1 << number for number, cell in enumerate(cells) if cell is None or cell.everything)
        if len(kinds) > 1:
            return [Piece((1 << len(cells)) - 1, "", open=True)]
        pieces = [_null_piece(cells)] if any(cell is not None and cell.null and not cell.everything for cell in cells) else []
        if not kinds:
            return [*pieces, Piece(always, "", open=True)]
        kind = kinds.pop()
        if kind is bool:
            return [*pieces, *(Piece(_mask(cells, truth, always), f"= {to_text(truth)}") for truth in (True, False))]
        found: dict[int, Piece] = {}
        for span, text in _segments(cells, limit):
            mask = always | sum(1 << number for number, cell in enumerate(cells) if cell is not None and _covers(cell, span))
            found.setdefault(mask, Piece(mask, text, open=not text))
        return [*pieces, *found.values()]

    def paths(self) -> Iterator[tuple[int, tuple[str, ...], bool]]:
        """All combinations of pieces: the rules that apply, how to name them, whether one of them is open."""
        seen: set[tuple[int, int]] = set()
        stack: list[tuple[int, int, tuple[str, ...], bool]] = [((1 << len(self.grid.rows)) - 1, 0, (), False)]
        while stack and self.states < MAX_STATES:
            mask, column, trail, is_open = stack.pop()
            if column == len(self.pieces):
                yield mask, trail, is_open
                continue
            for piece in reversed(self.pieces[column]):
                state = (column, mask & piece.mask)
                if state in seen:
                    continue
                seen.add(state)
                self.states += 1
                named = (*trail, f"{self.grid.labels[column]} {piece.text}") if piece.text else trail
                stack.append((mask & piece.mask, column + 1, named, is_open or piece.open))


def _null_piece(cells: list[Fixed | None]) -> Piece:
    return Piece(sum(1 << number for number, cell in enumerate(cells) if cell is None or cell.null), "= null")


def gaps(grid: Grid) -> list[tuple[str, bool]]:
    """Inputs that no rule answers, and whether that is so only for values nobody listed."""
    if not grid.rows or len(grid.rows) > MAX_RULES:
        return []
    found = []
    for mask, trail, is_open in Search(grid).paths():
        if not mask:
            found.append((", ".join(trail) or "alle übrigen Werte", is_open))
            if len(found) >= MAX_FINDINGS:
                break
    return found


def shaded(grid: Grid) -> list[int]:
    """Rules that never come first, because rules before them answer everything they would."""
    if len(grid.rows) > MAX_RULES:
        return []
    firm = [all(cell is not None for cell in row) for row in grid.rows]
    search = Search(grid)
    first: set[int] = set()
    for mask, _, _ in search.paths():
        rest = mask
        while rest:
            number = (rest & -rest).bit_length() - 1
            first.add(number)
            if firm[number]:
                break
            rest &= rest - 1
    if search.states >= MAX_STATES:
        return []
    return [number for number in range(len(grid.rows)) if number not in first]


def _mask(cells: list[Fixed | None], value: Any, always: int) -> int:
    bits = (1 << n for n, c in enumerate(cells) if c is not None and any(_holds(span, value) for span in c.spans))
    return always | sum(bits)


def _covers(cell: Fixed, span: Span) -> bool:
    return bool(intersect(cell.spans, (span,)))


def _segments(cells: list[Fixed | None], limit: Fixed | None) -> Iterator[tuple[Span, str]]:
    """The values of a column cut where any cell begins or ends, each with its name."""
    spans = [span for cell in (*cells, limit) if cell is not None for span in cell.spans]
    values = sorted({bound[0] for span in spans for bound in (span.low, span.high) if bound is not None})
    previous: Bound = None
    for value in values:
        before = Span(previous, (value, -1))
        if _allowed(before, limit) and not isinstance(value, str):
            yield before, _between(previous, value)
        at = Span((value, 0), (value, 0))
        if _allowed(at, limit):
            yield at, f"= {to_text(value)}"
        previous = (value, 1)
    rest = Span(previous, None)
    if _allowed(rest, limit):
        yield rest, "" if not values or isinstance(values[0], str) else f"> {to_text(values[-1])}"


def _between(previous: Bound, value: Any) -> str:
    if previous is None:
        return f"< {to_text(value)}"
    return f"zwischen {to_text(previous[0])} und {to_text(value)}"


def _allowed(span: Span, limit: Fixed | None) -> bool:
    return limit is None or bool(intersect(limit.spans, (span,)))
