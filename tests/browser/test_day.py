"""The day in Chromium: walked with keys alone, acted on in the list, searched while typing; and all that without scripts."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from engine import reads
from engine.base import db
from engine.base.rights import SYSTEM, Konto
from engine.verbs.desk import claim_aufgabe
from engine.verbs.konten import add_konto
from tests.browser.test_desk import Running, running, sign_in
from tests.browser.town import fits
from tests.web.site import PASSWORD, SLUG, application

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("installation", ["sqlite"], indirect=True)]

__all__ = ["running"]
BERTA = Konto("2", "berta", "Berta", frozenset({"sachbearbeitung"}))
FOCUSED = "document.activeElement.closest('[data-rows] > li')?.textContent.match(/PR-\\d+-\\d+/)[0]"


@pytest.fixture
def day(running: Running, page: Page) -> Page:
    """Anna's day with four tasks; she is signed in."""
    with db.namespace(SLUG):
        add_konto("berta", "Berta Börnsen", "b@example.org", frozenset({"sachbearbeitung"}), by=SYSTEM)
    for name in ("Müller", "Muster", "Schön", "Öhlmann"):
        content = application()
        content["formData"][1]["formItems"][0]["stringValue"] = name
        assert running.send(content).status_code == 200
    sign_in(page, running)
    return page


def nummer(last: int) -> str:
    with db.namespace(SLUG):
        return next(str(case.nummer) for case in reads.list_vorgaenge(by=SYSTEM).items if case.nummer.endswith(f"{last}"))


def row(page: Page, last: int) -> Any:
    return page.locator("[data-rows] > li").filter(has_text=nummer(last))


def test_with_keys_alone_from_the_list_to_the_task_and_back(day: Page) -> None:
    expect(day.get_by_text("Tasten in der Liste")).to_be_visible()
    day.get_by_role("link", name="Alle (4)").focus()
    day.keyboard.press("Tab")
    assert day.evaluate(FOCUSED) == nummer(1)
    for key, last in (("j", 2), ("ArrowDown", 3), ("j", 4), ("j", 4), ("k", 3), ("ArrowUp", 2)):
        day.keyboard.press(key)
        assert day.evaluate(FOCUSED) == nummer(last)
    day.keyboard.press("u")
    expect(day.get_by_role("status").first).to_have_text(f"Übernommen: Antrag prüfen ({nummer(2)})")
    expect(day.get_by_role("link", name="Bei mir (1)")).to_be_visible()
    assert day.evaluate(FOCUSED) == nummer(2)
    day.keyboard.press("z")
    expect(day.get_by_role("status").first).to_have_text("Die Aufgabe ist wieder frei.")
    assert day.evaluate(FOCUSED) == nummer(2)
    day.keyboard.press("Enter")
    expect(day.get_by_role("heading", level=1)).to_have_text("Antrag prüfen")
    day.go_back()
    expect(day.get_by_role("heading", level=1)).to_have_text("Mein Tag")


def test_a_task_is_handed_over_with_keys_alone(day: Page) -> None:
    row(day, 3).get_by_role("link", name="Antrag prüfen").first.focus()
    day.keyboard.press("w")
    chosen = row(day, 3).get_by_label("Wer soll die Aufgabe bekommen?")
    expect(chosen).to_be_focused()
    day.keyboard.press("Escape")
    expect(chosen).to_have_count(0)
    assert day.evaluate(FOCUSED) == nummer(3)
    day.keyboard.press("w")
    expect(chosen).to_be_focused()
    day.keyboard.type("Berta")
    day.keyboard.press("Tab")
    day.keyboard.press("Enter")
    expect(day.get_by_role("status").first).to_contain_text("Weitergegeben an Berta Börnsen")
    expect(row(day, 3)).to_contain_text("bei Berta Börnsen")
    expect(row(day, 3).get_by_role("button")).to_have_count(0)
    assert day.url.endswith(f"/{SLUG}/")


def test_letters_typed_into_a_field_are_only_letters(day: Page) -> None:
    day.get_by_label("Vorgänge suchen").press_sequentially("juzkw")
    expect(day.get_by_text("Zu „juzkw“ gibt es keinen Vorgang.")).to_be_visible()
    expect(day.get_by_role("link", name="Bei mir (0)")).to_be_visible()


def test_cases_are_found_while_typing_and_the_address_keeps_it(day: Page) -> None:
    field = day.get_by_label("Vorgänge suchen")
    field.press_sequentially("muel")
    expect(day.get_by_text("1 Vorgang zu „muel“.")).to_be_visible()
    expect(day.locator("#treffer li")).to_contain_text("Müller")
    expect(field).to_be_focused()
    field.fill("mu")
    expect(day.get_by_text("2 Vorgänge zu „mu“")).to_be_visible()
    assert "q=mu&" in day.url
    day.reload()
    expect(field).to_have_value("mu")
    expect(day.locator("#treffer li")).to_have_count(2)
    day.locator("#treffer").get_by_role("link").first.click()
    expect(day.get_by_role("heading", level=1)).to_have_text("Antrag auf eine Probe")
    day.go_back()
    expect(day.locator("#treffer li")).to_have_count(2)


def test_two_clicks_take_a_task_once(day: Page) -> None:
    row(day, 1).get_by_role("button", name="Übernehmen").dblclick()
    expect(row(day, 1)).to_contain_text("bei Ihnen")
    expect(day.get_by_role("link", name="Bei mir (1)")).to_be_visible()


def test_on_a_stale_page_one_is_told_who_was_faster(day: Page) -> None:
    with db.namespace(SLUG):
        claim_aufgabe(reads.list_aufgaben(by=SYSTEM).items[0].id, by=BERTA)
    row(day, 1).get_by_role("button", name="Übernehmen").click()
    expect(day.get_by_role("status").first).to_have_text("Die Aufgabe wird gerade von Berta Börnsen bearbeitet.")
    expect(row(day, 1)).to_contain_text("bei Berta Börnsen")


def test_after_the_session_has_ended_one_is_led_to_the_login(day: Page, complaints: list[str]) -> None:
    day.context.clear_cookies()
    day.get_by_label("Vorgänge suchen").press_sequentially("schoen")
    expect(day.get_by_role("heading", level=1)).to_have_text("Anmelden")
    day.get_by_label("Anmeldename").fill("anna")
    day.get_by_label("Passwort").fill(PASSWORD)
    day.get_by_role("button", name="Anmelden").click()
    expect(day.get_by_label("Vorgänge suchen")).to_have_value("schoen")
    expect(day.locator("#treffer li")).to_have_count(1)
    assert "401" in complaints.pop()


@pytest.mark.parametrize("width", [1280, 360, 320])
def test_the_day_is_accessible_and_fits(day: Page, axe: Any, width: int) -> None:
    day.set_viewport_size({"width": width, "height": 900})
    fits(day, axe)
    day.get_by_text("Filtern", exact=True).click()
    row(day, 2).get_by_role("link", name="Weitergeben").click()
    expect(day.get_by_label("Wer soll die Aufgabe bekommen?")).to_be_visible()
    fits(day, axe)
    row(day, 1).get_by_role("button", name="Übernehmen").click()
    expect(row(day, 1)).to_contain_text("bei Ihnen")
    fits(day, axe)
    day.get_by_label("Vorgänge suchen").fill("x" * 200)
    expect(day.get_by_text("gibt es keinen Vorgang.")).to_be_visible()
    fits(day, axe)
    address = row(day, 2).get_by_role("link", name="Weitergeben").get_attribute("href")
    day.goto(f"{day.url.split(f'/{SLUG}/')[0]}{address}")
    fits(day, axe)


def test_without_scripts_it_is_the_same_with_pages(day: Page, running: Running, chromium: Browser) -> None:
    context = chromium.new_context(locale="de-DE", java_script_enabled=False)
    page = context.new_page()
    sign_in(page, running)
    expect(page.get_by_text("Tasten in der Liste")).to_be_hidden()
    row(page, 1).get_by_role("button", name="Übernehmen").click()
    expect(page.get_by_role("status").first).to_contain_text("Übernommen: Antrag prüfen")
    row(page, 1).get_by_role("link", name="Weitergeben").click()
    page.get_by_label("Wer soll die Aufgabe bekommen?").select_option("berta")
    page.get_by_role("button", name="Weitergeben").click()
    expect(row(page, 1)).to_contain_text("bei Berta Börnsen")
    page.get_by_label("Vorgänge suchen").fill("mueller")
    page.get_by_role("button", name="Suchen").click()
    expect(page.locator("#treffer li")).to_have_count(1)
    context.close()
