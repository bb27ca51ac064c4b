"""Guest case: what clerks of another municipality do with our cases as a whole, by a gemeinsames Amt, day by day.

What is to be done, and finding a case; reminders; ending one, each time with a reason; noting when a notice arrived. The
verbs are those of our own clerks, and so are the rules. Each function answers one operation of `engine.verbs.guests`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from engine import reads
from engine.base.errors import Cause, Invalid
from engine.base.rights import Konto
from engine.model import grant
from engine.verbs.guest_notice import head_of_case
from engine.verbs.guest_tasks import id_of, list_tasks
from engine.verbs.notes import set_reminder, settle_reminder
from engine.verbs.post import record_arrival
from engine.verbs.vorgang import close_without_notice, withdraw

Content = Mapping[str, Any]
LONGEST_QUERY = 200


def list_day(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """What „Mein Tag“ shows there: tasks and, of a gemeinsames Amt, reminders that are due and cases with the words of `suche`.

    All in one answer: each question to an origin that is away costs its second.
    """
    told = list_tasks(row, guest, arguments)
    if row.kind != grant.GEMEINSAMES_AMT:
        return {**told, "wiedervorlagen": [], "vorgaenge": [], "mehr_wiedervorlagen": False, "mehr_vorgaenge": False}
    words = _text(arguments, "suche")[:LONGEST_QUERY]
    status, leistung = _text(arguments, "status") or None, _text(arguments, "leistung") or None
    found = reads.list_vorgaenge(by=guest, q=words, status=status, leistung=leistung) if words else None
    due = reads.due_reminders(guest)
    reminders = [
        {"id": one.id, "vorgang": one.vorgang_id, "nummer": one.nummer, "applicant": one.applicant,
         "am": one.am.isoformat(), "text": one.text}
        for one in due.items
    ]  # fmt: skip
    return {
        **told, "wiedervorlagen": reminders, "mehr_wiedervorlagen": due.more,
        "vorgaenge": [] if found is None else [head_of_case(case) for case in found.items],
        "mehr_vorgaenge": found is not None and found.more,
    }  # fmt: skip


def remind(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """Let a case come up again on a day; with an `id` made beforehand, twice is once."""
    am, for_me = _day(arguments, "am", "/am"), arguments.get("fuer_mich") is True
    text = _text(arguments, "text")
    return {"id": set_reminder(arguments["vorgang"], am, text, for_me, id=id_of(arguments), by=guest)}


def settle(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """A reminder is done with; gives its case."""
    return {"vorgang": settle_reminder(arguments["wiedervorlage"], by=guest)}


def take_back(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """Note that the applicant has taken the application back; the case ends."""
    withdraw(arguments["vorgang"], _text(arguments, "grund"), by=guest)
    return {}


def close(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """Close a case that needs no Bescheid."""
    close_without_notice(arguments["vorgang"], _text(arguments, "grund"), by=guest)
    return {}


def arrived(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """Note that a notice arrived later than presumed (`am`), or, without a day, never."""
    day = _day(arguments, "am", "/zugang") if arguments.get("am") is not None else None
    return {"laeuft": record_arrival(arguments["vorgang"], day, _text(arguments, "grund"), by=guest)}


def _text(arguments: Mapping[str, Any], name: str) -> str:
    given = arguments.get(name)
    return given if isinstance(given, str) else ""


def _day(arguments: Mapping[str, Any], name: str, pointer: str) -> dt.date:
    try:
        return dt.date.fromisoformat(_text(arguments, name))
    except ValueError:
        raise Invalid("Das geht so nicht.", [Cause("Bitte geben Sie einen Tag an.", pointer=pointer)]) from None
