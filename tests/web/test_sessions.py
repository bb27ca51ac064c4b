"""Sessions: they begin with a token nobody has seen, change it in use, end on time, and nothing of them counts afterwards."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.base import clock, db
from engine.base.rights import SYSTEM
from engine.model import konto, protokoll, session
from engine.verbs.kommune import make_kommune
from engine.verbs.konten import add_konto, change_konto, deactivate_konto, new_token, reset_password
from engine.verbs.login import change_idle
from tests.web.site import HASH, PASSWORD, SLUG, Site, problem
from tests.web.test_identity import BROWSER, sign_in, token_of
from web.sessions import hash_of

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

NAME = f"amtsweg_{SLUG}"
AT = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)


@pytest.fixture
def later() -> Iterator[Callable[..., None]]:
    """Hold the clock still, and move it on."""
    with clock.frozen(AT):
        yield lambda **by: clock.move(dt.timedelta(**by))


@pytest.fixture
def anna(site: Site, later: Any) -> FlaskClient:
    client = site.client()
    assert sign_in(client).status_code == 303
    return client


def cookie(client: FlaskClient, slug: str = SLUG, more: str = "") -> str | None:
    found = client.get_cookie(f"amtsweg_{slug}{more}", path=f"/{slug}")
    return None if found is None else found.value


def look(client: FlaskClient, path: str = "") -> TestResponse:
    return client.get(f"/{SLUG}/{path}", headers=BROWSER)


def is_in(client: FlaskClient) -> bool:
    """Whether somebody is signed in."""
    return look(client, "mein-konto").status_code == 200


def with_token(site: Site, token: str | None) -> FlaskClient:
    """Another browser, which holds that token."""
    client = site.client()
    client.set_cookie(NAME, token or "", path=f"/{SLUG}")
    return client


def rows() -> list[Any]:
    with db.namespace(SLUG), db.reading() as tx:
        return list(tx.all(sa.select(session.T)))


def id_of(login: str) -> str:
    with db.namespace(SLUG), db.reading() as tx:
        return str(tx.scalar(sa.select(konto.T.c.id).where(konto.T.c.login == login)))


def tags() -> list[tuple[str, str]]:
    with db.namespace(SLUG), db.reading() as tx:
        return [(row.tag, row.konto) for row in tx.all(sa.select(protokoll.T).order_by(protokoll.T.c.number))]


# --- begin -----------------------------------------------------------------------------------------------------------


def test_the_browser_holds_a_token_and_the_table_only_its_hash(site: Site, anna: FlaskClient) -> None:
    token = cookie(anna)
    assert token is not None
    assert len(token) == 43
    [row] = rows()
    assert row.id == hash_of(token)
    assert token not in str(row._mapping)
    assert not any(word in token for word in (row.konto_id, "anna"))


def test_a_token_planted_before_the_login_is_not_the_one_after_it(site: Site, later: Any) -> None:
    client = with_token(site, "x" * 43)
    sign_in(client)
    assert cookie(client) != "x" * 43
    assert not is_in(with_token(site, "x" * 43))


def test_a_second_login_ends_the_first_session_and_has_another_token(site: Site, anna: FlaskClient) -> None:
    first = cookie(anna)
    token = token_of(look(anna, "mein-konto"))
    data = {"csrf_token": token, "login": "berta", "passwort": PASSWORD}
    assert anna.post(f"/{SLUG}/anmelden", data=data, headers=BROWSER).status_code == 303
    assert cookie(anna) != first
    assert not is_in(with_token(site, first))
    assert len(rows()) == 1


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "ü" * 43, "x" * 3000, "../../" * 8])
def test_a_made_up_token_is_nobody(site: Site, token: str) -> None:
    assert not is_in(with_token(site, token))


def test_what_the_signed_cookie_says_does_not_sign_in(site: Site, anna: FlaskClient) -> None:
    client = site.client()
    client.set_cookie(f"{NAME}_seite", cookie(anna, more="_seite") or "", path=f"/{SLUG}")
    assert not is_in(client)


def test_a_login_is_noted_and_so_is_one_that_failed_but_never_what_was_typed_for_nobody(site: Site) -> None:
    client = site.client()
    sign_in(client, "anna", "falsch")
    sign_in(client, "mein geheimes Passwort", "falsch")
    sign_in(client, "anna")
    with db.namespace(SLUG), db.reading() as tx:
        lines = tx.all(sa.select(protokoll.T).where(protokoll.T.c.tag.startswith("anmeldung:")).order_by(protokoll.T.c.number))
    told = [(line.tag, line.konto, json.loads(line.detail)) for line in lines]
    assert told == [
        ("anmeldung:gescheitert", "system", {"anmeldung": "anna", "grund": "passwort", "weg": "passwort"}),
        ("anmeldung:gescheitert", "system", {"anmeldung": None, "grund": "konto", "weg": "passwort"}),
        ("anmeldung:erfolgt", "anna", {"weg": "passwort"}),
    ]


# --- use -------------------------------------------------------------------------------------------------------------


def test_use_is_noted_once_a_minute_and_not_with_every_request(site: Site, anna: FlaskClient, later: Any) -> None:
    for _ in range(3):
        later(seconds=19)
        assert is_in(anna)
        assert rows()[0].seen_at == AT
    later(seconds=19)
    assert is_in(anna)
    assert rows()[0].seen_at == clock.now()


def test_after_a_quarter_of_an_hour_the_token_is_another(site: Site, anna: FlaskClient, later: Any) -> None:
    old, mark = cookie(anna), rows()[0].mark
    later(minutes=14)
    assert is_in(anna)
    assert cookie(anna) == old
    later(minutes=1)
    assert is_in(anna)
    new = cookie(anna)
    assert new != old
    [row] = rows()
    assert (row.id, row.before, row.mark) == (hash_of(new or ""), hash_of(old or ""), mark)


def test_a_parallel_request_with_the_token_before_works_for_a_minute_and_brings_the_new_one(
    site: Site, anna: FlaskClient, later: Any
) -> None:
    old = cookie(anna)
    later(minutes=15)
    assert is_in(anna)
    parallel = with_token(site, old)
    later(seconds=59)
    assert is_in(parallel)
    assert cookie(parallel) == cookie(anna)
    assert is_in(parallel)
    later(seconds=1)
    assert not is_in(with_token(site, old))
    assert is_in(anna)


def test_only_the_last_token_before_works_a_little_longer(site: Site, anna: FlaskClient, later: Any) -> None:
    first = cookie(anna)
    for _ in range(2):
        later(minutes=15)
        assert is_in(anna)
    assert not is_in(with_token(site, first))


def test_a_form_that_was_open_while_the_token_changed_can_be_sent(site: Site, anna: FlaskClient, later: Any) -> None:
    [task] = site.open_tasks(site.new_case())
    token = token_of(look(anna, f"aufgaben/{task}"))
    for _ in range(3):
        later(minutes=15)
        assert is_in(anna)
    answer = anna.post(f"/{SLUG}/aufgaben/{task}/uebernehmen", data={"csrf_token": token}, headers=BROWSER)
    assert answer.status_code == 303


def test_two_pages_that_load_at_the_same_time_have_the_same_form_token_for_one_session(site: Site, anna: FlaskClient) -> None:
    one, two = with_token(site, cookie(anna)), with_token(site, cookie(anna))
    first, second = token_of(look(one)), token_of(look(two))
    one.set_cookie(f"{NAME}_seite", cookie(two, more="_seite") or "", path=f"/{SLUG}")
    answer = one.post(f"/{SLUG}/abmelden", data={"csrf_token": first}, headers=BROWSER)
    assert (answer.status_code, bool(second)) == (303, True)


def test_a_page_that_only_asks_by_itself_keeps_no_session_alive(site: Site, anna: FlaskClient, later: Any) -> None:
    case = site.new_case()
    for _ in range(6):
        later(minutes=9)
        assert anna.get(f"/{SLUG}/api/v1/vorgaenge/{case}/stand").status_code == 200
    later(minutes=6)
    problem(anna.get(f"/{SLUG}/api/v1/vorgaenge/{case}/stand"), 401)


def test_a_call_with_an_api_token_begins_and_touches_no_session(site: Site, later: Any) -> None:
    answer = site.get("vorgaenge")
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False)
    assert rows() == []


def test_when_an_api_token_was_last_used_is_known_by_the_hour(site: Site, later: Any) -> None:
    def used() -> Any:
        with db.namespace(SLUG), db.reading() as tx:
            return tx.scalar(sa.select(konto.TOKENS.c.used_at).where(konto.TOKENS.c.konto_id == id_of("anna")))

    site.get("vorgaenge")
    assert used() == AT
    later(minutes=59)
    site.get("vorgaenge")
    assert used() == AT
    later(minutes=1)
    site.get("vorgaenge")
    assert used() == clock.now()


# --- ends ------------------------------------------------------------------------------------------------------------


def test_without_use_a_session_ends_after_an_hour(site: Site, anna: FlaskClient, later: Any) -> None:
    later(minutes=59)
    assert is_in(anna)
    later(minutes=60)
    assert not is_in(anna)


@pytest.mark.parametrize(("minutes", "lasts"), [(5, 4), (480, 479)])
def test_the_municipality_says_after_how_long_and_it_holds_at_once(
    site: Site, anna: FlaskClient, later: Any, minutes: int, lasts: int
) -> None:
    with db.namespace(SLUG):
        change_idle(minutes, by=SYSTEM)
    later(minutes=lasts)
    assert is_in(anna)
    later(minutes=minutes)
    assert not is_in(anna)


def test_after_ten_hours_a_session_ends_however_much_it_is_used(site: Site, anna: FlaskClient, later: Any) -> None:
    for _ in range(23):
        later(minutes=26)
        assert is_in(anna)
    later(minutes=2)
    assert not is_in(anna)


def test_sessions_that_are_over_are_forgotten_at_the_next_login(site: Site, anna: FlaskClient, later: Any) -> None:
    later(hours=10)
    sign_in(site.client(), "berta")
    assert [row.konto_id for row in rows()] == [id_of("berta")]


def test_signing_out_ends_this_session_and_no_other(site: Site, anna: FlaskClient) -> None:
    other = site.client()
    sign_in(other)
    token = cookie(anna)
    data = {"csrf_token": token_of(look(anna))}
    assert anna.post(f"/{SLUG}/abmelden", data=data, headers=BROWSER).status_code == 303
    assert cookie(anna) is None
    assert not is_in(with_token(site, token))
    assert is_in(other)
    assert tags()[-1] == ("anmeldung:beendet", "anna")


def test_after_its_end_the_form_token_of_a_session_is_worthless(site: Site, anna: FlaskClient, later: Any) -> None:
    page = look(anna)
    kept, old = cookie(anna, more="_seite"), token_of(page)
    later(minutes=61)
    sign_in(anna)
    anna.set_cookie(f"{NAME}_seite", kept or "", path=f"/{SLUG}")
    answer = anna.post(f"/{SLUG}/abmelden", data={"csrf_token": old}, headers=BROWSER)
    assert (answer.status_code, is_in(anna)) == (400, True)


def test_signing_out_of_a_session_that_is_over_leads_to_the_login(site: Site, anna: FlaskClient, later: Any) -> None:
    token = token_of(look(anna))
    later(minutes=61)
    answer = anna.post(f"/{SLUG}/abmelden", data={"csrf_token": token}, headers=BROWSER)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/{SLUG}/anmelden")


def test_who_is_locked_out_or_has_a_new_password_is_out_at_the_next_request(site: Site, anna: FlaskClient) -> None:
    berta = site.client()
    sign_in(berta, "berta")
    with db.namespace(SLUG):
        deactivate_konto(id_of("anna"), by=SYSTEM)
        reset_password(id_of("berta"), HASH, by=SYSTEM)
    assert (is_in(anna), is_in(berta)) == (False, False)
    assert rows() == []
    assert sign_in(anna).status_code == 422
    problem(site.get("vorgaenge", "anna"), 401)


def test_who_lost_a_role_is_refused_at_the_next_request(site: Site, anna: FlaskClient) -> None:
    assert look(anna).status_code == 200
    with db.namespace(SLUG):
        change_konto(
            id_of("anna"), name="Anna", email="a@example.org", roles=frozenset(), groups=frozenset(), by=SYSTEM
        )  # fmt: skip
    assert look(anna).status_code == 403
    assert is_in(anna)
    problem(site.get("vorgaenge", "anna"), 403)


def test_two_municipalities_in_one_browser(site: Site, anna: FlaskClient) -> None:
    make_kommune("husum", "Stadt Husum", "Stadt", "SH", stellen=["100002"])
    with db.namespace("husum"):
        add_konto("anna", "Anna", "anna@example.org", frozenset({"sachbearbeitung"}), password=HASH, by=SYSTEM)
        new_token("anna", by=SYSTEM)
    anna.set_cookie("amtsweg_husum", cookie(anna) or "", path="/husum")
    anna.set_cookie("amtsweg_husum_seite", cookie(anna, more="_seite") or "", path="/husum")
    assert anna.get("/husum/", headers=BROWSER).status_code == 302
    assert sign_in(anna, slug="husum").status_code == 303
    token = token_of(look(anna))
    assert anna.post("/husum/abmelden", data={"csrf_token": token}, headers=BROWSER).status_code == 400
    token = token_of(anna.get("/husum/", headers=BROWSER))
    assert anna.post("/husum/abmelden", data={"csrf_token": token}, headers=BROWSER).status_code == 303
    assert is_in(anna)
