"""One's own Konto: who one is here, and one's password."""

from __future__ import annotations

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import end_vertretung, reads
from engine.base.errors import Cause, Invalid
from engine.base.rights import BETRIEB
from engine.model.session import OIDC
from engine.verbs.konten import change_password
from web import identity, vertretung
from web.desk.blueprint import desk
from web.forms import WRONG, causes_of
from web.language import ROLE_NAMES
from web.security import limiter
from web.typed import onward


def _refused(response: Response) -> bool:
    return response.status_code == WRONG


def _own_konto() -> str:
    return f"{g.kommune}/{identity.required_konto().id}"


@desk.route("/mein-konto", methods=["GET", "POST"])
@limiter.limit("20 per 5 minutes", key_func=_own_konto, methods=["POST"], deduct_when=_refused)
def my_konto() -> str | BaseResponse | tuple[str, int]:
    """Who one is here; change the password."""
    causes: tuple[Cause, ...] = ()
    if request.method == "POST":
        try:
            _change(request.form.get("passwort_alt", ""))
        except Invalid as refusal:
            causes = causes_of(refusal)
        else:
            flash(_("Ihr Passwort ist geändert. Andere Sitzungen von Ihnen sind beendet."))
            return redirect(url_for("desk.my_konto"), 303)
    return (_page(causes), WRONG) if causes else _page()


def _page(causes: tuple[Cause, ...] = (), *, about_vertretung: bool = False) -> str:
    """One's own page, with what was wrong in one of its forms."""
    login = identity.required_login()
    stellen = reads.names_of_stellen()
    return render_template(
        "mein_konto.html",
        person=reads.get_person(login.konto.id),
        roles=[name for role, name in (*ROLE_NAMES.items(), (BETRIEB, _("Betrieb"))) if role in login.konto.roles],
        stellen=sorted(stellen.get(key, key) for key in login.konto.groups),
        has_password=login.via != OIDC,
        causes=causes,
        about_vertretung=about_vertretung,
        for_others=reads.held_by(login.konto, ("vertretung",)),
        **vertretung.shown(login.konto.login, typed=about_vertretung),
    )


@desk.post("/mein-konto/vertretung")
def cover_me() -> BaseResponse | tuple[str, int]:
    """Let somebody act for oneself for a time."""
    causes = vertretung.enter(identity.required_konto().id)
    if causes:
        return _page(causes, about_vertretung=True), WRONG
    flash(_("Die Vertretung ist eingetragen."))
    return redirect(url_for("desk.my_konto"), 303)


@desk.post("/mein-konto/vertretung/<id:vertretung_id>/beenden")
def end_my_cover(vertretung_id: str) -> BaseResponse:
    """End a Vertretung of oneself."""
    end_vertretung(vertretung_id, by=identity.required_konto())
    flash(_("Die Vertretung ist beendet."))
    return redirect(url_for("desk.my_konto"), 303)


@desk.route("/neues-passwort", methods=["GET", "POST"])
@limiter.limit("20 per 5 minutes", key_func=_own_konto, methods=["POST"], deduct_when=_refused)
def new_password() -> str | BaseResponse | tuple[str, int]:
    """Choose a password in place of one that was good for one login."""
    wanted = onward(request.values.get("weiter", ""))
    if not identity.required_login().must_change:
        return redirect(wanted, 303)
    causes: tuple[Cause, ...] = ()
    if request.method == "POST":
        try:
            _change(None)
        except Invalid as refusal:
            causes = causes_of(refusal)
        else:
            flash(_("Ihr neues Passwort gilt ab jetzt."))
            return redirect(wanted, 303)
    page = render_template("neues_passwort.html", wanted=wanted, causes=causes)
    return (page, WRONG) if causes else page


def _change(old: str | None) -> None:
    """Change the password to the one that was typed twice, and give the session another token."""
    login, new = identity.required_login(), request.form.get("passwort_neu", "")
    if new != request.form.get("passwort_wieder", ""):
        cause = Cause(
            _("Die beiden neuen Passwörter sind verschieden."), _("Bitte tippen Sie es noch einmal."), "/passwort_wieder"
        )
        raise Invalid(_("Das Passwort wurde nicht geändert."), [cause])
    change_password(
        new,
        is_right=identity.verify_password,
        hashed=identity.hash_password,
        old=old,
        mark=login.mark,
        by=login.konto,
    )
    identity.stay(turn=True)
