"""Properties that hold for any input: no foreign error, limits kept, ranges, calendar, tables, text there and back."""

import calendar
import datetime as dt
import time
from decimal import Decimal

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import engine.feel
from engine.feel import FeelSyntaxError
from engine.feel.values.numbers import CONTEXT

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

WORDS = st.sampled_from(
    [
        "if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "and", "or", "not", "between", "instance of",
        "function", "true", "null", "(", ")", "[", "]", "{", "}",
        "+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "..", ".", ",", ":", '"a"', '"', "1", "0.5", "1e9", "x",
        "a b", "count", "date", "@", '@"2026-01-01"', "partial", "item", "?", "//", "/*", "*/", "\n", "ä", "🐎",
        "sum(", "substring(", "matches(", "sort(", "date and time(", "string(", "range(", "for x in ", "x[", "{a: ",
        "function(x) ", "number", "list<", "external",
    ]
)  # fmt: skip


@given(st.lists(WORDS, max_size=40).map(" ".join))
@example("for x in 1..1000 return for y in 1..1000 return x ** y")
@example("{f: function(x) f(x), y: f(1)}")
@CALM
def test_any_row_of_words_is_a_value_or_a_syntax_error(text):
    try:
        result = engine.feel.evaluate_with_warnings(text, {"x": [1, {"a": 2}], "y": "s"})
    except FeelSyntaxError as error:
        place = error.line, error.column
    else:
        place = 1, 1
        engine.feel.json_text(result.value)
    assert min(place) >= 1


@given(st.text(max_size=200))
@CALM
def test_any_text_is_a_value_or_a_syntax_error(text):
    for kind in (engine.feel.compile_expression, engine.feel.compile_unary):
        line = 1
        try:
            kind(text).evaluate({"?": 1})
        except FeelSyntaxError as error:
            line = error.line
        assert line >= 1


@given(st.lists(st.one_of(WORDS, st.characters()), min_size=1, max_size=60), st.integers(1, 2000))
@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
def test_ten_thousand_characters_never_exceed_the_limits(words, times):
    text = (" ".join(words) * times)[:10_000]
    started = time.process_time()
    try:
        engine.feel.evaluate(text, {})
    except FeelSyntaxError:
        pass
    assert time.process_time() - started < 2


NUMBERS = st.decimals(min_value=-(10**9), max_value=10**9, places=3)


@given(NUMBERS, NUMBERS, NUMBERS, st.booleans(), st.booleans())
@CALM
def test_in_a_range_agrees_with_comparisons(x, low, high, from_, to):
    text = f"{'[' if from_ else '('}low..high{']' if to else ')'}"
    context = {"x": x, "low": low, "high": high}
    plain = f"x {'>=' if from_ else '>'} low and x {'<=' if to else '<'} high"
    assert engine.feel.evaluate(f"x in {text}", context) is engine.feel.evaluate(plain, context)
    assert engine.feel.unary(text, x, context) is engine.feel.evaluate(plain, context)


DATES = st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31))


@given(DATES, st.integers(-1200, 1200))
@CALM
def test_months_agree_with_the_calendar(day, months):
    got = engine.feel.evaluate("d + m", {"d": day, "m": engine.feel.YearsMonths(months)})
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    month += 1
    assert got == dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@given(DATES, DATES)
@CALM
def test_days_between_agree_with_the_calendar(start, end):
    got = engine.feel.evaluate('(b - a) / duration("P1D")', {"a": start, "b": end})
    assert got == end.toordinal() - start.toordinal()
    months = engine.feel.evaluate("years and months duration(a, b)", {"a": start, "b": end})
    whole = engine.feel.evaluate("a + m", {"a": start, "m": months})
    assert (whole <= end) if start <= end else (whole >= end)


@given(DATES)
@CALM
def test_weeks_and_weekdays_agree_with_the_calendar(day):
    made = engine.feel.evaluate("[week of year(d), d.weekday, day of year(d), day of week(d), month of year(d)]", {"d": day})
    assert made == [
        day.isocalendar()[1],
        day.isoweekday(),
        int(day.strftime("%j")),
        calendar.day_name[day.weekday()],
        calendar.month_name[day.month],
    ]


@given(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2037, 1, 1)), st.integers(-10_000_000, 10_000_000))  # noqa: DTZ001 - local on purpose
@CALM
def test_time_passes_the_same_in_every_zone(moment, seconds):
    text = moment.replace(microsecond=0).isoformat()
    context = {"s": dt.timedelta(seconds=seconds)}
    start = f'@"{text}@Europe/Berlin"'
    assert engine.feel.evaluate(f"({start} + s) - {start}", context) == dt.timedelta(seconds=seconds)


CELL = st.one_of(
    st.just("-"),
    st.integers(-3, 3).map(str),
    st.integers(-3, 3).map(lambda n: f"< {n}"),
    st.integers(-3, 3).map(lambda n: f">= {n}"),
    st.tuples(st.integers(-3, 3), st.integers(-3, 3), st.sampled_from("[("), st.sampled_from("])")).map(
        lambda t: f"{t[2]}{t[0]}..{t[1]}{t[3]}"
    ),
    st.lists(st.integers(-3, 3), min_size=1, max_size=3).map(lambda ns: ", ".join(map(str, ns))),
    st.lists(st.integers(-3, 3), min_size=1, max_size=2).map(lambda ns: f"not({', '.join(map(str, ns))})"),
    st.integers(-3, 3).map(lambda n: f"? > {n}"),
)


def passes(cell: str, value: Decimal) -> bool:
    """A cell in plain Python."""
    if cell == "-":
        return True
    if cell.startswith("not"):
        return not passes(cell[4:-1], value)
    if cell.startswith("<"):
        return value < int(cell[2:])
    if cell.startswith(">="):
        return value >= int(cell[3:])
    if cell.startswith("?"):
        return value > int(cell[4:])
    if cell[0] in "[(":
        low, high = (int(part) for part in cell[1:-1].split(".."))
        return (value >= low if cell[0] == "[" else value > low) and (value <= high if cell[-1] == "]" else value < high)
    return any(value == int(part) for part in cell.split(","))


@given(
    st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8),
    st.integers(-4, 4),
    st.integers(-8, 8),
    st.sampled_from(["UNIQUE", "FIRST", "COLLECT"]),
)
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_a_table_agrees_with_its_rules_in_plain_python(files, rules, x, half, policy):
    y = Decimal(half) / 2
    table = files.table(["x", "y"], ["n"], [[a, b, str(n)] for n, (a, b) in enumerate(rules)], policy=policy)
    got = engine.feel.decide(files.model(files.decision("e", table)), "e", {"x": x, "y": y})
    hits = [n for n, (a, b) in enumerate(rules) if passes(a, Decimal(x)) and passes(b, y)]
    expected = {"COLLECT": hits or None, "FIRST": hits[0] if hits else None, "UNIQUE": hits[0] if len(hits) == 1 else None}
    assert got == expected[policy]


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6), st.integers(-4, 4), st.integers(-8, 8))
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_overlaps_found_are_real_and_none_is_missed_for_fixed_cells(files, rules, x, half):
    rules = [(a, b) for a, b in rules if "?" not in a + b]
    table = files.table(["x", "y"], ["n"], [[a, b, str(n)] for n, (a, b) in enumerate(rules)])
    model = files.model(files.decision("e", table))
    found = [f for f in engine.feel.check_dmn({"a": model}, frozenset({"x", "y"})) if "überschneiden" in f.message]
    hits = [n for n, (a, b) in enumerate(rules) if passes(a, Decimal(x)) and passes(b, Decimal(half) / 2)]
    assert len(hits) < 2 or found
    gaps = [f for f in engine.feel.check_dmn({"a": model}, frozenset({"x", "y"})) if "Keine Regel gibt es" in f.message]
    assert not rules or hits or gaps


VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.text(max_size=20), st.dates(), st.times(), st.datetimes(),
        st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20).map(CONTEXT.plus),
        st.timedeltas(dt.timedelta(-(10**6)), dt.timedelta(10**6)), st.datetimes(timezones=st.just(dt.UTC)),
        st.integers(-1000, 1000).map(engine.feel.YearsMonths),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=12,
)  # fmt: skip


@given(VALUES)
@CALM
def test_the_text_of_a_value_reads_back_as_the_same_value(value):
    text = engine.feel.to_text(value)
    again = engine.feel.evaluate(text, {})
    assert engine.feel.to_text(again) == text
    assert engine.feel.evaluate("a = b", {"a": again, "b": engine.feel.evaluate("v", {"v": value})}) is True


@given(VALUES)
@CALM
def test_json_keeps_every_digit(value):
    made = engine.feel.to_json(value)
    assert engine.feel.to_text(engine.feel.from_json(engine.feel.json_text(value))) == engine.feel.to_text(made)


@given(NUMBERS, NUMBERS, st.integers(0, 3))
@CALM
def test_rounding_stays_next_to_the_number(n, m, scale):
    step = Decimal(1).scaleb(-scale)
    context = {"n": n, "m": m, "s": scale}
    down, up, half = engine.feel.evaluate("[floor(n, s), ceiling(n, s), round half up(n, s)]", context)
    assert down <= n <= up < down + 2 * step
    assert abs(half - n) * 2 <= step
    if m:
        rest = engine.feel.evaluate("modulo(n, m)", context)
        assert abs(rest) < abs(m)
        assert not rest or (rest < 0) == (m < 0)
