"""The pages on which a municipality sets what it works with: letterhead, parameters, connectors, senders; and incidents."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from engine import deploy_bundle, reads
from engine.base import db
from engine.base.rights import SYSTEM
from engine.model import protokoll, restored
from tests.engine.cases import TYPES, bundle, rows
from tests.engine.test_incidents import STUCK
from tests.engine.test_settings import VALUES, WAITS
from tests.pictures import png
from tests.web.site import SLUG, Site
from tests.web.test_identity import BROWSER, sign_in, token_of

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
HTMX = {**BROWSER, "HX-Request": "true"}
LETTERHEAD = {"authority": "Kreis", "address": "Weg 1\r\n25813 Husum", "place": "Husum"}


@pytest.fixture
def chef(site: Site) -> FlaskClient:
    """A browser in which the Administration is signed in."""
    with db.namespace(SLUG):
        made = bundle(WAITS, "werte", "WE")
        made["bundle.toml"] += VALUES.encode()
        deploy_bundle(made, TYPES, by=SYSTEM)
        deploy_bundle(bundle(STUCK, "klemmt", "KL"), TYPES, by=SYSTEM)
    client = site.client()
    sign_in(client, "chef")
    return client


def look(client: FlaskClient, path: str) -> TestResponse:
    return client.get(f"/{SLUG}/verwaltung/{path}", headers=BROWSER)


def send(client: FlaskClient, path: str, action: str | None = None, **typed: Any) -> TestResponse:
    """Open a page and send its form with what it holds, but for what is typed."""
    page = look(client, path)
    state = re.search(r'name="seite-stand" value="(\w*)"', page.text)
    data = {"csrf_token": token_of(page), **({"seite-stand": state[1]} if state else {}), **typed}
    return client.post(f"/{SLUG}/verwaltung/{action or path}", data=data, headers=BROWSER)


def said(answer: TestResponse) -> str:
    return " ".join(" ".join(html.fromstring(answer.data).xpath("//main")[0].itertext()).split())


def value_of(answer: TestResponse, name: str) -> str:
    [field] = html.fromstring(answer.data).xpath(f"//*[@name='{name}']")
    return str(field.value)


def follow(client: FlaskClient, answer: TestResponse) -> TestResponse:
    assert answer.status_code == 303, answer.text
    return client.get(answer.headers["Location"], headers=BROWSER)


def setting(key: str) -> Any:
    with db.namespace(SLUG):
        return reads.setting(key)


@pytest.mark.parametrize(
    "path", ["", "briefkopf", "leistungen", "leistungen/werte", "konnektoren", "konnektoren/servicekonto", "absender"]
)
def test_who_does_not_administrate_sees_none_of_it(site: Site, chef: FlaskClient, path: str) -> None:
    anna = site.client()
    sign_in(anna, "anna")
    assert look(anna, path).status_code == 403
    assert look(chef, path).status_code == 200
    home = anna.get(f"/{SLUG}/", headers=BROWSER).text
    assert f"/{SLUG}/verwaltung" not in home


def test_the_overview_says_what_is_missing_and_where_it_is_mended(chef: FlaskClient) -> None:
    page = look(chef, "")
    assert "Im Briefkopf fehlt die Anschrift" in said(page)
    assert "wie lange abgeschlossene Vorgänge bleiben" in said(page)
    send(chef, "briefkopf", **LETTERHEAD)
    send(chef, "aufbewahrung", ABGESCHLOSSEN="10 Jahre", vorlauf="30")
    assert "Alles, was zum Arbeiten nötig ist, ist eingerichtet" in said(look(chef, ""))


# --- letterhead ------------------------------------------------------------------------------------------------------


def test_a_letterhead_is_kept_and_shown_again(chef: FlaskClient) -> None:
    shown = follow(chef, send(chef, "briefkopf", **LETTERHEAD, footer="Montag 8–12 Uhr", closing="Viele Grüße"))
    assert value_of(shown, "address").strip() == "Weg 1\n25813 Husum"
    assert setting("brieftexte") == {"closing": "Viele Grüße", "footer": ["Montag 8–12 Uhr"], "privacy": ""}


def upload(chef: FlaskClient, content: bytes, name: str, action: str = "briefkopf", **typed: str) -> TestResponse:
    token = token_of(look(chef, "briefkopf"))
    fields = {"csrf_token": token, **LETTERHEAD, **typed}
    sent = httpx.Request("POST", "http://amtsweg.invalid/", data=fields, files={"logo": (name, content, "image/png")})
    path = f"/{SLUG}/verwaltung/{action}"
    return chef.post(path, data=sent.read(), content_type=sent.headers["Content-Type"], headers=BROWSER)


def test_a_logo_is_given_as_the_picture_it_is_and_can_be_taken_away(chef: FlaskClient) -> None:
    assert upload(chef, png(), "../../etc/passwd\x00.png", logo_alt=EVIL).status_code == 303
    picture = look(chef, "briefkopf/logo")
    assert (picture.data, picture.mimetype) == (png(), "image/png")
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    page = look(chef, "briefkopf")
    assert EVIL not in page.text
    send(chef, "briefkopf", **LETTERHEAD, ohne_logo="ja")
    assert look(chef, "briefkopf/logo").status_code == 404


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"<svg onload=alert(1)>", "a.png"), (b"<html>", "a.svg"), (b"%PDF-1.7", "a.png"), (png() + b"x" * 3_000_000, "groß.png")],
)
def test_what_is_no_picture_is_refused_at_its_field_and_the_rest_stays_typed(
    chef: FlaskClient, content: bytes, name: str
) -> None:
    refused = upload(chef, content, name, unit="Bauamt")
    assert refused.status_code == 422
    assert 'href="#logo"' in refused.text
    assert value_of(refused, "unit") == "Bauamt"
    assert setting("briefkopf") is None


def test_a_picture_as_large_as_no_picture_needs_to_be_is_refused_with_a_sentence(chef: FlaskClient) -> None:
    refused = upload(chef, png() + b"x" * 6_000_000, "groß.png")
    assert refused.status_code == 413
    assert "5 MB" in said(refused)


def test_the_preview_is_a_letter_with_what_is_typed_and_keeps_nothing(chef: FlaskClient) -> None:
    shown = upload(chef, png(), "wappen.png", action="briefkopf/vorschau")
    assert (shown.status_code, shown.mimetype, shown.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert setting("briefkopf") is None
    refused = upload(chef, b"kaputt", "wappen.png", action="briefkopf/vorschau")
    assert refused.status_code == 422


@pytest.mark.parametrize(
    "name", ["authority", "unit", "address", "contact", "place", "logo_alt", "closing", "footer", "privacy"]
)
def test_ten_thousand_signs_are_refused_at_their_field_and_markup_stays_text(chef: FlaskClient, name: str) -> None:
    refused = send(chef, "briefkopf", **{**LETTERHEAD, name: "x" * 10_000})
    assert refused.status_code == 422
    assert f'href="#{name}"' in refused.text
    assert value_of(refused, name).strip() == "x" * 10_000
    shown = follow(chef, send(chef, "briefkopf", **{**LETTERHEAD, name: EVIL}))
    assert EVIL not in shown.text
    assert value_of(shown, name).strip() == EVIL


# --- parameters ------------------------------------------------------------------------------------------------------


def test_a_change_says_how_many_and_what_the_bundle_has(chef: FlaskClient) -> None:
    shown = follow(chef, send(chef, "leistungen/werte", **{"gebuehr.genehmigung_cent": "75,5", "frist.rueckfrage": "2 Wochen"}))
    assert "1 Wert geändert. Er gilt für neue Vorgänge" in said(shown)
    assert value_of(shown, "gebuehr.genehmigung_cent") == "75,50"
    assert "Geändert; im Paket steht: 50,00" in said(shown)
    assert "von „50,00“ auf „75,50“" in said(shown)
    assert "1 geändert" in said(look(chef, "leistungen"))
    back = follow(chef, send(chef, "leistungen/werte", zurueck="gebuehr.genehmigung_cent"))
    assert value_of(back, "gebuehr.genehmigung_cent") == "50,00"


def test_a_value_that_does_not_fit_is_refused_at_its_field_and_all_that_was_typed_stays(chef: FlaskClient) -> None:
    refused = send(chef, "leistungen/werte", **{"frist.rueckfrage": EVIL, "behoerde": "Stadt"})
    assert refused.status_code == 422
    assert 'href="#frist.rueckfrage"' in refused.text
    assert 'aria-invalid="true"' in refused.text
    assert EVIL not in refused.text
    assert (value_of(refused, "frist.rueckfrage"), value_of(refused, "behoerde")) == (EVIL, "Stadt")


def test_who_saves_a_stale_page_sees_what_holds_now_beside_what_was_typed(chef: FlaskClient) -> None:
    page = look(chef, "leistungen/werte")
    send(chef, "leistungen/werte", behoerde="Stadt")
    state = re.search(r'name="seite-stand" value="(\w+)"', page.text)
    assert state is not None
    data = {"csrf_token": token_of(page), "seite-stand": state[1], "behoerde": "Amt"}
    stale = chef.post(f"/{SLUG}/verwaltung/leistungen/werte", data=data, headers=BROWSER)
    assert stale.status_code == 409
    assert value_of(stale, "behoerde") == "Amt"
    assert "Jetzt gilt: Stadt." in said(stale)
    fresh = re.search(r'name="seite-stand" value="(\w+)"', stale.text)
    assert fresh is not None
    again = chef.post(f"/{SLUG}/verwaltung/leistungen/werte", data={**data, "seite-stand": fresh[1]}, headers=BROWSER)
    assert again.status_code == 303


def test_a_double_click_changes_it_once(chef: FlaskClient) -> None:
    page = look(chef, "leistungen/werte")
    state = re.search(r'name="seite-stand" value="(\w+)"', page.text)
    assert state is not None
    data = {"csrf_token": token_of(page), "seite-stand": state[1], "behoerde": "Stadt"}
    first, second = (chef.post(f"/{SLUG}/verwaltung/leistungen/werte", data=data, headers=BROWSER) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    with db.namespace(SLUG):
        assert [row.tag for row in rows(protokoll.T)].count("parameter:geaendert") == 1


def test_a_leistung_or_connector_that_there_is_not_is_not_found(chef: FlaskClient) -> None:
    for path in ("leistungen/erfunden", "konnektoren/erfunden", "stoerungen/00000000000000000000000000", "briefkopf/logo"):
        assert look(chef, path).status_code == 404


# --- connectors, senders ---------------------------------------------------------------------------------------------


def test_a_secret_is_never_shown_again_and_stays_when_its_field_is_left_empty(chef: FlaskClient) -> None:
    given = {"url": "http://127.0.0.1:9", "geheim-secret": "geheim-genug"}
    shown = follow(chef, send(chef, "konnektoren/servicekonto", **given))
    assert "geheim-genug" not in shown.text
    assert "Gesetzt. Leer lassen" in said(shown)
    follow(chef, send(chef, "konnektoren/servicekonto", **{**given, "geheim-secret": "", "timeout_s": "5"}))
    assert setting("konnektor.servicekonto") == {"url": "http://127.0.0.1:9", "secret": "geheim-genug", "timeout_s": 5}
    moved = send(chef, "konnektoren/servicekonto", **{"url": "http://127.0.0.1:10", "geheim-secret": ""})
    assert moved.status_code == 422
    assert 'href="#geheim-secret"' in moved.text


def test_a_check_asks_with_what_is_typed_keeps_nothing_and_stays_on_the_page(chef: FlaskClient) -> None:
    typed = {"url": "http://127.0.0.1:9", "geheim-secret": "geheim-genug"}
    shown = send(chef, "konnektoren/servicekonto", "konnektoren/servicekonto/pruefen", **typed)
    assert shown.status_code == 200
    assert "nicht erreichbar" in said(shown)
    assert value_of(shown, "url") == "http://127.0.0.1:9"
    assert "geheim-genug" not in shown.text
    assert setting("konnektor.servicekonto") is None
    refused = send(chef, "konnektoren/servicekonto", "konnektoren/servicekonto/pruefen", url="unsinn")
    assert refused.status_code == 422
    part = chef.post(
        f"/{SLUG}/verwaltung/konnektoren/servicekonto/pruefen", headers=HTMX,
        data={"csrf_token": token_of(look(chef, "konnektoren/servicekonto")), "url": "unsinn"},
    )  # fmt: skip
    assert part.status_code == 200
    assert "<html" not in part.text
    assert "Adresse des Servers:" in part.text


def test_only_so_many_checks_are_run(chef: FlaskClient) -> None:
    answers = [send(chef, "konnektoren/servicekonto", "konnektoren/servicekonto/pruefen").status_code for _ in range(31)]
    assert (answers[0], answers[-1]) == (422, 429)


def test_senders_are_kept_or_refused_with_what_was_typed(chef: FlaskClient) -> None:
    assert send(chef, "absender", netze="192.0.2.0/24\r\n2001:db8::/32").status_code == 303
    assert setting("antrag.absender") == ["192.0.2.0/24", "2001:db8::/32"]
    refused = send(chef, "absender", netze=EVIL)
    assert refused.status_code == 422
    assert EVIL not in refused.text
    assert value_of(refused, "netze").strip() == EVIL


# --- incidents -------------------------------------------------------------------------------------------------------


@pytest.fixture
def stuck(site: Site, chef: FlaskClient) -> list[str]:
    """Twelve cases that are stuck for the same reason."""
    for _ in range(12):
        site.new_case(form="klemmt")
    with db.namespace(SLUG):
        return [one.id for one in reads.list_stuck().items]


def test_nothing_stuck_is_said(chef: FlaskClient) -> None:
    assert "Kein Vorgang ist stehen geblieben" in said(look(chef, "stoerungen"))


def test_alike_ones_are_counted_and_can_be_looked_at_alone(chef: FlaskClient, stuck: list[str]) -> None:
    page = look(chef, "stoerungen")
    assert "12-mal: die Bedingung am Fluss" in said(page)
    assert "Alle 12 dieser Art noch einmal versuchen" in said(look(chef, f"stoerungen?wie={stuck[0]}"))
    assert "nichts mehr offen" in said(look(chef, "stoerungen?leistung=erfunden"))
    assert look(chef, f"stoerungen?wie={EVIL}&leistung={EVIL}&seite=-1").status_code == 200
    assert "12 Störungen warten" in said(look(chef, ""))


def test_many_are_tried_some_at_a_time_each_on_its_own(chef: FlaskClient, stuck: list[str]) -> None:
    first = send(chef, "stoerungen", "stoerungen/wiederholen", stoerung=[*stuck, stuck[0], "erfunden", EVIL])
    assert "10 von 13 versucht. 0 gehen weiter. 10 nicht." in said(first)
    form = html.fromstring(first.data).xpath("//form[@hx-post]")[0]
    data = dict(form.form_values())
    last = chef.post(f"/{SLUG}/verwaltung/stoerungen/wiederholen", data=data, headers=HTMX)
    assert "<html" not in last.text
    assert "13 von 13 versucht." in last.text
    assert "Diese Störung gibt es nicht." in last.text
    assert "hx-post" not in last.text
    with db.namespace(SLUG):
        assert len(reads.list_stuck().items) == 12
        assert not {one.id for one in reads.list_stuck().items} & set(stuck), "each was tried and is stuck anew"


def test_a_second_try_of_what_is_mended_says_so(chef: FlaskClient, stuck: list[str]) -> None:
    send(chef, "stoerungen", "stoerungen/wiederholen", stoerung=stuck[:1])
    again = send(chef, "stoerungen", "stoerungen/wiederholen", stoerung=stuck[:1])
    assert "Die Störung ist schon behoben." in said(again)
    nothing = follow(chef, send(chef, "stoerungen", "stoerungen/wiederholen"))
    assert "Bitte wählen Sie zuerst aus" in said(nothing)


def test_one_is_corrected_and_goes_on(chef: FlaskClient, stuck: list[str]) -> None:
    page = look(chef, f"stoerungen/{stuck[0]}")
    assert "kann in diesem Vorgang nichts mehr freigeben" in said(page)
    wrong = {"fehlt": EVIL, "fehlt-art": "zahl", "werte.zahl": "12", "werte.zahl-art": "zahl"}
    refused = send(chef, f"stoerungen/{stuck[0]}", **wrong)
    assert refused.status_code == 422
    assert 'href="#fehlt"' in refused.text
    assert EVIL not in refused.text
    assert value_of(refused, "werte.zahl") == "12"
    gone_on = send(chef, f"stoerungen/{stuck[0]}", **{**wrong, "fehlt": "ja", "fehlt-art": "ja_nein"})
    assert gone_on.headers["Location"].startswith(f"/{SLUG}/vorgaenge/")
    timeline = said(chef.get(gone_on.headers["Location"], headers=BROWSER))
    assert "Werte berichtigt: fehlt, werte" in timeline
    twice = look(chef, f"stoerungen/{stuck[0]}")
    assert "behoben; hier ist nichts mehr zu tun" in said(twice)


def test_a_stale_page_of_an_incident_is_told(chef: FlaskClient, stuck: list[str]) -> None:
    page = look(chef, f"stoerungen/{stuck[0]}")
    data = {"csrf_token": token_of(page), "seite-stand": "anders", "werte.zahl": "12"}
    stale = chef.post(f"/{SLUG}/verwaltung/stoerungen/{stuck[0]}", data=data, headers=BROWSER)
    assert stale.status_code == 409
    assert value_of(stale, "werte.zahl") == "12"


def test_who_does_not_mend_incidents_sees_none(site: Site, stuck: list[str]) -> None:
    anna = site.client()
    sign_in(anna, "anna")
    assert look(anna, "stoerungen").status_code == 403
    assert look(anna, f"stoerungen/{stuck[0]}").status_code == 403


# --- restored --------------------------------------------------------------------------------------------------------


def test_a_held_outbox_is_said_where_one_looks_for_it(chef: FlaskClient) -> None:
    assert "Ausgang angehalten" not in said(look(chef, "konnektoren"))
    with db.namespace(SLUG), db.transaction() as tx:
        restored.hold(tx, SLUG, "2026-03-02T09:00:00+00:00")
    for path in ("", "konnektoren"):
        page = said(look(chef, path))
        assert "Ausgang angehalten" in page
        assert "02.03.2026" in page or "2. März 2026" in page
