"""Whatever is uploaded: a list of findings that say what and where, and what is accepted runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine import bpmn
from engine.base.errors import Cause
from engine.bpmn import budget
from tests.bpmn.all_blocks import AllBlocks
from tests.bpmn.blocks import FACTS
from tests.bpmn.diagrams import START
from tests.bpmn.dice import Dice, rolls
from tests.bpmn.drive import Reloaded
from tests.bpmn.mutations import mutate
from tests.bpmn.tangles import Tangle
from tests.bpmn.wild import play

FIRST = {**FACTS, "n": 0, "x": False}


@pytest.fixture(autouse=True, scope="module")
def fewer_steps() -> Iterator[None]:
    """A loop without a wait comes to its end sooner."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(budget, "MAX_STEPS", 300)
        yield


def check(files: dict[str, bytes], dice: Dice) -> bpmn.Spec | None:
    """Inspect, and run what is accepted from each of its starts."""
    spec, causes = bpmn.inspect(files)
    assert [cause for cause in causes if not said(cause)] == []
    assert (spec is None) == any(cause.severity == "error" for cause in causes)
    if spec is None:
        return None
    for id in spec.compiled:
        for node in spec.compiled[id].starts():
            outcome = bpmn.start(spec, id, FIRST, START, at=node.name)
            for wait in bpmn.waits(spec, outcome.snapshot, START):
                bpmn.variables(spec, outcome.snapshot, wait.token)
            bpmn.active_elements(spec, outcome.snapshot)
        spec.starts(id)
    process = spec.compiled.get("p")
    if process is not None and process.start is not None:
        play([Reloaded({**files}, FIRST, START)], dice, 12)
    return spec


def said(cause: Cause) -> bool:
    return bool(cause.message and cause.hint and cause.file and cause.line)


@rolls(3)
def test_any_change_to_a_diagram_of_every_element_is_found_or_runs(content: bytes) -> None:
    blocks = AllBlocks(content[40:])
    dice = Dice(content[:40] * 10)
    check({name: mutate(file, dice, 2) if dice.chance(70) else file for name, file in blocks.files.items()}, dice)


@rolls(3)
def test_any_change_to_a_graph_wired_at_will_is_found_or_runs(content: bytes) -> None:
    dice = Dice(content[:40] * 10)
    check({"p.bpmn": mutate(Tangle(content[40:]).main, dice, 2)}, dice)
