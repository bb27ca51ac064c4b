"""What each element does. One behaviour a test; every step goes through a snapshot."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from engine import bpmn
from tests.bpmn.diagrams import (
    Fall,
    begin,
    boundary_timer,
    catch,
    end,
    flow,
    flows,
    io,
    loop,
    message,
    node,
    par,
    process,
    script,
    service,
    start,
    sub,
    timer,
    user,
    xor,
)


def test_a_process_without_waiting_runs_to_its_end() -> None:
    fall = begin(process(start(), script("x", "1 + 1", "y"), end(), flows("start > x > end")))
    assert (fall.state, fall.ends, fall.variables) == ("completed", ["end"], {"y": Decimal(2)})


def test_a_user_task_waits_and_its_answers_become_variables() -> None:
    fall = begin(process(start(), user("pruefen"), end(), flows("start > pruefen > end")))
    assert fall.waits_at("pruefen")
    fall.complete("pruefen", ok=True)
    assert (fall.state, fall.variables) == ("completed", {"ok": True})


def test_a_user_task_says_who_by_when_and_with_which_form() -> None:
    extension = (
        '<zeebe:formDefinition formId="f"/><zeebe:assignmentDefinition assignee="=wer" candidateGroups="amt, post"/>'
        '<zeebe:taskSchedule dueDate="=date and time(&quot;2026-04-01T12:00:00+02:00&quot;)"/>'
    )
    fall = begin(process(start(), user("u", extension=extension, name="Prüfen"), end(), flows("start > u > end")), wer="anna")
    task = fall.one(bpmn.UserTask, "u")
    due = dt.datetime(2026, 4, 1, 10, tzinfo=dt.UTC)
    assert (task.name, task.form, task.assignee, task.groups, task.due) == ("Prüfen", "f", "anna", ("amt", "post"), due)


def test_a_lane_is_the_group_of_its_user_tasks() -> None:
    inside = node("lane", "l", "", "<bpmn:flowNodeRef>u</bpmn:flowNodeRef>", name="Bauamt")
    lane = node("laneSet", "ls", "", inside)
    fall = begin(process(lane, start(), user("u"), end(), flows("start > u > end")))
    assert fall.one(bpmn.UserTask, "u").groups == ("Bauamt",)


def test_a_service_task_rests_with_what_its_inputs_made() -> None:
    fall = begin(process(start(), service("s", inputs={"y": "=x + 1", "a.b": "fest"}), end(), flows("start > s > end")), x=1)
    assert fall.one(bpmn.Job, "s").inputs == {"y": Decimal(2), "a": {"b": "fest"}}
    fall.finish("s", r=5)
    assert fall.variables == {"x": Decimal(1), "r": Decimal(5)}


def test_output_mappings_let_out_only_what_they_name() -> None:
    fall = begin(process(start(), service("s", outputs={"ergebnis": "=r.n"}), end(), flows("start > s > end")))
    fall.finish("s", r={"n": 3}, geheim="x")
    assert fall.variables == {"ergebnis": Decimal(3)}


def test_a_failed_job_is_an_incident_and_a_retry_tries_again_with_corrected_variables() -> None:
    fall = begin(process(start(), service("s", inputs={"y": "=x"}), end(), flows("start > s > end")), x="falsch")
    token = fall.one(bpmn.Job, "s").token
    fall.fail("s", "geht nicht")
    assert (fall.state, fall.incident.message) == ("incident", "geht nicht")
    fall.retry("s", x="richtig")
    job = fall.one(bpmn.Job, "s")
    assert (fall.state, job.inputs, job.token) == ("active", {"y": "richtig"}, token)
    assert fall.finish("s").state == "completed"


def test_an_error_nobody_catches_is_an_incident() -> None:
    fall = begin(process(start(), service("s"), end(), flows("start > s > end")))
    fall.send(bpmn.ErrorThrown(fall.one(bpmn.Job, "s").token, "VERLOREN", "kein Weg"))
    assert fall.state == "incident"
    assert "VERLOREN" in fall.incident.message


@pytest.mark.parametrize(("x", "end_reached"), [(6, "a"), (5, "b")])
def test_an_exclusive_gateway_takes_the_first_true_flow_else_the_default(x: int, end_reached: str) -> None:
    content = process(start(), xor("g", default="g_b"), end("a"), end("b"), flow("g", "a", "x > 5"), flows("start > g > b"))
    assert begin(content, x=x).ends == [end_reached]


def test_a_condition_that_is_neither_true_nor_false_is_an_incident_that_can_be_mended() -> None:
    fall = begin(process(start(), xor("g", default="g_b"), end("a"), end("b"), flow("g", "a", "x > 5"), flows("start > g > b")))
    assert fall.incident.element == "g"
    assert "weder wahr noch falsch" in fall.incident.message
    assert fall.retry("g", x=7).ends == ["a"]


def test_no_true_flow_and_no_default_is_an_incident_at_the_gateway() -> None:
    fall = begin(
        process(start(), xor("g"), end("a"), end("b"), flow("g", "a", "x = 1"), flow("g", "b", "x = 2"), flows("start > g")),
        x=3,
    )
    assert (fall.state, fall.incident.element) == ("incident", "g")


def test_parallel_branches_meet_again_whatever_the_order() -> None:
    content = process(
        start(), par("auf"), user("a"), user("b"), par("zu"), end(), flows("start > auf > a > zu > end", "auf > b > zu")
    )
    for order in (("a", "b"), ("b", "a")):
        fall = begin(content)
        assert fall.waits_at("a", "b")
        fall.complete(order[0], **{order[0]: 1})
        assert fall.state == "active"
        fall.complete(order[1], **{order[1]: 2})
        assert (fall.state, fall.ends, set(fall.variables)) == ("completed", ["end"], {"a", "b"})


def test_a_join_that_cannot_fire_any_more_is_an_incident() -> None:
    content = process(
        start(),
        xor("g", default="g_a"),
        user("a"),
        user("b"),
        par("zu"),
        end(),
        flow("g", "b", "x"),
        flows("start > g > a > zu > end", "b > zu"),
    )
    fall = begin(content, x=False).complete("a")
    assert (fall.state, fall.incident.element) == ("incident", "zu")


def test_two_flows_out_of_a_task_are_both_taken() -> None:
    fall = begin(process(start(), user("u"), user("a"), user("b"), flows("start > u > a", "u > b")))
    assert fall.complete("u").waits_at("a", "b")
    assert fall.complete("a").complete("b").state == "completed"


def test_conditional_flows_out_of_a_task_are_taken_where_true() -> None:
    fall = begin(
        process(start(), user("u"), end("a"), end("b"), flow("u", "a", "n > 1"), flow("u", "b", "n > 2"), flows("start > u"))
    )
    assert fall.complete("u", n=2).ends == ["a"]


def test_a_timer_waits_and_fires() -> None:
    fall = begin(process(start(), timer("t", "P14D"), end(), flows("start > t > end")))
    assert fall.one(bpmn.Timer, "t").due == dt.datetime(2026, 3, 16, 8, tzinfo=dt.UTC)
    assert fall.fire("t").state == "completed"


def test_a_timer_date_is_feel_or_text() -> None:
    content = process(start(), timer("t", "=date(2026, 12, 24)", "timeDate"), end(), flows("start > t > end"))
    assert begin(content).one(bpmn.Timer, "t").due == dt.datetime(2026, 12, 23, 23, tzinfo=dt.UTC)


def test_a_timer_without_a_time_is_an_incident() -> None:
    fall = begin(process(start(), timer("t", "=fehlt"), end(), flows("start > t > end")))
    assert fall.incident.element == "t"
    assert fall.retry("t", fehlt="PT1H").waits_at("t")


def test_a_boundary_timer_ends_its_task() -> None:
    content = process(
        start(),
        user("u"),
        boundary_timer("frist", "u", "P1D"),
        end("fertig"),
        end("zu_spaet"),
        flows("start > u > fertig", "frist > zu_spaet"),
    )
    fall = begin(content)
    assert fall.waits_at("u", "frist")
    assert fall.fire("frist").ends == ["zu_spaet"]
    assert [(line.kind, line.element) for line in fall.history if line.kind == "cancelled"] == [("cancelled", "u")]


def test_a_completed_task_takes_its_boundary_timer_away() -> None:
    content = process(
        start(),
        user("u"),
        boundary_timer("frist", "u", "P1D"),
        end("fertig"),
        end("zu_spaet"),
        flows("start > u > fertig", "frist > zu_spaet"),
    )
    fall = begin(content)
    late = fall.one(bpmn.Timer, "frist")
    assert fall.complete("u").ends == ["fertig"]
    with pytest.raises(bpmn.Misdirected):
        fall.send(bpmn.TimerDue(late.token))


def test_a_message_reaches_the_catch_event_by_name_and_key() -> None:
    content = process(
        start(),
        catch("antwort", "m", outputs={"text": "=t"}),
        end(),
        flows("start > antwort > end"),
        head=message("m", "antwort", "nr"),
    )
    fall = begin(content, nr="A-1")
    expected = fall.one(bpmn.Expected, "antwort")
    assert (expected.name, expected.key) == ("antwort", "A-1")
    with pytest.raises(bpmn.Misdirected):
        fall.send(bpmn.MessageIn("antwort", "A-2"))
    fall.send(bpmn.MessageIn("antwort", "A-1", {"t": "hallo"}))
    assert (fall.state, fall.variables) == ("completed", {"nr": "A-1", "text": "hallo"})


def test_a_message_without_a_key_is_an_incident() -> None:
    fall = begin(process(start(), catch("c", "m"), end(), flows("start > c > end"), head=message("m", "n", "nr")))
    assert fall.incident.element == "c"


def test_a_sub_process_ends_when_everything_in_it_has() -> None:
    inner = sub("sp", start("s2"), par("g"), user("a"), user("b"), end("e1"), end("e2"), flows("s2 > g > a > e1", "g > b > e2"))
    fall = begin(process(start(), inner, end(), flows("start > sp > end")))
    assert fall.complete("a").state == "active"
    assert (fall.complete("b").state, fall.ends) == ("completed", ["end"])


def test_variables_of_a_sub_process_stay_inside_unless_mapped_out() -> None:
    inner = sub(
        "sp",
        start("s2"),
        script("x", "lokal + 1", "lokal"),
        end("e2"),
        flows("s2 > x > e2"),
        inputs={"lokal": "=1"},
        outputs={"aussen": "=lokal"},
    )
    assert begin(process(start(), inner, end(), flows("start > sp > end"))).variables == {"aussen": Decimal(2)}


def test_a_boundary_timer_ends_a_sub_process_with_all_in_it() -> None:
    inner = sub("sp", start("s2"), par("g"), user("a"), service("b"), flows("s2 > g > a", "g > b"))
    content = process(start(), inner, boundary_timer("frist", "sp", "P1D"), end("weg"), flows("start > sp", "frist > weg"))
    fall = begin(content).fire("frist")
    assert (fall.state, fall.ends, fall.waits) == ("completed", ["weg"], {})


# --- multi-instance ------------------------------------------------------------------------------------------------


def collect(collection: str = "baeume", until: str = "") -> bytes:
    return process(start(), user("u", loop(collection, "baum", "ergebnisse", "urteil", until)), end(), flows("start > u > end"))


def test_every_item_gets_its_own_task_and_results_keep_the_order_of_the_list() -> None:
    fall = begin(collect(), baeume=["Eiche", None, "Buche"])
    assert [task.item for task in fall.waits.values()] == [1, 2, 3]
    fall.complete("u", item=3, urteil="c").complete("u", item=1, urteil="a").complete("u", item=2)
    assert fall.state == "completed"
    assert fall.variables == {"baeume": ["Eiche", None, "Buche"], "ergebnisse": ["a", None, "c"]}


def test_an_empty_list_is_passed_at_once() -> None:
    fall = begin(collect(), baeume=[])
    assert (fall.state, fall.variables["ergebnisse"]) == ("completed", [])


def test_what_is_no_list_is_an_incident() -> None:
    fall = begin(collect(), baeume="Eiche")
    assert "keine Liste" in fall.incident.message
    assert fall.retry("u", baeume=["Eiche"]).waits_at("u")


def test_a_completion_condition_ends_the_other_items() -> None:
    fall = begin(collect(until="numberOfCompletedInstances >= 2"), baeume=[1, 2, 3, 4])
    fall.complete("u", item=2, urteil=True).complete("u", item=4, urteil=True)
    assert (fall.state, fall.variables["ergebnisse"]) == ("completed", [None, True, None, True])


def test_an_item_sees_its_own_element_and_counter() -> None:
    content = process(
        start(), service("s", loop("liste", "x"), inputs={"wert": "=x", "nr": "=loopCounter"}), end(), flows("start > s > end")
    )
    fall = begin(content, liste=["a", "b"])
    assert [job.inputs for job in fall.waits.values() if isinstance(job, bpmn.Job)] == [
        {"wert": "a", "nr": Decimal(1)},
        {"wert": "b", "nr": Decimal(2)},
    ]


def test_an_item_that_maps_its_result_has_it_collected() -> None:
    pruefen = service("s", loop("[1, 2]", "x", "preise", "preis"), outputs={"preis": "=antwort.cent * 2"})
    fall = begin(process(start(), pruefen, end(), flows("start > s > end")))
    fall.finish("s", antwort={"cent": 10}).finish("s", antwort={"cent": 20})
    assert fall.variables == {"preise": [Decimal(20), Decimal(40)]}


def test_what_an_item_brings_beyond_what_is_collected_goes_to_the_process() -> None:
    fall = begin(process(start(), user("u", loop("[1, 2]", "x", "aus", "urteil.note")), end(), flows("start > u > end")))
    fall.complete("u", item=2, urteil={"note": 5}, bemerkung="b").complete("u", item=1, urteil={"note": 3}, bemerkung="a")
    assert fall.variables == {"aus": [Decimal(3), Decimal(5)], "bemerkung": "a"}


def test_a_completion_condition_sees_what_the_item_brought() -> None:
    content = process(
        start(), user("u", loop("[1, 2, 3]", "x", "aus", "ja", until="ja = false")), end(), flows("start > u > end")
    )
    fall = begin(content).complete("u", item=3, ja=True)
    assert fall.complete("u", item=1, ja=False).state == "completed"
    assert fall.variables == {"aus": [False, None, True]}


def test_an_output_to_a_path_keeps_the_rest_of_the_context() -> None:
    content = process(start(), user("u", outputs={"akte.frist.tage": "=tage"}), end(), flows("start > u > end"))
    fall = begin(content, akte={"name": "x", "frist": {"art": "kurz"}})
    assert fall.complete("u", tage=3).variables == {"akte": {"name": "x", "frist": {"art": "kurz", "tage": Decimal(3)}}}


def test_a_number_as_correlation_key_is_its_digits() -> None:
    content = process(start(), catch("c", "m"), end(), flows("start > c > end"), head=message("m", "zahlung", "1000 / 10"))
    assert begin(content).receive("zahlung", "100").state == "completed"


def test_a_boundary_timer_stands_at_the_multi_instance_as_a_whole() -> None:
    content = process(
        start(),
        user("u", loop("liste", "x")),
        boundary_timer("frist", "u", "P1D"),
        end("weg"),
        flows("start > u", "frist > weg"),
    )
    fall = begin(content, liste=[1, 2, 3])
    assert len([wait for wait in fall.waits.values() if isinstance(wait, bpmn.Timer)]) == 1
    assert fall.fire("frist").ends == ["weg"]


def test_a_sub_process_for_every_item_keeps_their_variables_apart() -> None:
    inner = node(
        "subProcess", "sp", io(None, None), loop("liste", "x", "summen", "s"),
        start("s2"), user("u"), script("rechnen", "x + plus", "s"), end("e2"), flows("s2 > u > rechnen > e2"),
    )  # fmt: skip
    fall = begin(process(start(), inner, end(), flows("start > sp > end")), liste=[10, 20], plus=0)
    fall.complete("u").complete("u")
    assert (fall.state, fall.variables["summen"]) == ("completed", [Decimal(10), Decimal(20)])


def test_an_output_mapping_that_fails_keeps_the_answers_and_can_be_retried() -> None:
    content = process(start(), user("u", outputs={"summe": "=a + b"}), xor("g", default="g_e2"), end("e1"), end("e2"),
                      flow("g", "e1", "summe > 10"), flows("start > u > g > e2"))  # fmt: skip
    fall = begin(content)
    fall.complete("u", a=20)
    assert fall.incident.element == "g"
    assert fall.retry("g", summe=Decimal(30)).ends == ["e1"]


def test_an_event_for_something_that_no_longer_waits_is_refused_and_changes_nothing() -> None:
    fall: Fall = begin(process(start(), user("a"), user("b"), end(), flows("start > a > b > end")))
    token = fall.one(bpmn.UserTask, "a").token
    fall.complete("a")
    before = fall.outcome.snapshot
    for event in (bpmn.TaskCompleted(token), bpmn.TaskCompleted("99"), bpmn.JobFinished(token), bpmn.Retry(token)):
        with pytest.raises(bpmn.Misdirected):
            fall.send(event)
    assert fall.outcome.snapshot == before


def test_a_function_as_a_result_is_an_incident_and_nothing_is_lost() -> None:
    fall = begin(process(start(), script("x", "function(a) a + b", "f"), end(), flows("start > x > end")), b=1)
    assert (fall.state, fall.incident.element) == ("incident", "x")
    assert "Funktion" in fall.incident.message
    content = process(start(), user("u", outputs={"a": "=1", "f": "=function(x) x"}), end(), flows("start > u > end"))
    fall = begin(content).complete("u", antwort="da")
    assert fall.incident.element == "u"
    assert "a" not in fall.variables
    with pytest.raises(bpmn.Misdirected):
        fall.send(bpmn.TaskCompleted(fall.incident.token))


def test_whatever_breaks_inside_an_element_is_an_incident_there(monkeypatch: pytest.MonkeyPatch) -> None:
    fall = begin(process(start(), user("u"), xor("g"), end(), flows("start > u > g > end")))

    def broken(node: object, token: object) -> list[object]:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("engine.bpmn.nodes.gateways.Exclusive.choose", broken)
        fall.complete("u")
    assert "ZeroDivisionError" in fall.incident.message
    assert fall.retry("g").state == "completed"
