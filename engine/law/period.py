"""Periods by § 31 VwVfG with §§ 187–193 BGB: days, weeks, months and years, from an event or from the start of a day."""

from __future__ import annotations

import calendar as months_of
import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

from engine.base.errors import Invalid
from engine.law.values import LAST_YEAR, MONTHS, Berechnung, Trail, checked_day, long, shifted
from engine.law.workdays import Calendar, Own, calendar_of, next_open, note_unknown_holidays

Unit = Literal["days", "weeks", "months", "years"]
EREIGNIS, TAGESBEGINN = "ereignis", "tagesbeginn"

# A hundred years: what is longer is a slip.
MOST: dict[Unit, int] = {"days": 36_525, "weeks": 5_218, "months": 1_200, "years": 100}
_NAMES: dict[Unit, tuple[str, str]] = {
    "days": ("Tag", "Tage"), "weeks": ("Woche", "Wochen"), "months": ("Monat", "Monate"), "years": ("Jahr", "Jahre"),
}  # fmt: skip
_WORDS: dict[str, Unit] = {
    "tag": "days", "tage": "days", "tagen": "days", "woche": "weeks", "wochen": "weeks", "monat": "months", "monate": "months",
    "monaten": "months", "jahr": "years", "jahre": "years", "jahren": "years",
}  # fmt: skip
_ONE = frozenset({"ein", "eine", "einen", "einem", "einer", "eines"})
_NAMED: dict[str, tuple[int, Unit]] = {
    "halbes jahr": (6, "months"), "halben jahr": (6, "months"), "vierteljahr": (3, "months"), "halber monat": (15, "days"),
    "halben monat": (15, "days"),
}  # fmt: skip
_TEXT = re.compile(r"(\S{1,9})\s+([a-zA-Z]{3,8})", re.ASCII)
_ISO = re.compile(r"P(?:(\d{1,4})Y)?(?:(\d{1,5})M)?|P(\d{1,4})W|P(\d{1,6})D", re.ASCII)


@dataclass(frozen=True, slots=True)
class Length:
    """How long a period is. `named` keeps words that the law explains, like half a year."""

    count: int
    unit: Unit
    named: str = ""

    def __post_init__(self) -> None:
        if type(self.count) is not int or self.unit not in MOST or not 1 <= self.count <= MOST[self.unit]:
            raise Invalid(f"Eine Frist hat mindestens einen Tag und höchstens 100 Jahre, nicht {self.count} {self.name}.")

    @property
    def name(self) -> str:
        return _NAMES.get(self.unit, ("", self.unit))[self.count != 1]

    def __str__(self) -> str:
        return f"{self.count} {self.name}"


def length_of(value: str | Length) -> Length:
    """A length from text: "1 Monat", "14 Tage", "ein Jahr", "Vierteljahr", P14D, P2W, P1M, P1Y.

    Raises:
        Invalid: it is none, is empty or negative, or longer than a hundred years.
    """
    if isinstance(value, Length):
        return value
    text = " ".join(value.split()) if isinstance(value, str) and len(value) <= 40 else ""
    bare = text.lower()
    for one in _ONE:
        bare = bare.removeprefix(f"{one} ") if bare.removeprefix(f"{one} ") in _NAMED else bare
    if bare in _NAMED:
        return Length(*_NAMED[bare], named=text)
    if (found := _TEXT.fullmatch(text)) and (unit := _WORDS.get(found[2].lower())):
        if found[1].lower() in _ONE:
            return Length(1, unit)
        if found[1].isascii() and found[1].lstrip("-").isdecimal() and found[1].count("-") <= 1:
            return Length(int(found[1]), unit)
    if found := _ISO.fullmatch(text):
        years, part_months, weeks, days = (int(part) if part else 0 for part in found.groups())
        if years and not part_months:
            return Length(years, "years")
        return Length(weeks, "weeks") if weeks else Length(days, "days") if days else Length(12 * years + part_months, "months")
    raise Invalid(f"„{str(value)[:40]}“ ist keine Dauer einer Frist. Richtig ist zum Beispiel „1 Monat“, „14 Tage“ oder P14D.")


def deadline(
    start: dt.date, length: str | Length, land: str, *, begin: str = EREIGNIS, moves: bool = True, own: Own = ()
) -> Berechnung:
    """The last day of a period, moved to the next workday where the law says so.

    `begin` is "ereignis" (the day of the event does not count) or "tagesbeginn" (the first day counts). `moves` is false
    where the authority has told a fixed last day with reference to § 31 (3) sentence 2 VwVfG.

    Raises:
        Invalid: no such day, length or Land, or the period ends outside the years that are supported.
    """
    calendar, trail = calendar_of(land, own), Trail()
    end = nominal_end(trail, checked_day(start, "Beginn"), length_of(length), begin)
    return trail.finish(settled(trail, end, calendar) if moves else end)


def extended(previous_end: dt.date, length: str | Length, land: str, *, own: Own = ()) -> Berechnung:
    """The last day of a period that goes on where another ended (§ 190 BGB).

    Raises:
        Invalid: as for `deadline`.
    """
    calendar, trail = calendar_of(land, own), Trail()
    end = extension_end(trail, checked_day(previous_end, "Ende"), length_of(length))
    return trail.finish(settled(trail, end, calendar))


def extension_end(trail: Trail, previous_end: dt.date, length: Length) -> dt.date:
    """The calculated end of an extension, not moved yet."""
    first = shifted(previous_end, 1)
    trail.add(first, f"Die vorige Frist läuft am {long(previous_end)} ab; die neue schließt daran an", "verlaengerung")
    return nominal_end(trail, first, length, TAGESBEGINN)


def nominal_end(trail: Trail, start: dt.date, length: Length, begin: str) -> dt.date:
    """The calculated end of a period, not moved yet."""
    if begin not in (EREIGNIS, TAGESBEGINN):
        raise Invalid(f"Eine Frist beginnt mit „{EREIGNIS}“ oder „{TAGESBEGINN}“, nicht mit „{str(begin)[:40]}“.")
    counted = begin == TAGESBEGINN
    if counted:
        trail.add(
            start, f"Die Frist beginnt mit dem Anfang dieses Tages: {long(start)}; er zählt mit", "anwendung", "tagesbeginn"
        )
    else:
        trail.add(start, f"Das Ereignis fällt auf {long(start)}; dieser Tag zählt nicht mit", "anwendung", "ereignis")
    if length.named:
        trail.add(start, f"{length.named}: {length}", "halbes-jahr")
    if length.unit == "days":
        end = shifted(start, length.count - counted)
        trail.add(end, f"{length}: Die Frist endet rechnerisch am {long(end)}", "tage")
        return end
    if length.unit == "weeks":
        end = shifted(start, 7 * length.count - counted)
        which = "am Wochentag vor dem des ersten Tages" if counted else "am selben Wochentag wie das Ereignis"
        trail.add(end, f"{length}: Die Frist endet rechnerisch {which}, {long(end)}", "gleicher-tag")
        return end
    return _end_by_months(trail, start, length, counted)


def _end_by_months(trail: Trail, start: dt.date, length: Length, counted: bool) -> dt.date:
    """The day with the same number in the last month, or with `counted` the day before it; where it is missing, the last."""
    index = start.year * 12 + start.month - 1 + length.count * (12 if length.unit == "years" else 1)
    number = start.day - counted
    if number == 0:  # from the first of a month to the last of the month before
        index, number = index - 1, 31
    year, month = index // 12, index % 12 + 1
    if year > LAST_YEAR:
        raise Invalid(f"Die Frist endet nach dem Jahr {LAST_YEAR}; so weit wird nicht gerechnet.")
    last = months_of.monthrange(year, month)[1]
    end = dt.date(year, month, min(number, last))
    if number > last and start.day != 1:
        missing = f"Einen {number}. {MONTHS[month - 1]} {year} gibt es nicht"
        text = f"{length}: {missing}; die Frist endet rechnerisch am letzten Tag des Monats, {long(end)}"
        trail.add(end, text, "gleicher-tag", "monatsende")
        return end
    which = "am Tag vor dem mit der Zahl des ersten Tages" if counted else "am Tag mit der Zahl des Ereignistages"
    trail.add(end, f"{length}: Die Frist endet rechnerisch {which}, {long(end)}", "gleicher-tag")
    return end


def settled(trail: Trail, end: dt.date, calendar: Calendar) -> dt.date:
    """The end of a period, moved to the next workday if it is none."""
    found, passed = next_open(end, calendar)
    if passed:
        trail.add(found, f"Kein Werktag: {'; '.join(passed)}. Die Frist endet am nächsten Werktag, {long(found)}", "werktag")
    else:
        trail.add(found, f"{long(found)} ist ein Werktag; an diesem Tag endet die Frist", "werktag")
    note_unknown_holidays(trail, end)
    return found
