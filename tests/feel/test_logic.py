"""Three-valued logic, comparison, between, in, if."""

import pytest

VALUES = ["true", "false", "null"]


@pytest.mark.parametrize("left", VALUES)
@pytest.mark.parametrize("right", VALUES)
def test_and_or_as_the_standard_tabulates_them(same, left, right):
    pair = {left, right}
    same(f"{left} and {right}", "false" if "false" in pair else "null" if "null" in pair else "true")
    same(f"{left} or {right}", "true" if "true" in pair else "null" if "null" in pair else "false")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('true and "x"', "null"), ('false and "x"', "false"), ('"x" and false', "false"), ('true or "x"', "true"),
        ("false or 1", "null"), ("1 and 2", "null"), ("not(true)", "false"), ("not(false)", "true"), ("not(null)", "null"),
        ("not(1)", "null"), ("true and true and true and false", "false"), ("null or null or true", "true"),
    ],
)  # fmt: skip
def test_logic_with_other_values(same, text, value):
    same(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 = 1.0", "true"), ("1 = 2", "false"), ("1 != 2", "true"), ('"a" = "a"', "true"), ('"a" = "A"', "false"),
        ("true = true", "true"),
        ("null = null", "true"), ("1 = null", "false"), ("null = 1", "false"), ("null != null", "false"), ("1 != null", "true"),
        ('1 = "1"', "null"), ('1 != "1"', "null"), ("true = 1", "null"), ("[1, 2] = [1, 2]", "true"),
        ("[1, 2] = [2, 1]", "false"),
        ("[1] = [1, 2]", "false"), ("[] = []", "true"), ("[null] = [null]", "true"), ("[1] = 1", "true"), ("1 != [1]", "false"),
        ("[1, 2] = 1", "null"), ("[null] = null", "false"),
        ('[1] = ["1"]', "false"),
        ("{a: 1} = {a: 1}", "true"), ("{a: 1, b: 2} = {b: 2, a: 1}", "true"), ("{a: 1} = {a: 2}", "false"),
        ("{a: 1} = {b: 1}", "false"),
        ("{} = {}", "true"), ("{} = []", "null"), ("[1..3] = [1..3]", "true"), ("[1..3] = [1..3)", "false"),
        ("(< 3) = (< 3)", "true"),
        ('@"2026-01-01" = @"2026-01-01"', "true"), ('@"2026-01-01" = @"2026-01-01T00:00:00"', "null"),
        ('@"P1Y" = @"P12M"', "true"),
        ('@"P1D" = @"PT24H"', "true"), ('@"P0M" = @"PT0S"', "null"), ('@"10:00:00Z" = @"11:00:00+01:00"', "true"),
        ('@"10:00:00" = @"10:00:00Z"', "false"), ('@"2026-01-01T10:00:00Z" = @"2026-01-01T11:00:00@Europe/Berlin"', "true"),
        ('@"2026-01-01T10:00:00" = @"2026-01-01T10:00:00Z"', "false"), ('@"10:00:00Z" = @"10:00:00@Etc/UTC"', "true"),
        ("[[1, {a: [2]}]] = [[1, {a: [2]}]]", "true"),
    ],
)  # fmt: skip
def test_equality_of_each_kind(same, text, value):
    same(text, value)


@pytest.mark.parametrize(
    ("small", "great"),
    [
        ("1", "2"), ("-1", "0.5"), ('"a"', '"b"'), ('"A"', '"a"'), ('@"2025-12-31"', '@"2026-01-01"'),
        ('@"09:00:00"', '@"10:00:00"'),
        ('@"2026-01-01T09:00:00"', '@"2026-01-01T10:00:00"'), ('@"PT1H"', '@"PT61M"'), ('@"P11M"', '@"P1Y"'),
        ('@"2026-01-01T10:30:00@Europe/Berlin"', '@"2026-01-01T10:00:00Z"'), ('@"10:30:00+01:00"', '@"10:00:00Z"'),
        ('@"10:00:00"', '@"11:00:00+05:00"'), ('@"2026-01-01T10:00:00"', '@"2026-01-01T10:00:01@Europe/Berlin"'),
    ],
)  # fmt: skip
def test_order_of_each_kind(feel, small, great):
    assert feel(f"{small} < {great}") is True
    assert feel(f"{small} <= {great}") is True
    assert feel(f"{small} > {great}") is False
    assert feel(f"{small} >= {great}") is False
    assert feel(f"{small} <= {small}") is True
    assert feel(f"{small} < {small}") is False
    assert feel(f"{great} between {small} and {great}") is True
    assert feel(f"{small} in ({small}..{great}]") is False


@pytest.mark.parametrize(
    "text",
    [
        "1 < null", "null < 1", "null >= null", '1 < "2"', "true < false", "[1] < [2]", "{} < {}",
        '@"2026-01-01" < @"2026-01-01T00:00:00"',
        '@"P1M" < @"P31D"', '@"10:00:00" < @"P1D"', '@"2026-01-01T10:00:00" < @"10:00:00Z"',
        "1 between null and 2",
        "[1..2] < [3..4]", 'null between 1 and "a"',
    ],
)  # fmt: skip
def test_what_has_no_order_is_null_with_a_warning(null, text):
    assert "Vergleichen geht nicht" in null(text)


def test_between_is_false_when_one_end_already_says_no(same):
    same("0 between 1 and null", "false")
    same("5 between null and 1", "false")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 in [1, 2]", "true"), ("3 in [1, 2]", "false"), ("1 in (1, 2)", "true"), ("1 in 1", "true"), ("2 in [1..3]", "true"),
        ("3 in [1..3)", "false"), ("1 in (1..3)", "false"), ("3 in (1..3]", "true"), ("1 in ]1..3[", "false"),
        ("5 in (< 10)", "true"),
        ("5 in < 5", "false"), ("5 in (< 1, > 4)", "true"), ("5 in >= 5", "true"), ("5 in != 5", "false"),
        ("5 in (= 5)", "true"),
        ("2 in ([5..9], [1..3])", "true"), ("2 in [[1..3], 7]", "true"), ('"b" in ["a".."c"]', "true"),
        ("[1, 2] in [[1, 2], [3]]", "true"),
        ("[1, 2] in ([1, 2], [3])", "true"), ("{a: 1} in [{a: 1}]", "true"), ("null in [1, null]", "true"),
        ("null in [1, 2]", "false"),
        ('"x" in 5', "null"), ("null in [1..3]", "null"), ('"a" in [1..3]', "null"), ("[1] in [[1]]", "true"),
        ("1 in []", "false"),
        ('@"2026-03-05" in [@"2026-03-01"..@"2026-03-31"]', "true"), ("6 in ([2, 6])[item > 3]", "true"),
        ("2 in ([1, 2, 3])", "true"), ("2 in (1 + 1)", "true"), ("4 in (1 + 1) * 2", "true"), ("5 in (? > 3)", "true"),
        ("5 in (? > 3, 7)", "true"), ("2 in (? > 3)", "false"),
        ("[5, 6] in (count(?) = 2)", "true"), ("{x: 5 in (? > 3), y: ?}.y", "null"),
    ],
)  # fmt: skip
def test_in(same, text, value):
    same(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("if true then 1 else 2", "1"), ("if false then 1 else 2", "2"), ("if null then 1 else 2", "2"),
        ('if "x" then 1 else 2', "2"),
        ("if false then 1 else if true then 2 else 3", "2"), ("if 1 > 0 then if false then 1 else 2 else 3", "2"),
        ("(if true then [1, 2] else [])[2]", "2"),
    ],
)  # fmt: skip
def test_if(same, text, value):
    same(text, value)


def test_if_warns_of_a_condition_that_is_no_truth_value():
    from engine.feel import evaluate_with_warnings

    assert "Wahrheitswert" in evaluate_with_warnings('if "x" then 1 else 2', {}).warnings[0]
