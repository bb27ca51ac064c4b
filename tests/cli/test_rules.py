"""FEEL and DMN on the command line."""

from __future__ import annotations

import json

import pytest

DMN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:test">
  <inputData id="umfang" name="umfang"><variable name="umfang" typeRef="number"/></inputData>
  <decision id="schutz" name="schutz">
    <variable name="schutz" typeRef="string"/>
    <informationRequirement><requiredInput href="#umfang"/></informationRequirement>
    <decisionTable hitPolicy="UNIQUE">
      <input><inputExpression typeRef="number"><text>umfang</text></inputExpression></input>
      <output/>
      <rule><inputEntry><text>&gt; 80</text></inputEntry><outputEntry><text>"geschützt"</text></outputEntry></rule>
      <rule><inputEntry><text>&lt;= 80</text></inputEntry><outputEntry><text>"frei"</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>
"""


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "schutz.dmn"
    path.write_text(DMN, encoding="utf-8")
    return path


def test_an_expression_is_evaluated_with_all_digits(amtsweg):
    done = amtsweg("feel", "1 / 3", "--json")
    assert done.code == 0
    assert done.out.startswith('{"value": 0.3333333333333333333333333333333333, ')
    assert done.json.keys() == {"value", "warnings", "rules"}


def test_the_context_gives_the_values(amtsweg):
    assert amtsweg("feel", "umfang > 80", "--context", '{"umfang": 210}').out == "true\n"


def test_dates_and_durations_come_out_as_text(amtsweg):
    assert amtsweg("feel", 'date("2026-01-31") + duration("P1M")', "--json").json["value"] == "2026-02-28"


def test_what_has_no_value_is_null_with_a_warning_and_no_failure(amtsweg):
    done = amtsweg("feel", '1 + "a"', "--json")
    assert done.code == 0
    assert done.json["value"] is None
    assert done.json["warnings"]


def test_a_text_that_is_no_feel_is_refused_with_its_place(amtsweg):
    refused = amtsweg("feel", "1 +")
    assert refused.code == 1
    assert "Zeile 1, Spalte" in refused.err


@pytest.mark.parametrize(
    ("tests", "value", "passes"),
    [
        ("> 80", "210", True),
        ("> 80", "80", False),
        ('"Eiche","Buche"', '"Buche"', True),
        ('< date("2026-03-01")', 'date("2026-02-28")', True),
    ],
)
def test_a_cell_is_tested_with_a_value(amtsweg, tests, value, passes):
    assert amtsweg("feel", tests, "--unary", value, "--json").json["value"] is passes


@pytest.mark.parametrize("context", ["[1]", "{", "1"])
def test_a_context_that_is_no_object_is_wrong_usage(amtsweg, context):
    refused = amtsweg("feel", "a", "--context", context)
    assert refused.code == 2
    assert "--context" in refused.err


def test_a_decision_names_its_value_and_the_rule_that_fired(amtsweg, table):
    done = amtsweg("decide", table, "schutz", "--context", json.dumps({"umfang": 210}), "--json")
    assert done.code == 0
    assert done.json["value"] == "geschützt"
    assert len(done.json["rules"]) == 1


def test_a_decision_that_is_not_there_is_refused(amtsweg, table):
    assert "umfang = 210 →" in amtsweg("decide", table, "schutz", "--context", '{"umfang": 210}').err
    assert amtsweg("decide", table, "gebuehr").code == 1
    assert amtsweg("decide", table.with_name("fehlt.dmn"), "schutz").code == 1
