"""Form systems send what people type: no application, however odd, leads to an incident before a person has seen it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from engine import bpmn
from engine.model.bundle import inspect, read_folder

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
LONG = "x" * 100_000

ODD = {
    "nothing": {},
    "nulls": {"baeume": None, "standort": None, "antragsteller": None, "grund": None},
    "texts for groups": {"baeume": "zwei Eichen", "standort": "hinter dem Haus", "antragsteller": "Muster", "grund": ""},
    "numbers for groups": {"baeume": Decimal(2), "standort": Decimal(7), "antragsteller": Decimal(1), "grund": Decimal(0)},
    "yes and no": {"baeume": True, "standort": False, "antragsteller": True, "grund": True},
    "days": {"baeume": dt.date(2026, 3, 2), "standort": dt.date(2026, 3, 2), "grund": dt.date(2026, 3, 2)},
    "empty lists": {"baeume": [], "standort": [], "antragsteller": [], "grund": []},
    "lists for texts": {"standort": ["a", "b"], "grund": ["a", None], "antragsteller": [{"ort": "A"}, {"ort": "B"}]},
    "one tree that is no list": {"baeume": {"art": "Esche", "umfang": Decimal(200)}},
    "trees that are texts": {"baeume": ["Esche", None, "Linde"]},
    "trees in trees": {"baeume": [[{"art": "Esche"}], {"art": ["Linde"], "umfang": [Decimal(1)]}]},
    "values of other kinds": {
        "baeume": [{"art": Decimal(5), "umfang": "210 cm"}, {"art": None, "umfang": dt.date(2026, 3, 2)}]
    },
    "numbers beyond a tree": {"baeume": [{"art": "A", "umfang": Decimal(-5)}, {"art": "B", "umfang": Decimal("1e40")}]},
    "a name as of a variable": {
        "baeume": [{"art": "A", "umfang": Decimal(90), "item": "x", "b": 1}],
        "standort": {"item": None},
    },
    "long texts": {"baeume": [{"art": LONG, "umfang": Decimal(90)}], "standort": LONG, "grund": LONG},
    "a place in parts": {"standort": {"strasse": None, "plz": Decimal(25813), "ort": "Husum", "flur": Decimal("4.0")}},
}


@pytest.mark.parametrize("account", [None, {"type": "OSI", "postfachAddress": {"identifier": "p-1", "type": None}}])
@pytest.mark.parametrize("antrag", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("name", ["nordfriesland/baumfaellung", "husum/baumfaellung", "augsburg/baumfaellung"])
def test_an_odd_application_reaches_a_person(name, antrag, account):
    bundle = inspect(read_folder(PROCESSES / name))[0]
    known = {
        "antrag": antrag,
        "antragsteller": "",
        "servicekonto": account,
        "dokumente": [],
        "parameter": bundle.parameters,
        "vorgang": {"aktenzeichen": "BF-1", "eingang": dt.date(2026, 3, 2), "leistung": bundle.name, "kommune": "husum"},
    }
    outcome = bpmn.start(bundle.spec, bundle.process, known, NOW)
    answers = {
        "messageId": "m-1",
        "providedAt": "2026-03-02T08:00:00.000Z",
        "dokument": {"dokument": "d-1", "name": "Brief.pdf"},
    }
    while outcome.auftraege.opened:
        [job] = outcome.auftraege.opened
        assert all(value is not None for value in job.inputs.values()), job.inputs
        outcome = bpmn.advance(bundle.spec, outcome.snapshot, bpmn.JobFinished(job.token, answers), NOW)
    assert [incident.message for incident in outcome.incidents.opened] == []
    assert len(outcome.aufgaben.opened) == 1
