"""Repetitions as cron writes them, `0 0 9 * * MON-FRI`: second, minute, hour, day, month, weekday, on the calendar of Germany.

Understood are `*`, `?`, lists, ranges, steps and names; for days `L` (the last), `L-2`, `LW`, `15W` (the workday nearest),
for weekdays `FRIL` (the last of the month) and `FRI#2` (the second); and `@yearly`, `@monthly`, `@weekly`, `@daily`, `@hourly`.
A day must fit both its number and its weekday. A time that summer time leaves out comes an hour later; one that happens twice
counts once, unless it is for every hour. The rules are those of Spring's CronExpression, which Camunda 8 uses.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

from engine.base.zone import ZONE

MACROS = {
    "@yearly": "0 0 0 1 1 *", "@annually": "0 0 0 1 1 *", "@monthly": "0 0 0 1 * *", "@weekly": "0 0 0 * * 0",
    "@daily": "0 0 0 * * *", "@midnight": "0 0 0 * * *", "@hourly": "0 0 * * * *",
}  # fmt: skip
DAYS = {name: number for number, name in enumerate("SUN MON TUE WED THU FRI SAT".split())}
MONTHS = {name: number for number, name in enumerate("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(), 1)}
RANGE = re.compile(r"(?P<low>\w+)(?:-(?P<high>\w+))?")
HORIZON = 366 * 40
Fits = Callable[[dt.date], bool]


class NotCron(ValueError):
    """The text is no repetition of that kind."""


@dataclass(frozen=True, slots=True)
class Cron:
    """The times of a day, and what its day must be."""

    seconds: list[int]
    minutes: list[int]
    hours: list[int]
    day: Fits

    def after(self, instant: dt.datetime) -> dt.datetime:
        """The next time after an instant.

        Raises:
            NotCron: there is none.
        """
        day = instant.astimezone(ZONE).date()
        folds = (0, 1) if len(self.hours) == 24 else (0,)
        for _ in range(HORIZON):
            if self.day(day):
                times = ((h, fold, m, s) for h in self.hours for fold in folds for m in self.minutes for s in self.seconds)
                for hour, fold, minute, second in times:
                    found = dt.datetime.combine(day, dt.time(hour, minute, second, fold=fold), ZONE).astimezone(dt.UTC)
                    if found > instant:
                        return found
            day += dt.timedelta(days=1)
        raise NotCron("so einen Tag gibt es nicht")


def looks_like(text: str) -> bool:
    """Whether somebody meant a repetition of this kind."""
    return text.startswith("@") or len(text.split()) == 6


def parse(text: str) -> Cron:
    """Read a repetition.

    Raises:
        NotCron: with a German sentence.
    """
    fields = MACROS.get(text.lower(), text).upper().split()
    if len(fields) != 6:
        raise NotCron("es sind nicht sechs Angaben (Sekunde Minute Stunde Tag Monat Wochentag)")
    second, minute, hour, day, month, weekday = fields
    months = _numbers(month, 1, 12, MONTHS)
    days = [_day(part) for part in day.split(",")]
    weekdays = [_weekday(part) for part in weekday.split(",")]

    def fits(date: dt.date) -> bool:
        return date.month in months and any(one(date) for one in days) and any(one(date) for one in weekdays)

    return Cron(_numbers(second, 0, 59), _numbers(minute, 0, 59), _numbers(hour, 0, 23), fits)


def _numbers(field: str, low: int, high: int, names: dict[str, int] | None = None) -> list[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        if span in ("*", "?"):
            first, last = low, high
        else:
            match = RANGE.fullmatch(span)
            ends = [(names or {}).get(end, end) for end in match.groups() if end] if match else []
            if not ends or not all(str(end).isascii() and str(end).isdigit() for end in ends):
                raise NotCron(f"„{part}“ ist keine Angabe für einen Zeitplan")
            first, last = int(ends[0]), high if step and len(ends) == 1 else int(ends[-1])
            if names is DAYS and last < first == 7:
                first = 0  # Sunday may begin the week
        if (step and not re.fullmatch("[1-9][0-9]{0,3}", step)) or not low <= first <= last <= high:
            raise NotCron(f"„{part}“ liegt nicht zwischen {low} und {high}")
        found.update(range(first, last + 1, int(step or 1)))
    return sorted(found)


def _day(part: str) -> Fits:
    """What the number of a day must be."""
    if match := re.fullmatch(r"L(?:-(\d{1,2}))?", part):
        before = int(match[1] or 0)
        return lambda date: date.day == _last(date) - before
    if match := re.fullmatch(r"(?:L|(\d{1,2}))W", part):
        number = int(match[1] or 0)
        return lambda date: date.day == _workday(date, number or _last(date))
    numbers = _numbers(part, 1, 31)
    return lambda date: date.day in numbers


def _weekday(part: str) -> Fits:
    """Which day of the week it must be."""
    match = re.fullmatch(r"(\w+?)(L|#([1-5]))", part)
    if match is None:
        numbers = {number % 7 for number in _numbers("SUN" if part == "L" else part, 0, 7, DAYS)}
        return lambda date: date.isoweekday() % 7 in numbers
    [number] = _numbers(match[1], 0, 7, DAYS)

    def fits(date: dt.date) -> bool:
        in_place = date.day > _last(date) - 7 if match[3] is None else (date.day - 1) // 7 + 1 == int(match[3])
        return in_place and date.isoweekday() % 7 == number % 7

    return fits


def _last(date: dt.date) -> int:
    return calendar.monthrange(date.year, date.month)[1]


def _workday(date: dt.date, number: int) -> int:
    """The workday of the month nearest to a day of it (0 if there is no such day)."""
    if not 1 <= number <= _last(date):
        return 0
    weekday = date.replace(day=number).isoweekday()
    if weekday == 6:
        return number - 1 if number > 1 else 3
    if weekday == 7:
        return number + 1 if number < _last(date) else number - 2
    return number
