"""Days calculated by law while an instance moves: kept with the element that asked, once, and never for choosing a way."""

from __future__ import annotations

import datetime as dt

import pytest

from engine import bpmn
from engine.base.zone import ZONE
from engine.law import listening
from tests.bpmn.diagrams import (
    begin,
    beside_timer,
    boundary_timer,
    call,
    decide,
    end,
    event_sub,
    flow,
    flows,
    loop,
    node,
    process,
    script,
    service,
    start,
    timer,
    timer_definition,
    user,
    xor,
)

FRIST = 'fristende(date("2026-03-02"), "1 Monat", "SH")'
DAY = dt.date(2026, 4, 2)
TABLE = b"""<?xml version="1.0"?><definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d"
  namespace="n">
  <inputData id="i" name="tag"><variable name="tag" typeRef="date"/></inputData>
  <decision id="bis" name="bis"><informationRequirement id="r"><requiredInput href="#i"/></informationRequirement>
    <decisionTable id="t" hitPolicy="FIRST"><input id="c"><inputExpression id="e"><text>tag</text></inputExpression></input>
      <output id="o" name="bis"/>
      <rule id="r1"><inputEntry id="x1"><text>&gt; deadline(date("2026-01-31"), "1 Monat", "SH").ergebnis</text></inputEntry>
        <outputEntry id="y1"><text>null</text></outputEntry></rule>
      <rule id="r2"><inputEntry id="x2"><text>-</text></inputEntry>
        <outputEntry id="y2"><text>working days(tag, 3, "SH").ergebnis</text></outputEntry></rule>
    </decisionTable></decision></definitions>"""


def kept(fall) -> list[tuple[str, str, dt.date | None]]:
    """Element, function and day of what the last step calculated."""
    made = fall.outcome.calculations
    return [(one.element, one.calculation.function, one.calculation.result) for one in made]


def test_a_script_keeps_what_it_calculated_with_steps_and_source():
    fall = begin(process(start(), script("s", FRIST, "bis"), end(), flows("start > s > end")))
    assert fall.variables["bis"] == DAY
    [one] = fall.outcome.calculations
    assert (one.element, one.process, one.token) == ("s", "p", "3")
    made = one.calculation
    assert made.arguments == {"beginn": dt.date(2026, 3, 2), "dauer": "1 Monat", "land": "SH"}
    assert (made.result, made.steps[-1].day) == (DAY, DAY)
    assert "§ 188 Abs. 2 BGB" in made.source


def test_mappings_keep_it_at_their_element_and_in_the_step_that_evaluated_them():
    diagram = process(
        start(),
        service("dienst", inputs={"bis": f"={FRIST}"}, outputs={"w": '=werktage(date("2026-03-02"), 1, "SH").ergebnis'}),
        end(),
        flows("start > dienst > end"),
    )
    fall = begin(diagram)
    assert kept(fall) == [("dienst", "fristende", DAY)]
    fall.finish("dienst")
    assert kept(fall) == [("dienst", "werktage", dt.date(2026, 3, 3))]


def test_a_timer_keeps_it_with_its_own_token():
    expression = f'={FRIST} + duration("P1D")'
    fall = begin(process(start(), timer("warten", expression, "timeDate"), end(), flows("start > warten > end")))
    assert kept(fall) == [("warten", "fristende", DAY)]
    [waiting] = fall.waits.values()
    assert fall.outcome.calculations[0].token == waiting.token
    assert waiting.due == dt.datetime(2026, 4, 2, 22, tzinfo=dt.UTC)


def test_events_at_the_edge_and_the_due_day_of_a_task_keep_theirs():
    diagram = process(
        start(),
        user("u", extension=f"<zeebe:taskSchedule dueDate='={FRIST}'/>"),
        boundary_timer("zu_spaet", "u", f"={FRIST}", "timeDate"),
        beside_timer("erinnern", "u", '=naechster werktag(date("2026-04-03"), "SH")', "timeDate"),
        end(),
        end("ende_spaet"),
        end("ende_erinnert"),
        flows("start > u > end", "zu_spaet > ende_spaet", "erinnern > ende_erinnert"),
    )
    assert sorted(kept(begin(diagram))) == [
        ("erinnern", "naechster werktag", dt.date(2026, 4, 7)), ("u", "fristende", DAY), ("zu_spaet", "fristende", DAY)
    ]  # fmt: skip


def test_cells_of_a_decision_table_keep_theirs_at_the_task_that_decides():
    diagram = process(start(), decide("tabelle", "bis", "bis"), end(), flows("start > tabelle > end"))
    fall = begin({"p.bpmn": diagram, "t.dmn": TABLE}, tag=dt.date(2026, 3, 2))
    assert fall.variables["bis"] == dt.date(2026, 3, 5)
    assert kept(fall) == [("tabelle", "frist", dt.date(2026, 3, 2)), ("tabelle", "werktage", dt.date(2026, 3, 5))]


def test_conditions_choose_a_way_and_are_not_kept():
    diagram = process(
        start(),
        xor("g", default="g_nein"),
        user("u", loop("[1, 2]", until=f"{FRIST} > date(2026, 1, 1)")),
        end("nein"),
        end(),
        flow("g", "u", f"{FRIST} > date(2026, 1, 1)"),
        flows("start > g > nein", "u > end"),
    )
    fall = begin(diagram)
    assert (fall.waits_at("u", "u"), kept(fall)) == (True, [])
    fall.complete("u", 1)
    assert (fall.state, kept(fall)) == ("completed", [])


def test_the_same_calculation_is_kept_once_for_a_token_but_for_each_token():
    context = 'bekanntgabe("post", "SH", date("2026-03-02"))'
    outputs = {"a": f"={context}.ergebnis", "b": f"={context}.quelle", "c": f"={context}.schritte"}
    diagram = process(
        start(), script("s", "1", "x", outputs=outputs), script("n", FRIST, "y", loop("[1, 2]")), end(),
        flows("start > s > n > end"),
    )  # fmt: skip
    fall = begin(diagram)
    assert kept(fall) == [("s", "bekanntgabe", dt.date(2026, 3, 6)), *[("n", "fristende", DAY)] * 2]
    assert len({one.token for one in fall.outcome.calculations}) == 3


def test_a_notice_that_does_not_count_as_delivered_is_kept_without_a_day():
    expression = 'bekanntgabe("abruf", "SH", date("2026-03-02"), true)'
    fall = begin(process(start(), script("s", expression, "b"), end(), flows("start > s > end")))
    assert kept(fall) == [("s", "bekanntgabe", None)]
    assert "Nicht bekanntgegeben" in fall.outcome.calculations[0].calculation.steps[-1].text


def test_what_the_law_refuses_is_kept_with_the_sentence_why():
    fall = begin(
        process(start(), script("s", 'fristende("1500-01-01", "1 Monat", "SH")', "b"), end(), flows("start > s > end"))
    )
    assert (kept(fall), fall.variables["b"]) == ([("s", "fristende", None)], None)
    assert "1583 bis 9998" in fall.outcome.calculations[0].calculation.refusal
    assert "1583 bis 9998" in fall.outcome.warnings[0]


def test_what_is_no_day_at_all_is_a_warning_only():
    given = ("fristende(null, '1 Monat', 'SH')", 'fristende(date("2026-03-02"), "1 Monat", "SH", "ereignis", [abs])')
    for expression in given:
        fall = begin(process(start(), script("s", expression.replace("'", '"'), "b"), end(), flows("start > s > end")))
        assert (kept(fall), len(fall.outcome.warnings)) == ([], 1)


def test_an_incident_of_a_timer_says_why_the_law_gives_no_day():
    expression = '=frist(date("1500-01-01"), "1 Monat", "SH").ergebnis'
    fall = begin(process(start(), timer("t", expression, "timeDate"), end(), flows("start > t > end")))
    assert "der Ausdruck ergibt keinen Wert" in fall.incident.message
    assert "Gerechnet wird mit den Jahren 1583 bis 9998" in fall.incident.message


def test_a_called_process_names_itself():
    outer = process(start(), call("ruf", "innen"), end(), flows("start > ruf > end"))
    inner = process(start(), script("s", FRIST, "bis"), end(), flows("start > s > end"), id="innen")
    inner = inner.replace(b'isExecutable="true"', b'isExecutable="false"')
    [one] = begin({"a.bpmn": outer, "b.bpmn": inner}).outcome.calculations
    assert (one.process, one.element) == ("innen", "s")


def test_an_element_that_fails_keeps_what_it_had_calculated_and_leaves_nothing_to_the_next():
    diagram = process(
        start(), service("dienst", type="=nichts", inputs={"bis": f"={FRIST}"}), end(), flows("start > dienst > end")
    )
    fall = begin(diagram)
    assert fall.state == "incident"
    assert kept(fall) == [("dienst", "fristende", DAY)]
    fall.retry("dienst", nichts="demo.druckt")
    assert kept(fall) == [("dienst", "fristende", DAY)]  # once for the token: whoever keeps it knows it already


def test_listening_is_over_when_the_step_is():
    heard = []
    with listening(heard):
        fall = begin(process(start(), script("s", FRIST, "bis"), end(), flows("start > s > end")))
    assert (heard, len(kept(fall))) == ([], 1)


@pytest.mark.parametrize("expression", ["1 + 1", 'ist werktag(date("2026-03-02"), "SH")', 'zustellweg("OSI", "SH")'])
def test_what_fixes_no_day_is_not_kept(expression):
    assert kept(begin(process(start(), script("s", expression, "x"), end(), flows("start > s > end")))) == []


def test_a_timer_waits_for_working_days_of_a_land() -> None:
    """Corpus Christi is a holiday in Bavaria and none in Schleswig-Holstein."""
    for land, day in (("SH", dt.date(2026, 6, 4)), ("BY", dt.date(2026, 6, 5))):
        content = process(
            start(), timer("t", f'=werktage(date("2026-06-03"), 1, "{land}").ergebnis', "timeDate"), end(),
            flows("start > t > end"),
        )  # fmt: skip
        fall = begin(content)
        assert fall.one(bpmn.Timer, "t").due.astimezone(ZONE).date() == day
        assert fall.fire("t").state == "completed"


def test_a_day_calculated_where_a_process_sets_up_its_events_is_kept() -> None:
    begun = node("startEvent", "b", "", timer_definition(f"={FRIST}", "timeDate"))
    content = process(
        start(), user("u"), end(), event_sub("es", begun, end("ie"), flows("b > ie")), flows("start > u > end"),
    )  # fmt: skip
    assert ("b", "fristende", DAY) in kept(begin(content))
