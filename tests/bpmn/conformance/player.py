"""Plays a behaviour beside the scenario runner: every step saved, reloaded with a freshly read diagram, its rows compared."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from engine import bpmn
from engine.bpmn.timers import due
from engine.verbs.scenario import plain, same
from tests.bpmn.conformance.behaviour import Behaviour, Play, has_null
from tests.bpmn.diagrams import START, Fall


class Player(Fall):
    """A case that lives in a namespace of its own: messages are kept, what is thrown is delivered, time passes."""

    def __init__(self, behaviour: Behaviour, scene: Play) -> None:
        self.messages: list[tuple[str, str, Any, dt.datetime | None]] = []
        self.ids: set[str] = set()
        self.incidents: list[str] = []
        self.delivered = 0
        self.asleep = False
        super().__init__(behaviour.files, plain(dict(scene.given)), scene.now or START, scene.begin_at)
        self.spare = bpmn.parse(behaviour.files)
        self.settle()

    def send(self, event: bpmn.Event) -> Fall:
        self.spec, self.spare = self.spare, self.spec  # nothing may hang on the diagram object
        return super().send(event)

    def _take(self, outcome: bpmn.Outcome) -> None:
        super()._take(outcome)
        assert outcome.state != "active" or self.waits, "an instance that goes on must wait for something"
        assert outcome.state in ("active", "incident") or not self.waits, "an instance that has ended waits for nothing"
        assert (outcome.state == "incident") == any(isinstance(wait, bpmn.Incident) for wait in self.waits.values())

    def settle(self) -> None:
        while not self.asleep and (self._hear() or self._deliver() or self._fire(self.now)):
            pass

    def _hear(self) -> bool:
        """What the instance has thrown goes to the namespace, that is, to itself."""
        if self.delivered == len(self.thrown):
            return False
        one = self.thrown[self.delivered]
        self.delivered += 1
        if one.signal:
            self._signal(one.name, one.variables)
        elif one.id is None or one.id not in self.ids:
            self.ids |= {one.id} if one.id else set()
            self.messages.append((one.name, one.key, one.variables, due("duration", one.ttl, self.now) if one.ttl else None))
        return True

    def _signal(self, name: str, variables: Any) -> None:
        try:
            self.send(bpmn.SignalIn(name, variables))
        except bpmn.Misdirected:
            return  # nobody waits

    def _deliver(self) -> bool:
        for message in list(self.messages):
            name, key, variables, expires = message
            if expires is not None and expires <= self.now:
                self.messages.remove(message)
                continue
            for wait in self.waits.values():
                if isinstance(wait, bpmn.Expected) and not wait.signal and (wait.name, wait.key) == (name, key):
                    self.messages.remove(message)
                    self.send(bpmn.MessageIn(name, key, variables, wait.token))
                    return True
        return False

    def _fire(self, until: dt.datetime) -> bool:
        ready = [wait for wait in self.waits.values() if isinstance(wait, bpmn.Timer) and wait.due <= until]
        if not ready:
            return False
        first = min(ready, key=lambda timer: timer.due)
        self.now = max(self.now, first.due)
        self.send(bpmn.TimerDue(first.token))
        return True

    # --- steps -----------------------------------------------------------------------------------------------------

    def step(self, step: dict[str, Any]) -> None:
        given = plain(step.get("variables", {}))
        for name, value in step.items():
            act = getattr(self, f"do_{name}", None)
            if act is not None:
                act(value, given, step)
                self.settle()

    def do_complete(self, element: str, given: Any, step: Any) -> None:
        self.send(bpmn.TaskCompleted(self.one(bpmn.UserTask, element, step.get("item")).token, given))

    def do_job(self, element: str, given: Any, step: Any) -> None:
        self.send(bpmn.JobFinished(self.one(bpmn.Job, element).token, given))

    def do_error(self, error: Any, given: Any, step: Any) -> None:
        self.send(bpmn.ErrorThrown(self.one(bpmn.Job, error["job"]).token, error["code"], "", given))

    def do_fail(self, element: str, given: Any, step: Any) -> None:
        self.fail(element)

    def do_retry(self, element: str, given: Any, step: Any) -> None:
        self.send(bpmn.Retry(self.one(bpmn.Incident, element).token, given))

    def do_message(self, message: Any, given: Any, step: Any) -> None:
        if message.get("id") is None or message["id"] not in self.ids:
            self.ids |= {message["id"]} if "id" in message else set()
            expires = due("duration", message["ttl"], self.now) if "ttl" in message else None
            self.messages.append((message["name"], str(message["key"]), given, expires))

    def do_signal(self, name: str, given: Any, step: Any) -> None:
        self._signal(name, given)

    def do_terminate(self, _: Any, given: Any, step: Any) -> None:
        self.send(bpmn.Terminate())

    def do_advance(self, duration: str, given: Any, step: Any) -> None:
        until = due("duration", duration, self.now)
        while self._hear() or self._deliver() or self._fire(until):
            pass
        self.now = until

    def do_sleep(self, duration: str, given: Any, step: Any) -> None:
        """Time passes, and nobody notices."""
        self.now = due("duration", duration, self.now)
        self.asleep = True

    def do_fire(self, element: str, given: Any, step: Any) -> None:
        self.asleep = False
        self.fire(element)

    def do_waits_at(self, elements: list[str], given: Any, step: Any) -> None:
        open = sorted(wait.element for wait in self.waits.values() if isinstance(wait, bpmn.UserTask))
        assert open == sorted(elements)

    def do_open(self, elements: list[str], given: Any, step: Any) -> None:
        assert sorted(wait.element for wait in self.waits.values()) == sorted(elements)

    def do_due(self, wanted: tuple[str, str], given: Any, step: Any) -> None:
        assert self.one(bpmn.Timer, wanted[0]).due == dt.datetime.fromisoformat(wanted[1])

    def do_incident(self, wanted: tuple[str, str], given: Any, step: Any) -> None:
        element, says = wanted
        message = self.one(bpmn.Incident, element).message
        assert says in message, message

    # --- expectations ----------------------------------------------------------------------------------------------

    def compare(self, expect: dict[str, Any]) -> None:
        assert self.state == expect["state"], [wait for wait in self.waits.values() if isinstance(wait, bpmn.Incident)]
        if "ends" in expect:
            assert sorted(set(self.ends)) == sorted(expect["ends"])
        if "order" in expect:
            assert [element for element in self.passed if element in expect["order"]] == expect["order"]
        for element in expect.get("passed", ()):
            assert element in self.passed
        for element in expect.get("not_passed", ()):
            assert element not in self.passed
        for name, value in expect.get("variables", {}).items():
            actual = self.outcome.variables.get(name)
            assert same(actual, plain(value)), f"{name} is {actual!r}, not {value!r}"
        for name in expect.get("without", ()):
            assert name not in self.outcome.variables, f"{name} has got out"
        if "thrown" in expect:
            assert [(one.name, one.key) for one in self.thrown] == expect["thrown"]


def as_toml(scene: Play) -> bytes:
    """The scenario as it would stand in a file, without what its format does not know."""
    lines = [f"at = {(scene.now or START).isoformat()}", f"variables = {_toml(scene.given)}"]
    lines += [f'start = "{scene.begin_at}"'] if scene.begin_at else []
    for step in scene.steps:
        known = {name: value for name, value in step.items() if name not in ("open", "due", "incident") and value != {}}
        if known:
            lines += ["[[step]]", *(f"{name} = {_toml(value)}" for name, value in known.items())]
    lines.append("[expect]")
    known = {
        name: value for name, value in scene.expect.items() if name in ("state", "ends", "passed", "not_passed", "variables")
    }
    if "variables" in known:
        known["variables"] = {name: value for name, value in known["variables"].items() if not has_null(value)}
    lines += [f"{name} = {_toml(value)}" for name, value in known.items()]
    return "\n".join(lines).encode()


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | Decimal | float):
        return str(value)
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return "{" + ", ".join(f'"{name}" = {_toml(item)}' for name, item in value.items()) + "}"
