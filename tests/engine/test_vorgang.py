"""What people do with a case as a whole: end it with a reason, give it to a Leistung; and how it is called meanwhile."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from engine import reads
from engine.base import clock
from engine.base.errors import Conflict, Forbidden, Invalid, Unknown
from engine.base.ports import Answer
from engine.base.rights import POSTSTELLE, SYSTEM, Konto
from engine.model import auftrag, comment, frist, reminder
from engine.verbs.design import deploy_bundle
from engine.verbs.desk import claim_aufgabe, complete_aufgabe
from engine.verbs.due import tick
from engine.verbs.notes import add_comment, set_reminder, settle_reminder
from engine.verbs.vorgang import assign, close_without_notice, discard, forward, withdraw
from tests.bpmn.diagrams import end, findings, flow, flows, node, process, start, user, xor
from tests.engine.cases import ANNA, TYPES, Bell, Twin, bundle, push, rows, vorgang_of, work_all

PAUL = Konto("4", "paul", "Paul", frozenset({POSTSTELLE}))
WHY = "Die Antragstellerin hat angerufen."


def status(case: str) -> str:
    return reads.get_vorgang(case).status


def task(case: str) -> Any:
    return reads.list_aufgaben(vorgang_id=case).items[0]


def test_a_case_is_called_after_what_has_happened(amt: str, bell: Bell) -> None:
    case = vorgang_of(push())
    work_all(bell, Twin(lambda call: Answer({})))
    assert status(case) == "NEU"
    claim_aufgabe(task(case).id, by=ANNA)
    assert status(case) == "ANGENOMMEN"
    complete_aufgabe(task(case).id, {"ok": True}, by=ANNA)
    assert status(case) == "ABGESCHLOSSEN"


@pytest.mark.parametrize(
    ("act", "by", "called", "said"),
    [
        (lambda id, by: withdraw(id, WHY, by=by), ANNA, "ABGESCHLOSSEN", "Antrag zurückgenommen: "),
        (lambda id, by: close_without_notice(id, WHY, by=by), ANNA, "ABGESCHLOSSEN", "Ohne Bescheid abgeschlossen: "),
        (lambda id, by: forward(id, "Stadt Husum", WHY, by=by), PAUL, "WEITERGELEITET", "Weitergeleitet an Stadt Husum: "),
        (lambda id, by: discard(id, WHY, by=by), PAUL, "VERWORFEN", "Verworfen: "),
    ],
)
def test_ending_a_case_drops_all_it_waits_for_and_keeps_the_reason(
    amt: str, bell: Bell, act: Any, by: Konto, called: str, said: str
) -> None:
    case = vorgang_of(push())  # a service task is under way, and a task with a deadline would follow
    act(case, by)
    found = reads.get_vorgang(case)
    assert (found.state, found.status, found.closed_at is not None) == ("terminated", called, True)
    assert [row.text for row in rows(comment.T)] == [said + WHY]
    assert {row.state for row in rows(auftrag.T)} == {"entfallen"}
    work_all(bell, Twin())
    tick()
    assert reads.list_aufgaben(vorgang_id=case).items == ()
    for again in (withdraw, close_without_notice):
        with pytest.raises(Conflict):
            again(case, WHY, by=ANNA)


def test_tasks_and_deadlines_go_with_the_case(amt: str, bell: Bell) -> None:
    case = vorgang_of(push())
    work_all(bell, Twin(lambda call: Answer({})))
    open_task = task(case)
    withdraw(case, WHY, by=ANNA)
    assert {row.state for row in rows(frist.T)} == {"entfallen"}
    with pytest.raises(Conflict, match="nicht mehr offen"):
        complete_aufgabe(open_task.id, {"ok": True}, by=ANNA)


def test_without_a_reason_or_the_right_nothing_ends(amt: str) -> None:
    case = vorgang_of(push())
    for reason in ("", "   ", "x", "x" * 2001):
        with pytest.raises(Invalid) as refused:
            withdraw(case, reason, by=ANNA)
        assert refused.value.causes[0].pointer == "/grund"
    with pytest.raises(Invalid):
        forward(case, " ", WHY, by=PAUL)
    with pytest.raises(Forbidden):
        discard(case, WHY, by=ANNA)
    assert reads.get_vorgang(case).state == "active"


def test_a_case_of_the_post_room_begins_the_process_of_its_leistung(amt: str, bell: Bell) -> None:
    case = vorgang_of(push("gibt-es-nicht"))
    before = reads.get_vorgang(case)
    assert before.leistung == "posteingang"
    assign(case, "probe", by=PAUL)
    work_all(bell, Twin(lambda call: Answer({})))
    now = reads.get_vorgang(case)
    assert (now.leistung, now.nummer, now.status) == ("probe", before.nummer, "IN_BEARBEITUNG")
    assert task(case).element == "pruefen"
    assert len({row.token for row in rows(auftrag.T)}) == 1
    with pytest.raises(Conflict):
        assign(case, "wartet", by=PAUL)
    complete_aufgabe(task(case).id, {"ok": True}, by=ANNA)
    assert [line.name for line in reads.verlauf(case) if line.kind == "cancelled"] == ["sichten"]
    assert reads.get_vorgang(case).state == "completed"


def test_only_to_a_leistung_that_is_there(amt: str) -> None:
    case = vorgang_of(push("gibt-es-nicht"))
    for key in ("fehlt", "posteingang"):
        with pytest.raises(Unknown):
            assign(case, key, by=PAUL)
    assert reads.get_vorgang(case).leistung == "posteingang"


def test_an_end_may_say_what_the_case_is_called(amt: str) -> None:
    named = "<zeebe:properties><zeebe:property name='status' value='WEITERGELEITET'/></zeebe:properties>"
    diagram = process(
        start(), user("m"), xor("g", default="g_end"), node("endEvent", "fort", named), end(),
        flow("g", "fort", "fort = true"), flows("start > m > g > end"),
    )  # fmt: skip
    deploy_bundle(bundle(diagram, "enden", "EN"), TYPES, by=SYSTEM)
    case = vorgang_of(push("enden"))
    complete_aufgabe(task(case).id, {"fort": True}, by=ANNA)
    assert status(case) == "WEITERGELEITET"


def test_a_status_that_cannot_be_is_found() -> None:
    def with_status(value: str) -> str:
        return f"<zeebe:properties><zeebe:property name='status' value='{value}'/></zeebe:properties>"

    said = findings(start(), user("u", extension=with_status("VERWORFEN")), end(), flows("start > u > end"))
    assert any("nicht an einem Endereignis" in line for line in said)
    said = findings(start(), node("endEvent", "end", with_status("WEG")), flows("start > end"))
    assert any("„WEG“ gibt es nicht" in line for line in said)


def test_comments_and_reminders_are_kept_with_the_case(amt: str) -> None:
    case = vorgang_of(push())
    add_comment(case, "  Bitte auf den <b>Nachbarn</b> achten.  ", by=ANNA)
    assert rows(comment.T)[0].text == "Bitte auf den <b>Nachbarn</b> achten."
    today = clock.local_day(clock.now())
    id = set_reminder(case, today + dt.timedelta(days=3), "Nachfragen", True, by=ANNA)
    settle_reminder(id, by=ANNA)
    settle_reminder(id, by=ANNA)
    assert [(row.state, row.holder) for row in rows(reminder.T)] == [("erledigt", "anna")]
    with pytest.raises(Invalid) as refused:
        set_reminder(case, today - dt.timedelta(days=1), "", False, by=ANNA)
    assert [cause.pointer for cause in refused.value.causes] == ["/am", "/text"]
    with pytest.raises(Invalid):
        add_comment(case, " ", by=ANNA)
    for act in (lambda: add_comment("x", "y", by=ANNA), lambda: settle_reminder("x", by=ANNA)):
        with pytest.raises(Unknown):
            act()
