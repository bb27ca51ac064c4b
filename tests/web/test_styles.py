"""Our style sheets are whole: a brace that is missing would silently take all rules after it away."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import web

SHEETS = sorted((Path(web.__file__).parent / "static").glob("[ps]*/*.css"))


def unclosed(text: str) -> list[int]:
    """Lines at which a rule begins inside another, and the last line if one is left open."""
    depth, found = 0, []
    bare = re.sub(r"/\*.*?\*/", lambda match: re.sub(r"[^\n]", " ", match[0]), text, flags=re.DOTALL)
    for number, line in enumerate(bare.split("\n"), 1):
        if depth and re.match(r"\S", line) and line.strip() != "}":
            found.append(number)
        depth += line.count("{") - line.count("}")
    return [*found, number] if depth else found


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_every_brace_of_a_style_sheet_is_closed(sheet: Path) -> None:
    assert unclosed(sheet.read_text(encoding="utf-8")) == []


def test_a_missing_brace_would_be_found() -> None:
    assert unclosed(".a {\n  color: red;\n.b {\n  color: blue;\n}\n") == [3, 6]
    assert unclosed("@media print {\n  .a {\n    color: red;\n  }\n}\n") == []
