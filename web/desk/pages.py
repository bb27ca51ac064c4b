"""The views of the desk: parse, one verb or one read each, render."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import reads
from engine.base.errors import Conflict
from engine.verbs.desk import claim_aufgabe, complete_aufgabe, release_aufgabe
from engine.verbs.kommune import list_kommunen
from forms.characters import cleaned
from web import identity
from web.desk.words import timeline
from web.identity import required_konto
from web.security import client_address, limiter

POST_ROOM = "posteingang"
WRONG = 422
REFRESH_S = 5

desk = Blueprint("desk", __name__, url_prefix="/<slug:kommune>")
entrance = Blueprint("entrance", __name__)


@entrance.get("/")
def choose() -> str:
    """Which municipalities work here: the way to their login."""
    return render_template("eingang.html", kommunen=[one for one in list_kommunen() if one.state == "bereit"])


# --- who -----------------------------------------------------------------------------------------------------------


def _failed(response: Response) -> bool:
    return response.status_code == WRONG


def _attempted_login() -> str:
    return f"{g.kommune}/{request.form.get('login', '')[:100].casefold()}"


@desk.route("/anmelden", methods=["GET", "POST"])
@limiter.limit("20 per 5 minutes", key_func=client_address, methods=["POST"], deduct_when=_failed)
@limiter.limit("10 per 5 minutes", key_func=_attempted_login, methods=["POST"], deduct_when=_failed)
def sign_in() -> str | BaseResponse | tuple[str, int]:
    """Sign in with login and password."""
    onward = _onward(request.values.get("weiter", ""))
    if request.method == "GET":
        if identity.current_konto() is not None:
            return redirect(onward, 303)
        return render_template("anmelden.html", onward=onward, login="", wrong=False)
    login = cleaned(request.form.get("login", "").strip())[:100]
    if identity.sign_in(login, request.form.get("passwort", "")) is None:
        return render_template("anmelden.html", onward=onward, login=login, wrong=True), WRONG
    return redirect(onward, 303)


@desk.post("/abmelden")
def sign_out() -> BaseResponse:
    """End the session."""
    identity.sign_out()
    flash(_("Sie sind abgemeldet."))
    return redirect(url_for("desk.sign_in"), 303)


def _onward(wanted: str) -> str:
    """Where to go after the login: a page of this municipality, never another site."""
    parts = urlsplit(wanted) if wanted.isprintable() else urlsplit("")
    if not parts.scheme and not parts.netloc and parts.path.startswith(f"/{g.kommune}/") and "\\" not in wanted:
        return wanted
    return url_for("desk.home")


# --- lists ---------------------------------------------------------------------------------------------------------


@desk.get("/")
def home() -> str:
    """What is to be done, and all cases."""
    konto = required_konto()
    words = cleaned(request.args.get("q", "").strip())[:200]
    return render_template(
        "start.html",
        mine=reads.list_aufgaben(holder=konto.login),
        tasks=reads.list_aufgaben(page=_page("aufgaben")),
        cases=reads.list_vorgaenge(q=words or None, page=_page("seite")),
        q=words,
    )


@desk.get("/posteingang")
def posteingang() -> str:
    """Cases of which nobody knows yet whose they are."""
    return render_template("posteingang.html", cases=reads.list_vorgaenge(leistung=POST_ROOM, page=_page("seite")))


def _page(name: str) -> int:
    """The page asked for; what is no page is the first."""
    text = request.args.get(name, "1")
    return min(int(text), 100_000) if text.isascii() and text.isdigit() and len(text) < 10 else 1


# --- a case --------------------------------------------------------------------------------------------------------


@desk.get("/vorgaenge/<id:vorgang_id>")
def show_vorgang(vorgang_id: str) -> str:
    """All that is known of a case."""
    return render_template(
        "vorgang.html",
        case=reads.get_vorgang(vorgang_id),
        application=reads.antrag_of(vorgang_id),
        tasks=reads.list_aufgaben(vorgang_id=vorgang_id).items,
        deadlines=reads.list_fristen(vorgang_id),
        decisions=reads.list_decisions(vorgang_id),
        notices=reads.list_bescheide(vorgang_id),
        documents=reads.list_dokumente(vorgang_id),
        messages=reads.list_nachrichten(vorgang_id),
        incidents=reads.list_incidents(vorgang_id).items,
        timeline=timeline(reads.verlauf(vorgang_id)),
        refresh_s=REFRESH_S,
    )


# --- a task --------------------------------------------------------------------------------------------------------


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
