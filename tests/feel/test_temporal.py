"""Time and place: properties, zones, offsets, leap years, summer time, the present."""

import datetime as dt

import pytest

import engine.feel
from engine.base import clock


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('@"2026-03-01".year', "2026"), ('@"2026-03-01".month', "3"), ('@"2026-03-01".day', "1"),
        ('@"2026-03-01".weekday', "7"),
        ('@"2026-03-02".weekday', "1"), ('@"2026-03-01T10:20:30.5".second', "30.5"), ('@"2026-03-01T10:20:30".hour', "10"),
        ('@"10:20:30".minute', "20"), ('@"2026-03-01T10:20:30+01:30".time offset', '@"PT1H30M"'),
        ('@"10:20:30Z".time offset', '@"PT0S"'),
        ('@"10:20:30-02:00".time offset', '@"-PT2H"'), ('@"10:20:30".time offset', "null"), ('@"10:20:30".timezone', "null"),
        ('@"2026-03-01T10:20:30@Europe/Berlin".timezone', '"Europe/Berlin"'),
        ('@"2026-03-01T10:20:30@Europe/Berlin".time offset', '@"PT1H"'),
        ('@"2026-07-01T10:20:30@Europe/Berlin".time offset', '@"PT2H"'), ('@"10:20:30@Europe/Berlin".time offset', '@"PT1H"'),
        ('@"P1DT2H3M4.5S".days', "1"), ('@"P1DT2H3M4.5S".hours', "2"), ('@"P1DT2H3M4.5S".minutes', "3"),
        ('@"P1DT2H3M4.5S".seconds', "4.5"),
        ('@"-P1DT2H".days', "-1"), ('@"-P1DT2H".hours', "-2"), ('@"P14M".years', "1"), ('@"P14M".months', "2"),
        ('@"-P14M".years', "-1"),
        ('@"-P14M".months', "-2"), ("[1..3).start", "1"), ("[1..3).end", "3"), ("[1..3).start included", "true"),
        ("[1..3).end included", "false"),
        ('[@"2026-03-01", @"2027-03-01"].year', "[2026, 2027]"), ('@"P1D".years', "null"), ('@"2026-03-01".hour', "null"),
        ("(< 5).start", "null"), ("(< 5).end", "5"),
    ],
)  # fmt: skip
def test_properties(same, text, value):
    same(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('string(@"2026-03-01")', "2026-03-01"), ('string(@"0099-03-01")', "0099-03-01"), ('string(@"10:20:30")', "10:20:30"),
        ('string(@"10:20:30.120")', "10:20:30.12"), ('string(@"10:20:30+00:00")', "10:20:30Z"),
        ('string(@"10:20:30z")', "10:20:30Z"),
        ('string(@"10:20:30-05:30")', "10:20:30-05:30"), ('string(@"10:20:30@Europe/Berlin")', "10:20:30@Europe/Berlin"),
        ('string(@"10:20:30+01:02:03")', "10:20:30+01:02:03"), ('string(@"2026-03-01T10:20:30")', "2026-03-01T10:20:30"),
        ('string(@"P1Y13M")', "P2Y1M"), ('string(@"P0Y")', "P0M"), ('string(@"-P14M")', "-P1Y2M"),
        ('string(@"PT36H")', "P1DT12H"),
        ('string(@"PT0S")', "PT0S"), ('string(@"-PT90S")', "-PT1M30S"), ('string(@"PT1.50S")', "PT1.5S"),
        ('string(@"P1D")', "P1D"),
    ],
)  # fmt: skip
def test_temporal_values_as_text(feel, text, value):
    assert feel(text) == value


@pytest.mark.parametrize(
    "text",
    [
        'date("2026-02-29")', 'date("2026-13-01")', 'date("2026-1-1")', 'date("26-01-01")', 'date("2026-01-01T")',
        'date(" 2026-01-01")',
        'date("")', "date(null)", 'date("0000-01-01")', 'date("10000-01-01")', 'date("-0044-03-15")', 'date("02026-01-01")',
        "date(2026, 2, 30)",
        "date(10000, 1, 1)", 'time("24:00:00")', 'time("10:60:00")', 'time("10:20")', 'time("10:20:60")', 'time("1:20:30")',
        "time(25, 0, 0)",
        'time("10:20:30+19:00")', 'time("10:20:30+01:60")', 'time("10:20:30@Europa/Husum")',
        'time("10:20:30+01:00@Europe/Berlin")',
        'time("10:20:30@../../etc/passwd")', 'time("10:20:30@/etc/passwd")', 'time("10:20:30@Europe")',
        'date and time("2026-01-01T10")',
        'date and time("2026-01-01 10:00:00")', 'date and time("2026-02-30T10:00:00")', 'time("10:20:30.1234567")',
        'duration("PT0.0000001S")',
        'duration("P1Y1D")', 'duration("P")', 'duration("PT")', 'duration("1D")', 'duration("P1.5D")', 'duration("P-1D")',
        'duration("P1W")',
        'duration("P9999999999D")', 'duration("P9999999999Y")', '@"2026-02-30"', '@"abc"', '@"PT"', "time(10, 20, 30.0000001)",
        "date(2026.5, 1, 1)",
        'date("٢٠٢٦-01-01")', "time(1e30, 0, 0)",
    ],
)  # fmt: skip
def test_what_is_no_date_time_or_duration_is_null_with_a_warning(null, text):
    null(text)


def test_the_whole_calendar_from_year_1_to_9999(feel):
    assert feel('date("0001-01-01")') == dt.date(1, 1, 1)
    assert feel('date("9999-12-31")') == dt.date(9999, 12, 31)
    assert feel('date and time("9999-12-31T23:59:59.999999@Europe/Berlin").year') == 9999
    assert feel('date and time("0001-01-01T00:00:00+14:00") < date and time("0001-01-01T00:00:00Z")') is True


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # the clock jumps from 2 to 3 on 29 March 2026 and back from 3 to 2 on 25 October
        ('@"2026-03-29T02:30:00@Europe/Berlin"', '@"2026-03-29T03:30:00@Europe/Berlin"'),
        ('@"2026-03-29T01:30:00@Europe/Berlin" + @"PT1H"', '@"2026-03-29T03:30:00@Europe/Berlin"'),
        ('@"2026-03-28T02:30:00@Europe/Berlin" + @"P1M" - @"P1M"', '@"2026-03-28T02:30:00@Europe/Berlin"'),
        ('@"2026-02-28T02:30:00@Europe/Berlin" + @"P1M" + @"P1D"', '@"2026-03-29T03:30:00@Europe/Berlin"'),
        ('@"2026-03-29T12:00:00@Europe/Berlin" - @"2026-03-28T12:00:00@Europe/Berlin"', '@"PT23H"'),
        ('@"2026-10-25T12:00:00@Europe/Berlin" - @"2026-10-24T12:00:00@Europe/Berlin"', '@"P1DT1H"'),
        ('@"2026-10-25T02:30:00@Europe/Berlin".time offset', '@"PT2H"'),
        ('@"2026-10-25T02:30:00@Europe/Berlin" + @"PT1H" = @"2026-10-25T01:30:00Z"', "true"),
        ('@"2026-03-28T12:00:00@Europe/Berlin" + @"P1D"', '@"2026-03-29T13:00:00@Europe/Berlin"'),
        ('@"2026-07-01T12:00:00@Europe/Berlin" = @"2026-07-01T10:00:00Z"', "true"),
        ('@"2026-01-01T12:00:00@Europe/Berlin" = @"2026-01-01T10:00:00Z"', "false"),
        ('date and time(@"2026-03-29", @"02:30:00@Europe/Berlin")', '@"2026-03-29T03:30:00@Europe/Berlin"'),
    ],
)  # fmt: skip
def test_summer_time(same, text, value):
    same(text, value)


def test_twice_the_same_hour_in_autumn_stays_two_instants(feel):
    assert feel('@"2026-10-25T02:30:00@Europe/Berlin" + @"PT1H" > @"2026-10-25T02:30:00@Europe/Berlin"') is True
    second = feel('@"2026-10-25T02:30:00@Europe/Berlin" + @"PT1H"')
    assert engine.feel.to_text(second) == '@"2026-10-25T02:30:00+01:00"'
    assert feel(f"{engine.feel.to_text(second)} = x", {"x": second}) is True


@pytest.mark.parametrize(
    ("start", "end", "value"),
    [
        ("2024-01-31", "2024-02-29", "P0M"), ("2024-01-29", "2024-02-29", "P1M"), ("2024-02-29", "2025-02-28", "P11M"),
        ("2024-02-29", "2025-03-01", "P1Y"), ("2025-03-01", "2024-02-29", "-P1Y"), ("2026-01-01", "2026-01-01", "P0M"),
        ("2011-12-22", "2013-08-24", "P1Y8M"), ("2013-08-24", "2011-12-22", "-P1Y8M"),
    ],
)  # fmt: skip
def test_years_and_months_between_two_days(feel, start, end, value):
    assert str(feel(f'years and months duration(@"{start}", @"{end}")')) == value
    assert str(feel(f'years and months duration(from: @"{start}", to: date and time("{end}T00:00:00"))')) == value


def test_the_present_comes_from_the_clock_of_the_house():
    expression = engine.feel.compile_expression("{n: now(), t: today()}")
    with clock.frozen(dt.datetime(2026, 6, 30, 22, 30, tzinfo=dt.UTC)):
        value = expression.evaluate({})
    assert value["t"] == dt.date(2026, 7, 1)
    assert engine.feel.to_text(value["n"]) == '@"2026-07-01T00:30:00@Europe/Berlin"'


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('day of year(@"2024-12-31")', "366"), ('day of year(@"2026-12-31T10:00:00")', "365"),
        ('day of week(@"2026-03-04")', '"Wednesday"'),
        ('month of year(@"2026-12-04")', '"December"'), ('week of year(@"2005-01-01")', "53"),
        ('week of year(date: @"2026-12-31")', "53"),
        ('day of week("2026-03-04")', "null"), ("month of year(null)", "null"), ("week of year(1)", "null"),
        ("day of year()", "null"),
    ],
)  # fmt: skip
def test_days_weeks_months(same, text, value):
    same(text, value)
