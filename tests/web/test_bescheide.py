"""A notice over HTTP: its text is read and changed, and the approval names what was looked at."""

from __future__ import annotations

from typing import Any

import pytest

from engine.base import db
from engine.base.rights import SYSTEM
from engine.model import bescheid
from engine.verbs.design import deploy_bundle
from engine.verbs.operate import change_setting
from tests.engine.test_bescheid import BRIEFKOPF, OFFER, Outside, diagram, files
from tests.web.pages import browser
from tests.web.site import SLUG, Site, problem
from tests.web.test_identity import BROWSER


@pytest.fixture
def case(site: Site) -> str:
    """A Vorgang whose draft waits for approval."""
    with db.namespace(SLUG):
        change_setting("briefkopf", BRIEFKOPF, by=SYSTEM)
        deploy_bundle(files(diagram()), OFFER, by=SYSTEM)
    site.twin = Outside()  # type: ignore[assignment]  # another twin of the same port
    id = site.new_case(form="bescheide")
    act(site, id, {"cent": 5000})
    return id


def act(site: Site, case: str, data: dict[str, Any], login: str = "anna", **more: Any) -> Any:
    [task] = site.open_tasks(case)
    answer = site.post(f"aufgaben/{task}/complete", login, json={"data": data, **more})
    site.work()
    return answer


def notices(site: Site, case: str) -> list[dict[str, Any]]:
    return site.get(f"vorgaenge/{case}/bescheide").json["items"]  # type: ignore[index,no-any-return]


def changed(site: Site, notice: dict[str, Any], text: str, login: str = "anna") -> Any:
    parts = [
        {"kind": part["kind"], "heading": part["heading"], "text": "\n\n".join(block["text"] for block in part["blocks"])}
        for part in notice["sections"]
    ]
    parts = [{**part, "text": "1. Ja."} if part["kind"] in ("tenor", "auflage") else part for part in parts]
    body = {"gesehen": notice["content_hash"], "abschnitte": [*parts, {"kind": "hinweise", "text": text}]}
    answer = site.call("PUT", f"bescheide/{notice['id']}", login, json=body)
    site.work()
    return answer


def test_a_draft_is_changed_approved_by_another_and_issued(site: Site, case: str) -> None:
    [draft] = notices(site, case)
    assert changed(site, draft, "- Ein Hinweis").json["editors"] == ["anna"]
    [draft] = notices(site, case)
    assert site.get(f"bescheide/{draft['id']}").json["sections"][-1]["blocks"][0]["text"] == "Ein Hinweis"  # type: ignore[index]
    assert act(site, case, {"freigabe": "ja"}, "berta", gesehen=draft["content_hash"]).status_code == 200
    [issued] = notices(site, case)
    assert (issued["state"], issued["approved_by"], len(issued["sha256"])) == ("erlassen", "berta", 64)


def test_an_approval_of_an_older_draft_is_a_conflict(site: Site, case: str) -> None:
    [draft] = notices(site, case)
    changed(site, draft, "- Später dazu")
    assert "seit Sie ihn gesehen haben" in problem(
        act(site, case, {"freigabe": "ja"}, "berta", gesehen=draft["content_hash"]), 409
    )["detail"]  # fmt: skip
    assert notices(site, case)[0]["state"] == "entwurf"


def test_a_change_of_an_older_draft_answers_with_the_fresh_one(site: Site, case: str) -> None:
    [draft] = notices(site, case)
    changed(site, draft, "- Eins")
    answer = problem(changed(site, draft, "- Zwei", "berta"), 409)
    assert answer["fresh"]["content_hash"] == notices(site, case)[0]["content_hash"]


def test_a_draft_without_its_parts_is_refused_with_causes(site: Site, case: str) -> None:
    [draft] = notices(site, case)
    body = {"gesehen": draft["content_hash"], "abschnitte": [{"kind": "tenor", "text": "1. Ja."}]}
    answer = problem(site.call("PUT", f"bescheide/{draft['id']}", json=body), 422)
    assert len(answer["causes"]) >= 3


def test_who_may_not_work_on_tasks_changes_nothing(site: Site, case: str) -> None:
    [draft] = notices(site, case)
    assert problem(changed(site, draft, "- Nein", "chef"), 403)
    assert problem(site.call("PUT", "bescheide/gibtesnicht", json={"gesehen": "x", "abschnitte": []}), 404)


def test_the_page_says_where_the_notice_stands(site: Site, case: str) -> None:
    def page() -> str:
        return str(browser(site, "anna").get(f"/{SLUG}/vorgaenge/{case}").text)

    assert "noch nicht freigegeben" in page()
    act(site, case, {"freigabe": "ja"}, "berta")
    assert "freigegeben von Berta" in page()


def test_a_draft_that_must_be_made_anew_says_so_on_both_pages(site: Site, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    [task], [draft], client = site.open_tasks(case), notices(site, case), browser(site, "berta")
    monkeypatch.setattr(bescheid, "of_another", lambda tx, row: "Inzwischen entscheidet Husum.")
    for address in (f"aufgaben/{task}", f"bescheide/{draft['id']}"):
        assert "Inzwischen entscheidet Husum." in client.get(f"/{SLUG}/{address}", headers=BROWSER).text
