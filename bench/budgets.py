"""How quick others stay while nine explosive diagrams run: a whole installation, two workers, two municipalities.

In turn: a phase in which only normal cases are begun, and one in which nine explosive ones were sent a moment before and run
until each has become an incident. A normal case is an application over HTTP, a script, an Auftrag that a worker does, an end;
half of them in the municipality of the explosive ones, half in another. Explosive ones begin where steps are run: at the
request, after an Auftrag in a worker, after a timer in the clock. The figure is the p95 of the one kind of phase divided by
that of the other.

python -m bench.budgets              on SQLite
python -m bench.budgets postgresql   on a PostgreSQL server of its own
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import sqlalchemy as sa

from bench._explosive import EXPLOSIVE, NORMAL, TABLE
from bench._measure import verdict
from bench._town import SECRET, server
from engine.base import db
from engine.base.rights import SYSTEM
from engine.model import incident, vorgang
from engine.verbs.design import deploy_bundle
from engine.verbs.kommune import make_kommune
from engine.verbs.operate import change_setting
from web.compose import compose, connectors
from web.demo.place import free_port
from web.settings import Settings

LIMIT, PHASES, WORKERS, PAUSE_S, LONGEST_S = 1.5, 4, 2, 0.05, 120.0
LOUD, QUIET = "laut", "ruhig"
MANIFEST = 'leistung = "{key}"\nname = "{key}"\nkuerzel = "{short}"\nprocess = "p"\nform_ids = ["{key}"]\n'


def furnish() -> None:
    """Make both municipalities."""
    for slug in (LOUD, QUIET):
        make_kommune(slug, slug, "Stadt", "SH")
        with db.namespace(slug):
            change_setting("antrag.absender", ["127.0.0.1/32"], by=SYSTEM)
            for number, (key, diagram) in enumerate(({"normal": NORMAL} | (EXPLOSIVE if slug == LOUD else {})).items()):
                files = {"bundle.toml": MANIFEST.format(key=key, short=f"N{number}").encode(), "p.bpmn": diagram}
                deploy_bundle({**files, **({"t.dmn": TABLE} if b"tafel" in diagram else {})}, connectors().types(), by=SYSTEM)


@contextmanager
def installation(settings: Settings) -> Iterator[None]:
    """`serve --all`, as it is run."""
    environment = {**{name: value for name, value in os.environ.items() if name != "REDIS_URL"}, **settings.environ()}
    code = "import sys; from web.cli import main; sys.exit(main())"
    with (settings.home / "log").open("ab") as log:
        group = subprocess.Popen(  # our own
            [sys.executable, "-c", code, "serve", "--all", "--workers", str(WORKERS)], env=environment, stdout=log, stderr=log
        )
    try:
        while True:
            try:
                if httpx.get(f"http://127.0.0.1:{settings.port}/ready", trust_env=False).status_code == 200:
                    break
            except httpx.HTTPError:
                time.sleep(0.2)
        yield
    finally:
        group.terminate()
        group.wait()


def send(line: httpx.Client, slug: str, key: str) -> str:
    """Send an application; gives the id of its case."""
    control = {"transactionId": str(uuid.uuid4()), "zustaendigeStelle": "1", "leikaIds": [], "formId": key, "name": key}
    body = json.dumps({"control": control, "formData": []}).encode()
    answer = line.post(f"/{slug}/antrag", files={"formData": ("formData.json", body, "application/json")}, timeout=LONGEST_S)
    answer.raise_for_status()
    return str(answer.json()["vorgang"]["vorgangId"])


def state_of(slug: str, id: str) -> str:
    with db.namespace(slug), db.reading() as tx:
        return str(tx.scalar(sa.select(vorgang.T.c.state).where(vorgang.T.c.id == id)))


def one(line: httpx.Client, slug: str) -> tuple[float, float]:
    """Begin a normal case and wait for its end; how long the request took, and all of it."""
    began = time.perf_counter()
    id = send(line, slug, "normal")
    answered = time.perf_counter() - began
    while state_of(slug, id) != "completed":
        if time.perf_counter() - began > LONGEST_S:
            raise TimeoutError(f"{slug} {id} is {state_of(slug, id)}")
        time.sleep(0.005)
    return answered, time.perf_counter() - began


def explode(line: httpx.Client) -> list[threading.Thread]:
    """Send all nine at once."""

    def post(key: str) -> None:
        for _ in range(10):  # form systems send again what was answered with 503
            with suppress(httpx.HTTPStatusError):
                send(line, LOUD, key)
                return
            time.sleep(1)

    threads = [threading.Thread(target=post, args=(key,)) for key in EXPLOSIVE]
    for thread in threads:
        thread.start()
    return threads


def stuck() -> int:
    """How many cases have become incidents."""
    with db.namespace(LOUD), db.reading() as tx:
        return int(tx.scalar(sa.select(sa.func.count(sa.distinct(incident.T.c.vorgang_id)))))


def phase(line: httpx.Client, loud: bool, count: int) -> dict[str, list[float]]:
    """One phase: how long each case took. A loud one lasts until every explosion has ended, a quiet one for so many cases."""
    found: dict[str, list[float]] = {f"{what}, {slug}": [] for slug in (LOUD, QUIET) for what in ("request", "case")}
    before, threads, began = stuck(), explode(line) if loud else [], time.monotonic()
    number = 0
    while number < count or (loud and stuck() < before + len(EXPLOSIVE)):
        if time.monotonic() - began > LONGEST_S:
            raise TimeoutError(f"only {stuck() - before} of {len(EXPLOSIVE)} have become incidents")
        slug = (LOUD, QUIET)[number % 2]
        answered, ended = one(line, slug)
        found[f"request, {slug}"].append(answered)
        found[f"case, {slug}"].append(ended)
        number += 1
        time.sleep(PAUSE_S)
    for thread in threads:
        thread.join()
    return found


def p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


def measure(settings: Settings) -> bool:
    """Measure on a running installation; False if a limit was missed."""
    took: dict[bool, dict[str, list[float]]] = {True: {}, False: {}}
    lasted, loudest = list[float](), 0
    with httpx.Client(base_url=f"http://127.0.0.1:{settings.port}", trust_env=False) as line:
        phase(line, True, 20)  # every process has read every diagram once
        for number in range(2 * PHASES):
            loud, began = number % 2 == 1, time.monotonic()
            found = phase(line, loud, 10 if loud else 60)
            if loud:
                lasted.append(time.monotonic() - began)
                loudest += sum(map(len, found.values())) // 2
            for name, seconds in found.items():
                took[loud].setdefault(name, []).extend(seconds)
    print(f"nine explosions end within {statistics.median(lasted):.1f} s (median of {PHASES}); {loudest} cases meanwhile")
    kept = True
    for name in took[True]:
        without, with_ = p95(took[False][name]), p95(took[True][name])
        middle = statistics.median(took[True][name]) / statistics.median(took[False][name])
        print(
            verdict(with_ / without, LIMIT, f"{name}: p95 {without * 1000:.0f} → {with_ * 1000:.0f} ms, median × {middle:.2f}")
        )
        kept = kept and with_ / without <= LIMIT
    return kept


def main() -> int:
    """Everything on one kind of database."""
    kind = sys.argv[1] if len(sys.argv) > 1 else "sqlite"
    with server(kind) as database, tempfile.TemporaryDirectory(prefix="amtsweg-budgets-") as folder:
        settings = Settings(
            home=Path(folder),
            database=database,
            secret=SECRET,
            port=free_port(),
            plain_http=True,
        )
        compose(settings)
        furnish()
        with installation(settings):
            kept = measure(settings)
        db.close()
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
