"""The clerk's day, with everything real: web, worker, clock, Redis, the reference Servicekonto, two people, one applicant.

Log in, find, claim, a form error, ask back; the applicant answers in the inbox; decide; a second login approves; the notice is
delivered, and the diagram moves along.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from engine.base import db
from tests.browser.conftest import Look
from tests.browser.town import follow
from web.demo import wait_until_ready
from web.demo.antrag import application, parts
from web.demo.place import KOMMUNEN, Place, free_port

pytestmark = pytest.mark.browser

ONE = KOMMUNEN[0]
QUESTION = "Wie weit stehen die Bäume vom Haus entfernt?"
ANSWER = "Der nächste Baum steht drei Meter vor der Hauswand."


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The demo, running."""
    for name in [name for name in os.environ if name.startswith(("AMTSWEG_", "REDIS_URL"))]:
        monkeypatch.delenv(name)
    place = Place(tmp_path / "demo", free_port())
    place.prepare()
    db.close()
    with place.supervisor().running():
        wait_until_ready(place)
        yield place
    db.close()


def apply(place: Place) -> str:
    """Send an application as a form system does; gives its Aktenzeichen."""
    files = parts(application(ONE, str(uuid.uuid4())))
    answer = httpx.post(f"{place.url}/{ONE.slug}/antrag", files=files, timeout=30, trust_env=False)
    return str(answer.raise_for_status().json()["vorgang"]["vorgangNummer"])


def sign_in(page: Page, place: Place, who: dict[str, str]) -> None:
    page.goto(f"{place.url}/{ONE.slug}/")
    page.get_by_label("Anmeldename").fill(who["login"])
    page.get_by_label("Passwort").fill(who["password"])
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mein Tag")


def open_task(page: Page, place: Place, name: str, nummer: str) -> None:
    """Find a task in the day, as soon as the process has come to it, and take it."""
    link = page.get_by_role("link", name=f"{name} : {nummer}")
    for _ in range(60):
        page.goto(f"{place.url}/{ONE.slug}/?wer=alle")
        if link.count():
            break
        page.wait_for_timeout(500)
    link.click()
    page.get_by_role("button", name="Übernehmen").click()
    page.wait_for_selector("[data-form-ready=true]")


def done(page: Page) -> None:
    page.get_by_role("button", name="Abschließen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Antrag auf Baumfällgenehmigung")


def answer_in_the_inbox(page: Page, place: Place, look: Look) -> None:
    """The applicant reads the question and answers it."""
    page.goto(place.servicekonto)
    look("postfaecher")
    follow(page, page.get_by_role("link", name="OSI-Postfach").first)
    look("postfach")
    follow(page, page.get_by_role("link", name="Rückfrage").first)
    expect(page.get_by_text(QUESTION)).to_be_visible()
    page.get_by_label("Ihre Nachricht").fill(ANSWER)
    look("postfach-nachricht")
    page.get_by_role("button", name="Antwort senden").click()
    expect(page.get_by_text(ANSWER)).to_be_visible()


def grant(page: Page, place: Place, nummer: str) -> None:
    """Nature conservation has no objection, and the clerk decides."""
    open_task(page, place, "Zum Naturschutz Stellung nehmen", nummer)
    page.get_by_label("Keine Bedenken").check()
    page.get_by_label("Begründung").fill("Keine Nester und keine Höhlen gefunden.")
    done(page)
    open_task(page, place, "Antrag prüfen und entscheiden", nummer)
    page.get_by_label("Genehmigen").check()
    page.get_by_label("Begründung").fill("Die Standsicherheit der Bäume ist nicht mehr gegeben.")
    done(page)


def test_the_clerks_day(place: Place, page: Page, complaints: list[str], look: Look) -> None:
    nummer = apply(place)
    known = place.secrets["kommunen"][ONE.slug]
    page.goto(f"{place.url}/{ONE.slug}/")
    sign_in(page, place, known)
    page.get_by_label("Vorgänge suchen").fill(nummer)
    expect(page.get_by_role("link", name=nummer).first).to_be_visible()

    open_task(page, place, "Vollständigkeit prüfen", nummer)
    page.get_by_role("button", name="Abschließen").click()
    expect(page.get_by_role("alert")).to_contain_text("Ergebnis: Bitte dieses Feld ausfüllen.")
    page.get_by_label("Es fehlt etwas: Rückfrage stellen").check()
    page.get_by_label("Frage an die antragstellende Person").fill(QUESTION)
    done(page)
    case = page.url
    page.wait_for_selector('[data-element-id="rueckfragen"].amtsweg-token')

    answer_in_the_inbox(page, place, look)
    open_task(page, place, "Vollständigkeit prüfen", nummer)
    expect(page.get_by_label("Antwort auf die letzte Rückfrage")).to_have_value(ANSWER)
    page.get_by_label("Vollständig: weiter").check()
    done(page)

    grant(page, place, nummer)

    page.get_by_role("button", name="Abmelden").click()
    sign_in(page, place, known["leitung"])
    open_task(page, place, "Bescheid freigeben", nummer)
    page.get_by_label("Freigeben: Der Bescheid geht hinaus").check()
    done(page)
    page.wait_for_selector('[data-element-id="widerspruch_abwarten"].amtsweg-token', timeout=30_000)
    page.reload()
    expect(page.get_by_text("beschieden", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="Bescheid", exact=True)).to_be_visible()
    assert page.url == case

    page.goto(place.servicekonto)
    page.get_by_role("link", name="Postfach").first.click()
    expect(page.get_by_role("link", name="Ihr Bescheid").first).to_be_visible()
    page.goto(place.baumregister)
    look("baumregister")
    complaints[:] = [said for said in complaints if "favicon" not in said]
