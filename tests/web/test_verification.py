"""The page that says whether what is stored is sound, and the numbers of it for the operator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from engine.base import db
from engine.base.rights import SYSTEM
from engine.model import vorgang
from engine.verbs.verification import run_verification
from tests.engine.cases import push, rows, vorgang_of
from tests.web.site import SLUG, Site
from tests.web.test_identity import BROWSER, sign_in
from tests.web.test_operate import EVIL, follow, look, said, send
from web.operate.verification import MEANS

ROOT = Path(__file__).resolve().parents[2]
sqlite = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


@pytest.fixture
def chef(site: Site) -> FlaskClient:
    """A browser in which the Administration is signed in."""
    client = site.client()
    sign_in(client, "chef")
    return client


def run() -> None:
    with db.namespace(SLUG):
        assert run_verification(by=SYSTEM)


@pytest.fixture
def damaged(site: Site) -> Iterator[str]:
    """A case whose state cannot be read, until the end of the test."""

    def write(snapshot: bytes) -> None:
        with db.transaction() as tx:
            tx.execute(sa.update(vorgang.T).where(vorgang.T.c.id == id).values(snapshot=snapshot))

    with db.namespace(SLUG):
        id = vorgang_of(push())
        whole = rows(vorgang.T, id=id)[0].snapshot
        write(b"x")
    yield id
    with db.namespace(SLUG):
        write(whole)


def test_every_invariant_says_what_is_wrong_and_what_to_do() -> None:
    sources = [(ROOT / "engine" / "verbs" / f"{name}.py").read_text() for name in ("invariants", "stored")]
    named = set(re.findall(r'Broken\("([a-z-]+)"', " ".join(sources))) | {"zustand"}
    assert named == MEANS.keys()
    for title, advice in MEANS.values():
        assert str(title)[0].isupper()
        assert str(advice).endswith(".")


@sqlite
def test_it_is_asked_for_runs_and_is_sound(chef: FlaskClient, site: Site) -> None:
    assert "noch nicht geprüft" in said(look(chef, "pruefung"))
    waits = follow(chef, send(chef, "pruefung", "pruefung/jetzt"))
    assert "beginnt in wenigen Sekunden" in said(waits)
    assert "Jetzt prüfen" not in said(waits)
    part = chef.get(f"/{SLUG}/verwaltung/pruefung/stand", headers={**BROWSER, "HX-Request": "true"}).text
    assert "<main" not in part
    assert "load delay" in part
    run()
    page = look(chef, "pruefung")
    assert "war alles stimmig" in said(page)
    assert "verlangt von" in said(page)
    assert "load delay" not in page.text


@sqlite
def test_what_is_broken_is_said_with_what_to_do_and_leads_to_the_case(chef: FlaskClient, damaged: str) -> None:
    send(chef, "pruefung", "pruefung/jetzt")
    run()
    page = look(chef, "pruefung")
    assert "Der Zustand eines Vorgangs ist nicht lesbar" in said(page)
    assert "aus der letzten Sicherung wieder her" in said(page)
    assert f"/{SLUG}/vorgaenge/{damaged}" in page.text
    assert "Muster" not in said(page), "ids and sentences, nothing of a person"
    overview = said(look(chef, ""))
    assert "Die Prüfung der Daten hat" in overview
    assert "1 Störung wartet" in overview
    metrics = chef.get("/metrics").text
    assert re.search(rf'amtsweg_verify_broken{{kommune="{SLUG}"}} [1-9]', metrics)
    assert re.search(rf'amtsweg_verify_ended_seconds{{kommune="{SLUG}"}} 1\.', metrics)


@sqlite
def test_the_hour_is_set_and_what_is_none_is_refused(chef: FlaskClient) -> None:
    page = follow(chef, send(chef, "pruefung", stunde="23"))
    assert '<option value="23" selected>' in page.text
    assert '<option value="-1" selected>' in follow(chef, send(chef, "pruefung", stunde="-1")).text
    for wrong in ("24", "", "²", "-", "--1", EVIL):
        refused = send(chef, "pruefung", stunde=wrong)
        assert refused.status_code == 422
        assert "Das ist keine Stunde" in said(refused)


@sqlite
def test_who_does_not_administrate_neither_sees_nor_asks(site: Site) -> None:
    anna = site.client()
    sign_in(anna, "anna")
    assert look(anna, "pruefung").status_code == 403
    assert look(anna, "pruefung/stand").status_code == 403
