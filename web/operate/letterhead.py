"""The head of the municipality's letters, and what stands at the end of all of them."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from engine import change_letterhead, reads
from engine.base import files
from engine.base.errors import Cause, Invalid, Unknown
from engine.base.ports import File, Refused, Renderer
from engine.model.letterhead import CLOSING, HEAD, MAX_LOGO_BYTES, TEXTS
from engine.verbs.settings import logo_of, sample_letter
from web.forms import WRONG, causes_of, text, with_titles
from web.identity import required_konto
from web.operate.blueprint import operate
from web.security import DOCUMENT_POLICY, client_address, limiter

# A letter of our own making: the browser's viewer may show it, and nothing in it runs.
PDF_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
TITLES = {
    "authority": _l("Behörde"), "unit": _l("Organisationseinheit"), "address": _l("Anschrift"), "contact": _l("Kontakt"),
    "place": _l("Ort"), "logo": _l("Logo"), "logo_alt": _l("Beschreibung des Logos"), "closing": _l("Gruß"),
    "footer": _l("Fußzeile"), "privacy": _l("Hinweis zum Datenschutz"),
}  # fmt: skip
ONE_LINE = ("authority", "unit", "place", "logo_alt")
LINES = ("address", "contact")


def _renderer() -> Renderer:
    renderer: Renderer = current_app.extensions["renderer"]()
    return renderer


def _lines(name: str) -> list[str]:
    return [line.strip() for line in text(name).replace("\r\n", "\n").split("\n") if line.strip()]


def _sent() -> tuple[dict[str, Any], dict[str, Any], File | None]:
    """Head, texts and picture as they were typed; None for a picture that stays as it is."""
    head: dict[str, Any] = {name: " ".join(text(name).split()) for name in ONE_LINE} | {name: _lines(name) for name in LINES}
    texts = {"closing": " ".join(text("closing").split()), "footer": _lines("footer"), "privacy": text("privacy").strip()}
    chosen = request.files.get("logo")
    content = b""
    if chosen is not None:
        content = chosen.read(MAX_LOGO_BYTES + 1)  # more than that is refused anyway
        chosen.close()
    if content:
        return head, texts, File("logo", "", content)
    return head, texts, File("logo", "", b"") if text("ohne_logo") == "ja" else None


@operate.route("/briefkopf", methods=["GET", "POST"])
def letterhead() -> str | BaseResponse | tuple[str, int]:
    """The letterhead and the texts: look, change."""
    if request.method == "GET":
        return _page(reads.setting(HEAD, {}), reads.setting(TEXTS, {}))
    head, texts, logo = _sent()
    try:
        change_letterhead(head, texts, logo, _renderer(), by=required_konto())
    except Invalid as refusal:
        return _page(head, texts, causes_of(refusal)), WRONG
    flash(_("Gespeichert. Alle Briefe, die von jetzt an entstehen, sehen so aus."))
    return redirect(url_for("operate.letterhead"), 303)


@operate.post("/briefkopf/vorschau")
@limiter.limit("60 per 5 minutes", key_func=client_address)
def preview_letterhead() -> Response | tuple[str, int]:
    """A letter with what was typed, as a PDF; nothing is kept."""
    head, texts, logo = _sent()
    try:
        letter = sample_letter(head, texts, logo)
        content = _renderer().render(letter, logo_of(letter, logo))
    except Invalid as refusal:
        return _page(head, texts, causes_of(refusal)), WRONG
    except Refused as refused:
        return _page(head, texts, (Cause(str(refused)),)), WRONG
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'inline; filename="Briefkopf.pdf"'
    response.headers["Content-Security-Policy"] = PDF_POLICY
    return response


@operate.get("/briefkopf/logo")
def logo() -> Response:
    """The picture of the letterhead."""
    head = reads.setting(HEAD, {})
    if not head.get("logo"):
        raise Unknown(_("Im Briefkopf ist kein Logo."))
    response = Response(files.get(head["logo"]), mimetype=head["logo_type"])
    response.headers["Content-Security-Policy"] = DOCUMENT_POLICY
    return response


def _page(head: dict[str, Any], texts: dict[str, Any], causes: tuple[Cause, ...] = ()) -> str:
    kept = reads.setting(HEAD, {})
    return render_template(
        "briefkopf.html",
        head=head,
        texts=texts,
        causes=causes,
        summary=with_titles(causes, {name: str(title) for name, title in TITLES.items()}),
        has_logo=bool(kept.get("logo")),
        logo_alt=kept.get("logo_alt", ""),
        closing=CLOSING,
    )
