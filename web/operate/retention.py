"""Retention: how long cases are kept that have ended, for all Leistungen and for each."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import change_retention, reads
from engine.base.errors import Cause, Invalid, Unknown
from engine.verbs.retention import months_text
from web.desk.words import status_word
from web.forms import WRONG, causes_of, text, with_titles
from web.identity import required_konto
from web.operate.blueprint import operate

NOTICE = "vorlauf"


@operate.route("/aufbewahrung", methods=["GET", "POST"])
def retention() -> str | BaseResponse | tuple[str, int]:
    """How long cases of any Leistung are kept, and which Leistungen have periods of their own."""
    of_all, *leistungen = reads.list_kept()
    typed = {**_texts(of_all), NOTICE: str(reads.notice_days())}
    causes: tuple[Cause, ...] = ()
    if request.method == "POST":
        typed = {name: text(name) for name in typed}
        try:
            change_retention("", typed, typed[NOTICE], by=required_konto())
        except Invalid as refusal:
            causes = causes_of(refusal)
        else:
            flash(_("Gespeichert. Die Fristen gelten auch für Vorgänge, die schon abgeschlossen sind."))
            return redirect(url_for("operate.retention"), 303)
    page = render_template(
        "aufbewahrung.html",
        titles=_titles(of_all),
        typed=typed,
        leistungen=[(one, _texts(one)) for one in leistungen],
        causes=causes,
        summary=with_titles(causes, {**_titles(of_all), NOTICE: _("Tage auf der Liste")}),
    )
    return (page, WRONG) if causes else page


@operate.route("/aufbewahrung/<name:name>", methods=["GET", "POST"])
def show_retention(name: str) -> str | BaseResponse | tuple[str, int]:
    """How long cases of one Leistung are kept."""
    of_all, *leistungen = reads.list_kept()
    kept = next((one for one in leistungen if one.key == name), None)
    if kept is None:
        raise Unknown(_("Diese Leistung gibt es hier nicht."))
    typed = {status: words if status in kept.own else "" for status, words in _texts(kept).items()}
    causes: tuple[Cause, ...] = ()
    if request.method == "POST":
        typed = {status: text(status) for status in typed}
        try:
            change_retention(name, typed, by=required_konto())
        except Invalid as refusal:
            causes = causes_of(refusal)
        else:
            flash(_("Gespeichert. Die Fristen gelten auch für Vorgänge, die schon abgeschlossen sind."))
            return redirect(url_for("operate.retention"), 303)
    page = render_template(
        "aufbewahrung_leistung.html",
        kept=kept,
        titles=_titles(of_all),
        of_all=_texts(of_all),
        typed=typed,
        causes=causes,
        summary=with_titles(causes, _titles(of_all)),
    )
    return (page, WRONG) if causes else page


def _texts(kept: reads.Kept) -> dict[str, str]:
    """The periods as people write them."""
    return {status: months_text(months) for status, months in kept.months.items()}


def _titles(kept: reads.Kept) -> dict[str, str]:
    """What the endings are called."""
    return {status: status_word(status) for status in kept.months}
