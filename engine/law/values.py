"""What a calculation gives: a day, the steps that lead there, each with its paragraph, and the legal source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.base.errors import Invalid
from engine.law.rules import cite

FIRST_YEAR, LAST_YEAR = 1583, 9998  # the Gregorian calendar, with room for a day to move on

WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Sonnabend", "Sonntag")
MONTHS = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a calculation, in German as the page shows it, and the day it leads to."""

    text: str
    day: dt.date


@dataclass(frozen=True, slots=True)
class Berechnung:
    """A day with the way it was found: each step names its paragraph, `source` names them all."""

    result: dt.date
    steps: tuple[Step, ...]
    source: str
    counts_from: str = ""
    """For a delivery: what its rule counts from (see zustellung.toml)."""


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """A notice does not count as delivered this way. `sentence` says why, `other_way` what to do instead.

    `retrievable_bis` is the last day to fetch it, where that is what it waits for.
    """

    sentence: str
    other_way: str
    steps: tuple[Step, ...]
    source: str
    retrievable_bis: dt.date | None = None
    counts_from: str = ""


@dataclass
class Trail:
    """Collects the steps of a calculation and the sources they name. `instead` puts special rules in place of general ones."""

    instead: Mapping[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    sources: dict[str, None] = field(default_factory=dict)

    def add(self, day: dt.date, text: str, *rules: str) -> None:
        """Note a step that rests on rules of fristen.toml."""
        self.cited(day, text, *(cite(self.instead.get(rule, rule)) for rule in rules))

    def cited(self, day: dt.date, text: str, *sources: str) -> None:
        """Note a step that rests on sources written out."""
        self.sources.update(dict.fromkeys(sources))
        self.steps.append(Step(f"{text} ({'; '.join(sources)})." if sources else f"{text}.", day))

    def finish(self, result: dt.date) -> Berechnung:
        """The calculation that leads to this day."""
        return Berechnung(checked_day(result, "Ergebnis"), tuple(self.steps), self.source)

    @property
    def source(self) -> str:
        return "; ".join(self.sources)


def checked_day(day: object, name: str) -> dt.date:
    """The day itself, if it is one that can be calculated with.

    Raises:
        Invalid: it is no day, or lies outside the years that are supported.
    """
    if not isinstance(day, dt.date) or isinstance(day, dt.datetime):
        raise Invalid(f"„{name}“ ist kein Tag. Nötig ist ein Datum wie 2026-03-01.")
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Invalid(f"„{name}“ liegt im Jahr {day.year}. Gerechnet wird mit den Jahren {FIRST_YEAR} bis {LAST_YEAR}.")
    return day


def shifted(day: dt.date, days: int) -> dt.date:
    """The day so many days later or earlier.

    Raises:
        Invalid: it lies outside the years that are supported.
    """
    try:
        return checked_day(day + dt.timedelta(days), "Ergebnis")
    except OverflowError as cause:
        raise Invalid(f"Das Ergebnis liegt außerhalb der Jahre {FIRST_YEAR} bis {LAST_YEAR}.") from cause


def long(day: dt.date) -> str:
    """A day written out, with its day of the week: Sonntag, 1. März 2026."""
    return f"{WEEKDAYS[day.weekday()]}, {day.day}. {MONTHS[day.month - 1]} {day.year}"
