"""XML from strangers, read without entities, network or DOCTYPE."""

from __future__ import annotations

from lxml import etree

from engine.base.errors import Cause, Invalid

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"

MAX_BYTES = 8_000_000


def read_xml(name: str, content: bytes) -> etree._Element:
    """Read an XML file of a bundle; refuse what is not well-formed, has a DOCTYPE or is too large.

    Raises:
        Invalid: with file and line.
    """
    if len(content) > MAX_BYTES:
        message = f"mehr als {MAX_BYTES // 1_000_000} MB"
        raise Invalid("Die Datei ist zu groß.", [Cause(message, "in mehrere Dateien teilen", file=name, line=1)])
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as exc:
        line = exc.lineno or 1
        raise Invalid(
            "Die Datei ist kein lesbares XML.",
            [
                Cause(
                    f"nicht wohlgeformt: {exc.msg}",
                    "Datei im Modellierungswerkzeug öffnen und neu speichern",
                    file=name,
                    line=line,
                )
            ],
        ) from exc
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # the stubs do not know it
        raise Invalid(
            "Die Datei enthält eine DOCTYPE-Angabe.",
            [Cause("DOCTYPE ist nicht erlaubt", "Zeile mit <!DOCTYPE …> entfernen", file=name, line=1)],
        )
    return root


def local(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(etree.QName(element).localname)


def namespace_of(element: etree._Element) -> str:
    return str(etree.QName(element).namespace or "")


def line_of(element: etree._Element) -> int:
    """The line an element stands on; 1 where the parser does not know."""
    line: int | None = element.sourceline  # type: ignore[assignment]  # the stubs say `...`
    return line or 1
