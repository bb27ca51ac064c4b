"""The file of a case of another municipality, by a gemeinsames Amt: its notices, messages and comments, written there.

The pages are those of our own cases; what they show is asked of the origin, and what is pressed is done there.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine.base import clock
from engine.base.errors import Conflict, Invalid
from engine.law import Berechnung
from engine.law.values import Step
from engine.model import bescheid
from engine.reads.writing import Mailbox
from web.desk import there
from web.desk.acts import Answered
from web.desk.blueprint import desk
from web.desk.elsewhere import CASE, ELSEWHERE, ask_there, do_there, page_of_case_elsewhere
from web.desk.messages import Mail, Written, write
from web.desk.notes import COMMENT, refused
from web.desk.notice import Around, Part, Workplace, as_pdf, edit, show, shown_parts, typed_parts
from web.forms import WRONG, made_id, text

NOTICE = f"{ELSEWHERE}/bescheide/<id:notice_id>"


# --- the notice ------------------------------------------------------------------------------------------------------


@desk.get(NOTICE)
def show_notice_elsewhere(slug: str, grant_id: str, notice_id: str) -> str:
    """The draft of a notice of another municipality, to be changed."""
    return show(_workplace(slug, grant_id, notice_id))


@desk.post(NOTICE)
def edit_notice_elsewhere(slug: str, grant_id: str, notice_id: str) -> BaseResponse | tuple[str, int] | str:
    """Save it there, or rearrange its parts without saving."""
    return edit(_workplace(slug, grant_id, notice_id))


@desk.post(f"{NOTICE}/freigeben")
def approve_notice_elsewhere(slug: str, grant_id: str, notice_id: str) -> BaseResponse:
    """Approve a draft there that was changed after its task had been completed."""
    try:
        do_there(slug, grant_id, "bescheid.freigeben", bescheid=notice_id, gesehen=text("gesehen"))
        flash(_("Der Entwurf ist freigegeben."))
    except Conflict as conflict:
        flash(conflict.sentence)
    return redirect(url_for("desk.show_notice_elsewhere", slug=slug, grant_id=grant_id, notice_id=notice_id), 303)


@desk.post(f"{NOTICE}/vorschau")
def preview_notice_elsewhere(slug: str, grant_id: str, notice_id: str) -> Response:
    """The parts as they are typed, as PDF; nothing is kept."""
    return _pdf(slug, grant_id, notice_id, typed_parts())


@desk.get(f"{NOTICE}/entwurf.pdf")
def show_draft_elsewhere(slug: str, grant_id: str, notice_id: str) -> Response:
    """The draft as it is kept there, as PDF."""
    kept = there.workshop_of(ask_there(slug, grant_id, "bescheid", bescheid=notice_id))
    return _pdf(slug, grant_id, notice_id, shown_parts(kept.parts))


def _pdf(slug: str, grant_id: str, notice_id: str, parts: Sequence[Part]) -> Response:
    told = ask_there(slug, grant_id, "bescheid.vorschau", bescheid=notice_id, abschnitte=list(parts))
    letter = bescheid.letter_of(told["brief"].encode(), clock.local_day(clock.now()), draft=True)
    return as_pdf(letter, base64.b64decode(told["logo"]))


def _workplace(slug: str, grant_id: str, notice_id: str) -> Workplace:
    told: dict[str, Any] = {}

    def read() -> Any:
        told.update(ask_there(slug, grant_id, "bescheid", bescheid=notice_id))
        return there.workshop_of(told)

    def save(parts: Sequence[Part], seen: str) -> object:
        return do_there(slug, grant_id, "bescheid.aendern", bescheid=notice_id, abschnitte=list(parts), gesehen=seen)

    return Workplace(read, save, lambda _found: _around(slug, grant_id, told))


def _around(slug: str, grant_id: str, told: Mapping[str, Any]) -> Around:
    at: dict[str, Any] = {"slug": slug, "grant_id": grant_id}
    notice = {**at, "notice_id": told["id"]}
    return Around(
        case=there.case_of(told["fall"]),
        to_case=url_for("desk.show_case_elsewhere", case_id=told["vorgang"], **at),
        here=url_for("desk.show_notice_elsewhere", **notice),
        preview=url_for("desk.preview_notice_elsewhere", **notice),
        as_kept=url_for("desk.show_draft_elsewhere", **notice),
        approve=url_for("desk.approve_notice_elsewhere", **notice),
        waiting=[(task["name"], url_for("desk.show_task_elsewhere", task_id=task["id"], **at), ()) for task in told["wartet"]],
        by_hand=told["von_hand"],
        hindrance=told["hinderung"],
        mine=told["mitgewirkt"],
        names={},
        origin=told["fall"]["kommune"],
    )


# --- messages and comments -------------------------------------------------------------------------------------------


@desk.route(f"{CASE}/nachricht", methods=["GET", "POST"])
def write_elsewhere(slug: str, grant_id: str, case_id: str) -> Answered:
    """Write to the applicant of another municipality: first a look at what goes out, then it is sent there."""
    at: dict[str, Any] = {"slug": slug, "grant_id": grant_id}
    told = ask_there(slug, grant_id, "nachricht", vorgang=case_id)

    def look(written: Written, chosen: Sequence[str]) -> Any:
        return _deadline(ask_there(slug, grant_id, "nachricht.ansehen", vorgang=case_id, **_content(written, chosen)))

    def send(written: Written, chosen: Sequence[str], until: dt.date | None, id: str) -> object:
        more = {"id": id, "bis": until.isoformat() if until else None}
        return do_there(slug, grant_id, "nachricht.senden", vorgang=case_id, **_content(written, chosen), **more)

    mailbox = told["postfach"]
    return write(
        Mail(
            case=there.case_of(told["fall"]),
            to_case=url_for("desk.show_case_elsewhere", case_id=case_id, **at),
            mailbox=None if mailbox is None else Mailbox(mailbox["account"], mailbox["applicant"]),
            sender=told["von"],
            documents=there.documents_of(told),
            asking=[(task["name"], url_for("desk.show_task_elsewhere", task_id=task["id"], **at)) for task in told["fragt"]],
            look=look,
            send=send,
        )
    )


def _content(written: Written, chosen: Sequence[str]) -> dict[str, Any]:
    said = {"betreff": written.betreff, "text": written.text, "antwort": str(written.reply), "frist": written.within}
    return {**said, "dokumente": list(chosen)}


def _deadline(told: Mapping[str, Any]) -> Berechnung | None:
    found = told["frist"]
    if found is None:
        return None
    steps = tuple(Step(one["text"], dt.date.fromisoformat(one["day"])) for one in found["steps"])
    return Berechnung(dt.date.fromisoformat(found["result"]), steps, found["source"])


@desk.post(f"{CASE}/kommentare")
def comment_elsewhere(slug: str, grant_id: str, case_id: str) -> BaseResponse | tuple[str, int]:
    """Write a comment at a case of another municipality, for all who work on it."""
    try:
        do_there(slug, grant_id, "kommentar", vorgang=case_id, text=text("text"), id=made_id())
    except Invalid as refusal:
        return page_of_case_elsewhere(slug, grant_id, case_id, refused(COMMENT, refusal)), WRONG
    flash(_("Der Kommentar ist gespeichert."))
    back = url_for("desk.show_case_elsewhere", slug=slug, grant_id=grant_id, case_id=case_id, _anchor="notizen")
    return redirect(back, 303)
