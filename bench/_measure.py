"""Both sides of a comparison, interleaved in one run; figures are medians, and ratios medians of ratios."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Act = Callable[[], object]


def timed(act: Act) -> float:
    """Seconds that one call takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def interleaved(sides: dict[str, Act], rounds: int, warmup: int = 5) -> dict[str, list[float]]:
    """Call every side once a round, in turn; gives the seconds of each."""
    found: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds + warmup):
        for name, act in sides.items():
            seconds = timed(act)
            if number >= warmup:
                found[name].append(seconds)
        if number % 50 == 0:
            gc.collect()
    return found


def ratio(above: list[float], *below: list[float]) -> float:
    """The median of the ratios, round by round, of one side to the sum of others."""
    return statistics.median(a / sum(rest) for a, *rest in zip(above, *below, strict=True))


def ms(seconds: list[float]) -> str:
    """A median in milliseconds."""
    return f"{statistics.median(seconds) * 1000:.2f} ms"


def verdict(value: float, limit: float, text: str, *, at_least: bool = False) -> str:
    """A line that says whether a figure keeps its limit: the most it may be, or the least."""
    kept = value >= limit if at_least else value <= limit
    return f"{text}: {value:.2f} ({'mindestens' if at_least else 'Grenze'} {limit}) {'gehalten' if kept else 'VERFEHLT'}"


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that was measured, what it may be at most (None: nobody has said), and what would be good."""

    name: str
    value: float
    limit: float | None = None
    aim: float | None = None
    unit: str = ""

    @property
    def kept(self) -> bool:
        return self.limit is None or self.value <= self.limit

    def __str__(self) -> str:
        number = f"{self.value:.2f}" if self.value < 100 else f"{self.value:.0f}"
        text = f"{self.name}: {number}{self.unit}"
        if self.limit is None:
            return text
        aim = "" if self.aim is None else f", Ziel {self.aim:g}{' erreicht' if self.value <= self.aim else ' nicht erreicht'}"
        return f"{text} (Grenze {self.limit:g}{self.unit}{aim}) {'gehalten' if self.kept else 'VERFEHLT'}"
