"""Agreements with other municipalities: a Vertretung or a gemeinsames Amt, offered here and signed there, or the other way.

What is agreed, signing it, who has used it and an end to it are on the page of the grant (`web.operate.grants`).
"""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from werkzeug.wrappers import Response as BaseResponse

from engine import offer_agreement, reads
from engine.base import db
from engine.base.errors import Cause, Invalid
from engine.model import grant
from engine.verbs.kommune import list_kommunen
from web.forms import WRONG, causes_of, made_id, page_number, text
from web.identity import required_konto
from web.operate.blueprint import operate
from web.operate.vertretungen import groups
from web.vertretung import day_of

Answered = str | BaseResponse | tuple[str, int]
FIELDS = ("kommune", "was", "rechtsform", "zweck", "von", "bis")
KINDS = {grant.VERTRETUNG: lazy("Vertretung"), grant.GEMEINSAMES_AMT: lazy("Gemeinsames Amt")}
STATES = {
    grant.OFFERED: (lazy("noch nicht unterschrieben"), "warning"),
    grant.NOT_YET: (lazy("beginnt noch"), "info"),
    grant.VALID: (lazy("gilt"), "success"),
    grant.OVER: (lazy("abgelaufen"), "info"),
    grant.ENDED: (lazy("beendet"), "info"),
}
FORMS = {
    grant.DELEGATION: lazy("§ 18 GkZ: Die Aufgabe geht über; die andere Kommune entscheidet in eigenem Namen"),
    grant.MANDATE: lazy("§ 19a GkZ: Die andere Kommune handelt im Namen der eigenen"),
}
ENDED_BECAUSE = {
    grant.WITHDRAWN: lazy("von uns beendet"),
    grant.BY_THE_DAY: lazy("der letzte Tag ist vorbei"),
    grant.WITH_CASE: lazy("mit dem Vorgang beendet"),
    grant.UNAWAITED: lazy("das Verfahren wartet nicht mehr auf die Antwort"),
    grant.BY_THE_GUEST: lazy("von der anderen Kommune beendet oder abgelehnt"),
}


@operate.get("/vereinbarungen")
def list_agreements() -> str:
    """What other municipalities do for us, and what we do for them."""
    given = {kind: reads.list_grants(kind=kind, page=page_number(kind)) for kind in KINDS}
    held = reads.list_held(page_number("von"), kinds=tuple(KINDS))
    return render_template("vereinbarungen.html", given=given, held=held, kinds=KINDS, states=STATES)


@operate.route("/vereinbarungen/neu", methods=["GET", "POST"])
def offer() -> Answered:
    """Offer an agreement: a Vertretung, or with `?art=gemeinsames_amt` a gemeinsames Amt."""
    kind = grant.GEMEINSAMES_AMT if request.args.get("art") == grant.GEMEINSAMES_AMT else grant.VERTRETUNG
    causes: tuple[Cause, ...] = ()
    if request.method == "POST":
        what, _sep, key = text("was").partition(":")
        try:
            made = offer_agreement(
                kind, text("kommune"), (what, key), text("zweck"), day_of("von"), day_of("bis"),
                legal_form=text("rechtsform"), id=made_id(), by=required_konto(),
            )  # fmt: skip
        except Invalid as refusal:
            causes = causes_of(refusal)
        else:
            flash(_("Die Vereinbarung ist angeboten. Sie gilt, sobald die andere Kommune unterschrieben hat."))
            return redirect(url_for("operate.show_grant", grant_id=made), 303)
    page = render_template(
        "vereinbarung_neu.html",
        kind=kind,
        kinds=KINDS,
        forms=FORMS,
        kommunen=others(),
        choices=_what(kind),
        typed={name: text(name) for name in FIELDS},
        id=made_id(),
        causes=causes,
    )
    return (page, WRONG) if causes else page


def others() -> list[tuple[str, str]]:
    """The other municipalities that work here."""
    return [(one.slug, one.name) for one in list_kommunen() if one.state == "bereit" and one.slug != db.slug()]


def _what(kind: str) -> list[tuple[str, Any]]:
    """What an agreement can be about, as a field offers it."""
    if kind == grant.GEMEINSAMES_AMT:
        return [(f"leistung:{one.key}", one.name) for one in reads.list_leistungen()]
    people = [(f"konto:{one.login}", _("%(name)s (Konto)", name=one.name)) for one in reads.possible_substitutes("")]
    return [*groups(), *people]
