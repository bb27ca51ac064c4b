"""Lists, filters, paths, for, some, every, functions."""

import pytest

import engine.feel


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1, 2, 3][1]", "1"), ("[1, 2, 3][-1]", "3"), ("[1, 2, 3][0]", "null"), ("[1, 2, 3][4]", "null"),
        ("[1, 2, 3][1.5]", "null"), ("[][1]", "null"), ("5[1]", "5"), ("5[2]", "null"), ("null[1]", "null"),
        ("[1, 2, 3][item > 1]", "[2, 3]"), ("[1, 2, 3][item > 9]", "[]"), ("[][item > 1]", "[]"), ("5[item = 5]", "[5]"),
        ("5[item = 6]", "[]"), ("null[item = 5]", "null"), ("[1, 2][true]", "[1, 2]"), ("[1, 2][false]", "[]"),
        ("[1, null, 3][item > 1]", "[3]"),
        ("[1, 2][null]", "[]"), ('[1, 2]["a"]', "null"), ("[{a: 1}, {a: 2}][a = 2]", "[{a: 2}]"),
        ("[{a: 1}, {b: 2}][b = 2]", "[{b: 2}]"), ("[{a: 1}, {a: 2}][item.a = 2].a", "[2]"), ("[{a: 1}, {a: 2}].a[2]", "2"),
        ("{a: [1, 2]}.a[2]", "2"),
        ("[1, 2, 3][count([1, 2])]", "2"), ("{i: 2, x: [4, 5, 6][i]}.x", "5"), ("[[1, 2], [3]][1][2]", "2"),
        ("[[1], [2, 3]][count(item) > 1]", "[[2, 3]]"), ("[1, 2, 3][item > 1][item < 3]", "[2]"),
        ("[{a: [{b: 1}, {b: 2}]}][a[b = 2].b[1] = 2].a.b", "[[1, 2]]"),
        ("[{item: 1}, {item: 2}][item >= 2]", "[{item: 2}]"), ("[1..3][1]", "[1..3]"), ("[{a: 1}].a", "[1]"), ("[].a", "[]"),
        ("[{a: 1}, {}].a", "[1, null]"), ("null.a", "null"), ("{a: 1}.b", "null"), ("{a: {b: {c: 1}}}.a.b.c", "1"),
        ("1.a", "null"), ("[[{a: 1}]].a", "[[1]]"),
    ],
)  # fmt: skip
def test_filters_and_paths(same, text, value):
    same(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("for x in [1, 2] return x * 2", "[2, 4]"), ("for x in [] return x", "[]"), ("for x in 1..3 return x", "[1, 2, 3]"),
        ("for x in 3..1 return x", "[3, 2, 1]"), ("for x in 1..1 return x", "[1]"), ("for x in -1..1 return x", "[-1, 0, 1]"),
        ("for x in [1, 2], y in [3, 4] return x * y", "[3, 4, 6, 8]"),
        ("for x in 1..2, y in x..2 return [x, y]", "[[1, 1], [1, 2], [2, 2]]"),
        ("for x in [[1, 2], [3]] return count(x)", "[2, 1]"), ("for x in 5 return x", "[5]"),
        ("for x in null return x", "null"),
        ("for x in [1..3] return x", "[1, 2, 3]"), ("for x in (1..4) return x", "[2, 3]"),
        ('for d in @"2026-02-27"..@"2026-03-01" return d.day', "[27, 28, 1]"),
        ('for d in @"2026-03-01"..@"2026-02-28" return d.day', "[1, 28]"), ('for x in 1.."a" return x', "null"),
        ("for x in 1.5..3 return x", "null"),
        ("for i in 0..4 return if i = 0 then 1 else i * partial[-1]", "[1, 1, 2, 6, 24]"),
        ("for i in 1..3 return count(partial)", "[0, 1, 2]"), ("for i in 1..3 return partial", "[[], [[]], [[], [[]]]]"),
        ("for i in 1..2, j in 1..2 return count(partial)", "[0, 1, 2, 3]"),
        ("for x in [1, 2] return for y in [x] return y + 1", "[[2], [3]]"), ("(for x in [1, 2] return x)[1]", "1"),
        ("for x in [{a: 1}] return x.a", "[1]"), ("for x in for y in [1, 2] return y * 2 return x + 1", "[3, 5]"),
        ("for x in (> 3) return x", "null"),
        ("some x in [1, 2] satisfies x > 1", "true"), ("some x in [1, 2] satisfies x > 2", "false"),
        ("some x in [] satisfies true", "false"), ("some x in [1, null] satisfies x > 1", "null"),
        ("some x in [null, 2] satisfies x > 1", "true"), ("some x in [1], y in [1, 2] satisfies x < y", "true"),
        ("every x in [1, 2] satisfies x > 0", "true"), ("every x in [1, 2] satisfies x > 1", "false"),
        ("every x in [] satisfies false", "true"), ("every x in [1, null] satisfies x > 0", "null"),
        ("every x in [0, null] satisfies x > 0", "false"), ("every x in 5 satisfies x = 5", "true"),
        ("some x in null satisfies true", "null"),
        ("some x in [1, 2] satisfies x", "null"), ("every x in 1..3, y in x..3 satisfies x <= y", "true"),
        ("some x in [1, 2] satisfies some y in [2] satisfies x = y", "true"),
    ],
)  # fmt: skip
def test_loops(same, text, value):
    same(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(function(a, b) a + b)(1, 2)", "3"), ("{f: function(a) a * 2, x: f(4)}.x", "8"),
        ("{f: function(a: number) a, x: f(\"s\")}.x", "null"), ("{f: function(a: string) a, x: f(\"s\")}.x", '"s"'),
        ("(function(a) a)()", "null"), ("(function(a) a)(1, 2)", "null"), ("(function() 5)()", "5"),
        ("(function(a, b) a - b)(b: 1, a: 3)", "2"), ("(function(a) a)(b: 1)", "null"), ("(function(a, b) b)(a: 1)", "null"),
        ("(function(a, b) a)(a: 1)", "1"), ("5(1)", "null"), ("null(1)", "null"),
        ("{x: 10, f: function(a) a + x, r: f(1)}.r", "11"),
        ("{f: function(n) if n <= 1 then 1 else n * f(n - 1), r: f(20)}.r", "2432902008176640000"),
        ("(function(f, x) f(f(x)))(function(x) x * 3, 2)", "18"),
        ("for f in [function(x) x + 1, function(x) x * 10] return f(5)", "[6, 50]"),
        ("(for i in 1..3 return function(x) x * i)[2](10)", "20"), ("{f: function(x) function(y) x + y, r: f(1)(2)}.r", "3"),
        ("(function(a: list<number>) a)(1)", "[1]"), ("(function(a: number) a)([1])", "1"),
        ("(function(a: number) a)([1, 2])", "null"),
        ('(function(a: date and time) a)(@"2026-01-01")', '@"2026-01-01T00:00:00Z"'), ("(function(a: number) a)(null)", "null"),
        ('{f: function(a) external {java: {class: "java.lang.Math", method signature: "cos(double)"}}, r: f(1)}.r', "null"),
        ("{f: function(a) a, g: f, x: g(7)}.x", "7"), ("sort([1, 2, 3], function(x, y) x > y)", "[3, 2, 1]"),
    ],
)  # fmt: skip
def test_functions(same, text, value):
    same(text, value)


def test_a_function_can_be_called_from_python():
    function = engine.feel.evaluate("function(a, b) a - b", {})
    assert isinstance(function, engine.feel.Function)
    assert function(5, 3) == 2
    assert function(b=1, a=2) == 1
    assert function(1) is None


def test_external_functions_are_refused_with_a_warning():
    text = '(function(a) external {java: {class: "java.lang.Runtime", method signature: "exec(String)"}})("rm")'
    assert "nicht ausgeführt" in engine.feel.evaluate_with_warnings(text, {}).warnings[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 instance of number", "true"), ('"a" instance of string', "true"), ("true instance of boolean", "true"),
        ('@"2026-01-01" instance of date', "true"), ('@"2026-01-01T00:00:00" instance of date', "false"),
        ('@"2026-01-01T00:00:00" instance of date and time', "true"),
        ('@"10:00:00" instance of time', "true"), ('@"P1D" instance of days and time duration', "true"),
        ('@"P1Y" instance of years and months duration', "true"), ('@"P1D" instance of years and months duration', "false"),
        ("null instance of number", "false"), ("null instance of Any", "false"),
        ("null instance of Null", "true"), ("1 instance of Any", "true"), ("1 instance of Null", "false"),
        ("[1] instance of list", "null"), ("[1] instance of list<number>", "true"),
        ('[1, "a"] instance of list<number>', "false"), ("[] instance of list<string>", "true"),
        ("[1, null] instance of list<number>", "true"),
        ("{a: 1} instance of context", "null"), ("{a: 1, b: 2} instance of context<a: number>", "true"),
        ("{a: 1} instance of context<a: string>", "false"), ("{a: 1} instance of context<a: number, b: number>", "false"),
        ("{a: null} instance of context<a: number>", "true"),
        ("[1..3] instance of range<number>", "true"), ("[1..3] instance of range<string>", "false"),
        ("(> 3) instance of range<number>", "true"),
        ("function(a) a instance of function<Any> -> Any", "function(a) a instance of function<Any> -> Any"),
        ("(function(a: number) a) instance of function<number> -> Any", "true"),
        ("(function(a: string) a) instance of function<number> -> Any", "false"),
        ("(function(a) a) instance of function<number, number> -> Any", "false"),
        ("abs instance of function<number> -> number", "true"), ("count instance of function", "null"),
        ("{} instance of context<>", "null"), ("1 instance of tBaum", "null"),
        ("[[1]] instance of list<list<number>>", "true"),
        ("{a: {b: [1]}} instance of context<a: context<b: list<number>>>", "true"), ("1 instance of number and true", "true"),
        ('@"P1D" instance of days and time duration and true', "true"), ("1 instance of list<tBaum>", "null"),
    ],
)  # fmt: skip
def test_instance_of(text, value):
    assert engine.feel.to_text(engine.feel.evaluate(text, {})) == value


def test_python_values_of_the_outside_become_feel_values(feel):
    context = {"i": 3, "f": 0.1, "t": (1, 2.5), "d": {"x": [1, {"y": 2}]}, "b": True, "s": {4}, "n": None}
    assert feel("f + 0.2", context) == engine.feel.evaluate("0.3", {})
    assert (
        engine.feel.to_text(feel("[i, f, t, d, b, s, n]", context)) == "[3, 0.1, [1, 2.5], {x: [1, {y: 2}]}, true, [4], null]"
    )
    assert engine.feel.to_text(feel("d.x[2].y + t[2]", context)) == "4.5"
    assert feel("t[2] instance of number", context) is True
    assert feel("i.x", {"i": {"x": 1}}) == 1


def test_what_feel_does_not_know_is_null():
    assert engine.feel.evaluate("x", {"x": object()}) is None
    assert engine.feel.evaluate("x.y", {"x": {"y": object()}}) is None
    assert engine.feel.evaluate("x", {"x": float("nan")}) is None
    assert engine.feel.evaluate("x", {"x": float("inf")}) is None


def test_subclasses_of_known_kinds_are_taken_as_those(feel):
    import datetime as dt
    import enum

    class Word(str):
        __slots__ = ()

    class Art(enum.StrEnum):
        EICHE = "eiche"

    class Day(dt.date):
        pass

    assert feel('x = "a"', {"x": Word("a")}) is True
    assert feel('x = "eiche"', {"x": Art.EICHE}) is True
    assert feel('x = @"2026-01-01"', {"x": Day(2026, 1, 1)}) is True


def test_a_context_may_resolve_its_names_itself():
    from collections.abc import Mapping

    class Lazy(Mapping):
        asked = ()

        def __getitem__(self, name):
            Lazy.asked += (name,)
            return {"a": 1, "b": {"c": 2}}[name]

        def __iter__(self):
            raise AssertionError("the context is never listed")

        def __len__(self):
            return 2

    expression = engine.feel.compile_expression("a + b.c")
    assert expression.evaluate(Lazy()) == 3
    assert Lazy.asked == ("a", "b")


def test_a_function_whose_result_is_not_declared_may_be_handed_over(feel, null):
    typed = "{f: function(x: function<number> -> number) x(2), r: f(%s)}.r"
    assert feel(typed % "function(n: number) n * 2") == 4
    assert feel(typed % "function(n) n * 3") == 6
    null(typed % "function(n: string) n")
    null(typed % "function(a, b) a")
