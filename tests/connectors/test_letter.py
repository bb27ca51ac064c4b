"""A letter becomes an accessible, archivable PDF; what a citizen wrote stays text; nothing holds the worker up."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pikepdf
import pytest

from connectors import Switchboard
from connectors.letter import Typst
from connectors.letter.renderer import TEMPLATE
from engine.base.ports import Block, Call, Letter, Refused, Section
from tests.pdf import defects, elements, kinds, text_of
from tests.pictures import png

PdfText = Callable[[bytes], str]


def with_text(letter: Letter, text: str) -> Letter:
    return replace(letter, sections=(Section("text", blocks=(Block("paragraph", text),)),))


@pytest.fixture
def opened(typst: Typst, letter: Letter) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(io.BytesIO(typst.render(letter))) as document:
        yield document


def test_the_pdf_claims_accessibility_and_archiving_in_its_metadata(opened: pikepdf.Pdf) -> None:
    with opened.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["pdfaid:part"] == "3"
        assert metadata["pdfaid:conformance"] == "A"
        assert metadata["dc:title"] == "Bescheid über die Fällung einer Stieleiche"
        assert metadata["dc:language"] == {"de-DE"}


def test_the_catalogue_names_language_and_title_and_says_it_is_tagged(opened: pikepdf.Pdf) -> None:
    assert str(opened.Root.Lang) == "de-DE"
    assert opened.Root.MarkInfo.Marked
    assert opened.Root.ViewerPreferences.DisplayDocTitle
    assert str(opened.docinfo.Title) == "Bescheid über die Fällung einer Stieleiche"


def test_the_tag_tree_has_headings_lists_and_a_table_with_headings(opened: pikepdf.Pdf) -> None:
    found = kinds(opened.Root.StructTreeRoot)
    assert found.count("/H1") == 1
    assert [kind for kind in found if kind in ("/H2", "/H3")] == [
        "/H2",
        "/H2",
        "/H3",
        "/H3",
        "/H2",
        "/H2",
        "/H3",
        "/H3",
        "/H2",
        "/H2",
    ]
    assert found.index("/H1") < found.index("/H2")
    assert found.count("/L") == 4
    assert found.count("/LI") == 5
    assert found.count("/Table") == 1
    assert found.count("/TH") == 2
    assert found.count("/TD") == 2
    assert "/P" in found


def test_every_mark_has_its_tag_and_lists_and_tables_are_whole(typst: Typst, letter: Letter) -> None:
    assert defects(typst.render(letter)) == []
    assert defects(typst.render(replace(letter, draft=True))) == []
    assert defects(typst.render(with_text(letter, "Ein Satz, der etwas Platz braucht. " * 300))) == []


def test_a_tag_that_is_taken_away_or_misplaced_would_be_seen(typst: Typst, letter: Letter) -> None:
    def spoilt(spoil: Callable[[Any], None]) -> list[str]:
        with pikepdf.open(io.BytesIO(typst.render(letter))) as document:
            spoil(next(each for each in elements(document.Root.StructTreeRoot) if str(each.S) == "/H2"))
            document.save(changed := io.BytesIO())
        return defects(changed.getvalue())

    assert any("differ" in defect for defect in spoilt(lambda tag: tag.__delitem__("/K")))
    assert any("/H5 follows H1" in defect for defect in spoilt(lambda tag: tag.__setitem__("/S", pikepdf.Name("/H5"))))
    assert any("/L holds []" in defect for defect in spoilt(lambda tag: tag.__setitem__("/S", pikepdf.Name("/L"))))


def test_every_page_knows_its_tags_and_every_font_is_embedded(opened: pikepdf.Pdf) -> None:
    for page in opened.pages:
        assert "/StructParents" in page.obj
        for font in page.resources.Font.values():
            descriptor = font.DescendantFonts[0].FontDescriptor
            assert "/FontFile3" in descriptor or "/FontFile2" in descriptor


def test_all_parts_of_the_notice_stand_in_its_text(typst: Typst, letter: Letter, pdf_text: PdfText) -> None:
    said = pdf_text(typst.render(letter))
    for words in (
        "Kreis Nordfriesland",
        "Untere Naturschutzbehörde",
        "Erika Muster",
        "Am Deich 1",
        "NF-2026-000123",
        "Telefon 04841 000-0",
        "Husum, 2. März 2026",
        "Ihr Antrag auf Fällung einer Stieleiche",
        "Sehr geehrte Frau Muster,",
        "Entscheidung",
        "1.Die Fällung wird genehmigt.",
        "2.Die Genehmigung gilt nur für diesen Baum.",
        "Nebenbestimmungen",
        "Befristung (§ 36 Abs. 2 Nr. 1 VwVfG)",
        "1.Die Genehmigung gilt bis zum 28. Februar 2027.",
        "Auflagen (§ 36 Abs. 2 Nr. 4 VwVfG)",
        "2.Ein Baum ist zu pflanzen.",
        "Kostenentscheidung",
        "50,00 €",
        "Begründung",
        "Die Eiche ist „geschützt“.",
        "Rechtsbehelfsbelehrung",
        "Gegen diesen Bescheid kann Widerspruch erhoben werden.",
        "Mit freundlichen Grüßen",
        "Im Auftrag",
        "Anlagen",
        "Lageplan",
        "Seite 2 von 2",
    ):
        assert words.replace(" ", "") in said, words


def test_the_instruction_on_remedies_stands_before_the_signature(typst: Typst, letter: Letter, pdf_text: PdfText) -> None:
    said = pdf_text(typst.render(letter))
    assert said.index("Rechtsbehelfsbelehrung") < said.index("MitfreundlichenGrüßen") < said.index("Anlagen")


def test_the_signs_of_german_administration_can_be_printed(typst: Typst, letter: Letter, pdf_text: PdfText) -> None:
    signs = "ÄÖÜäöüßẞ „“‚‘»« – — … § € ° ² ³ ½ Œœ Ææ Øø Åå Çç Ññ Łł Šš Žž Čč Ćć Đđ Ğğ İı Şş Ťť Ůů Űű Ģģ Ķķ Ņņ Ŗŗ Ăă Ấấ Ẽẽ Ựự"
    said = pdf_text(typst.render(with_text(letter, signs)))
    assert signs.replace(" ", "") in said


def test_greek_and_cyrillic_can_be_printed(typst: Typst, letter: Letter, pdf_text: PdfText) -> None:
    said = pdf_text(typst.render(with_text(letter, "Ελλάδα Київ")))
    assert "Ελλάδα" in said
    assert "Київ" in said


def test_the_data_is_attached_as_json_and_related_as_data(typst: Typst, letter: Letter) -> None:
    data = {"gebuehr_cent": Decimal("5000.10"), "am": dt.date(2026, 3, 2), "baeume": [{"art": "Eiche ẞ"}], "leer": None}
    with pikepdf.open(io.BytesIO(typst.render(replace(letter, data=data)))) as document:
        attached = document.attachments["daten.json"]
        assert attached.get_file().mime_type == "application/json"
        content = attached.get_file().read_bytes()
        assert str(document.Root.AF[0].AFRelationship) == "/Data"
    assert json.loads(content, parse_float=Decimal) == {**data, "am": "2026-03-02"}
    assert b"5000.10" in content


def test_the_same_letter_gives_the_same_bytes_in_another_process_too(typst: Typst, letter: Letter) -> None:
    another = Typst()
    try:
        first = typst.render(letter)
        typst.render(with_text(letter, "etwas anderes dazwischen"))
        assert typst.render(letter) == first
        same = replace(letter, data=dict(reversed(list(letter.data.items()))))
        assert another.render(same) == first
    finally:
        another.close()


def test_the_date_in_the_file_is_the_day_of_the_letter(opened: pikepdf.Pdf) -> None:
    assert str(opened.docinfo.CreationDate).startswith("D:20260302")


def test_a_draft_says_so_in_its_text_and_an_issued_letter_does_not(typst: Typst, letter: Letter, pdf_text: PdfText) -> None:
    assert "Entwurf–nichtbekanntgegeben" in pdf_text(typst.render(replace(letter, draft=True)))
    assert "Entwurf" not in pdf_text(typst.render(letter))


def test_a_long_letter_numbers_its_pages(typst: Typst, letter: Letter, pdf_text: PdfText) -> None:
    typeset = typst.typeset(with_text(letter, "Ein Satz, der etwas Platz braucht. " * 300))
    with pikepdf.open(io.BytesIO(typeset.content)) as document:
        assert typeset.pages == len(document.pages) > 2
    assert f"Seite{typeset.pages}von{typeset.pages}" in pdf_text(typeset.content)


def test_numbers_of_the_operative_part_run_on_after_a_table(typst: Typst, letter: Letter, pdf_text: PdfText) -> None:
    blocks = (Block("item", "Erstens"), Block("paragraph", "Dazwischen"), Block("item", "Weiter"))
    said = pdf_text(typst.render(replace(letter, sections=(Section("tenor", blocks=blocks),))))
    assert "1.ErstensDazwischen2.Weiter" in said


def test_an_address_longer_than_the_window_is_printed_in_full(typst: Typst, letter: Letter, pdf_text: PdfText) -> None:
    lines = tuple(f"Zeile Nummer {number}" for number in range(1, 26))
    said = pdf_text(typst.render(replace(letter, addressee=lines)))
    assert all(line.replace(" ", "") in said for line in lines)
    assert said.index("ZeileNummer25") < said.index("IhrAntragaufFällung")


@pytest.mark.parametrize(
    "text",
    [
        '#panic("x") #read("/etc/passwd") #import "@preview/cetz:0.3.0": *',
        "*fett* _kursiv_ $x^2$ `roh` <marke> @verweis = keine Überschrift",
        "<script>alert(1)</script> {{7*7}} ${1+1} \\n \\u{41} https://a.example/?b=c&d",
        "- keine Liste\n+ auch nicht\n/ Begriff: nein",
    ],
)
def test_what_looks_like_markup_is_printed_as_it_was_written(
    typst: Typst, letter: Letter, pdf_text: PdfText, text: str
) -> None:
    said = pdf_text(typst.render(with_text(letter, text)))
    assert re.sub(r"\s", "", text) in said


def test_marks_that_turn_the_reading_direction_are_gone_and_the_words_stay(
    typst: Typst, letter: Letter, pdf_text: PdfText
) -> None:
    said = pdf_text(typst.render(with_text(letter, "Der Antrag wird \u202etnhelegba\u202c und \u2067mehr\u2069\u200f.")))
    assert "DerAntragwirdtnhelegbaundmehr." in said


@pytest.mark.parametrize(
    ("sign", "named"), [("\x00", "U+0000"), ("\x07", "U+0007"), ("\ue000", "U+E000"), ("\ufffe", "U+FFFE")]
)
def test_a_sign_no_page_can_show_is_refused_by_name(typst: Typst, letter: Letter, sign: str, named: str) -> None:
    with pytest.raises(Refused, match=re.escape(named)):
        typst.render(with_text(letter, f"vor{sign}nach"))


@pytest.mark.parametrize("sign", ["😀", "日"])
def test_a_sign_no_font_has_is_refused_by_name(typst: Typst, letter: Letter, sign: str) -> None:
    with pytest.raises(Refused, match=sign):
        typst.render(with_text(letter, f"vor {sign} nach"))


def test_a_broken_half_sign_in_the_data_is_refused(typst: Typst, letter: Letter) -> None:
    with pytest.raises(Refused, match="Surrogate"):
        typst.render(replace(letter, data={"text": "\ud800"}))


@pytest.mark.parametrize(
    "text",
    ["Wort " * 200_000, "x" * 1_000_000, "Zeile\n" * 160_000, "#[*a*] $x^2$ \\ \n" * 60_000],
    ids=["words", "one", "lines", "mark"],
)
def test_a_megabyte_of_text_is_printed_or_refused_in_time(letter: Letter, text: str) -> None:
    renderer = Typst()
    started = time.monotonic()
    try:
        outcome = renderer.render(with_text(letter, text))[:5].decode()
    except Refused as refused:
        outcome = str(refused)
    finally:
        renderer.close()
    assert outcome == "%PDF-" or "bitte kürzen" in outcome
    assert time.monotonic() - started < 60


def test_a_word_longer_than_a_line_is_broken_and_not_lost(typst: Typst, letter: Letter, pdf_text: PdfText) -> None:
    assert "ä" * 500 in pdf_text(typst.render(with_text(letter, "ä" * 500)))


def test_a_letter_over_the_size_limit_is_refused_at_once(typst: Typst, letter: Letter) -> None:
    with pytest.raises(Refused, match="zu lang"):
        typst.render(with_text(letter, "Wort " * 500_000))


def test_an_unknown_kind_of_block_is_refused_by_name(typst: Typst, letter: Letter) -> None:
    with pytest.raises(Refused, match="bild"):
        typst.render(replace(letter, sections=(Section("text", blocks=(Block("bild", "x"),)),)))


def test_the_template_uses_no_package_and_reads_no_file() -> None:
    template = TEMPLATE.read_text(encoding="utf-8")
    for word in ("#import", "#include", "@preview", "read(", "eval("):
        assert word not in template


def test_the_operation_returns_the_document_its_pages_and_its_hash(
    switchboard: Switchboard, make_call: Callable[..., Call], letter: Letter
) -> None:
    answer = switchboard.call(make_call("bescheid.erstellen", {"name": "../Bescheid: Eiche.pdf"}, letter=letter))
    (file,) = answer.documents
    assert (file.name, file.media_type, file.kind) == (".._Bescheid_ Eiche.pdf".lstrip(". "), "application/pdf", "brief")
    assert answer.variables == {"seiten": 2, "sha256": hashlib.sha256(file.content).hexdigest()}


def test_the_operation_without_a_letter_is_refused(switchboard: Switchboard, make_call: Callable[..., Call]) -> None:
    with pytest.raises(Refused, match="Textbausteine"):
        switchboard.call(make_call("bescheid.erstellen", {}))


# --- what the municipality sets for all its letters ------------------------------------------------------------------


@pytest.mark.parametrize("size", [(300, 200), (900, 60), (20, 1500), (1, 1)])
def test_a_letter_with_a_logo_is_tagged_and_archivable_and_says_what_it_shows(
    typst: Typst, letter: Letter, size: tuple[int, int]
) -> None:
    head = replace(letter.letterhead, logo="a" * 64, logo_type="image/png", logo_alt="Wappen des Kreises")
    content = typst.render(replace(letter, letterhead=head), png(*size))
    assert defects(content) == []
    with pikepdf.open(io.BytesIO(content)) as document:
        pictures = [element for element in elements(document.Root.StructTreeRoot) if str(element.S) == "/Figure"]
        assert [str(picture.Alt) for picture in pictures] == ["Wappen des Kreises"]


def test_a_logo_without_words_is_described_by_the_authority_s_name(typst: Typst, letter: Letter) -> None:
    head = replace(letter.letterhead, logo="a" * 64, logo_type="image/png")
    content = typst.render(replace(letter, letterhead=head), png())
    with pikepdf.open(io.BytesIO(content)) as document:
        [picture] = [element for element in elements(document.Root.StructTreeRoot) if str(element.S) == "/Figure"]
        assert str(picture.Alt) == "Logo: Kreis Nordfriesland"


def test_texts_of_the_municipality_stand_at_the_end_and_are_read_out(typst: Typst, letter: Letter) -> None:
    texts = {"footer": ("Montag bis Freitag 8–12 Uhr", "IBAN DE00 0000"), "privacy": "Datenschutz: kreis.example/daten"}
    content = typst.render(replace(letter, closing="Viele Grüße", **texts))
    assert defects(content) == []
    said = text_of(content)
    places = [said.index(words.replace(" ", "")) for words in ("Viele Grüße", *texts["footer"], texts["privacy"])]
    assert places == sorted(places)


@pytest.mark.parametrize("logo", [b"\x89PNG\r\n\x1a\nkaputt", b"GIF89a", b"<svg/>"])
def test_a_logo_that_is_no_picture_is_refused(typst: Typst, letter: Letter, logo: bytes) -> None:
    head = replace(letter.letterhead, logo="a" * 64, logo_type="image/png")
    with pytest.raises(Refused, match="Logo"):
        typst.render(replace(letter, letterhead=head), logo)
    with pytest.raises(Refused, match="PNG und JPEG"):
        typst.render(replace(letter, letterhead=replace(head, logo_type="image/svg+xml")), logo)
