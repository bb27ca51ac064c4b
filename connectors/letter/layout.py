"""From a Letter to what the template reads: strings only, grouped, cleaned of what a page cannot show."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import groupby
from typing import Any

from engine.base.ports import Block, Letter, Refused, Section

MAX_JOB_BYTES = 2 * 1024 * 1024
DATA_NAME = "daten.json"
PICTURES = {"image/png": "png", "image/jpeg": "jpg"}
MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember",
)  # fmt: skip
DRAFT_LINE = "Entwurf – nicht bekannt gegeben, ohne rechtliche Wirkung"

LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029]")
# Marks that turn the direction of text: invisible, and able to show an authority's sentence in another order. And the soft
# hyphen: fonts share its glyph with the hyphen, and one of it made every hyphen of the letter read back as a soft one.
UNSEEN = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\xad]")
# Control characters, surrogates, private use and non-characters: no font has them, PDF/A forbids some.
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufff0-\ufffb\ufffe\uffff\U000e0000-\U0010ffff]"
)
LONG_WORD = re.compile(r"\S{60}(?=\S)")


def job(letter: Letter, logo: bytes = b"") -> tuple[str, int]:
    """The JSON for the template, and the second that stands in the PDF as its date (noon of the letter's day, UTC).

    Raises:
        Refused: a character cannot be printed, a kind of block or picture is unknown or the letter is too long.
    """
    # The template has no other way to bytes than a list of numbers.
    picture = {"logo": list(logo), "logo-format": _format(letter.letterhead.logo_type) if logo else ""}
    brief = json.dumps(_brief(letter) | picture, ensure_ascii=False, separators=(",", ":"))
    try:
        size = len(brief.encode())
    except UnicodeEncodeError as cause:
        raise Refused("Die Daten des Schreibens enthalten Zeichen, die es nicht gibt (einzelne Surrogate).") from cause
    if size > MAX_JOB_BYTES:
        raise Refused(f"Das Schreiben ist zu lang: {size} Bytes, höchstens {MAX_JOB_BYTES}.")
    noon = dt.datetime.combine(letter.date, dt.time(12), dt.UTC)
    return brief, int(noon.timestamp())


def _format(media_type: str) -> str:
    """How the template calls a kind of picture."""
    if media_type not in PICTURES:
        raise Refused("Das Logo im Briefkopf ist kein Bild, das gesetzt werden kann; erlaubt sind PNG und JPEG.")
    return PICTURES[media_type]


def _brief(letter: Letter) -> dict[str, Any]:
    head = letter.letterhead
    day = f"{letter.date.day}. {MONTHS[letter.date.month - 1]} {letter.date.year}"
    info = [("Aktenzeichen", letter.reference)] if letter.reference else []
    info += [("Kontakt", "\n".join(head.contact))] if head.contact else []
    info += [("Datum", f"{letter.place}, {day}" if letter.place else day)]
    sender = " · ".join(part for part in (head.authority, *head.address) if part)
    before = [section for section in letter.sections if section.kind != "anlagen"]
    after = [section for section in letter.sections if section.kind == "anlagen"]
    return {
        "title": printable(letter.title, "Titel"),
        "authority": printable(head.authority, "Behörde"),
        "unit": printable(head.unit, "Stelle"),
        "sender-line": printable(sender, "Absender"),
        "addressee": [printable(line, "Anschrift") for line in letter.addressee],
        "info": [{"label": label, "value": printable(value, label)} for label, value in info],
        "reference-line": printable(f"Aktenzeichen {letter.reference}" if letter.reference else "", "Aktenzeichen"),
        "subject": printable(letter.subject, "Betreff"),
        "salutation": printable(letter.salutation, "Anrede"),
        "sections": list(_sections(before)),
        "annexes": list(_sections(after)),
        "closing": printable(letter.closing, "Grußformel"),
        "signatory": printable(letter.signatory, "Unterschrift"),
        "footer": [printable(line, "Fußzeile") for line in letter.footer],
        "privacy": printable(letter.privacy, "Hinweis zum Datenschutz"),
        "logo-alt": printable(head.logo_alt or f"Logo: {head.authority}", "Beschreibung des Logos"),
        "draft": letter.draft,
        "draft-line": DRAFT_LINE,
        "data": plain_json(letter.data),
        "data-name": DATA_NAME,
    }


def printable(text: str, place: str) -> str:
    """A text as it can stand on the page: line ends unified, direction marks and soft hyphens gone, very long words breakable.

    Raises:
        Refused: it holds a character nobody can print.
    """
    text = UNSEEN.sub("", LINE_ENDS.sub("\n", text)).replace("\t", " ")
    if found := UNPRINTABLE.search(text):
        raise Refused(f"{place}: Das Zeichen U+{ord(found.group()):04X} kann nicht gedruckt werden.")
    # Without a place to break, a word longer than the line would run off the page and be lost.
    return LONG_WORD.sub("\\g<0>\u200b", text)


def _sections(sections: Iterable[Section]) -> Iterable[dict[str, Any]]:
    """Sections with their headings; the first of a group brings the heading they share, and its numbers run on."""
    group, number = "", 1
    for section in sections:
        shared = section.group if section.group != group else ""
        if shared or not section.group:
            number = 1
        group = section.group
        place = section.heading or group or "Text"
        groups = list(_groups(section.blocks, place, number))
        number += sum(len(each["texts"]) for each in groups if each["kind"] == "item")
        yield {
            "group": printable(shared, place),
            "heading": printable(section.heading, place),
            "level": 3 if group else 2,
            "groups": groups,
        }


def _groups(blocks: Iterable[Block], place: str, number: int) -> Iterable[dict[str, Any]]:
    """Blocks of one kind in a row are one list or one table; numbers run on through a section."""
    for kind, run in groupby(blocks, key=lambda block: block.kind):
        if kind == "paragraph":
            for block in run:
                for text in re.split(r"\n\s*\n", printable(block.text, place).strip("\n")):
                    yield {"kind": kind, "text": text}
        elif kind == "item":
            texts = [printable(block.text, place) for block in run]
            yield {"kind": kind, "texts": texts, "start": number}
            number += len(texts)
        elif kind == "bullet":
            yield {"kind": kind, "texts": [printable(block.text, place) for block in run]}
        elif kind == "row":
            yield _table([[printable(cell, place) for cell in block.cells] for block in run])
        else:
            raise Refused(f"{place}: Ein Textbaustein der Art „{kind}“ ist unbekannt.")


def _table(rows: list[list[str]]) -> dict[str, Any]:
    """Rows in a row are one table; of two or more the first holds the headings, short rows are filled up."""
    columns = max(1, *(len(row) for row in rows))
    full = [row + [""] * (columns - len(row)) for row in rows]
    header = full[0] if len(full) > 1 else []
    cells = [cell for row in full[bool(header) :] for cell in row]
    return {"kind": "table", "columns": columns, "header": header, "cells": cells}


def plain_json(value: Any) -> str:
    """JSON of a diagram's values: numbers with all their digits, days and times as ISO text, keys in order.

    Python's json knows no Decimal, and a float in between would change what the notice says.
    """
    match value:
        case None | bool() | int() | str():
            return json.dumps(value, ensure_ascii=False)
        case Decimal():
            return f"{value:f}" if value.is_finite() else "null"
        case float():
            return plain_json(Decimal(repr(value)))
        case Mapping():
            pairs = sorted((str(key), inner) for key, inner in value.items())
            return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{plain_json(inner)}" for key, inner in pairs) + "}"
        case list() | tuple():
            return "[" + ",".join(plain_json(inner) for inner in value) + "]"
        case dt.date() | dt.time():
            return json.dumps(value.isoformat())
        case dt.timedelta():
            return json.dumps(_duration(value))
        case _:
            return json.dumps(str(value), ensure_ascii=False)


def _duration(value: dt.timedelta) -> str:
    """A days-and-time duration as ISO 8601 text."""
    sign, value = ("-", -value) if value < dt.timedelta(0) else ("", value)
    seconds = Decimal(value.seconds) + Decimal(value.microseconds) / 1_000_000
    hours, rest = divmod(int(seconds), 3600)
    fraction = (seconds - int(seconds)).normalize()
    time = [(hours, "H"), (rest // 60, "M"), (rest % 60 + fraction, "S")]
    text = "".join(f"{amount:f}{unit}" if unit == "S" else f"{amount}{unit}" for amount, unit in time if amount)
    days = f"{value.days}D" if value.days else ""
    return f"{sign}P{days}{'T' + text if text else ''}" if days or text else "PT0S"
