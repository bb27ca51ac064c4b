"""What the connector tests share: a letter, the text of a PDF, calls, and real outside servers on loopback ports."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from connectors import CONNECTORS, Switchboard
from connectors.letter import Typst
from engine.base.ports import Block, Call, File, Letter, Letterhead, Section
from web.twins import baumregister, servicekonto

SECRET = "ein-geheimnis-zum-testen"
TOKEN = "ein-token-zum-testen"


@pytest.fixture
def switchboard() -> Switchboard:
    return Switchboard(CONNECTORS)


@pytest.fixture
def konto_url(tmp_path: Path, serve: Callable[[Any], str]) -> str:
    """A reference Servicekonto."""
    return serve(servicekonto.create_app(tmp_path / "konto", SECRET))


@pytest.fixture
def register_url(tmp_path: Path, serve: Callable[[Any], str]) -> str:
    """A reference tree register."""
    return serve(baumregister.create_app(tmp_path / "register", TOKEN))


@pytest.fixture
def make_call() -> Callable[..., Call]:
    """A call as the engine makes it; documents by id."""

    def make(type: str, inputs: Mapping[str, Any], **more: Any) -> Call:
        documents: dict[str, File] = more.pop("documents", {})
        values: dict[str, Any] = {
            "key": "husum-7-3",
            "kommune": "husum",
            "authority": "Stadt Husum",
            "case_reference": "HUS-2026-000007",
            "config": {},
            "document": documents.__getitem__,
            **more,
        }
        return Call(type=type, inputs=inputs, **values)

    return make


@pytest.fixture
def letter() -> Letter:
    """A notice with every part a sound notice has."""
    return Letter(
        title="Bescheid über die Fällung einer Stieleiche",
        letterhead=Letterhead(
            "Kreis Nordfriesland",
            "Untere Naturschutzbehörde",
            ("Marktstraße 6", "25813 Husum"),
            ("Telefon 04841 000-0", "post@kreis.example"),
        ),
        addressee=("Frau", "Erika Muster", "Am Deich 1", "25813 Husum"),
        reference="NF-2026-000123",
        date=dt.date(2026, 3, 2),
        place="Husum",
        subject="Ihr Antrag auf Fällung einer Stieleiche",
        salutation="Sehr geehrte Frau Muster,",
        sections=(
            Section(
                "tenor",
                blocks=(
                    Block("item", "Die Fällung wird genehmigt."),
                    Block("item", "Die Genehmigung gilt bis zum 28. Februar 2027."),
                ),
            ),
            Section(
                "kosten",
                blocks=(
                    Block("row", cells=("Posten", "Betrag")),
                    Block("row", cells=("Genehmigung (Beispielwert)", "50,00 €")),
                ),
            ),
            Section("gruende", blocks=(Block("paragraph", "Die Eiche ist „geschützt“.\nSie ist krank."),)),
            Section("rechtsbehelf", blocks=(Block("paragraph", "Gegen diesen Bescheid kann Widerspruch erhoben werden."),)),
            Section("anlagen", blocks=(Block("bullet", "Lageplan"),)),
        ),
        signatory="Im Auftrag\nM. Muster",
        data={"gebuehr_cent": 5000, "entscheidung": "genehmigt"},
    )


@pytest.fixture(scope="session")
def typst() -> Iterator[Typst]:
    """A renderer with its warm child, for all tests that do not break it."""
    renderer = Typst()
    yield renderer
    renderer.close()


@pytest.fixture
def pdf_text() -> Callable[[bytes], str]:
    """The words of a PDF as a reader's copy-and-paste gives them, without the spaces between."""
    return _text_of


def _text_of(pdf: bytes) -> str:
    with pikepdf.open(io.BytesIO(pdf)) as document:
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
