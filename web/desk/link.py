"""The one-time link: somebody who has been let in chooses a password of their own."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import reads
from engine.base.errors import Cause, Conflict, Invalid
from engine.verbs.invite import use_link
from web.desk.blueprint import desk
from web.forms import WRONG, causes_of
from web.identity import hash_password
from web.security import client_address, limiter

GONE = 410


def _failed(response: Response) -> bool:
    return response.status_code in (GONE, WRONG)


@desk.route("/einmallink/<string(length=43):token>", methods=["GET", "POST"])
@limiter.limit("20 per 5 minutes", key_func=client_address, deduct_when=_failed)
def choose_password(token: str) -> str | BaseResponse | tuple[str, int]:
    """Choose a password with a one-time link. Looking at the page uses nothing up: mail servers follow links by themselves."""
    konto, causes = reads.invited(token), tuple[Cause, ...]()
    if konto is None:
        return render_template("einmallink_vorbei.html"), GONE
    if request.method == "POST":
        try:
            use_link(token, _typed_twice(), hashed=hash_password, by=konto)
        except Conflict:
            return render_template("einmallink_vorbei.html"), GONE
        except Invalid as refusal:
            causes = causes_of(refusal)
        else:
            flash(_("Ihr Passwort gilt ab jetzt. Melden Sie sich damit als „%(login)s“ an.", login=konto.login))
            return redirect(url_for("desk.sign_in"), 303)
    page = render_template("einmallink.html", invited=konto, causes=causes)
    return (page, WRONG) if causes else page


def _typed_twice() -> str:
    """The password that was typed twice.

    Raises:
        Invalid: it was not.
    """
    new: str = request.form.get("passwort_neu", "")
    if new != request.form.get("passwort_wieder", ""):
        cause = Cause(_("Die beiden Passwörter sind verschieden."), _("Bitte tippen Sie es noch einmal."), "/passwort_wieder")
        raise Invalid(_("Das Passwort wurde nicht gesetzt."), [cause])
    return new
