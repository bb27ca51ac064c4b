"""That a notice arrived late or never, told over the interface."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from engine.base import clock
from engine.model.bundle import pack
from tests.bpmn.diagrams import catch, end, flows, message, process, start, user
from tests.engine.cases import bundle
from tests.web.site import Site, problem

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

DIAGRAM = process(
    start(),
    user("senden"),
    catch("zugang", "m"),
    user("danach"),
    end(),
    flows("start > senden > zugang > danach > end"),
    head=message("m", "bekanntgabe.zugang", "vorgang.aktenzeichen"),
)
WHY = "Rückfrage am Telefon"


@pytest.fixture
def case(site: Site) -> str:
    """A case that waits for nothing but a clerk."""
    deployed = site.post("bundles", "design", data=pack(bundle(DIAGRAM, "bescheiden", "BE")))
    assert deployed.status_code == 200, deployed.text
    return site.new_case(form="bescheiden")


@pytest.fixture
def sent(site: Site, case: str) -> str:
    """A case whose notice is on its way."""
    [task] = site.open_tasks(case)
    assert site.post(f"aufgaben/{task}/complete", json={"data": {}}).status_code == 200
    assert site.open_tasks(case) == []
    return case


def tell(site: Site, case: str, login: str = "anna", **told: Any) -> TestResponse:
    return site.post(f"vorgaenge/{case}/zugang", login, json=told)


@pytest.mark.parametrize("zugang", ["nie", "heute"])
def test_a_day_or_never_moves_the_case_on(site: Site, sent: str, zugang: str) -> None:
    today = clock.local_day(clock.now()).isoformat()
    answer = tell(site, sent, zugang=today if zugang == "heute" else zugang, grund=WHY)
    assert answer.status_code == 200, answer.text
    assert answer.json["id"] == sent  # type: ignore[index]
    assert len(site.open_tasks(sent)) == 1


def test_a_case_whose_notice_was_not_sent_is_a_conflict(site: Site, case: str) -> None:
    assert "noch kein Bescheid abgesandt" in problem(tell(site, case, zugang="nie", grund=WHY), 409)["detail"]
    assert len(site.open_tasks(case)) == 1


def test_telling_it_twice_is_a_conflict(site: Site, sent: str) -> None:
    assert tell(site, sent, zugang="nie", grund=WHY).status_code == 200
    problem(tell(site, sent, zugang="nie", grund=WHY), 409)


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ({"zugang": "nie"}, "/grund"),
        ({"zugang": "nie", "grund": ""}, "/grund"),
        ({"zugang": "nie", "grund": "   "}, "/grund"),
        ({"zugang": "nie", "grund": "x" * 2001}, "/grund"),
        ({"grund": WHY}, "/zugang"),
        ({"zugang": None, "grund": WHY}, "/zugang"),
        ({"zugang": "niemals", "grund": WHY}, "/zugang"),
        ({"zugang": "2026-02-30", "grund": WHY}, "/zugang"),
        ({"zugang": "9999-12-31", "grund": WHY}, "/zugang"),
        ({"zugang": 20260302, "grund": WHY}, "/zugang"),
        ({"zugang": "nie", "grund": WHY, "mehr": 1}, "/mehr"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_place(site: Site, sent: str, told: dict[str, Any], place: str) -> None:
    refused = problem(tell(site, sent, **told), 422)
    assert [cause["pointer"] for cause in refused["causes"]] == [place]
    assert site.open_tasks(sent) == []


@pytest.mark.parametrize("login", ["chef", "design"])
def test_who_does_not_work_on_cases_may_not_tell_it(site: Site, sent: str, login: str) -> None:
    problem(tell(site, sent, login, zugang="nie", grund=WHY), 403)
