"""An outside system that does not answer: people read it in plain words, and let it be tried."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from engine.base import db
from engine.model import breaker, protokoll
from tests.engine.cases import rows
from tests.web.site import SLUG, Site
from tests.web.test_identity import BROWSER, sign_in, token_of
from tests.web.test_operate import EVIL, follow, look, said, send

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


@pytest.fixture
def chef(site: Site) -> FlaskClient:
    """A browser in which the Administration is signed in."""
    client = site.client()
    sign_in(client, "chef")
    return client


def silence(reason: str = EVIL) -> None:
    """The Servicekonto has not answered for three Aufträge in a row."""
    with db.namespace(SLUG), db.transaction() as tx:
        for id in "abc":
            breaker.silent(tx, "servicekonto", id, reason)


def test_people_read_who_does_not_answer_and_let_it_be_tried(chef: FlaskClient) -> None:
    silence("Das Servicekonto ist nicht erreichbar.")
    assert "„Servicekonto“ antwortet nicht." in said(look(chef, ""))
    assert "antwortet nicht" in said(look(chef, "konnektoren"))
    page = said(look(chef, "konnektoren/servicekonto"))
    for words in ("Antwortet nicht, seit", "Das Servicekonto ist nicht erreichbar.", "wartet kein Auftrag.", "Nächster"):
        assert words in page
    answer = send(chef, "konnektoren/servicekonto", "konnektoren/servicekonto/versuchen")
    assert "Es wird gleich mit einem Auftrag versucht." in said(follow(chef, answer))
    with db.namespace(SLUG):
        assert "konnektor:erneut" in [row.tag for row in rows(protokoll.T)]
        with db.transaction() as tx:
            breaker.answered(tx, "servicekonto")
    again = follow(chef, send(chef, "konnektoren/servicekonto", "konnektoren/servicekonto/versuchen"))
    assert "antwortet inzwischen" in said(again)
    assert "Antwortet nicht" not in said(again)


def test_what_the_other_side_said_is_text_and_nothing_else(chef: FlaskClient) -> None:
    silence()
    assert "<script>alert(1)" not in look(chef, "konnektoren/servicekonto").text
    assert "alert(1)" in said(look(chef, "konnektoren/servicekonto"))


def test_only_who_sets_connectors_lets_one_be_tried_and_nobody_without_the_form(site: Site, chef: FlaskClient) -> None:
    silence()
    anna = site.client()
    sign_in(anna, "anna")
    path = f"/{SLUG}/verwaltung/konnektoren/servicekonto/versuchen"
    token = token_of(anna.get(f"/{SLUG}/", headers=BROWSER))
    assert anna.post(path, data={"csrf_token": token}, headers=BROWSER).status_code == 403
    assert chef.post(path, headers=BROWSER).status_code == 400
    assert send(chef, "konnektoren", "konnektoren/erfunden/versuchen").status_code == 404


def test_an_installation_whose_partners_do_not_answer_is_ready_all_the_same(site: Site, chef: FlaskClient) -> None:
    silence()
    assert site.client().get("/ready").status_code == 200
    assert f'amtsweg_connector_silent{{connector="servicekonto",kommune="{SLUG}"}} 0.0' in site.client().get("/metrics").text
