"""The Administration in Chromium: a Konto from its first password to its key, a session that ends while somebody types."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine.base import clock, db
from engine.base.db import Installation
from engine.base.rights import ROLES, SYSTEM
from engine.step import use_doorbell
from engine.verbs.design import deploy_bundle
from engine.verbs.kommune import make_kommune
from engine.verbs.konten import add_konto
from engine.verbs.login import change_oidc
from engine.verbs.operate import change_setting
from engine.verbs.stellen import add_stelle
from tests.browser.town import fits
from tests.engine.cases import POSTEINGANG, PROBE, TYPES, Bell, bundle
from tests.patterns import Patterns
from tests.web.provider import CLIENT, SECRET, Provider
from tests.web.site import HASH, PASSWORD, SLUG, Site, app_on

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("installation", ["sqlite"], indirect=True)]

NEW = "vier Worte genügen auch"
LONG = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstelle"


class Running(Site):
    """The site with a server of its own."""

    url = ""
    case = ""


def furnish() -> None:
    make_kommune(SLUG, "Kreis Nordfriesland", "Kreis", "SH", ["127.0.0.0/8"])
    with db.namespace(SLUG):
        deploy_bundle(bundle(POSTEINGANG, "posteingang", "PE"), TYPES, by=SYSTEM)
        deploy_bundle(bundle(PROBE, "probe", "PR"), TYPES, by=SYSTEM)
        everything = frozenset(ROLES)
        add_konto("chef", "Chef", "chef@husum.example", everything, password=HASH, by=SYSTEM)
        change_setting("antrag.absender", ["127.0.0.0/8"], by=SYSTEM)
        add_stelle("Untere Naturschutzbehörde", nummer="100001", by=SYSTEM)
        add_stelle(LONG, key="rente", by=SYSTEM)


@pytest.fixture
def running(installation: Installation, patterns: Patterns, serve: Callable[[Any], str]) -> Running:
    patterns.settle(furnish)
    site = Running(app_on(installation), Bell())
    use_doorbell(site.bell)
    site.case = site.new_case()
    site.url = f"{serve(site.app)}/{SLUG}/"
    return site


def sign_in(page: Page, login: str = "chef", password: str = PASSWORD) -> None:
    page.get_by_label("Anmeldename").fill(login)
    page.get_by_label("Passwort").fill(password)
    page.get_by_role("button", name="Anmelden").click()


def refused(complaints: list[str], *statuses: int) -> None:
    """Chromium complains of every refused page on its console: that is what was provoked here."""
    assert [int(found[1]) for line in complaints if (found := re.search(r"status of (\d+)", line))] == list(statuses)
    complaints.clear()


def test_a_konto_from_its_first_password_to_its_own(running: Running, page: Page, complaints: list[str]) -> None:
    page.goto(f"{running.url}verwaltung/")
    sign_in(page)
    page.get_by_role("main").get_by_role("link", name="Konten", exact=True).last.click()
    page.get_by_role("link", name="Konto anlegen").click()
    page.get_by_label("Name", exact=True).fill("Paula Probe")
    page.get_by_label("Anmeldename").fill("Paula P")
    page.get_by_label("E-Mail").fill("paula@husum.example")
    page.get_by_label("Sachbearbeitung").check()
    page.get_by_label("Untere Naturschutzbehörde").check()
    page.get_by_role("button", name="Konto anlegen").click()
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_label("Anmeldename")).to_be_focused()
    page.get_by_label("Anmeldename").fill("paula")
    expect(page.get_by_label("Sachbearbeitung")).to_be_checked()
    page.get_by_role("button", name="Konto anlegen").dblclick()
    password = page.locator(".aw-secret code").inner_text()
    page.reload()
    expect(page.locator(".aw-secret")).to_have_count(0)
    page.get_by_role("button", name="Abmelden").click()
    sign_in(page, "paula", password)
    expect(page.get_by_role("heading", level=1)).to_have_text("Neues Passwort")
    page.get_by_label("Neues Passwort", exact=True).fill("Paula Probe 1")
    page.get_by_label("Neues Passwort wiederholen").fill("Paula Probe 1")
    page.get_by_role("button", name="Speichern und weiter").click()
    expect(page.get_by_role("alert")).to_contain_text("Ihrem Namen")
    page.get_by_label("Neues Passwort", exact=True).fill(NEW)
    page.get_by_label("Neues Passwort wiederholen").fill(NEW)
    page.get_by_role("button", name="Speichern und weiter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mein Tag")
    expect(page.get_by_role("link", name="Verwaltung")).to_have_count(0)
    page.get_by_role("link", name="Mein Konto: Paula Probe").click()
    expect(page.get_by_text("Untere Naturschutzbehörde")).to_be_visible()
    refused(complaints, 422, 422)


def test_a_session_that_ends_while_somebody_types_loses_nothing(running: Running, page: Page, complaints: list[str]) -> None:
    page.goto(f"{running.url}vorgaenge/{running.case}/abgeben")
    sign_in(page)
    page.get_by_label("Neue Stelle").select_option(LONG)
    page.get_by_label("Grund").fill('Zeile eins\nZeile "zwei" <b>')
    clock.move(dt.timedelta(minutes=61))
    try:
        page.get_by_role("button", name="Weitergeben").click()
        expect(page.get_by_text("Was Sie eingegeben haben, ist noch da.")).to_be_visible()
        sign_in(page)
        page.get_by_role("button", name="Jetzt absenden").click()
        expect(page.get_by_text("ist an die andere Stelle gegeben")).to_be_visible()
        expect(page.get_by_text('Zeile "zwei" <b>')).to_be_visible()
    finally:
        clock.move(dt.timedelta(minutes=-61))
    refused(complaints, 401)


def test_a_login_in_another_tab_makes_no_form_worthless(running: Running, page: Page, complaints: list[str]) -> None:
    page.goto(f"{running.url}vorgaenge/{running.case}/abgeben")
    sign_in(page)
    page.get_by_label("Neue Stelle").select_option(LONG)
    page.get_by_label("Grund").fill("Mein Grund")
    other = page.context.new_page()
    other.goto(running.url)
    other.get_by_role("button", name="Abmelden").click()
    sign_in(other)
    expect(other.get_by_role("heading", level=1)).to_have_text("Mein Tag")
    page.get_by_role("button", name="Weitergeben").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Weiter, wo Sie waren")
    page.get_by_role("button", name="Jetzt absenden").click()
    expect(page.get_by_text("Mein Grund")).to_be_visible()
    refused(complaints, 400)


def test_through_the_login_service_and_back(running: Running, page: Page, serve: Callable[[Any], str]) -> None:
    provider = Provider(login="chef")
    provider.url = serve(provider.wsgi)
    with db.namespace(SLUG):
        value = {"issuer": provider.url, "client_id": CLIENT, "client_secret": SECRET, "claim": "preferred_username"}
        change_oidc(value, via="passwort", loopback=True, by=SYSTEM)
    page.goto(f"{running.url}posteingang")
    page.get_by_role("link", name="Über den Anmeldedienst anmelden").click()
    page.get_by_role("link", name="Ich bin chef").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Posteingang")


def test_with_keys_alone(running: Running, page: Page) -> None:
    page.goto(f"{running.url}verwaltung/stellen/neu")
    sign_in(page)
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.type("Bauamt")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bauamt")


def test_very_long_names_are_accessible_and_fit_the_narrowest(
    running: Running, page: Page, axe: Any, complaints: list[str]
) -> None:
    page.set_viewport_size({"width": 320, "height": 900})
    with db.namespace(SLUG):
        konto = add_konto(
            "lang", f"{LONG} {LONG}", f"{'x' * 60}@husum.example", frozenset({"poststelle"}), frozenset({"rente"}), by=SYSTEM
        )
        stelle = add_stelle(f"{LONG} II", key=LONG, by=SYSTEM)
        long = {"issuer": f"https://{'a' * 60}.example/{'b' * 200}", "client_id": "x", "claim": "email"}
        change_oidc(long, via="oidc", by=SYSTEM)
    page.goto(f"{running.url}anmelden")
    fits(page, axe)
    sign_in(page)
    pages = ("konten", "konten?q=niemand", f"konten/{konto}", "stellen", f"stellen/{stelle}", "anmeldung/dienst")
    for path in (*(f"verwaltung/{part}" for part in pages), "mein-konto", f"vorgaenge/{running.case}/abgeben"):
        page.goto(f"{running.url}{path}")
        fits(page, axe)
    page.goto(f"{running.url}verwaltung/konten/{konto}")
    page.get_by_role("button", name="Passwort zurücksetzen").click()
    page.get_by_role("button", name="Schlüssel erzeugen").click()
    fits(page, axe)
    page.goto(f"{running.url}verwaltung/netze")
    page.get_by_label("Netze, eines in jeder Zeile").fill("192.0.2.0/24")
    page.get_by_role("button", name="Speichern").click()
    fits(page, axe)
    page.goto(f"{running.url}verwaltung/konten/neu")
    page.get_by_label("Name", exact=True).fill("x" * 300)
    page.get_by_label("Anmeldename").fill("A B")
    page.get_by_label("E-Mail").fill("a@b")
    page.get_by_role("button", name="Konto anlegen").click()
    fits(page, axe)
    refused(complaints, 422, 422)
