"""Choices of a random diagram: each a byte, 0 the simplest, so that hypothesis can make what fails small."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

T = TypeVar("T")
LENGTH = 96


class Dice:
    """Bytes as choices; when they are used up, every choice is the simplest."""

    def __init__(self, content: bytes) -> None:
        self._left = iter(content)

    def below(self, count: int) -> int:
        return next(self._left, 0) % count

    def pick(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]

    def chance(self, percent: int) -> bool:
        return self.below(100) >= 100 - percent


def rolls(hundreds: float) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A test of so many hundred random contents in a CI run; `make fuzz` runs fifty times as many."""

    def wrap(test: Callable[..., None]) -> Callable[..., None]:
        limits = settings(max_examples=int(hundreds * settings().max_examples), suppress_health_check=list(HealthCheck))
        return limits(given(content=st.binary(min_size=LENGTH, max_size=LENGTH))(test))

    return wrap
