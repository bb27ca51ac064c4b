"""The engine and an independent token game go alike, whatever is done in whatever order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import pytest

from engine import bpmn
from engine.bpmn import budget
from tests.bpmn.blocks import FACTS, Blocks
from tests.bpmn.diagrams import Fall, begin
from tests.bpmn.dice import Dice, rolls
from tests.bpmn.oracle import Endless, Game, Place
from tests.bpmn.tangles import Tangle

FIRST = {**FACTS, "n": 0, "x": False}
WORDS = {bpmn.UserTask: "task", bpmn.Timer: "timer", bpmn.Expected: "message", bpmn.Incident: "stuck"}


@pytest.fixture(autouse=True, scope="module")
def fewer_steps() -> Iterator[None]:
    """A loop without a wait comes to its end sooner."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(budget, "MAX_STEPS", 3000)
        yield


def play(content: bytes, dice: Dice, most: int) -> None:
    """Do the same in both, and compare what is open, known and ended after each step."""
    spec, _ = bpmn.inspect({"p.bpmn": content})
    if spec is None:
        return  # a loop that nothing leaves
    with suppress(Endless):
        game = Game(content, FIRST)
        fall = begin(content, **FIRST)
        compare(game, fall)
        for _ in range(most):
            if not 0 < len(game.open) < 40:
                return
            places = sorted(game.open, key=lambda place: place.serial)
            place = dice.pick(places)
            number = [other for other in places if key(other) == key(place)].index(place)
            values = {dice.pick(["ja", "x", "drei"]): dice.pick([True, False])} if dice.chance(40) else {}
            wait = sorted((w for w in fall.waits.values() if key(w) == key(place)), key=lambda w: int(w.token))[number]
            game.answer(place, values if place.waits != "timer" else {})
            answer(fall, wait, values)
            compare(game, fall)


def answer(fall: Fall, wait: bpmn.Wait, values: dict[str, bool]) -> None:
    if isinstance(wait, bpmn.UserTask):
        fall.send(bpmn.TaskCompleted(wait.token, values))
    elif isinstance(wait, bpmn.Timer):
        fall.now = max(fall.now, wait.due)
        fall.send(bpmn.TimerDue(wait.token))
    elif isinstance(wait, bpmn.Expected):
        fall.send(bpmn.MessageIn(wait.name, wait.key, values, wait.token))
    else:
        fall.send(bpmn.Retry(wait.token, values))


def key(one: bpmn.Wait | Place) -> tuple[str, str, int | None]:
    if isinstance(one, Place):
        assert one.node is not None
        return one.node.id, one.waits, one.item if one.waits == "task" else None
    return one.element, WORDS[type(one)], getattr(one, "item", None)


def compare(game: Game, fall: Fall) -> None:
    assert sorted(fall.ends) == sorted(game.ends)
    assert fall.variables == game.root.variables
    opened = Counter(map(key, fall.waits.values()))
    if not game.ended and not game.open:
        assert all(place.waits == "join" for place in game.places() if not place.inside)
        assert fall.incident.message == "wartet auf einen Fluss, auf dem nichts mehr kommen kann"
    else:
        assert opened == Counter(map(key, game.open))
        assert (fall.state == "completed") == game.ended


@rolls(3)
def test_block_structured_processes_go_as_in_the_token_game(content: bytes) -> None:
    play(Blocks(content[24:]).main, Dice(content[:24] * 10), 40)


@rolls(3)
def test_graphs_wired_at_will_go_as_in_the_token_game(content: bytes) -> None:
    play(Tangle(content[24:], core=True).main, Dice(content[:24] * 10), 30)
