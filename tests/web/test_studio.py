"""The studio over HTTP: versions and their parts, scenarios, tests; what is offered to whom."""

from __future__ import annotations

import re
from html import unescape

import pytest

from engine.base import db
from engine.base.rights import SYSTEM
from engine.model.bundle import content_id, unpack
from engine.verbs.design import deploy_bundle
from tests.engine.cases import PROBE, TYPES, bundle
from tests.web.designer import XSS, Designer, current, rich, text
from tests.web.site import SLUG, Site, problem

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


@pytest.fixture
def designer(site: Site) -> Designer:
    return Designer(site)


# --- what is there -------------------------------------------------------------------------------------------------


def test_a_designer_begins_with_the_leistungen_and_sees_no_cases(designer: Designer) -> None:
    assert designer.landed == f"/{SLUG}/"
    page = designer.get("").text
    assert "Leistungen" in page
    assert "Aufgaben und Vorgänge" not in page
    assert designer.client.get(f"/{SLUG}/").location == f"/{SLUG}/studio/"


def test_a_clerk_has_no_studio(site: Site) -> None:
    clerk = Designer(site, "anna")
    assert clerk.landed == f"/{SLUG}/"
    assert "/studio/" not in clerk.client.get(f"/{SLUG}/").text
    assert clerk.get("").status_code == 403


def test_the_administration_looks_but_is_offered_no_change(site: Site) -> None:
    chef = Designer(site, "chef")
    assert "Hochladen" not in chef.get("").text
    page = chef.get(f"fassungen/{current()}").text
    assert "Als ZIP herunterladen" in page
    assert "Probeantrag" not in page
    assert chef.get("hochladen").status_code == 403
    assert chef.get(f"fassungen/{current()}/probe").status_code == 403


def test_the_list_counts_open_closed_and_tests_per_version(site: Site, designer: Designer) -> None:
    site.new_case()
    with db.namespace(SLUG):
        deploy_bundle(rich(), TYPES, by=SYSTEM)
    site.new_case()
    site.new_case()
    page = text(designer.get(""))
    assert "Fassung 2 gilt seit" in page
    assert "Fassung 2: 2 offene Vorgänge, 0 abgeschlossene" in page
    assert "Fassung 1: 1 offener Vorgang, 0 abgeschlossene" in page


def test_the_list_takes_as_many_statements_for_one_leistung_as_for_twenty(designer: Designer) -> None:
    designer.get("")
    with db.statement_counter() as few:
        designer.get("")
    with db.namespace(SLUG):
        for number in range(20):
            deploy_bundle(bundle(PROBE, f"mehr{number}", "ME"), TYPES, by=SYSTEM)
    designer.get("")  # what the registry says is believed for two seconds only
    with db.statement_counter() as many:
        assert designer.get("").text.count("aw-row__title") == 23
    assert many.statements == few.statements


def test_every_part_of_a_version_can_be_read(designer: Designer) -> None:
    with db.namespace(SLUG):
        id = deploy_bundle(rich(), TYPES, by=SYSTEM)
    whole = text(designer.get(f"fassungen/{id}"))
    assert "Benutzeraufgabe" in whole
    assert "Randereignis (Zeit)" in whole
    assert "Genau eine Regel trifft zu." in text(designer.get(f"fassungen/{id}/tabellen"))
    assert "< 80" in text(designer.get(f"fassungen/{id}/tabellen"))
    letters = text(designer.get(f"fassungen/{id}/briefe"))
    assert "Ihr Antrag vom vorgang.eingang" in letters
    assert "nur wenn antrag.nr != null" in letters
    assert "gebuehr.betrag_cent 5.000" in text(designer.get(f"fassungen/{id}/werte"))
    assert designer.get(f"fassungen/{id}/formular?formular=pruefung").json["schema"]["id"] == "pruefung"  # type: ignore[index]
    assert designer.get(f"fassungen/{id}/diagramm?ablauf=p").text.startswith("<bpmn:definitions")


@pytest.mark.parametrize("part", ["", "/tabellen", "/formulare", "/briefe", "/werte", "/szenarien"])
def test_what_a_version_has_not_is_said(designer: Designer, part: str) -> None:
    answer = designer.get(f"fassungen/{current('wartet')}{part}")
    assert answer.status_code == 200
    if part not in ("", "/formulare"):
        assert "Diese Fassung hat keine" in answer.text


@pytest.mark.parametrize("part", ["", "/tabellen", "/formular?formular=x", "/paket.zip", "/szenarien", "/probe", "/diagramm"])
@pytest.mark.parametrize("id", ["0" * 64, "0" * 26, "x"])
def test_a_version_that_is_not_there_is_not_there(designer: Designer, part: str, id: str) -> None:
    assert designer.get(f"fassungen/{id}{part}").status_code == 404
    assert designer.get("leistungen/fehlt").status_code == 404


def test_a_download_holds_exactly_the_files_and_is_the_same_version_again(site: Site, designer: Designer) -> None:
    id = current()
    answer = designer.get(f"fassungen/{id}/paket.zip")
    assert answer.headers["Content-Disposition"] == "attachment; filename=probe-1.zip"
    assert content_id(unpack(answer.data)) == id
    assert site.get(f"bundles/{id}", "design").data == answer.data
    assert "ist schon die geltende Fassung" in designer.client.get(designer.upload("probe.zip", answer.data).location).text
    assert site.post("bundles", "design", data=answer.data).json == {"id": id}
    problem(site.get(f"bundles/{'0' * 64}", "design"), 404)
    problem(site.get(f"bundles/{id}", "anna"), 403)


# --- scenarios -----------------------------------------------------------------------------------------------------


@pytest.fixture
def rich_version(site: Site) -> str:
    with db.namespace(SLUG):
        return deploy_bundle(rich(), TYPES, by=SYSTEM)


def test_scenarios_are_run_and_told_with_their_reasons_and_what_they_missed(designer: Designer, rich_version: str) -> None:
    page = text(designer.post(f"fassungen/{rich_version}/szenarien"))
    assert "1 von 2 Szenarien wie erwartet." in page
    assert "der Zustand ist completed, nicht active" in page
    assert "Von keinem Szenario erreicht:" in page
    assert "Randereignis" in page


def test_scenarios_go_on_where_the_page_stopped(designer: Designer, rich_version: str) -> None:
    whole = designer.post(f"fassungen/{rich_version}/szenarien", ab="1", gut="1", erreicht="ff")
    assert "2 von 2" not in text(whole)
    assert "1 von 2 Szenarien wie erwartet." in text(whole)


@pytest.mark.parametrize("odd", ["-1", "x", "9" * 50_000, "0x1f", "٣"])
def test_odd_progress_counts_for_nothing(designer: Designer, rich_version: str, odd: str) -> None:
    answer = designer.post(f"fassungen/{rich_version}/szenarien", ab=odd, gut=odd, erreicht=odd)
    assert answer.status_code == 200
    assert "von 2 Szenarien wie erwartet." in text(answer)


def test_only_designers_run_scenarios(site: Site, rich_version: str) -> None:
    chef = Designer(site, "chef")
    assert "Alle ausführen" not in chef.get(f"fassungen/{rich_version}/szenarien").text


# --- tests ---------------------------------------------------------------------------------------------------------


def rows(page: str) -> dict[str, str]:
    """The fields of a form as they stand."""
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in fields if name != "csrf_token"}


def test_a_test_application_starts_a_vorgang_of_the_chosen_version(site: Site, designer: Designer) -> None:
    old = current()
    with db.namespace(SLUG):
        deploy_bundle(rich(), TYPES, by=SYSTEM)
    given = rows(designer.get(f"fassungen/{old}/probe").text)
    free = next(name for name in given if name.startswith("frei-")).removeprefix("frei-")
    filled = {**given, f"pfad-{free}": "nr", f"wert-{free}": "7", "name": "Erika Muster", "konto": "ja"}
    answer = designer.post(f"fassungen/{old}/probe", **filled)
    assert answer.status_code == 303
    page = text(designer.client.get(answer.location))
    assert "Test: probe" in page
    assert "Probe mit Fassung 1" in page
    assert "Nr 7" in page
    assert designer.post(f"fassungen/{old}/probe", **filled).location == answer.location, "a double click starts one"
    site.work()
    assert "Aufgabe „pruefen“" in text(designer.client.get(answer.location))
    assert designer.client.get(f"{answer.location}/stand").json["tokens"] == ["pruefen"]  # type: ignore[index]
    drawing = designer.client.get(f"{answer.location}/diagramm")
    assert drawing.text.startswith("<bpmn:definitions")
    assert drawing.headers["Content-Security-Policy"].startswith("sandbox")


def test_an_example_fills_in_the_form(designer: Designer, rich_version: str) -> None:
    page = designer.get(f"fassungen/{rich_version}/probe?beispiel=gut").text
    assert 'value="Erika Muster"' in page
    assert 'value="7"' in page


def test_what_was_typed_stays_when_a_test_is_refused(designer: Designer) -> None:
    data = {
        "name": "",
        "konto": "ja",
        "pfad-1": XSS,
        "art-1": "zahl",
        "wert-1": "viele",
        "frei-1": "1",
        "pfad-2": "",
        "wert-2": "x",
    }
    answer = designer.post(f"fassungen/{current()}/probe", **data)
    assert answer.status_code == 422
    assert "Bitte geben Sie an, wie das Feld heißt." in text(answer)
    assert "&lt;script&gt;" in answer.text
    assert XSS not in answer.text
    assert 'value="viele"' in answer.text
    answer = designer.post(f"fassungen/{current()}/probe", **{**data, "pfad-1": "n", "pfad-2": "m", "name": "E M"})
    assert 'href="#wert-1"' in answer.text
    assert 'id="wert-1"' in answer.text


def test_a_test_is_seen_by_its_designer_only_under_this_address(site: Site, designer: Designer) -> None:
    location = designer.post(f"fassungen/{current()}/probe", name="Erika Muster").location
    path = location.partition("/studio/")[2]
    for login in ("alle", "chef", "anna"):
        other = Designer(site, login)
        assert other.get(path).status_code in (403, 404)
        assert other.get(f"{path}/stand").status_code in (403, 404)
    real = site.new_case()
    assert designer.get(f"proben/{real}").status_code == 404
    assert designer.get(f"proben/{'0' * 26}").status_code == 404
    assert "Meine Proben" in designer.get("leistungen/probe").text
    assert path in designer.get("leistungen/probe").text


def test_clerks_see_a_test_among_their_cases_with_its_mark(site: Site, designer: Designer) -> None:
    designer.post(f"fassungen/{current()}/probe", name="Erika Muster")
    clerk = Designer(site, "anna").client
    assert "Test: probe" in clerk.get(f"/{SLUG}/").text
