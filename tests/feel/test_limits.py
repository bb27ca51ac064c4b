"""Bad input: refused or null with a warning, within 50 ms of work and 64 MB."""

import subprocess
import sys
import time

import pytest

import engine.feel
from engine.base.errors import Problem

TRAPS = {
    "18 round brackets": "(" * 18 + "1" + ")" * 18,
    "18 square brackets": "[" * 18 + "1" + "]" * 18,
    "18 negations": "not(" * 18 + "true" + ")" * 18,
    "10,000 open brackets": "(" * 10_000,
    "10,000 open contexts": "{a:" * 3_000,
    "10,000 minus signs": "-" * 10_000 + "1",
    "10,000 ifs": "if a then " * 1_000,
    "nested ifs": "if (" * 1_000,
    "chained comparisons": "1" + "=1" * 5_000,
    "chained paths": "a" + ".b" * 5_000,
    "chained filters": "a" + "[1]" * 3_000,
    "chained calls": "a" + "()" * 3_000,
    "chained in": "1" + " in 1" * 2_000,
    "long name": "a " * 5_000,
    "long list": "[" + "1," * 4_999 + "1]",
    "many strings": '"" + ' * 2_000 + '""',
    "open comment": "/*" * 5_000,
    "open string": '"' + "a" * 9_998,
    "digits": "1" * 10_000,
    "dots": "." * 10_000,
    "ranges in ranges": "[" * 70 + "1..2" + "]" * 70,
    "1 MB": "1" + "+1" * 500_000,
    "1 MB of blanks": " " * 1_000_000,
    "1 MB of comment": "1 /*" + "/*" * 500_000,
    "a million turns": "for i in 1..1000000 return i",
    "a million million turns": "for i in 1..1000000000000 return i",
    "turns in turns": "for i in 1..1000, j in 1..1000 return i * j",
    "turns by list": "for i in l, j in l, k in l return i",
    "days without end": 'for d in @"0001-01-01"..@"9999-12-31" return d',
    "some in turns": "some i in 1..1000, j in 1..1000 satisfies i = -j",
    "filter in turns": "for i in 1..1000 return l[item > i]",
    "exponent": "9 ** 9 ** 9 ** 9",
    "large literal": "1e999999",
    "large product": "for i in 1..1000 return 9e6000 * i",
    "many powers": "for i in 1..50000 return 1.0000001 ** 12345.678",
    "many exponentials": "for i in 1..50000 return exp(i / 100)",
    "text growth": 'for i in 1..100 return if i = 1 then "aaaaaaaaaa" else partial[-1] + partial[-1]',
    "text growth by join": "string join(for i in 1..10000 return s)",
    "text growth by replace": 'replace(s, "a", s)',
    "text growth by number": "for i in 1..10000 return string(1e6144)",
    "texts of texts": "for i in 1..50000 return substring(s, 2)",
    "list growth": "for i in 1..100 return if i = 1 then [1] else concatenate(partial[-1], partial[-1])",
    "shared growth": "for i in 1..60 return if i = 1 then [1] else [partial[-1], partial[-1]]",
    "shared growth as text": "string((for i in 1..60 return if i = 1 then [1] else [partial[-1], partial[-1]])[60])",
    "shared growth flattened": "flatten((for i in 1..60 return if i = 1 then [1] else [partial[-1], partial[-1]])[60])",
    "shared growth compared": "{a: (for i in 1..60 return if i = 1 then [1] else [partial[-1], partial[-1]])[60], b: a = a}.b",
    "depth": "for i in 1..5000 return [partial[-1]]",
    "partial in partial": "for i in 1..5000 return partial",
    "recursion": "{f: function(n) f(n + 1), r: f(1)}.r",
    "doubling recursion": "{f: function(n) if n < 2 then n else f(n - 1) + f(n - 2), r: f(30)}.r",
    "self application": "(function(f) f(f))(function(f) f(f))",
    "sort by function": "sort(for i in 1..5000 return modulo(i * 7919, 10007), function(x, y) x < y)",
    "distinct lists": "distinct values(for i in 1..5000 return [i])",
    "search in turns": "for i in 1..1000 return index of(l, i)",
    "statistics in turns": "for i in 1..1000 return stddev(l)",
    "nested quantifiers": 'matches(s, "(a+)+$")',
    "nested stars": 'matches(s, "(.*a){25}")',
    "nested counts": 'matches(s, "((a{1,100}){1,100}){1,100}")',
    "alternatives": 'matches(s, "(a|a|aa)+$")',
    "replace with quantifiers": 'replace(s, "(x+x+)+y", "z")',
    "split everywhere": 'split(s + s + s, "a")',
    "many patterns": 'for i in 1..1000 return matches("a", "a{" + string(i) + "}b")',
    "long pattern": "matches(s, s)",
}
CONTEXT = {"s": "a" * 10_000 + "b", "l": list(range(1_000)), "a": None}


def cost(text):
    """The processor's time for reading and evaluating a text, the better of two."""
    best = 1.0
    for _ in range(2):
        started = time.process_time()
        try:
            result = engine.feel.evaluate_with_warnings(text + " ", CONTEXT)
            assert result.value is not None or result.warnings
        except Problem:
            pass
        best = min(best, time.process_time() - started)
    return best


@pytest.mark.serial
@pytest.mark.parametrize("trap", TRAPS)
def test_traps_cost_at_most_50_ms(trap):
    engine.feel.evaluate('matches("a", "a")', {})
    assert cost(TRAPS[trap]) <= 0.05


@pytest.mark.parametrize(
    "trap",
    [
        "a million turns", "a million million turns", "turns in turns", "turns by list", "text growth", "list growth",
        "shared growth", "depth", "recursion", "doubling recursion",
        "self application", "many powers", "texts of texts", "text growth by join", "partial in partial", "split everywhere",
        "text growth by number",
    ],
)  # fmt: skip
def test_what_asks_too_much_is_null_and_the_warning_names_the_limit(trap):
    result = engine.feel.evaluate_with_warnings(TRAPS[trap], CONTEXT)
    assert result.value is None
    assert any(word in result.warnings[-1] for word in ("Schritte", "tiefer", "länger", "mehr als"))


@pytest.mark.parametrize(
    "trap",
    [
        "10,000 open brackets",
        "nested ifs",
        "chained paths",
        "chained comparisons",
        "1 MB",
        "large literal",
        "long list",
        "open comment",
        "open string",
    ],
)
def test_what_is_too_long_or_too_deep_is_refused_with_its_place(trap):
    with pytest.raises(engine.feel.FeelSyntaxError) as caught:
        engine.feel.evaluate(TRAPS[trap], CONTEXT)
    assert caught.value.line >= 1
    assert caught.value.column >= 1


def test_eighteen_brackets_take_less_than_a_millisecond():
    text = "(" * 18 + "1" + ")" * 18
    engine.feel.evaluate("1", {})
    times = []
    for n in range(5):
        started = time.process_time()
        assert engine.feel.evaluate(text + " " * (n + 1), {}) == 1
        times.append(time.process_time() - started)
    assert min(times) <= 0.001


def test_reading_is_linear_in_the_length():
    def seconds(size):
        text = " and ".join(f"a{n} > {n}" for n in range(size))
        started = time.process_time()
        engine.feel.compile_expression(text)
        return time.process_time() - started

    seconds(10)
    small, large = min(seconds(100 + n) for n in range(3)), min(seconds(1000 + n) for n in range(3))
    assert large <= 30 * small


def test_all_traps_together_stay_within_64_mb():
    """In a process of its own, whose memory may grow by 64 MB over what Python and FEEL need."""
    script = (
        "import sys, resource, engine.feel\n"
        "sys.path.insert(0, 'tests/feel')\n"
        "import importlib.util as u\n"
        "spec = u.spec_from_file_location('traps', 'tests/feel/test_limits.py')\n"
        "m = u.module_from_spec(spec); spec.loader.exec_module(m)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (before * 1024 + (64 << 20) + (48 << 20), -1))\n"
        "for text in m.TRAPS.values():\n"
        "    try: engine.feel.evaluate(text, m.CONTEXT)\n"
        "    except m.Problem: pass\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(done.stdout) <= 64
