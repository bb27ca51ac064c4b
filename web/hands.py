"""Hands of a worker, or of the clock: one does the work of a ring, or what is due in a namespace. If that turns out to be
costly, it goes on beside, and another hand takes the next. So a calculation without end leaves the process to all others.

Only calculating goes on beside: in a worker, whatever talks to an outside system is done by one hand at a time.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from contextvars import copy_context
from queue import Empty, SimpleQueue
from threading import Lock, Thread

log = logging.getLogger(__name__)

MOST_BESIDE = 4
"""So many costly ones go on beside at once; with one more, the worker waits."""
LOOKS_S = 0.5
"""How often whoever waits for a hand looks whether to wait any longer."""

Done = list[str]
Act = Callable[[Callable[[Done], object]], Done]
"""Gives the ids of what it did; tells what it is given what it has done so far, once it is costly."""


class Hands:
    """The hands of one process."""

    def __init__(self, most_beside: int = MOST_BESIDE) -> None:
        self._most, self._lock = most_beside, Lock()
        self._free: list[_Hand] = []
        self._beside: set[_Hand] = set()
        self._until = math.inf

    def do(self, act: Act) -> Done:
        """Have something done; gives the ids of all that was done, or so far if the rest goes on beside.

        From the end on nothing more is done: see `end`. May be called by several threads, each of which gets a hand.
        """
        if time.monotonic() >= self._until:
            return []
        hand = self._hand()
        hand.take(_as_here(act))
        told = None
        while told is None:
            told = hand.told()
            if told is None and time.monotonic() >= self._until:
                self._leave(hand)
                return []
        if not hand.is_beside:
            self._free.append(hand)
        done, error = told
        if error is not None:
            raise error
        return done

    def end(self, within_s: float) -> None:
        """From now on nothing is waited for any longer than that; said again, it changes nothing. Called in signal handlers."""
        self._until = min(self._until, time.monotonic() + within_s)

    def finish(self) -> None:
        """Wait for what goes on beside, until the end."""
        for hand in list(self._beside):
            hand.join(max(0.0, self._until - time.monotonic()))

    def hang(self, for_s: float) -> bool:
        """Whether something has been going on beside for longer than that."""
        return any(time.monotonic() - hand.beside_since > for_s for hand in list(self._beside))

    def _hand(self) -> _Hand:
        try:
            return self._free.pop()
        except IndexError:
            return _Hand(self)

    def _leave(self, hand: _Hand) -> None:
        """Let what a hand does go on beside, whatever it is."""
        hand.put_beside()
        with self._lock:
            self._beside.add(hand)
        hand.take(lambda beside: [])  # it may have been done at this very moment, and would wait for more

    def _put_beside(self, hand: _Hand) -> bool:
        with self._lock:
            if len(self._beside) >= self._most:
                return False
            hand.put_beside()
            self._beside.add(hand)
            return True

    def _back(self, hand: _Hand) -> None:
        with self._lock:
            self._beside.discard(hand)


def _as_here(act: Act) -> Act:
    """What another thread does as if it were done here: whatever is counted, or was entered, is the same."""
    context = copy_context()
    return lambda beside: context.run(act, beside)


class _Hand(Thread):
    """A thread that does one thing after another, until one of them goes on beside."""

    def __init__(self, hands: Hands) -> None:
        super().__init__(name="hand", daemon=True)
        self._hands = hands
        self._acts: SimpleQueue[Act] = SimpleQueue()
        self._told: SimpleQueue[tuple[Done, BaseException | None]] = SimpleQueue()
        self.is_beside, self.beside_since = False, math.inf
        self.start()

    def take(self, act: Act) -> None:
        self._acts.put(act)

    def told(self) -> tuple[Done, BaseException | None] | None:
        try:
            return self._told.get(timeout=LOOKS_S)
        except Empty:
            return None

    def put_beside(self) -> None:
        self.is_beside, self.beside_since = True, time.monotonic()

    def run(self) -> None:
        while not self.is_beside:
            done: Done = []
            error: BaseException | None = None
            try:
                done = self._acts.get()(self._costly)
            except BaseException as raised:  # whoever waits for it shall hear of it
                error = raised
            self._tell(done, error)
        self._hands._back(self)

    def _tell(self, done: Done, error: BaseException | None) -> None:
        if not self.is_beside:
            self._told.put((done, error))
        elif error is not None:  # nobody waits for it any more
            log.error("what went on beside has failed", exc_info=error)

    def _costly(self, done: Done) -> None:
        if not self.is_beside and self._hands._put_beside(self):
            self._told.put((list(done), None))
