"""The standards' own XML schemas, as SpiffWorkflow ships them: BPMN 2.0, and DMN 1.3 for DMN 1.2 to 1.5.

DMN's versions differ in their namespace, in the drawing, and from 1.4 on in a few boxed expressions that 1.3 does not know. A
file is therefore checked under the namespace of 1.3 and without its drawing; one with newer boxes is left to
`engine.feel.check_dmn`, which reads every version by its structure.
"""

from __future__ import annotations

import copy
from functools import cache
from importlib import resources
from pathlib import Path

from lxml import etree

from engine.base.errors import Cause, Invalid
from engine.bpmn.xml import BPMN, line_of, local, namespace_of, read_xml

MAX_FINDINGS = 50
DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"
ALIKE = frozenset(
    {
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        DMN,
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    }
)
NEWER = frozenset({"conditional", "for", "every", "some", "filter"})


@cache
def _bpmn() -> etree.XMLSchema:
    from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnValidator

    validator: etree.XMLSchema = BpmnValidator().validator
    return validator


@cache
def _dmn() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(Path(str(resources.files("SpiffWorkflow"))) / "dmn/parser/schema/DMN13.xsd"))


def bpmn_findings(file: str, root: etree._Element) -> list[Cause]:
    """Where a file departs from the schema of BPMN 2.0, one finding a line."""
    return _findings(file, root, _bpmn(), "BPMN-2.0", BPMN)


def dmn_findings(file: str, content: bytes) -> list[Cause]:
    """Where a DMN file departs from its schema; nothing for what is no DMN (other checks say that)."""
    try:
        root = read_xml(file, content)
    except Invalid:
        return []
    namespace = namespace_of(root)
    if namespace not in ALIKE or any(local(node) in NEWER for node in root.iter(f"{{{namespace}}}*")):
        return []
    copied = copy.deepcopy(root)
    for child in list(copied):
        if namespace_of(child) != namespace:
            copied.remove(child)
    for node in copied.iter(f"{{{namespace}}}*"):
        node.tag = f"{{{DMN}}}{local(node)}"
    return _findings(file, copied, _dmn(), "DMN", DMN)


def _findings(file: str, root: etree._Element, schema: etree.XMLSchema, name: str, namespace: str) -> list[Cause]:
    if schema.validate(root):
        return []
    nodes: dict[int, etree._Element] = {}
    for node in root.iter():
        nodes.setdefault(line_of(node), node)
    errors = {error.line: error.message for error in reversed(list(schema.error_log))}  # type: ignore[call-overload]  # the stubs do not know that it is a sequence
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
