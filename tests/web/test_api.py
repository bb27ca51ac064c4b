"""The interface for machines: cases, tasks, messages, bundles, incidents."""

from __future__ import annotations

import datetime as dt
import json
import threading
from decimal import Decimal
from typing import Any

import pytest

from engine.base import clock, db
from engine.base.clock import ZONE
from engine.base.ports import Answer, Call, Refused
from engine.base.rights import SYSTEM
from engine.bpmn import as_text
from engine.model.bundle import pack
from engine.verbs.design import deploy_bundle
from tests.bpmn.diagrams import end, flow, flows, process, start, user, xor
from tests.engine.cases import POSTEINGANG, PROBE, TYPES, Upload, bundle
from tests.web.site import SLUG, Site, application, problem

ON_SQLITE = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


def exact(answer: Any) -> Any:
    return json.loads(answer.data, parse_float=Decimal, parse_int=Decimal)


# --- cases ---------------------------------------------------------------------------------------------------------


@ON_SQLITE
def test_cases_are_listed_newest_first_and_found_by_a_word(site: Site) -> None:
    first, second = site.new_case(), site.new_case(form="wartet", nr="123")
    page = site.get("vorgaenge").json
    assert [case["id"] for case in page["items"]] == [second, first]
    assert (page["seite"], page["weitere"]) == (1, False)
    assert [case["id"] for case in site.get("vorgaenge?leistung=wartet").json["items"]] == [second]
    assert site.get("vorgaenge?status=ABGESCHLOSSEN").json["items"] == []
    assert len(site.get("vorgaenge?q=muster").json["items"]) == 2
    assert site.get("vorgaenge?seite=2").json == {"items": [], "seite": 2, "weitere": False}


@ON_SQLITE
def test_a_case_shows_its_application_with_exact_numbers(site: Site) -> None:
    content = application()
    content["formData"][2]["numberValue"] = 1
    raw = json.dumps(content).replace('"numberValue": 1', '"numberValue": 0.1234567890123456789012345678901234').encode()
    case = site.send(raw).json["vorgang"]["vorgangId"]
    shown = exact(site.get(f"vorgaenge/{case}"))
    assert shown["antrag"][2]["value"] == Decimal("0.1234567890123456789012345678901234")
    assert shown["antrag"][1]["items"][0] == {
        "name": "nachname",
        "label": "Nachname",
        "kind": "text",
        "value": "Muster",
        "items": [],
    }
    assert dt.datetime.fromisoformat(shown["opened_at"]).tzinfo is not None


@ON_SQLITE
def test_the_timeline_tells_what_happened(site: Site) -> None:
    case = site.new_case()
    events = site.get(f"vorgaenge/{case}/verlauf").json["items"]
    assert ("bestaetigen", "completed") in [(event["element"], event["kind"]) for event in events]


@ON_SQLITE
def test_a_document_is_saved_and_never_shown(site: Site) -> None:
    page = Upload("Plan „groß“.html", "text/html", b"<script>alert(1)</script>")
    case = site.send(files=[page]).json["vorgang"]["vorgangId"]
    [document] = site.get(f"vorgaenge/{case}/dokumente").json["items"]
    answer = site.get(f"vorgaenge/{case}/dokumente/{document['id']}")
    assert answer.data == page.content
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")


@ON_SQLITE
def test_the_document_of_another_case_is_unknown(site: Site) -> None:
    case = site.send(files=[Upload("a.txt", "text/plain", b"a")]).json["vorgang"]["vorgangId"]
    [document] = site.get(f"vorgaenge/{case}/dokumente").json["items"]
    problem(site.get(f"vorgaenge/{site.new_case()}/dokumente/{document['id']}"), 404)


@ON_SQLITE
def test_the_diagram_and_where_the_case_stands_in_it(site: Site) -> None:
    case = site.new_case()
    assert site.get(f"vorgaenge/{case}/diagramm").text == as_text(PROBE)
    stand = site.get(f"vorgaenge/{case}/stand").json
    assert stand["tokens"] == ["pruefen"]
    assert {"start", "bestaetigen"} <= set(stand["passed"])


@ON_SQLITE
@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16"])
def test_a_diagram_comes_in_utf8_and_nothing_in_it_runs_when_it_is_opened(site: Site, encoding: str) -> None:
    script = '<h:script xmlns:h="http://www.w3.org/1999/xhtml" src="/static/bundles/app.js"/>'
    drawn = PROBE.decode().replace("UTF-8", encoding).replace('id="pruefen"', 'id="pruefen" name="Prüfen"')
    drawn = drawn.replace('"true">', f'"true"><bpmn:extensionElements>{script}</bpmn:extensionElements>', 1)
    with db.namespace(SLUG):
        deploy_bundle(bundle(drawn.encode(encoding)), TYPES, by=SYSTEM)
    answer = site.get(f"vorgaenge/{site.new_case()}/diagramm")
    assert "Prüfen" in answer.data.decode()
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")


@ON_SQLITE
@pytest.mark.parametrize("below", ["", "/verlauf", "/dokumente", "/nachrichten", "/diagramm", "/stand"])
def test_a_case_that_does_not_exist_is_unknown(site: Site, below: str) -> None:
    problem(site.get("vorgaenge/" + "0" * 26 + below), 404)


# --- tasks ---------------------------------------------------------------------------------------------------------


def test_a_task_is_taken_and_completed_with_answers_checked_against_its_form(site: Site) -> None:
    [task] = site.open_tasks(case := site.new_case())
    assert site.get("aufgaben?meine=true").json["items"] == []
    assert site.post(f"aufgaben/{task}/claim").json["holder"] == "anna"
    assert [found["id"] for found in site.get("aufgaben?meine=true").json["items"]] == [task]
    refused = problem(site.post(f"aufgaben/{task}/complete", json={"data": {"ok": "vielleicht"}}), 422)
    assert refused["causes"][0]["pointer"] == "/ok"
    done = site.post(f"aufgaben/{task}/complete", json={"data": {"ok": True}})
    assert (done.status_code, done.json["state"], done.json["closed_by"]) == (200, "erledigt", "anna")
    assert site.post(f"aufgaben/{task}/complete", json={"data": {"ok": True}}).status_code == 200
    assert site.get(f"vorgaenge/{case}").json["state"] == "completed"


def test_who_comes_second_gets_the_fresh_state(site: Site) -> None:
    [task] = site.open_tasks(site.new_case())
    site.post(f"aufgaben/{task}/claim")
    lost = problem(site.post(f"aufgaben/{task}/claim", "berta"), 409)
    assert lost["fresh"] == site.get(f"aufgaben/{task}").json
    assert lost["fresh"]["holder"] == "anna"
    lost = problem(site.post(f"aufgaben/{task}/complete", "berta", json={"data": {"ok": True}}), 409)
    assert lost["fresh"]["holder"] == "anna"
    problem(site.post(f"aufgaben/{task}/release", "berta"), 409)
    assert site.post(f"aufgaben/{task}/release").json["holder"] is None
    assert site.post(f"aufgaben/{task}/claim", "berta").json["holder"] == "berta"


def test_of_two_who_complete_at_once_one_wins_and_one_is_told(site: Site) -> None:
    [task] = site.open_tasks(site.new_case())
    answers: list[Any] = []
    barrier = threading.Barrier(2)

    def complete(login: str, ok: bool) -> None:
        barrier.wait()
        answers.append(site.post(f"aufgaben/{task}/complete", login, json={"data": {"ok": ok}}))

    threads = [threading.Thread(target=complete, args=args) for args in (("anna", True), ("berta", False))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert won.status_code == 200
    assert problem(lost, 409)["fresh"]["state"] == "erledigt"


@ON_SQLITE
def test_tasks_are_found_by_group_and_by_day(site: Site) -> None:
    diagram = process(
        start(),
        user(
            "a",
            extension='<zeebe:assignmentDefinition candidateGroups="umwelt"/><zeebe:taskSchedule dueDate="=now()"/>',
        ),
        end(),
        flows("start > a > end"),
    )
    site.post("bundles", "design", data=pack(bundle(diagram, "grün", "GR")))
    [task] = site.open_tasks(site.new_case(form="grün"))
    today = clock.now().astimezone(ZONE).date()
    yesterday = today - dt.timedelta(days=1)
    assert [found["id"] for found in site.get("aufgaben?gruppe=umwelt").json["items"]] == [task]
    assert site.get("aufgaben?gruppe=bau").json["items"] == []
    assert [found["id"] for found in site.get(f"aufgaben?faellig_bis={today}").json["items"]] == [task]
    assert site.get(f"aufgaben?faellig_bis={yesterday}").json["items"] == []


@ON_SQLITE
def test_the_form_of_a_task_comes_with_its_values(site: Site) -> None:
    [task] = site.open_tasks(site.new_case())
    form = site.get(f"aufgaben/{task}/formular").json
    assert form["schema"]["id"] == "pruefung"
    assert form["data"]["antragsteller"] == "Muster"


@ON_SQLITE
def test_a_task_without_a_form_takes_answers_as_they_are(site: Site) -> None:
    [task] = site.open_tasks(case := site.new_case(form="gibt es nicht"))
    assert site.get(f"aufgaben/{task}/formular").json["schema"] is None
    assert site.post(f"aufgaben/{task}/complete", json={"data": {}}).status_code == 200
    assert site.get(f"vorgaenge/{case}").json["closed_at"] is not None


# --- messages ------------------------------------------------------------------------------------------------------


def test_a_message_reaches_the_case_that_waits_for_it_once(site: Site) -> None:
    case = site.new_case(form="wartet", nr="77")
    message = {"id": "m-1", "key": "77", "variables": {"betrag": 12.5}, "ttl": "P7D"}
    assert site.post("nachrichten/antwort", "chef", json=message).json == {"id": "m-1", "new": True}
    assert site.get(f"vorgaenge/{case}").json["state"] == "completed"
    assert site.post("nachrichten/antwort", "chef", json=message).json == {"id": "m-1", "new": False}


@ON_SQLITE
def test_a_message_that_comes_too_early_waits(site: Site) -> None:
    site.post("nachrichten/antwort", "chef", json={"id": "m-1", "key": "77"})
    case = site.new_case(form="wartet", nr="77")
    site.post("nachrichten/antwort", "chef", json={"id": "m-2", "key": "nichts"})
    assert site.get(f"vorgaenge/{case}").json["state"] == "completed"


@ON_SQLITE
@pytest.mark.parametrize("ttl", ["eine Woche", "P1M", "-P1D", "PT0S", "P99999D", "P"])
def test_a_time_to_live_is_a_bounded_duration_of_days_and_time(site: Site, ttl: str) -> None:
    refused = problem(site.post("nachrichten/n", "chef", json={"id": "m", "key": "k", "ttl": ttl}), 422)
    assert refused["causes"][0]["pointer"] == "/ttl"


# --- bundles -------------------------------------------------------------------------------------------------------


@ON_SQLITE
def test_a_bundle_is_checked_deployed_and_listed(site: Site) -> None:
    packed = pack(bundle(PROBE, "neu", "NE"))
    assert site.post("bundles/check", "design", data=packed).json == {"ok": True, "findings": []}
    assert "neu" not in [item["key"] for item in site.get("bundles", "design").json["items"]]
    id = site.post("bundles", "design", data=packed).json["id"]
    [listed] = [item for item in site.get("bundles", "design").json["items"] if item["key"] == "neu"]
    assert (listed["version_id"], listed["number"], listed["deployed_by"]) == (id, 1, "design")


@ON_SQLITE
def test_a_bundle_with_errors_names_every_place(site: Site) -> None:
    diagram = POSTEINGANG.replace(b'<bpmn:userTask id="sichten"', b'<bpmn:callActivity id="sichten"')
    diagram = diagram.replace(b"</bpmn:userTask>", b"</bpmn:callActivity>")
    packed = pack(bundle(diagram, "neu", "NE"))
    found = site.post("bundles/check", "design", data=packed).json
    assert found["ok"] is False
    assert {finding["file"] for finding in found["findings"] if finding["severity"] == "error"} == {"p.bpmn"}
    refused = problem(site.post("bundles", "design", data=packed), 422)
    assert refused["causes"][0]["file"] == "p.bpmn"
    assert refused["causes"][0]["line"] > 0
    assert "neu" not in [item["key"] for item in site.get("bundles", "design").json["items"]]


# --- incidents -----------------------------------------------------------------------------------------------------


@ON_SQLITE
def test_an_incident_is_listed_and_tried_again(site: Site) -> None:
    def refuse(call: Call) -> Answer:
        raise Refused("Der Drucker will nicht.")

    well = site.twin.behave
    site.twin.behave = refuse
    case = site.new_case()
    [incident] = site.get("incidents", "chef").json["items"]
    assert (incident["vorgang_id"], incident["element"]) == (case, "bestaetigen")
    assert "Drucker" in incident["message"]
    site.twin.behave = well
    assert site.post(f"incidents/{incident['id']}/retry", "chef").status_code == 204
    site.work()
    assert len(site.open_tasks(case)) == 1
    problem(site.post(f"incidents/{incident['id']}/retry", "chef", json={"variables": {}}), 409)


@ON_SQLITE
def test_an_incident_is_mended_with_corrected_variables(site: Site) -> None:
    diagram = process(start(), xor("g"), end("ja"), flows("start > g"), flow("g", "ja", 'nr = "8"'))
    deployed = site.post("bundles", "design", data=pack(bundle(diagram, "wahl", "WA")))
    assert deployed.status_code == 200
    case = site.new_case(form="wahl", nr="7")
    [incident] = site.get("incidents", "chef").json["items"]
    assert incident["element"] == "g"
    assert site.post(f"incidents/{incident['id']}/retry", "chef", json={"variables": {"nr": "8"}}).status_code == 204
    assert site.get(f"vorgaenge/{case}").json["state"] == "completed"
