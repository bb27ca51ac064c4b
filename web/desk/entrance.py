"""The way in: which municipalities work here, signing in and out."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine.verbs.kommune import list_kommunen
from forms.characters import cleaned
from web import identity
from web.desk.blueprint import desk
from web.security import client_address, limiter

WRONG = 422

entrance = Blueprint("entrance", __name__)


@entrance.get("/")
def choose() -> str:
    """Which municipalities work here: the way to their login."""
    return render_template("eingang.html", kommunen=[one for one in list_kommunen() if one.state == "bereit"])


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
