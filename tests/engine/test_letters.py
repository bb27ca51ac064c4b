"""Letters: placeholders, structure, and what a Bescheid must have."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from engine.base.errors import Cause, Invalid
from engine.base.ports import Letter, Letterhead
from engine.model.notice import FORMATS, PARTS, RESERVED, fill, parse_notice

DAY = dt.date(2026, 3, 2)
AMT = Letterhead("Amt", address=("Markt 1", "25813 Husum"))
HEAD = 'title = "T"\nsubject = "S"\nsalutation = "Guten Tag,"\nsignatory = "{= wer}"\naddressee = ["{= name}"]\n'
REMEDY = (
    '[[section]]\nkind = "rechtsbehelf"\nrechtsbehelf = "Widerspruch"\nbehoerde = "{= amt}"\nsitz = "Husum"\n'
    'frist = "eines Monats"\n'
)
DATA = '[data]\nentscheidung = "was"\ngebuehr_cent = "cent"\n'
USUAL = {
    "name": "Muster",
    "wer": "M. Amt",
    "was": "Ja",
    "cent": Decimal(5000),
    "amt": "Amt Husum",
    "bis": DAY,
    "zahl": Decimal(2),
}


def part(kind: str, text: str, more: str = "") -> str:
    return f"[[section]]\nkind = \"{kind}\"\n{more}text = '''\n{text}\n'''\n"


TENOR, KOSTEN = part("tenor", "1. {= was}"), part("kosten", "{euro= cent}")
FACTS, LAW, DISCRETION = part("sachverhalt", "weil"), part("rechtslage", "§ 1"), part("ermessen", "abgewogen")
PROVISIONS = part("befristung", "1. bis {datum= bis}") + part("auflage", "1. {= zahl} Bäume\n2. Foto", 'when = "zahl > 0"\n')
BESCHEID = HEAD + TENOR + PROVISIONS + KOSTEN + FACTS + LAW + DISCRETION + REMEDY + DATA
LETTER = HEAD + part("text", "Wir haben eine Frage.")


def filled(text: str, *, letterhead: Letterhead = AMT, reference: str = "A-1", **context: Any) -> Letter:
    notice, findings = parse_notice("notices/x.toml", text.encode())
    assert notice is not None, findings
    assert findings == []
    return fill(notice, {**USUAL, **context}, letterhead=letterhead, reference=reference, place="Husum", date=DAY)


def found(text: str) -> list[Cause]:
    return parse_notice("notices/x.toml", text.encode())[1]


def messages(text: str) -> list[str]:
    return [cause.message for cause in found(text)]


def refused(text: str, **more: Any) -> list[str]:
    with pytest.raises(Invalid) as refusal:
        filled(text, **more)
    return [cause.message for cause in refusal.value.causes]


def kinds(letter: Letter) -> list[str]:
    return [section.kind for section in letter.sections]


# --- the whole -------------------------------------------------------------------------------------------------------


def test_a_bescheid_is_filled_in() -> None:
    letter = filled(BESCHEID, cent=Decimal(123456))
    assert kinds(letter) == [
        "tenor", "befristung", "auflage", "kosten", "sachverhalt", "rechtslage", "ermessen", "rechtsbehelf",
    ]  # fmt: skip
    assert (letter.sections[0].blocks[0].kind, letter.sections[0].blocks[0].text) == ("item", "Ja")
    assert letter.sections[3].blocks[0].text == "1.234,56 Euro"


def test_ancillary_provisions_say_their_type_and_its_paragraph_under_one_heading() -> None:
    one, other = filled(BESCHEID).sections[1:3]
    assert (one.group, one.heading) == ("Nebenbestimmungen", "Befristung (§ 36 Abs. 2 Nr. 1 VwVfG)")
    assert (other.group, other.heading) == ("Nebenbestimmungen", "Auflagen (§ 36 Abs. 2 Nr. 4 VwVfG)")
    own = filled(BESCHEID.replace('kind = "auflage"', 'kind = "auflage"\nheading = "Was zu tun ist"'))
    assert own.sections[2].heading == "Was zu tun ist: Auflagen (§ 36 Abs. 2 Nr. 4 VwVfG)"


@pytest.mark.parametrize(
    ("kind", "number"),
    [("befristung", 1), ("bedingung", 2), ("widerrufsvorbehalt", 3), ("auflage", 4), ("auflagenvorbehalt", 5)],
)
def test_every_type_of_ancillary_provision_has_its_number_in_the_law(kind: str, number: int) -> None:
    assert PARTS[kind].source == f"§ 36 Abs. 2 Nr. {number} VwVfG"


def test_two_sections_of_one_kind_are_one_part_with_one_heading() -> None:
    letter = filled(BESCHEID.replace(KOSTEN, part("auflage", "1. Noch eine") + KOSTEN))
    assert [section.heading for section in letter.sections[2:4]] == ["Auflagen (§ 36 Abs. 2 Nr. 4 VwVfG)", ""]


def test_reasons_stand_in_three_parts_under_one_heading() -> None:
    reasons = [section for section in filled(BESCHEID).sections if section.group == "Begründung"]
    assert [section.heading for section in reasons] == ["Sachverhalt", "Rechtslage", "Ermessen"]


def test_the_data_names_the_parts_of_a_bescheid() -> None:
    assert filled(BESCHEID).data == {
        "vorlage": "x",
        "aktenzeichen": "A-1",
        "datum": DAY,
        "entscheidung": "Ja",
        "gebuehr_cent": Decimal(5000),
        "tenor": ["Ja"],
        "nebenbestimmungen": [
            {"nummer": 1, "art": "befristung", "rechtsgrundlage": PARTS["befristung"].source, "text": "bis 2. März 2026"},
            {"nummer": 2, "art": "auflage", "rechtsgrundlage": PARTS["auflage"].source, "text": "2 Bäume"},
            {"nummer": 3, "art": "auflage", "rechtsgrundlage": PARTS["auflage"].source, "text": "Foto"},
        ],
        "rechtsbehelf": {
            "rechtsbehelf": "Widerspruch",
            "stelle": "Amt Husum",
            "sitz": "Husum",
            "frist": "innerhalb eines Monats",
        },
    }


# --- the instruction on remedies --------------------------------------------------------------------------------------


def test_the_instruction_names_remedy_body_seat_and_time_limit() -> None:
    assert filled(BESCHEID).sections[-1].blocks[0].text == (
        "Gegen diesen Bescheid kann innerhalb eines Monats, nachdem er bekannt gegeben worden ist, Widerspruch erhoben werden "
        "(§ 70 VwGO). Der Widerspruch ist bei folgender Behörde zu erheben: Amt Husum, Sitz in Husum."
    )


def test_where_an_action_is_the_remedy_the_instruction_names_the_court() -> None:
    action = BESCHEID.replace('"Widerspruch"', '"Klage"').replace("behoerde =", "gericht =")
    letter = filled(action, amt="Schleswig-Holsteinisches Verwaltungsgericht")
    assert letter.sections[-1].blocks[0].text == (
        "Gegen diesen Bescheid kann innerhalb eines Monats, nachdem er bekannt gegeben worden ist, Klage erhoben werden "
        "(§ 74 VwGO). Die Klage ist bei folgendem Gericht zu erheben: Schleswig-Holsteinisches Verwaltungsgericht, "
        "Sitz in Husum."
    )
    assert letter.data["rechtsbehelf"]["rechtsbehelf"] == "Klage"


def test_more_may_be_said_after_the_instruction() -> None:
    letter = filled(BESCHEID.replace(DATA, 'text = "Ein Wort dazu."\n' + DATA))
    assert [block.text[:14] for block in letter.sections[-1].blocks] == ["Gegen diesen B", "Ein Wort dazu."]


@pytest.mark.parametrize(
    ("line", "instead", "message"),
    [
        ('rechtsbehelf = "Widerspruch"\n', "", "nennt den Rechtsbehelf nicht"),
        ('"Widerspruch"', '"Beschwerde"', "nennt den Rechtsbehelf nicht"),
        ('behoerde = "{= amt}"\n', "", "nennt die Stelle nicht"),
        ('sitz = "Husum"\n', 'sitz = " "\n', "nennt den Sitz nicht"),
        ('frist = "eines Monats"\n', "", "nennt die Frist nicht"),
        ('"eines Monats"', '"zweier Wochen"', "ist ein Monat (§§ 70, 74 VwGO)"),
        ('"Widerspruch"', '"Klage"', "Klage ist nicht bei „behoerde“ zu erheben"),
    ],
)
def test_an_instruction_that_lacks_something_is_found_in_its_section(line: str, instead: str, message: str) -> None:
    spoilt = BESCHEID.replace(line, instead)
    [first, *_] = found(spoilt)
    assert message in first.message
    assert first.line is not None
    assert first.line >= spoilt.splitlines().index('kind = "rechtsbehelf"')


@pytest.mark.parametrize("empty", [None, "", "  "])
def test_an_instruction_without_a_body_is_not_issued(empty: Any) -> None:
    assert any("nennt die Stelle nicht" in message for message in refused(BESCHEID, amt=empty))


# --- what is missing --------------------------------------------------------------------------------------------------

NEEDED = [
    (TENOR, "Entscheidung (Tenor)"),
    (KOSTEN, "Kostenentscheidung"),
    (FACTS, "Begründung, Sachverhalt"),
    (LAW, "Begründung, Rechtslage"),
    (DISCRETION, "Begründung, Ermessen"),
    (REMEDY, "Rechtsbehelfsbelehrung"),
]


@pytest.mark.parametrize(("section", "name"), NEEDED, ids=[name for _, name in NEEDED])
def test_a_bescheid_without_a_legal_part_is_found_and_not_issued(section: str, name: str) -> None:
    assert messages(BESCHEID.replace(section, "")) == [f"dem Bescheid fehlt: {name}"]
    kind = section.splitlines()[1]
    lost = BESCHEID.replace(kind, f'{kind}\nwhen = "1 = 2"')
    assert refused(lost) == [f"dem Bescheid fehlt: {name}"]


@pytest.mark.parametrize(("section", "name"), NEEDED[:5], ids=[name for _, name in NEEDED[:5]])
def test_a_part_whose_text_is_empty_is_missing(section: str, name: str) -> None:
    text = section.splitlines()[3]
    assert messages(BESCHEID.replace(section, section.replace(text, ""))) == [
        f"dem Bescheid fehlt: {name} (der Abschnitt ist leer)"
    ]
    hollow = section.replace(text, "1. {= leer}" if "1." in text else "{= leer}")
    assert refused(BESCHEID.replace(section, hollow), leer=" ") == [f"dem Bescheid fehlt: {name}"]


def test_a_bound_decision_has_no_reasons_of_discretion() -> None:
    bound = BESCHEID.replace("[[section]]", "gebunden = true\n[[section]]", 1)
    assert filled(bound.replace(DISCRETION, "")).sections[-1].kind == "rechtsbehelf"
    assert messages(bound) == ["ein gebundener Bescheid hat kein Ermessen"]
    assert messages(BESCHEID.replace("[[section]]", 'gebunden = "ja"\n[[section]]', 1)) == [
        "„gebunden“ ist weder wahr noch falsch"
    ]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("1. {= was}", "{= was}", "der Tenor hat keinen nummerierten Satz"),
        ("1. {= zahl} Bäume\n", "{= zahl} Bäume\n", "eine Nebenbestimmung hat keine Nummer"),
        ("2. Foto", "- Foto", "eine Nebenbestimmung hat keine Nummer"),
        ('addressee = ["{= name}"]', 'addressee = [""]', "dem Bescheid fehlt: Anschrift"),
        ('addressee = ["{= name}"]\n', "", "dem Bescheid fehlt: Anschrift"),
        ('subject = "S"\n', "", "„subject“ fehlt oder ist kein Text"),
        ('subject = "S"', 'subject = " "', "„subject“ ist leer"),
        ('signatory = "{= wer}"', 'signatory = ""', "„signatory“ ist leer"),
        (KOSTEN + FACTS, FACTS + KOSTEN, "„kosten“ steht nach „sachverhalt“"),
        ('entscheidung = "was"\n', "", "in den Daten des Bescheids fehlt: entscheidung"),
        ('gebuehr_cent = "cent"\n', "", "in den Daten des Bescheids fehlt: gebuehr_cent"),
    ],
)
def test_what_else_a_bescheid_lacks_is_found(before: str, after: str, message: str) -> None:
    assert before in BESCHEID
    assert messages(BESCHEID.replace(before, after)) == [message]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"letterhead": replace(AMT, authority=" ")}, "dem Brief fehlt: Behörde im Briefkopf"),
        ({"letterhead": Letterhead("Amt")}, "dem Bescheid fehlt: Anschrift der Behörde im Briefkopf"),
        ({"reference": ""}, "dem Bescheid fehlt: Aktenzeichen"),
        ({"name": " "}, "dem Bescheid fehlt: Anschrift (an wen er sich richtet, § 37 Abs. 1 VwVfG)"),
        ({"wer": ""}, "dem Brief fehlt: Unterschrift"),
    ],
)
def test_what_the_vorgang_or_the_settings_lack_is_refused_with_one_cause(more: dict[str, Any], message: str) -> None:
    assert refused(BESCHEID, **more) == [message]


def test_every_missing_part_is_a_cause_of_its_own() -> None:
    assert len(refused(BESCHEID, letterhead=Letterhead(""), reference="", name="", wer="", was="")) == 6


def test_a_tenor_that_lost_its_numbers_is_refused() -> None:
    mixed = BESCHEID.replace("1. {= was}", "1. {= was}\nDazu ein Satz.")
    assert refused(mixed, was="") == ["der Tenor hat keinen nummerierten Satz"]


def test_a_condition_that_cannot_be_decided_is_refused_and_not_left_out() -> None:
    assert refused(BESCHEID, zahl="viele")[0] == "die Bedingung „zahl > 0“ ist weder wahr noch falsch"


def test_data_of_a_bescheid_without_value_is_refused() -> None:
    assert "in den Daten des Bescheids fehlt: gebuehr_cent" in refused(BESCHEID, cent=None)


# --- plain letters ---------------------------------------------------------------------------------------------------


def test_a_letter_that_decides_nothing_needs_none_of_it() -> None:
    assert found(LETTER) == []
    letter = filled(LETTER, letterhead=Letterhead("Amt"), name="")
    assert letter.addressee == ()
    assert letter.data == {"vorlage": "x", "aktenzeichen": "A-1", "datum": DAY}


@pytest.mark.parametrize("value", [None, "nicht da"])
def test_a_placeholder_without_a_fitting_value_is_refused_by_name(value: Any) -> None:
    assert "„cent“" in refused(BESCHEID, cent=value)[0]


NIGHT = dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("format", "value", "text"),
    [
        ("", NIGHT, "02.03.2026, 00:30 Uhr"),
        ("", [True, dt.date(2026, 3, 1)], "ja, 01.03.2026"),
        ("", Decimal("1234.50"), "1.234,50"),
        ("datum", NIGHT, "2. März 2026"),
        ("datum", "2026-03-01T23:30:00Z", "2. März 2026"),
        ("datum", "2026-03-01", "1. März 2026"),
        ("euro", Decimal("1E+3"), "10,00 Euro"),
        ("euro", Decimal(-5), "-0,05 Euro"),
    ],
)
def test_a_value_is_written_as_a_german_letter_writes_it(format: str, value: Any, text: str) -> None:
    assert FORMATS[format](value) == text


@pytest.mark.parametrize(
    ("format", "value", "why"),
    [
        ("", {"art": "Eiche"}, "kein Wert, der so in einem Brief stehen kann"),
        ("", [None], "kein Wert, der so in einem Brief stehen kann"),
        ("", dt.timedelta(3), "kein Wert, der so in einem Brief stehen kann"),
        ("datum", "morgen", "kein Datum"),
        ("euro", Decimal("0.5"), "keine ganze Zahl von Cent"),
        ("euro", Decimal(10) ** 30, "kein Betrag, den es gibt"),
    ],
)
def test_a_value_that_no_letter_can_write_is_refused(format: str, value: Any, why: str) -> None:
    mark = f"{{{format}= was}}" if format else "{= was}"
    assert f"„was“ ist {why}" in refused(BESCHEID.replace("{= was}", mark), was=value)


def test_what_a_citizen_wrote_is_inert() -> None:
    hostile = "1. {= was} | a | \n- punkt\n#set page() *fett* <b> {euro= cent}"
    letter = filled(BESCHEID, was=hostile, amt=hostile)
    assert letter.sections[0].blocks[0].text == hostile
    assert len(letter.sections[0].blocks) == 1
    assert hostile in letter.sections[-1].blocks[0].text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BESCHEID.replace("{= was}", "{= was"), "nicht geschlossen"),
        (BESCHEID.replace("{= was}", "{= 1 + }"), "FEEL"),
        (BESCHEID.replace("{euro= cent}", "{taler= cent}"), "„taler“"),
        (BESCHEID.replace('kind = "tenor"', 'kind = "spruch"'), "keine bekannte Art"),
        (BESCHEID.replace('kind = "tenor"', "kind = 1"), "keine bekannte Art"),
        (BESCHEID.replace('when = "zahl > 0"', 'wenn = "zahl > 0"'), "„wenn“ bedeutet hier nichts"),
        (BESCHEID.replace('when = "zahl > 0"', "when = true"), "kein FEEL-Ausdruck"),
        (BESCHEID.replace('kind = "kosten"\n', 'kind = "kosten"\nsitz = "Husum"\n'), "„sitz“ bedeutet hier nichts"),
        (BESCHEID.replace('"was"', "1"), "„entscheidung“ in den Daten ist kein FEEL-Ausdruck"),
        (BESCHEID.replace('title = "T"\n', ""), "„title“ fehlt"),
        (HEAD + 'frei = "x"\n' + LETTER[len(HEAD) :], "„frei“ bedeutet hier nichts"),
        (HEAD + '[[section]]\nkind = "text"\ntext = 1\n', "„text“ ist kein Text"),
        (LETTER.replace('addressee = ["{= name}"]', 'addressee = "Muster"'), "„addressee“ fehlt oder ist kein Text"),
        ("kein = [toml", "nicht lesbar"),
        (HEAD, "keinen Abschnitt"),
        ('section = "x"\n' + HEAD, "keine bekannte Art"),
    ],
)
def test_a_broken_letter_is_found_with_a_sentence(text: str, message: str) -> None:
    assert any(message in finding for finding in messages(text))


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_data_that_comes_by_itself_cannot_be_named_again(name: str) -> None:
    assert messages(f'{BESCHEID}{name} = "1"\n') == [f"„{name}“ liegt den Daten von selbst bei"]


@pytest.mark.parametrize(
    ("former", "now"), [("gruende", "sachverhalt, rechtslage, ermessen"), ("nebenbestimmungen", "befristung")]
)
def test_a_part_that_is_now_several_says_which(former: str, now: str) -> None:
    [finding] = found(LETTER + part(former, "1. x"))
    assert now in finding.hint
    assert finding.line == LETTER.count("\n") + 1


def test_a_finding_points_at_the_line() -> None:
    spoilt = BESCHEID.replace("2. Foto", "- {= 1 + }")
    lines = spoilt.splitlines()
    assert [cause.line for cause in found(spoilt)] == [lines.index("- {= 1 + }") + 1, lines.index('kind = "auflage"')]
