"""Many municipalities, some behind the code or ahead of it, and processes that serve only one of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from engine import migrations
from engine.base import db
from engine.verbs.kommune import make_kommune
from tests.web.site import SLUG, Site, app_of, application, parts
from web.settings import Settings
from web.tick import in_each, ready_kommunen
from web.worker import run, run_next

sqlite = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


@pytest.fixture
def newer_code(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """The municipality has not been upgraded for this code yet; calling it upgrades."""
    line = migrations.line("kommune")
    with monkeypatch.context() as patched:
        patched.setattr(migrations, "line", lambda kind: ("9999", *line))
        db.engines().forget(SLUG)

        def upgraded() -> None:
            with db.namespace_in_any_state(SLUG), db.transaction() as tx:
                tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

        yield upgraded


def test_a_municipality_not_upgraded_yet_asks_to_come_back_and_then_works(site: Site, newer_code: Callable[[], None]) -> None:
    page = site.client().get(f"/{SLUG}/anmelden", headers={"Accept": "text/html"})
    for answer in (page, site.get("vorgaenge"), site.send(), site.send(path="/antrag")):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "wird gerade aktualisiert" in answer.text
    assert page.content_type.startswith("text/html")
    newer_code()
    assert site.get("vorgaenge").status_code == 200
    assert site.send().status_code == 200


def test_until_the_upgrade_timers_wait_and_auftraege_are_kept(
    site: Site, newer_code: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []
    in_each(ready_kommunen(), lambda: done.append(db.slug()))
    assert (done, run(SLUG, "1"), run_next(SLUG)) == ([], [], [])
    assert {record.levelname for record in caplog.records} == {"WARNING"}
    newer_code()
    in_each(ready_kommunen(), lambda: done.append(db.slug()))
    assert done == [SLUG]


def test_a_municipality_that_is_ahead_of_this_code_is_served_as_before(site: Site) -> None:
    with db.namespace(SLUG), db.transaction() as tx:
        tx.execute(sa.text("ALTER TABLE vorgang ADD COLUMN may_be_empty VARCHAR(10)"))
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    db.engines().forget(SLUG)
    case = site.new_case()
    assert site.open_tasks(case)


@pytest.fixture
def only(site: Site, settings: Settings) -> Iterator[Site]:
    """A process that serves nordfriesland only; husum is another's."""
    make_kommune("husum", "Stadt Husum", "Stadt", "SH", stellen=["200001"])
    alone = dataclasses.replace(settings, kommune=SLUG)
    yield dataclasses.replace(site, app=app_of(alone))
    db.configure(settings.installation())


def test_a_process_of_one_municipality_serves_that_one(only: Site) -> None:
    assert only.get("vorgaenge").status_code == 200
    assert only.new_case()
    assert ready_kommunen() == [SLUG]
    front = only.client().get("/").text
    assert "Nordfriesland" in front
    assert "Husum" not in front


def test_a_process_of_one_municipality_enters_no_other(only: Site) -> None:
    for answer in (
        only.client().get("/husum/anmelden"),
        only.client().get("/husum/api/v1/vorgaenge"),
        only.send(path="/husum/antrag"),
        only.client().post("/antrag", data=parts(application(stelle="200001")), content_type="multipart/form-data"),
    ):
        assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
        assert "anderen Server" in answer.text
    assert only.client().get("/gibt-es-nicht/anmelden").status_code == 404
    assert run("husum", "1") == []


@sqlite
def test_numbers_are_of_the_municipality_that_is_served(only: Site) -> None:
    numbers = only.client().get("/metrics").text
    assert 'amtsweg_kommune_up{kommune="nordfriesland"} 1.0' in numbers
    assert "husum" not in numbers


def test_the_setting_is_a_slug_and_is_handed_on() -> None:
    settings = Settings.from_env({"AMTSWEG_KOMMUNE": "husum"})
    assert settings.environ()["AMTSWEG_KOMMUNE"] == "husum"
    assert settings.installation().only == "husum"
    assert Settings().installation().only == ""


def test_workers_of_one_municipality_need_not_leave_one_for_the_others() -> None:
    assert Settings().bounded_for(4).calls_per_kommune == 3
    assert Settings(kommune="husum").bounded_for(4).calls_per_kommune == 0
