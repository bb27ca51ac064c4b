"""The grammar: literals, names, precedence, comments; and errors that say where."""

import pytest

import engine.feel
from engine.feel import FeelSyntaxError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", "1"), ("1.50", "1.5"), (".5", "0.5"), ("-.5", "-0.5"), ("007", "7"), ("1e3", "1000"), ("1.5E-3", "0.0015"),
        ('"a"', '"a"'), ('""', '""'), ("true", "true"), ("false", "false"), ("[]", "[]"), ("{}", "{}"), ("[1,]", "[1]"),
        ('@"2026-03-01"', 'date("2026-03-01")'), ('@"10:30:00"', 'time("10:30:00")'), ('@"P1D"', 'duration("P1D")'),
        ('@"2026-03-01T10:30:00Z"', 'date and time("2026-03-01T10:30:00Z")'), ('@"P1Y"', 'duration("P1Y")'),
        ('{"a b": 1}', '{"a b": 1}'), ("{a: 1, b: a + 1}", "{a: 1, b: 2}"), ("[1..3]", "[1..3]"), ("]1..3[", "(1..3)"),
        ("< 5", "(< 5)"), ("[< 5, >= 6]", "[(< 5), (>= 6)]"), ("5 in {a: < 9}.a", "true"),
    ],
)  # fmt: skip
def test_literals(same, text, value):
    same(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\n\t\r"', "\n\t\r"), (r'"\"\\\'"', "\"\\'"), (r'"\u00e4"', "ä"), (r'"\uD83D\uDC0E"', "🐎"), (r'"\U01F40E"', "🐎"),
        (r'"\d"', r"\d"), ('"a\nb"', "a\nb"), (r'"\u12"', r"\u12"),
    ],
)  # fmt: skip
def test_escapes_in_texts(feel, text, value):
    assert feel(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("2 * 3 ** 2", "18"), ("2 ** 3 ** 2", "64"), ("-2 ** 2", "4"),
        ("10 - 4 - 3", "3"),
        ("100 / 10 / 2", "5"), ("1 + 1 = 2 and 2 > 1", "true"), ("true or false and false", "true"), ("1 < 2 = true", "true"),
        ("-[1, 2][1]", "-1"), ("- {a: 3}.a", "-3"), ("--1", "1"), ("1 - -1", "2"), ("2 in [1..3] and true", "true"),
        ("5 between 1 and 9 and true", "true"), ("if true then 1 else 2 + 10", "1"), ("1 + if true then 1 else 2", "2"),
        ("for x in [1] return x + 1", "[2]"), ("some x in [1, 2] satisfies x = 2 and true", "true"),
        ("-1 instance of number", "true"),
        ("[1, 2, 3][item > 1][1]", "2"), ("{f: function(a) {b: a}}.f(3).b", "3"), ("(function(a, b) a - b)(5, 3)", "2"),
        ("not(true) or true", "true"), ("5 * 2 instance of number", "null"),
    ],
)  # fmt: skip
def test_precedence(same, text, value):
    same(text, value)


@pytest.mark.parametrize(
    "text",
    [
        "1 // eins\n+ 1",
        "1 /* eins\n und noch */ + 1",
        "/**/ 2",
        "// nur eins\n2 // zwei",
        "2/* // */",
        "1+1 // ohne Zeilenende",
    ],
)
def test_comments_are_passed_over(same, text):
    same(text, "2")


def test_a_string_keeps_what_looks_like_a_comment(feel):
    assert feel('"a // b /* c */"') == "a // b /* c */"


@pytest.mark.parametrize("blank", ["\t", "\u00a0", "\u2003", "\u3000", "\r\n", "\u0085"])
def test_blanks_of_all_kinds_separate(same, blank):
    same(f"1{blank}+{blank}1", "2")


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, 1), ("   ", 1, 4), ("1 +", 1, 4), ("(1", 1, 3), ("1)", 1, 2), ("[1, 2", 1, 6), ('"abc', 1, 1),
        ("1\n+ * 2", 2, 3),
        ("a = = 1", 1, 5), ("a == 1", 1, 4), ("if a then 1", 1, 12), ("for x return x", 1, 7), ("{a 1}", 1, 5), ("{: 1}", 1, 2),
        ("1 2", 1, 3), ("function(a, a) a", 1, 1), ("{a: 1, a: 2}", 1, 8), ("f(a: 1, 2)", 1, 9), ("x instance of", 1, 14),
        ("@2026", 1, 2), ("/* offen", 1, 1), ("1 +\n\n  §", 3, 3), ("[1..2", 1, 6), ("some x satisfies x", 1, 8), ("a.", 1, 3),
        ("f(1", 1, 4), ("]1]", 1, 3), ("1e99999", 1, 1), ("then", 1, 1),
    ],
)  # fmt: skip
def test_syntax_errors_point_at_the_place(text, line, column):
    with pytest.raises(FeelSyntaxError) as caught:
        engine.feel.compile_expression(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert f"Zeile {line}, Spalte {column}" in str(caught.value)
    assert caught.value.causes[0].line == line


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("„a“", '"'), ("a ≤ 1", "<="), ("a ≥ 1", ">="), ("a ≠ 1", "!="), ("1 – 2", "-"), ("2 × 3", "*"), ("a && b", "and"),
        ("a || b", "or"), ("!a", "not"), ("a; b", ","), ("a == 1", "einzelnen ="),
    ],
)  # fmt: skip
def test_typical_slips_get_a_hint(text, hint):
    with pytest.raises(FeelSyntaxError) as caught:
        engine.feel.compile_expression(text)
    assert hint in caught.value.hint


@pytest.mark.parametrize("hidden", ["\u200b", "\ufeff", "\u202e", "\u2066", "\u00ad", "\u180e", "\u2060", "a\u200db", "\x00"])
def test_invisible_characters_are_refused_by_name(hidden):
    with pytest.raises(FeelSyntaxError) as caught:
        engine.feel.compile_expression(f"a{hidden} = 1")
    assert "U+" in caught.value.message
    assert "unsichtbar" in caught.value.hint


def test_invisible_characters_in_texts_stay(feel):
    assert feel('"a\u200bb"') == "a\u200bb"


@pytest.mark.parametrize(
    "name", ["ä", "straße", "Grüße", "名前", "🐎", "👨\u200d👩\u200d👧", "_a", "?", "a1", "été", "a\u0301"]
)
def test_names_of_all_scripts(feel, name):
    assert feel(name, {name: "da"}) == "da"
    assert feel(f"{{{name}: 1}}.{name}") == 1


def test_look_alike_letters_are_another_name_and_the_warning_says_so(null):
    warning = null("\u0430rt", {"art": "Eiche"})  # the first letter is Cyrillic
    assert "sieht aus wie „art“" in warning


def test_an_error_is_one_of_the_house():
    from engine.base.errors import Invalid

    assert issubclass(FeelSyntaxError, Invalid)


@pytest.mark.parametrize(
    "text", [r'"\ud800"', r'"\udc00\ud800"', r'"\U00D800"', '"\ud800"', r'@"\ud800"', r'{"\ud800": 1}', "\ud800"]
)
def test_half_a_character_is_no_text(text):
    with pytest.raises(FeelSyntaxError):
        engine.feel.evaluate(text, {})
