"""The front-end bundles on a bare page: diagram, form and htmx, under the policy the real pages are served with."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

BUNDLES = Path(__file__).resolve().parents[2] / "web/static/bundles"
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
PAGE = """<!doctype html><html lang="de"><head><meta charset="utf-8"><title>Probe</title>
<meta name="csrf-token" content="geheim-1"><link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/bundles/app.css"><link rel="stylesheet" href="/bundles/{bundle}.css">
<script defer src="/bundles/app.js"></script><script defer src="/bundles/{bundle}.js"></script></head>
<body><main class="kern-container"><h1 class="kern-heading-large">Probe</h1>{body}</main></body></html>"""

DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
 xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" targetNamespace="t" id="d">
<process id="probe" isExecutable="true"><startEvent id="anfang"/><sequenceFlow id="weg" sourceRef="anfang" targetRef="pruefen"/>
<userTask id="pruefen" name="Antrag prüfen"/></process>
<bpmndi:BPMNDiagram id="bild"><bpmndi:BPMNPlane id="flaeche" bpmnElement="probe">
<bpmndi:BPMNShape id="b1" bpmnElement="anfang"><dc:Bounds x="100" y="100" width="36" height="36"/></bpmndi:BPMNShape>
<bpmndi:BPMNShape id="b2" bpmnElement="pruefen"><dc:Bounds x="200" y="78" width="100" height="80"/></bpmndi:BPMNShape>
<bpmndi:BPMNEdge id="b3" bpmnElement="weg"><di:waypoint x="136" y="118"/><di:waypoint x="200" y="118"/></bpmndi:BPMNEdge>
</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></definitions>"""
STATE = {"tokens": ["pruefen"], "passed": ["anfang", "weg"], "incidents": []}
SCHEMA = {
    "type": "default",
    "id": "pruefung",
    "components": [
        {"type": "textfield", "id": "f1", "key": "bemerkung", "label": "Bemerkung", "validate": {"required": True}},
        {"type": "number", "id": "f2", "key": "umfang", "label": "Umfang in cm"},
        {"type": "checkbox", "id": "f3", "key": "vollstaendig", "label": "Vollständig"},
        {"type": "datetime", "id": "f4", "key": "tag", "subtype": "date", "dateLabel": "Ortstermin"},
    ],
}


@dataclass
class Site:
    """A small web site of a test: what it serves, what was posted to it, what it answers to that."""

    pages: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    answer: tuple[int, dict[str, Any]] = (200, {})
    posted: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    url: str = ""

    def put(self, path: str, body: str | dict[str, Any], media_type: str = "text/html; charset=utf-8") -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.pages[path] = (media_type if isinstance(body, str) else "application/json", text.encode())


class Server(ThreadingHTTPServer):
    request_queue_size = 64  # a page asks for more at once than the default of five


def door(site: Site) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        def say(self, status: int, media_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            if self.path in site.pages:
                return self.say(200, *site.pages[self.path])
            file = BUNDLES / self.path.removeprefix("/bundles/")
            if self.path.startswith("/bundles/") and file.is_file():
                return self.say(200, TYPES.get(file.suffix, "application/octet-stream"), file.read_bytes())
            return self.say(404, "text/plain", b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            site.posted.append((self.path, dict(self.headers), body))
            status, answer = site.answer
            self.say(status, "application/problem+json" if status >= 400 else "application/json", json.dumps(answer).encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: a test's output is its failures."""

    return Door


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    site.put("/icon.svg", '<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml")
    server = Server(("127.0.0.1", 0), door(site))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def diagram(site, page):
    site.put("/bild.bpmn", DIAGRAM, "application/xml")
    site.put("/stand.json", STATE)
    body = '<div data-bpmn-src="/bild.bpmn" data-bpmn-state="/stand.json" data-bpmn-refresh="0.2"></div>'
    site.put("/", PAGE.format(bundle="viewer", body=body))
    page.goto(site.url)
    page.wait_for_selector("[data-bpmn-ready=true]")
    return page


@pytest.fixture
def form(site, page):
    site.put("/formular.json", {"schema": SCHEMA, "data": {"umfang": 210}})
    site.put("/danach", "<!doctype html><html lang=de><title>Danach</title><link rel=icon href=/icon.svg><h1>Danach</h1>")
    body = '<div data-form-src="/formular.json" data-form-target="/abschluss" data-form-next="/danach"></div>'
    site.put("/", PAGE.format(bundle="form", body=body))
    page.goto(site.url)
    page.wait_for_selector("[data-form-ready=true]")
    return page


def test_the_diagram_shows_where_the_vorgang_stands_and_where_it_has_been(diagram):
    assert diagram.locator('[data-element-id="pruefen"].amtsweg-token').count() == 1
    assert diagram.locator('[data-element-id="anfang"].amtsweg-passed').count() == 1
    assert diagram.locator('[data-element-id="weg"].amtsweg-passed').count() == 1
    assert diagram.get_by_role("status").inner_text() == "Hier steht der Vorgang: Antrag prüfen."


def test_the_diagram_follows_the_vorgang(diagram, site):
    site.put("/stand.json", {"tokens": [], "passed": ["anfang"], "incidents": ["pruefen"]})
    diagram.wait_for_selector('[data-element-id="pruefen"].amtsweg-incident')
    assert diagram.locator(".amtsweg-token").count() == 0
    assert diagram.locator(".amtsweg-incident-badge").inner_text() == "!"
    assert diagram.get_by_role("status").inner_text() == "Störung: Antrag prüfen."


def test_the_diagram_fills_its_frame_and_keeps_the_watermark(diagram):
    frame = diagram.locator(".amtsweg-canvas").bounding_box()
    drawing = diagram.locator(".djs-container > svg").bounding_box()
    assert drawing["height"] >= frame["height"] - 4
    assert diagram.locator("a.bjs-powered-by").is_visible()


def test_a_diagram_that_cannot_be_loaded_says_so_in_german(site, page, complaints):
    site.put("/", PAGE.format(bundle="viewer", body='<div data-bpmn-src="/fehlt.bpmn"></div>'))
    page.goto(site.url)
    assert page.get_by_role("alert").inner_text().strip() == (
        "Das Diagramm lässt sich nicht anzeigen. Der Server antwortet mit 404."
    )
    assert "404" in complaints.pop()


def test_a_form_is_sent_with_the_token_of_the_page_and_leads_on(form, site):
    form.get_by_label("Bemerkung").fill("Alles da")
    form.get_by_label("Vollständig").check()
    form.get_by_role("button", name="Abschließen").click()
    form.get_by_role("heading", name="Danach").wait_for()
    [(path, headers, body)] = site.posted
    assert path == "/abschluss"
    assert headers["X-CSRFToken"] == "geheim-1"
    assert json.loads(body)["data"] == {"bemerkung": "Alles da", "umfang": 210, "vollstaendig": True, "tag": None}


def test_a_missing_answer_is_said_in_german_and_linked_to_its_field(form, site):
    form.get_by_role("button", name="Abschließen").click()
    alert = form.get_by_role("alert")
    assert alert.evaluate("box => box === document.activeElement")
    alert.get_by_role("link", name="Bemerkung: Bitte dieses Feld ausfüllen.").click()
    assert form.get_by_label("Bemerkung").evaluate("field => field === document.activeElement")
    assert site.posted == []


def test_causes_of_the_server_appear_at_their_fields(form, site, complaints):
    causes = [
        {"message": "Der Umfang ist zu klein.", "hint": "Ab 80 cm.", "pointer": "/data/umfang"},
        {"message": "Der Termin liegt auf einem Sonntag.", "hint": "", "pointer": "/tag"},
        {"message": "Der Antrag ist gesperrt.", "pointer": None},
    ]
    site.answer = (422, {"title": "Ungültig", "detail": "Die Angaben passen nicht.", "causes": causes})
    form.get_by_label("Bemerkung").fill("Alles da")
    form.get_by_role("button", name="Abschließen").click()
    alert = form.get_by_role("alert")
    assert alert.inner_text().split("\n")[0].strip() == "Die Angaben passen nicht."
    assert alert.get_by_text("Der Antrag ist gesperrt.").count() == 1
    assert form.locator(".fjs-form-field-number .fjs-form-field-error").inner_text() == "Der Umfang ist zu klein. Ab 80 cm."
    alert.get_by_role("link", name="Ortstermin: Der Termin liegt auf einem Sonntag.").click()
    assert form.get_by_label("Ortstermin").evaluate("field => field === document.activeElement")
    assert "422" in complaints.pop()


def test_the_icon_of_the_alert_is_a_file_the_policy_allows(form):
    form.get_by_role("button", name="Abschließen").click()
    icon = form.locator(".kern-alert .kern-icon--danger")
    url = icon.evaluate("icon => getComputedStyle(icon).maskImage").removeprefix('url("').removesuffix('")')
    assert url.endswith(".svg")
    assert form.request.get(url).text().startswith("<svg")


@pytest.mark.parametrize("what", ["diagram", "form"])
def test_the_page_is_accessible(what, site, axe, request):  # the site outlives the page, which asks it again and again
    page = request.getfixturevalue(what)
    if what == "form":
        page.get_by_role("button", name="Abschließen").click()
    assert axe() == []


def test_a_script_in_an_attribute_does_not_run(site, page, complaints):
    site.put("/", PAGE.format(bundle="viewer", body='<button data-hx-on:click="document.title = 1" class="b">Los</button>'))
    page.goto(site.url)
    page.click(".b")
    assert page.title() == "Probe"
    assert any("no JavaScript from attributes" in said for said in complaints)
    complaints.clear()


def test_htmx_sends_the_token_of_the_page(site, page):
    body = '<button data-hx-post="/los" data-hx-vals=\'{"a": 1}\' data-hx-target="#hier">Los</button><p id="hier"></p>'
    site.put("/", PAGE.format(bundle="viewer", body=body))
    page.goto(site.url)
    with page.expect_response("**/los"):
        page.get_by_role("button", name="Los").click()
    [(_, headers, body)] = site.posted
    assert headers["X-CSRFToken"] == "geheim-1"
    assert body == "a=1"
