"""The way in: which municipalities work here, signing in with a password or through a login service, signing out."""

from __future__ import annotations

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import reads
from engine.base import db
from engine.base.errors import Unauthenticated, Unknown
from engine.base.rights import SYSTEM
from engine.model.session import OIDC
from engine.verbs.kommune import list_kommunen
from engine.verbs.login import refuse_login
from forms.characters import cleaned
from web import identity, language, oidc
from web.desk.blueprint import desk
from web.forms import WRONG
from web.security import client_address, limiter
from web.typed import brought_along, login_page, onward

entrance = Blueprint("entrance", __name__)


@entrance.get("/")
def choose() -> str:
    """Which municipalities work here: the way to their login."""
    open_here = [one for one in list_kommunen() if one.state == "bereit" and db.serves(one.slug)]
    return render_template("eingang.html", kommunen=open_here)


def _failed(response: Response) -> bool:
    return response.status_code == WRONG


def _typed_login() -> str:
    """The login as it was typed, with nothing around it."""
    return cleaned(request.form.get("login", "").strip())[:100]


def _attempted_login() -> str:
    """Whose login is tried: exactly the one that is looked up, or spaces around it would be ten more attempts."""
    return f"{g.kommune}/{_typed_login().lower()}"


@desk.route("/anmelden", methods=["GET", "POST"])
@limiter.limit("20 per 5 minutes", key_func=client_address, methods=["POST"], deduct_when=_failed)
@limiter.limit("10 per 5 minutes", key_func=_attempted_login, methods=["POST"], deduct_when=_failed)
def sign_in() -> str | BaseResponse | tuple[str, int]:
    """Sign in with login and password."""
    wanted = request.values.get("weiter", "")
    if request.method == "GET":
        if identity.current_konto() is not None:
            return redirect(onward(wanted), 303)
        return login_page(wanted=wanted)
    login, kept = _typed_login(), brought_along()
    if identity.sign_in(login.lower(), request.form.get("passwort", "")) is None:
        wrong = _("Anmeldename oder Passwort stimmt nicht.")
        return login_page(login=login, wrong=wrong, wanted=wanted, kept=kept), WRONG
    if kept is not None:
        return render_template("fortsetzen.html", kept=kept)
    return redirect(onward(wanted), 303)


@desk.get("/anmelden/dienst")
@limiter.limit("30 per 5 minutes", key_func=client_address)
def begin_oidc() -> BaseResponse | tuple[str, int]:
    """Go to the login service."""
    service = oidc.service()
    wanted = request.args.get("weiter", "")
    if service is None:
        return redirect(url_for("desk.sign_in", weiter=wanted), 303)
    try:
        return redirect(oidc.address(service, onward(wanted)), 303)
    except oidc.NotSignedIn as refusal:
        return login_page(wrong=refusal.sentence, wanted=wanted), WRONG


@desk.get("/anmelden/dienst/zurueck")
@limiter.limit("20 per 5 minutes", key_func=client_address, deduct_when=_failed)
def end_oidc() -> BaseResponse | tuple[str, int]:
    """Come back from the login service."""
    service = oidc.service()
    if service is None:
        return redirect(url_for("desk.sign_in"), 303)
    login = ""
    try:
        login, wanted = oidc.login_from(service)
        konto, _hash = reads.konto_by_login(login)
    except oidc.NotSignedIn as refusal:
        refuse_login(login, OIDC, refusal.reason, by=SYSTEM)
        return login_page(wrong=refusal.sentence), WRONG
    except Unknown:
        refuse_login(login, OIDC, "konto", by=SYSTEM)
        sentence = _(
            "Für „%(login)s“ gibt es hier kein Konto. Die Administration Ihrer Kommune kann es anlegen.", login=login[:100]
        )
        return login_page(wrong=sentence), WRONG
    try:
        identity.begin(konto, OIDC)
    except Unauthenticated as refusal:
        return login_page(wrong=refusal.sentence), WRONG
    return redirect(wanted, 303)


@desk.post("/sprache")
def choose_language() -> BaseResponse:
    """Let the pages speak another language in this browser."""
    answer = redirect(onward(request.form.get("weiter", "")), 303)
    language.choose(answer, request.form.get("sprache", ""))
    return answer


@desk.post("/abmelden")
def sign_out() -> BaseResponse:
    """End the session."""
    identity.sign_out()
    flash(_("Sie sind abgemeldet."))
    return redirect(url_for("desk.sign_in"), 303)
