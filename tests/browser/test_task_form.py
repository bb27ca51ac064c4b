"""The task form in Chromium: nothing typed is lost, whatever goes wrong; files, drafts, races, an ended session."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from engine import reads
from engine.base import db
from engine.base.db import Installation
from engine.verbs.drafts import save_draft
from tests.browser.town import ANNA, BERTA, Town, fill_login, fits, new_form_case, sign_in, town
from tests.web.site import SLUG

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("installation", ["sqlite"], indirect=True)]
PNG = {"name": "Foto <img src=x onerror=alert(1)>.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n."}
ENGLISH = re.compile(
    r"\b(Browse|Search|Add new|Remove list|No files|Field (is|must)|Choose|Select|Submit|Nothing to|Increment|Decrement)\b"
)


@pytest.fixture
def made(installation: Installation) -> Iterator[Town]:
    with town(installation) as served:
        yield served


@pytest.fixture
def case(made: Town) -> str:
    return new_form_case(made)


@pytest.fixture
def form(made: Town, case: str, page: Page) -> Page:
    """The form of a task that Anna has taken."""
    address = made.taken(case)
    sign_in(page, made)
    page.goto(address)
    page.wait_for_selector("[data-form-ready=true]")
    return page


def reload(page: Page) -> None:
    page.reload()
    page.wait_for_selector("[data-form-ready=true]")


def saved(page: Page) -> None:
    expect(page.get_by_text("Entwurf gespeichert um")).to_be_visible()


def submit(page: Page) -> None:
    page.get_by_role("button", name="Abschließen").click()


def case_values(case: str) -> dict[str, Any]:
    """The values that a case has now."""
    with db.namespace(SLUG):
        from engine.model import aufgabe
        from tests.engine.cases import rows

        found = reads.form_of(rows(aufgabe.T, vorgang_id=case)[0].id)[1]
        return dict(found)


# --- errors --------------------------------------------------------------------------------------------------------


def test_an_error_is_corrected_and_the_task_completed(form: Page, case: str, complaints: list[str]) -> None:
    form.get_by_label("Grund").fill("Bleibt stehen")
    form.get_by_label("Flur").fill("abc")
    submit(form)
    alert = form.get_by_role("alert").first
    expect(alert).to_contain_text("Entscheidung: Bitte dieses Feld ausfüllen.")
    alert.get_by_role("link", name="Flur: ").click()
    expect(form.get_by_label("Flur")).to_be_focused()
    expect(form.get_by_label("Grund")).to_have_value("Bleibt stehen")
    form.get_by_label("Flur").fill("12")
    form.get_by_label("Genehmigen").check()
    submit(form)
    expect(form.get_by_role("heading", level=1)).to_have_text("Antrag auf eine Probe")
    values = case_values(case)
    assert (values["entscheidung"], values["grund"], values["ort"]["karte"]["flur"]) == ("ja", "Bleibt stehen", "12")


def test_what_only_the_server_refuses_stands_at_nested_fields_and_in_entries_of_lists(
    form: Page, complaints: list[str]
) -> None:
    causes = [
        {"message": "Diese Flur gibt es nicht.", "hint": "", "pointer": "/ort/karte/flur"},
        {"message": "Diese Baumart gibt es nicht.", "hint": "", "pointer": "/baeume/1/art"},
    ]

    def refuse(route: Route) -> None:
        body = json.dumps({"detail": "Bitte zwei Angaben ändern.", "causes": causes})
        route.fulfill(status=422, content_type="application/problem+json", body=body)

    form.route("**/complete", refuse)
    form.get_by_role("button", name="Hinzufügen").click()
    form.get_by_label("Baumart").nth(1).fill("Palme")
    form.get_by_label("Genehmigen").check()
    submit(form)
    alert = form.get_by_role("alert").first
    expect(alert).to_contain_text("Flur: Diese Flur gibt es nicht.")
    alert.get_by_role("link", name="Baumart (2): Diese Baumart gibt es nicht.").click()
    expect(form.get_by_label("Baumart").nth(1)).to_be_focused()
    expect(form.get_by_label("Baumart").nth(1)).to_have_value("Palme")
    expect(form.locator(".fjs-form-field-error")).to_have_count(2)
    assert "422" in complaints.pop()


def test_no_english_is_left(form: Page) -> None:
    form.get_by_label("Umfang in cm").fill("0")
    submit(form)
    form.get_by_label("Ortstermin").click()
    form.wait_for_selector(".flatpickr-calendar.open")
    said = form.locator("main").inner_text()
    attributes = form.evaluate(
        """[...document.querySelectorAll('main *')]
           .flatMap(e => ['aria-label', 'title', 'placeholder'].map(name => e.getAttribute(name)))"""
    )
    spoken = said + "\n" + "\n".join(filter(None, attributes))
    assert ENGLISH.findall(spoken) == []
    assert "Eintrag 1 entfernen" in spoken
    assert "TT.MM.JJJJ" in spoken
    assert "Mo" in said


@pytest.mark.parametrize("width", [1280, 360])
def test_the_form_is_accessible_and_fits(form: Page, axe: Any, width: int) -> None:
    form.set_viewport_size({"width": width, "height": 900})
    form.get_by_label("Grund").fill("x" * 10_000)
    submit(form)
    expect(form.get_by_role("alert").first).to_be_focused()
    form.set_input_files("input[type=file]", [{**PNG, "name": "n" * 180 + ".png"}])  # type: ignore[list-item]
    expect(form.get_by_role("button", name="Entfernen")).to_be_visible()
    saved(form)
    fits(form, axe)


def test_a_form_is_filled_in_with_keys_alone(form: Page) -> None:
    form.get_by_label("Genehmigen").focus()
    form.keyboard.press("Space")
    form.keyboard.press("Tab")
    form.keyboard.type("Mit Tasten")
    chosen = form.locator("input[type=file]")
    chosen.focus()
    expect(chosen).to_be_focused()
    button = form.get_by_role("button", name="Abschließen")
    for _ in range(10):
        form.keyboard.press("Tab")
        if button.evaluate("e => e === document.activeElement"):
            break
    form.keyboard.press("Enter")
    expect(form.get_by_role("heading", level=1)).to_have_text("Antrag auf eine Probe")


# --- drafts --------------------------------------------------------------------------------------------------------


def test_what_is_typed_is_there_after_a_reload_and_can_be_discarded(form: Page, case: str) -> None:
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


def test_a_session_that_ends_while_one_types_loses_nothing(form: Page, case: str, complaints: list[str]) -> None:
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
    assert case_values(case)["grund"] == "Nachher getippt"
    complaints.clear()


def test_completing_after_the_session_ended_goes_on_by_itself(form: Page, case: str, complaints: list[str]) -> None:
    form.get_by_label("Genehmigen").check()
    form.get_by_label("Grund").fill("Einmal getippt")
    end_session(form)
    submit(form)
    expect(form.get_by_text("Ihre Anmeldung ist abgelaufen")).to_be_visible()
    sign_in_in_a_new_tab(form)
    back(form)
    expect(form.get_by_role("heading", level=1)).to_have_text("Antrag auf eine Probe")
    assert case_values(case)["grund"] == "Einmal getippt"
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


# --- races ---------------------------------------------------------------------------------------------------------


def test_who_loses_a_race_sees_what_changed_and_keeps_what_was_typed(
    form: Page, made: Town, case: str, axe: Any, complaints: list[str]
) -> None:
    form.get_by_label("Ablehnen").check()
    form.get_by_label("Grund").fill("Meine lange Begründung")
    saved(form)
    made.complete(case, {"entscheidung": "ja", "grund": "Andere Gründe", "umfang": 210}, by=ANNA)
    submit(form)
    expect(form.get_by_role("alert").first).to_contain_text("Die Aufgabe ist schon erledigt (von Anna Amsel).")
    changed = form.get_by_role("region", name="Was sich geändert hat")
    expect(changed).to_contain_text("Erledigt hat sie Anna Amsel.")
    expect(changed).to_contain_text("„Antrag prüfen“ erledigt")
    row = changed.get_by_role("row", name="Entscheidung")
    expect(row).to_contain_text("keine Angabe")
    expect(row).to_contain_text("Genehmigen")
    expect(changed.get_by_role("row", name="Umfang in cm")).to_contain_text("210")
    expect(changed.get_by_label("Was Sie eingegeben hatten")).to_have_value(
        re.compile("Entscheidung: Ablehnen\nGrund: Meine lange Begründung")
    )
    expect(form.get_by_label("Grund", exact=True)).to_have_value("Meine lange Begründung")
    expect(form.get_by_label("Grund", exact=True)).not_to_be_editable()
    expect(form.get_by_role("button", name="Abschließen")).to_have_count(0)
    fits(form, axe)
    complaints.clear()


def test_a_double_click_sends_once(form: Page, case: str) -> None:
    sent: list[str] = []
    form.on("request", lambda request: sent.append(request.url) if request.url.endswith("/complete") else None)
    form.get_by_label("Genehmigen").check()
    form.get_by_role("button", name="Abschließen").dblclick()
    expect(form.get_by_role("heading", level=1)).to_have_text("Antrag auf eine Probe")
    assert len(sent) == 1


def test_a_draft_that_comes_after_somebody_else_took_the_task_is_told(
    form: Page, made: Town, case: str, complaints: list[str]
) -> None:
    from engine.verbs.desk import claim_aufgabe, release_aufgabe

    with db.namespace(SLUG):
        task = made.task(case).id
        release_aufgabe(task, by=ANNA)
        claim_aufgabe(task, by=BERTA)
    form.get_by_label("Grund").fill("Schon verloren")
    expect(form.get_by_role("region", name="Was sich geändert hat")).to_contain_text("Die Aufgabe ist jetzt bei Berta Bussard.")
    expect(form.get_by_label("Was Sie eingegeben hatten")).to_have_value("Grund: Schon verloren")
    complaints.clear()


def test_a_draft_of_a_task_that_another_completed_can_still_be_copied(made: Town, case: str, page: Page) -> None:
    made.taken(case)
    task = made.task(case).id
    with db.namespace(SLUG):
        from engine.verbs.desk import release_aufgabe

        save_draft(task, {"grund": "Mein Entwurf"}, by=ANNA)
        release_aufgabe(task, by=ANNA)
    made.complete(case, {"entscheidung": "ja"}, by=BERTA)
    sign_in(page, made)
    page.goto(f"{made.url}aufgaben/{task}")
    expect(page.get_by_text("Von Ihnen liegt noch ein Entwurf")).to_be_visible()
    expect(page.get_by_label("Grund")).to_have_value("Mein Entwurf")


# --- files ---------------------------------------------------------------------------------------------------------


def test_files_are_uploaded_named_safely_and_answered(form: Page, case: str) -> None:
    form.set_input_files(
        "input[type=file]",
        [PNG, {"name": "../Plan.pdf", "mimeType": "text/html", "buffer": b"%PDF-1.7\n"}],  # type: ignore[list-item]
    )
    files = form.get_by_role("list", name="Dateien: Fotos").get_by_role("listitem")
    expect(files).to_have_count(2)
    expect(files.first).to_contain_text("Foto _img src=x onerror=alert(1)_.png")
    saved(form)
    reload(form)
    expect(files).to_have_count(2)
    files.first.get_by_role("button").click()
    expect(files).to_have_count(1)
    form.get_by_label("Genehmigen").check()
    submit(form)
    expect(form.get_by_role("heading", level=1)).to_have_text("Antrag auf eine Probe")
    with db.namespace(SLUG):
        found = {document.name: document for document in reads.list_dokumente(case)}
    assert found["Plan.pdf"].media_type == "application/pdf"
    assert case_values(case)["fotos"] == [found["Plan.pdf"].id]
    assert len(found) == 2  # what was taken out of the answer stays with the case


def test_a_large_file_shows_how_far_it_is_and_one_too_large_is_refused_at_the_field(form: Page, complaints: list[str]) -> None:
    waiting = threading.Event()

    def slow(route: Route) -> None:
        waiting.wait(5)
        route.continue_()

    form.route("**/dateien", slow)
    big = {"name": "groß.bin", "mimeType": "application/octet-stream", "buffer": b"x" * (3 * 1024 * 1024)}
    form.set_input_files("input[type=file]", [big])  # type: ignore[list-item]
    expect(form.get_by_role("progressbar", name="groß.bin wird hochgeladen")).to_be_visible()
    waiting.set()
    expect(form.get_by_role("button", name="Entfernen: groß.bin")).to_be_visible()
    form.unroute("**/dateien")
    huge = {"name": "riesig.bin", "mimeType": "application/octet-stream", "buffer": b"x" * (27 * 1024 * 1024)}
    form.set_input_files("input[type=file]", [huge])  # type: ignore[list-item]
    expect(form.get_by_text(re.compile("zu groß|höchstens 25 MB"))).to_be_visible()
    complaints.clear()


def test_a_session_that_ended_during_an_upload_goes_on(form: Page, complaints: list[str]) -> None:
    end_session(form)
    form.set_input_files("input[type=file]", [PNG])  # type: ignore[list-item]
    expect(form.get_by_text("Ihre Anmeldung ist abgelaufen")).to_be_visible()
    sign_in_in_a_new_tab(form)
    back(form)
    expect(form.get_by_role("button", name=re.compile("Entfernen: Foto"))).to_be_visible()
    complaints.clear()
