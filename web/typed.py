"""Nothing typed is lost when the session has ended meanwhile: the login page carries it along, and one button sends it.

A form that another site sends in somebody's browser must not get as far as that button. Browsers send our cookie, be it worth
something or not, only along with forms of pages of this site, and new ones say where a form came from.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app, g, render_template, request, url_for
from flask_babel import gettext as _

from engine import reads
from web import identity, sessions

FIELD, EMERGENCY = "angaben", "notfall"
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form held: where it goes, its fields, and whether there were files, which have to be chosen again."""

    target: str
    fields: tuple[tuple[str, str], ...]
    files: bool = False

    def as_text(self) -> str:
        return json.dumps([self.target, self.fields, self.files], ensure_ascii=False)


def typed(*, surely: bool = False) -> Typed | None:
    """What the form of this request holds if it stands on a page of ours; `surely`: only if the browser says so itself."""
    origin = request.headers.get("Sec-Fetch-Site", "" if surely else "same-origin")
    if request.method != "POST" or origin != "same-origin" or request.mimetype not in FORMS or not sessions.brings_a_cookie():
        return None
    if (request.content_length or 0) > (request.max_content_length or 0):
        return None  # too large to be read, and refused where it was to go
    fields = tuple((name, text) for name, text in request.form.items(multi=True) if not _is_secret(name))
    return Typed(request.full_path.rstrip("?"), fields, any(file.filename for file in request.files.values()))


def written() -> tuple[str, ...]:
    """What somebody wrote into the form of this request: the texts with a blank in them. The rest is soon chosen again."""
    kept = typed()
    return () if kept is None else tuple(text for _, text in kept.fields if " " in text.strip())


def _is_secret(name: str) -> bool:
    """Fields that no page may hold: secrets are typed again."""
    return name in ("csrf_token", FIELD) or name.startswith(("passwort", "geheim"))


def brought_along() -> Typed | None:
    """What the login form carries of another one."""
    try:
        target, fields, files = json.loads(request.form.get(FIELD, ""))
        pairs = tuple((str(name), str(text)) for name, text in fields)
    except (ValueError, TypeError):
        return None
    return Typed(target, pairs, bool(files)) if isinstance(target, str) and onward(target) == target else None


def login_page(*, login: str = "", wrong: str = "", wanted: str = "", kept: Typed | None = None) -> str:
    """The login page; `wrong` says why it is shown again, `kept` is carried along."""
    oidc = reads.setting("anmeldung.oidc") or {}
    return render_template(
        "anmelden.html",
        login=login,
        wrong=wrong,
        onward=onward(wanted),
        kept=kept,
        oidc=bool(oidc),
        by_password=not oidc.get("only_oidc") or bool(oidc.get("emergency") and _asks_for_the_emergency()),
        emergency=bool(oidc.get("only_oidc") and oidc.get("emergency")),
    )


def _asks_for_the_emergency() -> bool:
    """Whether the login page was asked for a password although the login service is the way in."""
    return EMERGENCY in request.args or "passwort" in request.form


def ask_again() -> str:
    """The login page in place of the answer to a form, with what was typed."""
    return login_page(wanted=request.full_path.rstrip("?") if _is_a_page() else "", kept=typed())


def expired() -> str | None:
    """The page for a form whose token counts no longer, with what was typed; None if it is not sure to be a form of ours."""
    kept, signed_in = typed(surely=True), identity.current_login() is not None
    if kept is None:
        return None
    if request.endpoint == "desk.sign_in":
        kept = brought_along()
        if not signed_in:
            wrong = _("Die Seite war abgelaufen. Bitte melden Sie sich noch einmal an.")
            return login_page(wrong=wrong, wanted=request.form.get("weiter", ""), kept=kept)
    return render_template("fortsetzen.html", kept=kept) if signed_in and kept is not None else None


def _is_a_page() -> bool:
    """Whether the address that a form goes to is also that of a page."""
    return "GET" in current_app.url_map.bind("").allowed_methods(request.path)


def onward(wanted: str) -> str:
    """Where to go after the login: a page of this municipality, never another site."""
    parts = urlsplit(wanted) if wanted.isprintable() else urlsplit("")
    if not parts.scheme and not parts.netloc and parts.path.startswith(f"/{g.kommune}/") and "\\" not in wanted:
        return wanted
    return url_for("desk.home")
