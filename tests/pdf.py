"""What a PDF says, and whether its tags say all of it: read back with pikepdf, independent of what wrote it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pikepdf

PAINTS = {"Tj", "TJ", "'", '"', "S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "Do", "BI"}
BLOCKS = {"/Document", "/Div", "/P", "/H1", "/H2", "/H3", "/L", "/LI", "/Lbl", "/LBody", "/Table", "/THead", "/TBody", "/TR"}
KINDS = {*BLOCKS, "/TH", "/TD", "/Span", "/Part", "/Sect", "/NonStruct", "/Figure"}
INSIDE = {
    "/L": {"/LI"},
    "/LI": {"/Lbl", "/LBody"},
    "/Table": {"/THead", "/TBody", "/TR"},
    "/THead": {"/TR"},
    "/TBody": {"/TR"},
    "/TR": {"/TH", "/TD"},
}


# --- text ------------------------------------------------------------------------------------------------------------


def text_of(content: bytes) -> str:
    """The words of a PDF as a reader's copy-and-paste gives them, without the spaces between."""
    with pikepdf.open(io.BytesIO(content)) as document:
        return "".join(_text_of_page(page) for page in document.pages)


def _text_of_page(page: pikepdf.Page) -> str:
    maps: dict[str, dict[bytes, str]] = {}
    fonts = page.resources.get("/Font", {})
    for name, font in fonts.items():
        maps[name] = _unicode_map(font.ToUnicode.read_bytes())
    said: list[str] = []
    current: dict[bytes, str] = {}
    for operands, operator in pikepdf.parse_content_stream(page):
        if str(operator) == "Tf":
            current = maps[str(operands[0])]
        elif str(operator) in ("Tj", "TJ"):
            parts = operands[0] if str(operator) == "TJ" else operands
            for part in parts:
                if isinstance(part, pikepdf.String):
                    codes = bytes(part)
                    said += [current.get(codes[at : at + 2], "") for at in range(0, len(codes), 2)]
    return "".join(said).replace("\u200b", "").replace(" ", "")


def _unicode_map(cmap: bytes) -> dict[bytes, str]:
    """Glyph codes → text out of a font's ToUnicode map."""
    text = cmap.decode("ascii")
    found: dict[bytes, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", text, re.DOTALL):
        for code, words in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            found[bytes.fromhex(code)] = bytes.fromhex(words).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", text, re.DOTALL):
        for low, high, words in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            start = ord(bytes.fromhex(words).decode("utf-16-be"))
            for step in range(int(high, 16) - int(low, 16) + 1):
                found[(int(low, 16) + step).to_bytes(2, "big")] = chr(start + step)
    return found


def attached(content: bytes) -> dict[str, Any]:
    """The machine-readable data of a letter."""
    with pikepdf.open(io.BytesIO(content)) as document:
        assert [str(file.AFRelationship) for file in document.Root.AF] == ["/Data"]
        said: dict[str, Any] = json.loads(document.attachments["daten.json"].get_file().read_bytes(), parse_float=Decimal)
        return said


# --- tags ------------------------------------------------------------------------------------------------------------


def defects(content: bytes) -> list[str]:
    """What PDF/UA-1 and PDF/A-3a ask of a letter and this one has not; an empty list for a sound one."""
    with pikepdf.open(io.BytesIO(content)) as document:
        return [*_claims(document), *_coverage(document), *_tree(document.Root.StructTreeRoot)]


def _claims(document: pikepdf.Pdf) -> Iterator[str]:
    root = document.Root
    with document.open_metadata() as metadata:
        claimed = tuple(metadata.get(name) for name in ("pdfuaid:part", "pdfaid:part", "pdfaid:conformance"))
        if claimed != ("1", "3", "A"):
            yield f"claims {claimed}"
        if not metadata.get("dc:title"):
            yield "no title in the metadata"
    if str(root.get("/Lang")) != "de-DE" or not root.MarkInfo.Marked or not root.ViewerPreferences.DisplayDocTitle:
        yield "the catalogue does not say language, tags or title"
    for page in document.pages:
        for font in page.resources.get("/Font", {}).values():
            if not {"/FontFile2", "/FontFile3"} & set(font.DescendantFonts[0].FontDescriptor.keys()):
                yield "a font is not embedded"


def _coverage(document: pikepdf.Pdf) -> Iterator[str]:
    """Everything painted is marked, as an artifact or with a number, and every number belongs to exactly one element."""
    drawn: list[tuple[int, int]] = []
    pages = {page.obj.objgen: number for number, page in enumerate(document.pages)}
    for number, page in enumerate(document.pages):
        loose, marked = _marks(page)
        if loose:
            yield f"page {number + 1} paints outside marked content: {sorted(loose)}"
        drawn += [(number, mark) for mark in marked]
    tagged = [(pages[page], mark) for page, mark, _ in _references(document.Root.StructTreeRoot, None)]
    if len(set(drawn)) != len(drawn) or sorted(drawn) != sorted(tagged):
        yield f"marked content and tags differ: {sorted(set(drawn) ^ set(tagged))}"
    numbers = list(document.Root.StructTreeRoot.ParentTree.Nums)
    parents = {int(key): value for key, value in zip(numbers[::2], numbers[1::2], strict=True)}
    for page_id, mark, element in _references(document.Root.StructTreeRoot, None):
        page = document.pages[pages[page_id]].obj
        if parents[int(page.StructParents)][mark].objgen != element.objgen:
            yield f"mark {mark} on page {pages[page_id] + 1} leads to another element"


def _marks(page: pikepdf.Page) -> tuple[set[str], list[int]]:
    """What is painted unmarked, and the numbers of marked content."""
    open_marks: list[bool] = []
    loose: set[str] = set()
    numbers: list[int] = []
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name in ("BDC", "BMC"):
            properties = operands[1] if name == "BDC" else {}
            number = properties.get("/MCID") if isinstance(properties, pikepdf.Dictionary) else None
            open_marks.append(number is not None or str(operands[0]) == "/Artifact")
            numbers += [int(number)] if number is not None else []
        elif name == "EMC":
            open_marks.pop()
        elif name in PAINTS and not any(open_marks):
            loose.add(name)
    return loose, numbers


def _references(node: Any, page: Any) -> Iterator[tuple[Any, int, Any]]:
    """(page, number, element) of all marked content below an element."""
    here = node.get("/Pg", None)
    page = here.objgen if here is not None else page
    for child in _children(node):
        if isinstance(child, int):
            yield page, child, node
        elif str(child.get("/Type", "")) == "/MCR":
            yield (child.Pg.objgen if "/Pg" in child else page), int(child.MCID), node
        elif "/S" in child:
            yield from _references(child, page)


def _children(node: Any) -> list[Any]:
    found = node.get("/K", None)
    return list(found) if isinstance(found, pikepdf.Array) else [] if found is None else [found]


def kinds(node: Any) -> list[str]:
    """The kinds of all structure elements below a node of the tag tree, in reading order."""
    return [str(each.S) for each in elements(node)]


def elements(node: Any) -> Iterator[Any]:
    """All structure elements below a node of the tag tree, in reading order."""
    for child in _children(node):
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child
            yield from elements(child)


def _tree(root: Any) -> Iterator[str]:
    """Headings step down one at a time, lists and tables are whole, and no kind is unknown to a reader."""
    level = 0
    for element in elements(root):
        kind = str(element.S)
        inner = {str(child.S) for child in _children(element) if isinstance(child, pikepdf.Dictionary) and "/S" in child}
        if kind not in KINDS:
            yield f"unknown kind {kind}"
        if re.fullmatch(r"/H\d", kind):
            if int(kind[2]) > level + 1:
                yield f"{kind} follows H{level}"
            level = int(kind[2])
        if kind in INSIDE and (not inner or not inner <= INSIDE[kind]):
            yield f"{kind} holds {sorted(inner)}"
        if kind == "/Figure" and not str(element.get("/Alt", "")).strip():
            yield "a picture does not say in words what it shows"
        if kind == "/LI" and "/LBody" not in inner:
            yield "an item of a list has no body"
        if kind == "/TH" and "/Scope" not in str(element.get("/A", "")):
            yield "a heading of a table does not say whether it heads a row or a column"
        for child in _children(element):
            if isinstance(child, pikepdf.Dictionary) and "/S" in child and child.P.objgen != element.objgen:
                yield f"{child.S} does not know its parent {kind}"
