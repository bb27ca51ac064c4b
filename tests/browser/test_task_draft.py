"""What is typed into the task form and not sent, in Chromium: it survives reloads, a server that is away, an ended session."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.town import Town, fill_login, saved, submit, values_of

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("installation", ["sqlite"], indirect=True)]
PNG = {"name": "Foto <img src=x onerror=alert(1)>.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n."}


def reload(page: Page) -> None:
    page.reload()
    page.wait_for_selector("[data-form-ready=true]")


# --- drafts --------------------------------------------------------------------------------------------------------


def test_what_is_typed_is_there_after_a_reload_and_can_be_discarded(form: Page, form_case: str) -> None:
    form.get_by_label("Ablehnen").check()
    form.get_by_label("Grund").fill("Halb fer")
    form.get_by_role("button", name="Hinzufügen").click()
    form.get_by_label("Baumart").nth(1).fill("Esche")
    saved(form)
    form.wait_for_timeout(1500)
    reload(form)
    expect(form.get_by_text(re.compile("Entwurf vom .* geladen"))).to_be_visible()
    expect(form.get_by_label("Grund")).to_have_value("Halb fer")
    expect(form.get_by_label("Ablehnen")).to_be_checked()
    expect(form.get_by_label("Baumart").nth(1)).to_have_value("Esche")
    form.get_by_role("button", name="Entwurf verwerfen").click()
    expect(form.get_by_label("Grund")).to_have_value("")
    form.wait_for_selector("[data-form-ready=true]")
    expect(form.get_by_text(re.compile("Entwurf vom .* geladen"))).to_have_count(0)


def test_what_was_typed_just_before_leaving_is_kept(form: Page) -> None:
    form.get_by_label("Grund").fill("Im letzten Augenblick")
    reload(form)
    expect(form.get_by_label("Grund")).to_have_value("Im letzten Augenblick")


def test_a_draft_is_gone_after_the_completion_and_the_back_button_shows_the_task_as_done(form: Page, made: Town) -> None:
    form.get_by_label("Grund").fill("Fertig")
    saved(form)
    form.get_by_label("Genehmigen").check()
    submit(form)
    expect(form.get_by_role("heading", level=1)).to_have_text("Antrag auf eine Probe")
    form.go_back()
    expect(form.get_by_text("Diese Aufgabe ist nicht mehr offen.")).to_be_visible()
    expect(form.get_by_role("button", name="Abschließen")).to_have_count(0)
    assert form.evaluate("Object.keys(sessionStorage).filter(k => k.startsWith('amtsweg:'))") == []


def test_without_the_server_it_stays_in_the_tab_until_the_server_is_back(form: Page, complaints: list[str]) -> None:
    form.route("**/entwurf", lambda route: route.abort())
    form.get_by_label("Grund").fill("Ohne Netz")
    expect(form.get_by_text("Der Entwurf ist noch nicht gespeichert")).to_be_visible()
    reload(form)
    expect(form.get_by_label("Grund")).to_have_value("Ohne Netz")
    form.unroute("**/entwurf")
    form.get_by_label("Grund").fill("Wieder mit Netz")
    saved(form)
    complaints.clear()


# --- an ended session ----------------------------------------------------------------------------------------------


def end_session(page: Page) -> None:
    """As if the night had passed; an answer still on its way would bring the cookie back."""
    page.wait_for_timeout(1500)
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies()


def sign_in_in_a_new_tab(page: Page, login: str = "anna") -> None:
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="In einem neuen Tab anmelden").click()
    fill_login(opened.value, login)
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Sie sind wieder angemeldet")
    opened.value.close()


def back(page: Page) -> None:
    """Return to the tab; without a window manager nothing tells it that it has the focus again."""
    page.bring_to_front()
    page.evaluate("dispatchEvent(new Event('focus'))")


def test_a_session_that_ends_while_one_types_loses_nothing(form: Page, form_case: str, complaints: list[str]) -> None:
    form.get_by_label("Grund").fill("Vorher")
    saved(form)
    end_session(form)
    form.get_by_label("Grund").fill("Nachher getippt")
    expect(form.get_by_text("Ihre Anmeldung ist abgelaufen")).to_be_visible()
    form.get_by_label("Genehmigen").check()
    sign_in_in_a_new_tab(form)
    back(form)
    expect(form.get_by_text("Ihre Anmeldung ist abgelaufen")).to_have_count(0)
    expect(form.get_by_label("Grund")).to_have_value("Nachher getippt")
    saved(form)
    submit(form)
    expect(form.get_by_role("heading", level=1)).to_have_text("Antrag auf eine Probe")
    assert values_of(form_case)["grund"] == "Nachher getippt"
    complaints.clear()


def test_completing_after_the_session_ended_goes_on_by_itself(form: Page, form_case: str, complaints: list[str]) -> None:
    form.get_by_label("Genehmigen").check()
    form.get_by_label("Grund").fill("Einmal getippt")
    end_session(form)
    submit(form)
    expect(form.get_by_text("Ihre Anmeldung ist abgelaufen")).to_be_visible()
    sign_in_in_a_new_tab(form)
    back(form)
    expect(form.get_by_role("heading", level=1)).to_have_text("Antrag auf eine Probe")
    assert values_of(form_case)["grund"] == "Einmal getippt"
    complaints.clear()


def test_a_page_that_was_left_with_an_ended_session_gives_back_what_was_typed(
    form: Page, made: Town, complaints: list[str]
) -> None:
    end_session(form)
    form.get_by_label("Grund").fill("Noch im Tab")
    expect(form.get_by_text("Ihre Anmeldung ist abgelaufen")).to_be_visible()
    address = form.url
    form.goto(address)
    fill_login(form, "anna")
    form.wait_for_selector("[data-form-ready=true]")
    expect(form.get_by_label("Grund")).to_have_value("Noch im Tab")
    complaints.clear()


def test_somebody_else_who_signs_in_does_not_send_it(form: Page, complaints: list[str]) -> None:
    end_session(form)
    form.get_by_label("Grund").fill("Von Anna")
    expect(form.get_by_text("Ihre Anmeldung ist abgelaufen")).to_be_visible()
    sign_in_in_a_new_tab(form, "berta")
    form.bring_to_front()
    form.get_by_role("button", name="Ich bin wieder angemeldet").click()
    expect(form.get_by_text("Angemeldet ist jetzt berta.")).to_be_visible()
    expect(form.get_by_label("Grund")).to_have_value("Von Anna")
    complaints.clear()


def test_signing_in_anew_elsewhere_does_not_make_the_page_stale(form: Page, made: Town, complaints: list[str]) -> None:
    other = form.context.new_page()
    other.goto(made.url)
    other.get_by_role("button", name="Abmelden").click()
    fill_login(other, "anna")
    expect(other.get_by_role("button", name="Abmelden")).to_be_visible()
    other.close()
    form.get_by_label("Genehmigen").check()
    form.get_by_label("Grund").fill("Mit altem Zeichen")
    submit(form)
    expect(form.get_by_role("heading", level=1)).to_have_text("Antrag auf eine Probe")
    assert "400" in complaints.pop(0)  # once with the token of the former session


def test_a_session_that_ended_during_an_upload_goes_on(form: Page, complaints: list[str]) -> None:
    end_session(form)
    form.set_input_files("input[type=file]", [PNG])  # type: ignore[list-item]
    expect(form.get_by_text("Ihre Anmeldung ist abgelaufen")).to_be_visible()
    sign_in_in_a_new_tab(form)
    back(form)
    expect(form.get_by_role("button", name=re.compile("Entfernen: Foto"))).to_be_visible()
    complaints.clear()
