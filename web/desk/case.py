"""A case: what is to do now, all that is known of it, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import render_template, request
from flask_babel import gettext as _

from engine import reads
from engine.base import clock
from engine.base.errors import Cause
from web.desk.acts import offered
from web.desk.application import readable
from web.desk.blueprint import desk
from web.desk.documents import address_to_save, address_to_view, by_kind
from web.desk.help_asked import requests_of
from web.desk.timeline import ENDINGS, Told, reason_of, timeline
from web.forms import made_id, page_number
from web.identity import required_konto
from web.language import ROLE_NAMES

REFRESH_S = 5
LINES = 50
ALL = "alles"


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into a form of the page that was refused, and why; `form` says into which."""

    form: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    causes: Sequence[Cause] = ()


@desk.get("/vorgaenge/<id:vorgang_id>")
def show_vorgang(vorgang_id: str) -> str:
    """All that is known of a case."""
    return page_of_case(vorgang_id)


def page_of_case(vorgang_id: str, typed: Typed | None = None) -> str:
    """The page of a case, with what was typed and refused in one of its forms."""
    konto, case = required_konto(), reads.get_vorgang(vorgang_id)
    documents, messages = reads.list_dokumente(vorgang_id), reads.list_nachrichten(vorgang_id)
    reminders = reads.list_reminders(vorgang_id)
    told = _told(vorgang_id, documents, messages, reminders)
    stellen = reads.names_of_stellen()
    tasks = reads.list_aufgaben(vorgang_id=vorgang_id).items
    deletion, holds = reads.deletion_of(vorgang_id)
    diagram = reads.diagramm(vorgang_id, request.args.get("prozess"))
    return render_template(
        "vorgang.html",
        case=case,
        application=readable(reads.antrag_of(vorgang_id), documents),
        tasks=tasks,
        for_me={task.id for task in tasks if reads.is_for(task.groups, konto)},
        holders=list(dict.fromkeys(told.names.get(task.holder, task.holder) for task in tasks if task.holder)),
        stellen=stellen,
        groups={**ROLE_NAMES, **stellen},
        now=clock.now(),
        deadlines=reads.list_fristen(vorgang_id),
        calculations=reads.list_berechnungen(vorgang_id),
        decisions=told.decisions,
        notices=told.notices,
        documents=by_kind(documents),
        address_to_save=address_to_save,
        address_to_view=address_to_view,
        named={document.id: document for document in documents},
        messages=threads(messages),
        incidents=reads.list_incidents(vorgang_id).items,
        comments=told.comments,
        reminders=[reminder for reminder in reminders if reminder.state == "offen"],
        names=told.names,
        ending=_ending(case, told),
        deletion=deletion,
        holds=holds,
        asked=requests_of(vorgang_id, told.acts, told.comments),
        acts=offered(case, konto),
        leistungen=told.leistungen,
        stand=diagram,
        refresh_s=REFRESH_S,
        typed=typed or Typed(),
        new_id=made_id(),
        **_timeline(told),
    )


def told_of(vorgang_id: str) -> Told:
    """All that the timeline of a case is made of."""
    documents, messages = reads.list_dokumente(vorgang_id), reads.list_nachrichten(vorgang_id)
    return _told(vorgang_id, documents, messages, reads.list_reminders(vorgang_id))


def _told(
    vorgang_id: str,
    documents: Sequence[reads.Dokument],
    messages: Sequence[reads.Nachricht],
    reminders: Sequence[reads.Reminder],
) -> Told:
    return Told(
        events=reads.verlauf(vorgang_id),
        decisions=reads.list_decisions(vorgang_id),
        messages=messages,
        documents=documents,
        notices=reads.list_bescheide(vorgang_id),
        acts=reads.list_acts(vorgang_id),
        comments=reads.list_comments(vorgang_id),
        reminders=reminders,
        names=reads.names_of_konten(),
        tasks=reads.names_of_tasks(vorgang_id),
        leistungen={one.key: one.name for one in reads.list_leistungen()},
    )


def _timeline(told: Told) -> dict[str, Any]:
    """The lines that are asked for: what matters or everything, a page of them."""
    everything = request.args.get("verlauf") == ALL
    lines = [line for line in timeline(told) if everything or line.important]
    number = page_number("seite")
    shown = lines[(number - 1) * LINES : number * LINES]
    return {"timeline": reads.Page(tuple(shown), number, len(lines) > number * LINES), "everything": everything}


def _ending(case: reads.Vorgang, told: Told) -> str:
    """Why a case has ended: the act that ended it with its reason, else the end that the process came to."""
    if case.closed_at is None:
        return ""
    for act in reversed(told.acts):
        if act.tag in ENDINGS:
            return f"{_(ENDINGS[act.tag])}: {reason_of(told.comments, act)}"
    ends = [event for event in told.events if event.kind == "completed" and event.type == "endEvent"]
    return next((event.name for event in reversed(ends) if event.name != event.element), "")


@dataclass(frozen=True, slots=True)
class Thread:
    """A message and the answers to it; an answer whose question is not known stands alone."""

    message: reads.Nachricht
    answers: tuple[reads.Nachricht, ...]


def threads(messages: Sequence[reads.Nachricht]) -> list[Thread]:
    """Messages with the answers to them, those in which something happened last first."""
    known = {message.id for message in messages}
    heads = [message for message in messages if message.answers not in known]
    found = [Thread(head, tuple(one for one in messages if one.answers == head.id)) for head in heads]
    return sorted(found, key=lambda thread: max(one.at for one in (thread.message, *thread.answers)), reverse=True)
