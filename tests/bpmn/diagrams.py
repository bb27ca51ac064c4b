"""Diagrams in short, and cases that speak the diagram's language. Every step goes through a snapshot and is checked there."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest

from engine import bpmn
from engine.bpmn import snapshot as snapshots

ASSOCIATION = re.compile(r"<bpmn:association [^>]*/>")
START = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'id="defs" targetNamespace="urn:test">\n'
)

# A table that says from which girth on a tree is protected.
DMN = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:d">
  <inputData id="i" name="umfang"><variable name="umfang" typeRef="number"/></inputData>
  <decision id="schutz" name="schutz">
    <informationRequirement id="r"><requiredInput href="#i"/></informationRequirement>
    <decisionTable id="t" hitPolicy="UNIQUE">
      <input id="c1"><inputExpression id="e1" typeRef="number"><text>umfang</text></inputExpression></input>
      <output id="o1" name="geschuetzt" typeRef="boolean"/>
      <rule id="duenn"><inputEntry id="x1"><text>&lt; 80</text></inputEntry>
        <outputEntry id="y1"><text>false</text></outputEntry></rule>
      <rule id="dick"><inputEntry id="x2"><text>&gt;= 80</text></inputEntry>
        <outputEntry id="y2"><text>true</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>"""


def process(*parts: str, id: str = "p", head: str = "") -> bytes:
    """A file with one process of these parts, a line each."""
    body = "\n".join(_artifacts_last(parts))
    return f'{HEAD}{head}<bpmn:process id="{id}" isExecutable="true">\n{body}\n</bpmn:process>\n</bpmn:definitions>'.encode()


def _artifacts_last(parts: Iterable[str]) -> list[str]:
    """The parts with their associations moved to the end, where the schema wants them."""
    text = "\n".join(parts)
    return [ASSOCIATION.sub("", text), *ASSOCIATION.findall(text)]


def io(inputs: Mapping[str, str] | None, outputs: Mapping[str, str] | None) -> str:
    lines = [
        f"<zeebe:input source={quoteattr(source)} target={quoteattr(target)}/>" for target, source in (inputs or {}).items()
    ]
    lines += [
        f"<zeebe:output source={quoteattr(source)} target={quoteattr(target)}/>" for target, source in (outputs or {}).items()
    ]
    return f"<zeebe:ioMapping>{''.join(lines)}</zeebe:ioMapping>" if lines else ""


def loop(
    collection: str, item: str = "", into: str = "", element: str = "", until: str = "", *, one_by_one: bool = False
) -> str:
    """A multi-instance: all at once, or one by one."""
    attributes = f"inputCollection={quoteattr('=' + collection)}"
    attributes += f' inputElement="{item}"' if item else ""
    attributes += f' outputCollection="{into}" outputElement={quoteattr("=" + element)}' if into else ""
    condition = f"<bpmn:completionCondition>={escape(until)}</bpmn:completionCondition>" if until else ""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(one_by_one).lower()}"><bpmn:extensionElements>'
        f"<zeebe:loopCharacteristics {attributes}/></bpmn:extensionElements>{condition}</bpmn:multiInstanceLoopCharacteristics>"
    )


def node(kind: str, id: str, extension: str = "", *inside: str, **attributes: str) -> str:
    more = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    extended = f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>" if extension else ""
    return f'<bpmn:{kind} id="{id}"{more}>{extended}{"".join(_artifacts_last(inside))}</bpmn:{kind}>'


def start(id: str = "start") -> str:
    return node("startEvent", id)


def end(id: str = "end") -> str:
    return node("endEvent", id)


def user(id: str, *inside: str, extension: str = "", inputs: Any = None, outputs: Any = None, **attributes: str) -> str:
    return node("userTask", id, extension + io(inputs, outputs), *inside, **attributes)


def service(
    id: str, *inside: str, type: str = "demo.druckt", inputs: Any = None, outputs: Any = None, **attributes: str
) -> str:
    return node(
        "serviceTask", id, f"<zeebe:taskDefinition type={quoteattr(type)}/>" + io(inputs, outputs), *inside, **attributes
    )


def script(id: str, expression: str, result: str, *inside: str, outputs: Any = None, **attributes: str) -> str:
    extension = f"<zeebe:script expression={quoteattr('=' + expression)} resultVariable={quoteattr(result)}/>"
    return node("scriptTask", id, extension + io(None, outputs), *inside, **attributes)


def sub(id: str, *parts: str, inputs: Any = None, outputs: Any = None, inside: str = "") -> str:
    return node("subProcess", id, io(inputs, outputs), inside, *parts)


def xor(id: str, default: str = "") -> str:
    return node("exclusiveGateway", id, default=default) if default else node("exclusiveGateway", id)


def par(id: str) -> str:
    return node("parallelGateway", id)


def timer_definition(text: str, kind: str = "timeDuration") -> str:
    return f"<bpmn:timerEventDefinition><bpmn:{kind}>{escape(text)}</bpmn:{kind}></bpmn:timerEventDefinition>"


def timer(id: str, text: str, kind: str = "timeDuration") -> str:
    return node("intermediateCatchEvent", id, "", timer_definition(text, kind))


def boundary_timer(id: str, host: str, text: str, kind: str = "timeDuration") -> str:
    return node("boundaryEvent", id, "", timer_definition(text, kind), attachedToRef=host)


def beside_timer(id: str, host: str, text: str, kind: str = "timeDuration") -> str:
    """A timer at the edge of an activity that does not interrupt it."""
    return node("boundaryEvent", id, "", timer_definition(text, kind), attachedToRef=host, cancelActivity="false")


def boundary_message(id: str, host: str, message_id: str, interrupting: bool = True) -> str:
    inside = f'<bpmn:messageEventDefinition messageRef="{message_id}"/>'
    return node("boundaryEvent", id, "", inside, attachedToRef=host, cancelActivity="true" if interrupting else "false")


def error(id: str, code: str) -> str:
    """The definition of an error, for `head`."""
    return f'<bpmn:error id="{id}" name="{code}" errorCode="{code}"/>\n'


def boundary_error(id: str, host: str, error_id: str = "") -> str:
    """Catches an error with that code; without one, every error."""
    reference = f' errorRef="{error_id}"' if error_id else ""
    return node("boundaryEvent", id, "", f"<bpmn:errorEventDefinition{reference}/>", attachedToRef=host)


def end_error(id: str, error_id: str) -> str:
    return node("endEvent", id, "", f'<bpmn:errorEventDefinition errorRef="{error_id}"/>')


def signal(id: str, name: str) -> str:
    """The definition of a signal, for `head`."""
    return f'<bpmn:signal id="{id}" name={quoteattr(name)}/>\n'


def escalation(id: str, code: str) -> str:
    """The definition of an escalation, for `head`."""
    return f'<bpmn:escalation id="{id}" name="{code}" escalationCode={quoteattr(code)}/>\n'


def definition(kind: str, reference: str = "") -> str:
    """What an event is about: `error`, `signal`, … with the id of its definition, a condition, or the name of a link."""
    if kind == "conditional":
        condition = f"<bpmn:condition>={escape(reference)}</bpmn:condition>"
        return f"<bpmn:conditionalEventDefinition>{condition}</bpmn:conditionalEventDefinition>"
    if kind == "timer":
        return timer_definition(reference)
    name = {"link": "name", "compensate": "activityRef"}.get(kind, f"{kind}Ref")
    attribute = f" {name}={quoteattr(reference)}" if reference else ""
    return f"<bpmn:{kind}EventDefinition{attribute}/>"


def event(kind: str, id: str, what: str = "", reference: str = "", inputs: Any = None, outputs: Any = None, **more: str) -> str:
    """An event of any kind."""
    return node(kind, id, io(inputs, outputs), definition(what, reference) if what else "", **more)


def throw(id: str, what: str = "", reference: str = "", inputs: Any = None) -> str:
    return event("intermediateThrowEvent", id, what, reference, inputs)


def catching(id: str, what: str, reference: str, outputs: Any = None) -> str:
    return event("intermediateCatchEvent", id, what, reference, None, outputs)


def ending(id: str, what: str, reference: str = "", inputs: Any = None) -> str:
    return event("endEvent", id, what, reference, inputs)


def at(host: str, id: str, what: str, reference: str = "", beside: bool = False, outputs: Any = None) -> str:
    """An event at the edge of an activity; `beside` it, it does not interrupt."""
    more = {"attachedToRef": host} | ({"cancelActivity": "false"} if beside else {})
    return event("boundaryEvent", id, what, reference, None, outputs, **more)


def event_sub(id: str, begin: str, *parts: str, inputs: Any = None) -> str:
    """An event sub-process; `begin` is its start event."""
    return node("subProcess", id, io(inputs, None), begin, *parts, triggeredByEvent="true")


def begins(id: str, what: str, reference: str = "", beside: bool = False, outputs: Any = None) -> str:
    """The start event of an event sub-process or of a process."""
    more = {"isInterrupting": "false"} if beside else {}
    return event("startEvent", id, what, reference, None, outputs, **more)


def undone_by(host: str, handler: str) -> str:
    """A compensation event at an activity, and the association to its handler."""
    event = node("boundaryEvent", f"{host}_rueck", "", "<bpmn:compensateEventDefinition/>", attachedToRef=host)
    link = (
        f'<bpmn:association id="{host}_{handler}" sourceRef="{host}_rueck" targetRef="{handler}" associationDirection="One"/>'
    )
    return event + link


def incl(id: str, default: str = "") -> str:
    return node("inclusiveGateway", id, default=default) if default else node("inclusiveGateway", id)


def again(condition: str = "", before: bool = False, most: int | None = None) -> str:
    """A standard loop."""
    inside = f"<bpmn:loopCondition>={escape(condition)}</bpmn:loopCondition>" if condition else ""
    attributes = f' testBefore="{str(before).lower()}"' + (f' loopMaximum="{most}"' if most is not None else "")
    return f"<bpmn:standardLoopCharacteristics{attributes}>{inside}</bpmn:standardLoopCharacteristics>"


def event_gateway(id: str) -> str:
    return node("eventBasedGateway", id)


def call(
    id: str, process_id: str, *inside: str, down: bool = True, up: bool = True, inputs: Any = None, outputs: Any = None
) -> str:
    attributes = f'propagateAllParentVariables="{str(down).lower()}" propagateAllChildVariables="{str(up).lower()}"'
    return node(
        "callActivity", id, f'<zeebe:calledElement processId="{process_id}" {attributes}/>' + io(inputs, outputs), *inside
    )


def decide(id: str, decision: str, result: str, inputs: Any = None, **attributes: str) -> str:
    called = f'<zeebe:calledDecision decisionId="{decision}" resultVariable="{result}"/>'
    return node("businessRuleTask", id, called + io(inputs, None), **attributes)


def message(id: str, name: str, key: str) -> str:
    """The definition of a message, for `head`."""
    return (
        f'<bpmn:message id="{id}" name="{name}"><bpmn:extensionElements>'
        f"<zeebe:subscription correlationKey={quoteattr('=' + key)}/></bpmn:extensionElements></bpmn:message>\n"
    )


def catch(id: str, message_id: str, outputs: Any = None) -> str:
    return node("intermediateCatchEvent", id, io(None, outputs), f'<bpmn:messageEventDefinition messageRef="{message_id}"/>')


def flow(source: str, target: str, when: str = "", id: str = "") -> str:
    condition = f"<bpmn:conditionExpression>={escape(when)}</bpmn:conditionExpression>" if when else ""
    name = id or f"{source}_{target}"
    return f'<bpmn:sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">{condition}</bpmn:sequenceFlow>'


def flows(*chains: str) -> str:
    """`a > b > c` as sequence flows `a_b`, `b_c`."""
    lines = []
    for chain in chains:
        names = [name.strip() for name in chain.split(">")]
        lines += [flow(source, target) for source, target in itertools.pairwise(names)]
    return "\n".join(lines)


class Fall:
    """An instance in a test. After every event the rows it was told of must equal what its snapshot waits for."""

    def __init__(
        self, content: bytes | Mapping[str, bytes], variables: Mapping[str, Any], now: dt.datetime, at: str | None = None
    ) -> None:
        spec, causes = bpmn.inspect({"test.bpmn": content} if isinstance(content, bytes) else content)
        assert spec is not None, [f"{cause.element}: {cause.message}" for cause in causes]
        self.spec = spec
        self.now = now
        self.waits: dict[str, bpmn.Wait] = {}
        self.history: list[bpmn.Happened] = []
        self.ends: list[str] = []
        self.thrown: list[bpmn.Thrown] = []
        process_id = self.spec.executable or "p"
        self._take(bpmn.start(self.spec, process_id, variables, now, at=at))

    def _take(self, outcome: bpmn.Outcome) -> None:
        self.outcome = outcome
        changes: list[bpmn.Change[Any]] = [
            outcome.aufgaben,
            outcome.auftraege,
            outcome.timers,
            outcome.expected,
            outcome.incidents,
        ]
        for change in changes:
            for token in change.closed:
                assert token in self.waits, f"closed {token}, which was not open"
                del self.waits[token]
        for change in changes:
            for wait in change.opened:
                assert wait.token not in self.waits, f"opened {wait.token} twice"
                self.waits[wait.token] = wait
        self.history += outcome.history
        self.ends += outcome.ends
        self.thrown += outcome.thrown
        stored = {wait.token: wait for wait in bpmn.waits(self.spec, outcome.snapshot, self.now)}
        assert stored == self.waits, "the rows are a projection of the snapshot"

    def send(self, event: bpmn.Event) -> Fall:
        """Let an event happen; it must come to the same whether all tokens are made at once or each when it is looked at."""
        before = self.outcome.snapshot
        outcome = bpmn.advance(self.spec, before, event, self.now)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(snapshots, "FEW_BYTES", -1)
            assert bpmn.advance(self.spec, before, event, self.now) == outcome
        self._take(outcome)
        return self

    def one(self, kind: type, element: str, item: int | None = None) -> Any:
        found = [
            w
            for w in self.waits.values()
            if isinstance(w, kind) and w.element == element and (item is None or getattr(w, "item", None) == item)
        ]
        assert found, f"{element} is not open; open are {self.waits}"
        return found[0]

    def complete(self, element: str, item: int | None = None, **variables: Any) -> Fall:
        return self.send(bpmn.TaskCompleted(self.one(bpmn.UserTask, element, item).token, variables))

    def finish(self, element: str, **variables: Any) -> Fall:
        return self.send(bpmn.JobFinished(self.one(bpmn.Job, element).token, variables))

    def fail(self, element: str, message: str = "kaputt") -> Fall:
        return self.send(bpmn.JobFailed(self.one(bpmn.Job, element).token, message))

    def fire(self, element: str) -> Fall:
        wait = self.one(bpmn.Timer, element)
        self.now = max(self.now, wait.due)
        return self.send(bpmn.TimerDue(wait.token))

    def retry(self, element: str, **variables: Any) -> Fall:
        return self.send(bpmn.Retry(self.one(bpmn.Incident, element).token, variables))

    def receive(self, name: str, key: str, **variables: Any) -> Fall:
        return self.send(bpmn.MessageIn(name, key, variables))

    def throw(self, element: str, code: str, **variables: Any) -> Fall:
        return self.send(bpmn.ErrorThrown(self.one(bpmn.Job, element).token, code, "", variables))

    def signal(self, name: str, **variables: Any) -> Fall:
        return self.send(bpmn.SignalIn(name, variables))

    def waits_at(self, *elements: str) -> bool:
        return sorted(wait.element for wait in self.waits.values()) == sorted(elements)

    @property
    def state(self) -> str:
        return self.outcome.state

    @property
    def variables(self) -> dict[str, Any]:
        return dict(self.outcome.variables)

    @property
    def passed(self) -> list[str]:
        return [line.element for line in self.history if line.kind == "completed"]

    @property
    def incident(self) -> bpmn.Incident:
        found = [wait for wait in self.waits.values() if isinstance(wait, bpmn.Incident)]
        assert len(found) == 1, f"not one incident but {found}"
        return found[0]


def begin(content: bytes | Mapping[str, bytes], /, **variables: Any) -> Fall:
    """Start an instance."""
    return Fall(content, variables, START)


def findings(*parts: str, head: str = "") -> list[str]:
    """What is said of a diagram: `element: message`, errors with a leading !."""
    _, causes = bpmn.inspect({"test.bpmn": process(*parts, head=head)})
    return [f"{'!' if cause.severity == 'error' else ''}{cause.element}: {cause.message}" for cause in causes]
