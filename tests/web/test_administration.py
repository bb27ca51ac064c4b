"""The pages of the Administration and of one's own Konto: who works here, in which Stellen, from which networks."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from engine import reads
from engine.base import db
from engine.base.rights import SYSTEM
from engine.verbs.konten import add_konto, change_konto
from engine.verbs.stellen import add_stelle, give_to_stelle
from tests.web.site import HASH, SLUG, Site, problem
from tests.web.test_identity import BROWSER, sign_in, token_of
from tests.web.test_sessions import cookie, id_of, is_in, look, with_token

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
NEW = "vier Worte genügen auch"


@pytest.fixture
def chef(site: Site) -> FlaskClient:
    """A browser in which the Administration is signed in."""
    client = site.client()
    sign_in(client, "chef")
    return client


def send(client: FlaskClient, path: str, action: str | None = None, **typed: Any) -> TestResponse:
    """Open a page, fill in its form and send it."""
    page = look(client, path)
    made = re.search(r'name="neu" value="(\w+)"', page.text)
    data = {"csrf_token": token_of(page), **({"neu": made[1]} if made else {}), **typed}
    return client.post(f"/{SLUG}/{action or path}", data=data, headers=BROWSER)


def tree(answer: TestResponse) -> Any:
    return html.fromstring(answer.data)


def said(answer: TestResponse) -> str:
    return " ".join(" ".join(tree(answer).xpath("//main")[0].itertext()).split())


def secret(answer: TestResponse) -> list[str]:
    """What a page shows only once."""
    return list(tree(answer).xpath("//*[@class='aw-secret']/code/text()"))


def follow(client: FlaskClient, answer: TestResponse) -> TestResponse:
    assert answer.status_code == 303, answer.text
    return client.get(answer.headers["Location"], headers=BROWSER)


def path_of(login: str) -> str:
    return f"verwaltung/konten/{id_of(login)}"


FILLED = {"name": "Paula Probe", "login": "paula", "email": "paula@husum.example", "rollen": ["sachbearbeitung"]}


# --- Konten ----------------------------------------------------------------------------------------------------------


def test_a_konto_is_added_and_its_password_is_shown_once_and_good_for_one_login(site: Site, chef: FlaskClient) -> None:
    shown = follow(chef, send(chef, "verwaltung/konten/neu", **FILLED))
    [password] = secret(shown)
    assert secret(look(chef, path_of("paula"))) == []
    paula = site.client()
    assert sign_in(paula, "paula", password, weiter=f"/{SLUG}/posteingang").status_code == 303
    led = look(paula, "posteingang?seite=1")
    assert (led.status_code, led.headers["Location"]) == (303, f"/{SLUG}/neues-passwort?weiter=/{SLUG}/posteingang?seite%3D1")
    problem(paula.get(f"/{SLUG}/api/v1/vorgaenge"), 403)
    problem(paula.get(f"/{SLUG}/api/v1/bundles"), 403)
    assert look(paula, "mein-konto").status_code == 303
    page = "neues-passwort?weiter=/nordfriesland/posteingang"
    for new, again, fields in (
        ("kurz", "kurz", ["#passwort_neu"]),
        ("Paula Probe 2026", "Paula Probe 2026", ["#passwort_neu"]),
        (NEW, "anders", ["#passwort_wieder"]),
        (password, password, ["#passwort_neu"]),
    ):
        answer = send(paula, page, passwort_neu=new, passwort_wieder=again)
        assert answer.status_code == 422
        assert tree(answer).xpath("//*[@role='alert']//a/@href") == fields
        assert new not in answer.text
    changed = send(paula, page, weiter=f"/{SLUG}/posteingang", passwort_neu=NEW, passwort_wieder=NEW)
    assert changed.headers["Location"] == f"/{SLUG}/posteingang"
    assert look(paula, "posteingang").status_code == 200
    assert look(paula, "neues-passwort").headers["Location"] == f"/{SLUG}/"
    assert sign_in(site.client(), "paula", password).status_code == 422
    assert sign_in(site.client(), "paula", NEW).status_code == 303


def test_what_was_wrong_stands_at_the_fields_and_what_was_typed_is_kept(site: Site, chef: FlaskClient) -> None:
    answer = send(
        chef, "verwaltung/konten/neu", name=EVIL * 10, login=EVIL, email=EVIL, rollen=["administration", "x"], stellen=["weg"]
    )
    page = tree(answer)
    assert answer.status_code == 422
    assert page.xpath("//*[@role='alert']//a/@href") == ["#stellen"]
    answer = send(chef, "verwaltung/konten/neu", name=EVIL * 10, login=EVIL, email=EVIL, rollen=["administration", "x"])
    page = tree(answer)
    assert page.xpath("//*[@role='alert']//a/@href") == ["#name", "#login", "#email", "#rollen"]
    assert page.xpath("//main//input[@aria-invalid]/@id") == ["name", "login", "email"]
    assert page.xpath("//*[@id='name']/@value") == [EVIL * 10]
    assert page.xpath("//input[@name='rollen'][@checked]/@value") == ["administration"]
    assert page.xpath("//script[not(@src)]") == page.xpath("//img") == []
    for name in ("name", "login", "email"):
        [described] = page.xpath(f"//*[@id='{name}']/@aria-describedby")
        assert all(page.xpath(f"//*[@id='{id}']") for id in described.split())


def test_ten_thousand_signs_are_too_many_and_nothing_breaks(site: Site, chef: FlaskClient) -> None:
    long = "x" * 10_000
    answer = send(chef, "verwaltung/konten/neu", name=long, login=long, email=long, stellen=[long])
    assert answer.status_code == 422
    answer = send(chef, "verwaltung/stellen/neu", name=long, nummer=long, kennung=long)
    assert (answer.status_code, tree(answer).xpath("//*[@role='alert']//a/@href")) == (422, ["#name", "#nummer"])
    assert send(chef, "verwaltung/netze", netze=long).status_code == 422
    assert send(chef, "verwaltung/anmeldung", leerlauf=long).status_code == 422
    assert look(chef, f"verwaltung/konten?q={'x' * 5000}").status_code == 200


def test_a_double_click_makes_one_konto_and_shows_its_password(site: Site, chef: FlaskClient) -> None:
    page = look(chef, "verwaltung/konten/neu")
    data = {**FILLED, "csrf_token": token_of(page), "neu": re.search(r'name="neu" value="(\w+)"', page.text)[1]}  # type: ignore[index]
    first, second = (chef.post(f"/{SLUG}/verwaltung/konten/neu", data=data, headers=BROWSER) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    [password] = secret(follow(chef, second))
    assert sign_in(site.client(), "paula", password).status_code == 303


def test_a_taken_login_is_said_at_its_field(site: Site, chef: FlaskClient) -> None:
    answer = send(chef, "verwaltung/konten/neu", **{**FILLED, "login": "anna"})
    assert (answer.status_code, tree(answer).xpath("//*[@role='alert']//a/@href")) == (422, ["#login"])


def test_konten_are_listed_and_found(site: Site, chef: FlaskClient) -> None:
    with db.namespace(SLUG):
        add_konto("boese", EVIL, "b@example.org", frozenset({"poststelle"}), frozenset({"<b>Stelle"}), by=SYSTEM)
    names = tree(look(chef, "verwaltung/konten")).xpath("//a[@class='kern-link aw-row__title']/text()")
    assert names == sorted(["Alle", "Anna", "Berta", "Chef", "Design", EVIL], key=lambda name: name.encode())
    found = look(chef, "verwaltung/konten?q=ann")
    assert tree(found).xpath("//a[@class='kern-link aw-row__title']/text()") == ["Anna"]
    assert "Sachbearbeitung" in said(found)
    assert "Zu „<b>niemand“ gibt es kein Konto." in said(look(chef, "verwaltung/konten?q=%3Cb%3Eniemand"))


def test_long_lists_of_konten_have_pages(site: Site, chef: FlaskClient) -> None:
    with db.namespace(SLUG):
        for number in range(reads.PAGE):
            add_konto(f"k{number}", f"K {number}", "k@example.org", frozenset(), by=SYSTEM)
    assert len(tree(look(chef, "verwaltung/konten?seite=2")).xpath("//li[@class='aw-row']")) == 5


def test_a_konto_is_changed_and_what_changed_holds_at_once(site: Site, chef: FlaskClient) -> None:
    case = site.new_case()
    with db.namespace(SLUG):
        add_stelle("Bauamt", key="bau", by=SYSTEM)
        add_stelle("Kasse", by=SYSTEM)
        give_to_stelle(case, "bau", "weil", by=SYSTEM)
    anna = site.client()
    sign_in(anna)
    assert look(anna, f"vorgaenge/{case}").status_code == 200
    typed = {"name": "Anna Neu", "email": "neu@example.org", "rollen": ["sachbearbeitung"]}
    assert "Gespeichert." in said(follow(chef, send(chef, path_of("anna"), **typed, stellen=["Kasse"])))
    assert look(anna, f"vorgaenge/{case}").status_code == 404
    assert "Anna Neu" in look(anna, "mein-konto").text
    send(chef, path_of("anna"), **typed, stellen=["bau", "Kasse"])
    assert look(anna, f"vorgaenge/{case}").status_code == 200
    send(chef, path_of("anna"), name="Anna", email="a@example.org", rollen=["poststelle"])
    problem(anna.post(f"/{SLUG}/api/v1/vorgaenge/{case}/nachrichten", json={}), 403)


def test_the_last_administration_and_oneself_are_refused_with_a_sentence(site: Site, chef: FlaskClient) -> None:
    with db.namespace(SLUG):
        change_konto(id_of("alle"), name="Alle", email="a@b.de", roles=frozenset(), groups=frozenset(), by=SYSTEM)
    own = path_of("chef")
    answer = send(chef, own, name="Chef", email="c@example.org", rollen=["sachbearbeitung"])
    assert (answer.status_code, "letzte Administration" in said(answer)) == (422, True)
    for button in ("sperren", "passwort"):
        answer = send(chef, own, f"{own}/{button}")
        assert (answer.status_code, "eigene" in said(answer)) == (422, True)
    page = tree(look(chef, own))
    assert not [action for action in page.xpath("//main//form/@action") if action.endswith(("/sperren", "/passwort"))]


def test_a_konto_is_locked_and_let_in_again(site: Site, chef: FlaskClient) -> None:
    anna = site.client()
    sign_in(anna)
    path = path_of("anna")
    assert "Das Konto ist gesperrt." in said(follow(chef, send(chef, path, f"{path}/sperren")))
    assert not is_in(anna)
    assert sign_in(anna).status_code == 422
    assert "gesperrt" in said(look(chef, "verwaltung/konten?q=anna"))
    follow(chef, send(chef, path, f"{path}/entsperren"))
    assert sign_in(anna).status_code == 303


def test_a_password_is_reset_shown_once_and_the_one_before_opens_nothing(site: Site, chef: FlaskClient) -> None:
    anna = site.client()
    sign_in(anna)
    path = path_of("anna")
    shown = follow(chef, send(chef, path, f"{path}/passwort"))
    [password] = secret(shown)
    assert re.fullmatch(r"[a-z2-9]{5}(-[a-z2-9]{5}){3}", password)
    assert secret(look(chef, path)) == []
    assert not is_in(anna)
    assert sign_in(anna).status_code == 422
    assert sign_in(anna, password=password).status_code == 303


def test_what_is_shown_once_is_shown_on_its_page_only_and_dies_with_the_session(site: Site, chef: FlaskClient) -> None:
    path = path_of("anna")
    send(chef, path, f"{path}/passwort")
    assert secret(look(chef, path_of("berta"))) == []
    other = site.client()
    sign_in(other, "chef")
    assert secret(look(other, path)) == []
    send(chef, "verwaltung/", "abmelden")
    sign_in(chef, "chef")
    assert secret(look(chef, path)) == []


def test_a_key_is_made_shown_once_and_withdrawn(site: Site, chef: FlaskClient) -> None:
    path = path_of("berta")
    shown = follow(chef, send(chef, path, f"{path}/schluessel", zweck=EVIL))
    [token] = secret(shown)
    assert EVIL in said(shown)
    assert secret(look(chef, path)) == []
    site.tokens["neu"] = token
    assert site.get("vorgaenge", "neu").status_code == 200
    [withdraw] = tree(look(chef, path)).xpath(f"//li[contains(., '{EVIL[:8]}')]//form/@action")
    follow(chef, send(chef, path, withdraw.removeprefix(f"/{SLUG}/")))
    problem(site.get("vorgaenge", "neu"), 401)
    answer = send(chef, path, f"{path}/schluessel", zweck="x" * 101)
    assert (answer.status_code, tree(answer).xpath("//*[@role='alert']//a/@href")) == (422, ["#zweck"])


def test_a_double_click_makes_one_key(site: Site, chef: FlaskClient) -> None:
    page = look(chef, path_of("berta"))
    data = {"csrf_token": token_of(page), "neu": re.search(r'name="neu" value="(\w+)"', page.text)[1]}  # type: ignore[index]
    answers = [chef.post(f"/{SLUG}/{path_of('berta')}/schluessel", data=data, headers=BROWSER) for _ in range(2)]
    site.tokens["neu"] = secret(follow(chef, answers[1]))[0]
    assert site.get("vorgaenge", "neu").status_code == 200
    with db.namespace(SLUG):
        assert len(reads.tokens_of(id_of("berta"))) == 2  # the one of the site, and this


def test_others_neither_see_nor_reach_the_administration(site: Site) -> None:
    client = site.client()
    sign_in(client)
    assert "verwaltung" not in look(client).text
    for path in ("", "konten", "konten/neu", f"konten/{id_of('berta')}", "stellen", "rollen", "netze", "anmeldung"):
        assert look(client, f"verwaltung/{path}").status_code == 403
    token = token_of(look(client))
    for path in ("konten/neu", f"konten/{id_of('anna')}", f"konten/{id_of('anna')}/passwort", "netze", "anmeldung/dienst"):
        answer = client.post(f"/{SLUG}/verwaltung/{path}", data={"csrf_token": token}, headers=BROWSER)
        assert answer.status_code == 403


def test_what_is_not_there_is_said_and_nothing_else(site: Site, chef: FlaskClient) -> None:
    for path in ("konten", "stellen"):
        assert look(chef, f"verwaltung/{path}/{'0' * 26}").status_code == 404
    token = token_of(look(chef, "verwaltung/konten/neu"))
    konto, stelle = f"konten/{'0' * 26}", f"stellen/{'0' * 26}"
    for path in (*(f"{konto}/{end}" for end in ("sperren", "entsperren", "passwort", "schluessel")), f"{stelle}/entfernen"):
        answer = chef.post(f"/{SLUG}/verwaltung/{path}", data={"csrf_token": token}, headers=BROWSER)
        assert answer.status_code == 404


# --- one's own Konto -------------------------------------------------------------------------------------------------


def test_ones_own_password_is_changed_and_other_sessions_end(site: Site) -> None:
    client, other = site.client(), site.client()
    sign_in(client)
    sign_in(other)
    before = cookie(client)
    typed = {"passwort_alt": "drei Worte genügen", "passwort_neu": NEW, "passwort_wieder": NEW}
    wrong = send(client, "mein-konto", **{**typed, "passwort_alt": "falsch"})
    assert (wrong.status_code, tree(wrong).xpath("//*[@role='alert']//a/@href")) == (422, ["#passwort_alt"])
    assert is_in(other)
    assert "Ihr Passwort ist geändert." in said(follow(client, send(client, "mein-konto", **typed)))
    assert not is_in(other)
    assert cookie(client) != before
    assert sign_in(site.client()).status_code == 422
    assert sign_in(site.client(), password=NEW).status_code == 303


def test_the_password_so_far_cannot_be_tried_out(site: Site) -> None:
    client = site.client()
    sign_in(client)
    typed = {"passwort_alt": "falsch", "passwort_neu": NEW, "passwort_wieder": NEW}
    assert [send(client, "mein-konto", **typed).status_code for _ in range(21)] == [422] * 20 + [429]


def test_ones_own_konto_names_roles_and_stellen(site: Site) -> None:
    with db.namespace(SLUG):
        add_stelle("Amt für <b>Bauen", key="bau", by=SYSTEM)
        groups = frozenset({"bau", "nur im Diagramm"})
        add_konto("paul", "Paul", "p@example.org", frozenset({"poststelle"}), groups, HASH, by=SYSTEM)
    client = site.client()
    sign_in(client, "paul")
    text = said(look(client, "mein-konto"))
    assert "Rollen Poststelle" in text
    assert "Stellen Amt für <b>Bauen, nur im Diagramm" in text


def test_a_konto_without_any_role_may_still_sign_out(site: Site) -> None:
    with db.namespace(SLUG):
        add_konto("leer", "Leer", "l@example.org", frozenset(), password=HASH, by=SYSTEM)
    client = site.client()
    sign_in(client, "leer")
    assert look(client).status_code == 403
    token = cookie(client)
    assert send(client, "mein-konto", "abmelden").status_code == 303
    assert not is_in(with_token(site, token))
