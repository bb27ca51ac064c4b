"""Konten: who works here. Listed, added, changed, locked, let in again; their passwords and tokens."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import (
    activate_konto,
    add_konto,
    change_konto,
    deactivate_konto,
    end_vertretung,
    new_token,
    reads,
    reset_password,
    withdraw_token,
)
from engine.base.db import new_id
from engine.base.errors import Cause, Conflict, Invalid
from forms.characters import cleaned
from web import vertretung
from web.forms import WRONG, causes_of, chosen, made_id, page_number, text
from web.identity import hash_password, required_konto, show_once, shown_once
from web.language import ROLE_NAMES
from web.operate.blueprint import operate
from web.provision import new_password


@dataclass(frozen=True, slots=True)
class Filled:
    """The form of a Konto as it is filled in."""

    login: str = ""
    name: str = ""
    email: str = ""
    roles: frozenset[str] = frozenset()
    stellen: frozenset[str] = frozenset()


def _sent() -> Filled:
    return Filled(text("login").strip(), text("name"), text("email"), chosen("rollen"), chosen("stellen"))


def _choices(filled: Filled) -> list[tuple[str, str]]:
    """The Stellen to choose from, by key; those the Konto has although only diagrams know them come last."""
    known = reads.names_of_stellen()
    return [*known.items(), *((key, key) for key in sorted(filled.stellen - known.keys()))]


@operate.get("/konten")
def list_konten() -> str:
    """All Konten."""
    words = cleaned(request.args.get("q", "").strip())[:200]
    names = reads.names_of_stellen()
    return render_template(
        "konten.html",
        people=reads.list_personen(q=words or None, page=page_number("seite")),
        q=words,
        roles=ROLE_NAMES,
        names=names,
    )


@operate.route("/konten/neu", methods=["GET", "POST"])
def new_konto() -> str | BaseResponse | tuple[str, int]:
    """Add a Konto; its first password is shown once on the page that follows."""
    filled, causes, id = Filled(), tuple[Cause, ...](), new_id()
    if request.method == "POST":
        filled, id = _sent(), made_id()
        password = new_password()
        hash, by = hash_password(password), required_konto()
        try:
            made = add_konto(
                filled.login, filled.name, filled.email, filled.roles, filled.stellen, hash, once=True, id=id, by=by
            )  # fmt: skip
        except (Invalid, Conflict) as refusal:
            causes = causes_of(refusal)
        else:
            _show_if_it_counts(made, password, hash)
            return redirect(url_for("operate.show_konto", konto_id=made), 303)
    page = render_template("konto_neu.html", filled=filled, id=id, causes=causes, roles=ROLE_NAMES, stellen=_choices(filled))
    return (page, WRONG) if causes else page


@operate.route("/konten/<id:konto_id>", methods=["GET", "POST"])
def show_konto(konto_id: str) -> str | BaseResponse | tuple[str, int]:
    """A Konto; change it."""
    person = reads.get_person(konto_id)
    if request.method == "GET":
        return _page(person)
    sent = _sent()
    try:
        change_konto(konto_id, name=sent.name, email=sent.email, roles=sent.roles, groups=sent.stellen, by=required_konto())
    except (Invalid, Conflict) as refusal:
        return _page(person, sent, causes_of(refusal)), WRONG
    flash(_("Gespeichert. Die Änderung gilt ab dem nächsten Klick dieser Person."))
    return redirect(url_for("operate.show_konto", konto_id=konto_id), 303)


def _page(
    person: reads.Person, filled: Filled | None = None, causes: tuple[Cause, ...] = (), *, about_vertretung: bool = False
) -> str:
    has = Filled(person.login, person.name, person.email, frozenset(person.roles), frozenset(person.groups))
    filled = filled or has
    return render_template(
        "konto.html",
        person=person,
        filled=filled,
        causes=causes,
        roles=ROLE_NAMES,
        stellen=_choices(has),
        tokens=reads.tokens_of(person.id),
        own=person.id == required_konto().id,
        password=shown_once(f"konto {person.id}"),
        token=shown_once(f"schluessel {person.id}"),
        id=new_id(),
        about_vertretung=about_vertretung,
        **vertretung.shown(person.login, typed=about_vertretung),
    )


def _show_if_it_counts(konto_id: str, password: str, hash: str) -> None:
    if reads.has_password(konto_id, hash):
        show_once(f"konto {konto_id}", password)


def _pressed(konto_id: str, said: str) -> BaseResponse:
    flash(said)
    return redirect(url_for("operate.show_konto", konto_id=konto_id), 303)


@operate.post("/konten/<id:konto_id>/vertretung")
def cover(konto_id: str) -> BaseResponse | tuple[str, int]:
    """Let somebody act for a Konto for a time."""
    causes = vertretung.enter(konto_id)
    if causes:
        return _page(reads.get_person(konto_id), causes=causes, about_vertretung=True), WRONG
    return _pressed(konto_id, _("Die Vertretung ist eingetragen."))


@operate.post("/konten/<id:konto_id>/vertretung/<id:vertretung_id>/beenden")
def end_cover(konto_id: str, vertretung_id: str) -> BaseResponse:
    """End a Vertretung."""
    end_vertretung(vertretung_id, by=required_konto())
    return _pressed(konto_id, _("Die Vertretung ist beendet."))


@operate.post("/konten/<id:konto_id>/sperren")
def lock(konto_id: str) -> BaseResponse | tuple[str, int]:
    """Let a Konto in no more."""
    try:
        deactivate_konto(konto_id, by=required_konto())
    except Invalid as refusal:
        return _page(reads.get_person(konto_id), causes=causes_of(refusal)), WRONG
    return _pressed(konto_id, _("Das Konto ist gesperrt. Sitzungen sind beendet, übernommene Aufgaben wieder frei."))


@operate.post("/konten/<id:konto_id>/entsperren")
def unlock(konto_id: str) -> BaseResponse:
    """Let a Konto in again."""
    activate_konto(konto_id, by=required_konto())
    return _pressed(konto_id, _("Das Konto ist entsperrt. Es gilt das bisherige Passwort."))


@operate.post("/konten/<id:konto_id>/passwort")
def reset(konto_id: str) -> BaseResponse | tuple[str, int]:
    """Give a Konto a password for one login; it is shown once on the page that follows."""
    password = new_password()
    hash = hash_password(password)
    try:
        reset_password(konto_id, hash, by=required_konto())
    except Invalid as refusal:
        return _page(reads.get_person(konto_id), causes=causes_of(refusal)), WRONG
    _show_if_it_counts(konto_id, password, hash)
    return redirect(url_for("operate.show_konto", konto_id=konto_id), 303)


@operate.post("/konten/<id:konto_id>/schluessel")
def make_token(konto_id: str) -> BaseResponse | tuple[str, int]:
    """Make an API token; it is shown once on the page that follows."""
    person = reads.get_person(konto_id)
    try:
        token = new_token(person.login, text("zweck"), id=made_id(), by=required_konto())
    except Invalid as refusal:
        return _page(person, causes=causes_of(refusal)), WRONG
    if token is not None:
        show_once(f"schluessel {konto_id}", token)
    return redirect(url_for("operate.show_konto", konto_id=konto_id), 303)


@operate.post("/konten/<id:konto_id>/schluessel/<id:token_id>/zurueckziehen")
def take_token_back(konto_id: str, token_id: str) -> BaseResponse:
    """Withdraw an API token."""
    withdraw_token(konto_id, token_id, by=required_konto())
    return _pressed(konto_id, _("Der Schlüssel gilt nicht mehr."))
