"""Vertretungen of the municipality: of Konten, Stellen and roles; those of Stellen and roles are set here."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import cover_group, end_vertretung, reads
from engine.base.errors import Cause, Invalid
from web.forms import WRONG, causes_of, made_id, text
from web.identity import required_konto
from web.language import ROLE_NAMES
from web.operate.blueprint import operate
from web.vertretung import day_of

FIELDS = ("was", "vertretung", "von", "bis", "grund")


@operate.route("/vertretungen", methods=["GET", "POST"])
def list_vertretungen() -> str | BaseResponse | tuple[str, int]:
    """Every Vertretung that runs or is to come; let a Stelle or a role be covered."""
    causes: tuple[Cause, ...] = ()
    if request.method == "POST":
        what, _sep, key = text("was").partition(":")
        days = day_of("von"), day_of("bis")
        try:
            cover_group(what, key, text("vertretung"), *days, text("grund"), id=made_id(), by=required_konto())
        except Invalid as refusal:
            causes = causes_of(refusal)
        else:
            flash(_("Die Vertretung ist eingetragen."))
            return redirect(url_for("operate.list_vertretungen"), 303)
    page = render_template(
        "vertretungen.html",
        running=reads.list_vertretungen(),
        people=reads.names_of_konten(),
        choices=groups(),
        substitutes=[(one.login, one.name) for one in reads.possible_substitutes("")],
        typed={name: text(name) for name in FIELDS},
        id=made_id(),
        causes=causes,
    )
    return (page, WRONG) if causes else page


def groups() -> list[tuple[str, Any]]:
    """The Stellen and roles that can be covered, as a field offers them: `stelle:bau`."""
    stellen = [(f"stelle:{key}", _("Stelle %(name)s", name=name)) for key, name in reads.names_of_stellen().items()]
    return stellen + [
        (f"rolle:{role}", _("Rolle %(name)s", name=ROLE_NAMES[role])) for role in ("sachbearbeitung", "poststelle")
    ]


@operate.post("/vertretungen/<id:vertretung_id>/beenden")
def end_vertretung_of_all(vertretung_id: str) -> BaseResponse:
    """End a Vertretung."""
    end_vertretung(vertretung_id, by=required_konto())
    flash(_("Die Vertretung ist beendet."))
    return redirect(url_for("operate.list_vertretungen"), 303)
