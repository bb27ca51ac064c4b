"""Random blocks of every element of BPMN: jobs, calls, loops, errors, compensation, events that start inside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.bpmn import diagrams as d
from tests.bpmn.blocks import CONDITIONS, FACTS, Blocks, Happens, Place, Span


class AllBlocks(Blocks):
    """One random process of all elements with its plan."""

    simple = (*Blocks.simple, "service", "passing")
    composed = (
        *Blocks.composed, "again", "back", "attempt", "service_error", "escalation", "started_inside", "saga", "transaction",
        "link", "adhoc", "condition", "flagged", "terminated", "split_by_task",
    )  # fmt: skip
    awaited = ("timer", "message", "signal", "receive")

    def service(self, place: Place, *inside: str) -> Span:
        id = self.name(place, "j")
        self.plan.answers[id] = {f"r_{id}": self.dice.pick([1, {"x": [None, 1.5]}])}
        self.plan.fails[id] = self.dice.pick([0, 0, 1, 2])
        inputs = {"wert": "=drei"} if self.dice.chance(30) else None
        place.parts.append(d.service(id, *inside, inputs=inputs))
        return id, id

    def passing(self, place: Place) -> Span:
        """Something that is over at once."""
        kind = self.dice.pick(["throw", "manual", "message", "signal", "send", "receive", "task", "rule", "script"])
        id = self.name(place, "t")
        if kind == "throw":
            place.parts.append(d.throw(id))
        elif kind in ("manual", "task"):
            place.parts.append(d.node(kind.replace("manual", "manualTask"), id))
        elif kind == "rule":
            place.parts.append(d.decide(id, "schutz", f"r_{id}", {"umfang": "=drei"}))
        elif kind == "script":
            place.parts.append(d.node("scriptTask", id, "", "<bpmn:script>=1</bpmn:script>", scriptFormat="feel"))
        elif kind == "send":
            place.parts.append(d.node("sendTask", id, messageRef=self.reference(id, "message")))
        elif kind == "receive":
            place.parts.append(d.node("receiveTask", id, messageRef=self.reference(id, "message")))
        else:
            place.parts.append(d.throw(id, kind, self.reference(id, kind)))
        return id, id

    def split_by_task(self, place: Place) -> Span:
        """A task with several flows out of it, without a gateway."""
        split, join = self.user(place)[0], self.name(place, "q")
        conditional = self.dice.chance(50)
        inner = replace(place, codes=(), depth=place.depth + 1)
        if conditional:
            place.parts[-1] = d.user(split, default=f"{split}_sonst")
        place.parts.append(d.incl(join) if conditional else d.par(join))
        self.branches(inner, split, join, conditional, default=f"{split}_sonst" if conditional else "")
        return split, join

    def call(self, place: Place, inside: str = "", **more: Any) -> str:
        id = self.name(place, "ca")
        inner = self.inside(place, id, called=True, **more)
        down = self.dice.chance(80)
        if not down:
            inner = replace(inner, conditions=CONDITIONS)
        self.close(inner, self.sequence(inner))
        self.processes.append(d.process(*inner.parts, id=f"prozess_{id}", head="".join(self.head)))
        inputs = None if down else {name: f"={name}" for name in FACTS}
        place.parts.append(d.call(id, f"prozess_{id}", inside, down=down, up=self.dice.chance(70), inputs=inputs))
        return id

    def again(self, place: Place) -> Span:
        inside = d.again(
            self.dice.pick(["loopCounter < 3", "loopCounter < 1", "nein"]), self.dice.chance(50), self.dice.pick([3, 0, 1, 2])
        )
        id = self.activity(place, inside)
        return id, id

    def back(self, place: Place) -> Span:
        """A way back, taken twice; what counts is a variable of a sub-process."""
        id = self.name(place, "sp")
        inner = self.inside(place, id)
        merge, split = self.put(inner, "y", d.xor), self.name(inner, "x")
        span, counter = self.sequence(inner, 2), f"z_{id}"
        count = self.put(inner, "s", d.script, f"{counter} + 1", counter)
        inner.parts.append(d.xor(split, f"{split}_sonst"))
        self.flow(inner, self.put(inner, "start", d.start), merge)
        self.flow(inner, merge, span[0])
        self.flow(inner, span[1], count)
        self.flow(inner, count, split)
        self.flow(inner, split, merge, f"{counter} < 3")
        inner.parts.append(d.flow(split, self.put(inner, "end", d.end), id=f"{split}_sonst"))
        place.parts.append(d.sub(id, *inner.parts, inputs={counter: "=0"}))
        return id, id

    def activity(self, place: Place, inside: str = "", **more: Any) -> str:
        made: list[Callable[[], str]] = [
            lambda: self.user(place, inside)[0],
            lambda: self.container(place, inside, **more),
            lambda: self.service(place, inside)[0],
            lambda: self.call(place, inside, **more),
        ]
        return self.dice.pick(made)()

    def nested(self, place: Place) -> Span:
        id = self.call(place) if self.dice.chance(40) else self.container(place)
        return id, id

    # --- what is thrown and caught -------------------------------------------------------------------------------------

    def thrown_inside(self, inner: Place, then: str, throw: str) -> None:
        """A sequence that comes to an end, by throwing or (if `nein`) quietly."""
        split, when = self.name(inner, "x"), self.dice.pick(["ja", "nein"])
        inner.parts.append(d.xor(split, f"{split}_sonst"))
        span = self.sequence(inner)
        self.flow(inner, self.put(inner, "start", d.start), span[0])
        self.flow(inner, span[1], split)
        self.flow(inner, split, throw, when)
        inner.parts.append(d.flow(split, self.put(inner, "end", d.end), id=f"{split}_sonst"))
        if then:
            self.flow(inner, throw, then)

    def attempt(self, place: Place) -> Span:
        """An error thrown in a sub-process or further inside, and caught at its edge or by an event sub-process."""
        id = self.name(place, "sp")
        code = f"error_{id}"
        self.head.append(d.error(code, code))
        inner = self.inside(place, id, codes=(*place.codes, code))
        known = [one for one in inner.codes if one.startswith("error")]
        thrown = self.put(inner, "e", d.end_error, self.dice.pick(known[::-1]))
        self.thrown_inside(inner, "", thrown)
        if self.dice.chance(30):
            self.event_sub(inner, "error", code)
        loop = d.loop("[1, 2]", one_by_one=True) if self.dice.chance(20) else ""
        place.parts.append(d.sub(id, *inner.parts, inside=loop))
        return self.caught(place, id, "error", self.dice.pick([code, ""]))

    def service_error(self, place: Place) -> Span:
        id = self.service(place)[0]
        code = f"error_{id}"
        self.head.append(d.error(code, code))
        if self.dice.chance(60):
            self.plan.throws[id] = code
        return self.caught(place, id, "error", code)

    def escalation(self, place: Place) -> Span:
        """An escalation that ends what it is thrown in, or that something beside it follows."""
        id = self.name(place, "sp")
        code = f"escalation_{id}"
        self.head.append(d.escalation(code, code))
        inner = self.inside(place, id, codes=place.codes)
        if self.dice.chance(50):
            thrown = self.put(inner, "t", d.throw, "escalation", code)
            self.thrown_inside(inner, self.put(inner, "end", d.end), thrown)
        else:
            self.thrown_inside(inner, "", self.put(inner, "e", d.ending, "escalation", code))
        place.parts.append(d.sub(id, *inner.parts))
        if not place.beside:
            return self.caught(place, id, "escalation", code)
        event = self.put(place, "b", lambda name: d.at(id, name, "escalation", code, True))
        self.flow(place, event, self.lead(place, self.put(place, "end", d.end)))
        return id, id

    def event_sub(self, inner: Place, what: str, reference: str, beside: bool = False) -> str:
        """An event sub-process in a scope; gives its start event."""
        id = self.name(inner, "es")
        within = self.inside(inner, id, codes=())
        start = self.put(within, "b", d.begins, what, reference, beside)
        span = self.draw(self.simple, within)
        self.flow(within, start, span[0])
        self.flow(within, span[1], self.put(within, "end", d.end))
        inner.parts.append(d.event_sub(id, *within.parts))
        return start

    def started_inside(self, place: Place) -> Span:
        """A sub-process in which an event starts another."""
        id = self.name(place, "sp")
        inner = self.inside(place, id)
        self.close(inner, self.sequence(inner))
        what = self.dice.pick(["timer", "message", "signal"])
        ref = self.reference(id, what)
        if what == "message":
            del self.plan.answers[id]
        start = self.event_sub(inner, what, ref, inner.beside)
        if not inner.beside and self.dice.chance(40):
            self.plan.never.add(start)
        else:
            times = None if what == "timer" or not inner.beside else self.dice.pick([1, 0, 2])
            self.plan.events[start] = Happens(id, not inner.beside, times)
        place.parts.append(d.sub(id, *inner.parts))
        return id, id

    def terminated(self, place: Place) -> Span:
        id = self.name(place, "sp")
        inner = self.inside(place, id, codes=place.codes)
        self.thrown_inside(inner, "", self.put(inner, "e", d.ending, "terminate"))
        place.parts.append(d.sub(id, *inner.parts))
        return id, id

    # --- compensation ----------------------------------------------------------------------------------------------------

    def undoable(self, place: Place) -> str:
        """An activity that can be undone."""
        host = self.activity(place, d.loop("[1, 2]", "v") if self.dice.chance(20) else "", codes=())
        handler = self.name(place, "h")
        if self.dice.chance(50):
            place.parts.append(d.script(handler, "7", f"r_{handler}", isForCompensation="true"))
        else:
            place.parts.append(d.user(handler, isForCompensation="true"))
        place.parts.append(d.undone_by(host, handler))
        return host

    def saga(self, place: Place) -> Span:
        """Things are done and undone: in a sub-process of their own, so that nothing goes on beside it."""
        id = self.name(place, "sp")
        inner = self.inside(place, id, codes=())
        done = [self.undoable(inner) for _ in range(1 + self.dice.below(3))]
        before = self.put(inner, "start", d.start)
        for host in done:
            self.flow(inner, before, host)
            before = host
        span = self.sequence(inner, 2)
        self.flow(inner, before, span[0])
        only = self.dice.pick(["", done[0]])
        if self.dice.chance(50):
            self.flow(inner, span[1], self.put(inner, "e", d.ending, "compensate", only))
        else:
            thrown = self.put(inner, "t", d.throw, "compensate", only)
            self.flow(inner, span[1], thrown)
            self.flow(inner, thrown, self.put(inner, "end", d.end))
        place.parts.append(d.sub(id, *inner.parts))
        return id, id

    def transaction(self, place: Place) -> Span:
        """Given up inside or not."""
        id = self.name(place, "ta")
        inner = self.inside(place, id, codes=())
        done = self.undoable(inner)
        self.flow(inner, done, (span := self.sequence(inner, 2))[0])
        split = self.name(inner, "x")
        inner.parts.append(d.xor(split, f"{split}_sonst"))
        self.flow(inner, self.put(inner, "start", d.start), done)
        self.flow(inner, span[1], split)
        self.flow(inner, split, self.put(inner, "e", d.ending, "cancel"), self.dice.pick(["ja", "nein"]))
        inner.parts.append(d.flow(split, self.put(inner, "end", d.end), id=f"{split}_sonst"))
        place.parts.append(d.node("transaction", id, "", *inner.parts))
        return self.caught(place, id, "cancel", "")

    # --- the rest ------------------------------------------------------------------------------------------------------

    def link(self, place: Place) -> Span:
        there = self.put(place, "t", d.throw, "link", f"L{self.count}")
        name = f"L{self.count - 1}"
        return there, self.put(place, "c", d.catching, "link", name)

    def adhoc(self, place: Place) -> Span:
        id = self.name(place, "ah")
        inner = self.inside(place, id, codes=())
        for _ in range(1 + self.dice.below(3)):
            self.activity(inner)
        ordering = self.dice.pick(["Parallel", "Sequential"])
        place.parts.append(d.node("adHocSubProcess", id, "", *inner.parts, ordering=ordering))
        return id, id

    def condition(self, place: Place) -> Span:
        """One branch waits for what another one says."""
        split, join = self.put(place, "p", d.par), self.put(place, "q", d.par)
        tells, fact = self.put(place, "u", d.user), f"fakt{self.count}"
        self.plan.answers[tells] = {fact: True}
        waits = self.put(place, "c", d.catching, "conditional", f"{fact} = true")
        for element in (tells, waits):
            self.flow(place, split, element)
            self.flow(place, element, join)
        return split, join

    def flagged(self, place: Place) -> Span:
        """A condition at the edge of a sub-process comes true in it."""
        id = self.name(place, "sp")
        inner, fact = self.inside(place, id, codes=()), f"fakt_{id}"
        first = self.put(inner, "s", d.script, "true", fact)
        span = self.sequence(inner, 2)
        self.flow(inner, self.put(inner, "start", d.start), first)
        self.flow(inner, first, span[0])
        self.flow(inner, span[1], self.put(inner, "end", d.end))
        place.parts.append(d.sub(id, *inner.parts, inputs={fact: "=false"}))
        return self.caught(place, id, "conditional", f"{fact} = true")


class Turns(AllBlocks):
    """Turns of a random sequence without end. What can be undone is left out: it is kept, turn by turn."""

    composed = tuple(kind for kind in AllBlocks.composed if kind not in ("saga", "transaction"))

    def whole(self) -> list[str]:
        place = Place([])
        span = self.sequence(place, 4)
        begin, merge, rest = self.put(place, "start", d.start), self.put(place, "y", d.xor), self.name(place, "ruht")
        place.parts.append(d.user(rest))
        for source, target in ((begin, merge), (merge, span[0]), (span[1], rest), (rest, merge)):
            self.flow(place, source, target)
        return place.parts
