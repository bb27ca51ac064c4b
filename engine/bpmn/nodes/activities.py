"""Activities: something is done, once or for every item of a list, with events at its edge."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.base.errors import Problem
from engine.bpmn.machine import Failure, Token
from engine.bpmn.nodes.base import Node, because, bounded, evaluate, finish_with, give, map_outwards, mapped, shown
from engine.bpmn.nodes.events import Boundary
from engine.bpmn.scopes import Scope
from engine.bpmn.timers import NotATime, due
from engine.bpmn.values import LONGEST_ID, LONGEST_LOGIN, LONGEST_TYPE, Decided, Job, UserTask
from engine.feel.dmn import Explained, decide_explained

MAX_DEPTH = 60


class Activity(Node):
    """Something that is done: inputs, boundary events, the work, outputs; once, or once for every item of a list."""

    def _run_hook(self, my_task: Token) -> bool | None:
        if my_task.internal_data.get("finishing"):
            return self.finish(my_task)
        if self.element.loop is not None and "item" not in my_task.internal_data:
            return self.begin_all(my_task)
        return self.begin_one(my_task)

    def begin_one(self, token: Token) -> bool | None:
        machine = token.workflow
        local = mapped(token, self.inputs_map)
        if local:
            machine.set_local(token, local)
        self.attach(token)
        return self.begin(token)

    def attach(self, token: Token) -> None:
        """Set up the boundary events, once for an activity as a whole."""
        if not self.boundaries or "attached" in token.internal_data or "item" in token.internal_data:
            return
        machine, attached = token.workflow, []
        for node in self.boundaries:
            boundary = machine.new_token(node, token.parent, TaskState.WAITING)
            boundary.internal_data["host"] = token.id
            attached.append(boundary.id)
            token.internal_data["attached"] = attached
            assert isinstance(node, Boundary)
            machine.attempt(boundary, partial(node.arm, boundary))

    def begin(self, token: Token) -> bool | None:
        """Start the work; True if it is done at once."""
        return self.finish(token)

    def resume(self, token: Token, variables: Mapping[str, Any]) -> None:
        finish_with(token, variables)

    def finish(self, token: Token) -> bool:
        """Map the results outwards."""
        machine, loop = token.workflow, self.element.loop
        token.internal_data["finishing"] = True
        if token.internal_data.get("all"):
            if loop is not None and loop.output_collection:
                machine.set_outwards(token.parent, {loop.output_collection: machine.scopes[token.id][loop.output_collection]})
        else:
            map_outwards(token, self)
        return True

    def _on_complete_hook(self, my_task: Token) -> None:
        if "item" in my_task.internal_data:
            self.item_done(my_task)
            return
        chosen = self.choose(my_task)
        my_task.workflow.detach(my_task)
        my_task.workflow.take(my_task, chosen)

    def emptied(self, token: Token) -> None:
        """Everything inside has ended."""
        self.finish(token)
        token.complete()

    # once for every item

    def begin_all(self, token: Token) -> bool | None:
        machine, loop = token.workflow, self.element.loop
        assert loop is not None  # asked only of multi-instance activities
        items = self.value(token, "collection")
        if not isinstance(items, list):
            raise Failure(f"die Liste der Mehrfachausführung ergibt keine Liste, sondern {shown(items)}")
        token.internal_data.update(all=True, total=len(items), done=0)
        if loop.output_collection:
            machine.set_local(token, {loop.output_collection: [None] * len(items)})
        self.attach(token)
        token._set_state(TaskState.STARTED)
        for index, item in enumerate(items, 1):
            inner = machine.activate(self, token, item=index)
            scope: dict[str, Any] = {"loopCounter": Decimal(index)}
            if loop.item:
                scope[loop.item] = item
            own = (loop.output_element or "").strip().partition(".")[0]
            if own.isidentifier() and own not in scope:
                scope[own] = None
            machine.scopes[inner.id] = Scope(scope)
        if not items:
            machine.emptied.append(token.id)
        return None

    def item_done(self, token: Token) -> None:
        machine, loop, parent = token.workflow, self.element.loop, token.parent
        assert loop is not None
        assert parent is not None  # items stand in their multi-instance
        if loop.output_collection:
            value = self.value(token, "output_element")
            machine.set_local(token, {loop.output_collection: value})  # refused here if it cannot be stored
            collected = list(machine.scopes[parent.id][loop.output_collection])
            collected[token.internal_data["item"] - 1] = value
            machine.scopes[parent.id][loop.output_collection] = collected
        data = parent.internal_data
        data["done"] += 1
        machine.note("completed", token)
        counts = {
            "numberOfInstances": data["total"],
            "numberOfCompletedInstances": data["done"],
            "numberOfActiveInstances": data["total"] - data["done"],
        }
        if self.completed(token, {k: Decimal(v) for k, v in counts.items()}):
            for other in parent.children:
                if other is not token:
                    machine.cancel_token(other)

    def completed(self, token: Token, counts: Mapping[str, Any]) -> bool:
        """Whether the items done are enough."""
        text = self.expressions.get("completion")
        if text is None or text.expression is None:
            return False
        return evaluate(token, text.expression, "completion", counts, chooses=True) is True


class User(Activity):
    """A person must act."""

    def begin(self, token: Token) -> bool | None:
        groups = self.value(token, "groups")
        assignee, form, date = self.value(token, "assignee"), self.value(token, "form"), self.value(token, "due")
        try:
            instant = None if date is None else due("date", date, token.workflow.now)
        except NotATime as exc:
            raise Failure(f"Fälligkeit: {exc}{because(token)}") from exc
        names = groups if isinstance(groups, list) else (groups or self.element.lane or "").split(",")
        wait = UserTask(
            token.id,
            self.name,
            self.element.name or self.name,
            form=bounded(form, LONGEST_ID, "die Kennung des Formulars") if isinstance(form, str) else None,
            assignee=bounded(assignee, LONGEST_LOGIN, "der Anmeldename der zuständigen Person")
            if isinstance(assignee, str) and assignee
            else None,
            groups=tuple(name.strip() for name in names if isinstance(name, str) and name.strip()),
            due=instant,
            item=token.internal_data.get("item"),
            four_eyes=self.element.four_eyes,
        )
        token.internal_data["task"] = [wait.form, wait.assignee, list(wait.groups), instant and instant.isoformat()]
        token.workflow.note("entered", token)
        token.workflow.wait(token, wait)
        return None

    def resume(self, token: Token, variables: Mapping[str, Any]) -> None:
        super().resume(token, variables)
        draft = self.value(token, "approves", variables)
        if draft is None:
            return
        if not isinstance(draft, str):
            raise Failure(f"was freigegeben wird, ist keine Kennung eines Bescheids, sondern {shown(draft)}")
        token.workflow.journal.approved.append(draft)


class Service(Activity):
    """The outside must act: the token rests, an Auftrag carries the work."""

    def begin(self, token: Token) -> bool | None:
        type, retries = self.value(token, "type"), self.value(token, "retries")
        if not isinstance(type, str) or not type:
            raise Failure(f"die Art der Service-Aufgabe ergibt keinen Text, sondern {shown(type)}")
        type = bounded(type, LONGEST_TYPE, "die Art der Service-Aufgabe")
        try:
            attempts = 3 if retries is None else int(Decimal(retries))
        except ArithmeticError as exc:
            raise Failure(f"die Zahl der Versuche ist keine Zahl: {shown(retries)}") from exc
        token.internal_data["job"] = [type, attempts]
        token.workflow.note("entered", token)
        token.workflow.wait(token, self.job(token))
        return None

    def job(self, token: Token) -> Job:
        """What to do outside. The inputs are what the mappings made, not the list item the token may stand for."""
        type, attempts = token.internal_data["job"]
        scope: Mapping[str, Any] = token.workflow.scopes.get(token.id, {})
        inputs = {name: scope[name] for name in (target.partition(".")[0] for target, _ in self.inputs_map) if name in scope}
        return Job(token.id, self.name, self.element.name or self.name, type, inputs, dict(self.element.headers), attempts)


class Script(Activity):
    """Calculates a value by FEEL."""

    def begin(self, token: Token) -> bool | None:
        expression = self.expressions["script"].expression
        assert expression is not None  # a script is always FEEL
        value = evaluate(token, expression, "Skript")
        give(token, {self.element.result: value} if self.element.result else {})
        return self.finish(token)


class SubProcess(Activity):
    """Contains a process of its own."""

    def begin(self, token: Token) -> bool | None:
        assert self.start is not None  # checked when the diagram was read
        token.workflow.note("entered", token)
        token.workflow.activate(self.start, token)
        return None


class Decide(Service):
    """Makes a decision by a DMN model of the bundle, or leaves it to the outside like a service task."""

    def begin(self, token: Token) -> bool | None:
        if "decision" not in self.expressions:
            return super().begin(token)
        decision = self.value(token, "decision")
        if not isinstance(decision, str):
            raise Failure(f"die Id der Entscheidung ergibt keinen Text, sondern {shown(decision)}")
        decision = bounded(decision, LONGEST_ID, "die Id der Entscheidung")
        machine = token.workflow
        try:
            explained = decide_explained(machine.bundle.decisions, decision, machine.view(token))
        except Problem as problem:
            raise Failure(f"Entscheidung „{decision}“: {problem.sentence}") from problem
        finally:
            machine.keep_heard(token)
        if explained.value is None and explained.warnings:
            raise Failure(f"Entscheidung „{decision}“ ergibt keinen Wert: {'; '.join(explained.warnings)}")
        machine.journal.decisions.append(self.decided(token, decision, explained))
        give(token, {self.element.result: explained.value} if self.element.result else {})
        return self.finish(token)

    def decided(self, token: Token, decision: str, explained: Explained) -> Decided:
        rules = tuple(
            {
                "decision": rule.decision, "rule": rule.rule, "number": rule.number, "inputs": dict(rule.inputs),
                "outputs": dict(rule.outputs), "annotations": list(rule.annotations),
            }
            for rule in explained.rules
        )  # fmt: skip
        asked = {name: value for rule in explained.rules for name, value in rule.inputs}
        return Decided(self.name, token.id, decision, asked, rules, explained.value, explained.warnings)


class Call(Activity):
    """Runs another process of the bundle inside this one, with variables of its own."""

    def begin(self, token: Token) -> bool | None:
        called, machine = self.value(token, "called"), token.workflow
        compiled = machine.bundle.compiled.get(called) if isinstance(called, str) else None
        if compiled is None:
            raise Failure(f"den aufgerufenen Prozess „{called}“ gibt es im Paket nicht")
        if token.depth > MAX_DEPTH:
            raise Failure(f"mehr als {MAX_DEPTH} Prozesse und Teilprozesse ineinander")
        token.internal_data["call"] = called
        if not self.element.hand_down:
            token.internal_data["alone"] = True
        machine.set_local(token, {})
        machine.note("entered", token)
        machine.activate(compiled.start, token)
        return None

    def finish(self, token: Token) -> bool:
        made = token.workflow.scopes.get(token.id)
        if not token.internal_data.get("all") and not self.outputs_map and self.element.hand_up and made is not None:
            token.internal_data["finishing"] = True
            token.workflow.set_outwards(token.parent, dict(made))
            return True
        return super().finish(token)
