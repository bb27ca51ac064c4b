"""A run: drivers send, faults strike one after the other, everything drains, the checker compares.

python -m tests.faults.run                           both databases, all faults; `make faults` writes down the table
python -m tests.faults.run --short --seed 7          a part of them: a stage of `make test`
python -m tests.faults.run --only tick --seed 3      faults with that word in their name
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults import table
from tests.faults.catalogue import Named, chosen
from tests.faults.checker import Findings, check, quiet
from tests.faults.faults import Fault
from tests.faults.place import Place
from tests.faults.recovery import Recovered

DRIVERS = 3
DRAINS_WITHIN_S = 240.0
RESUMES_WITHIN_S, REDIS_WITHIN_S = 30, 60
KILLS = 30
"""A percentile needs so many."""
MUST_HAVE_BEEN = (
    "applications", "completions", "timers", "effects: message", "effects: entry", "effects: sheet", "effects: document",
)  # fmt: skip
"""Nothing was shown by a run in which one of these never was."""


@dataclass
class Result:
    """What a run gave."""

    dialect: str
    seed: int
    names: list[str]
    whole: bool = False
    seconds: float = 0.0
    drained_s: float = 0.0
    found: Findings = field(default_factory=Findings)
    recovered: Recovered = field(default_factory=Recovered)
    notes: list[str] = field(default_factory=list)


def run(
    dialect: str, seed: int, *, short: bool, only: Sequence[str] = (), skip: Sequence[str] = (), timers: int = 10_000
) -> Result:
    """One run; everything it started is gone afterwards. The folder stays if something was found."""
    named = [fault for fault in chosen(dialect, short) if not only or any(word in fault.name for word in only)]
    named = [fault for fault in named if not any(word in fault.name for word in skip)]
    folder = Path(tempfile.mkdtemp(prefix="amtsweg-faults-run-"))
    folder.chmod(0o755)
    place = Place(folder, seed, dialect, reconcile_s=2 if short else 15, timers=timers)
    result = Result(dialect, seed, [fault.name for fault in named], whole=not (short or only or skip))
    began = time.monotonic()
    mounted = not short and _mounted(place.home)
    try:
        place.begin()
        sys.stderr.write(f"  {dialect} {seed}  {time.monotonic() - began:5.1f} s  begun\n")
        _under_load(place, named, result, 0.5 if short else 1.0, mounted)
        result.drained_s = _drained(place, result)
        check(place, result.found)
    finally:
        place.end()
        if mounted:
            subprocess.run(["umount", "-l", str(place.home)], check=False)
    result.seconds = time.monotonic() - began
    if result.found.breaches:
        result.notes.append(f"the run lies in {folder}")
    else:
        place.clear()
    return result


def _mounted(home: Path) -> bool:
    """A small disk of its own for the data, where that is allowed."""
    home.mkdir(parents=True)
    words = ["mount", "-t", "tmpfs", "-o", "size=800m,mode=755", "tmpfs", str(home)]
    return subprocess.run(words, check=False, capture_output=True).returncode == 0


def _under_load(place: Place, named: Sequence[Named], result: Result, pause_s: float, mounted: bool) -> None:
    (place.folder / "town.json").write_text(json.dumps({"url": place.url, "kommunen": place.kommunen}))
    drivers = [
        place.spawn(
            sys.executable, "-m", "tests.faults.driver", str(place.folder), f"d{number}", str(result.seed * 100 + number)
        )
        for number in range(DRIVERS)
    ]
    place.others += drivers
    time.sleep(2)
    for each in named:
        if each.name == "disk full" and not mounted:
            result.notes.append("disk full left out: no tmpfs may be mounted here")
            continue
        _strike(place, each, result)
        time.sleep(pause_s)
    (place.folder / "stop").touch()
    for driver in drivers:
        if driver.wait(90):
            result.found.breach("faults that could not be made", f"a driver ended with {driver.returncode}")
        place.others.remove(driver)


def _strike(place: Place, each: Named, result: Result) -> None:
    began, recovered = time.monotonic(), result.recovered
    before = [*recovered.kills, *recovered.redis]
    fault = Fault(place, random.Random(f"{result.seed} {each.name}"), result.recovered, result.notes.append)
    try:
        each.act(fault)
    except Exception:
        result.found.breach("faults that could not be made", f"{each.name}: {traceback.format_exc()}")
    fresh = [took for took in [*recovered.kills, *recovered.redis] if took not in before]
    took = ", ".join(f"{took.seconds:.1f}" for took in fresh)
    goes_on = f"   (work goes on after {took} s)" if took else ""
    sys.stderr.write(f"  {result.dialect} {result.seed}  {time.monotonic() - began:5.1f} s  {each.name}{goes_on}\n")


def _drained(place: Place, result: Result) -> float:
    """All faults off; seconds until nothing is left to do. What is left then, the checker finds."""
    place.trouble("")
    place.clock(0)
    if place.postgres is not None:
        place.postgres.wire.heal()
    began = time.monotonic()
    result.recovered.join()
    while time.monotonic() - began < DRAINS_WITHIN_S:
        if quiet(place):
            time.sleep(1)
            if quiet(place):
                break
        time.sleep(0.5)
    return time.monotonic() - began


def falls_short(result: Result) -> list[str]:
    """What a run has not shown: breaches, work that took too long to resume, or nothing at all."""
    recovered, counts = result.recovered, result.found.counts
    short = [f"{kind}: {one}" for kind, sentences in result.found.breaches.items() for one in sentences]
    for tooks, within in (
        (recovered.kills, RESUMES_WITHIN_S), (recovered.redis, REDIS_WITHIN_S), (recovered.in_hand, RESUMES_WITHIN_S)
    ):  # fmt: skip
        short += [f"work went on {took.seconds:.0f} s after: {took.what}" for took in tooks if took.seconds > within]
    short += [f"no {name}" for name in MUST_HAVE_BEEN if not counts[name]]
    if result.whole:
        short += [f"nobody outside misbehaved so: {kind}" for kind in table.KINDS if not counts[f"misbehaved: {kind}"]]
        short += [f"only {len(recovered.kills)} kills measured"] if len(recovered.kills) < KILLS else []
    return short


def main() -> int:
    """Run, print the table, write it down; 1 if a run falls short of what is promised."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--seed", type=int, action="append")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--skip", action="append", default=[])
    parser.add_argument("--timers", type=int, default=10_000)
    parser.add_argument("--write", type=Path)
    told = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing is left running
    results = [
        run(dialect, seed, short=told.short, only=told.only, skip=told.skip, timers=told.timers)
        for dialect in told.database or ("sqlite", "postgresql")
        for seed in told.seed or (1,)
    ]
    text = table.of(results)
    sys.stdout.write(text)
    if told.write:
        table.write(told.write, text)
    short = [f"{result.dialect}, seed {result.seed}: {what}\n" for result in results for what in falls_short(result)]
    sys.stdout.writelines(short)
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
