"""Verification: `verify` every night or when somebody asks; what it finds is kept, and what nobody knew of becomes an incident.

look_for_work   by every clock, when the agenda says so: has the night come, is there a run to begin?
run             by a process of its own: claim, verify piece by piece, keep what was found
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from engine import bpmn
from engine.base import clock, db
from engine.base.errors import Cause, Invalid, Problem
from engine.base.rights import Konto, verb
from engine.model import einstellung, protokoll, verification, vorgang
from engine.model.verification import LEASE, MOST_FINDINGS, OFF
from engine.step import look, set_aside
from engine.verbs.backup import Seen
from engine.verbs.holding import kept
from engine.verbs.invariants import STATE, Broken
from engine.verbs.stored import findings

log = logging.getLogger(__name__)

BEAT_S = LEASE.total_seconds() / 4
LASTS_AT_MOST_S = 6 * 3600.0


class _Ended(Exception):
    """The process that verifies is to end; another goes on."""


@verb(right="kommune.verwalten", tag="pruefung:verlangt")
def ask_verification(*, by: Konto) -> None:
    """Have the stored data verified soon; while a run waits or goes on that changes nothing."""
    with db.transaction() as tx:
        if verification.open_one(tx) is None:
            verification.add(tx, None, by.login)
            protokoll.record(tx, None)


@verb(right="kommune.verwalten", tag="einstellung:geaendert")
def change_verification(hour: int, *, by: Konto) -> None:
    """Say at which hour, in German local time, it is verified every night; OFF for never.

    Raises:
        Invalid: that is no hour.
    """
    if hour != OFF and not 0 <= hour <= 23:
        raise Invalid("Die Einstellung wurde nicht geändert.", [Cause("Das ist keine Stunde.", "0 bis 23.", "/stunde")])
    with db.transaction() as tx:
        einstellung.write(tx, verification.HOUR, hour)
        protokoll.record(tx, None, einstellung=verification.HOUR, wert=hour)


def look_for_work() -> bool:
    """Note that the night has come, once; says whether there is a run to begin. Safe with several clocks looking."""
    with db.reading() as tx:
        hour = verification.hour_of(tx)
        night = None if hour == OFF else verification.night_of(clock.now(), hour)
        if night is None or verification.has_night(tx, night):
            return verification.takeable(tx) is not None
    with db.transaction() as tx:
        verification.add(tx, night, None)
        return True


@verb(right="system", tag="pruefung:gelaufen")
def run_verification(ended: Callable[[], bool] = lambda: False, *, by: Konto) -> bool:
    """Do the run that waits, in the namespace we are in; False if there is none, or another process was first.

    `ended` is asked in between: when it says so the run is handed back.
    """
    with db.transaction() as tx:
        id = verification.takeable(tx)
        fence = None if id is None else verification.claim(tx, id)
    if id is None or fence is None:
        return False
    far = [0, 0]

    def seen(_what: str, done: int, total: int) -> None:
        far[:] = done, total

    def beat() -> bool:
        with db.transaction() as tx:
            return verification.prolong(tx, id, fence, *far)

    with kept(beat, BEAT_S, LASTS_AT_MOST_S):
        found = _found(seen, ended)
    with db.transaction() as tx:
        if found is None:
            verification.hand_back(tx, id, fence)
        elif verification.end(tx, id, fence, far[1], found.count, [asdict(one) for one in found.first]):
            protokoll.record(tx, None, befunde=found.count, stoerungen=found.incidents)
    return found is not None


@dataclass(slots=True)
class _Found:
    """How much is broken, the first of it, and of how many cases nobody knew that their state cannot be read."""

    count: int = 0
    first: list[Broken] = field(default_factory=list)
    incidents: int = 0


def _found(seen: Seen, ended: Callable[[], bool]) -> _Found | None:
    """What a run finds; None if it was to end."""
    found = _Found()

    def looked(what: str, done: int, total: int) -> None:
        seen(what, done, total)
        if ended():
            raise _Ended

    try:
        for one in findings(looked):
            found.count += 1
            if found.count <= MOST_FINDINGS:
                found.first.append(one)
            if one.invariant == STATE:
                found.incidents += _told(one.subject)
    except _Ended:
        return None
    log.log(logging.WARNING if found.count else logging.INFO, "verified", extra={"kommune": db.slug(), "broken": found.count})
    return found


def _told(vorgang_id: str) -> bool:
    """Make the incident of an open case whose state cannot be read, once; a step does the same, but may not come for weeks."""
    try:
        case = look(vorgang_id)
        if case.state not in vorgang.ENDED:
            bpmn.waits(case.bundle.spec, case.snapshot, clock.now())
    except bpmn.Damaged as damaged:
        set_aside(vorgang_id, damaged)
        return True
    except Problem:
        return False  # its version is not readable: that stands among the findings
    return False
