"""Backoff: how long something waits that did not succeed. Longer each time, and not at the same moment as everything else."""

from __future__ import annotations

import datetime as dt
import random

FIRST, MOST = dt.timedelta(seconds=5), dt.timedelta(hours=1)
LONGEST_WAIT = dt.timedelta(hours=2)
"""Nothing is put off for longer than this: what lies further ahead, a clock that was wrong has written."""


def jitter() -> float:
    """By what a wait is multiplied."""
    return random.uniform(0.75, 1.25)  # noqa: S311  # no secret


def backoff(attempt: int) -> dt.timedelta:
    """How long to wait after that many attempts."""
    return min(FIRST * 2 ** min(attempt - 1, 20), MOST) * jitter()
