"""No period begins and no case closes before the notice is out: every way through the diagrams passes its dispatch."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from engine.bpmn.diagram import Process
from tests.processes.conftest import NAMES, bundle_of, play, scenarios_of

NOTIFYING = [name for name in NAMES if "gemeinsam/zustellung/zustellung.bpmn" in bundle_of(name).files]
DISPATCH = frozenset({"bescheid_zustellen", "bescheid_drucken"})
# Where a draft of the general case goes back to: there everything is open again, an end without a notice too.
OPEN_AGAIN = frozenset({"bearbeiten"})


def reached(process: Process, start: str, *, without: Iterable[str] = ()) -> set[str]:
    """The elements a token can come to from one, if these are never finished; their boundary events may still happen."""
    unfinished, found, stack = set(without), set[str](), [start]
    while stack:
        id = stack.pop()
        if id in found:
            continue
        found.add(id)
        stack += [one.id for one in process.elements.values() if id in (one.attached_to, one.parent)]
        if id not in unfinished:
            stack += [flow.target for flow in process.outgoing(id)]
    return found


def kinds(process: Process, found: set[str], *wanted: str) -> set[str]:
    return {id for id in found if process.elements[id].kind in wanted}


def calling(process: Process, part: str) -> set[str]:
    return {one.id for one in process.elements.values() if one.called == part}


def start_of(process: Process) -> str:
    [start] = [one.id for one in process.elements.values() if one.kind == "startEvent" and one.parent is None]
    return start


@pytest.fixture(params=NOTIFYING)
def notifying(request):
    """Each bundle that delivers a notice."""
    return bundle_of(request.param)


def test_both_permits_deliver_their_notice():
    assert {"husum/baumfaellung", "nordfriesland/baumfaellung"} <= set(NOTIFYING)


def test_from_the_approval_no_end_is_reached_without_delivery(notifying):
    process = notifying.spec.compiled[notifying.process].process
    [approval] = [one.id for one in process.elements.values() if one.approves]
    assert kinds(process, reached(process, approval), "endEvent")
    assert kinds(process, reached(process, approval, without=calling(process, "zustellung") | OPEN_AGAIN), "endEvent") == set()


def test_the_period_for_a_remedy_runs_only_after_delivery(notifying):
    process = notifying.spec.compiled[notifying.process].process
    waiting = calling(process, "rechtsbehelfsfrist")
    assert waiting <= reached(process, start_of(process))
    assert not waiting & reached(process, start_of(process), without=calling(process, "zustellung"))


def test_what_is_not_final_is_not_followed_up(notifying):
    process = notifying.spec.compiled[notifying.process].process
    [approval] = [one.id for one in process.elements.values() if one.approves]
    found = reached(process, approval, without=calling(process, "rechtsbehelfsfrist") | OPEN_AGAIN)
    assert kinds(process, found, "endEvent") == set()


def test_delivery_ends_only_after_the_notice_was_provided_or_posted(notifying):
    part = notifying.spec.compiled["zustellung"].process
    found = reached(part, start_of(part), without=DISPATCH)
    assert kinds(part, found, "endEvent") == set()
    assert not found & {"bekanntgabe_bestimmen", "widerspruchsfrist_bestimmen", "bekanntgabe_nachweisen"}
    for way in DISPATCH:
        assert kinds(part, reached(part, start_of(part), without=DISPATCH - {way}), "endEvent")


def test_the_remedy_counts_only_from_a_day_of_delivery(notifying):
    part = notifying.spec.compiled["zustellung"].process
    assert "widerspruchsfrist_bestimmen" not in reached(part, start_of(part), without={"bekanntgabe_bestimmen"})


def test_only_what_was_issued_is_dispatched(notifying):
    part = notifying.spec.compiled["zustellung"].process
    issued = {flow.id: flow.condition for flow in part.outgoing("schon_erlassen") if flow.target != "bescheid_erlassen"}
    assert list(issued) == ["bereits_erlassen"]
    assert "zustellung.erlassen = entwurf.bescheid" in str(issued["bereits_erlassen"])
    without = reached(part, "bescheid_erlassen", without={"bescheid_erlassen"})
    assert without == {"bescheid_erlassen"}
    assert not DISPATCH & reached(part, start_of(part), without={"schon_erlassen"})


@pytest.mark.parametrize("name", NOTIFYING)
def test_in_every_scenario_the_period_is_set_after_dispatch(name):
    bundle, periods = bundle_of(name), 0
    for path in scenarios_of(name, bundle):
        out = False
        for element in play(bundle, path).completed:
            if element == "zustellung_anlegen":
                out = False
            elif element in DISPATCH:
                out = True
            elif element == "widerspruchsfrist_bestimmen":
                periods += 1
                assert out, path.stem
    assert periods > 10
