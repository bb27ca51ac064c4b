"""Values as FEEL text and as JSON, there and back without losing a digit."""

import datetime as dt
from decimal import Decimal

import pytest

import engine.feel
from engine.base.errors import Invalid, TooLarge, Unreadable


@pytest.mark.parametrize(
    "text",
    [
        "null", "true", "1", "-0.5", "1" * 34, "0.0000000001", '"a\\"b\\n"', "[1, [2, []], {}]",
        '{a: 1, "b.c": [null], d e: "x"}', '@"2026-03-01"', '@"10:20:30.5Z"', '@"2026-03-01T10:20:30@Europe/Berlin"',
        '@"-P1DT2H"', '@"P1Y2M"', "[1..3)", "< 5", ">= 5", '["a".."c"]', '(@"2026-01-01"..@"2026-02-01"]',
    ],
)  # fmt: skip
def test_feel_text_can_be_read_again(text):
    value = engine.feel.evaluate(text, {})
    assert engine.feel.to_text(value) == text


def test_to_json_keeps_decimals_and_writes_dates_as_iso():
    value = engine.feel.evaluate(
        '{n: 1.50, d: @"2026-03-01", t: @"10:00:00Z", p: @"P1Y", q: @"PT1H", r: [1..3], f: function(a) a, x: null}', {}
    )
    made = engine.feel.to_json(value)
    assert made == {
        "n": Decimal("1.50"), "d": "2026-03-01", "t": "10:00:00Z", "p": "P1Y", "q": "PT1H", "r": "[1..3]", "f": "function(a) a",
        "x": None,
    }  # fmt: skip
    assert isinstance(made["n"], Decimal)


def test_json_text_has_all_digits():
    value = engine.feel.evaluate("[1/3, 12345678901234567890123456789012.34, 1e-10, 1e20]", {})
    assert engine.feel.json_text(value) == (
        "[0.3333333333333333333333333333333333, 12345678901234567890123456789012.34, 0.0000000001, 100000000000000000000]"
    )
    assert engine.feel.from_json(engine.feel.json_text(value)) == value
    assert engine.feel.json_text({'ä"': ["ö\n", True, None]}) == '{"ä\\"": ["ö\\n", true, null]}'


def test_to_json_takes_python_values():
    assert engine.feel.to_json({"a": (1, 2.5), "b": dt.date(2026, 1, 1)}) == {
        "a": [Decimal(1), Decimal("2.5")],
        "b": "2026-01-01",
    }


def test_from_json_reads_numbers_exactly():
    assert engine.feel.from_json('{"a": 0.1, "b": [1, 12345678901234567890123]}') == {
        "a": Decimal("0.1"),
        "b": [Decimal(1), Decimal("12345678901234567890123")],
    }
    assert engine.feel.from_json(b'"\xc3\xa4"') == "ä"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{", Unreadable), (b"\xff", Unreadable), ("", Unreadable), ("NaN", Invalid), ("[Infinity]", Invalid),
        ("1e999999999", Invalid), ("1" * 20_000, Invalid), ("[" * 200 + "]" * 200, TooLarge),
        ("[" * 100_000, TooLarge), ("[" + "[],0," * 500_000 + "0]", TooLarge),
    ],
    ids=["open", "bytes", "empty", "nan", "infinity", "exponent", "digits", "deep", "very deep", "large"],
)  # fmt: skip
def test_json_that_is_refused(text, error):
    with pytest.raises(error):
        engine.feel.from_json(text)


def test_a_value_that_contains_itself_is_refused():
    loop: list = []
    loop.append(loop)
    with pytest.raises(TooLarge):
        engine.feel.to_json(loop)
    assert engine.feel.evaluate("count(x)", {"x": loop}) is None


def test_years_and_months():
    duration = engine.feel.YearsMonths(14)
    assert (str(duration), duration.years, duration.months) == ("P1Y2M", 1, 2)
    assert engine.feel.YearsMonths(-14).years == -1
    assert engine.feel.YearsMonths(13) < duration


@pytest.mark.parametrize("text", ['{"x": "\\ud800"}', '"\\uDC00\\ud800"', b'["\\ud83d"]', '"\ud800"'])
def test_half_a_character_is_refused_in_json(text):
    with pytest.raises(Unreadable, match="halbes Zeichen"):
        engine.feel.from_json(text)


def test_a_whole_pair_of_surrogates_is_read_from_json():
    assert engine.feel.from_json('"\\ud83d\\udc0e \\\\ud800"') == "🐎 \\ud800"


@pytest.mark.parametrize(
    ("text", "written"),
    [("function(x) x+1", "function(x) x+1"), ("(function(a: number) a)", "function(a: number) a"), ("abs", "abs")],
)
def test_a_function_is_written_as_its_feel_text(text, written):
    assert engine.feel.to_json(engine.feel.evaluate(text, {})) == written
