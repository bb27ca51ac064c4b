"""Graphs wired at will, and anything at any time: nothing raises, no token is lost, memory and snapshot are one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine import bpmn
from engine.bpmn import budget, snapshot
from tests.bpmn.all_blocks import AllBlocks, Turns
from tests.bpmn.blocks import FACTS
from tests.bpmn.diagrams import START
from tests.bpmn.dice import Dice, rolls
from tests.bpmn.drive import Planned, Reloaded, Straight, begun
from tests.bpmn.tangles import Tangle
from tests.bpmn.wild import play

FIRST = {**FACTS, "n": 0, "x": False}


@pytest.fixture(autouse=True, scope="module")
def fewer_steps() -> Iterator[None]:
    """A loop without a wait comes to its end sooner."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(budget, "MAX_STEPS", 300)
        yield


@rolls(2)
def test_whatever_happens_in_a_graph_wired_at_will_it_waits_or_ends(content: bytes) -> None:
    tangle = Tangle(content[32:])
    spec, causes = bpmn.inspect({"p.bpmn": tangle.main})
    if spec is None:  # only what never ends is refused
        assert all("Schleife ohne Ausgang" in cause.message for cause in causes if cause.severity == "error")
        return
    play([kind(tangle.main, FIRST, START) for kind in (Straight, Reloaded)], Dice(content[:32] * 10), 40)


@rolls(3)
def test_whatever_happens_in_blocks_of_every_element_they_wait_or_end(content: bytes) -> None:
    blocks = AllBlocks(content[32:])
    play([begun(kind, blocks, FIRST) for kind in (Straight, Reloaded)], Dice(content[:32] * 10), 60, blocks.plan)


@rolls(1)
def test_a_loop_is_as_large_at_its_tenth_turn_as_at_its_third(content: bytes) -> None:
    """Whatever a turn is made of, nothing of it stays. Numbers may have become longer."""
    blocks = Turns(content)
    fall = begun(Reloaded, blocks, FIRST)
    planned = Planned(blocks, fall, lambda count: 0)
    sizes: list[tuple[int, int, int]] = []
    while len(sizes) < 10:
        planned.step()
        if any(wait.element.startswith("ruht") for wait in fall.waits.values()):
            kept = snapshot.load(fall.spec, fall.outcome.snapshot, START)
            sizes.append((len(kept.tasks), len(kept.scopes), len(fall.outcome.snapshot)))
    assert sizes[9][:2] == sizes[2][:2]
    assert sizes[9][2] <= sizes[2][2] * 1.1
