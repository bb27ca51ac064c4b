"""Amtshilfe in the browser: a clerk of Nordfriesland asks, one of Husum answers, and the process goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine import reads
from engine.base import db
from engine.base.db import Installation
from engine.base.rights import SYSTEM
from engine.model import aufgabe, grant
from engine.verbs.cooperate import end_grant
from engine.verbs.design import deploy_bundle
from engine.verbs.kommune import make_kommune
from engine.verbs.konten import add_konto
from tests.browser.akte import FILES, Akte, running
from tests.browser.conftest import Look
from tests.browser.town import fill_login, follow
from tests.engine.cases import TYPES, bundle, rows
from tests.engine.test_amtshilfe import HEARS
from tests.patterns import Patterns
from tests.web.site import HASH, SLUG, application
from web.demo.antrag import application as trees
from web.demo.place import KOMMUNEN

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("installation", ["sqlite"], indirect=True)]

OTHER = "husum"
QUESTION = "Steht die Stieleiche auf dem Grundstück im Baumkataster der Stadt?\n\nBitte schicken Sie uns den Auszug."
ANSWER = "Ja, sie ist unter Nummer 4711 verzeichnet. Der Auszug liegt bei."


@pytest.fixture
def akte(installation: Installation, patterns: Patterns) -> Iterator[Akte]:
    """Nordfriesland with a case, and the Stadt Husum with a clerk."""
    with running(installation, patterns) as akte:
        make_kommune(OTHER, "Stadt Husum", "Stadt", "SH", ["127.0.0.0/8"])
        with db.namespace(OTHER):
            add_konto("hans", "Hans Hansen", "hans@husum.example", frozenset({"sachbearbeitung"}), password=HASH, by=SYSTEM)
        akte.id = akte.submit(trees(KOMMUNEN[0], "7c1b0c1e-0000-4000-8000-00000000a511"), FILES[:2])
        yield akte


def enter(page: Page, akte: Akte, login: str, slug: str = SLUG) -> str:
    """Sign in at a municipality; gives the address of its pages."""
    page.context.clear_cookies()
    address = akte.url.replace(SLUG, slug)
    page.goto(f"{address}anmelden")
    fill_login(page, login)
    expect(page.get_by_role("button", name="Abmelden")).to_be_visible()
    return address


def ask(page: Page, akte: Akte, case: str) -> None:
    """Fill in the page on which one asks for Amtshilfe."""
    page.goto(f"{akte.url}vorgaenge/{case}")
    follow(page, page.get_by_role("link", name="Um Amtshilfe bitten").first)
    page.get_by_label("Welche Kommune?").select_option("Stadt Husum")
    page.get_by_label("Frage").fill(QUESTION)


def test_a_clerk_asks_and_another_municipality_answers(
    akte: Akte, page: Page, look: Look, complaints: list[str], tmp_path: Path
) -> None:
    enter(page, akte, "anna")
    ask(page, akte, akte.id)
    follow(page, page.get_by_role("button", name="Ersuchen stellen"))
    ask(page, akte, akte.id)
    page.get_by_role("checkbox", name="lageplan.pdf (Anlage").check()
    page.get_by_role("checkbox", name="Stieleiche").first.check()
    look("amtshilfe-bitten")
    follow(page, page.get_by_role("button", name="Ersuchen stellen"))
    there = enter(page, akte, "hans", OTHER)
    follow(page, page.get_by_role("link", name="Amtshilfe für andere Kommunen (2)"))
    look("amtshilfe")
    with db.namespace(SLUG):
        answered, other = (one.id for one in reads.list_grants(kind=grant.AMTSHILFE, vorgang_id=akte.id).items)
    page.goto(f"{there}amtshilfe/{SLUG}/{answered}")
    expect(page.get_by_text("Stieleiche", exact=True)).to_be_visible()
    assert "Muster" not in page.content()
    page.get_by_label("Antwort", exact=True).fill(ANSWER)
    look("amtshilfe-ersuchen")
    extract = tmp_path / "auszug.pdf"
    extract.write_bytes(FILES[0].content)
    page.get_by_label("Dokumente zur Antwort").set_input_files(extract)
    follow(page, page.get_by_role("button", name="Antwort senden"))
    expect(page.get_by_text("Ihre Antwort ist gesendet.")).to_be_visible()
    page.goto(f"{there}amtshilfe/{SLUG}/{other}")
    page.get_by_label("Antwort", exact=True).fill(ANSWER)
    with db.namespace(SLUG):
        end_grant(other, by=reads.konto_by_login("anna")[0])
    follow(page, page.get_by_role("button", name="Antwort senden"))
    expect(page.get_by_text(ANSWER)).to_be_visible()
    look("amtshilfe-nicht-gesendet")
    enter(page, akte, "anna")
    page.goto(f"{akte.page()}#amtshilfe")
    block = page.get_by_role("region", name="Amtshilfe")
    expect(block).to_contain_text("Hans Hansen (Stadt Husum)")
    expect(block).to_contain_text("auszug.pdf")
    expect(block).to_contain_text("zurückgezogen am")
    look("vorgang-amtshilfe")
    assert all("404" in said for said in complaints)
    complaints.clear()


def test_the_process_that_waits_goes_on_with_the_answer(akte: Akte, page: Page) -> None:
    with db.namespace(SLUG):
        deploy_bundle(bundle(HEARS, "hoert", "HO"), TYPES, by=SYSTEM)
    sent = akte.send(application(form="hoert"))
    case = str(sent.json["vorgang"]["vorgangId"])  # type: ignore[index]
    enter(page, akte, "anna")
    ask(page, akte, case)
    page.get_by_label("Frage").press("Tab")
    page.get_by_role("checkbox", name="Nummer: 7").press("Space")
    page.get_by_role("button", name="Ersuchen stellen").press("Enter")
    expect(page.get_by_text("Das Ersuchen ist gestellt.")).to_be_visible()
    with db.namespace(SLUG):
        assert rows(aufgabe.T, vorgang_id=case, state="offen") == []
    enter(page, akte, "hans", OTHER)
    follow(page, page.get_by_role("link", name="Amtshilfe für andere Kommunen (1)"))
    follow(page, page.get_by_role("link", name="Kreis Nordfriesland"))
    page.get_by_label("Antwort", exact=True).fill(ANSWER)
    follow(page, page.get_by_role("button", name="Antwort senden"))
    with db.namespace(SLUG):
        assert [one.element for one in rows(aufgabe.T, vorgang_id=case, state="offen")] == ["auswerten"]
