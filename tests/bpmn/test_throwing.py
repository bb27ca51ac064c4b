"""Events that throw: messages and signals to the namespace, errors and escalations to what encloses them, links, ends."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from engine import bpmn
from tests.bpmn.diagrams import (
    at,
    begin,
    begins,
    call,
    catching,
    end,
    ending,
    error,
    escalation,
    event_sub,
    flow,
    flows,
    message,
    node,
    par,
    process,
    script,
    service,
    signal,
    start,
    sub,
    throw,
    user,
    xor,
)

SIGNAL, ESCALATION, ERROR = signal("sig", "alarm"), escalation("esk", "E"), error("err", "F")


def test_a_thrown_signal_says_what_its_event_gives_along() -> None:
    fall = begin(
        process(start(), throw("t", "signal", "sig", {"was": "=x + 1"}), end(), flows("start > t > end"), head=SIGNAL), x=1
    )
    thrown = fall.thrown[0]
    assert (thrown.element, thrown.name, thrown.signal, dict(thrown.variables)) == ("t", "alarm", True, {"was": Decimal(2)})
    assert fall.variables == {"x": Decimal(1)}


def test_a_signal_reaches_everything_that_waits_for_it_in_an_instance() -> None:
    content = process(
        start(), par("gg"), catching("a", "signal", "sig", {"a": "=wert"}), end(),
        catching("b", "signal", "sig", {"b": "=wert"}),
        flows("start > gg > a > end", "gg > b > end"), head=SIGNAL,
    )  # fmt: skip
    fall = begin(content)
    with pytest.raises(bpmn.Misdirected):
        fall.signal("anderes")
    with pytest.raises(bpmn.Misdirected):
        fall.receive("alarm", "")
    fall.signal("alarm", wert=1)
    assert (fall.state, fall.variables) == ("completed", {"a": Decimal(1), "b": Decimal(1)})


def test_a_signal_beside_a_task_may_come_again() -> None:
    content = process(
        start(), user("u"), at("u", "r", "signal", "sig", beside=True), end(), script("z", "n + 1", "n"), end("e2"),
        flows("start > u > end", "r > z > e2"), head=SIGNAL,
    )  # fmt: skip
    fall = begin(content, n=0)
    fall.signal("alarm").signal("alarm")
    assert fall.variables["n"] == Decimal(2)
    assert fall.waits_at("u", "r")


def test_a_sent_message_names_its_receiver_and_how_long_it_waits() -> None:
    publish = '<zeebe:publishMessage correlationKey="=id" messageId="=&quot;m-&quot; + id" timeToLive="PT1H"/>'
    content = process(
        start(), node("sendTask", "s", publish, messageRef="m"),
        node("intermediateThrowEvent", "t", "", '<bpmn:messageEventDefinition messageRef="m"/>'),
        node("endEvent", "end", "", '<bpmn:messageEventDefinition messageRef="m"/>'),
        flows("start > s > t > end"), head=message("m", "gruss", "id"),
    )  # fmt: skip
    fall = begin(content, id="7")
    assert fall.state == "completed"
    assert [(one.element, one.name, one.key, one.id, one.ttl) for one in fall.thrown] == [
        ("s", "gruss", "7", "m-7", "PT1H"), ("t", "gruss", "7", None, None), ("end", "gruss", "7", None, None),
    ]  # fmt: skip


def test_how_long_a_message_waits_must_be_a_duration() -> None:
    publish = '<zeebe:publishMessage correlationKey="=id" timeToLive="=frist"/>'
    content = process(start(), node("sendTask", "s", publish, messageRef="m"), end(), flows("start > s > end"),
                      head=message("m", "gruss", "id"))  # fmt: skip
    fall = begin(content, id="7", frist="bald")
    assert "keine Dauer" in fall.incident.message
    assert fall.thrown == []
    fall.retry("s", frist=dt.timedelta(hours=1))
    assert [one.ttl for one in fall.thrown] == ["PT1H"]


def test_a_message_that_a_connector_sends_rests_until_it_is_done() -> None:
    job = '<zeebe:taskDefinition type="demo.druckt"/>'
    content = process(
        start(), node("sendTask", "s", job), node("intermediateThrowEvent", "t", job, "<bpmn:messageEventDefinition/>"),
        node("endEvent", "end", job, "<bpmn:messageEventDefinition/>"), flows("start > s > t > end"),
    )  # fmt: skip
    fall = begin(content)
    fall.finish("s").finish("t")
    assert fall.waits_at("end")
    assert fall.finish("end").ends == ["end"]


def test_a_receive_task_waits_for_its_message() -> None:
    content = process(
        start(), node("receiveTask", "r", "", messageRef="m"), end(), at("r", "zeit", "timer", "P1D"), end("spaet"),
        flows("start > r > end", "zeit > spaet"), head=message("m", "antwort", "id"),
    )  # fmt: skip
    fall = begin(content, id="1")
    assert fall.waits_at("r", "zeit")
    assert fall.receive("antwort", "1", ja=True).variables["ja"] is True
    assert fall.ends == ["end"]


def test_a_receive_task_may_follow_an_event_gateway() -> None:
    content = process(
        start(), node("eventBasedGateway", "g"), node("receiveTask", "r", "", messageRef="m"),
        catching("zeit", "timer", "P1D"), end("a"), end("b"),
        flows("start > g > r > a", "g > zeit > b"), head=message("m", "antwort", "id"),
    )  # fmt: skip
    fall = begin(content, id="1")
    assert fall.receive("antwort", "1").ends == ["a"]
    assert begin(content, id="1").fire("zeit").ends == ["b"]


def test_an_error_is_caught_only_by_what_encloses_it() -> None:
    """Trap 6: a sibling with the same code hears nothing of it."""

    def inner(id: str, last: str) -> str:
        return sub(id, start(f"s{id}"), user(f"u{id}"), last, flows(f"s{id} > u{id} > e{id}"))

    content = process(
        start(), par("gg"), inner("A", ending("eA", "error", "err")), inner("B", end("eB")),
        at("A", "fA", "error", "err"), at("B", "fB", "error", "err"), end("eins"), end("zwei"), end("drei"), end("vier"),
        flows("start > gg > A > eins", "gg > B > zwei", "fA > drei", "fB > vier"), head=ERROR,
    )  # fmt: skip
    fall = begin(content)
    fall.complete("uA")
    assert fall.ends == ["drei"]
    assert fall.waits_at("uB", "fB") or fall.waits_at("uB")
    assert fall.complete("uB").ends == ["drei", "zwei"]


def test_an_error_passes_out_of_calls_and_sub_processes_to_an_event_sub_process() -> None:
    files = {
        "a.bpmn": process(
            start(), call("c", "q"), end(), flows("start > c > end"),
            event_sub("es", begins("esb", "error", "err"), script("z", "1", "gefangen"), end("ee"), flows("esb > z > ee")),
            head=ERROR,
        ),
        "b.bpmn": process(
            start(), sub("sp", start("s"), ending("e", "error", "err"), flows("s > e")), end(), flows("start > sp > end"),
            id="q", head=error("err2", "X") + ERROR,
        ),
    }  # fmt: skip
    fall = begin(files)
    assert (fall.state, fall.variables) == ("completed", {"gefangen": Decimal(1)})


def test_an_uncaught_error_is_an_incident() -> None:
    """Trap 7."""
    fall = begin(process(start(), ending("e", "error", "err"), flows("start > e"), head=ERROR))
    assert (fall.state, fall.incident.element) == ("incident", "e")


def test_an_escalation_interrupts_or_goes_on_beside() -> None:
    def content(beside: bool) -> bytes:
        inner = sub("sp", start("s"), throw("t", "escalation", "esk"), user("u"), end("e"), flows("s > t > u > e"))
        edge = at("sp", "r", "escalation", "esk", beside=beside)
        return process(
            start(),
            inner,
            edge,
            end(),
            user("hinweis"),
            end("e2"),
            flows("start > sp > end", "r > hinweis > e2"),
            head=ESCALATION,
        )

    assert begin(content(True)).waits_at("u", "hinweis")
    assert begin(content(False)).waits_at("hinweis")


def test_an_escalation_that_nobody_catches_goes_on() -> None:
    fall = begin(
        process(
            start(), throw("t", "escalation", "esk"), ending("e", "escalation", "esk"), flows("start > t > e"), head=ESCALATION
        )
    )
    assert (fall.state, fall.ends) == ("completed", ["e"])


def test_two_escalations_at_once_are_both_heard() -> None:
    inner = sub(
        "sp",
        start("s"),
        par("gg"),
        ending("a", "escalation", "esk"),
        ending("b", "escalation", "esk"),
        flows("s > gg > a", "gg > b"),
    )
    content = process(
        start(), inner, at("sp", "r", "escalation", "esk", beside=True), script("z", "n + 1", "n"), end(), end("e"),
        flows("start > sp > end", "r > z > e"), head=ESCALATION,
    )  # fmt: skip
    assert begin(content, n=0).variables["n"] == Decimal(2)


def test_a_link_goes_on_where_its_name_is_caught() -> None:
    content = process(
        start(), throw("weg", "link", "L"), catching("da", "link", "L"), user("u"), end(), flows("start > weg", "da > u > end"),
    )  # fmt: skip
    fall = begin(content)
    assert fall.waits_at("u")
    assert fall.passed == ["start", "weg", "da"]


def test_a_terminate_end_ends_all_that_is_going_on_in_its_scope() -> None:
    inner = sub("sp", start("s"), par("gg"), user("u"), ending("t", "terminate"), flows("s > gg > u", "gg > t"))
    fall = begin(process(start(), inner, user("danach"), end(), flows("start > sp > danach > end")))
    assert fall.waits_at("danach")
    assert fall.complete("danach").state == "completed"
    fall = begin(process(start(), par("gg"), user("u"), ending("t", "terminate"), flows("start > gg > u", "gg > t")))
    assert (fall.state, fall.ends, fall.waits) == ("terminated", ["t"], {})


def test_a_message_for_a_connector_can_fail_into_the_diagram() -> None:
    content = process(
        start(), sub("sp", start("s"), service("x"), end("e"), flows("s > x > e")), at("sp", "f", "error", ""), end(), end("g"),
        flows("start > sp > end", "f > g"),
    )  # fmt: skip
    assert begin(content).throw("x", "irgendein").ends == ["g"]


def test_flows_with_conditions_out_of_a_task_are_chosen_like_those_of_an_inclusive_gateway() -> None:
    content = process(
        start(), user("u", default="u_c"), end("a"), end("b"), end("c"), flow("u", "a", "x"), flow("u", "b", "y"),
        flows("start > u > c"),
    )  # fmt: skip
    assert sorted(begin(content).complete("u", x=True, y=True).ends) == ["a", "b"]
    assert begin(content).complete("u", x=False, y=False).ends == ["c"]


def test_a_manual_and_an_undefined_task_are_passed() -> None:
    fall = begin(
        process(start(), node("manualTask", "m"), node("task", "t"), xor("g"), end(), flows("start > m > t > g > end"))
    )
    assert fall.passed == ["start", "m", "t", "g", "end"]


def test_an_error_that_brings_too_much_is_an_incident_where_it_is_caught_and_goes_on_from_there() -> None:
    content = process(
        start(), sub("sp", start("s"), service("x"), end("e"), flows("s > x > e")), at("sp", "f", "error", ""), end(), end("g"),
        flows("start > sp > end", "f > g"),
    )  # fmt: skip
    fall = begin(content)
    fall.throw("x", "E", viel="x" * 9_000_000)
    assert fall.incident.element == "f"
    assert fall.retry("f").ends == ["g"]
