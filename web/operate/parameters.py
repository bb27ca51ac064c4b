"""Parameters of Leistungen: what new cases start with."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response as BaseResponse

from engine import change_parameters, reads
from engine.base.errors import Cause, Conflict, Invalid
from engine.law import LAENDER
from forms.characters import cleaned
from web.forms import WRONG, causes_of, text, with_titles
from web.identity import required_konto
from web.operate.blueprint import operate

STATE = "seite-stand"
RESET = "zurueck"
# What is written beside a field when the bundle says nothing of a unit.
HINTS = {
    "betrag": _l("In Euro, zum Beispiel 35,00."),
    "dauer": _l("Zum Beispiel 14 Tage, 3 Monate oder 1 Jahr."),
    "tag": _l("Zum Beispiel 02.03.2026."),
    "liste": _l("Eines in jeder Zeile."),
}


@operate.get("/leistungen")
def list_leistungen() -> str:
    """The Leistungen, with how their parameters were changed."""
    return render_template("parameter_liste.html", leistungen=[one for one in reads.list_adjusted() if one.count or one.unused])


@operate.route("/leistungen/<name:name>", methods=["GET", "POST"])
def show_parameters(name: str) -> str | BaseResponse | tuple[str, int]:
    """The parameters of a Leistung: look, change."""
    page = reads.get_parameters(name)
    if request.method == "GET":
        return _page(page)
    typed = {
        each.field.path: cleaned(request.form[each.field.path])
        for group in page.groups
        for each in group.parameters
        if each.field.path in request.form
    }
    back = text(RESET)
    values: dict[str, Any] = {back: None} if back else dict(typed)
    try:
        change_parameters(name, values, text(STATE), by=required_konto())
    except Invalid as refusal:
        return _page(page, typed, causes_of(refusal)), WRONG
    except Conflict as conflict:
        fresh = _l("Unten stehen Ihre Eingaben. Daneben steht, was jetzt gilt; bitte prüfen und noch einmal speichern.")
        return _page(page, typed, (Cause(conflict.sentence, str(fresh)),), stale=True), 409
    flash(_said(page, reads.get_parameters(name)))
    return redirect(url_for("operate.show_parameters", name=name), 303)


def _said(before: reads.Parameters, after: reads.Parameters) -> str:
    """How many values are others now."""
    was = {each.field.path: each.text for group in before.groups for each in group.parameters}
    changed = sum(was.get(each.field.path) != each.text for group in after.groups for each in group.parameters)
    if not changed:
        return _("Es war nichts zu ändern.")
    return ngettext(
        "%(num)d Wert geändert. Er gilt für neue Vorgänge; laufende behalten ihre Werte.",
        "%(num)d Werte geändert. Sie gelten für neue Vorgänge; laufende behalten ihre Werte.",
        changed,
    )


def _page(
    page: reads.Parameters, typed: dict[str, str] | None = None, causes: tuple[Cause, ...] = (), *, stale: bool = False
) -> str:
    titles = {each.field.path: each.field.title for group in page.groups for each in group.parameters}
    return render_template(
        "parameter.html",
        page=page,
        typed=typed or {},
        causes=causes,
        summary=with_titles(causes, titles),
        stale=stale,
        laender=LAENDER,
        zip=zip,
        hints=HINTS,
        state_field=STATE,
        reset_field=RESET,
    )
