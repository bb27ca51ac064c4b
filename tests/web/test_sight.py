"""Who sees what: a case of a Stelle is seen by its people and by whoever has a task in it; for others it does not exist."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from engine.base import db
from engine.base.rights import SYSTEM
from engine.model import aufgabe, stelle, vorgang
from engine.verbs.design import deploy_bundle
from engine.verbs.konten import add_konto, new_token
from tests.bpmn.diagrams import end, flows, process, start, user
from tests.engine.cases import TYPES, bundle
from tests.web.site import SLUG, Site, problem

FUER_DAS_BAUAMT = process(
    start(),
    user("pruefen", extension='<zeebe:assignmentDefinition candidateGroups="bauamt"/>'),
    user("buchen", extension='<zeebe:assignmentDefinition candidateGroups="kasse"/>'),
    end(),
    flows("start > pruefen > buchen > end"),
)


@pytest.fixture
def case(site: Site) -> str:
    """A case of the Bauamt; paul works there, kira at the Kasse, olaf at the Ordnungsamt."""
    with db.namespace(SLUG):
        deploy_bundle(bundle(FUER_DAS_BAUAMT, "bauen", "BA"), TYPES, by=SYSTEM)
        with db.transaction() as tx:
            tx.execute(sa.insert(stelle.T).values(key="bauamt", name="Bauamt", nummer="100001"))
        for login, group in (("paul", "bauamt"), ("kira", "kasse"), ("olaf", "ordnungsamt")):
            add_konto(
                login, login, f"{login}@example.org", frozenset({"sachbearbeitung"}), frozenset({group}), by=SYSTEM
            )  # fmt: skip
            site.tokens[login] = new_token(login, by=SYSTEM)
    return site.new_case(form="bauen")


def seen(site: Site, login: str) -> list[str]:
    return [item["id"] for item in site.get("vorgaenge", login).json["items"]]  # type: ignore[index]


def complete(site: Site, case: str, login: str) -> Any:
    [task] = site.open_tasks(case)
    return site.post(f"aufgaben/{task}/complete", login, json={"data": {}})


def test_a_case_belongs_to_the_stelle_the_application_names(site: Site, case: str) -> None:
    with db.namespace(SLUG), db.reading() as tx:
        assert tx.scalar(sa.select(vorgang.T.c.stelle)) == "bauamt"


def test_others_find_neither_the_case_nor_anything_of_it(site: Site, case: str) -> None:
    [task] = site.open_tasks(case)
    assert seen(site, "olaf") == []
    assert site.get("aufgaben", "olaf").json["items"] == []  # type: ignore[index]
    unknown = problem(site.get("vorgaenge/" + "0" * 26, "olaf"), 404)
    for path in (f"vorgaenge/{case}", f"vorgaenge/{case}/verlauf", f"vorgaenge/{case}/dokumente", f"aufgaben/{task}"):
        assert problem(site.get(path, "olaf"), 404)["status"] == unknown["status"]
    assert problem(site.post(f"aufgaben/{task}/claim", "olaf"), 404)


def test_stellen_whose_names_only_look_alike_are_others(site: Site, case: str) -> None:
    with db.namespace(SLUG):
        for login, group in (("gross", "KASSE"), ("komma", ","), ("strich", "_asse"), ("teil", "kass")):
            groups = frozenset({group})
            add_konto(login, login, f"{login}@example.org", frozenset({"sachbearbeitung"}), groups, by=SYSTEM)
            site.tokens[login] = new_token(login, by=SYSTEM)
        with db.transaction() as tx:
            tx.execute(sa.update(aufgabe.T).values(groups='["kasse", "pruefung"]'))
    for login in ("gross", "komma", "strich", "teil"):
        assert (seen(site, login), site.get(f"vorgaenge/{case}", login).status_code) == ([], 404), login
        assert site.get("aufgaben", login).json["items"] == []  # type: ignore[index]
    assert seen(site, "kira") == [case]


def test_who_has_a_task_in_it_sees_it_from_then_on(site: Site, case: str) -> None:
    assert seen(site, "kira") == []
    assert complete(site, case, "paul").status_code == 200
    assert seen(site, "kira") == [case]
    assert complete(site, case, "kira").status_code == 200
    assert seen(site, "kira") == [case]


def test_a_task_of_another_stelle_is_refused(site: Site, case: str) -> None:
    assert complete(site, case, "paul").status_code == 200
    answer = problem(complete(site, case, "paul"), 403)
    assert "für kasse" in answer["detail"]
    [task] = site.open_tasks(case)
    assert problem(site.post(f"aufgaben/{task}/claim", "paul"), 403)


def test_who_belongs_to_no_stelle_and_the_administration_see_all(site: Site, case: str) -> None:
    assert seen(site, "anna") == [case]
    assert seen(site, "chef") == [case]
    assert complete(site, case, "anna").status_code == 200
