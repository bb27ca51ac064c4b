"""100,000 random periods against the calendar of conftest.py, which knows neither our code nor any library of dates."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from engine.law import deadline, naechster_werktag, plus_werktage
from engine.law.period import EREIGNIS, TAGESBEGINN, Length
from engine.law.workdays import calendar_of

MOST = {"days": 45, "weeks": 9, "months": 18, "years": 3}
PARTS, EACH = 10, 10_000


def chosen_day(chance: random.Random, plain) -> tuple[int, int, int]:
    """A day of 1995 to 2194, one in ten of some year up to 9990; month ends and the turn of the year more often than others."""
    year = chance.randrange(1995, 2195) if chance.random() < 0.9 else 2195 + 31 * chance.randrange(251)
    month = chance.choice((1, 2, 3, 12)) if chance.random() < 0.3 else chance.randrange(1, 13)
    last = plain.days_in(year, month)
    return year, month, chance.choice((1, last - 2, last - 1, last)) if chance.random() < 0.4 else chance.randrange(1, last + 1)


@pytest.mark.parametrize("part", range(PARTS))
def test_periods_end_on_the_day_that_counting_by_hand_finds(plain, part):
    seed = 20261123 + part
    chance, seen = random.Random(seed), set()
    for _ in range(EACH):
        start, unit, land = chosen_day(chance, plain), chance.choice(list(MOST)), chance.choice(("SH", "BY"))
        count, whole_day = chance.randint(1, MOST[unit]), chance.random() < 0.3
        made = deadline(dt.date(*start), Length(count, unit), land, begin=TAGESBEGINN if whole_day else EREIGNIS)
        found = (made.result.year, made.result.month, made.result.day)
        assert found == plain.end(start, count, unit, land, whole_day), (seed, start, count, unit, land, whole_day, made.steps)
        assert made.steps[-1].day == made.result
        seen.add((unit, whole_day, land))
    assert len(seen) == len(MOST) * 2 * 2  # every unit, from an event and from the start of a day, in both Länder


@pytest.mark.parametrize("land", ["SH", "BY"])
def test_every_day_of_forty_years_is_a_workday_or_not_as_counted_by_hand(plain, land):
    calendar = calendar_of(land)
    day, at = (2010, 1, 1), dt.date(2010, 1, 1)
    while at.year < 2050:
        assert (calendar.closed(at) is None) == plain.workday(day, land), at
        day, at = plain.next(day), at + dt.timedelta(1)


def test_so_many_workdays_later_is_what_counting_by_hand_finds(plain):
    chance = random.Random(20261123)
    for _ in range(2_000):
        start, count, land = chosen_day(chance, plain), chance.randint(1, 30), chance.choice(("SH", "BY"))
        open_days = (day for day in plain.walk(start) if plain.workday(day, land))
        expected = [next(open_days) for _ in range(count)][-1]
        assert plus_werktage(dt.date(*start), count, land).result == dt.date(*expected)
        first = start if plain.workday(start, land) else next(day for day in plain.walk(start) if plain.workday(day, land))
        assert naechster_werktag(dt.date(*start), land).result == dt.date(*first)


@pytest.mark.parametrize(
    ("year", "day"),
    [
        pytest.param(1818, (3, 22), id="earliest possible"),
        pytest.param(1943, (4, 25), id="latest possible"),
        pytest.param(1954, (4, 18), id="exception of the epact 25"),
        pytest.param(1981, (4, 19), id="exception of the epact 24"),
        pytest.param(2024, (3, 31), id="in March"),
        pytest.param(2026, (4, 5), id="2026"),
        pytest.param(2285, (3, 22), id="earliest again"),
    ],
)
def test_the_calendar_of_the_tests_knows_easter(plain, year, day):
    assert plain.easter(year) == (year, *day)
