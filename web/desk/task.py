"""A task: its form; taking it, giving it back, handing it over, completing it; how it stands now, for who lost a race."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import reads
from engine.base import clock
from engine.base.errors import Cause, Conflict, Forbidden, Invalid
from engine.verbs.desk import claim_aufgabe, complete_aufgabe, release_aufgabe
from engine.verbs.desk import hand_over as give_to
from web.desk.blueprint import desk
from web.desk.case import told_of
from web.desk.timeline import timeline
from web.forms import WRONG, causes_of, text
from web.identity import required_konto
from web.typed import onward


@desk.get("/aufgaben/<id:aufgabe_id>")
def show_aufgabe(aufgabe_id: str) -> str:
    """A task with its form."""
    task = reads.get_aufgabe(aufgabe_id)
    konto = required_konto()
    drafts = reads.to_approve(aufgabe_id)
    mine, whom = task.holder == konto.login, reads.acts_for(task, konto)
    return render_template(
        "aufgabe.html",
        task=task,
        case=reads.get_vorgang(task.vorgang_id),
        application=reads.antrag_of(task.vorgang_id),
        documents=reads.list_dokumente(task.vorgang_id),
        notices=[one for one in reads.list_bescheide(task.vorgang_id) if one.state in ("entwurf", "freigegeben")],
        drafts=drafts,
        names=reads.names_of_konten(),
        hindrance=reads.hindrance(task, konto),
        mine=mine,
        whom=whom.name if whom is not None else "",
        free=reads.may_take(task, konto),
        unsent=None if mine and task.state != "offen" else reads.draft_of(aufgabe_id, konto.login),
        opened_at=clock.now().isoformat(),
    )


@desk.get("/aufgaben/<id:aufgabe_id>/stand")
def show_now(aufgabe_id: str) -> str:
    """How a task stands now and what has happened since its page was opened (`seit`): a part of that page."""
    task = reads.get_aufgabe(aufgabe_id)
    drafts = reads.to_approve(aufgabe_id)
    since = _instant(request.args.get("seit", ""))
    return render_template(
        "aufgabe_stand.html",
        task=task,
        drafts=drafts,
        names=reads.names_of_konten(),
        lines=[line for line in timeline(told_of(task.vorgang_id)) if line.at > since and line.important],
        login=required_konto().login,
    )


def _instant(text: str) -> dt.datetime:
    """An instant that a page of ours wrote down; what is none is now, so that nothing has happened since."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return clock.now()
    return found if found.tzinfo is not None else clock.now()


@desk.get("/angemeldet")
def signed_in() -> str:
    """After signing in again in a new tab: back to the page one was typing in."""
    return render_template("angemeldet.html")


@desk.post("/aufgaben/<id:aufgabe_id>/uebernehmen")
def claim(aufgabe_id: str) -> BaseResponse:
    """Take a task; from a list one goes on in that list."""
    try:
        taken = claim_aufgabe(aufgabe_id, by=required_konto())
        if _from_a_list():
            flash(_("Übernommen: %(name)s (%(nummer)s)", name=taken.name or _("Aufgabe"), nummer=taken.nummer))
    except (Conflict, Forbidden) as refusal:
        flash(refusal.sentence)
    return _back(aufgabe_id)


@desk.post("/aufgaben/<id:aufgabe_id>/zurueckgeben")
def release(aufgabe_id: str) -> BaseResponse:
    """Give a task back."""
    try:
        release_aufgabe(aufgabe_id, by=required_konto())
        flash(_("Die Aufgabe ist wieder frei."))
    except Conflict as conflict:
        flash(conflict.sentence)
    return _back(aufgabe_id)


@desk.get("/aufgaben/<id:aufgabe_id>/weitergeben")
def choose_colleague(aufgabe_id: str) -> str:
    """Choose who is to have a task."""
    return _colleagues(aufgabe_id, request.args.get("zurueck", ""))


@desk.post("/aufgaben/<id:aufgabe_id>/weitergeben")
def hand_over(aufgabe_id: str) -> BaseResponse | tuple[str, int]:
    """Give a task to a colleague."""
    login = text("an").strip()
    try:
        given = give_to(aufgabe_id, login, by=required_konto())
        who = reads.names_of_konten().get(login, login)
        flash(
            _("Weitergegeben an %(who)s: %(name)s (%(nummer)s)", who=who, name=given.name or _("Aufgabe"), nummer=given.nummer)
        )
    except Invalid as refusal:
        return _colleagues(aufgabe_id, text("zurueck"), login, causes_of(refusal)), WRONG
    except (Conflict, Forbidden) as refusal:
        flash(refusal.sentence)
    return _back(aufgabe_id)


def _colleagues(aufgabe_id: str, back: str, chosen: str = "", causes: Sequence[Cause] = ()) -> str:
    """The page on which one chooses a colleague, with what was wrong."""
    task, konto = reads.get_aufgabe(aufgabe_id), required_konto()
    return render_template(
        "weitergeben.html",
        task=task,
        colleagues=[(one.login, one.name) for one in reads.possible_holders(task) if one.login != konto.login],
        chosen=chosen,
        causes=causes,
        possible=task.state == "offen" and reads.may_take(task, konto),
        holder=reads.names_of_konten().get(task.holder or "", task.holder),
        back=onward(back) if back else url_for("desk.show_aufgabe", aufgabe_id=aufgabe_id),
        after=onward(back),
        target=url_for("desk.hand_over", aufgabe_id=aufgabe_id),
        nobody=_(
            "Außer Ihnen gibt es niemanden, für den diese Aufgabe ist. "
            "Stellen und Rollen vergibt die Administration Ihrer Kommune."
        ),
    )


def _from_a_list() -> bool:
    return "zurueck" in request.form


def _back(aufgabe_id: str) -> BaseResponse:
    """To the list one came from, else to the task."""
    target = onward(request.form["zurueck"]) if _from_a_list() else url_for("desk.show_aufgabe", aufgabe_id=aufgabe_id)
    return redirect(target, 303)


@desk.post("/aufgaben/<id:aufgabe_id>/erledigen")
def complete(aufgabe_id: str) -> BaseResponse:
    """Complete a task that has no form."""
    try:
        done = complete_aufgabe(aufgabe_id, {}, seen=request.form.get("gesehen"), by=required_konto())
    except Conflict as conflict:
        flash(conflict.sentence)
        return redirect(url_for("desk.show_aufgabe", aufgabe_id=aufgabe_id), 303)
    flash(_("Erledigt: %(name)s", name=done.name))
    return redirect(url_for("desk.show_vorgang", vorgang_id=done.vorgang_id), 303)
