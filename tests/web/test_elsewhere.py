"""A task of another municipality on pages of ours: seen, taken, done, given back; gone with the grant."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest
from flask.testing import FlaskClient
from lxml import html

from engine import reads
from engine.base import clock, db
from engine.verbs.cooperate import end_grant
from engine.verbs.due import tick
from engine.verbs.kommune import lock_kommune, unlock_kommune
from engine.verbs.konten import change_konto
from tests.engine.neighbours import at, lines
from tests.web import husum
from tests.web.husum import HUSUM, tokens  # noqa: F401  a fixture
from tests.web.pages import browser, post, token
from tests.web.site import SLUG, Site
from tests.web.test_administration import said
from tests.web.test_identity import BROWSER

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


@pytest.fixture
def anna(site: Site) -> FlaskClient:
    return browser(site, "anna")


NO = "0" * 26


def page(grant: str, task: str) -> str:
    return f"andere/{HUSUM}/{grant}/aufgaben/{task}"


def open_(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(f"/{SLUG}/{path}", headers=BROWSER)
    assert answer.status_code == status, answer.text
    return answer.text


def test_a_substitute_sees_takes_and_completes_a_task_of_the_other_municipality(site: Site, anna: FlaskClient) -> None:
    case = husum.new_case()
    husum.taken_by("doris", case)
    id, task = husum.cover(), husum.task(case).id
    shown = " ".join(html.fromstring(open_(anna, page(id, task))).text_content().split())
    for words in ("Antrag prüfen", "Stadt Husum", "Sie vertreten Doris", "Muster", "plan.txt", "Es bleibt dort"):
        assert words in shown
    assert post(anna, f"{page(id, task)}/uebernehmen").status_code == 303
    form = anna.get(f"/{SLUG}/{page(id, task)}/formular").json
    assert form is not None
    assert form["schema"]["id"] == "pruefung"
    headers = {"X-CSRFToken": token(anna), "Accept": "application/json"}
    address = f"/{SLUG}/{page(id, task)}"
    assert anna.put(f"{address}/entwurf", json={"data": {"umfang": 21, "grund": "Fäu"}}, headers=headers).json["saved_at"]
    assert anna.get(f"{address}/formular").json["entwurf"]["data"] == {"umfang": 21, "grund": "Fäu"}
    assert anna.delete(f"{address}/entwurf", headers=headers).status_code == 204
    assert anna.get(f"{address}/formular").json["entwurf"] is None
    sent = anna.post(f"{address}/dateien", data={"datei": (io.BytesIO(b"Foto"), "foto.txt")}, headers=headers)
    assert (sent.status_code, sent.json["name"]) == (201, "foto.txt")
    wrong = anna.post(f"{address}/antworten", json={"data": {}}, headers=headers)
    assert (wrong.status_code, wrong.json["causes"][0]["pointer"]) == (422, "/entscheidung")
    done = anna.post(f"{address}/antworten", json={"data": {"entscheidung": "ja", "umfang": 210.50}}, headers=headers)
    assert done.status_code == 200, done.text
    history = open_(anna, f"andere/{HUSUM}/{id}/vorgaenge/{case}")
    assert "Anna (Kreis Nordfriesland) für Doris" in history
    with db.namespace(HUSUM):
        assert reads.list_uses(id).items[0].tag == "aufgabe:abgeschlossen"
    assert [(one["wer"].partition("/")[0], one["fuer"]) for one in lines(HUSUM, "aufgabe:abgeschlossen")] == [(SLUG, "doris")]


def test_documents_are_saved_and_those_of_another_case_are_not_there(site: Site, anna: FlaskClient) -> None:
    case = husum.new_case()
    id = husum.cover()
    shown = open_(anna, page(id, husum.task(case).id))
    [address] = set(re.findall(rf'href="/{SLUG}/(andere/[^"]+/dokumente/[^"]+)"', shown))
    answer = anna.get(f"/{SLUG}/{address}")
    assert (answer.data, answer.headers["Content-Disposition"]) == (b"Lageplan", "attachment; filename=plan.txt")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert anna.get(f"/{SLUG}/{address}/ansicht").status_code == 404, "a text is not shown"
    assert anna.get(f"/{SLUG}/{address[:-26]}{'0' * 26}").status_code == 404


def test_given_back_it_is_with_whom_it_was(site: Site, anna: FlaskClient) -> None:
    case = husum.new_case()
    husum.taken_by("doris", case)
    id, task = husum.cover(), husum.task(case).id
    post(anna, f"{page(id, task)}/uebernehmen")
    assert husum.task(case).held_for == "doris"
    assert "wieder frei" in said(anna.get(post(anna, f"{page(id, task)}/zurueckgeben").location, headers=BROWSER))
    assert (husum.task(case).holder, husum.task(case).held_for) == (None, None)


def test_who_is_not_named_sees_nothing_and_husum_has_a_line_of_it(site: Site) -> None:
    case = husum.new_case()
    id = husum.cover()
    berta = browser(site, "berta")
    for path in (page(id, husum.task(case).id), f"andere/{HUSUM}/{id}/vorgaenge/{case}", page("0" * 26, "0" * 26)):
        assert "Das gibt es hier nicht." in open_(berta, path, 404)
    reasons = [one["grund"] for one in lines(HUSUM, "befugnis:abgewiesen")]
    assert reasons == ["nicht für dieses Konto", "nicht für dieses Konto", "keine solche Befugnis"]
    assert open_(berta, f"andere/{SLUG}/{id}/aufgaben/{'0' * 26}", 404)
    assert open_(berta, f"andere/nirgends/{id}/aufgaben/{'0' * 26}", 404)


def test_who_has_lost_the_role_is_refused_there_looking_and_acting(site: Site, anna: FlaskClient) -> None:
    case = husum.new_case()
    id, task = husum.cover(), husum.task(case).id
    open_(anna, page(id, task))
    with at(SLUG, "anna") as konto:
        told = {"name": "Anna", "email": "anna@example.org", "roles": frozenset({"prozessdesign"}), "groups": frozenset[str]()}
        change_konto(konto.id, **told, by=reads.konto_by_login("chef")[0])
    for path in (page(id, task), f"andere/{HUSUM}/{id}/vorgaenge/{case}"):
        assert "Das gibt es hier nicht." in open_(anna, path, 404)
    for pressed in (f"{page(id, task)}/uebernehmen", f"andere/{HUSUM}/{id}/vorgaenge/{case}/kommentare"):
        assert anna.post(f"/{SLUG}/{pressed}", headers=BROWSER).status_code == 404
    said_there = [(line["tat"], line["grund"], line["von"]) for line in lines(HUSUM, "befugnis:abgewiesen")]
    assert said_there == [
        ("aufgabe", "das Recht fehlt zu Hause", konto.id),
        ("vorgang", "das Recht fehlt zu Hause", konto.id),
        ("uebernehmen", "das Recht fehlt zu Hause", konto.id),
        ("kommentar", "dafür ist die Befugnis nicht", konto.id),
    ]
    assert husum.task(case).holder is None


def test_the_substitute_of_who_has_done_it_does_not_approve_it(site: Site, anna: FlaskClient) -> None:
    case = husum.new_case()
    husum.taken_by("doris", case)
    id = husum.cover()
    done = anna.post(
        f"/{SLUG}/{page(id, husum.task(case).id)}/antworten",
        json={"data": {"entscheidung": "ja"}},
        headers={"X-CSRFToken": token(anna), "Accept": "application/json"},
    )
    assert done.status_code == 200
    second = page(id, husum.task(case).id)
    assert "Vier-Augen-Prinzip" in open_(anna, second)
    assert post(anna, f"{second}/erledigen").status_code == 404
    with at(HUSUM, "emil") as emil:
        assert reads.hindrance(husum.task(case), emil) == ""


def test_ended_it_is_gone_at_once_and_an_origin_that_is_away_says_so(site: Site, anna: FlaskClient) -> None:
    case = husum.new_case()
    id, task = husum.cover(), husum.task(case).id
    lock_kommune(HUSUM)
    looked = [anna.get(f"/{SLUG}/{page(*named)}", headers=BROWSER) for named in ((id, task), (NO, task), (id, NO))]
    pressed = [post(anna, f"{page(*named)}/uebernehmen") for named in ((id, task), (NO, task), (id, NO))]
    for answers in (looked, pressed):
        assert {answer.status_code for answer in answers} == {503}
        [sentence] = {said(answer) for answer in answers}
        assert "vorübergehend gesperrt. Bitte später erneut versuchen." in sentence, "the same, whatever was named"
    unlock_kommune(HUSUM)
    open_(anna, page(id, task))
    with db.namespace(SLUG), clock.frozen(clock.now() + dt.timedelta(minutes=2)):
        tick()
    said_there = [(line["tat"], line["grund"], line.get("mal", 1)) for line in lines(HUSUM, "befugnis:abgewiesen")]
    assert said_there == [(what, "nicht erreichbar", often) for what in ("aufgabe", "uebernehmen") for often in (2, 1)]
    with at(HUSUM, "chef") as chef:
        end_grant(id, by=chef)
    assert "Das gibt es hier nicht." in open_(anna, page(id, task), 404)
    assert post(anna, f"{page(id, task)}/uebernehmen").status_code == 404


def test_what_the_own_people_took_back_is_not_typed_into_any_more(site: Site, anna: FlaskClient) -> None:
    case = husum.new_case()
    husum.taken_by("doris", case)
    id, task = husum.cover(), husum.task(case).id
    headers = {"X-CSRFToken": token(anna), "Accept": "application/json"}
    address = f"/{SLUG}/{page(id, task)}"
    refused = anna.put(f"{address}/entwurf", json={"data": {}}, headers=headers)
    assert (refused.status_code, "Doris" in refused.json["detail"]) == (409, True), "not taken yet"
    post(anna, f"{page(id, task)}/uebernehmen")
    husum.taken_by("doris", case)
    assert anna.put(f"{address}/entwurf", json={"data": {}}, headers=headers).status_code == 409
    sent = anna.post(f"{address}/dateien", data={"datei": (io.BytesIO(b"Foto"), "foto.txt")}, headers=headers)
    assert sent.status_code == 409
    assert "Die Aufgabe ist jetzt bei Doris." in open_(anna, f"{page(id, task)}/stand")


@pytest.mark.parametrize("body", [b"", b"[]", b'{"data": 7}', b'{"data": {"x": NaN}}', b'{"data": "\\ud800"}'])
def test_what_is_no_answer_is_refused(site: Site, anna: FlaskClient, body: bytes) -> None:
    id, task = husum.cover(), husum.task(husum.new_case()).id
    headers = {"X-CSRFToken": token(anna), "Accept": "application/json", "Content-Type": "application/json"}
    for door in ("antworten", "entwurf"):
        method = anna.post if door == "antworten" else anna.put
        answer = method(f"/{SLUG}/{page(id, task)}/{door}", data=body, headers=headers)
        assert answer.status_code == 400, answer.text


def test_without_the_pages_token_nothing_is_done(site: Site, anna: FlaskClient) -> None:
    id, task = husum.cover(), husum.task(husum.new_case()).id
    for door in ("uebernehmen", "zurueckgeben", "erledigen", "antworten", "dateien"):
        assert anna.post(f"/{SLUG}/{page(id, task)}/{door}", headers=BROWSER).status_code == 400
    with db.namespace(HUSUM):
        assert reads.list_uses(id).items == ()
