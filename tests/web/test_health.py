"""Whether it runs, whether what it needs answers, and how much there is to do."""

from __future__ import annotations

import re

import pytest

from engine import reads
from engine.base.errors import Unavailable
from tests.web.site import SLUG, Site, problem
from web.compose import create_app
from web.settings import Settings


def test_live_and_ready(site: Site) -> None:
    assert site.client().get("/live").data == b"ok\n"
    answer = site.client().get("/ready")
    assert (answer.status_code, answer.json) == (200, {"database": True, "disk": True})


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_not_ready_while_redis_is_away(site: Site, settings: Settings) -> None:
    away = f"unix://{settings.home}/kein.sock"
    app = create_app(Settings(home=settings.home, secret=settings.secret, redis_url=away))
    answer = app.test_client().get("/ready")
    assert (answer.status_code, answer.json) == (503, {"database": True, "disk": True, "redis": False})
    assert app.test_client().get("/live").status_code == 200


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_not_ready_while_the_database_is_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise Unavailable("Die Datenbank ist nicht erreichbar.")

    monkeypatch.setattr(reads, "registry_answers", away)
    assert site.client().get("/ready").json["database"] is False


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_what_is_away_for_a_while_says_when_to_try_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_: object) -> None:
        raise Unavailable("Die Datenbank ist nicht erreichbar.")

    monkeypatch.setattr(reads, "list_vorgaenge", away)
    answer = site.get("vorgaenge")
    problem(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_metrics_count_open_work_by_municipality_without_personal_data(site: Site) -> None:
    site.new_case()
    site.client().get("/gibt/es/nicht")
    text = site.client().get("/metrics").text
    assert f'amtsweg_open{{kind="aufgaben",kommune="{SLUG}"}} 1.0' in text
    assert f'amtsweg_kommune_up{{kommune="{SLUG}"}} 1.0' in text
    assert re.search(rf'amtsweg_requests_total{{.*kommune="{SLUG}".*status="200".*}} 1.0', text)
    assert "Muster" not in text
    assert "gibt" not in text


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_metrics_are_for_this_machine(site: Site) -> None:
    problem(site.client().get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.7"}), 403)
