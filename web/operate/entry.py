"""How one gets in: from which networks, for how long without use, and through which login service."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import change_idle, change_networks, change_oidc, reads
from engine.base.errors import Cause, Invalid
from engine.verbs.login import OIDC
from web import access, oidc
from web.forms import WRONG, causes_of, text
from web.identity import required_konto, required_login
from web.operate.blueprint import operate
from web.security import client_address

DEFAULTS = {"issuer": "", "client_id": "", "claim": "preferred_username", "only_oidc": False, "emergency": ""}


@operate.route("/netze", methods=["GET", "POST"])
def networks() -> str | BaseResponse | tuple[str, int]:
    """From which networks the municipality can be reached."""
    causes: tuple[Cause, ...] = ()
    typed = "\n".join(access.current_kommune().allow_ips)
    if request.method == "POST":
        typed = text("netze")
        wanted = [line for line in typed.replace(",", "\n").split("\n") if line.strip()]
        try:
            confirmed = text("bestaetigt") == "ja"
            change_networks(wanted, address=client_address(), confirmed=confirmed, by=required_konto())
        except Invalid as refusal:
            causes = causes_of(refusal)
        else:
            access.forget_kommune()
            flash(_("Gespeichert. Die Netze gelten in wenigen Sekunden."))
            return redirect(url_for("operate.networks"), 303)
    page = render_template("netze.html", typed=typed, address=client_address(), causes=causes)
    return (page, WRONG) if causes else page


@operate.route("/anmeldung", methods=["GET", "POST"])
def login_settings() -> str | BaseResponse | tuple[str, int]:
    """After how long a session ends; the way to the login service."""
    causes: tuple[Cause, ...] = ()
    typed = str(reads.idle_min())
    if request.method == "POST":
        typed = text("leerlauf").strip()
        try:
            change_idle(_minutes(typed), by=required_konto())
        except Invalid as refusal:
            causes = causes_of(refusal)
        else:
            flash(_("Gespeichert. Die Zeit gilt sofort."))
            return redirect(url_for("operate.login_settings"), 303)
    page = render_template("anmeldung.html", typed=typed, service=oidc.service(), causes=causes)
    return (page, WRONG) if causes else page


def _minutes(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else -1


@operate.route("/anmeldung/dienst", methods=["GET", "POST"])
def oidc_settings() -> str | BaseResponse | tuple[str, int]:
    """The login service: set it, or only look whether it answers."""
    if request.method == "GET":
        return _oidc_page(reads.setting(OIDC) or DEFAULTS)
    typed: dict[str, Any] = {name: text(name) for name in ("issuer", "client_id", "claim")}
    typed |= {"only_oidc": text("only_oidc") == "ja", "emergency": text("notfall")}
    if text("tun") == "pruefen":
        return _oidc_page(typed, checked=True, wrong=oidc.check(typed["issuer"].strip()))
    try:
        change_oidc(
            {**typed, "client_secret": text("geheimnis")},
            via=required_login().via,
            loopback=oidc.plain_http(),
            by=required_konto(),
        )
    except Invalid as refusal:
        return _oidc_page(typed, causes_of(refusal)), WRONG
    flash(_("Gespeichert. Auf der Anmeldeseite steht jetzt auch der Anmeldedienst."))
    return redirect(url_for("operate.oidc_settings"), 303)


def _oidc_page(
    filled: dict[str, Any], causes: tuple[Cause, ...] = (), *, checked: bool = False, wrong: str | None = None
) -> str:
    return render_template(
        "anmeldedienst.html",
        filled=filled,
        there=oidc.service() is not None,
        may_be_only=required_login().via == "oidc",
        redirect_uri=oidc.redirect_uri(),
        causes=causes,
        checked=checked,
        wrong=wrong,
    )


@operate.post("/anmeldung/dienst/entfernen")
def drop_oidc() -> BaseResponse:
    """Do without a login service."""
    change_oidc(None, via=required_login().via, by=required_konto())
    flash(_("Der Anmeldedienst ist entfernt. Angemeldet wird mit Passwort."))
    return redirect(url_for("operate.login_settings"), 303)
