"""kill -9 between a throw and its delivery, between two receivers, around a start: nothing is lost, nothing happens twice."""

from __future__ import annotations

import pytest

from engine.base.rights import SYSTEM
from engine.model import erwartung, protokoll, signal, vorgang
from engine.verbs.design import deploy_bundle
from tests.bpmn.diagrams import catch, catching, end, flows, process, start, throw, timer
from tests.engine.cases import TYPES, push, rows
from tests.engine.events import HEAD, by_time, deploy, sends, states
from tests.integration.town import MANIFEST, STELLE, Town, until

pytestmark = pytest.mark.integration

KILLED_AT = {"courier.before_delivery", "courier.between_receivers", "start.before_commit", "start.after_commit"}
M, D = erwartung.MESSAGES, signal.DELIVERIES
HEARING, WAITING = 3, 1
# The tick fires the timer: what kills it comes after the commit of the step that throws.
THROWS = process(
    start(), timer("ruhe", "PT1S"), sends("senden", "m", "antrag.nr"), throw("werfen", "signal", "s"), end(),
    flows("start > ruhe > senden > werfen > end"), head=HEAD,
)  # fmt: skip
HEARS = process(start(), catching("hoeren", "signal", "s"), end(), flows("start > hoeren > end"), head=HEAD)
WAITS = process(start(), catch("antwort", "m"), end(), flows("start > antwort > end"), head=HEAD)


def begin(key: str, diagram: bytes, count: int = 1) -> None:
    """Deploy a Leistung and begin cases of it."""
    files = {"bundle.toml": MANIFEST.format(key=key, short="EV").encode(), "p.bpmn": diagram}
    deploy_bundle(files, TYPES, by=SYSTEM)
    for _ in range(count):
        push(form=key, stelle=STELLE)


@pytest.mark.parametrize("point", ["courier.before_delivery", "courier.between_receivers"])
def test_a_tick_killed_after_a_throw_leaves_the_rest_to_the_next(town: Town, point: str) -> None:
    begin("hoert", HEARS, HEARING)
    begin("wartet", WAITS, WAITING)
    begin("wirft", THROWS)
    assert town.killed(town.tick(point))
    assert (len(rows(M)), len(rows(D))) == (1, HEARING)
    assert "offen" in states(D), "it was killed before the last delivery"
    town.tick()
    until(lambda: set(town.states()) == {"completed"}, "all are done", town.log)
    assert (states(M), states(D)) == (["zugestellt"] * WAITING, ["zugestellt"] * HEARING)
    tags = [row.tag for row in rows(protokoll.T)]
    assert (tags.count("signal:zugestellt"), tags.count("nachricht:zugestellt")) == (HEARING, WAITING)


@pytest.mark.parametrize(("point", "begun"), [("start.before_commit", 0), ("start.after_commit", 1)])
def test_a_tick_killed_around_a_start_begins_one_case(town: Town, point: str, begun: int) -> None:
    deploy(by_time("PT1S", "timeDuration"), "zeit", forms=False)
    assert town.killed(town.tick(point))
    assert len(rows(vorgang.T)) == begun
    clock = town.tick()
    until(town.is_done, "the case is there", town.log)
    clock.terminate()
    clock.wait(30)
    town.running.remove(clock)
    assert len(rows(vorgang.T)) == 1
