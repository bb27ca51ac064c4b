"""Conversions: from text and parts to numbers, dates, times, durations and ranges."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from engine.feel.builtins.registry import builtin
from engine.feel.errors import FeelSyntaxError, NoValue
from engine.feel.grammar import tree
from engine.feel.grammar.parser import parse
from engine.feel.run import Run
from engine.feel.values import numbers, temporal, text
from engine.feel.values.durations import YearsMonths, parse_duration
from engine.feel.values.ordering import compare, orderable
from engine.feel.values.ranges import Range

_GROUP = "Umwandlung"
_NUMBER = re.compile(r"-?([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


@builtin(
    "number(from: string, grouping separator?: string, decimal separator?: string): number",
    "Macht aus einem Text eine Zahl; nennt auf Wunsch das Tausender- und das Dezimalzeichen.",
    ('number("1 000,50", " ", ",")', "1000.5"),
    ('number("12.5")', "12.5"),
    ('number("zwölf")', "null"),
    group=_GROUP,
)
def number(from_: str, grouping: str | None = None, decimal: str | None = None) -> Decimal:
    if grouping not in (None, " ", ",", ".") or decimal not in (None, ",", "."):
        raise NoValue("Als Tausenderzeichen gelten Leerzeichen, Komma oder Punkt, als Dezimalzeichen Komma oder Punkt.")
    if grouping is not None and grouping == decimal:
        raise NoValue("Tausender- und Dezimalzeichen dürfen nicht gleich sein.")
    plain = from_.replace(grouping, "") if grouping else from_
    if decimal == ",":
        if "." in plain:
            raise NoValue(f"„{from_[:40]}“ ist keine Zahl.")
        plain = plain.replace(",", ".")
    value = numbers.number(plain) if _NUMBER.fullmatch(plain) else None
    if value is None:
        raise NoValue(f"„{from_[:40]}“ ist keine Zahl.")
    return value


@builtin(
    "string(from: Any): string",
    "Macht aus einem Wert einen Text, so wie FEEL ihn schreibt.",
    ("string(1.50)", '"1.5"'),
    ('string(@"2026-03-01")', '"2026-03-01"'),
    ('string([1, "a"])', '"[1, \\"a\\"]"'),
    group=_GROUP,
    needs_run=True,
)
def string(run: Run, from_: Any) -> str | None:
    return text.string(from_, run)


@builtin(
    "date(from: string|date|date and time): date",
    "Ein Datum aus einem Text wie 2026-03-01 oder aus einem Zeitpunkt.",
    ('date("2026-03-01")', '@"2026-03-01"'),
    ('date(@"2026-03-01T10:30:00")', '@"2026-03-01"'),
    ('date("2026-02-30")', "null"),
    group=_GROUP,
)
def date(from_: str | dt.date) -> dt.date:
    if isinstance(from_, str):
        return temporal.parse_date(from_)
    return from_.date() if isinstance(from_, dt.datetime) else from_


@builtin(
    "date(year: number, month: number, day: number): date",
    "Ein Datum aus Jahr, Monat und Tag.",
    ("date(2024, 2, 29)", '@"2024-02-29"'),
    ("date(2023, 2, 29)", "null"),
    group=_GROUP,
)
def date_of(year: Decimal, month: Decimal, day: Decimal) -> dt.date:
    return temporal.make_date(numbers.whole(year, "Das Jahr"), numbers.whole(month, "Der Monat"), numbers.whole(day, "Der Tag"))


@builtin(
    "time(from: string|time|date and time|date): time",
    "Eine Uhrzeit aus einem Text wie 10:30:00 oder aus einem Zeitpunkt.",
    ('time("10:30:00")', '@"10:30:00"'),
    ('time(@"2026-03-01T10:30:00Z")', '@"10:30:00Z"'),
    ('time("25:00:00")', "null"),
    group=_GROUP,
)
def time(from_: str | dt.date | dt.time) -> dt.time:
    if isinstance(from_, str):
        return temporal.parse_time(from_)
    if isinstance(from_, dt.datetime):
        return from_.timetz()
    return from_ if isinstance(from_, dt.time) else dt.time(tzinfo=dt.UTC)


@builtin(
    "time(hour: number, minute: number, second: number, offset?: days and time duration): time",
    "Eine Uhrzeit aus Stunde, Minute, Sekunde und Abstand zu UTC.",
    ('time(10, 30, 0, duration("PT1H"))', '@"10:30:00+01:00"'),
    ("time(10, 60, 0)", "null"),
    group=_GROUP,
)
def time_of(hour: Decimal, minute: Decimal, second: Decimal, offset: dt.timedelta | None = None) -> dt.time:
    whole = int(second)
    micros = numbers.whole(numbers.CONTEXT.multiply(second - whole, Decimal(1_000_000)), "Die Sekunde in Mikrosekunden")
    zone = None if offset is None else temporal.offset_zone(offset)
    try:
        return dt.time(numbers.whole(hour, "Die Stunde"), numbers.whole(minute, "Die Minute"), whole, micros, zone)
    except (ValueError, OverflowError) as cause:
        raise NoValue("Diese Uhrzeit gibt es nicht.") from cause


@builtin(
    "date and time(from: string|date and time|date): date and time",
    "Ein Zeitpunkt aus einem Text wie 2026-03-01T10:30:00@Europe/Berlin.",
    ('date and time("2026-03-01T10:30:00")', '@"2026-03-01T10:30:00"'),
    ('date and time("2026-03-01")', '@"2026-03-01T00:00:00"'),
    ('date and time("2026-03-01T10")', "null"),
    group=_GROUP,
)
def date_and_time(from_: str | dt.date) -> dt.datetime:
    if isinstance(from_, str):
        return temporal.parse_date_time(from_)
    return from_ if isinstance(from_, dt.datetime) else temporal.midnight(from_)


@builtin(
    "date and time(date: date|date and time, time: time): date and time",
    "Ein Zeitpunkt aus einem Datum und einer Uhrzeit.",
    ('date and time(@"2026-03-01", @"10:30:00Z")', '@"2026-03-01T10:30:00Z"'),
    group=_GROUP,
)
def date_and_time_of(day: dt.date, clock: dt.time) -> dt.datetime:
    return temporal.combine(day.date() if isinstance(day, dt.datetime) else day, clock)


@builtin(
    "duration(from: string|duration): days and time duration",
    "Eine Dauer aus einem Text: P1DT2H für Tage und Stunden, P1Y2M für Jahre und Monate.",
    ('duration("P1DT2H")', '@"P1DT2H"'),
    ('duration("P14M")', '@"P1Y2M"'),
    ('duration("P1Y1D")', "null"),
    group=_GROUP,
)
def duration(from_: str | dt.timedelta | YearsMonths) -> dt.timedelta | YearsMonths:
    return parse_duration(from_) if isinstance(from_, str) else from_


@builtin(
    "years and months duration(from: date|date and time, to: date|date and time): years and months duration",
    "Die vollen Jahre und Monate von einem Tag bis zu einem anderen.",
    ('years and months duration(@"2024-01-31", @"2025-03-30")', '@"P1Y1M"'),
    ('years and months duration(@"2025-03-01", @"2025-01-01")', '@"-P2M"'),
    group=_GROUP,
)
def years_and_months_duration(start: dt.date, end: dt.date) -> YearsMonths:
    return temporal.months_between(start, end)


@builtin(
    "range(from: string): range",
    "Ein Bereich aus seinem Text; die Enden sind feste Werte, ein fehlendes Ende ist offen.",
    ('range("[1..5)")', "[1..5)"),
    ('3 in range("[..5]")', "true"),
    ('range("[1..")', "null"),
    group=_GROUP,
    weight=40,
)
def range_(from_: str) -> Range:
    inner = from_.strip()
    if len(inner) < 4 or inner[0] not in "[(]" or inner[-1] not in "])[" or ".." not in inner:
        raise NoValue(f"„{from_[:40]}“ ist kein Bereich wie [1..5].")
    left, _, right = inner[1:-1].partition("..")
    start, end = _endpoint(left), _endpoint(right)
    if start is None and end is None:
        raise NoValue("Ein Bereich braucht mindestens ein Ende.")
    if start is not None and end is not None and compare(start, end) not in (-1, 0):
        raise NoValue("Der Anfang muss vor dem Ende liegen und von derselben Art sein.")
    return Range(start, end, inner[0] == "[", inner[-1] == "]", start is None, end is None)


_MAKERS = {"date": date, "time": time, "date and time": date_and_time, "duration": duration}


def _endpoint(source: str) -> Any:
    """A fixed value, or None where nothing stands."""
    if not source.strip():
        return None
    try:
        node = parse(source)
    except FeelSyntaxError as cause:
        raise NoValue(f"„{source[:40]}“ ist kein fester Wert.") from cause
    if isinstance(node, tree.Call) and isinstance(node.function, tree.Name) and len(node.arguments) == 1:
        argument, maker = node.arguments[0], _MAKERS.get(node.function.name)
        if maker is not None and isinstance(argument, tree.Literal) and isinstance(argument.value, str):
            return maker(argument.value)
    if not isinstance(node, tree.Literal) or not orderable(type(node.value)):
        raise NoValue(f"„{source[:40]}“ ist kein fester Wert.")
    return node.value
