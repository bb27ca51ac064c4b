"""Hands of a worker: one does the work of a ring. If that turns out to be costly, it goes on beside, and another hand
takes the next ring. So a calculation without end leaves the worker to all others.

Only calculating goes on beside: whatever talks to an outside system is done by one hand at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread

MOST_BESIDE = 4
"""So many costly ones go on beside at once; with one more, the worker waits."""

Done = list[str]
Act = Callable[[Callable[[Done], object]], Done]
"""Gives the ids of what it did; tells what it is given what it has done so far, once it is costly."""


class Hands:
    """The hands of one process."""

    def __init__(self, most_beside: int = MOST_BESIDE) -> None:
        self._most, self._lock = most_beside, Lock()
        self._free: _Hand | None = None
        self._beside: set[_Hand] = set()

    def do(self, act: Act) -> Done:
        """Have something done; gives the ids of all that was done, or so far if the rest goes on beside."""
        hand, self._free = self._free or _Hand(self), None
        done = hand.take(act)
        if not hand.is_beside:
            self._free = hand
        return done

    def finish(self, within_s: float) -> None:
        """Wait for what goes on beside."""
        until = time.monotonic() + within_s
        for hand in list(self._beside):
            hand.join(max(0.0, until - time.monotonic()))

    def _put_beside(self, hand: _Hand) -> bool:
        with self._lock:
            if len(self._beside) >= self._most:
                return False
            self._beside.add(hand)
            return True

    def _back(self, hand: _Hand) -> None:
        with self._lock:
            self._beside.discard(hand)


class _Hand(Thread):
    """A thread that does one thing after another, until one of them goes on beside."""

    def __init__(self, hands: Hands) -> None:
        super().__init__(name="hand", daemon=True)
        self._hands = hands
        self._acts: SimpleQueue[Act] = SimpleQueue()
        self._told: SimpleQueue[tuple[Done, BaseException | None]] = SimpleQueue()
        self.is_beside = False
        self.start()

    def take(self, act: Act) -> Done:
        self._acts.put(act)
        done, error = self._told.get()
        if error is not None:
            raise error
        return done

    def run(self) -> None:
        while not self.is_beside:
            done: Done = []
            error: BaseException | None = None
            try:
                done = self._acts.get()(self._costly)
            except BaseException as raised:  # whoever waits for it shall hear of it
                error = raised
            if not self.is_beside:
                self._told.put((done, error))
        self._hands._back(self)

    def _costly(self, done: Done) -> None:
        if not self.is_beside and self._hands._put_beside(self):
            self.is_beside = True
            self._told.put((list(done), None))
