"""What the tests of the law share: a calendar written from the text of the law, without any library of dates.

Days are (year, month, day). Everything is counted one day or one month at a time, so that it can be read beside the law.
Public holidays of Schleswig-Holstein (SFTG) and Bavaria (FTG) only, from 1995 on.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

Day = tuple[int, int, int]
LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class PlainCalendar:
    """The Gregorian calendar, the weekend, the holidays and §§ 187–193 BGB, each as plain counting."""

    def days_in(self, year: int, month: int) -> int:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return 29 if month == 2 and leap else LENGTHS[month - 1]

    def next(self, day: Day) -> Day:
        year, month, number = day
        if number < self.days_in(year, month):
            return year, month, number + 1
        return (year, month + 1, 1) if month < 12 else (year + 1, 1, 1)

    def previous(self, day: Day) -> Day:
        year, month, number = day
        if number > 1:
            return year, month, number - 1
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        return year, month, self.days_in(year, month)

    def weekday(self, day: Day) -> int:
        """0 Monday … 6 Sunday, by Zeller's congruence."""
        year, month, number = day
        if month < 3:
            year, month = year - 1, month + 12
        saturday_first = (number + 13 * (month + 1) // 5 + year + year // 4 - year // 100 + year // 400) % 7
        return (saturday_first + 5) % 7

    @cache  # noqa: B019 - one calendar lives as long as the tests
    def easter(self, year: int) -> Day:
        """Easter Sunday: the first Sunday after the church's full moon on or after 21 March (Gregorian epact)."""
        golden, century = year % 19 + 1, year // 100 + 1
        dropped_leaps, moon = 3 * century // 4 - 12, (8 * century + 5) // 25 - 5
        epact = (11 * golden + 20 + moon - dropped_leaps) % 30
        if epact == 24 or (epact == 25 and golden > 11):
            epact += 1
        full_moon = 44 - epact
        if full_moon < 21:
            full_moon += 30
        day = (year, 3, 1)
        for _ in range(full_moon - 1):
            day = self.next(day)
        day = self.next(day)
        while self.weekday(day) != 6:
            day = self.next(day)
        return day

    @cache  # noqa: B019 - as above
    def holidays(self, land: str, year: int) -> frozenset[Day]:
        def after_easter(days: int) -> Day:
            day = self.easter(year)
            for _ in range(abs(days)):
                day = self.next(day) if days > 0 else self.previous(day)
            return day

        found = {(year, month, number) for month, number in ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26))}
        found |= {after_easter(-2), after_easter(1), after_easter(39), after_easter(50)}
        if land == "SH" and year >= 2018:
            found.add((year, 10, 31))
        if land == "BY":
            found |= {(year, 1, 6), (year, 11, 1), after_easter(60)}
        if year == 2017:  # the 500th year of the Reformation, in all Länder once
            found.add((year, 10, 31))
        return frozenset(found)

    def workday(self, day: Day, land: str) -> bool:
        return self.weekday(day) < 5 and day not in self.holidays(land, day[0])

    def end(self, start: Day, count: int, unit: str, land: str, from_start_of_day: bool) -> Day:
        """The last day of a period."""
        if unit in ("days", "weeks"):
            day, left = start, count * (7 if unit == "weeks" else 1)
            if from_start_of_day:
                day = self.previous(day)  # § 187 (2): the first day is counted
            while left:
                day, left = self.next(day), left - 1
        else:
            day = self._end_of_months(start, count * (12 if unit == "years" else 1), from_start_of_day)
        while not self.workday(day, land):
            day = self.next(day)
        return day

    def _end_of_months(self, start: Day, count: int, from_start_of_day: bool) -> Day:
        year, month, number = start
        for _ in range(count):
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        if from_start_of_day:
            if number == 1:
                return self.previous((year, month, 1))
            number -= 1
        while number > self.days_in(year, month):  # § 188 (3)
            number -= 1
        return year, month, number

    def walk(self, day: Day) -> Iterator[Day]:
        while True:
            day = self.next(day)
            yield day


@pytest.fixture(scope="session")
def plain() -> PlainCalendar:
    return PlainCalendar()
