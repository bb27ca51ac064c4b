"""Names of 10,000 characters: a designer is told before a diagram runs, and no application fails for one."""

from __future__ import annotations

import pytest

from engine import reads
from engine.base import db
from engine.base.errors import Invalid
from engine.base.rights import SYSTEM
from engine.verbs.design import deploy_bundle
from tests.bpmn.diagrams import catch, end, flows, message, process, service, start, user
from tests.engine.cases import TYPES, bundle
from tests.web.site import SLUG, Site

LONG = "x" * 10_000
ANSWER = process(
    start(), catch("antwort", "m"), end(), flows("start > antwort > end"), head=message("m", "antwort", "antrag.nr")
)


def of_task(assignment: str) -> bytes:
    return process(
        start(),
        user("pruefen", extension=f'<zeebe:assignmentDefinition assignee="{assignment}"/>'),
        end(),
        flows("start > pruefen > end"),
    )


def deployed(diagram: bytes) -> None:
    with db.namespace(SLUG):
        deploy_bundle(bundle(diagram), TYPES, by=SYSTEM)


@pytest.mark.parametrize(
    ("diagram", "says"),
    [
        (process(start(), user(LONG), end(), flows(f"start > {LONG} > end")), "die Kennung ist zu lang"),
        (ANSWER.replace(b'name="antwort"', f'name="{LONG}"'.encode(), 1), "der Name des Ereignisses ist zu lang"),
        (of_task(LONG), "der Anmeldename der zuständigen Person ist zu lang"),
    ],
    ids=["id", "message", "assignee"],
)
def test_what_no_row_has_room_for_is_a_finding(site: Site, diagram: bytes, says: str) -> None:
    with pytest.raises(Invalid) as refusal:
        deployed(diagram)
    assert says in [cause.message for cause in refusal.value.causes]


@pytest.mark.parametrize(
    ("diagram", "says"),
    [
        (ANSWER, "der Korrelationsschlüssel der Nachricht ist zu lang"),
        (of_task("=antrag.nr"), "der zuständigen Person ist zu lang"),
    ],
    ids=["key", "assignee"],
)
def test_an_answer_that_is_too_long_for_the_diagram_is_an_incident_and_the_application_is_kept(
    site: Site, diagram: bytes, says: str
) -> None:
    deployed(diagram)
    case = site.new_case(nr=LONG)
    with db.namespace(SLUG):
        [incident] = reads.list_incidents(case).items
    assert says in incident.message
    assert site.get(f"vorgaenge/{case}").json["antrag"][0]["value"] == LONG  # type: ignore[index]


def test_elements_may_be_called_whatever_their_designer_likes(site: Site) -> None:
    job = service("drucken", name=LONG)
    deployed(process(start(), job, user("pruefen", name=LONG), end(), flows("start > drucken > pruefen > end")))
    [task] = site.get(f"vorgaenge/{site.new_case()}").json["aufgaben"]  # type: ignore[index]
    assert set(task["name"]) == {"x"}
