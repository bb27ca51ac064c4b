"""Days and the present: weekday, week, month, now, today."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from engine.base import clock
from engine.feel.builtins.registry import builtin
from engine.feel.values.temporal import MONTHS, WEEKDAYS

_GROUP = "Datum und Zeit"


@builtin(
    "now(): date and time",
    "Der jetzige Zeitpunkt in deutscher Zeit.",
    ('now() > @"2020-01-01T00:00:00Z"', "true"),
    group=_GROUP,
)
def now() -> dt.datetime:
    return clock.now().astimezone(clock.ZONE)


@builtin("today(): date", "Der heutige Tag in Deutschland.", ('today() > @"2020-01-01"', "true"), group=_GROUP)
def today() -> dt.date:
    return clock.local_day(clock.now())


@builtin(
    "day of year(date: date|date and time): number",
    "Der wievielte Tag des Jahres es ist.",
    ('day of year(@"2026-02-01")', "32"),
    group=_GROUP,
)
def day_of_year(date: dt.date) -> Decimal:
    return Decimal(date.timetuple().tm_yday)


@builtin(
    "day of week(date: date|date and time): string",
    "Der Wochentag, auf Englisch.",
    ('day of week(@"2026-03-01")', '"Sunday"'),
    group=_GROUP,
)
def day_of_week(date: dt.date) -> str:
    return WEEKDAYS[date.weekday()]


@builtin(
    "month of year(date: date|date and time): string",
    "Der Monat, auf Englisch.",
    ('month of year(@"2026-03-01")', '"March"'),
    group=_GROUP,
)
def month_of_year(date: dt.date) -> str:
    return MONTHS[date.month - 1]


@builtin(
    "week of year(date: date|date and time): number",
    "Die Kalenderwoche nach ISO 8601.",
    ('week of year(@"2026-01-01")', "1"),
    ('week of year(@"2021-01-03")', "53"),
    group=_GROUP,
)
def week_of_year(date: dt.date) -> Decimal:
    return Decimal(date.isocalendar().week)
