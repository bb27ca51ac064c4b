"""Comments and reminders (Wiedervorlagen) at a case."""

from __future__ import annotations

import datetime as dt

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine.base.errors import Cause, Invalid
from engine.verbs.notes import add_comment as comment_on
from engine.verbs.notes import set_reminder as remind_of
from engine.verbs.notes import settle_reminder as settle
from web.desk.blueprint import desk
from web.desk.case import Typed, page_of_case
from web.forms import WRONG, causes_of, made_id, text
from web.identity import required_konto

COMMENT, REMINDER = "kommentar", "wiedervorlage"
FIELDS = {COMMENT: ("text",), REMINDER: ("am", "anlass", "fuer_mich")}


@desk.post("/vorgaenge/<id:vorgang_id>/kommentare")
def add_comment(vorgang_id: str) -> BaseResponse | tuple[str, int]:
    """Write a comment for colleagues."""
    try:
        comment_on(vorgang_id, text("text"), id=made_id(), by=required_konto())
    except Invalid as refusal:
        return _again(vorgang_id, COMMENT, refusal)
    flash(_("Der Kommentar ist gespeichert."))
    return redirect(url_for("desk.show_vorgang", vorgang_id=vorgang_id, _anchor="notizen"), 303)


@desk.post("/vorgaenge/<id:vorgang_id>/wiedervorlagen")
def set_reminder(vorgang_id: str) -> BaseResponse | tuple[str, int]:
    """Let a case come up again on a day."""
    try:
        am, anlass = _day(), text("anlass")
        remind_of(vorgang_id, am, anlass, text("fuer_mich") == "ja", id=made_id(), by=required_konto())
    except Invalid as refusal:
        return _again(vorgang_id, REMINDER, refusal)
    flash(_("Die Wiedervorlage ist angelegt."))
    return redirect(url_for("desk.show_vorgang", vorgang_id=vorgang_id, _anchor="notizen"), 303)


def _day() -> dt.date:
    try:
        return dt.date.fromisoformat(text("am"))
    except ValueError:
        cause = Cause(_("Bitte geben Sie einen Tag an."), pointer="/am")
        raise Invalid(_("Die Wiedervorlage kann so nicht gespeichert werden."), [cause]) from None


@desk.post("/wiedervorlagen/<id:reminder_id>/erledigt")
def settle_reminder(reminder_id: str) -> BaseResponse:
    """Mark a reminder as done."""
    vorgang_id = settle(reminder_id, by=required_konto())
    flash(_("Die Wiedervorlage ist erledigt."))
    return redirect(url_for("desk.show_vorgang", vorgang_id=vorgang_id), 303)


def _again(vorgang_id: str, form: str, refusal: Invalid) -> tuple[str, int]:
    """The same page with what was typed."""
    return page_of_case(vorgang_id, refused(form, refusal)), WRONG


def refused(form: str, refusal: Invalid) -> Typed:
    """What was typed and why it was refused. A verb's pointer names its argument; the page's fields have names of their own."""
    causes = [_at(cause, form) for cause in causes_of(refusal)]
    return Typed(form, {name: text(name) for name in (*FIELDS[form], "neu")}, causes)


def _at(cause: Cause, form: str) -> Cause:
    pointer = "/anlass" if form == REMINDER and cause.pointer == "/text" else cause.pointer
    return Cause(cause.message, cause.hint, pointer)
