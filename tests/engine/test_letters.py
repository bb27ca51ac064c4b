"""Letters: placeholders, structure, and what a Bescheid must have."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from engine.base.errors import Invalid
from engine.base.ports import Letter, Letterhead
from engine.model.notice import fill, parse_notice

HEAD = 'title = "T"\nsubject = "S"\nsalutation = "Guten Tag,"\nsignatory = "A"\naddressee = ["{= name}"]\n'
REMEDY = 'kind = "rechtsbehelf"\ntext = "Widerspruch ist binnen eines Monats möglich."\n'
BESCHEID = (
    HEAD + '[[section]]\nkind = "tenor"\ntext = "1. {= was}"\n[[section]]\nkind = "kosten"\ntext = "{euro= cent}"\n'
    '[[section]]\nkind = "gruende"\ntext = "weil"\n[[section]]\n' + REMEDY
)


def filled(text: str, **context: Any) -> Letter:
    notice, findings = parse_notice("notices/x.toml", text.encode())
    assert notice is not None, findings
    assert findings == []
    head = Letterhead("Amt")
    return fill(
        notice, {"name": "Muster", **context}, letterhead=head, reference="A-1", place="Husum", date=dt.date(2026, 3, 2)
    )


def found(text: str) -> list[str]:
    return [cause.message for cause in parse_notice("notices/x.toml", text.encode())[1]]


def test_a_bescheid_is_filled_in() -> None:
    letter = filled(BESCHEID, was="Ja", cent=Decimal(123456))
    assert [section.kind for section in letter.sections] == ["tenor", "kosten", "gruende", "rechtsbehelf"]
    assert (letter.sections[0].blocks[0].kind, letter.sections[0].blocks[0].text) == ("item", "Ja")
    assert letter.sections[1].blocks[0].text == "1.234,56 Euro"


@pytest.mark.parametrize(
    ("kind", "word"), [("kosten", "Kosten"), ("gruende", "Begründung"), ("rechtsbehelf", "Rechtsbehelfsbelehrung")]
)
def test_a_bescheid_without_a_legal_part_is_found_and_not_issued(kind: str, word: str) -> None:
    assert f"dem Bescheid fehlt: {word}" in found(BESCHEID.replace(f'kind = "{kind}"', 'kind = "hinweise"'))
    lost = BESCHEID.replace(f'kind = "{kind}"', f'kind = "{kind}"\nwhen = "false"')
    with pytest.raises(Invalid) as refusal:
        filled(lost, was="Ja", cent=Decimal(1))
    assert [cause.message for cause in refusal.value.causes] == [f"dem Bescheid fehlt: {word}"]


def test_an_instruction_without_remedy_or_time_limit_is_found() -> None:
    assert found(BESCHEID.replace("Widerspruch ist binnen eines Monats möglich.", "Sie können sich beschweren.")) == [
        "die Rechtsbehelfsbelehrung nennt den Rechtsbehelf nicht",
        "die Rechtsbehelfsbelehrung nennt die Frist nicht",
    ]


def test_a_letter_that_decides_nothing_needs_none_of_it() -> None:
    assert found(HEAD + '[[section]]\nkind = "text"\ntext = "Wir haben eine Frage."\n') == []


@pytest.mark.parametrize("value", [None, "nicht da"])
def test_a_placeholder_without_a_fitting_value_is_refused_by_name(value: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        filled(BESCHEID, was="Ja", cent=value)
    assert "„cent“" in refusal.value.causes[0].message


def test_what_a_citizen_wrote_is_inert() -> None:
    hostile = "1. {= was} | a | \n- punkt\n#set page() *fett* <b> {euro= cent}"
    letter = filled(BESCHEID, was=hostile, cent=Decimal(1))
    assert letter.sections[0].blocks[0].text == hostile
    assert len(letter.sections[0].blocks) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BESCHEID.replace("{= was}", "{= was"), "nicht geschlossen"),
        (BESCHEID.replace("{= was}", "{= 1 + }"), "FEEL"),
        (BESCHEID.replace("{euro= cent}", "{taler= cent}"), "„taler“"),
        (BESCHEID.replace('kind = "tenor"', 'kind = "spruch"'), "keine bekannte Art"),
        (BESCHEID.replace('title = "T"\n', ""), "„title“ fehlt"),
        ("kein = [toml", "nicht lesbar"),
        (HEAD, "keinen Abschnitt"),
    ],
)
def test_a_broken_letter_is_found_with_a_sentence(text: str, message: str) -> None:
    assert any(message in finding for finding in found(text))
