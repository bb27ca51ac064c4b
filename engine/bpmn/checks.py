"""What can be seen of a diagram before it runs: references, starts, reachability, ways out of gateways and loops."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from engine.base.errors import Cause
from engine.bpmn.diagram import Element, Process
from engine.bpmn.paths import successors
from engine.bpmn.reading import ACTIVITIES, CONTAINERS, GERMAN
from engine.bpmn.structure import cause as _cause
from engine.bpmn.structure import check_structure
from engine.bpmn.timers import NotATime, cycle, due
from engine.bpmn.values import LONGEST_ID, LONGEST_KEY, LONGEST_LOGIN, LONGEST_TYPE, STATUSES

WAITING = frozenset({"userTask", "serviceTask", "receiveTask", "eventBasedGateway", "callActivity"})
TARGET = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


def check_process(process: Process) -> Iterator[Cause]:
    """Every finding of one process."""
    yield from _references(process)
    yield from _too_long(process)
    yield from check_structure(process)
    for element in process.elements.values():
        yield from _element(process, element)
    yield from _unreachable(process)
    yield from _loops(process)


def _references(process: Process) -> Iterator[Cause]:
    for flow in process.flows.values():
        ends = [process.elements.get(flow.source), process.elements.get(flow.target)]
        if None in ends:
            missing = flow.source if ends[0] is None else flow.target
            message = (
                f"der Fluss „{flow.id}“ führt zu oder von „{missing}“, das es hier nicht gibt oder das nicht ausgeführt wird"
            )
            yield Cause(message, "Fluss neu ziehen", file=process.file, line=flow.line, element=flow.id)
        elif ends[0].parent != ends[1].parent:  # type: ignore[union-attr]  # both are there
            message = f"der Fluss „{flow.id}“ überschreitet die Grenze eines Teilprozesses"
            yield Cause(
                message, "Fluss innerhalb des Teilprozesses enden lassen", file=process.file, line=flow.line, element=flow.id
            )
    for element in process.elements.values():
        if element.default and (element.default not in process.flows or process.flows[element.default].source != element.id):
            yield _cause(
                element, f"der Standardfluss „{element.default}“ gehört nicht zu diesem Element", "Standardfluss neu setzen"
            )
        if element.kind == "boundaryEvent":
            host = process.elements.get(element.attached_to or "")
            if host is None or host.kind not in ACTIVITIES:
                yield _cause(element, "das Randereignis hängt an keiner Aktivität", "an eine Aktivität heften")


def _too_long(process: Process) -> Iterator[Cause]:
    """Ids and texts that no row has room for: found now, they do not stop the first application."""
    if len(process.id) > LONGEST_ID:
        hint = f"höchstens {LONGEST_ID} Zeichen"
        yield Cause("die Kennung des Prozesses ist zu lang", hint, file=process.file, line=process.line)
    for element in process.elements.values():
        event = element.event
        for what, text, longest in (
            ("die Kennung", element.id, LONGEST_ID),
            ("der Name des Ereignisses", event.name, LONGEST_ID),
            ("der Korrelationsschlüssel", event.key, LONGEST_KEY),
            ("die Kennung der Nachricht", event.id, LONGEST_ID),
            ("die Art der Service-Aufgabe", element.job_type, LONGEST_TYPE),
            ("der Anmeldename der zuständigen Person", element.assignee, LONGEST_LOGIN),
        ):
            if text is not None and len(text) > longest and not text.startswith("="):
                yield _cause(element, f"{what} ist zu lang", f"höchstens {longest} Zeichen")


def _element(process: Process, element: Element) -> Iterator[Cause]:
    yield from _needs(process, element)
    yield from _timer(element)
    yield from _ways_out(process, element)


def _needs(process: Process, element: Element) -> Iterator[Cause]:
    """What an element of its kind must say, and flows it must not have."""
    if element.kind == "serviceTask" and not element.job_type:
        yield _cause(element, "die Service-Aufgabe nennt keine Art (taskDefinition type)", "Art des Konnektors angeben")
    if element.kind == "sendTask" and not element.job_type and not element.event.name:
        yield _cause(element, "die Sende-Aufgabe nennt weder eine Nachricht noch eine Art", "Nachricht oder Art angeben")
    if element.kind == "scriptTask" and not element.script and not element.job_type:
        yield _cause(element, "die Skript-Aufgabe hat keinen FEEL-Ausdruck", "FEEL-Ausdruck angeben")
    if element.kind == "businessRuleTask" and not element.decision and not element.job_type:
        yield _cause(element, "die Geschäftsregel-Aufgabe nennt keine Entscheidung", "Entscheidung (calledDecision) angeben")
    if element.kind == "callActivity" and not element.called:
        yield _cause(element, "die Aufruf-Aktivität nennt keinen Prozess", "Prozess-Id (calledElement) angeben")
    for mapping in (*element.inputs, *element.outputs):
        if not TARGET.fullmatch(mapping.target):
            message = f"„{mapping.target}“ ist kein Name einer Variablen"
            yield Cause(
                message, "Buchstaben, Ziffern und _ verwenden", file=element.file, line=mapping.line, element=element.id
            )
    for other in element.four_eyes:
        if process.elements.get(other, element).kind != "userTask" or other not in process.elements:
            yield _cause(element, f"vier_augen nennt „{other}“, das hier keine Benutzeraufgabe ist", "Id berichtigen")
    yield from _approval(element)
    yield from _status(element)


def _status(element: Element) -> Iterator[Cause]:
    """A status is what a case is called that ends here."""
    if element.status is None:
        return
    if element.kind != "endEvent":
        yield _cause(element, "status steht nicht an einem Endereignis", "an das Endereignis schreiben")
    elif element.status not in STATUSES:
        yield _cause(element, f"den Status „{element.status}“ gibt es nicht", f"eines von {', '.join(STATUSES)}")


def _approval(element: Element) -> Iterator[Cause]:
    """Who approves must be somebody else than who wrote, so the task has to say who wrote."""
    if element.approves is None:
        return
    if element.kind != "userTask":
        yield _cause(element, "gibt_frei steht nicht an einer Benutzeraufgabe", "an die Aufgabe schreiben, die freigibt")
    if not element.approves.strip().startswith("="):
        yield _cause(element, "gibt_frei ist kein FEEL-Ausdruck", '=if freigabe = "freigeben" then entwurf.bescheid else null')
    if not element.four_eyes:
        hint = "vier_augen = die Aufgaben, in denen der Bescheid entsteht"
        yield _cause(element, "gibt_frei ohne vier_augen: Niemand gibt die eigene Arbeit frei", hint)


def _ways_out(process: Process, element: Element) -> Iterator[Cause]:
    """Conditions and defaults of the flows out of an element."""
    word = GERMAN[element.kind]
    outgoing = process.outgoing(element.id)
    conditional = [flow for flow in outgoing if flow.condition and flow.id != element.default]
    if conditional and not element.default and len(conditional) == len(outgoing) and element.kind != "parallelGateway":
        yield _cause(
            element,
            f"{word} ohne Standardfluss: trifft keine Bedingung zu, bleibt der Vorgang stehen",
            "einen Fluss als Standard setzen",
            "warning",
        )
    if (
        element.kind == "exclusiveGateway"
        and len(outgoing) > 1
        and any(not f.condition and f.id != element.default for f in outgoing)
    ):
        yield _cause(
            element,
            "ein Fluss hat keine Bedingung und ist nicht Standard; er gilt als „sonst“",
            "als Standardfluss setzen",
            "warning",
        )
    if element.kind == "parallelGateway" and conditional:
        yield _cause(
            element,
            "Bedingungen an Flüssen eines parallelen Gateways haben keine Wirkung",
            "exklusives Gateway verwenden",
            "warning",
        )


def _timer(element: Element) -> Iterator[Cause]:
    event = element.event
    if event.kind != "timer" or event.text.startswith("="):
        return
    try:
        if event.timer == "cycle":
            cycle(event.text)
        else:
            due(event.timer, event.text, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    except NotATime as exc:
        yield _cause(element, f"Zeitereignis: {exc}", "ISO 8601 oder FEEL mit = angeben")


def _unreachable(process: Process) -> Iterator[Cause]:
    after = successors(process, inside=True)
    reached: set[str] = set()
    stack = [e.id for e in process.elements.values() if e.parent is None and (e.kind == "startEvent" or e.triggered)]
    while stack:
        id = stack.pop()
        if id not in reached:
            reached.add(id)
            stack.extend(after[id])
    for element in process.elements.values():
        if element.id not in reached:
            yield _cause(element, "wird von keinem Startereignis aus erreicht", "verbinden oder löschen", "warning")


def _loops(process: Process) -> Iterator[Cause]:
    """Cycles on which nothing ever waits: a warning, or an error where no flow leaves the cycle."""
    after = successors(process)
    passed = dict.fromkeys(id for id in after if _passes(process, after, id))
    quick = {id: [next for next in after[id] if next in passed] for id in passed}
    for component in components(quick):
        if len(component) == 1 and component[0] not in quick[component[0]]:
            continue
        element = process.elements[component[0]]
        inside = set(component)
        leaves = any(target not in inside for id in component for target in after[id])
        boundary = any(e.attached_to in inside for e in process.elements.values())
        if leaves or boundary:
            yield _cause(element, "eine Schleife, in der nichts wartet", "prüfen, dass sie verlassen wird", "warning")
        else:
            yield _cause(
                element, "eine Schleife ohne Ausgang, in der nichts wartet: der Vorgang endet nie", "einen Ausgang zeichnen"
            )


def _passes(process: Process, after: dict[str, list[str]], id: str) -> bool:
    """Whether an element can be gone through without waiting; a sub-process by a way from its start to an end."""
    element = process.elements[id]
    if element.kind not in CONTAINERS:
        return not _waits(element)
    stack = [e.id for e in process.elements.values() if e.parent == id and _begins(process, e, element.kind)]
    seen: set[str] = set()
    while stack:
        inner = stack.pop()
        if inner in seen or not _passes(process, after, inner):
            continue
        if not after[inner]:
            return True
        seen.add(inner)
        stack.extend(after[inner])
    return False


def _waits(element: Element) -> bool:
    """Whether a token that comes here rests."""
    if element.kind == "intermediateCatchEvent":
        return element.event.kind != "link"
    return element.kind in WAITING or (element.job_type is not None and not element.decision and not element.script)


def _begins(process: Process, element: Element, container: str) -> bool:
    """Whether a sub-process of that kind begins with this element of it."""
    if container == "adHocSubProcess":
        return not process.incoming(element.id)
    return element.kind == "startEvent"


def components(graph: dict[str, list[str]]) -> list[list[str]]:
    """Strongly connected components, by Tarjan's algorithm without recursion."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    on_stack: set[str] = set()
    stack: list[str] = []
    found: list[list[str]] = []
    for root, first in graph.items():
        if root in index:
            continue
        work = [(root, iter(first))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(graph[target])))
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    component: list[str] = []
                    while not component or component[-1] != node:
                        component.append(stack.pop())
                    on_stack.difference_update(component)
                    found.append(component[::-1])
    return found
