"""A file of another dialect while it is rewritten: what is taken out of it, what Zeebe's elements are put in, what is said."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from engine.base.errors import Cause, Severity
from engine.bpmn.dialects.juel import Place
from engine.bpmn.dialects.pieces import Untranslatable
from engine.bpmn.dialects.texts import has_expression, translated
from engine.bpmn.xml import BPMN, ZEEBE, line_of, local, namespace_of

C = "{http://camunda.org/schema/1.0/bpmn}"
B, Z = f"{{{BPMN}}}", f"{{{ZEEBE}}}"
IN_FEEL = "als FEEL-Ausdruck schreiben, mit = am Anfang"
NOTHING = "= null"
"""Stands for what could not be translated, in a file that is refused for it; nothing that was translated begins so."""

# What has an id of its own and yet belongs to the element around it.
PARTS = ("EventDefinition", "Expression", "Characteristics", "Cardinality", "ondition", "timeDate", "timeDuration", "timeCycle")


@dataclass(slots=True)
class Rewriting:
    file: str
    root: etree._Element
    findings: list[Cause] = field(default_factory=list)
    camunda: bool = False
    """Whether the file is written for Camunda 7 or one of its kin, and not plain BPMN."""
    looped: frozenset[etree._Element] = frozenset()
    """Activities that are done several times."""

    def say(self, node: etree._Element, message: str, hint: str = "", severity: Severity = "error") -> None:
        cause = Cause(message, hint, file=self.file, line=line_of(node), element=element_of(node), severity=severity)
        self.findings.append(cause)

    def text(self, node: etree._Element, where: str, text: str, place: Place | None = None) -> str:
        """A text of the file in our dialect; a finding at the node, where there is none."""
        advice: list[str] = []
        try:
            made = translated(text, self.place_of(node) if place is None else place, advice)
        except Untranslatable as no:
            shown = text.strip()[:80]
            message = f"„{where}“: der Ausdruck „{shown}“ wird nicht übersetzt: {no.sentence} (Spalte {no.column})"
            self.say(node, message, no.hint or IN_FEEL)
            return NOTHING
        for sentence in advice:
            self.say(node, f"„{where}“: {sentence}", "wo Zahlen gemeint sind, dafür sorgen, dass Zahlen ankommen", "advice")
        return made

    def taken(self, node: etree._Element, name: str, place: Place | None = None) -> str | None:
        """An attribute of the dialect, taken out and in our dialect; None if there is none."""
        text = take(node, name)
        return None if text is None else self.text(node, name, text, place)

    def place_of(self, node: etree._Element | None) -> Place:
        """Whether an expression at a node is inside a multi-instance."""
        while node is not None and node not in self.looped:
            node = node.getparent()
        return Place(looped=node is not None)

    def body(self, node: etree._Element | None, where: str, place: Place | None = None) -> None:
        """Rewrite the expression that is an element's text, in place."""
        if node is None or not has_expression(node.text):
            return
        language = node.get("language", "")
        if language and language.rsplit("/", 1)[-1].lower() not in ("juel", "uel", "el"):
            return  # the reader says that it does not know the language
        drop(node, "language")
        node.text = self.text(node, where, node.text or "", place)

    def zeebe(self, node: etree._Element, name: str, /, **given: str | None) -> etree._Element:
        """Zeebe's extension element of that name at an element, with these attributes; one that stands there already counts."""
        parent = extension_of(node)
        found = parent.find(f"{Z}{name}")
        if found is None:
            found = placed(etree.SubElement(parent, f"{Z}{name}"), node)
        for key, value in given.items():
            if value is None:
                continue
            if found.get(key) is not None:
                message = f"„{name} {key}“ steht schon in der Schreibweise von Zeebe da; die von Camunda 7 hat keine Wirkung"
                self.say(node, message, "eine von beiden löschen", "warning")
                continue
            found.set(key, value)
        return found

    def mapping(self, node: etree._Element, kind: str, source: str, target: str, line: etree._Element) -> None:
        """An input or output mapping at an element."""
        if "." in target:
            message = f"„{target[:80]}“ hat als Name einer Variablen einen Punkt; hier wäre das ein Eintrag darin"
            self.say(line, message, "die Variable umbenennen")
            return
        placed(etree.SubElement(self.zeebe(node, "ioMapping"), f"{Z}{kind}", source=source, target=target), line)


def placed(made: etree._Element, line: etree._Element) -> etree._Element:
    """A new element on the line of another, so that findings name it."""
    made.sourceline = line_of(line)  # type: ignore[assignment]  # lxml can set it, the stubs do not know
    return made


def drop(node: etree._Element, *names: str) -> None:
    """Take out plain attributes that would mean something else now."""
    for name in names:
        if name in node.attrib:
            del node.attrib[name]


def take(node: etree._Element, name: str) -> str | None:
    """An attribute of the dialect, taken out."""
    value = node.get(f"{C}{name}")
    drop(node, f"{C}{name}")
    return value


def children(node: etree._Element, name: str) -> list[etree._Element]:
    """Extension elements of the dialect at an element, taken out; findings at them still name the element."""
    parent, owner = node.find(f"{B}extensionElements"), element_of(node)
    found = [] if parent is None else parent.findall(f"{C}{name}")
    for child in found:
        etree.Element(f"{B}task", {} if owner is None else {"id": owner}).append(child)
    return found


def extension_of(node: etree._Element) -> etree._Element:
    """The place for extension elements: after the documentation, before all else."""
    found = node.find(f"{B}extensionElements")
    if found is None:
        found = placed(etree.Element(f"{B}extensionElements"), node)
        node.insert(len(node.findall(f"{B}documentation")), found)
    return found


def element_of(node: etree._Element) -> str | None:
    """The id of the flow node, flow, process or definition a node belongs to."""
    current: etree._Element | None = node
    while current is not None:
        id = current.get("id")
        if id and namespace_of(current) == BPMN and not local(current).endswith(PARTS):
            return str(id)
        current = current.getparent()
    return None
