"""Pages for the browser tests. Every page is watched: an error in its script or a blocked resource fails the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from engine.base.db import Installation
from tests.browser.town import Town, sign_in, town

ROOT = Path(__file__).resolve().parents[2]
DESK: ViewportSize = {"width": 1280, "height": 900}


@pytest.fixture
def complaints() -> list[str]:
    """What the pages complained of; a test that provokes a complaint takes it out."""
    return []


@pytest.fixture
def page(chromium: Browser, complaints: list[str]) -> Iterator[Page]:
    context = chromium.new_context(locale="de-DE", timezone_id="Europe/Berlin", viewport=DESK)
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Takes a picture of a page for docs/desk.md; only with --pictures, and only at the width of a desk."""

    def take(page: Page, name: str) -> None:
        if request.config.getoption("--pictures") and page.viewport_size == DESK:
            page.screenshot(path=ROOT / f"docs/bilder/{name}.png", full_page=True, animations="disabled")

    return take


@pytest.fixture
def made(installation: Installation) -> Iterator[Town]:
    """A municipality that is served, with a form and a Bescheid."""
    with town(installation) as served:
        yield served


@pytest.fixture
def form_case(made: Town) -> str:
    """A case that waits at a form."""
    return made.new_case(form="formular")


@pytest.fixture
def form(made: Town, form_case: str, page: Page) -> Page:
    """The form of a task that Anna has taken."""
    address = made.taken(form_case)
    sign_in(page, made)
    page.goto(address)
    page.wait_for_selector("[data-form-ready=true]")
    return page


@pytest.fixture
def axe(page: Page) -> Any:
    """Findings of axe-core on the page as it is, as `rule: element` lines."""

    def findings() -> list[str]:
        page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8"))
        report = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        return [f"{found['id']}: {node['html']}" for found in report["violations"] for node in found["nodes"]]

    return findings
