"""States on one screen: a table of what may become what, and the one way to move.

Raises on the forbidden, is silent on the repeated.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.base.errors import Conflict

Moves = Mapping[str, frozenset[str]]


def may_become(moves: Moves, old: str, new: str) -> bool:
    """True if something must change, False if it is so already.

    Raises:
        Conflict: if the one may not become the other.
    """
    if old == new:
        return False
    if new not in moves[old]:
        raise Conflict(f"Der Zustand ist „{old}“; daraus kann nicht „{new}“ werden.")
    return True


def sources(moves: Moves, new: str) -> frozenset[str]:
    """The states from which this one may be reached."""
    return frozenset(old for old, targets in moves.items() if new in targets)
