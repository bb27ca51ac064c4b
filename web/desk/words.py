"""How things are said on a page: days and times in German, sizes, states."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import Any

from flask import Flask, g
from flask_babel import format_date, format_decimal, format_time
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from engine import reads
from engine.base import clock
from engine.feel import to_text
from engine.law import written_out
from web.access import current_kommune
from web.forms import about_field, address_with
from web.identity import current_konto
from web.language import GERMAN, current

ALL_DIGITS = "#,##0." + "#" * 34
# Translated only where one is shown: a list has a page full of them.
STATUSES = {
    "NEU": lazy("neu"), "ANGENOMMEN": lazy("angenommen"), "IN_BEARBEITUNG": lazy("in Bearbeitung"),
    "BESCHIEDEN": lazy("beschieden"), "ABGESCHLOSSEN": lazy("abgeschlossen"), "VERWORFEN": lazy("verworfen"),
    "WEITERGELEITET": lazy("weitergeleitet"), "ZU_LOESCHEN": lazy("zu löschen"),
}  # fmt: skip
_CITED = re.compile(r"(?<=§|\.) (?=\d)")


def wire(app: Flask) -> None:
    """Give the templates their words."""
    words = (
        moment,
        day,
        size,
        answer,
        value,
        calculated,
        cited,
        status,
        kind_of_document,
        state_of_notice,
        due,
        about_field,
        naming,
        urgency,
        status_word,
        begun,
        applied,
    )
    for word in words:
        app.add_template_filter(word)
    for spoken in (kinds_of_documents, name_of_node, about_field):
        app.add_template_filter(spoken)
    app.add_template_filter(weekday, "written_out")
    app.add_template_test(has_a_name, "named")
    app.add_template_global(editors_of)
    app.add_template_global(address_with)
    app.context_processor(lambda: {"kommune": current_kommune() if "entered" in g else None, "konto": _konto()})


def _konto() -> object:
    return current_konto() if "entered" in g else None


def applied(case: reads.Vorgang) -> str:
    """Who has applied, if anybody has."""
    return case.applicant or (_("ohne Namen") if case.origin == "antrag" else _("ohne Antrag"))


def begun(case: reads.Vorgang) -> str:
    """What a case began with."""
    at, name = moment(case.opened_at), case.origin_name
    if case.origin == "antrag":
        return _("eingegangen am %(at)s", at=at)
    sentences = {
        "nachricht": _("Begonnen durch eine Nachricht: %(name)s · %(at)s", name=name, at=at),
        "signal": _("Begonnen durch ein Signal: %(name)s · %(at)s", name=name, at=at),
        "zeit": _("Begonnen zu einer festgelegten Zeit: %(name)s · %(at)s", name=name, at=at),
    }
    return sentences[case.origin]


def naming(login: str | None, names: Mapping[str, str]) -> str:
    """The name of a person whose login is known."""
    return names.get(login or "", login or "")


def moment(at: dt.datetime) -> str:
    """An instant as people here read it."""
    return _("%(at)s Uhr", at=f"{format_date(at, 'long')}, {format_time(at, 'HH:mm')}")


def day(value: dt.date) -> str:
    """A day as people here write it."""
    return str(format_date(value, "long"))


def weekday(value: dt.date) -> str:
    """A day with its weekday, in German as the steps of a calculation write it."""
    return written_out(value) if current() == GERMAN else str(format_date(value, "full"))


def due(at: dt.datetime) -> str:
    """By when something must be done, and whether that has passed."""
    text = day(clock.local_day(at))
    if at < clock.now():
        return _("fällig seit %(day)s", day=text)
    return _("fällig am %(day)s", day=text)


def urgency(at: dt.datetime | None) -> str:
    """Whether something is overdue or due today; nothing if it has time."""
    if at is None or clock.local_day(at) > clock.local_day(clock.now()):
        return ""
    return "overdue" if at < clock.now() else "today"


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
        "bekanntgabe": _("bekanntgegeben am %(day)s", day=weekday(made.result)),
        "rechtsbehelfsfrist": _("%(remedy)s möglich bis %(day)s", remedy=remedy, day=weekday(made.result)),
        "genehmigungsfiktion": _("Entscheidung möglich bis %(day)s", day=weekday(made.result)),
        "werktage": _("am %(day)s", day=weekday(made.result)),
        "naechster werktag": _("am %(day)s", day=weekday(made.result)),
    }
    return sentences.get(made.function, _("bis %(day)s", day=weekday(made.result)))


def cited(text: str) -> str:
    """A text that names paragraphs, so that no line breaks between the sign and its number."""
    return _CITED.sub("\N{NO-BREAK SPACE}", text)


def status(vorgang: reads.Vorgang) -> str:
    """The status of a case in a word."""
    return status_word(vorgang.status)


def status_word(key: str) -> str:
    """A status in a word."""
    return str(STATUSES.get(key, key))


def kind_of_document(kind: str) -> str:
    """What a document is, in a word."""
    words = {"darstellung": _("Antrag als PDF"), "anlage": _("Anlage"), "brief": _("Brief")}
    words.update(bescheid=_("Bescheid"), entwurf=_("Entwurf"), amtshilfe=_("Amtshilfe"))
    return words.get(kind, kind)


def kinds_of_documents(kind: str) -> str:
    """What several documents are, as a heading."""
    words = {"darstellung": _("Der Antrag als PDF"), "anlage": _("Anlagen"), "brief": _("Briefe")}
    words.update(bescheid=_("Bescheide"), entwurf=_("Entwürfe"), amtshilfe=_("Aus der Amtshilfe"))
    return words.get(kind, kind)


def editors_of(notice: reads.Bescheid, names: Mapping[str, str]) -> list[str]:
    """Who has changed a draft by hand."""
    return [names.get(login, login) for login in notice.editors]


def has_a_name(node: reads.Knoten) -> bool:
    """Whether an element of a diagram was given a name by who drew it."""
    return node.name != node.element


def name_of_node(node: reads.Knoten) -> str:
    """What an element is called; without a name of its own, what it is."""
    if has_a_name(node):
        return node.name
    if node.type.endswith("Gateway"):
        return _("eine Verzweigung ohne Namen")
    return _("ein Ereignis ohne Namen") if node.type.endswith("Event") else _("ein Schritt ohne Namen")
