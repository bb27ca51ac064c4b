"""The central post room: applications for which nobody is known to be competent, until somebody says whose they are."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import assign_parcel, deliver_parcel
from engine.base.errors import Cause, Conflict, Invalid, Problem
from engine.base.rights import SYSTEM
from engine.reads import operator as looks
from engine.verbs.central import BY_PLACE, BY_STELLE
from web.betrieb.blueprint import betrieb
from web.betrieb.rules import choices
from web.forms import WRONG, causes_of, page_number, text
from web.identity import required_konto

FIELDS = ("kommune", "einheit", "merken")
ONLY_THIS = "nein"


@betrieb.get("/poststelle")
def list_parcels() -> str:
    """What waits."""
    everything = request.args.get("zeigen") == "alle"
    return render_template(
        "betrieb_poststelle.html", page=looks.list_parcels(everything, page_number("seite")), everything=everything
    )


@betrieb.route("/poststelle/<id:parcel_id>", methods=["GET", "POST"])
def show_parcel(parcel_id: str) -> str | BaseResponse | tuple[str, int]:
    """What an application says of itself; say whose it is."""
    filled, causes = {name: text(name) for name in FIELDS}, tuple[Cause, ...]()
    if request.method == "POST":
        try:
            assign_parcel(
                parcel_id, filled["kommune"], filled["einheit"], filled["merken"].replace(ONLY_THIS, ""), by=required_konto()
            )
        except (Invalid, Conflict) as refusal:
            causes = causes_of(refusal)
        else:
            flash(_delivered(parcel_id, filled["kommune"]))
            return redirect(url_for("betrieb.show_parcel", parcel_id=parcel_id), 303)
    one = looks.get_parcel(parcel_id)
    page = render_template(
        "betrieb_sendung.html", one=one, filled=filled, kommunen=choices(), remember=_remember(one), causes=causes
    )
    return (page, WRONG) if causes else page


def _delivered(parcel_id: str, slug: str) -> str:
    """Deliver it at once, if that can be; else the clock does so as soon as it can."""
    try:
        arrived = deliver_parcel(parcel_id, by=SYSTEM)
    except Problem:
        arrived = False
    if arrived:
        return _("Zugestellt an „%(slug)s“.", slug=slug)
    return _("Zugewiesen. Zugestellt ist es noch nicht; unten steht, wie es weitergeht.")


def _remember(one: looks.Parcel) -> list[tuple[str, str]]:
    """How the next one may find its way."""
    found = [(ONLY_THIS, _("nur diesen Antrag")), (BY_STELLE, _("künftig alle Anträge an die Stelle %(id)s", id=one.stelle))]
    if len(one.leika) == 1 and one.place:
        found.append((BY_PLACE, _("künftig die Leistung %(leika)s am Ort %(place)s", leika=one.leika[0], place=one.place)))
    return found
