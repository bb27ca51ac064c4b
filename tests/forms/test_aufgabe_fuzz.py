"""Whatever comes in: a form or a list of findings, values or a list of causes, never anything else."""

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.base.errors import Invalid, Problem
from forms import strict_json
from forms.aufgabe import check_form, parse_form, validate

TODAY = dt.date(2026, 3, 2)
KINDS = [
    "textfield", "textarea", "number", "checkbox", "radio", "select", "checklist", "taglist", "datetime", "filepicker",
    "expression", "group", "dynamiclist", "text", "table", "zauberei",
]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(["=a", "=(", "a.b", "="]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
PROPERTIES = [
    "id", "key", "path", "label", "validate", "conditional", "values", "valuesKey", "valuesExpression", "defaultValue",
    "disabled", "readonly", "subtype", "increment", "decimalDigits", "expression", "computeOn", "multiple", "isRepeating",
    "allowAddRemove", "defaultRepetitions", "components", "serializeToString", "disallowPassedDates", "timeSerializingFormat",
]  # fmt: skip
VALIDATE = st.dictionaries(
    st.sampled_from(["required", "min", "max", "minLength", "maxLength", "pattern", "validationType", "patternErrorMessage"]),
    JSON,
    max_size=4,
)
COMPONENT = st.recursive(
    st.fixed_dictionaries(
        {"type": st.sampled_from(KINDS) | JSON},
        optional={name: VALIDATE if name == "validate" else JSON for name in PROPERTIES},
    ),
    lambda inner: st.fixed_dictionaries(
        {"type": st.sampled_from(["group", "dynamiclist"]), "path": JSON, "components": st.lists(inner, max_size=3)}
    ),
    max_leaves=6,
)
SCHEMAS = st.fixed_dictionaries({"type": st.just("default"), "components": st.lists(COMPONENT, max_size=5)}) | JSON
FORM: dict[str, Any] = {
    "type": "default",
    "components": [
        {"type": "number", "key": "a", "increment": "0.5", "decimalDigits": 1, "validate": {"max": "=b"}},
        {"type": "textfield", "key": "b", "validate": {"pattern": "x", "minLength": "=a"}, "readonly": "=a = 1"},
        {"type": "datetime", "key": "c.d", "subtype": "datetime", "disallowPassedDates": True},
        {"type": "taglist", "key": "c.e", "valuesKey": "l"},
        {"type": "expression", "key": "c.f", "expression": "=a", "computeOn": "change"},
        {"type": "dynamiclist", "path": "l", "conditional": {"hide": "=c.f = 7"}, "components": [
            {"type": "checkbox", "key": "a", "conditional": {"hide": "=this.b = null"}},
            {"type": "radio", "key": "b", "valuesExpression": "=b"},
            {"type": "number", "key": "c", "disabled": True, "serializeToString": True},
            {"type": "dynamiclist", "path": "l", "allowAddRemove": False, "components": [
                {"type": "filepicker", "key": "a", "multiple": "=i[1] = 1"}]}]},
        {"type": "group", "path": "g", "conditional": {"hide": "=a = null"}, "components": [
            {"type": "datetime", "key": "a", "subtype": "time"},
            {"type": "checklist", "key": "b", "values": [{"label": "B", "value": "b"}], "validate": {"required": True}}]},
    ],
}  # fmt: skip
VALUE = JSON | st.dates() | st.decimals() | st.sampled_from(["x", "b", "2026-07-02T10:00", "10:00", 7, ["b"]])
DATA = st.recursive(
    st.dictionaries(st.sampled_from("abcdefgl"), VALUE, max_size=5) | VALUE,
    lambda inner: st.dictionaries(st.sampled_from("abcdefgl"), inner, max_size=5) | st.lists(inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=100) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_one_json_value_or_a_problem(raw: bytes) -> None:
    try:
        told = repr(strict_json.loads(raw, subject="Der Text", depth=20))
    except Problem as problem:
        told = problem.sentence
    assert told


@settings(max_examples=60, deadline=None)
@given(SCHEMAS)
def test_any_schema_is_a_form_or_a_list_of_findings(schema: Any) -> None:
    findings = check_form(schema)
    assert all(cause.message and cause.pointer is not None for cause in findings)
    if any(cause.severity == "error" for cause in findings):
        with pytest.raises(Invalid):
            parse_form(schema)
    else:
        assert parse_form(schema) == parse_form(schema)


@settings(max_examples=150, deadline=None)
@given(data=DATA, context=st.dictionaries(st.sampled_from(["a", "b", "c", "l", "g"]), DATA, max_size=4))
def test_any_answers_give_values_of_the_form_or_causes(data: Any, context: dict[str, Any]) -> None:
    form = parse_form(FORM)
    try:
        values = validate(form, data, context, today=TODAY)
    except Invalid as problem:
        seen = {cause.pointer for cause in problem.causes} - {None}
    else:
        seen = set(values)
        assert seen <= set(form.names)
    assert seen
