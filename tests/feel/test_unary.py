"""Unary tests: the cells of decision tables."""

import pytest

import engine.feel


@pytest.mark.parametrize(
    ("tests", "value", "result"),
    [
        ("-", 1, True), ("-", None, True), ("", 5, True), ("5", 5, True), ("5", 6, False), ("5, 6", 6, True),
        ('"a"', "a", True), ('"a", "b"', "b", True), ('"a", "b"', "c", False), ("not(5)", 6, True), ("not(5)", 5, False),
        ('not("a", "b")', "c", True), ('not("a", "b")', "a", False),
        ("< 5", 4, True), ("<= 5", 5, True), ("> 5", 5, False), (">= 5", 5, True), ("= 5", 5, True), ("!= 5", 5, False),
        ("< 5, > 10", 11, True), ("< 5, > 10", 7, False), ("[1..5]", 5, True), ("[1..5)", 5, False), ("(1..5]", 1, False),
        ("]1..5[", 3, True), ("[1..5[", 5, False),
        ("not([1..5])", 6, True), ("not(< 5)", 4, False), ("true", True, True), ("true", False, False), ("false", False, True),
        ("null", None, True), ("null", 1, False), ("not(null)", 1, True), ("not(null)", None, False), ("5", None, False),
        ("< 5", None, None), ('"a"', 5, None), ("< 5", "a", None),
        ("? > 3", 4, True), ("? > 3 and ? < 5", 5, False), ("even(?)", 4, True), ("even(?)", 3, False), ("[1, 2, 3]", 2, True),
        ("[1, 2, 3]", 4, False), ("1 + 1", 2, True), ("x", 7, True), ("< x", 6, True), ("[x..9]", 8, True), ("[x, 1]", 7, True),
        ("? = x", 7, True), ("xs", 2, True), ("r", 5, True),
        ('@"2026-03-01"', "D", None), ('contains(?, "eich")', "Stieleiche", True), ("not(contains(?, \"x\"))", "abc", True),
        ("x > 5", 1, True), ("x > 9", 1, False), ("[1, 2]", [1, 2], True), ("[[1, 2]]", [1, 2], True), ('"a"', ["a"], True),
        ('not("a")', ["a"], False), ("< 5", [4], True), ("5", [5, 5], None),
        ("count(?) > 1", [1, 2], True), ("-5", -5, True), ("- 5", -5, True), ("not(-5)", 5, True),
        ("b", True, True), ("b", False, False), ("not(a) and b", True, True), ("? in [1, 2]", 1, True),
        ("some t in xs satisfies t = ?", 2, True), ("? instance of number", 1, True), ("?", True, True),
        ("if x > 5 then 1 else 2", 1, True), ("(5)", 5, True), ("{a: 1}", {"a": 1}, True),
    ],
)  # fmt: skip
def test_cells(tests, value, result):
    context = {"x": 7, "xs": [1, 2], "r": engine.feel.Range(4, 6), "b": True, "a": False}
    assert engine.feel.unary(tests, value, context) is result


@pytest.mark.parametrize("tests", ["5,", ", 5", "< ", "not(", "not()", "5 6", "[1..", "- -", "< 5 and > 3", "not(5"])
def test_broken_cells_are_syntax_errors(tests):
    with pytest.raises(engine.feel.FeelSyntaxError):
        engine.feel.unary(tests, 1, {})


def test_a_compiled_cell_is_evaluated_with_the_value_as_question_mark():
    cell = engine.feel.compile_unary("> grenze")
    assert cell.evaluate({"?": 5, "grenze": 3}) is True
    assert cell.names == {"?", "grenze"}


def test_warnings_of_a_cell():
    result = engine.feel.unary_with_warnings("< 5", "a", {})
    assert result.value is None
    assert "Vergleichen geht nicht" in result.warnings[0]


def test_dates_in_cells(feel):
    import datetime as dt

    assert engine.feel.unary('[@"2026-03-01"..@"2026-09-30"]', dt.date(2026, 5, 1), {}) is True
    assert engine.feel.unary('< @"2026-03-01", > @"2026-09-30"', dt.date(2026, 5, 1), {}) is False
