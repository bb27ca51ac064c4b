"""Amtshilfe: the process asks another municipality and goes on with what became of it; and what a clerk has asked."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors import CONNECTORS, Switchboard
from engine import reads
from engine.base import clock, db
from engine.base.errors import Conflict, Invalid, Unknown
from engine.base.rights import SYSTEM, Konto
from engine.bpmn.codec import decode
from engine.model import aufgabe, auftrag, erwartung, grant, grant_held, incident, reminder, vorgang
from engine.model.retention import ENDINGS
from engine.verbs import work as working
from engine.verbs.cooperate import announce, ask_help, end_grant
from engine.verbs.design import deploy_bundle
from engine.verbs.desk import complete_aufgabe
from engine.verbs.due import act_now, tick
from engine.verbs.help_wanted import id_of
from engine.verbs.konten import change_konto
from engine.verbs.notes import settle_reminder
from engine.verbs.retention import change_retention, delete_case
from engine.verbs.stellen import give_to_stelle
from engine.verbs.trial import start_test
from engine.verbs.vorgang import assign, close_without_notice, withdraw
from tests.bpmn.diagrams import call, catch, end, flows, message, par, process, service, start, user
from tests.engine.cases import Bell, Upload, bundle, rows, work_all
from tests.engine.neighbours import ThroughJson, asks, at, help_asked, lines, new_case, refused, request, today, who

PART = Path(__file__).resolve().parents[2] / "processes/gemeinsam/amtshilfe/amtshilfe.bpmn"
DOORS = Switchboard(CONNECTORS)
WANTED = {"kommune": '="kreis"', "frage": '="Steht die Eiche unter Schutz?"', "frist": '="P14D"', "felder": '=["nr"]'}
ASKS = process(
    start(), call("hilfe", "amtshilfe", inputs=WANTED), user("auswerten"), end(), flows("start > hilfe > auswerten > end")
)
NOBODY = {"kommune": '="nirgends"', "frage": '="Wer?"', "bis": "=today()"}
BARE = process(start(), service("bitten", type="amtshilfe.anfragen", inputs=NOBODY), end(), flows("start > bitten > end"))
HEARS = process(
    start(), catch("antwort", "m"), user("auswerten"), end(), flows("start > antwort > auswerten > end"),
    head=message("m", "amtshilfe.antwort", "vorgang.aktenzeichen"),
)  # fmt: skip


@pytest.fixture
def asking(way: ThroughJson, bell: Bell, courier: None) -> str:
    """A case at Husum whose process has asked the Kreis; gives its id."""
    case = begun()
    with db.namespace("husum"):
        work_all(bell, DOORS)
    return case


def begun() -> str:
    """A case of which the process is about to ask."""
    with db.namespace("husum"):
        files = {**bundle(ASKS, "hilfe", "HI"), "gemeinsam/amtshilfe/amtshilfe.bpmn": PART.read_bytes()}
        deploy_bundle(files, DOORS.types(), by=SYSTEM)
    return new_case("husum", "hilfe")


def request_of(case: str) -> Any:
    with db.namespace("husum"):
        [row] = rows(grant.T, vorgang_id=case)
    return row


def waits_at(case: str) -> list[str]:
    with db.namespace("husum"):
        return [row.element for row in rows(aufgabe.T, vorgang_id=case, state="offen")]


def value(case: str, name: str) -> Any:
    """A value that the process has when a person is to look at the answer."""
    with db.namespace("husum"):
        [task] = rows(aufgabe.T, vorgang_id=case, state="offen")
        return reads.form_of(task.id)[1].get(name)


def test_the_process_asks_and_goes_on_with_the_answer(asking: str) -> None:
    row = request_of(asking)
    assert (row.guest, row.question, row.fields, row.until_bis) == (
        "kreis",
        "Steht die Eiche unter Schutz?",
        '["nr"]',
        today(14),
    )
    assert row.made_by == SYSTEM.login
    assert [one["befugnis"] for one in lines("husum", "amtshilfe:ersucht")] == [row.id]
    shown = asks("kreis", "kim", "husum", row.id, "ersuchen")
    assert '"7"' in shown["felder"]
    assert waits_at(asking) == []
    map_ = {"name": "karte.txt", "media_type": "text/plain", "inhalt": "S0FSVEU="}
    asks("kreis", "kim", "husum", row.id, "ersuchen.beantworten", text="Ja.", dokumente=[map_])
    assert waits_at(asking) == ["auswerten"], "right after the answer, without a tick"
    assert value(asking, "ausgang") == "antwort"
    answer = value(asking, "antwort")
    assert (answer["text"], [one["name"] for one in answer["dokumente"]]) == ("Ja.", ["karte.txt"])
    with db.namespace("husum"):
        assert rows(reminder.T) == [], "the process waited for it"
    assert refused(request("kreis", "kim", "husum", row.id, "ersuchen")) == "beendet"


def test_the_process_goes_on_when_the_last_day_is_over(asking: str) -> None:
    with clock.frozen(clock.now() + dt.timedelta(days=15)), db.namespace("husum"):
        tick()
        tick()
        assert waits_at(asking) == ["auswerten"]
        assert value(asking, "ausgang") == "frist"
        assert rows(reminder.T) == [], "the task is there; nothing else is to be done"
        assert refused(request("kreis", "kim", "husum", request_of(asking).id, "ersuchen")) in ("abgelaufen", "beendet")


def test_the_process_goes_on_when_a_clerk_takes_the_request_back(asking: str) -> None:
    row = request_of(asking)
    with db.namespace("husum"):
        give_to_stelle(asking, "kasse", "Zuständigkeit", by=SYSTEM)
        with pytest.raises(Unknown):
            end_grant(row.id, by=who("husum", "ute"))
        assert end_grant(row.id, by=who("husum", "kim"))
    assert waits_at(asking) == ["auswerten"]
    assert value(asking, "ausgang") == "zurueckgezogen"
    assert refused(request("kreis", "kim", "husum", row.id, "ersuchen")) == "beendet"
    with db.namespace("kreis"):
        assert [bool(one.ended_at) for one in rows(grant_held.T)] == [True]


def test_an_auftrag_that_is_worked_again_asks_once(way: ThroughJson, bell: Bell) -> None:
    case = begun()
    with db.namespace("husum"):
        [line] = rows(auftrag.T, vorgang_id=case)
        token = line.token
        work_all(bell, DOORS)
        working.work(line.id, DOORS, by=SYSTEM)
        [row] = rows(grant.T)
        assert row.id == id_of(f"husum-{case}-{token}")
    with db.namespace("kreis"):
        assert len(rows(grant_held.T)) == 1


def test_a_municipality_that_there_is_not_is_an_incident_with_a_sentence(way: ThroughJson, bell: Bell) -> None:
    with db.namespace("husum"):
        deploy_bundle(bundle(BARE, "hilfe", "HI"), DOORS.types(), by=SYSTEM)
    new_case("husum", "hilfe")
    with db.namespace("husum"):
        work_all(bell, DOORS)
        [row] = rows(incident.T)
        assert "die andere Kommune" in row.message
        assert rows(grant.T) == []


def test_a_field_that_the_application_does_not_have_is_an_incident_that_names_it(way: ThroughJson, bell: Bell) -> None:
    wanted = {
        **NOBODY,
        "kommune": '="kreis"',
        "felder": '=["nr", "antragsteller/nachname", "antragsteller/schuhgröße", "x/nr"]',
    }
    asks_wrongly = service("bitten", type="amtshilfe.anfragen", inputs=wanted)
    with db.namespace("husum"):
        diagram = process(start(), asks_wrongly, end(), flows("start > bitten > end"))
        deploy_bundle(bundle(diagram, "hilfe", "HI"), DOORS.types(), by=SYSTEM)
    case = new_case("husum", "hilfe")
    with db.namespace("husum"):
        work_all(bell, DOORS)
        [row] = rows(incident.T)
        for path in ("antragsteller/schuhgröße", "x/nr"):
            assert f"Das Feld „{path}“ gibt es in diesem Antrag nicht." in row.message
        assert "nachname" not in row.message
        assert rows(grant.T) == []
    with pytest.raises(Invalid) as refusal:
        help_asked(case, fields=["antragsteller", "nr~#2"])
    assert [(cause.pointer, "nr~#2" in cause.message) for cause in refusal.value.causes] == [("/felder", True)]


def test_what_a_clerk_has_asked_reaches_a_process_that_waits_for_it(way: ThroughJson, courier: None) -> None:
    with db.namespace("husum"):
        deploy_bundle(bundle(HEARS, "hoert", "HO"), DOORS.types(), by=SYSTEM)
    case = new_case("husum", "hoert")
    asks("kreis", "kim", "husum", help_asked(case), "ersuchen.beantworten", text="Ja.")
    assert waits_at(case) == ["auswerten"]
    assert value(case, "amtshilfe")["text"] == "Ja."


def test_an_answer_that_nobody_waits_for_comes_up_with_who_has_asked(way: ThroughJson) -> None:
    case = new_case("husum")
    asks("kreis", "kim", "husum", help_asked(case), "ersuchen.beantworten", text="Ja.")
    late = help_asked(case)
    with db.namespace("husum"):
        [one] = rows(reminder.T)
        assert (one.holder, one.am, "ist da" in one.text) == ("ute", today(), True)
        with clock.frozen(clock.now() + dt.timedelta(days=15)):
            tick()
            assert [row.ended_because for row in rows(grant.T, id=late)] == [grant.BY_THE_DAY]
            assert any("ohne Antwort abgelaufen" in row.text for row in rows(reminder.T))


def test_who_stands_in_for_who_has_asked_may_take_it_back_and_nobody_else(way: ThroughJson) -> None:
    id = help_asked(new_case("husum"))
    ute, udo = who("husum", "ute"), who("husum", "udo")
    with db.namespace("husum"):
        with pytest.raises(Unknown):
            end_grant(id, by=udo)
        assert end_grant(id, by=Konto(udo.id, udo.login, udo.name, udo.roles, udo.groups, stands_in=(ute,)))


def test_a_grant_for_a_case_that_was_deleted_is_refused_and_its_answer_is_gone(way: ThroughJson, bell: Bell) -> None:
    case = new_case("husum", files=[Upload("plan.txt", "text/plain", b"PLAN")])
    asks("kreis", "kim", "husum", help_asked(case), "ersuchen.beantworten", text="GEHEIM")
    open_ = help_asked(case)
    asking = request("kreis", "kim", "husum", open_, "ersuchen")
    with db.namespace("husum"):
        [kept] = rows(erwartung.MESSAGES, name="amtshilfe.antwort")
        assert decode(kept.variables)["amtshilfe"]["text"] == "GEHEIM"
        work_all(bell, DOORS)
        way.lost = True
        withdraw(case, "Erledigt.", by=who("husum", "ute"))
        announce()
        with clock.frozen(clock.now() + dt.timedelta(days=90)):
            assert not is_deleted(case), "the guest does not know yet that its request has ended"
            way.lost = False
            assert announce() == 1
        with clock.frozen(clock.now() + dt.timedelta(days=90)):
            assert is_deleted(case)
        assert rows(erwartung.MESSAGES, name="amtshilfe.antwort") == []
        assert rows(grant.T) == []
    assert refused(asking) == "keine solche Befugnis"


def withdrawn(case: str) -> None:
    withdraw(case, "Zurückgenommen.", by=who("husum", "ute"))


def closed(case: str) -> None:
    close_without_notice(case, "Erledigt sich.", by=who("husum", "ute"))


def at_its_end(case: str) -> None:
    for login in ("ute", "udo"):
        [row] = rows(aufgabe.T, vorgang_id=case, state="offen")
        complete_aufgabe(row.id, {}, by=who("husum", login))


@pytest.mark.parametrize("ends", [withdrawn, closed, at_its_end])
def test_with_a_case_its_requests_end_and_the_guest_hears_of_it(way: ThroughJson, ends: Callable[[str], None]) -> None:
    case, other = new_case("husum"), new_case("husum")
    id, kept = help_asked(case), help_asked(other)
    with db.namespace("husum"):
        ends(case)
    assert refused(request("kreis", "kim", "husum", id, "ersuchen")) == "beendet"
    answer = request("kreis", "kim", "husum", id, "ersuchen.beantworten", text="Ja.", dokumente=[])
    assert refused(answer) == "beendet"
    assert [(one["befugnis"], one["grund"], one["wer"]) for one in lines("husum", "befugnis:beendet")] == [
        (id, grant.WITH_CASE, "system")
    ]
    with db.namespace("husum"):
        act_now()
        assert rows(reminder.T) == rows(erwartung.MESSAGES) == [], "nobody waits for it any more"
        with pytest.raises(Conflict, match="beendet"):
            ask_help(case, "kreis", "?", today(3), by=who("husum", "ute"))
    with db.namespace("kreis"):
        assert {row.grant_id: bool(row.ended_at) for row in rows(grant_held.T)} == {id: True, kept: False}
    asks("kreis", "kim", "husum", kept, "ersuchen.beantworten", text="Ja.")


def test_what_ends_in_one_branch_ends_no_help_that_another_waits_for(way: ThroughJson, bell: Bell, courier: None) -> None:
    both = process(
        start(), par("beide"), call("hilfe", "amtshilfe", inputs=WANTED), user("nebenher"), end("fertig"), user("auswerten"),
        end(), flows("start > beide > hilfe > auswerten > end", "beide > nebenher > fertig"),
    )  # fmt: skip
    with db.namespace("husum"):
        files = {**bundle(both, "hilfe", "HI"), "gemeinsam/amtshilfe/amtshilfe.bpmn": PART.read_bytes()}
        deploy_bundle(files, DOORS.types(), by=SYSTEM)
    case = new_case("husum", "hilfe")
    with db.namespace("husum"):
        work_all(bell, DOORS)
        [task] = rows(aufgabe.T, vorgang_id=case, state="offen")
        complete_aufgabe(task.id, {}, by=who("husum", "ute"))
    asks("kreis", "kim", "husum", request_of(case).id, "ersuchen.beantworten", text="Ja.")
    assert waits_at(case) == ["auswerten"]
    late = help_asked(case)
    with db.namespace("husum"):
        [task] = rows(aufgabe.T, vorgang_id=case, state="offen")
        complete_aufgabe(task.id, {}, by=who("husum", "ute"))
        assert [row.ended_because for row in rows(grant.T, id=late)] == [grant.WITH_CASE]


def test_a_case_of_the_post_room_that_gets_a_leistung_keeps_its_requests(way: ThroughJson) -> None:
    case = new_case("husum", "gibt-es-nicht")
    id = help_asked(case)
    with db.namespace("husum"):
        assign(case, "zwei", by=SYSTEM)
    asks("kreis", "kim", "husum", id, "ersuchen")
    with db.namespace("husum"):
        withdraw(case, "Zurückgenommen.", by=who("husum", "ute"))
    assert refused(request("kreis", "kim", "husum", id, "ersuchen")) == "beendet"


def is_deleted(case: str) -> bool:
    """Delete a case as if its time were over; whether that was done."""
    change_retention("", dict.fromkeys(ENDINGS, "1 Monat"), "30", by=SYSTEM)
    for one in rows(reminder.T, state="offen"):
        settle_reminder(one.id, by=SYSTEM)
    assert rows(vorgang.T, id=case)[0].closed_at is not None
    assert {(row.type, row.state) for row in rows(auftrag.T, vorgang_id=case)} <= {(grant.TOLD, "erledigt")}
    return delete_case(case, by=SYSTEM)


def test_who_lost_the_role_an_hour_ago_is_refused(way: ThroughJson) -> None:
    id = help_asked(new_case("husum"))
    with at("kreis", "kim") as kim:
        change_konto(
            kim.id, name="Kim", email="kim@kreis.example", roles=frozenset({"prozessdesign"}), groups=frozenset({"kasse"}),
            by=who("kreis", "chef"),
        )  # fmt: skip
    assert refused(request("kreis", "kim", "husum", id, "ersuchen")) == "nicht für dieses Konto"


def test_a_case_that_tries_a_version_asks_nobody(way: ThroughJson, bell: Bell) -> None:
    begun()
    with db.namespace("husum"):
        bell.rung.clear()
        version = reads.current_version("hilfe")
        case = start_test(version, [], applicant="Erika Muster", mailbox=False, transaction_id=str(uuid.uuid4()), by=SYSTEM)
        work_all(bell, DOORS)
        assert "Probevorgang" in rows(incident.T, vorgang_id=case)[0].message
        assert rows(grant.T) == []


def test_nobody_asks_in_the_name_of_another(way: ThroughJson) -> None:
    case = new_case("husum")
    with db.namespace("husum"), pytest.raises(Unknown):
        ask_help(case, "kreis", "?", today(3), by=SYSTEM)
