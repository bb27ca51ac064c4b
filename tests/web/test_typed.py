"""Nothing typed is lost when the session has ended: it goes through the login, and from there where it was to go."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from engine.base import db
from engine.base.rights import SYSTEM
from engine.verbs.stellen import add_stelle
from tests.web.site import PASSWORD, SLUG, Site, problem
from tests.web.test_identity import BROWSER, sign_in, token_of
from tests.web.test_sessions import anna, later, look

__all__ = ["anna", "later"]

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

GRUND = 'Ein "langer" Grund\nmit <b>Zeilen</b> & Zeichen'


def given_away(client: FlaskClient, case: str, token: str, **headers: str) -> TestResponse:
    data = {"csrf_token": token, "stelle": "bauamt", "grund": GRUND, "passwort_neu": "nie in eine Seite"}
    return client.post(f"/{SLUG}/vorgaenge/{case}/abgeben", data=data, headers={**BROWSER, **headers})


def fields(answer: TestResponse, below: str = "//main//form[1]") -> tuple[str, dict[str, str]]:
    [form] = html.fromstring(answer.data).xpath(below)
    return form.get("action"), {one.get("name"): one.get("value", "") for one in form.xpath(".//input")}


@pytest.fixture
def case(site: Site, later: Any) -> str:
    with db.namespace(SLUG):
        add_stelle("Kasse", by=SYSTEM)
    return site.new_case()


def test_what_was_typed_goes_through_the_login_and_is_sent_after_it(
    site: Site, case: str, anna: FlaskClient, later: Any
) -> None:
    token = token_of(look(anna))
    later(minutes=61)
    asked = given_away(anna, case, token)
    assert asked.status_code == 401
    assert "Was Sie eingegeben haben, ist noch da." in asked.text
    assert "nie in eine Seite" not in asked.text
    action, typed = fields(asked)
    wrong = anna.post(action, data={**typed, "login": "anna", "passwort": "falsch"}, headers=BROWSER)
    assert wrong.status_code == 422
    action, typed = fields(wrong)
    onward = anna.post(action, data={**typed, "login": "anna", "passwort": PASSWORD}, headers=BROWSER)
    assert onward.status_code == 200
    action, typed = fields(onward)
    assert (action, typed["stelle"], typed["grund"]) == (f"/{SLUG}/vorgaenge/{case}/abgeben", "bauamt", GRUND)
    sent = anna.post(action, data=typed, headers=BROWSER)
    assert sent.status_code == 422  # there is no such Stelle, but it has arrived
    assert html.fromstring(sent.data).xpath("//textarea")[0].text.lstrip("\n") == GRUND


def test_a_script_or_htmx_gets_a_clean_401(site: Site, case: str, anna: FlaskClient, later: Any) -> None:
    token = token_of(look(anna))
    later(minutes=61)
    for headers in ({"HX-Request": "true"}, {"Sec-Fetch-Mode": "cors"}, {"Accept": "application/json"}):
        answer = given_away(anna, case, token, **headers)
        assert problem(answer, 401)["detail"] == "Bitte melden Sie sich an."
        answer = anna.get(f"/{SLUG}/", headers={**BROWSER, **headers})
        assert problem(answer, 401)


def test_what_another_site_sends_is_not_carried_through_the_login(site: Site, case: str, anna: FlaskClient, later: Any) -> None:
    without_cookie = given_away(site.client(), case, "")
    assert without_cookie.status_code == 401
    assert "Grund" not in without_cookie.text
    later(minutes=61)
    for site_word in ("cross-site", "same-site", "none"):
        answer = given_away(anna, case, "", **{"Sec-Fetch-Site": site_word, "Sec-Fetch-Mode": "navigate"})
        assert (answer.status_code, "angaben" in answer.text) == (401, False)


@pytest.mark.parametrize(
    "target", ["https://example.org/", "//example.org/x", "/husum/abmelden", "/\\example.org", 7, None, {"a": 1}]
)
def test_what_is_carried_through_the_login_leads_to_no_other_site(site: Site, target: Any) -> None:
    answer = sign_in(site.client(), angaben=json.dumps([target, [["a", "b"]], False]))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/{SLUG}/")


@pytest.mark.parametrize("text", ["", "{", "[]", "[1,2]", '["/nordfriesland/", 7, 0]', '["/nordfriesland/", [[1]], 0]'])
def test_nonsense_that_is_carried_through_the_login_is_left_behind(site: Site, text: str) -> None:
    assert sign_in(site.client(), angaben=text).status_code == 303


def test_a_form_of_the_session_before_can_be_sent_again_by_hand(site: Site, case: str, anna: FlaskClient, later: Any) -> None:
    token = token_of(look(anna))
    later(minutes=61)
    sign_in(anna)  # in another tab
    stale = given_away(anna, case, token, **{"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"})
    assert (stale.status_code, "abgelaufen" in stale.text) == (400, True)
    action, typed = fields(stale)
    assert typed["grund"] == GRUND
    assert anna.post(action, data=typed, headers=BROWSER).status_code == 422
    for origin in ({"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "cross-site"}, {}):
        assert "langer" not in given_away(anna, case, token, **origin).text


def test_a_file_must_be_chosen_again_and_that_is_said(site: Site, anna: FlaskClient, case: str, later: Any) -> None:
    later(minutes=61)
    data = {"grund": "x", "datei": (io.BytesIO(b"abc"), "<b>foto</b>.png")}
    answer = anna.post(f"/{SLUG}/vorgaenge/{case}/abgeben", data=data, headers=BROWSER)
    assert (answer.status_code, "Dateien müssen Sie" in answer.text) == (401, True)


def test_a_login_page_with_something_typed_is_good_also_after_a_login_in_another_tab(
    site: Site, case: str, anna: FlaskClient, later: Any
) -> None:
    ours = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
    token = token_of(look(anna))
    later(minutes=61)
    action, typed = fields(given_away(anna, case, token))
    sign_in(anna)  # in another tab
    login = {**typed, "login": "anna", "passwort": PASSWORD}
    assert "angaben" not in anna.post(action, data=login, headers={**BROWSER, "Sec-Fetch-Site": "cross-site"}).text
    stale = anna.post(action, data=login, headers={**BROWSER, **ours})
    assert stale.status_code == 400
    action, kept = fields(stale)
    assert (action, kept["grund"]) == (f"/{SLUG}/vorgaenge/{case}/abgeben", GRUND)


def test_a_login_page_that_is_too_old_is_shown_again_with_what_it_carries(
    site: Site, case: str, anna: FlaskClient, later: Any
) -> None:
    token = token_of(look(anna))
    later(minutes=61)
    action, typed = fields(given_away(anna, case, token))
    login = {**typed, "csrf_token": "zu alt", "login": "anna", "passwort": PASSWORD}
    again = anna.post(action, data=login, headers={**BROWSER, "Sec-Fetch-Site": "same-origin"})
    assert (again.status_code, "Die Seite war abgelaufen." in again.text) == (400, True)
    assert fields(again)[1]["angaben"] == typed["angaben"]
    assert PASSWORD not in again.text
