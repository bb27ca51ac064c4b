"""Ends of grants, and what is left: tasks go back, an end waits for an act, verify sees what is not as it should be."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
import sqlalchemy as sa

from engine.base import clock, db
from engine.base.errors import Problem
from engine.base.rights import SYSTEM, acting
from engine.bpmn.codec import decode, encode
from engine.model import aufgabe, auftrag, grant, grant_held, protokoll
from engine.verbs import work as working
from engine.verbs.cooperate import end_grant
from engine.verbs.desk import claim_aufgabe
from engine.verbs.operate import verify
from engine.verbs.uses import tell_use
from tests.engine.cases import Bell, Twin, rows, work_all
from tests.engine.neighbours import OFFICE, ThroughJson, agreed, asks, at, lines, new_case, refused, request, sign, task, who


def test_a_guest_that_has_left_holds_no_case_up_and_one_that_knows_of_no_grant_is_told_again(way: ThroughJson) -> None:
    new_case("husum")
    id = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)
    asks("kreis", "ute", "husum", id, "uebernehmen", aufgabe=task("husum", "entwerfen"))
    with db.namespace("husum"):
        [line] = rows(auftrag.T, type=grant.TOLD)
        with db.transaction() as tx:
            inputs = decode(line.inputs)
            tx.execute(sa.update(auftrag.T).values(inputs=encode({**inputs, "kommune": "nirgends"})))
        working.work(line.id, Twin(), by=SYSTEM)
        assert [row.state for row in rows(auftrag.T, type=grant.TOLD)] == ["erledigt"]
        with pytest.raises(Problem):
            tell_use({**inputs, "befugnis": "0" * 26})


def test_a_number_that_comes_again_after_a_restore_is_another_use_and_each_is_told_once(way: ThroughJson, bell: Bell) -> None:
    new_case("husum")
    id = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)
    one = task("husum", "entwerfen")
    asks("kreis", "ute", "husum", id, "uebernehmen", aufgabe=one)
    with db.namespace("husum"):
        work_all(bell, Twin())
        tell_use(decode(rows(auftrag.T, type=grant.TOLD)[0].inputs))
        with db.transaction() as tx:  # as it was in a backup from before
            for table in (grant.USES, auftrag.T):
                tx.execute(sa.delete(table))
            tx.execute(sa.update(grant.T).values(uses=0))
    asks("kreis", "ute", "husum", id, "zurueckgeben", aufgabe=one)
    with db.namespace("husum"):
        work_all(bell, Twin())
    told = [(one["nummer"], one["tat"]) for one in lines("kreis", "befugnis:benutzt")]
    assert told == [(1, "aufgabe:uebernommen"), (1, "aufgabe:zurueckgegeben")]


@pytest.mark.parametrize("ended", [False, True])
def test_a_guest_out_of_a_backup_from_before_a_grant_hears_of_it_with_its_use(
    way: ThroughJson, bell: Bell, ended: bool
) -> None:
    new_case("husum")
    id = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)
    before = request("kreis", "ute", "husum", id, "aufgaben")
    asks("kreis", "ute", "husum", id, "uebernehmen", aufgabe=task("husum", "entwerfen"))
    if ended:
        with at("husum", "chef") as chef:
            end_grant(id, by=chef)
    with db.namespace("kreis"), db.transaction() as tx:
        tx.execute(sa.delete(grant_held.T))
    way.lost = True
    with db.namespace("husum"):
        work_all(bell, Twin())
        way.lost = False
        with clock.frozen(clock.now() + dt.timedelta(hours=1)):
            [line] = rows(auftrag.T, type=grant.TOLD)
            working.work(line.id, Twin(), by=SYSTEM)
            assert [row.state for row in rows(auftrag.T, type=grant.TOLD)] == ["erledigt"]
            tell_use(decode(line.inputs))
        assert verify() == []
    assert [one["tat"] for one in lines("kreis", "befugnis:benutzt")] == ["aufgabe:uebernommen"]
    assert refused(before) == (grant.ENDED if ended else "das Geheimnis ist falsch")
    with db.namespace("kreis"):
        [held] = rows(grant_held.T)
        assert (held.ended_at is not None, held.signed_at) == (ended, None)
    if not ended:
        sign("kreis", "husum", id)
        asks("kreis", "ute", "husum", id, "aufgaben")


def test_what_was_taken_goes_back_though_another_agreement_about_the_same_konto_is_to_come(way: ThroughJson) -> None:
    new_case("husum")
    one = task("husum", "entwerfen")
    with at("husum", "ute") as ute:
        claim_aufgabe(one, by=ute)
    now = agreed("husum", "kreis", grant.VERTRETUNG, ("konto", "ute"))
    later = agreed("husum", "kreis", grant.VERTRETUNG, ("konto", "ute"), first=20)
    asks("kreis", "ute", "husum", now, "uebernehmen", aufgabe=one)
    with at("husum", "chef") as chef:
        end_grant(now, by=chef)
        assert [(row.holder, row.held_for) for row in rows(aufgabe.T, id=one)] == [("ute", None)]
        with clock.frozen(clock.now() + dt.timedelta(days=21)):
            asks("kreis", "ute", "husum", later, "uebernehmen", aufgabe=one)


def test_an_end_waits_for_an_act_that_has_begun_and_both_are_done(way: ThroughJson) -> None:
    """The act locks its task before its grant: an end that did it the other way round would have to fail of it."""
    case = new_case("husum")
    id = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)
    one = task("husum", "entwerfen")
    asks("kreis", "ute", "husum", id, "uebernehmen", aufgabe=one)
    chef, clerk = who("husum", "chef"), request("kreis", "ute", "husum", id, "aufgaben").clerk

    def end() -> bool:
        with db.namespace("husum"):
            return end_grant(id, by=chef)

    with ThreadPoolExecutor(1) as pool, db.namespace("husum"):
        with db.reading() as tx:
            row = grant.get(tx, id)
            guest = grant.guest_of(row, clerk, grant.covered_by(tx, row))
        with acting("aufgabe:zurueckgegeben", guest), db.transaction() as tx:
            tx.execute(sa.update(aufgabe.T).where(aufgabe.T.c.id == one).values(holder=None, held_for=None))
            ending = pool.submit(end)
            wait([ending], 0.2)
            protokoll.record(tx, case, aufgabe=one)
        assert ending.result()
        assert len(rows(grant.USES)) == 2


BROKEN = {
    "kreis": [sa.update(grant_held.HEARD).values(grant_id="0" * 26)],
    "husum": [
        sa.update(grant.T).values(secret="x"),
        sa.update(grant.T).values(uses=0),
        sa.update(grant.T).values(ended_at=clock.now()),
        sa.update(aufgabe.T).values(held_for=None),
    ],
}


def test_a_grant_that_is_not_as_it_should_be_is_seen_by_verify(way: ThroughJson, bell: Bell) -> None:
    new_case("husum")
    id = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)
    asks("kreis", "ute", "husum", id, "uebernehmen", aufgabe=task("husum", "entwerfen"))
    with db.namespace("husum"):
        work_all(bell, Twin())
    for town, ways in BROKEN.items():
        with db.namespace(town):
            assert verify() == []
            for change in ways:
                table: Any = change.table
                with db.transaction() as tx:
                    before = [dict(row._mapping) for row in tx.all(sa.select(table))]
                    tx.execute(change)
                assert [one.invariant for one in verify()] == ["befugnis"], change
                with db.transaction() as tx:
                    for row, keys in ((row, [key.name for key in table.primary_key]) for row in before):
                        mine = [table.c[key] == row[key] for key in keys if key != "grant_id"]
                        tx.execute(sa.update(table).where(*mine).values(**row))
