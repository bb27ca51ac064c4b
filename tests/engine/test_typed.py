"""Single values as people write them: read exactly, shown as they are read, refused where they could be meant otherwise."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.feel import YearsMonths
from engine.feel.values.durations import parse_duration
from engine.model.typed import Bounds, Wrong, kind_of, read, show


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("betrag", "35,00", 3500),
        ("betrag", "35", 3500),
        ("betrag", "0,5", 50),
        ("betrag", "1.234,56 €", 123456),
        ("betrag", "1.234 Euro", 123400),
        ("zahl", "80", 80),
        ("zahl", "1.234,5", Decimal("1234.5")),
        ("zahl", "-2,50", Decimal("-2.5")),
        ("ganzzahl", "1.000", 1000),
        ("dauer", "14 Tage", "P14D"),
        ("dauer", "1 tag", "P1D"),
        ("dauer", "2 Wochen", "P14D"),
        ("dauer", "1 Jahr 6 Monate", "P1Y6M"),
        ("dauer", "1 Jahr und 6 Monate", "P1Y6M"),
        ("dauer", "p3m", "P3M"),
        ("dauer", "12 Stunden, 30 Minuten", "PT12H30M"),
        ("tag", "02.03.2026", dt.date(2026, 3, 2)),
        ("tag", "2026-03-02", dt.date(2026, 3, 2)),
        ("ja_nein", "nein", False),
        ("land", "BY", "BY"),
        ("text", "  Husum\r\n", "Husum"),
        ("liste", "08-15\r\n\n 10-31 ", ["08-15", "10-31"]),
        ("liste", "", []),
    ],
)
def test_what_people_write_is_read(kind: str, text: str, value: Any) -> None:
    assert read(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("betrag", "12.50"),  # a comma is meant, or a thousand: nobody knows
        ("betrag", "1,234"),
        ("betrag", "12,345"),
        ("betrag", "-1"),
        ("betrag", "viel"),
        ("betrag", ""),
        ("betrag", "1e3"),
        ("betrag", "٣"),
        ("zahl", "1.5"),
        ("zahl", "1.23.456"),
        ("zahl", "1" * 31),
        ("zahl", "NaN"),
        ("ganzzahl", "1,5"),
        ("dauer", "14"),
        ("dauer", "bald"),
        ("dauer", "1 Monat 3 Tage"),
        ("dauer", "1 Tag 2 Tage"),
        ("dauer", "-P1D"),
        ("dauer", "P"),
        ("dauer", "14 Tage ab heute"),
        ("tag", "31.02.2026"),
        ("tag", "2. März"),
        ("ja_nein", ""),
        ("land", "XX"),
        ("text", ""),
        ("text", "x" * 1001),
        ("liste", "\n".join("x" * 201)),
    ],
)
def test_what_is_none_of_its_kind_or_could_mean_two_things_is_refused(kind: str, text: str) -> None:
    with pytest.raises(Wrong, match=r".+\.$"):
        read(kind, text)


def test_bounds_are_kept_and_said_as_people_write_them() -> None:
    for text in ("1 Tag", "12 Monate", "1 Jahr"):
        assert read("dauer", text, Bounds(least="P1D", most="P1Y"))
    with pytest.raises(Wrong, match="höchstens 1 Jahr"):
        read("dauer", "13 Monate", Bounds(most="P1Y"))
    with pytest.raises(Wrong, match="mindestens 3 Tage"):
        read("dauer", "2 Tage", Bounds(least="P3D"))
    with pytest.raises(Wrong, match=r"höchstens 1.000,00"):
        read("betrag", "1000,01", Bounds(most=100000))
    with pytest.raises(Wrong, match="ganzen Tagen"):
        read("dauer", "1 Tag 12 Stunden", Bounds(whole_days=True))
    with pytest.raises(Wrong, match="Erlaubt ist nur: klage, widerspruch"):
        read("auswahl", "beides", Bounds(choices=("klage", "widerspruch")))
    assert read("text", "", Bounds(least=0)) == ""


@given(st.integers(0, 10**12))
def test_an_amount_reads_as_it_is_shown(cents: int) -> None:
    assert read("betrag", show("betrag", cents)) == cents


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_a_number_reads_as_it_is_shown(number: Decimal) -> None:
    assert read("zahl", show("zahl", number)) == number


DURATIONS = st.one_of(st.integers(1, 999_999).map("P{}D".format), st.integers(1, 9999).map(lambda n: str(YearsMonths(n))))


@given(DURATIONS)
def test_a_duration_reads_as_it_is_shown(text: str) -> None:
    assert parse_duration(read("dauer", show("dauer", text))) == parse_duration(text)


@given(st.dates())
def test_a_day_reads_as_it_is_shown(day: dt.date) -> None:
    assert read("tag", show("tag", day)) == day


def test_values_show_their_kind() -> None:
    values = [True, Decimal(1), "x", dt.date(2026, 1, 1), dt.timedelta(1), ["a"], [], [Decimal(1)]]
    assert [kind_of(value) for value in values] == "ja_nein zahl text tag dauer liste liste liste".split()
    none = [None, {}, [{}], ["a", Decimal(1)], dt.datetime(2026, 1, 1, tzinfo=dt.UTC)]
    assert [kind_of(value) for value in none] == [None] * 5
