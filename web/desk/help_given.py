"""Amtshilfe for others: the requests of other municipalities, one of them with what it shows, and the answer to it."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from engine import feel, reads
from engine.base.errors import Cause, Invalid, TooLarge, Unavailable, Unknown
from engine.model.grant import AMTSHILFE
from forms.characters import cleaned
from web.desk.acts import Answered
from web.desk.application import readable
from web.desk.blueprint import desk
from web.forms import WRONG, causes_of, text
from web.identity import required_konto
from web.neighbours import act, ask, ask_each
from web.routes import ROOM
from web.security import DOCUMENT_POLICY

GONE, AWAY = 404, 503
MOST = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request of another municipality in a list; `away` says why it cannot be told more of it."""

    origin: str
    origin_name: str
    id: str
    nummer: str
    bis: dt.date
    since: dt.datetime | None
    away: str = ""


@desk.get("/amtshilfe")
def list_help() -> str:
    """The requests of other municipalities that one may answer, those due first."""
    found = [_wanted(one.held, one.content, one.away) for one in ask_each(required_konto(), (AMTSHILFE,), "ersuchen.kopf")]
    return render_template("amtshilfe_liste.html", wanted=sorted(found, key=lambda one: (one.bis, one.id)))


def _wanted(held: reads.Held, content: Mapping[str, Any], away: str) -> Wanted:
    since = dt.datetime.fromisoformat(content["seit"]) if content else None
    return Wanted(held.origin, held.origin_name, held.id, content.get("nummer", ""), held.until_bis, since, away)


@desk.route("/amtshilfe/<slug:slug>/<id:ersuchen_id>", methods=["GET", "POST"])
def show_help(slug: str, ersuchen_id: str) -> Answered:
    """One request with what was chosen for it; or the answer to it, after which it is gone."""
    if request.method == "GET":
        return _page(slug, ersuchen_id)
    try:
        try:
            act(required_konto(), slug, ersuchen_id, "ersuchen.beantworten", text=_text(), dokumente=_files())
        except (Invalid, TooLarge) as refusal:
            return _page(slug, ersuchen_id, causes_of(refusal)), WRONG
    except (Unknown, Unavailable) as refusal:
        status = GONE if isinstance(refusal, Unknown) else AWAY
        return render_template("amtshilfe_nicht_gesendet.html", reason=refusal.sentence, text=_text(), status=status), status
    flash(_("Ihre Antwort ist gesendet."))
    return redirect(url_for("desk.list_help"), 303)


def _text() -> str:
    return text("text").replace("\r\n", "\n")


def _files() -> list[dict[str, str]]:
    """The documents that were chosen, as they go over."""
    sent = [one for one in request.files.getlist("dokumente") if one.filename]
    read = [(cleaned(one.filename or ""), one.mimetype or "", one.read()) for one in sent]
    if len(read) > MOST or sum(len(content) for *_named, content in read) > ROOM["desk.show_help"]:
        sentence = _("Höchstens %(most)s Dokumente mit zusammen 25 MB.", most=MOST)
        raise Invalid(sentence, [Cause(sentence, pointer="/dokumente")])
    return [
        {"name": name, "media_type": media_type, "inhalt": base64.b64encode(content).decode("ascii")}
        for name, media_type, content in read
    ]


def _page(slug: str, ersuchen_id: str, causes: tuple[Cause, ...] = ()) -> str:
    konto = required_konto()
    asked = ask(konto, slug, ersuchen_id, "ersuchen")
    held = reads.get_held(slug, ersuchen_id)
    return render_template(
        "amtshilfe_ersuchen.html",
        origin=held.origin_name,
        slug=slug,
        ersuchen_id=ersuchen_id,
        asked=asked,
        bis=dt.date.fromisoformat(asked["bis"]),
        seit=dt.datetime.fromisoformat(asked["seit"]),
        application=readable(feel.from_json(asked["felder"]), ()),
        text=_text(),
        causes=causes,
    )


@desk.get("/amtshilfe/<slug:slug>/<id:ersuchen_id>/dokumente/<id:dokument_id>")
def help_document(slug: str, ersuchen_id: str, dokument_id: str) -> Response:
    """A document that was chosen for a request, to be saved."""
    sent = ask(required_konto(), slug, ersuchen_id, "ersuchen.dokument", dokument=dokument_id)
    response = Response(base64.b64decode(sent["inhalt"]), content_type=sent["media_type"])
    response.headers.set("Content-Disposition", "attachment", filename=sent["name"])
    response.headers["Content-Security-Policy"] = DOCUMENT_POLICY
    return response
