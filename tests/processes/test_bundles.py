"""The bundles themselves: free of findings, complete, every path walked by a scenario."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

from connectors import CONNECTORS, Switchboard
from engine.model.bundle import inspect, read_folder
from engine.verbs.design import check_bundle
from engine.verbs.scenario import Subject, run, run_path
from engine.verbs.work import LETTER

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = ROOT / "processes"
KREIS, STADT = "nordfriesland/baumfaellung", "husum/baumfaellung"
LEIKA = "99093003001000"
SCENARIOS = sorted(path.relative_to(PROCESSES).as_posix() for path in PROCESSES.rglob("scenarios/*.toml"))


@pytest.fixture(scope="session")
def published() -> jsonschema.Draft7Validator:
    """The published schema of form-js 1.18; it lies beside the repository and is never copied into it."""
    path = ROOT.parent / "shared/schemas/form-js/form-json-schema-1.18.0.bundled.json"
    return jsonschema.Draft7Validator(json.loads(path.read_text(encoding="utf-8")))


def test_the_shipped_bundles_are_these():
    found = {path.parent.relative_to(PROCESSES).as_posix() for path in PROCESSES.rglob("bundle.toml")}
    assert found == {"gemeinsam/posteingang", KREIS, STADT}


def test_a_bundle_has_no_findings(name):
    bundle, findings = check_bundle(read_folder(PROCESSES / name), Switchboard(CONNECTORS).types())
    assert findings == []
    assert bundle is not None


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_passes(scenario):
    path = PROCESSES / scenario
    [result] = run_path(path.parents[1], [path.stem]).scenarios
    assert result.passed, result.reasons


def test_scenarios_reach_every_element(name):
    report = run_path(PROCESSES / name)
    assert report.missed == ()
    assert set(report.covered) == {element.id for element in inspect(read_folder(PROCESSES / name))[0].spec.elements()}


def test_scenarios_walk_every_flow(bundle, played):
    drawn = {flow for compiled in bundle.spec.compiled.values() for flow in compiled.process.flows}
    walked = set().union(*(one.flows for one in played.values()))
    assert walked == drawn


@pytest.mark.shared
def test_form_js_accepts_every_form(bundle, published):
    assert bundle.forms
    for id, schema in bundle.forms.items():
        assert [f"{id}: {error.message}" for error in published.iter_errors(json.loads(schema))] == []


def test_every_form_and_letter_of_a_bundle_is_used(bundle):
    elements = list(bundle.spec.elements())
    letters = {
        mapping.source for one in elements if one.job_type == LETTER for mapping in one.inputs if mapping.target == "vorlage"
    }
    assert {one.form for one in elements if one.kind == "userTask"} == set(bundle.forms)
    assert letters == set(bundle.notices)


def test_every_element_but_a_merge_has_a_name_and_ids_are_plain(bundle):
    for element in bundle.spec.elements():
        assert element.id.islower()
        assert element.id.isascii()
        assert element.name or element.kind in {"exclusiveGateway", "parallelGateway"}


def test_kreis_and_stadt_run_the_same_leistung_with_different_diagrams():
    kreis, stadt = (inspect(read_folder(PROCESSES / name))[0] for name in (KREIS, STADT))
    assert kreis.leika_ids == stadt.leika_ids == (LEIKA,)
    assert kreis.leistung == stadt.leistung
    assert kreis.id != stadt.id
    ids = [{element.id for element in bundle.spec.elements()} for bundle in (kreis, stadt)]
    kinds = [{element.kind for element in bundle.spec.elements()} for bundle in (kreis, stadt)]
    assert ids[0] - ids[1]
    assert ids[1] - ids[0]
    assert kinds[0] - kinds[1] == {"subProcess", "parallelGateway", "boundaryEvent"}
    assert set(kreis.forms) & set(stadt.forms) == set()


# --- the forms of the decision ---------------------------------------------------------------------------------------


def decided(**changes: str) -> tuple[str, ...]:
    """Why the scenario of a grant fails when some answers of the decision are others; an empty text leaves one out."""
    path = PROCESSES / KREIS / "scenarios/genehmigt.toml"
    before, _, answers = path.read_text(encoding="utf-8").partition("[step.variables]")
    for field, value in changes.items():
        answers, count = re.subn(rf"(?m)^{field} = .*$", f"{field} = {value}" if value else "", answers, count=1)
        assert count == 1
    bundle = inspect(read_folder(PROCESSES / KREIS))[0]
    subject = Subject(bundle.spec, bundle.process, bundle.forms, bundle.parameters)
    [result] = run(subject, [(path.stem, f"{before}[step.variables]{answers}".encode())]).scenarios
    return result.reasons


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("begruendung", ""),
        ("begruendung", '"zu kurz"'),
        ("entscheidung", '"vertagen"'),
        ("gebuehr_cent", "12.5"),
        ("gebuehr_cent", "-1"),
        ("ersatzpflanzung", "-1"),
    ],
)
def test_a_decision_that_would_not_stand_is_refused_at_its_field(field, value):
    [reason] = decided(**{field: value})
    assert reason.startswith("Schritt 1: das Formular lehnt ab:")
    assert re.findall(r"/(\w+):", reason) == [field]


def test_what_a_refusal_does_not_ask_for_is_dropped():
    reasons = decided(entscheidung='"ablehnen"', ersatzpflanzung="9")
    assert "erreichte Enden: ['ablehnung_zugestellt'], nicht ['bescheid_zugestellt']" in reasons
    assert not [reason for reason in reasons if reason.startswith("ersatzpflanzung ist")]


def test_what_a_grant_asks_for_is_taken():
    assert decided(ersatzpflanzung="9") == ("ersatzpflanzung ist 9, nicht 6",)
