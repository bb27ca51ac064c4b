"""Lists over several municipalities: each is asked for its first pages, merged by deadline; who is away is named."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html

from engine import reads
from engine.base import clock, db
from engine.model import aufgabe
from engine.reads.paging import PAGE
from engine.verbs.cooperate import end_grant
from engine.verbs.kommune import lock_kommune, unlock_kommune
from tests.engine.neighbours import agreed, at
from tests.web import husum
from tests.web.husum import HUSUM, tokens  # noqa: F401  a fixture
from tests.web.pages import browser, post
from tests.web.site import SLUG, Site
from tests.web.test_identity import BROWSER
from web.desk.others import Elsewhere, Others, _place, merged

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


@pytest.fixture
def anna(site: Site) -> FlaskClient:
    return browser(site, "anna")


def office(site: Site) -> str:
    """Husum's tree cases are worked on by Anna, under § 19a GkZ; gives the id of the grant."""
    with db.namespace(SLUG):
        anna = reads.konto_by_login("anna")[0]
    return agreed(HUSUM, SLUG, "gemeinsames_amt", ("leistung", "baum"), users=(("konto", anna.id),))


def due(case: str, at: dt.datetime, slug: str = HUSUM) -> None:
    with db.namespace(slug), db.transaction() as tx:
        tx.execute(aufgabe.T.update().where(aufgabe.T.c.vorgang_id == case).values(due_at=at))


def listed(client: FlaskClient, more: str = "") -> list[str]:
    """The rows of the list of tasks as text."""
    answer = client.get(f"/{SLUG}/{more}", headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return [" ".join(row.text_content().split()) for row in html.fromstring(answer.text).xpath("//ul[@data-rows]/li")]


def page(client: FlaskClient, more: str = "") -> str:
    return " ".join(html.fromstring(client.get(f"/{SLUG}/{more}", headers=BROWSER).text).text_content().split())


def test_tasks_of_another_municipality_stand_in_ones_own_list_by_deadline(site: Site, anna: FlaskClient) -> None:
    own, theirs, later = site.new_case(), husum.new_case(), husum.new_case()
    office(site)
    now = clock.now()
    due(theirs, now + dt.timedelta(days=1))
    due(own, now + dt.timedelta(days=2), SLUG)
    due(later, now + dt.timedelta(days=3))
    shown = [row for row in listed(anna, "?wer=alle") if "fällig" in row]
    assert ["Stadt Husum" in row for row in shown] == [True, False, True]
    until = f"?wer=alle&bis={clock.local_day(now) + dt.timedelta(days=1)}"
    assert len(listed(anna, until)) == 1, "narrowed there as here"
    assert listed(anna, "?wer=alle&leistung=posteingang") == []


def test_a_task_is_taken_and_given_back_in_the_list(site: Site, anna: FlaskClient) -> None:
    case, grant = husum.new_case(), office(site)
    address = f"andere/{HUSUM}/{grant}/aufgaben/{husum.task(case).id}"
    assert listed(anna, "?wer=ich") == []
    taken = post(anna, f"{address}/uebernehmen", zurueck=f"/{SLUG}/?wer=ich")
    assert taken.headers["Location"].endswith("?wer=ich")
    [row] = listed(anna, "?wer=ich")
    assert "Stadt Husum" in row
    assert "bei Ihnen" in row
    assert "Bei mir (1)" in page(anna)
    post(anna, f"{address}/zurueckgeben", zurueck=f"/{SLUG}/?wer=ich")
    assert listed(anna, "?wer=ich") == []


def test_one_that_is_away_is_named_and_all_others_are_listed(site: Site, anna: FlaskClient) -> None:
    site.new_case()
    husum.new_case()
    grant = office(site)
    everything = listed(anna, "?wer=alle")
    case = husum.new_case()
    task = husum.task(case).id
    lock_kommune(HUSUM)
    shown = page(anna, "?wer=alle")
    assert "Von Stadt Husum fehlen die Aufgaben." in shown
    assert len(listed(anna, "?wer=alle")) == len(everything) - 1
    answer = post(anna, f"andere/{HUSUM}/{grant}/aufgaben/{task}/uebernehmen", zurueck=f"/{SLUG}/")
    assert answer.status_code == 503
    unlock_kommune(HUSUM)
    with at(HUSUM, "chef") as chef:
        end_grant(grant, by=chef)
    assert "Stadt Husum" not in page(anna, "?wer=alle")


def test_the_pages_of_the_list_lose_and_repeat_nothing(site: Site, anna: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.now()
    office(site)
    for day in (1, 2, 3, 6, 9):
        due(husum.new_case(), now + dt.timedelta(days=day))
    for day in (4, 5, 7):
        due(site.new_case(form="unbekannt"), now + dt.timedelta(days=day), SLUG)
    undated = husum.new_case()
    everything = listed(anna, "?wer=alle")
    assert ["Stadt Husum" in row for row in everything] == [True, True, True, False, False, True, False, True, True]
    monkeypatch.setattr("engine.reads.paging.PAGE", 2)
    pages = [listed(anna, f"?wer=alle&aufgaben={number}") for number in range(1, 7)]
    assert [len(rows) for rows in pages] == [2, 2, 2, 2, 1, 0]
    assert [row for rows in pages for row in rows] == everything
    assert husum.task(undated).nummer in pages[4][0], "without a deadline comes last"
    raw = [anna.get(f"/{SLUG}/?wer=alle&aufgaben={number}", headers=BROWSER).text for number in (4, 5)]
    assert ["aufgaben=5" in raw[0], "aufgaben=6" in raw[1]] == [True, False]


def test_that_there_is_more_than_the_pages_show_is_said(site: Site, anna: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        husum.new_case()
    office(site)
    assert "gibt es noch mehr" not in page(anna, "?wer=alle")
    monkeypatch.setattr("engine.reads.paging.PAGE", 1)
    monkeypatch.setattr("engine.verbs.guest_tasks.MOST_PAGES", 2)
    monkeypatch.setattr("web.desk.others.MOST_PAGES", 2)
    assert "gibt es noch mehr" not in page(anna, "?wer=alle")
    assert "Bei Stadt Husum gibt es noch mehr Aufgaben" in page(anna, "?wer=alle&aufgaben=2")


@pytest.mark.parametrize("own", [0, 1, 5, 40])
@pytest.mark.parametrize("theirs", [0, 3, 30])
def test_each_page_of_two_lists_is_the_page_of_the_whole(installation: object, own: int, theirs: int) -> None:
    def one(index: int, origin: str) -> Any:
        due_at = clock.now() if index % 3 else None
        task = SimpleNamespace(id=f"{origin}{index:03}", due_at=due_at, opened_at=clock.now())
        return Elsewhere(task, SimpleNamespace(origin=origin)) if origin else task  # type: ignore[arg-type]

    with clock.frozen(clock.now()):
        ours = sorted((one(index, "") for index in range(own)), key=_place)
        found = Others(tasks=[one(index, "husum") for index in range(theirs)])
    whole = sorted([*ours, *found.tasks], key=_place)
    shown: list[Any] = []
    for number in range(1, 5):
        first, last = max(0, (number - 1) * PAGE - theirs), number * PAGE
        listed = merged(reads.Page(tuple(ours[first:last]), number, len(ours) > last), found)
        assert listed.more == (len(whole) > last)
        shown += listed.items
    assert shown == whole
