"""How a value is written in a German letter, and a text as a person may change it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from engine.base.ports import Block
from engine.feel import to_text

MONTHS = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()


def number(value: Decimal) -> str:
    """A number as it is written in German: 1.234,5."""
    return f"{value:,f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def written(value: Any) -> str:
    """A value as a German letter writes it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, list):
        return ", ".join(written(item) for item in value)
    return to_text(value)


def datum(value: Any) -> str:
    """A day written out: 2. März 2026."""
    if isinstance(value, str):
        value = dt.date.fromisoformat(value)
    if not isinstance(value, dt.date):
        raise TypeError("kein Datum")
    return f"{value.day}. {MONTHS[value.month - 1]} {value.year}"


def euro(value: Any) -> str:
    """Cents as an amount: 5000 → 50,00 Euro."""
    if not isinstance(value, Decimal) or value != value.to_integral_value():
        raise TypeError("keine ganze Zahl von Cent")
    return f"{number((value / 100).quantize(Decimal('0.01')))} Euro"


FORMATS: Mapping[str, Callable[[Any], str]] = {"": written, "datum": datum, "euro": euro}


def text_of(blocks: Iterable[Block]) -> str:
    """A part as a person reads and changes it: `1. …`, `- …`, `| … | … |`, paragraphs apart by an empty line.

    Read again, it is the same, but for line breaks inside a paragraph and signs that look like a mark.
    """
    text, before = "", ""
    numbers = 0
    for block in blocks:
        numbers = numbers + 1 if block.kind == "item" else 0
        apart = "\n\n" if "paragraph" in (block.kind, before) else "\n"
        text += (apart if before else "") + _marked(block, numbers)
        before = block.kind
    return text


def _marked(block: Block, number: int) -> str:
    if block.kind == "paragraph":
        return block.text
    line = " ".join(block.text.split())
    if block.kind == "row":
        return "| " + " | ".join(" ".join(cell.split()) for cell in block.cells) + " |"
    return f"{number}. {line}" if block.kind == "item" else f"- {line}"
