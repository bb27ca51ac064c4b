"""What the elements of a diagram or table are called, read also from a file that cannot be run."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from engine.base.errors import Invalid
from engine.bpmn.xml import local, read_xml

DRAWING = frozenset({"BPMNDiagram", "DMNDI"})


@dataclass(frozen=True, slots=True)
class Label:
    """An element: what it is in BPMN or DMN, its own name ("" if it has none), and the named element around it.

    A rule of a table is called by its number.
    """

    kind: str
    name: str
    within: str


def labels(content: bytes) -> dict[str, Label]:
    """Every element with an id; none if the file is no XML."""
    try:
        root = read_xml("", content)
    except Invalid:
        return {}
    found: dict[str, Label] = {}
    stack: list[tuple[etree._Element, str, int]] = [(root, "", 0)]
    while stack:
        node, within, number = stack.pop()
        kind = local(node)
        if kind in DRAWING:
            continue
        name = (node.get("name") or node.get("label") or "").strip()
        if kind == "rule" and not name:
            name = str(number)
        id = node.get("id")
        if id and id not in found:
            found[id] = Label(kind, name, within)
        inside = within if kind == "definitions" else f"{within}, Regel {name}" if kind == "rule" else name or within
        rules = 0
        for child in node:
            if isinstance(child.tag, str):
                rules += local(child) == "rule"
                stack.append((child, inside, rules))
    return found


def as_text(content: bytes) -> str:
    """An XML file as text, whatever its encoding; "" if it is none."""
    try:
        return str(etree.tostring(read_xml("", content), encoding="unicode"))
    except Invalid:
        return ""


def drawn(content: bytes) -> frozenset[str]:
    """The ids of the elements that a BPMN file draws."""
    try:
        root = read_xml("", content)
    except Invalid:
        return frozenset()
    shapes = (node for node in root.iter() if isinstance(node.tag, str) and local(node) in ("BPMNShape", "BPMNEdge"))
    return frozenset(shape.get("bpmnElement", "") for shape in shapes)
