"""Many municipalities in one installation: what each costs, and whether one disturbs the others.

    settle        makes them: one by the product, the others copies of it
    upgrade       `amtsweg kommune upgrade` when nothing is to be done, and with a migration that does nothing
    clock         its first rounds, idle ones, and what it costs when some are written to
    requests      the first to a municipality and the second, in turn; memory and connections of the web server
    idle          what runs while nobody does anything
    load          the p95 of others with and without 5 applications a second in one of them, interleaved

python -m bench.fleet                           500 on SQLite, then on a PostgreSQL server of its own, all of it
python -m bench.fleet 50 sqlite                 so many, on one of them
python -m bench.fleet 500 sqlite --in FOLDER upgrade clock
                                                parts of it, with those that were settled in FOLDER, now or before
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench._fleet import KEY, connections, first, memory_kb, processes, processor_s, server_s, settle, slugs
from bench._measure import timed, verdict
from bench._town import SECRET, server
from bench.budgets import installation, one, p95, send
from engine import migrations
from engine.base import db
from engine.base.rights import SYSTEM
from engine.verbs.kommune import Upgraded, upgrade
from engine.verbs.operate import change_setting
from web.compose import compose
from web.demo.place import free_port
from web.serve import RECONCILE_S
from web.settings import Settings
from web.tick import ROUND_S, Clock

PARTS = ("settle", "upgrade", "clock", "requests", "idle", "load")
COUNT, LEAST, CONNECTIONS, WARMUP = 500, 50, 20, 30
"""So many are asked before memory is measured: every connection that may be open is, and all code is loaded."""
ROUNDS, WRITTEN, ROUND_LIMIT_S = 30, 10, 0.3
UPGRADE_S, MEMORY_KB, COLD_MS, RATIO = 60.0, 100.0, 150.0, 1.5
RATE, PHASES, CASES, PAUSE_S = 5.0, 4, 40, 0.05
IDLE_S, ALONE_S, OTHERS = 20.0, 5.0, 10
NOTHING = 'revision = "9999"\ndown_revision = {before!r}\n\n\ndef upgrade():\n    pass\n'


def main() -> None:
    """Measure on both databases, or on the one named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("words", nargs="*")
    parser.add_argument("--in", dest="folder", type=Path)
    given = parser.parse_intermixed_args()
    count = next((int(word) for word in given.words if word.isdigit()), COUNT)
    if count < LEAST:
        parser.error(f"fewer than {LEAST} municipalities show nothing")
    kinds = [word for word in given.words if word in ("sqlite", "postgresql")] or ["sqlite", "postgresql"]
    parts = [word for word in given.words if word in PARTS] or list(PARTS)
    kept = [measure(kind, count, parts, given.folder and given.folder.absolute() / f"{kind}-{count}") for kind in kinds]
    sys.exit(0 if all(kept) else 1)


def measure(kind: str, count: int, parts: list[str], keep: Path | None) -> bool:
    """These figures on one kind of database; False if a limit was missed."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, server(kind, keep and keep / "server") as database:
        home, port = keep or Path(scratch), free_port()
        settings = Settings(home, database, port=port, secret=SECRET, plain_http=True, max_connections=CONNECTIONS)
        compose(settings)
        token = home / "token"
        if not token.exists():
            token.write_text(first())
        began = time.monotonic()
        if made := settle(count):
            print(f"{kind}: {made} Kommunen kopiert in {time.monotonic() - began:.0f} s", flush=True)
        kept = [upgrades(settings, kind, count)] if "upgrade" in parts else []
        if "clock" in parts:
            kept.append(rounds(kind, count))
        db.close()
        if not set(parts) & {"requests", "idle", "load"}:
            return all(kept)
        with installation(settings), httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as line:
            db.configure(settings.installation())
            if "requests" in parts:
                kept.append(requests(line, kind, count, token.read_text()))
            if "idle" in parts:
                idle(kind)
            if "load" in parts:
                kept.append(load(line, kind, count))
            db.close()
    return all(kept)


def upgrades(settings: Settings, kind: str, count: int) -> bool:
    """An upgrade when there is nothing to do, as it is called; and one whose migration does nothing."""
    code = "import sys; from web.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "kommune", "upgrade", "--json"]
    environment = {**os.environ, **settings.environ()}
    none = timed(lambda: subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL))  # our own
    print(verdict(none, UPGRADE_S, f"{kind}: `kommune upgrade` von {count}, nichts zu tun, s"), flush=True)
    found: list[Upgraded] = []
    with next_release():
        empty = timed(lambda: found.extend(upgrade()))
    assert len(found) == count
    assert all(one.changed for one in found), [one for one in found if not one.changed][:3]
    print(verdict(empty, UPGRADE_S, f"{kind}: `kommune upgrade` von {count}, eine leere Migration, s"), flush=True)
    return max(none, empty) <= UPGRADE_S


@contextmanager
def next_release() -> Iterator[None]:
    """The migrations as they are, and one more that does nothing. What runs afterwards is behind it, as during an upgrade."""
    now, before = migrations.VERSIONS, migrations.head("kommune")
    with tempfile.TemporaryDirectory() as folder:
        versions = shutil.copytree(now["kommune"], Path(folder) / "versions", ignore=shutil.ignore_patterns("__pycache__"))
        (versions / "9999_nothing.py").write_text(NOTHING.format(before=before))
        migrations.VERSIONS = now | {"kommune": versions}
        migrations.line.cache_clear()
        yield
    migrations.VERSIONS = now
    migrations.line.cache_clear()


def rounds(kind: str, count: int) -> bool:
    """What the clock costs: until it has been everywhere once, while nothing happens, and while some are written to."""
    if kind == "postgresql":
        alone = server_s()
        time.sleep(ALONE_S)
        share = 100 * (server_s() - alone) / ALONE_S
        print(f"{kind}: Anteil eines Kerns für den Datenbankserver, wenn ihn niemand etwas fragt: {share:.1f} %", flush=True)
    clock, began, spent = Clock(RECONCILE_S), time.monotonic(), spent_s(kind)
    clock.round(began)
    while clock.more:
        clock.round(time.monotonic())
    took = time.monotonic() - began
    print(
        f"{kind}: nach ihrem Start war die Uhr nach {took:.1f} s bei allen {count}, in {spent_s(kind) - spent:.1f} s Rechenzeit"
    )
    idle = [turn(kind, clock, 0) for _ in range(ROUNDS)][ROUNDS // 3 :]
    busy = [turn(kind, clock, WRITTEN) for _ in range(ROUNDS)][ROUNDS // 3 :]
    for name, found in (("im Leerlauf", idle), (f"wenn in {WRITTEN} Kommunen geschrieben wurde", busy)):
        share = 100 * statistics.mean(spent for _, spent in found) / ROUND_S
        print(f"{kind}: Anteil eines Kerns für die Uhr {name}: {share:.1f} %, mit dem Datenbankserver")
        print(
            verdict(p95([took for took, _ in found]), ROUND_LIMIT_S, f"{kind}: eine Runde der Uhr {name}, p95, s"), flush=True
        )
    print(verdict(db.engines().budget.open, CONNECTIONS, f"{kind}: Verbindungen der Uhr"), flush=True)
    return p95([took for took, _ in idle]) <= ROUND_LIMIT_S


def turn(kind: str, clock: Clock, writes: int) -> tuple[float, float]:
    """A round after so many municipalities were written to: how long it took, and how much processor time."""
    for slug in slugs(writes):
        with db.namespace(slug):
            change_setting("antrag.absender", ["127.0.0.0/8", f"10.0.{time.monotonic_ns() % 250}.0/24"], by=SYSTEM)
    time.sleep(ROUND_S / 2)
    spent = spent_s(kind)
    took = timed(lambda: clock.round(time.monotonic()))
    return took, spent_s(kind) - spent


def spent_s(kind: str) -> float:
    """Processor time used so far by this process, and by the database server with all that it has begun."""
    return time.process_time() + (server_s() if kind == "postgresql" else 0.0)


def requests(line: httpx.Client, kind: str, count: int, token: str) -> bool:
    """The first request to each municipality and the second; what they leave in memory and how many connections."""
    headers = {"Authorization": f"Bearer {token}"}

    def ask(slug: str) -> None:
        line.get(f"/{slug}/api/v1/vorgaenge", headers=headers).raise_for_status()

    for slug in slugs(WARMUP):
        ask(slug)
        send(line, slug, KEY)
    web = processes()["web.serve"]
    before, most, later = memory_kb(web), 0, list[float]()
    for slug in slugs(count)[WARMUP:]:
        cold = timed(lambda slug=slug: ask(slug))  # type: ignore[misc]
        later.append(1000 * (cold - timed(lambda slug=slug: ask(slug))))  # type: ignore[misc]
        if len(later) % 20 == 0:
            most = max(most, connections(web))
    each = (memory_kb(web) - before) / len(later)
    print(verdict(statistics.median(later), COLD_MS, f"{kind}: kalt länger als warm, Median, ms"))
    print(verdict(p95(later), COLD_MS, f"{kind}: kalt länger als warm, p95, ms"))
    print(verdict(each, MEMORY_KB, f"{kind}: Speicher des Webservers je benutzter Kommune, kB"))
    print(verdict(most, CONNECTIONS, f"{kind}: Verbindungen des Webservers, höchstens ({count} Kommunen)"), flush=True)
    return p95(later) <= COLD_MS and each <= MEMORY_KB and most <= CONNECTIONS


def idle(kind: str) -> None:
    """What runs when nobody does anything: processor time of each process."""
    found = processes()
    before = {module: processor_s(pids) for module, pids in found.items()}
    time.sleep(IDLE_S)
    shares = {module: (processor_s(pids) - before[module]) / IDLE_S for module, pids in found.items()}
    told = ", ".join(
        f"{module} {100 * share:.0f} % und {memory_kb(found[module]) / 1000:.0f} MB" for module, share in shares.items()
    )
    print(f"{kind}: im Leerlauf, Anteil eines Kerns und Speicher: {told}", flush=True)


def load(line: httpx.Client, kind: str, count: int) -> bool:
    """Cases of others, with and without one municipality that is applied to again and again; interleaved."""
    loud, *others = slugs(min(count, OTHERS))
    took: dict[str, dict[bool, list[float]]] = {"Antwort": {True: [], False: []}, "Vorgang": {True: [], False: []}}
    sent = 0
    for number in range(2 * PHASES):
        noise = number % 2 == 1
        with applied_to(str(line.base_url), loud if noise else None) as count_of:
            for case in range(CASES):
                answered, ended = one(line, others[case % len(others)])
                took["Antwort"][noise].append(answered)
                took["Vorgang"][noise].append(ended)
                time.sleep(PAUSE_S)
        sent += len(count_of)
    ratios = {name: p95(of[True]) / p95(of[False]) for name, of in took.items()}
    print(f"{kind}: {sent} Anträge an eine Kommune, {RATE:g} je Sekunde, während bei anderen gemessen wurde")
    for name, of in took.items():
        told = f"{kind}: {name} bei anderen, p95 {1000 * p95(of[False]):.0f} → {1000 * p95(of[True]):.0f} ms"
        print(verdict(ratios[name], RATIO, told), flush=True)
    return max(ratios.values()) <= RATIO


@contextmanager
def applied_to(url: str, slug: str | None) -> Iterator[list[int]]:
    """A municipality is sent applications at a fixed rate, whether or not it keeps up; gives what was answered."""
    ended, statuses, threads = threading.Event(), list[int](), list[threading.Thread]()

    def send_one() -> None:
        with httpx.Client(base_url=url, trust_env=False, timeout=60) as line:
            send(line, str(slug), KEY)
            statuses.append(200)

    def keep_on() -> None:
        while slug is not None and not ended.wait(1 / RATE):
            threads.append(threading.Thread(target=send_one))
            threads[-1].start()

    sender = threading.Thread(target=keep_on)
    sender.start()
    try:
        yield statuses
    finally:
        ended.set()
        sender.join()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main()
