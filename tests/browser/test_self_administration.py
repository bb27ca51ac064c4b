"""The Administration of a municipality walks through all that it manages itself, once, and the operator does nothing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.base import clock, db
from engine.model import aufgabe, protokoll
from tests.browser.test_administration import chef, running
from tests.browser.test_desk import Running
from tests.browser.town import follow
from tests.engine.cases import rows
from tests.pictures import png
from tests.web.site import PASSWORD, SLUG, application

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("installation", ["sqlite"], indirect=True)]

__all__ = ["chef", "running"]

NEW = "vier Worte genügen auch"


def go(page: Page, part: str) -> None:
    """Go to a part of the Administration by its menu."""
    follow(page, page.get_by_role("navigation", name="Verwaltung").get_by_role("link", name=part, exact=True))


def press(page: Page, button: str, said: str) -> None:
    """Press a button, and read what the page says then."""
    follow(page, page.get_by_role("button", name=button, exact=True).first)
    expect(page.get_by_role("status").first).to_contain_text(said)


def refused(page: Page, button: str, why: str, complaints: list[str]) -> None:
    """Press a button, and read why that does not go."""
    follow(page, page.get_by_role("button", name=button, exact=True).first)
    expect(page.get_by_role("alert")).to_contain_text(why)
    assert "422" in complaints.pop()


def test_everything_that_is_hers_without_the_operator(
    running: Running, chef: Page, chromium: Browser, tmp_path: Path, complaints: list[str]
) -> None:
    units_and_people(chef)
    password = chef.locator(".aw-secret code").inner_text()
    signs_in_for_the_first_time(running, chromium, password)
    mends_konten(chef, complaints)
    the_way_in(chef, complaints)
    what_is_worked_with(chef, tmp_path)
    how_long_it_is_kept(running, chef, complaints)
    stands_in(running, chef, chromium)
    tags = {line.tag for line in protokoll_of("chef")}
    assert tags >= {
        "stelle:angelegt", "konto:angelegt", "konto:geaendert", "konto:gesperrt", "konto:entsperrt",
        "konto:passwort_zurueckgesetzt", "kommune:netze", "einstellung:geaendert", "briefkopf:geaendert",
        "parameter:geaendert", "konnektor:geaendert", "absender:geaendert", "aufbewahrung:geaendert", "loeschsperre:gesetzt",
        "loeschsperre:aufgehoben", "vertretung:begonnen",
    }  # fmt: skip


def protokoll_of(login: str) -> list[object]:
    with db.namespace(SLUG):
        return rows(protokoll.T, konto=login)


def units_and_people(chef: Page) -> None:
    for name in ("Bauamt", "Ordnungsamt"):
        go(chef, "Stellen")
        follow(chef, chef.get_by_role("link", name="Stelle anlegen"))
        chef.get_by_label("Name", exact=True).fill(name)
        press(chef, "Stelle anlegen", "Die Stelle ist angelegt.")
    go(chef, "Konten")
    follow(chef, chef.get_by_role("link", name="Konto anlegen"))
    chef.get_by_label("Name", exact=True).fill("Ute Uhl")
    chef.get_by_label("Anmeldename").fill("ute")
    chef.get_by_label("E-Mail").fill("ute@nordfriesland.example")
    chef.get_by_label("Sachbearbeitung").check()
    for name in ("Bauamt", "Ordnungsamt"):
        chef.get_by_label(name).check()
    press(chef, "Konto anlegen", "Passwort für die nächste Anmeldung")


def signs_in_for_the_first_time(running: Running, chromium: Browser, password: str) -> None:
    page = chromium.new_context(locale="de-DE").new_page()
    page.goto(running.url)
    page.get_by_label("Anmeldename").fill("ute")
    page.get_by_label("Passwort").fill(password)
    follow(page, page.get_by_role("button", name="Anmelden"))
    page.get_by_label("Neues Passwort", exact=True).fill(NEW)
    page.get_by_label("Neues Passwort wiederholen").fill(NEW)
    page.get_by_role("button").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mein Tag")
    page.context.close()


def mends_konten(chef: Page, complaints: list[str]) -> None:
    chef.get_by_label("Ordnungsamt").uncheck()
    press(chef, "Speichern", "Gespeichert.")
    press(chef, "Passwort zurücksetzen", "Passwort für die nächste Anmeldung")
    press(chef, "Konto sperren", "Das Konto ist gesperrt.")
    press(chef, "Konto entsperren", "Das Konto ist entsperrt.")
    go(chef, "Konten")
    follow(chef, chef.get_by_role("link", name="Chefin").last)
    chef.get_by_label("Administration").uncheck()
    refused(chef, "Speichern", "Das ist die letzte Administration.", complaints)
    go(chef, "Rollen")
    expect(chef.get_by_text("mit einer Löschsperre aufhalten").first).to_be_visible()


def the_way_in(chef: Page, complaints: list[str]) -> None:
    go(chef, "Netze")
    chef.get_by_label("Netze, eines").fill("192.0.2.0/24")
    refused(chef, "Speichern", "Ihre eigene Adresse", complaints)
    chef.get_by_label("Netze, eines").fill("192.0.2.0/24\n127.0.0.0/8")
    press(chef, "Speichern", "Gespeichert.")
    go(chef, "Anmeldung")
    chef.get_by_label("Minuten ohne Benutzung").fill("45")
    press(chef, "Speichern", "Gespeichert.")
    follow(chef, chef.get_by_role("link", name="Anmeldedienst einrichten"))
    chef.get_by_label("Adresse des Dienstes").fill("http://127.0.0.1:9")
    chef.get_by_label("Kennung").fill("amtsweg")
    press(chef, "Nur prüfen", "nicht zu erreichen")
    press(chef, "Speichern", "Gespeichert.")
    press(chef, "Anmeldedienst entfernen", "Der Anmeldedienst ist entfernt.")


def what_is_worked_with(chef: Page, tmp_path: Path) -> None:
    (tmp_path / "wappen.png").write_bytes(png(30, 20))
    go(chef, "Briefkopf und Texte")
    chef.get_by_label("Behörde").fill("Kreis Nordfriesland")
    chef.get_by_label("Anschrift").fill("Marktstraße 6\n25813 Husum")
    chef.get_by_label("Logo", exact=False).first.set_input_files(tmp_path / "wappen.png")
    chef.get_by_label("Was auf dem Logo").fill("Wappen")
    chef.get_by_label("Gruß").fill("Freundliche Grüße")
    press(chef, "Speichern", "Gespeichert.")
    expect(chef.get_by_role("img", name="Jetziges Logo: Wappen")).to_be_visible()
    go(chef, "Werte der Leistungen")
    follow(chef, chef.get_by_role("link", name="Genehmigung zum Fällen von Bäumen"))
    chef.get_by_role("textbox", name="Genehmigung", exact=True).fill("75,50")
    press(chef, "Speichern", "1 Wert geändert.")
    go(chef, "Konnektoren")
    follow(chef, chef.get_by_role("main").get_by_role("link", name="Servicekonto").first)
    chef.get_by_label("Adresse").fill("http://127.0.0.1:9")
    chef.locator("input[type=password]").fill("geheim-genug")
    chef.get_by_role("button", name="Prüfen").click()
    expect(chef.locator("#ergebnis")).to_contain_text("nicht erreichbar")
    press(chef, "Speichern", "Gespeichert.")
    go(chef, "Absender")
    chef.get_by_role("textbox").fill("127.0.0.0/8")
    press(chef, "Speichern", "Gespeichert.")


def how_long_it_is_kept(running: Running, chef: Page, complaints: list[str]) -> None:
    case = str(running.send(application("gibt-es-nicht")).json["vorgang"]["vorgangId"])  # type: ignore[index]
    go(chef, "Aufbewahrung")
    chef.get_by_label("Aufbewahren, wenn abgeschlossen").fill("zehn Jahre")
    refused(chef, "Speichern", "abgeschlossen: ", complaints)
    chef.get_by_label("Aufbewahren, wenn abgeschlossen").fill("10 Jahre")
    chef.get_by_label("Aufbewahren, wenn verworfen").fill("6 Monate")
    press(chef, "Speichern", "Gespeichert.")
    follow(chef, chef.get_by_role("link", name="Genehmigung zum Fällen von Bäumen"))
    chef.get_by_label("Aufbewahren, wenn abgeschlossen").fill("30 Jahre")
    press(chef, "Speichern", "Gespeichert.")
    expect(chef.get_by_text("abgeschlossen: 30 Jahre · verworfen: 6 Monate")).to_be_visible()
    follow(chef, chef.get_by_role("link", name="Zur Liste „Zu löschen“"))
    expect(chef.get_by_text("Zurzeit ist nichts zu löschen.")).to_be_visible()
    chef.goto(f"{running.url}vorgaenge/{case}/loeschsperre")
    chef.get_by_label("Grund").fill("Klage vor dem Verwaltungsgericht")
    press(chef, "Löschsperre setzen", "Die Löschsperre ist gesetzt.")
    press(chef, "Aufheben", "Die Löschsperre ist aufgehoben.")


def stands_in(running: Running, chef: Page, chromium: Browser) -> None:
    """Chefin is away: what is hers appears at Ute, who is told so."""
    today = clock.local_day(clock.now())
    chef.goto(f"{running.url}mein-konto")
    chef.get_by_label("Wer vertritt").select_option("Ute Uhl")
    chef.get_by_label("Erster Tag").fill(today.isoformat())
    chef.get_by_label("Letzter Tag").fill((today + dt.timedelta(14)).isoformat())
    chef.get_by_label("Grund").fill("Urlaub")
    press(chef, "Vertretung eintragen", "Die Vertretung ist eingetragen.")
    with db.namespace(SLUG):
        [task, *_] = rows(aufgabe.T, state="offen")
    chef.goto(f"{running.url}aufgaben/{task.id}")
    follow(chef, chef.get_by_role("button", name="Übernehmen"))
    chef.goto(f"{running.url}verwaltung/konten?q=ute")
    follow(chef, chef.get_by_role("main").get_by_role("link", name="Ute Uhl"))
    follow(chef, chef.get_by_role("button", name="Passwort zurücksetzen"))
    password = chef.locator(".aw-secret code").inner_text()
    page = chromium.new_context(locale="de-DE").new_page()
    page.goto(running.url)
    page.get_by_label("Anmeldename").fill("ute")
    page.get_by_label("Passwort").fill(password)
    follow(page, page.get_by_role("button", name="Anmelden"))
    page.get_by_label("Neues Passwort", exact=True).fill(PASSWORD)
    page.get_by_label("Neues Passwort wiederholen").fill(PASSWORD)
    page.get_by_role("button").last.click()
    expect(page.get_by_text("Sie vertreten zurzeit Chefin")).to_be_visible()
    page.goto(f"{running.url}aufgaben/{task.id}")
    follow(page, page.get_by_role("button", name="Übernehmen"))
    expect(page.get_by_text("Sie vertreten Chefin")).to_be_visible()
    page.context.close()
