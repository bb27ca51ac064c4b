"""How things are said on a page: days and times in German, sizes, states, and what happened in a case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Flask, g
from flask_babel import format_date, format_datetime, format_decimal
from flask_babel import gettext as _

from engine import reads
from engine.base import clock
from web.access import current_kommune
from web.identity import current_konto

SYSTEM = "system"
SILENT = frozenset({"entered", "completed"})


def wire(app: Flask) -> None:
    """Give the templates their words."""
    for word in (moment, day, size, answer, status, kind_of_document, due):
        app.add_template_filter(word)
    app.context_processor(lambda: {"kommune": current_kommune() if "entered" in g else None, "konto": _konto()})


def _konto() -> object:
    return current_konto() if "entered" in g else None


def moment(at: dt.datetime) -> str:
    """An instant as people here read it."""
    return _("%(at)s Uhr", at=format_datetime(at, "d. MMMM y, HH:mm"))


def day(value: dt.date) -> str:
    """A day as people here write it."""
    return str(format_date(value, "d. MMMM y"))


def due(at: dt.datetime) -> str:
    """By when something must be done, and whether that has passed."""
    text = day(clock.local_day(at))
    if at < clock.now():
        return _("fällig seit %(day)s", day=text)
    return _("fällig am %(day)s", day=text)


def size(count: int) -> str:
    """A number of bytes, rounded for people."""
    if count < 1024:
        return _("%(count)s Byte", count=count)
    amount, unit = (Decimal(count) / 1024, "KB") if count < 1024 * 1024 else (Decimal(count) / (1024 * 1024), "MB")
    return f"{format_decimal(amount.quantize(Decimal('0.1')))} {unit}"


def answer(value: Any) -> str:
    """An answer of an application, as it would stand on paper."""
    if value is None or value == "":
        return _("keine Angabe")
    if isinstance(value, bool):
        return _("ja") if value else _("nein")
    if isinstance(value, Decimal):
        return str(format_decimal(value, decimal_quantization=False))
    if isinstance(value, dt.date):
        return day(value)
    return str(value)


def status(vorgang: reads.Vorgang) -> str:
    """The status of a case in a word."""
    words = {"NEU": _("neu"), "IN_BEARBEITUNG": _("in Bearbeitung"), "ABGESCHLOSSEN": _("abgeschlossen")}
    return words.get(vorgang.status, vorgang.status)


def kind_of_document(kind: str) -> str:
    """What a document is, in a word."""
    words = {"darstellung": _("Antrag als PDF"), "anlage": _("Anlage"), "bescheid": _("Bescheid"), "brief": _("Brief")}
    return words.get(kind, kind)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the timeline as a sentence. `trouble` asks for attention."""

    at: dt.datetime
    sentence: str
    detail: str
    trouble: bool


def timeline(events: Sequence[reads.Ereignis]) -> list[Line]:
    """What happened in a case, newest first.

    A step that the platform began and ended at once is one line; elements without a name are the diagram's own affair.
    """
    return list(reversed(list(_lines(events))))


def _lines(events: Sequence[reads.Ereignis]) -> Iterator[Line]:
    ended = {(event.element, event.at) for event in events if event.kind == "completed"}
    for event in events:
        if event.kind in SILENT and event.name == event.element:
            continue
        if event.kind == "entered" and (event.element, event.at) in ended:
            continue
        yield Line(event.at, _sentence(event), event.detail, event.kind == "incident")


def _sentence(event: reads.Ereignis) -> str:
    by = None if event.konto == SYSTEM else event.konto
    sentences = {
        "entered": _("„%(name)s“ beginnt", name=event.name),
        "completed": _("„%(name)s“ erledigt", name=event.name),
        "cancelled": _("„%(name)s“ entfällt", name=event.name),
        "incident": _("Störung bei „%(name)s“", name=event.name),
        "resolved": _("Störung bei „%(name)s“ behoben", name=event.name),
    }
    sentence = sentences.get(event.kind, event.name)
    return (
        _("%(sentence)s, durch %(who)s", sentence=sentence, who=by)
        if by and event.kind in ("completed", "resolved")
        else sentence
    )
