"""Guest tasks: what clerks of another municipality do with our tasks, by a Vertretung or a gemeinsames Amt.

Each function answers one operation of `engine.verbs.guests`, where the grant was checked and what is named is opened by it.
What comes in and goes out survives JSON: instants and days are ISO texts, bytes base64, and values of processes JSON texts, for
their numbers have more digits than a float.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from engine import feel, reads
from engine.base import db
from engine.base.errors import Unknown
from engine.base.rights import Konto, verb
from engine.model import grant, protokoll
from engine.reads import paging
from engine.reads.sight import NOT_HERE
from engine.verbs.desk import claim_aufgabe, complete_aufgabe, release_aufgabe
from engine.verbs.guest_drafts import typed

Content = Mapping[str, Any]
LOOKED_AT = "befugnis:eingesehen"
MOST_PAGES = 20
"""How many pages of a list a guest gets: nobody works from a longer one."""


def list_tasks(row: Any, guest: Konto, arguments: Mapping[str, Any], vorgang_id: str | None = None) -> Content:
    """The first page of the open tasks that a grant opens, those due first; of one case, if it is named.

    It can be narrowed: `meine` (whoever asks has them), `bis` (due until), `leistung`, `status` of the case. `zahlen` says how
    many there are, counted as far as anybody works from a list. `seiten`: the first so many pages, for a later page of a list
    in which they are merged with others.
    """
    pages = _given_pages(arguments.get("seiten"))
    wanted: dict[str, Any] = {"due_until": _given_instant(arguments.get("bis"))}
    wanted |= {name: str(arguments[name]) for name in ("leistung", "status") if arguments.get(name)}
    scope = reads.MINE if arguments.get("meine") else reads.ALL
    page = reads.list_aufgaben(by=guest, page=pages, before=pages * paging.PAGE, scope=scope, vorgang_id=vorgang_id, **wanted)
    counts = reads.count_aufgaben(guest, **wanted) if vorgang_id is None else {}
    names, leistungen = reads.names_of_konten(), {one.key: one.name for one in reads.list_leistungen()}
    return {
        "aufgaben": [_task(one, guest, names, leistungen) for one in page.items],
        "mehr": page.more,
        "zahlen": {"meine": counts.get(reads.MINE, 0), "alle": counts.get(reads.ALL, 0)},
    }


def show_task(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """A task with its form, the values it starts with, and why this clerk may not do it, if so."""
    task = reads.get_aufgabe(arguments["aufgabe"])
    look_at(task.vorgang_id, by=guest)
    form, values = reads.form_of(task.id)
    names, leistungen = reads.names_of_konten(), {one.key: one.name for one in reads.list_leistungen()}
    unsent, whom = reads.draft_of(task.id, guest.login), reads.acts_for(task, guest)
    return {
        **_task(task, guest, names, leistungen),
        "formular": None if form is None else form.decode(),
        "werte": feel.json_text(values),
        "entwurf": None if unsent is None else {"werte": feel.json_text(unsent.data), "saved_at": _instant(unsent.saved_at)},
        "hinderung": reads.hindrance(task, guest),
        "fuer": "" if whom is None else whom.name,
        "durch": names.get(task.closed_by or "", ""),
        "freizugeben": [_draft(one, names) for one in reads.to_approve(task.id)],
    }


def _draft(notice: reads.Bescheid, names: Mapping[str, str]) -> dict[str, Any]:
    """A notice that a task is about to approve, as it is read, and the hash that says what was read."""
    return {
        "id": notice.id, "name": notice.name, "content_hash": notice.content_hash, "dokument": notice.document_id,
        "editors": [names.get(login, login) for login in notice.editors],
        "sections": [dataclasses.asdict(section) for section in notice.sections], "outdated": notice.outdated,
    }  # fmt: skip


def show_case(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """A case: its head, application, documents and timeline."""
    case = reads.get_vorgang(arguments["vorgang"])
    look_at(case.id, by=guest)
    names = reads.names_of_konten()
    return {
        "id": case.id, "nummer": case.nummer, "name": case.name, "leistung": case.leistung, "applicant": case.applicant,
        "status": case.status, "origin": case.origin, "origin_name": case.origin_name,
        "opened_at": _instant(case.opened_at), "closed_at": _instant(case.closed_at),
        "aufgaben": list_tasks(row, guest, {}, case.id)["aufgaben"],
        "antrag": feel.json_text(reads.antrag_of(case.id)),
        "dokumente": [document(one) for one in reads.list_dokumente(case.id)],
        "verlauf": [
            {
                "at": _instant(one.at), "kind": one.kind, "element": one.element, "name": one.name, "type": one.type,
                "detail": one.detail, "konto": names.get(one.konto, ""), "fuer": names.get(one.acted_for or "", ""),
            }
            for one in reads.verlauf(case.id)
        ],
    }  # fmt: skip


def document(one: reads.Dokument) -> dict[str, Any]:
    """A document, without its bytes."""
    return {
        "id": one.id, "name": one.name, "media_type": one.media_type, "kind": one.kind, "size": one.size,
        "created_at": _instant(one.created_at),
    }  # fmt: skip


def show_document(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """The bytes of a document of a case."""
    look_at(arguments["vorgang"], by=guest)
    return file_content(arguments["vorgang"], arguments.get("dokument"))


def file_content(vorgang_id: str, id: Any) -> Content:
    """A document as it goes over to a guest.

    Raises:
        Unknown: this case has no such document.
    """
    if not isinstance(id, str):
        raise Unknown(NOT_HERE)
    file = reads.document_file(vorgang_id, id)
    content = base64.b64encode(file.content).decode("ascii")
    return {"name": file.name, "media_type": file.media_type, "kind": file.kind, "inhalt": content}


def take(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """Take a task."""
    return state_of(claim_aufgabe(arguments["aufgabe"], by=guest), guest)


def give_back(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """Give a task back."""
    return state_of(release_aufgabe(arguments["aufgabe"], by=guest), guest)


def complete(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """Complete a task; `antworten` is a JSON text, `gesehen` the hash of the draft that was looked at."""
    seen = arguments.get("gesehen")
    done = complete_aufgabe(arguments["aufgabe"], typed(arguments), seen=None if seen is None else str(seen), by=guest)
    return state_of(done, guest)


@verb(right="vorgang.lesen", tag=LOOKED_AT)
def look_at(vorgang_id: str, *, by: Konto) -> None:
    """Note that somebody of another municipality looks at a case: once a day and grant."""
    with db.reading() as tx:
        if grant.seen_today(tx, by, LOOKED_AT, vorgang_id):
            return
    with db.transaction() as tx:
        protokoll.record(tx, vorgang_id)


def _task(task: reads.Aufgabe, guest: Konto, names: Mapping[str, str], leistungen: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": task.id, "vorgang": task.vorgang_id, "nummer": task.nummer, "applicant": task.applicant, "name": task.name,
        "leistung": task.leistung, "leistung_name": leistungen.get(task.leistung, task.leistung),
        "due_at": _instant(task.due_at), "opened_at": _instant(task.opened_at),
        "holder": None if task.holder is None else names.get(task.holder, task.holder), **state_of(task, guest),
    }  # fmt: skip


def state_of(task: reads.Aufgabe, guest: Konto) -> dict[str, Any]:
    """How a task stands for who asks."""
    return {"state": task.state, "mine": task.holder == guest.login, "free": reads.may_take(task, guest)}


def _given_pages(number: Any) -> int:
    """How many pages a request wants at once; what is no such number is one."""
    return min(number, MOST_PAGES) if type(number) is int and number >= 1 else 1


def _given_instant(text: Any) -> dt.datetime | None:
    """An instant as a request names it; what is none narrows nothing."""
    try:
        found = dt.datetime.fromisoformat(text) if isinstance(text, str) else None
        return None if found is None or found.tzinfo is None else found.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def _instant(at: dt.datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def id_of(arguments: Mapping[str, Any]) -> str | None:
    """The id that a request has made beforehand, so that the same again changes nothing."""
    given = arguments.get("id")
    return given if isinstance(given, str) and given.isascii() and given.isalnum() and len(given) == 26 else None
