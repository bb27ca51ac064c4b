"""A token game for the core of BPMN, written from the standard and not from the engine, to compare the engine with.

It knows exclusive, parallel, inclusive and event-based gateways, tasks, sub-processes, boundary timers and messages, ways
back and multi-instance, and reads the same XML by itself (`drawing`). A token stands in a node and knows the flow it has come
by; scopes form a tree. Nothing is ever saved, nothing is fast, and a rule stands beside its clause of BPMN 2.0.2.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from engine.feel import compile_expression
from tests.bpmn.drawing import B, Drawing, Drawn, Line, Z

TASKS = ("userTask", "scriptTask", "subProcess")
MOST = 1500


class Endless(Exception):
    """More steps than the game is played for."""


@dataclass(eq=False)
class Place:
    """An activity or event that is going on, or a token that waits at a join. A scope has tokens inside it."""

    node: Drawn | None
    around: Place | None
    variables: dict[str, Any] = field(default_factory=dict)
    inside: list[Place] = field(default_factory=list)
    by: Line | None = None
    """The flow by which it has come."""
    host: Place | None = None
    """What an event stands at, or its event gateway."""
    waits: str = ""
    """task | timer | message | join | stuck"""
    left: int = 1
    """How often an event beside an activity may still happen; -1: for ever."""
    turns: list[Any] | None = None
    """A multi-instance as a whole: its items."""
    done: int = 0
    item: int | None = None
    collected: list[Any] = field(default_factory=list)
    came: int = 0
    """When it came to a join."""
    serial: int = field(default_factory=itertools.count().__next__)

    def chain(self) -> Iterator[Place]:
        place: Place | None = self
        while place is not None:
            yield place
            place = place.around


class Game:
    """One instance. `open` is what can be answered now; `answer` answers it."""

    def __init__(self, content: bytes, variables: Mapping[str, Any]) -> None:
        self.drawing = Drawing(content)
        self.ends: list[str] = []
        self.steps = self.came = 0
        self.root = Place(None, None, dict(variables))
        self.moving: deque[Place] = deque()
        self.ended = False
        self.enter(self.drawing.start(""), self.root, None)
        self.quiet()

    # --- what can be seen and done ---------------------------------------------------------------------------------------

    def places(self, within: Place | None = None) -> Iterator[Place]:
        for place in (within or self.root).inside:
            yield place
            yield from self.places(place)

    @property
    def open(self) -> list[Place]:
        return [place for place in self.places() if place.waits in ("task", "timer", "message", "stuck")]

    def answer(self, place: Place, values: Mapping[str, Any]) -> None:
        """A task is completed, time has passed, a message has come; or a person tries again."""
        self.steps = 0
        if place.waits == "stuck":
            for name, value in values.items():
                self.put(place.around, name, value)
            place.waits = ""
            self.moving.append(place)
        elif place.node is not None and place.node.kind == "boundaryEvent":
            self.at_the_edge(place, values)
        else:
            place.waits = ""
            self.give(place, values)
            self.leave(place)
        self.quiet()

    # --- moving ----------------------------------------------------------------------------------------------------------

    def quiet(self) -> None:
        """Until nothing moves. Inclusive joins are looked at when all else is done: only then is what can still come known."""
        while not self.ended:
            if self.moving:
                self.steps += 1
                if self.steps > MOST:
                    raise Endless
                place = self.moving.popleft()
                if place.around is not None and place in place.around.inside:
                    self.act(place)
            elif not self.close_one() and not self.join_one():
                return

    def enter(self, node: Drawn, scope: Place, by: Line | None) -> None:
        place = Place(node, scope, by=by)
        scope.inside.append(place)
        self.moving.append(place)

    def act(self, place: Place) -> None:
        """What a node does with a token that has come to it (13.3, 13.4)."""
        node = place.node
        assert node is not None
        self.came += 1
        place.came = self.came
        if node.kind == "parallelGateway" and len(node.into) > 1:
            place.waits = "join"
            self.synchronise(place)
        elif node.kind == "inclusiveGateway" and len(node.into) > 1 and place.waits != "joined":
            place.waits = "join"
        elif node.kind == "eventBasedGateway":
            place.waits = "choice"
            for line in node.out:
                self.listen(line.target, place, line)
        elif node.kind == "intermediateCatchEvent":
            place.waits = "timer" if node.timed else "message"
        elif node.kind in TASKS:
            self.begin(place)
        else:
            self.leave(place)

    def listen(self, node: Drawn, host: Place, by: Line | None) -> None:
        assert host.around is not None
        event = Place(node, host.around, by=by, host=host, waits="timer" if node.timed else "message")
        cycle = node.find(f"{B}timerEventDefinition/{B}timeCycle")
        if cycle is not None:
            event.left = int((cycle.text or "").partition("/")[0].removeprefix("R"))
        elif node.kind == "boundaryEvent" and not node.timed:
            event.left = -1
        host.around.inside.append(event)

    def leave(self, place: Place) -> None:
        """A node is done: its token goes on by the flows that are chosen."""
        node, scope = place.node, place.around
        assert node is not None
        assert scope is not None
        if place.item is not None:
            self.turn_done(place)
            return
        chosen = self.choose(place)
        if chosen is None:
            place.waits = "stuck"
            return
        if place.host is not None and place.host.waits == "choice":  # 13.4.4: the first event decides
            self.end(place.host, keep=place)
        self.end(place)
        if node.kind == "endEvent" and scope is self.root:
            self.ends.append(node.id)
        for line in chosen:
            self.enter(line.target, scope, line)

    def choose(self, place: Place) -> list[Line] | None:
        """The flows a token leaves by (13.3.1 for activities, 13.4.2 exclusive, 13.4.3 inclusive); None: there is none."""
        node = place.node
        assert node is not None
        default = node.xml.get("default")
        if node.kind == "parallelGateway":
            return node.out
        chosen = []
        for line in node.out:
            if line.id == default or (node.kind == "exclusiveGateway" and line.condition is None):
                continue
            holds = True if line.condition is None else self.value(place, line.condition)
            if not isinstance(holds, bool):
                return None
            if holds:
                chosen.append(line)
                if node.kind == "exclusiveGateway":
                    return chosen
        if node.kind == "exclusiveGateway":
            chosen = [line for line in node.out if line.condition is None and line.id != default][:1]
        chosen = chosen or [line for line in node.out if line.id == default]
        return chosen if chosen or not node.out else None

    # --- joins -----------------------------------------------------------------------------------------------------------

    def waiting(self, place: Place) -> dict[str, list[Place]]:
        """Who waits at a join, by the flow they have come by."""
        found: dict[str, list[Place]] = {}
        assert place.around is not None
        for other in place.around.inside:
            if other.node is place.node and other.waits == "join" and other.by is not None:
                found.setdefault(other.by.id, []).append(other)
        return {id: sorted(others, key=lambda other: other.came) for id, others in found.items()}

    def synchronise(self, place: Place) -> None:
        """13.4.1: a parallel join takes one token from each of its flows."""
        waiting = self.waiting(place)
        assert place.node is not None
        if len(waiting) == len(place.node.into):
            self.merge(place, waiting)

    def merge(self, place: Place, waiting: dict[str, list[Place]]) -> None:
        assert place.by is not None
        for id, others in waiting.items():
            if id != place.by.id:
                self.end(others[0])
        self.leave(place)

    def join_one(self) -> bool:
        """13.4.3: an inclusive join goes on if nothing can come by an empty flow that could not also come by another."""
        for place in sorted(self.places(), key=lambda place: place.came):
            if place.waits != "join" or place.node is None or place.node.kind != "inclusiveGateway":
                continue
            waiting = self.waiting(place)
            assert place.around is not None
            others = [o.node for o in place.around.inside if o.node not in (None, place.node) and o.host is None]
            if all(self.lets_go(other, place.node, set(waiting)) for other in others if other is not None):
                place.waits = "joined"
                self.merge(place, waiting)
                return True
        return False

    def lets_go(self, other: Drawn, join: Drawn, come: set[str]) -> bool:
        """Whether a join need not wait for a token at another node."""
        seen, todo, reached = set[str](), [other], set[str]()
        while todo:
            node = todo.pop()
            if node.id in seen:
                continue
            seen.add(node.id)
            for line in [line for at in (node, *node.edge) for line in at.out]:
                if line.target is join:
                    reached.add(line.id)
                else:
                    todo.append(line.target)
        return not reached or bool(reached & come)

    # --- activities ------------------------------------------------------------------------------------------------------

    def begin(self, place: Place) -> None:
        node = place.node
        assert node is not None
        several = node.find(f"{B}multiInstanceLoopCharacteristics")
        if several is not None and place.item is None:
            self.begin_all(place, several)
            return
        for mapping in node.xml.iterfind(f"{B}extensionElements/{Z}ioMapping/{Z}input"):
            place.variables[mapping.get("target", "")] = self.value(place, mapping.get("source", "").removeprefix("="))
        if place.item is None:
            self.watch(place)
        if node.kind == "userTask":
            place.waits = "task"
        elif node.kind == "scriptTask":
            script = node.find(f"{B}extensionElements/{Z}script")
            assert script is not None
            value = self.value(place, script.get("expression", "").removeprefix("="))
            self.give(place, {script.get("resultVariable", ""): value})
            self.leave(place)
        else:
            self.enter(self.drawing.start(node.id), place, None)

    def watch(self, place: Place) -> None:
        for event in place.node.edge if place.node is not None else ():
            self.listen(event, place, None)

    def begin_all(self, place: Place, several: etree._Element) -> None:
        """13.3.7: all instances at once, or one after another."""
        given = several.find(f"{B}extensionElements/{Z}loopCharacteristics")
        assert given is not None
        place.turns = list(self.value(place, given.get("inputCollection", "").removeprefix("=")))
        place.collected = [None] * len(place.turns)
        if not place.turns:
            self.finish_all(place)
            return
        self.watch(place)
        for index in range(1 if several.get("isSequential") == "true" else len(place.turns)):
            self.begin_turn(place, index + 1)

    def begin_turn(self, whole: Place, number: int) -> None:
        assert whole.node is not None
        assert whole.turns is not None
        given = whole.node.find(f"{B}multiInstanceLoopCharacteristics/{B}extensionElements/{Z}loopCharacteristics")
        assert given is not None
        turn = Place(whole.node, whole, {"loopCounter": number}, item=number)
        if given.get("inputElement"):
            turn.variables[given.get("inputElement", "")] = whole.turns[number - 1]
        whole.inside.append(turn)
        self.moving.append(turn)

    def turn_done(self, turn: Place) -> None:
        whole, node = turn.around, turn.node
        assert whole is not None
        assert whole.turns is not None
        assert node is not None
        several = node.find(f"{B}multiInstanceLoopCharacteristics")
        assert several is not None
        made = several.find(f"{B}extensionElements/{Z}loopCharacteristics")
        assert made is not None
        if made.get("outputElement"):
            whole.collected[(turn.item or 1) - 1] = self.value(turn, made.get("outputElement", "").removeprefix("="))
        whole.done += 1
        self.end(turn)
        enough, until = False, several.find(f"{B}completionCondition")
        if until is not None:
            counts = {"numberOfCompletedInstances": whole.done, "numberOfInstances": len(whole.turns)}
            enough = self.value(turn, (until.text or "").removeprefix("="), counts) is True
        if enough:
            whole.inside.clear()
        elif several.get("isSequential") == "true" and whole.done < len(whole.turns):
            self.begin_turn(whole, whole.done + 1)

    def finish_all(self, whole: Place) -> None:
        assert whole.node is not None
        given = whole.node.find(f"{B}multiInstanceLoopCharacteristics/{B}extensionElements/{Z}loopCharacteristics")
        assert given is not None
        if given.get("outputCollection"):
            self.put(whole.around, given.get("outputCollection", ""), whole.collected)
        self.leave(whole)

    def at_the_edge(self, event: Place, values: Mapping[str, Any]) -> None:
        """13.5.3: a boundary event ends its activity and goes on, or goes on beside it."""
        host = event.host
        assert host is not None
        assert event.node is not None
        assert event.around is not None
        for name, value in values.items():
            self.put(event.around, name, value)
        if event.node.xml.get("cancelActivity") == "false":
            if event.left != 1:
                self.listen(event.node, host, None)
                event.around.inside[-1].left = event.left - 1 if event.left > 0 else -1
            event.host = None
        else:
            self.end(host, keep=event)
        event.waits = ""
        self.moving.append(event)

    def close_one(self) -> bool:
        """13.3.4: a sub-process is over when no token is left inside it; so is the process."""
        for place in (self.root, *self.places()):
            container = place is self.root or (place.node is not None and (place.node.kind == "subProcess" or place.turns))
            if not container or place.inside or place.waits or place in self.moving:
                continue
            if place is self.root:
                self.ended = True
            elif place.turns is not None:
                self.finish_all(place)
            else:
                self.leave(place)
            return True
        return False

    def end(self, place: Place, keep: Place | None = None) -> None:
        """Take a place away with all that stands at it."""
        assert place.around is not None
        around = place.around.inside
        around[:] = [one for one in around if one is not place and (one.host is not place or one is keep)]
        if keep is not None:
            keep.host = None

    # --- variables -------------------------------------------------------------------------------------------------------

    def value(self, place: Place, text: str, more: Mapping[str, Any] | None = None) -> Any:
        seen: dict[str, Any] = {}
        for one in reversed(list(place.chain())):
            seen.update(one.variables)
        return compile_expression(text).evaluate({**seen, **(more or {})}, [])

    def give(self, place: Place, values: Mapping[str, Any]) -> None:
        """What a task brings: kept to itself where it maps it outwards, else let out."""
        node = place.node
        assert node is not None
        outputs = list(node.xml.iterfind(f"{B}extensionElements/{Z}ioMapping/{Z}output"))
        if not outputs:
            for name, value in values.items():
                self.put(place, name, value)
            return
        place.variables.update(values)
        for mapping in outputs:
            value = self.value(place, mapping.get("source", "").removeprefix("="))
            self.put(place if place.item is not None else place.around, mapping.get("target", ""), value)

    def put(self, place: Place | None, name: str, value: Any) -> None:
        """A variable is changed where it is known; a new one belongs to the process."""
        for one in place.chain() if place is not None else ():
            if name in one.variables or one is self.root:
                one.variables[name] = value
                return
