"""A clerk's day in a gemeinsames Amt: a task for a colleague, reminders, finding a case, ending it; all of it at the origin."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from engine import reads
from engine.base import db
from engine.base.errors import Conflict, Invalid, Unreadable
from engine.base.rights import SYSTEM
from engine.model import aufgabe, comment, grant, reminder, vorgang
from engine.verbs.cooperate import end_grant
from engine.verbs.design import deploy_bundle
from engine.verbs.desk import claim_aufgabe
from engine.verbs.konten import change_konto
from engine.verbs.notes import set_reminder
from engine.verbs.vertretung import stand_in
from tests.bpmn.diagrams import catch, end, flows, message, process, start, user
from tests.engine.cases import bundle, rows
from tests.engine.neighbours import (
    OFFICE,
    ThroughJson,
    agreed,
    asks,
    at,
    lines,
    new_case,
    refused,
    request,
    task,
    today,
    who,
)

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


@pytest.fixture
def amt(way: ThroughJson) -> str:
    """The county does Husum's cases of one Leistung; gives the id of the agreement."""
    return agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)


def clerk(login: str) -> dict[str, Any]:
    """A colleague as their municipality names them."""
    with at("kreis", login) as konto:
        return dataclasses.asdict(reads.clerk_of(konto))


def held_at_husum(id: str) -> tuple[str | None, str | None]:
    with db.namespace("husum"):
        [row] = rows(aufgabe.T, id=id)
    return row.holder, row.held_for


# --- a task for a colleague ------------------------------------------------------------------------------------------


def test_a_task_is_handed_on_to_a_colleague_who_uses_the_same_agreement(amt: str) -> None:
    new_case("husum")
    one = task("husum", "entwerfen")
    asks("kreis", "ute", "husum", amt, "uebernehmen", aufgabe=one)
    for _ in range(2):
        told = asks("kreis", "ute", "husum", amt, "weitergeben", aufgabe=one, an=clerk("udo"))
    assert (told["mine"], told["free"]) == (False, False)
    udo = f"kreis/{who('kreis', 'udo').id}"
    assert held_at_husum(one) == (udo, f"befugnis:{amt}")
    [line] = lines("husum", "aufgabe:weitergegeben")
    assert (line["an"], line["befugnis"], line["fuer"]) == (udo, amt, f"befugnis:{amt}")
    with db.namespace("husum"):
        assert reads.names_of_konten()[udo] == "Udo kreis (Nordfriesland)", "known before doing anything"
    asks("kreis", "udo", "husum", amt, "erledigen", aufgabe=one)
    asks("kreis", "udo", "husum", amt, "weitergeben", aufgabe=task("husum", "freigeben"), an=clerk("ute"))


def test_nobody_gets_a_task_who_could_not_take_it(amt: str) -> None:
    new_case("husum")
    one = task("husum", "entwerfen")
    asks("kreis", "ute", "husum", amt, "uebernehmen", aufgabe=one)
    change_to = {"name": "Udo", "email": "udo@kreis.example", "groups": frozenset({"bau"})}
    refusals = [clerk("kim")]
    with at("kreis", "chef") as chef:
        change_konto(who("kreis", "udo").id, roles=frozenset({"prozessdesign"}), by=chef, **change_to)
        refusals.append(clerk("udo"))
        change_konto(who("kreis", "udo").id, roles=frozenset({"sachbearbeitung"}), by=chef, **change_to)
    refusals += [{**clerk("udo"), "id": "heide/x"}, {**clerk("udo"), "rights": []}]
    for wrong in refusals:
        with pytest.raises(Invalid) as refusal:
            asks("kreis", "ute", "husum", amt, "weitergeben", aufgabe=one, an=wrong)
        assert [cause.pointer for cause in refusal.value.causes] == ["/an"]
    for wrong in (None, "udo", {**clerk("udo"), "admin": True}, {**clerk("udo"), "id": 7}, {**clerk("udo"), "roles": "x"}):
        with pytest.raises((Unreadable, Invalid)):
            asks("kreis", "ute", "husum", amt, "weitergeben", aufgabe=one, an=wrong)
    with pytest.raises(Conflict):
        asks("kreis", "udo", "husum", amt, "weitergeben", aufgabe=one, an=clerk("udo"))
    assert held_at_husum(one)[0] == f"kreis/{who('kreis', 'ute').id}"
    assert refused(request("kreis", "kim", "husum", amt, "weitergeben", aufgabe=one, an=clerk("kim"))) == (
        "nicht für dieses Konto"
    )


def test_four_eyes_count_for_who_is_given_a_task(amt: str) -> None:
    new_case("husum")
    asks("kreis", "udo", "husum", amt, "erledigen", aufgabe=task("husum", "entwerfen"))
    approve = task("husum", "freigeben")
    with at("kreis", "chef") as chef:
        stand_in(who("kreis", "udo").id, "ute", today(), today(1), "Urlaub", by=chef)
    with pytest.raises(Invalid) as refusal:
        asks("kreis", "udo", "husum", amt, "weitergeben", aufgabe=approve, an=clerk("ute"))
    assert "vertritt Udo kreis" in refusal.value.causes[0].message
    with pytest.raises(Invalid) as refusal:
        asks("kreis", "ute", "husum", amt, "weitergeben", aufgabe=approve, an=clerk("udo"))
    assert "Udo kreis (Nordfriesland) hat in diesem Vorgang „entwerfen“ bearbeitet" in refusal.value.causes[0].message


def test_what_a_substitute_of_a_person_was_given_is_held_for_that_person(way: ThroughJson) -> None:
    new_case("husum")
    one = task("husum", "entwerfen")
    with at("husum", "ute") as ute:
        claim_aufgabe(one, by=ute)
    id = agreed("husum", "kreis", grant.VERTRETUNG, ("konto", "ute"))
    asks("kreis", "ute", "husum", id, "weitergeben", aufgabe=one, an=clerk("udo"))
    assert held_at_husum(one) == (f"kreis/{who('kreis', 'udo').id}", "ute")
    with at("husum", "chef") as chef:
        end_grant(id, by=chef)
    assert held_at_husum(one) == ("ute", None)


# --- reminders -------------------------------------------------------------------------------------------------------


def test_reminders_come_up_with_who_set_them_and_with_everybody_when_the_agreement_ends(amt: str) -> None:
    case = new_case("husum")
    said = {"vorgang": case, "am": today().isoformat(), "text": "Gutachten?", "fuer_mich": True, "id": "0" * 26}
    for _ in range(2):
        asks("kreis", "ute", "husum", amt, "wiedervorlage", **said)
    with db.namespace("husum"):
        for_ute = set_reminder(case, today(), "Nur Husum", True, by=who("husum", "ute"))

    def due(login: str) -> list[str]:
        return [one["text"] for one in asks("kreis", login, "husum", amt, "aufgaben")["wiedervorlagen"]]

    assert (due("ute"), due("udo")) == (["Gutachten?"], [])
    asks("kreis", "udo", "husum", amt, "wiedervorlage", **{**said, "text": "Alle", "fuer_mich": False, "id": "1" * 26})
    assert due("udo") == ["Alle"]
    shown = asks("kreis", "udo", "husum", amt, "vorgang", vorgang=case)["wiedervorlagen"]
    holders = {one["text"]: one["holder"] for one in shown}
    assert holders == {"Gutachten?": "Ute kreis (Nordfriesland)", "Alle": None, "Nur Husum": "Ute husum"}
    for _ in range(2):
        asks("kreis", "udo", "husum", amt, "wiedervorlage.erledigen", wiedervorlage="1" * 26)
    with pytest.raises(Invalid):
        asks("kreis", "ute", "husum", amt, "wiedervorlage", vorgang=case, am="morgen", text="x")
    with at("husum", "chef") as chef:
        end_grant(amt, by=chef)
    with db.namespace("husum"):
        assert {(row.text, row.holder, row.state) for row in rows(reminder.T)} == {
            ("Gutachten?", None, "offen"),
            ("Alle", None, "erledigt"),
            ("Nur Husum", "ute", "offen"),
        }
        assert reads.due_reminders(who("husum", "udo")).items, "somebody sees it"
    assert refused(request("kreis", "ute", "husum", amt, "wiedervorlage.erledigen", wiedervorlage=for_ute)) == "beendet"


def test_a_reminder_has_an_id_that_an_address_can_name(amt: str) -> None:
    said = {"vorgang": new_case("husum"), "am": today().isoformat(), "text": "Anruf"}
    given = [asks("kreis", "ute", "husum", amt, "wiedervorlage", **said, id=id)["id"] for id in ("²" * 26, "a/" * 13, "2" * 26)]
    assert all(id.isascii() and id.isalnum() for id in given)
    assert given[2] == "2" * 26


def test_a_reminder_of_another_leistung_is_unknown(amt: str) -> None:
    other = new_case("husum", "offen")
    with db.namespace("husum"):
        id = set_reminder(other, today(), "Nicht Ihre", False, by=SYSTEM)
    asked = request("kreis", "ute", "husum", amt, "wiedervorlage.erledigen", wiedervorlage=id)
    assert refused(asked) == "das umfasst die Befugnis nicht"
    assert asks("kreis", "ute", "husum", amt, "aufgaben")["wiedervorlagen"] == []


# --- finding and ending ----------------------------------------------------------------------------------------------


def test_cases_are_found_by_words_and_only_those_the_agreement_opens(amt: str) -> None:
    case, other = new_case("husum"), new_case("husum", "offen")
    with db.namespace("husum"):
        number = reads.get_vorgang(other).nummer

    def found(q: str) -> list[str]:
        return [one["id"] for one in asks("kreis", "ute", "husum", amt, "aufgaben", suche=q)["vorgaenge"]]

    assert (found("Muster"), found(""), found(number)) == ([case], [], [])
    cover = agreed("husum", "kreis", grant.VERTRETUNG, ("stelle", "bau"))
    assert asks("kreis", "ute", "husum", cover, "aufgaben", suche="Muster")["vorgaenge"] == []


@pytest.mark.parametrize(
    ("way_to_act", "said"), [("zuruecknehmen", "Antrag zurückgenommen"), ("abschliessen", "Ohne Bescheid abgeschlossen")]
)
def test_a_case_is_ended_with_a_reason_and_both_names(amt: str, way_to_act: str, said: str) -> None:
    case = new_case("husum")
    assert asks("kreis", "ute", "husum", amt, "vorgang", vorgang=case)["handlungen"] == ["abschliessen", "zuruecknehmen"]
    with pytest.raises(Invalid) as refusal:
        asks("kreis", "ute", "husum", amt, way_to_act, vorgang=case, grund=" ")
    assert refusal.value.causes[0].pointer == "/grund"
    asks("kreis", "ute", "husum", amt, way_to_act, vorgang=case, grund="Schreiben von heute")
    with pytest.raises(Conflict):
        asks("kreis", "ute", "husum", amt, way_to_act, vorgang=case, grund="Schreiben von heute")
    with db.namespace("husum"):
        [row] = rows(vorgang.T, id=case)
        [note] = rows(comment.T)
    assert (row.status, note.text) == ("ABGESCHLOSSEN", f"{said}: Schreiben von heute")
    assert note.author == f"kreis/{who('kreis', 'ute').id}"
    assert asks("kreis", "ute", "husum", amt, "vorgang", vorgang=case)["handlungen"] == []
    with pytest.raises(Conflict, match="kein Bescheid abgesandt"):
        asks("kreis", "ute", "husum", amt, "zugang", vorgang=case, am=today().isoformat(), grund="Anruf")


@pytest.mark.parametrize("day", [True, False])
def test_when_a_notice_arrived_is_noted_and_the_process_goes_on(way: ThroughJson, day: bool) -> None:
    waits = process(
        start(), catch("ankunft", "m", outputs={"ergebnis": "=zugang"}), user("weiter"), end(),
        flows("start > ankunft > weiter > end"), head=message("m", "bekanntgabe.zugang", "vorgang.aktenzeichen"),
    )  # fmt: skip
    with db.namespace("husum"):
        deploy_bundle(bundle(waits, "wartet", "WA"), frozenset(), by=SYSTEM)
    amt = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, ("leistung", "wartet"))
    case = new_case("husum", "wartet")
    assert "zugang" in asks("kreis", "ute", "husum", amt, "vorgang", vorgang=case)["handlungen"]
    with pytest.raises(Invalid) as refusal:
        asks("kreis", "ute", "husum", amt, "zugang", vorgang=case, am="gestern", grund="Anruf heute")
    assert refusal.value.causes[0].pointer == "/zugang"
    am = today().isoformat() if day else None
    assert asks("kreis", "ute", "husum", amt, "zugang", vorgang=case, am=am, grund="Anruf heute") == {"laeuft": True}
    with db.namespace("husum"):
        [row] = rows(aufgabe.T, vorgang_id=case, state="offen")
        arrived = reads.form_of(row.id)[1]["ergebnis"]
    assert arrived == (today() if day else "nie")


def test_who_only_covers_somebody_ends_no_case_and_sets_no_reminder(way: ThroughJson) -> None:
    case = new_case("husum")
    cover = agreed("husum", "kreis", grant.VERTRETUNG, ("stelle", "bau"))
    for operation in ("zuruecknehmen", "abschliessen", "zugang", "wiedervorlage"):
        asked = request("kreis", "ute", "husum", cover, operation, vorgang=case, grund="Schreiben von heute")
        assert refused(asked) == "dafür ist die Befugnis nicht"
    shown = asks("kreis", "ute", "husum", cover, "vorgang", vorgang=case)
    assert (shown["handlungen"], shown["wiedervorlagen"], shown["fristen"]) == ([], [], [])
