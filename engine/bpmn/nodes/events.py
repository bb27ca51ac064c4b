"""Events and gateways."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.bpmn.diagram import Flow
from engine.bpmn.machine import Failure, Token
from engine.bpmn.nodes.base import Node, finish_with, map_outwards, shown
from engine.bpmn.timers import NotATime, due
from engine.bpmn.values import Expected, Timer


class Start(Node):
    pass


class End(Node):
    def _on_complete_hook(self, my_task: Token) -> None:
        machine, parent = my_task.workflow, my_task.parent
        if parent is not None and parent.parent is None:
            machine.journal.ends.append(self.name)
        machine.note("completed", my_task)


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


class Catch(Node):
    """Waits for a time or a message, on its own or at the edge of an activity."""

    def _run_hook(self, my_task: Token) -> bool | None:
        if my_task.internal_data.get("finishing"):
            self.happen(my_task)
            return True
        my_task.workflow.note("entered", my_task)
        self.arm(my_task)
        return None

    def arm(self, token: Token) -> None:
        event, machine = self.element.event, token.workflow
        if event.kind == "timer":
            try:
                instant = due(event.timer, self.value(token, "time"), machine.now)
            except NotATime as exc:
                raise Failure(f"Zeitereignis: {exc}") from exc
            token.internal_data["due"] = instant.isoformat()
            machine.wait(token, Timer(token.id, self.name, instant))
        else:
            name, key = self.value(token, "message"), self.value(token, "key")
            if not isinstance(name, str) or not isinstance(key, str | Decimal):
                raise Failure(f"Nachricht: Name oder Korrelationsschlüssel fehlt (Schlüssel: {shown(key)})")
            token.internal_data["name"], token.internal_data["key"] = name, str(key)
            machine.wait(token, Expected(token.id, self.name, name, str(key)))

    def resume(self, token: Token, variables: Mapping[str, Any]) -> None:
        finish_with(token, variables)

    def happen(self, token: Token) -> None:
        """The event has come: map what it brought."""
        map_outwards(token, self)


class Boundary(Catch):
    """A catch event at the edge of an activity: ends the activity when it happens."""

    shown = False

    def happen(self, token: Token) -> None:
        machine = token.workflow
        map_outwards(token, self)
        host = machine.tasks.get(token.internal_data["host"])
        if host is not None:
            machine.detach(host, keep=token)
            machine.cancel_token(host)
