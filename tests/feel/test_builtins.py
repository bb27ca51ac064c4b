"""Each built-in function: examples, null, wrong kinds, boundaries, named arguments."""

import pytest

import engine.feel
from engine.feel.builtins import registry
from engine.feel.grammar import tree
from engine.feel.grammar.parser import parse

SIGNATURES = [signature for builtin in registry.all_builtins() for signature in builtin.signatures]
EXAMPLES = [example for signature in SIGNATURES for example in signature.examples]
# Functions that have a value for null, as the standard wants.
TAKES_NULL = {"string", "is", "not", "now", "today"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.expression)
def test_examples_of_the_reference_page(same, example):
    same(example.expression, example.value)


def test_every_function_is_described_and_every_way_to_call_it_unless_it_is_plain():
    for builtin in registry.all_builtins():
        assert any(signature.examples for signature in builtin.signatures), builtin.name
    assert all(signature.description.endswith(".") and signature.group for signature in SIGNATURES)


@pytest.mark.parametrize("signature", SIGNATURES, ids=lambda s: s.declaration)
def test_null_arguments_give_null(signature):
    name = signature.declaration.partition("(")[0]
    if not signature.parameters or name in TAKES_NULL or name == "append":
        return
    if signature.parameters[0].type == "Any" and not signature.parameters[0].variadic:
        return
    arguments = ", ".join("null" for parameter in signature.parameters if not parameter.optional)
    assert engine.feel.evaluate(f"{name}({arguments})", {}) is None


FIXED = [b for b in registry.all_builtins() if not any(s.parameters and s.parameters[-1].variadic for s in b.signatures)]


@pytest.mark.parametrize("builtin", FIXED, ids=lambda b: b.name)
def test_too_many_arguments_give_null_and_say_what_is_right(builtin):
    result = engine.feel.evaluate_with_warnings(f"{builtin.name}({', '.join('1' * 9)})", {})
    assert result.value is None
    assert builtin.signatures[0].declaration in result.warnings[0]


@pytest.mark.parametrize("builtin", registry.all_builtins(), ids=lambda b: b.name)
def test_unknown_parameter_names_give_null_with_a_warning(builtin):
    result = engine.feel.evaluate_with_warnings(f"{builtin.name}(gibtEsNicht: 1)", {})
    assert result.value is None
    assert "Parameternamen" in result.warnings[0]


@pytest.mark.parametrize("signature", [s for s in SIGNATURES if s.examples and s.parameters], ids=lambda s: s.declaration)
def test_named_arguments_give_the_same_as_those_by_position(signature):
    """Each example once more with the names of its parameters, in reverse order."""
    name = signature.declaration.partition("(")[0]
    for example in signature.examples:
        node = parse(example.expression)
        if not isinstance(node, tree.Call) or not isinstance(node.function, tree.Name) or node.function.name != name:
            continue
        if len(node.arguments) > len(signature.parameters) or signature.parameters[-1].variadic:
            continue
        texts = [example.expression[a.at : a.end] for a in node.arguments]
        named = [f"{p.name}: {text}" for p, text in zip(signature.parameters, texts, strict=False)]
        value = engine.feel.evaluate(f"{name}({', '.join(reversed(named))})", {})
        assert engine.feel.to_text(value) == engine.feel.to_text(engine.feel.evaluate(example.expression, {}))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # conversion
        ('number("-12.5")', "-12.5"), ('number("1.000,50", ".", ",")', "1000.5"), ('number("1,000.50", ",", ".")', "1000.5"),
        ('number("1 000", " ")', "1000"),
        ('number("1,5", ",", ",")', "null"), ('number("1,5", "x")', "null"), ('number("1,5", null, "x")', "null"),
        ('number("")', "null"),
        ('number("1e3")', "1000"), ('number("0x10")', "null"), ('number("١")', "null"), ('number("1.5.5", null, ",")', "null"),
        ('number(1)', "null"),
        ('number(from: "1,5", decimal separator: ",")', "1.5"), ('number("1e99999")', "null"), ('number(["7"])', "7"),
        ('number("1.000", ".", null)', "1000"),
        ("string(null)", "null"), ("string(1.0)", '"1"'), ("string(0.000001)", '"0.000001"'),
        ("string(1e30)", '"1' + "0" * 30 + '"'), ("string(true)", '"true"'),
        ('string("a")', '"a"'), ("string([1, [2, null]])", '"[1, [2, null]]"'),
        ('string({a: "x", "b c": {}})', '"{a: \\"x\\", b c: {}}"'),
        ('string({"{": 1})', '"{\\"{\\": 1}"'), ("string([1..3))", '"[1..3)"'),
        ('string([@"2026-03-01"])', '"[@\\"2026-03-01\\"]"'), ("string(function(a, b) a)", '"function(a, b) a"'),
        ("string(< 5)", '"< 5"'), ("string(-0.5)", '"-0.5"'), ('date(@"2026-03-01T23:30:00@Europe/Berlin")', '@"2026-03-01"'),
        ("date(2026, 3)", "null"), ("date(year: 2026, month: 3, day: 1)", '@"2026-03-01"'),
        ('time(@"2026-03-01")', '@"00:00:00Z"'), ("time(10, 20, 30)", '@"10:20:30"'), ("time(10, 20, 30.25)", '@"10:20:30.25"'),
        ('time(10, 20, 30, @"-PT2H")', '@"10:20:30-02:00"'),
        ('time(10, 20, 30, @"PT19H")', "null"), ("time(-1, 0, 0)", "null"),
        ('date and time(@"2026-03-01T10:00:00", @"11:00:00")', '@"2026-03-01T11:00:00"'),
        ('date and time(@"2026-03-01")', '@"2026-03-01T00:00:00Z"'), ('date and time("x", @"11:00:00")', "null"),
        ('duration(@"P1D")', '@"P1D"'), ("duration(1)", "null"),
        ('range("(1..5]")', "(1..5]"), ('range("[\\"a\\"..\\"c\\"]")', '["a".."c"]'),
        ('range("[date(\\"2026-01-01\\")..date(\\"2026-02-01\\"))") = [@"2026-01-01"..@"2026-02-01")', "true"),
        ('range("[@\\"PT1H\\"..@\\"PT2H\\"]").end', '@"PT2H"'), ('range("[1..x]")', "null"), ('range("[2..1]")', "null"),
        ('range("[1..\\"a\\"]")', "null"), ('range("1..2")', "null"), ('range("[..]")', "null"),
        ('7 in range("[5..]")', "true"), ('range("[1+1..5]")', "null"), ("range(5)", "null"), ('range("")', "null"),
        # truth values
        ("all(true, null, false)", "false"), ("all([true, 0])", "null"), ("all([])", "true"), ("all(true)", "true"),
        ("all(null)", "null"), ("all([null])", "null"),
        ("any(false, null, true)", "true"), ("any([false, 0])", "null"), ("any([])", "false"), ("any(null)", "null"),
        ("is(null, null)", "true"), ("is(null, 1)", "false"),
        ("is([1], [1])", "true"), ('is(@"2026-01-01", @"2026-01-01T00:00:00")', "false"),
        ('is(@"10:00:00", @"10:00:00Z")', "false"), ("is(value2: 1, value1: 1)", "true"), ("is(1)", "null"),
        # texts
        ('substring("abc", -2)', '"bc"'), ('substring("abc", 4)', "null"), ('substring("abc", -4)', "null"),
        ('substring("abc", 2, 99)', '"bc"'), ('substring("abc", 1, 0)', "null"),
        ('substring("a🐎c", 2, 1)', '"🐎"'), ('substring("foobar", 3, 3.8)', '"oba"'), ("substring(123, 1)", "null"),
        ('substring(string: "abc", start position: 2)', '"bc"'), ('string length("🐎")', "1"), ('string length("")', "0"),
        ("string length(1)", "null"), ('upper case("ß")', '"SS"'), ('substring before("abc", "")', '""'),
        ('substring before("abc", "c")', '"ab"'), ('substring after("abc", "x")', '""'), ('substring after("", "a")', '""'),
        ('contains("abc", "")', "true"), ('contains("abc", 1)', "null"), ('starts with("abc", "bc")', "false"),
        ('ends with(string: "abc", match: "bc")', "true"), ('split("", ";")', '[""]'), ('split(";", ";")', '["", ""]'),
        ('split("abc", "")', "null"), ('split("a1b22c", "[0-9]+")', '["a", "b", "c"]'), ('split("äöü", "ö")', '["ä", "ü"]'),
        ('string join([], ",")', '""'), ('string join(["a"], null)', '"a"'), ('string join(["a", 1])', "null"),
        ('string join("a", ",")', '"a"'), ('string join(null, ",")', "null"), ('string join(["a", "b"], 1)', "null"),
        # lists
        ("list contains([1, [2]], [2])", "true"), ('list contains([1], "1")', "false"), ("list contains(1, 1)", "true"),
        ("list contains([], null)", "false"), ("count(null)", "null"), ("count(1)", "1"), ("sublist([1, 2, 3], 2)", "[2, 3]"),
        ("sublist([1, 2, 3], 2, 3)", "null"), ("sublist([1, 2, 3], -1, 1)", "[3]"), ("sublist([1, 2, 3], 4)", "null"),
        ("sublist([1, 2, 3], 1, 0)", "null"), ("floor(1.5, null)", "null"), ("round up(5.5)", "null"),
        ("floor(n: 1.5, scale: null)", "null"), ("ceiling(n: 1.2)", "2"),
        ("sublist([1, 2, 3], 1.5)", "null"), ("append([], null)", "[null]"), ("append(1, 2)", "[1, 2]"),
        ("append(null, 1)", "null"),
        ("concatenate([1], 2, [[3]])", "[1, 2, [3]]"), ("concatenate([1], null)", "null"),
        ("insert before([1, 2], -1, 9)", "[1, 9, 2]"), ("insert before([], 1, 9)", "null"),
        ("insert before([1], 0, 9)", "null"), ("remove([1], 1)", "[]"),
        ("remove([1], 2)", "null"), ("list replace([1, 2], -1, 9)", "[1, 9]"), ("list replace([1, 2], 3, 9)", "null"),
        ("list replace([1, 2], function(item, newItem) item = newItem, 2)", "[1, 2]"),
        ('list replace([1, 2], function(item, newItem) "x", 2)', "null"), ("list replace([1], function(a) true, 2)", "null"),
        ("list replace(list: [1, 2], position: 1, newItem: 5)", "[5, 2]"),
        ("list replace(list: [1, 2], match: function(item, newItem) item > 1, newItem: 5)", "[1, 5]"), ("reverse([])", "[]"),
        ("index of([1, null, 1], null)", "[2]"), ("index of([], 1)", "[]"), ("union([1], [1, 2], 2)", "[1, 2]"),
        ("distinct values([1, 1.0, \"1\", [1], [1.0], null, null])", '[1, "1", [1], null]'), ("flatten([])", "[]"),
        ("flatten([[[[]]]])", "[]"), ("flatten(1)", "[1]"), ("sort([2, 1])", "[1, 2]"), ('sort([1, "a"])', "null"),
        ("sort([1, 2, 3], function(a, b) a > b)", "[3, 2, 1]"), ("sort([], function(a, b) a > b)", "[]"),
        ("sort([2, 1], function(a, b) 1)", "null"), ('sort([{n: 2}, {n: 1}], function(a, b) a.n < b.n).n', "[1, 2]"),
        # statistics
        ("min(1)", "1"), ('min("a", "b")', '"a"'), ("min([1, null])", "null"), ('max([@"P1D", @"PT25H"])', '@"P1DT1H"'),
        ("max(true, false)", "null"), ("sum([])", "null"), ("sum([1, null])", "null"), ("sum(1)", "1"), ('sum(["a"])', "null"),
        ('sum([@"P1M", @"P1Y"])', '@"P1Y1M"'),
        ('sum([1, @"P1D"])', "null"), ("mean(1, 2)", "1.5"), ("mean([null])", "null"), ("product(2, 3)", "6"),
        ("product([2, null])", "null"), ("median(1)", "1"), ("median([3, 1])", "2"), ("stddev(1)", "null"),
        ("stddev([1, 1])", "0"), ("mode([1, null])", "null"), ("mode([2.0, 2, 1])", "[2]"),
        ("mode(null)", "null"),
        # numbers
        ("decimal(2.345, 2)", "2.34"), ("decimal(2.5, 0)", "2"), ("decimal(3.5, 0)", "4"), ("decimal(1.5, 6177)", "null"),
        ("decimal(1.5, -6112)", "null"), ("decimal(1.5, 6176)", "1.5"), ("decimal(null, 0)", "null"),
        ("decimal(1.115, 2)", "1.12"),
        ("decimal(9999999999999999999999999999999999, 20)", "9999999999999999999999999999999999"),
        ("decimal(1, \"a\")", "null"), ("floor(-1.5)", "-2"), ("ceiling(-1.5)", "-1"), ("floor(1.56, 1)", "1.5"),
        ("ceiling(n: 1.51, scale: 1)", "1.6"), ("floor(1e40)", "1e40"),
        ("round up(-5.5, 0)", "-6"), ("round down(-5.5, 0)", "-5"), ("round half up(2.5, 0)", "3"),
        ("round half up(-2.5, 0)", "-3"), ("round half down(2.5, 0)", "2"), ("round half down(2.6, 0)", "3"),
        ("round half up(1.125, 2)", "1.13"), ("round up(1.121, 2)", "1.13"),
        ("round half up(55, -1)", "60"), ("abs(0)", "0"), ('abs("1")', "null"), ('abs(@"-P1M")', '@"P1M"'),
        ("modulo(-12, 5)", "3"), ("modulo(12, -5)", "-3"), ("modulo(-12, -5)", "-2"), ("modulo(10.1, 4.5)", "1.1"),
        ("modulo(5, 5)", "0"), ("modulo(1e6000, 7)", "null"),
        ("sqrt(2)", "1.414213562373095048801688724209698"), ("sqrt(0)", "0"), ("log(1)", "0"), ("log(-1)", "null"),
        ("exp(0)", "1"), ("exp(1e9)", "null"), ("odd(-3)", "true"), ("odd(2.5)", "null"), ("even(-2)", "true"),
        ("even(1e40)", "true"), ("even(\"2\")", "null"),
        # contexts
        ("get value({a: null}, \"a\")", "null"), ("get value({}, null)", "null"), ("get value(m: {a: 1}, key: \"a\")", "1"),
        ("get value([], \"a\")", "null"), ("get entries({})", "[]"), ("get entries([{a: 1}]).key", '["a"]'),
        ("context([])", "{}"),
        ('context({key: "a", value: null})', "{a: null}"), ('context([{key: "a"}])', "null"),
        ("context([{key: 1, value: 1}])", "null"), ("context([1])", "null"), ('context put({a: 1}, "a", 2)', "{a: 2}"),
        ('context put({}, [], 2)', "null"),
        ('context put({a: {b: 1}}, ["a", "c"], 2)', "{a: {b: 1, c: 2}}"), ('context put({a: 1}, ["a", "c"], 2)', "null"),
        ('context put({}, ["a"], 2)', "{a: 2}"), ('context put(null, "a", 1)', "null"), ('context put({}, null, 1)', "null"),
        ("context put({}, [1], 1)", "null"),
        ('context put(context: {}, keys: ["a"], value: 1)', "{a: 1}"), ("context merge([])", "{}"),
        ("context merge([{a: 1}, 1])", "null"), ("context merge({a: 1})", "{a: 1}"),
        ("context merge([{a: {b: 1}}, {a: {c: 2}}])", "{a: {c: 2}}"),
    ],
)  # fmt: skip
def test_cases_of_the_standard(same, text, value):
    same(text, value)


def test_the_standard_compares_a_list_of_one_value_with_a_value(feel):
    assert feel('get entries({key1: "value1"})[key = "key1"].value = "value1"') is True
    assert feel("[1] < 2") is True


def test_lists_and_contexts_are_never_changed(feel):
    context = {"xs": [3, 1, 2], "c": {"a": 1}}
    feel('[sort(xs), append(xs, 1), remove(xs, 1), reverse(xs), list replace(xs, 1, 9), context put(c, "b", 2)]', context)
    assert context == {"xs": [3, 1, 2], "c": {"a": 1}}


def test_a_function_can_be_added_with_its_signature(same):
    @registry.builtin(
        "doppelte Frist(tage: number): number", "Die doppelte Zahl der Tage.", ("doppelte Frist(2)", "4"), group="Test"
    )
    def doubled(days):
        return days * 2

    try:
        same("doppelte Frist(7) + doppelte Frist(tage: 1)", "16")
        assert "doppelte Frist" in registry.names()
    finally:
        registry.forget("doppelte Frist")
    assert engine.feel.evaluate("doppelte Frist(7)", {}) is None


def test_a_function_is_a_value_too(same):
    same("(for f in [min, max] return f([1, 2, 3]))", "[1, 3]")
    same("sort([1, 3, 2], before)", "[1, 2, 3]")
    same('{f: substring, x: f("abc", 2)}.x', '"bc"')
