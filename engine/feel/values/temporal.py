"""Dates, times, and dates with times: reading, writing, zones, and the instant they mean."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from decimal import Decimal
from functools import lru_cache

from engine.feel.errors import NoValue
from engine.feel.values.durations import YearsMonths, fraction, micros, parse_duration

_DATE = re.compile(r"(-?)(\d{4,9})-(\d\d)-(\d\d)", re.ASCII)
_TIME = re.compile(
    r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,40}))?(?:([zZ])|([+-]\d\d:\d\d(?::\d\d)?)|@([A-Za-z][A-Za-z0-9_+\-/]{0,60}))?", re.ASCII
)
_EPOCH = dt.datetime.combine(dt.date(1970, 1, 1), dt.time())
_LATEST_OFFSET = dt.timedelta(hours=18)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@lru_cache(maxsize=256)
def zone(name: str) -> dt.tzinfo:
    """The time zone of that name in the tz database."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as cause:
        raise NoValue(f"Die Zeitzone „{name}“ gibt es nicht.") from cause


def offset_zone(offset: dt.timedelta) -> dt.tzinfo:
    """The zone with a fixed distance from UTC."""
    if abs(offset) > _LATEST_OFFSET:
        raise NoValue("Der Abstand zu UTC darf höchstens 18 Stunden sein.")
    return dt.UTC if not offset else dt.timezone(offset)


def make_date(year: int, month: int, day: int) -> dt.date:
    """The calendar day; years 1 to 9999."""
    try:
        return dt.date(year, month, day)
    except (ValueError, OverflowError) as cause:
        if not 1 <= year <= 9999:
            raise NoValue("Es wird nur mit den Jahren 1 bis 9999 gerechnet.") from cause
        raise NoValue(f"Den Tag {year:04d}-{month:02d}-{day:02d} gibt es nicht.") from cause


def parse_date(text: str) -> dt.date:
    """A date like 2026-03-01."""
    found = _DATE.fullmatch(text)
    if found is None or (len(found[2]) > 4 and found[2][0] == "0"):
        raise NoValue(f"„{text[:60]}“ ist kein Datum wie 2026-03-01.")
    return make_date(int(found[1] + found[2]), int(found[3]), int(found[4]))


def parse_time(text: str) -> dt.time:
    """A time like 10:30:00, with or without a zone."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise NoValue(f"„{text[:60]}“ ist keine Uhrzeit wie 10:30:00.")
    hour, minute, second = int(found[1]), int(found[2]), int(found[3])
    try:
        return dt.time(hour, minute, second, fraction(found[4]), _zone_of(found[5], found[6], found[7]))
    except ValueError as cause:
        raise NoValue(f"Die Uhrzeit „{text[:60]}“ gibt es nicht.") from cause


def _zone_of(utc: str | None, offset: str | None, name: str | None) -> dt.tzinfo | None:
    if utc:
        return dt.UTC
    if name:
        return zone(name)
    if not offset:
        return None
    hours, minutes, *seconds = (int(part) for part in offset[1:].split(":"))
    if minutes > 59 or (seconds and seconds[0] > 59):
        raise NoValue(f"Den Abstand „{offset}“ zu UTC gibt es nicht.")
    distance = dt.timedelta(hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)
    return offset_zone(-distance if offset[0] == "-" else distance)


def parse_date_time(text: str) -> dt.datetime:
    """A date and time like 2026-03-01T10:30:00@Europe/Berlin; without a time it is midnight."""
    day, separator, clock = text.partition("T")
    if not separator:
        return dt.datetime.combine(parse_date(day), dt.time())
    return combine(parse_date(day), parse_time(clock))


def combine(day: dt.date, clock: dt.time) -> dt.datetime:
    """A day and a time together; a time in the hour that summer time skips moves on by that hour."""
    return _existing(dt.datetime.combine(day, clock))


def _existing(moment: dt.datetime) -> dt.datetime:
    if not isinstance(moment.tzinfo, zoneinfo.ZoneInfo):
        return moment
    try:
        return moment.astimezone(dt.UTC).astimezone(moment.tzinfo)
    except OverflowError:
        return moment


def parse_literal(text: str) -> object:
    """The value of an @-literal: a date, a time, both, or a duration."""
    if text.startswith(("P", "-P")):
        return parse_duration(text)
    if "T" in text.partition("@")[0]:
        return parse_date_time(text)
    return parse_time(text) if ":" in text else parse_date(text)


def offset_of(value: dt.time | dt.datetime) -> dt.timedelta | None:
    """The distance from UTC; a time of day in a named zone has that zone's winter time."""
    if value.tzinfo is None:
        return None
    direct = value.utcoffset()
    if direct is not None:
        return direct
    winter = dt.datetime(2000, 1, 1, tzinfo=value.tzinfo)
    return (winter.utcoffset() or dt.timedelta()) - (winter.dst() or dt.timedelta())


def zone_name(value: dt.time | dt.datetime) -> str | None:
    """The name of the time zone, if it has one."""
    zone_ = value.tzinfo
    if isinstance(zone_, zoneinfo.ZoneInfo):
        return zone_.key
    return None


def instant(value: dt.datetime) -> dt.timedelta:
    """The point on the time line, counted from 1970 in UTC; a local time counts as if it were UTC."""
    local = value.replace(tzinfo=None) - _EPOCH
    return local - (value.utcoffset() or dt.timedelta())


def moment_of(value: dt.time) -> int:
    """The microseconds of a time of day, counted from midnight in UTC, or local if it has no zone."""
    total = ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond
    return total - micros(offset_of(value) or dt.timedelta())


def midnight(day: dt.date) -> dt.datetime:
    """A day as a date and time: midnight in UTC, as the standard has it."""
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def clock_text(value: dt.time | dt.datetime) -> str:
    """The time of day with its zone: 10:30:00, 10:30:00Z, 10:30:00+01:00 or 10:30:00@Europe/Berlin."""
    text = f"{value.hour:02d}:{value.minute:02d}:{value.second:02d}"
    if value.microsecond:
        text += f".{value.microsecond:06d}".rstrip("0")
    if value.tzinfo is None:
        return text
    if isinstance(value.tzinfo, zoneinfo.ZoneInfo) and not value.fold:
        return f"{text}@{value.tzinfo.key}"  # the second of two hours in autumn is only told by its offset
    offset = offset_of(value) or dt.timedelta()
    if not offset:
        return text + "Z"
    total = int(abs(offset).total_seconds())
    text += f"{'-' if offset < dt.timedelta() else '+'}{total // 3600:02d}:{total // 60 % 60:02d}"
    return text + (f":{total % 60:02d}" if total % 60 else "")


def date_text(value: dt.date) -> str:
    """A date like 2026-03-01."""
    return f"{value.year:04d}-{value.month:02d}-{value.day:02d}"


def date_time_text(value: dt.datetime) -> str:
    """A date and time like 2026-03-01T10:30:00Z."""
    return f"{date_text(value)}T{clock_text(value)}"


def add_months(value: dt.date | dt.datetime, months: int) -> dt.date | dt.datetime:
    """So many months later, on the same day of the month or the month's last day (§ 188 (3) BGB)."""
    count = value.year * 12 + value.month - 1 + months
    year, month = count // 12, count % 12 + 1
    if not 1 <= year <= 9999:
        raise NoValue("Es wird nur mit den Jahren 1 bis 9999 gerechnet.")
    last = 29 if month == 2 and year % 4 == 0 and (year % 100 or year % 400 == 0) else _LAST[month - 1]
    moved = value.replace(year=year, month=month, day=min(value.day, last))
    return _existing(moved) if isinstance(moved, dt.datetime) else moved


_LAST = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def add_time(value: dt.datetime, by: dt.timedelta) -> dt.datetime:
    """So much later on the time line, shown in the same zone."""
    try:
        if isinstance(value.tzinfo, zoneinfo.ZoneInfo):
            return (value.astimezone(dt.UTC) + by).astimezone(value.tzinfo)
        return value + by
    except OverflowError as cause:
        raise NoValue("Es wird nur mit den Jahren 1 bis 9999 gerechnet.") from cause


def add_days(value: dt.date, by: dt.timedelta) -> dt.date:
    """A date so much later; hours count from midnight."""
    try:
        return (dt.datetime.combine(value, dt.time()) + by).date()
    except OverflowError as cause:
        raise NoValue("Es wird nur mit den Jahren 1 bis 9999 gerechnet.") from cause


def add_clock(value: dt.time, by: dt.timedelta) -> dt.time:
    """A time of day so much later; past midnight it starts again."""
    day = dt.datetime.combine(dt.date(2000, 1, 1), value.replace(tzinfo=None))
    shift = dt.timedelta(microseconds=micros(by) % 86_400_000_000)
    return (day + shift).time().replace(tzinfo=value.tzinfo)


def months_between(start: dt.date | dt.datetime, end: dt.date | dt.datetime) -> YearsMonths:
    """The whole months from one day to another; a month that is not full does not count."""
    if isinstance(start, dt.datetime) and isinstance(end, dt.datetime) and start.tzinfo and end.tzinfo:
        end = end.astimezone(start.tzinfo)
    months = (end.year - start.year) * 12 + end.month - start.month
    rest_start, rest_end = _within_month(start), _within_month(end)
    if months > 0 and rest_end < rest_start:
        months -= 1
    elif months < 0 and rest_end > rest_start:
        months += 1
    return YearsMonths(months)


def _within_month(value: dt.date | dt.datetime) -> tuple[int, dt.time]:
    return value.day, value.time() if isinstance(value, dt.datetime) else dt.time()


def second_of(value: dt.time | dt.datetime) -> Decimal:
    """The seconds with their fraction."""
    return Decimal(value.second) + Decimal(value.microsecond).scaleb(-6) if value.microsecond else Decimal(value.second)
