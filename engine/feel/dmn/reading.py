"""DMN files of versions 1.1 to 1.5, read into values. No DTD, no entities, no network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from engine.base.errors import Cause, Invalid, TooLarge, Unreadable
from engine.feel.dmn import model
from engine.feel.dmn.boxes import Reader, text_of

MAX_BYTES = 8_000_000
MAX_ELEMENTS = 200_000
NAMESPACES = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}
_DOCTYPE = re.compile(rb"<\x00?!\x00?D\x00?O\x00?C\x00?T\x00?Y\x00?P\x00?E")


def read(content: bytes) -> model.Model:
    """The model in a file.

    Raises:
        Unreadable: the bytes are no XML, or XML with a DOCTYPE.
        Invalid: the XML is no DMN of versions 1.1 to 1.5, or breaks its structure.
        TooLarge: the file is larger than any decision model needs to be.
    """
    root = parse_xml(content)
    tag = etree.QName(root)
    version = NAMESPACES.get(tag.namespace or "")
    if version is None or tag.localname != "definitions":
        raise Invalid(
            "Die Datei ist kein DMN der Versionen 1.1 bis 1.5.",
            [Cause(f"Das oberste Element ist {root.tag}.", "Bitte im DMN-Editor speichern.", line=line_of(root))],
        )
    return _model(root, Reader(tag.namespace or ""), version)


def parse_xml(content: bytes) -> Any:
    """The root element of an XML file that refers to nothing outside itself."""
    if len(content) > MAX_BYTES:
        raise TooLarge(f"Die Datei ist größer als {MAX_BYTES // 1_000_000} MB. Bitte in mehrere Modelle teilen.")
    if _DOCTYPE.search(content):
        raise Unreadable("Die Datei enthält einen DOCTYPE; das ist nicht erlaubt. Bitte die Zeile <!DOCTYPE …> löschen.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as cause:
        line = getattr(cause, "lineno", None)
        raise Unreadable(f"Die Datei ist kein lesbares XML: {cause}", [Cause(str(cause), line=line)]) from cause
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("Die Datei enthält einen DOCTYPE; das ist nicht erlaubt. Bitte die Zeile <!DOCTYPE …> löschen.")
    return root


def line_of(element: Any) -> int:
    return int(element.sourceline or 0)


def _model(root: Any, reader: Reader, version: str) -> model.Model:
    elements: dict[str, model.Element] = {}
    for count, child in enumerate(reader.children(root)):
        if count > MAX_ELEMENTS:
            raise TooLarge("Die Datei hat zu viele Elemente. Bitte in mehrere Modelle teilen.")
        element = _element(child, reader)
        if element is None:
            continue
        key = element.id or f"#{element.name}"
        if key in elements:
            raise Invalid(
                f"Die Id „{element.id}“ kommt zweimal vor.",
                [
                    Cause(
                        f"Die Id „{element.id}“ kommt zweimal vor.",
                        "Bitte umbenennen.",
                        line=line_of(child),
                        element=element.id,
                    )
                ],
            )
        elements[key] = element
    return model.Model(
        name=root.get("name") or "",
        namespace=root.get("namespace") or "",
        version=version,
        imports=tuple(_imports(root, reader)),
        items=tuple(_item_definition(child, reader) for child in reader.children(root, "itemDefinition")),
        elements=elements,
    )


def _imports(root: Any, reader: Reader) -> Iterator[model.Import]:
    for child in reader.children(root, "import"):
        yield model.Import(
            reader.spot(child), child.get("name") or "", child.get("namespace") or "", child.get("importType") or ""
        )


def _element(child: Any, reader: Reader) -> model.Element | None:
    kind = etree.QName(child).localname
    spot, name = reader.spot(child), " ".join((child.get("name") or "").split())
    declared = reader.child(child, "variable")
    variable = reader.item(declared) if declared is not None else model.Item(name)
    if not variable.name:
        variable = model.Item(name, variable.type)
    if kind == "inputData":
        return model.InputData(spot, name, variable)
    if kind == "decision":
        requires = [
            *reader.references(child, "informationRequirement", "requiredInput"),
            *reader.references(child, "informationRequirement", "requiredDecision"),
        ]
        knows = reader.references(child, "knowledgeRequirement", "requiredKnowledge")
        return model.Decision(spot, name, variable, tuple(requires), tuple(knows), reader.expression_in(child))
    if kind == "businessKnowledgeModel":
        logic = reader.child(child, "encapsulatedLogic")
        function = reader.function(logic) if logic is not None else None
        return model.Knowledge(
            spot, name, variable, tuple(reader.references(child, "knowledgeRequirement", "requiredKnowledge")), function
        )
    if kind == "decisionService":
        parts = ("outputDecision", "encapsulatedDecision", "inputDecision", "inputData")
        return model.Service(spot, name, variable, *(tuple(reader.hrefs(child, part)) for part in parts))
    return None


def _item_definition(element: Any, reader: Reader) -> model.ItemDefinition:
    reader.deeper(element)
    declared = reader.child(element, "typeRef")
    function = reader.child(element, "functionItem")
    definition = model.ItemDefinition(
        reader.spot(element),
        " ".join((element.get("name") or "").split()),
        text_of(declared).strip() if declared is not None else "",
        element.get("isCollection", "false").strip() in ("true", "1"),
        reader.tests_in(element, "allowedValues"),
        reader.tests_in(element, "typeConstraint"),
        tuple(_item_definition(child, reader) for child in reader.children(element, "itemComponent")),
        None
        if function is None
        else (tuple(reader.item(p) for p in reader.children(function, "parameters")), function.get("outputTypeRef") or ""),
    )
    reader.depth -= 1
    return definition
