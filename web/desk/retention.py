"""What is to be deleted, and what holds that up."""

from __future__ import annotations

import datetime as dt

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import hold_case, lift_hold, reads
from engine.base.errors import Cause, Invalid
from web.desk.blueprint import desk
from web.forms import WRONG, causes_of, made_id, page_number, text
from web.identity import required_konto


@desk.get("/zu-loeschen")
def list_to_delete() -> str:
    """The cases whose time is over, and when they go."""
    found = reads.list_to_delete(required_konto(), page_number("seite"))
    names = {one.key: one.name for one in reads.list_leistungen()}
    return render_template("zu_loeschen.html", page=found, names=names)


@desk.route("/vorgaenge/<id:vorgang_id>/loeschsperre", methods=["GET", "POST"])
def hold(vorgang_id: str) -> str | BaseResponse | tuple[str, int]:
    """Keep a case beyond its time, and why; the holds that are on it."""
    causes: tuple[Cause, ...] = ()
    if request.method == "POST":
        try:
            hold_case(vorgang_id, text("grund"), _day(text("bis")), id=made_id(), by=required_konto())
        except Invalid as refusal:
            causes = causes_of(refusal)
        else:
            flash(_("Die Löschsperre ist gesetzt."))
            return redirect(url_for("desk.hold", vorgang_id=vorgang_id), 303)
    deletion, holds = reads.deletion_of(vorgang_id)
    page = render_template(
        "loeschsperre.html",
        case=reads.get_vorgang(vorgang_id),
        deletion=deletion,
        holds=holds,
        people=reads.names_of_konten(),
        grund=text("grund"),
        bis=text("bis"),
        id=made_id(),
        causes=causes,
    )
    return (page, WRONG) if causes else page


def _day(typed: str) -> dt.date | None:
    """The last day of a hold as a date field sends it; none is until it is lifted."""
    try:
        return dt.date.fromisoformat(typed) if typed else None
    except ValueError:
        raise Invalid(
            _("Die Löschsperre kann so nicht gesetzt werden."), [Cause(_("Bitte geben Sie einen Tag an."), pointer="/bis")]
        ) from None


@desk.post("/loeschsperren/<id:hold_id>/aufheben")
def lift(hold_id: str) -> BaseResponse:
    """Lift a hold."""
    vorgang_id = lift_hold(hold_id, by=required_konto())
    flash(_("Die Löschsperre ist aufgehoben."))
    return redirect(url_for("desk.hold", vorgang_id=vorgang_id), 303)
