"""The inbox in Chromium: at a desk, on a phone, by keyboard, without scripts, under its own content security policy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
Konto = Any
PDF = ("Bescheid über die Fällung einer Stieleiche am Deich.pdf", "application/pdf", b"%PDF-1.7 " + b"x" * 50_000)

pytestmark = [pytest.mark.browser, pytest.mark.integration]


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of; a test that provokes a complaint takes it out."""
    return []


@pytest.fixture(params=[(1280, 900), (360, 740)], ids=["desk", "phone"])
def page(request: pytest.FixtureRequest, chromium: Browser, konto: Konto, complaints: list[str]) -> Iterator[Page]:
    """A browser's page that fails the test when it complains. It takes `konto` so as to be closed before the server is."""
    width, height = request.param
    context = chromium.new_context(locale="de-DE", viewport={"width": width, "height": height}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    yield page
    page.wait_for_load_state("networkidle")  # a picture still on its way would be a complaint
    context.close()
    assert complaints == []


@pytest.fixture
def question(konto: Konto) -> str:
    """A message that wants an answer; its id."""
    number: str = konto.send(
        subject="Rückfrage zu Ihrem Antrag auf Fällung einer Stieleiche",
        body="Sehr geehrte Frau Muster,\n\nbitte senden Sie uns ein Foto des Baumes.\n\nIhre Untere Naturschutzbehörde",
        sender="Kreis Nordfriesland",
        reference="NF-2026-000123",
        address={"account": "OSI", "identifier": "00000000-0000-4000-8000-000000000002", "type": "citizen"},
        reply="MANDATORY",
        replyUntil="2099-03-31",
        files=[PDF],
    )
    return number


def fits(page: Page) -> bool:
    """Whether nothing sticks out to the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def faults(page: Page) -> list[str]:
    """Findings of axe-core on the page as it is."""
    page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8"))
    report = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [f"{found['id']}: {node['html']}" for found in report["violations"] for node in found["nodes"]]


def test_a_citizen_reads_and_answers(page: Page, konto: Konto, question: str, tmp_path: Path) -> None:
    photo = tmp_path / "foto.png"
    photo.write_bytes(b"\x89PNG")
    page.goto(konto.url)
    page.get_by_role("link", name="OSI-Postfach").click()
    page.get_by_role("link", name="Rückfrage zu Ihrem Antrag").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Rückfrage zu Ihrem Antrag auf Fällung einer Stieleiche"
    with page.expect_download() as download:
        page.get_by_role("link", name="Bescheid über die Fällung").click()
    assert Path(download.value.path()).read_bytes() == PDF[2]
    page.get_by_label("Ihre Nachricht").fill("Guten Tag,\nhier ist das Foto.")
    page.get_by_label("Dateien").set_input_files(photo)
    page.get_by_role("button", name="Antwort senden").click()
    answers = page.get_by_role("region", name="Ihre Antworten")
    answers.wait_for()
    assert "hier ist das Foto" in answers.inner_text()
    assert "foto.png" in answers.inner_text()
    assert konto.get(f"/api/nachrichten/{question}").json()["state"] == "retrieved"


def test_an_empty_answer_is_refused_in_words(page: Page, konto: Konto, question: str, complaints: list[str]) -> None:
    page.goto(f"{konto.url}/nachricht/{question}")
    page.get_by_role("button", name="Antwort senden").click()
    page.get_by_role("alert").wait_for()
    (complaint,) = complaints
    assert "422" in complaint
    complaints.clear()
    assert "Bitte schreiben Sie einen Text" in page.get_by_role("alert").inner_text()
    assert page.title().startswith("Fehler: ")


@pytest.mark.parametrize("path", ["/", "/postfach/1", "/nachricht/{}"])
def test_pages_fit_the_screen_and_have_no_faults_of_accessibility(page: Page, konto: Konto, question: str, path: str) -> None:
    page.goto(konto.url + path.format(question))
    assert fits(page)
    assert faults(page) == []


def test_the_way_to_an_answer_works_by_keyboard_alone(page: Page, konto: Konto, question: str) -> None:
    page.goto(konto.url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Zum Inhalt springen"
    page.keyboard.press("Enter")
    for _ in range(2):
        page.keyboard.press("Tab")
        while not page.evaluate("document.activeElement.classList.contains('flaeche')"):
            page.keyboard.press("Tab")
        with page.expect_navigation():
            page.keyboard.press("Enter")
    page.get_by_label("Ihre Nachricht").wait_for()
    while page.evaluate("document.activeElement.id") != "text":
        page.keyboard.press("Tab")
        outlined = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outlined == "solid"
    page.keyboard.type("Per Tastatur")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Antwort senden"
    page.keyboard.press("Enter")
    page.get_by_role("region", name="Ihre Antworten").wait_for()
