"""Applications of a given size, as form systems send them, and the same values for raw SpiffWorkflow.

`text`: a few long texts, which cost raw SpiffWorkflow nothing (it copies references). `liste`: trees with species, numbers,
days and a note, as applications have them, which it copies deeply at every step.
"""

from __future__ import annotations

from typing import Any

KINDS = ("text", "liste")
SIZES = {"1 KB": 1_000, "100 KB": 100_000, "1 MB": 1_000_000}
LONGEST_TEXT = 50_000
DAY = "2026-03-02"


def _texts(size: int) -> list[str]:
    return ["x" * min(LONGEST_TEXT, size - at) for at in range(0, size, LONGEST_TEXT)]


def _trees(size: int) -> list[dict[str, Any]]:
    note = "x" * (60 if size <= 100_000 else 560)
    count = max(1, size // (len(note) + 65))
    return [{"art": f"Stieleiche {n}", "umfang": 210.5, "am": DAY, "krank": True, "notiz": note} for n in range(count)]


def form_data(kind: str, size: int) -> list[dict[str, Any]]:
    """The fields of an application with so many bytes of answers."""
    if kind == "text":
        return [{"name": "text", "label": "Text", "stringValue": text} for text in _texts(size)]
    items = [
        {
            "name": f"baum_{number}",
            "label": "Baum",
            "formItems": [
                {"name": "art", "label": "Art", "stringValue": tree["art"]},
                {"name": "umfang", "label": "Umfang", "numberValue": tree["umfang"]},
                {"name": "am", "label": "Am", "dateValue": tree["am"]},
                {"name": "krank", "label": "Krank", "booleanValue": tree["krank"]},
                {"name": "notiz", "label": "Notiz", "stringValue": tree["notiz"]},
            ],
        }
        for number, tree in enumerate(_trees(size), 1)
    ]
    return [{"name": "baeume", "label": "Bäume", "formItems": items}]


def variables(kind: str, size: int) -> dict[str, Any]:
    """The same as variables of a raw instance."""
    return {"antrag": {"text": _texts(size)} if kind == "text" else {"baeume": _trees(size)}}
