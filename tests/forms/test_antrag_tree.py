"""What the process and the pages make of an application: variables, lines to read, the applicant's name."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from forms.antrag import Antrag, applicant, labels, read_push, variables


def antrag(*nodes: dict[str, Any]) -> Antrag:
    control = {"transactionId": "7c1b0c1e-0000-4000-8000-000000000001", "zustaendigeStelle": "1"}
    return read_push(json.dumps({"control": control, "formData": nodes}).encode(), (), ())


def text(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "label": name.title(), "stringValue": value}


def group(name: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "label": name.title(), "formItems": list(items)}


def test_groups_are_contexts_and_values_keep_their_types() -> None:
    found = variables(
        antrag(
            group("ort", text("strasse", "Markt 1"), {"name": "hoehe", "numberValue": 12.5}),
            {"name": "am", "dateValue": "2026-03-02"},
            {"name": "dringend", "booleanValue": True},
        )
    )
    assert found == {"ort": {"strasse": "Markt 1", "hoehe": Decimal("12.5")}, "am": dt.date(2026, 3, 2), "dringend": True}
    assert isinstance(found["ort"]["hoehe"], Decimal)


def test_a_repeat_group_is_a_list_in_the_order_of_its_numbers() -> None:
    trees = [group(f"baum_{number}", text("art", f"Art {number}")) for number in (2, 1, 3)]
    assert variables(antrag(group("baeume", *trees))) == {"baeume": [{"art": "Art 1"}, {"art": "Art 2"}, {"art": "Art 3"}]}


def test_one_entry_is_a_list_too() -> None:
    assert variables(antrag(group("baeume", group("baum_1", text("art", "Eiche"))))) == {"baeume": [{"art": "Eiche"}]}


@pytest.mark.parametrize(
    "items",
    [
        (group("baum_1"), group("baum_3")),
        (group("baum_1"), group("busch_2")),
        (group("baum_1"), text("hinweis", "x")),
        (group("baum_1"), text("baum_2", "x")),
        (group("baum_01"),),
        (group("baum_0"), group("baum_1")),
        (group("vorn_1"), group("vorn_1")),
    ],
)
def test_a_group_that_is_not_numbered_without_a_gap_stays_a_context(items: tuple[dict[str, Any], ...]) -> None:
    assert isinstance(variables(antrag(group("baeume", *items)))["baeume"], dict)


def test_siblings_of_one_name_are_a_list() -> None:
    found = variables(antrag(text("zeuge", "A"), text("ort", "B"), text("zeuge", "C"), group("zeuge")))
    assert found == {"zeuge": ["A", "C", {}], "ort": "B"}


def test_keine_angabe_is_null_and_only_exactly_that() -> None:
    found = variables(antrag(text("umfang", "Keine Angabe"), text("grund", "Keine Angabe möglich")))
    assert found == {"umfang": None, "grund": "Keine Angabe möglich"}


def test_the_readable_form_shows_labels_levels_and_german_writing() -> None:
    lines = labels(
        antrag(
            group("ort", {"name": "flaeche", "label": "Fläche (m²)", "numberValue": 1234567.5}),
            {"name": "am", "label": "Am", "dateValue": "0976-03-02"},
            {"name": "ja", "label": "Ja?", "booleanValue": False},
            text("grund", "Keine Angabe"),
        )
    )
    assert [(line.level, line.label, line.text) for line in lines] == [
        (0, "Ort", ""),
        (1, "Fläche (m²)", "1.234.567,5"),
        (0, "Am", "02.03.0976"),
        (0, "Ja?", "Nein"),
        (0, "Grund", "Keine Angabe"),
    ]


@pytest.mark.parametrize(
    ("nodes", "name"),
    [
        ([group("antragsteller", text("nachname", "Muster"))], "Muster"),
        ([group("Antragstellerin", text("nachname", "Muster"), text("Vorname", " Erika\n "))], "Erika Muster"),
        ([group("antragsteller", group("person", text("vorname", "Erika"), text("name", "Muster")))], "Erika Muster"),
        ([group("antragstellende_person", text("firma", "Gehölz GmbH"))], "Gehölz GmbH"),
        ([group("antragsteller", text("firma", "Gehölz GmbH"), text("nachname", "Keine Angabe"))], "Gehölz GmbH"),
        ([group("angaben", group("antragsteller", text("nachname", "Muster")))], "Muster"),
        ([group("antragsteller", text("nachname", ""))], ""),
        ([group("nachbar", text("nachname", "Muster"))], ""),
        ([text("antragsteller", "Muster")], ""),
        ([], ""),
    ],
)
def test_the_applicant_is_found_by_the_names_of_the_fields(nodes: list[dict[str, Any]], name: str) -> None:
    assert applicant(antrag(*nodes)) == name
