"""After the notice has left: fetched or not, refused, arrived late or never; with database, outbox and real letters."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine import reads
from engine.base import clock
from engine.base.errors import Conflict, Forbidden, Invalid, Unknown
from engine.base.ports import Answer, BpmnError, Call, ReplyPolicy
from engine.base.rights import SYSTEM, Konto
from engine.model import erwartung, protokoll
from engine.verbs.operate import change_setting, retry_incident
from engine.verbs.post import correlate, record_arrival, record_retrieval, send_message
from tests.engine.cases import ANNA, BERTA, Bell, rows
from tests.processes.fall import REAL, Fall
from web.twins import servicekonto as twin

CHIEF = Konto("3", "chef", "Chef", frozenset({"administration"}))
POST = Konto("4", "post", "Post", frozenset({"poststelle"}))
WHY = "Die Sendung lag laut Anruf in der falschen Filiale."


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def lines() -> list[Any]:
    return rows(protokoll.T, tag="bekanntgabe:zugang")


def last_day(fall: Fall, element: str = "widerspruchsfrist") -> dt.date:
    """The last day of the period that runs."""
    return clock.local_day(fall.deadlines()[element]) - dt.timedelta(days=1)


# --- late or never -------------------------------------------------------------------------------------------------


def test_a_notice_that_arrived_late_ends_the_period_later_and_the_reason_stays_with_the_case(fall):
    fall.granted()
    assert last_day(fall) == day("2026-04-07")  # provided on 2 March, deemed delivered on the 5th; Easter Monday is no workday
    fall.days_pass(10)
    record_arrival(fall.id, day("2026-03-11"), f" {WHY} ", by=ANNA)
    assert last_day(fall) == day("2026-04-13")
    [line] = lines()
    assert (line.konto, line.vorgang_id) == ("anna", fall.id)
    [said] = reads.list_comments(fall.id)
    assert (said.author, said.text) == ("anna", WHY)
    assert json.loads(line.detail) == {"zugang": "2026-03-11", "kommentar": said.id}, "what people wrote goes with the case"
    assert rows(erwartung.MESSAGES, name="bekanntgabe.zugang") == []
    clock.move(dt.timedelta(days=33))
    fall.settle()
    assert "pflanzfrist" in fall.deadlines()


def test_a_notice_that_never_arrived_is_sent_once_more_by_post_and_not_issued_again(fall):
    fall.granted()
    fall.days_pass(3)
    record_arrival(fall.id, None, WHY, by=ANNA)
    assert fall.waits_at() == ["bescheid_drucken"]
    assert fall.deadlines() == {}
    fall.complete("bescheid_drucken", postaufgabe_am="2026-03-05")
    assert last_day(fall) == day("2026-04-09")
    assert fall.letters() == ["Bescheid.pdf"]
    assert [one.state for one in reads.list_bescheide(fall.id)] == ["erlassen"]
    clock.move(dt.timedelta(days=40))
    fall.settle()
    assert "pflanzfrist" in fall.deadlines()


@pytest.mark.parametrize(
    ("arrived", "reason", "place", "words"),
    [
        ("2026-03-06", WHY, "/zugang", "in der Zukunft"),
        ("2026-03-01", WHY, "/zugang", "erst am 02.03.2026 abgesandt"),
        ("2026-03-05", " \n", "/grund", "Der Grund fehlt"),
        (None, "", "/grund", "Der Grund fehlt"),
        (None, "x" * 2001, "/grund", "höchstens 2000 Zeichen"),
    ],
)
def test_a_day_or_a_reason_that_cannot_be_is_refused(fall, arrived, reason, place, words):
    fall.granted()
    fall.days_pass(3)
    with pytest.raises(Invalid) as refused:
        record_arrival(fall.id, arrived and day(arrived), reason, by=ANNA)
    [cause] = refused.value.causes
    assert cause.pointer == place
    assert words in cause.message
    assert last_day(fall) == day("2026-04-07")
    assert lines() == []


def test_what_arrived_on_the_day_of_dispatch_changes_nothing_but_is_recorded(fall):
    fall.granted()
    record_arrival(fall.id, day("2026-03-02"), WHY, by=ANNA)
    assert last_day(fall) == day("2026-04-07")
    assert len(lines()) == 1


def test_an_arrival_one_hears_of_when_the_period_is_over_is_noted_and_comes_up_again_for_a_person(fall):
    fall.granted()
    clock.move(dt.timedelta(days=40))
    fall.settle()
    before = fall.deadlines()
    with pytest.raises(Invalid):
        record_arrival(fall.id, day("2026-03-01"), WHY, by=ANNA)  # before it was sent
    assert not record_arrival(fall.id, day("2026-03-20"), WHY, by=ANNA)
    assert fall.deadlines() == before
    [note] = reads.list_reminders(fall.id)
    assert (note.am, note.text.startswith("Zugang des Bescheids prüfen")) == (clock.local_day(clock.now()), True)
    [line] = lines()
    [said] = reads.list_comments(fall.id)
    assert json.loads(line.detail) == {"zugang": "2026-03-20", "kommentar": said.id, "wiedervorlage": note.id}
    assert said.text == WHY
    assert rows(erwartung.MESSAGES, name="bekanntgabe.zugang") == []
    assert not record_arrival(fall.id, day("2026-03-20"), WHY, by=ANNA)
    assert [one.id for one in reads.list_reminders(fall.id)] == [note.id], "told twice, it comes up once"
    assert len(lines()) == 2


def test_before_a_notice_is_sent_arrival_is_refused_and_nothing_is_kept(fall):
    with pytest.raises(Conflict, match="noch kein Bescheid abgesandt"):
        record_arrival(fall.id, None, WHY, by=ANNA)
    assert lines() == rows(erwartung.MESSAGES, name="bekanntgabe.zugang") == []
    with pytest.raises(Unknown):
        record_arrival("0" * 26, None, WHY, by=ANNA)


@pytest.mark.parametrize("by", [CHIEF, POST])
def test_arrival_is_recorded_by_those_who_work_on_the_case(fall, by):
    fall.granted()
    with pytest.raises(Forbidden):
        record_arrival(fall.id, None, WHY, by=by)


def test_an_objection_that_comes_before_the_notice_is_out_is_kept(fall):
    nummer = reads.get_vorgang(fall.id).nummer
    assert correlate("widerspruch", nummer, "w-1", {}, None, by=CHIEF)
    assert not correlate("widerspruch", nummer, "w-1", {}, None, by=CHIEF)
    fall.granted()
    assert fall.waits_at() == ["widerspruch_bearbeiten"]


# --- fetched or not ------------------------------------------------------------------------------------------------


@pytest.fixture
def portal(town: Bell) -> Fall:
    """An application with an account whose messages must be fetched, and with consent; the grant is on its way."""
    fall = Fall(town, "Portal", consent=True)
    fall.granted()
    assert set(fall.deadlines()) == {"abruffrist_verstrichen"}
    return fall


def test_fetching_it_begins_the_period_the_day_after(portal):
    portal.days_pass(4)
    assert record_retrieval("m-2", clock.now(), by=SYSTEM)
    portal.settle()
    assert last_day(portal) == day("2026-04-07")  # fetched on the 6th, delivered on the 7th of March
    [_, notice] = reads.list_nachrichten(portal.id)
    assert notice.notified_at == notice.at
    assert notice.retrieved_at == clock.now()


def test_the_same_news_of_fetching_is_one_message(portal):
    at = clock.now()
    assert [record_retrieval("m-2", at, by=SYSTEM) for _ in range(3)] == [True, False, False]
    assert len(rows(erwartung.MESSAGES, name="servicekonto.abgerufen", key="m-2")) == 1


def test_what_is_not_fetched_goes_by_post_and_late_news_changes_nothing(portal):
    portal.days_pass(10)
    assert portal.waits_at() == []
    portal.days_pass(1)
    assert portal.waits_at() == ["bescheid_drucken"]
    assert record_retrieval("m-2", clock.now(), by=SYSTEM)
    portal.settle()
    assert portal.waits_at() == ["bescheid_drucken"]
    portal.complete("bescheid_drucken", postaufgabe_am="2026-03-13")
    assert last_day(portal) == day("2026-04-17")
    [message] = rows(erwartung.MESSAGES, name="servicekonto.abgerufen", key="m-2")
    assert message.state == erwartung.WAITING
    clock.move(dt.timedelta(days=91))
    portal.settle()
    [message] = rows(erwartung.MESSAGES, name="servicekonto.abgerufen", key="m-2")
    assert message.state == erwartung.EXPIRED


def test_fetching_any_other_message_waits_for_nobody(fall):
    assert record_retrieval("m-1", clock.now(), by=SYSTEM)
    fall.settle()
    assert fall.waits_at() == ["vollstaendigkeit_pruefen"]


# --- an account that refuses ---------------------------------------------------------------------------------------


SECRET = "ein-geheimnis-zum-testen"


def refuse(call: Call) -> Answer:
    raise BpmnError("nicht_zustellbar", "Dieses Postfach ist unbekannt.", {"nicht_zustellbar_weil": "Postfach unbekannt."})


@pytest.fixture
def account(fall: Fall, serve: Callable[[Any], str], tmp_path: Path) -> Callable[..., None]:
    """Let the reference Servicekonto take what comes from now on, within its limits."""

    def use(**limits: Any) -> None:
        url = serve(twin.create_app(tmp_path / "konto", SECRET, limits=twin.Limits(**limits)))
        change_setting("konnektor.servicekonto", {"url": url, "secret": SECRET}, by=SYSTEM)
        fall.outside.account = REAL.call

    return use


def test_a_notice_that_the_mailbox_will_never_take_is_printed(fall):
    fall.decided()
    fall.outside.account = refuse
    fall.complete("freigeben", by=BERTA, freigabe="freigeben")
    assert fall.waits_at() == ["bescheid_drucken"]
    assert reads.list_incidents(fall.id).items == ()
    fall.complete("bescheid_drucken", postaufgabe_am="2026-03-02")
    assert last_day(fall) == day("2026-04-07")


def test_a_query_that_the_mailbox_will_never_take_is_printed(fall):
    fall.outside.account = refuse
    fall.complete("vollstaendigkeit_pruefen", vollstaendigkeit="rueckfrage", rueckfrage_text="Wo stehen die Bäume genau?")
    assert fall.waits_at() == ["rueckfrage_drucken"]
    assert reads.list_incidents(fall.id).items == ()
    assert fall.letters() == ["Rückfrage.pdf"]
    for posted in ("9999-12-31", "1582-10-10", "2026-03-03"):
        with pytest.raises(Invalid):
            fall.complete("rueckfrage_drucken", postaufgabe_am=posted)
    fall.complete("rueckfrage_drucken", postaufgabe_am="2026-03-02")
    assert last_day(fall, "frist_verstrichen_post") == day("2026-03-20")


def test_a_clerks_message_that_is_refused_can_be_sent_again(fall):
    fall.outside.account = refuse
    send_message(fall.id, "Ihr Antrag", "Bitte rufen Sie an.", [], ReplyPolicy.FORBIDDEN, by=ANNA)
    fall.settle()
    [incident] = reads.list_incidents(fall.id).items
    assert incident.message == "Dieses Postfach ist unbekannt."
    fall.outside.account = fall.outside.taken
    retry_incident(incident.id, {}, by=CHIEF)
    fall.settle()
    assert fall.outside.sent[-1] == "Ihr Antrag"
    assert reads.list_incidents(fall.id).items == ()


@pytest.mark.parametrize(
    "limits", [{"max_attachment_bytes": 1000}, {"attachment_types": ("text/plain",)}], ids=["size", "type"]
)
def test_the_reference_account_refuses_for_size_or_type_and_the_notice_goes_by_post(fall, account, limits):
    account(**limits)
    fall.granted()
    assert fall.waits_at() == ["bescheid_drucken"]
    assert [one.subject.partition(" – ")[0] for one in reads.list_nachrichten(fall.id)] == ["Ihr Antrag ist eingegangen"]


def test_the_reference_account_takes_the_notice_and_tells_when_it_notified(fall, account):
    account()
    fall.granted()
    assert fall.waits_at() == []
    [_, notice] = reads.list_nachrichten(fall.id)
    assert notice.notified_at == notice.at
    assert notice.retrieved_at is None
