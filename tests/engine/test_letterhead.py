"""The head of the municipality's letters and the texts at their end: kept, refused at the field, set in every letter."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.letter import Typst
from engine import reads
from engine.base import files
from engine.base.errors import Invalid
from engine.base.ports import Answer, Call, File
from engine.base.rights import ADMINISTRATION, SYSTEM, Konto
from engine.model import protokoll
from engine.verbs.design import deploy_bundle
from engine.verbs.settings import change_letterhead
from tests.bpmn.diagrams import end, flows, process, service, start
from tests.engine.cases import TYPES, Bell, Twin, bundle, push, rows, work_all
from tests.pictures import png

CHEF = Konto("9", "chef", "Chefin", frozenset({ADMINISTRATION}))
HEAD = {"authority": "Kreis", "unit": "Amt", "address": ["Weg 1"], "contact": [], "place": "Husum", "logo_alt": "Wappen"}
TEXTS = {"closing": "Viele Grüße", "footer": ["Montag 8–12 Uhr"], "privacy": "Datenschutz: kreis.example"}


@pytest.fixture(scope="module")
def typst() -> Any:
    renderer = Typst()
    yield renderer
    renderer.close()


def test_a_letterhead_is_kept_with_its_logo_under_its_hash(amt: str, typst: Typst) -> None:
    logo = File("logo", "", png())
    change_letterhead(HEAD, TEXTS, logo, typst, by=CHEF)
    kept = reads.setting("briefkopf")
    assert kept == {**HEAD, "logo": logo.sha256, "logo_type": "image/png"}
    assert files.get(logo.sha256) == logo.content
    change_letterhead({**HEAD, "place": "Tönning"}, TEXTS, None, typst, by=CHEF)
    assert reads.setting("briefkopf")["logo"] == logo.sha256, "a picture stays unless it is taken away"
    change_letterhead(HEAD, TEXTS, File("logo", "", b""), typst, by=CHEF)
    assert reads.setting("briefkopf")["logo"] == ""
    line = json.loads(rows(protokoll.T)[-1].detail)
    assert line == {"einstellung": "briefkopf", "geaendert": ["logo", "logo_type", "place"]}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "kein PNG und kein JPEG"),
        (b"\x89PNG\r\n\x1a\n", "kein PNG und kein JPEG"),
        (b"\xff\xd8\xff\xe0", "kein PNG und kein JPEG"),
        (png(5000, 10), "zu viele Bildpunkte"),
        (png() + b"x" * 205_000, "zu groß"),
        (png(content=b"zu kurz"), "beschädigt"),
    ],
)
def test_a_picture_that_cannot_stand_in_a_letter_is_refused_at_its_field(
    amt: str, typst: Typst, content: bytes, says: str
) -> None:
    with pytest.raises(Invalid) as refused:
        change_letterhead(HEAD, TEXTS, File("wappen.png", "image/png", content), typst, by=CHEF)
    [cause] = refused.value.causes
    assert says in cause.message
    assert cause.pointer == "/logo"
    assert reads.setting("briefkopf") is None


@pytest.mark.parametrize(
    ("head", "texts", "at"),
    [
        ({"authority": " "}, {}, "/authority"),
        ({"unit": "x" * 10_000}, {}, "/unit"),
        ({"address": ["x"] * 7}, {}, "/address"),
        ({"contact": ["x" * 121]}, {}, "/contact"),
        ({}, {"privacy": "x" * 601}, "/privacy"),
        ({}, {"footer": ["x"] * 5}, "/footer"),
        ({"place": "\ue000"}, {}, None),
    ],
)
def test_what_cannot_stand_in_a_letterhead_is_refused(
    amt: str, typst: Typst, head: dict[str, Any], texts: dict[str, Any], at: str | None
) -> None:
    with pytest.raises(Invalid) as refused:
        change_letterhead({**HEAD, **head}, {**TEXTS, **texts}, None, typst, by=CHEF)
    assert [cause.pointer for cause in refused.value.causes] == [at]


def test_every_letter_that_is_written_from_then_on_has_it_all(amt: str, bell: Bell, typst: Typst) -> None:
    writes = process(
        start(), service("b", type="bescheid.erstellen", inputs={"vorlage": '="brief"'}), end(), flows("start > b > end"),
    )  # fmt: skip
    made = bundle(writes, "schreibt", "SC")
    made["notices/brief.toml"] = (
        b'title = "T"\nsubject = "S"\nsalutation = "Guten Tag,"\nsignatory = "A. B."\n'
        b'[[section]]\nkind = "text"\ntext = "Hallo."\n'
    )
    deploy_bundle(made, {**TYPES, "bescheid.erstellen": frozenset()}, by=SYSTEM)
    seen: list[Call] = []

    def write(call: Call) -> Answer:
        seen.append(call)
        assert call.letter is not None
        return Answer({"seiten": 1}, documents=(File("a.pdf", "application/pdf", typst.render(call.letter, call.logo)),))

    for logo in (File("logo", "", png()), File("logo", "", b"")):
        change_letterhead(HEAD, TEXTS, logo, typst, by=CHEF)
        push("schreibt")
        work_all(bell, Twin(write))
    first, second = seen
    assert (first.logo, second.logo) == (png(), b"")
    assert first.authority == "Kreis"
    assert first.letter is not None
    assert first.letter.letterhead.logo_alt == "Wappen"
    assert (first.letter.closing, first.letter.footer, first.letter.privacy) == tuple(
        tuple(text) if isinstance(text, list) else text for text in TEXTS.values()
    )
