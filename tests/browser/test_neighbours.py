"""Two municipalities in a browser: both Administrations sign, a substitute works on the other's tasks, and it ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from engine import reads
from engine.base import db
from engine.base.db import Installation
from engine.step import use_doorbell
from tests.browser.conftest import Look
from tests.browser.town import fill_login, follow
from tests.engine.cases import Bell
from tests.engine.neighbours import today
from tests.patterns import Patterns
from tests.served import served
from tests.web import husum
from tests.web.husum import HUSUM, both
from tests.web.site import SLUG, app_on

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("installation", ["sqlite"], indirect=True)]


@pytest.fixture
def base(installation: Installation, patterns: Patterns) -> Iterator[str]:
    """Nordfriesland and Husum, served; gives their address."""
    patterns.settle(both)
    use_doorbell(Bell())
    with served(app_on(installation)) as address:
        yield address


def enter(page: Page, base: str, slug: str, login: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{base}/{slug}/anmelden")
    fill_login(page, login)
    expect(page.get_by_role("button", name="Abmelden")).to_be_visible()


def days(page: Page) -> None:
    page.get_by_label("Erster Tag").fill(today().isoformat())
    page.get_by_label("Letzter Tag").fill(today(14).isoformat())


def offer(page: Page, base: str, look: Look) -> None:
    """Husum lets Doris be covered by Nordfriesland."""
    enter(page, base, HUSUM, "chef")
    page.goto(f"{base}/{HUSUM}/verwaltung/vereinbarungen/neu?art=gemeinsames_amt")
    look("verwaltung-vereinbarungen-neu-amt")
    page.goto(f"{base}/{HUSUM}/verwaltung/vereinbarungen")
    follow(page, page.get_by_role("link", name="Vertretung anbieten"))
    page.get_by_label("Andere Kommune").select_option("Kreis Nordfriesland")
    page.get_by_label("Was vertreten wird").select_option("Doris (Konto)")
    page.get_by_label("Grund").fill("Urlaub")
    days(page)
    look("verwaltung-vereinbarungen-neu")
    follow(page, page.get_by_role("button", name="Unterschreiben und anbieten"))
    expect(page.get_by_text("noch nicht unterschrieben")).to_be_visible()


def sign(page: Page, base: str, look: Look) -> None:
    """Nordfriesland agrees, and says that Anna does it."""
    enter(page, base, SLUG, "chef")
    page.goto(f"{base}/{SLUG}/verwaltung/vereinbarungen")
    look("verwaltung-vereinbarungen")
    follow(page, page.get_by_role("link", name="Vertretung: Stadt Husum"))
    page.get_by_label("Anna", exact=True).check()
    look("verwaltung-befugnis-unterschreiben")
    follow(page, page.get_by_role("button", name="Unterschreiben"))
    expect(page.get_by_text("Unterschrieben. Wer dafür gewählt ist")).to_be_visible()


def work(page: Page, address: str, look: Look, base: str) -> None:
    """Anna takes the task, and completes it by its form."""
    enter(page, base, SLUG, "anna")
    page.goto(address)
    expect(page.get_by_text("Sie vertreten Doris")).to_be_visible()
    page.get_by_role("button", name="Übernehmen").press("Enter")
    page.wait_for_selector("[data-form-ready=true]")
    page.get_by_label("Grund").fill("Die Fäule reicht bis in den Stamm.")
    expect(page.get_by_text("Entwurf gespeichert um")).to_be_visible()
    page.reload()
    page.wait_for_selector("[data-form-ready=true]")
    expect(page.get_by_label("Grund")).to_have_value("Die Fäule reicht bis in den Stamm.")
    page.get_by_label("Genehmigen").check()
    look("anderswo-aufgabe")
    follow(page, page.get_by_role("button", name="Abschließen"))
    expect(page.get_by_text("Anna (Kreis Nordfriesland) für Doris")).to_be_visible()
    look("anderswo-vorgang")


def test_a_substitute_of_another_municipality(base: str, page: Page, look: Look, complaints: list[str]) -> None:
    case = husum.new_case()
    husum.taken_by("doris", case)
    offer(page, base, look)
    sign(page, base, look)
    with db.namespace(HUSUM):
        grant = reads.list_grants().items[0].id
    address = f"{base}/{SLUG}/andere/{HUSUM}/{grant}/aufgaben/{husum.task(case).id}"
    work(page, address, look, base)
    second = address.rpartition("/")[0] + f"/{husum.task(case).id}"
    page.goto(second)
    expect(page.get_by_text("Vier-Augen-Prinzip")).to_be_visible()
    enter(page, base, HUSUM, "doris")
    page.goto(f"{base}/{HUSUM}/vorgaenge/{case}")
    expect(page.get_by_text("Anna (Kreis Nordfriesland) für Doris").first).to_be_visible()
    enter(page, base, HUSUM, "chef")
    page.goto(f"{base}/{HUSUM}/verwaltung/vereinbarungen")
    follow(page, page.get_by_role("link", name="Doris: Kreis Nordfriesland"))
    page.get_by_label("Ja, diese Befugnis soll enden.").check()
    other = page.context.browser.new_context()  # type: ignore[union-attr]
    anna = other.new_page()
    enter(anna, base, SLUG, "anna")
    assert anna.goto(second).status == 200  # type: ignore[union-attr]
    follow(page, page.get_by_role("button", name="Befugnis beenden"))
    assert anna.goto(second).status == 404, "gone at once"  # type: ignore[union-attr]
    expect(anna.get_by_text("Das gibt es hier nicht.")).to_be_visible()
    other.close()
    assert complaints == []


def test_a_stelle_is_covered(base: str, page: Page, look: Look) -> None:
    enter(page, base, HUSUM, "chef")
    page.goto(f"{base}/{HUSUM}/verwaltung/vertretungen")
    page.get_by_label("Was vertreten wird").select_option("Rolle Poststelle")
    page.get_by_label("Wer vertritt").select_option("Doris")
    page.get_by_label("Grund").fill("Umzug der Poststelle")
    days(page)
    follow(page, page.get_by_role("button", name="Vertretung eintragen"))
    expect(page.get_by_text("Rolle Poststelle: vertreten durch Doris")).to_be_visible()
    look("verwaltung-vertretungen")
