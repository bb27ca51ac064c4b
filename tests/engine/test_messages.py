"""A message reaches one receiver, begins a case, or waits: early, late, twice, after the end."""

from __future__ import annotations

import datetime as dt

import pytest

from engine import bpmn, reads
from engine.base import clock, db
from engine.base.rights import SYSTEM, acting
from engine.model import aufgabe, erwartung, incident, protokoll
from engine.step import look, step
from engine.verbs.courier import AT_ONCE, deliver_thrown
from engine.verbs.due import tick
from engine.verbs.operate import retry_incident, verify
from engine.verbs.post import correlate, throw_signal
from engine.verbs.vorgang import withdraw
from tests.bpmn.diagrams import catch, end, flows, message, process, start, user
from tests.engine.cases import ANNA, rows
from tests.engine.events import HEAD, HEARS, SENDS, WAITS, begin, deploy, do, of, sends, states, tasks

M = erwartung.MESSAGES


@pytest.fixture
def two(amt: str) -> str:
    """Two Leistungen: `wartet` waits for what `sendet` sends."""
    deploy(SENDS, "sendet")
    deploy(WAITS, "wartet")
    return amt


def test_a_thrown_message_reaches_the_case_that_waits_for_its_key_and_no_other(two: str, courier: None) -> None:
    seven, eight = begin("wartet", "7"), begin("wartet", "8")
    begin("sendet", "7")
    assert (tasks(seven), tasks(eight)) == (["pruefen"], [])
    case = look(seven)
    assert bpmn.variables(case.bundle.spec, case.snapshot)["inhalt"] == "ja"
    [row] = rows(M)
    assert (row.state, row.vorgang_id, row.thrown_by, row.depth) == ("zugestellt", seven, of("sendet")[0].id, 1)


def test_of_two_that_wait_for_the_same_message_one_gets_it_the_one_that_waits_longer(two: str, courier: None) -> None:
    first, second = begin("wartet"), begin("wartet")
    begin("sendet")
    assert (tasks(first), tasks(second)) == (["pruefen"], [])
    begin("sendet")
    assert tasks(second) == ["pruefen"]


def test_a_message_that_comes_early_waits_until_somebody_waits(two: str, courier: None) -> None:
    begin("sendet")
    assert states(M) == ["wartet"]
    late = begin("wartet")
    tick()
    assert (tasks(late), states(M)) == (["pruefen"], ["zugestellt"])


def test_a_message_that_comes_too_late_to_its_time_to_live_is_gone(two: str) -> None:
    deploy(
        process(start(), sends("senden", "m", "antrag.nr", ttl="PT1H"), end(), flows("start > senden > end"), head=HEAD), "kurz"
    )
    with clock.frozen(clock.now()):
        begin("kurz")
        clock.move(dt.timedelta(hours=2))
        late = begin("wartet")
        tick()
        assert (tasks(late), states(M)) == ([], ["verfallen"])


def test_a_message_that_somebody_waited_for_while_no_tick_ran_is_not_late(two: str) -> None:
    with clock.frozen(clock.now()):
        waiting = begin("wartet")
        with db.transaction() as tx:
            erwartung.keep(tx, "x", "antwort", "7", {}, dt.timedelta(minutes=1))
        clock.move(dt.timedelta(days=1))
        tick()
        assert (tasks(waiting), states(M)) == (["pruefen"], ["zugestellt"])


def test_a_message_with_an_id_that_was_there_before_changes_nothing(two: str, courier: None) -> None:
    twice = process(start(), sends("senden", "m", "antrag.nr", mid='"gleich"'), end(), flows("start > senden > end"), head=HEAD)
    deploy(twice, "gleich")
    first, second = begin("wartet"), begin("wartet")
    begin("gleich")
    begin("gleich")
    assert not correlate("antwort", "7", "gleich", {}, None, by=SYSTEM)
    assert (tasks(first), tasks(second), states(M)) == (["pruefen"], [], ["zugestellt"])


def test_a_message_after_the_end_of_its_receiver_waits_for_the_next_with_its_key(two: str, courier: None) -> None:
    withdraw(begin("wartet"), "zurückgenommen", by=ANNA)
    begin("sendet")
    assert states(M) == ["wartet"]
    following = begin("wartet")
    deliver_thrown()
    assert tasks(following) == ["pruefen"]


def test_a_message_never_reaches_who_waits_for_a_signal_of_its_name(amt: str) -> None:
    deploy(HEARS, "hoert")
    waiting = begin("hoert")
    correlate("wecker", "", "m-1", {}, None, by=SYSTEM)
    assert (tasks(waiting), states(M)) == ([], ["wartet"])
    throw_signal("wecker", "s-1", {}, by=SYSTEM)
    assert tasks(waiting) == ["aufstehen"]


def test_a_step_that_is_undone_has_thrown_nothing(amt: str) -> None:
    later = process(
        start(), user("warten"), sends("senden", "m", "antrag.nr"), end(), flows("start > warten > senden > end"), head=HEAD
    )  # fmt: skip
    deploy(later, "spaeter")
    case = begin("spaeter")
    [task] = reads.list_aufgaben(vorgang_id=case).items
    token = rows(aufgabe.T, id=task.id)[0].token

    def refuse(tx: db.Tx, outcome: bpmn.Outcome) -> None:
        assert outcome.thrown
        raise LookupError

    with acting("test", SYSTEM), pytest.raises(LookupError):
        step(case, bpmn.TaskCompleted(token, {}), refuse)
    assert rows(M) == []
    do(case)
    assert states(M) == ["wartet"]


def test_what_was_thrown_and_not_delivered_is_delivered_by_the_next_tick_once(two: str) -> None:
    waiting = begin("wartet")
    begin("sendet")
    assert (tasks(waiting), states(M)) == ([], ["wartet"])
    assert tick()["messages"] == 1
    assert tick()["messages"] == 0
    assert tasks(waiting) == ["pruefen"]
    assert len([row for row in rows(protokoll.T) if row.tag == "nachricht:zugestellt"]) == 1


def test_two_processes_that_answer_each_other_for_ever_are_stopped_and_a_person_lets_them_go_on(
    amt: str, courier: None
) -> None:
    head = message("hin", "hin", '"x"') + message("her", "her", '"x"')
    for key, hears, says in (("ping", "hin", "her"), ("pong", "her", "hin")):
        parts = (catch("hoeren", hears), sends("sagen", says, '"x"'), end(), flows("start > hoeren > sagen > hoeren"))
        deploy(process(start(), *parts[:2], *parts[3:], head=head), key)
        begin(key)
    correlate("hin", "x", "anstoss", {}, None, by=SYSTEM)
    assert len(states(M, state="zugestellt")) == AT_ONCE
    while tick()["messages"]:
        pass
    assert sorted(row.depth for row in rows(M)) == list(range(102))
    assert states(M, state="angehalten") == ["angehalten"]
    [held] = rows(incident.T)
    assert (held.element, held.state) == ("sagen", "offen")
    assert "im Kreis" in held.message
    assert verify() == []
    retry_incident(held.id, {}, by=SYSTEM)
    assert states(M, state="angehalten") == []
    while tick()["messages"]:
        pass
    assert max(row.depth for row in rows(M)) == 101
    assert len(rows(M)) == 102 + 101
