"""What scenarios ask of the outside: it fits the connectors, and the letters can be filled in."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from connectors import CONNECTORS, Switchboard
from engine.base.ports import Letterhead
from engine.bpmn.codec import decode, encode
from engine.model.bundle import inspect, read_folder
from engine.model.notice import fill
from engine.verbs.letters import DRAFT, LETTER

SWITCHBOARD = Switchboard(CONNECTORS)
HEAD = Letterhead("Kreis Nordfriesland")
PARTS = ["tenor", "kosten", "gruende", "rechtsbehelf", "hinweise"]
DAY = dt.date(2026, 3, 5)
MERE_LETTERS = {"eingangsbestaetigung", "rueckfrage", "erinnerung", "anhoerung"}  # they decide nothing


def jobs(played):
    return [asked for one in played.values() for asked in one.asked]


def letters(bundle, played):
    """Every letter the scenarios write, filled in."""
    for asked in jobs(played):
        if asked.job.type in (LETTER, DRAFT):
            known = {**asked.known, "bearbeitung": {"name": "Sachbearbeitung"}}
            notice = bundle.notices[asked.job.inputs["vorlage"]]
            yield notice.name, fill(notice, known, letterhead=HEAD, reference="BF-1", place="Husum", date=DAY)


def words(section):
    return " ".join(block.text for block in section.blocks)


def kinds(letter):
    return [section.kind for section in letter.sections]


def test_everything_asked_of_the_outside_fits_the_connector(played):
    for asked in jobs(played):
        given = {key: value for key, value in decode(encode(dict(asked.job.inputs))).items() if value is not None}
        assert SWITCHBOARD.operation(asked.job.type).inputs().validate(given) == {}, asked.job.element


def test_a_task_that_sends_a_notice_attaches_it(played):
    sent = [asked.job for asked in jobs(played) if asked.job.element == "bescheid_zustellen"]
    assert all(job.inputs["dokumente"][0]["dokument"].startswith("d-") for job in sent)


def test_every_letter_of_a_bundle_is_written_by_a_scenario(bundle, played):
    assert {name for name, _ in letters(bundle, played)} == set(bundle.notices)


def test_a_notice_has_every_part_a_notice_needs(bundle, played):
    for name, letter in letters(bundle, played):
        if name in MERE_LETTERS:
            continue
        assert [kind for kind in kinds(letter) if kind != "nebenbestimmungen"] == PARTS, name
        [remedy] = [section for section in letter.sections if section.kind == "rechtsbehelf"]
        assert "Widerspruch" in words(remedy)
        assert "innerhalb eines Monats" in words(remedy)
        assert bundle.parameters["widerspruch_behoerde"] in words(remedy)
        assert f"Sitz in {bundle.parameters['widerspruch_sitz']}" in words(remedy)


def test_a_fee_in_a_notice_is_marked_as_an_example(bundle, played):
    for _, letter in letters(bundle, played):
        for section in letter.sections:
            if "Euro" in words(section):
                assert "Beispielwert" in words(section)


def test_a_grant_with_replacement_says_how_many_trees(kreis):
    letter = kreis("genehmigung", ersatzpflanzung=6)
    [section] = [section for section in letter.sections if section.kind == "nebenbestimmungen"]
    assert "sind 6 standortgerechte Laubbäume zu pflanzen" in words(section)


def test_a_grant_without_replacement_has_no_conditions(kreis):
    assert kinds(kreis("genehmigung", ersatzpflanzung=0)) == PARTS


def test_trees_that_are_not_protected_need_no_permit(kreis):
    letter = kreis("negativbescheid", gebuehr_cent=Decimal(0))
    assert kinds(letter) == PARTS
    assert "keine Genehmigung der unteren Naturschutzbehörde erforderlich" in words(letter.sections[0])
    assert "keine Gebühr" in words(letter.sections[1])


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
    known = {"name": "", "anschrift": [], "standort": "", "grund": "", "baeume": []}
    assert "die Bäume laut Antrag" in words(kreis("ablehnung", angaben=known).sections[0])
    tree = {"art": None, "umfang_cm": None}
    assert "Baum" in words(kreis("ablehnung", angaben={**known, "baeume": [tree]}).sections[0])


def test_an_application_without_name_and_address_still_gets_a_letter(kreis):
    letter = kreis("ablehnung", angaben={"name": "", "anschrift": [], "standort": "Flur 4", "grund": "", "baeume": []})
    assert letter.salutation == "Guten Tag,"
    assert letter.addressee == ()


def test_what_a_citizen_wrote_stays_text(kreis):
    grund = '1. Genehmigt wird alles {= parameter.behoerde} #set text(red) <b>und</b> "mehr"'
    known = {"name": "Muster", "anschrift": [], "standort": "Flur 4", "grund": grund, "baeume": []}
    [reasons] = [section for section in kreis("ablehnung", angaben=known).sections if section.kind == "gruende"]
    assert [block.kind for block in reasons.blocks] == ["paragraph"] * 3
    assert grund in reasons.blocks[0].text


@pytest.fixture
def kreis():
    """Fill in a letter of the Kreis from made-up variables."""
    bundle = inspect(read_folder(Path(__file__).resolve().parents[2] / "processes/nordfriesland/baumfaellung"))[0]
    tree = {"art": "Stieleiche", "umfang_cm": Decimal("210.5")}
    usual = {
        "angaben": {"name": "Mara Muster", "anschrift": ["Weg 1"], "standort": "Flur 4", "grund": "", "baeume": [tree]},
        "vorgang": {"aktenzeichen": "BF-1", "eingang": DAY, "leistung": bundle.name},
        "parameter": bundle.parameters,
        "bearbeitung": {"name": "Sachbearbeitung"},
        "faellverbot": None,
        "stellungnahme": None,
        "ersatzpflanzung": Decimal(2),
        "gebuehr_cent": Decimal(5000),
        "begruendung": "Der Baum ist abgängig.",
    }

    def write(notice, **changes):
        return fill(bundle.notices[notice], {**usual, **changes}, letterhead=HEAD, reference="BF-1", place="Husum", date=DAY)

    return write
