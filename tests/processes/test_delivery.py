"""The shared part `zustellung`: the same dates end on other days where the law is another."""

from __future__ import annotations

import datetime as dt

import pytest

from engine import bpmn
from engine.base import clock
from tests.processes.conftest import PROCESSES

NOW = dt.datetime(2026, 5, 1, 8, 30, tzinfo=dt.UTC)
OSI = {"type": "OSI", "postfachAddress": {"identifier": "p-1", "type": "citizen"}}
DRAFT = {"dokument": "d-1", "name": "Bescheid.pdf", "media_type": "application/pdf", "art": "entwurf"}
NOTICE = {"dokument": "d-2", "name": "Bescheid.pdf", "media_type": "application/pdf", "art": "bescheid"}


@pytest.fixture(autouse=True)
def held():
    """Today is the day of NOW."""
    with clock.frozen(NOW):
        yield


def begun(land, consent=None, konto=OSI):
    """The part, with the notice issued: its spec and where it stands."""
    spec = bpmn.parse({"zustellung.bpmn": (PROCESSES / "gemeinsam/zustellung/zustellung.bpmn").read_bytes()})
    known = {
        "antrag": {"einwilligung_bekanntgabe": consent},
        "angaben": {"name": "Muster", "anschrift": []},
        "entwurf": {"bescheid": "b-1", "dokument": DRAFT, "pruefsumme": "0d3c"},
        "servicekonto": konto,
        "parameter": {"land": land, "behoerde": "Amt"},
        "vorgang": {"aktenzeichen": "BF-1", "leistung": "Baumfällung"},
    }
    outcome = bpmn.start(spec, "zustellung", known, NOW)
    [job] = outcome.auftraege.opened
    assert (job.type, job.inputs) == ("bescheid.erlassen", {"bescheid": "b-1"})
    issued = bpmn.JobFinished(job.token, {"dokument": NOTICE, "seiten": 2, "sha256": "0d3c"})
    return spec, bpmn.advance(spec, outcome.snapshot, issued, NOW)


def delivered(land, consent=None, provided="2026-05-01T08:30:00.000Z", notified="2026-05-01T08:30:00.000Z"):
    """What is known after the notice was put into the mailbox on 1 May 2026."""
    spec, outcome = begun(land, consent)
    [job] = outcome.auftraege.opened
    assert job.inputs["dokumente"] == [NOTICE]
    answer = {"messageId": "m-1", "providedAt": provided, "notifiedAt": notified}
    return bpmn.advance(spec, outcome.snapshot, bpmn.JobFinished(job.token, answer), NOW).variables["zustellung"]


@pytest.mark.parametrize(("land", "consent", "last"), [("SH", None, dt.date(2026, 6, 4)), ("BY", True, dt.date(2026, 6, 5))])
def test_the_same_dates_end_on_another_day_in_another_land(land, consent, last):
    found = delivered(land, consent)
    assert found["bekanntgegeben_am"] == dt.date(2026, 5, 4)
    assert found["widerspruch_bis"] == last


def test_the_calculation_is_kept_with_its_source():
    found = delivered("SH")
    assert "§ 9 Abs. 1 OZG" in found["bekanntgabe_nach"]
    assert "§ 70 Abs. 1 VwGO" in found["widerspruch_nach"]
    assert found["bekanntgabe_schritte"]
    assert found["widerspruch_schritte"]


def test_the_evidence_is_kept():
    found = delivered("SH", provided="2026-05-01T22:30:00.000Z", notified="2026-05-01T22:31:00.000Z")
    assert found["bereitgestellt_um"] == "2026-05-01T22:30:00.000Z"
    assert found["benachrichtigt_um"] == "2026-05-01T22:31:00.000Z"
    assert found["abgesandt_am"] == dt.date(2026, 5, 2)  # in Germany it was past midnight


@pytest.mark.parametrize(
    ("land", "consent", "konto"),
    [("SH", False, OSI), ("BY", None, OSI), ("SH", None, None), ("SH", None, {**OSI, "type": "MUK"}), ("XX", None, OSI),
     ("SH", None, {**OSI, "type": "Portal"}), ("NI", True, {**OSI, "type": "Portal"})],
)  # fmt: skip
def test_where_a_mailbox_does_not_count_as_delivery_the_notice_goes_by_post(land, consent, konto):
    _, outcome = begun(land, consent, konto)
    assert [task.element for task in outcome.aufgaben.opened] == ["bescheid_drucken"]
    assert outcome.auftraege.opened == ()


@pytest.mark.parametrize(("land", "then"), [("SH", []), ("BY", ["bekanntgabe_nachweisen"]), ("XX", ["bekanntgabe_nachweisen"])])
def test_without_a_rule_a_person_proves_the_day(land, then):
    spec, outcome = begun(land, konto=None)
    [task] = outcome.aufgaben.opened
    posted = bpmn.TaskCompleted(task.token, {"postaufgabe_am": dt.date(2026, 5, 1)})
    outcome = bpmn.advance(spec, outcome.snapshot, posted, NOW)
    assert [task.element for task in outcome.aufgaben.opened] == then
    if not then:
        assert outcome.variables["zustellung"]["bekanntgegeben_am"] == dt.date(2026, 5, 5)


@pytest.mark.parametrize("day", [dt.date(2026, 4, 30), dt.date(2026, 5, 2)])
def test_a_letter_cannot_be_posted_before_it_was_issued_or_in_days_to_come(day):
    spec, outcome = begun("SH", konto=None)
    [task] = outcome.aufgaben.opened
    outcome = bpmn.advance(spec, outcome.snapshot, bpmn.TaskCompleted(task.token, {"postaufgabe_am": day}), NOW)
    assert [task.element for task in outcome.aufgaben.opened] == ["bescheid_drucken"]
