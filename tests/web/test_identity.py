"""Who is signed in: passwords, sessions, tokens against forgery, limits on attempts."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.base import db
from engine.base.rights import SYSTEM
from engine.verbs.kommune import make_kommune
from engine.verbs.konten import add_konto
from tests.web.site import HASH, PASSWORD, SLUG, Site, problem
from web.compose import create_app
from web.identity import hash_password, verify_password
from web.settings import Settings

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def token_of(page: TestResponse) -> str:
    """The token that a page of ours carries."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def sign_in(client: FlaskClient, login: str = "anna", password: str = PASSWORD, slug: str = SLUG, **more: Any) -> TestResponse:
    token = token_of(client.get(f"/{slug}/anmelden", headers=BROWSER))
    data = {"csrf_token": token, "login": login, "passwort": password, **more}
    return client.post(f"/{slug}/anmelden", data=data, headers=BROWSER)


def test_a_password_is_kept_as_argon2id_with_the_house_s_costs(site: Site) -> None:
    hash = hash_password(PASSWORD)
    assert hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hash_password(PASSWORD) != hash
    assert verify_password(hash, PASSWORD)
    assert not verify_password(hash, PASSWORD + " ")
    assert not verify_password(None, "niemand")
    assert not verify_password("kein Hash", PASSWORD)
    assert not verify_password(hash, "x" * 2000)


def test_who_is_not_signed_in_is_led_to_the_login_and_back(site: Site) -> None:
    client = site.client()
    asked = client.get(f"/{SLUG}/posteingang?seite=1", headers=BROWSER)
    assert (asked.status_code, asked.headers["Location"]) == (302, f"/{SLUG}/anmelden?weiter=/{SLUG}/posteingang?seite%3D1")
    answer = sign_in(client, weiter=f"/{SLUG}/posteingang?seite=1")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/{SLUG}/posteingang?seite=1")
    assert client.get(f"/{SLUG}/posteingang", headers=BROWSER).status_code == 200
    assert client.get(f"/{SLUG}/anmelden", headers=BROWSER).status_code == 303


@pytest.mark.parametrize(
    "onward", ["https://example.org/", "//example.org/", "/husum/", "/\\example.org", "javascript:1", "/nordfriesland/\nx"]
)
def test_the_login_leads_to_no_other_site(site: Site, onward: str) -> None:
    assert sign_in(site.client(), weiter=onward).headers["Location"] == f"/{SLUG}/"


@pytest.mark.parametrize(("login", "password"), [("anna", "falsch"), ("niemand", PASSWORD), ("", ""), ("an\x00na", PASSWORD)])
def test_a_wrong_login_says_the_same_whatever_was_wrong(site: Site, login: str, password: str) -> None:
    client = site.client()
    answer = sign_in(client, login, password)
    assert answer.status_code == 422
    assert "Anmeldename oder Passwort stimmt nicht." in answer.text
    assert client.get(f"/{SLUG}/", headers=BROWSER).status_code == 302


def test_the_cookie_belongs_to_one_municipality_and_no_script_reads_it(site: Site) -> None:
    cookie = sign_in(site.client()).headers["Set-Cookie"]
    assert cookie.startswith(f"amtsweg_{SLUG}=")
    assert {"HttpOnly", f"Path=/{SLUG}", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie


def test_behind_tls_the_cookie_is_secure(site: Site, settings: Settings) -> None:
    app = create_app(Settings(home=settings.home, secret=settings.secret))
    answer = app.test_client().get(f"/{SLUG}/anmelden", base_url="https://localhost", headers=BROWSER)
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_a_session_of_one_municipality_is_nobody_in_another(site: Site) -> None:
    make_kommune("husum", "Stadt Husum", "Stadt", "SH", stellen=["100002"])
    with db.namespace("husum"):
        add_konto("anna", "Anna", "anna@example.org", frozenset({"sachbearbeitung"}), password=HASH, by=SYSTEM)
    client = site.client()
    sign_in(client)
    value = client.get_cookie(f"amtsweg_{SLUG}", path=f"/{SLUG}").value  # type: ignore[union-attr]
    client.set_cookie("amtsweg_husum", value, path="/husum")
    assert client.get("/husum/", headers=BROWSER).status_code == 302
    assert client.get(f"/{SLUG}/", headers=BROWSER).status_code == 200
    assert sign_in(client, slug="husum").status_code == 303
    assert client.get("/husum/", headers=BROWSER).status_code == 200
    assert client.get(f"/{SLUG}/", headers=BROWSER).status_code == 200


def test_signing_out_ends_the_session(site: Site) -> None:
    client = site.client()
    sign_in(client)
    token = token_of(client.get(f"/{SLUG}/", headers=BROWSER))
    assert client.post(f"/{SLUG}/abmelden", data={"csrf_token": token}, headers=BROWSER).status_code == 303
    assert client.get(f"/{SLUG}/", headers=BROWSER).status_code == 302


def test_the_session_is_new_after_the_login(site: Site) -> None:
    client = site.client()
    before = token_of(client.get(f"/{SLUG}/anmelden", headers=BROWSER))
    client.post(f"/{SLUG}/anmelden", data={"csrf_token": before, "login": "anna", "passwort": PASSWORD}, headers=BROWSER)
    refused = client.post(f"/{SLUG}/abmelden", data={"csrf_token": before}, headers=BROWSER)
    assert refused.status_code == 400


def test_attempts_are_limited_for_one_login_and_only_wrong_ones_count(site: Site) -> None:
    client = site.client()
    for _ in range(5):
        assert sign_in(client).status_code == 303
        token = token_of(client.get(f"/{SLUG}/", headers=BROWSER))
        client.post(f"/{SLUG}/abmelden", data={"csrf_token": token}, headers=BROWSER)
    statuses = [sign_in(client, password="falsch").status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]
    blocked = sign_in(client)
    assert blocked.status_code == 429
    assert "Zu viele Versuche" in blocked.text
    assert int(blocked.headers["Retry-After"]) > 0
    assert sign_in(client, "berta").status_code == 303


def test_the_same_login_in_other_clothes_is_the_same_login(site: Site) -> None:
    client = site.client()
    clothes = ["anna", " anna", "anna ", "\tanna", "  anna  ", "Anna", "ANNA", "\u00a0anna", " " * 120 + "anna", "anna\n"]
    assert [sign_in(client, login, "falsch").status_code for login in clothes] == [422] * 10
    assert sign_in(client, "\u2003anna", "falsch").status_code == 429


# --- forged requests -----------------------------------------------------------------------------------------------


def test_with_a_session_the_interface_wants_the_token_of_a_page(site: Site) -> None:
    [task] = site.open_tasks(site.new_case())
    client = site.client()
    sign_in(client)
    path = f"/{SLUG}/api/v1/aufgaben/{task}/claim"
    assert "neu" in problem(client.post(path), 400)["detail"]
    assert problem(client.post(path, headers={"X-CSRFToken": "erfunden"}), 400)
    page = client.get(f"/{SLUG}/", headers=BROWSER).text
    token = re.search(r'<meta name="csrf-token" content="([^"]+)"', page)[1]  # type: ignore[index]
    assert client.post(path, headers={"X-CSRFToken": token}).json["holder"] == "anna"  # type: ignore[index]


def test_a_token_of_nobody_beside_a_session_is_nobody(site: Site) -> None:
    client = site.client()
    sign_in(client)
    problem(client.get(f"/{SLUG}/api/v1/vorgaenge", headers={"Authorization": "Bearer aw_erfunden"}), 401)


def test_a_token_of_another_kind_counts_for_nothing(site: Site) -> None:
    headers = {"Authorization": f"Basic {site.tokens['anna']}"}
    answer = site.client().get(f"/{SLUG}/api/v1/vorgaenge", headers=headers)
    assert problem(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_pages_refuse_a_form_without_a_token(site: Site) -> None:
    [task] = site.open_tasks(site.new_case())
    client = site.client()
    sign_in(client)
    answer = client.post(f"/{SLUG}/aufgaben/{task}/uebernehmen", headers=BROWSER)
    assert (answer.status_code, "abgelaufen" in answer.text) == (400, True)
    assert client.post(f"/{SLUG}/anmelden", data={"login": "anna", "passwort": PASSWORD}, headers=BROWSER).status_code == 400
