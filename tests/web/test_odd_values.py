"""Days nobody can calculate with, thresholds that are none, tables with a gap: a clear refusal, and nothing is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.base import db
from engine.base.rights import SYSTEM
from engine.feel.dmn import check_dmn
from engine.verbs.design import deploy_bundle
from tests.bpmn.diagrams import decide, end, flows, process, script, start, timer, user
from tests.engine.cases import TYPES, bundle
from tests.web.site import SLUG, Site, problem
from tests.web.test_identity import BROWSER, sign_in

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


def deployed(diagram: bytes, form: dict[str, Any] | None = None, **more: bytes) -> None:
    files = {**bundle(diagram, "wert", "WE"), **{name.replace("_", "."): content for name, content in more.items()}}
    if form is not None:
        files["forms/tag.form"] = json.dumps(form).encode()
    with db.namespace(SLUG):
        deploy_bundle(files, TYPES, by=SYSTEM)


def incident(site: Site, case: str) -> dict[str, Any]:
    """The one incident of a case."""
    items: list[dict[str, Any]] = site.get("incidents", "chef").json["items"]  # type: ignore[index]
    [found] = [one for one in items if one["vorgang_id"] == case]
    return found


def page(site: Site, case: str) -> str:
    client = site.client()
    sign_in(client)
    answer = client.get(f"/{SLUG}/vorgaenge/{case}", headers=BROWSER)
    assert answer.status_code == 200
    return answer.text


# --- days ------------------------------------------------------------------------------------------------------------

FORM = {
    "type": "default", "id": "tag", "schemaVersion": 18,
    "components": [
        {"type": "datetime", "key": "tag", "dateLabel": "Tag", "subtype": "date", "id": "f1", "validate": {"required": True}}
    ],
}  # fmt: skip
DAYS = process(
    start(),
    user("eintragen", extension='<zeebe:formDefinition formId="tag"/>'),
    script("rechnen", 'frist(tag, "1 Monat", "SH")', "bis", name="Frist rechnen"),
    timer("warten", '=fristende(tag, "1 Monat", "SH") + duration("P1D")', "timeDate"),
    end(),
    flows("start > eintragen > rechnen > warten > end"),
)


def answered(site: Site, day: Any, diagram: bytes = DAYS, form: dict[str, Any] | None = FORM) -> tuple[str, Any]:
    """The day filled into the form of a case; gives the case and the answer."""
    deployed(diagram, form)
    case = site.new_case(form="wert")
    [task] = site.open_tasks(case)
    return case, site.post(f"aufgaben/{task}/complete", json={"data": {"tag": day}})


BEYOND = ["0001-01-01", "1582-10-04", "1582-12-31", "9999-01-01", "9999-12-31"]


@pytest.mark.parametrize(
    "day", ["2026-02-30", "10000-01-01", "0000-01-01", "-0001-01-01", "31.12.2026", "2026-W10", 20260302, "nie", *BEYOND]
)
def test_what_is_no_day_or_beyond_the_calendar_is_refused_at_its_field_and_the_task_stays(site: Site, day: Any) -> None:
    case, answer = answered(site, day)
    assert [cause["pointer"] for cause in problem(answer, 422)["causes"]] == ["/tag"]
    assert len(site.open_tasks(case)) == 1


@pytest.mark.parametrize("day", BEYOND)
def test_a_day_beyond_the_calendar_that_no_form_saw_is_an_incident_that_names_the_years_and_can_be_mended(
    site: Site, day: str
) -> None:
    case, answer = answered(site, day, DAYS.replace(b'<zeebe:formDefinition formId="tag"/>', b""), None)
    assert answer.status_code == 200, answer.text
    broken = incident(site, case)
    assert "der Ausdruck ergibt keinen Wert" in broken["message"]
    assert "Gerechnet wird mit den Jahren 1583 bis 9998" in broken["message"]
    [refused] = [one for one in site.get(f"vorgaenge/{case}").json["berechnungen"] if one["element"] == "rechnen"]  # type: ignore[index]
    assert (refused["result"], refused["steps"]) == (None, [])
    assert f"liegt im Jahr {int(day[:4])}." in refused["refusal"]
    assert "Frist rechnen: nicht berechnet" in page(site, case)
    assert site.post(f"incidents/{broken['id']}/retry", "chef", json={"variables": {"tag": "2026-03-02"}}).status_code < 300
    [waiting] = site.get(f"vorgaenge/{case}").json["fristen"]  # type: ignore[index]
    assert waiting["due_at"] == "2026-04-02T22:00:00+00:00"


@pytest.mark.parametrize("day", ["1583-01-01", "9998-01-01"])
def test_the_first_and_last_year_are_calculated_with(site: Site, day: str) -> None:
    case, answer = answered(site, day)
    assert answer.status_code == 200
    assert site.get(f"vorgaenge/{case}").json["berechnungen"][0]["result"].startswith(day[:4])  # type: ignore[index]


# --- tables ----------------------------------------------------------------------------------------------------------

GAP = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:d">
  <inputData id="i" name="anzahl"><variable name="anzahl" typeRef="number"/></inputData>
  <decision id="gebuehr" name="gebuehr"><variable name="gebuehr" typeRef="number"/>
    <informationRequirement id="r"><requiredInput href="#i"/></informationRequirement>
    <decisionTable id="t" hitPolicy="UNIQUE">
      <input id="c1"><inputExpression id="e1" typeRef="number"><text>anzahl</text></inputExpression></input>
      <output id="o1" name="gebuehr" typeRef="number"/>
      <rule id="bis_drei"><inputEntry id="x1"><text>&lt;= 3</text></inputEntry>
        <outputEntry id="y1"><text>5000</text></outputEntry></rule>
      <rule id="ab_fuenf"><inputEntry id="x2"><text>&gt;= 5</text></inputEntry>
        <outputEntry id="y2"><text>9000</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>"""
FEE = process(
    start(), decide("gebuehr_bestimmen", "gebuehr", "gebuehr_cent", {"anzahl": "=anzahl_baeume"}), user("u"), end(),
    flows("start > gebuehr_bestimmen > u > end"),
)  # fmt: skip


def test_a_gap_is_found_by_the_check_and_what_falls_into_it_is_an_incident_that_goes_on_when_mended(site: Site) -> None:
    [found] = check_dmn({"gebuehr.dmn": GAP})
    assert (found.severity, found.element) == ("warning", "t")
    assert check_dmn({"gebuehr.dmn": GAP.replace(b"&lt;= 3", b"&lt; 5")}) == []
    diagram = FEE.replace(b"=anzahl_baeume", b"=if anzahl_baeume = null then 4 else anzahl_baeume")
    deployed(diagram, gebuehr_dmn=GAP)
    case = site.new_case(form="wert")
    broken = incident(site, case)
    assert broken["message"].startswith("Entscheidung „gebuehr“ ergibt keinen Wert: ")
    assert broken["element"] == "gebuehr_bestimmen"
    assert broken["message"] in page(site, case).replace("&#34;", '"').replace("&lt;", "<").replace("&gt;", ">")
    assert site.get(f"vorgaenge/{case}").json["antrag"]  # type: ignore[index]
    retried = site.post(f"incidents/{broken['id']}/retry", "chef", json={"variables": {"anzahl_baeume": 5}})
    assert retried.status_code < 300, retried.text
    assert len(site.open_tasks(case)) == 1


def test_a_threshold_that_is_no_number_and_was_not_seen_is_an_incident_and_goes_on_when_mended(site: Site) -> None:
    """The check sees `=parameter.anzahl`; what an expression makes of it is known only when it runs."""
    diagram = FEE.replace(b"=anzahl_baeume", b"=if true then parameter.anzahl else 0")
    files = {**bundle(diagram, "wert", "WE"), "gebuehr.dmn": GAP}
    files["bundle.toml"] += b'[parameter]\nanzahl = "dick"\n'
    with db.namespace(SLUG):
        deploy_bundle(files, TYPES, by=SYSTEM)
    case = site.new_case(form="wert")
    broken = incident(site, case)
    assert "gebuehr" in broken["message"]
    assert "ein Text" in broken["message"]
    mended = {"variables": {"parameter": {"anzahl": 2}}}
    assert site.post(f"incidents/{broken['id']}/retry", "chef", json=mended).status_code < 300
    assert len(site.open_tasks(case)) == 1
