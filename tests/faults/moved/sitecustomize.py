"""On the path of every process under test: the house's one clock is moved by the seconds that stand in a file."""

from __future__ import annotations

import datetime as dt
import os
import time

_FILE = os.environ.get("FAULTS_CLOCK", "")
_READ_EVERY_S = 0.1
_last = [0.0, 0.0]


def _offset() -> float:
    now = time.monotonic()
    if now - _last[0] > _READ_EVERY_S:
        _last[0] = now
        try:
            with open(_FILE, encoding="ascii") as file:
                _last[1] = float(file.read() or 0)
        except (OSError, ValueError):
            pass
    return _last[1]


def _moved() -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=_offset())


if _FILE:
    try:
        from engine.base import clock
    except ImportError:
        pass  # a Python that is not ours
    else:
        clock.now = _moved
