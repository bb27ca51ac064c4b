"""Events and gateways."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.diagram import Flow
from engine.bpmn.machine import Failure, Token
from engine.bpmn.nodes.base import Node, because, bounded, finish_with, map_outwards, shown
from engine.bpmn.timers import NotATime, cycle, due
from engine.bpmn.values import LONGEST_ID, LONGEST_KEY, Expected, Timer
from engine.feel import to_text


class Start(Node):
    pass


class End(Node):
    """Ends a branch; with an error, throws it."""

    def _run_hook(self, my_task: Token) -> bool | None:
        if self.element.event.kind != "error":
            return True
        code = self.value(my_task, "error")
        if not isinstance(code, str):
            raise Failure(f"der Fehlercode ergibt keinen Text, sondern {shown(code)}")
        throw_error(my_task, code, self.element.name, {})
        return None

    def _on_complete_hook(self, my_task: Token) -> None:
        machine, parent = my_task.workflow, my_task.parent
        if parent is not None and parent.parent is None:
            machine.journal.ends.append(self.name)
            machine.journal.status = self.element.status or machine.journal.status
        machine.note("completed", my_task)


def throw_error(token: Token, code: str, message: str, variables: Mapping[str, Any]) -> None:
    """Hand an error to the nearest boundary event that catches it, looking outwards; an incident if there is none."""
    machine = token.workflow
    host: Token | None = token
    while host is not None:
        waiting = [machine.tasks[id] for id in host.internal_data.get("attached", ())]
        for wanted in (code, ""):
            for boundary in waiting:
                event = boundary.task_spec.element.event
                if event.kind == "error" and event.name == wanted:
                    machine.note("thrown", token, detail=code)
                    machine.detach(host, keep=boundary)
                    machine.cancel_token(host)
                    finish_with(boundary, variables)
                    return
        host = host.parent
    machine.fail(token, f"der Fehler „{code}“ wird im Diagramm nicht behandelt{': ' + message if message else ''}")


class Exclusive(Node):
    def choose(self, token: Token) -> list[Flow]:
        """The first flow whose condition is true; else one without a condition; else the default."""
        if not self.ways:
            return []
        for way in self.ways:
            if way.condition is not None and not way.default and self.holds(token, way):
                return [way.flow]
        free = [way.flow for way in self.ways if way.condition is None and not way.default]
        return free[:1] or self.default_flow()


class Parallel(Node):
    """Splits into all flows; joins when a token has come by every incoming flow (counted, not searched in a tree)."""

    def _run_hook(self, my_task: Token) -> bool | None:
        if len(self.incoming) < 2:
            return True
        parent = my_task.parent
        assert parent is not None  # only the root has none
        arrivals: dict[str, list[str]] = parent.internal_data.setdefault("joins", {}).setdefault(self.name, {})
        come = arrivals.setdefault(my_task.internal_data["flow"], [])
        if my_task.id not in come:
            come.append(my_task.id)
        if len(arrivals) < len(self.incoming):
            return None
        for flow in list(arrivals):
            waiting = arrivals[flow].pop(0)
            if not arrivals[flow]:
                del arrivals[flow]
            if waiting != my_task.id:
                my_task.workflow.remove(my_task.workflow.tasks[waiting])
        return True

    def choose(self, token: Token) -> list[Flow]:
        return [way.flow for way in self.ways]


class EventGateway(Node):
    """Waits for the first of several events."""

    def _run_hook(self, my_task: Token) -> bool | None:
        machine, parent = my_task.workflow, my_task.parent
        attached: list[str] = []
        my_task.internal_data["attached"] = attached
        for way in self.ways:
            node = self.target(way.flow)
            if not isinstance(node, Catch):
                continue  # refused by the checks
            event = machine.new_token(node, parent, TaskState.WAITING)
            event.internal_data.update(gateway=my_task.id, flow=way.flow.id)
            attached.append(event.id)
            machine.attempt(event, partial(node.arm, event))
        return None


class Catch(Node):
    """Waits for a time or a message, on its own, after an event gateway, or at the edge of an activity."""

    def _run_hook(self, my_task: Token) -> bool | None:
        if my_task.internal_data.get("finishing"):
            self.happen(my_task)
            return True
        my_task.workflow.note("entered", my_task)
        self.arm(my_task)
        return None

    def arm(self, token: Token) -> None:
        """Write down what to wait for."""
        event = self.element.event
        if event.kind == "timer":
            self.arm_timer(token)
        elif event.kind == "message":
            name, key = self.value(token, "message"), self.value(token, "key")
            if not isinstance(name, str) or not isinstance(key, str | Decimal):
                raise Failure(f"Nachricht: Name oder Korrelationsschlüssel fehlt (Schlüssel: {shown(key)})")
            name = bounded(name, LONGEST_ID, "der Name der Nachricht")
            key = bounded(key if isinstance(key, str) else to_text(key), LONGEST_KEY, "der Korrelationsschlüssel der Nachricht")
            token.internal_data["name"], token.internal_data["key"] = name, key
            token.workflow.wait(token, Expected(token.id, self.name, name, key))

    def arm_timer(self, token: Token) -> None:
        event, machine = self.element.event, token.workflow
        data, value = token.internal_data, self.value(token, "time")
        try:
            if event.timer == "cycle":
                times, between = cycle(value)
                data.setdefault("left", times)
                instant = next_due(between, machine.now, data.get("last"))
            else:
                instant = due(event.timer, value, machine.now)
        except NotATime as exc:
            raise Failure(f"Zeitereignis: {exc}{because(token)}") from exc
        data["due"] = instant.isoformat()
        machine.wait(token, Timer(token.id, self.name, instant))

    def resume(self, token: Token, variables: Mapping[str, Any]) -> None:
        finish_with(token, variables)

    def happen(self, token: Token) -> None:
        """The event has come: map what it brought; the other events of its gateway are off."""
        map_outwards(token, self)
        machine = token.workflow
        gateway = machine.tasks.get(token.internal_data.get("gateway", ""))
        if gateway is not None:
            machine.note("completed", gateway, flows=(token.internal_data["flow"],))
            machine.detach(gateway, keep=token)
            machine.remove(gateway)


def next_due(between: str, now: dt.datetime, last: str | None) -> dt.datetime:
    """When a repeating timer is due next: after downtime once, not once for every turn missed."""
    instant = dt.datetime.fromisoformat(last) if last else now
    instant = due("duration", between, instant)
    if last and instant <= now:
        instant = due("duration", between, now)
    return instant


class Boundary(Catch):
    """A catch event at the edge of an activity: ends the activity when it happens, or goes on beside it."""

    shown = False

    def happen(self, token: Token) -> None:
        machine = token.workflow
        map_outwards(token, self)
        host = machine.tasks.get(token.internal_data["host"])
        if host is None:
            return
        if self.element.interrupting:
            machine.detach(host, keep=token)
            machine.cancel_token(host)
        elif not token.internal_data.get("again"):
            token.internal_data["again"] = True
            self.listen_again(token, host)

    def listen_again(self, token: Token, host: Token) -> None:
        """Messages may come again, and repeating timers do, as often as they say."""
        machine, data = token.workflow, token.internal_data
        attached: list[str] = host.internal_data["attached"]
        attached.remove(token.id)
        left = data.get("left")
        repeats = self.element.event.kind == "message" or (self.element.event.timer == "cycle" and left != 1)
        if not repeats:
            return
        again = machine.new_token(self, token.parent, TaskState.WAITING)
        again.internal_data.update(host=host.id)
        if self.element.event.timer == "cycle":
            again.internal_data.update(left=None if left is None else left - 1, last=data["due"])
        attached.append(again.id)
        machine.attempt(again, partial(self.arm, again))
