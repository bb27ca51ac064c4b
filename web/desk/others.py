"""Tasks of other municipalities in one's own list: each is asked at the same time for its first pages, merged by deadline.

Who is away is named, and all others are listed all the same. A page of the merged list is exact: for page 3 each is asked for
its first three pages, and of our own there are as many rows more as came from others (`merged`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engine import reads
from engine.base.rights import Konto
from engine.model import grant
from engine.reads import paging
from engine.verbs.guest_tasks import MOST_PAGES
from web import neighbours
from web.desk import there

KINDS = (grant.GEMEINSAMES_AMT, grant.VERTRETUNG)
LAST = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A task of another municipality, and the grant by which it is ours to do."""

    task: there.Task
    held: reads.Held


@dataclass(frozen=True, slots=True)
class Case:
    """A case of another municipality that has the words that were sought, and the grant that opens it."""

    case: reads.Vorgang
    held: reads.Held


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder there that is due: when for and what for, with the number and the applicant of its case."""

    vorgang_id: str
    nummer: str
    applicant: str
    am: dt.date
    text: str
    held: reads.Held


@dataclass(slots=True)
class Others:
    """What the other municipalities have answered. `away`: who has not, and why; `more`: who has more tasks than came.

    `more_cases`: who has more cases with the words that were sought; `more_reminders`: whether more are due anywhere.
    """

    tasks: list[Elsewhere] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    reminders: list[Reminder] = field(default_factory=list)
    away: dict[str, str] = field(default_factory=dict)
    more: list[str] = field(default_factory=list)
    more_cases: list[str] = field(default_factory=list)
    more_reminders: bool = False
    mine: int = 0
    all: int = 0


def day_of_others(
    konto: Konto, page: int, *, mine: bool, q: str, due_until: dt.datetime | None, leistung: str | None, status: str | None
) -> Others:
    """What is to be done for other municipalities, narrowed as one's own list is, as far as a page of that can show it.

    Besides, reminders that are due there, and the cases that have the words `q`.
    """
    found, seen = Others(), set[tuple[str, str]]()
    narrowed = {"meine": mine, "bis": None if due_until is None else due_until.isoformat(), "seiten": page}
    for answer in neighbours.ask_each(konto, KINDS, "aufgaben", **narrowed, suche=q, leistung=leistung, status=status):
        name = answer.held.origin_name
        if answer.away:
            found.away[name] = answer.away
            continue
        told = answer.content
        found.mine, found.all = found.mine + told["zahlen"]["meine"], found.all + told["zahlen"]["alle"]
        for there_is_more, names in ((told["mehr"], found.more), (told["mehr_vorgaenge"], found.more_cases)):
            if there_is_more and name not in names:
                names.append(name)
        found.more_reminders = found.more_reminders or told["mehr_wiedervorlagen"]
        found.cases += [Case(there.case_of(one), answer.held) for one in told["vorgaenge"]]
        found.reminders += [
            Reminder(one["vorgang"], one["nummer"], one["applicant"], there.day(one["am"]), one["text"], answer.held)
            for one in told["wiedervorlagen"]
        ]
        for task in map(there.task_of, told["aufgaben"]):
            if (answer.held.origin, task.id) not in seen:  # two grants may open the same task
                seen.add((answer.held.origin, task.id))
                found.tasks.append(Elsewhere(task, answer.held))
    return found


def merged(own: reads.Page, others: Others) -> reads.Page:
    """A page of the tasks of here and of elsewhere in one list: those due first, then the oldest, as each list is by itself.

    `own` is the page of ours with as many rows before it as came from others. What of others is due before the first of these
    has its place before this page, for there are not more of them than rows between.
    """
    first = (own.number - 1) * paging.PAGE
    from_ = max(0, first - len(others.tasks))
    listed = sorted([*own.items, *others.tasks], key=_place)[first - from_ :]
    more = own.more or len(listed) > paging.PAGE or (bool(others.more) and own.number < MOST_PAGES)
    return reads.Page(tuple(listed[: paging.PAGE]), own.number, more)


def _place(one: Any) -> tuple[dt.datetime, dt.datetime, str, str]:
    """Where a task stands: always at the same place, whatever it is listed with."""
    task, origin = (one.task, one.held.origin) if isinstance(one, Elsewhere) else (one, "")
    return task.due_at or LAST, task.opened_at, origin, task.id


def untold(page: reads.Page, others: Others) -> Sequence[str]:
    """Who has more tasks than any page of the list shows."""
    return others.more if page.number >= MOST_PAGES else ()
