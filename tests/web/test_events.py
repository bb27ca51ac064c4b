"""Signals over the interface, and cases that began without an application: on their pages, in lists, in the interface."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from lxml import html

from engine.base import db
from engine.base.rights import SYSTEM
from engine.verbs.design import deploy_bundle
from engine.verbs.due import tick
from tests.engine.cases import TYPES, bundle
from tests.engine.events import BY_MESSAGE, BY_SIGNAL, HEARS, MANIFEST, by_time
from tests.web.pages import browser
from tests.web.site import SLUG, Site, problem
from tests.web.test_identity import BROWSER

ON_SQLITE = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


def deploy(diagram: bytes, key: str, *, forms: bool = False) -> None:
    files = bundle(diagram, key, "EV")
    if not forms:
        files["bundle.toml"] = MANIFEST.format(key=key).encode()
    with db.namespace(SLUG):
        deploy_bundle(files, TYPES, by=SYSTEM)


def read(client: FlaskClient, path: str) -> str:
    """What a page says."""
    answer = client.get(f"/{SLUG}/{path}", headers=BROWSER)
    assert answer.status_code == 200
    return " ".join(html.fromstring(answer.data).text_content().split())


def cases(site: Site, key: str) -> list[dict[str, object]]:
    return list(site.get(f"vorgaenge?leistung={key}").json["items"])  # type: ignore[index]


def test_a_signal_reaches_every_case_that_waits_once(site: Site) -> None:
    deploy(HEARS, "hoert", forms=True)
    first, second = site.new_case(form="hoert"), site.new_case(form="hoert")
    signal = {"id": "s-1", "variables": {"stunde": 7}}
    assert site.post("signale/wecker", "chef", json=signal).json == {"id": "s-1", "new": True}
    assert [len(site.open_tasks(case)) for case in (first, second)] == [1, 1]
    late = site.new_case(form="hoert")
    assert site.post("signale/wecker", "chef", json=signal).json == {"id": "s-1", "new": False}
    assert site.open_tasks(late) == []


@ON_SQLITE
def test_a_signal_that_nobody_waits_for_is_taken_and_who_lacks_the_right_throws_none(site: Site) -> None:
    assert site.post("signale/niemand", "chef", json={"id": "s-1"}).json == {"id": "s-1", "new": True}
    problem(site.post("signale/niemand", "anna", json={"id": "s-2"}), 403)
    problem(site.post("signale/niemand", "chef", json={"variables": {}}), 422)


@ON_SQLITE
def test_a_message_without_a_key_begins_a_case_that_says_so_everywhere(site: Site) -> None:
    deploy(BY_MESSAGE, "ereignis")
    assert site.post("nachrichten/beginn", "chef", json={"id": "m-1", "variables": {"a": 1}}).status_code == 200
    [case] = cases(site, "ereignis")
    assert (case["origin"], case["origin_name"], case["applicant"]) == ("nachricht", "beginn", "")
    detail = site.get(f"vorgaenge/{case['id']}").json
    assert (detail["antrag"], detail["origin"]) == ([], "nachricht")  # type: ignore[index]
    with_form = site.get(f"vorgaenge/{site.new_case()}").json
    assert (with_form["origin"], with_form["origin_name"]) == ("antrag", "")  # type: ignore[index]


@ON_SQLITE
@pytest.mark.parametrize(
    ("diagram", "sentence"),
    [
        (BY_MESSAGE, "Begonnen durch eine Nachricht: beginn"),
        (BY_SIGNAL, "Begonnen durch ein Signal: wecker"),
        (by_time("PT0S", "timeDuration"), "Begonnen zu einer festgelegten Zeit: Stichtag"),
    ],
)
def test_the_pages_of_such_a_case_say_by_what_it_began(site: Site, diagram: bytes, sentence: str) -> None:
    deploy(diagram, "ereignis")
    site.post("nachrichten/beginn", "chef", json={"id": "m-1"})
    site.post("signale/wecker", "chef", json={"id": "s-1"})
    with db.namespace(SLUG):
        tick()
    [case] = cases(site, "ereignis")
    client = browser(site)
    page = read(client, f"vorgaenge/{case['id']}")
    assert sentence in page
    assert "Zu diesem Vorgang gehört kein Antrag." in page
    assert "ohne Antrag" in page
    assert "eingegangen am" not in page
    if site.open_tasks(str(case["id"])):
        [task] = site.open_tasks(str(case["id"]))
        assert "ohne Antrag" in read(client, f"aufgaben/{task}")
