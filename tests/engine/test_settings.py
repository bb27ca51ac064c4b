"""What the Administration sets: parameters for the cases that start from now on, connectors, senders; what is missing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors import CONNECTORS, Switchboard
from engine import bpmn, reads
from engine.base.errors import Conflict, Forbidden, Invalid, Unknown
from engine.base.rights import ADMINISTRATION, SYSTEM, Konto
from engine.model import protokoll
from engine.model.bundle import inspect
from engine.reads.readiness import list_lacks
from engine.step import look
from engine.verbs.design import check_bundle, deploy_bundle
from engine.verbs.operate import change_setting
from engine.verbs.retention import change_retention
from engine.verbs.settings import change_connector, change_parameters, change_senders
from tests.bpmn.diagrams import end, flows, process, start, user
from tests.engine.cases import ANNA, TYPES, Twin, bundle, push, rows, vorgang_of
from tests.engine.test_parameters import DECIDES, TABLE

CHEF = Konto("9", "chef", "Chefin", frozenset({ADMINISTRATION}))
WAITS = process(start(), user("u"), end(), flows("start > u > end"))
VALUES = """
[parameter]
behoerde = "Kreis"
[parameter.gebuehr]
genehmigung_cent = 5000
[parameter.frist]
rueckfrage = "P14D"
stufen = [1, 2]
[parameter.frist.tief]
ja = true
[[parameter_feld]]
name = "gebuehr.genehmigung_cent"
titel = "Gebühr"
max = 100000
[[parameter_feld]]
name = "rechtsbehelf"
art = "auswahl"
werte = ["widerspruch", "klage"]
"""


def deployed(values: str = VALUES, key: str = "werte", diagram: bytes = WAITS, **more: bytes) -> str:
    """Deploy a Leistung with these parameters; gives the version's id."""
    made = {**bundle(diagram, key, "WE"), **{name.replace("_", "."): content for name, content in more.items()}}
    made["bundle.toml"] += values.encode()
    return deploy_bundle(made, TYPES, by=SYSTEM)


def parameters_of(case: str) -> dict[str, Any]:
    found = look(case)
    return dict(bpmn.variables(found.bundle.spec, found.snapshot)["parameter"])


def new_case(key: str = "werte") -> str:
    return vorgang_of(push(key))


def shown(key: str = "werte") -> dict[str, str]:
    return {each.field.path: each.text for group in reads.get_parameters(key).groups for each in group.parameters}


# --- parameters ------------------------------------------------------------------------------------------------------


def test_a_changed_parameter_is_what_new_cases_start_with_and_running_ones_keep_theirs(amt: str) -> None:
    deployed()
    before = new_case()
    change_parameters("werte", {"gebuehr.genehmigung_cent": "75,50", "frist.rueckfrage": "3 Wochen"}, by=CHEF)
    assert parameters_of(new_case()) == {
        "behoerde": "Kreis",
        "gebuehr": {"genehmigung_cent": 7550},
        "frist": {"rueckfrage": "P21D", "stufen": [1, 2], "tief": {"ja": True}},
    }
    assert parameters_of(before)["gebuehr"] == {"genehmigung_cent": 5000}
    assert parameters_of(before)["frist"]["rueckfrage"] == "P14D"


def test_a_case_of_the_post_room_starts_with_them_too(amt: str) -> None:
    from engine.verbs.vorgang import assign

    deployed()
    change_parameters("werte", {"behoerde": "Stadt"}, by=CHEF)
    case = new_case("unbekannt")
    assign(case, "werte", by=SYSTEM)
    assert parameters_of(case)["behoerde"] == "Stadt"


def test_what_is_changed_says_what_the_bundle_has_and_can_be_taken_back(amt: str) -> None:
    deployed()
    change_parameters("werte", {"behoerde": "Stadt", "frist.tief.ja": "nein", "rechtsbehelf": "klage"}, by=CHEF)
    [first, fees, periods, deep] = reads.get_parameters("werte").groups
    said = [(each.text, each.given, each.changed) for each in first.parameters]
    assert said == [("Stadt", "Kreis", True), ("klage", "", True)]
    counted = [(group.title, len(group.parameters)) for group in (fees, periods, deep)]
    assert counted == [("Gebuehr", 1), ("Frist", 2), ("Tief", 1)]
    assert parameters_of(new_case())["rechtsbehelf"] == "klage"
    change_parameters("werte", {"behoerde": None, "frist.tief.ja": "ja", "rechtsbehelf": ""}, by=CHEF)
    assert not any(each.changed for group in reads.get_parameters("werte").groups for each in group.parameters)
    assert "rechtsbehelf" not in parameters_of(new_case())


def test_the_history_names_who_when_and_both_values(amt: str) -> None:
    deployed()
    change_parameters("werte", {"gebuehr.genehmigung_cent": "60"}, by=CHEF)
    change_parameters("werte", {"gebuehr.genehmigung_cent": None, "frist.rueckfrage": "1 Monat"}, by=ANNA_AS_CHEF)
    told = [(each.who, each.title, each.before, each.after) for each in reads.get_parameters("werte").changes]
    assert told == [
        ("Anna", "Rueckfrage", "14 Tage", "1 Monat"),
        ("Anna", "Gebühr", "60,00", "50,00"),
        ("chef", "Gebühr", "50,00", "60,00"),
    ]
    change_parameters("werte", {"frist.rueckfrage": "1 Monat"}, by=CHEF)
    assert len([row for row in rows(protokoll.T) if row.tag == "parameter:geaendert"]) == 2, "nothing changed, no line"


ANNA_AS_CHEF = Konto(ANNA.id, ANNA.login, ANNA.name, frozenset({ADMINISTRATION}))


@pytest.mark.parametrize(
    ("path", "text", "says"),
    [
        ("gebuehr.genehmigung_cent", "12.50", "Betrag in Euro"),
        ("gebuehr.genehmigung_cent", "1000,01", "höchstens 1.000,00"),
        ("gebuehr.genehmigung_cent", "-1", "mindestens 0"),
        ("frist.rueckfrage", "bald", "Dauer erwartet"),
        ("frist.rueckfrage", "1 Tag 2 Stunden", "ganzen Tagen"),
        ("frist.stufen", "1\nzwei", "Zahl erwartet"),
        ("behoerde", "", "fehlt"),
        ("behoerde", "x" * 1001, "höchstens 1000 Zeichen"),
        ("rechtsbehelf", "beides", "Erlaubt ist nur"),
        ("gibt.es.nicht", "1", "gibt es in der Fassung nicht"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field_and_nothing_is_kept(amt: str, path: str, text: str, says: str) -> None:
    deployed()
    with pytest.raises(Invalid) as refused:
        change_parameters("werte", {path: text, "frist.tief.ja": "nein"}, by=CHEF)
    [cause] = refused.value.causes
    assert cause.pointer == f"/{path}"
    assert says in cause.message
    assert shown()["frist.tief.ja"] == "ja"


def test_a_land_that_is_none_and_a_threshold_that_is_no_number_are_refused_like_the_bundle_s(amt: str) -> None:
    deployed('[parameter]\nland = "SH"\n[parameter.schutz]\numfang_cm = 80\n', diagram=DECIDES, schutz_dmn=TABLE)
    for path, text in (("land", "XX"), ("schutz.umfang_cm", "dick")):
        with pytest.raises(Invalid) as refused:
            change_parameters("werte", {path: text}, by=CHEF)
        assert refused.value.causes[0].pointer == f"/{path}"
    change_parameters("werte", {"land": "BY", "schutz.umfang_cm": "60,5"}, by=CHEF)
    assert shown() == {"land": "BY", "schutz.umfang_cm": "60,5"}


def test_what_a_table_needs_is_checked_against_what_all_values_are_together(amt: str) -> None:
    field = '[[parameter_feld]]\nname = "schutz.umfang_cm"\nart = "text"\n'
    _, findings = inspect({**bundle(WAITS), "bundle.toml": bundle(WAITS)["bundle.toml"] + field.encode()})
    assert findings == []
    # A list of one number is a number for the table, a list of two is none.
    deployed("[parameter.schutz]\numfang_cm = [80]\n", diagram=DECIDES, schutz_dmn=TABLE)
    with pytest.raises(Invalid) as refused:
        change_parameters("werte", {"schutz.umfang_cm": "80\n90"}, by=CHEF)
    [cause] = refused.value.causes
    assert cause.pointer == "/schutz.umfang_cm"
    assert "braucht number" in cause.message


def test_a_newer_version_without_the_parameter_says_so_and_does_not_use_it(amt: str) -> None:
    deployed()
    change_parameters("werte", {"behoerde": "Stadt", "frist.rueckfrage": "21 Tage"}, by=CHEF)
    deployed(VALUES.replace('behoerde = "Kreis"', "behoerde_neu = 1").replace('rueckfrage = "P14D"', "rueckfrage = 14"))
    page = reads.get_parameters("werte")
    assert dict(page.unused) == {"behoerde": "Stadt", "frist.rueckfrage": "P21D"}
    assert parameters_of(new_case())["frist"]["rueckfrage"] == 14
    assert [one.unused for one in reads.list_adjusted() if one.key == "werte"] == [2]
    assert any(lack.where == "parameter" for lack in list_lacks(Outside()))
    change_parameters("werte", {}, by=CHEF)
    assert not reads.get_parameters("werte").unused


def test_who_looked_at_another_state_is_told(amt: str) -> None:
    deployed()
    seen = reads.get_parameters("werte").state
    change_parameters("werte", {"behoerde": "Stadt"}, seen, by=CHEF)
    with pytest.raises(Conflict):
        change_parameters("werte", {"behoerde": "Amt"}, seen, by=CHEF)
    seen = reads.get_parameters("werte").state
    deployed(VALUES + "\n# anders\n")
    with pytest.raises(Conflict):
        change_parameters("werte", {"behoerde": "Amt"}, seen, by=CHEF)


def test_only_the_administration_changes_them(amt: str) -> None:
    deployed()
    with pytest.raises(Forbidden):
        change_parameters("werte", {"behoerde": "Amt"}, by=ANNA)
    with pytest.raises(Unknown):
        change_parameters("erfunden", {}, by=CHEF)


@pytest.mark.parametrize(
    ("field", "says"),
    [
        ('name = "behoerde"\nfarbe = "rot"', "„farbe“ gibt es nicht"),
        ('name = "behoerde"\nart = "bunt"', "die Art „bunt“ gibt es nicht"),
        ('name = "erfunden"', "den Parameter gibt es nicht"),
        ('name = "behoerde"\nart = "zahl"', "der Wert im Paket passt nicht"),
        ('name = "gebuehr.genehmigung_cent"\nmax = 100', "der Wert im Paket passt nicht: Das ist zu viel"),
        ('name = "gebuehr.genehmigung_cent"\nmax = "viel"', "„max“ passt nicht zur Art „betrag“"),
        ('name = "frist.rueckfrage"\nmin = 3', "„min“ passt nicht zur Art „dauer“"),
        ('name = "behoerde"\nwerte = ["a"]', "„werte“ gehört zur Art „auswahl“"),
        ('name = "behoerde"\ntitel = 5', "„titel“ ist kein Text"),
        ('titel = "ohne Namen"', "hat keinen eigenen Namen"),
        ('name = "behoerde"\n[[parameter_feld]]\nname = "behoerde"', "hat keinen eigenen Namen"),
    ],
)
def test_a_field_that_does_not_fit_its_parameter_is_found_at_check(field: str, says: str) -> None:
    values = VALUES.partition("[[")[0]
    made = bundle(WAITS)
    made["bundle.toml"] += f"{values}\n[[parameter_feld]]\n{field}\n".encode()
    found, causes = check_bundle(made, TYPES)
    assert found is None
    [cause] = [cause for cause in causes if cause.severity == "error"]
    assert says in cause.message
    assert cause.file == "bundle.toml"


def test_a_value_that_only_the_bundle_may_change_is_named_and_has_no_field(amt: str) -> None:
    deployed('[parameter]\nrechtsbehelf = "klage"\nort = "Husum"\n[[parameter_feld]]\nname = "rechtsbehelf"\nart = "fest"\n')
    [group] = reads.get_parameters("werte").groups
    assert ([each.field.path for each in group.parameters], group.fixed) == (["ort"], ("Rechtsbehelf",))
    with pytest.raises(Invalid):
        change_parameters("werte", {"rechtsbehelf": "widerspruch"}, by=CHEF)


def test_a_bundle_whose_fields_are_no_list_is_refused() -> None:
    made = bundle(WAITS)
    made["bundle.toml"] += b"parameter_feld = 5\n"
    assert check_bundle(made, TYPES)[0] is None


# --- connectors, senders ---------------------------------------------------------------------------------------------

REAL = Switchboard(CONNECTORS)
GOOD = {"url": "https://konto.example/", "secret": "geheim-genug", "timeout_s": ""}


class Outside(Twin):
    """A twin that shows the real connectors."""

    def doors(self) -> Any:
        return REAL.doors()


def test_a_connector_is_kept_as_the_worker_reads_it_and_a_secret_left_empty_stays(amt: str) -> None:
    change_connector("servicekonto", GOOD, REAL, by=CHEF)
    assert reads.setting("konnektor.servicekonto") == {"url": "https://konto.example", "secret": "geheim-genug"}
    change_connector("servicekonto", {**GOOD, "secret": "", "timeout_s": "2,5"}, REAL, by=CHEF)
    assert reads.setting("konnektor.servicekonto") == {
        "url": "https://konto.example", "secret": "geheim-genug", "timeout_s": 2.5,
    }  # fmt: skip
    details = [json.loads(row.detail) for row in rows(protokoll.T) if row.tag == "konnektor:geaendert"]
    assert details[0] == {"konnektor": "servicekonto", "geaendert": ["secret", "url"]}
    assert "geheim-genug" not in "".join(row.detail for row in rows(protokoll.T))


def test_a_kept_secret_goes_to_no_other_address(amt: str) -> None:
    change_connector("servicekonto", GOOD, REAL, by=CHEF)
    with pytest.raises(Invalid) as refused:
        change_connector("servicekonto", {"url": "https://fremd.example", "secret": ""}, REAL, by=CHEF)
    [cause] = refused.value.causes
    assert cause.pointer == "/secret"
    assert reads.setting("konnektor.servicekonto")["url"] == "https://konto.example"


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ({"url": "javascript:alert(1)"}, "/url"),
        ({"url": "https://a:b@konto.example"}, "/url"),
        ({"url": ""}, "/url"),
        ({"secret": "kurz"}, "/secret"),
        ({"secret": "mit Leerzeichen"}, "/secret"),
        ({"timeout_s": "bald"}, "/timeout_s"),
        ({"timeout_s": "1e999999999"}, "/timeout_s"),
        ({"timeout_s": "inf"}, "/timeout_s"),
        ({"timeout_s": "61"}, "/timeout_s"),
    ],
)
def test_settings_that_do_not_fit_are_refused_at_their_field(amt: str, typed: dict[str, str], at: str) -> None:
    with pytest.raises(Invalid) as refused:
        change_connector("servicekonto", {**GOOD, **typed}, REAL, by=CHEF)
    assert [cause.pointer for cause in refused.value.causes] == [at]


def test_senders_are_networks(amt: str) -> None:
    change_senders([" 192.0.2.7 ", "2001:db8::/32"], by=CHEF)
    assert reads.setting("antrag.absender") == ["192.0.2.7/32", "2001:db8::/32"]
    with pytest.raises(Invalid) as refused:
        change_senders(["192.0.2.0/33", "überall"], by=CHEF)
    assert [cause.pointer for cause in refused.value.causes] == ["/netze", "/netze"]


def test_what_is_missing_is_said_until_it_is_there(amt: str) -> None:
    def missing() -> list[str]:
        return [lack.where for lack in list_lacks(Outside())]

    assert missing() == ["briefkopf", "briefkopf", "absender", "aufbewahrung"]
    change_setting("briefkopf", {"authority": "Kreis", "address": ["Weg 1"]}, by=SYSTEM)
    change_senders(["192.0.2.7"], by=CHEF)
    change_retention("", {"ABGESCHLOSSEN": "10 Jahre"}, by=CHEF)
    assert missing() == ["briefkopf"], "the place"
    change_setting("briefkopf", {"authority": "Kreis", "address": ["Weg 1"], "place": "Husum"}, by=SYSTEM)
    assert missing() == []


def test_a_connector_that_a_process_needs_is_missed(amt: str) -> None:
    from tests.bpmn.diagrams import service

    sends = process(start(), service("s", type="servicekonto.nachricht"), end(), flows("start > s > end"))
    made = bundle(sends, "sendet", "SE")
    deploy_bundle(made, {**TYPES, "servicekonto.nachricht": frozenset()}, by=SYSTEM)
    [lack] = [lack for lack in list_lacks(Outside()) if lack.where == "konnektor"]
    assert (lack.key, "„sendet“" in lack.sentence) == ("servicekonto", True)
    change_connector("servicekonto", GOOD, REAL, by=CHEF)
    assert not [lack for lack in list_lacks(Outside()) if lack.where == "konnektor"]
    [door] = [one for one in reads.list_doors(Outside()) if one.door.name == "servicekonto"]
    assert (door.complete, door.used_by) == (True, ("sendet",))
