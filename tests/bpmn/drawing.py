"""A process as nodes and flows, read for the token game (`oracle`) without the engine."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

B = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
Z = "{http://camunda.org/schema/zeebe/1.0}"


@dataclass
class Drawn:
    """A node of the diagram."""

    id: str
    kind: str
    xml: etree._Element
    scope: str
    out: list[Line] = field(default_factory=list)
    into: list[Line] = field(default_factory=list)
    edge: list[Drawn] = field(default_factory=list)

    def find(self, path: str) -> etree._Element | None:
        return self.xml.find(path)

    @property
    def timed(self) -> bool:
        return self.find(f"{B}timerEventDefinition") is not None


@dataclass
class Line:
    """A sequence flow."""

    id: str
    source: Drawn
    target: Drawn
    condition: str | None


class Drawing:
    """A process as nodes and flows."""

    def __init__(self, content: bytes) -> None:
        root = etree.fromstring(content).find(f"{B}process")
        assert root is not None
        self.nodes: dict[str, Drawn] = {}
        lines = []
        for xml in root.iter():
            kind, above = str(xml.tag).removeprefix(B), xml.getparent()
            if kind == "sequenceFlow":
                lines.append(xml)
            elif str(xml.tag).startswith(B) and xml.get("id") and above is not None and xml is not root:
                scope = "" if above is root else above.get("id", "")
                self.nodes[xml.get("id", "")] = Drawn(xml.get("id", ""), kind, xml, scope)
        for xml in lines:
            source, target = self.nodes[xml.get("sourceRef", "")], self.nodes[xml.get("targetRef", "")]
            condition = xml.find(f"{B}conditionExpression")
            text = None if condition is None else (condition.text or "").removeprefix("=")
            line = Line(xml.get("id", ""), source, target, text)
            source.out.append(line)
            target.into.append(line)
        for node in self.nodes.values():
            if node.kind == "boundaryEvent":
                self.nodes[node.xml.get("attachedToRef", "")].edge.append(node)

    def start(self, scope: str) -> Drawn:
        return next(node for node in self.nodes.values() if node.kind == "startEvent" and node.scope == scope)
