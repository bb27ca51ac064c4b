"""Amtshilfe that a process does not wait for any more: whatever drops the wait ends the request, and nothing else does."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from engine.base import clock, db
from engine.base.rights import SYSTEM
from engine.bpmn.codec import decode
from engine.model import aufgabe, erwartung, grant, grant_held, reminder
from engine.verbs.design import deploy_bundle
from engine.verbs.desk import complete_aufgabe
from engine.verbs.due import tick
from tests.bpmn.diagrams import (
    begins,
    boundary_timer,
    call,
    catch,
    end,
    ending,
    event_sub,
    flows,
    message,
    par,
    process,
    service,
    start,
    sub,
    timer,
    user,
)
from tests.engine.cases import Bell, bundle, rows, work_all
from tests.engine.neighbours import ThroughJson, asks, help_asked, lines, new_case, refused, request, who
from tests.engine.test_amtshilfe import DOORS, PART, WANTED, waits_at

ASKS = call("hilfe", "amtshilfe", inputs=WANTED)
LATER = user("danach")
EDGE = process(
    start(), ASKS, boundary_timer("zu_lang", "hilfe", "PT5M"), user("auswerten"), end("e1"), LATER, end("e2"),
    flows("start > hilfe > auswerten > e1", "zu_lang > danach > e2"),
)  # fmt: skip
INSIDE = process(
    start(),
    sub(
        "teil", start("s"), ASKS, end("e"),
        event_sub("abbruch", begins("zu_lang", "timer", "PT5M"), end("e3"), flows("zu_lang > e3")), flows("s > hilfe > e"),
    ),
    LATER, end(), flows("start > teil > danach > end"),
)  # fmt: skip
TERMINATED = process(
    start(),
    sub(
        "teil", start("s"), par("beide"), ASKS, end("e"), timer("warten", "PT5M"), ending("schluss", "terminate"),
        flows("s > beide > hilfe > e", "beide > warten > schluss"),
    ),
    LATER, end(), flows("start > teil > danach > end"),
)  # fmt: skip
BIS = {"kommune": '="kreis"', "frage": '="Eiche?"', "bis": '=today() + duration("P14D")'}
AGAIN = process(
    start(), service("bitten", type="amtshilfe.anfragen", inputs=BIS, outputs={"ersuchen": "=ersuchen"}), user("erst"),
    sub("teil", start("s"), catch("antwort", "m"), end("e"), flows("s > antwort > e")),
    boundary_timer("zu_lang", "teil", "PT5M"), end("e1"), catch("ende", "n"), LATER, end("e2"),
    flows("start > bitten > erst > teil > e1", "zu_lang > ende > danach > e2"),
    head=message("m", "amtshilfe.antwort", "ersuchen") + message("n", "amtshilfe.ende", "ersuchen"),
)  # fmt: skip


def asked(diagram: bytes, bell: Bell) -> tuple[str, str]:
    """A case whose process has asked the Kreis, and the request."""
    with db.namespace("husum"):
        files = {**bundle(diagram, "hilfe", "HI"), "gemeinsam/amtshilfe/amtshilfe.bpmn": PART.read_bytes()}
        deploy_bundle(files, DOORS.types(), by=SYSTEM)
    case = new_case("husum", "hilfe")
    with db.namespace("husum"):
        work_all(bell, DOORS)
        [row] = rows(grant.T, vorgang_id=case)
    return case, row.id


def time_passes() -> None:
    with clock.frozen(clock.now() + dt.timedelta(minutes=6)):
        tick()


@pytest.mark.parametrize("diagram", [EDGE, INSIDE, TERMINATED], ids=["boundary event", "event sub-process", "terminate"])
def test_with_its_wait_a_request_ends_and_what_a_clerk_has_asked_stays(
    way: ThroughJson, bell: Bell, courier: None, diagram: bytes
) -> None:
    case, id = asked(diagram, bell)
    kept = help_asked(case)
    asks("kreis", "kim", "husum", id, "ersuchen")
    with db.namespace("husum"):
        time_passes()
        assert {row.id: row.ended_because for row in rows(grant.T)} == {id: grant.UNAWAITED, kept: None}
    assert waits_at(case) == ["danach"]
    assert refused(request("kreis", "kim", "husum", id, "ersuchen")) == "beendet"
    ended = [(one["befugnis"], one["grund"], one["wer"]) for one in lines("husum", "befugnis:beendet")]
    assert ended == [(id, grant.UNAWAITED, "system")]
    with db.namespace("kreis"):
        assert {row.grant_id: bool(row.ended_at) for row in rows(grant_held.T)} == {id: True, kept: False}
    with db.namespace("husum"):
        assert rows(reminder.T) == []
    asks("kreis", "kim", "husum", kept, "ersuchen.beantworten", text="Ja.")


def test_what_is_not_waited_for_yet_stays_and_who_waits_again_hears_what_became_of_it(
    way: ThroughJson, bell: Bell, courier: None
) -> None:
    case, id = asked(AGAIN, bell)
    with db.namespace("husum"):
        assert rows(erwartung.T) == []
        [task] = rows(aufgabe.T, vorgang_id=case, state="offen")
        complete_aufgabe(task.id, {}, by=who("husum", "ute"))
        assert [row.key for row in rows(erwartung.T)] == [id]
        assert rows(grant.T)[0].ended_at is None
    asks("kreis", "kim", "husum", id, "ersuchen")
    with db.namespace("husum"):
        time_passes()
        assert rows(grant.T)[0].ended_because == grant.UNAWAITED
        [said] = rows(erwartung.MESSAGES)
        told: Any = decode(said.variables)["amtshilfe"]
        assert (said.key, told["grund"], said.vorgang_id) == (id, grant.UNAWAITED, case)
    assert waits_at(case) == ["danach"]


def test_an_answer_ends_a_request_once(way: ThroughJson, bell: Bell, courier: None) -> None:
    case, id = asked(EDGE, bell)
    asks("kreis", "kim", "husum", id, "ersuchen.beantworten", text="Ja.")
    assert waits_at(case) == ["auswerten"]
    with db.namespace("husum"):
        time_passes()
        assert rows(grant.T)[0].ended_because == grant.ANSWERED
    assert lines("husum", "befugnis:beendet") == []
