"""The figures of runs as a table, and where it is written down."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from web.twins.stoerung import KINDS

BEGIN, END = "<!-- measured by make faults: begin -->", "<!-- measured by make faults: end -->"
ZERO = (
    "lost applications", "doubled applications", "lost completions", "doubled completions", "lost messages", "doubled effects",
    "lost effects", "timers early", "timers twice", "silent waits", "answers 500", "verify", "faults that could not be made",
)  # fmt: skip
COUNTED = (
    ("requests ok / refused / unknown", lambda c: f"{c['ok']} / {c['refused']} / {c['unknown']}"),
    ("applications answered with 2xx", lambda c: c["applications"]),
    ("completions confirmed", lambda c: c["completions"]),
    ("cases, of them ended", lambda c: f"{c['cases']}, {c['cases ended']}"),
    ("cases begun by messages, signals heard", lambda c: f"{c['begun by messages']}, {c['signals heard']}"),
    ("outside, a key is honoured: messages, entries", lambda c: f"{c['effects: message']}, {c['effects: entry']}"),
    ("outside, can be asked: sheets; once only: postage", lambda c: f"{c['effects: sheet']}, {c['effects: postage']}"),
    ("letters set", lambda c: c["effects: document"]),
    (
        "outside misbehaved: 5xx, 429, slow, reset, lost, half, wrong, endless",
        lambda c: ", ".join(str(c[f"misbehaved: {kind}"]) for kind in KINDS),
    ),
    ("timers fired", lambda c: c["timers"]),
    ("incidents for people", lambda c: c["incidents"]),
)


def of(results: Sequence[Any]) -> str:
    """A Markdown table, a column for each run; after it what was found and noted."""
    head = [f"{result.dialect}, seed {result.seed}" for result in results]
    rows = [["faults", *(str(len(result.names)) for result in results)]]
    rows += [[name, *(str(count(result.found.counts)) for result in results)] for name, count in COUNTED]
    rows += [[name, *(str(len(result.found.breaches.get(name, ()))) for result in results)] for name in ZERO]
    for told, name in (
        ("work goes on after a kill, p99 (allowed 30 s)", "kills"),
        ("work goes on after Redis, p99 (allowed 60 s)", "redis"),
        ("what dead workers held is taken up, p99 (allowed 30 s)", "in_hand"),
    ):
        rows.append([told, *(seconds([took.seconds for took in getattr(result.recovered, name)]) for result in results)])
    rows.append(["drained in / whole run", *(f"{result.drained_s:.0f} s / {result.seconds:.0f} s" for result in results)])
    lines = [_row(["", *head]), _row(["---"] * (len(head) + 1)), *map(_row, rows), ""]
    for result in results:
        lines += [f"* {result.dialect}, seed {result.seed}: {note}" for note in result.notes]
        lines += [
            f"* {result.dialect}, seed {result.seed}: {kind}: {' '.join(sentence.split())[:600]}"
            for kind, sentences in result.found.breaches.items()
            for sentence in sentences[:5]
        ]
    return "\n".join(lines) + "\n"


def seconds(measured: Sequence[float]) -> str:
    """The 99th percentile (with fewer than a hundred: the longest) and how many were measured."""
    if not measured:
        return "–"
    at = math.ceil(0.99 * len(measured)) - 1
    return f"{sorted(measured)[at]:.1f} s of {len(measured)}"


def write(path: Path, text: str) -> None:
    """Put the table between the markers of a page."""
    page = path.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    measured = f"{dt.datetime.now(dt.UTC):%Y-%m-%d} with `make faults`"
    path.write_text(f"{before}{BEGIN}\nMeasured on {measured}.\n\n{text}{END}{after}", encoding="utf-8")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
