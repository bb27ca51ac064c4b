"""From a Letter to what the template reads."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.letter.layout import job, plain_json, printable
from engine.base.ports import Block, Letter, Refused, Section


def sections_of(letter: Letter) -> Any:
    return json.loads(job(letter)[0])["sections"]


def test_items_in_a_row_are_one_list_and_numbers_run_on(letter: Letter) -> None:
    blocks = (Block("item", "a"), Block("item", "b"), Block("bullet", "x"), Block("item", "c"))
    (section,) = sections_of(replace(letter, sections=(Section("text", blocks=blocks),)))
    assert section["groups"] == [
        {"kind": "item", "texts": ["a", "b"], "start": 1},
        {"kind": "bullet", "texts": ["x"]},
        {"kind": "item", "texts": ["c"], "start": 3},
    ]


def test_rows_in_a_row_are_one_table_whose_first_row_holds_the_headings(letter: Letter) -> None:
    blocks = (Block("row", cells=("Posten", "Betrag")), Block("row", cells=("Fällung",)))
    (section,) = sections_of(replace(letter, sections=(Section("text", blocks=blocks),)))
    assert section["groups"] == [{"kind": "table", "columns": 2, "header": ["Posten", "Betrag"], "cells": ["Fällung", ""]}]


def test_a_single_row_is_a_table_without_headings(letter: Letter) -> None:
    (section,) = sections_of(replace(letter, sections=(Section("text", blocks=(Block("row", cells=("a", "b")),)),)))
    assert section["groups"] == [{"kind": "table", "columns": 2, "header": [], "cells": ["a", "b"]}]


def test_an_empty_line_begins_a_new_paragraph_and_a_single_one_a_new_line(letter: Letter) -> None:
    (section,) = sections_of(replace(letter, sections=(Section("text", blocks=(Block("paragraph", "a\r\nb\n\n\nc\n"),)),)))
    assert [group["text"] for group in section["groups"]] == ["a\nb", "c"]


def test_sections_of_a_group_share_a_heading_and_numbers_run_on(letter: Letter) -> None:
    item = (Block("item", "a"),)
    sections = (
        Section("tenor", "Entscheidung", item),
        Section("befristung", "Befristung", item, "Nebenbestimmungen"),
        Section("auflage", "Auflagen", item * 2, "Nebenbestimmungen"),
        Section("auflage", "", item, "Nebenbestimmungen"),
        Section("kosten", "Kosten", item),
    )
    found = sections_of(replace(letter, sections=sections))
    assert [(one["group"], one["heading"], one["level"], one["groups"][0]["start"]) for one in found] == [
        ("", "Entscheidung", 2, 1),
        ("Nebenbestimmungen", "Befristung", 3, 1),
        ("", "Auflagen", 3, 2),
        ("", "", 3, 4),
        ("", "Kosten", 2, 1),
    ]


@given(st.text())
def test_what_is_printable_once_is_printable_unchanged_again(text: str) -> None:
    once = shown(text)
    assert once is None or shown(once) == once


def shown(text: str) -> str | None:
    """The text as printed, without the places to break; None when it is refused."""
    try:
        return printable(text, "Text").replace("\u200b", "")
    except Refused:
        return None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("0.10"), "0.10"),
        (Decimal("1E+3"), "1000"),
        (Decimal("NaN"), "null"),
        (Decimal("12345678901234567890.1234567890123456"), "12345678901234567890.1234567890123456"),
        (0.1, "0.1"),
        (True, "true"),
        (None, "null"),
        (dt.date(2026, 3, 2), '"2026-03-02"'),
        (dt.time(9, 30), '"09:30:00"'),
        (dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC), '"2026-03-02T09:00:00+00:00"'),
        (dt.timedelta(days=2, hours=3, seconds=4.5), '"P2DT3H4.5S"'),
        (dt.timedelta(days=-1), '"-P1D"'),
        (dt.timedelta(0), '"PT0S"'),
        ({"b": 1, "a": ["ß", ()]}, '{"a":["ß",[]],"b":1}'),
        ({"x": {1, 2} - {1}}, '{"x":"{2}"}'),
    ],
)
def test_data_is_written_with_all_its_digits_and_in_order(value: Any, text: str) -> None:
    assert plain_json(value) == text
    json.loads(text)
