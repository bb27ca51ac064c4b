"""The task form in Chromium: errors at their fields, lost races, files; nothing typed is lost."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from engine import reads
from engine.base import db
from engine.verbs.desk import claim_aufgabe, release_aufgabe
from engine.verbs.drafts import save_draft
from tests.browser.town import ANNA, BERTA, Town, fits, saved, sign_in, submit, values_of
from tests.web.site import SLUG

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("installation", ["sqlite"], indirect=True)]
PNG = {"name": "Foto <img src=x onerror=alert(1)>.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n."}
ENGLISH = re.compile(
    r"\b(Browse|Search|Add new|Remove list|No files|Field (is|must)|Choose|Select|Submit|Nothing to|Increment|Decrement)\b"
)


def reload(page: Page) -> None:
    page.reload()
    page.wait_for_selector("[data-form-ready=true]")


# --- errors --------------------------------------------------------------------------------------------------------


def test_an_error_is_corrected_and_the_task_completed(form: Page, form_case: str, complaints: list[str]) -> None:
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
    values = values_of(form_case)
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
    expect(form.get_by_role("button", name="Entfernen: ")).to_be_visible()
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


# --- races ---------------------------------------------------------------------------------------------------------


def test_who_loses_a_race_sees_what_changed_and_keeps_what_was_typed(
    form: Page, made: Town, form_case: str, axe: Any, complaints: list[str]
) -> None:
    form.get_by_label("Ablehnen").check()
    form.get_by_label("Grund").fill("Meine lange Begründung")
    saved(form)
    made.complete(form_case, {"entscheidung": "ja", "grund": "Andere Gründe", "umfang": 210}, by=ANNA)
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


def test_a_double_click_sends_once(form: Page, form_case: str) -> None:
    sent: list[str] = []
    form.on("request", lambda request: sent.append(request.url) if request.url.endswith("/complete") else None)
    form.get_by_label("Genehmigen").check()
    form.get_by_role("button", name="Abschließen").dblclick()
    expect(form.get_by_role("heading", level=1)).to_have_text("Antrag auf eine Probe")
    assert len(sent) == 1


def test_a_draft_that_comes_after_somebody_else_took_the_task_is_told(
    form: Page, made: Town, form_case: str, complaints: list[str]
) -> None:
    with db.namespace(SLUG):
        task = made.task(form_case).id
        release_aufgabe(task, by=ANNA)
        claim_aufgabe(task, by=BERTA)
    form.get_by_label("Grund").fill("Schon verloren")
    expect(form.get_by_role("region", name="Was sich geändert hat")).to_contain_text("Die Aufgabe ist jetzt bei Berta Bussard.")
    expect(form.get_by_label("Was Sie eingegeben hatten")).to_have_value("Grund: Schon verloren")
    complaints.clear()


def test_a_draft_of_a_task_that_another_completed_can_still_be_copied(made: Town, form_case: str, page: Page) -> None:
    made.taken(form_case)
    task = made.task(form_case).id
    with db.namespace(SLUG):
        save_draft(task, {"grund": "Mein Entwurf"}, by=ANNA)
        release_aufgabe(task, by=ANNA)
    made.complete(form_case, {"entscheidung": "ja"}, by=BERTA)
    sign_in(page, made)
    page.goto(f"{made.url}aufgaben/{task}")
    expect(page.get_by_text("Von Ihnen liegt noch ein Entwurf")).to_be_visible()
    expect(page.get_by_label("Grund")).to_have_value("Mein Entwurf")


# --- files ---------------------------------------------------------------------------------------------------------


def test_files_are_uploaded_named_safely_and_answered(form: Page, form_case: str) -> None:
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
        found = {document.name: document for document in reads.list_dokumente(form_case)}
    assert found["Plan.pdf"].media_type == "application/pdf"
    assert values_of(form_case)["fotos"] == [found["Plan.pdf"].id]
    assert len(found) == 2  # what was taken out of the answer stays with the case


def test_a_large_file_shows_how_far_it_is_and_one_too_large_is_refused_at_the_field(
    form: Page, complaints: list[str], tmp_path: Path
) -> None:
    big, huge = tmp_path / "groß.bin", tmp_path / "riesig.bin"
    big.write_bytes(bytes(3 * 1024 * 1024))
    huge.write_bytes(bytes(27 * 1024 * 1024))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    form.route("**/dateien", hold)
    with form.expect_request("**/dateien"):
        form.set_input_files("input[type=file]", big)
    expect(form.get_by_role("progressbar", name="groß.bin wird hochgeladen")).to_be_visible()
    held.pop().continue_()
    expect(form.get_by_role("button", name="Entfernen: groß.bin")).to_be_visible()
    form.unroute("**/dateien")
    form.set_input_files("input[type=file]", huge)
    expect(form.get_by_text(re.compile("zu groß|höchstens 25 MB"))).to_be_visible()
    complaints.clear()
