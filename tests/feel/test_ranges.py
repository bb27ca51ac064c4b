"""How points and ranges lie to each other: the standard's table of range functions, ends in and out, ends open."""

import pytest

import engine.feel


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("before(1, 10)", True), ("before(10, 1)", False), ("before(1, 1)", False), ("before(1, [1..10])", False),
        ("before(1, (1..10])", True), ("before(1, [5..10])", True),
        ("before([1..10], 10)", False), ("before([1..10), 10)", True), ("before([1..10], 15)", True),
        ("before([1..10], [10..20])", False), ("before([1..10), [10..20])", True), ("before([1..10], (10..20])", True),
        ("after(10, 5)", True), ("after(5, 10)", False), ("after(12, [1..10])", True), ("after(10, [1..10))", True),
        ("after(10, [1..10])", False), ("after([11..20], 12)", False), ("after([11..20], 10)", True),
        ("after((11..20], 11)", True), ("after([11..20], [1..11])", False), ("after((11..20], [1..11])", True),
        ("after([11..20], [1..11))", True),
        ("meets([1..5], [5..10])", True), ("meets([1..5), [5..10])", False), ("meets([1..5], (5..10])", False),
        ("meets([1..5], [6..10])", False), ("met by([5..10], [1..5])", True), ("met by([5..10], [1..5))", False),
        ("met by((5..10], [1..5])", False),
        ("overlaps([1..5], [3..8])", True), ("overlaps([3..8], [1..5])", True), ("overlaps([1..8], [3..5])", True),
        ("overlaps([1..5], [6..8])", False), ("overlaps([1..5], [5..8])", True), ("overlaps([1..5), [5..8])", False),
        ("overlaps([1..5], (5..8])", False), ("overlaps([5..8], [1..5))", False),
        ("overlaps before([1..5], [3..8])", True), ("overlaps before([1..5], [6..8])", False),
        ("overlaps before([1..5], [5..8])", True), ("overlaps before([1..5], (5..8])", False),
        ("overlaps before([1..5), [5..8])", False), ("overlaps before([1..5), (1..5])", True),
        ("overlaps before([1..5], (1..5])", True),
        ("overlaps before([1..5], [1..5])", False), ("overlaps before([1..5], (1..5))", False),
        ("overlaps before([1..10], [3..8])", False),
        ("overlaps after([3..8], [1..5])", True), ("overlaps after([6..8], [1..5])", False),
        ("overlaps after([5..8], [1..5])", True), ("overlaps after((5..8], [1..5])", False),
        ("overlaps after((1..5], [1..5))", True), ("overlaps after((1..5], [1..5])", True),
        ("overlaps after([1..5], [1..5])", False),
        ("finishes(10, [1..10])", True), ("finishes(10, [1..10))", False), ("finishes([5..10], [1..10])", True),
        ("finishes([5..10), [1..10])", False), ("finishes([5..10), [1..10))", True), ("finishes([1..10], [1..10])", True),
        ("finishes((1..10], [1..10])", True), ("finishes([1..10], (1..10])", False),
        ("finished by([1..10], 10)", True), ("finished by([1..10), 10)", False), ("finished by([1..10], [5..10])", True),
        ("finished by([1..10], [5..10))", False), ("finished by([1..10], (1..10])", True),
        ("includes([1..10], 5)", True), ("includes([1..10], 12)", False), ("includes([1..10], 1)", True),
        ("includes((1..10], 1)", False), ("includes([1..10), 10)", False), ("includes([1..10], [4..6])", True),
        ("includes((1..10], (1..5])", True), ("includes([1..10], [1..10])", True), ("includes((1..10), [1..5])", False),
        ("during(5, [1..10])", True), ("during(12, [1..10])", False), ("during([4..6], [1..10])", True),
        ("during((1..5], (1..10])", True), ("during([1..10], (1..10))", False),
        ("starts(1, [1..10])", True), ("starts(1, (1..10])", False), ("starts(2, [1..10])", False),
        ("starts([1..5], [1..10])", True), ("starts((1..5], [1..10])", False), ("starts([1..10], [1..10])", True),
        ("starts([1..10], [1..10))", False), ("starts((1..10), (1..10))", True), ("starts([1..10), [1..10])", True),
        ("started by([1..10], 1)", True), ("started by((1..10], 1)", False), ("started by([1..10], [1..5])", True),
        ("started by([1..10], [1..10))", True), ("started by([1..10), [1..10])", False),
        ("coincides(5, 5)", True), ("coincides(3, 4)", False), ("coincides([1..5], [1..5])", True),
        ("coincides((1..5), [1..5])", False), ("coincides([1..5], [2..6])", False),
        ("before(range1: [1..2], range2: [3..4])", True), ("before(point1: 1, point2: 2)", True),
        ("during(point: 1, range: [1..2])", True), ("starts(range2: [1..10], range1: [1..5])", True),
        ('before(@"2026-01-01", [@"2026-02-01"..@"2026-03-01"])', True), ('includes(["a".."m"], "b")', True),
        ('overlaps([@"PT1H"..@"PT3H"], [@"PT2H"..@"PT4H"])', True),
        ("includes((> 5), 6)", True), ("includes((<= 5), 6)", False), ("overlaps((< 5), (> 4))", True),
        ("overlaps((< 5), (> 5))", False), ("before((< 5), [5..6])", True), ("after((> 5), 5)", True),
        ("includes((> 1), (> 2))", True), ("finishes([3..5], (<= 5))", True),
        ("starts(5, (>= 5))", True), ("coincides((< 5), (< 5))", True),
    ],
)  # fmt: skip
def test_points_and_ranges(feel, text, value):
    assert feel(text) is value


@pytest.mark.parametrize(
    "text",
    [
        "before(1, null)", 'before(1, "a")', "before(null, [1..2])", "meets(1, [1..2])", "meets([1..2], null)",
        'includes([1..2], "a")', "before(true, false)",
     'overlaps([1..2], ["a".."b"])', "during([1..2], 1)", "coincides(1, [1..1])", "before([1], {})"],
)  # fmt: skip
def test_what_cannot_be_compared_is_null_with_a_warning(null, text):
    null(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{r: [1..3], x: 2 in r}.x", "true"), ("{a: 1, b: 3, r: (a..b], x: [1 in r, 3 in r]}.x", "[false, true]"),
        ("[1..3] = range(\"[1..3]\")", "true"),
        ("[5..1]", "null"), ("3 in [5..1]", "false"), ("null in [5..1]", "null"), ('["a"..1]', "null"),
        ("[true..false]", "null"), ("[[1]..[2]]", "null"),
        ("1 in [1..null]", "null"), ("0 in [1..null]", "false"),
    ],
)  # fmt: skip
def test_ranges_are_values(same, text, value):
    same(text, value)


def test_a_range_of_python_numbers_holds_decimals():
    span = engine.feel.Range(1, 3)
    assert engine.feel.evaluate("2.5 in r", {"r": span}) is True
    assert engine.feel.to_text(span) == "[1..3]"


def test_of_two_named_ways_the_one_as_written_is_meant(feel):
    assert feel("before(range: [1..2], point: 3)") is True
    assert feel("before(point: 3, range: [1..2])") is False
    assert feel("after(range: [4..5], point: 3)") is True
