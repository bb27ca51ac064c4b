"""Holding a claim: while somebody works on an Auftrag or a run, its lease is prolonged, so that the lease itself can be short.

Whoever dies or is stopped prolongs no more, and another takes over after `auftrag.LEASE_S`. What hangs is not held for ever.
Who ends and is not done hands back: then another takes over at once.
"""

from __future__ import annotations

import contextvars
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from engine.base import clock, db
from engine.model import auftrag, breaker
from engine.model.auftrag import BEAT_S, Claim
from engine.verbs.offering import offer

log = logging.getLogger(__name__)

HOLDS_AT_MOST_S = 150.0
"""Longer than any call may take; after that others take over and a late result is refused."""
_in_hand: dict[tuple[str, int], tuple[str, Claim]] = {}
"""What is held in this process, by Auftrag and fence: in which municipality, and how."""


@contextmanager
def held(claim: Claim, beat_s: float = BEAT_S) -> Iterator[None]:
    """Prolong the lease of a claim for as long as the block runs."""

    def prolong() -> bool:
        with db.transaction() as tx:
            return auftrag.prolong(tx, claim.id, claim.fence)

    _in_hand[claim.id, claim.fence] = db.slug(), claim
    try:
        with kept(prolong, beat_s, HOLDS_AT_MOST_S):
            yield
    finally:
        _in_hand.pop((claim.id, claim.fence), None)


def lay_by(claim: Claim) -> None:
    """Hand an Auftrag back that cannot be done here and now; it has lost no attempt by it, and what came of it nobody knows."""
    with db.transaction() as tx:
        attempt = claim.attempt - 1
        if auftrag.end(tx, claim.id, claim.fence, auftrag.READY, attempt=attempt, unsure=True, next_at=clock.now()):
            if claim.trial:
                breaker.undecided(tx, claim.connector, claim.id)
            tx.after(offer)


def hand_back() -> int:
    """Hand back all that is held in this process, which ends: others do it. Gives how many; a late result is refused."""
    held = list(_in_hand.values())
    for slug, claim in held:
        try:
            with db.namespace_in_any_state(slug):
                lay_by(claim)
        except Exception:  # then its lease runs out
            log.warning("an Auftrag was not handed back", extra={"auftrag": claim.id}, exc_info=True)
    return len(held)


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
