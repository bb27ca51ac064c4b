"""How fast FEEL and DMN are: conditions, loops, decision tables, compiling, importing.

Where a figure is a comparison, both sides run interleaved in one process; figures are medians, and ratios medians of ratios.
Run: `python -m bench.feel`.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import engine.feel
from bench._measure import interleaved, ratio, verdict
from engine.feel.dmn.model import Decision
from engine.feel.dmn.project import Project
from engine.feel.dmn.reading import read
from engine.feel.values.numbers import CONTEXT

CONDITION = (
    'umfang > 80 and art = "Eiche" and hoehe < 30 and alter >= 20 and abstand != 3 and zustand = "gut" and anzahl <= 10 and '
    "flur > 1 and flurstueck > 2 and krone > 3 and staemme = 4 and neigung < 9"
)
VALUES: dict[str, Any] = {
    "umfang": Decimal(210), "art": "Eiche", "hoehe": Decimal(18), "alter": Decimal(60), "abstand": Decimal(5), "zustand": "gut",
    "anzahl": Decimal(3), "flur": Decimal(2), "flurstueck": Decimal(77), "krone": Decimal(9), "staemme": Decimal(4),
    "neigung": Decimal(1),
}  # fmt: skip
ITEMS = [Decimal(n) / 4 for n in range(1000)]
CALLS = 2_000
ROOT = Path(__file__).parents[1]


def _in_python(v: dict[str, Any]) -> bool:
    """The same condition in plain Python on Decimal, for comparison."""
    return (
        v["umfang"] > Decimal(80) and v["art"] == "Eiche" and v["hoehe"] < Decimal(30) and v["alter"] >= Decimal(20)
        and v["abstand"] != Decimal(3) and v["zustand"] == "gut" and v["anzahl"] <= Decimal(10) and v["flur"] > Decimal(1)
        and v["flurstueck"] > Decimal(2) and v["krone"] > Decimal(3) and v["staemme"] == Decimal(4)
        and v["neigung"] < Decimal(9)
    )  # fmt: skip


def table(rules: int = 100) -> bytes:
    """A decision table of so many rules and five conditions, kinds and forms of cells mixed."""
    arten = ("Eiche", "Buche", "Linde", "Birke", "Esche")
    columns = ("umfang", "art", "hoehe", "privat", "tag")
    head = "".join(f"<input><inputExpression><text>{name}</text></inputExpression></input>" for name in columns)
    head += '<output name="gebuehr" typeRef="number"/><output name="grund" typeRef="string"/>'
    body = ""
    for number in range(rules):
        low, high = number // 10 * 30, number // 10 * 30 + 30
        cells = (
            f"[{low}..{high})", f'"{arten[number % 5]}"', "&lt; 15" if number // 5 % 2 else "&gt;= 15", "-",
            'not([@"2026-03-01"..@"2026-09-30"])' if number % 3 else "-",
        )  # fmt: skip
        body += f'<rule id="r{number}">' + "".join(f"<inputEntry><text>{cell}</text></inputEntry>" for cell in cells)
        body += f"<outputEntry><text>{number} * 2.5</text></outputEntry>"
        body += f'<outputEntry><text>"Regel {number}"</text></outputEntry></rule>'
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="m" namespace="urn:bench"><decision id="d" '
        f'name="Gebühr"><decisionTable hitPolicy="FIRST">{head}{body}</decisionTable></decision></definitions>'
    ).encode()


def _repeat(act: Callable[[], object], times: int) -> Callable[[], None]:
    def repeated() -> None:
        for _ in range(times):
            act()

    return repeated


def conditions() -> list[str]:
    """Compiled conditions a second, beside the same in Python."""
    expression = engine.feel.compile_expression(CONDITION)
    assert expression.evaluate(VALUES) is True
    assert _in_python(VALUES)
    sides: dict[str, Callable[[], object]] = {
        "feel": _repeat(lambda: expression.evaluate(VALUES), CALLS),
        "text": _repeat(lambda: engine.feel.evaluate(CONDITION, VALUES), CALLS),
        "python": _repeat(lambda: _in_python(VALUES), CALLS),
    }
    found = interleaved(sides, rounds=30)
    rate = CALLS / statistics.median(found["feel"])
    return [
        f"Bedingung mit 12 Variablen: {rate / 1000:.0f} Tsd./s (mindestens 80, Ziel 200) {_kept(rate >= 80_000)}",
        f"  dieselbe als Text ausgewertet: {CALLS / statistics.median(found['text']) / 1000:.0f} Tsd./s",
        f"  zu reinem Python auf Decimal: {ratio(found['feel'], found['python']):.2f}-fach",
    ]


def loops() -> list[str]:
    """for and sum over 1,000 items beside a comprehension on Decimal."""
    lines = []
    two, one = Decimal(2), Decimal(1)
    cases: dict[str, tuple[str, Callable[[], object]]] = {
        "for": ("for x in items return x * 2 + 1", lambda: [CONTEXT.add(CONTEXT.multiply(x, two), one) for x in ITEMS]),
        "sum": ("sum(items)", lambda: sum(ITEMS, Decimal(0))),
        "sum(for …)": ("sum(for x in items return x * 2)", lambda: sum([CONTEXT.multiply(x, two) for x in ITEMS], Decimal(0))),
        "Filter": ("items[item > 100]", lambda: [x for x in ITEMS if x > Decimal(100)]),
    }
    for name, (text, plain) in cases.items():
        expression = engine.feel.compile_expression(text)
        context = {"items": ITEMS}
        assert expression.evaluate(context) == plain()
        found = interleaved({"feel": partial(expression.evaluate, context), "python": plain}, rounds=60)
        lines.append(verdict(ratio(found["feel"], found["python"]), 5, f"{name} über 1.000 Werte, zu Python"))
    return lines


def tables() -> list[str]:
    """Decisions a second with a table of 100 rules and five inputs, and the time to compile one."""
    content = table()
    contexts = [
        {
            "umfang": Decimal(n * 7 % 300), "art": ("Eiche", "Buche", "Linde")[n % 3], "hoehe": Decimal(n % 30),
            "privat": n % 2 == 0, "tag": engine.feel.evaluate(f'@"2026-{n % 12 + 1:02d}-15"', {}),
        }
        for n in range(100)
    ]  # fmt: skip
    assert any(engine.feel.decide(content, "Gebühr", context) for context in contexts)

    def all_contexts() -> None:
        for context in contexts:
            engine.feel.decide(content, "Gebühr", context)

    def compiled() -> None:
        unit = Project([read(content)]).units[0]
        for element in unit.model.elements.values():
            assert isinstance(element, Decision)
            unit.logic(element)

    found = interleaved({"decide": all_contexts, "compile": compiled}, rounds=15)
    rate = len(contexts) / statistics.median(found["decide"])
    return [
        f"Tabelle mit 100 Regeln × 5 Eingaben: {rate / 1000:.1f} Tsd./s (mindestens 5, Ziel 20) {_kept(rate >= 5000)}",
        verdict(statistics.median(found["compile"]) * 1000, 20, "Tabelle mit 100 Regeln lesen und übersetzen, in ms"),
    ]


_IMPORT = "import time; t = time.perf_counter(); import engine.feel; print((time.perf_counter() - t) * 1000)"
_NOTHING = (
    "import time; t = time.perf_counter(); import decimal, dataclasses, zoneinfo; print((time.perf_counter() - t) * 1000)"
)
_MEMORY = (
    "def size(): return int(next(line for line in open('/proc/self/status') if line.startswith('VmRSS')).split()[1])\n"
    "before = size()\nimport engine.feel\nprint((size() - before) / 1024)"
)


def _asked(script: str, times: int) -> list[float]:
    """What a script prints, in fresh interpreters."""
    command = [sys.executable, "-c", script]
    return [float(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout) for _ in range(times)]


def imports() -> list[str]:
    """Time and memory to import FEEL in a fresh interpreter."""
    times, standard = [], []
    for _ in range(9):
        times += _asked(_IMPORT, 1)
        standard += _asked(_NOTHING, 1)
    return [
        verdict(statistics.median(times), 60, "import engine.feel, in ms"),
        f"  davon Standardbibliothek: {statistics.median(standard):.0f} ms",
        verdict(statistics.median(_asked(_MEMORY, 3)), 20, "Speicher von engine.feel, in MB"),
    ]


def _kept(good: bool) -> str:
    return "gehalten" if good else "VERFEHLT"


def main() -> None:
    for part in (conditions, loops, tables, imports):
        for line in part():
            print(line)


if __name__ == "__main__":
    main()
