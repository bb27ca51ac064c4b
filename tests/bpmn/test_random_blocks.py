"""Random block-structured processes end alike whether kept in memory or reloaded at every step, and in every order."""

from __future__ import annotations

from random import Random

from lxml import etree

from engine.bpmn.definitions import KIND_NAMES
from engine.bpmn.reading import RUNNABLE
from tests.bpmn.all_blocks import AllBlocks
from tests.bpmn.blocks import FACTS
from tests.bpmn.dice import LENGTH, Dice, rolls
from tests.bpmn.drive import Planned, Reloaded, Straight, begun, happened

FIRST = {**FACTS, "n": 0}


@rolls(10)
def test_the_order_of_completion_and_a_reload_at_every_step_change_nothing(content: bytes) -> None:
    blocks = AllBlocks(content[16:])
    straight = Planned(blocks, begun(Straight, blocks, FIRST), lambda count: 0).run()
    reloaded = Planned(blocks, begun(Reloaded, blocks, FIRST), Dice(content[:16] * 20).below).run()
    assert straight.state == reloaded.state
    assert sorted(straight.ends) == sorted(reloaded.ends)
    assert straight.variables == reloaded.variables
    assert happened(straight) == happened(reloaded)


def test_all_elements_are_drawn() -> None:
    random, seen = Random(1), set[str]()
    for _ in range(400):
        blocks = AllBlocks(random.randbytes(LENGTH))
        for content in blocks.files.values():
            seen |= {str(etree.QName(node).localname) for node in etree.fromstring(content).iter()}
    assert seen >= RUNNABLE
    assert {f"{kind}EventDefinition" for kind in KIND_NAMES} <= seen
    assert {"multiInstanceLoopCharacteristics", "standardLoopCharacteristics", "association"} <= seen
