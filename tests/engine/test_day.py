"""The lists of a day: whose tasks, in which order, how many; and what they cost with any number of cases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from engine import reads
from engine.base import clock, db
from engine.base.rights import ADMINISTRATION, SACHBEARBEITUNG, SYSTEM, Konto
from engine.model import aufgabe, stelle, vorgang
from engine.verbs.design import deploy_bundle
from engine.verbs.desk import claim_aufgabe, complete_aufgabe
from tests.bpmn.diagrams import end, flows, process, start, user
from tests.engine.cases import TYPES, bundle, push, vorgang_of

CLERK = frozenset({SACHBEARBEITUNG})
ALLA = Konto("10", "alla", "Alla", CLERK)
PAUL = Konto("11", "paul", "Paul", CLERK, frozenset({"bauamt"}))
KIRA = Konto("12", "kira", "Kira", CLERK, frozenset({"kasse"}))
OLAF = Konto("13", "olaf", "Olaf", CLERK, frozenset({"ordnungsamt"}))
CHEF = Konto("14", "chef", "Chef", frozenset({ADMINISTRATION}), frozenset({"leitung"}))
BAUEN = process(
    start(),
    user("pruefen", extension='<zeebe:assignmentDefinition candidateGroups="bauamt"/>'),
    user("buchen", extension='<zeebe:assignmentDefinition candidateGroups="kasse"/>'),
    end(),
    flows("start > pruefen > buchen > end"),
)

Due = Callable[..., str]


@pytest.fixture(params=[0, 1000], ids=["many", "few"])
def offices(amt: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A Bauamt, a Kasse and a Leistung in which both have tasks; lists are read in both of their ways."""
    monkeypatch.setattr(reads.sight, "FEW", request.param)
    deploy_bundle(bundle(BAUEN, "bauen", "BA"), TYPES, by=SYSTEM)
    with db.transaction() as tx:
        tx.execute(sa.insert(stelle.T).values(key="bauamt", name="Bauamt", nummer="100001"))
    return amt


def case(form: str = "bauen", due: dt.datetime | None = None, stelle: str = "100001") -> str:
    """The id of the first task of a new case."""
    id = vorgang_of(push(form, stelle=stelle))
    [task] = reads.list_aufgaben(vorgang_id=id).items
    with db.transaction() as tx:
        tx.execute(sa.update(aufgabe.T).where(aufgabe.T.c.id == task.id).values(due_at=due))
    return str(task.id)


def listed(by: Konto, scope: Any = reads.ALL, **narrowed: Any) -> list[str]:
    return [task.id for task in reads.list_aufgaben(by=by, scope=scope, **narrowed).items]


def test_overdue_and_due_tasks_come_first_then_the_oldest(offices: str) -> None:
    now = clock.now()
    old, late, soon, new = case(), case(due=now - dt.timedelta(days=2)), case(due=now + dt.timedelta(days=2)), case()
    latest = case(due=now - dt.timedelta(days=5))
    assert listed(PAUL) == listed(ALLA) == listed(PAUL, reads.STELLE) == [latest, late, soon, old, new]
    assert listed(PAUL, due_until=now) == listed(ALLA, due_until=now) == [latest, late]


def test_tasks_are_mine_or_for_my_stelle_or_of_all_cases_i_see(offices: str) -> None:
    first, second = case(), case()
    claim_aufgabe(first, by=PAUL)
    complete_aufgabe(second, {}, by=PAUL)
    [third] = reads.list_aufgaben(vorgang_id=reads.get_aufgabe(second).vorgang_id).items
    assert (listed(PAUL, reads.MINE), listed(PAUL, reads.STELLE), listed(PAUL)) == ([first], [first], [first, third.id])
    assert (listed(KIRA, reads.MINE), listed(KIRA, reads.STELLE), listed(KIRA)) == ([], [third.id], [third.id])
    assert [listed(OLAF, scope) for scope in (reads.MINE, reads.STELLE, reads.ALL)] == [[], [], []]
    assert listed(ALLA, reads.STELLE) == listed(ALLA) == listed(CHEF) == [first, third.id]
    for konto in (PAUL, KIRA, OLAF, ALLA, CHEF):
        counts = reads.count_aufgaben(konto)
        assert counts == {scope: len(listed(konto, scope)) for scope in (reads.MINE, reads.STELLE, reads.ALL)}


def test_a_task_for_everybody_is_for_those_who_see_the_case(offices: str) -> None:
    free, ours = case("gibt es nicht", stelle="gibt es nicht"), case("gibt es nicht")
    assert listed(OLAF, reads.STELLE) == listed(OLAF) == [free]
    assert listed(PAUL, reads.STELLE) == listed(PAUL) == [free, ours]


def test_lists_are_narrowed_by_leistung_and_status(offices: str) -> None:
    building, other = case(), case("gibt es nicht")
    claimed = reads.get_aufgabe(other).vorgang_id
    with db.transaction() as tx:
        tx.execute(sa.update(vorgang.T).where(vorgang.T.c.id == claimed).values(status="IN_BEARBEITUNG"))
    for konto in (PAUL, ALLA):
        assert listed(konto, leistung="bauen") == listed(konto, status="NEU") == [building]
        assert listed(konto, leistung="posteingang", status="IN_BEARBEITUNG") == [other]
        assert listed(konto, leistung="bauen", status="IN_BEARBEITUNG") == []
        assert reads.count_aufgaben(konto, leistung="bauen")[reads.ALL] == 1
        assert [case.leistung for case in reads.list_vorgaenge(by=konto, leistung="bauen").items] == ["bauen"]
        assert [case.id for case in reads.list_vorgaenge(by=konto, status="IN_BEARBEITUNG").items] == [claimed]


def test_what_is_seen_is_the_same_read_either_way(amt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy_bundle(bundle(BAUEN, "bauen", "BA"), TYPES, by=SYSTEM)
    with db.transaction() as tx:
        tx.execute(sa.insert(stelle.T).values(key="bauamt", name="Bauamt", nummer="100001"))
    for number in range(6):
        task = case("bauen" if number % 2 else "gibt es nicht")
        if number in (1, 4):
            complete_aufgabe(task, {}, by=PAUL if number == 1 else OLAF)
    seen = []
    for few in (0, 1000):
        monkeypatch.setattr(reads.sight, "FEW", few)
        seen.append([[one.id for one in reads.list_vorgaenge(by=konto).items] + listed(konto) for konto in (PAUL, KIRA, OLAF)])
    assert seen[0] == seen[1]
    assert all(seen[0])


def test_the_first_page_costs_as_many_statements_with_two_cases_as_with_sixty(offices: str) -> None:
    case()
    case("gibt es nicht")
    before = [statements(konto) for konto in (ALLA, PAUL)]
    for _ in range(58):
        push("bauen")
    assert [statements(konto) for konto in (ALLA, PAUL)] == before
    assert before == [[1, 1, 2, 2], [3, 3, 4, 4]]


def statements(by: Konto) -> list[int]:
    """How many statements each list of a day takes."""
    looks: list[Callable[[], object]] = [
        lambda: reads.list_aufgaben(by=by, scope=reads.STELLE),
        lambda: reads.count_aufgaben(by),
        lambda: reads.list_vorgaenge(by=by, status="NEU"),
        lambda: reads.list_vorgaenge(by=by, q="muster"),
    ]
    counted = []
    for look in looks:
        with db.statement_counter() as count:
            look()
        counted.append(count.statements)
    return counted
