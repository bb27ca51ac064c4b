"""How things are said on a page: days and times in German, sizes, states, and what happened in a case."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from flask import Flask, g
from flask_babel import format_date, format_datetime, format_decimal
from flask_babel import gettext as _

from engine import reads
from engine.base import clock
from engine.feel import to_text
from engine.law import written_out
from web.access import current_kommune
from web.identity import current_konto

SYSTEM = "system"
ALL_DIGITS = "#,##0." + "#" * 34
_CITED = re.compile(r"(?<=§|\.) (?=\d)")
SILENT = frozenset({"entered", "completed", "cancelled"})


def wire(app: Flask) -> None:
    """Give the templates their words."""
    for word in (moment, day, size, answer, value, calculated, cited, status, kind_of_document, state_of_notice, due, naming):
        app.add_template_filter(word)
    app.context_processor(lambda: {"kommune": current_kommune() if "entered" in g else None, "konto": _konto()})


def _konto() -> object:
    return current_konto() if "entered" in g else None


def naming(login: str | None, names: Mapping[str, str]) -> str:
    """The name of a person whose login is known."""
    return names.get(login or "", login or "")


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


def state_of_notice(notice: reads.Bescheid) -> str:
    """Where a notice stands, and since when."""
    if notice.state == "erlassen" and notice.issued_at is not None:
        return _("erlassen am %(at)s, freigegeben von %(who)s", at=moment(notice.issued_at), who=notice.approver)
    if notice.state == "freigegeben" and notice.approved_at is not None:
        return _("freigegeben am %(at)s von %(who)s, noch nicht erlassen", at=moment(notice.approved_at), who=notice.approver)
    if notice.state == "verworfen":
        return _("durch einen neueren Entwurf ersetzt")
    return _("Entwurf vom %(at)s, noch nicht freigegeben", at=moment(notice.drafted_at))


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
        with localcontext(prec=100):  # numbers have up to 34 digits, before or after the comma
            return str(format_decimal(value, ALL_DIGITS))
    if isinstance(value, dt.date):
        return day(value)
    return str(value)


def value(given: Any) -> str:
    """A value that a decision was made from or came to: lists and contexts are written out."""
    if isinstance(given, list):
        return ", ".join(value(item) for item in given) or _("nichts")
    if isinstance(given, dict):
        return "; ".join(f"{name}: {value(item)}" for name, item in given.items())
    return answer(given) if given is None or isinstance(given, bool | Decimal | dt.date | str) else to_text(given)


def calculated(made: reads.Berechnung) -> str:
    """What a calculation came to, with the day as the law's steps write it."""
    if made.result is None:
        return _("nicht berechnet") if made.refusal else _("nicht bekanntgegeben")
    remedy = _("Klage") if made.arguments.get("rechtsbehelf") == "klage" else _("Widerspruch")
    sentences = {
        "bekanntgabe": _("bekanntgegeben am %(day)s", day=written_out(made.result)),
        "rechtsbehelfsfrist": _("%(remedy)s möglich bis %(day)s", remedy=remedy, day=written_out(made.result)),
        "genehmigungsfiktion": _("Entscheidung möglich bis %(day)s", day=written_out(made.result)),
        "werktage": _("am %(day)s", day=written_out(made.result)),
        "naechster werktag": _("am %(day)s", day=written_out(made.result)),
    }
    return sentences.get(made.function, _("bis %(day)s", day=written_out(made.result)))


def cited(text: str) -> str:
    """A text that names paragraphs, so that no line breaks between the sign and its number."""
    return _CITED.sub("\N{NO-BREAK SPACE}", text)


def status(vorgang: reads.Vorgang) -> str:
    """The status of a case in a word."""
    words = {
        "NEU": _("neu"), "ANGENOMMEN": _("angenommen"), "IN_BEARBEITUNG": _("in Bearbeitung"), "BESCHIEDEN": _("beschieden"),
        "ABGESCHLOSSEN": _("abgeschlossen"), "VERWORFEN": _("verworfen"), "WEITERGELEITET": _("weitergeleitet"),
    }  # fmt: skip
    return words.get(vorgang.status, vorgang.status)


def kind_of_document(kind: str) -> str:
    """What a document is, in a word."""
    words = {"darstellung": _("Antrag als PDF"), "anlage": _("Anlage"), "brief": _("Brief")}
    words.update(bescheid=_("Bescheid"), entwurf=_("Entwurf"))
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

    What has ended is told once, at its end. Gateways and elements without a name are the diagram's own affair.
    """
    ended: set[str] = set()
    lines = []
    for event in reversed(events):
        if event.kind in ("completed", "cancelled"):
            ended.add(event.element)
        silent = event.name == event.element or event.type.endswith("Gateway")
        told_at_its_end = event.kind == "entered" and event.element in ended
        if event.kind == "entered":
            ended.discard(event.element)
        if told_at_its_end or (silent and event.kind in SILENT):
            continue
        lines.append(Line(event.at, _sentence(event), event.detail, event.kind == "incident"))
    return lines


def _sentence(event: reads.Ereignis) -> str:
    sentences = {
        "entered": _began(event),
        "completed": event.name if event.type.endswith("Event") else _("„%(name)s“ erledigt", name=event.name),
        "cancelled": _("„%(name)s“ entfällt", name=event.name),
        "thrown": _("Fehler bei „%(name)s“", name=event.name),
        "incident": _("Störung bei „%(name)s“", name=event.name),
        "resolved": _("Störung bei „%(name)s“ behoben", name=event.name),
    }
    sentence = sentences.get(event.kind, event.name)
    if event.konto == SYSTEM or event.kind not in ("completed", "resolved") or event.type not in ("userTask", ""):
        return sentence
    return _("%(sentence)s, durch %(who)s", sentence=sentence, who=event.konto)


def _began(event: reads.Ereignis) -> str:
    if event.type == "userTask":
        return _("Aufgabe „%(name)s“ ist zu tun", name=event.name)
    if event.type.endswith("Event"):
        return _("Es wird gewartet: %(name)s", name=event.name)
    return _("„%(name)s“ läuft", name=event.name)
