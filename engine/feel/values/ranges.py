"""Ranges: from one value to another, each end counted in or not, either end open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.feel.values.numbers import number


@dataclass(frozen=True, slots=True)
class Range:
    """Values from `start` to `end`; `start` or `end` is None where the range does not end.

    `open_start` and `open_end` say that an end is missing by intent, as in `(< 5)`, and is not a null.
    """

    start: Any
    end: Any
    start_included: bool = True
    end_included: bool = True
    open_start: bool = False
    open_end: bool = False

    def __post_init__(self) -> None:
        for end in ("start", "end"):
            value = getattr(self, end)
            if type(value) in (int, float):
                object.__setattr__(self, end, number(value))
