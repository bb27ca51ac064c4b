"""Offering: whom to ring for. The table says what is to be done; a ring only tells a worker to look, and may be lost."""

from __future__ import annotations

from collections.abc import Sequence

from engine.base import db
from engine.model import auftrag
from engine.step import ring


def offer(limit: int = 100) -> int:
    """Ring for every Auftrag that could be claimed now: the reconciler's part. Safe with several running."""
    with db.reading() as tx:
        ids = auftrag.takeable(tx, limit)
    return _rung(ids)


def offer_abandoned(limit: int = 100) -> int:
    """Ring for what lies in dead hands: done when its lease is over, so that a killed worker costs no more than that."""
    with db.reading() as tx:
        ids = auftrag.abandoned(tx, limit)
    return _rung(ids)


def _rung(ids: Sequence[str]) -> int:
    for id in ids:
        ring(id)
    return len(ids)


def waits_for_room() -> bool:
    """Whether something could be done in the namespace we are in, if fewer calls were running there."""
    with db.reading() as tx:
        return auftrag.crowded_out(tx)


def is_left() -> bool:
    """Whether something waits in the namespace we are in while calls are bounded: who found nothing to do came too early."""
    with db.reading() as tx:
        return auftrag.crowded_out(tx, at_all=True)
