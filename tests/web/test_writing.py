"""Writing to an applicant on pages: a look at what goes out, the day for the answer, threads, and that one was opened."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html

from engine import reads
from engine.base import clock, db
from engine.base.ports import Answer, Call
from engine.base.rights import SYSTEM
from engine.model import nachricht, reminder
from engine.verbs.post import receive_reply
from tests.engine.cases import rows
from tests.web.pages import WHY, XSS, browser, post, section, wrong_fields
from tests.web.site import SLUG, Site
from tests.web.test_desk import page, text
from tests.web.test_messages import case_with_mailbox

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


@pytest.fixture
def anna(site: Site) -> FlaskClient:
    return browser(site)


def mailbox(call: Call) -> Answer:
    return Answer({"messageId": f"x-{call.key[-8:]}", "providedAt": "2026-03-02T09:00:00+00:00"})


def written(**changes: Any) -> dict[str, Any]:
    return {"betreff": "Frage", "text": "Wo steht\nder Baum?", "antwort": "MANDATORY", "frist": "14", "einheit": "D", **changes}


def test_a_question_is_looked_at_with_its_day_and_then_sent_once(site: Site, anna: FlaskClient) -> None:
    case = case_with_mailbox(site)
    looked = post(anna, f"vorgaenge/{case}/nachricht", schritt="vorschau", **written())
    assert looked.status_code == 200
    tree = html.fromstring(looked.data)
    assert "Wo steht der Baum?" in text(tree)
    assert "§ 9 Abs. 1 OZG" in text(tree).replace("\N{NO-BREAK SPACE}", " ")
    form = {one.get("name"): one.get("value") or one.text for one in tree.xpath("//main//input | //main//textarea")}
    with db.namespace(SLUG):
        assert rows(nachricht.T) == []
        assert form["bis"] == reads.reply_deadline(case, "P14D").result.isoformat()
    form = {**form, "text": (form["text"] or "").removeprefix("\n"), "schritt": "senden"}
    for _ in range(2):
        assert post(anna, f"vorgaenge/{case}/nachricht", **form).status_code == 303
    with db.namespace(SLUG):
        [sent] = rows(nachricht.T)
        assert (sent.body, sent.reply_bis.isoformat()) == ("Wo steht\nder Baum?", form["bis"])
        assert [one.am for one in rows(reminder.T)] == [sent.reply_bis]


def test_going_back_from_the_preview_keeps_what_was_typed(site: Site, anna: FlaskClient) -> None:
    case = case_with_mailbox(site)
    again = post(anna, f"vorgaenge/{case}/nachricht", schritt="aendern", **written())
    tree = html.fromstring(again.data)
    assert tree.get_element_by_id("betreff").get("value") == "Frage"
    assert tree.get_element_by_id("text").text.strip() == "Wo steht\nder Baum?"
    assert tree.get_element_by_id("frist").get("value") == "14"
    assert tree.get_element_by_id("antwort-MANDATORY").get("checked") is not None


def test_a_day_that_has_passed_by_since_the_preview_is_shown_anew(site: Site, anna: FlaskClient) -> None:
    case = case_with_mailbox(site)
    answer = post(anna, f"vorgaenge/{case}/nachricht", schritt="senden", bis="2026-01-01", **written())
    assert answer.status_code == 409
    assert "an einem anderen Tag" in text(html.fromstring(answer.data))
    assert 'name="bis"' in answer.text
    with db.namespace(SLUG):
        assert rows(nachricht.T) == []


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"betreff": " ", "text": ""}, ["betreff", "text"]),
        ({"betreff": "B" * 10_000}, ["betreff"]),
        ({"frist": "bald"}, ["frist"]),
        ({"frist": "0"}, ["frist"]),
        ({"frist": "-3"}, ["frist"]),
        ({"frist": "99999", "einheit": "M"}, ["frist"]),
        ({"dokumente": "0" * 26}, ["dokumente"]),
    ],
)
def test_what_is_wrong_with_a_message_is_said_at_its_field(
    site: Site, anna: FlaskClient, changes: dict[str, Any], fields: list[str]
) -> None:
    case = case_with_mailbox(site)
    with db.namespace(SLUG):
        there = bool(reads.list_dokumente(case))
    for step in ("vorschau", "senden"):
        answer = post(anna, f"vorgaenge/{case}/nachricht", schritt=step, **written(**changes))
        assert answer.status_code == 422
        tree = html.fromstring(answer.data)
        if fields != ["dokumente"] or there:
            assert wrong_fields(answer) == fields
        assert tree.xpath("//*[@role='alert']")
    with db.namespace(SLUG):
        assert rows(nachricht.T) == []


def test_drafts_are_not_offered_and_words_that_are_none_allow_no_answer(site: Site, anna: FlaskClient) -> None:
    case = case_with_mailbox(site)
    answer = post(anna, f"vorgaenge/{case}/nachricht", schritt="vorschau", **written(antwort="<b>", einheit="<i>"))
    assert answer.status_code == 200
    assert "Antwort nicht möglich" in text(html.fromstring(answer.data))


def test_without_a_mailbox_the_page_says_what_to_do(site: Site, anna: FlaskClient) -> None:
    said = text(page(anna, f"vorgaenge/{site.new_case()}/nachricht"))
    assert "kein Servicekonto" in said
    assert "mit der Post" in said


def test_a_message_and_its_answers_are_one_thread(site: Site, anna: FlaskClient) -> None:
    case = case_with_mailbox(site)
    site.twin.behave = mailbox
    post(anna, f"vorgaenge/{case}/nachricht", schritt="senden", **written(frist=""))
    waiting = section(page(anna, f"vorgaenge/{case}"), "nachrichten")
    assert "noch nicht im Postfach" in waiting
    site.work()
    with db.namespace(SLUG):
        [sent] = rows(nachricht.T)
        receive_reply("r-1", sent.external_id, XSS, [], clock.now(), by=SYSTEM)
    shown = page(anna, f"vorgaenge/{case}")
    [answers] = shown.xpath("//*[@aria-labelledby='nachrichten']//ol[@class='aw-answers']")
    assert "Antwort von Muster" in answers.text_content()
    assert XSS in " ".join(answers.text_content().split())
    assert answers.xpath(".//script | .//img") == []
    assert "Antwort auf „Frage“ ist da" in section(shown, "aufgaben")


def test_that_a_message_was_opened_is_noted_on_a_page_of_its_own(site: Site, anna: FlaskClient) -> None:
    case = case_with_mailbox(site)
    site.twin.behave = mailbox
    post(anna, f"vorgaenge/{case}/nachricht", schritt="senden", **written(antwort="", frist=""))
    site.work()
    with db.namespace(SLUG):
        [sent] = rows(nachricht.T)
    path = f"nachrichten/{sent.id}/geoeffnet"
    assert page(anna, path).xpath("//main//form")
    typed = {"tag": "2026-03-03", "uhrzeit": "7:99", "grund": " "}
    refused = post(anna, path, **typed)
    assert (refused.status_code, wrong_fields(refused)) == (422, ["uhrzeit"])
    assert 'value="2026-03-03"' in refused.text
    assert wrong_fields(post(anna, path, tag="2026-03-01", uhrzeit="08:00", grund="x")) == ["tag"]
    for _ in range(2):
        assert post(anna, path, tag="2026-03-03", uhrzeit="14:30", grund=WHY).status_code == 303
    assert post(anna, path, tag="2026-03-04", uhrzeit="14:30", grund=WHY).status_code == 409
    assert page(anna, path).xpath("//main//form") == []
    said = section(page(anna, f"vorgaenge/{case}"), "verlauf")
    assert f"Von Hand vermerkt: „Frage“ am 3. März 2026, 14:30 Uhr geöffnet {WHY}" in said
