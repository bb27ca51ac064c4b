"""How a value is written in a German letter, and a text as a person may change it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from engine.base.ports import Block
from engine.base.zone import ZONE, local_day
from engine.law.values import MONTHS

MOST_CENT = 10**15


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
    if isinstance(value, dt.datetime):
        local = value.astimezone(ZONE) if value.tzinfo else value
        return f"{local:%d.%m.%Y, %H:%M} Uhr"
    if isinstance(value, dt.date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, dt.time):
        return f"{value:%H:%M} Uhr"
    if isinstance(value, list):
        return ", ".join(written(item) for item in value)
    # What only FEEL can write (a context, a duration, nothing at all) would stand in the letter as FEEL.
    raise TypeError("kein Wert, der so in einem Brief stehen kann")


def datum(value: Any) -> str:
    """A day written out: 2. März 2026. An instant is written as its day in Germany."""
    try:
        value = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as cause:
        raise TypeError("kein Datum") from cause
    if isinstance(value, dt.datetime) and value.tzinfo:
        value = local_day(value)
    if not isinstance(value, dt.date):
        raise TypeError("kein Datum")
    return f"{value.day}. {MONTHS[value.month - 1]} {value.year}"


def euro(value: Any) -> str:
    """Cents as an amount: 5000 → 50,00 Euro."""
    if not isinstance(value, Decimal) or value != value.to_integral_value():
        raise TypeError("keine ganze Zahl von Cent")
    if abs(value) >= MOST_CENT:
        raise TypeError("kein Betrag, den es gibt")
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
