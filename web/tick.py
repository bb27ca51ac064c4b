"""The clock of an installation: due timers, messages and what dead workers held every second; the reconciler every 15 seconds,
and once an hour what has been kept long enough is deleted.

With the reconciler what the operator has assigned in the central post room goes to its municipality.

Several may run: each step is guarded in the database. One municipality that fails does not hold up the others.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import click

from engine.base import db
from engine.base.errors import Problem
from engine.model.zentrale import BETRIEB
from engine.verbs.central import clear, deliver_assigned
from engine.verbs.due import deliver_all, fire_starts, fire_timers, tick
from engine.verbs.kommune import list_kommunen
from engine.verbs.offering import offer_abandoned
from engine.verbs.operator import there
from engine.verbs.retention import IN_A_ROUND, purge
from web import logs
from web.redis import with_redis
from web.settings import Settings

log = logging.getLogger(__name__)

ROUND_S = 1.0
LOOK_S = 5.0
"""How often is looked whether something is to be verified."""
LIST_S, PURGE_S, MORE_S = 5.0, 3600.0, 10.0
"""How long a list of the municipalities is good for; a new one is looked after from then on."""


def ready_kommunen() -> list[str]:
    """The slugs of the municipalities that can be worked in, of those that this process serves."""
    return [kommune.slug for kommune in list_kommunen() if kommune.state == "bereit" and db.serves(kommune.slug)]


def operators_own() -> list[str]:
    """The slug of the operator's own namespace, if it has been made and this process serves all."""
    try:
        return [BETRIEB] if db.serves(BETRIEB) and there() else []
    except Problem:
        return []  # the registry is away, which the list of municipalities tells


def in_each(slugs: Sequence[str], act: Callable[[], object], ended: Callable[[], bool] = lambda: False) -> None:
    """Do something in every namespace; what goes wrong in one is logged and does not stop the others."""
    for slug in slugs:
        if ended():
            return
        try:
            with db.namespace(slug):
                act()
        except Problem as problem:
            log.warning("a namespace was left out", extra={"kommune": slug, "reason": problem.sentence})
        except Exception:
            log.exception("a namespace failed", extra={"kommune": slug})


def timers_and_messages() -> None:
    """What must not wait for the reconciler, in the namespace we are in."""
    fire_timers()
    fire_starts()
    deliver_all()
    offer_abandoned()


def post_room() -> None:
    """What has been assigned goes to its municipality, and the bytes of what has gone are removed."""
    deliver_assigned()
    clear()


class Beside(Protocol):
    """Something that goes on beside the rounds, in a process of its own (`web.verifying`)."""

    def look(self, slugs: Sequence[str]) -> None:
        """Begin it, if there is something to do in these namespaces."""

    def end(self) -> None:
        """End it."""


class Clock:
    """The rounds of one process; `beside` is what it has done by another."""

    def __init__(self, reconcile_s: float, beside: Beside | None = None) -> None:
        self._reconcile_s, self._beside = reconcile_s, beside
        self._ended = threading.Event()
        self._slugs: list[str] = []
        self._listed = self._reconciled = self._looked = self._purged = float("-inf")
        self._more = False

    def end(self, *_: object) -> None:
        """Finish the namespace at hand, then stop."""
        self._ended.set()

    def run(self) -> None:
        """Go round until `end`."""
        while not self._ended.is_set():
            began = time.monotonic()
            self.round(began)
            self._ended.wait(max(0.0, began + ROUND_S - time.monotonic()))
        if self._beside is not None:
            self._beside.end()

    def round(self, now: float) -> None:
        """One round, with the reconciler when it is its time."""
        if now - self._listed >= LIST_S:
            self._slugs, self._listed = self._list(), now
        act: Callable[[], object] = timers_and_messages
        if now - self._reconciled >= self._reconcile_s:
            act, self._reconciled = tick, now
            in_each(operators_own(), post_room, self._ended.is_set)
        in_each(self._slugs, act, self._ended.is_set)
        if now - self._purged >= (MORE_S if self._more else PURGE_S):
            self._purged, self._more = now, False
            in_each(self._slugs, self._purge, self._ended.is_set)
        if self._beside is not None and now - self._looked >= LOOK_S:
            self._looked = now
            self._beside.look([*self._slugs, *operators_own()])

    def _purge(self) -> None:
        """Delete some cases; where there are more, the next some follow soon, for timers must not wait long."""
        self._more = purge() >= IN_A_ROUND or self._more

    def _list(self) -> list[str]:
        try:
            return ready_kommunen()
        except Problem as problem:
            log.warning("the registry is away", extra={"reason": problem.sentence})
        except Exception:
            log.exception("the registry failed")
        return self._slugs


@click.command()
@click.option("--reconcile-s", type=click.FloatRange(min=0.1), default=15.0, show_default=True)
def main(reconcile_s: float) -> None:
    """Run the clock until SIGTERM."""
    from web.compose import all_is_loaded, compose
    from web.verifying import Verifier

    logs.configure("tick")
    compose(with_redis(Settings.from_env()))
    clock = Clock(reconcile_s, Verifier())
    all_is_loaded()
    signal.signal(signal.SIGTERM, clock.end)
    signal.signal(signal.SIGINT, clock.end)
    clock.run()
    db.close()


if __name__ == "__main__":
    main()
