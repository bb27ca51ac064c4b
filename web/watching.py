"""What the clock knows of each namespace, so that it goes only where something may have to be done (docs/adr/0021).

It goes to a namespace when something was written there since it last was there, when an instant has come that the namespace
itself has named then, and now and then anyway. All of this is forgotten with the process, and when the machine's clock is set.
"""

from __future__ import annotations

import datetime as dt
import logging
import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from engine.base import clock, db
from engine.base.errors import Problem
from engine.step import when_costly
from web.hands import Hands

log = logging.getLogger(__name__)

ANYWAY_S = 900.0
"""How often every namespace is gone to, whether or not anything is known to be due there."""
AGAIN_S = 15.0
"""How long one that cannot be entered is left alone at most, unless something is written there: an upgrade does so."""
AT_ONCE = 4
"""So many namespaces are gone to at once: while the database server works for one, the next is asked."""
SET_S = 2.0
"""By so much the machine's clock may slip away from its count of seconds before it has been set."""
NEVER = float("-inf")


@dataclass(slots=True)
class Watched:
    """A namespace as the clock last found it. Times are seconds of the process, `due_at` is an instant."""

    slug: str
    mark: db.Mark | None = None
    """What tells whether anything was written there, as it was before it was last looked at."""
    due_at: dt.datetime | None = None
    looked: float = NEVER
    reconciled: float = NEVER
    tidied: float = NEVER
    purged: float = NEVER
    verified: float = NEVER
    """When a run of verify was last begun for it."""
    untidy: bool = False
    """Whether it is its turn to be gone to anyway."""
    left_out: str = ""
    """Why it could not be entered the last time."""
    failures: int = 0

    def wants(self, mark: db.Mark | None, now: float, at: dt.datetime) -> bool:
        """Whether it is to be gone to, its mark being what it is now."""
        if self.left_out and mark == self.mark:
            return now - self.looked >= min(2.0 ** min(self.failures, 10), AGAIN_S)
        return self.untidy or mark is None or mark != self.mark or (self.due_at is not None and self.due_at <= at)

    def tell(self, why: str, say: Callable[..., None] = log.warning) -> None:
        """Keep whether it could be entered; the log hears of it once, for as long as it stays so."""
        if why and why != self.left_out:
            say("a namespace was left out", extra={"kommune": self.slug, "reason": why})
        elif self.left_out and not why:
            log.info("a namespace is looked after again", extra={"kommune": self.slug})
        self.failures = self.failures + 1 if why else 0
        self.left_out = why


class Watch:
    """All namespaces that this process looks after."""

    def __init__(self) -> None:
        self._watched: dict[str, Watched] = {}
        self._slip: float | None = None

    def over(self, slugs: Iterable[str]) -> None:
        """Look after these from now on; of those that stay nothing is forgotten."""
        self._watched = {slug: self._watched.get(slug) or Watched(slug) for slug in slugs}

    def forget(self) -> None:
        """Know nothing of any: all are to be asked anew."""
        self._watched = {slug: Watched(slug) for slug in self._watched}

    def forget_if_set(self) -> None:
        """Forget everything if the machine's clock was set: what it wrote before may mean another instant now."""
        before, self._slip = self._slip, clock.now().timestamp() - time.monotonic()
        if before is not None and abs(self._slip - before) > SET_S:
            self.forget()

    def slugs(self) -> list[str]:
        """Whom it looks after."""
        return list(self._watched)

    def wanted(self, marks: Mapping[str, db.Mark], now: float) -> list[Watched]:
        """Where to go now, whoever was not gone to for longest first."""
        at, every = clock.now(), sorted(self._watched.values(), key=lambda each: each.tidied)
        for each in every[: math.ceil(len(every) / ANYWAY_S)]:
            each.untidy = now - each.tidied >= ANYWAY_S
        return sorted((each for each in every if each.wants(marks.get(each.slug), now, at)), key=lambda each: each.looked)


def go(
    every: Sequence[Watched],
    marks: Mapping[str, db.Mark],
    now: float,
    visit: Callable[[Watched], object],
    lasts_s: float,
    ended: Callable[[], bool],
    hands: Hands,
) -> bool:
    """Go to these, a few at once, and do something in each; False if the time was over before all were gone to.

    Where that turns out to be costly it goes on beside.
    """
    rest, taking, until = list(reversed(every)), threading.Lock(), time.monotonic() + lasts_s

    def take() -> None:
        while not ended() and time.monotonic() < until:
            with taking:
                if not rest:
                    return
                each = rest.pop()
            each.mark, each.looked, each.due_at = marks.get(each.slug), now, None
            hands.do(partial(_enter, each, visit))

    threads = [threading.Thread(target=take, name=f"visit {number}") for number in range(min(AT_ONCE, len(every)) - 1)]
    for thread in threads:
        thread.start()
    take()
    for thread in threads:
        thread.join()
    return not rest


def _enter(each: Watched, visit: Callable[[Watched], object], beside: Callable[[list[str]], object]) -> list[str]:
    """What goes wrong in one is logged and does not stop the others."""
    try:
        with db.namespace(each.slug), when_costly(lambda: beside([])):
            visit(each)
        each.tell("")
    except Problem as problem:
        each.tell(problem.sentence)
    except Exception as error:
        each.tell(type(error).__name__, log.exception)
    return []
