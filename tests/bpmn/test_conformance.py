"""Every behaviour of every element: played by the scenario runner, and once more step by step with rows compared."""

from __future__ import annotations

import pytest

from engine import bpmn
from engine.verbs import scenario
from tests.bpmn.conformance.behaviour import Behaviour
from tests.bpmn.conformance.player import Player, as_toml
from tests.bpmn.conformance.suite import BEHAVIOURS

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
