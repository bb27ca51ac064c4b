"""The bundles themselves: free of findings, complete, every path walked by a scenario."""

from __future__ import annotations

import datetime as dt
import json
import re
import tomllib
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from connectors import CONNECTORS, Switchboard
from engine import feel
from engine.model.bundle import inspect, read_folder
from engine.verbs.design import check_bundle
from engine.verbs.letters import DRAFT, LETTER
from engine.verbs.scenario import Subject, run, run_path
from tests.processes.conftest import PARTS, parts_of

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = ROOT / "processes"
KREIS, STADT, BAYERN = "nordfriesland/baumfaellung", "husum/baumfaellung", "augsburg/baumfaellung"
LEIKA = "99093003001000"
SCENARIOS = sorted(path.relative_to(PROCESSES).as_posix() for path in PROCESSES.rglob("scenarios/*.toml"))


@pytest.fixture(scope="session")
def published() -> jsonschema.Draft7Validator:
    """The published schema of form-js 1.18; it lies beside the repository and is never copied into it."""
    path = ROOT.parent / "shared/schemas/form-js/form-json-schema-1.18.0.bundled.json"
    return jsonschema.Draft7Validator(json.loads(path.read_text(encoding="utf-8")))


def test_the_shipped_bundles_are_these():
    found = {path.parent.relative_to(PROCESSES).as_posix() for path in PROCESSES.rglob("bundle.toml")}
    assert found == {"gemeinsam/posteingang", "gemeinsam/vorgang", KREIS, STADT, BAYERN}


def test_a_bundle_has_no_findings(name):
    bundle, findings = check_bundle(read_folder(PROCESSES / name), Switchboard(CONNECTORS).types())
    assert findings == []
    assert bundle is not None


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_passes(scenario):
    path = PROCESSES / scenario
    folder = path.parents[1]
    whole = folder if (folder / "bundle.toml").is_file() else folder / f"{folder.name}.bpmn"
    [result] = run_path(whole, [path.stem]).scenarios
    assert result.passed, result.reasons


def test_scenarios_reach_every_element(name):
    report = run_path(PROCESSES / name)
    assert report.missed == ()
    bundle = inspect(read_folder(PROCESSES / name))[0]
    assert set(report.covered) == set(bundle.spec.compiled[bundle.process].process.elements)


@pytest.mark.parametrize("part", PARTS)
def test_scenarios_of_a_shared_part_reach_every_element_of_it(part):
    report = run_path(PROCESSES / part)
    assert report.ok
    assert report.scenarios
    assert report.missed == ()
    assert report.covered


def test_every_end_is_the_end_of_a_scenario(bundle, name):
    ends = {id for id, one in bundle.spec.compiled[bundle.process].process.elements.items() if one.kind == "endEvent"}
    files = sorted((PROCESSES / name / "scenarios").glob("*.toml"))
    expected = [tomllib.loads(path.read_text(encoding="utf-8"))["expect"].get("ends", []) for path in files]
    assert {end for one in expected for end in one} == ends


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
        mapping.source
        for one in elements
        if one.job_type in (LETTER, DRAFT)
        for mapping in one.inputs
        if mapping.target == "vorlage"
    }
    assert {one.form for one in elements if one.kind == "userTask"} == set(bundle.forms)
    decisions = {one.decision for one in elements if one.kind == "businessRuleTask"}
    assert {Path(file).stem for file in bundle.files if file.endswith(".dmn")} == decisions - {None}
    assert {one.called for one in elements if one.kind == "callActivity"} == set(bundle.spec.compiled) - {bundle.process}
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
    assert "stellungnahme_abgeben" in ids[0] - ids[1]
    assert parts_of(kreis) == parts_of(stadt) == ["anhoerung", "rechtsbehelfsfrist", "rueckfrage", "zustellung"]
    own = [{form for form, schema in bundle.forms.items() if schema in of_folder(bundle)} for bundle in (kreis, stadt)]
    assert own[0] & own[1] == set()


def test_augsburg_runs_the_same_leistung_in_another_land_with_a_leaner_diagram():
    stadt, bayern = (inspect(read_folder(PROCESSES / name))[0] for name in (STADT, BAYERN))
    assert (bayern.leistung, bayern.leika_ids, parts_of(bayern)) == (stadt.leistung, stadt.leika_ids, parts_of(stadt))
    assert (bayern.parameters["land"], bayern.parameters["rechtsbehelf"]) == ("BY", "klage")
    many, few = (len(bundle.spec.compiled[bundle.process].process.elements) for bundle in (stadt, bayern))
    assert few < many
    own = [{form for form, schema in bundle.forms.items() if schema in of_folder(bundle)} for bundle in (stadt, bayern)]
    assert own[0] & own[1] == set()


def of_folder(bundle):
    """The contents of the files that are the bundle's own."""
    return {content for file, content in bundle.files.items() if not file.startswith("gemeinsam/")}


def test_whoever_worked_on_a_notice_may_not_release_it():
    for name in (KREIS, STADT):
        elements = {element.id: element for element in inspect(read_folder(PROCESSES / name))[0].spec.elements()}
        assert {"pruefen", "schutz_verneinen", "aktenlage_bewerten"} <= set(elements["freigeben"].four_eyes)
    elements = {element.id: element for element in inspect(read_folder(PROCESSES / BAYERN))[0].spec.elements()}
    assert set(elements["freigeben"].four_eyes) == {"pruefen", "vollstaendigkeit_pruefen"}


# --- the forms of the decision ---------------------------------------------------------------------------------------


def decided(**changes: str) -> tuple[str, ...]:
    """Why the scenario of a grant fails when some answers of the decision are others; an empty text leaves one out."""
    path = PROCESSES / KREIS / "scenarios/genehmigt.toml"
    before, task, answers = path.read_text(encoding="utf-8").partition('complete = "pruefen"')
    for field, value in changes.items():
        answers, count = re.subn(rf"(?m)^{field} = .*$", f"{field} = {value}" if value else "", answers, count=1)
        assert count == 1
    bundle = inspect(read_folder(PROCESSES / KREIS))[0]
    subject = Subject(bundle.spec, bundle.process, bundle.forms, bundle.parameters)
    [result] = run(subject, [(path.stem, f"{before}{task}{answers}".encode())]).scenarios
    return result.reasons


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("begruendung", ""),
        ("begruendung", '"zu kurz"'),
        ("entscheidung", '"vertagen"'),
        ("ersatzpflanzung", "-1"),
        ("ersatzpflanzung", "1.5"),
    ],
)
def test_a_decision_that_would_not_stand_is_refused_at_its_field(field, value):
    [reason] = decided(**{field: value})
    assert reason.startswith("Schritt 3: das Formular lehnt ab:")
    assert re.findall(r"/(\w+):", reason) == [field]


def test_a_refusal_is_heard_first_and_drops_what_it_does_not_ask_for():
    [reason] = decided(entscheidung='"ablehnen"', ersatzpflanzung="9")
    assert reason == "Schritt 4: wartet an [], nicht an ['freigeben']"


def test_what_a_grant_asks_for_is_taken():
    assert decided(ersatzpflanzung="9") == ("ersatzpflanzung ist 9, nicht 6",)


# --- the tables, at their edges --------------------------------------------------------------------------------------


def table(name, decision, **given):
    content = (PROCESSES / name / f"{decision}.dmn").read_bytes()
    return feel.decide(
        content, decision, {key: Decimal(value) if type(value) is int else value for key, value in given.items()}
    )


@pytest.mark.parametrize(
    ("name", "limit", "girth", "protected"),
    [
        (STADT, 80, "79", False), (STADT, 80, "80", False), (STADT, 80, "80.1", True), (STADT, 80, "81", True),
        (BAYERN, 90, "89.9", False), (BAYERN, 90, "90", True), (BAYERN, 90, "90.1", True),
        (KREIS, 200, "199", False), (KREIS, 200, "199.9", False), (KREIS, 200, "200", True), (KREIS, 200, "201", True),
    ],
)  # fmt: skip
def test_protection_begins_at_the_limit(name, limit, girth, protected):
    assert table(name, "baumschutz", umfang_cm=Decimal(girth), schutzmass_cm=limit)["geschuetzt"] is protected


@pytest.mark.parametrize(
    ("girth", "trees"), [("1", 1), ("250", 1), ("250.1", 2), ("251", 2), ("300", 2), ("301", 3), ("2000", 36)]
)
def test_replacement_of_the_kreis_steps_up_every_50_cm(girth, trees):
    assert table(KREIS, "ersatzpflanzung", umfang_cm=Decimal(girth)) == trees


@pytest.mark.parametrize(("girth", "trees"), [("80", 0), ("81", 1), ("150", 1), ("150.1", 2)])
def test_replacement_of_the_stadt_has_two_steps(girth, trees):
    assert table(STADT, "ersatzpflanzung", umfang_cm=Decimal(girth), schutzmass_cm=80) == trees


@pytest.mark.parametrize(
    ("decision", "trees", "cents"),
    [
        ("genehmigen", 1, 5000),
        ("genehmigen", 3, 5000),
        ("genehmigen", 4, 6000),
        ("ablehnen", 9, 4000),
        ("nicht_geschuetzt", 1, 0),
    ],
)
def test_grant_and_refusal_have_their_fee(decision, trees, cents):
    known = {"genehmigung_cent": 5000, "je_weiterer_baum_cent": 1000, "ablehnung_cent": 4000}
    assert table(KREIS, "gebuehr", entscheidung=decision, anzahl=trees, **known) == cents


@pytest.mark.parametrize(
    ("decision", "trees", "cents"),
    [
        ("genehmigen", 1, 2500),
        ("genehmigen", 4, 10000),
        ("genehmigen", 5, 10000),
        ("ablehnen", 0, 3000),
        ("ablehnen", 9, 3000),
        ("nicht_geschuetzt", 0, 0),
    ],
)
def test_the_fee_in_augsburg_grows_with_the_protected_trees_up_to_its_maximum(decision, trees, cents):
    known = {"je_baum_cent": 2500, "hoechstens_cent": 10000, "ablehnung_cent": 3000}
    assert table(BAYERN, "gebuehr", entscheidung=decision, anzahl=trees, **known) == cents


@pytest.mark.parametrize("name", [KREIS, STADT])
@pytest.mark.parametrize(
    ("day", "forbidden"),
    [
        ("2026-02-28", False),
        ("2028-02-29", False),
        ("2026-03-01", True),
        ("2026-09-30", True),
        ("2026-10-01", False),
        (None, False),
    ],
)
def test_the_hint_on_felling_knows_first_of_march_and_last_of_september(name, day, forbidden):
    found = table(name, "faellverbot", faellung_am=day and dt.date.fromisoformat(day))
    assert found["im_verbot"] is forbidden
    assert found["hinweis"]


@pytest.mark.parametrize(("danger", "nature", "statute", "kreis", "stadt"), [
    (True, True, True, "ordnungsamt", "ordnungsamt"), (False, True, True, "naturschutzbehoerde", "naturschutzbehoerde"),
    (False, False, True, "gemeinde", "gemeinde"), (False, False, False, "naturschutzbehoerde", "gemeinde"),
])  # fmt: skip
def test_one_authority_is_competent(danger, nature, statute, kreis, stadt):
    known = {"gefahr": danger, "naturschutz": nature, "satzung": statute}
    assert (table(KREIS, "zustaendigkeit", **known), table(STADT, "zustaendigkeit", **known)) == (kreis, stadt)


def days_asked_for(parts):
    """The names of a form's fields, each with whether it takes only days until today."""
    for part in parts:
        yield part.get("key"), part.get("properties", {}).get("spaetestens") == "heute"
        yield from days_asked_for(part.get("components", ()))


@pytest.mark.parametrize("file", sorted(path.relative_to(PROCESSES).as_posix() for path in PROCESSES.rglob("*.form")))
def test_a_day_of_posting_or_of_evidence_is_never_one_to_come(file):
    form = json.loads((PROCESSES / file).read_text(encoding="utf-8"))
    for key, until_today in days_asked_for(form["components"]):
        assert until_today == (key in ("postaufgabe_am", "bekanntgegeben_am")), key
