"""Giving a case to another Stelle."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import reads
from engine.base.errors import Cause, Conflict, Invalid, Unknown
from engine.verbs.stellen import give_to_stelle
from web.desk.blueprint import desk
from web.forms import WRONG, causes_of, text
from web.identity import required_konto


@desk.route("/vorgaenge/<id:vorgang_id>/abgeben", methods=["GET", "POST"])
def give_away(vorgang_id: str) -> str | BaseResponse | tuple[str, int]:
    """Give a case to another Stelle, with the reason."""
    konto = required_konto()
    causes: tuple[Cause, ...] = ()
    if request.method == "POST":
        try:
            give_to_stelle(vorgang_id, text("stelle"), text("grund"), by=konto)
        except (Invalid, Conflict) as refusal:
            causes = causes_of(refusal)
        else:
            return _onward(vorgang_id)
    case, stellen = reads.get_vorgang(vorgang_id), reads.names_of_stellen()
    page = render_template(
        "abgeben.html",
        case=case,
        choices=[(key, name) for key, name in stellen.items() if key != case.stelle],
        here=stellen.get(case.stelle or "", case.stelle),
        stelle=text("stelle"),
        grund=text("grund"),
        causes=causes,
    )
    return (page, WRONG) if causes else page


def _onward(vorgang_id: str) -> BaseResponse:
    """Back to the case, or to the lists when it is not one's own to see any more."""
    case = reads.get_vorgang(vorgang_id)
    flash(_("%(nummer)s ist an die andere Stelle gegeben.", nummer=case.nummer))
    try:
        reads.require_sight(required_konto(), "vorgang_id", vorgang_id)
    except Unknown:
        return redirect(url_for("desk.home"), 303)
    return redirect(url_for("desk.show_vorgang", vorgang_id=vorgang_id), 303)
