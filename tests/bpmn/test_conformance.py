"""Every behaviour of every element: played by the scenario runner, and once more step by step with rows compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine import bpmn
from engine.verbs import scenario
from tests.bpmn import coverage
from tests.bpmn.conformance.behaviour import Behaviour, Refusal
from tests.bpmn.conformance.player import Player, as_toml
from tests.bpmn.conformance.suite import BEHAVIOURS, REFUSALS

ROOT = Path(__file__).parents[2]
PLAYED = [behaviour for behaviour in BEHAVIOURS if not behaviour.elsewhere]


@pytest.mark.parametrize("behaviour", PLAYED, ids=lambda one: one.id)
def test_behaviour(behaviour: Behaviour) -> None:
    subject = scenario.Subject(bpmn.parse(behaviour.files), "p")
    for scene in behaviour.plays:
        player = Player(behaviour, scene)
        for step in scene.steps:
            player.step(dict(step))
        player.compare(dict(scene.expect))
        if scene.native:
            report = scenario.run(subject, [("s", as_toml(scene))])
            assert report.ok, report.scenarios[0].reasons


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: one.id)
def test_refusal(refusal: Refusal) -> None:
    spec, causes = bpmn.inspect({"test.bpmn": refusal.content})
    said = [cause for cause in causes if refusal.says in cause.message and cause.severity == refusal.severity]
    assert said, causes
    assert (spec is None) == (refusal.severity == "error")
    for cause in causes:
        assert cause.file == "test.bpmn"
        assert cause.line is not None
        assert cause.element is not None
        assert cause.message
        assert cause.hint, f"nobody says how to mend: {cause.message}"


def test_the_coverage_page_is_up_to_date() -> None:
    text = (ROOT / "docs/bpmn-coverage.md").read_text(encoding="utf-8")
    assert text == coverage.page(), "python -m tests.bpmn.coverage > docs/bpmn-coverage.md"
    assert set(coverage.ABOUT) <= {one.element for one in BEHAVIOURS}


def test_every_sentence_is_there_once_and_every_test_it_names_exists() -> None:
    ids = [one.id for one in (*BEHAVIOURS, *REFUSALS)]
    assert len(ids) == len(set(ids))
    for one in BEHAVIOURS:
        path, _, name = one.elsewhere.partition("::")
        assert not path or f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), one.elsewhere


def test_the_scenario_runner_saves_and_reloads_after_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[bytes] = []
    given: list[bytes] = []
    advance, begin = bpmn.advance, bpmn.start

    def start(*what: Any, **more: Any) -> bpmn.Outcome:
        outcome = begin(*what, **more)
        given.append(outcome.snapshot)
        return outcome

    def step(spec: bpmn.Spec, snapshot: bytes, *what: Any) -> bpmn.Outcome:
        taken.append(bytes(snapshot))
        outcome = advance(spec, snapshot, *what)
        given.append(outcome.snapshot)
        return outcome

    monkeypatch.setattr(bpmn, "start", start)
    monkeypatch.setattr(bpmn, "advance", step)
    one = next(one for one in PLAYED if one.sentence.startswith("führt in einer Schleife jede Runde neu zusammen"))
    assert scenario.run(scenario.Subject(bpmn.parse(one.files), "p"), [("s", as_toml(one.plays[0]))]).ok
    assert len(taken) == 6
    assert taken == given[:-1]
