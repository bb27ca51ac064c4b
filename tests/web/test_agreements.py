"""Agreements on pages: offered by one Administration, signed by the other, ended by either; a Stelle is covered."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from lxml import html

from engine import reads
from engine.base import db
from engine.base.rights import SYSTEM
from engine.verbs.cooperate import neighbours, use_neighbours
from engine.verbs.konten import add_konto
from engine.verbs.stellen import add_stelle
from engine.verbs.work import work_next
from tests.engine.cases import Twin
from tests.engine.neighbours import ThroughJson, at, lines, today
from tests.web import husum
from tests.web.husum import HUSUM, tokens  # noqa: F401  a fixture
from tests.web.pages import XSS
from tests.web.site import HASH, PASSWORD, SLUG, Site
from tests.web.test_administration import said
from tests.web.test_elsewhere import page
from tests.web.test_identity import BROWSER

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

TERMS = {"kommune": SLUG, "was": "konto:doris", "zweck": "Urlaub"}


class Person:
    """Somebody in a browser of their own, in one of the two municipalities."""

    def __init__(self, site: Site, slug: str, login: str) -> None:
        self.client: FlaskClient = site.client()
        self.slug = slug
        data = {"csrf_token": self.token("anmelden"), "login": login, "passwort": PASSWORD}
        assert self.client.post(f"/{slug}/anmelden", data=data, headers=BROWSER).status_code == 303

    def token(self, path: str) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.see(path))
        assert found
        return found[1]

    def see(self, path: str, status: int = 200) -> str:
        answer = self.client.get(f"/{self.slug}/{path}", headers=BROWSER)
        assert answer.status_code == status, answer.text
        return answer.text

    def send(self, path: str, from_: str = "", **fields: object) -> tuple[int, str]:
        """Send a form; gives the status and what the page says that follows."""
        data = {"csrf_token": self.token(from_ or path), **fields}
        answer = self.client.post(f"/{self.slug}/{path}", data=data, headers=BROWSER)
        shown = self.client.get(answer.location, headers=BROWSER) if answer.status_code == 303 else answer
        return answer.status_code, said(shown) if shown.mimetype == "text/html" else ""


@pytest.fixture
def carla(site: Site) -> Person:
    """The Administration of Husum, which offers."""
    return Person(site, HUSUM, "chef")


@pytest.fixture
def chef(site: Site) -> Person:
    """The Administration of Nordfriesland, which signs."""
    return Person(site, SLUG, "chef")


def days(last: int = 14) -> dict[str, str]:
    return {"von": today().isoformat(), "bis": today(last).isoformat()}


def words(text: str) -> str:
    return " ".join(" ".join(html.fromstring(text).itertext()).split())


def offered(carla: Person) -> str:
    status, shown = carla.send("verwaltung/vereinbarungen/neu", **TERMS, **days())
    assert (status, "noch nicht unterschrieben" in shown) == (303, True)
    with db.namespace(HUSUM):
        return str(reads.list_grants().items[0].id)


def test_both_sign_the_substitute_works_and_either_ends_it(site: Site, carla: Person, chef: Person) -> None:
    case = husum.new_case()
    husum.taken_by("doris", case)
    id = offered(carla)
    anna = Person(site, SLUG, "anna")
    anna.see(page(id, husum.task(case).id), 404)
    assert "1 Vereinbarung wartet auf Ihre Unterschrift." in words(chef.see("verwaltung/"))
    assert "wartet auf Ihre Unterschrift" in chef.see("verwaltung/vereinbarungen")
    mine = f"verwaltung/befugnisse/von/{HUSUM}/{id}"
    assert "die Aufgaben von Doris" in words(chef.see(mine))
    status, shown = chef.send(f"{mine}/unterschreiben", mine)
    assert (status, "wer bei Ihnen die Aufgaben übernimmt" in shown) == (422, True)
    with at(SLUG, "anna") as konto:
        who = f"konto:{konto.id}"
    status, shown = chef.send(f"{mine}/unterschreiben", mine, wer=[who])
    assert (status, "Wer bei uns damit arbeitet Anna" in shown, "gilt" in shown) == (303, True, True)
    anna.see(page(id, husum.task(case).id))
    assert "Vertritt in einer anderen Kommune: Stadt Husum" in words(anna.see("mein-konto"))
    assert "Vertreten durch Kreis Nordfriesland" in words(Person(site, HUSUM, "doris").see("mein-konto"))
    theirs = f"verwaltung/befugnisse/{id}"
    assert "Unterschrieben von Chef (Kreis Nordfriesland)" in words(carla.see(theirs))
    assert "gilt" in words(carla.see("verwaltung/vereinbarungen"))
    assert "wartet auf Ihre Unterschrift" not in chef.see("verwaltung/")
    assert f"/{HUSUM}/{theirs}" in carla.see("verwaltung/vereinbarungen")
    with db.namespace(HUSUM):
        while work_next(Twin(), by=SYSTEM):
            pass
    assert re.search(r"Vorgang angesehen [^·]+ · Anna", words(chef.see(mine)))
    status, shown = carla.send(f"{theirs}/beenden", theirs, bestaetigt="ja")
    assert (status, "von uns beendet" in shown) == (303, True)
    anna.see(page(id, husum.task(case).id), 404)
    shown = words(chef.see(mine))
    assert ("beendet" in shown, "Befugnis beenden" in shown) == (True, False)
    assert "war schon beendet" in chef.send(f"{mine}/beenden", mine, bestaetigt="ja")[1]
    assert "Vertritt in" not in anna.see("mein-konto")
    assert len(lines(HUSUM, "befugnis:beendet")) == len(lines(SLUG, "befugnis:erloschen")) == 1


def test_the_other_side_declines_and_what_is_signed_twice_is_signed_once(carla: Person, chef: Person) -> None:
    first = offered(carla)
    mine = f"verwaltung/befugnisse/von/{HUSUM}/{first}"
    assert chef.send(f"{mine}/unterschreiben", mine, wer=["rolle:sachbearbeitung"])[0] == 303
    assert chef.send(f"{mine}/unterschreiben", mine, wer=["rolle:sachbearbeitung"])[0] == 303
    assert len(lines(HUSUM, "befugnis:unterschrieben")) == len(lines(SLUG, "befugnis:angenommen")) == 1
    assert "Sachbearbeitung" in chef.see(mine)
    assert chef.send(f"{mine}/beenden", mine)[0] == 422
    assert chef.send(f"{mine}/beenden", mine, bestaetigt="ja")[0] == 303
    assert "von der anderen Kommune beendet" in carla.see(f"verwaltung/befugnisse/{first}")


def test_a_signature_whose_answer_was_lost_is_made_up_for_on_the_same_page(carla: Person, chef: Person) -> None:
    id = offered(carla)
    mine = f"verwaltung/befugnisse/von/{HUSUM}/{id}"
    before = neighbours()
    use_neighbours(ThroughJson(lost=True))
    try:
        sent = chef.send(f"{mine}/unterschreiben", "verwaltung/vereinbarungen", wer=["rolle:sachbearbeitung"])
    finally:
        use_neighbours(before)
    assert sent[0] == 503
    assert "/unterschreiben" in chef.see(mine)
    status, shown = chef.send(f"{mine}/unterschreiben", mine, wer=["rolle:poststelle"])
    assert (status, "war schon unterschrieben" in shown) == (303, True)
    assert len(lines(HUSUM, "befugnis:unterschrieben")) == len(lines(SLUG, "befugnis:angenommen")) == 1
    with db.namespace(HUSUM):
        there = reads.get_grant(id).users
    with db.namespace(SLUG):
        held = reads.get_held(HUSUM, id)
    assert (held.signed, held.users, there) == (True, there, (("rolle", "sachbearbeitung"),)), "what was signed first"
    assert "/unterschreiben" not in chef.see(mine)


def test_a_gemeinsames_amt_names_its_legal_form(carla: Person, chef: Person) -> None:
    new = "verwaltung/vereinbarungen/neu?art=gemeinsames_amt"
    terms = {**TERMS, "was": "leistung:baum", **days(400)}
    status, shown = carla.send(new, **terms)
    assert (status, "§ 18 oder § 19a GkZ" in shown) == (422, True)
    assert carla.send(new, **terms, rechtsform="19a")[0] == 303
    with db.namespace(HUSUM):
        id = reads.list_grants().items[0].id
    assert "im Namen der anderen Kommune" in words(chef.see(f"verwaltung/befugnisse/von/{HUSUM}/{id}"))


def test_what_makes_no_sense_is_refused_beside_its_fields_and_kept(carla: Person) -> None:
    data = {"kommune": HUSUM, "was": "konto:niemand", "zweck": "", "von": XSS, "bis": "2020-01-01"}
    token = carla.token("verwaltung/vereinbarungen/neu")
    address = f"/{HUSUM}/verwaltung/vereinbarungen/neu"
    answer = carla.client.post(address, data={"csrf_token": token, **data}, headers=BROWSER)
    tree = html.fromstring(answer.data)
    assert answer.status_code == 422
    assert set(tree.xpath("//*[@role='alert']//a/@href")) == {"#kommune", "#was", "#zweck", "#von"}
    assert XSS not in answer.text
    with db.namespace(HUSUM):
        assert reads.list_grants().items == ()


def test_who_is_no_administration_has_none_of_these_pages(site: Site, carla: Person) -> None:
    id = offered(carla)
    for slug, login in ((HUSUM, "doris"), (SLUG, "anna")):
        person = Person(site, slug, login)
        for path in ("verwaltung/vereinbarungen", "verwaltung/vereinbarungen/neu", f"verwaltung/befugnisse/{id}"):
            person.see(path, 403)
        person.see(f"verwaltung/befugnisse/von/{HUSUM}/{id}", 404)
    chef = Person(site, SLUG, "chef")
    chef.see(f"verwaltung/befugnisse/{id}", 404)
    chef.see(f"verwaltung/befugnisse/von/{SLUG}/{id}", 404)


def test_a_stelle_is_covered_within_the_municipality_and_it_ends(site: Site, carla: Person) -> None:
    with db.namespace(HUSUM):
        add_stelle("Kasse", key="kasse", by=SYSTEM)
        add_konto("kim", "Kim", "kim@husum.example", frozenset({"sachbearbeitung"}), frozenset({"kasse"}), HASH, by=SYSTEM)
    case = husum.new_case()
    kim = Person(site, HUSUM, "kim")
    kim.see(f"vorgaenge/{case}", 404)
    path = "verwaltung/vertretungen"
    status, shown = carla.send(path, was="stelle:bau", vertretung="emil", grund="Umzug", **days())
    assert (status, "gehört schon zu" in shown) == (422, True)
    status, shown = carla.send(path, was="stelle:bau", vertretung="kim", grund="Umzug", **days())
    assert (status, "Stelle Bauamt: vertreten durch Kim" in shown) == (303, True)
    assert "Vertritt die Stelle Bauamt" in words(kim.see("mein-konto"))
    assert "Sie vertreten zurzeit Bauamt" in words(kim.see(""))
    task = f"aufgaben/{husum.task(case).id}"
    assert kim.send(f"{task}/uebernehmen", task)[0] == 303
    assert "bei Ihnen für Bauamt" in words(kim.see("?wer=ich"))
    assert "Kim für Bauamt" in words(kim.see(f"vorgaenge/{case}?verlauf=alles"))
    [end] = re.findall(rf'action="/{HUSUM}/({path}/\w+/beenden)"', carla.see(path))
    assert "niemand jemanden" in carla.send(end, path)[1]
    kim.see(f"vorgaenge/{case}", 404)
