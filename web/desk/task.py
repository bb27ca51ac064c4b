"""A task: its form; taking it, giving it back, completing it."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import reads
from engine.base.errors import Conflict
from engine.verbs.desk import claim_aufgabe, complete_aufgabe, release_aufgabe
from web.desk.blueprint import desk
from web.identity import required_konto


@desk.get("/aufgaben/<id:aufgabe_id>")
def show_aufgabe(aufgabe_id: str) -> str:
    """A task with its form."""
    task = reads.get_aufgabe(aufgabe_id)
    konto = required_konto()
    return render_template(
        "aufgabe.html",
        task=task,
        case=reads.get_vorgang(task.vorgang_id),
        application=reads.antrag_of(task.vorgang_id),
        documents=reads.list_dokumente(task.vorgang_id),
        may_act=konto.may("aufgabe.bearbeiten"),
        mine=task.holder == konto.login,
    )


@desk.post("/aufgaben/<id:aufgabe_id>/uebernehmen")
def claim(aufgabe_id: str) -> BaseResponse:
    """Take a task."""
    try:
        claim_aufgabe(aufgabe_id, by=required_konto())
    except Conflict as conflict:
        flash(conflict.sentence)
    return redirect(url_for("desk.show_aufgabe", aufgabe_id=aufgabe_id), 303)


@desk.post("/aufgaben/<id:aufgabe_id>/zurueckgeben")
def release(aufgabe_id: str) -> BaseResponse:
    """Give a task back."""
    try:
        release_aufgabe(aufgabe_id, by=required_konto())
        flash(_("Die Aufgabe ist wieder frei."))
    except Conflict as conflict:
        flash(conflict.sentence)
    return redirect(url_for("desk.show_aufgabe", aufgabe_id=aufgabe_id), 303)


@desk.post("/aufgaben/<id:aufgabe_id>/erledigen")
def complete(aufgabe_id: str) -> BaseResponse:
    """Complete a task that has no form."""
    try:
        done = complete_aufgabe(aufgabe_id, {}, by=required_konto())
    except Conflict as conflict:
        flash(conflict.sentence)
        return redirect(url_for("desk.show_aufgabe", aufgabe_id=aufgabe_id), 303)
    flash(_("Erledigt: %(name)s", name=done.name))
    return redirect(url_for("desk.show_vorgang", vorgang_id=done.vorgang_id), 303)
