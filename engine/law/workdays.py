"""Workdays: Monday to Friday without the public holidays of a Land and the municipality's own.

§ 31 (3) VwVfG, § 193 BGB. The holidays are those of the library `holidays`, from 1991 on; for years to come the law is taken
as it stands. A municipality's own days are public holidays by law in that place only (15 August in much of Bavaria): a day,
or "08-15" for every year.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from engine.base.errors import Invalid
from engine.law.rules import BUND, LAENDER
from engine.law.values import LAST_YEAR, WEEKDAYS, Berechnung, Trail, checked_day, long, shifted

Own = Iterable[dt.date | str]

HOLIDAYS_FROM = 1991  # what the library knows
MOST_WORKDAYS = 2_500  # about ten years
MOST_OWN = 200
_LONGEST_BREAK = 60
_SHOWN = 12  # holidays named in one step
_YEARLY = re.compile(r"(\d\d)-(\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days on which a period cannot end: those of a Land and a municipality's own."""

    land: str
    yearly: frozenset[tuple[int, int]] = frozenset()
    single: frozenset[dt.date] = frozenset()

    def closed(self, day: dt.date) -> str | None:
        """Why it is no workday: the day of the week or the name of the holiday; None for a workday."""
        if day.weekday() >= 5:
            return WEEKDAYS[day.weekday()]
        return self.holiday(day)

    def holiday(self, day: dt.date) -> str | None:
        """The name of the public holiday it is, on whatever day of the week."""
        if name := _holidays(self.land, day.year).get((day.month, day.day)):
            return name
        own = day in self.single or (day.month, day.day) in self.yearly
        return "Feiertag nur in dieser Kommune" if own else None


@lru_cache(maxsize=4_096)
def _holidays(land: str, year: int) -> Mapping[tuple[int, int], str]:
    if year < HOLIDAYS_FROM:
        return {}
    from holidays.countries.germany import Germany  # a quarter of a second: only those who calculate wait for it

    class Continued(Germany):
        """The library stops at 2100; the law as it stands goes on."""

        end_year = LAST_YEAR + 1

    found = Continued(subdiv=land, years=year, expand=False, language="de")
    return {(day.month, day.day): name for day, name in found.items()}


def checked_land(land: object) -> str:
    """The code of a Land, if there is one like it.

    Raises:
        Invalid: there is no such Land; the Bund has no holidays of its own.
    """
    if land == BUND:
        raise Invalid("Feiertage gelten je Land. Für Bundesbehörden ist das Land ihres Sitzes anzugeben.")
    if not isinstance(land, str) or land not in LAENDER:
        raise Invalid(f"Das Land „{str(land)[:40]}“ gibt es nicht. Bekannt sind {', '.join(LAENDER)}.")
    return land


def calendar_of(land: str, own: Own = ()) -> Calendar:
    """The calendar of a Land with a municipality's own days.

    Raises:
        Invalid: no such Land, or an own day that is none.
    """
    own = tuple(own)
    if len(own) > MOST_OWN:
        raise Invalid(f"Mehr als {MOST_OWN} eigene Feiertage sind nicht möglich.")
    yearly, single = set(), set()
    for entry in own:
        try:
            if isinstance(entry, str) and (found := _YEARLY.fullmatch(entry)):
                yearly.add((int(found[1]), int(found[2])))
                dt.date(2000, int(found[1]), int(found[2]))
            else:
                single.add(dt.date.fromisoformat(entry) if isinstance(entry, str) else checked_day(entry, "eigener Feiertag"))
        except ValueError as cause:
            raise Invalid(f"„{str(entry)[:40]}“ ist kein eigener Feiertag; richtig ist 08-15 oder 2026-08-15.") from cause
    return Calendar(checked_land(land), frozenset(yearly), frozenset(single))


def next_open(day: dt.date, calendar: Calendar) -> tuple[dt.date, list[str]]:
    """The first workday from this day on, and the days before it with the reason why they are none."""
    passed: list[str] = []
    while reason := calendar.closed(day):
        if len(passed) >= _LONGEST_BREAK:
            raise Invalid(f"Auf {_LONGEST_BREAK} Tage folgt kein Werktag. Bitte die eigenen Feiertage prüfen.")
        passed.append(_named(day, reason))
        day = shifted(day, 1)
    return day, passed


def _named(day: dt.date, reason: str) -> str:
    return long(day) if reason in WEEKDAYS else f"{long(day)} ({reason})"


def note_unknown_holidays(trail: Trail, day: dt.date) -> None:
    """Say so where the holidays of a year are not known."""
    if day.year < HOLIDAYS_FROM:
        trail.add(day, f"Die Feiertage sind erst ab {HOLIDAYS_FROM} hinterlegt; geprüft sind Sonnabend und Sonntag", "werktag")


def naechster_werktag(day: dt.date, land: str, own: Own = ()) -> Berechnung:
    """The day itself if it is a workday, else the next one.

    Raises:
        Invalid: no such day or Land.
    """
    calendar, trail = calendar_of(land, own), Trail()
    found, passed = next_open(checked_day(day, "Tag"), calendar)
    if passed:
        trail.add(found, f"Kein Werktag: {'; '.join(passed)}. Der nächste Werktag ist {long(found)}", "werktag")
    else:
        trail.add(found, f"{long(found)} ist ein Werktag", "werktag")
    note_unknown_holidays(trail, found)
    return trail.finish(found)


def plus_werktage(day: dt.date, count: int, land: str, own: Own = ()) -> Berechnung:
    """The workday so many workdays after a day; the day itself does not count.

    Raises:
        Invalid: no such day or Land, or a number of workdays that is none.
    """
    calendar, trail = calendar_of(land, own), Trail()
    at = checked_day(day, "Tag")
    if type(count) is not int or not 1 <= count <= MOST_WORKDAYS:
        raise Invalid(f"Die Zahl der Werktage muss eine ganze Zahl von 1 bis {MOST_WORKDAYS} sein.")
    trail.add(at, f"Gezählt wird ab dem Tag nach {long(at)}; Sonnabende, Sonntage und Feiertage zählen nicht", "werktage")
    holidays: list[str] = []
    for _ in range(count):
        at = shifted(at, 1)
        while reason := calendar.closed(at):
            if reason not in WEEKDAYS:
                holidays.append(_named(at, reason))
            at = shifted(at, 1)
    if holidays:
        more = f" und {len(holidays) - _SHOWN} weitere" if len(holidays) > _SHOWN else ""
        trail.add(at, f"Feiertage in {LAENDER[calendar.land]}: {'; '.join(holidays[:_SHOWN])}{more}", "werktage")
    trail.add(at, f"{count}. Werktag: {long(at)}", "werktage")
    note_unknown_holidays(trail, at)
    return trail.finish(at)
