"""Retention on pages and at the doors: periods are set, a hold is placed and lifted, and what is gone is answered as gone."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from flask.testing import FlaskClient

from engine.base import clock, db
from engine.base.rights import SYSTEM
from engine.model import nachricht
from engine.verbs.operate import change_setting
from engine.verbs.retention import purge
from tests.web.pages import XSS
from tests.web.site import SLUG, Site, application, problem
from tests.web.test_administration import chef, follow, said, send, tree
from tests.web.test_identity import BROWSER, sign_in, token_of
from tests.web.test_sessions import look
from tests.web.test_webhook import SECRET, news, tell

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

__all__ = ["chef"]
TRANSACTION = "7c1b0c1e-0000-4000-8000-00000000abcd"
AGE_S = 62 * 24 * 3600
ENDINGS = ("ABGESCHLOSSEN", "VERWORFEN", "WEITERGELEITET")
PERIODS = dict.fromkeys(ENDINGS, "1 Monat")


def ended(site: Site) -> str:
    case = site.new_case(transaction=TRANSACTION)
    [task] = site.open_tasks(case)
    assert site.post(f"aufgaben/{task}/complete", json={"data": {"ok": True}}).status_code == 200
    return case


def test_periods_are_set_for_all_and_for_one_and_a_wrong_one_stands_at_its_field(site: Site, chef: FlaskClient) -> None:
    assert "abgeschlossen: unbefristet" in said(look(chef, "verwaltung/aufbewahrung"))
    answer = send(chef, "verwaltung/aufbewahrung", **{**PERIODS, "VERWORFEN": XSS}, vorlauf="0")
    assert (answer.status_code, tree(answer).xpath("//*[@role='alert']//a/@href")) == (422, ["#VERWORFEN", "#vorlauf"])
    assert tree(answer).xpath("//*[@id='VERWORFEN']/@value") == [XSS]
    assert "Gespeichert." in said(follow(chef, send(chef, "verwaltung/aufbewahrung", **PERIODS, vorlauf="14")))
    assert "abgeschlossen: 1 Monat" in said(look(chef, "verwaltung/aufbewahrung"))
    page = "verwaltung/aufbewahrung/probe"
    assert send(chef, page, ABGESCHLOSSEN="drei Wochen").status_code == 422
    shown = said(follow(chef, send(chef, page, ABGESCHLOSSEN="10 Jahre")))
    assert "abgeschlossen: 10 Jahre · verworfen: 1 Monat" in shown
    assert tree(look(chef, page)).xpath("//input[@id='VERWORFEN']/@value") == [""]
    assert look(chef, "verwaltung/aufbewahrung/gibt-es-nicht").status_code == 404


def test_a_hold_is_set_seen_and_lifted_by_a_clerk(site: Site, chef: FlaskClient) -> None:
    case = ended(site)
    anna = site.client()
    sign_in(anna, "anna")
    assert "Zurzeit ist nichts zu löschen." in said(look(anna, "zu-loeschen"))
    assert "unbefristet" in said(look(anna, f"vorgaenge/{case}"))
    send(chef, "verwaltung/aufbewahrung", **PERIODS, vorlauf="14")
    with clock.frozen(clock.now() + dt.timedelta(35)):
        sign_in(anna, "anna")
        assert "zu löschen" in said(look(anna, f"vorgaenge/{case}"))
        assert "wird am" in said(look(anna, "zu-loeschen"))
        assert site.get("vorgaenge?status=ZU_LOESCHEN").json["items"][0]["id"] == case  # type: ignore[index]
        page = f"vorgaenge/{case}/loeschsperre"
        answer = send(anna, page, grund=" ", bis="gestern")
        assert (answer.status_code, tree(answer).xpath("//*[@role='alert']//a/@href")) == (422, ["#bis"])
        shown = follow(anna, send(anna, page, grund=XSS, bis=""))
        assert XSS in said(shown)
        assert f"gesperrt {XSS}" in said(look(anna, "zu-loeschen"))
        assert "Löschsperre gesetzt" in said(look(anna, f"vorgaenge/{case}"))
        [lift] = re.findall(r'action="/nordfriesland/(loeschsperren/\w+/aufheben)"', shown.text)
        assert "Die Löschsperre ist aufgehoben." in said(follow(anna, send(anna, page, lift)))
        assert anna.post(f"/{SLUG}/{lift}", headers=BROWSER).status_code == 400, "without the page's token"
        design = site.client()
        sign_in(design, "design")
        assert [look(design, path).status_code for path in ("zu-loeschen", page)] == [403, 403]


def test_what_is_gone_is_answered_as_gone(site: Site, chef: FlaskClient) -> None:
    case = ended(site)
    with db.namespace(SLUG):
        change_setting("konnektor.servicekonto", {"url": "https://servicekonto.invalid", "secret": SECRET}, by=SYSTEM)
        with db.transaction() as tx:
            nachricht.add(tx, case, direction="OUT", subject="x", body="x", documents=[], at=clock.now(), external_id="m-1")
    send(chef, "verwaltung/aufbewahrung", **PERIODS, vorlauf="1")
    with clock.frozen(clock.now() + dt.timedelta(seconds=AGE_S)):
        with db.namespace(SLUG):
            assert purge() == 1
        assert "gelöscht" in problem(site.send(application(transaction=TRANSACTION)), 410)["detail"]
        assert "gelöscht" in problem(tell(site, news(), age_s=-AGE_S), 410)["detail"]
        problem(site.get(f"vorgaenge/{case}"), 404)
        sign_in(chef, "chef")
        assert [look(chef, f"vorgaenge/{case}{part}").status_code for part in ("", "/loeschsperre", "/ablauf")] == [404] * 3


def test_what_somebody_wrote_to_a_case_that_was_deleted_meanwhile_is_there_to_be_copied(site: Site, chef: FlaskClient) -> None:
    case = ended(site)
    anna = site.client()
    sign_in(anna, "anna")
    send(chef, "verwaltung/aufbewahrung", **PERIODS, vorlauf="1")
    with clock.frozen(clock.now() + dt.timedelta(seconds=AGE_S)):
        sign_in(anna, "anna")
        page = look(anna, f"vorgaenge/{case}")
        with db.namespace(SLUG):
            assert purge() == 1
        typed = {
            "text": f"Ein langer {XSS} Gedanke",
            "neu": "0" * 26,
            "passwort": "nie in eine Seite",
            "csrf_token": token_of(page),
        }
        path = f"/{SLUG}/vorgaenge/{case}/kommentare"
        answer = anna.post(path, data=typed, headers=BROWSER)
        assert answer.status_code == 404
        # The first line break after the tag is none of the text: browsers leave it out.
        assert [text.removeprefix("\n") for text in tree(answer).xpath("//main//textarea/text()")] == [typed["text"]]
        assert "nie in eine Seite" not in answer.text
        assert tree(anna.get(path.removesuffix("/kommentare"), headers=BROWSER)).xpath("//main//textarea") == []
        other = anna.post(path, data=typed, headers={**BROWSER, "Sec-Fetch-Site": "cross-site"})
        assert tree(other).xpath("//main//textarea") == []
