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
    """What an event waits for or throws. kind: none | timer | message | error.

    A timer is a date, duration or cycle with a `text`; a message has `name` and `key`; an error has its code as `name`.
    """

    kind: str = "none"
    timer: str = ""
    text: str = ""
    name: str = ""
    key: str | None = None


@dataclass(frozen=True, slots=True)
class MultiInstance:
    """One activity for every item of a collection, all at once."""

    collection: str
    item: str | None
    output_collection: str | None
    output_element: str | None
    completion: str | None


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
    loop: MultiInstance | None = None
    inputs: tuple[Mapping, ...] = ()
    outputs: tuple[Mapping, ...] = ()
    lane: str | None = None
    # what only some kinds have
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


def expressions_of(process: Process, element: Element) -> Iterator[str]:
    """The sources of all expressions of an element and the flows out of it."""
    written = [element.job_type, element.form, element.assignee, element.groups, element.due, element.decision, element.called]
    written.append(element.approves)
    written += [mapping.source for mapping in (*element.inputs, *element.outputs)]
    if element.event.kind == "timer":
        written.append(element.event.text)
    yield from (text.strip().removeprefix("=") for text in written if text and text.strip().startswith("="))
    loop = element.loop
    yield from (
        text
        for text in (element.script, loop and loop.collection, loop and loop.output_element, loop and loop.completion)
        if text
    )
    yield from (flow.condition for flow in process.outgoing(element.id) if flow.condition)
