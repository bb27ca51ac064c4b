"""The Administration in Chromium: a changed parameter reaches new cases; letterhead, connectors, incidents; on a phone too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine import add_konto, bpmn, change_setting, deploy_bundle, make_kommune, reads
from engine.base import db
from engine.base.db import Installation
from engine.base.rights import SYSTEM
from engine.model.bundle import read_folder
from engine.step import look, use_doorbell
from tests.browser.test_desk import Running
from tests.browser.town import fits
from tests.engine.cases import POSTEINGANG, TYPES, Bell, bundle
from tests.engine.test_incidents import STUCK
from tests.patterns import Patterns
from tests.pictures import png
from tests.processes.conftest import PROCESSES
from tests.served import served
from tests.web.site import HASH, PASSWORD, SLUG, app_on, application
from web.compose import connectors

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("installation", ["sqlite"], indirect=True)]

EVERYBODY = frozenset({"administration", "sachbearbeitung"})


def furnish() -> None:
    """Make a municipality with the tree-felling bundle, one that gets stuck, and an administrator."""
    make_kommune(SLUG, "Kreis Nordfriesland", "Kreis", "SH", ["127.0.0.0/8"])
    with db.namespace(SLUG):
        deploy_bundle(bundle(POSTEINGANG, "posteingang", "PE"), TYPES, by=SYSTEM)
        deploy_bundle(bundle(STUCK, "klemmt", "KL"), TYPES, by=SYSTEM)
        deploy_bundle(read_folder(PROCESSES / "nordfriesland/baumfaellung"), connectors().types(), by=SYSTEM)
        add_konto("chef", "Chefin", "c@example.org", EVERYBODY, password=HASH, by=SYSTEM)
        change_setting("antrag.absender", ["127.0.0.0/8"], by=SYSTEM)


@pytest.fixture
def running(installation: Installation, patterns: Patterns) -> Iterator[Running]:
    """The municipality, served."""
    patterns.settle(furnish)
    site = Running(app_on(installation), Bell())
    use_doorbell(site.bell)
    with served(site.app) as address:
        site.url = f"{address}/{SLUG}/"
        yield site


@pytest.fixture
def chef(running: Running, page: Page) -> Page:
    """A browser in which the Administration is signed in."""
    page.goto(running.url)
    page.get_by_label("Anmeldename").fill("chef")
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    page.get_by_role("link", name="Verwaltung", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Verwaltung")
    return page


def new_case(running: Running, form: str) -> str:
    answer = running.send(application(form))
    return str(answer.json["vorgang"]["vorgangId"])  # type: ignore[index]


def parameters_of(case: str) -> dict[str, Any]:
    with db.namespace(SLUG):
        found = look(case)
        return dict(bpmn.variables(found.bundle.spec, found.snapshot)["parameter"])


def test_a_new_case_uses_the_changed_parameter_and_a_running_one_does_not(
    running: Running, chef: Page, complaints: list[str]
) -> None:
    before = new_case(running, "baumfaellung")
    chef.get_by_role("link", name="Werte der Leistungen").first.click()
    chef.get_by_role("link", name="Genehmigung zum Fällen von Bäumen").click()
    expect(chef.get_by_role("textbox", name="Antwort auf eine Rückfrage")).to_have_value("14 Tage")
    chef.get_by_role("textbox", name="Antwort auf eine Rückfrage").fill("bald")
    chef.get_by_role("textbox", name="Genehmigung", exact=True).fill("75,50")
    chef.get_by_role("button", name="Speichern").click()
    chef.get_by_role("alert").get_by_role("link", name="Hier wird eine Dauer erwartet").click()
    expect(chef.get_by_role("textbox", name="Antwort auf eine Rückfrage")).to_be_focused()
    expect(chef.get_by_role("textbox", name="Genehmigung", exact=True)).to_have_value("75,50")
    chef.get_by_role("textbox", name="Antwort auf eine Rückfrage").fill("3 Wochen")
    chef.get_by_role("button", name="Speichern").click()
    expect(chef.get_by_role("status")).to_contain_text("2 Werte geändert")
    expect(chef.get_by_text("Geändert; im Paket steht: 14 Tage")).to_be_visible()
    expect(chef.get_by_text("von „50,00“ auf „75,50“")).to_be_visible()
    after = new_case(running, "baumfaellung")
    assert parameters_of(after)["frist"]["rueckfrage"] == "P21D"
    assert parameters_of(after)["gebuehr"]["genehmigung_cent"] == 7550
    assert parameters_of(before)["frist"]["rueckfrage"] == "P14D"
    assert parameters_of(before)["gebuehr"]["genehmigung_cent"] == 5000
    chef.get_by_role("button", name="Zurücksetzen: Antwort auf eine Rückfrage").click()
    expect(chef.get_by_role("textbox", name="Antwort auf eine Rückfrage")).to_have_value("14 Tage")
    expect(chef.get_by_text("Geändert; im Paket steht: 50,00")).to_be_visible()
    assert "422" in complaints.pop()


def test_a_letterhead_with_logo_is_seen_as_a_letter_and_kept(running: Running, chef: Page, tmp_path: Path) -> None:
    (tmp_path / "wappen.png").write_bytes(png(300, 200))
    chef.get_by_role("link", name="Briefkopf ergänzen").first.click()
    chef.get_by_label("Behörde").fill("Kreis Nordfriesland")
    chef.get_by_label("Anschrift").fill("Marktstraße 6\n25813 Husum")
    chef.get_by_label("Ort").fill("Husum")
    chef.get_by_label("Logo", exact=False).first.set_input_files(tmp_path / "wappen.png")
    chef.get_by_label("Was auf dem Logo").fill("Wappen")
    with chef.expect_event("popup") as opened:
        chef.get_by_role("button", name="Vorschau als PDF").click()
    opened.value.close()
    chef.get_by_role("button", name="Speichern").click()
    expect(chef.get_by_role("status")).to_contain_text("Gespeichert")
    picture = chef.get_by_role("img", name="Jetziges Logo: Wappen")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") == 300
    chef.get_by_role("link", name="Übersicht").click()
    assert "Briefkopf" not in chef.locator("[aria-labelledby=fehlt]").inner_text()


def test_a_connector_is_tried_before_it_is_kept(running: Running, chef: Page) -> None:
    chef.get_by_role("link", name="Konnektor einrichten").first.click()
    chef.get_by_label("Adresse").fill("http://127.0.0.1:9")
    chef.locator("input[type=password]").fill("geheim-genug")
    chef.get_by_role("button", name="Prüfen").click()
    expect(chef.locator("#ergebnis")).to_contain_text("nicht erreichbar")
    assert chef.get_by_label("Adresse").input_value() == "http://127.0.0.1:9", "nothing typed is lost"
    chef.get_by_role("button", name="Speichern").click()
    expect(chef.get_by_role("status")).to_contain_text("Gespeichert")
    assert chef.locator("input[type=password]").input_value() == ""
    assert "geheim-genug" not in chef.content()


def test_many_that_are_stuck_are_tried_again_and_one_is_corrected(running: Running, chef: Page) -> None:
    for _ in range(12):
        new_case(running, "klemmt")
    chef.get_by_role("link", name="Störungen", exact=True).first.click()
    chef.get_by_role("link", name="12-mal").click()
    chef.get_by_role("button", name="Alle 12 dieser Art noch einmal versuchen").click()
    expect(chef.get_by_text("12 von 12 versucht.")).to_be_visible()
    expect(chef.get_by_text("12 nicht.")).to_be_visible()
    chef.get_by_role("link", name="Zu den Störungen", exact=True).click()
    chef.get_by_role("link", name="Ansehen und beheben").first.click()
    chef.get_by_label("werte › zahl", exact=True).fill("12")
    chef.get_by_label("Der Wert ist").select_option("zahl")
    chef.get_by_label("fehlt", exact=True).fill("ja")
    chef.get_by_label("Noch ohne Wert").select_option("ja_nein")
    chef.get_by_role("button", name="Noch einmal versuchen").click()
    expect(chef.get_by_role("status")).to_contain_text("wird noch einmal versucht")
    with db.namespace(SLUG):
        assert len(reads.list_stuck().items) == 11


@pytest.mark.parametrize("width", [1280, 360])
def test_a_refused_value_and_a_long_error_are_accessible_and_fit(
    running: Running, chef: Page, axe: Any, width: int, complaints: list[str]
) -> None:
    new_case(running, "klemmt")
    chef.set_viewport_size({"width": width, "height": 900})
    chef.goto(f"{running.url}verwaltung/stoerungen")
    fits(chef, axe)
    chef.get_by_role("link", name="Ansehen und beheben").first.click()
    fits(chef, axe)
    chef.goto(f"{running.url}verwaltung/leistungen/baumfaellung")
    chef.get_by_role("textbox", name="Sitz dieser Behörde").fill("")
    chef.get_by_role("button", name="Speichern").click()
    fits(chef, axe)
    assert "422" in complaints.pop()
