"""Events that wait: on their own, after an event gateway, at the edge of an activity, or to start a sub-process."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.budget import Failure
from engine.bpmn.machine import Token
from engine.bpmn.nodes.base import Node, because, bounded, evaluate, finish_with, give, map_outwards, mapped, open_scope, shown
from engine.bpmn.timers import NotATime, due, next_turn
from engine.bpmn.values import LONGEST_ID, LONGEST_KEY, Expected, Timer
from engine.feel import to_text

AGAIN = frozenset({"message", "signal", "escalation", "conditional"})
"""What may happen more than once beside an activity or a scope."""


def arm(token: Token) -> None:
    """Write down what a token waits for: a time, a message, a signal or a condition. Errors and the like are brought to it."""
    kind = token.task_spec.element.event.kind
    if kind == "timer":
        _arm_timer(token)
    elif kind in ("message", "signal"):
        _arm_message(token, kind == "signal")
    elif kind == "conditional":
        _arm_condition(token)


def _own_of_host(token: Token) -> Mapping[str, Any] | None:
    """The variables of its own that an activity has: events at its edge see them too, but for the key of a message."""
    return token.workflow.scopes.get(token.internal_data.get("host", ""))


def _arm_message(token: Token, signal: bool) -> None:
    node, data = token.task_spec, token.internal_data
    name, key = node.value(token, "name", _own_of_host(token)), "" if signal else node.value(token, "key")
    if not isinstance(name, str) or not name:
        raise Failure(f"der Name {'des Signals' if signal else 'der Nachricht'} ergibt keinen Text, sondern {shown(name)}")
    if node.element.event.key is None:
        key = ""
    elif not isinstance(key, str | Decimal):
        raise Failure(f"der Korrelationsschlüssel der Nachricht „{name}“ ergibt {shown(key)}, also keinen Text und keine Zahl")
    data["name"] = bounded(name, LONGEST_ID, f"der Name {'des Signals' if signal else 'der Nachricht'}")
    key = key if isinstance(key, str) else to_text(key)
    data["key"] = bounded(key, LONGEST_KEY, "der Korrelationsschlüssel der Nachricht")
    if signal:
        data["signal"] = True
    token.workflow.wait(token, Expected(token.id, node.name, name, data["key"], signal))


def _arm_timer(token: Token) -> None:
    node, machine, data = token.task_spec, token.workflow, token.internal_data
    event, value = node.element.event, node.value(token, "time", _own_of_host(token))
    try:
        if event.timer == "cycle":
            since = dt.datetime.fromisoformat(data.setdefault("since", machine.now.isoformat()))
            last = dt.datetime.fromisoformat(data["last"]) if "last" in data else None
            times, instant = next_turn(value, machine.now, last, since)
            data.setdefault("left", times)
        else:
            instant = due(event.timer, value, machine.now)
    except NotATime as exc:
        raise Failure(f"Zeitereignis: {exc}{because(token)}") from exc
    data["due"] = instant.isoformat()
    machine.wait(token, Timer(token.id, node.name, instant))


def _arm_condition(token: Token) -> None:
    """A condition that is true at once has come; one that goes on beside something must have been false in between."""
    token.workflow.conditions[token.id] = None
    token.internal_data.setdefault("was", False)
    look(token)


def look(token: Token) -> None:
    """Whether the condition a token waits for has become true."""
    expression = token.task_spec.expressions["condition"].expression
    assert expression is not None  # a condition is always FEEL
    true = evaluate(token, expression, "Bedingung", _own_of_host(token), chooses=True) is True
    was, token.internal_data["was"] = token.internal_data["was"], true
    if true and not was:
        token.task_spec.resume(token, {})


def leave_gateway(token: Token) -> None:
    """The event has come: the other events of its gateway are off."""
    machine = token.workflow
    gateway = machine.tasks.get(token.internal_data.pop("gateway", ""))
    if gateway is not None:
        machine.note("completed", gateway, flows=(token.internal_data["flow"],))
        machine.detach(gateway, keep=token)
        machine.remove(gateway)


def successor(token: Token) -> dict[str, Any] | None:
    """What the next turn of an event begins with that goes on beside what it belongs to; None if it was the last."""
    data, event = token.internal_data, token.task_spec.element.event
    if event.kind in AGAIN:
        return {"was": True} if event.kind == "conditional" else {}
    left = data.get("left")
    if event.timer != "cycle" or left == 1:
        return None
    return {"left": None if left is None else left - 1, "last": data["due"], "since": data["since"]}


def wait_again(token: Token, beside: Token, among: str, **data: Any) -> None:
    """Put a new token in the place of one whose event has come, if it may come again; `among` those that `beside` names."""
    machine, following = token.workflow, successor(token)
    waiting: list[str] = beside.internal_data[among]
    waiting.remove(token.id)
    if following is None:
        return
    node = token.task_spec
    again = machine.new_token(node, token.parent, TaskState.WAITING)
    again.internal_data.update(following, **data)
    waiting.append(again.id)
    machine.attempt(again, partial(node.arm, again))


class Catch(Node):
    """Waits for a time, a message, a signal or a condition; a link waits for nothing."""

    def _run_hook(self, my_task: Token) -> bool | None:
        if self.element.event.kind == "link":
            return True
        if not my_task.internal_data.get("finishing"):
            my_task.workflow.note("entered", my_task)
            self.arm(my_task)
        if not my_task.internal_data.get("finishing"):
            return None
        self.happen(my_task)
        return True

    def arm(self, token: Token) -> None:
        arm(token)

    def look(self, token: Token) -> None:
        if token.has_state(TaskState.WAITING | TaskState.STARTED):
            look(token)

    def resume(self, token: Token, variables: Mapping[str, Any]) -> None:
        token.workflow.conditions.pop(token.id, None)
        finish_with(token, variables)

    def happen(self, token: Token) -> None:
        """The event has come: map what it brought."""
        map_outwards(token, self)
        leave_gateway(token)


class Boundary(Catch):
    """A catch event at the edge of an activity: ends the activity when it happens, or goes on beside it."""

    shown = False

    def resume(self, token: Token, variables: Mapping[str, Any]) -> None:
        machine = token.workflow
        host = machine.tasks.get(token.internal_data["host"])
        if host is not None and not self.element.interrupting and "again" not in token.internal_data:
            token.internal_data["again"] = True
            wait_again(token, host, "attached", host=host.id)
        super().resume(token, variables)

    def happen(self, token: Token) -> None:
        machine = token.workflow
        map_outwards(token, self)
        host = machine.tasks.get(token.internal_data["host"])
        if host is not None and self.element.interrupting:
            machine.detach(host, keep=token)
            machine.cancel_token(host)


class Start(Catch):
    """Where a process or sub-process begins; in an event sub-process, what starts it."""

    def _run_hook(self, my_task: Token) -> bool | None:
        data = my_task.internal_data
        if "watch" in data:
            if not data.get("finishing"):
                self.arm(my_task)  # tried again after an incident
            if data.get("finishing"):
                self.trigger(my_task, {})
            return None
        if "opens" in data:
            self.enter(my_task)
        map_outwards(my_task, self)
        return True

    def resume(self, token: Token, variables: Mapping[str, Any]) -> None:
        if self.element.event.kind == "conditional":
            super().resume(token, variables)  # its scope may be about to begin
        else:
            token.workflow.unwait(token)
            self.trigger(token, variables)

    def trigger(self, watcher: Token, variables: Mapping[str, Any]) -> None:
        """Start the event sub-process: instead of all that is going on in its scope, or beside it."""
        machine, scope = watcher.workflow, watcher.parent
        assert scope is not None  # a watcher stands in its scope
        if self.element.interrupting:
            machine.clear(scope, keep=watcher)
        else:
            wait_again(watcher, scope, "watchers", watch=True)
        inner = machine.new_token(self._wf_spec.task_specs[self.element.parent], scope, TaskState.STARTED)
        machine.remove(watcher)
        machine.note("entered", inner)
        begun = machine.activate(self, inner, opens=True)
        machine.attempt(begun, partial(give, begun, variables))

    def enter(self, token: Token) -> None:
        """Begin the event sub-process: its own variables, and the event sub-processes inside it."""
        inner = token.parent
        assert inner is not None  # the event sub-process
        if local := mapped(inner, inner.task_spec.inputs_map):
            token.workflow.set_local(inner, local)
        open_scope(inner, inner.task_spec)
        del token.internal_data["opens"]
