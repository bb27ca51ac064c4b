"""Guest file: what clerks of another municipality see and write in our file of a case, by a gemeinsames Amt.

Notices, messages to the applicant and from them, comments. All of it is kept here, whoever writes it: by § 18 as by § 19a GkZ
the file stays with its municipality. Each function answers one operation of `engine.verbs.guests`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from engine import reads
from engine.base import db
from engine.base.errors import Cause, Invalid
from engine.base.ports import ReplyPolicy
from engine.base.rights import SYSTEM, Konto
from engine.model import dokument, grant, letterhead
from engine.verbs import guest_tasks
from engine.verbs.guest_notice import head, head_of_case, named
from engine.verbs.guest_tasks import document, id_of, look_at
from engine.verbs.notes import add_comment
from engine.verbs.post import checked_message, send_message

Content = Mapping[str, Any]
MOST_DOCUMENTS = 100
FILE = ("bescheide", "nachrichten", "kommentare", "wiedervorlagen", "fristen", "handlungen", "taten")
"""What the file of a case holds, besides what a Vertretung opens."""
SAID = frozenset({"kommentar", "name", "grund", "zugang", "bescheid", "nachricht"})
"""What an act says of itself, as far as it names no login and nothing outside of the case."""


def show_case(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """A case, and what its file holds besides; of that nothing for who is here by a Vertretung, which opens tasks."""
    told = guest_tasks.show_case(row, guest, arguments)
    whole = row.kind == grant.GEMEINSAMES_AMT
    file = _file(told["id"], guest) if whole else dict.fromkeys(FILE, ())
    return {**told, **file, "ganz": whole}


def _file(vorgang_id: str, guest: Konto) -> dict[str, Any]:
    names = reads.names_of_konten()
    return {
        "wiedervorlagen": [
            {
                "id": one.id,
                "am": one.am.isoformat(),
                "text": one.text,
                "due": one.due,
                "mine": one.holder == guest.login,
                "holder": named(one.holder, names),
                "made_by": names.get(one.made_by, ""),
            }
            for one in reads.list_reminders(vorgang_id)
            if one.state == "offen"
        ],
        "fristen": [
            {"name": one.name, "due_at": one.due_at.isoformat(), "source": one.source} for one in reads.list_fristen(vorgang_id)
        ],
        "handlungen": sorted(reads.ways_to_act(vorgang_id)),
        "bescheide": [head(one, names) for one in reads.list_bescheide(vorgang_id)],
        "nachrichten": [_message(one) for one in reads.list_nachrichten(vorgang_id)],
        "kommentare": [
            {"id": one.id, "at": one.at.isoformat(), "author": names.get(one.author, ""), "text": one.text}
            for one in reads.list_comments(vorgang_id)
        ],
        "taten": [
            {
                "at": one.at.isoformat(), "tag": one.tag,
                "konto": "" if one.konto == SYSTEM.login else names.get(one.konto, ""),
                "fuer": names.get(str(one.detail.get("fuer")), ""),
                "detail": {name: value for name, value in one.detail.items() if name in SAID},
            }
            for one in reads.list_acts(vorgang_id)
        ],
    }  # fmt: skip


def _message(one: reads.Nachricht) -> dict[str, Any]:
    said = dataclasses.asdict(one)
    return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in said.items()}


def comment(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """Write a comment; with an `id` made beforehand, twice is once."""
    return {"id": add_comment(arguments["vorgang"], str(arguments.get("text", "")), id=id_of(arguments), by=guest)}


def writing(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """What one must know before writing to the applicant: which mailbox, what may be sent along, who asks already."""
    vorgang_id = arguments["vorgang"]
    look_at(vorgang_id, by=guest)
    case, mailbox, asking = reads.get_vorgang(vorgang_id), reads.mailbox_of(vorgang_id), set(reads.tasks_that_ask(vorgang_id))
    with db.reading() as tx:
        passed, ours = grant.passed_over(tx, case.leistung), letterhead.head_of(tx).authority
    return {
        "fall": head_of_case(case), "von": ours if passed is None else passed.guest_name,
        "postfach": None if mailbox is None else {"account": mailbox.account, "applicant": mailbox.applicant},
        "dokumente": [
            document(one)
            for one in reads.list_dokumente(vorgang_id)
            if one.kind != dokument.DRAFT
        ],
        "fragt": [
            {"id": task.id, "name": task.name}
            for task in reads.list_aufgaben(vorgang_id=vorgang_id, by=guest).items
            if task.id in asking
        ],
    }  # fmt: skip


def look_over(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """What would be sent: the last day for an answer, with the steps that led there."""
    ends = checked_message(arguments["vorgang"], *_written(arguments), _within(arguments)).deadline
    if ends is None:
        return {"frist": None}
    steps = [{"text": step.text, "day": step.day.isoformat()} for step in ends.steps]
    return {"frist": {"result": ends.result.isoformat(), "source": ends.source, "steps": steps}}


def send(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """Send a message to the applicant; `bis` is the day that was shown before."""
    until = arguments.get("bis")
    try:
        seen = dt.date.fromisoformat(until) if isinstance(until, str) and until else None
    except ValueError:
        seen = None
    sent = send_message(
        arguments["vorgang"], *_written(arguments), within=_within(arguments), until=seen, id=id_of(arguments), by=guest
    )
    return {"id": sent}


def _written(arguments: Mapping[str, Any]) -> tuple[str, str, list[str], ReplyPolicy]:
    sent = arguments.get("dokumente") or []
    if not isinstance(sent, list) or len(sent) > MOST_DOCUMENTS:
        raise Invalid("Die Nachricht kann so nicht gesendet werden.", [Cause("Das sind keine Anlagen.", pointer="/dokumente")])
    policy = arguments.get("antwort")
    reply = ReplyPolicy(policy) if policy in list(ReplyPolicy) else ReplyPolicy.FORBIDDEN
    return str(arguments.get("betreff", "")), str(arguments.get("text", "")), [str(one) for one in sent], reply


def _within(arguments: Mapping[str, Any]) -> str | None:
    given = arguments.get("frist")
    return given if isinstance(given, str) and given else None
