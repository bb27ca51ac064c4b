"""Every letter of every bundle and shared part, set by the real renderer and read back."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache

import pikepdf
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.letter import Typst
from connectors.letter.layout import DRAFT_LINE
from engine.base.errors import Invalid
from engine.base.ports import Letter, Refused
from engine.model.bundle import Bundle
from engine.model.notice import fill
from tests.pdf import attached, defects, kinds, text_of
from tests.processes.conftest import DAY, HEAD, Played, bundle_of, letters_of, remedy_of

KREIS = "nordfriesland/baumfaellung"


@pytest.fixture(scope="module")
def typst() -> Iterator[Typst]:
    renderer = Typst()
    yield renderer
    renderer.close()


@pytest.fixture
def written(bundle: Bundle, played: dict[str, Played]) -> dict[str, Letter]:
    """One letter of each kind: the longest a scenario writes."""
    found: dict[str, Letter] = {}
    for name, letter in letters_of(bundle, played):
        if name not in found or len(str(letter)) > len(str(found[name])):
            found[name] = letter
    assert found.keys() == bundle.notices.keys()
    return found


def bare(text: str) -> str:
    """A text as reading a PDF back gives it: without spaces and ends of lines."""
    return re.sub(r"\s", "", text)


def test_every_letter_is_tagged_and_archivable_throughout(typst: Typst, written: dict[str, Letter]) -> None:
    for name, letter in written.items():
        assert defects(typst.render(letter)) == [], name
        assert defects(typst.render(replace(letter, draft=True))) == [], name


def test_the_text_of_every_letter_holds_each_part(typst: Typst, written: dict[str, Letter]) -> None:
    for name, letter in written.items():
        said = text_of(typst.render(letter))
        head = [HEAD.authority, HEAD.unit, *HEAD.address, *HEAD.contact, *letter.addressee, "Aktenzeichen", letter.reference]
        ends = ["Datum", "Husum, 5. März 2026", letter.subject, letter.salutation, letter.closing, letter.signatory]
        for words in (*head, *ends):
            assert bare(words) in said, (name, words)
        at = said.index(bare(letter.salutation))
        for section in letter.sections:
            for words in (section.heading, *(block.text for block in section.blocks)):
                # Running heads and feet stand between two pages, and in what flows over the page the text is cut there.
                assert bare(words)[:40] in said[at:], (name, words)
                at = said.index(bare(words)[:40], at)


def test_every_heading_list_and_item_of_a_letter_is_one_of_its_tags(typst: Typst, written: dict[str, Letter]) -> None:
    for name, letter in written.items():
        with pikepdf.open(io.BytesIO(typst.render(letter))) as document:
            tags = kinds(document.Root.StructTreeRoot)
        groups = {section.group for section in letter.sections if section.group}
        own = [section for section in letter.sections if section.heading]
        assert tags.count("/H1") == 1, name
        assert tags.count("/H2") == len(groups) + sum(not section.group for section in own), name
        assert tags.count("/H3") == sum(bool(section.group) for section in own), name
        items = sum(block.kind in ("item", "bullet") for section in letter.sections for block in section.blocks)
        assert tags.count("/LI") == tags.count("/Lbl") == tags.count("/LBody") == items, name


def test_provisions_have_the_numbers_in_the_letter_that_the_data_give_them(typst: Typst, written: dict[str, Letter]) -> None:
    for letter in written.values():
        content = typst.render(letter)
        for one in attached(content).get("nebenbestimmungen", []):
            assert bare(f"{one['nummer']}.{one['text']}")[:60] in text_of(content)


def test_the_data_of_a_bescheid_name_its_parts(typst: Typst, bundle: Bundle, written: dict[str, Letter]) -> None:
    for name, letter in written.items():
        data = attached(typst.render(letter))
        assert (data["vorlage"], data["aktenzeichen"], data["datum"]) == (name, "BF-1", "2026-03-05")
        if "tenor" in {section.kind for section in letter.sections}:
            assert data["entscheidung"] in {"genehmigt", "abgelehnt", "nicht_geschuetzt", "stattgegeben"}
            assert data["gebuehr_cent"] >= 0
            assert data["tenor"]
            remedy, body, seat = remedy_of(bundle, data["rechtsbehelf"]["rechtsbehelf"])
            assert data["rechtsbehelf"] == {
                "rechtsbehelf": remedy,
                "stelle": body,
                "sitz": seat,
                "frist": "innerhalb eines Monats",
            }


def test_a_letter_is_the_same_byte_for_byte_again_and_from_another_process(typst: Typst, written: dict[str, Letter]) -> None:
    another = Typst()
    try:
        for letter in written.values():
            assert typst.render(letter) == typst.render(letter) == another.render(letter)
    finally:
        another.close()


def test_a_draft_says_on_every_page_that_it_is_one(typst: Typst, written: dict[str, Letter]) -> None:
    for letter in written.values():
        typeset = typst.typeset(replace(letter, draft=True))
        assert text_of(typeset.content).count(bare(DRAFT_LINE)) == typeset.pages + 1


# --- what a citizen wrote ---------------------------------------------------------------------------------------------

MARKUP = [
    '#panic("x")', '#read("/etc/passwd")', "#set page(width: 1cm)", "$ x^2 $", "`roh`", "*fett* _schräg_", "= Titel",
    "@verweis", "{= parameter.behoerde}", "{euro= 1}", '" + gebuehr_cent + "', "<script>alert(1)</script>", "&lt;b&gt;", "<!--",
    "1. Genehmigt", "- Punkt", "| a | b |", "# Titel", "[x](https://a.example)", "{{7*7}}", "${1}", "\'\'\'", '"""', "\\", "//",
    "\\u{41}", "/*",
]  # fmt: skip
UNSEEN = ["\n\n", "\r\n", "\t", " ", "\u202e", "\u2067", "\u200f", "\ufeff", "\u2028"]
FORBIDDEN = ["\x00", "\x07", "\x1b", "\x85", "\ue000", "\ud800"]
LATIN = st.characters(codec="utf-8", min_codepoint=0x20, max_codepoint=0x17F, exclude_categories=("Cc",))
LETTERS = st.text(LATIN | st.sampled_from("ẞ€„“‚‘–—…²³½αβγЖд"), max_size=40)
WRITTEN = st.lists(st.sampled_from(MARKUP) | st.sampled_from(UNSEEN) | LETTERS, max_size=12).map("".join)
GONE = re.compile("[\\s\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\xad]")


@cache
def kreis() -> Bundle:  # no fixture: Hypothesis would print the whole bundle instead of what failed
    return bundle_of(KREIS)


def refusal(name: str, reason: str) -> Letter:
    tree = {"art": reason, "umfang_cm": Decimal("210.5")}
    known = {
        "angaben": {"name": name, "anschrift": [name], "standort": reason, "grund": reason, "baeume": [tree]},
        "vorgang": {"aktenzeichen": "BF-1", "eingang": dt.date(2026, 3, 2), "leistung": kreis().name},
        "parameter": kreis().parameters,
        "bearbeitung": {"name": "Sachbearbeitung"},
        "gebuehr_cent": Decimal(5000),
        "begruendung": reason,
    }
    return fill(kreis().notices["ablehnung"], known, letterhead=HEAD, reference="BF-1", place="Husum", date=DAY)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=WRITTEN.filter(lambda name: GONE.sub("", name)), reason=WRITTEN.filter(lambda reason: GONE.sub("", reason)))
@example(name="Muster", reason=" ".join(MARKUP))
@example(name="Muster\xadfrau", reason="<!-- Eiche -->")
def test_what_a_citizen_wrote_is_printed_as_it_was_written(typst: Typst, name: str, reason: str) -> None:
    letter, plain = refusal(name, reason), refusal("Muster", "weil")
    assert [[block.kind for block in section.blocks] for section in letter.sections] == [
        [block.kind for block in section.blocks] for section in plain.sections
    ]
    content = typst.render(letter)
    said = GONE.sub("", text_of(content))
    assert GONE.sub("", f"GutenTag{name},Entscheidung") in said
    assert GONE.sub("", f"amStandort{reason}dürfennichtgefällt") in said
    assert attached(content)["standort"] == reason
    assert defects(content) == []


@given(before=WRITTEN, sign=st.sampled_from(FORBIDDEN), after=WRITTEN)
def test_what_no_page_can_show_is_refused_by_name(typst: Typst, before: str, sign: str, after: str) -> None:
    with pytest.raises(Refused, match=f"U\\+{ord(sign):04X} kann nicht gedruckt werden"):
        typst.render(refusal("Muster", before + sign + after))


@given(name=st.text(st.sampled_from("\t\n\r \xa0\u202e\u2067\u200f\ufeff\xad\u200b\x00")))
def test_a_name_of_which_nothing_can_be_seen_is_no_name(name: str) -> None:
    with pytest.raises(Invalid) as invalid:
        refusal(name, "weil")
    assert ["Anschrift" in cause.message for cause in invalid.value.causes] == [True]


@pytest.mark.parametrize("unit", ["Wort ", "#[*a*] $x^2$ ", "{= parameter.behoerde} ", "\u202e1. <b> | a |\n"])
def test_a_megabyte_is_refused_with_a_sentence(typst: Typst, unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    with pytest.raises((Invalid, Refused)) as refused:
        typst.render(refusal("Muster", text))
    causes = refused.value.causes if isinstance(refused.value, Invalid) else []
    assert re.search("zu lang|bitte kürzen|hat keinen Wert", str([str(refused.value), *(cause.message for cause in causes)]))
