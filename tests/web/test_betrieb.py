"""The operator's pages: who gets in, what can be done there, and what cannot be reached from there."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from engine import reads
from engine.base import db
from engine.base.rights import OPERATE, SYSTEM, VERBS
from engine.model import parcel
from engine.model.zentrale import BETRIEB
from engine.reads import operator as looks
from engine.verbs import kommune as namespaces
from engine.verbs.invite import make_link
from engine.verbs.operator import let_operate, operator, shut_out
from engine.verbs.verification import ask_verification, run_verification
from tests.web.site import SLUG, Site, application
from tests.web.test_identity import BROWSER, sign_in, token_of
from web.betrieb.acts import ACTS
from web.routes import ALSO_IN_BETRIEB
from web.tick import Clock

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

FORM = {
    "name": "Stadt Husum", "slug": "husum", "kind": "Stadt", "land": "SH", "admin_name": "Mara Muster",
    "admin_email": "mara@husum.example", "allow_ips": "", "stellen": "200001\n200002",
}  # fmt: skip
NEW_PASSWORD = "vier Worte sind besser"


@pytest.fixture
def at_work(site: Site) -> FlaskClient:
    """The browser of an operator who has chosen a password."""
    with operator():
        let_operate("ole", name="Ole Olsen", email="ole@betrieb.example", by=SYSTEM)
        link = f"/betrieb/einmallink/{make_link('ole', by=SYSTEM).token}"
    client = site.client()
    sent = {"csrf_token": token_of(client.get(link, headers=BROWSER))}
    sent |= {"passwort_neu": NEW_PASSWORD, "passwort_wieder": NEW_PASSWORD}
    assert client.post(link, data=sent, headers=BROWSER).headers["Location"] == "/betrieb/anmelden"
    assert client.post(link, data=sent, headers=BROWSER).status_code == 410
    assert signed_in(client, NEW_PASSWORD).headers["Location"].startswith("/betrieb/")
    return client


def signed_in(client: FlaskClient, password: str) -> TestResponse:
    return sign_in(client, "ole", password, BETRIEB)


def get(client: FlaskClient, path: str) -> TestResponse:
    return client.get(f"/betrieb/{path}", headers=BROWSER)


def post(client: FlaskClient, path: str, **fields: Any) -> TestResponse:
    token = token_of(get(client, "mein-konto"))
    return client.post(f"/betrieb/{path}", data={"csrf_token": token, **fields}, headers=BROWSER)


def said(answer: TestResponse) -> str:
    return " ".join(html.fromstring(answer.data).xpath("string(//main)").split())


def for_nobody() -> dict[str, Any]:
    """An application for which nobody is competent."""
    content = application(stelle="999")
    content["control"] |= {"leikaIds": ["99093003001000"], "ags": "01054056"}
    return content


def parked(site: Site) -> str:
    """Such an application in the post room; gives its id."""
    site.app.extensions["settings"] = replace(site.app.extensions["settings"], senders=(ip_network("127.0.0.0/8"),))
    answer = site.send(for_nobody(), path="/antrag")
    assert answer.status_code == 200
    return str(json.loads(answer.data)["vorgang"]["vorgangId"])


# --- who gets in -------------------------------------------------------------------------------------------------------


def test_nobody_is_an_operator_before_somebody_was_let_in(site: Site) -> None:
    assert get(site.client(), "kommunen").status_code == 404


def test_an_operator_comes_in_by_the_link_and_then_with_the_password(at_work: FlaskClient, site: Site) -> None:
    assert get(at_work, "").headers["Location"] == "/betrieb/kommunen"
    assert "Betrieb" in said(get(at_work, "mein-konto"))
    assert signed_in(site.client(), "falsch").status_code == 422
    with operator():
        shut_out("ole", by=SYSTEM)
    assert get(at_work, "kommunen").status_code == 302
    assert signed_in(site.client(), NEW_PASSWORD).status_code == 422


def test_the_administration_of_a_municipality_is_nobody_here(at_work: FlaskClient, site: Site) -> None:
    headers = {"Authorization": f"Bearer {site.tokens['chef']}"}
    assert site.client().get("/betrieb/kommunen", headers=headers).status_code == 401


def test_from_here_no_case_can_be_reached(at_work: FlaskClient) -> None:
    for path in ("", "api/v1/vorgaenge", "verwaltung/konten", "studio/"):
        assert at_work.get(f"/{SLUG}/{path}", headers=BROWSER).status_code in (302, 401)
    for path in ("posteingang", "verwaltung/", "verwaltung/konten", "studio/", "api/v1/vorgaenge", "webhook/servicekonto"):
        assert get(at_work, path).status_code in (404, 405)
    assert {name for name in ALSO_IN_BETRIEB if not name.startswith("desk.")} == set()


def test_the_pages_are_reached_from_the_networks_of_the_operator_only(at_work: FlaskClient) -> None:
    for path in ("anmelden", "kommunen"):
        answer = at_work.get(f"/betrieb/{path}", headers=BROWSER, environ_base={"REMOTE_ADDR": "192.0.2.9"})
        assert (answer.status_code, "AMTSWEG_OPERATORS" in answer.text) == (403, True)


def test_attempts_to_guess_a_password_are_slowed_down(at_work: FlaskClient, site: Site) -> None:
    assert [signed_in(site.client(), "falsch").status_code for _ in range(11)][-1] == 429


def test_forms_need_the_token_of_the_page(at_work: FlaskClient) -> None:
    assert at_work.post(f"/betrieb/kommunen/{SLUG}/sperren", headers=BROWSER).status_code == 400
    assert namespaces.show_kommune(SLUG).state == "bereit"


# --- municipalities ----------------------------------------------------------------------------------------------------


def test_a_municipality_is_made_and_its_link_is_shown_once(at_work: FlaskClient, site: Site) -> None:
    made = post(at_work, "neue-kommune", **FORM)
    assert made.headers["Location"] == "/betrieb/kommunen/husum"
    first = get(at_work, "kommunen/husum")
    login, link = html.fromstring(first.data).xpath("//p[@class='aw-secret']/code/text()")
    assert login == "mara"
    assert link not in get(at_work, "kommunen/husum").text
    assert "Passwort" in site.client().get("/husum/" + link.partition("/husum/")[2], headers=BROWSER).text
    assert "Stelle 200002" in said(first)
    with db.namespace("husum"):
        assert reads.konto_by_login("mara")[0].may("kommune.verwalten")
    again = post(at_work, "neue-kommune", **FORM)
    assert again.status_code == 303
    assert "nichts geändert" in said(get(at_work, "kommunen/husum"))


def test_what_is_wrong_stands_at_its_field_and_nothing_is_made(at_work: FlaskClient) -> None:
    wrong = {"slug": "static", "name": "", "land": "XX", "kind": "Reich", "allow_ips": "10.0.0.1/8"}
    refused = post(at_work, "neue-kommune", **FORM | wrong)
    assert refused.status_code == 422
    links = html.fromstring(refused.data).xpath("//*[@role='alert']//a/@href")
    assert links == ["#slug", "#name", "#land", "#kind", "#allow_ips"]
    for field, value in (("slug", BETRIEB), ("slug", SLUG), ("admin_email", "keine")):
        refused = post(at_work, "neue-kommune", **FORM | {field: value})
        assert refused.status_code == 422
        assert f"#{field}" in html.fromstring(refused.data).xpath("//*[@role='alert']//a/@href")
    assert [one.slug for one in namespaces.list_kommunen()] == [SLUG]


def test_municipalities_are_listed_searched_and_paged(at_work: FlaskClient) -> None:
    with db.zentrale() as tx:
        for number in range(35):
            values = {"slug": f"dorf{number:02}", "name": f"Übersee {number:02}", "kind": "Gemeinde", "land": "BY",
                      "state": "entsteht", "database": "-", "key": "", "allow_ips": []}  # fmt: skip
            tx.insert_once(namespaces.KOMMUNE, values | {"created_at": namespaces.clock.now()})
    first, second = get(at_work, "kommunen"), get(at_work, "kommunen?seite=2")
    assert "Nächste Seite" in said(first)
    assert "Übersee 34" in said(second)
    assert "alle (36)" in first.text
    assert said(get(at_work, "kommunen?q=übersee+07")).count("Übersee") == 1
    assert "Nordfriesland" in said(get(at_work, "kommunen?zustand=bereit"))
    assert "So eine Kommune gibt es hier nicht" in said(get(at_work, "kommunen?q=%3Cscript%3E"))


def test_a_municipality_is_locked_and_opened_again(at_work: FlaskClient) -> None:
    assert post(at_work, f"kommunen/{SLUG}/sperren").status_code == 303
    assert "gesperrt" in said(get(at_work, f"kommunen/{SLUG}"))
    assert at_work.get(f"/{SLUG}/anmelden", headers=BROWSER).status_code == 503
    assert post(at_work, f"kommunen/{SLUG}/entsperren").status_code == 303
    assert namespaces.show_kommune(SLUG).state == "bereit"
    assert get(at_work, f"kommunen/{BETRIEB}").status_code == 404
    assert post(at_work, f"kommunen/{BETRIEB}/sperren").status_code == 404
    assert post(at_work, "kommunen/gibtsnicht/sperren").status_code == 404


def test_the_database_of_a_municipality_is_brought_up_to_date(at_work: FlaskClient) -> None:
    assert looks.health_of(SLUG) == looks.Health(True, True)
    with db.namespace(SLUG), db.transaction() as tx:
        tx.connection.exec_driver_sql("DELETE FROM alembic_version")
    assert "nicht auf dem neuesten Stand" in said(get(at_work, "kommunen"))
    refused = post(at_work, f"kommunen/{SLUG}/aktualisieren")
    assert (refused.status_code, "gescheitert" in said(refused)) == (422, True)  # the tables are there
    with db.namespace(SLUG), db.transaction() as tx:
        tx.connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('9999')")
    refused = post(at_work, f"kommunen/{SLUG}/aktualisieren")
    assert (refused.status_code, "neuer als dieses Programm" in said(refused)) == (422, True)
    assert "nicht auf dem neuesten Stand" not in said(get(at_work, "kommunen"))
    with db.namespace(SLUG), db.transaction() as tx:
        tx.connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    assert post(at_work, f"kommunen/{SLUG}/aktualisieren").status_code == 303
    db.engines().forget(SLUG)
    (db.current_installation().folder(SLUG) / "kommune.sqlite").rename(db.current_installation().home / "weg")
    assert "antwortet nicht" in said(get(at_work, "kommunen"))
    (db.current_installation().home / "weg").rename(db.current_installation().folder(SLUG) / "kommune.sqlite")


def test_what_verifying_has_found_is_shown_as_a_number(at_work: FlaskClient, site: Site) -> None:
    assert "noch nicht" in said(get(at_work, f"kommunen/{SLUG}"))
    parked(site)
    path = next(path for path in (db.current_installation().folder(BETRIEB) / "dokumente").glob("??/??/*"))
    content = path.read_bytes()
    path.write_bytes(b"x")
    for slug in (SLUG, BETRIEB):
        with db.namespace(slug):
            ask_verification(by=SYSTEM)
            assert run_verification(by=SYSTEM)
    assert "alles stimmig" in said(get(at_work, f"kommunen/{SLUG}"))
    assert "Die Daten des Betriebs selbst sind nicht stimmig" in said(get(at_work, "kommunen"))
    path.write_bytes(content)


# --- who is competent --------------------------------------------------------------------------------------------------


def test_rules_are_entered_found_and_taken_out(at_work: FlaskClient) -> None:
    good = {"kommune": SLUG, "leika": "99093003001000", "ags": "01054056", "einheit": "42", "stelle": ""}
    assert post(at_work, "zustaendigkeiten/neu", **good).status_code == 303
    listed = get(at_work, "zustaendigkeiten?q=01054")
    assert "Leistung 99093003001000 am Ort 01054056 · dort an Stelle 42" in said(listed)
    wrong = post(at_work, "zustaendigkeiten/neu", **good | {"kommune": "", "leika": "1"})
    assert html.fromstring(wrong.data).xpath("//*[@role='alert']//a/@href") == ["#leika"]
    refused = post(at_work, "zustaendigkeiten/neu", **good | {"einheit": "43"})
    assert (refused.status_code, "Dafür ist schon eingetragen" in said(refused)) == (422, True)
    [address] = html.fromstring(listed.data).xpath("//form[contains(@action, 'austragen')]/@action")
    assert post(at_work, address.removeprefix("/betrieb/")).status_code == 303
    assert "01054056" not in said(get(at_work, "zustaendigkeiten"))


# --- the post room -----------------------------------------------------------------------------------------------------


def test_an_application_for_nobody_is_assigned_and_becomes_a_case(at_work: FlaskClient, site: Site) -> None:
    id = parked(site)
    assert "ZP-" in said(get(at_work, "poststelle"))
    assert "Zentrale Poststelle (1)" in said(get(at_work, "kommunen"))
    assert b"amtsweg_post_room_waiting 1.0" in site.client().get("/metrics").data
    page = get(at_work, f"poststelle/{id}")
    assert "01054056" in said(page)
    assert "Muster" not in page.text  # what the applicant wrote is for the municipality
    refused = post(at_work, f"poststelle/{id}", kommune="gibtsnicht", einheit="", merken="nein")
    assert html.fromstring(refused.data).xpath("//*[@role='alert']//a/@href") == ["#kommune"]
    assert post(at_work, f"poststelle/{id}", kommune=SLUG, einheit="", merken="ort").status_code == 303
    assert "Zugestellt" in said(get(at_work, f"poststelle/{id}"))
    assert "Nichts wartet" in said(get(at_work, "poststelle"))
    assert "zugestellt" in said(get(at_work, "poststelle?zeigen=alle"))
    assert site.get(f"vorgaenge/{id}").status_code == 200
    timeline = site.client()
    sign_in(timeline, "anna")
    assert "Über die zentrale Poststelle gekommen" in timeline.get(f"/{SLUG}/vorgaenge/{id}", headers=BROWSER).text
    second = site.send(for_nobody(), path="/antrag")
    assert json.loads(second.data)["vorgang"]["vorgangNummer"].startswith("PR-")


def test_a_locked_municipality_gets_it_later(at_work: FlaskClient, site: Site) -> None:
    id = parked(site)
    namespaces.lock_kommune(SLUG)
    assert post(at_work, f"poststelle/{id}", kommune=SLUG, einheit="", merken="nein").status_code == 303
    assert "zugestellt wird von selbst" in said(get(at_work, f"poststelle/{id}"))
    clock = Clock(reconcile_s=15)
    clock.round(0.0)
    with operator():
        assert looks.get_parcel(id).state == parcel.ASSIGNED
    namespaces.unlock_kommune(SLUG)
    clock.round(20.0)
    with operator():
        assert looks.get_parcel(id).state == parcel.DELIVERED
    assert site.get(f"vorgaenge/{id}").status_code == 200


# --- what was done -----------------------------------------------------------------------------------------------------


def test_every_act_is_told_with_who_did_it(at_work: FlaskClient) -> None:
    post(at_work, f"kommunen/{SLUG}/sperren")
    post(at_work, f"kommunen/{SLUG}/entsperren")
    told = said(get(at_work, "protokoll"))
    assert f"Kommune sperren: /{SLUG} ole" in told
    assert {tag for right, tag in VERBS.values() if right == OPERATE} <= ACTS.keys()


def test_the_pages_speak_english_too(at_work: FlaskClient) -> None:
    post(at_work, "sprache", sprache="en", weiter="/betrieb/kommunen")
    assert "Add municipality" in said(get(at_work, "kommunen"))
