"""A checked, compiled bundle of diagrams: parsed once per process, shared, never changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec

from engine.base.errors import Cause, Invalid
from engine.bpmn.checks import check_process
from engine.bpmn.diagram import Element, Process, texts_of
from engine.bpmn.nodes import NODES, Body, Node, Text, Way
from engine.bpmn.paths import links, reach
from engine.bpmn.reader import read_file
from engine.bpmn.reading import CONTAINERS
from engine.bpmn.values import StartAt
from engine.feel import Expression, FeelSyntaxError, compile_expression, to_text

MAX_FINDINGS = 500
SENTENCE = "Das Diagramm kann so nicht ausgeführt werden."


@dataclass(frozen=True, slots=True)
class Compiled:
    """A process with its SpiffWorkflow nodes."""

    process: Process
    nodes: WorkflowSpec
    body: Body
    start: Node | None
    """Where it begins when it is started or called; None if only events start it."""

    def node(self, id: str) -> Node:
        node: Node = self.nodes.task_specs[id]
        return node

    def starts(self) -> list[Node]:
        """The start events of the process itself."""
        return [self.node(id) for id, one in self.process.elements.items() if one.kind == "startEvent" and one.parent is None]


@dataclass(frozen=True, slots=True)
class Spec:
    """All processes of a bundle, ready to run. `findings` are the warnings and advice."""

    compiled: Mapping[str, Compiled]
    findings: tuple[Cause, ...]
    decisions: tuple[bytes, ...] = ()
    """The DMN files of the bundle."""

    @property
    def executable(self) -> str | None:
        """The only executable process, if there is just one."""
        ids = [id for id, one in self.compiled.items() if one.process.executable] or list(self.compiled)
        return ids[0] if len(ids) == 1 else None

    def starts(self, process_id: str) -> tuple[StartAt, ...]:
        """The start events by which messages, signals and times make an instance of a process."""
        found = []
        for node in self.compiled[process_id].starts():
            event = node.element.event
            text = node.expressions.get("time") or node.expressions.get("name")
            if event.kind != "none" and text is not None:
                written, timed = _constant(text), event.kind == "timer"
                name, said = ("", written) if timed else (written, "")
                found.append(StartAt(process_id, node.name, event.kind, name, event.timer, said))
        return tuple(found)

    def processes(self) -> Iterator[Process]:
        return (one.process for one in self.compiled.values())

    def elements(self) -> Iterator[Element]:
        for one in self.processes():
            yield from one.elements.values()

    def ends(self) -> frozenset[str]:
        """The end events of all processes, and every element that leads nowhere."""
        return frozenset(
            id
            for one in self.compiled.values()
            for id, element in one.process.elements.items()
            if element.kind == "endEvent" or not one.process.outgoing(id)
        )

    def reached_from(self, process_id: str) -> Iterator[Element]:
        """The elements of a process and of those it calls by name, and they call."""
        found, stack = set[str](), [process_id]
        while stack:
            id = stack.pop()
            if id in found or id not in self.compiled:
                continue
            found.add(id)
            for element in self.compiled[id].process.elements.values():
                yield element
                if element.called:
                    stack.append(element.called)


def parse(files: Mapping[str, bytes]) -> Spec:
    """Read, check and compile the diagrams of a bundle (file name → BPMN XML; DMN files are kept for its decisions).

    Raises:
        Invalid: with every finding of every file, if one of them is an error.
    """
    spec, findings = inspect(files)
    if spec is None:
        raise Invalid(SENTENCE, findings)
    return spec


def inspect(files: Mapping[str, bytes]) -> tuple[Spec | None, list[Cause]]:
    """The spec (None if there are errors) and all findings, in the order of files and lines."""
    findings: list[Cause] = []
    processes: dict[str, Process] = {}
    decisions = tuple(content for name, content in files.items() if name.endswith(".dmn"))
    for name, content in files.items():
        if name.endswith(".dmn"):
            continue
        try:
            found, causes = read_file(name, content)
        except Invalid as invalid:
            findings.extend(invalid.causes)
            continue
        findings.extend(causes)
        for process in found:
            _add_process(processes, process, findings)
    compiled = {}
    for process in processes.values():
        findings.extend(check_process(process))
        made = compile_process(process, findings)
        if made is not None:
            compiled[process.id] = made
    if not processes and not findings:
        hint = "ein BPMN-Diagramm mit einem ausführbaren Prozess beilegen"
        findings.append(Cause("Es ist kein Prozess enthalten", hint, file=next(iter(files), None), line=1))
    findings.sort(key=lambda cause: (cause.file or "", cause.line or 0))
    broken = any(cause.severity == "error" for cause in findings)
    if len(findings) > MAX_FINDINGS:
        more = f"und {len(findings) - MAX_FINDINGS} weitere Befunde"
        findings[MAX_FINDINGS:] = [Cause(more, "zuerst die genannten beheben", severity="error" if broken else "warning")]
    if broken:
        return None, findings
    return Spec(compiled, tuple(findings), decisions), findings


def readable(diagrams: Mapping[str, bytes]) -> tuple[list[Process], bool]:
    """The processes as they are drawn, whatever is wrong with them, and whether a diagram cannot be read at all."""
    found: list[Process] = []
    unread = False
    for name, content in diagrams.items():
        try:
            found += read_file(name, content)[0]
        except Invalid:
            unread = True
    return found, unread


def _add_process(processes: dict[str, Process], process: Process, findings: list[Cause]) -> None:
    if not process.elements:
        return  # an empty pool
    if process.id in processes:
        other = processes[process.id].file
        findings.append(
            Cause(
                f"der Prozess „{process.id}“ steht auch in {other}",
                "Prozess-Id ändern",
                file=process.file,
                line=process.line,
                element=process.id,
            )
        )
        return
    processes[process.id] = process


def compile_process(process: Process, findings: list[Cause]) -> Compiled | None:
    """The process as SpiffWorkflow nodes; None if it begins nowhere (the findings say why)."""
    nodes = WorkflowSpec(process.id)
    body = Body(nodes, f"{process.id} (Prozess)")
    made = {id: NODES[element.kind](nodes, element) for id, element in process.elements.items()}
    for node in made.values():
        _compile_texts(node, findings)
        _connect(node, process, made, findings)
    body.start = _none_start(made, None)
    if not any(node.element.kind == "startEvent" and node.element.parent is None for node in made.values()):
        return None
    _set_inside(body, None, made)
    for id, node in made.items():
        if node.element.kind in CONTAINERS:
            _set_inside(node, id, made)
        elif node.element.kind == "inclusiveGateway":
            node.reach = reach(process, node.element)
        _attach(node, process, made)
    return Compiled(process, nodes, body, body.start)


def _none_start(made: Mapping[str, Node], parent: str | None) -> Node | None:
    starts = [node for node in made.values() if node.element.kind == "startEvent" and node.element.parent == parent]
    return next((node for node in starts if node.element.event.kind == "none"), None)


def _set_inside(node: Node, id: str | None, made: Mapping[str, Node]) -> None:
    """What a process or sub-process contains: where it begins, and which events start something inside it."""
    inside = [one for one in made.values() if one.element.parent == id]
    starts = [one for one in inside if one.element.kind == "startEvent"]
    node.start = (starts[0] if starts else None) if node.element.triggered else _none_start(made, id)
    node.triggered = tuple(one for one in inside if one.element.triggered)
    node.roots = tuple(one for one in inside if _is_root(one))


def _is_root(node: Node) -> bool:
    """Whether an element begins by itself in an ad-hoc sub-process."""
    element = node.element
    return (
        not node.incoming
        and not element.triggered
        and not element.undoes
        and element.kind not in ("boundaryEvent", "startEvent")
    )


def _attach(node: Node, process: Process, made: Mapping[str, Node]) -> None:
    """Boundary events to their activity, handlers to what they undo, links to where they lead."""
    element, event = node.element, node.element.event
    host = made.get(element.attached_to or "")
    if host is not None:
        if event.kind != "compensate":
            host.boundaries = (*host.boundaries, node)
        elif event.handler in made:
            host.undone_by, host.undo_event = made[event.handler], node
    if event.kind == "link" and element.kind == "intermediateThrowEvent":
        node.link = next((made[one.id] for one in links(process, element)), None)


def _connect(node: Node, process: Process, made: Mapping[str, Node], findings: list[Cause]) -> None:
    ways = []
    for flow in process.outgoing(node.element.id):
        if flow.target not in made:
            continue
        node.connect(made[flow.target])
        default = flow.id == node.element.default
        condition = None
        if flow.condition is not None and not default:
            condition = _compile(flow.condition, node.element, flow.line, f"Bedingung am Fluss „{flow.id}“", findings)
        ways.append(Way(flow, condition, default))
    node.ways = tuple(ways)
    node.incoming = tuple(flow.id for flow in process.incoming(node.element.id))


def _compile(source: str, element: Element, line: int, where: str, findings: list[Cause]) -> Expression | None:
    try:
        return compile_expression(source)
    except FeelSyntaxError as error:
        message = f"{where}: {error.sentence} (Zeile {error.line}, Spalte {error.column} des Ausdrucks)"
        findings.append(Cause(message, "FEEL-Ausdruck berichtigen", file=element.file, line=line, element=element.id))
        return None


def _constant(text: Text) -> str:
    """What a text says before there is an instance."""
    if text.expression is None:
        return text.source
    value = text.expression.evaluate({}, [])
    return value if isinstance(value, str) else "" if value is None else to_text(value)


def _compile_texts(node: Node, findings: list[Cause]) -> None:
    element = node.element
    for field, source, feel in texts_of(element):
        if source:
            node.expressions[field] = _text(source, feel, element, element.line, field, findings)
    node.inputs_map = tuple((m.target, _text(m.source, False, element, m.line, "Eingabe", findings)) for m in element.inputs)
    node.outputs_map = tuple((m.target, _text(m.source, False, element, m.line, "Ausgabe", findings)) for m in element.outputs)


def _text(source: str, feel: bool, element: Element, line: int, where: str, findings: list[Cause]) -> Text:
    stripped = source.strip()
    if feel or stripped.startswith("="):
        return Text(source, _compile(stripped.removeprefix("="), element, line, where, findings))
    return Text(source, None)
