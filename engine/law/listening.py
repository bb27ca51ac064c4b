"""Who is told when a day is calculated: `engine.bpmn`, while an instance moves. Where nobody listens, nothing is kept.

The functions of FEEL give only a value; the way to it would be lost wherever a diagram takes no more than the day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from engine.law.values import Berechnung, NotDelivered, Step


@dataclass(frozen=True, slots=True)
class Calculation:
    """What a function was asked and how it came to its day.

    `result` is None where a notice does not count as delivered, and where the law refuses: then `refusal` says why.
    """

    function: str
    arguments: Mapping[str, Any]
    result: dt.date | None
    steps: tuple[Step, ...]
    source: str
    refusal: str = ""


_heard: ContextVar[list[Calculation] | None] = ContextVar("calculations", default=None)


@contextmanager
def listening(heard: list[Calculation]) -> Iterator[None]:
    """Have every calculation made in here put into a list, in their order."""
    token = _heard.set(heard)
    try:
        yield
    finally:
        _heard.reset(token)


def tell(function: str, arguments: Mapping[str, Any], made: Berechnung | NotDelivered | str) -> None:
    """Say what was calculated, or with a sentence why it was refused, if somebody listens."""
    heard = _heard.get()
    if heard is None:
        return
    if isinstance(made, str):
        heard.append(Calculation(function, arguments, None, (), "", made))
    else:
        result = made.result if isinstance(made, Berechnung) else None
        heard.append(Calculation(function, arguments, result, made.steps, made.source))
