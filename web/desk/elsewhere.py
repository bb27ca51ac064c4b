"""A task of another municipality: looked at and done there, by a grant (docs/adr/0022). Nothing of it is kept here.

Each view asks the origin, which looks the grant up anew: what has ended is gone with the next click.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import feel, reads
from engine.base.errors import Cause, Conflict, Unreadable
from forms.characters import cleaned
from web import exact, neighbours
from web.desk import there
from web.desk.application import readable
from web.desk.blueprint import desk
from web.desk.case import Typed, threads
from web.desk.documents import by_kind, shown, to_save
from web.desk.timeline import Told, timeline
from web.forms import made_id
from web.identity import required_konto
from web.settings import MB, Settings
from web.typed import onward

ELSEWHERE = "/andere/<slug:slug>/<id:grant_id>"
TASK = f"{ELSEWHERE}/aufgaben/<id:task_id>"
CASE = f"{ELSEWHERE}/vorgaenge/<id:case_id>"
DOCUMENT = f"{CASE}/dokumente/<id:document_id>"

Content = Mapping[str, Any]


def ask_there(slug: str, grant_id: str, operation: str, **arguments: Any) -> Content:
    """Look at something at the origin."""
    return neighbours.ask(required_konto(), slug, grant_id, operation, **arguments)


def do_there(slug: str, grant_id: str, operation: str, **arguments: Any) -> Content:
    """Do something there."""
    return neighbours.act(required_konto(), slug, grant_id, operation, **arguments)


@desk.get(TASK)
def show_task_elsewhere(slug: str, grant_id: str, task_id: str) -> str:
    """A task of another municipality with its form."""
    told = ask_there(slug, grant_id, "aufgabe", aufgabe=task_id)
    task = there.task_of(told)
    case = ask_there(slug, grant_id, "vorgang", vorgang=task.vorgang_id)
    return render_template(
        "aufgabe_anderswo.html",
        task=task,
        form=told["formular"] is not None,
        hindrance=told["hinderung"],
        whom=told["fuer"],
        done_by=told["durch"],
        drafts=there.drafts_of(told),
        **_projection(slug, grant_id, case),
    )


@desk.get(CASE)
def show_case_elsewhere(slug: str, grant_id: str, case_id: str) -> str:
    """A case of another municipality, as far as a grant opens it."""
    return page_of_case_elsewhere(slug, grant_id, case_id)


def page_of_case_elsewhere(slug: str, grant_id: str, case_id: str, typed: Typed | None = None) -> str:
    """The page of such a case, with what was typed and refused in one of its forms."""
    told = ask_there(slug, grant_id, "vorgang", vorgang=case_id)
    tasks, documents = [there.task_of(one) for one in told["aufgaben"]], there.documents_of(told)
    notices = [there.notice_of(one) for one in told["bescheide"]]
    messages = [there.message_of(one) for one in told["nachrichten"]]
    happened = Told(
        events=there.events_of(told), messages=messages, documents=documents, notices=notices, acts=there.acts_of(told),
        comments=there.comments_of(told),
    )  # fmt: skip
    return render_template(
        "vorgang_anderswo.html",
        tasks=tasks,
        lines=[line for line in timeline(happened) if line.important],
        notices=notices,
        messages=threads(messages),
        comments=happened.comments,
        named={one.id: one for one in documents},
        whole=told["ganz"],
        reminders=[{**one, "am": there.day(one["am"])} for one in told["wiedervorlagen"]],
        deadlines=[{**one, "due_at": there.instant(one["due_at"])} for one in told["fristen"]],
        ways=told["handlungen"],
        names={},
        new_id=made_id(),
        typed=typed or Typed(),
        **_projection(slug, grant_id, told),
    )


def _projection(slug: str, grant_id: str, told: Content) -> dict[str, Any]:
    """What both pages show of a case, and where its documents are had."""
    case, documents = there.case_of(told), there.documents_of(told)
    return {
        "held": reads.get_held(slug, grant_id),
        "case": case,
        "application": readable(there.application_of(told), documents),
        "documents": by_kind(documents),
        "address_to_save": _address("desk.save_document_elsewhere", slug, grant_id),
        "address_to_view": _address("desk.view_document_elsewhere", slug, grant_id),
    }


def _address(endpoint: str, slug: str, grant_id: str) -> Callable[[Any, reads.Vorgang], str]:
    def address(document: Any, case: reads.Vorgang) -> str:
        return url_for(endpoint, slug=slug, grant_id=grant_id, case_id=case.id, document_id=document.id)

    return address


@desk.get(DOCUMENT)
def save_document_elsewhere(slug: str, grant_id: str, case_id: str, document_id: str) -> Response:
    """A document of such a case, to be saved."""
    return to_save(there.file_of(ask_there(slug, grant_id, "dokument", vorgang=case_id, dokument=document_id)))


@desk.get(f"{DOCUMENT}/ansicht")
def view_document_elsewhere(slug: str, grant_id: str, case_id: str, document_id: str) -> Response:
    """A document of such a case, to be looked at inside a page of ours."""
    return shown(there.file_of(ask_there(slug, grant_id, "dokument", vorgang=case_id, dokument=document_id)))


# --- buttons ---------------------------------------------------------------------------------------------------------


@desk.post(f"{TASK}/uebernehmen")
def take_elsewhere(slug: str, grant_id: str, task_id: str) -> BaseResponse:
    """Take a task of another municipality."""
    return _pressed(slug, grant_id, task_id, "uebernehmen")


@desk.post(f"{TASK}/zurueckgeben")
def give_back_elsewhere(slug: str, grant_id: str, task_id: str) -> BaseResponse:
    """Give it back."""
    return _pressed(slug, grant_id, task_id, "zurueckgeben", _("Die Aufgabe ist wieder frei."))


@desk.post(f"{TASK}/erledigen")
def complete_elsewhere(slug: str, grant_id: str, task_id: str) -> BaseResponse:
    """Complete one that has no form."""
    return _pressed(slug, grant_id, task_id, "erledigen", _("Die Aufgabe ist erledigt."), gesehen=request.form.get("gesehen"))


def _pressed(slug: str, grant_id: str, task_id: str, operation: str, done: str = "", **arguments: Any) -> BaseResponse:
    try:
        do_there(slug, grant_id, operation, aufgabe=task_id, **arguments)
        if done:
            flash(done)
    except Conflict as conflict:
        flash(conflict.sentence)
    if "zurueck" in request.form:  # pressed in a list, in which one goes on
        return redirect(onward(request.form["zurueck"]), 303)
    return redirect(url_for("desk.show_task_elsewhere", slug=slug, grant_id=grant_id, task_id=task_id), 303)


# --- the form, for form.js -------------------------------------------------------------------------------------------


@desk.get(f"{TASK}/formular")
def get_form_elsewhere(slug: str, grant_id: str, task_id: str) -> dict[str, Any]:
    """The form of such a task, the values it starts with, and what one has typed into it and not sent."""
    told = ask_there(slug, grant_id, "aufgabe", aufgabe=task_id)
    case, unsent = ask_there(slug, grant_id, "vorgang", vorgang=told["vorgang"]), told["entwurf"]
    return {
        "schema": exact.loads((told["formular"] or "null").encode(), "Das Formular"),
        "data": feel.from_json(told["werte"]),
        "entwurf": unsent and {"data": feel.from_json(unsent["werte"]), "saved_at": unsent["saved_at"]},
        "dokumente": [{"id": one.id, "name": one.name} for one in there.documents_of(case)],
    }


@desk.post(f"{TASK}/antworten")
def answer_elsewhere(slug: str, grant_id: str, task_id: str) -> dict[str, Any]:
    """Complete it with the answers of its form."""
    sent = _sent()
    answers = {"antworten": exact.dumps(sent["data"]), "gesehen": sent.get("gesehen")}
    return dict(do_there(slug, grant_id, "erledigen", aufgabe=task_id, **answers))


@desk.put(f"{TASK}/entwurf")
def keep_draft_elsewhere(slug: str, grant_id: str, task_id: str) -> dict[str, Any]:
    """Keep what was typed, there."""
    return dict(do_there(slug, grant_id, "entwurf", aufgabe=task_id, antworten=exact.dumps(_sent()["data"])))


@desk.delete(f"{TASK}/entwurf")
def drop_draft_elsewhere(slug: str, grant_id: str, task_id: str) -> tuple[str, int]:
    """Throw away what was typed."""
    do_there(slug, grant_id, "entwurf.verwerfen", aufgabe=task_id)
    return "", 204


@desk.post(f"{TASK}/dateien")
def upload_elsewhere(slug: str, grant_id: str, task_id: str) -> tuple[dict[str, Any], int]:
    """Put a file (the part `datei`) into the form: it becomes a document of the case."""
    sent = request.files.get("datei")
    if sent is None:
        cause = Cause("Genau ein Teil „datei“ wird gebraucht.", "als multipart/form-data senden", "/datei")
        raise Unreadable("Es ist keine Datei dabei.", [cause])
    settings: Settings = current_app.extensions["settings"]
    file = {"name": cleaned(sent.filename or ""), "media_type": sent.content_type or ""}
    content = there.as_text(sent.read(settings.max_attachment_mb * MB + 1))
    return dict(do_there(slug, grant_id, "datei", aufgabe=task_id, inhalt=content, **file)), 201


def _sent() -> dict[str, Any]:
    """The body that form.js sends.

    Raises:
        Unreadable: it is another.
    """
    body = exact.loads(request.get_data())
    if not isinstance(body, dict) or not isinstance(body.get("data"), dict):
        raise Unreadable("Die Antworten müssen ein Objekt mit Feldern sein.")
    return body


@desk.get(f"{TASK}/stand")
def show_now_elsewhere(slug: str, grant_id: str, task_id: str) -> str:
    """How such a task stands now, for who lost a race: a part of its page."""
    told = ask_there(slug, grant_id, "aufgabe", aufgabe=task_id)
    task, at = there.task_of(told), {"slug": slug, "grant_id": grant_id}
    return render_template("aufgabe_anderswo_stand.html", task=task, done_by=told["durch"], at=at)
