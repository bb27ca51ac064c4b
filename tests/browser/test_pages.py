"""Every page that people see, in a town with real cases: each fits a desk and a phone, and has its picture in docs/desk.md."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine import reads
from engine.base import clock, db
from engine.base.db import Installation
from engine.base.ports import Answer, Call, Refused
from engine.base.rights import SYSTEM
from engine.verbs.invite import make_link
from engine.verbs.konten import add_konto
from engine.verbs.login import change_oidc
from engine.verbs.notes import add_comment, set_reminder
from engine.verbs.stellen import add_stelle
from tests.browser.akte import FILES, PROCESSES, Akte, running, tomorrow, unknown_form
from tests.browser.conftest import Look
from tests.browser.town import fill_login, follow
from tests.engine.cases import ANNA
from tests.patterns import Patterns
from tests.web.site import HASH, SLUG
from web.demo.antrag import application as trees
from web.demo.place import KOMMUNEN

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("installation", ["sqlite"], indirect=True)]

PEOPLE = (("Peter", "Petersen"), ("Inge", "Hansen"))
LETTER = "Wie hoch ist die Eiche?\n\nMit freundlichen Grüßen\nAnna Albers"


@pytest.fixture
def akte(installation: Installation, patterns: Patterns) -> Iterator[Akte]:
    """Nordfriesland with three applications for trees, of which the last is looked at."""
    with running(installation, patterns) as akte:
        for first, last in PEOPLE:
            sent = trees(KOMMUNEN[0], str(uuid.uuid4()))
            for item, name in zip(sent["formData"][0]["formItems"], (first, last), strict=False):
                item["stringValue"] = name
            akte.id = akte.submit(sent, FILES[:2])
        with db.namespace(SLUG):
            add_stelle("Untere Naturschutzbehörde", nummer="100001", by=SYSTEM)
            add_stelle("Amtsleitung", key="leitung", by=SYSTEM)
            add_stelle("Untere Wasserbehörde", nummer="100002", by=SYSTEM)
            roles, password = frozenset({"prozessdesign"}), HASH
            add_konto("dora", "Dora Dorn", "dora@nordfriesland.example", roles, password=password, by=SYSTEM)
        yield akte


def enter(page: Page, akte: Akte, login: str) -> None:
    """Sign in, as the first or as somebody else."""
    page.context.clear_cookies()
    page.goto(f"{akte.url}anmelden")
    fill_login(page, login)
    expect(page.get_by_role("button", name="Abmelden")).to_be_visible()


def drawn(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("[data-bpmn-ready=true]")


def refused(call: Call) -> Answer:
    raise Refused("Das Servicekonto kennt diese Kommune nicht.")


def task_of(akte: Akte) -> str:
    with db.namespace(SLUG):
        return f"{akte.url}aufgaben/{reads.list_aufgaben(vorgang_id=akte.id).items[0].id}"


def test_the_way_in_and_what_goes_wrong(akte: Akte, page: Page, look: Look, complaints: list[str]) -> None:
    page.goto(akte.url.partition(SLUG)[0])
    look("kommunen")
    page.goto(f"{akte.url}anmelden")
    look("anmelden")
    with db.namespace(SLUG):
        link = f"{akte.url}einmallink/{make_link('anna', by=SYSTEM).token}"
    page.goto(link)
    look("einmallink")
    page.goto(link[:-4] + "alt_")
    look("einmallink-vorbei")
    with db.namespace(SLUG):
        add_konto("nele", "Nele Nissen", "nele@nordfriesland.example", frozenset({"sachbearbeitung"}),
                  password=HASH, once=True, by=SYSTEM)  # fmt: skip
        service = {"issuer": "https://anmeldung.nordfriesland.example", "client_id": "amtsweg", "claim": "email"}
        change_oidc(service, via="passwort", by=SYSTEM)
    page.goto(f"{akte.url}anmelden")
    look("anmelden-dienst")
    enter(page, akte, "nele")
    look("neues-passwort")
    enter(page, akte, "anna")
    for path, name in (("mein-konto", "mein-konto"), ("angemeldet", "wieder-angemeldet"), ("vorgaenge/0", "fehler")):
        page.goto(f"{akte.url}{path}")
        look(name)
    page.goto(akte.page("/abgeben"))
    look("abgeben")
    page.get_by_label("Neue Stelle").select_option("Untere Wasserbehörde")
    page.get_by_label("Grund").fill("Die Bäume stehen am Ufer der Treene.")
    clock.move(dt.timedelta(minutes=61))
    try:
        follow(page, page.get_by_role("button", name="Weitergeben"))
        look("sitzung-zu-ende")
        fill_login(page, "anna")
        expect(page.get_by_role("button", name="Jetzt absenden")).to_be_visible()
        look("fortsetzen")
    finally:
        clock.move(dt.timedelta(minutes=-61))
    assert ["410" in complaints[0], "404" in complaints[1], "401" in complaints[-1], len(complaints)] == [True, True, True, 3]
    complaints.clear()


def test_the_day_and_a_task(akte: Akte, page: Page, look: Look, complaints: list[str]) -> None:
    with db.namespace(SLUG):
        set_reminder(akte.id, clock.local_day(clock.now()), "Stellungnahme der Nachbarin da?", True, by=ANNA)
    enter(page, akte, "anna")
    look("mein-tag")
    page.goto(f"{akte.url}?q=hansen&status=NEU")
    look("suche")
    page.goto(f"{task_of(akte)}/weitergeben")
    look("weitergeben")
    page.goto(task_of(akte))
    look("aufgabe-frei")
    page.get_by_role("button", name="Übernehmen").click()
    page.wait_for_selector("[data-form-ready=true]")
    page.get_by_role("button", name="Abschließen").click()
    expect(page.get_by_role("alert")).to_contain_text("Ergebnis: Bitte dieses Feld ausfüllen.")
    look("aufgabe")
    page.get_by_label("Vollständig: weiter").check()
    akte.complete("vollstaendigkeit_pruefen", vollstaendigkeit="rueckfrage", rueckfrage_text="Welche Eiche?")
    page.get_by_role("button", name="Abschließen").click()
    expect(page.get_by_role("region", name="Was sich geändert hat")).to_be_visible()
    look("aufgabe-erledigt")
    assert all("409" in said for said in complaints)
    complaints.clear()


def test_a_case_and_what_is_done_with_it(akte: Akte, page: Page, look: Look) -> None:
    akte.query()
    akte.answer(akte.write("Termin vor Ort", "Passt Ihnen Dienstag?", "14 Tage"), "Ja, Dienstag passt.")
    akte.write("Hinweis", "Wir prüfen weiter.")
    with db.namespace(SLUG):
        add_comment(akte.id, "Herr Petersen vom Nachbarhaus hat angerufen.", by=ANNA)
        set_reminder(akte.id, tomorrow(), "Gutachten da?", True, by=ANNA)
        [id] = [one.id for one in reads.list_nachrichten(akte.id) if one.subject == "Hinweis"]
    enter(page, akte, "anna")
    drawn(page, akte.page())
    look("vorgang")
    drawn(page, akte.page("/ablauf"))
    look("ablauf")
    page.goto(akte.page("/nachricht"))
    page.get_by_label("Betreff").fill("Noch eine Frage")
    page.get_by_label("Text").fill(LETTER)
    page.get_by_label("eine Antwort wird gebraucht").check()
    page.get_by_label("Frist für die Antwort").fill("14")
    look("nachricht")
    follow(page, page.get_by_role("button", name="Vorschau"))
    look("nachricht-vorschau")
    page.goto(f"{akte.url}nachrichten/{id}/geoeffnet")
    look("nachricht-geoeffnet")
    for act in ("zurueckgenommen", "ohne-bescheid"):
        page.goto(akte.page(f"/{act}"))
        look(act)


def test_a_notice_is_edited_approved_and_arrives(akte: Akte, page: Page, look: Look) -> None:
    akte.decide()
    with db.namespace(SLUG):
        bescheid = reads.list_bescheide(akte.id)[-1].id
    enter(page, akte, "anna")
    page.goto(f"{akte.url}bescheide/{bescheid}")
    look("bescheid")
    enter(page, akte, "berta")
    page.goto(task_of(akte))
    page.get_by_role("button", name="Übernehmen").click()
    page.wait_for_selector("[data-form-ready=true]")
    numbers = page.locator(".aw-letter ol").evaluate_all("lists => lists.map((list) => list.start)")
    assert numbers[:5] == [1, 1, 2, 3, 6], "as in the PDF, those of the Nebenbestimmungen run on"
    look("freigabe")
    akte.release()
    page.goto(akte.page("/zugang"))
    look("zugang")


def test_the_post_room(akte: Akte, page: Page, look: Look) -> None:
    akte.id = akte.submit(unknown_form(), FILES[:2])
    enter(page, akte, "paula")
    page.goto(f"{akte.url}posteingang")
    look("posteingang")
    for act in ("zuordnen", "weiterleiten", "verwerfen"):
        page.goto(akte.page(f"/{act}"))
        look(act)


def test_the_administration(akte: Akte, page: Page, look: Look) -> None:
    with db.namespace(SLUG):
        konten = {one.login: one.id for one in reads.list_personen().items}
        stelle = reads.list_stellen()[0].id
    akte.outside.account = refused
    for _ in range(2):
        akte.submit(files=FILES[:2])
    enter(page, akte, "chef")
    pages = (
        "", "konten", "konten/neu", f"konten/{konten['anna']}", "stellen", "stellen/neu", f"stellen/{stelle}", "rollen",
        "anmeldung", "anmeldung/dienst", "netze", "briefkopf", "leistungen", "leistungen/baumfaellung", "konnektoren",
        "konnektoren/servicekonto", "absender", "pruefung", "stoerungen",
    )  # fmt: skip
    for path in pages:
        page.goto(f"{akte.url}verwaltung/{path}")
        name = path.replace(konten["anna"], "konto").replace(stelle, "stelle").replace("/", "-")
        look(f"verwaltung-{name}".removesuffix("-"))
    follow(page, page.get_by_role("link", name="Ansehen und beheben").first)
    look("verwaltung-stoerung")
    page.goto(f"{akte.url}verwaltung/stoerungen")
    follow(page, page.get_by_role("link", name="2-mal"))
    follow(page, page.get_by_role("button", name="Alle 2 dieser Art noch einmal versuchen"))
    look("verwaltung-stoerungen-versucht")


def test_the_studio(akte: Akte, page: Page, look: Look, tmp_path: Path, complaints: list[str]) -> None:
    with db.namespace(SLUG):
        version = reads.current_version("baumfaellung")
    enter(page, akte, "dora")
    whole = f"fassungen/{version}"
    parts = ("", "/tabellen", "/formulare", "/briefe", "/werte", "/szenarien", "/probe")
    for path in ("", "leistungen/baumfaellung", "hochladen", *(whole + part for part in parts)):
        page.goto(f"{akte.url}studio/{path}")
        if path == whole:
            page.wait_for_selector("[data-bpmn-ready=true]")
        if path.endswith("formulare"):
            page.wait_for_selector("[data-form-ready=true]")
        look(f"studio-{path.replace(whole, 'fassung').replace('/', '-')}".removesuffix("-"))
    follow(page, page.get_by_role("button", name="Übernehmen"))
    page.get_by_role("button", name="Probeantrag stellen").click()
    page.wait_for_selector("[data-bpmn-ready=true]")
    look("studio-probevorgang")
    [diagram] = (PROCESSES / "nordfriesland/baumfaellung").glob("baumfaellung.bpmn")
    wrong = tmp_path / diagram.name
    wrong.write_text(diagram.read_text(encoding="utf-8").replace('formId="pruefung"', 'formId="prufung"'), encoding="utf-8")
    page.goto(f"{akte.url}studio/hochladen?leistung=baumfaellung")
    page.get_by_label("Datei", exact=True).set_input_files(wrong)
    page.get_by_role("button", name="Prüfen").click()
    page.wait_for_selector("[data-bpmn-ready=true]")
    look("studio-pruefung")
    complaints.clear()
