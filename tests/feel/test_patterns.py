"""Regular expressions: XPath's, run by RE2."""

import pytest

import engine.feel


@pytest.mark.parametrize(
    ("text", "pattern", "flags", "value"),
    [
        ("abracadabra", "bra", "", True), ("abracadabra", "^a.*a$", "", True), ("abracadabra", "^bra", "", False),
        ("foobar", "^Fo*b", "i", True),
        ("a\nb", "a.b", "", False), ("a\nb", "a.b", "s", True), ("a\nb", "^b$", "m", True), ("a\nb", "^b$", "", False),
        ("helloworld", "hello world", "x", True),
        ("hello world", "hello[ ]world", "x", True), ("25813", r"^\d{5}$", "", True), ("٣", r"^\d$", "", True),
        ("ä", r"^\w$", "", True), ("-", r"^\w$", "", False),
        ("a b", r"a\sb", "", True), ("x", "[a-z-[aeiou]]", "", True), ("e", "^[a-z-[aeiou]]$", "", False),
        ("b", "^[^a-z-[aeiou]]$", "", False), ("É", r"^\p{Lu}$", "", True),
        ("a", r"^\P{Lu}$", "", True), ("ä", r"^\p{IsLatin-1Supplement}$", "", True),
        ("a", r"^\P{IsLatin-1Supplement}$", "", True), ("a.b", r"a\.b", "", True), ("axb", r"a\.b", "", False),
        ("_a:1", r"^\i\c*$", "", True), ("^", r"[\^]", "", True), ("-", "^[a-]$", "", True), ("&&", "^[&]+$", "", True),
        ("", "^$", "", True), ("\\", r"\\", "", True), ("é", "É", "i", True),
        ("aXb", "a[^x]b", "", True), ("ab", "(?:a)(b)", "", True), ("]", r"[\]]", "", True), ("a\tb", r"[\t]", "", True),
    ],
)  # fmt: skip
def test_matches(feel, text, pattern, flags, value):
    assert feel("matches(t, p, f)", {"t": text, "p": pattern, "f": flags}) is value


@pytest.mark.parametrize(
    ("text", "pattern", "replacement", "value"),
    [
        ("abracadabra", "bra", "*", "a*cada*"), ("abracadabra", "a.*a", "*", "*"), ("abracadabra", "a.*?a", "*", "*c*bra"),
        ("abracadabra", "a", "", "brcdbr"),
        ("abracadabra", "a(.)", "a$1$1", "abbraccaddabbra"), ("AAAA", "A+", "b", "b"), ("AAAA", "A+?", "b", "bbbb"),
        ("darted", "^(.*?)d(.*)$", "$1c$2", "carted"),
        ("a", "(a)", "$12", "a2"), ("a", "a", "[$0]", "[a]"), ("a", "a", r"\$", "$"), ("a", "a", r"\\", "\\"),
        ("a", "(a)|(b)", "<$1|$2>", "<a|>"), ("äöü", "ö", "🐎", "ä🐎ü"),
        ("abc", "(b)", "$10", "ab0c"), ("abc", "x", "y", "abc"), ("abc", "(b)", "$2", "ac"),
    ],
)  # fmt: skip
def test_replace(feel, text, pattern, replacement, value):
    assert feel("replace(t, p, r)", {"t": text, "p": pattern, "r": replacement}) == value


def test_replace_with_flags(feel):
    assert feel('replace("aBc", "b", "x", "i")') == "axc"
    assert feel('replace("ab", "a b", "x", "x")') == "x"


@pytest.mark.parametrize(
    "text",
    [
        'matches("a", "[")', 'matches("a", "(")', 'matches("a", "*")', 'matches("aa", "(a)\\\\1")', 'matches("a", "(?=a)")',
        'matches("a", "(?i)a")', 'matches("a", "\\\\b")',
        'matches("a", "a", "q")', 'matches("a", "a", 1)', "matches(1, \"a\")", 'matches("a", null)',
        'matches("a", "\\\\p{Nix}")', 'matches("a", "\\\\p")', 'matches("a", "a{2,1}")',
        'replace("a", "a", "$")', 'replace("a", "a", "\\\\x")', 'replace("a", "a", "\\\\")', 'replace("abc", "b*", "x")',
        'split("abc", "x*")', 'matches("a", "[a-[b]c]")', 'matches("a", "[[]")',
        'matches("a", "[a-z-[\\\\d]]")', 'matches("a", "a\\\\")', 'matches("a", "[z-a-[b]]")',
    ],
)  # fmt: skip
def test_patterns_that_xpath_or_re2_does_not_know_are_null_with_a_warning(null, text):
    null(text)


def test_a_class_from_which_everything_is_taken_matches_nothing(feel):
    assert feel('matches("a", "[a-[a]]")') is False


@pytest.mark.parametrize(
    "text", ['matches(x, "a")', 'matches("a", x)', 'replace(x, "a", "b")', 'split(x, "a")', "matches(input: x, pattern: x)"]
)
def test_half_a_character_from_outside_is_null_with_a_warning(text):
    result = engine.feel.evaluate_with_warnings(text, {"x": "\ud800"})
    assert result.value is None
    assert result.warnings
