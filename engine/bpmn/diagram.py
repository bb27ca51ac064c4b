"""A process as drawn: plain frozen values, read from BPMN XML by `engine.bpmn.reader`.

The dialect is BPMN 2.0 with Zeebe's extension elements. Text that starts with `=` is FEEL, other text stands for itself;
conditions are always FEEL.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow. `condition` is FEEL, or None."""

    id: str
    source: str
    target: str
    condition: str | None
    line: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class EventDefinition:
    """What an event waits for or throws.

    kind: none | timer | message | signal | error | escalation | conditional | compensate | link | cancel | terminate

    A timer is a date, duration or cycle with a `text`, a condition has its FEEL there. Messages, signals and links have a
    `name`, errors and escalations their code as `name` ("" catches every one). A message caught has a `key`; one thrown also an
    `id` and a time to live. A compensation may name the `activity` that is undone, and at an activity its `handler`.
    """

    kind: str = "none"
    timer: str = ""
    text: str = ""
    name: str = ""
    key: str | None = None
    id: str | None = None
    ttl: str | None = None
    activity: str = ""
    handler: str = ""


@dataclass(frozen=True, slots=True)
class MultiInstance:
    """One activity for every item of a collection, or so many times (`cardinality`): all at once, or one after another."""

    collection: str | None
    item: str | None
    output_collection: str | None
    output_element: str | None
    completion: str | None
    sequential: bool = False
    cardinality: str | None = None


@dataclass(frozen=True, slots=True)
class StandardLoop:
    """One activity again and again while a condition holds, at most so many times."""

    condition: str | None
    before: bool
    most: int | None


@dataclass(frozen=True, slots=True)
class AdHoc:
    """How the activities of an ad-hoc sub-process are done: which (FEEL; None: all), in which order, and when it is enough."""

    active: str | None = None
    sequential: bool = False
    completion: str | None = None
    cancels_rest: bool = True
    output_collection: str | None = None
    output_element: str | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """An input or output mapping: the FEEL source goes to the target variable (a path, joined by dots)."""

    source: str
    target: str
    line: int


@dataclass(frozen=True, slots=True)
class Element:
    """A flow node. `kind` is its BPMN name (userTask, exclusiveGateway, …); `parent` the sub-process it stands in."""

    id: str
    kind: str
    name: str
    file: str
    line: int
    parent: str | None = None
    attached_to: str | None = None
    interrupting: bool = True
    default: str | None = None
    event: EventDefinition = EventDefinition()
    loop: MultiInstance | StandardLoop | None = None
    inputs: tuple[Mapping, ...] = ()
    outputs: tuple[Mapping, ...] = ()
    lane: str | None = None
    triggered: bool = False
    """A sub-process that an event of its own starts."""
    undoes: bool = False
    """An activity that is only done to compensate another."""
    # what only some kinds have
    adhoc: AdHoc | None = None
    job_type: str | None = None
    retries: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    form: str | None = None
    assignee: str | None = None
    groups: str | None = None
    due: str | None = None
    four_eyes: tuple[str, ...] = ()
    """Tasks whose editors may not do this one."""
    approves: str | None = None
    """FEEL: which draft of a Bescheid completing this task approves."""
    status: str | None = None
    """What a case is called that ends here."""
    script: str | None = None
    result: str | None = None
    decision: str | None = None
    called: str | None = None
    hand_down: bool = True
    """A call activity gives the called process all it can see."""
    hand_up: bool = True
    """A call activity takes over all that the called process has made."""


@dataclass(frozen=True)
class Process:
    """A process of a file: its nodes and flows by id. Filled while it is read, and not changed afterwards."""

    id: str
    name: str
    file: str
    line: int
    executable: bool
    elements: dict[str, Element] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)

    def outgoing(self, element: str) -> list[Flow]:
        return self._by_end["source"].get(element, [])

    def incoming(self, element: str) -> list[Flow]:
        return self._by_end["target"].get(element, [])

    @cached_property
    def _by_end(self) -> dict[str, dict[str, list[Flow]]]:
        found: dict[str, dict[str, list[Flow]]] = {"source": {}, "target": {}}
        for flow in self.flows.values():
            found["source"].setdefault(flow.source, []).append(flow)
            found["target"].setdefault(flow.target, []).append(flow)
        return found


def texts_of(element: Element) -> Iterator[tuple[str, str | None, bool]]:
    """What a designer wrote at an element: the field, its text, and whether that is FEEL without a leading `=`."""
    loop, event, adhoc = element.loop, element.event, element.adhoc
    yield "type", element.job_type, False
    yield "retries", element.retries, False
    yield "form", element.form, False
    yield "assignee", element.assignee, False
    yield "groups", element.groups, False
    yield "due", element.due, False
    yield "approves", element.approves, False
    yield "decision", element.decision, False
    yield "called", element.called, False
    yield "script", element.script, True
    if event.kind == "timer":
        yield "time", event.text, False
    elif event.kind == "conditional":
        yield "condition", event.text, True
    elif event.kind in ("message", "signal", "error", "escalation"):
        yield "name", event.name, False
        yield "key", event.key, False
        yield "id", event.id, False
        yield "ttl", event.ttl, False
    if isinstance(loop, MultiInstance):
        yield "collection", loop.collection, True
        yield "cardinality", loop.cardinality, True
        yield "output_element", loop.output_element, True
        yield "completion", loop.completion, True
    elif loop is not None:
        yield "again", loop.condition, True
    if adhoc is not None:
        yield "active", adhoc.active, True
        yield "completion", adhoc.completion, True
        yield "output_element", adhoc.output_element, True


def expressions_of(process: Process, element: Element) -> Iterator[str]:
    """The sources of all expressions of an element and the flows out of it."""
    written = [(text, feel) for _, text, feel in texts_of(element) if text]
    written += [(mapping.source, False) for mapping in (*element.inputs, *element.outputs)]
    yield from (text.strip().removeprefix("=") for text, feel in written if feel or text.strip().startswith("="))
    yield from (flow.condition for flow in process.outgoing(element.id) if flow.condition)
