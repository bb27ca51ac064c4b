"""The desk in Chromium: sign in, find the case, see where it stands, do the task; wide and on a phone, with keys alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine import reads
from engine.base import db
from engine.base.db import Installation
from engine.base.rights import SYSTEM, Konto
from engine.step import use_doorbell
from engine.verbs.design import deploy_bundle
from engine.verbs.desk import complete_aufgabe
from engine.verbs.kommune import make_kommune
from engine.verbs.konten import add_konto
from engine.verbs.operate import change_setting
from tests.engine.cases import MANIFEST, POSTEINGANG, TYPES, Bell, Upload, bundle
from tests.patterns import Patterns
from tests.served import served
from tests.web.site import HASH, PASSWORD, SLUG, Site, app_on, application

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("installation", ["sqlite"], indirect=True)]

DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
 xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI"
 xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="t" id="d">
<process id="p" isExecutable="true"><startEvent id="anfang" name="Antrag eingegangen"/>
<sequenceFlow id="hin" sourceRef="anfang" targetRef="pruefen"/>
<userTask id="pruefen" name="Antrag prüfen">
<extensionElements><zeebe:formDefinition formId="pruefung"/></extensionElements></userTask>
<sequenceFlow id="her" sourceRef="pruefen" targetRef="ende"/><endEvent id="ende" name="Entschieden"/></process>
<bpmndi:BPMNDiagram id="bild"><bpmndi:BPMNPlane id="flaeche" bpmnElement="p">
<bpmndi:BPMNShape id="b1" bpmnElement="anfang"><dc:Bounds x="100" y="100" width="36" height="36"/></bpmndi:BPMNShape>
<bpmndi:BPMNShape id="b2" bpmnElement="pruefen"><dc:Bounds x="200" y="78" width="100" height="80"/></bpmndi:BPMNShape>
<bpmndi:BPMNShape id="b3" bpmnElement="ende"><dc:Bounds x="360" y="100" width="36" height="36"/></bpmndi:BPMNShape>
<bpmndi:BPMNEdge id="b4" bpmnElement="hin"><di:waypoint x="136" y="118"/><di:waypoint x="200" y="118"/></bpmndi:BPMNEdge>
<bpmndi:BPMNEdge id="b5" bpmnElement="her"><di:waypoint x="300" y="118"/><di:waypoint x="360" y="118"/></bpmndi:BPMNEdge>
</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></definitions>"""
FORM = {
    "type": "default",
    "id": "pruefung",
    "schemaVersion": 18,
    "components": [
        {"type": "radio", "id": "f1", "key": "entscheidung", "label": "Entscheidung", "validate": {"required": True},
         "values": [{"label": "Genehmigen", "value": "ja"}, {"label": "Ablehnen", "value": "nein"}]},
        {"type": "textfield", "id": "f2", "key": "grund", "label": "Grund", "validate": {"maxLength": 20}},
    ],
}  # fmt: skip


class Running(Site):
    """The site with a server of its own."""

    url = ""


def furnish() -> None:
    make_kommune(SLUG, "Kreis Nordfriesland", "Kreis", "SH", ["127.0.0.0/8"])
    files = {
        "bundle.toml": MANIFEST.format(key="probe", short="PR").encode(),
        "p.bpmn": DIAGRAM.encode(),
        "f.form": json.dumps(FORM).encode(),
    }
    with db.namespace(SLUG):
        deploy_bundle(bundle(POSTEINGANG, "posteingang", "PE"), TYPES, by=SYSTEM)
        deploy_bundle(files, TYPES, by=SYSTEM)
        add_konto("anna", "Anna", "a@example.org", frozenset({"sachbearbeitung"}), password=HASH, by=SYSTEM)
        change_setting("antrag.absender", ["127.0.0.0/8"], by=SYSTEM)


@pytest.fixture
def running(installation: Installation, patterns: Patterns) -> Iterator[Running]:
    patterns.settle(furnish)
    site = Running(app_on(installation), Bell())
    use_doorbell(site.bell)
    with served(site.app) as address:
        site.url = f"{address}/{SLUG}/"
        yield site


@pytest.fixture
def case(running: Running) -> str:
    photo = Upload("Foto.png", "image/png", b"\x89PNG\r\n\x1a\n" * 100)
    answer = running.send(application(), files=[photo])
    return str(answer.json["vorgang"]["vorgangId"])  # type: ignore[index]


def decide(case: str, data: dict[str, Any], by: Konto) -> None:
    """Somebody else completes the task of a case meanwhile."""
    with db.namespace(SLUG):
        [task] = reads.list_aufgaben(vorgang_id=case).items
        complete_aufgabe(task.id, data, by=by)


def sign_in(page: Page, running: Running) -> None:
    page.goto(running.url)
    page.get_by_label("Anmeldename").fill("anna")
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mein Tag")


def test_from_the_login_to_the_decision(running: Running, case: str, page: Page) -> None:
    sign_in(page, running)
    page.get_by_role("link", name="Antrag prüfen").click()
    page.get_by_role("button", name="Übernehmen").click()
    page.get_by_label("Genehmigen").check()
    page.get_by_label("Grund").fill("Alles in Ordnung")
    page.get_by_role("button", name="Abschließen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Antrag auf eine Probe")
    expect(page.get_by_text("abgeschlossen", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Verlauf")).to_contain_text(
        re.compile("„Antrag prüfen“ erledigt.*· Anna", re.DOTALL)
    )


def test_the_case_shows_where_it_stands_and_follows(running: Running, case: str, page: Page) -> None:
    sign_in(page, running)
    page.get_by_role("link", name="PR-").last.click()
    page.wait_for_selector('[data-element-id="pruefen"].amtsweg-token')
    decide(case, {"entscheidung": "nein", "grund": None}, Konto("2", "berta", "Berta", frozenset({"sachbearbeitung"})))
    page.wait_for_selector('[data-element-id="ende"].amtsweg-passed')
    assert page.locator(".amtsweg-token").count() == 0


def test_a_document_is_saved_and_not_opened(running: Running, case: str, page: Page) -> None:
    sign_in(page, running)
    page.goto(f"{running.url}vorgaenge/{case}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Foto.png").click()
    assert download.value.suggested_filename == "Foto.png"
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")


def test_what_the_form_refuses_and_what_the_server_refuses(
    running: Running, case: str, page: Page, complaints: list[str]
) -> None:
    sign_in(page, running)
    page.get_by_role("link", name="Antrag prüfen").click()
    page.get_by_role("button", name="Übernehmen").click()
    page.get_by_role("button", name="Abschließen").click()
    expect(page.get_by_role("alert")).to_contain_text("Entscheidung: Bitte dieses Feld ausfüllen.")
    page.get_by_label("Ablehnen").check()
    decide(case, {"entscheidung": "ja", "grund": None}, Konto("1", "anna", "Anna", frozenset({"sachbearbeitung"})))
    page.get_by_role("button", name="Abschließen").click()
    expect(page.get_by_role("alert")).to_contain_text("Die Aufgabe ist schon erledigt (von Anna).")
    assert all("409" in said for said in complaints)  # the draft is refused too
    complaints.clear()


def test_with_keys_alone(running: Running, case: str, page: Page) -> None:
    page.goto(running.url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Zum Inhalt springen"
    page.get_by_label("Anmeldename").focus()
    page.keyboard.type("anna")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Antrag prüfen").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Übernehmen").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Genehmigen").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Abschließen").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Antrag auf eine Probe")
