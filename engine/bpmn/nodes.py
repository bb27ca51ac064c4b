"""The elements as SpiffWorkflow TaskSpecs: what each does when a token reaches it, and when it is left.

Each evaluates first and writes afterwards, so that a failure (an incident) leaves nothing half done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.diagram import Element, Flow
from engine.bpmn.machine import Failure, Machine, Token
from engine.bpmn.scopes import Scope, assign_path
from engine.bpmn.timers import NotATime, due
from engine.bpmn.values import Expected, Job, Timer, UserTask
from engine.feel import Expression


@dataclass(frozen=True, slots=True)
class Text:
    """A value a designer wrote: FEEL (with a leading `=`) or plain text."""

    source: str
    expression: Expression | None


@dataclass(frozen=True, slots=True)
class Way:
    """An outgoing flow with its compiled condition."""

    flow: Flow
    condition: Expression | None
    default: bool


class Node(BpmnTaskSpec):
    """A flow node. Spiff's hooks are filled here; the kinds below say what they do."""

    shown = True

    def __init__(self, nodes: WorkflowSpec, element: Element) -> None:
        super().__init__(nodes, element.id, lane=element.lane)
        self.bpmn_id, self.bpmn_name = element.id, element.name
        self.element = element
        self.expressions: dict[str, Text] = {}
        self.inputs_map: tuple[tuple[str, Text], ...] = ()
        self.outputs_map: tuple[tuple[str, Text], ...] = ()
        self.ways: tuple[Way, ...] = ()
        self.incoming: tuple[str, ...] = ()
        self.boundaries: tuple[Node, ...] = ()
        self.start: Node | None = None

    # Spiff's life cycle

    def test(self) -> None:
        """Spiff's own check of connections; the whole diagram was checked before."""

    def _predict(self, my_task: Token, seen: Any = None, looked_ahead: int = 0, mask: int = 0) -> None:
        """Nothing is guessed ahead."""

    def _on_ready_hook(self, my_task: Token) -> None:
        my_task.workflow.queue(my_task)

    def _run_hook(self, my_task: Token) -> bool | None:
        return True

    def _run(self, my_task: Token) -> bool | None:
        return self._run_hook(my_task)

    def _on_complete_hook(self, my_task: Token) -> None:
        my_task.workflow.take(my_task, self.choose(my_task))

    # what elements do

    def resume(self, token: Token, variables: Mapping[str, Any]) -> None:
        """What the token waited for has come."""
        raise AssertionError(f"{self.element.kind} waits for nothing")

    def emptied(self, token: Token) -> None:
        """Nothing is going on inside any more."""

    def retry(self, token: Token) -> None:
        """Try again after an incident."""
        token._set_state(TaskState.READY)
        token.workflow.queue(token)

    def choose(self, token: Token) -> list[Flow]:
        """The flows to leave by: every one without a condition, every one whose condition is true; else the default."""
        if not self.ways:
            return []
        chosen = [way.flow for way in self.ways if not way.default and (way.condition is None or self.holds(token, way))]
        return chosen or self.default_flow()

    def default_flow(self) -> list[Flow]:
        default = [way.flow for way in self.ways if way.default]
        if not default:
            raise Failure("keine Bedingung der ausgehenden Flüsse ist erfüllt, und es gibt keinen Standardfluss")
        return default

    def holds(self, token: Token, way: Way) -> bool:
        assert way.condition is not None  # asked only of conditional flows
        value = evaluate(token, way.condition, f"Bedingung am Fluss {way.flow.id}")
        if not isinstance(value, bool):
            raise Failure(f"die Bedingung am Fluss „{way.flow.id}“ ergibt weder wahr noch falsch, sondern {shown(value)}")
        return value

    def value(self, token: Token, field: str, extra: Mapping[str, Any] | None = None) -> Any:
        """A field of the element: its FEEL value, or its plain text, or None."""
        text = self.expressions.get(field)
        return None if text is None else text_value(token, text, field, extra)


def shown(value: Any) -> str:
    """A value as a designer would name it."""
    from engine.feel import to_text

    return "null" if value is None else to_text(value)[:80]


def evaluate(token: Token, expression: Expression, where: str, extra: Mapping[str, Any] | None = None) -> Any:
    machine = token.workflow
    warnings: list[str] = []
    value = expression.evaluate(machine.view(token, extra), warnings)
    machine.journal.warnings.extend(f"{token.task_spec.name}, {where}: {warning}" for warning in warnings)
    return value


def text_value(token: Token, text: Text, where: str, extra: Mapping[str, Any] | None = None) -> Any:
    return text.source if text.expression is None else evaluate(token, text.expression, where, extra)


def mapped(token: Token, mappings: tuple[tuple[str, Text], ...]) -> dict[str, Any]:
    """The variables that mappings make, each seeing those before it."""
    made: dict[str, Any] = {}
    for target, text in mappings:
        value = text_value(token, text, f"Zuordnung zu {target}", made)
        name = target.partition(".")[0]
        made[name] = assign_path(target, value, made.get(name))
    return made


# --- events and gateways -------------------------------------------------------------------------------------------


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


def finish_with(token: Token, variables: Mapping[str, Any]) -> None:
    """Take in a result and queue the token to be finished; a failure from here on keeps what was taken in."""
    machine, node = token.workflow, token.task_spec
    machine.unwait(token)
    if variables and (node.outputs_map or node.element.loop is not None):
        machine.set_local(token, variables)
    elif variables:
        machine.set_outwards(token if token.id in machine.scopes else token.parent, variables)
    token.internal_data["finishing"] = True
    token._set_state(TaskState.READY)
    machine.queue(token)


def map_outwards(token: Token, node: Node) -> None:
    if node.outputs_map:
        token.workflow.set_outwards(token.parent, mapped(token, node.outputs_map))


# --- activities ----------------------------------------------------------------------------------------------------


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
            machine.attempt(boundary, lambda node=node, boundary=boundary: node.arm(boundary))  # type: ignore[misc]  # bound at once

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
            if loop.output_element and loop.output_element.isidentifier() and loop.output_element not in scope:
                scope[loop.output_element] = None
            machine.scopes[inner.id] = Scope(scope)
        if not items:
            machine.emptied.append(token.id)
        return None

    def item_done(self, token: Token) -> None:
        machine, loop, parent = token.workflow, self.element.loop, token.parent
        assert loop is not None and parent is not None  # items stand in their multi-instance
        if loop.output_collection:
            value = self.value(token, "output_element")
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
        if loop.completion and self.value(parent, "completion", {k: Decimal(v) for k, v in counts.items()}) is True:
            for other in parent.children:
                if other is not token:
                    machine.cancel_token(other)


class User(Activity):
    """A person must act."""

    def begin(self, token: Token) -> bool | None:
        groups = self.value(token, "groups")
        assignee, form, date = self.value(token, "assignee"), self.value(token, "form"), self.value(token, "due")
        try:
            instant = None if date is None else due("date", date, token.workflow.now)
        except NotATime as exc:
            raise Failure(f"Fälligkeit: {exc}") from exc
        names = groups if isinstance(groups, list) else (groups or self.element.lane or "").split(",")
        wait = UserTask(
            token.id,
            self.name,
            self.element.name or self.name,
            form=form if isinstance(form, str) else None,
            assignee=assignee if isinstance(assignee, str) and assignee else None,
            groups=tuple(name.strip() for name in names if isinstance(name, str) and name.strip()),
            due=instant,
            item=token.internal_data.get("item"),
        )
        token.internal_data["task"] = [wait.form, wait.assignee, list(wait.groups), instant and instant.isoformat()]
        token.workflow.note("entered", token)
        token.workflow.wait(token, wait)
        return None


class Service(Activity):
    """The outside must act: the token rests, an Auftrag carries the work."""

    def begin(self, token: Token) -> bool | None:
        type, retries = self.value(token, "type"), self.value(token, "retries")
        if not isinstance(type, str) or not type:
            raise Failure(f"die Art der Service-Aufgabe ergibt keinen Text, sondern {shown(type)}")
        try:
            attempts = 3 if retries is None else int(Decimal(retries))
        except ArithmeticError as exc:
            raise Failure(f"die Zahl der Versuche ist keine Zahl: {shown(retries)}") from exc
        token.internal_data["job"] = [type, attempts]
        token.workflow.note("entered", token)
        token.workflow.wait(token, self.job(token))
        return None

    def job(self, token: Token) -> Job:
        type, attempts = token.internal_data["job"]
        scope = token.workflow.scopes.get(token.id)
        inputs = dict(scope) if scope is not None else {}
        return Job(token.id, self.name, self.element.name or self.name, type, inputs, dict(self.element.headers), attempts)


class Script(Activity):
    """Calculates a value by FEEL."""

    def begin(self, token: Token) -> bool | None:
        expression = self.expressions["script"].expression
        assert expression is not None  # a script is always FEEL
        value = evaluate(token, expression, "Skript")
        if self.element.result:
            results = {self.element.result: value}
            if self.outputs_map or self.element.loop is not None:
                token.workflow.set_local(token, results)
            else:
                token.workflow.set_outwards(token if token.id in token.workflow.scopes else token.parent, results)
        return self.finish(token)


class SubProcess(Activity):
    """Contains a process of its own."""

    def begin(self, token: Token) -> bool | None:
        assert self.start is not None  # checked when the diagram was read
        token.workflow.note("entered", token)
        token.workflow.activate(self.start, token)
        return None


class Body(Node):
    """The process as a whole; not an element of the diagram."""

    shown = False

    def __init__(self, nodes: WorkflowSpec, process_id: str) -> None:
        super().__init__(nodes, Element(process_id, "process", "", "", 0))

    def emptied(self, token: Token) -> None:
        token._set_state(TaskState.COMPLETED)


NODES: dict[str, type[Node]] = {
    "startEvent": Start,
    "endEvent": End,
    "exclusiveGateway": Exclusive,
    "parallelGateway": Parallel,
    "intermediateCatchEvent": Catch,
    "boundaryEvent": Boundary,
    "userTask": User,
    "serviceTask": Service,
    "scriptTask": Script,
    "subProcess": SubProcess,
}


def start_machine(machine: Machine, body: Body, start: Node, variables: Mapping[str, Any]) -> None:
    root = machine.new_token(body, None, TaskState.STARTED)
    machine.task_tree = root
    machine.scopes[root.id] = Scope(variables)
    machine.activate(start, root)
