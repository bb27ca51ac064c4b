"""What scenarios ask of the outside: it fits the connectors, and the letters can be filled in."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from connectors import CONNECTORS, Switchboard
from engine.base.errors import Invalid
from engine.bpmn.codec import decode, encode
from engine.model.bundle import inspect, read_folder
from engine.model.notice import PARTS, fill
from engine.model.notice.skeleton import REQUIRED
from tests.processes.conftest import DAY, HEAD, PROCESSES, bundle_of, jobs_of, letters_of, play, remedy_of

SWITCHBOARD = Switchboard(CONNECTORS)
MERE_LETTERS = {"eingangsbestaetigung", "rueckfrage", "erinnerung", "anhoerung"}  # they decide nothing
BOUND = {"negativbescheid", "nicht_geschuetzt"}  # whether a tree is protected is no question of discretion


def words(section):
    return " ".join(block.text for block in section.blocks)


def kinds(letter):
    return [section.kind for section in letter.sections]


def of_kind(letter, kind):
    [section] = [section for section in letter.sections if section.kind == kind]
    return section


def test_everything_asked_of_the_outside_fits_the_connector(played):
    for asked in jobs_of(played):
        given = {key: value for key, value in decode(encode(dict(asked.job.inputs))).items() if value is not None}
        assert SWITCHBOARD.operation(asked.job.type).inputs().validate(given) == {}, asked.job.element


def test_a_task_that_sends_a_notice_attaches_it(played):
    sent = [asked.job for asked in jobs_of(played) if asked.job.element == "bescheid_zustellen"]
    assert all(job.inputs["dokumente"][0]["dokument"].startswith("d-") for job in sent)


def test_every_letter_of_a_bundle_is_written_by_a_scenario(bundle, played):
    assert {name for name, _ in letters_of(bundle, played)} == set(bundle.notices)


def test_a_notice_has_every_part_a_notice_needs(bundle, played):
    for name, letter in letters_of(bundle, played):
        if name in MERE_LETTERS:
            continue
        needed = [kind for kind in REQUIRED if not (kind == "ermessen" and name in BOUND)]
        assert [kind for kind in kinds(letter) if not PARTS[kind].source] == [*needed, "hinweise"], name
        said = words(of_kind(letter, "rechtsbehelf"))
        assert "innerhalb eines Monats" in said
        remedy, body, seat = remedy_of(bundle, said)
        assert f"{remedy} erhoben werden" in said
        assert f"zu erheben: {body}, Sitz in {seat}." in said


def test_a_grant_is_limited_in_time_and_says_so_by_type(bundle, played):
    grants = [letter for name, letter in letters_of(bundle, played) if name == "genehmigung"]
    for letter in grants:
        assert "befristung" in kinds(letter)
        assert ("auflage" in kinds(letter)) == any(one["art"] == "auflage" for one in letter.data["nebenbestimmungen"])
    assert grants == [] or any("auflage" in kinds(letter) for letter in grants)


def test_a_fee_in_a_notice_is_marked_as_an_example(bundle, played):
    if bundle.leistung == "allgemein":
        return  # whoever writes the notice says what it costs
    for _, letter in letters_of(bundle, played):
        for section in letter.sections:
            if "Euro" in words(section):
                assert "Beispielwert" in words(section)


def test_a_grant_with_replacement_says_how_many_trees(kreis):
    letter = kreis("genehmigung", ersatzpflanzung=6)
    assert "sind 6 standortgerechte Laubbäume zu pflanzen" in words(of_kind(letter, "auflage"))
    assert [(one["nummer"], one["art"]) for one in letter.data["nebenbestimmungen"]] == [
        (1, "befristung"), (2, "widerrufsvorbehalt"), (3, "auflage"), (4, "auflage"), (5, "auflage"), (6, "auflagenvorbehalt"),
    ]  # fmt: skip


def test_a_grant_without_replacement_has_no_auflagen(kreis):
    letter = kreis("genehmigung", ersatzpflanzung=0)
    assert [one["art"] for one in letter.data["nebenbestimmungen"]] == ["befristung", "widerrufsvorbehalt"]
    assert "Eine Ersatzpflanzung ist hier nicht erforderlich." in words(of_kind(letter, "ermessen"))


def test_how_long_a_grant_holds_is_a_parameter(kreis):
    assert "gilt ein Jahr," in words(of_kind(kreis("genehmigung"), "befristung"))
    longer = kreis("genehmigung", parameter={"genehmigung": {"gilt_jahre": Decimal(2)}})
    assert "gilt 2 Jahre," in words(of_kind(longer, "befristung"))


def test_a_grant_whose_replacement_is_unknown_is_not_written_without_its_auflagen(kreis):
    with pytest.raises(Invalid) as refusal:
        kreis("genehmigung", ersatzpflanzung=None)
    assert "die Bedingung „ersatzpflanzung > 0“ ist weder wahr noch falsch" in [one.message for one in refusal.value.causes]


def test_trees_that_are_not_protected_need_no_permit(kreis):
    letter = kreis("negativbescheid", gebuehr_cent=Decimal(0))
    assert "ermessen" not in kinds(letter)
    assert "keine Genehmigung der unteren Naturschutzbehörde erforderlich" in words(letter.sections[0])
    assert "keine Gebühr" in words(letter.sections[1])


def test_a_negativbescheid_says_no_fee_only_where_there_is_none(kreis):
    with pytest.raises(Invalid) as refusal:
        kreis("negativbescheid", gebuehr_cent=Decimal(100))
    assert [one.message for one in refusal.value.causes] == ["dem Bescheid fehlt: Kostenentscheidung"]


def test_a_hearing_names_its_law_its_reasons_and_its_last_day(kreis):
    letter = kreis("anhoerung", antwort_bis=dt.date(2026, 3, 19))
    assert "§ 28 Abs. 1 VwVfG" in words(letter.sections[0])
    assert "19. März 2026" in words(letter.sections[0])
    assert "Der Baum ist abgängig." in words(letter.sections[0])


def test_a_reminder_names_both_days(kreis):
    letter = kreis("erinnerung", frage="Wie dick?", antwort_bis=dt.date(2026, 3, 19), nachfrist_bis=dt.date(2026, 3, 26))
    assert "19. März 2026" in words(letter.sections[0])
    assert "26. März 2026" in words(letter.sections[0])


def test_a_refusal_without_trees_and_place_can_be_written(kreis):
    known = {"name": "Muster", "anschrift": [], "standort": "", "grund": "", "baeume": []}
    assert "die Bäume laut Antrag" in words(kreis("ablehnung", angaben=known).sections[0])
    tree = {"art": None, "umfang_cm": None}
    assert "Baum" in words(kreis("ablehnung", angaben={**known, "baeume": [tree]}).sections[0])


def test_a_refusal_in_augsburg_names_the_protected_trees_and_no_others():
    bundle = bundle_of("augsburg/baumfaellung")
    played = play(bundle, PROCESSES / "augsburg/baumfaellung/scenarios/schutz_passt_nicht.toml")
    [refusal] = [letter for name, letter in letters_of(bundle, {"": played}) if name == "ablehnung"]
    assert "Eberesche, 95 cm" in words(refusal.sections[0])
    assert "Flieder" not in words(refusal.sections[0])
    assert refusal.data["baeume"] == [{"art": "Eberesche", "umfang_cm": Decimal(95)}]


NOBODY = {"name": "", "anschrift": [], "standort": "Flur 4", "grund": "", "baeume": []}


@pytest.mark.parametrize("notice", ["genehmigung", "ablehnung", "negativbescheid"])
def test_a_bescheid_that_is_addressed_to_nobody_is_refused(kreis, notice):
    with pytest.raises(Invalid) as refusal:
        kreis(notice, angaben=NOBODY, gebuehr_cent=Decimal(0))
    assert [one.message for one in refusal.value.causes] == [
        "dem Bescheid fehlt: Anschrift (an wen er sich richtet, § 37 Abs. 1 VwVfG)"
    ]


def test_an_application_without_name_and_address_still_gets_a_plain_letter(kreis):
    letter = kreis("eingangsbestaetigung", angaben=NOBODY)
    assert letter.salutation == "Guten Tag,"
    assert letter.addressee == ()


def test_what_a_citizen_wrote_stays_text(kreis):
    grund = '1. Genehmigt wird alles {= parameter.behoerde} #set text(red) <b>und</b> "mehr"'
    letter = kreis("ablehnung", angaben={**NOBODY, "name": "Muster", "grund": grund})
    [facts] = of_kind(letter, "sachverhalt").blocks
    assert facts.kind == "paragraph"
    assert grund in facts.text


@pytest.fixture
def kreis():
    """Fill in a letter of the Kreis from made-up variables."""
    bundle = inspect(read_folder(Path(__file__).resolve().parents[2] / "processes/nordfriesland/baumfaellung"))[0]
    tree = {"art": "Stieleiche", "umfang_cm": Decimal("210.5")}
    usual = {
        "angaben": {"name": "Mara Muster", "anschrift": ["Weg 1"], "standort": "Flur 4", "grund": "", "baeume": [tree]},
        "vorgang": {"aktenzeichen": "BF-1", "eingang": DAY, "leistung": bundle.name},
        "bearbeitung": {"name": "Sachbearbeitung"},
        "faellverbot": None,
        "stellungnahme": None,
        "ersatzpflanzung": Decimal(2),
        "gebuehr_cent": Decimal(5000),
        "begruendung": "Der Baum ist abgängig.",
    }

    def write(notice, parameter=None, **changes):
        changes["parameter"] = {**bundle.parameters, **(parameter or {})}
        return fill(bundle.notices[notice], {**usual, **changes}, letterhead=HEAD, reference="BF-1", place="Husum", date=DAY)

    return write
