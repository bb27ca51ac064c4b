"""Signing in through a login service: what must come back, and every way in which it may be wrong."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from lxml import html
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from engine.base import clock, db
from engine.base.rights import SYSTEM
from engine.model import protokoll
from engine.verbs.konten import deactivate_konto, reset_password
from engine.verbs.login import change_oidc
from tests.web.provider import CLIENT, SECRET, Provider
from tests.web.site import HASH, SLUG, Site
from tests.web.test_identity import BROWSER, token_of
from tests.web.test_sessions import id_of, is_in, look

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

BACK = f"/{SLUG}/anmelden/dienst/zurueck"


def setting(provider: Provider, **more: Any) -> dict[str, Any]:
    return {
        "issuer": provider.url, "client_id": CLIENT, "client_secret": SECRET, "claim": "preferred_username",
        "only_oidc": False, **more,
    }  # fmt: skip


@pytest.fixture
def provider(site: Site, serve: Callable[[Any], str]) -> Provider:
    """A login service that the municipality uses."""
    provider = Provider()
    provider.url = serve(provider.wsgi)
    with db.namespace(SLUG):
        change_oidc(setting(provider), via="passwort", loopback=True, by=SYSTEM)
    return provider


def begin(client: FlaskClient, onward: str = "") -> TestResponse:
    return client.get(f"/{SLUG}/anmelden/dienst", query_string={"weiter": onward} if onward else {}, headers=BROWSER)


def back(client: FlaskClient, provider: Provider, begun: TestResponse | None = None, **changed: Any) -> TestResponse:
    """Sign in over there and come back."""
    begun = begun or begin(client)
    assert begun.status_code == 303, begun.text
    brought = {**provider.authorize(begun.headers["Location"]), **changed}
    return client.get(BACK, query_string={name: value for name, value in brought.items() if value is not None}, headers=BROWSER)


def refused(answer: TestResponse, sentence: str, client: FlaskClient) -> None:
    """The login page, with a sentence, and nobody is signed in."""
    assert answer.status_code == 422
    said = html.fromstring(answer.data).xpath("string(//*[@role='alert'])")
    assert sentence in said
    assert not is_in(client)


def reasons() -> list[dict[str, Any]]:
    with db.namespace(SLUG), db.reading() as tx:
        failed = sa.select(protokoll.T.c.detail).where(protokoll.T.c.tag == "anmeldung:gescheitert")
        return [json.loads(detail) for detail in tx.scalars(failed)]


def test_who_the_service_knows_and_who_has_a_konto_comes_in_and_goes_where_they_wanted(site: Site, provider: Provider) -> None:
    client = site.client()
    page = client.get(f"/{SLUG}/anmelden?weiter=/{SLUG}/posteingang", headers=BROWSER)
    [link] = html.fromstring(page.data).xpath("//main//a[contains(., 'Anmeldedienst')]/@href")
    begun = client.get(link, headers=BROWSER)
    answer = back(client, provider, begun)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/{SLUG}/posteingang")
    assert "Anna" in look(client).text
    with db.namespace(SLUG), db.reading() as tx:
        last = tx.all(sa.select(protokoll.T).order_by(protokoll.T.c.number.desc()).limit(1))[0]
    assert (last.tag, last.konto, last.detail) == ("anmeldung:erfolgt", "anna", '{"weg": "oidc"}')


def test_the_session_after_it_is_new_and_signing_out_ends_it(site: Site, provider: Provider) -> None:
    client = site.client()
    client.set_cookie(f"amtsweg_{SLUG}", "x" * 43, path=f"/{SLUG}")
    back(client, provider)
    cookie = client.get_cookie(f"amtsweg_{SLUG}", path=f"/{SLUG}")
    assert cookie is not None
    assert cookie.value != "x" * 43
    client.post(f"/{SLUG}/abmelden", data={"csrf_token": token_of(look(client))}, headers=BROWSER)
    assert not is_in(client)


def test_the_login_is_compared_in_small_letters(site: Site, provider: Provider) -> None:
    provider.login = " Anna "
    client = site.client()
    assert back(client, provider).status_code == 303


@pytest.mark.parametrize("login", ["niemand", "<script>alert(1)</script>", "x" * 10_000])
def test_who_has_no_konto_here_gets_none(site: Site, provider: Provider, login: str) -> None:
    provider.login = login
    client = site.client()
    answer = back(client, provider)
    refused(answer, "gibt es hier kein Konto", client)
    assert "<script>alert" not in answer.text
    assert reasons() == [{"anmeldung": None, "grund": "konto", "weg": "oidc"}]


def test_who_is_locked_out_here_does_not_come_in(site: Site, provider: Provider) -> None:
    with db.namespace(SLUG):
        deactivate_konto(id_of("anna"), by=SYSTEM)
    client = site.client()
    refused(back(client, provider), "gibt es hier kein Konto", client)


@pytest.mark.parametrize(
    ("claims", "sentence"),
    [
        ({"nonce": "eine andere"}, "gilt nicht für diese Anmeldung"),
        ({"iss": "https://anderswo.example"}, "gilt nicht für diese Anmeldung"),
        ({"aud": "jemand anderes"}, "gilt nicht für diese Anmeldung"),
        ({"aud": [CLIENT, "jemand"], "azp": "jemand"}, "gilt nicht für diese Anmeldung"),
        ({"at_hash": "falsch"}, "gilt nicht für diese Anmeldung"),
        ({"nonce": None}, "nicht echt oder nicht lesbar"),
        ({"exp": None}, "nicht echt oder nicht lesbar"),
        ({"iss": None}, "nicht echt oder nicht lesbar"),
        ({"aud": None}, "nicht echt oder nicht lesbar"),
        ({"aud": [CLIENT, "jemand"]}, "nicht echt oder nicht lesbar"),
        ({"preferred_username": None}, "nennt keinen Anmeldenamen"),
        ({"preferred_username": ""}, "nennt keinen Anmeldenamen"),
        ({"preferred_username": ["anna"]}, "nennt keinen Anmeldenamen"),
    ],
)
def test_what_is_signed_must_be_meant_for_this_login(
    site: Site, provider: Provider, claims: dict[str, Any], sentence: str
) -> None:
    provider.claims = claims
    client = site.client()
    refused(back(client, provider), sentence, client)


def test_what_is_signed_must_not_be_old(site: Site, provider: Provider) -> None:
    client = site.client()
    now = int(clock.now().timestamp())
    provider.claims = {"iat": now - 900, "exp": now - 120}
    refused(back(client, provider), "ist abgelaufen", client)
    assert reasons()[-1]["grund"] == "exp"


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part(claims)}."


def signed_by_another(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return jwt.encode(header, claims, RSAKey.generate_key(2048, {"kid": "1"}))


def signed_with_the_secret(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET.ljust(32)), algorithms=["HS256"])


def tampered(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return unsigned(header, claims) + "AAAA"


@pytest.mark.parametrize("sign", [unsigned, signed_by_another, signed_with_the_secret, tampered, lambda *_: "kein Token"])
def test_what_is_not_signed_by_the_service_counts_for_nothing(site: Site, provider: Provider, sign: Any) -> None:
    provider.sign = sign
    client = site.client()
    refused(back(client, provider), "nicht echt oder nicht lesbar", client)


def test_a_key_the_service_changed_to_is_found(site: Site, provider: Provider) -> None:
    assert back(site.client(), provider).status_code == 303
    provider.key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})
    assert back(site.client(), provider).status_code == 303


def test_only_the_browser_that_began_comes_back_and_only_once(site: Site, provider: Provider) -> None:
    client, other = site.client(), site.client()
    begun = begin(client)
    refused(back(other, provider, begun), "wurde hier nicht begonnen", other)
    assert back(client, provider, begun).status_code == 303
    again = site.client()
    refused(back(again, provider, begun), "wurde hier nicht begonnen", again)


@pytest.mark.parametrize("changed", [{"state": "erfunden"}, {"state": None}, {"state": ""}])
def test_a_state_of_nobody_is_refused(site: Site, provider: Provider, changed: dict[str, Any]) -> None:
    client = site.client()
    refused(back(client, provider, **changed), "wurde hier nicht begonnen", client)


def test_who_takes_too_long_begins_anew(site: Site, provider: Provider) -> None:
    client = site.client()
    with clock.frozen(dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)):
        begun = begin(client)
        clock.move(dt.timedelta(minutes=11))
        refused(back(client, provider, begun), "abgelaufen", client)


def test_several_tabs_may_begin_and_each_comes_back(site: Site, provider: Provider) -> None:
    client = site.client()
    first, second = begin(client, f"/{SLUG}/posteingang"), begin(client)
    assert back(client, provider, first).headers["Location"] == f"/{SLUG}/posteingang"
    assert second.headers["Location"] != first.headers["Location"]


def test_a_login_that_was_broken_off_over_there_says_so(site: Site, provider: Provider) -> None:
    client = site.client()
    refused(back(client, provider, error="access_denied", code=None), "abgebrochen oder dort abgelehnt", client)


@pytest.mark.parametrize("changed", [{"code": "falsch"}, {"code": None}])
def test_a_code_the_service_does_not_know_is_refused(site: Site, provider: Provider, changed: dict[str, Any]) -> None:
    client = site.client()
    refused(back(client, provider, **changed), "nicht bestätigt", client)


def test_an_answer_of_another_service_is_refused(site: Site, provider: Provider) -> None:
    client = site.client()
    refused(back(client, provider, iss="https://anderswo.example"), "anderen Anmeldedienst", client)


def test_a_wrong_client_secret_lets_nobody_in(site: Site, provider: Provider) -> None:
    provider.secret = "ein anderes"
    client = site.client()
    refused(back(client, provider), "nicht bestätigt", client)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Response("weg", 503), "gerade nicht zu erreichen"),
        (Response("x" * 2_000_000), "gerade nicht zu erreichen"),
        (Response("", 302, {"Location": "https://anderswo.example"}), "gerade nicht zu erreichen"),
        (Response("kein JSON"), "Unlesbarem"),
        (Response("[]"), "Unlesbarem"),
        (Response('{"issuer": "https://anderswo.example"}'), "nennt sich anders"),
    ],
)
def test_a_service_that_is_away_or_odd_is_a_sentence_on_the_login_page(
    site: Site, provider: Provider, answer: Response, sentence: str
) -> None:
    client = site.client()
    provider.answer = answer
    refused(begin(client), sentence, client)


def test_a_service_that_goes_away_meanwhile_is_a_sentence_too(site: Site, provider: Provider) -> None:
    client = site.client()
    begun = begin(client)
    provider.answer = Response("weg", 503)
    refused(back(client, provider, begun), "gerade nicht zu erreichen", client)


def test_a_service_whose_addresses_are_not_secure_is_refused(site: Site, provider: Provider) -> None:
    client = site.client()
    for url in ("http://anderswo.example/token", "javascript:alert(1)", "", 7):
        provider.metadata = {"token_endpoint": url}
        refused(begin(client), "keine brauchbare Adresse", client)


def test_without_a_service_the_ways_to_it_lead_to_the_login(site: Site) -> None:
    client = site.client()
    assert begin(client).headers["Location"] == f"/{SLUG}/anmelden?weiter="
    assert client.get(BACK, headers=BROWSER).headers["Location"] == f"/{SLUG}/anmelden"
    assert "Anmeldedienst" not in client.get(f"/{SLUG}/anmelden", headers=BROWSER).text


def test_the_address_to_come_back_to_is_secure_behind_tls(site: Site, provider: Provider) -> None:
    address = begin(site.client()).headers["Location"]
    assert parse_qs(urlsplit(address).query)["redirect_uri"] == [f"http://localhost{BACK}"]


def test_a_password_for_one_login_is_of_no_matter_to_who_comes_through_the_service(site: Site, provider: Provider) -> None:
    with db.namespace(SLUG):
        reset_password(id_of("anna"), HASH, by=SYSTEM)
    client = site.client()
    back(client, provider)
    assert look(client).status_code == 200
    page = look(client, "mein-konto")
    assert "über den Anmeldedienst angemeldet" in page.text
    assert "passwort_neu" not in page.text
