"""What is written comes back exactly: numbers with their digits, dates, durations, odd keys, every depth."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import bpmn
from engine.bpmn.codec import NotStorable, decode, encode
from engine.feel import YearsMonths, evaluate
from tests.bpmn.diagrams import START, begin, end, flows, process, start, user

numbers = st.decimals(allow_nan=False, allow_infinity=False)
zones = st.sampled_from([dt.UTC, ZoneInfo("Europe/Berlin"), dt.timezone(dt.timedelta(hours=-5, minutes=-30)), None])
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.text(),
    numbers,
    st.dates(),
    st.times(timezones=zones),
    st.datetimes(timezones=zones),
    st.timedeltas(),
    st.integers(-12_000, 12_000).map(YearsMonths),
)
keys = st.one_of(st.text(), st.sampled_from(["@n", "@d", "@o", "@", "typename"]))
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=20
)


def alike(left: Any, right: Any) -> bool:
    """Equal, of one type, and with the same digits and zone."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return list(left) == list(right) and all(alike(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(alike, left, right))
    if isinstance(left, dt.datetime | dt.time):
        folds = left.fold == right.fold or not isinstance(left.tzinfo, ZoneInfo)  # elsewhere a fold says nothing
        return left == right and str(left.tzinfo) == str(right.tzinfo) and folds
    return str(left) == str(right)


@given(values)
def test_every_value_comes_back_as_it_was(value: Any) -> None:
    assert alike(decode(encode(value)), value)


@pytest.mark.parametrize("text", ["0.1", "1.50", "12345678901234567890123456789012.34", "1E+30", "-0", "18446744073709551616"])
def test_numbers_keep_their_digits(text: str) -> None:
    assert str(decode(encode(Decimal(text)))) == text


def test_whole_numbers_and_floats_become_exact() -> None:
    assert decode(encode({"a": 3, "b": 0.1, "c": 2**70})) == {"a": Decimal(3), "b": Decimal("0.1"), "c": Decimal(2**70)}


def test_a_range_comes_back() -> None:
    value = evaluate("[1..5)", {})
    assert decode(encode(value)) == value


@pytest.mark.parametrize("value", [object(), {"a": evaluate("function(x) x + 1", {})}, {1, 2}, b"bytes"])
def test_what_is_no_data_is_refused(value: Any) -> None:
    with pytest.raises(NotStorable):
        encode(value)


@pytest.mark.parametrize("cut", [0, 3, 10, -1])
def test_a_truncated_snapshot_is_damaged_and_nothing_else(cut: int) -> None:
    fall = begin(process(start(), user("u"), end(), flows("start > u > end")), x="wert")
    for broken in (fall.outcome.snapshot[:cut], fall.outcome.snapshot + b"x", b"\x00\x00\x00\x02{}"):
        with pytest.raises(bpmn.Damaged):
            bpmn.advance(fall.spec, broken, bpmn.TaskCompleted("3"), START)


def test_untouched_variables_keep_their_bytes() -> None:
    fall = begin(
        process(start(), user("u"), user("v"), end(), flows("start > u > v > end")), gross={"n": [Decimal("1.50")] * 100}
    )
    before = encode(fall.variables["gross"])
    assert before in fall.outcome.snapshot
    fall.complete("u", klein=1)
    assert before in fall.outcome.snapshot
