"""What is forgotten by night of the people and the grants of other municipalities, and what is kept as long as it is needed."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from engine import reads
from engine.base import clock, db
from engine.base.rights import SYSTEM
from engine.model import aufgabe, comment, grant, grant_attempt, grant_held, history, incident, reminder, retention
from engine.verbs.cooperate import announce, end_grant
from engine.verbs.desk import claim_aufgabe
from engine.verbs.forgetting import KEPT, columns_of_cases, forget_neighbours
from engine.verbs.operate import verify
from engine.verbs.tidying import tidy
from engine.verbs.work import work_next
from tests.engine.cases import Twin, rows
from tests.engine.neighbours import OFFICE, ThroughJson, agreed, asks, at, help_asked, lines, looks, new_case, task, who
from tests.engine.test_cooperation_refused import deleted

SQLITE = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


def known() -> set[str]:
    """Whose names Husum knows of other municipalities, as its pages show them."""
    with db.namespace("husum"):
        return {name.split()[0] for login, name in reads.names_of_konten().items() if "/" in login}


def forget(slug: str = "husum") -> int:
    with db.namespace(slug):
        return forget_neighbours(by=SYSTEM)


@SQLITE
def test_a_guest_is_known_while_a_grant_runs_and_as_long_as_a_case_names_them(way: ThroughJson) -> None:
    worked, handed = new_case("husum"), new_case("husum")
    office, help_ = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE), help_asked(worked)
    asks("kreis", "ute", "husum", office, "uebernehmen", aufgabe=task("husum", "entwerfen", worked))
    one = task("husum", "entwerfen", handed)
    with at("kreis", "udo") as udo:
        colleague = reads.clerk_of(udo)
    asks("kreis", "ute", "husum", office, "weitergeben", aufgabe=one, an=dataclasses.asdict(colleague))
    looks("kreis", "kim", "husum", help_, "ersuchen.kopf")
    with at("husum", "udo") as own:
        claim_aufgabe(one, by=own)
    assert known() == {"Ute", "Udo", "Kim", "Chefin"}
    assert forget() == 0, "both grants run"
    with at("husum", "chef") as chef:
        end_grant(help_, by=chef)
        assert forget() == 0, "another runs"
        end_grant(office, by=chef)
        tidy()
    assert known() == {"Ute", "Udo", "Chefin"}, "Kim is in no case, and nobody of her municipality can come in"
    with db.namespace("kreis"):
        announce()
    finish(worked)
    assert forget() == 0, "who has worked on it is in the other too"
    assert known() == {"Ute", "Udo", "Chefin"}
    finish(handed)
    assert forget() == 2
    assert known() == {"Chefin"}, "she has signed"
    assert tables_with(f"kreis/{colleague.id}") == {"protokoll"}
    assert [line["gaeste"] for line in lines("husum", "befugnis:vergessen")] == [1, 2]
    with db.namespace("husum"):
        assert verify() == []


def tables_with(login: str) -> set[str]:
    """Which tables of Husum still name somebody as the whole of a value, or in the detail of a line of the Protokoll."""
    found = set()
    with db.namespace("husum"):
        for table in db.Base.metadata.sorted_tables:
            for row in rows(table):
                values = dict(row._mapping)
                if login in values.values() or login in str(values.get("detail", "")):
                    found.add(table.name)
    return found


def finish(case: str) -> None:
    """A case is over and deleted; what is to be told of it is told before."""
    with db.namespace("husum"):
        while work_next(Twin(), by=SYSTEM):
            pass
    deleted(case)


@SQLITE
def test_a_grant_held_is_forgotten_a_year_after_its_end_with_what_was_heard_of_it(way: ThroughJson) -> None:
    case = new_case("husum")
    ended, runs = (agreed("husum", "kreis", grant.VERTRETUNG, ("stelle", "bau"), last=n) for n in (30, 5 * 365))
    for id in (ended, runs):
        asks("kreis", "ute", "husum", id, "vorgang", vorgang=case)
    with at("husum", "chef") as chef:
        while work_next(Twin(), by=SYSTEM):
            pass
        end_grant(ended, by=chef)
        with db.transaction() as tx:
            assert grant_attempt.hear(tx, "kreis", "0" * 26, 1) == 1
    with db.namespace("kreis"):
        assert {row.grant_id for row in rows(grant_held.HEARD)} == {ended, runs}
        with clock.frozen(clock.now() + KEPT - dt.timedelta(2)):
            assert forget("kreis") == 0
        with clock.frozen(clock.now() + KEPT + dt.timedelta(1)):
            assert forget("kreis") == 1
            assert forget() == 1, "of an attempt that it heard of"
        assert {row.grant_id for row in rows(grant_held.T)} == {row.grant_id for row in rows(grant_held.HEARD)} == {runs}
        assert verify() == []
        assert len(lines("kreis", "befugnis:benutzt")) == 2, "the Protokoll keeps its lines"
        assert reads.held_by(who("kreis", "ute"))[0].id == runs


def test_where_a_case_names_a_login_is_known() -> None:
    a, b, r = aufgabe.T.c, reminder.T.c, retention.HOLDS.c
    expected = {
        grant.USES.c.konto, a.holder, a.held_for, a.closed_by, history.T.c.konto, history.T.c.acted_for, comment.T.c.author,
        b.holder, b.made_by, b.closed_by, incident.T.c.corrected_by, r.made_by, r.lifted_by, grant.T.c.signed_by,
    }  # fmt: skip
    assert expected <= set(columns_of_cases())
