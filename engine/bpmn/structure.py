"""How the parts of a diagram must fit: starts, event sub-processes, compensation, transactions, links, event gateways."""

from __future__ import annotations

from collections.abc import Iterator

from engine.base.errors import Cause, Severity
from engine.bpmn.diagram import Element, Process
from engine.bpmn.paths import links
from engine.bpmn.reading import CONTAINERS

AFTER_GATEWAY = frozenset({"timer", "message", "signal", "conditional"})


def cause(element: Element, message: str, hint: str = "", severity: Severity = "error") -> Cause:
    """A finding at an element."""
    return Cause(message, hint, file=element.file, line=element.line, element=element.id, severity=severity)


def check_structure(process: Process) -> Iterator[Cause]:
    """What does not fit together in a process."""
    yield from _starts(process)
    for element in process.elements.values():
        if element.triggered:
            yield from _event_sub_process(process, element)
        yield from _compensation(process, element)
        yield from _cancel(process, element)
        yield from _link(process, element)
        yield from _codes(element)
        if element.kind == "eventBasedGateway":
            yield from _after_gateway(process, element)
        if element.kind == "adHocSubProcess":
            yield from _adhoc(process, element)


def _starts(process: Process) -> Iterator[Cause]:
    """A process begins at one plain start event, or by events; a sub-process at just one of its own."""
    containers = [e for e in process.elements.values() if e.kind in CONTAINERS and e.kind != "adHocSubProcess"]
    for container in (None, *containers):
        parent = container.id if container else None
        starts = [e for e in process.elements.values() if e.kind == "startEvent" and e.parent == parent]
        plain = [e for e in starts if e.event.kind == "none"]
        if container is not None and not container.triggered:
            for start in starts:
                if start.event.kind != "none":
                    yield cause(start, "ein Teilprozess beginnt nicht durch ein Ereignis", "Ereignis-Teilprozess zeichnen")
        few = container is not None and len(starts) > 1
        if starts and len(plain) < 2 and not few:
            continue
        word = "hat kein Startereignis" if not starts else "hat mehrere Startereignisse"
        name = f"der Teilprozess „{container.id}“" if container else f"der Prozess „{process.id}“"
        line, id = (container.line, container.id) if container else (process.line, process.id)
        yield Cause(f"{name} {word}", "genau ein Startereignis zeichnen", file=process.file, line=line, element=id)


def _event_sub_process(process: Process, element: Element) -> Iterator[Cause]:
    if element.kind != "subProcess":
        yield cause(element, "nur ein Teilprozess kann durch ein Ereignis beginnen", "als Ereignis-Teilprozess zeichnen")
    if process.incoming(element.id) or process.outgoing(element.id):
        yield cause(element, "zu oder von einem Ereignis-Teilprozess führt ein Fluss", "Fluss löschen")
    if element.loop is not None:
        yield cause(element, "ein Ereignis-Teilprozess wird nicht mehrfach ausgeführt", "Mehrfachausführung entfernen")
    for other in process.elements.values():
        if other.attached_to == element.id:
            yield cause(other, "an einem Ereignis-Teilprozess hängt ein Randereignis", "Randereignis löschen")


def _compensation(process: Process, element: Element) -> Iterator[Cause]:
    event = element.event
    if element.undoes:
        if process.incoming(element.id) or process.outgoing(element.id):
            message = "zu oder von einer Kompensations-Aktivität führt ein Fluss"
            yield cause(element, message, "nur mit dem Kompensations-Ereignis verbinden (Assoziation)")
        if not any(other.event.handler == element.id for other in process.elements.values()):
            yield cause(element, "die Kompensations-Aktivität gehört zu keinem Ereignis", "Assoziation ziehen", "warning")
    if event.kind != "compensate":
        return
    if element.kind == "boundaryEvent":
        handler = process.elements.get(event.handler)
        if handler is None or not handler.undoes or handler.parent != element.parent:
            message = "das Kompensations-Ereignis ist mit keiner Kompensations-Aktivität verbunden"
            yield cause(element, message, "Assoziation zu einer Aktivität mit isForCompensation ziehen")
        if process.outgoing(element.id):
            yield cause(element, "aus einem Kompensations-Ereignis führt ein Fluss", "durch eine Assoziation ersetzen")
    elif event.activity and event.activity not in process.elements:
        yield cause(element, f"die Aktivität „{event.activity}“, die rückgängig gemacht wird, gibt es nicht", "Id berichtigen")


def _cancel(process: Process, element: Element) -> Iterator[Cause]:
    if element.event.kind != "cancel":
        return
    if element.kind == "boundaryEvent":
        host = process.elements.get(element.attached_to or "")
        if host is None or host.kind != "transaction":
            yield cause(element, "das Abbruch-Ereignis hängt an keiner Transaktion", "an eine Transaktion heften")
        return
    above = process.elements.get(element.parent or "")
    while above is not None and above.kind != "transaction":
        above = process.elements.get(above.parent or "")
    if above is None:
        yield cause(element, "ein Abbruch-Ende steht in keiner Transaktion", "in eine Transaktion zeichnen")
    elif not any(e.attached_to == above.id and e.event.kind == "cancel" for e in process.elements.values()):
        message = f"die Transaktion „{above.id}“ hat kein Abbruch-Randereignis: nach dem Abbruch ginge es nicht weiter"
        yield cause(element, message, "ein Abbruch-Ereignis an die Transaktion heften")


def _link(process: Process, element: Element) -> Iterator[Cause]:
    if element.event.kind != "link":
        return
    if element.kind == "intermediateThrowEvent":
        found = list(links(process, element))
        if len(found) != 1:
            message = f"zum Link „{element.event.name}“ gibt es {'kein Ziel' if not found else 'mehrere Ziele'}"
            yield cause(element, message, "genau ein fangendes Link-Ereignis mit diesem Namen zeichnen")
        if process.outgoing(element.id):
            yield cause(element, "aus einem auslösenden Link-Ereignis führt ein Fluss", "Fluss löschen")
    elif process.incoming(element.id):
        yield cause(element, "in ein fangendes Link-Ereignis führt ein Fluss", "Fluss löschen")


def _codes(element: Element) -> Iterator[Cause]:
    catches = element.kind in ("boundaryEvent", "startEvent") and element.event.kind in ("error", "escalation")
    if catches and element.event.name.startswith("="):
        yield cause(element, "der Code, der gefangen wird, ist ein Ausdruck", "einen festen Code angeben")


def _after_gateway(process: Process, element: Element) -> Iterator[Cause]:
    targets = [process.elements.get(flow.target) for flow in process.outgoing(element.id)]
    if len(targets) < 2:
        yield cause(
            element, "ein ereignisbasiertes Gateway braucht mindestens zwei Ereignisse", "ein weiteres Ereignis anschließen"
        )
    for target in targets:
        if target is None:
            continue
        waits = target.kind == "intermediateCatchEvent" and target.event.kind in AFTER_GATEWAY
        if not waits and target.kind != "receiveTask":
            message = f"auf ein ereignisbasiertes Gateway folgt „{target.id}“, das kein Ereignis ist"
            yield cause(element, message, "ein Zwischenereignis oder eine Empfangs-Aufgabe anschließen")
        elif target.loop is not None or any(other.attached_to == target.id for other in process.elements.values()):
            message = "nach einem ereignisbasierten Gateway steht eine Aufgabe mit Randereignis oder Mehrfachausführung"
            yield cause(target, message, "ein Zwischenereignis davor zeichnen")


def _adhoc(process: Process, element: Element) -> Iterator[Cause]:
    inside = [other for other in process.elements.values() if other.parent == element.id]
    for other in inside:
        if other.kind in ("startEvent", "endEvent"):
            yield cause(other, "ein Ad-hoc-Teilprozess hat weder Start- noch Endereignisse", "Ereignis löschen")
    if not inside:
        yield cause(element, "der Ad-hoc-Teilprozess enthält keine Aktivität", "Aktivitäten hineinzeichnen", "warning")
