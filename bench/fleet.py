"""Many municipalities in one installation: what each costs, and whether one disturbs the others.

    upgrade       `amtsweg kommune upgrade` when nothing is to be done, and with a migration that does nothing
    memory        what web server and clock hold for each municipality that has been used
    cold, warm    the first request to a municipality and the second, in turn
    connections   those that the web server has open, with AMTSWEG_MAX_CONNECTIONS=20
    clock, idle   how long a round of the clock takes, and what runs while nobody does anything
    load          the p95 of others with and without 5 applications a second in one of them, interleaved

python -m bench.fleet                     500 on SQLite, then on a PostgreSQL server of its own
python -m bench.fleet 20 sqlite           so many, on one of them
"""

from __future__ import annotations

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
import sqlalchemy as sa

from bench._fleet import KEY, databases_open, memory_kb, processes, processor_s, settle, slugs
from bench._measure import timed, verdict
from bench._town import SECRET, server
from bench.budgets import installation, one, p95, send
from engine import migrations
from engine.base import db
from engine.verbs.kommune import Upgraded, upgrade
from web.compose import compose
from web.demo.place import free_port
from web.serve import RECONCILE_S
from web.settings import Settings
from web.tick import Clock

COUNT, CONNECTIONS, WARMUP = 500, 20, 10
UPGRADE_S, MEMORY_KB, COLD_MS, RATIO = 60.0, 100.0, 150.0, 1.5
RATE, PHASES, CASES, PAUSE_S = 5.0, 4, 40, 0.05
IDLE_S = 20.0
NOTHING = 'revision = "9999"\ndown_revision = {before!r}\n\n\ndef upgrade():\n    pass\n'


def main() -> None:
    """Measure on both databases, or on the one named."""
    arguments = sys.argv[1:]
    count = next((int(text) for text in arguments if text.isdigit()), COUNT)
    kinds = [text for text in arguments if not text.isdigit()] or ["sqlite", "postgresql"]
    kept = [measure(kind, count) for kind in kinds]
    sys.exit(0 if all(kept) else 1)


def measure(kind: str, count: int) -> bool:
    """All figures on one kind of database; False if a limit was missed."""
    with server(kind) as database, tempfile.TemporaryDirectory() as folder:
        port = free_port()
        settings = Settings(Path(folder), database, port=port, secret=SECRET, plain_http=True, max_connections=CONNECTIONS)
        compose(settings)
        tokens: list[str] = []
        print(f"{kind}: {count} Kommunen angelegt in {timed(lambda: tokens.append(settle(count))):.0f} s", flush=True)
        kept = [upgrades(settings, kind, count)]
        rounds(kind)
        db.close()
        with installation(settings), httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as line:
            db.configure(settings.installation())
            kept.append(requests(line, kind, count, tokens[0]))
            idle(kind)
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


def rounds(kind: str) -> None:
    """How long the clock takes to go round once; every fifteenth round is the reconciler's. A round shall begin each second."""
    clock = Clock(RECONCILE_S)
    clock.round(-1000.0)
    seconds = [timed(lambda number=number: clock.round(float(number))) for number in range(1, 11)]  # type: ignore[misc]
    print(f"{kind}: eine Runde der Uhr dauert {statistics.median(seconds):.2f} s (Median von 10)", flush=True)


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
        most = max(most, connections(kind, web))
    each = (memory_kb(web) - before) / len(later)
    print(verdict(statistics.median(later), COLD_MS, f"{kind}: kalt länger als warm, Median, ms"))
    print(verdict(p95(later), COLD_MS, f"{kind}: kalt länger als warm, p95, ms"))
    print(verdict(each, MEMORY_KB, f"{kind}: Speicher des Webservers je benutzter Kommune, kB"))
    print(verdict(most, CONNECTIONS, f"{kind}: Verbindungen des Webservers, höchstens ({count} Kommunen)"), flush=True)
    return p95(later) <= COLD_MS and each <= MEMORY_KB and most <= CONNECTIONS


def connections(kind: str, web: list[int]) -> int:
    """Connections to databases of municipalities that the web server has open; with PostgreSQL those of all processes."""
    if kind == "sqlite":
        return databases_open(web)
    with db.zentrale_reading() as tx:
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'amtsweg k%'"
        return int(tx.scalar(sa.text(query)))


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
    loud, *others = slugs(min(count, WARMUP))
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
