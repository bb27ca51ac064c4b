"""Event sub-processes, conditions, transactions, compensation and ad-hoc sub-processes."""

from __future__ import annotations

from decimal import Decimal
from xml.sax.saxutils import quoteattr

import pytest

from engine import bpmn
from tests.bpmn.diagrams import (
    at,
    begin,
    begins,
    beside_timer,
    catching,
    end,
    ending,
    error,
    escalation,
    event_gateway,
    event_sub,
    flows,
    loop,
    message,
    node,
    par,
    process,
    script,
    signal,
    start,
    sub,
    throw,
    undone_by,
    user,
)

HEAD = message("m", "stopp", "id") + signal("sig", "alarm") + error("err", "F") + escalation("esk", "E")
INNER = (user("inn"), end("ie"), flows("b > inn > ie"))


@pytest.mark.parametrize(
    ("what", "reference"), [("message", "m"), ("signal", "sig"), ("timer", "P1D"), ("conditional", "x > 5")]
)
@pytest.mark.parametrize("beside", [False, True])
def test_an_event_starts_a_sub_process_instead_of_or_beside_what_is_going_on(what: str, reference: str, beside: bool) -> None:
    """Trap 9 and 10."""
    content = process(
        start(), par("gg"), user("a"), user("b2"), user("c"), end(),
        event_sub("es", begins("b", what, reference, beside), *INNER),
        flows("start > gg > a > c > end", "gg > b2 > end"), head=HEAD,
    )  # fmt: skip
    fall = begin(content, id="1", x=0)
    events = {
        "message": lambda: fall.receive("stopp", "1"),
        "signal": lambda: fall.signal("alarm"),
        "timer": lambda: fall.fire("b"),
        "conditional": lambda: fall.complete("a", x=6),
    }
    events[what]()
    open = {wait.element for wait in fall.waits.values()} - {"b"}
    if not beside:
        assert open == {"inn"}
        assert fall.complete("inn").state == "completed"
    else:
        assert open == ({"c", "b2", "inn"} if what == "conditional" else {"a", "b2", "inn"})


def test_an_idle_event_sub_process_holds_nothing_up() -> None:
    content = process(start(), user("u"), end(), event_sub("es", begins("b", "timer", "P1D"), *INNER), flows("start > u > end"))
    fall = begin(content)
    assert fall.waits_at("u", "b")
    assert (fall.complete("u").state, fall.waits) == ("completed", {})


def test_a_message_may_start_an_event_sub_process_again_and_again() -> None:
    content = process(
        start(), user("u"), end(),
        event_sub("es", begins("b", "message", "m", True), script("z", "append(liste, text)", "liste"), end("ie"),
                  flows("b > z > ie")),
        flows("start > u > end"), head=HEAD,
    )  # fmt: skip
    fall = begin(content, id="1", liste=[])
    fall.receive("stopp", "1", text="a").receive("stopp", "1", text="b")
    assert fall.variables["liste"] == ["a", "b"]
    assert fall.waits_at("u", "b")


def test_an_escalation_inside_is_not_caught_by_its_own_event_sub_process() -> None:
    content = process(
        start(), throw("t", "escalation", "esk"), user("u"), end(),
        event_sub("es", begins("b", "escalation", "esk", True), script("z", "n + 1", "n"),
                  throw("t2", "escalation", "esk"), end("ie"), flows("b > z > t2 > ie")),
        flows("start > t > u > end"), head=HEAD,
    )  # fmt: skip
    fall = begin(content, n=0)
    assert fall.variables["n"] == Decimal(1)
    assert fall.waits_at("u")


def test_every_item_of_a_list_has_its_own_event_sub_processes() -> None:
    inner = sub("sp", start("s"), user("u"), end("e"), event_sub("es", begins("b", "conditional", "x = 2"), *INNER),
                flows("s > u > e"), inside=loop("liste", "x"))  # fmt: skip
    fall = begin(process(start(), inner, end(), flows("start > sp > end")), liste=[1, 2, 3])
    assert sorted(wait.element for wait in fall.waits.values()) == ["inn", "u", "u"]


def test_a_condition_is_looked_at_whenever_a_variable_changes() -> None:
    content = process(
        start(), par("gg"), catching("c", "conditional", "x > 5"), user("u"), end("a"), end("b"), script("gross", "9", "x"),
        script("klein", "0", "x"), flows("start > gg > c > a", "gg > u > gross > klein > b"),
    )  # fmt: skip
    fall = begin(content, x=0)
    assert fall.waits_at("u")
    assert sorted(fall.complete("u").ends) == ["a", "b"]
    assert begin(content, x=7).complete("u").state == "completed"


def test_a_condition_beside_a_task_happens_each_time_it_becomes_true() -> None:
    content = process(
        start(), user("v", loop("liste", "y")), at("v", "r", "conditional", "x > 5", beside=True),
        script("z", "n + 1", "n"), end("e2"), end(), flows("start > v > end", "r > z > e2"),
    )  # fmt: skip
    fall = begin(content, x=0, n=0, liste=[1, 2, 3, 4, 5])
    for value in (6, 7, 1, 8):
        fall.complete("v", x=value)
    assert fall.variables["n"] == Decimal(2)


def test_a_condition_that_can_no_longer_come_true_is_an_incident() -> None:
    fall = begin(process(start(), catching("c", "conditional", "x > 5"), end(), flows("start > c > end")), x=0)
    assert fall.incident.element == "c"
    assert fall.retry("c", x=6).state == "completed"


def test_a_condition_may_follow_an_event_gateway() -> None:
    content = process(
        start(), event_gateway("g"), catching("c", "conditional", "x"), catching("t", "timer", "P1D"), end("a"), end("b"),
        flows("start > g > c > a", "g > t > b"),
    )  # fmt: skip
    assert begin(content, x=True).ends == ["a"]
    assert begin(content, x=False).fire("t").ends == ["b"]


def _booked(name: str) -> tuple[str, ...]:
    """A task that is undone by a script."""
    undo = script(f"{name}_ab", f'append(log, "{name}")', "log", isForCompensation="true")
    return user(name), undone_by(name, f"{name}_ab"), undo


BOOKING = (*_booked("hotel"), *_booked("flug"))


@pytest.mark.parametrize("activity", ["", "hotel"])
def test_compensation_undoes_what_was_completed_the_last_first(activity: str) -> None:
    """Trap 8."""
    content = process(start(), *BOOKING, throw("t", "compensate", activity), end(), flows("start > hotel > flug > t > end"))
    fall = begin(content, log=[])
    fall.complete("hotel").complete("flug")
    assert (fall.state, fall.variables["log"]) == ("completed", ["hotel"] if activity else ["flug", "hotel"])
    assert "hotel_rueck" in fall.passed


def test_only_what_was_completed_is_undone_and_only_once() -> None:
    content = process(start(), *BOOKING, throw("t", "compensate"), ending("e", "compensate"), flows("start > hotel > t > e"))
    assert begin(content, log=[]).complete("hotel").variables["log"] == ["hotel"]


def test_what_was_completed_inside_a_sub_process_is_undone_with_its_variables() -> None:
    undo = user("ab", isForCompensation="true", inputs={"n": "=nummer"})
    parts = (start("s"), user("hotel"), undone_by("hotel", "ab"), undo, end("e"), flows("s > hotel > e"))
    inner = sub("sp", *parts, inputs={"nummer": "=x"}, inside=loop("liste", "x"))
    fall = begin(process(start(), inner, throw("t", "compensate"), end(), flows("start > sp > t > end")), liste=[1, 2])
    fall.complete("hotel").complete("hotel")
    seen = []
    for _ in range(2):
        assert fall.waits_at("ab")
        token = fall.one(bpmn.UserTask, "ab").token
        seen.append(bpmn.variables(fall.spec, fall.outcome.snapshot, token)["n"])
        fall.complete("ab")
    assert (fall.state, seen) == ("completed", [Decimal(2), Decimal(1)])


def test_a_transaction_that_is_cancelled_undoes_what_it_did_and_leaves_by_its_edge() -> None:
    inner = node("transaction", "tx", "", start("s"), par("gg"), *BOOKING, user("offen"), ending("c", "cancel"),
                 flows("s > gg > hotel > flug > c", "gg > offen"))  # fmt: skip
    fall = begin(
        process(
            start(), inner, at("tx", "r", "cancel"), end(), end("abgebrochen"), flows("start > tx > end", "r > abgebrochen")
        ),
        log=[],
    )
    fall.complete("hotel").complete("flug")
    assert (fall.state, fall.ends, fall.variables["log"]) == ("completed", ["abgebrochen"], ["flug", "hotel"])
    told = [line.kind for line in fall.history if line.element == "c"]
    assert told == ["entered", "completed"], "what gave the transaction up was not given up itself"


def test_a_transaction_that_ends_well_goes_on_and_can_be_undone_later() -> None:
    inner = node("transaction", "tx", "", start("s"), *BOOKING, end("e"), flows("s > hotel > flug > e"))
    content = process(
        start(),
        inner,
        at("tx", "r", "cancel"),
        throw("t", "compensate"),
        end(),
        end("x"),
        flows("start > tx > t > end", "r > x"),
    )
    fall = begin(content, log=[])
    assert fall.complete("hotel").complete("flug").variables["log"] == ["flug", "hotel"]


ADHOC = (user("a"), user("b"), user("c"), flows("b > c"))


def adhoc(until: str = "", active: str = "", **attributes: str) -> bytes:
    extension = f"<zeebe:adHoc activeElementsCollection={quoteattr('=' + active)}/>" if active else ""
    condition = f"<bpmn:completionCondition>={until}</bpmn:completionCondition>" if until else ""
    return process(
        start(), node("adHocSubProcess", "ah", extension, *ADHOC, condition, **attributes), end(), flows("start > ah > end")
    )


def test_an_adhoc_sub_process_begins_all_that_nothing_leads_to() -> None:
    fall = begin(adhoc())
    assert fall.waits_at("a", "b")
    fall.complete("b").complete("a")
    assert fall.waits_at("c")
    assert fall.complete("c").state == "completed"


def test_an_adhoc_sub_process_ends_when_it_is_enough() -> None:
    fall = begin(adhoc("genug"))
    assert fall.complete("a", genug=True).state == "completed"
    fall = begin(adhoc("genug", cancelRemainingInstances="false"))
    fall.complete("a", genug=True)
    assert fall.waits_at("b")
    assert fall.complete("b", genug=False).complete("c").state == "completed"


def test_an_adhoc_sub_process_that_cannot_be_enough_is_an_incident() -> None:
    fall = begin(adhoc("genug"))
    fall.complete("a", genug=False).complete("b").complete("c")
    assert fall.incident.element == "ah"
    assert fall.retry("ah", genug=True).state == "completed"


def test_an_adhoc_sub_process_goes_one_by_one_or_takes_what_a_list_names() -> None:
    fall = begin(adhoc(ordering="Sequential"))
    assert fall.waits_at("a")
    fall.complete("a").complete("b")
    assert fall.complete("c").state == "completed"
    assert begin(adhoc(active='["b"]')).waits_at("b")
    assert "keine Aktivität" in begin(adhoc(active='["c"]')).incident.message


def test_a_timer_beside_a_sub_process_repeats_from_its_first_time() -> None:
    inner = sub("sp", start("s"), user("u"), end("e"), flows("s > u > e"))
    repeated = beside_timer("t", "sp", "R2/2026-03-05T09:00:00+01:00/P1D", "timeCycle")
    content = process(start(), inner, repeated, end(), end("e2"), flows("start > sp > end", "t > e2"))  # fmt: skip
    fall = begin(content)
    assert fall.one(bpmn.Timer, "t").due.isoformat() == "2026-03-05T08:00:00+00:00"
    fall.fire("t").fire("t")
    assert fall.waits_at("u")
