"""The pages for clerks, as a browser without scripts gets them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html

from engine import reads
from engine.base.ports import Answer, Call, Refused
from engine.model.bundle import pack
from tests.bpmn.diagrams import end, flows, process, start, user
from tests.engine.cases import Upload, bundle
from tests.web.site import SLUG, Site, application
from tests.web.test_identity import BROWSER, sign_in, token_of
from web.desk.timeline import Told, timeline

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


@pytest.fixture
def anna(site: Site) -> FlaskClient:
    """A browser in which Anna is signed in."""
    client = site.client()
    sign_in(client)
    return client


def page(client: FlaskClient, path: str = "", status: int = 200) -> Any:
    answer = client.get(f"/{SLUG}/{path}", headers=BROWSER)
    assert answer.status_code == status, answer.text
    return html.fromstring(answer.data)


def text(tree: Any, below: str = "//main") -> str:
    return " ".join(" ".join(piece for part in tree.xpath(below) for piece in part.itertext()).split())


def press(client: FlaskClient, path: str, action: str) -> Any:
    """Press a button of a page, and follow."""
    token = token_of(client.get(f"/{SLUG}/{path}", headers=BROWSER))
    answer = client.post(f"/{SLUG}/{path}/{action}", data={"csrf_token": token}, headers=BROWSER, follow_redirects=True)
    assert answer.status_code == 200
    return html.fromstring(answer.data)


# --- lists ---------------------------------------------------------------------------------------------------------


def test_the_address_itself_leads_to_the_login_of_each_municipality(site: Site) -> None:
    answer = site.client().get("/", headers=BROWSER)
    links = [(link.get("href"), link.text) for link in html.fromstring(answer.data).xpath("//main//a")]
    assert links == [(f"/{SLUG}/", "Kreis Nordfriesland")]


def test_empty_lists_say_what_will_be_there(anna: FlaskClient) -> None:
    said = text(page(anna))
    assert "Zurzeit ist nichts zu tun." in said
    assert "Noch ist kein Antrag eingegangen." in said
    assert "Der Posteingang ist leer." in text(page(anna, "posteingang"))


def test_tasks_and_cases_are_listed_with_links(site: Site, anna: FlaskClient) -> None:
    case = site.new_case()
    [task] = site.open_tasks(case)
    start_page = page(anna)
    links = [link.get("href") for link in start_page.xpath("//main//a")]
    assert f"/{SLUG}/aufgaben/{task}" in links
    assert f"/{SLUG}/vorgaenge/{case}" in links
    assert "Muster" in text(start_page)


def test_cases_are_found_by_a_word_or_it_is_said_that_there_are_none(site: Site, anna: FlaskClient) -> None:
    site.new_case()
    assert "PR-" in text(page(anna, "?q=muster"), "//*[@aria-labelledby='vorgaenge']")
    said = text(page(anna, "?q=%3Cb%3Eniemand%3C/b%3E"), "//*[@aria-labelledby='vorgaenge']")
    assert "Zu „<b>niemand</b>“ gibt es keinen Vorgang." in said


def test_the_post_room_holds_what_nobody_knows(site: Site, anna: FlaskClient) -> None:
    site.new_case()
    site.new_case(form="gibt es nicht")
    said = text(page(anna, "posteingang"))
    assert "PE-" in said
    assert "PR-" not in said


def test_long_lists_have_pages(site: Site, anna: FlaskClient) -> None:
    for _ in range(reads.PAGE + 1):
        assert site.send(application(form="gibt es nicht")).status_code == 200
    first = page(anna, "posteingang")
    assert len(first.xpath("//li[@class='aw-row']")) == reads.PAGE
    [onward] = [link for link in first.xpath("//nav//a") if link.text_content() == "Nächste Seite"]
    assert onward.get("href") == f"/{SLUG}/posteingang?seite=2"
    assert len(page(anna, "posteingang?seite=2").xpath("//li[@class='aw-row']")) == 1
    assert page(anna, "posteingang?seite=gibt%20es%20nicht").xpath("//li[@class='aw-row']")


# --- a case --------------------------------------------------------------------------------------------------------


def test_a_case_shows_application_documents_tasks_and_timeline(site: Site, anna: FlaskClient) -> None:
    files = [Upload("foto.png", "image/png", b"\x89PNG\r\n\x1a\n..")]
    case = site.send(application(nr="<script>alert(1)</script>"), files=files).json["vorgang"]["vorgangId"]
    site.work()
    shown = page(anna, f"vorgaenge/{case}")
    said = text(shown)
    assert "Wer beantragt Nachname Muster" in said
    assert "Umfang in cm 210,5" in said
    assert "Nummer <script>alert(1)</script>" in said
    assert "foto.png" in said
    assert "pruefen" in text(shown, "//*[@aria-labelledby='aufgaben']")
    [drawn] = shown.xpath("//*[@data-bpmn-src]")
    assert anna.get(drawn.get("data-bpmn-src")).content_type == "application/xml; charset=utf-8"
    assert anna.get(drawn.get("data-bpmn-state")).json["tokens"] == ["pruefen"]


def test_a_case_without_anything_says_so(site: Site, anna: FlaskClient) -> None:
    case = site.new_case(form="wartet")
    said = text(page(anna, f"vorgaenge/{case}"))
    assert "Zurzeit ist hier nichts zu tun" in said
    assert "Zu diesem Vorgang gibt es noch keine Dokumente." in said
    assert "Es wurden noch keine Nachrichten gewechselt." in said


def test_a_case_that_is_stuck_says_why(site: Site, anna: FlaskClient) -> None:
    def refuse(call: Call) -> Answer:
        raise Refused("Der Drucker <b>will</b> nicht.")

    site.twin.behave = refuse
    said = text(page(anna, f"vorgaenge/{site.new_case()}"), "//*[contains(@class, 'kern-alert--danger')]")
    assert "Störung" in said
    assert "Der Drucker <b>will</b> nicht." in said


def test_what_is_not_there_is_a_page_with_a_sentence(anna: FlaskClient) -> None:
    assert "Diesen Vorgang gibt es nicht." in text(page(anna, "vorgaenge/" + "0" * 26, 404))
    assert "Diese Aufgabe gibt es nicht." in text(page(anna, "aufgaben/" + "0" * 26, 404))
    assert "Diese Adresse gibt es hier nicht." in text(page(anna, "gibt/es/nicht", 404))


def test_without_the_right_there_is_a_page_with_a_sentence(site: Site) -> None:
    client = site.client()
    sign_in(client, "design")
    assert "Dafür fehlt Ihnen die Berechtigung." in text(page(client, "posteingang", 403))


# --- a task --------------------------------------------------------------------------------------------------------


def test_a_task_is_taken_and_given_back(site: Site, anna: FlaskClient) -> None:
    [task] = site.open_tasks(site.new_case())
    assert "noch frei" in text(page(anna, f"aufgaben/{task}"))
    taken = press(anna, f"aufgaben/{task}", "uebernehmen")
    [form] = taken.xpath("//*[@data-form-src]")
    assert anna.get(form.get("data-form-src")).json["schema"]["id"] == "pruefung"
    assert form.get("data-form-target") == f"/{SLUG}/api/v1/aufgaben/{task}/complete"
    assert "Die Aufgabe ist wieder frei." in text(press(anna, f"aufgaben/{task}", "zurueckgeben"))


def test_of_two_the_second_is_told_who_has_it(site: Site, anna: FlaskClient) -> None:
    [task] = site.open_tasks(site.new_case())
    token = token_of(anna.get(f"/{SLUG}/aufgaben/{task}", headers=BROWSER))
    site.post(f"aufgaben/{task}/claim", "berta")
    data = {"csrf_token": token}
    answer = anna.post(f"/{SLUG}/aufgaben/{task}/uebernehmen", data=data, headers=BROWSER, follow_redirects=True)
    said = text(html.fromstring(answer.data))
    assert said.count("Die Aufgabe wird gerade von Berta bearbeitet.") == 2


def test_a_task_without_a_form_is_done_with_one_button(site: Site, anna: FlaskClient) -> None:
    case = site.new_case(form="gibt es nicht")
    [task] = site.open_tasks(case)
    press(anna, f"aufgaben/{task}", "uebernehmen")
    done = text(press(anna, f"aufgaben/{task}", "erledigen"))
    assert "Der Vorgang ist abgeschlossen" in done
    assert "durch anna" not in done  # the element has no name, so the timeline is silent about it
    assert "Diese Aufgabe ist nicht mehr offen." in text(page(anna, f"aufgaben/{task}"))


def test_who_may_only_look_sees_the_task_without_buttons(site: Site) -> None:
    [task] = site.open_tasks(site.new_case())
    client = site.client()
    sign_in(client, "chef")
    shown = page(client, f"aufgaben/{task}")
    assert "aber nicht bearbeiten" in text(shown)
    assert shown.xpath("//main//form") == []


# --- words ---------------------------------------------------------------------------------------------------------


def event(kind: str, name: str, type: str = "userTask", konto: str = "system", element: str = "") -> reads.Ereignis:
    at = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
    return reads.Ereignis(at, kind, element or f"id_{name}", name, type, konto, "")


def test_the_timeline_tells_in_german_what_happened_newest_first(site: Site) -> None:
    events = [
        event("completed", "Antrag eingegangen", "startEvent"),
        event("entered", "Eingang bestätigen", "serviceTask"),
        event("completed", "Eingang bestätigen", "serviceTask", "anna"),
        event("entered", "Vollständig?", "exclusiveGateway"),
        event("completed", "Vollständig?", "exclusiveGateway"),
        event("completed", "s17", "scriptTask", element="s17"),
        event("entered", "Prüfen"),
        event("completed", "Prüfen", konto="anna"),
        event("incident", "Register", "serviceTask"),
        event("resolved", "Register", "serviceTask", "chef"),
        event("entered", "Prüfen"),
        event("entered", "Antwort", "intermediateCatchEvent"),
        event("cancelled", "Frist", "boundaryEvent"),
    ]
    events = [dataclasses.replace(one, at=one.at + dt.timedelta(seconds=n)) for n, one in enumerate(events)]
    with site.app.test_request_context(f"/{SLUG}/"):
        lines = timeline(Told(events, names={"anna": "Anna Albers", "chef": "Chef"}))
        assert [f"{line.sentence}{', ' if line.who else ''}{line.who}" for line in lines] == [
            "„Frist“ entfällt",
            "Es wird gewartet: Antwort",
            "Aufgabe „Prüfen“ ist zu tun",
            "Störung bei „Register“ behoben, Chef",
            "Störung bei „Register“",
            "„Prüfen“ erledigt, Anna Albers",
            "„Eingang bestätigen“ erledigt",
            "Antrag eingegangen",
        ]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "keine Angabe"),
        ("", "keine Angabe"),
        (True, "ja"),
        (False, "nein"),
        (Decimal("1234567.125"), "1.234.567,125"),
        (Decimal("210"), "210"),
        (Decimal("0.1234567890123456789012345678901234"), "0,1234567890123456789012345678901234"),
        (Decimal("1E+33"), "1" + ".000" * 11),
        (dt.date(2026, 3, 2), "2. März 2026"),
        ("Text", "Text"),
    ],
)
def test_answers_are_written_as_on_paper(site: Site, value: Any, said: str) -> None:
    from web.desk.words import answer

    with site.app.test_request_context(f"/{SLUG}/"):
        assert answer(value) == said


def test_a_task_says_by_when_it_is_due(site: Site, anna: FlaskClient) -> None:
    schedule = '<zeebe:taskSchedule dueDate="=now() - duration(&quot;P3D&quot;)"/>'
    diagram = process(start(), user("a", extension=schedule, name="Eilig"), end(), flows("start > a > end"))
    assert site.post("bundles", "design", data=pack(bundle(diagram, "eilig", "EI"))).status_code == 200
    site.new_case(form="eilig")
    assert "fällig seit" in text(page(anna), "//*[@aria-labelledby='aufgaben']")


class Scripts(HTMLParser):
    """Finds what the policy would block: scripts and handlers inside a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "script" and "src" not in names:
            self.found.append("script")
        self.found += [name for name, value in attrs if name.startswith("on") or (value or "").startswith("javascript:")]


def test_no_page_holds_a_script_of_its_own(site: Site, anna: FlaskClient) -> None:
    case = site.new_case()
    [task] = site.open_tasks(case)
    for path in ("", "posteingang", f"vorgaenge/{case}", f"aufgaben/{task}", "anmelden", "fehlt"):
        scripts = Scripts()
        scripts.feed(anna.get(f"/{SLUG}/{path}", headers=BROWSER).text)
        assert scripts.found == []
