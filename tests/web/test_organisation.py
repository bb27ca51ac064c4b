"""The pages of the Administration about the municipality: its Stellen, roles, networks, and when sessions end."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from engine import reads
from engine.base import db
from engine.base.rights import OWN, RIGHTS, ROLES, SYSTEM
from engine.verbs.konten import add_konto
from engine.verbs.stellen import add_stelle, give_to_stelle
from tests.web.site import HASH, SLUG, Site
from tests.web.test_administration import EVIL, chef, follow, said, send, tree
from tests.web.test_identity import BROWSER, sign_in
from tests.web.test_sessions import look
from web.operate.roles import MEANS

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

__all__ = ["chef"]


# --- Stellen ---------------------------------------------------------------------------------------------------------


def test_stellen_are_added_changed_and_removed(site: Site, chef: FlaskClient) -> None:
    assert "Noch ist keine Stelle angelegt." in said(look(chef, "verwaltung/stellen"))
    shown = follow(chef, send(chef, "verwaltung/stellen/neu", name=EVIL, nummer="100001", kennung="Bau / Amt"))
    assert "In Prozessen heißt sie „Bau / Amt“." in said(shown)
    [own] = tree(look(chef, "verwaltung/stellen")).xpath("//li[@class='aw-row']/a/@href")
    path = own.removeprefix(f"/{SLUG}/")
    answer = send(chef, "verwaltung/stellen/neu", name="Kasse", nummer="100001")
    assert (answer.status_code, tree(answer).xpath("//*[@role='alert']//a/@href")) == (422, ["#nummer"])
    assert "Gespeichert." in said(follow(chef, send(chef, path, name="Bauamt", nummer="")))
    case = site.new_case()
    with db.namespace(SLUG):
        give_to_stelle(case, "Bau / Amt", "weil", by=SYSTEM)
    assert "1 offener Vorgang" in said(look(chef, "verwaltung/stellen"))
    answer = send(chef, path, f"{path}/entfernen")
    assert (answer.status_code, "noch Konten (0) oder offene Vorgänge (1)" in said(answer)) == (422, True)
    with db.namespace(SLUG):
        add_stelle("Kasse", by=SYSTEM)
        give_to_stelle(case, "Kasse", "weil", by=SYSTEM)
    assert "Die Stelle ist entfernt." in said(follow(chef, send(chef, path, f"{path}/entfernen")))


def test_a_stelle_names_who_belongs_to_it(site: Site, chef: FlaskClient) -> None:
    with db.namespace(SLUG):
        stelle = add_stelle("Bauamt", by=SYSTEM)
        add_stelle("Bau", by=SYSTEM)
        add_konto("paul", "Paul <b>", "p@example.org", frozenset(), frozenset({"Bauamt"}), by=SYSTEM)
        add_konto("kira", "Kira", "k@example.org", frozenset(), frozenset({"Bau"}), by=SYSTEM)
    people = tree(look(chef, f"verwaltung/stellen/{stelle}")).xpath("//*[@aria-labelledby='konten']//a/text()")
    assert people == ["Paul <b>"]


def test_a_case_is_given_away_and_the_reason_is_in_its_timeline(site: Site) -> None:
    case = site.new_case()
    with db.namespace(SLUG):
        add_stelle("Bauamt", by=SYSTEM)
        add_stelle("Kasse", by=SYSTEM)
        groups = frozenset({"Kasse"})
        add_konto("kira", "Kira", "k@example.org", frozenset({"sachbearbeitung"}), groups, HASH, by=SYSTEM)
        give_to_stelle(case, "Kasse", "weil", by=SYSTEM)
    kira = site.client()
    sign_in(kira, "kira")
    page = f"vorgaenge/{case}/abgeben"
    assert tree(look(kira, page)).xpath("//option/@value") == ["", "Bauamt"]
    answer = send(kira, page, stelle="Bauamt", grund="")
    assert (answer.status_code, tree(answer).xpath("//*[@role='alert']//a/@href")) == (422, ["#grund"])
    assert tree(answer).xpath("//option[@selected]/@value") == ["Bauamt"]
    given = follow(kira, send(kira, page, stelle="Bauamt", grund=f"Nicht wir. {EVIL}"))
    assert "ist an die andere Stelle gegeben" in said(given)
    assert look(kira, f"vorgaenge/{case}").status_code == 404
    assert look(kira, page).status_code == 404
    anna = site.client()
    sign_in(anna)
    text = said(look(anna, f"vorgaenge/{case}"))
    assert "An die Stelle „Bauamt“ gegeben" in text
    assert "Kira" in text
    assert f"Nicht wir. {EVIL}" in text


# --- roles, networks, settings ---------------------------------------------------------------------------------------


def test_every_right_has_its_sentence(site: Site) -> None:
    assert {OWN, *(right for rights in RIGHTS.values() for right in rights)} == MEANS.keys()
    with site.app.test_request_context(f"/{SLUG}/"):
        assert len({str(sentence) for sentence in MEANS.values()}) == len(MEANS)


def test_the_roles_page_tells_what_each_role_may_do(site: Site, chef: FlaskClient) -> None:
    page = tree(look(chef, "verwaltung/rollen"))
    assert page.xpath("//h2/text()") == list(ROLES.values())
    for number, rights in enumerate(RIGHTS[role] for role in ROLES):
        assert len(page.xpath(f"//*[@aria-labelledby='rolle-{number + 1}']//li")) == len(rights)


def test_networks_are_changed_and_hold_at_once(site: Site, chef: FlaskClient) -> None:
    assert "von 127.0.0.1" in said(look(chef, "verwaltung/netze"))
    typed = "127.0.0.0/8\r\n192.0.2.7, 2001:db8::/32\r\n\r\n127.0.0.0/8"
    assert "Gespeichert." in said(follow(chef, send(chef, "verwaltung/netze", netze=typed)))
    with db.namespace(SLUG):
        assert reads.kommune(SLUG).allow_ips == ("127.0.0.0/8", "192.0.2.7/32", "2001:db8::/32")
    outside = {"REMOTE_ADDR": "192.0.2.7"}
    assert site.client().get(f"/{SLUG}/anmelden", headers=BROWSER, environ_base=outside).status_code == 200
    assert "Gespeichert." in said(follow(chef, send(chef, "verwaltung/netze", netze="127.0.0.1")))
    assert site.client().get(f"/{SLUG}/anmelden", headers=BROWSER, environ_base=outside).status_code == 403


def test_a_wrong_network_stands_at_the_field_and_what_was_typed_is_kept(site: Site, chef: FlaskClient) -> None:
    answer = send(chef, "verwaltung/netze", netze=f"127.0.0.1/8\n{EVIL}\n127.0.0.0/8")
    page = tree(answer)
    assert answer.status_code == 422
    assert page.xpath("//*[@role='alert']//a/@href") == ["#netze", "#netze"]
    assert "Gemeint ist wohl 127.0.0.0/8." in said(answer)
    assert EVIL in page.xpath("//textarea/text()")[0]
    assert reads.kommune(SLUG).allow_ips == ("127.0.0.0/8",)


def test_who_would_shut_themselves_out_must_confirm_it(site: Site, chef: FlaskClient) -> None:
    answer = send(chef, "verwaltung/netze", netze="192.0.2.0/24")
    page = tree(answer)
    assert (answer.status_code, page.xpath("//*[@role='alert']//a/@href")) == (422, ["#bestaetigt"])
    assert page.xpath("//textarea/text()")[0].strip() == "192.0.2.0/24"
    assert page.xpath("//input[@id='bestaetigt']/@type") == ["checkbox"]
    assert reads.kommune(SLUG).allow_ips == ("127.0.0.0/8",)
    assert send(chef, "verwaltung/netze", netze="192.0.2.0/24", bestaetigt="ja").status_code == 303
    assert look(chef, "verwaltung/netze").status_code == 403


def test_without_any_network_it_is_reached_from_everywhere(site: Site, chef: FlaskClient) -> None:
    assert send(chef, "verwaltung/netze", netze=" \n ").status_code == 303
    outside = {"REMOTE_ADDR": "192.0.2.7"}
    assert site.client().get(f"/{SLUG}/anmelden", headers=BROWSER, environ_base=outside).status_code == 200


@pytest.mark.parametrize("typed", ["4", "481", "", "-5", "sechzig", "60.5", "６０", "9" * 400])
def test_the_time_without_use_has_limits(site: Site, chef: FlaskClient, typed: str) -> None:
    answer = send(chef, "verwaltung/anmeldung", leerlauf=typed)
    page = tree(answer)
    assert (answer.status_code, page.xpath("//*[@role='alert']//a/@href")) == (422, ["#leerlauf"])
    assert page.xpath("//*[@id='leerlauf']/@value") == [typed]
    assert "Die Zeit gilt sofort." in said(follow(chef, send(chef, "verwaltung/anmeldung", leerlauf="480")))


def test_the_overview_leads_to_every_page(site: Site, chef: FlaskClient) -> None:
    for link in tree(look(chef, "verwaltung/")).xpath("//main//li[@class='aw-row']/a/@href"):
        page = tree(chef.get(link, headers=BROWSER))
        assert len(page.xpath("//h1")) == 1
        assert page.xpath("//nav[@class='aw-parts']//a[@aria-current='page']/@href") == [link]
