"""Workdays: holidays of each Land, the next workday, so many workdays later."""

from __future__ import annotations

import datetime as dt

import pytest

from engine.base.errors import Invalid
from engine.law import LAENDER, calendar_of, naechster_werktag, plus_werktage

EVERYWHERE = {"01-01", "04-03", "04-06", "05-01", "05-14", "05-25", "10-03", "12-25", "12-26"}
# Public holidays of 2026 on top of those, as the laws of the Länder on Sundays and holidays list them.
MORE = {
    "BB": {"04-05", "05-24", "10-31"}, "BE": {"03-08"}, "BW": {"01-06", "06-04", "11-01"}, "BY": {"01-06", "06-04", "11-01"},
    "HB": {"10-31"}, "HE": {"06-04"}, "HH": {"10-31"}, "MV": {"03-08", "10-31"}, "NI": {"10-31"}, "NW": {"06-04", "11-01"},
    "RP": {"06-04", "11-01"}, "SH": {"10-31"}, "SL": {"06-04", "08-15", "11-01"}, "SN": {"10-31", "11-18"},
    "ST": {"01-06", "10-31"}, "TH": {"09-20", "10-31"},
}  # fmt: skip


@pytest.mark.parametrize("land", LAENDER)
def test_the_holidays_of_2026(land):
    calendar = calendar_of(land)
    days = (dt.date(2026, 1, 1) + dt.timedelta(number) for number in range(365))
    assert {f"{day:%m-%d}" for day in days if calendar.holiday(day)} == EVERYWHERE | MORE[land]


def test_far_years_go_on_as_the_law_stands_and_early_ones_have_no_holidays():
    calendar = calendar_of("SH")
    assert calendar.holiday(dt.date(2100, 10, 31)) == calendar.holiday(dt.date(9998, 10, 31)) == "Reformationstag"
    assert calendar.holiday(dt.date(1991, 1, 1)) == "Neujahr"
    assert calendar.holiday(dt.date(1990, 12, 25)) is None


def test_the_next_workday_is_the_day_itself_or_later():
    assert naechster_werktag(dt.date(2026, 3, 2), "SH").result == dt.date(2026, 3, 2)
    made = naechster_werktag(dt.date(2026, 4, 3), "SH")
    assert made.result == dt.date(2026, 4, 7)
    assert made.steps[0].text == (
        "Kein Werktag: Freitag, 3. April 2026 (Karfreitag); Sonnabend, 4. April 2026; Sonntag, 5. April 2026; "
        "Montag, 6. April 2026 (Ostermontag). Der nächste Werktag ist Dienstag, 7. April 2026 (§ 31 Abs. 3 VwVfG, § 193 BGB)."
    )


def test_workdays_leave_out_weekends_and_holidays_and_name_these():
    made = plus_werktage(dt.date(2026, 4, 30), 10, "BY")
    assert made.result == dt.date(2026, 5, 18)
    assert "Freitag, 1. Mai 2026 (Erster Mai); Donnerstag, 14. Mai 2026 (Christi Himmelfahrt)" in made.steps[1].text
    assert plus_werktage(dt.date(2026, 4, 30), 10, "BY", ["05-15"]).result == dt.date(2026, 5, 19)
    assert plus_werktage(dt.date(2026, 3, 2), 1, "SH").result == dt.date(2026, 3, 3)


def test_many_holidays_are_summed_up():
    assert plus_werktage(dt.date(2026, 1, 1), 2_500, "SH").steps[1].text.count("weitere") == 1


@pytest.mark.parametrize("count", [0, -1, 2_501, True, 1.0, "3", None, 10**30])
def test_a_number_of_workdays_that_is_none_is_refused(count):
    with pytest.raises(Invalid, match="ganze Zahl von 1 bis 2500"):
        plus_werktage(dt.date(2026, 3, 2), count, "SH")


def test_workdays_after_the_supported_years_are_refused():
    with pytest.raises(Invalid, match="9998"):
        plus_werktage(dt.date(9998, 12, 1), 60, "SH")
    with pytest.raises(Invalid, match="9998"):
        naechster_werktag(dt.date(1582, 1, 1), "SH")


def test_august_fifteenth_is_no_holiday_in_all_of_bavaria():
    assert calendar_of("BY").holiday(dt.date(2026, 8, 15)) is None
    assert calendar_of("BY", ["08-15"]).holiday(dt.date(2026, 8, 15)) == "Feiertag nur in dieser Kommune"
