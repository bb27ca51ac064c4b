"""The place an application is about: read where it is said, never guessed."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from forms.antrag import ags_of, read_push, regional_key


def place(fields: list[dict[str, Any]] | None = None, **control: Any) -> str:
    told = {"transactionId": str(uuid.uuid4()), "zustaendigeStelle": "1", **control}
    return read_push(json.dumps({"control": told, "formData": fields or []}).encode(), (), ()).place


def answer(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "label": name, "stringValue": value}


@pytest.mark.parametrize("key", ["01054056", "010545439022", "01054", "01"])
def test_the_form_system_may_say_it(key: str) -> None:
    assert place(ags=key) == place(ars=key) == key
    assert place(ags=f" {key[:2]} {key[2:]} ") == key


WRONG = ["", "0", "00054056", "17054056", "0105405", "0105405678", "Husum", "٠١٠٥٤٠٥٦", 1054056, None, ["01"]]


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_such_number_names_no_place_and_refuses_nothing(wrong: object) -> None:
    assert place(ags=wrong) == ""
    assert regional_key(wrong, gemeinde=True) == ""


def test_an_answer_of_a_known_name_says_it_wherever_it_stands() -> None:
    group = {"name": "standort", "label": "Standort", "formItems": [answer("AGS", "01 054 056")]}
    assert place([answer("ort", "Husum"), group]) == "01054056"
    assert place([answer("Regionalschluessel", "010540000056"), group]) == "010540000056"  # the same place, told twice


def test_free_text_and_places_that_differ_are_no_place() -> None:
    assert place([answer("ort", "01054056")]) == ""
    assert place([answer("bemerkung", "AGS 01054056")]) == ""
    assert place([answer("ags", "01054")]) == ""  # a Kreis is no answer to where
    assert place([answer("ags", "01054056"), answer("gemeindeschluessel", "01054088")]) == ""
    assert place([answer("ags", "01054056"), answer("gemeindeschluessel", "01054088")], ags="01054") == "01054"


def test_the_ags_of_an_ars_leaves_out_the_amt() -> None:
    assert ags_of("010545439022") == "01054022"
    assert ags_of("01054022") == "01054022"
