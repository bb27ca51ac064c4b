"""Random block-structured processes whose end does not depend on the order in which their tasks are completed.

Every block has one way in and one way out. What could make the order matter is left out by construction: an error, a
termination or a compensation is only thrown where nothing else goes on beside it (`Place.codes`), branches write
variables of their own or count, and a `Plan` says which events at the edges happen, and that they do so before anything inside.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from tests.bpmn import diagrams as d
from tests.bpmn.dice import Dice

FACTS = {"ja": True, "nein": False, "drei": 3, "leer": None, "id": "1"}
CONDITIONS = ("ja", "nein", "drei > 2", "drei = 4", "leer = null")
ITEMS = ("[1, 2]", "[1, null, 3]", "[]", "[drei]", "[[1], [2]]")
Span = tuple[str, str]


@dataclass(frozen=True)
class Happens:
    """An event at an activity or in a scope (`host`) that happens: each time it is waited for, or so many times in all."""

    host: str
    interrupting: bool
    times: int | None


@dataclass
class Plan:
    """What is done with the things a process waits for."""

    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What completing a task, job or message brings."""
    events: dict[str, Happens] = field(default_factory=dict)
    never: set[str] = field(default_factory=set)
    """Events that do not happen."""
    fails: dict[str, int] = field(default_factory=dict)
    """How often a job fails before it is done."""
    throws: dict[str, str] = field(default_factory=dict)
    """With which error a job ends."""
    parents: dict[str, str] = field(default_factory=dict)
    """What each element stands in; "" is the process."""


@dataclass(frozen=True)
class Place:
    """Where a block is drawn."""

    parts: list[str]
    container: str = ""
    codes: tuple[str, ...] = ()
    """Errors and escalations that are caught outside, and nothing goes on beside this in what catches them."""
    beside: bool = False
    """Something may go on beside the rest of the scope."""
    conditions: tuple[str, ...] = CONDITIONS
    depth: int = 0
    called: bool = False


class Blocks:
    """One random process with its plan, of what the token game (`tests.bpmn.oracle`) knows too."""

    simple: tuple[str, ...] = ("user", "script", "catch")
    composed: tuple[str, ...] = ("parallel", "exclusive", "inclusive", "race", "nested", "several", "edge", "alongside")
    awaited: tuple[str, ...] = ("timer", "message")

    def __init__(self, content: bytes) -> None:
        self.dice = Dice(content)
        self.plan = Plan()
        self.fuel = 14
        self.count = 0
        self.head: list[str] = []
        self.processes: list[bytes] = []
        parts = self.whole()
        self.main = d.process(*parts, head="".join(self.head))

    def whole(self) -> list[str]:
        """What the process consists of."""
        place = Place([], beside=self.dice.chance(40))
        self.close(place, self.sequence(place, 4))
        return place.parts

    @property
    def files(self) -> dict[str, bytes]:
        called = {f"{number}.bpmn": content for number, content in enumerate(self.processes)}
        rules = any(b"calledDecision" in content for content in (self.main, *self.processes))
        return {"p.bpmn": self.main, **called, **({"t.dmn": d.DMN} if rules else {})}

    # --- parts -------------------------------------------------------------------------------------------------------

    def name(self, place: Place, kind: str) -> str:
        self.count += 1
        id = f"{kind}{self.count}"
        self.plan.parents[id] = place.container
        return id

    def put(self, place: Place, kind: str, make: Callable[..., str], *given: Any, **more: Any) -> str:
        id = self.name(place, kind)
        place.parts.append(make(id, *given, **more))
        return id

    def flow(self, place: Place, source: str, target: str, when: str = "") -> str:
        self.count += 1
        place.parts.append(d.flow(source, target, when, f"f{self.count}"))
        return f"f{self.count}"

    def close(self, place: Place, span: Span) -> None:
        """Put a start before and an end behind."""
        self.flow(place, self.put(place, "start", d.start), span[0])
        self.flow(place, span[1], self.put(place, "end", d.end))

    def sequence(self, place: Place, most: int = 3) -> Span:
        spans = [self.block(place) for _ in range(1 + self.dice.below(most))]
        for before, after in itertools.pairwise(spans):
            self.flow(place, before[1], after[0])
        return spans[0][0], spans[-1][1]

    def block(self, place: Place) -> Span:
        self.fuel -= 1
        if self.fuel < 0 or place.depth > 4 or not self.dice.chance(65):
            return self.draw(self.simple, place)
        return self.draw(self.composed, place)

    def draw(self, kinds: tuple[str, ...], place: Place) -> Span:
        make: Callable[[Place], Span] = getattr(self, self.dice.pick(kinds))
        return make(place)

    def inside(self, place: Place, id: str, *, codes: tuple[str, ...] | None = None, **more: Any) -> Place:
        """The place in a sub-process; what may go on beside the rest there keeps errors from being thrown out of it."""
        beside = codes is None and self.dice.chance(40)
        known = () if beside else place.codes if codes is None else codes
        return replace(place, parts=[], container=id, codes=known, beside=beside, depth=place.depth + 1, **more)

    # --- what is done at once, or by one event -------------------------------------------------------------------------

    def user(self, place: Place, *inside: str) -> Span:
        id = self.name(place, "u")
        self.plan.answers[id] = {f"r_{id}": self.dice.pick([1, "text", None, 2.5, [1, {"a": 2}]])}
        outputs = {f"m_{id}": f"=r_{id}"} if self.dice.chance(20) else None
        inputs = {f"l_{id}": "=drei + 1"} if self.dice.chance(20) else None
        place.parts.append(d.user(id, *inside, inputs=inputs, outputs=outputs))
        return id, id

    def script(self, place: Place, *inside: str) -> Span:
        id = self.name(place, "s")
        counts = not place.called and self.dice.chance(60)
        expression, result = ("n + 1", "n") if counts else ("drei * 7 / 3", f"r_{id}")
        place.parts.append(d.script(id, expression, result, *inside))
        return id, id

    def catch(self, place: Place) -> Span:
        id = self.name(place, "c")
        place.parts.append(self.waits_for(id, self.dice.pick(self.awaited)))
        return id, id

    def waits_for(self, id: str, what: str) -> str:
        if what == "receive":
            return d.node("receiveTask", id, messageRef=self.reference(id, "message"))
        return d.catching(id, what, self.reference(id, what))

    def reference(self, id: str, what: str, *, again: bool = False) -> str:
        """What an event definition refers to; defines it."""
        if what == "timer":
            return "PT1H"
        ref = f"{what}_{id}"
        if what == "message":
            self.plan.answers[id] = {f"r_{id}": id}
            self.head.append(d.message(ref, ref, "id"))
        else:
            self.head.append(d.signal(ref, ref) if what == "signal" else getattr(d, what)(ref, ref))
        return ref

    # --- gateways ------------------------------------------------------------------------------------------------------

    def branches(self, place: Place, split: str, join: str, conditional: bool, default: str = "") -> None:
        for number in range(2 + self.dice.below(2)):
            if default and number == 0:
                continue
            span = self.sequence(place, 2) if self.dice.chance(85) else None
            when = self.dice.pick(place.conditions) if conditional else ""
            self.flow(place, split, span[0] if span else join, when)
            if span:
                self.flow(place, span[1], join)
        if default:
            place.parts.append(d.flow(split, join, id=default))

    def parallel(self, place: Place) -> Span:
        split, join = self.put(place, "p", d.par), self.put(place, "q", d.par)
        self.branches(replace(place, codes=(), depth=place.depth + 1), split, join, conditional=False)
        return split, join

    def exclusive(self, place: Place) -> Span:
        split, join = self.name(place, "x"), self.put(place, "y", d.xor)
        place.parts.append(d.xor(split, f"{split}_sonst"))
        self.branches(replace(place, depth=place.depth + 1), split, join, conditional=True, default=f"{split}_sonst")
        return split, join

    def inclusive(self, place: Place) -> Span:
        split, join = self.name(place, "i"), self.put(place, "k", d.incl)
        place.parts.append(d.incl(split, f"{split}_sonst"))
        inner = replace(place, codes=(), depth=place.depth + 1)
        self.branches(inner, split, join, conditional=True, default=f"{split}_sonst")
        return split, join

    def race(self, place: Place) -> Span:
        split, join = self.put(place, "g", d.event_gateway), self.put(place, "y", d.xor)
        count = 2 + self.dice.below(2)
        first = self.dice.below(count)
        for number in range(count):
            id, kind = self.name(place, "c"), self.dice.pick(self.awaited)
            place.parts.append(self.waits_for(id, kind))
            if number != first:
                self.plan.never.add(id)
            span = self.sequence(replace(place, depth=place.depth + 1), 2)
            self.flow(place, split, id)
            self.flow(place, id, span[0])
            self.flow(place, span[1], join)
        return split, join

    # --- activities ----------------------------------------------------------------------------------------------------

    def activity(self, place: Place, inside: str = "", **more: Any) -> str:
        """One activity, of a random kind; `inside` is its loop."""
        if self.dice.chance(50):
            return self.container(place, inside, **more)
        return self.user(place, inside)[0]

    def container(self, place: Place, inside: str = "", **more: Any) -> str:
        id = self.name(place, "sp")
        inner = self.inside(place, id, **more)
        self.close(inner, self.sequence(inner))
        place.parts.append(d.sub(id, *inner.parts, inside=inside))
        return id

    def nested(self, place: Place) -> Span:
        id = self.container(place)
        return id, id

    def several(self, place: Place) -> Span:
        """A multi-instance."""
        item, one_by_one = f"it{self.count}", self.dice.chance(50)
        until = self.dice.pick(["", "numberOfCompletedInstances >= 2"]) if one_by_one else ""
        into = f"alle_{item}" if self.dice.chance(50) else ""
        what = self.dice.pick(ITEMS)
        inside = d.loop(what, item, into, f"[{item}, drei]" if into else "", until, one_by_one=one_by_one)
        known = (*place.conditions, f"{item} = 1", f"{item} = null")
        codes = None if one_by_one else ()
        id = self.activity(place, inside, codes=codes, conditions=known)
        return id, id

    # --- events at the edge ----------------------------------------------------------------------------------------------

    def edge(self, place: Place) -> Span:
        """An activity with an event that interrupts it, and may happen."""
        if self.dice.chance(30):
            loop = d.loop(self.dice.pick(ITEMS), f"it{self.count}", one_by_one=self.dice.chance(50))
            host = self.activity(place, loop, codes=())
        else:
            host = self.activity(place)
        return self.caught(place, host, self.dice.pick(self.awaited[:3]))

    def caught(self, place: Place, host: str, what: str, reference: str | None = None) -> Span:
        """An event at an activity that interrupts it; its way comes together with the activity's own."""
        event, join = self.name(place, "b"), self.put(place, "y", d.xor)
        place.parts.append(d.at(host, event, what, self.reference(event, what) if reference is None else reference))
        if reference is None and self.dice.chance(50):
            self.plan.events[event] = Happens(host, True, None)
        elif reference is None:
            self.plan.never.add(event)
        self.flow(place, host, join)
        self.flow(place, event, self.lead(place, join))
        return host, join

    def lead(self, place: Place, target: str) -> str:
        """What comes before a target: perhaps something, perhaps nothing."""
        if not self.dice.chance(60):
            return target
        span = self.draw(self.simple, place)
        self.flow(place, span[1], target)
        return span[0]

    def alongside(self, place: Place) -> Span:
        """An activity with an event beside it."""
        host = self.activity(place)
        if place.beside:
            event, what = self.name(place, "b"), self.dice.pick(self.awaited[:3])
            if what == "timer" and self.dice.chance(50):
                place.parts.append(d.beside_timer(event, host, self.dice.pick(["R2/PT1H", "R1/PT1H"]), "timeCycle"))
            else:
                place.parts.append(d.at(host, event, what, self.reference(event, what), True))
            self.flow(place, event, self.lead(replace(place, conditions=()), self.put(place, "end", d.end)))
            self.plan.events[event] = Happens(host, False, None if what == "timer" else self.dice.pick([1, 0, 2]))
        return host, host
