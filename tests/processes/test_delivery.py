"""The shared part `zustellung`: the same dates end on other days where the law is another."""

from __future__ import annotations

import datetime as dt

import pytest

from engine import bpmn
from tests.processes.conftest import PROCESSES

NOW = dt.datetime(2026, 5, 1, 8, 30, tzinfo=dt.UTC)
OSI = {"type": "OSI", "postfachAddress": {"identifier": "p-1", "type": "citizen"}}
DOCUMENT = {"dokument": "d-1", "name": "Bescheid.pdf", "media_type": "application/pdf", "art": "bescheid"}


def begun(land, consent=None, konto=OSI):
    """The part, just begun: its spec and where it stands."""
    spec = bpmn.parse({"zustellung.bpmn": (PROCESSES / "gemeinsam/zustellung/zustellung.bpmn").read_bytes()})
    known = {
        "antrag": {"einwilligung_bekanntgabe": consent},
        "angaben": {"name": "Muster", "anschrift": []},
        "bescheid": DOCUMENT,
        "servicekonto": konto,
        "parameter": {"land": land, "behoerde": "Amt"},
        "vorgang": {"aktenzeichen": "BF-1", "leistung": "Baumfällung"},
    }
    return spec, bpmn.start(spec, "zustellung", known, NOW)


def delivered(land, consent=None):
    """What is known after the notice was put into the mailbox on 1 May 2026."""
    spec, outcome = begun(land, consent)
    [job] = outcome.auftraege.opened
    answer = {"messageId": "m-1", "providedAt": "2026-05-01T08:30:00.000Z"}
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


@pytest.mark.parametrize(
    ("land", "consent", "konto"),
    [("SH", False, OSI), ("BY", None, OSI), ("SH", None, None), ("SH", None, {**OSI, "type": "MUK"}), ("XX", None, OSI)],
)
def test_where_a_mailbox_does_not_count_as_delivery_the_notice_goes_by_post(land, consent, konto):
    _, outcome = begun(land, consent, konto)
    assert [task.element for task in outcome.aufgaben.opened] == ["bescheid_drucken"]
    assert outcome.auftraege.opened == ()


@pytest.mark.parametrize(("land", "then"), [("SH", []), ("BY", ["bekanntgabe_nachweisen"]), ("XX", ["bekanntgabe_nachweisen"])])
def test_without_a_rule_a_person_proves_the_day(land, then):
    spec, outcome = begun(land, konto=None)
    [task] = outcome.aufgaben.opened
    posted = bpmn.TaskCompleted(task.token, {"postaufgabe_am": dt.date(2026, 3, 10)})
    outcome = bpmn.advance(spec, outcome.snapshot, posted, NOW)
    assert [task.element for task in outcome.aufgaben.opened] == then
    if not then:
        assert outcome.variables["zustellung"]["bekanntgegeben_am"] == dt.date(2026, 3, 14)
