"""An outside system that does not answer is left alone for a while, and one call finds out when it is back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from engine import reads
from engine.base import clock, db
from engine.base.opening import sqlite_engine
from engine.base.ports import Answer, BpmnError, Call, Connectors, Refused, Repeat, Unreachable, Unsure
from engine.base.rights import SYSTEM
from engine.model import auftrag, breaker
from engine.model.breaker import COOL, COOL_MAX, THRESHOLD, TRIAL, Stand
from engine.verbs import offering
from engine.verbs import work as working
from engine.verbs.settings import change_connector, try_connector
from tests.engine.cases import Bell, Twin, push, rows, work_all

LATER = 2 * COOL


def away(call: Call) -> Answer:
    raise Unreachable("niemand da")


def unsure(call: Call) -> Answer:
    raise Unsure("keine Antwort")


@pytest.fixture
def now(amt: str) -> Iterator[None]:
    """The clock stands still unless it is moved."""
    with clock.frozen(clock.now()):
        yield


def pushed(bell: Bell, count: int) -> list[str]:
    """The Aufträge of so many applications."""
    for _ in range(count):
        push()
    ids, bell.rung[:] = list(bell.rung), []
    return ids


def tried(ids: list[str], twin: Connectors) -> list[bool]:
    return [bool(working.work(id, twin, by=SYSTEM)) for id in ids]


@pytest.mark.parametrize("behave", [away, unsure])
def test_after_three_in_a_row_the_others_are_not_tried_and_lose_no_attempt(now: None, bell: Bell, behave: object) -> None:
    ids, twin = pushed(bell, 5), Twin(behave)  # type: ignore[arg-type]  # one of the two above
    assert tried(ids, twin) == [True] * THRESHOLD + [False] * 2
    assert len(twin.ledger) == THRESHOLD
    assert sorted(row.attempt for row in rows(auftrag.T)) == [0, 0, 1, 1, 1]
    assert offering.offer() == 0
    clock.move(COOL / 2)
    assert tried(ids, twin) == [False] * 5


def test_one_call_finds_out_whether_somebody_is_there_again_and_then_all_go_on(now: None, bell: Bell) -> None:
    ids, twin = pushed(bell, 6), Twin(away)
    tried(ids, twin)
    clock.move(LATER)

    def back(call: Call) -> Answer:
        assert tried(ids, Twin()) == [False] * 6  # the trial is under way
        return Answer({})

    twin.behave = back
    assert working.work(ids[5], twin, by=SYSTEM)
    assert rows(breaker.T) == []
    assert len(bell.rung) == 5  # whoever was kept waiting is rung for
    work_all(bell, Twin())
    assert {row.state for row in rows(auftrag.T)} == {auftrag.DONE}


def test_a_trial_that_comes_to_nothing_makes_the_wait_longer(now: None, bell: Bell) -> None:
    ids, twin = pushed(bell, 6), Twin(away)
    tried(ids, twin)
    first = rows(breaker.T)[0].next_at - clock.now()
    clock.move(LATER)
    assert tried(ids[3:], twin) == [True, False, False]
    row = rows(breaker.T)[0]
    assert (row.rounds, row.trial) == (1, None)
    assert row.next_at - clock.now() > first
    assert "niemand da" in row.reason


def test_one_auftrag_that_never_gets_an_answer_does_not_stop_the_others(now: None, bell: Bell) -> None:
    ids, twin = pushed(bell, 2), Twin(away)
    for _ in range(3):
        assert working.work(ids[0], twin, by=SYSTEM)
        clock.move(dt.timedelta(hours=1))
    assert rows(breaker.T)[0].next_at is None
    twin.behave = lambda call: Answer({})
    assert working.work(ids[1], twin, by=SYSTEM)
    assert rows(breaker.T) == []


@pytest.mark.parametrize("error", [Refused("nein"), BpmnError("X", "anders")])
def test_who_refuses_is_there(now: None, bell: Bell, error: Exception) -> None:
    ids = pushed(bell, 3)

    def says(call: Call) -> Answer:
        raise error

    tried(ids[:2], Twin(away))
    tried(ids[2:], Twin(says))
    assert rows(breaker.T) == []


def test_a_fault_of_our_own_says_nothing_of_the_other_side(now: None, bell: Bell) -> None:
    ids = pushed(bell, 6)
    tried(ids, Twin(away))
    clock.move(LATER)

    def broken(call: Call) -> Answer:
        raise ValueError("kaputt")

    assert tried(ids[3:5], Twin(broken)) == [True, True]  # each gives its turn to the next
    assert rows(breaker.T)[0].rounds == 0
    assert tried(ids[5:], Twin()) == [True]
    assert rows(breaker.T) == []


def test_a_connector_that_is_well_is_written_nowhere(amt: str, bell: Bell) -> None:
    push()
    sent: list[str] = []
    engine = db.engines().of(amt)
    sa.event.listen(engine, "before_cursor_execute", lambda *told: sent.append(told[2]))
    work_all(bell, Twin())
    assert any(text.startswith("UPDATE auftrag") and "breaker" in text for text in sent)
    assert not any("breaker" in text and not text.startswith("UPDATE auftrag") for text in sent)


def test_what_may_happen_only_once_counts_and_is_for_a_person(now: None, bell: Bell) -> None:
    ids = pushed(bell, 4)
    tried(ids, Twin(unsure, repeats=Repeat.ONCE))
    assert [row.state for row in rows(auftrag.T)].count(auftrag.FAILED) == THRESHOLD
    assert rows(breaker.T)[0].next_at is not None


def test_whoever_tries_may_die(now: None, bell: Bell) -> None:
    ids = pushed(bell, 5)
    tried(ids, Twin(away))
    clock.move(LATER)
    with db.transaction() as tx:
        assert auftrag.claim(tx, ids[3]) is not None  # and never heard of again
    clock.move(dt.timedelta(seconds=auftrag.LEASE_S + 1))
    assert tried(ids[4:], Twin()) == [False]
    assert tried(ids[3:4], Twin()) == [True]  # it goes on trying
    assert tried(ids[4:], Twin()) == [True]


def test_of_many_workers_at_once_one_tries(amt: str, bell: Bell) -> None:
    ids = pushed(bell, 8)
    tried(ids, Twin(away))
    with db.transaction() as tx:
        assert breaker.try_now(tx, "demo")
    twin, together = Twin(away), Barrier(5)

    def one(id: str) -> None:
        with db.namespace(amt):
            together.wait()
            working.work(id, twin, by=SYSTEM)

    workers = [Thread(target=one, args=(id,)) for id in ids[3:]]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert len(twin.ledger) == 1


def test_other_connectors_and_other_towns_go_on(now: None, bell: Bell) -> None:
    ids = pushed(bell, 4)
    tried(ids, Twin(away))
    with db.transaction() as tx:
        tx.execute(sa.update(auftrag.T).where(auftrag.T.c.id == ids[3]).values(connector="anderer"))
    with db.reading() as tx:
        assert auftrag.takeable(tx, 10) == [ids[3]]


# --- what people see and do ----------------------------------------------------------------------------------------


def test_people_see_since_when_and_how_much_waits_and_let_it_be_tried(now: None, bell: Bell) -> None:
    ids, since = pushed(bell, 5), clock.now()
    tried(ids, Twin(away))
    silence = reads.list_silent()["demo"]
    assert (silence.since, silence.waiting, silence.reason, silence.trying) == (since, 5, "niemand da", False)
    assert silence.next_at is not None
    assert silence.next_at > since
    assert try_connector("demo", by=SYSTEM)
    assert len(bell.rung) == 5
    twin = Twin()
    assert working.work(ids[0], twin, by=SYSTEM)  # also one that has its own wait before it
    assert reads.list_silent() == {}
    assert not try_connector("demo", by=SYSTEM)


def test_new_settings_are_tried_at_once(now: None, bell: Bell) -> None:
    class Set(Twin):
        def read_settings(self, name: str, typed: object, kept: object) -> dict[str, object]:
            return {}

    tried(pushed(bell, 4), Twin(away))
    change_connector("demo", {}, Set(), by=SYSTEM)  # type: ignore[arg-type]  # all that this verb asks of it
    assert len(bell.rung) == 4
    assert rows(breaker.T)[0].next_at == clock.now()


# --- against a small model -----------------------------------------------------------------------------------------

WHAT = st.tuples(st.sampled_from("abcd"), st.sampled_from(["answer", "silence", "nothing"]), st.integers(0, 2000))


class Model:
    """The same rules, written down as people say them."""

    def __init__(self) -> None:
        self.in_a_row: list[str] = []
        self.shut_until: float | None = None
        self.rounds = 0

    def may(self, now: float) -> bool:
        return self.shut_until is None or now >= self.shut_until

    def hear(self, id: str, said: str, now: float) -> None:
        if said == "answer":
            self.__init__()  # type: ignore[misc]  # as new
        elif said == "silence" and self.shut_until is not None:
            self.rounds += 1
            self.shut_until = now + min(COOL.total_seconds() * 2**self.rounds, COOL_MAX.total_seconds())
        elif said == "silence":
            if self.in_a_row[-1:] != [id]:
                self.in_a_row.append(id)
            if len(self.in_a_row) == THRESHOLD:
                self.shut_until = now + COOL.total_seconds()
        elif self.shut_until is not None:
            self.shut_until = now


@given(st.lists(WHAT, max_size=30))
def test_the_rows_do_what_people_say_of_them(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[str, str, int]]
) -> None:
    start, now, model = dt.datetime(2026, 3, 2, tzinfo=dt.UTC), 0.0, Model()
    with ExitStack() as stack:
        stack.enter_context(clock.frozen(start))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(breaker, "jitter", lambda: 1.0)
        engine = sqlite_engine(tmp_path_factory.mktemp("breaker") / "b.sqlite", None, create=True, foreign_keys=False)
        with db.detached(engine, "model") as tx:
            breaker.T.create(tx.connection)
            for id, what, wait in said:
                now += wait
                clock.move(dt.timedelta(seconds=wait))
                at = clock.now()
                shut = tx.scalar(sa.select(breaker.closed_to(sa.literal(id), sa.literal("x"), at, at + breaker.LONGEST)))
                assert model.may(now) is not bool(shut)
                if shut:
                    continue
                row = tx.one_or_none(sa.select(breaker.T))
                trial = row is not None and row.next_at is not None
                if row is not None and trial:
                    assert breaker.begin_trial(tx, "x", id, row.next_at)
                    assert not breaker.begin_trial(tx, "x", "other", row.next_at)
                {
                    "answer": lambda: breaker.answered(tx, "x"),
                    "silence": lambda id=id: breaker.silent(tx, "x", id, "still"),
                    "nothing": lambda id=id: breaker.undecided(tx, "x", id),
                }[what]()
                model.hear(id, what, now)
        engine.dispose()


@given(st.integers(0, 60), st.floats(0.75, 1.25))
def test_no_wait_is_longer_than_a_wrong_clock_would_write(rounds: int, by: float) -> None:
    now = clock.now()
    after = breaker.after_failure(Stand(9, "a", rounds, now, "b"), "b", now, by)
    assert after.next_at is not None
    assert COOL * 0.75 <= after.next_at - now <= breaker.LONGEST
    assert TRIAL < breaker.LONGEST


def test_what_one_connector_does_is_no_other_one_s(now: None, bell: Bell) -> None:
    ids = pushed(bell, 3)
    with db.transaction() as tx:
        for connector in ("eins", "zwei"):
            for id in "abc":
                breaker.silent(tx, connector, id, "still")
        tx.execute(sa.update(auftrag.T).where(auftrag.T.c.id == ids[1]).values(connector="zwei"))
    clock.move(LATER)
    with db.transaction() as tx:
        well, trying = auftrag.claim(tx, ids[0]), auftrag.claim(tx, ids[1])
    assert well is not None
    assert (well.troubled, well.trial) == (False, False)
    assert trying is not None
    assert (trying.troubled, trying.trial) == (True, True)
    assert {row.connector: row.trial for row in rows(breaker.T)} == {"eins": None, "zwei": ids[1]}
