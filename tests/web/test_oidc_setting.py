"""The setting of the login service: what it may be, who may make it the only way in, and its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from lxml import html
from werkzeug.test import TestResponse

from engine import reads
from engine.base import db
from engine.base.errors import Invalid
from engine.base.rights import ADMINISTRATION, SYSTEM
from engine.model import protokoll
from engine.verbs.kommune import change_networks
from engine.verbs.konten import add_konto
from engine.verbs.login import allow_passwords, change_oidc, is_secure_address
from tests.web.provider import CLIENT, SECRET, Provider
from tests.web.site import PASSWORD, SLUG, Site
from tests.web.test_identity import BROWSER, sign_in, token_of
from tests.web.test_oidc import BACK, back, provider, setting
from tests.web.test_sessions import is_in, look

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

__all__ = ["provider"]


def test_only_who_came_through_the_service_may_make_it_the_only_way_in(site: Site, provider: Provider) -> None:
    with db.namespace(SLUG):
        with pytest.raises(Invalid) as caught:
            change_oidc(setting(provider, only_oidc=True), via="passwort", loopback=True, by=SYSTEM)
        assert [cause.pointer for cause in caught.value.causes] == ["/only_oidc"]
        with pytest.raises(Invalid):
            change_oidc(setting(provider, only_oidc=True, claim="email"), via="oidc", loopback=True, by=SYSTEM)
        change_oidc(setting(provider, only_oidc=True), via="oidc", loopback=True, by=SYSTEM)
    client = site.client()
    page = client.get(f"/{SLUG}/anmelden", headers=BROWSER)
    assert 'name="passwort"' not in page.text
    data = {"csrf_token": page_token(client), "login": "anna", "passwort": "drei Worte genügen"}
    assert client.post(f"/{SLUG}/anmelden", data=data, headers=BROWSER).status_code == 422
    assert not is_in(client)
    assert back(client, provider).status_code == 303


def test_the_emergency_konto_comes_in_by_password_from_the_networks_of_the_municipality(site: Site, provider: Provider) -> None:
    with db.namespace(SLUG):
        add_konto("ohne", "Ohne", "o@example.org", frozenset({ADMINISTRATION}), by=SYSTEM)
        for emergency in ("anna", "ohne", "niemand"):
            with pytest.raises(Invalid) as caught:
                change_oidc(setting(provider, only_oidc=True, emergency=emergency), via="oidc", loopback=True, by=SYSTEM)
            assert [cause.pointer for cause in caught.value.causes] == ["/notfall"]
        change_oidc(setting(provider, only_oidc=True, emergency="chef"), via="oidc", loopback=True, by=SYSTEM)
    client = site.client()
    page = client.get(f"/{SLUG}/anmelden", headers=BROWSER)
    assert ('name="passwort"' in page.text, "anmelden?notfall=ja" in page.text) == (False, True)
    assert 'name="passwort"' in client.get(f"/{SLUG}/anmelden?notfall=ja", headers=BROWSER).text
    assert enter(site.client(), "anna") == 422
    assert enter(client, "chef") == 303
    assert is_in(client)
    with db.namespace(SLUG):
        change_networks(["192.0.2.0/24"], address="", confirmed=True, by=SYSTEM)
        forgotten = site.app.extensions["directory"].known
        forgotten.clear()
    assert enter(site.client(), "chef") == 403, "not from another network"
    with db.namespace(SLUG):
        change_networks([], address="", confirmed=True, by=SYSTEM)
        forgotten.clear()
    assert enter(site.client(), "chef") == 422, "and not from everywhere"
    with db.namespace(SLUG):
        with pytest.raises(Invalid):
            change_oidc(setting(provider, only_oidc=True, emergency="chef"), via="oidc", loopback=True, by=SYSTEM)
        assert (allow_passwords(), allow_passwords()) == (True, False)
    assert enter(site.client(), "anna") == 303


def enter(client: FlaskClient, login: str) -> int:
    """Try to sign in with the password although the service is the only way."""
    data = {"csrf_token": page_token(client), "login": login, "passwort": PASSWORD}
    return client.post(f"/{SLUG}/anmelden", data=data, headers=BROWSER).status_code


def page_token(client: FlaskClient) -> str:
    """A form's token of the session of nobody."""
    with client.session_transaction(f"/{SLUG}/anmelden") as kept:
        kept["csrf_token"] = "f" * 40
    with client.application.test_request_context(f"/{SLUG}/anmelden"):
        session["csrf_token"] = "f" * 40
        return str(generate_csrf())


def test_the_secret_stays_when_none_is_typed_and_goes_with_the_service(site: Site, provider: Provider) -> None:
    def kept() -> str:
        return str(reads.setting("anmeldung.oidc")["client_secret"])

    with db.namespace(SLUG):
        change_oidc(setting(provider, client_secret="", claim="email"), via="passwort", loopback=True, by=SYSTEM)
        assert kept() == SECRET
        change_oidc(
            setting(provider, client_secret="", issuer="https://anderswo.example"), via="passwort", loopback=True, by=SYSTEM
        )
        assert kept() == ""
        with db.reading() as tx:
            assert not any(SECRET in detail for detail in tx.scalars(sa.select(protokoll.T.c.detail)))
        change_oidc(None, via="passwort", loopback=True, by=SYSTEM)
        assert reads.setting("anmeldung.oidc") is None


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://anmeldung.husum.example/realms/verwaltung", True),
        ("https://anmeldung.husum.example:8443", True),
        ("http://127.0.0.1:8080", True),
        ("http://anmeldung.husum.example", False),
        ("https://", False),
        ("https://name@anmeldung.example", False),
        ("https://anmeldung.example?x=1", False),
        ("https://anmeldung.example:kein", False),
        ("https://[", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_a_service_is_reached_by_tls(site: Site, address: str, expected: bool) -> None:
    assert is_secure_address(address, loopback=True) is expected
    assert is_secure_address(address) is (expected and address.startswith("https:"))


def administration(site: Site) -> FlaskClient:
    client = site.client()
    sign_in(client, "chef")
    return client


def save(client: FlaskClient, **typed: str) -> TestResponse:
    page = look(client, "verwaltung/anmeldung/dienst")
    data = {"csrf_token": token_of(page), "claim": "preferred_username", "client_id": CLIENT, **typed}
    return client.post(f"/{SLUG}/verwaltung/anmeldung/dienst", data=data, headers=BROWSER)


def test_the_administration_checks_sets_and_removes_the_service(site: Site, serve: Callable[[Any], str]) -> None:
    client, provider = administration(site), Provider()
    provider.url = serve(provider.wsgi)
    checked = save(client, issuer=provider.url, geheimnis=SECRET, tun="pruefen")
    assert (checked.status_code, "antwortet, wie er soll" in checked.text, SECRET in checked.text) == (200, True, False)
    assert f"http://localhost{BACK}" in checked.text
    assert save(client, issuer=provider.url, geheimnis=SECRET, tun="speichern").status_code == 303
    assert back(site.client(), provider).status_code == 303
    page = look(client, "verwaltung/anmeldung/dienst")
    assert SECRET not in page.text
    data = {"csrf_token": token_of(page)}
    assert client.post(f"/{SLUG}/verwaltung/anmeldung/dienst/entfernen", data=data, headers=BROWSER).status_code == 303
    assert "Anmeldedienst" not in site.client().get(f"/{SLUG}/anmelden", headers=BROWSER).text


def test_a_check_says_what_is_wrong_and_saves_nothing(site: Site, serve: Callable[[Any], str]) -> None:
    client, provider = administration(site), Provider()
    provider.url = serve(provider.wsgi)
    provider.metadata = {"code_challenge_methods_supported": ["plain"]}
    for typed, sentence in (
        (provider.url, "PKCE"),
        ("http://127.0.0.1:9", "nicht zu erreichen"),
        ("ftp://x", "https://"),
        ('"><script>alert(1)</script>', "https://"),
    ):
        answer = save(client, issuer=typed, tun="pruefen")
        assert (answer.status_code, sentence in answer.text) == (200, True)
        assert "<script>alert" not in answer.text
    with db.namespace(SLUG):
        assert reads.setting("anmeldung.oidc") is None


def test_what_is_wrong_with_the_setting_stands_at_its_field_and_all_that_was_typed_is_kept(site: Site) -> None:
    client = administration(site)
    answer = save(client, issuer="anmeldung.example", client_id="", claim="x" * 600)
    page = html.fromstring(answer.data)
    assert answer.status_code == 422
    assert page.xpath("//*[@role='alert']//a/@href") == ["#claim", "#issuer", "#client_id"]
    assert page.xpath("//*[@aria-invalid]/@id") == ["issuer", "client_id", "claim"]
    assert page.xpath("//*[@id='issuer']/@value") == ["anmeldung.example"]
