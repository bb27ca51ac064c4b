"""Nine diagrams that would explode, and a normal one. Each explosive one begins where its number says that its step is run."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from bench._diagrams import HEAD

COSTLY = "count(for i in 1..9000 return i)"


def flow(source: str, target: str, when: str = "") -> str:
    """A sequence flow."""
    condition = f"<bpmn:conditionExpression>={escape(when)}</bpmn:conditionExpression>" if when else ""
    return (
        f'<bpmn:sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{condition}</bpmn:sequenceFlow>'
    )


def script(id: str, text: str, result: str) -> str:
    """A calculation."""
    inside = f'<zeebe:script expression={quoteattr("=" + text)} resultVariable="{result}"/>'
    return f'<bpmn:scriptTask id="{id}"><bpmn:extensionElements>{inside}</bpmn:extensionElements></bpmn:scriptTask>'


def job(id: str) -> str:
    """Work that a worker does at once."""
    inside = (
        '<zeebe:taskDefinition type="demo.druckt"/><zeebe:ioMapping><zeebe:input source="x" target="text"/></zeebe:ioMapping>'
    )
    return f'<bpmn:serviceTask id="{id}"><bpmn:extensionElements>{inside}</bpmn:extensionElements></bpmn:serviceTask>'


def timer(id: str) -> str:
    """A wait that ends with the next round of the clock."""
    return (
        f'<bpmn:intermediateCatchEvent id="{id}"><bpmn:timerEventDefinition><bpmn:timeDuration>PT0S</bpmn:timeDuration>'
        "</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
    )


BEGINS = (lambda: '<bpmn:task id="b"/>', lambda: job("b"), lambda: timer("b"))


def diagram(begins: int, *parts: str, more: str = "", head: str = "") -> bytes:
    """A process that begins at a request, in a worker or in the clock; what follows is called `x`."""
    inside = "".join(('<bpmn:startEvent id="s"/>', BEGINS[begins](), flow("s", "b"), flow("b", "x"), *parts))
    return f'{HEAD}{head}<bpmn:process id="p" isExecutable="true">{inside}</bpmn:process>{more}</bpmn:definitions>'.encode()


def loop(*steps: str) -> tuple[str, ...]:
    """What is done again and again for ever; the first is called `y`."""
    ids = [step.split('id="', 1)[1].split('"', 1)[0] for step in steps]
    ways = (flow(one, other) for one, other in zip(ids, [*ids[1:], "g"], strict=True))
    gateways = '<bpmn:exclusiveGateway id="x"/><bpmn:exclusiveGateway id="g" default="g_e"/><bpmn:endEvent id="e"/>'
    return gateways, *steps, flow("x", ids[0]), *ways, flow("g", "x", "true"), flow("g", "e")


def items(collection: str, inner: str) -> str:
    """A sub-process for each item of a list, called `x`."""
    return (
        '<bpmn:subProcess id="x"><bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics '
        f'inputCollection={quoteattr("=" + collection)} inputElement="i" outputCollection="r" outputElement="=i"/>'
        f'</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics><bpmn:startEvent id="s1"/>{inner}'
        f'<bpmn:endEvent id="e1"/>{flow("s1", "y")}{flow("y", "e1")}</bpmn:subProcess><bpmn:endEvent id="e"/>{flow("x", "e")}'
    )


CALL = (
    '<bpmn:callActivity id="{id}"><bpmn:extensionElements><zeebe:calledElement processId="q"/></bpmn:extensionElements>'
    "</bpmn:callActivity>"
)
RECURSION = (
    '<bpmn:process id="q" isExecutable="false"><bpmn:startEvent id="qs"/>' + CALL.format(id="qx") + '<bpmn:endEvent id="qe"/>'
    + flow("qs", "qx") + flow("qx", "qe") + "</bpmn:process>"
)  # fmt: skip
SPLIT = (
    '<bpmn:exclusiveGateway id="x"/><bpmn:parallelGateway id="g"/><bpmn:endEvent id="e"/>'
    + flow("x", "g") + flow("g", "x") + flow("g", "e") + '<bpmn:sequenceFlow id="z" sourceRef="g" targetRef="x"/>'
)  # fmt: skip
SIGNAL = '<bpmn:signal id="sig" name="sturm"/>'
THROW = '<bpmn:intermediateThrowEvent id="y"><bpmn:signalEventDefinition signalRef="sig"/></bpmn:intermediateThrowEvent>'
CYCLE = (
    '<bpmn:userTask id="y"/><bpmn:boundaryEvent id="t" attachedToRef="y" cancelActivity="false"><bpmn:timerEventDefinition>'
    "<bpmn:timeCycle>=takt</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:boundaryEvent>"
    '<bpmn:endEvent id="e"/><bpmn:endEvent id="te"/>' + flow("x", "y") + flow("y", "e") + flow("t", "te")
)
TABLE = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="x">'
    '<decision id="tafel" name="tafel"><variable name="tafel"/><decisionTable hitPolicy="COLLECT"><input><inputExpression>'
    f"<text>{COSTLY}</text></inputExpression></input><output/>"
    + "<rule><inputEntry><text>-</text></inputEntry><outputEntry><text>1</text></outputEntry></rule>" * 20
    + "</decisionTable></decision></definitions>"
).encode()
DECISION = (
    '<bpmn:businessRuleTask id="y"><bpmn:extensionElements><zeebe:calledDecision decisionId="tafel" resultVariable="v"/>'
    "</bpmn:extensionElements></bpmn:businessRuleTask>"
)
NORMAL = diagram(0, script("x", "1 + 1", "n"), job("y"), '<bpmn:endEvent id="e"/>', flow("x", "y"), flow("y", "e"))
EXPLOSIVE = {
    "schleife": diagram(0, *loop(script("y", "1", "n"))),
    "feel": diagram(1, *loop(script("y", COSTLY, "n"))),
    "dmn": diagram(2, *loop(DECISION)),
    "teilung": diagram(0, SPLIT),
    "eintraege": diagram(1, items("for i in 1..4000 return i", script("y", COSTLY, "n"))),
    "rekursion": diagram(2, CALL.format(id="x") + '<bpmn:endEvent id="e"/>' + flow("x", "e"), more=RECURSION),
    "riesig": diagram(0, *loop(script("y", 'if n = null then "0123456789" else n + n', "n"), script("y2", "[n, y3]", "y3"))),
    "signale": diagram(1, *loop(THROW), head=SIGNAL),
    "takt": diagram(2, script("x", '"R/PT1S"', "takt"), CYCLE),
}
"""By name; each becomes an incident."""
