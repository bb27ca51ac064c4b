"""The notice workshop in Chromium: text, variants and provisions are changed, seen as PDF, saved, approved by another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from engine import reads
from engine.base import db
from engine.verbs.bescheid import change_draft
from engine.verbs.desk import complete_aufgabe
from tests.browser.town import BERTA, Town, fill_login, fits, sign_in
from tests.web.site import SLUG

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("installation", ["sqlite"], indirect=True)]


@pytest.fixture
def draft(made: Town, page: Page) -> tuple[str, str]:
    """A case and its Bescheid, whose workshop Anna has open."""
    case, bescheid = made.drafted()
    sign_in(page, made)
    page.goto(f"{made.url}bescheide/{bescheid}")
    return case, bescheid


def change(made: Town, bescheid: str, **texts: str) -> None:
    """Somebody else changes the draft meanwhile."""
    with db.namespace(SLUG):
        found = reads.workshop(bescheid)
        parts = [{"kind": one.kind, "heading": one.heading, "text": texts.get(one.kind, one.text)} for one in found.parts]
        change_draft(bescheid, parts, found.bescheid.content_hash, by=BERTA)
    made.work()


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def test_from_the_case_page_to_a_changed_text_a_variant_and_new_provisions(
    made: Town, draft: tuple[str, str], page: Page
) -> None:
    case, _ = draft
    page.goto(f"{made.url}vorgaenge/{case}")
    page.get_by_role("link", name="Bescheid bearbeiten").click()
    page.get_by_label("Text Sachverhalt").fill("Sie wollen eine Linde fällen <b>heute</b>.")
    page.get_by_label("Textbaustein Ermessen").select_option(label="Interesse am Fällen")
    press(page, "Einsetzen: Ermessen")
    expect(page.get_by_label("Text Ermessen")).to_have_value("Ihr Interesse überwiegt.")
    expect(page.get_by_label("Text Ermessen")).to_be_focused()
    expect(page.get_by_label("Text Sachverhalt")).to_have_value("Sie wollen eine Linde fällen <b>heute</b>.")
    page.get_by_label("Abschnitt hinzufügen").select_option("befristung")
    press(page, "Hinzufügen")
    page.get_by_label("Text Befristung").fill("1. Bis Jahresende.")
    press(page, "Nach unten: Befristung")
    press(page, "Speichern")
    expect(page.get_by_text("Der Entwurf ist gespeichert.")).to_be_visible()
    saved = {section.kind: section.blocks[0].text for section in made.bescheid(case).sections}
    assert list(saved)[:3] == ["tenor", "auflage", "befristung"]
    assert saved["ermessen"] == "Ihr Interesse überwiegt."
    assert saved["sachverhalt"] == "Sie wollen eine Linde fällen <b>heute</b>."


def test_the_preview_follows_what_is_typed_and_keeps_nothing(
    made: Town, draft: tuple[str, str], page: Page, complaints: list[str]
) -> None:
    before = made.bescheid(draft[0])
    with page.expect_response(lambda one: "vorschau" in one.url and one.request.is_navigation_request()) as shown:
        page.get_by_label("Text Sachverhalt").press_sequentially(" Und noch ein Satz.")
    assert shown.value.headers["content-type"] == "application/pdf"
    expect(page.get_by_text("Die Vorschau zeigt den Text, wie er jetzt dasteht.")).to_be_visible()
    page.get_by_label("Text Auflagen").fill("Ohne Nummer")
    expect(page.get_by_text("Keine Vorschau: ")).to_contain_text("nummerierten Sätzen")
    assert made.bescheid(draft[0]) == before
    assert "422" in complaints.pop()
    page.evaluate("document.getElementById('werkstatt').removeAttribute('data-dirty')")


def test_a_missing_part_is_said_at_its_place_and_in_a_linked_summary(
    made: Town, draft: tuple[str, str], page: Page, axe: Any, complaints: list[str]
) -> None:
    page.get_by_label("Text Kostenentscheidung").fill("")
    page.get_by_label("Text Rechtslage").fill("Bleibt stehen.")
    press(page, "Speichern")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("So ist der Bescheid nicht vollständig.")
    alert.get_by_role("link", name="Dem Bescheid fehlt: Kostenentscheidung").click()
    field = page.get_by_label("Text Kostenentscheidung")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(re.compile("Dem Bescheid fehlt: Kostenentscheidung"))
    expect(page.get_by_label("Text Rechtslage")).to_have_value("Bleibt stehen.")
    fits(page, axe)
    field.fill("1. Es werden keine Kosten erhoben.")
    press(page, "Speichern")
    expect(page.get_by_text("Der Entwurf ist gespeichert.")).to_be_visible()
    complaints.clear()


def test_two_who_change_it_see_both_versions_and_nobody_overwrites_unknowing(
    made: Town, draft: tuple[str, str], page: Page, axe: Any, complaints: list[str]
) -> None:
    case, bescheid = draft
    page.get_by_label("Text Ermessen").fill("Meine Fassung.")
    change(made, bescheid, ermessen="Bertas Fassung.")
    press(page, "Speichern")
    expect(page.get_by_role("alert")).to_contain_text("inzwischen geändert")
    expect(page.get_by_text("Zuletzt gespeichert hat Berta Bussard.")).to_be_visible()
    expect(page.get_by_label("Text Ermessen")).to_have_value("Meine Fassung.")
    expect(page.get_by_text("Bertas Fassung.")).to_be_visible()
    fits(page, axe)
    press(page, "Mit meiner Fassung speichern")
    expect(page.get_by_text("Der Entwurf ist gespeichert.")).to_be_visible()
    assert "Meine Fassung." in str(made.bescheid(case).sections)
    complaints.clear()


def test_a_session_that_ended_loses_no_text(made: Town, draft: tuple[str, str], page: Page, complaints: list[str]) -> None:
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies()
    page.get_by_label("Text Ermessen").fill("Lange überlegt.")
    page.get_by_role("button", name="Speichern", exact=True).click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="In einem neuen Tab anmelden").click()
    fill_login(opened.value, "anna")
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Sie sind wieder angemeldet")
    opened.value.close()
    page.bring_to_front()
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.get_by_text("Der Entwurf ist gespeichert.")).to_be_visible()
    assert "Lange überlegt." in str(made.bescheid(draft[0]).sections)
    complaints.clear()


@pytest.mark.parametrize("width", [1280, 360])
def test_workshop_and_approval_are_accessible_and_fit(
    made: Town, draft: tuple[str, str], page: Page, axe: Any, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    change(made, draft[1], sachverhalt="W" * 10_000 + "\n\n| Baum | Umfang |\n| Linde | 210 |\n\n- eins\n- zwei")
    page.goto(f"{made.url}bescheide/{draft[1]}")
    fits(page, axe)
    page.goto(f"{made.url}aufgaben/{made.task(draft[0]).id}")
    fits(page, axe)


def test_it_is_done_with_keys_alone(made: Town, draft: tuple[str, str], page: Page) -> None:
    page.get_by_label("Text Ermessen").focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Mit Tasten.")
    page.get_by_role("button", name="Entfernen: Auflagen").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_label("Text Auflagen")).to_have_count(0)
    page.get_by_role("button", name="Speichern", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Der Entwurf ist gespeichert.")).to_be_visible()
    kinds = [section.kind for section in made.bescheid(draft[0]).sections]
    assert "auflage" not in kinds
    assert "Mit Tasten." in str(made.bescheid(draft[0]).sections)


# --- approval ------------------------------------------------------------------------------------------------------


@pytest.fixture
def bertas_page(chromium: Browser, made: Town, complaints: list[str]) -> Iterator[Page]:
    """The browser of a second person."""
    context = chromium.new_context(locale="de-DE", timezone_id="Europe/Berlin")
    page = context.new_page()
    page.set_default_timeout(30_000)
    sign_in(page, made, "berta")
    yield page
    context.close()


def test_who_edited_is_not_offered_the_approval_and_is_told_why(made: Town, draft: tuple[str, str], page: Page) -> None:
    page.goto(f"{made.url}aufgaben/{made.task(draft[0]).id}")
    expect(page.get_by_text("Hier gilt das Vier-Augen-Prinzip: Sie haben „Antrag prüfen“ bearbeitet")).to_be_visible()
    expect(page.get_by_role("button", name="Übernehmen")).to_have_count(0)


def test_a_change_while_somebody_reads_asks_to_read_again_then_it_is_approved_and_issued(
    made: Town, draft: tuple[str, str], page: Page, bertas_page: Page
) -> None:
    case, _ = draft
    bertas_page.goto(made.taken(case, by=BERTA))
    bertas_page.wait_for_selector("[data-form-ready=true]")
    expect(bertas_page.get_by_text("Das öffentliche Interesse überwiegt.")).to_be_visible()
    page.get_by_label("Text Ermessen").fill("Anna hat es sich anders überlegt.")
    press(page, "Speichern")
    expect(page.get_by_text("Der Entwurf ist gespeichert.")).to_be_visible()
    made.work()
    bertas_page.get_by_label("Freigeben", exact=True).check()
    bertas_page.get_by_role("button", name="Abschließen").click()
    expect(bertas_page.get_by_role("alert").first).to_contain_text("Bitte lesen Sie ihn noch einmal.")
    expect(bertas_page.locator("main > #freigabe")).to_contain_text("Anna hat es sich anders überlegt.")
    expect(bertas_page.locator("main > #freigabe")).to_contain_text("Von Hand geändert von Anna Amsel.")
    expect(bertas_page.get_by_label("Freigeben", exact=True)).to_be_checked()
    assert made.bescheid(case).state == "entwurf"
    bertas_page.get_by_role("button", name="Abschließen").click()
    expect(bertas_page.get_by_role("heading", level=1)).to_have_text("Antrag auf eine Probe")
    made.work()
    issued = made.bescheid(case)
    assert (issued.state, issued.approved_by) == ("erlassen", "berta")
    assert "Anna hat es sich anders überlegt." in str(issued.sections)


def test_a_change_after_the_approval_voids_it_and_a_second_login_approves_again(
    made: Town, draft: tuple[str, str], page: Page, bertas_page: Page
) -> None:
    case, bescheid = draft
    task = made.task(case)
    with db.namespace(SLUG):
        complete_aufgabe(task.id, {"freigabe": "ja"}, by=BERTA)
    page.reload()
    expect(page.get_by_text("Der Entwurf ist freigegeben (Berta Bussard).")).to_be_visible()
    page.get_by_label("Text Ermessen").fill("Nach der Freigabe geändert.")
    press(page, "Speichern und Freigabe aufheben")
    expect(page.get_by_text("die Freigabe gilt nicht mehr")).to_be_visible()
    expect(page.get_by_role("button", name="Diesen Entwurf freigeben")).to_have_count(0)
    made.work()
    bertas_page.goto(f"{made.url}bescheide/{bescheid}")
    press(bertas_page, "Diesen Entwurf freigeben")
    expect(bertas_page.get_by_text("Der Entwurf ist freigegeben.", exact=True)).to_be_visible()
    made.work()
    assert made.bescheid(case).state == "erlassen"
    page.reload()
    expect(page.get_by_text("Der Bescheid ist erlassen und kann nicht mehr geändert werden.")).to_be_visible()
