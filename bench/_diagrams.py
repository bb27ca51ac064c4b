"""The same diagrams for both engines: FEEL for ours, Python for raw SpiffWorkflow."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="defs" targetNamespace="urn:bench">\n'
)


def _flow(source: str, target: str, when: str = "") -> str:
    condition = f"<bpmn:conditionExpression>{when}</bpmn:conditionExpression>" if when else ""
    return (
        f'<bpmn:sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{condition}</bpmn:sequenceFlow>'
    )


def _script(id: str, text: str, feel: bool) -> str:
    if feel:
        expression = f'<zeebe:script expression="={text}" resultVariable="{id}_r"/>'
        return f'<bpmn:scriptTask id="{id}"><bpmn:extensionElements>{expression}</bpmn:extensionElements></bpmn:scriptTask>'
    return f'<bpmn:scriptTask id="{id}"><bpmn:script>{id}_r = {text}</bpmn:script></bpmn:scriptTask>'


def fifteen_nodes(feel: bool) -> bytes:
    """Start, three user tasks, four scripts, two splits and a join and a merge, two gateways, end: fifteen nodes."""
    parts = [
        '<bpmn:startEvent id="s"/>', *(f'<bpmn:userTask id="u{n}"/>' for n in (1, 2, 3)),
        *(_script(f"t{n}", "a + 1", feel) for n in (1, 2, 3, 4)),
        '<bpmn:parallelGateway id="auf"/>', '<bpmn:parallelGateway id="zu"/>',
        '<bpmn:exclusiveGateway id="g1" default="g1_t2"/>', '<bpmn:exclusiveGateway id="m1"/>',
        '<bpmn:exclusiveGateway id="g2" default="g2_e2"/>', '<bpmn:endEvent id="e1"/>', '<bpmn:endEvent id="e2"/>',
        _flow("s", "u1"), _flow("u1", "g1"), _flow("g1", "t1", "a &gt; 5"), _flow("g1", "t2"), _flow("t1", "m1"),
        _flow("t2", "m1"), _flow("m1", "u2"), _flow("u2", "auf"), _flow("auf", "t3"), _flow("auf", "t4"),
        _flow("t3", "zu"), _flow("t4", "zu"), _flow("zu", "u3"), _flow("u3", "g2"),
        _flow("g2", "e1", "a = 7" if feel else "a == 7"), _flow("g2", "e2"),
    ]  # fmt: skip
    body = "\n".join(parts)
    return f'{HEAD}<bpmn:process id="p" isExecutable="true">\n{body}\n</bpmn:process></bpmn:definitions>'.encode()


def user_loop() -> bytes:
    """One user task that comes again and again."""
    parts = [
        '<bpmn:startEvent id="s"/>', '<bpmn:exclusiveGateway id="m"/>', '<bpmn:userTask id="u"/>',
        '<bpmn:exclusiveGateway id="g" default="g_m"/>', '<bpmn:endEvent id="e"/>',
        _flow("s", "m"), _flow("m", "u"), _flow("u", "g"), _flow("g", "e", "fertig"), _flow("g", "m"),
    ]  # fmt: skip
    body = "\n".join(parts)
    return f'{HEAD}<bpmn:process id="p" isExecutable="true">\n{body}\n</bpmn:process></bpmn:definitions>'.encode()


def _process(*parts: str) -> bytes:
    body = "\n".join(parts)
    return f'{HEAD}<bpmn:process id="p" isExecutable="true">\n{body}\n</bpmn:process></bpmn:definitions>'.encode()


def growing_list(what: str) -> bytes:
    """A user task that comes again and again, after which what was answered is put at the end of a list."""
    mapping = f'<zeebe:ioMapping><zeebe:output source="=append(liste, {what})" target="liste"/></zeebe:ioMapping>'
    return _process(
        '<bpmn:startEvent id="s"/>', '<bpmn:exclusiveGateway id="m"/>', '<bpmn:endEvent id="e"/>',
        f'<bpmn:userTask id="u"><bpmn:extensionElements>{mapping}</bpmn:extensionElements></bpmn:userTask>',
        '<bpmn:exclusiveGateway id="g" default="g_m"/>',
        _flow("s", "m"), _flow("m", "u"), _flow("u", "g"), _flow("g", "e", "fertig"), _flow("g", "m"),
    )  # fmt: skip


def sub_process(depth: int) -> bytes:
    """A user task inside so many sub-processes."""
    inner = '<bpmn:userTask id="u"/>'
    name = "u"
    for level in range(depth):
        start, end = f"s{level}", f"e{level}"
        flows = _flow(start, name) + _flow(name, end)
        name = f"t{level}"
        parts = f'<bpmn:startEvent id="{start}"/>{inner}<bpmn:endEvent id="{end}"/>{flows}'
        inner = f'<bpmn:subProcess id="{name}">{parts}</bpmn:subProcess>'
    return _process('<bpmn:startEvent id="s"/>', inner, '<bpmn:endEvent id="e"/>', _flow("s", name), _flow(name, "e"))


def for_every_item(collects: bool) -> bytes:
    """A user task for every item of a list, all at once; `collects`: their answers become a list."""
    output = 'outputCollection="antworten" outputElement="=antwort"' if collects else ""
    extension = f'<bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=liste" inputElement="item" {output}/>'
    kind = "multiInstanceLoopCharacteristics"
    task = f'<bpmn:userTask id="u"><bpmn:{kind}>{extension}</bpmn:extensionElements></bpmn:{kind}></bpmn:userTask>'
    return _process('<bpmn:startEvent id="s"/>', task, '<bpmn:endEvent id="e"/>', _flow("s", "u"), _flow("u", "e"))


def service_chain(count: int) -> bytes:
    """So many service tasks one after another, with a connector that does next to nothing."""
    job = '<bpmn:extensionElements><zeebe:taskDefinition type="demo.druckt"/></bpmn:extensionElements>'
    names = ["s", *(f"d{number}" for number in range(count)), "e"]
    tasks = [f'<bpmn:serviceTask id="{name}">{job}</bpmn:serviceTask>' for name in names[1:-1]]
    flows = [_flow(source, target) for source, target in pairwise(names)]
    return _process('<bpmn:startEvent id="s"/>', *tasks, '<bpmn:endEvent id="e"/>', *flows)


def waits_for_everything() -> bytes:
    """Two service tasks, then all at once: a user task with a timer on it, a message and a third service task."""
    job = '<bpmn:extensionElements><zeebe:taskDefinition type="demo.druckt"/></bpmn:extensionElements>'
    key = '<bpmn:extensionElements><zeebe:subscription correlationKey="=vorgang.aktenzeichen"/></bpmn:extensionElements>'
    due = "<bpmn:timerEventDefinition><bpmn:timeDuration>P30D</bpmn:timeDuration></bpmn:timerEventDefinition>"
    parts = [
        '<bpmn:startEvent id="s"/>', *(f'<bpmn:serviceTask id="d{number}">{job}</bpmn:serviceTask>' for number in (0, 1, 2)),
        '<bpmn:parallelGateway id="g"/>', '<bpmn:userTask id="u"/>',
        f'<bpmn:boundaryEvent id="b" attachedToRef="u">{due}</bpmn:boundaryEvent>',
        '<bpmn:intermediateCatchEvent id="m"><bpmn:messageEventDefinition messageRef="n"/></bpmn:intermediateCatchEvent>',
        *(f'<bpmn:endEvent id="e{number}"/>' for number in range(4)),
        _flow("s", "d0"), _flow("d0", "d1"), _flow("d1", "g"), _flow("g", "u"), _flow("g", "m"), _flow("g", "d2"),
        _flow("u", "e0"), _flow("b", "e1"), _flow("m", "e2"), _flow("d2", "e3"),
    ]  # fmt: skip
    return _process(*parts).replace(
        b"<bpmn:process", f'<bpmn:message id="n" name="n">{key}</bpmn:message><bpmn:process'.encode()
    )


def raw_spiff(content: bytes, folder: Path) -> Any:
    """A function that makes a new raw SpiffWorkflow instance, run until it waits."""
    from SpiffWorkflow.bpmn import BpmnWorkflow
    from SpiffWorkflow.bpmn.parser import BpmnParser

    file = folder / "raw.bpmn"
    file.write_bytes(content)
    parser = BpmnParser()
    parser.add_bpmn_file(str(file))
    spec = parser.get_spec("p")

    def new(data: dict[str, Any]) -> Any:
        workflow = BpmnWorkflow(spec)
        workflow.task_tree.data.update(data)
        workflow.do_engine_steps()
        return workflow

    return new


def raw_step(workflow: Any, answers: dict[str, Any]) -> None:
    """Complete the first waiting user task of a raw instance and run until it waits again."""
    from SpiffWorkflow.util.task import TaskState

    task = workflow.get_next_task(state=TaskState.READY, manual=True)
    task.data.update(answers)
    task.run()
    workflow.do_engine_steps()
