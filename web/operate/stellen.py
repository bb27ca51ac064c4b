"""Stellen: the organisational units of the municipality, and who belongs to them."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import add_stelle, change_stelle, reads, remove_stelle
from engine.base.errors import Cause, Conflict, Invalid
from web.forms import WRONG, causes_of, made_id, text
from web.identity import required_konto
from web.operate.blueprint import operate


@operate.get("/stellen")
def list_stellen() -> str:
    """All Stellen."""
    return render_template("stellen.html", stellen=reads.list_stellen())


@operate.route("/stellen/neu", methods=["GET", "POST"])
def new_stelle() -> str | BaseResponse | tuple[str, int]:
    """Add a Stelle."""
    causes: tuple[Cause, ...] = ()
    id = made_id()
    if request.method == "POST":
        try:
            made = add_stelle(text("name"), nummer=text("nummer"), key=text("kennung"), id=id, by=required_konto())
        except Invalid as refusal:
            causes = causes_of(refusal)
        else:
            flash(_("Die Stelle ist angelegt."))
            return redirect(url_for("operate.show_stelle", stelle_id=made), 303)
    filled = {"name": text("name"), "nummer": text("nummer"), "kennung": text("kennung")}
    page = render_template("stelle_neu.html", filled=filled, id=id, causes=causes)
    return (page, WRONG) if causes else page


@operate.route("/stellen/<id:stelle_id>", methods=["GET", "POST"])
def show_stelle(stelle_id: str) -> str | BaseResponse | tuple[str, int]:
    """A Stelle and its people; change it."""
    stelle = reads.get_stelle(stelle_id)
    if request.method == "GET":
        return _page(stelle)
    try:
        change_stelle(stelle_id, name=text("name"), nummer=text("nummer"), by=required_konto())
    except Invalid as refusal:
        return _page(stelle, {"name": text("name"), "nummer": text("nummer")}, causes_of(refusal)), WRONG
    flash(_("Gespeichert."))
    return redirect(url_for("operate.show_stelle", stelle_id=stelle_id), 303)


def _page(stelle: reads.Stelle, filled: dict[str, str] | None = None, causes: tuple[Cause, ...] = ()) -> str:
    filled = filled or {"name": stelle.name, "nummer": stelle.nummer or ""}
    return render_template("stelle.html", stelle=stelle, filled=filled, causes=causes, people=reads.people_of(stelle.key))


@operate.post("/stellen/<id:stelle_id>/entfernen")
def drop_stelle(stelle_id: str) -> BaseResponse | tuple[str, int]:
    """Remove a Stelle that nobody and nothing belongs to."""
    try:
        remove_stelle(stelle_id, by=required_konto())
    except Conflict as refusal:
        return _page(reads.get_stelle(stelle_id), causes=causes_of(refusal)), WRONG
    flash(_("Die Stelle ist entfernt."))
    return redirect(url_for("operate.list_stellen"), 303)
