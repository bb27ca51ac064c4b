"""Vertretung on pages: set by oneself and by the Administration, seen by the substitute, ended."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from engine.base import clock, db
from engine.base.rights import SYSTEM
from engine.verbs.konten import add_konto, new_token
from engine.verbs.stellen import add_stelle
from tests.web.conftest import HASH
from tests.web.pages import XSS
from tests.web.site import SLUG, Site
from tests.web.test_administration import chef, follow, path_of, said, send, tree
from tests.web.test_identity import BROWSER, sign_in
from tests.web.test_sessions import look

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

__all__ = ["chef"]


def days() -> dict[str, str]:
    today = clock.local_day(clock.now()).isoformat()
    return {"von": today, "bis": today, "grund": "Urlaub"}


def test_one_lets_a_colleague_act_who_then_finds_the_task_and_leaves_both_names(site: Site) -> None:
    case = site.new_case()
    [task] = site.open_tasks(case)
    anna, berta = site.client(), site.client()
    sign_in(anna, "anna")
    sign_in(berta, "berta")
    site.post(f"aufgaben/{task}/claim")
    assert "wird gerade von" in said(look(berta, f"aufgaben/{task}"))
    answer = send(anna, "mein-konto", "mein-konto/vertretung", vertretung="anna", von="", bis=XSS, grund=XSS)
    assert answer.status_code == 422
    assert tree(answer).xpath("//*[@role='alert']//a/@href") == ["#von", "#vertretung"]
    assert tree(answer).xpath("//input[@id='grund']/@value") == [XSS]
    shown = follow(anna, send(anna, "mein-konto", "mein-konto/vertretung", vertretung="berta", **days()))
    assert "Vertreten durch Berta" in said(shown)
    assert "Vertritt Anna" in said(look(berta, "mein-konto"))
    assert "Sie vertreten zurzeit Anna" in said(look(berta, "?wer=ich"))
    assert "Sie vertreten Anna" in said(look(berta, f"aufgaben/{task}"))
    assert send(berta, f"aufgaben/{task}", f"aufgaben/{task}/uebernehmen").status_code == 303
    assert "bei Ihnen für Anna" in said(look(berta, "?wer=ich"))
    assert site.post(f"aufgaben/{task}/complete", "berta", json={"data": {"ok": True}}).status_code == 200
    assert "Berta für Anna" in said(look(anna, f"vorgaenge/{case}?verlauf=alles"))
    [end] = re.findall(rf'action="/{SLUG}/(mein-konto/vertretung/\w+/beenden)"', look(anna, "mein-konto").text)
    assert berta.post(f"/{SLUG}/{end}", headers=BROWSER).status_code == 400, "without the page's token"
    assert send(berta, "mein-konto", end).status_code == 403
    assert "Die Vertretung ist beendet." in said(follow(anna, send(anna, "mein-konto", end)))
    assert "Sie vertreten" not in said(look(berta, ""))


def test_the_administration_does_it_for_somebody_who_is_away(site: Site, chef: FlaskClient) -> None:
    page = path_of("anna")
    assert "darf keine Aufgaben" in said(send(chef, page, f"{page}/vertretung", vertretung="design", **days()))
    shown = follow(chef, send(chef, page, f"{page}/vertretung", vertretung="berta", **days()))
    assert "Vertreten durch Berta" in said(shown)
    assert "eingetragen von Chef" in said(shown)
    [end] = re.findall(rf'action="/{SLUG}/({page}/vertretung/\w+/beenden)"', shown.text)
    assert "Die Vertretung ist beendet." in said(follow(chef, send(chef, page, end)))
    anna = site.client()
    sign_in(anna, "anna")
    assert send(anna, "mein-konto", end).status_code == 403


def test_whatever_is_done_at_a_case_that_one_sees_only_as_substitute_is_done_for_somebody(site: Site) -> None:
    with db.namespace(SLUG):
        add_stelle("Bauamt", key="bau", nummer="100001", by=SYSTEM)
        add_stelle("Kasse", key="kasse", by=SYSTEM)
        for login, key in (("ute", "bau"), ("kim", "kasse")):
            roles = frozenset({"sachbearbeitung"})
            add_konto(login, login.title(), f"{login}@example.org", roles, frozenset({key}), HASH, by=SYSTEM)
        site.tokens["kim"] = str(new_token("kim", by=SYSTEM))
    case = site.new_case()
    ute, kim = site.client(), site.client()
    sign_in(ute, "ute")
    sign_in(kim, "kim")
    assert look(kim, f"vorgaenge/{case}").status_code == 404
    shown = follow(ute, send(ute, "mein-konto", "mein-konto/vertretung", vertretung="kim", **days()))
    assert send(kim, f"vorgaenge/{case}", f"vorgaenge/{case}/kommentare", text="Gutachten fehlt noch").status_code == 303
    assert said(look(ute, f"vorgaenge/{case}")).count("Kim für Ute") == 1
    [task] = site.open_tasks(case)
    assert site.post(f"aufgaben/{task}/claim", "kim").status_code == 200
    assert said(look(ute, f"vorgaenge/{case}?verlauf=alles")).count("Kim für Ute") == 2
    [end] = re.findall(rf'action="/{SLUG}/(mein-konto/vertretung/\w+/beenden)"', shown.text)
    send(ute, "mein-konto", end)
    assert look(kim, f"vorgaenge/{case}").status_code == 404
    assert send(kim, "mein-konto", f"vorgaenge/{case}/kommentare", text="Noch etwas").status_code == 404
