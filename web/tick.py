"""The clock of an installation: due timers, messages and what dead workers held every second; the reconciler every 15 seconds,
and once an hour what has been kept long enough is deleted, in the central post room too.

A round goes only where something was written or is due (`web.watching`, docs/adr/0021), so it costs nothing where nothing
happens. With the reconciler what the operator has assigned in the central post room goes to its municipality.

Several may run: each step is guarded in the database. One municipality that fails does not hold up the others.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from queue import Empty, SimpleQueue
from typing import Protocol

import click

from engine.base import clock, db
from engine.base.errors import Problem
from engine.base.rights import SYSTEM
from engine.bpmn.budget import use_pause
from engine.model.agenda import earliest
from engine.model.zentrale import BETRIEB
from engine.verbs.central import deliver_assigned, forget_parcels
from engine.verbs.due import act_now, read_agenda, tick
from engine.verbs.kommune import list_kommunen
from engine.verbs.offering import offer
from engine.verbs.operator import there
from engine.verbs.retention import IN_A_ROUND, purge
from engine.verbs.tidying import sweep_documents, tidying_is_due
from engine.verbs.verification import look_for_work
from web import logs
from web.hands import Hands
from web.redis import with_redis
from web.settings import Settings
from web.watching import ANYWAY_S, NEVER, Watch, Watched, go

log = logging.getLogger(__name__)

ROUND_S = 1.0
LASTS_S = 0.8
"""So long a round begins with another namespace; what it does not come to, the next one begins with."""
ENDS_WITHIN_S = 15.0
"""How long is waited, at the end, for a costly calculation; after that another clock begins it anew."""
IN_A_VISIT = 100
"""So many timers are fired in one visit, so that those of others are not late."""
HEARS_WITHIN_S = 2.0
"""So long after an Auftrag is ready a worker has usually come: then nobody need ring again."""
LIST_S, PURGE_S, MORE_S, VERIFY_AGAIN_S = 5.0, 3600.0, 10.0, 60.0
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


def post_room() -> None:
    """What has been assigned goes to its municipality, and the bytes of what has gone are removed."""
    deliver_assigned()
    sweep_documents()


class Beside(Protocol):
    """Something that goes on beside the rounds, in a process of its own (`web.verifying`)."""

    def begin(self) -> None:
        """Begin it, unless it goes on or has failed a moment ago."""

    def end(self) -> None:
        """End it."""


class Clock:
    """The rounds of one process; `beside` is what it has done by another."""

    def __init__(self, reconcile_s: float, beside: Beside | None = None) -> None:
        self._reconcile_s, self._beside = reconcile_s, beside
        self._is_ended = False
        # Not an Event: one that is set in a signal handler can wait for ever for the lock of the wait that it interrupts.
        self._told: SimpleQueue[None] = SimpleQueue()
        self._watch, self._hands = Watch(), Hands()
        self._listed = self._delivered = NEVER
        self._away = ""
        self.more = False
        """Whether the last round left something that it did not come to."""
        self._verify = False

    def end(self, *_: object) -> None:
        """Finish the namespaces at hand, then stop; nobody is to be let go on any more."""
        use_pause(lambda steps: None)
        self._is_ended = True
        self._told.put(None)

    def ended(self) -> bool:
        """Whether it has been told to end."""
        return self._is_ended

    def run(self) -> None:
        """Go round until `end`; where there was more to do than one round holds, without a pause."""
        while not self._is_ended:
            began = time.monotonic()
            self.round(began)
            with contextlib.suppress(Empty):
                self._told.get(timeout=0.0 if self.more else max(0.0, began + ROUND_S - time.monotonic()))
        self.finish()
        if self._beside is not None:
            self._beside.end()

    def finish(self) -> None:
        """Wait for what goes on beside."""
        self._hands.end(ENDS_WITHIN_S)
        self._hands.finish()

    def round(self, now: float) -> None:
        """One round: wherever something was written, something is due, or nobody was for long."""
        self.more = self._verify = False
        if now - self._delivered >= self._reconcile_s:
            self._delivered = now
            in_each(operators_own(), post_room, self.ended)
        marks = self._look(now)
        if marks is None:
            return
        self._watch.forget_if_set()
        wanted = self._watch.wanted(marks, now)
        if not go(wanted, marks, now, partial(self._visit, now), LASTS_S, self.ended, self._hands):
            self.more = True
        if self._verify and self._beside is not None:
            self._beside.begin()

    def _look(self, now: float) -> Mapping[str, db.Mark] | None:
        """Which namespaces there are and the marks of each; None while nobody can say."""
        away = ""
        if now - self._listed >= LIST_S:
            away = self._away_while(lambda: self._watch.over([*ready_kommunen(), *operators_own()]))
            self._listed = self._listed if away else now
        marks: list[Mapping[str, db.Mark]] = []
        away = self._away_while(lambda: marks.append(db.marks(self._watch.slugs()))) or away
        if self._away and not away:
            self._watch.forget()  # the server may have lost what it had counted
        self._away = away
        return marks[0] if marks else None

    def _away_while(self, act: Callable[[], object]) -> str:
        """Ask the registry something; gives why it could not be asked, which the log hears once."""
        try:
            act()
            return ""
        except Problem as problem:
            why, say = problem.sentence, log.warning
        except Exception as error:
            why, say = type(error).__name__, log.exception
        if why != self._away:
            say("the registry is away", extra={"reason": why})
        return why

    def _visit(self, now: float, watched: Watched) -> None:
        """Do what is to be done in the namespace we are in, and keep when to come again."""
        agenda, at = read_agenda(), clock.now()
        if agenda.soon is not None and agenda.soon <= at:
            self.more = act_now(IN_A_VISIT) or self.more
        left = self._offer(watched, agenda.left, now, at)
        verified = self._look_for_runs(watched, agenda.verified, now, at)
        if watched.untidy:
            watched.untidy, watched.tidied = False, now
            tick()
            self._purge(watched, now)
        watched.due_at = earliest((agenda.soon, left, verified))

    def _purge(self, watched: Watched, now: float) -> None:
        """Delete some cases; where there are more, the next some follow soon, for timers must not wait long."""
        if now - watched.purged < PURGE_S:
            return
        if watched.slug == BETRIEB:  # there are no cases, and what it keeps no case names
            watched.purged = now
            forget_parcels(by=SYSTEM)
        elif purge() < IN_A_ROUND:
            watched.purged = now
        else:
            watched.tidied = now - ANYWAY_S + MORE_S

    def _offer(self, watched: Watched, left: dt.datetime | None, now: float, at: dt.datetime) -> dt.datetime | None:
        """Ring for what a worker should have come for by now, but not again before the reconciler's time; gives when next."""
        if left is None:
            return None
        overdue = left + dt.timedelta(seconds=min(HEARS_WITHIN_S, self._reconcile_s))
        if overdue <= at and now - watched.reconciled >= self._reconcile_s:
            watched.reconciled = now
            offer()
        return max(overdue, at + dt.timedelta(seconds=max(0.0, watched.reconciled + self._reconcile_s - now)))

    def _look_for_runs(self, watched: Watched, verified: dt.datetime | None, now: float, at: dt.datetime) -> dt.datetime | None:
        """See to it that what is to be verified is; gives when to look again. The process begun goes to all that want it."""
        if verified is None or verified > at:
            return verified
        if now - watched.verified >= VERIFY_AGAIN_S:
            watched.verified = now
            self._verify = look_for_work() or tidying_is_due() or self._verify
        return at + dt.timedelta(seconds=max(0.0, watched.verified + VERIFY_AGAIN_S - now))


@click.command()
@click.option("--reconcile-s", type=click.FloatRange(min=0.1), default=15.0, show_default=True)
def main(reconcile_s: float) -> None:
    """Run the clock until SIGTERM."""
    from web.compose import all_is_loaded, compose
    from web.verifying import Verifier

    logs.configure("tick")
    compose(with_redis(Settings.from_env()))
    rounds = Clock(reconcile_s, Verifier())
    all_is_loaded()
    signal.signal(signal.SIGTERM, rounds.end)
    signal.signal(signal.SIGINT, rounds.end)
    rounds.run()
    db.close()


if __name__ == "__main__":
    main()
