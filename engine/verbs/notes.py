"""Notes: what colleagues write at a case for each other, and when it comes up again (Wiedervorlage)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from engine.base import clock, db
from engine.base.db import new_id
from engine.base.errors import Cause, Invalid, Unknown
from engine.base.rights import Konto, in_place_of, represented, verb
from engine.model import comment, protokoll, reminder, vorgang

LONGEST, LONGEST_REMINDER = 10_000, 500
YEARS = 10


@verb(right="vorgang.bearbeiten", tag="vorgang:kommentar")
def add_comment(vorgang_id: str, text: str, *, id: str | None = None, by: Konto) -> str:
    """Write a comment at a case, for colleagues; gives its id. With an `id` made beforehand, twice is once.

    Raises:
        Unknown: there is no such case.
        Invalid: it is empty or too long.
    """
    said = text.strip()
    if not 1 <= len(said) <= LONGEST:
        cause = Cause("Bitte schreiben Sie etwas.", f"1 bis {LONGEST} Zeichen", "/text")
        raise Invalid("Der Kommentar kann so nicht gespeichert werden.", [cause])
    id = id or new_id()
    with db.transaction() as tx:
        vorgang.get(tx, vorgang_id)
        if comment.add(tx, vorgang_id, said, by.login, id):
            protokoll.record(tx, vorgang_id, kommentar=id)
    return id


@verb(right="vorgang.bearbeiten", tag="vorgang:wiedervorlage")
def set_reminder(vorgang_id: str, am: dt.date, text: str, for_me: bool, *, id: str | None = None, by: Konto) -> str:
    """Let a case come up again on a day, for oneself or for whoever works on it; gives the reminder's id.

    With an `id` made beforehand, twice is once.

    Raises:
        Unknown: there is no such case.
        Invalid: the day lies in the past or too far ahead, or it does not say what for.
    """
    today = clock.local_day(clock.now())
    causes = []
    if not today <= am <= today + dt.timedelta(days=366 * YEARS):
        causes.append(Cause("Bitte einen Tag ab heute wählen.", f"höchstens {YEARS} Jahre voraus", "/am"))
    if not 1 <= len(text.strip()) <= LONGEST_REMINDER:
        causes.append(Cause("Bitte schreiben Sie, woran erinnert wird.", f"1 bis {LONGEST_REMINDER} Zeichen", "/text"))
    if causes:
        raise Invalid("Die Wiedervorlage kann so nicht gespeichert werden.", causes)
    id = id or new_id()
    with db.transaction() as tx:
        vorgang.get(tx, vorgang_id)
        if reminder.add(tx, vorgang_id, am, text.strip(), by.login if for_me else None, by.login, id=id):
            protokoll.record(tx, vorgang_id, wiedervorlage=id)
    return id


@verb(right="vorgang.bearbeiten", tag="vorgang:wiedervorlage-erledigt")
def settle_reminder(reminder_id: str, *, by: Konto) -> str:
    """Mark a reminder as done; gives the id of its case. Doing it twice changes nothing.

    Raises:
        Unknown: there is no such reminder.
    """
    with db.transaction() as tx:
        r = reminder.T
        row: Any = tx.one_or_none(sa.select(r.c.vorgang_id, r.c.holder).where(r.c.id == reminder_id))
        if row is None:
            raise Unknown("Diese Wiedervorlage gibt es nicht.")
        if reminder.settle(tx, reminder_id, by.login):
            with in_place_of(row.holder if row.holder in by.logins[1:] else represented()):
                protokoll.record(tx, row.vorgang_id, wiedervorlage=reminder_id)
    return str(row.vorgang_id)
