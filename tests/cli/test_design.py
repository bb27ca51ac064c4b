"""Bundles on the command line: checked, deployed, played through."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.base import db
from engine.model.bundle import pack, read_folder
from engine.reads import list_leistungen
from tests.bpmn.diagrams import end, flows, node, process, script, service, start


def copied(bundle: Path, to: Path) -> Path:
    """A copy of a bundle, with the shared parts beside it."""
    shutil.copytree(bundle.parents[1] / "gemeinsam", to / "processes" / "gemeinsam")
    return Path(shutil.copytree(bundle, to / "processes" / "kommune" / bundle.name))


@pytest.fixture
def broken(tmp_path: Path, bundle: Path) -> Path:
    """A bundle whose diagram names an operation that no connector has."""
    copy = copied(bundle, tmp_path)
    diagram = copy / "baumfaellung.bpmn"
    diagram.write_text(
        diagram.read_text(encoding="utf-8").replace("baumregister.melden", "baumregister.faxen"), encoding="utf-8"
    )
    return copy


def test_a_sound_bundle_has_no_findings(amtsweg, bundle):
    assert amtsweg("check", bundle, "--json").json == {"ok": True, "findings": []}
    assert amtsweg("check", bundle).code == 0


def test_a_finding_names_file_line_element_and_how_to_mend_it(amtsweg, broken):
    found = amtsweg("check", broken, "--json")
    assert found.code == 1
    assert found.json["ok"] is False
    finding = found.json["findings"][0]
    assert finding.keys() == {"severity", "file", "line", "element", "message", "hint"}
    assert (finding["severity"], finding["file"], finding["element"]) == ("error", "baumfaellung.bpmn", "baumregister_melden")
    assert finding["line"] > 1
    assert "baumregister.melden" in finding["hint"]


def test_for_people_a_finding_is_one_line(amtsweg, broken):
    said = amtsweg("check", broken)
    assert said.code == 1
    line = next(line for line in said.out.splitlines() if "baumregister.faxen" in line)
    assert line.strip().startswith("Fehler baumfaellung.bpmn:")
    assert "baumregister_melden" in line


def test_a_single_diagram_can_be_checked(amtsweg, bundle):
    found = amtsweg("check", bundle / "baumfaellung.bpmn", "--json")
    assert found.code == 0
    assert {finding["severity"] for finding in found.json["findings"]} == {"warning"}


def test_what_a_single_diagram_names_outside_itself_is_a_warning_each(amtsweg, tmp_path):
    diagram = tmp_path / "p.bpmn"
    diagram.write_bytes(
        process(
            start(), service("a", type="fremd"), node("userTask", "b", '<zeebe:formDefinition formId="fehlt"/>'),
            node("businessRuleTask", "c", '<zeebe:calledDecision decisionId="fehlt" resultVariable="r"/>'),
            node("callActivity", "d", '<zeebe:calledElement processId="fehlt"/>'),
            node("callActivity", "f", '<zeebe:calledElement processId="=welcher"/>'), end(),
            flows("start > a > b > c > d > f > end"),
        )
    )  # fmt: skip
    found = amtsweg("check", diagram, "--json")
    assert found.code == 0
    assert [(one["element"], one["severity"]) for one in found.json["findings"]] == [(id, "warning") for id in "abcd"]


def test_all_findings_of_a_bundle_come_in_one_answer_also_those_about_what_is_not_there(amtsweg, tmp_path):
    (tmp_path / "bundle.toml").write_text('leistung = "a"\nname = "A"\nkuerzel = "A"\nprocess = "p"\n')
    (tmp_path / "p.bpmn").write_bytes(
        process(
            start(), node("complexGateway", "x"), script("y", "1 +", "r"), service("a", type="fremd"),
            node("userTask", "b", '<zeebe:formDefinition formId="fehlt"/>'),
            node("businessRuleTask", "c", '<zeebe:calledDecision decisionId="fehlt" resultVariable="r"/>'),
            node("callActivity", "d", '<zeebe:calledElement processId="fehlt"/>'), end(),
            flows("start > y > a > b > c > d > end"),
        )
    )  # fmt: skip
    found = amtsweg("check", tmp_path, "--json").json["findings"]
    assert [one["element"] for one in found if one["severity"] == "error"] == list("xyabcd")


def test_what_is_not_there_is_refused(amtsweg, tmp_path):
    refused = amtsweg("check", tmp_path / "fehlt")
    assert refused.code == 1
    assert "fehlt" in refused.err


def test_deploying_prints_the_version_and_again_the_same(husum, amtsweg, bundle, tmp_path):
    first = amtsweg("deploy", "husum", bundle)
    assert first.code == 0
    packed = tmp_path / "paket.zip"
    packed.write_bytes(pack(read_folder(bundle)))
    again = amtsweg("deploy", "husum", packed, "--json")
    assert again.json["version"] == first.out.strip()
    with db.namespace("husum"):
        assert {leistung.key: leistung.version_id for leistung in list_leistungen()}["baumfaellung"] == first.out.strip()


def test_a_bundle_with_errors_is_not_deployed(husum, amtsweg, broken):
    refused = amtsweg("deploy", "husum", broken)
    assert refused.code == 1
    assert "baumregister_melden" in refused.err
    with db.namespace("husum"):
        assert {leistung.key for leistung in list_leistungen()} == {"posteingang", "allgemein"}


def test_a_bundle_goes_to_a_municipality_that_exists(home, amtsweg, bundle):
    assert amtsweg("deploy", "nirgends", bundle).code == 1


def test_scenarios_of_a_bundle_run_and_reach_its_nodes(amtsweg, bundle):
    ran = amtsweg("scenario", bundle, "--json")
    assert ran.code == 0
    assert ran.json["ok"] is True
    assert all(one["passed"] and one["reasons"] == [] for one in ran.json["scenarios"])
    assert "pruefen" in ran.json["coverage"]["covered"]
    assert ran.json["coverage"]["missed"] == []


def test_a_scenario_that_goes_otherwise_says_how(amtsweg, bundle, tmp_path):
    copy = copied(bundle, tmp_path)
    for file in (copy / "scenarios").glob("*.toml"):
        file.unlink()
    (copy / "scenarios" / "anders.toml").write_text('name = "geht anders"\n[expect]\nstate = "completed"\n', encoding="utf-8")
    ran = amtsweg("scenario", copy)
    assert ran.code == 1
    assert "Fehler geht anders" in ran.out
    assert "nicht completed" in ran.out


def test_one_scenario_can_be_chosen(amtsweg, bundle):
    name = sorted(path.stem for path in (bundle / "scenarios").glob("*.toml"))[0]
    assert len(amtsweg("scenario", bundle, name, "--json").json["scenarios"]) == 1
    assert amtsweg("scenario", bundle, "gibt-es-nicht").code == 1
