"""Ways through a diagram: where links lead, and what can still come to an inclusive join."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.bpmn.diagram import Element, Process


def links(process: Process, element: Element) -> Iterator[Element]:
    """The link events at which a throwing link event goes on: those of its name that catch in the same (sub-)process."""
    for other in process.elements.values():
        catches = other.kind == "intermediateCatchEvent" and other.parent == element.parent
        if catches and (other.event.kind, other.event.name) == ("link", element.event.name):
            yield other


def successors(process: Process, *, inside: bool = False) -> dict[str, list[str]]:
    """What each element leads to: by a flow or a link; `inside`: also what begins in it, stands at its edge, or undoes it."""
    after: dict[str, list[str]] = {id: [] for id in process.elements}
    for flow in process.flows.values():
        if flow.source in after and flow.target in after:
            after[flow.source].append(flow.target)
    for element in process.elements.values():
        if element.kind == "intermediateThrowEvent" and element.event.kind == "link":
            after[element.id].extend(other.id for other in links(process, element))
        if not inside:
            continue
        if element.attached_to in after:
            after[element.attached_to].append(element.id)
        if element.event.handler in after:
            after[element.id].append(element.event.handler)
        if element.parent in after and _begins_by_itself(process, element):
            after[element.parent].append(element.id)
    return after


def _begins_by_itself(process: Process, element: Element) -> bool:
    above = process.elements[element.parent or ""]
    if above.kind == "adHocSubProcess" and element.kind != "boundaryEvent" and not element.undoes:
        return not process.incoming(element.id)
    return element.kind == "startEvent" or element.triggered


def predecessors(process: Process) -> dict[str, list[str]]:
    """What leads to each element: by a flow, by a link, or from the activity at whose edge it stands."""
    before: dict[str, list[str]] = {id: [] for id in process.elements}
    for flow in process.flows.values():
        if flow.target in before and flow.source in before:
            before[flow.target].append(flow.source)
    for element in process.elements.values():
        if element.attached_to in before:
            before[element.id].append(element.attached_to)
        if element.kind == "intermediateThrowEvent" and element.event.kind == "link":
            for other in links(process, element):
                before[other.id].append(element.id)
    return before


def reach(process: Process, join: Element) -> Mapping[str, frozenset[str]]:
    """For each element: by which flows into a join it can be reached from there, without going through the join."""
    before = predecessors(process)
    found: dict[str, set[str]] = {}
    for flow in process.incoming(join.id):
        stack = [flow.source]
        while stack:
            id = stack.pop()
            if id == join.id or flow.id in found.setdefault(id, set()):
                continue
            found[id].add(flow.id)
            stack.extend(before.get(id, ()))
    return {id: frozenset(flows) for id, flows in found.items()}
