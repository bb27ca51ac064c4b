"""Pages for the browser tests. Every page is watched: an error in its script or a blocked resource fails the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Page, ViewportSize

from engine.base.db import Installation
from tests.browser.town import Town, fits, narrow_enough, sign_in, town
from tests.patterns import Patterns
from tests.pictures import small

ROOT = Path(__file__).resolve().parents[2]
DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}
ZOOMED: ViewportSize = {"width": 320, "height": 740}  # a desk at 400 %
HIGHEST = {1280: 1600, 360: 1400}  # what is below is cut off in pictures, by width


@pytest.fixture
def complaints() -> list[str]:
    """What the pages complained of; a test that provokes a complaint takes it out."""
    return []


@pytest.fixture
def page(chromium: Browser, complaints: list[str]) -> Iterator[Page]:
    context = chromium.new_context(locale="de-DE", timezone_id="Europe/Berlin", viewport=DESK)
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def made(installation: Installation, patterns: Patterns) -> Iterator[Town]:
    """A municipality that is served, with a form and a Bescheid."""
    with town(installation, patterns) as served:
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
        if page.evaluate("typeof axe === 'undefined'"):
            page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8"))
        violations = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then((report) => report.violations)")
        return [f"{found['id']}: {node['html']}" for found in violations for node in found["nodes"]]

    return findings


class Look:
    """Looks at pages as they are, at the widths of a desk and of a phone: each must fit. --pictures takes pictures too."""

    def __init__(self, page: Page, axe: Any, pictures: Path | None) -> None:
        self.page, self.axe, self.pictures = page, axe, pictures

    def __call__(self, name: str) -> None:
        for width, suffix in ((DESK, ""), (PHONE, "-schmal")):
            self.page.set_viewport_size(width)
            if width == PHONE and self.page.locator("[data-bpmn-ready=true]").count():
                self.page.reload()  # a diagram is fitted once, when it is drawn
                self.page.wait_for_selector("[data-bpmn-ready=true]")
            fits(self.page, self.axe)
            if self.pictures:
                self._take(self.pictures / f"{name}{suffix}.png", HIGHEST[width["width"]])
        self.page.set_viewport_size(ZOOMED)
        assert narrow_enough(self.page), self.page.url
        self.page.set_viewport_size(DESK)

    def _take(self, path: Path, most: int) -> None:
        width, height = self.page.evaluate("[document.body.clientWidth, document.documentElement.scrollHeight]")
        clip: FloatRect = {"x": 0, "y": 0, "width": width, "height": min(height, most)}
        small(path, self.page.screenshot(full_page=True, clip=clip, animations="disabled"))


@pytest.fixture
def look(request: pytest.FixtureRequest, page: Page, axe: Any) -> Look:
    return Look(page, axe, ROOT / "docs/bilder" if request.config.getoption("--pictures") else None)
