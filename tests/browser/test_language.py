"""English in Chromium: chosen with keys alone, spoken by the pages and by their scripts."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.town import Town, fits
from tests.web.site import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("installation", ["sqlite"], indirect=True)]


def test_who_chooses_english_works_in_english(made: Town, form_case: str, page: Page, axe: Any) -> None:
    address = made.taken(form_case)
    page.goto(made.url)
    page.get_by_role("group", name="Sprache").get_by_role("button", name="English").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    fits(page, axe)
    page.get_by_label("Login name").fill("anna")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My day")
    fits(page, axe)
    page.goto(address)
    page.wait_for_selector("[data-form-ready=true]")
    page.get_by_label("Flur").fill("12")
    expect(page.get_by_text("Draft saved at")).to_be_visible()
    expect(page.get_by_placeholder("DD.MM.YYYY")).to_be_visible()
    page.get_by_role("button", name="Complete").click()
    expect(page.get_by_role("alert").first).to_contain_text("Entscheidung: Field is required.")
