"""The operator's walk: sign in, make a municipality, give away an application that nobody was competent for."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest
from playwright.sync_api import Page, expect

from engine import reads
from engine.base import db
from engine.base.rights import SYSTEM
from engine.model.zentrale import BETRIEB
from engine.verbs.invite import make_link
from engine.verbs.operator import let_operate, operator
from tests.browser.conftest import Look
from tests.browser.town import Town, fill_login, follow
from tests.web.site import PASSWORD, SLUG, application

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("installation", ["sqlite"], indirect=True)]

LEIKA, HUSUM = "99093003001000", "01054056"
NEEDS_SECONDS = "Die Kommune wird angelegt"


def enter(page: Page, made: Town) -> str:
    """Choose a password with the one-time link and sign in; gives the address of the operator's pages."""
    with operator():
        let_operate("ole", name="Ole Olsen", email="ole@betrieb.example", by=SYSTEM)
        token = make_link("ole", by=SYSTEM).token
    address = made.url.replace(f"/{SLUG}/", f"/{BETRIEB}/")
    page.goto(f"{address}einmallink/{token}")
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    fill_login(page, "ole")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kommunen")
    return address


def fill(page: Page) -> None:
    for label, value in (
        ("Name", "Stadt Husum"), ("Kurzname", "husum"), ("Wer die Kommune verwaltet", "Mara Muster"),
        ("E-Mail der Verwaltung", "mara@husum.example"), ("Netze", "127.0.0.0/8"), ("Stellen", "200001"),
    ):  # fmt: skip
        page.get_by_label(label, exact=label == "Name").fill(value)
    page.get_by_label("Art").select_option("Stadt")
    page.get_by_label("Land").select_option("Schleswig-Holstein")


def parked(made: Town) -> None:
    """An application for which nobody is competent comes in."""
    made.app.extensions["settings"] = replace(made.app.extensions["settings"], senders=(ip_network("127.0.0.0/8"),))
    content = application(stelle="8964128")
    content["control"] |= {"leikaIds": [LEIKA], "ags": HUSUM, "name": "Antrag auf Baumfällgenehmigung"}
    assert made.send(content, path="/antrag").status_code == 200


def test_an_operator_makes_a_municipality_and_gives_it_what_nobody_was_competent_for(
    made: Town, page: Page, look: Look
) -> None:
    address = enter(page, made)
    look("betrieb-kommunen")
    follow(page, page.get_by_role("link", name="Kommune anlegen"))
    fill(page)
    page.evaluate("document.forms[1].addEventListener('submit', (event) => event.preventDefault())")
    page.get_by_role("button", name="Kommune anlegen").click()
    expect(page.get_by_role("status")).to_contain_text(NEEDS_SECONDS)
    page.reload()
    fill(page)
    look("betrieb-kommunen-neu")
    page.get_by_label("E-Mail der Verwaltung").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Stadt Husum")
    expect(page.locator(".aw-secret code").first).to_have_text("mara")
    look("betrieb-kommune")
    parked(made)
    follow(page, page.get_by_role("link", name="Zentrale Poststelle"))
    look("betrieb-poststelle")
    follow(page, page.get_by_role("link", name="ZP-"))
    page.get_by_label("Kommune", exact=True).select_option("Stadt Husum (husum)")
    page.get_by_label("Gilt für").select_option(f"künftig die Leistung {LEIKA} am Ort {HUSUM}")
    look("betrieb-poststelle-sendung")
    follow(page, page.get_by_role("button", name="Zuweisen und zustellen"))
    expect(page.get_by_text("Zugestellt an „husum“.")).to_be_visible()
    with db.namespace("husum"):
        [case] = reads.list_vorgaenge(by=SYSTEM).items
        assert (case.name, case.leistung) == ("Antrag auf Baumfällgenehmigung", "posteingang")
    for path in ("zustaendigkeiten", "zustaendigkeiten/neu", "protokoll"):
        page.goto(f"{address}{path}")
        look(f"betrieb-{path.replace('/', '-')}")
