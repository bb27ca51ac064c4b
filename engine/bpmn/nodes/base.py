"""Elements as SpiffWorkflow TaskSpecs: what all of them have in common.

Each evaluates first and writes afterwards, so that a failure (an incident) leaves nothing half done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.budget import Failure
from engine.bpmn.diagram import Element, Flow
from engine.bpmn.limits import EVALUATION
from engine.bpmn.machine import Token
from engine.bpmn.scopes import assign_path
from engine.feel import Expression, to_text
from engine.feel.limits import STEPS
from engine.feel.run import Run


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
        """What a sub-process begins with."""
        self.roots: tuple[Node, ...] = ()
        """What may be begun in an ad-hoc sub-process."""
        self.triggered: tuple[Node, ...] = ()
        """The event sub-processes inside a process or sub-process."""
        self.undone_by: Node | None = None
        """The activity that compensates this one."""
        self.undo_event: Node | None = None
        """The event at its edge that says so."""
        self.link: Node | None = None
        """Where a throwing link event goes on."""
        self.reach: Mapping[str, frozenset[str]] = {}
        """For an inclusive join: by which of its incoming flows each element of its scope can still get there."""
        self.process = nodes.name

    def target(self, flow: Flow) -> Node:
        """The node a flow leads to."""
        node: Node = self._wf_spec.task_specs[flow.target]
        return node

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

    def arm(self, token: Token) -> None:
        """Write down what to wait for."""

    def look(self, token: Token) -> None:
        """Variables have changed that a condition may speak of."""

    def may_join(self, token: Token) -> bool:
        """Whether nothing can come any more that a token at a join would have to wait for."""
        return False

    def goes_on_after(self, scope: Token, inner: Token) -> bool:
        """An activity inside has ended: whether its way goes on."""
        return True

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
        value = evaluate(token, way.condition, f"Bedingung am Fluss {way.flow.id}", chooses=True)
        if not isinstance(value, bool):
            raise Failure(
                f"die Bedingung am Fluss „{way.flow.id}“ ergibt weder wahr noch falsch, sondern {shown(value)}{because(token)}"
            )
        return value

    def value(self, token: Token, field: str, extra: Mapping[str, Any] | None = None) -> Any:
        """A field of the element: its FEEL value, or its plain text, or None."""
        text = self.expressions.get(field)
        return None if text is None else text_value(token, text, field, extra)


def shown(value: Any) -> str:
    """A value as a designer would name it."""
    return "null" if value is None else to_text(value)[:80]


def bounded(text: str, longest: int, what: str) -> str:
    """A text that an expression made, unless it is longer than can be written down; citizens' answers go into some."""
    if len(text) > longest:
        raise Failure(f"{what} ist zu lang: {len(text)} Zeichen, höchstens {longest} sind möglich")
    return text


def because(token: Token) -> str:
    """Why the expression evaluated last has no value, for the person who reads of it."""
    why = "; ".join(token.workflow.why)
    return f" ({why[:400]})" if why else ""


def evaluate(
    token: Token, expression: Expression, where: str, extra: Mapping[str, Any] | None = None, *, chooses: bool = False
) -> Any:
    """The value of an expression at a token. Days calculated in it are kept, unless it only `chooses` a way."""
    machine = token.workflow
    machine.assert_left()
    warnings: list[str] = []
    run = Run(warnings)
    value = expression.evaluate(machine.view(token, extra), run=run)
    machine.charge(EVALUATION + STEPS - run.left)
    machine.why = warnings
    if machine.heard:
        machine.keep_heard(token, chose=chooses)
    machine.journal.warnings.extend(f"{token.task_spec.name}, {where}: {warning}" for warning in warnings)
    return value


def is_true(token: Token, expression: Expression, word: str, extra: Mapping[str, Any] | None = None) -> bool:
    """Whether a condition holds; what is neither true nor false is an incident, not a silent no."""
    value = evaluate(token, expression, word, extra, chooses=True)
    if not isinstance(value, bool):
        raise Failure(f"die {word} ergibt weder wahr noch falsch, sondern {shown(value)}{because(token)}")
    return value


def text_value(token: Token, text: Text, where: str, extra: Mapping[str, Any] | None = None) -> Any:
    return text.source if text.expression is None else evaluate(token, text.expression, where, extra)


def mapped(token: Token, mappings: tuple[tuple[str, Text], ...], known: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The variables that mappings make, each seeing those before it; a path is put into the context of that name in `known`."""
    made: dict[str, Any] = {}
    for target, text in mappings:
        value = text_value(token, text, f"Zuordnung zu {target}", made)
        name = target.partition(".")[0]
        made[name] = assign_path(target, value, made.get(name, (known or {}).get(name)))
    return made


def finish_with(token: Token, variables: Mapping[str, Any]) -> None:
    """Take in a result and queue the token to be finished; a failure from here on keeps what was taken in."""
    machine = token.workflow
    machine.unwait(token)
    give(token, variables)
    token.internal_data["finishing"] = True
    token._set_state(TaskState.READY)
    machine.queue(token)


def give(token: Token, results: Mapping[str, Any]) -> None:
    """Results of an element: kept to itself where it maps them, else let out as they are, past its own variables."""
    machine, node = token.workflow, token.task_spec
    if not results:
        return
    if node.outputs_map:
        machine.set_local(token, results)
    else:
        machine.set_outwards(token if token.id in machine.scopes else token.parent, results)


def map_outwards(token: Token, node: Node) -> None:
    """Map results outwards, once; from an item of a list past the item's own variables, so that it can be collected."""
    if token.internal_data.get("out"):
        return  # tried again, because none of its ways was open
    if node.outputs_map:
        to = token if "item" in token.internal_data else token.parent
        token.workflow.set_outwards(to, mapped(token, node.outputs_map, token.workflow.view(token)))
    token.internal_data["out"] = True


def open_scope(scope: Token, node: Node) -> None:
    """Set up what can start the event sub-processes of a process or sub-process."""
    machine = scope.workflow
    watchers: list[str] = []
    scope.internal_data["watchers"] = watchers
    for inner in node.triggered:
        if inner.start is None:
            continue  # refused by the checks
        watcher = machine.new_token(inner.start, scope, TaskState.WAITING)
        watcher.internal_data["watch"] = True
        watchers.append(watcher.id)
        machine.attempt(watcher, partial(inner.start.arm, watcher))
    if not watchers:
        del scope.internal_data["watchers"]


class Body(Node):
    """The process as a whole; not an element of the diagram."""

    shown = False

    def __init__(self, nodes: WorkflowSpec, process_id: str) -> None:
        super().__init__(nodes, Element(process_id, "process", "", "", 0))

    def emptied(self, token: Token) -> None:
        token.workflow.unwatch(token)
        token._set_state(TaskState.COMPLETED)
