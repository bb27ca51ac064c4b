"""Gateways: which ways are taken, and what is waited for where ways come together."""

from __future__ import annotations

from functools import partial

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.diagram import Flow
from engine.bpmn.machine import Token
from engine.bpmn.nodes.base import Node


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


def arrive(token: Token) -> dict[str, list[str]]:
    """Note that a token has come by its flow; gives who is there, by flow, in the order of coming."""
    scope = token.parent
    assert scope is not None  # only the root has none
    arrivals: dict[str, list[str]] = scope.internal_data.setdefault("joins", {}).setdefault(token.task_spec.name, {})
    come = arrivals.setdefault(token.internal_data["flow"], [])
    if token.id not in come:
        come.append(token.id)
    return arrivals


def merge(token: Token, arrivals: dict[str, list[str]]) -> None:
    """Make one token of the first that have come by each flow: this one stays, the others are gone."""
    machine = token.workflow
    come = arrivals[token.internal_data["flow"]]
    come.remove(token.id)
    come.insert(0, token.id)
    for flow in list(arrivals):
        waiting = arrivals[flow].pop(0)
        if not arrivals[flow]:
            del arrivals[flow]
        if waiting != token.id:
            gone = machine.tasks[waiting]
            machine.unwait(gone)  # of an incident
            machine.remove(gone)


class Parallel(Node):
    """Splits into all flows; joins when a token has come by every incoming flow (counted, not searched in a tree)."""

    def _run_hook(self, my_task: Token) -> bool | None:
        if len(self.incoming) < 2:
            return True
        arrivals = arrive(my_task)
        if len(arrivals) < len(self.incoming):
            return None
        merge(my_task, arrivals)
        return True

    def choose(self, token: Token) -> list[Flow]:
        return [way.flow for way in self.ways]


class Inclusive(Node):
    """Splits into every flow whose condition is true; joins when nothing more can come that it would have to wait for.

    BPMN 2.0.2, 13.4.3: it waits for a flow by which nothing has come as long as a token in the same scope can get there, and
    not also to a flow by which something has come.
    """

    def _run_hook(self, my_task: Token) -> bool | None:
        if len(self.incoming) < 2:
            return True
        if my_task.internal_data.pop("joined", False):
            merge(my_task, arrive(my_task))
            return True
        arrive(my_task)
        my_task.workflow.joins[my_task.id] = None
        return None

    def may_join(self, token: Token) -> bool:
        scope = token.parent
        assert scope is not None  # only the root has none
        come = arrive(token).keys()
        for other in scope.children:
            node, data = other.task_spec, other.internal_data
            at = token.workflow.tasks.get(data.get("host", data.get("gateway", "")))
            if node is self or "watch" in data or (at is not None and other.id in at.internal_data.get("attached", ())):
                continue  # an event goes with its activity or gateway as long as it waits there
            reachable = self.reach.get(node.name, frozenset())
            if reachable and not reachable & come:
                return False
        token.internal_data["joined"] = True
        return True


class EventGateway(Node):
    """Waits for the first of several events."""

    def _run_hook(self, my_task: Token) -> bool | None:
        machine, scope = my_task.workflow, my_task.parent
        attached: list[str] = []
        my_task.internal_data["attached"] = attached
        for way in self.ways:
            node = self.target(way.flow)
            event = machine.new_token(node, scope, TaskState.WAITING)
            event.internal_data.update(gateway=my_task.id, flow=way.flow.id)
            attached.append(event.id)
            machine.attempt(event, partial(node.arm, event))
        return None
