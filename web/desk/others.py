"""Tasks of other municipalities in one's own list: each is asked at the same time for its first page, merged by deadline.

Who is away is named, and all others are listed all the same. What there is beyond a first page is said, not shown: what is due
first stands there, and the next follow when these are done.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine import reads
from engine.base.rights import Konto
from engine.model import grant
from web import neighbours
from web.desk import there

KINDS = (grant.GEMEINSAMES_AMT, grant.VERTRETUNG)
LAST = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A task of another municipality, and the grant by which it is ours to do."""

    task: there.Task
    held: reads.Held

    @property
    def due_at(self) -> dt.datetime | None:
        return self.task.due_at

    @property
    def opened_at(self) -> dt.datetime:
        return self.task.opened_at


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
    """What the other municipalities have answered. `away`: who has not, and why; `more`: who has more than was shown."""

    tasks: list[Elsewhere] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    reminders: list[Reminder] = field(default_factory=list)
    away: dict[str, str] = field(default_factory=dict)
    more: list[str] = field(default_factory=list)
    mine: int = 0
    all: int = 0

    @property
    def asked(self) -> bool:
        return bool(self.tasks or self.away or self.more or self.all)


def day_of_others(
    konto: Konto, *, mine: bool, q: str, due_until: dt.datetime | None, leistung: str | None, status: str | None
) -> Others:
    """What is to be done for other municipalities, narrowed as one's own list is; and their cases that have the words `q`."""
    found, seen = Others(), set[tuple[str, str]]()
    narrowed = {"meine": mine, "bis": None if due_until is None else due_until.isoformat()}
    for answer in neighbours.ask_each(konto, KINDS, "aufgaben", **narrowed, suche=q, leistung=leistung, status=status):
        name = answer.held.origin_name
        if answer.away:
            found.away[name] = answer.away
            continue
        told = answer.content
        found.mine, found.all = found.mine + told["zahlen"]["meine"], found.all + told["zahlen"]["alle"]
        if told["mehr"] and name not in found.more:
            found.more.append(name)
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


def merged(own: Sequence[reads.Aufgabe], others: Sequence[Elsewhere]) -> Iterator[reads.Aufgabe | Elsewhere]:
    """Tasks of here and of elsewhere in one list: those due first, then the oldest, as each list is by itself."""
    everything: list[reads.Aufgabe | Elsewhere] = [*own, *others]
    yield from sorted(everything, key=lambda one: (one.due_at or LAST, one.opened_at))
