"""Messages of a clerk to the applicant with a day for the answer, and that one was opened, noted by hand."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from engine import reads
from engine.base import clock
from engine.base.errors import Conflict, Forbidden, Invalid, Unknown
from engine.base.ports import ReplyPolicy
from engine.base.rights import SYSTEM, Konto
from engine.bpmn.codec import decode
from engine.law import authority_period
from engine.model import auftrag, comment, erwartung, nachricht, protokoll, reminder
from engine.verbs.design import deploy_bundle
from engine.verbs.notes import settle_reminder
from engine.verbs.post import note_retrieval, receive_reply, record_retrieval, send_message
from tests.bpmn.diagrams import catch, end, flows, message, process, start
from tests.engine.cases import ANNA, TYPES, Bell, bundle, push, rows, vorgang_of
from tests.processes.fall import Fall

CHIEF = Konto("3", "chef", "Chef", frozenset({"administration"}))
DAY = dt.date(2026, 3, 20)  # provided on Monday, 2 March; delivered on the third day, 5 March; 15 days end on Friday, 20 March
WHY = "Sie hat es am Telefon gesagt."


@pytest.fixture
def case(town: Bell) -> Fall:
    """An application in Nordfriesland, on 2 March 2026."""
    return Fall(town)


def ask(case: Fall, subject: str = "Frage", within: str | None = "15 Tage", **more: Any) -> str:
    reply = more.pop("reply", ReplyPolicy.MANDATORY)
    return send_message(case.id, subject, "Wo steht der Baum?", [], reply, within=within, by=ANNA, **more)


def sent(case: Fall, id: str) -> reads.Nachricht:
    [found] = [one for one in reads.list_nachrichten(case.id) if one.id == id]
    return found


def mailbox_id(id: str) -> str:
    [row] = rows(nachricht.T, id=id)
    return str(row.external_id)


def answer(id: str, text: str = "Am Zaun.") -> None:
    receive_reply(f"r-{clock.now().timestamp()}", mailbox_id(id), text, [], clock.now(), by=SYSTEM)


def due(case: Fall) -> list[tuple[dt.date, str]]:
    return [(one.am, one.text) for one in reads.list_reminders(case.id) if one.state == "offen"]


# --- a day for the answer ------------------------------------------------------------------------------------------


def test_the_law_says_until_when_and_the_case_comes_up_again_then(case: Fall) -> None:
    id = ask(case)
    kept = sent(case, id)
    assert (kept.reply, kept.reply_bis, kept.sent) == ("MANDATORY", DAY, False)
    assert "§ 9 Abs. 1 OZG" in kept.reply_source
    assert kept.reply_source == authority_period(dt.date(2026, 3, 2), "15 Tage", "SH", "ozg_postfach").source
    assert due(case) == [(DAY, "Frist für die Antwort auf „Frage“ endet")]
    [order] = rows(auftrag.T, token=f"frei-{id}")
    assert decode(order.inputs)["antwort_bis"] == DAY
    case.settle()
    assert sent(case, id).sent
    assert sent(case, id).reply_bis == DAY


def test_a_day_that_was_shown_and_is_no_longer_right_is_refused(case: Fall) -> None:
    with pytest.raises(Conflict):
        ask(case, until=DAY - dt.timedelta(days=1))
    with pytest.raises(Conflict):
        ask(case, within=None, until=DAY)
    assert due(case) == []
    ask(case, until=DAY)
    assert len(due(case)) == 1


def test_sent_twice_under_one_id_it_goes_out_once(case: Fall) -> None:
    id = "0" * 25 + "a"
    assert ask(case, id=id) == ask(case, id=id) == id
    clock.move(dt.timedelta(days=1))
    assert ask(case, id=id, until=DAY) == id
    assert len(rows(auftrag.T, token=f"frei-{id}")) == len(rows(protokoll.T, tag="nachricht:gesendet")) == len(due(case)) == 1


@pytest.mark.parametrize(
    ("within", "reply"), [("15 Tage", ReplyPolicy.FORBIDDEN), ("bald", ReplyPolicy.POSSIBLE), ("P0D", "POSSIBLE")]
)
def test_a_period_that_is_none_is_refused_at_its_field(case: Fall, within: str, reply: Any) -> None:
    with pytest.raises(Invalid) as refused:
        ask(case, within=within, reply=reply)
    assert [cause.pointer for cause in refused.value.causes] == ["/frist"]
    assert rows(protokoll.T, tag="nachricht:gesendet") == []


def test_texts_that_are_missing_or_endless_are_refused_at_their_fields(case: Fall) -> None:
    with pytest.raises(Invalid) as refused:
        send_message(case.id, " ", "x" * 100_001, [], ReplyPolicy.FORBIDDEN, by=ANNA)
    assert [cause.pointer for cause in refused.value.causes] == ["/betreff", "/text"]


def test_a_subject_of_any_length_fits_into_the_reminder(case: Fall) -> None:
    ask(case, "B" * 1024)
    [(_, text)] = due(case)
    assert len(text) == 500


# --- the answer ----------------------------------------------------------------------------------------------------


def test_an_answer_comes_up_at_once_and_is_paired(case: Fall) -> None:
    id = ask(case)
    case.settle()
    case.days_pass(3)
    answer(id)
    assert due(case) == [(dt.date(2026, 3, 5), "Antwort auf „Frage“ ist da")]
    [reply] = [one for one in reads.list_nachrichten(case.id) if one.direction == "IN"]
    assert reply.answers == id


@pytest.mark.parametrize("within", ["15 Tage", None])
def test_an_answer_that_nobody_waits_for_any_more_is_not_lost(case: Fall, within: str | None) -> None:
    id = ask(case, within=within, reply=ReplyPolicy.POSSIBLE)
    case.settle()
    for one in reads.list_reminders(case.id):
        settle_reminder(one.id, by=ANNA)
    answer(id)
    assert due(case) == [(dt.date(2026, 3, 2), "Antwort auf „Frage“ ist da")]


def test_an_answer_that_the_process_waits_for_makes_no_reminder(case: Fall) -> None:
    case.complete("vollstaendigkeit_pruefen", vollstaendigkeit="rueckfrage", rueckfrage_text="Welche Eiche?")
    question = reads.list_nachrichten(case.id)[-1]
    assert (question.reply, question.reply_bis) == ("MANDATORY", dt.date(2026, 3, 19))
    answer(question.id)
    assert due(case) == []
    assert case.waits_at() == ["vollstaendigkeit_pruefen"]


def test_tasks_that_lead_to_a_question_are_known(case: Fall) -> None:
    [task] = reads.list_aufgaben(vorgang_id=case.id).items
    assert reads.tasks_that_ask(case.id) == (task.id,)
    case.decided()
    assert reads.tasks_that_ask(case.id) == ()


# --- opened, noted by hand -----------------------------------------------------------------------------------------


def test_that_a_message_was_opened_is_noted_once_and_the_process_hears_it(case: Fall) -> None:
    id = ask(case)
    case.settle()
    at = clock.now() + dt.timedelta(hours=3)
    clock.move(dt.timedelta(days=1))
    note_retrieval(id, at, f" {WHY} ", by=ANNA)
    note_retrieval(id, at, WHY, by=ANNA)
    assert sent(case, id).retrieved_at == at
    [line] = rows(protokoll.T, tag="nachricht:abruf-vermerkt")
    assert [note.text for note in rows(comment.T, id=json.loads(line.detail)["kommentar"])] == [WHY]
    assert len(rows(erwartung.MESSAGES, name="servicekonto.abgerufen", key=mailbox_id(id))) == 1
    assert record_retrieval(mailbox_id(id), clock.now(), by=SYSTEM) is False
    with pytest.raises(Conflict):
        note_retrieval(id, at + dt.timedelta(hours=1), WHY, by=ANNA)


def test_a_process_that_waits_for_the_retrieval_goes_on(town: Bell) -> None:
    waiting = process(
        start(), catch("abruf", "m"), end(), flows("start > abruf > end"),
        head=message("m", "servicekonto.abgerufen", '"m-2"'),
    )  # fmt: skip
    case = Fall(town)
    id = ask(case)
    case.settle()
    assert mailbox_id(id) == "m-2"
    deploy_bundle(bundle(waiting, "abruf", "AB"), TYPES, by=SYSTEM)
    other = vorgang_of(push("abruf"))
    note_retrieval(id, clock.now(), WHY, by=ANNA)
    assert reads.get_vorgang(other).state == "completed"


def test_an_impossible_retrieval_is_refused(case: Fall) -> None:
    id = ask(case)
    with pytest.raises(Conflict):  # not in the mailbox yet
        note_retrieval(id, clock.now(), WHY, by=ANNA)
    case.settle()
    for at in (clock.now() + dt.timedelta(minutes=1), clock.now() - dt.timedelta(days=1)):
        with pytest.raises(Invalid) as refused:
            note_retrieval(id, at, " ", by=ANNA)
        assert [cause.pointer for cause in refused.value.causes] == ["/grund", "/tag"]
    with pytest.raises(Unknown):
        note_retrieval("0" * 26, clock.now(), WHY, by=ANNA)
    with pytest.raises(Forbidden):
        note_retrieval(id, clock.now(), WHY, by=CHIEF)
    answer(id)
    [reply] = [one for one in reads.list_nachrichten(case.id) if one.direction == "IN"]
    with pytest.raises(Conflict):
        note_retrieval(reply.id, clock.now(), WHY, by=ANNA)
    assert rows(reminder.T)
