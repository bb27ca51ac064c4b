"""What the connector tests share: a letter, the text of a PDF, calls, and real outside servers on loopback ports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from connectors import CONNECTORS, Switchboard
from connectors.letter import Typst
from engine.base.ports import Block, Call, File, Letter, Letterhead, Section
from tests.pdf import text_of
from web.twins import baumregister, servicekonto

SECRET = "ein-geheimnis-zum-testen"
TOKEN = "ein-token-zum-testen"
NEBEN, GRUENDE = "Nebenbestimmungen", "Begründung"


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


def items(*texts: str) -> tuple[Block, ...]:
    return tuple(Block("item", text) for text in texts)


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
            Section("tenor", "Entscheidung", items("Die Fällung wird genehmigt.", "Die Genehmigung gilt nur für diesen Baum.")),
            Section(
                "befristung",
                "Befristung (§ 36 Abs. 2 Nr. 1 VwVfG)",
                items("Die Genehmigung gilt bis zum 28. Februar 2027."),
                NEBEN,
            ),
            Section("auflage", "Auflagen (§ 36 Abs. 2 Nr. 4 VwVfG)", items("Ein Baum ist zu pflanzen."), NEBEN),
            Section(
                "kosten",
                "Kostenentscheidung",
                (
                    Block("row", cells=("Posten", "Betrag")),
                    Block("row", cells=("Genehmigung (Beispielwert)", "50,00 €")),
                ),
            ),
            Section("sachverhalt", "Sachverhalt", (Block("paragraph", "Die Eiche ist „geschützt“.\nSie ist krank."),), GRUENDE),
            Section("ermessen", "Ermessen", (Block("paragraph", "Wir haben abgewogen."),), GRUENDE),
            Section(
                "rechtsbehelf",
                "Rechtsbehelfsbelehrung",
                (Block("paragraph", "Gegen diesen Bescheid kann Widerspruch erhoben werden."),),
            ),
            Section("anlagen", "Anlagen", (Block("bullet", "Lageplan"),)),
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
    return text_of
