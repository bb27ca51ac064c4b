"""What cannot be brought to its Vorgang waits longer each time, holds up nobody, and is at last an incident."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engine import reads
from engine.base import clock
from engine.base.errors import Invalid, Unavailable
from engine.base.rights import SYSTEM
from engine.model import auftrag, erwartung, frist, incident, leistung, signal, start_event
from engine.verbs import courier, post, starts
from engine.verbs import work as working
from engine.verbs.due import tick
from engine.verbs.operate import retry_incident
from engine.verbs.post import correlate, throw_signal
from tests.bpmn.diagrams import end, flows, process, start, timer, user
from tests.engine.cases import Bell, Twin, rows
from tests.engine.events import BY_MESSAGE, BY_SIGNAL, HEARS, WAITS, begin, by_time, deploy, of, states, tasks

HOUR = dt.timedelta(hours=1)
A = auftrag.T
TIMER = process(start(), timer("warten", "P1D"), user("pruefen"), end(), flows("start > warten > pruefen > end"))


@pytest.fixture
def now(amt: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clock stands still unless it is moved, and only ticks deliver."""
    monkeypatch.setattr(post, "carry", lambda: None)
    with clock.frozen(clock.now()):
        yield


class Broken:
    """Steps of one Vorgang fail as long as `error` is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.error: Exception | None = RuntimeError("kaputt")
        self.of, self.tried, step = "", 0, courier.step

        def fails(vorgang_id: str, *args: Any, **more: Any) -> Any:
            if vorgang_id == self.of and self.error is not None:
                self.tried += 1
                raise self.error
            return step(vorgang_id, *args, **more)

        monkeypatch.setattr(courier, "step", fails)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Broken:
    return Broken(monkeypatch)


def message() -> str:
    deploy(WAITS, "wartet")
    first = begin("wartet")
    correlate("antwort", "7", "m-1", {}, None, by=SYSTEM)
    return first


def thrown() -> str:
    deploy(HEARS, "hoert")
    first = begin("hoert")
    throw_signal("wecker", "s-1", {"stunde": 7}, by=SYSTEM)
    return first


def due() -> str:
    deploy(TIMER, "spaeter")
    first = begin("spaeter")
    clock.move(dt.timedelta(days=1, hours=1))
    return first


KINDS = pytest.mark.parametrize("happens", [message, thrown, due])


def work_on() -> None:
    """All that is due now, once."""
    while working.work_next(Twin(), by=SYSTEM):
        pass


@KINDS
def test_it_waits_longer_each_time_and_is_at_last_an_incident_that_people_mend(
    now: None, broken: Broken, bell: Bell, happens: Callable[[], str]
) -> None:
    case = broken.of = happens()
    for _ in range(5):
        tick()
    assert broken.tried == 1  # not with every tick
    [row] = rows(A, vorgang_id=case)
    assert (row.connector, row.state, row.attempt) == ("kurier", auftrag.READY, 1)
    first = row.next_at - clock.now()
    clock.move(first)
    work_on()
    assert rows(A, id=row.id)[0].next_at - clock.now() > first
    assert rows(incident.T) == []
    clock.move(HOUR)
    work_on()
    assert broken.tried == 3
    [stuck] = rows(incident.T, vorgang_id=case)
    assert "ein unerwarteter Fehler" in stuck.message
    for _ in range(3):
        clock.move(HOUR)
        tick()
        work_on()
    assert broken.tried == 3
    broken.error = None
    assert retry_incident(stuck.id, {}, by=SYSTEM)
    work_on()
    assert tasks(case) != []
    assert {states(erwartung.T)[0] if states(erwartung.T) else "", *states(frist.T), *states(signal.DELIVERIES)} & {
        "offen"
    } == set()
    assert rows(A, id=row.id)[0].state == auftrag.DONE
    tick()
    assert len(rows(A, vorgang_id=case)) == 1


def test_the_others_go_on_meanwhile(now: None, broken: Broken) -> None:
    deploy(HEARS, "hoert")
    first, second = begin("hoert"), begin("hoert")
    broken.of = first
    throw_signal("wecker", "s-1", {}, by=SYSTEM)
    tick()
    assert (tasks(first), tasks(second)) == ([], ["aufstehen"])


def test_what_is_over_by_then_is_no_fault(now: None, broken: Broken) -> None:
    case = broken.of = due()
    tick()
    broken.error = None
    [row] = rows(frist.T)
    assert courier.fire_timer(row.id, case, row.token, by=SYSTEM)
    clock.move(HOUR)
    work_on()
    assert states(A) == [auftrag.DONE]
    assert rows(incident.T) == []


@pytest.mark.parametrize(("error", "said"), [(Invalid("Das geht hier nicht."), "Das geht hier nicht."), (KeyError("x"), "")])
def test_a_sentence_is_told_and_anything_else_is_in_the_log(now: None, broken: Broken, error: Exception, said: str) -> None:
    broken.of, broken.error = message(), error
    tick()
    clock.move(HOUR)
    work_on()
    assert said in rows(A)[0].last_error


def test_while_the_database_is_away_nothing_has_failed(now: None, broken: Broken) -> None:
    broken.of, broken.error = message(), Unavailable("Die Datenbank ist weg.")
    tick()
    tick()
    assert (broken.tried, rows(A)) == (2, [])


# --- nobody is there yet -------------------------------------------------------------------------------------------


def by_message() -> None:
    deploy(BY_MESSAGE, "ereignis", forms=False)
    correlate("beginn", "", "m-1", {}, None, by=SYSTEM)


def by_signal() -> None:
    deploy(BY_SIGNAL, "ereignis", forms=False)
    throw_signal("wecker", "s-1", {}, by=SYSTEM)


def by_timer() -> None:
    deploy(by_time("R1/P1D"), "ereignis", forms=False)
    clock.move(dt.timedelta(days=1, hours=1))


@pytest.mark.parametrize("happens", [by_message, by_signal, by_timer])
def test_a_start_that_fails_is_put_off_people_are_told_and_it_begins_in_the_end(
    now: None, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]
) -> None:
    happens()
    whole, tried = starts._begin, [0]

    def fails(*_: Any, **__: Any) -> None:
        tried[0] += 1
        raise Invalid("Ein Wert fehlt.")

    monkeypatch.setattr(starts, "_begin", fails)
    for _ in range(3):
        for _ in range(3):
            tick()
        clock.move(HOUR)
    assert tried == [3]
    told = [lack.sentence for lack in reads.list_lacks(Nothing())]  # type: ignore[arg-type]  # no connectors
    assert any("„ereignis“ beginnt nicht" in sentence and "Ein Wert fehlt." in sentence for sentence in told)
    monkeypatch.setattr(starts, "_begin", whole)
    tick()
    assert len(of("ereignis")) == 1
    assert rows(start_event.T)[0].failures == 0


def test_a_new_version_is_tried_at_once(now: None, monkeypatch: pytest.MonkeyPatch) -> None:
    by_message()
    with monkeypatch.context() as patch:
        patch.setattr(starts, "_begin", lambda *_, **__: 1 / 0)
        tick()
    tick()
    assert of("ereignis") == []
    deploy(BY_MESSAGE.replace(b"pruefen", b"ansehen"), "ereignis", forms=False)
    tick()
    [case] = of("ereignis")
    assert tasks(case.id) == ["ansehen"]
    assert len(rows(leistung.VERSIONS, leistung="ereignis")) == 2


class Nothing:
    """An installation without connectors."""

    def doors(self) -> tuple[()]:
        return ()
