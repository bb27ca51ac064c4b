"""The application as one reads it: groups, what repeats as a table, files that are named."""

from __future__ import annotations

from typing import Any

from engine import reads
from engine.base import clock
from web.desk.application import Answer, Group, Table, readable


def field(name: str, value: Any, label: str = "") -> dict[str, Any]:
    kind, items = ("gruppe", value) if isinstance(value, list) else ("text", [])
    return {"name": name, "label": label or name.title(), "kind": kind, "value": None if items else value, "items": items}


def test_what_was_asked_several_times_is_one_table_with_a_column_for_each_question() -> None:
    trees = [
        field("baum_1", [field("art", "Eiche"), field("mass", [field("umfang", "210"), field("hoehe", "12")])]),
        field("baum_2", [field("art", "Buche"), field("zustand", "hohl")]),
    ]
    [table] = readable([field("baeume", trees, "Bäume")], [])
    assert isinstance(table, Table)
    assert table.columns == ("Art", "Mass: Umfang", "Mass: Hoehe", "Zustand")
    shown = [[cell and cell.value for cell in row] for row in table.rows]
    assert shown == [["Eiche", "210", "12", None], ["Buche", None, None, "hohl"]]


def test_siblings_of_one_name_are_a_table_and_other_groups_stay_groups() -> None:
    parts = readable(
        [
            field("kind", [field("name", "A")]),
            field("ort", [field("plz", "1")]),
            field("kind", [field("name", "B")]),
            field("zwei", [field("baum_1", [field("art", "x")]), field("baum_3", [field("art", "y")])]),
        ],
        [],
    )
    assert [type(part) for part in parts] == [Table, Group, Group]
    assert len(parts[0].rows) == 2  # type: ignore[union-attr]


def test_files_that_an_answer_names_are_linked_and_only_then() -> None:
    one = reads.Dokument("1", "plan.pdf", "application/pdf", "anlage", 1, "", clock.now())
    two = reads.Dokument("2", "foto, gross.png", "image/png", "anlage", 1, "", clock.now())
    answers = ["plan.pdf", "foto, gross.png", "plan.pdf; plan.pdf", "siehe plan.pdf", "plan.pdf, fehlt.pdf", ""]
    parts = readable([field(f"f{number}x", value) for number, value in enumerate(answers)], [one, two])
    found = [[file.id for file in part.files] for part in parts if isinstance(part, Answer)]
    assert found == [["1"], ["2"], ["1"], [], [], []]
