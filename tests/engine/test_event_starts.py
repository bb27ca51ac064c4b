"""A Vorgang begins by a message, a signal or a time: without an Antrag, once, with the version that is current."""

from __future__ import annotations

import contextvars
import datetime as dt
import threading
from collections.abc import Iterator

import pytest

from engine import bpmn, reads
from engine.base import clock, db
from engine.base.errors import Invalid
from engine.base.ports import ReplyPolicy
from engine.base.rights import PROZESSDESIGN, SYSTEM, Konto
from engine.model import antrag, erwartung, leistung, protokoll, signal, start_event, vorgang
from engine.step import look
from engine.verbs.courier import deliver_thrown
from engine.verbs.due import tick
from engine.verbs.operate import verify
from engine.verbs.post import correlate, send_message, throw_signal
from engine.verbs.trial import start_test
from engine.verbs.vorgang import assign, withdraw
from tests.bpmn.diagrams import begins, catch, end, flows, process, start, user
from tests.engine.cases import ANNA, push, rows, vorgang_of
from tests.engine.events import BY_MESSAGE, BY_SIGNAL, HEAD, HEARS, SENDS, begin, by_time, deploy, do, of, states, tasks

M, S = erwartung.MESSAGES, start_event.T
AT = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


def send(id: str, key: str = "", name: str = "beginn", **variables: object) -> None:
    correlate(name, key, id, variables, None, by=SYSTEM)


@pytest.fixture
def then(amt: str) -> Iterator[None]:
    """A clock that stands, on a Monday morning in March."""
    with clock.frozen(AT):
        yield


def begun() -> list[str]:
    """When timers have begun cases: the instants that were due."""
    return sorted(row.origin_key for row in rows(vorgang.T, origin="zeit"))


# --- messages ------------------------------------------------------------------------------------------------------


def test_a_message_begins_a_case_without_an_application_and_brings_its_variables(amt: str) -> None:
    deploy(BY_MESSAGE, "ereignis", forms=False)
    send("m-1", "k", zahl=3)
    [case] = of("ereignis")
    assert (case.origin, case.origin_name, case.origin_key, case.applicant) == ("nachricht", "beginn", "k", "")
    assert (case.nummer[:3], case.status, tasks(case.id)) == ("EV-", "NEU", ["pruefen"])
    known = bpmn.variables(look(case.id).bundle.spec, case.snapshot)
    assert (known["zahl"], known["parameter"], known["antrag"], known["dokumente"]) == (3, {}, None, [])
    assert known["vorgang"]["aktenzeichen"] == case.nummer
    assert (states(M), rows(M)[0].vorgang_id, rows(antrag.T)) == (["zugestellt"], case.id, [])
    assert [found.id for found in reads.list_vorgaenge(by=ANNA, q=case.nummer).items] == [case.id]
    assert reads.antrag_of(case.id) == []
    assert reads.get_vorgang(case.id).origin_name == "beginn"


def test_a_message_brings_nothing_in_the_place_of_what_the_platform_knows(amt: str) -> None:
    deploy(BY_MESSAGE, "ereignis", forms=False)
    send("m-1", vorgang={"aktenzeichen": "X"}, parameter={"a": 1}, antragsteller="Muster")
    [case] = of("ereignis")
    known = bpmn.variables(look(case.id).bundle.spec, case.snapshot)
    assert (known["vorgang"]["aktenzeichen"], known["parameter"], known["antragsteller"]) == (case.nummer, {}, "Muster")


def test_who_waits_goes_before_a_start(amt: str) -> None:
    head = HEAD + '<bpmn:message id="w" name="beginn"><bpmn:extensionElements><zeebe:subscription correlationKey="=antrag.nr"/>'
    head += "</bpmn:extensionElements></bpmn:message>"
    deploy(process(start(), catch("da", "w"), end(), flows("start > da > end"), head=head), "schon_da")
    deploy(BY_MESSAGE, "ereignis", forms=False)
    waiting = begin("schon_da", "7")
    send("m-1", "7")
    assert (look(waiting).state, of("ereignis")) == ("completed", [])
    send("m-2", "7")
    assert len(of("ereignis")) == 1


def test_with_a_key_one_case_at_a_time_is_open_and_the_next_message_waits_for_its_end(amt: str, courier: None) -> None:
    deploy(BY_MESSAGE, "ereignis", forms=False)
    for number in range(3):
        send(f"m-{number}", "k")
    send("anders", "anders")
    assert (len(of("ereignis")), sorted(states(M))) == (2, ["wartet", "wartet", "zugestellt", "zugestellt"])
    withdraw(of("ereignis")[0].id, "zurückgenommen", by=ANNA)
    tick()
    assert [row.id for row in rows(M, state="wartet")] == ["m-2"]
    do(of("ereignis")[-1].id)
    tick()
    assert (len(of("ereignis")), states(M, state="wartet")) == (4, [])


def test_without_a_key_every_message_begins_a_case_and_the_same_id_only_one(amt: str) -> None:
    deploy(BY_MESSAGE, "ereignis", forms=False)
    for id in ("a", "b", "b"):
        send(id)
    assert len(of("ereignis")) == 2


def test_a_message_that_came_before_the_leistung_was_there_begins_a_case_when_it_is(amt: str) -> None:
    send("frueh")
    assert states(M) == ["wartet"]
    deploy(BY_MESSAGE, "ereignis", forms=False)
    tick()
    assert (len(of("ereignis")), states(M)) == (1, ["zugestellt"])


def test_a_message_whose_time_is_over_begins_nothing(then: None) -> None:
    correlate("beginn", "", "kurz", {}, dt.timedelta(hours=1), by=SYSTEM)
    clock.move(dt.timedelta(hours=2))
    deploy(BY_MESSAGE, "ereignis", forms=False)
    tick()
    assert (of("ereignis"), states(M)) == ([], ["verfallen"])


def test_a_case_begins_with_the_current_version_and_a_message_of_former_ones_begins_nothing(amt: str) -> None:
    deploy(BY_MESSAGE, "ereignis", forms=False)
    other = HEAD + '<bpmn:message id="n" name="neu"/>'
    second = deploy(process(begins("los", "message", "n"), end(), flows("los > end"), head=other), "ereignis", forms=False)
    send("alt")
    send("neu", name="neu")
    [case] = of("ereignis")
    assert (case.version_id, case.origin_name, states(M, id="alt")) == (second, "neu", ["wartet"])


def test_a_message_that_begins_one_leistung_cannot_begin_another(amt: str) -> None:
    deploy(BY_MESSAGE, "ereignis", forms=False)
    with pytest.raises(Invalid) as refused:
        deploy(BY_MESSAGE, "zweite", forms=False)
    assert "beginnt schon die Leistung „ereignis“" in refused.value.causes[0].message
    assert [row.leistung for row in rows(S)] == ["ereignis"]
    assert len(rows(leistung.T, key="zweite")) == 0


def test_a_process_may_begin_with_an_application_and_by_an_event(amt: str) -> None:
    either = process(
        start(),
        begins("los", "message", "b"),
        user("pruefen"),
        end(),
        flows("start > pruefen > end", "los > pruefen"),
        head=HEAD,
    )
    deploy(either, "beides")
    by_form = begin("beides")
    send("m-1")
    cases = of("beides")
    assert [case.origin for case in cases] == ["antrag", "nachricht"]
    assert tasks(by_form) == tasks(cases[1].id) == ["pruefen"]


def test_many_couriers_at_once_begin_one_case_for_each_key(amt: str) -> None:
    deploy(BY_MESSAGE, "ereignis", forms=False)

    with db.transaction() as tx:
        for number in range(6):
            erwartung.keep(tx, f"m-{number}", "beginn", f"k{number % 2}", {}, None)
    threads = [threading.Thread(target=contextvars.copy_context().run, args=(deliver_thrown,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(row.origin_key for row in of("ereignis")) == ["k0", "k1"]
    assert verify() == []


# --- signals -------------------------------------------------------------------------------------------------------


def test_a_signal_begins_a_case_of_every_leistung_that_listens_and_moves_who_waits(amt: str) -> None:
    deploy(BY_SIGNAL, "eins", forms=False)
    deploy(BY_SIGNAL, "zwei", forms=False)
    deploy(HEARS, "hoert")
    waiting = begin("hoert")
    assert throw_signal("wecker", "s-1", {"stunde": 6}, by=SYSTEM)
    assert not throw_signal("wecker", "s-1", {"stunde": 6}, by=SYSTEM)
    cases = [*of("eins"), *of("zwei")]
    assert [(case.origin, case.origin_name) for case in cases] == [("signal", "wecker")] * 2
    assert tasks(waiting) == ["aufstehen"]
    assert bpmn.variables(look(cases[0].id).bundle.spec, cases[0].snapshot)["stunde"] == 6


def test_a_leistung_that_listens_no_longer_when_it_is_its_turn_has_missed_the_signal(amt: str) -> None:

    deploy(BY_SIGNAL, "eins", forms=False)
    with db.transaction() as tx:
        signal.throw(tx, "s-1", "wecker", {})
    deploy(by_time("R/P1D"), "eins", forms=False)
    tick()
    assert (of("eins"), states(signal.DELIVERIES)) == ([], ["verpasst"])


def test_a_message_that_begins_a_case_may_be_thrown_by_another(amt: str, courier: None) -> None:
    answers = '<bpmn:message id="b" name="antwort"/>'
    deploy(
        process(begins("los", "message", "b"), user("da"), end(), flows("los > da > end"), head=answers), "folge", forms=False
    )
    deploy(SENDS, "sendet")
    begin("sendet", "7")
    [case] = of("folge")
    assert (case.origin_key, tasks(case.id), rows(M)[0].depth) == ("7", ["da"], 1)


# --- times ---------------------------------------------------------------------------------------------------------


def test_a_date_begins_one_case_also_when_nobody_looked_at_that_time(then: None) -> None:
    deploy(by_time("2026-03-03T09:00:00Z", "timeDate"), "stichtag", forms=False)
    assert (tick()["starts"], of("stichtag")) == (0, [])
    clock.move(dt.timedelta(days=5))
    assert (tick()["starts"], tick()["starts"]) == (1, 0)
    [case] = of("stichtag")
    assert (case.origin, case.origin_name, case.origin_key) == ("zeit", "Stichtag", "2026-03-03T09:00:00+00:00")


def test_a_date_that_is_past_when_it_is_deployed_begins_nothing(then: None) -> None:
    deploy(by_time("2026-03-01T09:00:00Z", "timeDate"), "stichtag", forms=False)
    clock.move(dt.timedelta(days=5))
    assert tick()["starts"] == 0


def test_a_duration_is_counted_from_the_deployment(then: None) -> None:
    deploy(by_time("PT2H", "timeDuration"), "dauer", forms=False)
    clock.move(dt.timedelta(hours=1))
    assert tick()["starts"] == 0
    clock.move(dt.timedelta(hours=1))
    assert tick()["starts"] == 1
    clock.move(dt.timedelta(days=9))
    assert tick()["starts"] == 0


def test_a_cycle_begins_a_case_at_every_turn_as_often_as_it_says(then: None) -> None:
    deploy(by_time("R3/P1D"), "dreimal", forms=False)
    for _ in range(6):
        clock.move(dt.timedelta(days=1))
        tick()
    assert begun() == [f"2026-03-0{day}T09:00:00+00:00" for day in (3, 4, 5)]


def test_after_downtime_a_cycle_catches_up_once_and_keeps_its_time_of_day(then: None) -> None:
    deploy(by_time("R/P1D"), "taeglich", forms=False)
    clock.move(dt.timedelta(days=10, hours=3))
    assert (tick()["starts"], tick()["starts"]) == (1, 0)
    [row] = rows(S)
    assert (row.due_at, row.left) == (dt.datetime(2026, 3, 13, 9, tzinfo=dt.UTC), None)


def test_a_monthly_cycle_keeps_to_the_end_of_the_month_and_to_local_time(amt: str) -> None:
    with clock.frozen(dt.datetime(2026, 1, 31, 8, tzinfo=dt.UTC)):
        deploy(by_time("R/P1M"), "monatlich", forms=False)
        for _ in range(100):
            clock.move(dt.timedelta(days=1))
            tick()
    assert begun() == ["2026-02-28T08:00:00+00:00", "2026-03-31T07:00:00+00:00", "2026-04-30T07:00:00+00:00"]


def test_a_cycle_with_a_first_time_begins_there_and_turns_before_the_deployment_are_gone(then: None) -> None:
    deploy(by_time("R4/2026-02-28T12:00:00Z/P2D"), "fest", forms=False)
    for _ in range(10):
        clock.move(dt.timedelta(days=1))
        tick()
    assert begun() == ["2026-03-02T12:00:00+00:00", "2026-03-04T12:00:00+00:00", "2026-03-06T12:00:00+00:00"]


def test_a_schedule_as_cron_writes_it_begins_cases_at_its_times_of_the_day_here(then: None) -> None:
    deploy(by_time("0 0 9 * * MON-FRI"), "werktags", forms=False)
    for _ in range(8):
        clock.move(dt.timedelta(days=1))
        tick()
    assert begun() == [f"2026-03-{day:02}T08:00:00+00:00" for day in (3, 4, 5, 6, 9, 10)]


def test_a_new_version_with_the_same_timer_neither_fires_it_again_nor_counts_anew(then: None) -> None:
    deploy(by_time("R/P2D"), "alle2", forms=False)
    clock.move(dt.timedelta(days=1))
    second = deploy(by_time("R/P2D", last="anders"), "alle2", forms=False)
    clock.move(dt.timedelta(days=1))
    assert tick()["starts"] == 1
    assert (of("alle2")[0].version_id, begun()) == (second, ["2026-03-04T09:00:00+00:00"])


def test_a_date_that_has_fired_does_not_fire_again_with_a_new_version(then: None) -> None:
    deploy(by_time("2026-03-03T09:00:00Z", "timeDate"), "stichtag", forms=False)
    clock.move(dt.timedelta(days=2))
    tick()
    deploy(by_time("2026-03-03T09:00:00Z", "timeDate", last="anders"), "stichtag", forms=False)
    tick()
    assert len(of("stichtag")) == 1


def test_a_new_version_replaces_the_timer_of_the_old_one(then: None) -> None:
    deploy(by_time("R/P1D"), "takt", forms=False)
    clock.move(dt.timedelta(hours=12))
    deploy(by_time("R/P3D"), "takt", forms=False)
    clock.move(dt.timedelta(days=1))
    assert tick()["starts"] == 0
    clock.move(dt.timedelta(days=2))
    assert (tick()["starts"], begun()) == (1, ["2026-03-05T21:00:00+00:00"])


def test_many_ticks_at_once_begin_one_case(then: None) -> None:
    deploy(by_time("R/P1D"), "takt", forms=False)
    clock.move(dt.timedelta(days=1))
    threads = [threading.Thread(target=contextvars.copy_context().run, args=(tick,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(of("takt")) == 1


@pytest.mark.parametrize(
    "text", ["R/PT59S", "R5/PT1S", "R/P0D", "R0/P1D", "morgen", "0,30 0 9 * * *", "* * * * * *", '=now() + duration("P1D")']
)
def test_a_timer_that_repeats_too_often_or_says_nothing_is_refused(amt: str, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        deploy(by_time(text), "takt", forms=False)
    assert [cause.element for cause in refused.value.causes if cause.severity == "error"] == ["los"]


# --- where an application is expected -------------------------------------------------------------------------------


def test_a_leistung_with_forms_needs_a_start_for_applications(amt: str) -> None:
    with pytest.raises(Invalid) as refused:
        deploy(BY_MESSAGE, "ereignis")
    assert "mit dem ein Antrag beginnt" in refused.value.causes[0].message


def test_a_start_by_a_message_with_an_endless_name_is_refused(amt: str) -> None:
    with pytest.raises(Invalid) as refused:
        deploy(BY_MESSAGE.replace(b'"beginn"', b'"' + b"x" * 201 + b'"'), "ereignis", forms=False)
    assert [cause.element for cause in refused.value.causes if cause.severity == "error"] == ["los"]


def test_two_starts_by_the_same_event_are_refused(amt: str) -> None:
    twice = process(begins("a", "signal", "s"), begins("c", "signal", "s"), end(), flows("a > end", "c > end"), head=HEAD)
    with pytest.raises(Invalid) as refused:
        deploy(twice, "doppelt", forms=False)
    assert "dasselbe Signal" in " ".join(cause.message for cause in refused.value.causes)


def test_the_post_room_cannot_give_an_application_to_a_leistung_that_begins_by_events_only(amt: str) -> None:
    deploy(BY_MESSAGE, "ereignis", forms=False)
    case = vorgang_of(push(form="gibt es nicht"))
    with pytest.raises(Invalid, match="beginnt nicht mit einem Antrag"):
        assign(case, "ereignis", by=SYSTEM)


def test_nobody_tries_such_a_leistung_with_an_application(amt: str) -> None:
    version = deploy(BY_MESSAGE, "ereignis", forms=False)
    designer = Konto("3", "dora", "Dora", frozenset({PROZESSDESIGN}))
    with pytest.raises(Invalid, match="beginnt nicht mit einem Antrag"):
        start_test(version, [], applicant="Erika Muster", mailbox=False, transaction_id="t", by=designer)


def test_a_case_without_an_application_can_be_written_to_nobody(amt: str) -> None:

    deploy(BY_MESSAGE, "ereignis", forms=False)
    send("m-1")
    with pytest.raises(Invalid) as refused:
        send_message(of("ereignis")[0].id, "Betreff", "Text", [], ReplyPolicy.FORBIDDEN, by=ANNA)
    assert "kein Servicekonto" in refused.value.causes[0].message


def test_the_protokoll_says_by_what_a_case_began(amt: str) -> None:
    deploy(BY_MESSAGE, "ereignis", forms=False)
    send("m-1", "geheim")
    [line] = [row for row in rows(protokoll.T) if row.tag == "vorgang:begonnen"]
    assert '"durch": "nachricht"' in line.detail
    assert "geheim" not in line.detail
