"""When a timer is due: ISO 8601 text or a FEEL value → an instant in UTC.

Years, months, weeks and days are counted on the calendar of Germany (a day may have 23 or 25 hours; 31 January and one
month is the last of February); hours, minutes and seconds are exact.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import Any

from engine.base.zone import ZONE
from engine.bpmn import cron
from engine.bpmn.limits import SHORTEST_CYCLE
from engine.feel import YearsMonths

DURATION = re.compile(
    r"(?P<sign>-?)P(?=\d|T\d)(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,5})M)?(?:(?P<weeks>\d{1,5})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,7})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,10}(?:\.\d{1,6})?)S)?)?"
)


class NotATime(ValueError):
    """The text or value names no time."""


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day number some months on, or the month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))


def after(start: dt.datetime, *, months: int = 0, days: int = 0, exact: dt.timedelta = dt.timedelta(0)) -> dt.datetime:
    """An instant some calendar months and days, and then some exact time, after another."""
    local = start.astimezone(ZONE)
    day = add_months(local.date(), months) + dt.timedelta(days=days)
    moved = local if day == local.date() else dt.datetime.combine(day, local.time(), ZONE)
    return moved.astimezone(dt.UTC) + exact


def duration(text: str) -> tuple[int, int, dt.timedelta]:
    """ISO 8601 duration → months, days, exact rest. An empty or negative one is none."""
    match = DURATION.fullmatch(text.strip())
    if match is None or match["sign"]:
        raise NotATime(f"„{text}“ ist keine Dauer (etwa P14D oder PT2H)")
    part = {
        name: float(value) if name == "seconds" else int(value)
        for name, value in match.groupdict(default="0").items()
        if name != "sign"
    }
    exact = dt.timedelta(hours=part["hours"], minutes=part["minutes"], seconds=part["seconds"])
    return int(part["years"] * 12 + part["months"]), int(part["weeks"] * 7 + part["days"]), exact


def instant(text: str) -> dt.datetime:
    """ISO 8601 date or date and time → instant; without an offset it is German local time, without a time its midnight."""
    try:
        value = dt.datetime.fromisoformat(text.strip())
    except ValueError as exc:
        raise NotATime(f"„{text}“ ist kein Zeitpunkt (etwa 2026-03-02T09:00:00+01:00)") from exc
    return (value if value.tzinfo else value.replace(tzinfo=ZONE)).astimezone(dt.UTC)


TOO_OFTEN = "zwischen zwei Wiederholungen muss mindestens eine Minute liegen (PT1M)"
CYCLE = re.compile(r"R(\d{0,6})/(?:(\d[^/]*)/)?(P[^/]+)")


def cycle(text: Any) -> tuple[int | None, dt.datetime | None, str]:
    """R3/P7D or R3/2026-03-02T09:00:00+01:00/P7D → how often (None: for ever), the first time, the duration between.

    Without a first time it is due when the duration is over.

    Raises:
        NotATime: with a German sentence.
    """
    match = CYCLE.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise NotATime(f"„{text}“ ist keine Wiederholung (etwa R3/P7D oder 0 0 9 * * MON-FRI)")
    if duration(match[3]) == (0, 0, dt.timedelta(0)):
        raise NotATime("eine Wiederholung ohne Abstand endet nie")
    months, days, exact = duration(match[3])
    if not months and not days and exact < SHORTEST_CYCLE:
        raise NotATime(TOO_OFTEN)
    times = int(match[1]) if match[1] else None
    if times == 0:
        raise NotATime("eine Wiederholung, die null Mal geschieht, geschieht nie")
    return times, instant(match[2]) if match[2] else None, match[3]


def next_turn(
    text: Any, now: dt.datetime, last: dt.datetime | None, since: dt.datetime | None = None
) -> tuple[int | None, dt.datetime]:
    """How often a repeating timer happens in all (None: for ever), and when it is due next; after downtime once, not once for
    every turn missed.

    Turns are counted from the first time, or else from `since`, when it was set up: a turn a month from 31 January on is due on
    the last of each month, and one at nine stays at nine however late the one before it was noticed.

    Raises:
        NotATime: with a German sentence.
    """
    if isinstance(text, str) and cron.looks_like(text.strip()):
        try:
            turns = cron.parse(text.strip())
        except cron.NotCron as exc:
            raise NotATime(f"„{text}“ ist keine Wiederholung: {exc}") from exc
        if len(turns.seconds) > 1:
            raise NotATime(TOO_OFTEN)
        try:
            return None, turns.after(max(now, last or now))
        except cron.NotCron as exc:
            raise NotATime(f"„{text}“ ist keine Wiederholung: {exc}") from exc
    times, first, between = cycle(text)
    if last is None and first is not None:
        return times, first
    return times, _turn_after(first or since or last or now, duration(between), max(now, last or now))


def _turn_after(start: dt.datetime, between: tuple[int, int, dt.timedelta], instant: dt.datetime) -> dt.datetime:
    """The first of the turns from a start on that is after an instant."""
    months, days, exact = between
    about = dt.timedelta(days=months * 30.436875 + days) + exact
    turn = max(1, int((instant - start) / about) - 2)
    try:
        while True:
            found = after(start, months=months * turn, days=days * turn, exact=exact * turn)
            if found > instant:
                return found
            turn += 1
    except (OverflowError, ValueError) as exc:
        raise NotATime("die Wiederholung liegt außerhalb der Jahre 1 bis 9999") from exc


def due(kind: str, value: Any, now: dt.datetime) -> dt.datetime:
    """The instant at which a timer of this kind (date, duration) with this value is due, seen from now.

    Raises:
        NotATime: with a German sentence.
    """
    try:
        if isinstance(value, str):
            if kind == "date":
                return instant(value)
            months, days, exact = duration(value)
            return after(now, months=months, days=days, exact=exact)
        if isinstance(value, dt.datetime):
            return (value if value.tzinfo else value.replace(tzinfo=ZONE)).astimezone(dt.UTC)
        if isinstance(value, dt.date):
            return dt.datetime.combine(value, dt.time(), ZONE).astimezone(dt.UTC)
        if isinstance(value, YearsMonths):
            return after(now, months=max(value.total, 0))
        if isinstance(value, dt.timedelta):  # what has been over before it began is due at once
            value = max(value, dt.timedelta(0))
            return after(now, days=value.days, exact=value - dt.timedelta(days=value.days))
    except (OverflowError, ValueError) as exc:
        if isinstance(exc, NotATime):
            raise
        raise NotATime(f"die Zeit „{value}“ liegt außerhalb der Jahre 1 bis 9999") from exc
    raise NotATime(
        "der Ausdruck ergibt keinen Zeitpunkt und keine Dauer" if value is not None else "der Ausdruck ergibt keinen Wert"
    )
