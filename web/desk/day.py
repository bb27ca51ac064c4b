"""My day: what is to be done, by whom and until when; finding cases.

What a list is narrowed by stands in the address: a page can be kept, sent to a colleague, and gone back to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for

from engine import reads
from engine.base.rights import GIVE_HELP, Konto
from engine.model.grant import AMTSHILFE
from forms.characters import cleaned
from web.api.aufgaben import end_of
from web.desk.blueprint import desk
from web.desk.others import Elsewhere, merged, tasks_of_others, untold
from web.forms import page_number
from web.identity import required_konto
from web.language import ROLE_NAMES

LONGEST_QUERY = 200
WHOSE: dict[str, reads.Scope] = {"ich": reads.MINE, "stelle": reads.STELLE, "alle": reads.ALL}
STATUSES = ("NEU", "ANGENOMMEN", "IN_BEARBEITUNG", "BESCHIEDEN", "ABGESCHLOSSEN", "VERWORFEN", "WEITERGELEITET", "ZU_LOESCHEN")


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the lists of a day are narrowed by, as the address says; what it says wrongly is left out."""

    whose: str
    q: str
    leistung: str
    status: str
    until: dt.date | None

    @property
    def filtered(self) -> bool:
        return bool(self.leistung or self.status or self.until)

    def address(self, **changes: Any) -> str:
        """The address of this page with something else; pages of lists begin anew."""
        values = {"wer": self.whose, "q": self.q, "leistung": self.leistung, "status": self.status, "bis": self.until}
        return url_for("desk.home", **{name: value for name, value in {**values, **changes}.items() if value})


@desk.get("/")
def home() -> str:
    """What is to be done, and the cases."""
    konto, offered = required_konto(), reads.list_leistungen()
    narrowed = _narrowed(konto, {one.key for one in offered})
    wanted: dict[str, Any] = {
        "due_until": end_of(narrowed.until), "leistung": narrowed.leistung or None, "status": narrowed.status or None,
    }  # fmt: skip
    pages = page_number("aufgaben"), page_number("seite")
    others = tasks_of_others(konto, pages[0], mine=narrowed.whose == "ich", **wanted)
    before = len(others.tasks)
    seen = reads.day(konto, scope=WHOSE[narrowed.whose], q=narrowed.q or None, pages=pages, before=before, **wanted)
    tasks = merged(seen.tasks, others)
    return render_template(
        "start.html",
        narrowed=narrowed,
        offered=offered,
        statuses=STATUSES,
        whose=[
            (key, seen.counts[WHOSE[key]] + (others.mine if key == "ich" else others.all))
            for key in WHOSE
            if key != "stelle" or konto.groups
        ],
        reminders=seen.reminders,
        tasks=tasks,
        away=others.away,
        more=untold(tasks, others),
        is_elsewhere=lambda task: isinstance(task, Elsewhere),
        cases=seen.cases,
        most_counted=reads.MOST_COUNTED,
        here=narrowed.address(aufgaben=_later(tasks), seite=_later(seen.cases)),
        help_wanted=len(reads.held_by(konto, (AMTSHILFE,))) if konto.may(GIVE_HELP) else 0,
        people=reads.names_of_konten(),
        groups={**ROLE_NAMES, **reads.names_of_stellen()},
        can_take=lambda task: (
            konto.may("aufgabe.bearbeiten") and reads.is_for(task.groups, konto) and reads.may_take(task, konto)
        ),
    )


def _narrowed(konto: Konto, offered: Collection[str]) -> Narrowed:
    asked = {name: cleaned(value.strip()) for name, value in request.args.items()}
    usual = "stelle" if konto.groups else "alle"
    return Narrowed(
        whose=asked.get("wer", usual) if asked.get("wer") in WHOSE else usual,
        q=asked.get("q", "")[:LONGEST_QUERY],
        leistung=asked.get("leistung", "") if asked.get("leistung") in offered else "",
        status=asked.get("status", "") if asked.get("status") in STATUSES else "",
        until=_day(asked.get("bis", "")),
    )


def _day(text: str) -> dt.date | None:
    """A day as a date field sends it; what is none is left out."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _later(page: reads.Page) -> int | None:
    """The number of a page as an address names it: the first goes without saying."""
    return page.number if page.number > 1 else None
