"""The page of a one-time link: it leads to a password and to the login, once; then it says how to get another."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from lxml import html

from engine.base import db
from engine.base.rights import SYSTEM
from engine.verbs.invite import make_link
from engine.verbs.kommune import change_networks
from tests.web.pages import wrong_fields
from tests.web.site import PASSWORD, SLUG, Site
from tests.web.test_identity import BROWSER, sign_in

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

NEW = "vier Worte sind genug"


@pytest.fixture
def path(site: Site) -> str:
    """The address of a link for chef."""
    with db.namespace(SLUG):
        return f"/{SLUG}/einmallink/{make_link('chef', by=SYSTEM).token}"


def send(client: FlaskClient, path: str, new: str, again: str | None = None):
    page = client.get(path, headers=BROWSER)
    [token] = set(re.findall(r'name="csrf_token" value="([^"]+)"', page.text))
    data = {"csrf_token": token, "passwort_neu": new, "passwort_wieder": new if again is None else again}
    return client.post(path, data=data, headers=BROWSER)


def test_it_leads_to_a_password_and_to_the_login_and_is_good_once(site: Site, path: str) -> None:
    client = site.client()
    for _ in range(3):  # mail servers look at links before people do
        page = client.get(path, headers=BROWSER)
        assert (page.status_code, "Willkommen, Chef" in page.text, "„chef“" in page.text) == (200, True, True)
    assert client.head(path).status_code == 200
    answer = send(client, path, NEW)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/{SLUG}/anmelden")
    assert "Melden Sie sich damit als „chef“ an." in client.get(answer.headers["Location"], headers=BROWSER).text
    assert sign_in(site.client(), "chef", PASSWORD).status_code == 422
    assert sign_in(client, "chef", NEW).status_code == 303
    gone = site.client().get(path, headers=BROWSER)
    assert gone.status_code == 410
    assert "Dieser Link gilt nicht mehr" in gone.text
    assert "gibt Ihnen die Administration Ihrer Kommune" in gone.text


def test_what_is_wrong_stands_at_its_field_and_the_link_stays_good(site: Site, path: str) -> None:
    client = site.client()
    for new, again, fields in (
        ("kurz", "kurz", ["passwort_neu"]),
        (NEW, "anders", ["passwort_wieder"]),
        ("", "", ["passwort_neu"]),
    ):
        answer = send(client, path, new, again)
        assert (answer.status_code, wrong_fields(answer)) == (422, fields)
        assert new == "" or new not in html.fromstring(answer.text).text_content()
    assert send(client, path, NEW).status_code == 303


def test_of_two_forms_that_are_open_one_counts(site: Site, path: str) -> None:
    first, second = site.client(), site.client()
    token = re.findall(r'name="csrf_token" value="([^"]+)"', second.get(path, headers=BROWSER).text)[0]
    assert send(first, path, NEW).status_code == 303
    late = second.post(
        path, data={"csrf_token": token, "passwort_neu": NEW + "!", "passwort_wieder": NEW + "!"}, headers=BROWSER
    )
    assert late.status_code == 410
    assert sign_in(site.client(), "chef", NEW).status_code == 303


def test_a_form_without_the_token_of_the_page_sets_nothing(site: Site, path: str) -> None:
    answer = site.client().post(path, data={"passwort_neu": NEW, "passwort_wieder": NEW}, headers=BROWSER)
    assert answer.status_code == 400
    assert sign_in(site.client(), "chef", PASSWORD).status_code == 303


@pytest.mark.parametrize("token", ["x" * 43, "ä" * 43, "%00" * 43, "x", "x" * 44])
def test_what_was_made_up_opens_nothing(site: Site, token: str) -> None:
    assert site.client().get(f"/{SLUG}/einmallink/{token}", headers=BROWSER).status_code in (404, 410)


def test_whoever_tries_many_is_held_up(site: Site) -> None:
    client = site.client()
    codes = [client.get(f"/{SLUG}/einmallink/{number:043}", headers=BROWSER).status_code for number in range(21)]
    assert (codes[0], codes[-1]) == (410, 429)


def test_from_outside_the_networks_of_the_municipality_it_opens_nothing(site: Site, path: str) -> None:
    with db.namespace(SLUG):
        change_networks(["192.0.2.0/24"], address="127.0.0.1", confirmed=True, by=SYSTEM)
    assert site.client().get(path, headers=BROWSER).status_code == 403


def test_it_is_there_in_english(site: Site, path: str) -> None:
    client = site.client()
    client.set_cookie("amtsweg-sprache", "en", path="/")
    assert "Welcome, Chef" in client.get(path, headers=BROWSER).text
    send(client, path, NEW)
    assert "This link is no longer valid" in client.get(path, headers=BROWSER).text
