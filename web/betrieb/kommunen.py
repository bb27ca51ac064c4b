"""Municipalities: listed with how they are, made, looked at, locked, brought up to date."""

from __future__ import annotations

from collections.abc import Mapping

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import order_kommune, reads, show_kommune
from engine.base.errors import Cause, Conflict, Invalid, Unavailable, Unknown
from engine.model.zentrale import BETRIEB, KINDS, KINDS_OF_LAND, LAENDER, Kommune, checked
from engine.reads import operator as looks
from engine.verbs.kommune import Upgraded
from engine.verbs.operator import bring_up as bring_up_kommune
from engine.verbs.operator import lock as lock_kommune
from engine.verbs.operator import unlock as unlock_kommune
from forms.characters import cleaned
from web.betrieb.blueprint import STATES, betrieb
from web.forms import WRONG, causes_of, page_number, text
from web.identity import required_konto, show_once, shown_once
from web.provision import Provided, provide

FIELDS = ("slug", "name", "kind", "land", "admin_name", "admin_email", "allow_ips", "stellen")
ALL_KINDS = tuple(dict.fromkeys((*KINDS, *(kind for kinds in KINDS_OF_LAND.values() for kind in kinds))))


@betrieb.get("/kommunen")
def list_kommunen() -> str:
    """All municipalities, and how each is."""
    words, state = cleaned(request.args.get("q", "").strip())[:200], request.args.get("zustand", "")
    found = looks.search_kommunen(words, state if state in STATES else "", page_number("seite"))
    return render_template(
        "betrieb_kommunen.html",
        kommunen=found,
        health={one.slug: looks.health_of(one.slug) for one in found.items if one.state in ("bereit", "gesperrt")},
        counts=looks.count_kommunen(),
        own=reads.last_verification(),
        q=words,
        state=state,
    )


@betrieb.route("/neue-kommune", methods=["GET", "POST"])
def new_kommune() -> str | BaseResponse | tuple[str, int]:
    """Make a municipality; how its administration gets in is shown once on the page that follows."""
    causes: tuple[Cause, ...] = ()
    filled = {"kind": "Gemeinde", "land": "SH"}
    if request.method == "POST":
        filled = {name: text(name) for name in FIELDS}
        try:
            made = _made(filled)
        except (Invalid, Conflict, Unavailable) as refusal:
            causes = causes_of(refusal)
        else:
            slug = made.kommune.slug
            if made.invited is not None:
                show_once(f"kommune {slug}", "\n".join((made.invited.login, made.invited.mail, made.invited.link)))
            flash(_("Die Kommune ist angelegt.") if made.new else _("Die Kommune gibt es schon genau so; nichts geändert."))
            return redirect(url_for("betrieb.show_kommune", slug=slug), 303)
    laender = sorted(LAENDER.items(), key=lambda land: land[1])
    kinds = [(kind, kind) for kind in ALL_KINDS]
    page = render_template("betrieb_kommune_neu.html", filled=filled, causes=causes, kinds=kinds, laender=laender)
    return (page, WRONG) if causes else page


def _made(filled: Mapping[str, str]) -> Provided:
    slug, kind, land = filled["slug"].strip(), filled["kind"], filled["land"]
    networks, stellen = _lines(filled["allow_ips"]), _lines(filled["stellen"])
    checked(slug, filled["name"], kind, land, allow_ips=networks, stellen=stellen)

    def make() -> Provided:
        return provide(
            slug,
            name=filled["name"],
            kind=kind,
            admin_name=filled["admin_name"],
            admin_email=filled["admin_email"].strip(),
            land=land,
            allow_ips=networks,
            stellen=stellen,
            site=current_app.extensions["settings"],
        )

    made: Provided = order_kommune(slug, make, by=required_konto())
    return made


def _lines(typed: str) -> list[str]:
    return [line for line in typed.replace(",", "\n").split("\n") if line.strip()]


@betrieb.get("/kommunen/<slug:slug>", endpoint="show_kommune")
def show(slug: str) -> str:
    """A municipality as the registry knows it."""
    return _page(_known(slug))


def _known(slug: str) -> Kommune:
    if slug == BETRIEB:
        raise Unknown(_("Diese Kommune gibt es hier nicht."))
    return show_kommune(slug)


def _page(kommune: Kommune, causes: tuple[Cause, ...] = ()) -> str:
    login, mail, link = (shown_once(f"kommune {kommune.slug}") or "\n\n").split("\n")
    ready = kommune.state in ("bereit", "gesperrt")
    return render_template(
        "betrieb_kommune.html",
        one=kommune,
        land=LAENDER.get(kommune.land, kommune.land),
        health=looks.health_of(kommune.slug) if ready else None,
        rules=looks.all_rules(kommune.slug),
        login=login,
        mail=mail,
        link=link,
        causes=causes,
    )


def _done(slug: str, said: str) -> BaseResponse:
    flash(said)
    return redirect(url_for("betrieb.show_kommune", slug=slug), 303)


@betrieb.post("/kommunen/<slug:slug>/sperren")
def lock(slug: str) -> BaseResponse | tuple[str, int]:
    """Shut a municipality for a while."""
    try:
        lock_kommune(slug, by=required_konto())
    except Conflict as refusal:
        return _page(_known(slug), causes_of(refusal)), WRONG
    return _done(slug, _("Die Kommune ist gesperrt. Formularserver werden gebeten, später noch einmal zu senden."))


@betrieb.post("/kommunen/<slug:slug>/entsperren")
def unlock(slug: str) -> BaseResponse | tuple[str, int]:
    """Open a municipality again."""
    try:
        unlock_kommune(slug, by=required_konto())
    except Conflict as refusal:
        return _page(_known(slug), causes_of(refusal)), WRONG
    return _done(slug, _("Die Kommune ist wieder in Betrieb."))


@betrieb.post("/kommunen/<slug:slug>/aktualisieren")
def bring_up(slug: str) -> BaseResponse | tuple[str, int]:
    """Bring the database of a municipality up to date."""
    try:
        result: Upgraded = bring_up_kommune(slug, by=required_konto())
    except Conflict as refusal:
        return _page(_known(slug), causes_of(refusal)), WRONG
    if result.problem is not None:
        return _page(_known(slug), (Cause(result.problem),)), WRONG
    return _done(slug, _("Die Datenbank ist auf dem neuesten Stand."))
