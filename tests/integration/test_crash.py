"""kill -9 of web, worker and tick at every named point, and an emptied Redis: nothing is lost, nothing happens twice."""

from __future__ import annotations

import signal

import httpx
import pytest

from engine.base.faults import POINTS
from tests.integration.test_crash_events import KILLED_AT
from tests.integration.town import Town, until

pytestmark = pytest.mark.integration

ID = "5f0c1a52-0000-4000-8000-000000000001"
ON_BOTH = [
    {"web": "intake.before_commit", "worker": "work.after_claim", "tick": "due.before_fire"},
    {"web": "intake.after_commit", "worker": "work.after_call", "tick": "due.after_fire"},
    {"worker": "work.after_finish", "tick": "step.before_commit"},
    {"worker": "work.before_claim", "tick": "step.after_commit"},
]
# What comes to the same on either database, on one of them.
ON_ONE = {
    "sqlite": [{"worker": "work.before_send"}, {"worker": "step.after_commit"}, {"worker": "worker.after_ack"}],
    "postgresql": [{"worker": "work.before_save"}, {"worker": "step.before_commit"}, {"worker": "worker.before_ack"}],
}
ROUNDS = [*ON_BOTH, *ON_ONE["sqlite"], *ON_ONE["postgresql"]]


# Killed at in tests/engine/test_backup.py and test_restore.py.
ARCHIVES = {"backup.before_rename", "restore.before_rows", "restore.after_rows"}
# Killed at in tests/engine/test_central.py.
CENTRAL = {point for point in POINTS if point.startswith("central.")}
# Killed at in tests/engine/test_removal.py and tests/web/test_provision.py.
NAMESPACES = {point for point in POINTS if point.startswith(("making.", "removal."))}
# Killed at in tests/engine/test_retention.py.
RETENTION = {point for point in POINTS if point.startswith("retention.")}
ELSEWHERE = KILLED_AT | ARCHIVES | CENTRAL | NAMESPACES | RETENTION


def test_every_named_point_is_killed_at():
    assert {point for points in ROUNDS for point in points.values()} | ELSEWHERE == POINTS


def named(points):
    return " ".join(points.values())


@pytest.mark.parametrize("points", ON_BOTH, ids=named)
def test_killed_anywhere_one_application_has_one_outcome(town, points):
    killed_at(town, points)


@pytest.mark.parametrize("points", ON_ONE["sqlite"], ids=named)
@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_killed_anywhere_on_sqlite_one_application_has_one_outcome(town, points):
    killed_at(town, points)


@pytest.mark.parametrize("points", ON_ONE["postgresql"], ids=named)
@pytest.mark.parametrize("installation", ["postgresql"], indirect=True)
def test_killed_anywhere_on_postgresql_one_application_has_one_outcome(town, points):
    killed_at(town, points)


def killed_at(town, points):
    worker, tick = town.worker(points["worker"]), town.tick(points.get("tick", ""))
    answer = sent_through_a_web_server_that_dies(town, points["web"]) if "web" in points else town.push(ID)

    assert town.killed(worker)
    town.queue().flushall()
    town.let_leases_run_out()
    town.worker()
    if "tick" in points:
        assert town.killed(tick)
        town.tick()

    until(town.is_done, "the Vorgang ends", town.log)
    assert town.push(ID) == answer
    assert (len(town.states()), town.messages(), town.entries()) == (1, 1, 1)
    assert set(town.end()) <= {0, -signal.SIGTERM}  # the latter if it was still starting


def sent_through_a_web_server_that_dies(town: Town, point: str) -> bytes:
    """A sender whose line is cut sends again; another web server would do what the engine does here."""
    dying = town.web(point).wait()
    with pytest.raises(httpx.TransportError):
        dying.post(ID)
    assert dying.process.wait(60) != 0
    town.running.remove(dying.process)
    return town.push(ID)
