"""Acts on a case as a whole and the post room: offered by role and state, done with a reason, refused when tried."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from lxml import html

from engine import reads
from engine.base import db
from engine.base.rights import SYSTEM
from engine.model import comment
from engine.model.bundle import pack
from engine.verbs.desk import complete_aufgabe
from engine.verbs.konten import add_konto
from tests.bpmn.diagrams import catch, end, flows, message, process, start, user
from tests.engine.cases import ANNA, Upload, bundle, rows
from tests.web.pages import WHY, XSS, browser, post, section, wrong_fields
from tests.web.site import HASH, SLUG, Site, application
from tests.web.test_desk import page, text
from tests.web.test_identity import BROWSER

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

PLACES = {
    "withdraw": "zurueckgenommen", "close": "ohne-bescheid", "forward": "weiterleiten", "discard": "verwerfen",
    "assign": "zuordnen", "arrival": "zugang",
}  # fmt: skip
FILES = [Upload("a.pdf", "application/pdf", b"%PDF-1"), Upload("b.txt", "text/plain", b"x")]


@pytest.fixture
def anna(site: Site) -> FlaskClient:
    return browser(site)


@pytest.fixture
def paul(site: Site) -> FlaskClient:
    """The post room."""
    with db.namespace(SLUG):
        add_konto("paul", "Paul Post", "p@example.org", frozenset({"poststelle"}), password=HASH, by=SYSTEM)
    return browser(site, "paul")


def links(client: FlaskClient, path: str) -> set[str]:
    found = [link.get("href").rpartition("/")[2] for link in page(client, path).xpath("//main//a")]
    return {name for name, place in PLACES.items() if place in found}


def test_each_role_is_offered_what_it_may_do_and_refused_the_rest(site: Site, anna: FlaskClient, paul: FlaskClient) -> None:
    case = site.new_case()
    unknown = site.new_case(form="gibt es nicht")
    chef = browser(site, "chef")
    assert links(anna, f"vorgaenge/{case}") == {"withdraw", "close"}
    assert links(paul, f"vorgaenge/{case}") == {"forward", "discard"}
    assert links(paul, f"vorgaenge/{unknown}") == {"assign", "forward", "discard"}
    assert links(chef, f"vorgaenge/{unknown}") == set()
    assert page(chef, f"vorgaenge/{case}").xpath("//main//form[@method='post']") == []
    for client, names in ((anna, ("forward", "discard", "assign")), (paul, ("withdraw", "close", "arrival")), (chef, PLACES)):
        for name in names:
            path = f"vorgaenge/{unknown}/{PLACES[name]}"
            assert client.get(f"/{SLUG}/{path}", headers=BROWSER).status_code == 403
            assert post(client, path, grund=WHY, bestaetigt="ja").status_code == 403
    for path in (f"vorgaenge/{case}/kommentare", f"vorgaenge/{case}/wiedervorlagen", f"vorgaenge/{case}/nachricht"):
        assert post(chef, path, text="x").status_code == 403


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        ("withdraw", {}, "Antrag zurückgenommen: "),
        ("close", {}, "Ohne Bescheid abgeschlossen: "),
        ("forward", {"an": "Stadt Husum"}, "Weitergeleitet: Weitergeleitet an Stadt Husum: "),
        ("discard", {}, "Verworfen: "),
    ],
)
def test_an_act_ends_the_case_with_its_reason_and_only_once(
    site: Site, anna: FlaskClient, paul: FlaskClient, name: str, fields: dict[str, str], said: str
) -> None:
    client = anna if name in ("withdraw", "close") else paul
    case = site.new_case()
    path = f"vorgaenge/{case}/{PLACES[name]}"
    assert "Was dann geschieht" in text(page(client, path))
    refused = post(client, path, grund=XSS, **fields)
    assert (refused.status_code, wrong_fields(refused)) == (422, ["bestaetigt"])
    assert html.fromstring(refused.data).get_element_by_id("grund").text.strip() == XSS
    assert wrong_fields(post(client, path, grund="", bestaetigt="ja", **fields)) == ["grund"]
    assert wrong_fields(post(client, path, grund="x" * 10_000, bestaetigt="ja", **fields)) == ["grund"]
    assert post(client, path, grund=XSS, bestaetigt="ja", **fields).status_code == 303
    shown = page(client, f"vorgaenge/{case}")
    assert f"{said}{XSS}" in text(shown)
    assert shown.xpath("//main//script") == []
    late = post(client, path, grund=WHY, bestaetigt="ja", **fields)
    assert (late.status_code, html.fromstring(late.data).get_element_by_id("grund").text.strip()) == (409, WHY)
    assert page(client, path).xpath("//main//form") == []  # the back button
    with db.namespace(SLUG):
        assert len(rows(comment.T)) == 1


def test_a_case_of_the_post_room_is_given_to_a_leistung(site: Site, paul: FlaskClient) -> None:
    case = site.new_case(form="gibt es nicht")
    path = f"vorgaenge/{case}/zuordnen"
    choices = [one.get("value") for one in page(paul, path).xpath("//select[@name='leistung']/option")]
    assert choices == ["", "probe", "wartet"]
    for given in ("", "posteingang", "fehlt", XSS):
        refused = post(paul, path, leistung=given, bestaetigt="ja")
        assert (refused.status_code, wrong_fields(refused)) == (422, ["leistung"])
    assert post(paul, path, leistung="wartet", bestaetigt="ja").status_code == 303
    assert "Der Leistung „wartet“ zugeordnet" in text(page(paul, f"vorgaenge/{case}"))
    assert post(paul, path, leistung="probe", bestaetigt="ja").status_code == 409
    with db.namespace(SLUG):
        assert reads.get_vorgang(case).leistung == "wartet"


def test_the_post_room_says_what_came_and_what_can_be_done(site: Site, paul: FlaskClient) -> None:
    content = application(form="hundesteuer", nr=XSS)
    case = site.send(content, files=FILES).json["vorgang"]["vorgangId"]  # type: ignore[index]
    shown = page(paul, "posteingang")
    said = text(shown)
    for words in ("Formular hundesteuer", "für Stelle 100001", "Nachname: Muster", "2 Dateien", "Einer Leistung zuordnen"):
        assert words in said
    assert shown.xpath("//main//script") == []
    assert post(paul, f"vorgaenge/{case}/verwerfen", grund=WHY, bestaetigt="ja").status_code == 303
    assert "Der Posteingang ist leer." in text(page(paul, "posteingang"))
    assert "verworfen" in text(page(paul, "posteingang?zeigen=alle"))


ARRIVAL = process(
    start(), user("senden"), catch("zugang", "m"), user("danach"), end(), flows("start > senden > zugang > danach > end"),
    head=message("m", "bekanntgabe.zugang", "vorgang.aktenzeichen"),
)  # fmt: skip


def test_that_a_notice_arrived_late_or_never_is_recorded_on_its_page(site: Site, anna: FlaskClient) -> None:
    assert site.post("bundles", "design", data=pack(bundle(ARRIVAL, "bescheiden", "BE"))).status_code == 200
    case = site.new_case(form="bescheiden")
    path = f"vorgaenge/{case}/zugang"
    assert "arrival" not in links(anna, f"vorgaenge/{case}")
    assert post(anna, path, art="nie", grund=WHY, bestaetigt="ja").status_code == 409
    with db.namespace(SLUG):
        [task] = reads.list_aufgaben(vorgang_id=case).items
        complete_aufgabe(task.id, {}, by=ANNA)
    assert "arrival" in links(anna, f"vorgaenge/{case}")
    assert wrong_fields(post(anna, path, grund=WHY, bestaetigt="ja")) == ["art"]
    assert wrong_fields(post(anna, path, art="tag", zugang="neulich", grund=WHY, bestaetigt="ja")) == ["zugang"]
    assert wrong_fields(post(anna, path, art="tag", zugang="9999-01-01", grund="", bestaetigt="ja")) == ["zugang", "grund"]
    assert post(anna, path, art="nie", grund=WHY, bestaetigt="ja").status_code == 303
    assert f"Der Bescheid ist nicht zugegangen {WHY}" in section(page(anna, f"vorgaenge/{case}"), "verlauf")
    assert post(anna, path, art="nie", grund=WHY, bestaetigt="ja").status_code == 409
