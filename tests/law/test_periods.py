"""Worked examples of periods, each with the paragraph it rests on, and what is refused."""

from __future__ import annotations

import datetime as dt

import pytest

from engine.base.errors import Invalid
from engine.law import Extension, Length, approval_fiction, deadline, extended, length_of, remedy_period


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def case(start: str, length: str, land: str, end: str, source: str):
    return pytest.param(start, length, land, end, id=f"{start} + {length} {land} [{source}]")


@pytest.mark.parametrize(
    ("start", "length", "land", "end"),
    [
        case("2026-03-02", "1 Tag", "SH", "2026-03-03", "§ 187 Abs. 1, § 188 Abs. 1 BGB"),
        case("2026-03-02", "14 Tage", "SH", "2026-03-16", "§ 188 Abs. 1 BGB"),
        case("2026-02-25", "3 Tage", "SH", "2026-03-02", "Sonnabend, § 31 Abs. 3 VwVfG"),
        case("2026-02-26", "3 Tage", "SH", "2026-03-02", "Sonntag, § 31 Abs. 3 VwVfG"),
        case("2026-03-04", "2 Wochen", "SH", "2026-03-18", "gleicher Wochentag, § 188 Abs. 2 BGB"),
        case("2026-03-07", "1 Woche", "SH", "2026-03-16", "Ereignis am Sonnabend, § 188 Abs. 2 BGB, § 31 Abs. 3 VwVfG"),
        case("2026-03-10", "1 Monat", "SH", "2026-04-10", "gleiche Zahl, § 188 Abs. 2 BGB"),
        case("2025-01-31", "1 Monat", "SH", "2025-02-28", "31. Januar und ein Monat, § 188 Abs. 3 BGB"),
        case("2024-01-31", "1 Monat", "SH", "2024-02-29", "im Schaltjahr, § 188 Abs. 3 BGB"),
        case("2026-01-31", "1 Monat", "SH", "2026-03-02", "§ 188 Abs. 3 BGB, dann Sonnabend, § 31 Abs. 3 VwVfG"),
        case("2025-02-28", "1 Monat", "SH", "2025-03-28", "28. Februar nicht auf Monatsende, § 188 Abs. 2 BGB"),
        case("2025-03-31", "3 Monate", "SH", "2025-06-30", "31. März und drei Monate, § 188 Abs. 3 BGB"),
        case("2024-02-29", "1 Jahr", "SH", "2025-02-28", "29. Februar und ein Jahr, § 188 Abs. 3 BGB"),
        case("2024-02-29", "4 Jahre", "SH", "2028-02-29", "29. Februar und vier Jahre, § 188 Abs. 2 BGB"),
        case("2099-11-30", "3 Monate", "SH", "2100-03-01", "2100 ist kein Schaltjahr, dann Sonntag, § 31 Abs. 3 VwVfG"),
        case("2026-08-31", "halbes Jahr", "SH", "2027-03-01", "sechs Monate, § 189 Abs. 1 BGB"),
        case("2026-03-02", "ein Vierteljahr", "SH", "2026-06-02", "drei Monate, § 189 Abs. 1 BGB"),
        case("2026-03-02", "halber Monat", "SH", "2026-03-17", "15 Tage, § 189 Abs. 1 BGB"),
        case("2026-03-05", "1 Monat", "SH", "2026-04-07", "Sonntag, dann Ostermontag in SH, § 31 Abs. 3 VwVfG"),
        case("2026-03-03", "1 Monat", "SH", "2026-04-07", "Karfreitag bis Ostermontag, § 31 Abs. 3 VwVfG"),
        case("2025-09-30", "1 Monat", "SH", "2025-10-30", "Donnerstag vor dem Reformationstag"),
        case("2025-10-17", "2 Wochen", "SH", "2025-11-03", "Reformationstag ist in SH Feiertag, § 2 SFTG"),
        case("2025-10-17", "2 Wochen", "BY", "2025-10-31", "Reformationstag ist in Bayern kein Feiertag, Art. 1 FTG"),
        case("2017-10-17", "2 Wochen", "BY", "2017-11-02", "31. Oktober 2017 war überall Feiertag, dann Allerheiligen"),
        case("2017-10-17", "2 Wochen", "SH", "2017-11-01", "31. Oktober 2017 war überall Feiertag"),
        case("2016-10-17", "2 Wochen", "SH", "2016-10-31", "Reformationstag in SH erst seit 2018, § 2 SFTG"),
        case("2026-05-04", "1 Monat", "BY", "2026-06-05", "Fronleichnam ist in Bayern Feiertag, Art. 1 FTG"),
        case("2026-05-04", "1 Monat", "SH", "2026-06-04", "Fronleichnam ist in SH kein Feiertag, § 2 SFTG"),
        case("2025-12-06", "1 Monat", "BY", "2026-01-07", "Heilige Drei Könige in Bayern, Art. 1 FTG"),
        case("2025-12-06", "1 Monat", "SH", "2026-01-06", "Heilige Drei Könige nicht in SH, § 2 SFTG"),
        case("2026-11-04", "14 Tage", "SN", "2026-11-19", "Buß- und Bettag ist in Sachsen Feiertag"),
        case("2026-11-04", "14 Tage", "SH", "2026-11-18", "Buß- und Bettag ist in SH seit 1995 Werktag"),
        case("1994-11-02", "14 Tage", "SH", "1994-11-17", "Buß- und Bettag 1994 war auch in SH Feiertag"),
        case("2026-11-24", "1 Monat", "SH", "2026-12-24", "Heiligabend ist Werktag"),
        case("2026-11-30", "1 Monat", "SH", "2026-12-30", "Tag vor Silvester"),
        case("2026-12-01", "30 Tage", "SH", "2026-12-31", "Silvester ist Werktag"),
        case("2026-11-25", "1 Monat", "SH", "2026-12-28", "erster Weihnachtstag bis Sonntag, § 31 Abs. 3 VwVfG"),
        case("2026-02-08", "1 Monat", "BE", "2026-03-09", "Frauentag in Berlin, ein Sonntag"),
        case("2027-02-08", "1 Monat", "BE", "2027-03-09", "Frauentag in Berlin seit 2019"),
        case("2027-02-08", "1 Monat", "SH", "2027-03-08", "Frauentag nicht in SH"),
        case("2024-08-20", "1 Monat", "TH", "2024-09-23", "Weltkindertag in Thüringen, ein Freitag"),
        case("2026-09-03", "1 Monat", "SH", "2026-10-05", "Tag der Deutschen Einheit, ein Sonnabend"),
    ],
)
def test_a_period_after_an_event_ends_on_the_day_the_law_says(start, length, land, end):
    assert deadline(day(start), length, land).result == day(end)


@pytest.mark.parametrize(
    ("start", "length", "end"),
    [
        pytest.param("2026-03-02", "1 Tag", "2026-03-02", id="ein Tag ist dieser Tag [§ 187 Abs. 2 BGB]"),
        pytest.param("2026-03-02", "2 Wochen", "2026-03-16", id="Sonntag davor rückt [§ 188 Abs. 2 BGB, § 31 Abs. 3 VwVfG]"),
        pytest.param("2026-03-03", "1 Woche", "2026-03-09", id="Wochentag davor [§ 188 Abs. 2 BGB]"),
        pytest.param("2026-03-01", "1 Monat", "2026-03-31", id="vom Ersten bis zum Letzten [§ 188 Abs. 2 BGB]"),
        pytest.param("2026-07-01", "1 Jahr", "2027-06-30", id="ein Jahr vom Ersten an [§ 188 Abs. 2 BGB]"),
        pytest.param("2025-01-31", "1 Monat", "2025-02-28", id="31. Januar [§ 188 Abs. 3 BGB]"),
        pytest.param("2025-01-30", "1 Monat", "2025-02-28", id="30. Januar: den 29. Februar gibt es nicht [§ 188 Abs. 3 BGB]"),
        pytest.param("2025-01-29", "1 Monat", "2025-02-28", id="29. Januar [§ 188 Abs. 2 BGB]"),
        pytest.param("2024-01-30", "1 Monat", "2024-02-29", id="30. Januar im Schaltjahr [§ 188 Abs. 2 BGB]"),
        pytest.param("2025-05-01", "1 Monat", "2025-06-02", id="vom 1. Mai, Ende am Sonnabend [§ 31 Abs. 3 VwVfG]"),
    ],
)
def test_a_period_from_the_start_of_a_day_counts_that_day(start, length, end):
    assert deadline(day(start), length, "SH", begin="tagesbeginn").result == day(end)


def test_a_fixed_last_day_told_with_the_paragraph_does_not_move():  # § 31 Abs. 3 Satz 2 VwVfG
    assert deadline(day("2026-01-31"), "1 Monat", "SH", moves=False).result == day("2026-02-28")


@pytest.mark.parametrize(
    ("previous", "length", "end"),
    [
        pytest.param("2026-03-16", "2 Wochen", "2026-03-30", id="Wochen schließen an [§ 190 BGB]"),
        pytest.param("2025-02-28", "1 Monat", "2025-03-31", id="vom 1. bis 31. März [§ 190, § 187 Abs. 2 BGB]"),
        pytest.param("2026-03-20", "14 Tage", "2026-04-07", id="Ende am Karfreitag rückt [§ 190 BGB, § 31 Abs. 3 VwVfG]"),
        pytest.param("2026-12-31", "1 Monat", "2027-02-01", id="Januar, Ende am Sonntag rückt [§ 190 BGB]"),
    ],
)
def test_an_extension_goes_on_where_the_period_ended(previous, length, end):
    made = extended(day(previous), length, "SH")
    assert made.result == day(end)
    assert "§ 190 BGB" in made.source


# --- the way it was found ----------------------------------------------------------------------------------------------


def test_each_step_is_german_with_its_paragraph_and_leads_to_a_day():
    made = deadline(day("2026-01-31"), "1 Monat", "SH")
    event, end, moved = made.steps
    assert (event.day, event.text) == (
        day("2026-01-31"),
        "Das Ereignis fällt auf Sonnabend, 31. Januar 2026; dieser Tag zählt nicht mit (§ 31 Abs. 1 VwVfG; § 187 Abs. 1 BGB).",
    )
    assert end.day == day("2026-02-28")
    assert end.text == (
        "1 Monat: Einen 31. Februar 2026 gibt es nicht; die Frist endet rechnerisch am letzten Tag des Monats, "
        "Sonnabend, 28. Februar 2026 (§ 188 Abs. 2 BGB; § 188 Abs. 3 BGB)."
    )
    assert moved.day == day("2026-03-02")
    assert moved.text == (
        "Kein Werktag: Sonnabend, 28. Februar 2026; Sonntag, 1. März 2026. Die Frist endet am nächsten Werktag, "
        "Montag, 2. März 2026 (§ 31 Abs. 3 VwVfG, § 193 BGB)."
    )
    assert made.source == (
        "§ 31 Abs. 1 VwVfG; § 187 Abs. 1 BGB; § 188 Abs. 2 BGB; § 188 Abs. 3 BGB; § 31 Abs. 3 VwVfG, § 193 BGB"
    )


def test_a_holiday_is_named_in_the_step():
    assert "Montag, 6. April 2026 (Ostermontag)" in deadline(day("2026-03-06"), "1 Monat", "SH").steps[-1].text
    assert "Donnerstag, 4. Juni 2026 (Fronleichnam)" in deadline(day("2026-05-04"), "1 Monat", "BY").steps[-1].text


def test_words_the_law_explains_are_explained():
    assert any(
        "halbes Jahr: 6 Monate (§ 189 Abs. 1 BGB)" in step.text
        for step in deadline(day("2026-03-02"), "halbes Jahr", "SH").steps
    )


def test_years_without_known_holidays_say_so():
    made = deadline(day("1583-01-02"), "1 Monat", "SH")
    assert made.result == day("1583-02-02")
    assert "Feiertage sind erst ab 1991 hinterlegt" in made.steps[-1].text
    assert not any("erst ab 1991" in step.text for step in deadline(day("1991-01-02"), "1 Monat", "SH").steps)


# --- the municipality's own days -----------------------------------------------------------------------------------------


def test_own_days_of_the_municipality_move_the_end():
    assert deadline(day("2029-07-15"), "1 Monat", "BY").result == day("2029-08-16") - dt.timedelta(1)
    assert deadline(day("2029-07-15"), "1 Monat", "BY", own=["08-15"]).result == day("2029-08-16")  # Mariä Himmelfahrt
    assert deadline(day("2029-07-15"), "1 Monat", "BY", own=["2028-08-15"]).result == day("2029-08-15")
    assert deadline(day("2029-07-15"), "1 Monat", "BY", own=[day("2029-08-15")]).result == day("2029-08-16")
    text = deadline(day("2029-07-15"), "1 Monat", "BY", own=["08-15"]).steps[-1].text
    assert "(Feiertag nur in dieser Kommune)" in text


@pytest.mark.parametrize("own", ["15-08", "08-32", "02-30", "2026-02-30", "Montag", 815, None, day("1582-01-01")])
def test_an_own_day_that_is_none_is_refused(own):
    with pytest.raises(Invalid, match=r"eigener Feiertag|Tag|Jahr"):
        deadline(day("2026-03-02"), "1 Monat", "BY", own=[own])


def test_a_year_full_of_own_days_is_refused():
    ninety_days = [day("2026-08-01") + dt.timedelta(number) for number in range(90)]
    with pytest.raises(Invalid, match="60 Tage folgt kein Werktag"):
        deadline(day("2026-07-03"), "1 Monat", "SH", own=ninety_days)
    with pytest.raises(Invalid, match="Mehr als 200"):
        deadline(day("2026-07-03"), "1 Monat", "SH", own=["08-15"] * 201)


# --- lengths ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("1 Monat", Length(1, "months")), ("ein Monat", Length(1, "months")), ("14 Tage", Length(14, "days")), ("Monat", None),
        ("2 Wochen", Length(2, "weeks")), ("ein Jahr", Length(1, "years")), ("  3   Monaten ", Length(3, "months")),
        ("P14D", Length(14, "days")), ("P2W", Length(2, "weeks")), ("P1M", Length(1, "months")), ("P1Y", Length(1, "years")),
        ("P1Y6M", Length(18, "months")), ("36525 Tage", Length(36_525, "days")), ("100 Jahre", Length(100, "years")),
        ("Vierteljahr", Length(3, "months", "Vierteljahr")), ("ein halbes Jahr", Length(6, "months", "ein halbes Jahr")),
        ("0 Tage", None), ("-1 Tage", None), ("--1 Tage", None), ("P0D", None), ("P", None), ("PT12H", None), ("P1M2D", None),
        ("1,5 Monate", None), ("1.5 Monate", None), ("36526 Tage", None), ("101 Jahre", None), ("1201 Monate", None),
        ("5219 Wochen", None), ("P9999Y", None), ("999999999 Tage", None), ("9" * 500 + " Tage", None), ("ein Tag lang", None),
        ("bald", None), ("", None), ("\u0661 Tag", None), ("1 Monat\u202e", None), (None, None), (14, None), ("=1+1", None),
        ("#set page()", None), ("<b>1 Tag</b>", None),
    ],
)  # fmt: skip
def test_a_length_is_read_or_refused(text, length):
    if length is not None:
        assert length_of(text) == length
        return
    with pytest.raises(Invalid, match=r"keine Dauer einer Frist|mindestens einen Tag"):
        length_of(text)


@pytest.mark.parametrize(("count", "unit"), [(0, "days"), (-1, "months"), (True, "days"), (1.5, "days"), (1, "hours")])
def test_a_length_that_is_none_cannot_be_made(count, unit):
    with pytest.raises(Invalid, match="mindestens einen Tag"):
        Length(count, unit)


# --- limits ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [dt.date(1582, 12, 31), dt.date(9999, 1, 1), dt.date.min, dt.date.max])
def test_years_outside_the_supported_ones_are_refused(wrong):
    with pytest.raises(Invalid, match="1583 bis 9998"):
        deadline(wrong, "1 Tag", "SH")
    with pytest.raises(Invalid, match="1583 bis 9998"):
        remedy_period(wrong, "SH")


def test_the_first_and_the_last_supported_day_work():
    assert deadline(dt.date(1583, 1, 1), "1 Tag", "SH").result == dt.date(1583, 1, 3)  # 2 January 1583 was a Sunday
    assert deadline(dt.date(9998, 12, 30), "1 Tag", "SH").result == dt.date(9998, 12, 31)


@pytest.mark.parametrize("length", ["1 Tag", "1 Woche", "1 Monat", "1 Jahr", "100 Jahre", "36525 Tage"])
def test_a_period_that_ends_after_the_supported_years_is_refused(length):
    with pytest.raises(Invalid, match=r"9998"):
        deadline(dt.date(9998, 12, 31), length, "SH")


@pytest.mark.parametrize("wrong", [dt.datetime(2026, 3, 2, tzinfo=dt.UTC), "2026-03-02", None, 20260302])
def test_what_is_no_day_is_refused(wrong):
    with pytest.raises(Invalid, match="kein Tag"):
        deadline(wrong, "1 Monat", "SH")


@pytest.mark.parametrize("land", ["XX", "sh", "DE-SH", "", None, 1, "Schleswig-Holstein", "A" * 10_000])
def test_an_unknown_land_is_refused(land):
    with pytest.raises(Invalid, match=r"gibt es nicht\. Bekannt sind BB, BE") as refused:
        deadline(day("2026-03-02"), "1 Monat", land)
    assert len(refused.value.sentence) < 250


def test_the_bund_has_no_holidays_of_its_own():
    with pytest.raises(Invalid, match="Land ihres Sitzes"):
        deadline(day("2026-03-02"), "1 Monat", "BUND")


def test_a_period_begins_in_one_of_two_ways():
    with pytest.raises(Invalid, match="„ereignis“ oder „tagesbeginn“"):
        deadline(day("2026-03-02"), "1 Monat", "SH", begin="morgen")


# --- remedies and the fictitious permit ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("delivered", "instruction", "end"),
    [
        pytest.param("2026-03-10", "richtig", "2026-04-10", id="ein Monat [§ 70 Abs. 1 VwGO]"),
        pytest.param("2026-03-06", "richtig", "2026-04-07", id="Ende am Ostermontag [§ 70 VwGO, § 31 Abs. 3 VwVfG]"),
        pytest.param("2026-01-31", "richtig", "2026-03-02", id="Bekanntgabe am Monatsletzten [§ 70 VwGO, § 188 Abs. 3 BGB]"),
        pytest.param("2026-03-10", "fehlt", "2027-03-10", id="ohne Belehrung ein Jahr [§ 58 Abs. 2 VwGO]"),
        pytest.param("2026-03-10", "falsch", "2027-03-10", id="falsche Belehrung ein Jahr [§ 58 Abs. 2 VwGO]"),
        pytest.param("2024-02-29", "fehlt", "2025-02-28", id="Schalttag und ein Jahr [§ 58 Abs. 2 VwGO, § 188 Abs. 3 BGB]"),
    ],
)
def test_the_period_for_an_objection(delivered, instruction, end):
    made = remedy_period(day(delivered), "SH", instruction)
    assert made.result == day(end)
    assert ("§ 70 Abs. 1 VwGO" if instruction == "richtig" else "§ 58 Abs. 2 VwGO") in made.source


@pytest.mark.parametrize(
    ("delivered", "instruction", "end"),
    [
        pytest.param("2026-03-10", "richtig", "2026-04-10", id="ein Monat [§ 74 Abs. 1 Satz 2 VwGO]"),
        pytest.param("2026-05-04", "richtig", "2026-06-05", id="Ende an Fronleichnam [§ 74 VwGO, § 222 Abs. 2 ZPO]"),
        pytest.param("2026-03-10", "fehlt", "2027-03-10", id="ohne Belehrung ein Jahr [§ 58 Abs. 2 VwGO]"),
    ],
)
def test_where_there_is_no_objection_the_period_is_that_of_the_court(delivered, instruction, end):
    made = remedy_period(day(delivered), "BY", instruction, remedy="klage")
    assert made.result == day(end)
    assert made.source.startswith("§ 74 Abs. 1 VwGO" if instruction == "richtig" else "§ 58 Abs. 2 VwGO")
    assert made.steps[0].text.startswith("Klage" if instruction == "richtig" else "Die Rechtsbehelfsbelehrung fehlt: Klage")
    assert "VwVfG" not in made.source


def test_another_kind_of_instruction_or_remedy_is_refused():
    with pytest.raises(Invalid, match="richtig, fehlt, falsch"):
        remedy_period(day("2026-03-10"), "SH", "unklar")
    with pytest.raises(Invalid, match="widerspruch, klage"):
        remedy_period(day("2026-03-10"), "SH", remedy="Petition")


def test_a_permit_counts_as_granted_after_three_months():  # § 42a Abs. 1 und 2 VwVfG
    made = approval_fiction(day("2026-03-02"), "SH")
    assert (made.calculation.result, made.granted_am, made.alarm_am) == (
        day("2026-06-02"),
        day("2026-06-03"),
        day("2026-05-19"),
    )
    assert "§ 42a Abs. 2 Satz 2 VwVfG" in made.calculation.source


def test_the_alarm_is_on_a_workday_before_the_calculated_end():
    made = approval_fiction(day("2026-02-28"), "SH", lead="1 Woche")  # end 28 May, a week before 21 May
    assert (made.calculation.result, made.alarm_am) == (day("2026-05-28"), day("2026-05-21"))
    whit = approval_fiction(day("2026-03-01"), "SH", lead="7 Tage")  # 1 June; 25 May is Whit Monday, before it a weekend
    assert (whit.calculation.result, whit.alarm_am) == (day("2026-06-01"), day("2026-05-22"))
    sunday = approval_fiction(day("2026-04-04"), "SH", lead="1 Woche")  # end Saturday 4 July moves, the alarm does not wait
    assert (sunday.calculation.result, sunday.alarm_am) == (day("2026-07-06"), day("2026-06-26"))
    assert approval_fiction(day("2026-03-02"), "SH", lead="200 Tage").alarm_am == day("2026-03-02")


def test_one_extension_with_a_reason_told_in_time():
    told = Extension("1 Monat", "Das Gutachten  zum Baum\nfehlt noch", day("2026-05-20"))
    made = approval_fiction(day("2026-03-02"), "SH", extension=told)
    assert (made.calculation.result, made.granted_am, made.alarm_am) == (
        day("2026-07-02"),
        day("2026-07-03"),
        day("2026-06-18"),
    )
    assert any(
        "einmal um 1 Monat verlängert, Grund: Das Gutachten zum Baum fehlt noch" in s.text for s in made.calculation.steps
    )


@pytest.mark.parametrize("reason", ["", "   ", None])
def test_an_extension_without_a_reason_is_refused(reason):
    with pytest.raises(Invalid, match="zu begründen"):
        approval_fiction(day("2026-03-02"), "SH", extension=Extension("1 Monat", reason, day("2026-05-20")))


@pytest.mark.parametrize("told", ["2026-06-03", "2026-03-01"])
def test_an_extension_told_too_late_or_too_early_is_refused(told):
    with pytest.raises(Invalid, match="mitgeteilt sein"):
        approval_fiction(day("2026-03-02"), "SH", extension=Extension("1 Monat", "Gutachten", day(told)))


def test_the_extension_counts_from_the_calculated_end_and_may_be_told_on_the_last_day():
    told = Extension("1 Monat", "Gutachten", day("2026-07-06"))  # 4 July 2026 is a Saturday, the period ends on the 6th
    assert approval_fiction(day("2026-04-04"), "SH", extension=told).calculation.result == day("2026-08-04")


def test_the_warning_before_is_given_in_days_or_weeks():
    with pytest.raises(Invalid, match="in Tagen oder Wochen"):
        approval_fiction(day("2026-03-02"), "SH", lead="1 Monat")


def test_another_law_may_set_another_length():
    made = approval_fiction(day("2026-03-02"), "SH", length="1 Monat")
    assert made.calculation.result == day("2026-04-02")
    assert any("abweichend bestimmt" in step.text for step in made.calculation.steps)
