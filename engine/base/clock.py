"""The one clock. Everything that asks for the time asks here; tests move it.

`now()` is an aware instant in UTC. Days are local dates: `engine.base.zone.local_day` turns an instant into one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from engine.base.zone import ZONE, local_day

__all__ = ["ZONE", "frozen", "local_day", "move", "moved_back", "now"]


_offset = dt.timedelta(0)
_frozen: dt.datetime | None = None


def now() -> dt.datetime:
    """The present instant, aware, in UTC."""
    if _frozen is not None:
        return _frozen
    return dt.datetime.now(dt.UTC) + _offset


def move(by: dt.timedelta) -> None:
    """Move the clock of this process, for tests and the demo."""
    global _offset, _frozen
    if _frozen is None:
        _offset += by
    else:
        _frozen += by


@contextmanager
def frozen(at: dt.datetime) -> Iterator[None]:
    """Hold the clock still at an instant, for tests and scenarios."""
    global _frozen
    before, _frozen = _frozen, at.astimezone(dt.UTC)
    try:
        yield
    finally:
        _frozen = before


@contextmanager
def moved_back() -> Iterator[None]:
    """Undo at the end whatever moved the clock in between, for tests."""
    global _offset
    before = _offset
    try:
        yield
    finally:
        _offset = before
