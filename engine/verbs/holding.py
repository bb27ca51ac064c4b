"""Holding a claim: while somebody works on an Auftrag or a run, its lease is prolonged, so that the lease itself can be short.

Whoever dies or is stopped prolongs no more, and another takes over after `auftrag.LEASE_S`. What hangs is not held for ever.
"""

from __future__ import annotations

import contextvars
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from engine.base import db
from engine.model import auftrag
from engine.model.auftrag import BEAT_S, Claim

log = logging.getLogger(__name__)

HOLDS_AT_MOST_S = 150.0
"""Longer than any call may take; after that others take over and a late result is refused."""


@contextmanager
def held(claim: Claim, beat_s: float = BEAT_S) -> Iterator[None]:
    """Prolong the lease of a claim for as long as the block runs."""

    def prolong() -> bool:
        with db.transaction() as tx:
            return auftrag.prolong(tx, claim.id, claim.fence)

    with kept(prolong, beat_s, HOLDS_AT_MOST_S):
        yield


@contextmanager
def kept(prolong: Callable[[], bool], beat_s: float, at_most_s: float) -> Iterator[None]:
    """Prolong a lease again and again while the block runs, until `prolong` says that it is no longer ours."""
    over = threading.Event()
    beating = threading.Thread(
        target=contextvars.copy_context().run, args=(_beat, prolong, over, beat_s, at_most_s), name="heartbeat", daemon=True
    )
    beating.start()
    try:
        yield
    finally:
        over.set()
        beating.join()


def _beat(prolong: Callable[[], bool], over: threading.Event, beat_s: float, at_most_s: float) -> None:
    for _ in range(int(at_most_s / beat_s)):
        if over.wait(beat_s):
            return
        try:
            mine = prolong()
        except Exception:  # the next beat may reach the database again; if none does, the lease runs out, as it should
            log.warning("a lease was not prolonged", exc_info=True)
            continue
        if not mine:
            return
