"""Patience: what somebody waits for either begins or is called off; whoever comes first decides, and it stays so."""

from __future__ import annotations

import threading
from collections.abc import Callable

Wanted = Callable[[], bool]
"""Whether somebody still waits. Once it has said yes, whoever wants something done waits for the end of it."""


def always() -> bool:
    """Somebody waits, however long it takes."""
    return True


class Patience:
    """Of somebody who waits for what begins elsewhere, in another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: bool | None = None

    def lasts(self) -> bool:
        """Whether it may begin; from then on it cannot be called off."""
        return self._decided(begun=True)

    def ends(self) -> bool:
        """Call it off; False if it has begun."""
        return not self._decided(begun=False)

    def _decided(self, *, begun: bool) -> bool:
        with self._lock:
            if self._begun is None:
                self._begun = begun
            return self._begun
