"""Tasks of people: lists, one task and its form; take it, give it back, complete it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import current_app, request
from flask_babel import gettext as _

from engine import reads
from engine.base.clock import ZONE
from engine.base.errors import Cause, Unknown, Unreadable
from engine.verbs.desk import claim_aufgabe, complete_aufgabe, release_aufgabe
from engine.verbs.drafts import discard_draft, save_draft, upload_file
from web import exact
from web.api.asked import Answers, AufgabenQuery, UnsentIn
from web.api.parsing import Blueprint
from web.api.schemas import AufgabeOut, DokumentOut, FormularOut, UnsentOut, page_of
from web.identity import required_konto
from web.settings import MB, Settings

aufgaben = Blueprint("aufgaben", __name__, url_prefix="/<slug:kommune>/api/v1/aufgaben", description="Aufgaben")

FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["datei"],
                    "properties": {"datei": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


@aufgaben.get("")
@aufgaben.arguments(AufgabenQuery, location="query")
@aufgaben.response(200, page_of(AufgabeOut))
def list_aufgaben(query: dict[str, Any]) -> dict[str, Any]:
    """Open tasks, those due first."""
    page = reads.list_aufgaben(
        scope=reads.MINE if query["meine"] else reads.ALL,
        group=query["gruppe"],
        due_until=end_of(query["faellig_bis"]),
        by=required_konto(),
        page=query["seite"],
    )
    return {"items": page.items, "seite": page.number, "weitere": page.more}


def end_of(day: dt.date | None) -> dt.datetime | None:
    """The last instant of a day in Germany."""
    return None if day is None else dt.datetime.combine(day, dt.time.max, ZONE)


@aufgaben.get("/<id:aufgabe_id>")
@aufgaben.response(200, AufgabeOut)
def get_aufgabe(aufgabe_id: str) -> reads.Aufgabe:
    """A task."""
    return reads.get_aufgabe(aufgabe_id)


@aufgaben.get("/<id:aufgabe_id>/formular")
@aufgaben.response(200, FormularOut)
def get_formular(aufgabe_id: str) -> dict[str, Any]:
    """The form of a task, the values it starts with, and what the caller has typed into it and not sent."""
    form, data = reads.form_of(aufgabe_id)
    task = reads.get_aufgabe(aufgabe_id)
    if form is None and task.form is not None:
        raise Unknown(_("Das Formular dieser Aufgabe fehlt in der Fassung, mit der der Vorgang begonnen hat."))
    return {
        "schema": None if form is None else exact.loads(form, "Das Formular"),
        "data": data,
        "entwurf": reads.draft_of(aufgabe_id, required_konto().login),
        "dokumente": reads.list_dokumente(task.vorgang_id),
    }


@aufgaben.post("/<id:aufgabe_id>/claim")
@aufgaben.response(200, AufgabeOut)
def claim(aufgabe_id: str) -> reads.Aufgabe:
    """Take a task for oneself; 409 with the fresh state if someone else was faster."""
    return claim_aufgabe(aufgabe_id, by=required_konto())


@aufgaben.post("/<id:aufgabe_id>/release")
@aufgaben.response(200, AufgabeOut)
def release(aufgabe_id: str) -> reads.Aufgabe:
    """Give a task back."""
    return release_aufgabe(aufgabe_id, by=required_konto())


@aufgaben.post("/<id:aufgabe_id>/complete")
@aufgaben.arguments(Answers)
@aufgaben.response(200, AufgabeOut)
def complete(answers: dict[str, Any], aufgabe_id: str) -> reads.Aufgabe:
    """Complete a task; 422 with a cause for each field, 409 with the fresh state for the loser of a race."""
    return complete_aufgabe(aufgabe_id, answers["data"], seen=answers["gesehen"], by=required_konto())


@aufgaben.put("/<id:aufgabe_id>/entwurf")
@aufgaben.arguments(UnsentIn)
@aufgaben.response(200, UnsentOut)
def put_entwurf(unsent: dict[str, Any], aufgabe_id: str) -> reads.Entwurf:
    """Keep what has been typed and not sent, unchecked; only for who holds the task, at most 1 MB."""
    return save_draft(aufgabe_id, unsent["data"], by=required_konto())


@aufgaben.delete("/<id:aufgabe_id>/entwurf")
@aufgaben.response(204)
def delete_entwurf(aufgabe_id: str) -> None:
    """Throw away what the caller has typed and not sent."""
    discard_draft(aufgabe_id, by=required_konto())


@aufgaben.post("/<id:aufgabe_id>/dateien")
@aufgaben.doc(**FILE)
@aufgaben.response(201, DokumentOut)
def upload_datei(aufgabe_id: str) -> reads.Dokument:
    """Put a file (the part `datei`) into a task's form: it becomes a document of the case, whose id is the answer."""
    if request.mimetype != "multipart/form-data" or len(request.files.getlist("datei")) != 1:
        cause = Cause("Genau ein Teil „datei“ wird gebraucht.", "als multipart/form-data senden", "/datei")
        raise Unreadable("Es ist keine Datei dabei.", [cause])
    sent = request.files["datei"]
    settings: Settings = current_app.extensions["settings"]
    most = settings.max_attachment_mb * MB
    return upload_file(
        aufgabe_id, sent.filename or "", sent.content_type or "", sent.read(most + 1), most_bytes=most, by=required_konto()
    )
