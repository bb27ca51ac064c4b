"""A real case in Chromium: read, written to, followed in its diagram, ended; wide, on a phone, with keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine.base import db
from engine.base.db import Installation
from tests.browser.akte import Akte, running
from tests.browser.town import fits
from tests.patterns import Patterns
from tests.web.site import PASSWORD, SLUG

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("installation", ["sqlite"], indirect=True)]


@pytest.fixture
def akte(installation: Installation, patterns: Patterns) -> Iterator[Akte]:
    with running(installation, patterns) as akte:
        yield akte


def sign_in(page: Page, akte: Akte, login: str = "anna") -> None:
    page.goto(akte.url)
    page.get_by_label("Anmeldename").fill(login)
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("button", name="Abmelden")).to_be_visible()


def opened(page: Page, address: str) -> None:
    page.goto(address)
    if page.locator("[data-bpmn-src]").count():
        page.wait_for_selector("[data-bpmn-ready=true]")


def test_a_case_with_hostile_names_is_accessible_and_fits(akte: Akte, page: Page, axe: Any) -> None:
    akte.query()
    sign_in(page, akte)
    for address in ("?verlauf=alles", "/ablauf?prozess=rueckfrage"):
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 900})
            opened(page, akte.page(address))
            fits(page, axe)


def test_a_question_is_written_looked_at_sent_and_answered(akte: Akte, page: Page) -> None:
    sign_in(page, akte)
    opened(page, akte.page())
    page.get_by_role("link", name="Nachricht oder Rückfrage schreiben").first.click()
    expect(page.get_by_text("Soll der Ablauf auf die Antwort warten?")).to_be_visible()
    page.get_by_label("Betreff").fill("Noch eine Frage")
    page.get_by_label("Text").fill("Wie hoch ist die Eiche?\n\nMit freundlichen Grüßen")
    page.get_by_label("lageplan.pdf").check()
    page.get_by_label("eine Antwort wird gebraucht").check()
    page.get_by_label("Frist für die Antwort").fill("14")
    page.get_by_role("button", name="Vorschau").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("So geht die Nachricht hinaus")
    expect(page.get_by_text("Rechtsgrundlage:")).to_be_visible()
    page.get_by_role("button", name="Ändern").click()
    expect(page.get_by_label("Text")).to_have_value("Wie hoch ist die Eiche?\n\nMit freundlichen Grüßen")
    page.get_by_role("button", name="Vorschau").click()
    page.get_by_role("button", name="Senden").dblclick()
    expect(page.get_by_text("Die Nachricht ist unterwegs.")).to_be_visible()
    expect(page.get_by_text("Wir: Noch eine Frage")).to_have_count(1)
    with db.namespace(SLUG):
        akte.settle()
    akte.answer(f"m-{len(akte.outside.sent)}", "Zwölf Meter.")
    page.reload()
    expect(page.locator(".aw-answers")).to_contain_text("Zwölf Meter.")
    expect(page.get_by_text("Wiedervorlage: Antwort auf „Noch eine Frage“ ist da")).to_be_visible()


def test_documents_are_seen_in_the_page_and_nothing_in_them_runs(akte: Akte, page: Page) -> None:
    sign_in(page, akte)
    opened(page, akte.page())
    title = page.title()
    for name in ("foto.png", "lageplan.pdf"):
        page.get_by_text(f"Ansehen: {name}").click()
    picture = page.get_by_role("img", name="foto.png")
    expect(picture).to_be_visible()
    page.wait_for_function("document.querySelector('img.aw-preview').naturalWidth > 0")
    page.get_by_text("Ansehen: antrag.pdf").click()
    address = page.locator("iframe").first.get_attribute("src")
    assert (
        page.request.get(akte.url.partition(f"/{SLUG}")[0] + str(address))
        .headers["content-security-policy"]
        .startswith("sandbox;")
    )
    assert any("chrome-extension" in frame.url for frame in wait_for_viewer(page)), [frame.url for frame in page.frames]
    expect(page.get_by_text("Ansehen: bild.svg")).to_have_count(0)
    assert page.title() == title


def wait_for_viewer(page: Page) -> list[Any]:
    for _ in range(50):
        if any("chrome-extension" in frame.url for frame in page.frames):
            break
        page.wait_for_timeout(200)
    return page.frames


def test_the_diagram_is_large_enough_zooms_and_follows_without_a_reload(akte: Akte, page: Page) -> None:
    sign_in(page, akte)
    opened(page, akte.page("/ablauf"))
    box = page.locator(".amtsweg-canvas").bounding_box()
    assert box is not None
    assert box["width"] > 1000
    place = page.locator('[data-element-id="vollstaendigkeit_pruefen"].amtsweg-token')
    expect(place).to_be_visible()
    before = place.bounding_box()
    page.get_by_role("button", name="Vergrößern").focus()
    page.keyboard.press("Enter")
    after = place.bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] > before["width"] > 60
    page.get_by_role("button", name="Einpassen").click()
    expect(page.locator(".aw-states")).to_contain_text("hier steht der Vorgang")
    akte.query()  # a question goes out, is answered, and the same task stands again
    page.wait_for_selector('[data-element-id="rueckfragen"].amtsweg-passed')
    expect(page.locator(".aw-states")).to_contain_text("zuvor einmal erledigt")
    akte.query()
    expect(page.locator(".amtsweg-count").first).to_have_text("2×")
    page.get_by_label("Welcher Ablauf?").select_option("rueckfrage")
    page.get_by_role("button", name="Anzeigen").click()
    page.wait_for_selector('[data-element-id="antwort_gekommen"].amtsweg-passed')
    assert page.url.endswith("prozess=rueckfrage")


def test_a_case_is_ended_with_keys_alone(akte: Akte, page: Page) -> None:
    sign_in(page, akte)
    opened(page, akte.page())
    page.get_by_role("link", name="Rücknahme des Antrags vermerken").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Grund").focus()
    page.keyboard.type("Sie hat angerufen.")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Die Rücknahme ist vermerkt; der Vorgang ist abgeschlossen.")).to_be_visible()
    expect(page.get_by_text("Antrag zurückgenommen: Sie hat angerufen.").first).to_be_visible()
    page.go_back()
    page.reload()
    expect(page.get_by_text("Das geht mit diesem Vorgang nicht oder nicht mehr")).to_be_visible()


def test_what_the_server_refuses_is_said_at_the_field_and_kept(akte: Akte, page: Page, complaints: list[str]) -> None:
    sign_in(page, akte)
    opened(page, akte.page())
    page.get_by_text("Wiedervorlage anlegen").first.click()
    page.get_by_label("Tag", exact=True).fill("2020-01-01")
    page.get_by_label("Woran wird erinnert?").fill("Gutachten da?")
    page.get_by_role("button", name="Wiedervorlage anlegen").click()
    page.get_by_role("alert").get_by_role("link", name="Bitte einen Tag ab heute wählen.").click()
    expect(page.get_by_label("Tag", exact=True)).to_be_focused()
    expect(page.get_by_label("Woran wird erinnert?")).to_have_value("Gutachten da?")
    assert "422" in complaints.pop()
    page.wait_for_selector("[data-bpmn-ready=true]")
