"""The shared part `zustellung`: the same dates end on other days where the law is another."""

from __future__ import annotations

import datetime as dt
import tomllib

import pytest

from engine import bpmn
from engine.base import clock
from tests.processes.conftest import PROCESSES, bundle_of

NOW = dt.datetime(2026, 5, 1, 8, 30, tzinfo=dt.UTC)
OSI = {"type": "OSI", "postfachAddress": {"identifier": "p-1", "type": "citizen"}}
DRAFT = {"dokument": "d-1", "name": "Bescheid.pdf", "media_type": "application/pdf", "art": "entwurf"}
HUSUM, AUGSBURG = "husum/baumfaellung", "augsburg/baumfaellung"
NOTICE = {"dokument": "d-2", "name": "Bescheid.pdf", "media_type": "application/pdf", "art": "bescheid"}


@pytest.fixture(autouse=True)
def held():
    """Today is the day of NOW."""
    with clock.frozen(NOW):
        yield


def begun(land, consent=None, konto=OSI, parameter=None):
    """The part, with the notice issued: its spec and where it stands."""
    spec = bpmn.parse({"zustellung.bpmn": (PROCESSES / "gemeinsam/zustellung/zustellung.bpmn").read_bytes()})
    known = {
        "antrag": {"einwilligung_bekanntgabe": consent},
        "angaben": {"name": "Muster", "anschrift": []},
        "entwurf": {"bescheid": "b-1", "dokument": DRAFT, "pruefsumme": "0d3c"},
        "servicekonto": konto,
        "parameter": parameter or {"land": land, "behoerde": "Amt"},
        "vorgang": {"aktenzeichen": "BF-1", "leistung": "Baumfällung"},
    }
    outcome = bpmn.start(spec, "zustellung", known, clock.now())
    [job] = outcome.auftraege.opened
    assert (job.type, job.inputs) == ("bescheid.erlassen", {"bescheid": "b-1"})
    issued = bpmn.JobFinished(job.token, {"dokument": NOTICE, "seiten": 2, "sha256": "0d3c"})
    return spec, bpmn.advance(spec, outcome.snapshot, issued, clock.now())


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


def scenario_of_augsburg(name):
    return tomllib.loads((PROCESSES / AUGSBURG / f"scenarios/{name}.toml").read_text(encoding="utf-8"))


def posted_in(scenario):
    """The day on which the notice of a scenario went to the post."""
    [day] = [step["variables"]["postaufgabe_am"] for step in scenario["step"] if step.get("complete") == "bescheid_drucken"]
    return day


def delivered_in(town, scenario):
    """What is known, or who must act, when the notice of a scenario leaves with its dates in a town."""
    parameter, variables = bundle_of(town).parameters, scenario["variables"]
    with clock.frozen(scenario["at"].astimezone(dt.UTC)):
        consent, konto = variables["antrag"].get("einwilligung_bekanntgabe"), variables.get("servicekonto")
        spec, outcome = begun(None, consent, konto, parameter)
        if outcome.auftraege.opened:
            event = bpmn.JobFinished(outcome.auftraege.opened[0].token, scenario["jobs"]["servicekonto.nachricht"])
        else:
            event = bpmn.TaskCompleted(outcome.aufgaben.opened[0].token, {"postaufgabe_am": posted_in(scenario)})
        outcome = bpmn.advance(spec, outcome.snapshot, event, clock.now())
        return outcome.variables["zustellung"], [task.element for task in outcome.aufgaben.opened]


@pytest.mark.parametrize(
    ("name", "ways", "husum", "augsburg"),
    [
        pytest.param("ohne_einwilligung", ["Servicekonto", "Post"], dt.date(2026, 4, 8), dt.date(2026, 4, 9), id="consent"),
        pytest.param("klage_nach_fronleichnam", ["Post", "Post"], dt.date(2026, 6, 4), dt.date(2026, 6, 5), id="holiday"),
        pytest.param("friedensfest", ["Post", "Post"], dt.date(2025, 8, 8), dt.date(2025, 8, 11), id="own holiday"),
    ],
)
def test_the_same_dates_end_on_another_day_in_husum_and_in_augsburg(name, ways, husum, augsburg):
    scenario = scenario_of_augsburg(name)
    found = [delivered_in(town, scenario)[0] for town in (HUSUM, AUGSBURG)]
    assert [one["weg"] for one in found] == ways
    assert [one["widerspruch_bis"] for one in found] == [husum, augsburg]
    assert scenario["expect"]["variables"]["zustellung.widerspruch_bis"] == augsburg
    assert [one["widerspruch_nach"].partition(";")[0] for one in found] == ["§ 70 Abs. 1 VwGO", "§ 74 Abs. 1 VwGO"]


def test_a_notification_after_the_day_of_provision_counts_in_augsburg_and_leads_to_the_post_in_husum():
    scenario = scenario_of_augsburg("genehmigt")
    found, waits = delivered_in(AUGSBURG, scenario)
    assert (found["abgesandt_am"], found["bekanntgegeben_am"]) == (dt.date(2026, 3, 5), dt.date(2026, 3, 9))
    assert (found["widerspruch_bis"], waits) == (dt.date(2026, 4, 9), [])
    found, waits = delivered_in(HUSUM, scenario)
    assert (found["bekanntgegeben_am"], waits) == (None, ["bescheid_drucken"])


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


@pytest.mark.parametrize(("land", "proven"), [("SH", False), ("BY", False), ("NI", True), ("XX", True)])
def test_without_a_rule_a_person_proves_the_day(land, proven):
    spec, outcome = begun(land, konto=None)
    [task] = outcome.aufgaben.opened
    posted = bpmn.TaskCompleted(task.token, {"postaufgabe_am": dt.date(2026, 5, 1)})
    outcome = bpmn.advance(spec, outcome.snapshot, posted, NOW)
    assert [task.element for task in outcome.aufgaben.opened] == ["bekanntgabe_nachweisen"] * proven
    if not proven:
        assert outcome.variables["zustellung"]["bekanntgegeben_am"] == dt.date(2026, 5, 5)


@pytest.mark.parametrize("day", [dt.date(2026, 4, 30), dt.date(2026, 5, 2)])
def test_a_letter_cannot_be_posted_before_it_was_issued_or_in_days_to_come(day):
    spec, outcome = begun("SH", konto=None)
    [task] = outcome.aufgaben.opened
    outcome = bpmn.advance(spec, outcome.snapshot, bpmn.TaskCompleted(task.token, {"postaufgabe_am": day}), NOW)
    assert [task.element for task in outcome.aufgaben.opened] == ["bescheid_drucken"]
