"""Random graphs: gateways, tasks and events wired at will, with no regard to what fits together."""

from __future__ import annotations

from collections.abc import Callable

from tests.bpmn import diagrams as d
from tests.bpmn.dice import Dice

CONDITIONS = ("ja", "nein", "drei > 2", "leer = null", "x")
MIDDLE = ("user", "user", "parallel", "exclusive", "inclusive", "timer", "message", "script", "sub", "race")
MORE = ("signal", "conditional", "service", "several", "again", "throw", "saga", "escalation", "adhoc", "link")
HEAD = d.message("m", "nachricht", "id") + d.signal("sig", "alarm") + d.error("err", "F") + d.escalation("esk", "E")


class Tangle:
    """One random graph. `core` keeps to what the token game (`tests.bpmn.oracle`) knows."""

    def __init__(self, content: bytes, *, core: bool = False) -> None:
        self.dice, self.core, self.count = Dice(content), core, 0
        self.fuel = 16
        self.main = d.process(*self.graph(0), head=HEAD)

    def name(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"

    def graph(self, depth: int, triggered: bool = False) -> list[str]:
        """The elements and flows of a process or sub-process."""
        dice, parts = self.dice, []
        start = self.name("start")
        parts.append(d.start(start) if not triggered else self.trigger(start))
        sources, targets = [start], []
        for _ in range(1 + dice.below(7 if depth == 0 else 3)):
            self.fuel -= 1
            if self.fuel < 0:
                break
            self.element(depth, parts, sources, targets)
        for _ in range(1 + dice.below(2)):
            end = self.name("end")
            targets.append(end)
            parts.append(self.end(end))
        parts += self.wires(sources, targets)
        if depth < 2 and not triggered and not self.core and dice.chance(15):
            parts.append(d.node("subProcess", self.name("es"), "", *self.graph(depth + 1, True), triggeredByEvent="true"))
        return parts

    def trigger(self, id: str) -> str:
        what, ref = self.dice.pick(
            [
                ("timer", "PT1H"),
                ("message", "m"),
                ("signal", "sig"),
                ("error", "err"),
                ("conditional", "x = 1"),
                ("escalation", "esk"),
            ]
        )
        return d.begins(id, what, ref, what != "error" and self.dice.chance(50))

    def end(self, id: str) -> str:
        if self.core or not self.dice.chance(25):
            return d.end(id)
        what, ref = self.dice.pick(
            [("terminate", ""), ("error", "err"), ("escalation", "esk"), ("compensate", ""), ("signal", "sig")]
        )
        return d.ending(id, what, ref)

    def wires(self, sources: list[str], targets: list[str]) -> list[str]:
        """Flows: every target is reached, every source leads somewhere, some more."""
        dice, ends = self.dice, []
        for target in targets:
            ends.append((dice.pick(sources), target))
        used = {source for source, _ in ends}
        ends += [(source, dice.pick(targets)) for source in sources if source not in used]
        ends += [(dice.pick(sources), dice.pick(targets)) for _ in range(dice.below(4))]
        made = []
        for source, target in ends:
            conditional = source[0] in "xib" and dice.chance(20 if source[0] == "b" else 75)
            made.append(d.flow(source, target, dice.pick(CONDITIONS) if conditional else "", self.name("f")))
        return made

    def element(self, depth: int, parts: list[str], sources: list[str], targets: list[str]) -> None:
        kind = self.dice.pick(MIDDLE if self.core else MIDDLE + MORE)
        make: Callable[[int, list[str], list[str], list[str]], None] = getattr(self, f"put_{kind}")
        make(depth, parts, sources, targets)

    def both(self, id: str, sources: list[str], targets: list[str]) -> str:
        sources.append(id)
        targets.append(id)
        return id

    # --- elements: parts, what flows may start at, what they may lead to -----------------------------------------------------

    def put_user(self, depth: int, parts: list[str], sources: list[str], targets: list[str]) -> None:
        parts.append(d.user(self.both(id := self.name("u"), sources, targets)))
        self.edges(id, parts, sources)

    def edges(self, host: str, parts: list[str], sources: list[str]) -> None:
        """Perhaps events at an activity."""
        kinds = [("timer", "PT1H"), ("message", "m")]
        if not self.core:
            kinds += [("signal", "sig"), ("error", "err"), ("escalation", "esk"), ("conditional", "x = 1")]
        while self.dice.chance(25):
            what, ref = self.dice.pick(kinds)
            event = self.name("b")
            parts.append(d.at(host, event, what, ref, what != "error" and self.dice.chance(50)))
            sources.append(event)

    def put_parallel(self, depth: int, parts: list[str], sources: list[str], targets: list[str]) -> None:
        parts.append(d.par(self.both(self.name("p"), sources, targets)))

    def put_exclusive(self, depth: int, parts: list[str], sources: list[str], targets: list[str]) -> None:
        parts.append(d.xor(self.both(self.name("x"), sources, targets)))

    def put_inclusive(self, depth: int, parts: list[str], sources: list[str], targets: list[str]) -> None:
        parts.append(d.incl(self.both(self.name("i"), sources, targets)))

    def put_timer(self, depth: int, parts: list[str], sources: list[str], targets: list[str]) -> None:
        parts.append(d.timer(self.both(self.name("c"), sources, targets), "PT1H"))

    def put_message(self, depth: int, parts: list[str], sources: list[str], targets: list[str]) -> None:
        parts.append(d.catch(self.both(self.name("c"), sources, targets), "m"))

    def put_script(self, depth: int, parts: list[str], sources: list[str], targets: list[str]) -> None:
        parts.append(d.script(self.both(self.name("s"), sources, targets), "n + 1", "n"))

    def put_sub(self, depth: int, parts: list[str], sources: list[str], targets: list[str]) -> None:
        if depth > 2:
            return
        id = self.both(self.name("sp"), sources, targets)
        loop = d.loop("[1, 2]", "x", one_by_one=self.dice.chance(50)) if self.dice.chance(25) else ""
        parts.append(d.sub(id, *self.graph(depth + 1), inside=loop))
        self.edges(id, parts, sources)

    def put_race(self, depth: int, parts: list[str], sources: list[str], targets: list[str]) -> None:
        gateway = self.name("g")
        targets.append(gateway)
        parts.append(d.event_gateway(gateway))
        for _ in range(2):
            event = self.name("c")
            parts += [
                self.dice.pick([lambda e: d.timer(e, "PT1H"), lambda e: d.catch(e, "m")])(event),
                d.flow(gateway, event, "", self.name("f")),
            ]
            sources.append(event)

    def put_signal(self, depth: int, parts: list[str], sources: list[str], targets: list[str]) -> None:
        parts.append(d.catching(self.both(self.name("c"), sources, targets), "signal", "sig"))

    def put_conditional(self, depth: int, parts: list[str], sources: list[str], targets: list[str]) -> None:
        parts.append(d.catching(self.both(self.name("c"), sources, targets), "conditional", self.dice.pick(["n > 2", "x = 1"])))

    def put_service(self, depth: int, parts: list[str], sources: list[str], targets: list[str]) -> None:
        parts.append(d.service(self.both(id := self.name("j"), sources, targets)))
        self.edges(id, parts, sources)

    def put_several(self, depth: int, parts: list[str], sources: list[str], targets: list[str]) -> None:
        id = self.both(self.name("u"), sources, targets)
        until = self.dice.pick(["", "numberOfCompletedInstances > 0", "x"])
        parts.append(d.user(id, d.loop("[1, 2, 3]", "x", "alle", "x", until, one_by_one=self.dice.chance(50))))
        self.edges(id, parts, sources)

    def put_again(self, depth: int, parts: list[str], sources: list[str], targets: list[str]) -> None:
        id = self.both(self.name("u"), sources, targets)
        parts.append(d.user(id, d.again("x", self.dice.chance(50), 3)))
        self.edges(id, parts, sources)

    def put_throw(self, depth: int, parts: list[str], sources: list[str], targets: list[str]) -> None:
        what, ref = self.dice.pick([("compensate", ""), ("escalation", "esk"), ("message", "m"), ("signal", "sig")])
        parts.append(d.throw(self.both(self.name("t"), sources, targets), what, ref))

    def put_escalation(self, depth: int, parts: list[str], sources: list[str], targets: list[str]) -> None:
        parts.append(d.throw(self.both(self.name("t"), sources, targets), "escalation", "esk"))

    def put_saga(self, depth: int, parts: list[str], sources: list[str], targets: list[str]) -> None:
        """An activity that can be undone."""
        before = len(parts)
        self.dice.pick([self.put_user, self.put_sub, self.put_several])(depth, parts, sources, targets)
        if len(parts) == before:
            return
        host = targets[-1]
        handler = self.name("h")
        parts.append(
            self.dice.pick([d.user, lambda id, **more: d.script(id, "7", "h", **more)])(handler, isForCompensation="true")
        )
        parts.append(d.undone_by(host, handler))

    def put_adhoc(self, depth: int, parts: list[str], sources: list[str], targets: list[str]) -> None:
        id = self.both(self.name("ah"), sources, targets)
        inside = [d.user(self.name("u")) for _ in range(1 + self.dice.below(3))]
        inside.append(d.user(last := self.name("u")))
        inside.append(d.user(self.name("v")))
        inside.append(d.flow(last, f"v{self.count}", id=self.name("f")))
        until = self.dice.pick(
            [
                "",
                "<bpmn:completionCondition>=x = 1</bpmn:completionCondition>",
                "<bpmn:completionCondition>=n > 0</bpmn:completionCondition>",
            ]
        )
        more = {
            "ordering": self.dice.pick(["Parallel", "Sequential"]),
            "cancelRemainingInstances": self.dice.pick(["true", "false"]),
        }
        parts.append(d.node("adHocSubProcess", id, "", *inside, until, **more))
        self.edges(id, parts, sources)

    def put_link(self, depth: int, parts: list[str], sources: list[str], targets: list[str]) -> None:
        there, here = self.name("t"), self.name("c")
        parts += [d.throw(there, "link", there), d.catching(here, "link", there)]
        targets.append(there)
        sources.append(here)
