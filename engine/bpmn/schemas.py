"""The standards' own XML schemas, as SpiffWorkflow ships them: BPMN 2.0, DMN 1.1, and DMN 1.3 for DMN 1.2 to 1.5.

DMN's versions from 1.2 on differ in their namespace, in the drawing, and from 1.4 on in a few boxed expressions that 1.3 does
not know. A file is therefore checked under the namespace of 1.3, without its drawing, and with an empty expression in the place
of a newer box; the box itself is read by its structure in `engine.feel`, as all of the file is.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache, partial
from importlib import resources
from pathlib import Path
from threading import Lock

from lxml import etree

from engine.base.errors import Cause, Invalid
from engine.bpmn.xml import BPMN, line_of, local, namespace_of, read_xml

MAX_FINDINGS = 50
DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"
DMN_1_1 = "http://www.omg.org/spec/DMN/20151101/dmn.xsd"
ALIKE = frozenset(
    {
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        DMN,
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    }
)
NEWER = frozenset({"conditional", "for", "every", "some", "filter"})


_one_at_a_time = Lock()
"""libxml2 reads its first two schemas wrong if two threads do so at the same time, and a schema tells all threads what it has
found last."""


@cache
def _bpmn() -> etree.XMLSchema:
    from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnValidator

    validator: etree.XMLSchema = BpmnValidator().validator
    return validator


@cache
def _dmn(file: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(Path(str(resources.files("SpiffWorkflow"))) / "dmn/parser/schema" / file))


def bpmn_findings(file: str, root: etree._Element) -> list[Cause]:
    """Where a file departs from the schema of BPMN 2.0, one finding a line."""
    return _findings(file, root, _bpmn, "BPMN-2.0", BPMN)


def dmn_findings(file: str, content: bytes) -> list[Cause]:
    """Where a DMN file departs from its schema; nothing for what is no DMN (other checks say that)."""
    try:
        root = read_xml(file, content)
    except Invalid:
        return []
    namespace = namespace_of(root)
    if namespace == DMN_1_1:
        return _findings(file, root, partial(_dmn, "DMN.xsd"), "DMN", DMN_1_1)
    if namespace not in ALIKE:
        return []
    return _findings(file, _as_1_3(root, namespace), partial(_dmn, "DMN13.xsd"), "DMN", DMN)


def _as_1_3(root: etree._Element, namespace: str) -> etree._Element:
    """A copy of a model as DMN 1.3 would write it."""
    copied = copy.deepcopy(root)
    for child in list(copied):
        if namespace_of(child) != namespace:
            copied.remove(child)
    for node in list(copied.iter(f"{{{namespace}}}*")):
        if local(node) in NEWER:
            for inner in list(node):
                node.remove(inner)
            node.attrib.clear()
            node.tag = f"{{{namespace}}}literalExpression"
    for node in copied.iter(f"{{{namespace}}}*"):
        node.tag = f"{{{DMN}}}{local(node)}"
    return copied


def _findings(file: str, root: etree._Element, schema: Callable[[], etree.XMLSchema], name: str, namespace: str) -> list[Cause]:
    with _one_at_a_time:
        checked = schema()
        if checked.validate(root):
            return []
        told = list(checked.error_log)  # type: ignore[call-overload]  # the stubs do not know that it is a sequence
    nodes: dict[int, etree._Element] = {}
    for node in root.iter():
        nodes.setdefault(line_of(node), node)
    errors = {error.line: error.message for error in reversed(told)}
    return [
        Cause(
            f"entspricht nicht dem {name}-Schema: {errors[line].replace(f'{{{namespace}}}', '')}",
            "im Modellierungswerkzeug neu speichern",
            file=file,
            line=line,
            element=owner(nodes.get(line, root)),
        )
        for line in sorted(errors)[:MAX_FINDINGS]
    ]


def owner(node: etree._Element) -> str | None:
    """The id of the element a node belongs to."""
    current: etree._Element | None = node
    while current is not None:
        if current.get("id"):
            return str(current.get("id"))
        current = current.getparent()
    return None
