"""Instances of random processes: moved with or without a reload at every step, by a plan or at random, and checked."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine import bpmn
from engine.bpmn import run, snapshot
from engine.bpmn.journal import Journal
from engine.bpmn.machine import Machine, Token
from tests.bpmn.blocks import Blocks
from tests.bpmn.diagrams import START, Fall

MAX_EVENTS = 1500


class Reloaded(Fall):
    """An instance that is saved and reloaded at every step; what is saved is sound."""

    def _take(self, outcome: bpmn.Outcome) -> None:
        super()._take(outcome)
        machine = snapshot.load(self.spec, outcome.snapshot, self.now)
        assert snapshot.dump(machine, machine.waiting()) == outcome.snapshot, "what was saved is saved again as it was"
        sound(machine, outcome)


class Straight(Fall):
    """An instance that is kept in memory from its start to its end."""

    def __init__(self, content: bytes | Mapping[str, bytes], variables: Mapping[str, Any], now: dt.datetime) -> None:
        self.machine: Machine | None = None
        self.first = variables
        super().__init__(content, variables, now)

    def _take(self, outcome: bpmn.Outcome) -> None:
        if self.machine is None:  # what was begun, once more, and kept
            self.machine = run._begun(self.spec, self.spec.executable or "p", self.first, self.now)
            outcome = run._finish(self.machine)
        super()._take(outcome)
        sound(self.machine, outcome)

    def send(self, event: bpmn.Event) -> Fall:
        assert self.machine is not None  # begun
        self.machine.journal, self.machine.now, self.machine.steps = Journal(), self.now, 0
        self.machine.small, self.machine.halted = 0, False
        run._deliver(self.machine, event)
        self._take(run._finish(self.machine))
        return self


def sound(machine: Machine, outcome: bpmn.Outcome) -> None:
    """What holds of every instance that rests."""
    tokens, scopes = machine.tasks, set(machine.scopes)
    broken = [line for line in outcome.history if "unerwarteter Fehler" in line.detail]
    assert not broken, f"raised: {broken}"
    kept = {entry for token in tokens.values() for entry in _kept(token.internal_data)}
    assert scopes <= set(tokens) | kept, f"variables of nothing: {scopes - set(tokens) - kept}"
    assert kept <= scopes, f"no variables for what can be undone: {kept - scopes}"
    assert not machine.ready or outcome.state == "incident", "what is ready is left only where a limit was reached"
    waiting = [token for token in tokens.values() if "wait" in token.internal_data]
    if outcome.state in ("completed", "terminated"):
        assert list(tokens) == ["0"], f"ended with tokens {[t.task_spec.name for t in tokens.values()]}"
    else:
        assert waiting, f"waits for nothing: {[(t.task_spec.name, t._state, t.internal_data) for t in tokens.values()]}"
    for token in tokens.values():
        if token.parent is not None and "wait" not in token.internal_data:
            assert rests(machine, token), f"forgotten: {token.task_spec.name} {token._state} {token.internal_data}"
        for name in ("attached", "watchers"):
            assert all(id in tokens for id in token.internal_data.get(name, ())), (
                f"{token.task_spec.name}: {name} that are gone"
            )
        for arrivals in token.internal_data.get("joins", {}).values():
            assert all(id in tokens for ids in arrivals.values() for id in ids), (
                f"{token.task_spec.name}: arrivals that are gone"
            )


def rests(machine: Machine, token: Token) -> bool:
    """Whether a token that has no row waits for something inside the instance."""
    node, data = token.task_spec, token.internal_data
    if token.has_state(TaskState.READY):
        return token.id in machine.ready  # left when a limit was reached; it goes on with the next event
    if node.element.kind in ("parallelGateway", "inclusiveGateway"):
        assert token.parent is not None  # only the root has none
        return any(token.id in ids for ids in token.parent.internal_data["joins"][node.name].values())
    if node.element.event.kind == "conditional":
        return token.id in machine.conditions
    if "watch" in data or node.element.kind == "boundaryEvent":
        return node.element.event.kind in ("error", "escalation", "cancel")
    if node.element.kind == "eventBasedGateway":
        return bool(data["attached"])
    undone = any(other.internal_data.get("undoes") == token.id for other in machine.tasks.values())
    return token.busy or ("undo" in data and undone)


def _kept(data: Mapping[str, Any]) -> Iterator[str]:
    """The variables that are kept for what can be undone."""
    entries = [*data.get("undoable", ()), *(entry for _, entry in data.get("undo", ()))]
    while entries:
        _, inner, kept = entries.pop()
        if kept is not None:
            yield kept
        entries.extend(inner or ())


# --- by a plan -----------------------------------------------------------------------------------------------------------


class Planned:
    """Moves an instance as its plan says; `choose` says which of the tasks and events that may come next comes next."""

    def __init__(self, blocks: Blocks, fall: Fall, choose: Callable[[int], int]) -> None:
        self.plan, self.fall, self.choose = blocks.plan, fall, choose
        self.left = {id: happens.times for id, happens in self.plan.events.items()}
        self.fails = dict(self.plan.fails)

    def run(self) -> Fall:
        for _ in range(MAX_EVENTS):
            if self.fall.state in ("completed", "terminated"):
                return self.fall
            self.step()
        raise AssertionError("does not end")

    def step(self) -> None:
        fall = self.fall
        waits = list(fall.waits.values())
        gates = [wait.element for wait in waits if self.gates(wait)]
        free = [wait for wait in waits if self.is_free(wait, gates)]
        quick = [wait for wait in free if not getattr(wait, "signal", False)]
        if quick:
            self.do(quick[self.choose(len(quick))])
            return
        assert free, f"nothing can be done: {waits}"
        chosen = min(free, key=lambda wait: wait.element)  # a signal reaches all that wait for it: when all else is done
        self.happened(chosen.element)
        fall.signal(chosen.name)

    def gates(self, wait: bpmn.Wait) -> bool:
        """Whether an event is still to happen before what it stands at goes on."""
        return wait.element in self.left and self.left[wait.element] != 0

    def is_free(self, wait: bpmn.Wait, gates: list[str]) -> bool:
        plan, element = self.plan, wait.element
        if element in plan.never or (element in self.left and self.left[element] == 0):
            return False
        around = set(self.around(element))
        own = plan.events.get(element)
        for gate in gates:
            happens = plan.events[gate]
            if own is not None and happens.host == own.host:
                if own.interrupting and not happens.interrupting:
                    return False
            elif happens.host in around and gate != element:
                return False
        return True

    def around(self, element: str) -> Iterator[str]:
        """An element and what contains it."""
        while element:
            yield element
            element = self.plan.parents[element]

    def happened(self, element: str) -> None:
        if self.left.get(element):
            self.left[element] -= 1

    def do(self, wait: bpmn.Wait) -> None:
        fall, element = self.fall, wait.element
        answer = self.plan.answers.get(element, {})
        self.happened(element)
        if isinstance(wait, bpmn.UserTask):
            fall.send(bpmn.TaskCompleted(wait.token, answer))
        elif isinstance(wait, bpmn.Timer):
            fall.now = max(fall.now, wait.due)
            fall.send(bpmn.TimerDue(wait.token))
        elif isinstance(wait, bpmn.Expected):
            fall.send(bpmn.MessageIn(wait.name, wait.key, answer, wait.token))
        elif isinstance(wait, bpmn.Incident):
            fall.send(bpmn.Retry(wait.token))
        elif self.fails.get(element, 0):
            self.fails[element] -= 1
            fall.send(bpmn.JobFailed(wait.token, "kaputt"))
        elif element in self.plan.throws:
            fall.send(bpmn.ErrorThrown(wait.token, self.plan.throws[element], "", {"weg": True}))
        else:
            fall.send(bpmn.JobFinished(wait.token, answer))


def happened(fall: Fall) -> Counter[tuple[str, str, tuple[str, ...], str]]:
    """The history as a set with counts, without the order."""
    return Counter((line.kind, line.element, line.flows, line.process) for line in fall.history)


def begun(kind: type[Fall], blocks: Blocks, facts: Mapping[str, Any]) -> Fall:
    return kind(blocks.files, facts, START)
