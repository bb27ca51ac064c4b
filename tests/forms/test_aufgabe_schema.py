"""form-js schemas: which are taken, and what a designer reads about the others."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from engine.base.errors import Cause, Invalid
from forms.aufgabe import check_form, parse_form, validate

MakeSchema = Callable[..., dict[str, Any]]


def schema_of(*components: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "default", "components": list(components), **properties}


def told(schema: Any) -> list[tuple[str | None, str, str | None]]:
    return [(cause.pointer, cause.severity, cause.element) for cause in check_form(schema)]


def only(schema: Any) -> Cause:
    (cause,) = check_form(schema)
    return cause


def text(**properties: Any) -> dict[str, Any]:
    return {"type": "textfield", "id": "feld", "key": "wert", **properties}


@pytest.mark.shared
def test_every_component_of_the_published_schema_is_known(published: jsonschema.Draft7Validator) -> None:
    needed: dict[str, Any] = {"key": "a", "path": "b", "values": [{"label": "A", "value": "a"}], "expression": "=1"}
    kinds = published.schema["definitions"]["type"]["enum"]
    assert len(kinds) == 22
    for kind in kinds:
        assert check_form(schema_of({"type": kind, **needed})) == [], kind


def test_a_schema_as_the_editor_writes_it_has_no_findings(schema: MakeSchema) -> None:
    made = schema(
        {"type": "text", "id": "t", "text": "# Prüfung", "layout": {"row": "Row_1", "columns": None}},
        text(label="Name", description="Wie im Ausweis", appearance={"prefixAdorner": "§"}, properties={"a": "b"}),
        {"type": "number", "id": "n", "key": "umfang", "decimalDigits": 0, "increment": "1", "serializeToString": False},
        {"type": "datetime", "id": "d", "key": "am", "subtype": "datetime", "dateLabel": "Am", "timeLabel": "Um",
         "timeSerializingFormat": "utc_offset", "timeInterval": 15, "use24h": True, "disallowPassedDates": True},
        {"type": "dynamiclist", "id": "l", "path": "baeume", "components": [], "showOutline": True,
         "isRepeating": True, "allowAddRemove": True, "defaultRepetitions": 1, "nonCollapsedItems": 5},
        {"type": "group", "id": "g", "path": "", "components": [text(id="feld2", key="innen")]},
    )  # fmt: skip
    assert check_form(made) == []
    assert check_form(json.dumps(made).encode()) == []
    assert parse_form(made).id == "pruefen"


def test_two_schemas_of_one_text_are_equal_forms() -> None:
    raw = json.dumps(schema_of(text())).encode()
    assert parse_form(raw) == parse_form(raw)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "kein gültiges JSON"),
        (b"\xff", "nicht in UTF-8"),
        (b"[]", "kein JSON-Objekt"),
        (b'{"type": "default", "type": "x"}', "steht doppelt"),
        (b"[" * 100_000, "tiefer als"),
        (b'{"a": NaN}', "NaN"),
        (b" " * (2 * 1024 * 1024 + 1), "größer als 2 MB"),
    ],
)
def test_bytes_that_are_no_schema_are_refused_with_a_sentence(raw: bytes, words: str) -> None:
    assert words in only(raw).message
    with pytest.raises(Invalid):
        parse_form(raw)


def test_a_schema_that_is_no_form_is_refused() -> None:
    assert told({}) == [("/type", "error", None), ("/components", "error", None)]
    assert told({"type": "default", "components": {}}) == [("/components", "error", None)]


def test_a_newer_version_is_read_with_a_warning() -> None:
    newer = schema_of(text(), schemaVersion=20)
    assert told(newer) == [("/schemaVersion", "warning", None)]
    assert parse_form(newer).fields


@pytest.mark.parametrize(
    ("component", "place"),
    [
        ("x", ""),
        ({"type": "zauberei"}, "/type"),
        ({"type": ["textfield"]}, "/type"),
        ({"type": "textfield", "key": 7}, "/key"),
        ({"type": "textfield"}, "/key"),
        (text(key="größe"), "/key"),
        (text(key="a..b"), "/key"),
        (text(key="a b"), "/key"),
        (text(validate="streng"), "/validate"),
        (text(validate={"required": "ja"}), "/validate/required"),
        (text(validate={"minLength": "viel"}), "/validate/minLength"),
        (text(validate={"minLength": 5, "maxLength": 2}), "/validate/minLength"),
        (text(validate={"pattern": "(?=a)"}), "/validate/pattern"),
        (text(validate={"pattern": "(a"}), "/validate/pattern"),
        (text(validate={"pattern": r"(a)\1"}), "/validate/pattern"),
        (text(validate={"pattern": "a" * 1001}), "/validate/pattern"),
        (text(validate={"pattern": "\ud800"}), "/validate/pattern"),
        (text(validate={"pattern": "(a{1000}){1000}"}), "/validate/pattern"),
        (text(validate={"validationType": "iban"}), "/validate/validationType"),
        (text(conditional="nie"), "/conditional"),
        (text(conditional={"hide": "=a +"}), "/conditional/hide"),
        (text(disabled="=)"), "/disabled"),
        (text(readonly=3), "/readonly"),
        (text(defaultValue=3), "/defaultValue"),
        (text(defaultValue="x", validate={"minLength": 3}), "/defaultValue"),
        ({"type": "number", "key": "a", "increment": 0}, "/increment"),
        ({"type": "number", "key": "a", "increment": "x"}, "/increment"),
        ({"type": "number", "key": "a", "decimalDigits": 1.5}, "/decimalDigits"),
        ({"type": "number", "key": "a", "decimalDigits": -1}, "/decimalDigits"),
        ({"type": "number", "key": "a", "validate": {"min": 3, "max": 2}}, "/validate/min"),
        ({"type": "number", "key": "a", "defaultValue": "viel"}, "/defaultValue"),
        ({"type": "checkbox", "key": "a", "defaultValue": "ja"}, "/defaultValue"),
        ({"type": "radio", "key": "a"}, "/values"),
        ({"type": "radio", "key": "a", "values": "abc"}, "/values"),
        ({"type": "radio", "key": "a", "values": [{"label": "A"}]}, "/values/0"),
        ({"type": "radio", "key": "a", "valuesKey": "a b"}, "/valuesKey"),
        ({"type": "radio", "key": "a", "valuesExpression": "arten"}, "/valuesExpression"),
        ({"type": "radio", "key": "a", "valuesExpression": "=("}, "/valuesExpression"),
        ({"type": "radio", "key": "a", "values": [{"value": "a"}], "defaultValue": "b"}, "/defaultValue"),
        ({"type": "datetime", "key": "a", "subtype": "jahr"}, "/subtype"),
        ({"type": "datetime", "key": "a", "timeSerializingFormat": "egal"}, "/timeSerializingFormat"),
        ({"type": "datetime", "key": "a", "defaultValue": "morgen"}, "/defaultValue"),
        ({"type": "expression", "key": "a"}, "/expression"),
        ({"type": "expression", "key": "a", "expression": "=1", "computeOn": "nie"}, "/computeOn"),
        ({"type": "dynamiclist", "components": []}, "/path"),
        ({"type": "dynamiclist", "path": "a", "defaultRepetitions": 10**9}, "/defaultRepetitions"),
        ({"type": "group", "path": "a-b"}, "/path"),
    ],
)  # fmt: skip
def test_a_wrong_component_is_found_and_pointed_at(component: Any, place: str) -> None:
    cause = only(schema_of(component))
    assert cause.pointer == "/components/0" + place
    assert cause.severity == "error"
    assert cause.message
    with pytest.raises(Invalid) as caught:
        parse_form(schema_of(component))
    assert caught.value.causes == (cause,)


def test_a_finding_names_the_component() -> None:
    assert told(schema_of(text(validate={"pattern": "("})))[0][2] == "feld"
    assert told(schema_of({"type": "number", "key": "umfang", "increment": -1}))[0][2] == "umfang"


def test_a_pattern_that_only_backtracking_knows_is_explained() -> None:
    assert "Vorausschau" in only(schema_of(text(validate={"pattern": "(?<!a)b"}))).hint


@pytest.mark.parametrize(("one", "other"), [("a", "a"), ("a", "a.b"), ("a.b", "a"), ("a.b", "a.b")])
def test_two_fields_cannot_have_one_place(one: str, other: str) -> None:
    found = only(schema_of(text(id="x", key=one), text(id="y", key=other)))
    assert (found.pointer, found.element) == ("/components/1/key", "y")


def test_fields_of_a_group_and_of_a_list_are_at_their_paths() -> None:
    inner = {"type": "group", "path": "p", "components": [text(id="x", key="a")]}
    assert only(schema_of(inner, text(id="y", key="p.a"))).pointer == "/components/1/key"
    entries = {"type": "dynamiclist", "path": "l", "components": [text(id="x", key="a")]}
    assert check_form(schema_of(entries, text(id="y", key="a"))) == []
    assert only(schema_of(entries, text(id="y", key="l"))).pointer == "/components/1/key"


def test_an_id_is_given_once() -> None:
    assert only(schema_of(text(key="a"), text(key="b"))).pointer == "/components/1/id"


@pytest.mark.parametrize(
    ("component", "place"),
    [
        (text(conditional={"hide": "art"}), "/conditional/hide"),
        ({"type": "radio", "key": "a", "values": [{"value": "a"}, {"value": "a"}]}, "/values/1"),
        ({"type": "radio", "key": "a", "values": [{"value": "a"}], "valuesKey": "b"}, "/values"),
        ({"type": "table", "dataSource": "=("}, "/dataSource"),
        ({"type": "text", "text": "=("}, "/text"),
    ],
)
def test_what_has_no_effect_is_a_warning_and_the_form_is_taken(component: dict[str, Any], place: str) -> None:
    assert [(cause.pointer, cause.severity) for cause in check_form(schema_of(component))] == [
        ("/components/0" + place, "warning")
    ]
    parse_form(schema_of(component))


def test_groups_nested_too_deep_and_too_many_components_are_refused() -> None:
    nested: dict[str, Any] = text()
    for _ in range(30):
        nested = {"type": "group", "components": [nested]}
    assert "tiefer als 24" in only(schema_of(nested)).message
    crowd = schema_of(*({"type": "separator"} for _ in range(2001)))
    assert "mehr als 2000" in only(crowd).message


def test_not_more_than_a_hundred_findings_are_told() -> None:
    assert len(check_form(schema_of(*({"type": "?"} for _ in range(500))))) == 100


def test_the_label_of_a_field_is_used_unless_it_is_computed() -> None:
    for label, shown in (("Baumart", "Baumart"), ("=art", "wert"), ("{{art}}", "wert"), ("", "wert")):
        made = parse_form(schema_of(text(label=label, validate={"required": True})))
        assert made.fields[0].label == shown


@pytest.mark.shared
def test_the_published_schema_lies_beside_the_repository_and_not_in_it(published: jsonschema.Draft7Validator) -> None:
    root = Path(__file__).resolve().parents[2]
    assert published.schema["title"]
    assert not list((root / "forms").rglob("*.json"))


def test_a_form_cannot_be_changed_by_using_it(schema: MakeSchema) -> None:
    import datetime as dt

    made = schema({"type": "dynamiclist", "path": "l", "components": [text(defaultValue="x")]})
    form, again = parse_form(made), parse_form(made)
    validate(form, {"l": [{"wert": "y"}]}, {}, today=dt.date(2026, 3, 2))
    assert form == again
