"""The studio in Chromium: findings on the element and in the list, mended, deployed, tried; with keys alone, on a phone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from engine import reads
from engine.base import db
from engine.base.db import Installation
from engine.base.rights import SYSTEM
from engine.step import use_doorbell
from engine.verbs.design import deploy_bundle
from engine.verbs.kommune import make_kommune
from engine.verbs.konten import add_konto
from engine.verbs.operate import change_setting
from tests.bpmn.diagrams import DMN
from tests.browser.test_desk import DIAGRAM, FORM
from tests.browser.town import fits
from tests.engine.cases import MANIFEST, POSTEINGANG, TYPES, Bell, bundle
from tests.patterns import Patterns
from tests.served import served
from tests.web.designer import LETTER
from tests.web.site import HASH, PASSWORD, SLUG, Site, app_on, application

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("installation", ["sqlite"], indirect=True)]

SCENARIO = """
name = "Es wird genehmigt"
variables = { antragsteller = "Erika Muster", antrag = { grund = "Sturm" } }
[[step]]
waits_at = ["pruefen"]
complete = "pruefen"
variables = { entscheidung = "ja", grund = "gut" }
[expect]
ends = ["ende"]
"""
FILES = {
    "bundle.toml": MANIFEST.format(key="probe", short="PR").encode() + b'[parameter]\nland = "SH"\n',
    "p.bpmn": DIAGRAM.encode(),
    "forms/pruefung.form": json.dumps(FORM).encode(),
    "schutz.dmn": DMN,
    "notices/auskunft.toml": LETTER.encode(),
    "scenarios/gut.toml": SCENARIO.encode(),
}
BROKEN = DIAGRAM.replace('formId="pruefung"', 'formId="prufung"')
MENDED = DIAGRAM.replace('name="Antrag prüfen"', 'name="Antrag gründlich prüfen"')


class Studio(Site):
    """The site with a server of its own, and a folder for what is uploaded."""

    url = ""
    folder = Path()

    def file(self, name: str, content: str) -> Path:
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return path


def furnish() -> None:
    make_kommune(SLUG, "Kreis Nordfriesland", "Kreis", "SH", ["127.0.0.0/8"])
    with db.namespace(SLUG):
        deploy_bundle(bundle(POSTEINGANG, "posteingang", "PE"), TYPES, by=SYSTEM)
        deploy_bundle(FILES, TYPES, by=SYSTEM)
        roles = frozenset({"prozessdesign"})
        add_konto("dora", "Dora", "d@example.org", roles, password=HASH, by=SYSTEM)
        change_setting("antrag.absender", ["127.0.0.0/8"], by=SYSTEM)


@pytest.fixture
def studio(installation: Installation, patterns: Patterns, tmp_path: Path) -> Iterator[Studio]:
    patterns.settle(furnish)
    site = Studio(app_on(installation), Bell())
    use_doorbell(site.bell)
    site.folder = tmp_path
    with served(site.app) as address:
        site.url = f"{address}/{SLUG}/"
        yield site


@pytest.fixture
def design(studio: Studio, page: Page) -> Page:
    """Signed in, at the list of Leistungen."""
    page.goto(studio.url)
    page.get_by_label("Anmeldename").fill("dora")
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Leistungen")
    return page


def upload(page: Page, file: Path) -> None:
    page.get_by_label("Datei", exact=True).set_input_files(file)
    page.get_by_role("button", name="Prüfen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ergebnis der Prüfung")


def focused(found: Locator) -> bool:
    return bool(found.evaluate("element => element === document.activeElement"))


def test_findings_on_the_element_and_in_the_list_then_mended_deployed_and_startable(
    studio: Studio, design: Page, complaints: list[str]
) -> None:
    page = design
    page.get_by_role("link", name="probe", exact=True).click()
    page.get_by_role("link", name="Neue Fassung hochladen").click()
    upload(page, studio.file("p.bpmn", BROKEN))
    assert "422" in complaints.pop()
    expect(page.get_by_role("alert")).to_contain_text("1 Fehler: So kann es nicht eingesetzt werden.")
    page.wait_for_selector("[data-bpmn-ready=true]")
    assert page.locator('[data-element-id="pruefen"].amtsweg-error').count() == 1
    sign = page.locator(".amtsweg-error-badge")
    assert sign.get_attribute("title") == "Fehler: das Formular „prufung“ gibt es im Paket nicht"
    entry = page.get_by_role("button", name="„Antrag prüfen“ (Benutzeraufgabe)")
    entry.click()
    assert page.locator('[data-element-id="pruefen"].amtsweg-chosen').count() == 1
    expect(page.get_by_text("Im Diagramm gezeigt: „Antrag prüfen“ (Benutzeraufgabe)")).to_be_visible()
    page.locator('[data-element-id="anfang"]').first.click()
    sign.click()
    assert focused(entry)

    page.get_by_role("link", name="Berichtigte Datei hochladen").click()
    upload(page, studio.file("p.bpmn", MENDED))
    expect(page.get_by_text("Geändert")).to_be_visible()
    page.get_by_role("button", name="Als neue Fassung einsetzen").click()
    expect(page.get_by_text("Fassung 2 von „probe“ gilt ab jetzt.")).to_be_visible()
    expect(page.get_by_role("button", name="Antrag gründlich prüfen")).to_be_visible()
    answer = studio.send(application())
    with db.namespace(SLUG):
        started = reads.get_vorgang(answer.json["vorgang"]["vorgangId"])  # type: ignore[index]
        assert reads.get_version(started.version_id).number == 2


def test_an_element_of_the_list_is_shown_in_the_middle_of_the_diagram_with_keys_alone(studio: Studio, design: Page) -> None:
    page = design
    page.get_by_role("link", name="probe", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Ablauf").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-bpmn-ready=true]")
    page.get_by_role("button", name="Antrag eingegangen").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert focused(page.get_by_role("button", name="Entschieden"))
    page.keyboard.press("Enter")
    shape, canvas = (page.locator(where).bounding_box() for where in ('[data-element-id="ende"]', ".amtsweg-canvas"))
    assert shape is not None
    assert canvas is not None
    middle = shape["x"] + shape["width"] / 2 - canvas["x"]
    assert canvas["width"] * 0.25 < middle < canvas["width"] * 0.75
    expect(page.get_by_text("Im Diagramm gezeigt: Entschieden")).to_be_visible()


def test_scenarios_run_in_the_page_and_tell_what_they_reach(design: Page, axe: Any) -> None:
    page = design
    page.get_by_role("link", name="probe", exact=True).click()
    page.get_by_role("link", name="Szenarien").click()
    page.get_by_role("button", name="Alle ausführen").click()
    expect(page.get_by_role("status")).to_contain_text("1 von 1 Szenarien wie erwartet. 3 von 3 Elementen erreicht.")
    expect(page.get_by_role("listitem").filter(has_text="Es wird genehmigt")).to_contain_text("wie erwartet")
    assert axe() == []


def test_a_test_application_leads_to_its_page(studio: Studio, design: Page, axe: Any) -> None:
    page = design
    page.get_by_role("link", name="probe", exact=True).click()
    page.get_by_role("link", name="Probeantrag stellen").first.click()
    page.get_by_role("button", name="Übernehmen").click()
    expect(page.get_by_label("Wer beantragt")).to_have_value("Erika Muster")
    page.get_by_role("button", name="Probeantrag stellen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Test: probe")
    page.wait_for_selector('[data-element-id="pruefen"].amtsweg-token')
    expect(page.get_by_text("Aufgabe „Antrag prüfen“ ist zu tun")).to_be_visible()
    assert axe() == []


def test_a_file_that_is_too_large_is_not_even_sent(studio: Studio, design: Page) -> None:
    page = design
    page.get_by_role("link", name="Hochladen und prüfen").click()
    large = studio.folder / "gross.zip"
    with large.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    page.get_by_label("Datei", exact=True).set_input_files(large)
    page.get_by_role("button", name="Prüfen").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Die Datei ist zu groß; erlaubt sind 20 MB.")
    assert focused(alert)
    alert.get_by_role("link").click()
    assert focused(page.get_by_label("Datei", exact=True))


def test_a_file_that_is_too_large_is_refused_with_a_sentence_without_scripts_too(
    studio: Studio, design: Page, complaints: list[str]
) -> None:
    page = design
    page.get_by_role("link", name="Hochladen und prüfen").click()
    page.evaluate("document.querySelector('form[data-max-bytes]').dataset.maxBytes = 1e9")
    large = studio.folder / "gross.zip"
    with large.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    page.get_by_label("Datei", exact=True).set_input_files(large)
    page.get_by_role("button", name="Prüfen").click()
    expect(page.get_by_text("Die Datei ist zu groß; erlaubt sind 20 MB.")).to_be_visible()
    assert "413" in complaints.pop()


def test_a_version_is_saved_as_a_zip(design: Page) -> None:
    design.get_by_role("link", name="probe", exact=True).click()
    with design.expect_download() as download:
        design.get_by_role("link", name="Als ZIP herunterladen").click()
    assert download.value.suggested_filename == "probe-1.zip"


@pytest.mark.parametrize("width", [1280, 320])
def test_findings_are_accessible_and_fit(studio: Studio, design: Page, axe: Any, complaints: list[str], width: int) -> None:
    page = design
    page.set_viewport_size({"width": width, "height": 900})
    for content in (BROKEN, DIAGRAM.replace("<userTask", '<userTask camunda="x"'), MENDED):
        page.goto(f"{studio.url}studio/hochladen?leistung=probe")
        upload(page, studio.file("p.bpmn", content))
        fits(page, axe)
    page.goto(f"{studio.url}studio/hochladen")
    page.get_by_label("Datei", exact=True).set_input_files(studio.file("p.bpmn", MENDED))
    page.get_by_role("button", name="Prüfen").click()
    expect(page.get_by_role("alert")).to_be_visible()
    fits(page, axe)
    assert all("422" in said for said in complaints)
    complaints.clear()
