"""The day of somebody: reminders, tasks, how many there are, and cases, in one look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.base import db
from engine.base.rights import Konto
from engine.reads.aufgaben import ALL, Scope, count_aufgaben, list_aufgaben
from engine.reads.notes import due_reminders
from engine.reads.paging import Page
from engine.reads.sight import seen_by
from engine.reads.vorgaenge import list_vorgaenge


@dataclass(frozen=True, slots=True)
class Day:
    """The reminders that are due, a page of tasks, how many of these there are in each scope, a page of cases."""

    reminders: Page
    tasks: Page
    counts: Mapping[Scope, int]
    cases: Page


def day(
    by: Konto,
    *,
    scope: Scope = ALL,
    due_until: dt.datetime | None = None,
    leistung: str | None = None,
    status: str | None = None,
    q: str | None = None,
    pages: tuple[int, int] = (1, 1),
    before: int = 0,
) -> Day:
    """What is to be done, narrowed by Leistung and status of the case and by when it is due; and the cases, narrowed by `q`.

    `pages` are those of tasks and of cases; with the page of tasks come so many `before` it, to be merged with others.
    """
    narrowed: dict[str, Any] = {"due_until": due_until, "leistung": leistung, "status": status}
    with db.reading() as tx:
        sight = seen_by(tx, by)
        return Day(
            due_reminders(sight),
            list_aufgaben(by=sight, scope=scope, page=pages[0], before=before, **narrowed),
            count_aufgaben(sight, **narrowed),
            list_vorgaenge(by=sight, leistung=leistung, status=status, q=q, page=pages[1]),
        )
