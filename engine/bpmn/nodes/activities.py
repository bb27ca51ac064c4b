"""Activities: something is done, once or again and again, with events at its edge."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.machine import Token
from engine.bpmn.nodes.base import Node, finish_with, map_outwards, mapped
from engine.bpmn.nodes.loops import begin_all, collected, turn_done
from engine.bpmn.nodes.undo import handled, remember


class Activity(Node):
    """Something that is done: inputs, boundary events, the work, outputs; once or more than once."""

    def _run_hook(self, my_task: Token) -> bool | None:
        if my_task.internal_data.get("finishing"):
            return self.finish(my_task)
        if self.element.loop is not None and "item" not in my_task.internal_data:
            return begin_all(my_task)
        return self.begin_one(my_task)

    def begin_one(self, token: Token) -> bool | None:
        machine = token.workflow
        local = mapped(token, self.inputs_map)
        if local:
            machine.set_local(token, local)
        self.attach(token)
        return self.begin(token)

    def attach(self, token: Token) -> None:
        """Set up the boundary events, once for an activity as a whole. A compensation waits for nothing."""
        if not self.boundaries or "attached" in token.internal_data or "item" in token.internal_data:
            return
        machine, attached = token.workflow, []
        for node in self.boundaries:
            boundary = machine.new_token(node, token.parent, TaskState.WAITING)
            boundary.internal_data["host"] = token.id
            attached.append(boundary.id)
            token.internal_data["attached"] = attached
            machine.attempt(boundary, partial(node.arm, boundary))

    def begin(self, token: Token) -> bool | None:
        """Start the work; True if it is done at once."""
        return self.finish(token)

    def resume(self, token: Token, variables: Mapping[str, Any]) -> None:
        finish_with(token, variables)

    def finish(self, token: Token) -> bool:
        """Map the results outwards."""
        token.internal_data["finishing"] = True
        if not token.internal_data.get("all"):
            map_outwards(token, self)
        elif made := collected(token):
            token.workflow.set_outwards(token.parent, made)
        return True

    def _on_complete_hook(self, my_task: Token) -> None:
        data, machine = my_task.internal_data, my_task.workflow
        if "item" in data:
            turn_done(my_task)
            remember(my_task)
        elif "undoes" in data:
            handled(my_task)
        else:
            chosen, scope = self.choose(my_task), my_task.parent
            assert scope is not None  # only the root has none
            if not scope.task_spec.goes_on_after(scope, my_task):
                chosen = []
            remember(my_task)
            machine.detach(my_task)
            machine.take(my_task, chosen)

    def emptied(self, token: Token) -> None:
        """Everything inside has ended."""
        token.workflow.unwatch(token)
        self.finish(token)
        token.complete()
