"""Durations: days and time as timedelta, years and months as `YearsMonths`."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal

from engine.feel.errors import NoValue
from engine.feel.values.numbers import CONTEXT

_LARGEST = 12 * 1_000_000_000
_MONTHS = re.compile(r"(-)?P(?=\d)(?:(\d{1,10})Y)?(?:(\d{1,11})M)?", re.ASCII)
_DAYS = re.compile(
    r"(-)?P(?=\d|T\d)(?:(\d{1,10})D)?(?:T(?=\d)(?:(\d{1,12})H)?(?:(\d{1,14})M)?(?:(\d{1,16})(?:\.(\d{1,40}))?S)?)?", re.ASCII
)
_MICROS = {"days": 86_400_000_000, "hours": 3_600_000_000, "minutes": 60_000_000, "seconds": 1_000_000}


@dataclass(frozen=True, slots=True, order=True)
class YearsMonths:
    """A duration of whole months, shown as years and months: P1Y2M."""

    total: int

    def __post_init__(self) -> None:
        if not -_LARGEST <= self.total <= _LARGEST:
            raise NoValue("Die Dauer liegt außerhalb der Grenzen.")

    @property
    def years(self) -> int:
        return _toward_zero(self.total, 12)

    @property
    def months(self) -> int:
        return self.total - 12 * self.years

    def __str__(self) -> str:
        years, months = divmod(abs(self.total), 12)
        parts = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
        return ("-" if self.total < 0 else "") + "P" + (parts or "0M")


def _toward_zero(value: int, by: int) -> int:
    return value // by if value >= 0 else -(-value // by)


def micros(value: dt.timedelta) -> int:
    """A duration in microseconds, exactly."""
    return (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds


def days_time(microseconds: int) -> dt.timedelta:
    """A duration of so many microseconds."""
    try:
        return dt.timedelta(microseconds=microseconds)
    except OverflowError as cause:
        raise NoValue("Die Dauer liegt außerhalb der Grenzen.") from cause


def parse_duration(text: str) -> dt.timedelta | YearsMonths:
    """A duration as ISO 8601 writes it, of days and time or of years and months, never mixed."""
    if found := _MONTHS.fullmatch(text):
        months = int(found[2] or 0) * 12 + int(found[3] or 0)
        return YearsMonths(-months if found[1] else months)
    if found := _DAYS.fullmatch(text):
        total = sum(int(part or 0) * size for part, size in zip(found.groups()[1:5], _MICROS.values(), strict=True))
        total += fraction(found[6])
        return days_time(-total if found[1] else total)
    raise NoValue(f"„{text[:60]}“ ist keine Dauer wie P1DT2H oder P1Y2M.")


def fraction(digits: str | None) -> int:
    """The microseconds of a decimal fraction of a second; finer ones do not exist here."""
    if not digits:
        return 0
    if digits[6:].strip("0"):
        raise NoValue("Feiner als eine Mikrosekunde wird nicht gerechnet.")
    return int(digits[:6].ljust(6, "0"))


def duration_text(value: dt.timedelta) -> str:
    """A days and time duration as ISO 8601 writes it."""
    total = micros(value)
    sign, total = ("-" if total < 0 else ""), abs(total)
    parts = []
    for size in _MICROS.values():
        count, total = divmod(total, size)
        parts.append(count)
    days, hours, minutes, seconds = parts
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if seconds or total:
        clock += f"{seconds}" + (f".{total:06d}".rstrip("0") if total else "") + "S"
    day = f"{days}D" if days else ""
    if not day and not clock:
        return "PT0S"
    return f"{sign}P{day}" + (f"T{clock}" if clock else "")


def parts_of(value: dt.timedelta) -> dict[str, Decimal]:
    """Days, hours, minutes and seconds of a duration, each with the duration's sign."""
    total = micros(value)
    sign, total = (-1 if total < 0 else 1), abs(total)
    result = {}
    for name, size in _MICROS.items():
        count, total = divmod(total, size)
        result[name] = Decimal(sign * count)
    if total:
        result["seconds"] += Decimal(sign * total).scaleb(-6, CONTEXT)
    return result


def scale(value: int, factor: Decimal) -> int:
    """So many units times a factor, to whole units, the rest cut off."""
    try:
        product = CONTEXT.multiply(Decimal(value), factor)
        if abs(product) > Decimal("1e24"):
            raise NoValue("Die Dauer liegt außerhalb der Grenzen.")
        return int(product)
    except ArithmeticError as cause:
        raise NoValue("Die Dauer liegt außerhalb der Grenzen.") from cause
