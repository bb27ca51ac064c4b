"""The shared Ordnungsamt of the demo, with everything real: a permit of the town, decided by people of the county.

Its task stands in their own list; they take it, decide, change the draft, approve it; the letter is the town's, and so is the
file. The Administration of the town sees who did what, and ends it: the list is without it at once.
"""

from __future__ import annotations

import datetime as dt
import uuid

import httpx
import pytest
from playwright.sync_api import Page, expect

from engine import reads
from engine.base import clock, db, files
from tests.browser.conftest import Look
from tests.browser.test_clerks_day import place  # noqa: F401
from tests.browser.town import follow
from tests.pdf import text_of
from web.compose import compose
from web.demo import office
from web.demo.antrag import application, parts
from web.demo.place import KOMMUNEN, Place

pytestmark = pytest.mark.browser

TOWN = KOMMUNEN[1]
WEIGHED = "Beide Bäume sind hohl; die Verkehrssicherheit geht dem Schutz des Ortsbilds vor."


def apply(at: Place) -> str:
    sent = parts(application(TOWN, str(uuid.uuid4())))
    answer = httpx.post(f"{at.url}/{TOWN.slug}/antrag", files=sent, timeout=30, trust_env=False)
    return str(answer.raise_for_status().json()["vorgang"]["vorgangNummer"])


def sign_in(page: Page, at: Place, slug: str, login: str) -> None:
    known = at.secrets["kommunen"][slug]
    who = known if login == known["login"] else known[login]
    page.context.clear_cookies()
    page.goto(f"{at.url}/{slug}/anmelden")
    page.get_by_label("Anmeldename").fill(who["login"])
    page.get_by_label("Passwort").fill(who["password"])
    follow(page, page.get_by_role("button", name="Anmelden"))


def wait_for(page: Page, at: Place, name: str, nummer: str) -> None:
    """The task stands in the list of the county, as soon as the process of the town has come to it."""
    for _ in range(60):
        page.goto(f"{at.url}/{office.GUEST}/?wer=alle")
        if page.get_by_role("link", name=f"{name} : {nummer}").count():
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"{name} has not come: {page.url}")


def take(page: Page, at: Place, name: str, nummer: str) -> None:
    wait_for(page, at, name, nummer)
    page.get_by_role("button", name=f"Übernehmen: {nummer}, {TOWN.name}").press("Enter")
    expect(page.get_by_role("button", name=f"Zurückgeben: {nummer}, {TOWN.name}")).to_be_visible()
    follow(page, page.get_by_role("link", name=f"{name} : {nummer}"))
    page.wait_for_selector("[data-form-ready=true]")


def done(page: Page) -> None:
    follow(page, page.get_by_role("button", name="Abschließen"))
    expect(page.get_by_role("heading", name="Verlauf")).to_be_visible()


def decide(page: Page, at: Place, nummer: str, look: Look) -> None:
    """Complete, weighed, granted."""
    wait_for(page, at, "Vollständigkeit prüfen", nummer)
    expect(page.get_by_text(TOWN.name).first).to_be_visible()
    look("anderswo-mein-tag")
    take(page, at, "Vollständigkeit prüfen", nummer)
    task = page.url
    follow(page, page.get_by_role("link", name="Weitergeben"))
    expect(page.get_by_role("option", name="Leitung der Demo")).to_have_count(1)
    look("anderswo-weitergeben")
    page.goto(task)
    page.wait_for_selector("[data-form-ready=true]")
    page.get_by_label("Vollständig: weiter").check()
    done(page)
    take(page, at, "Ausnahme prüfen und entscheiden", nummer)
    page.get_by_label("Ausnahme erteilen").check()
    page.get_by_label("Ausnahme gilt bis").fill("31.12.2099")
    page.get_by_label("Ausnahme gilt bis").press("Tab")
    page.get_by_label("Abwägung").fill(WEIGHED)
    page.get_by_label("Ersatzpflanzung (Zahl der Bäume)").fill("2")
    done(page)


def change(page: Page, at: Place, look: Look) -> None:
    """The draft is changed in the workshop, and a message is looked at."""
    case = page.url
    for _ in range(60):
        if page.get_by_role("link", name="Bescheid bearbeiten").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    follow(page, page.get_by_role("link", name="Bescheid bearbeiten"))
    look("anderswo-bescheid")
    text = page.locator("textarea[lang=de]").filter(has_text="Bäume").first
    text.fill(f"{text.input_value()} Wir haben den Ort besichtigt.")
    follow(page, page.get_by_role("button", name="Speichern").last)
    expect(page.get_by_text("Der Entwurf ist gespeichert.")).to_be_visible()
    page.goto(case)
    page.get_by_text("Wiedervorlage anlegen").first.click()
    page.get_by_label("Tag", exact=True).fill((clock.local_day(clock.now()) + dt.timedelta(days=28)).isoformat())
    page.get_by_label("Woran wird erinnert?").fill("Ersatzpflanzung ansehen")
    follow(page, page.get_by_role("button", name="Wiedervorlage anlegen"))
    expect(page.get_by_text("Ersatzpflanzung ansehen")).to_be_visible()
    look("anderswo-akte")
    follow(page, page.get_by_role("link", name="Rücknahme des Antrags vermerken"))
    look("anderswo-handlung")
    page.goto(case)
    follow(page, page.get_by_role("link", name="Nachricht oder Rückfrage schreiben"))
    page.get_by_label("Betreff").fill("Ortstermin")
    page.get_by_role("textbox", name="Text").fill("Wir waren heute bei Ihnen.")
    look("anderswo-nachricht")
    follow(page, page.get_by_role("button", name="Vorschau"))
    expect(page.get_by_text(TOWN.letterhead["authority"]).first).to_be_visible()
    follow(page, page.get_by_role("button", name="Senden"))
    expect(page.get_by_text("Die Nachricht ist unterwegs.")).to_be_visible()


def test_the_shared_office(place: Place, page: Page, look: Look, complaints: list[str]) -> None:  # noqa: F811
    nummer = apply(place)
    sign_in(page, place, office.GUEST, "ordnungsamt")
    decide(page, place, nummer, look)
    change(page, place, look)
    case = page.url.partition("#")[0]
    sign_in(page, place, office.GUEST, "leitung")
    take(page, place, "Bescheid freigeben", nummer)
    expect(page.get_by_text("Wir haben den Ort besichtigt.").first).to_be_visible()
    page.get_by_label("Freigeben: Der Bescheid geht hinaus").check()
    done(page)
    for _ in range(60):
        if page.get_by_text("beschieden", exact=True).count():
            break
        page.wait_for_timeout(500)
        page.goto(case)
    expect(page.get_by_text("beschieden", exact=True)).to_be_visible()
    compose(place.settings)
    letter_is_the_towns(nummer)
    db.close()
    all_grants(page, place, look, case)
    complaints[:] = [said for said in complaints if "favicon" not in said and "404" not in said]


def letter_is_the_towns(nummer: str) -> None:
    """Letterhead, remedy body and file are those of the town; the county keeps nothing."""
    with db.namespace(TOWN.slug):
        [found] = [one for one in reads.list_vorgaenge(by=reads.konto_by_login("verwaltung")[0]).items if one.nummer == nummer]
        [notice] = [one for one in reads.list_bescheide(found.id) if one.state == "erlassen"]
        assert notice.sha256 is not None
        said = text_of(files.get(notice.sha256))
        assert notice.approver == f"Leitung der Demo ({KOMMUNEN[0].name})"
    for words in (TOWN.letterhead["address"][0], f"folgender Behörde zu erheben: {TOWN.name}", "Ordnungsamt der Demo"):
        assert words.replace(" ", "") in said, "the text of a PDF comes without its blanks"
    with db.namespace(office.GUEST):
        assert list(files.stored()) == []


def all_grants(page: Page, at: Place, look: Look, case: str) -> None:
    """Both Administrations see the agreement; the town ends it."""
    sign_in(page, at, office.GUEST, "verwaltung")
    page.goto(f"{at.url}/{office.GUEST}/verwaltung/befugnisse")
    follow(page, page.get_by_role("link", name="Gemeinsames Amt: Stadt Husum"))
    expect(page.get_by_text("§ 19a GkZ")).to_be_visible()
    look("verwaltung-befugnis-von")
    sign_in(page, at, TOWN.slug, "verwaltung")
    page.goto(f"{at.url}/{TOWN.slug}/verwaltung/befugnisse")
    look("verwaltung-befugnisse")
    follow(page, page.get_by_role("link", name="Gemeinsames Amt: Kreis Nordfriesland"))
    expect(page.get_by_text("Bescheid freigegeben").or_(page.get_by_text("Aufgabe erledigt")).first).to_be_visible()
    look("verwaltung-befugnis")
    page.get_by_label("Ja, diese Befugnis soll enden.").check()
    follow(page, page.get_by_role("button", name="Befugnis beenden"))
    expect(page.get_by_text("von uns beendet")).to_be_visible()
    sign_in(page, at, office.GUEST, "ordnungsamt")
    page.goto(f"{at.url}/{office.GUEST}/?wer=alle")
    expect(page.get_by_text(TOWN.name)).to_have_count(0)
    assert page.goto(case).status == 404  # type: ignore[union-attr]
