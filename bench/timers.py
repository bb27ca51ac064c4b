"""How late timers fire in normal load: a whole installation, three municipalities, ten applications a second for half a minute.

Each case waits six seconds at a timer and then has a worker do something. Told is by how much each fired after it was due, as
the database says; one that fired early would be told as well.

python -m bench.timers               on SQLite, then on a PostgreSQL server of its own
python -m bench.timers postgresql    on one of them
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx
import sqlalchemy as sa

from bench._diagrams import HEAD
from bench._explosive import flow, job
from bench._measure import verdict
from bench._town import SECRET, server
from bench.budgets import MANIFEST, installation, p95, send
from engine.base import db
from engine.base.rights import SYSTEM
from engine.model import frist
from engine.verbs.design import deploy_bundle
from engine.verbs.kommune import make_kommune
from engine.verbs.operate import change_setting
from web.compose import compose, connectors
from web.demo.place import free_port
from web.settings import Settings

LIMIT_S, RATE, LASTS_S, WAITS_S, LONGEST_S = 5.0, 10.0, 30.0, 6, 120.0
TOWNS = ("aachen", "bonn", "celle")
KEY = "wartet"
DIAGRAM = (
    f'{HEAD}<bpmn:process id="p" isExecutable="true"><bpmn:startEvent id="s"/><bpmn:intermediateCatchEvent id="t">'
    f"<bpmn:timerEventDefinition><bpmn:timeDuration>PT{WAITS_S}S</bpmn:timeDuration></bpmn:timerEventDefinition>"
    f'</bpmn:intermediateCatchEvent><bpmn:scriptTask id="x"><bpmn:extensionElements><zeebe:script expression="=1" '
    f'resultVariable="x"/></bpmn:extensionElements></bpmn:scriptTask>{job("b")}<bpmn:endEvent id="e"/>'
    f"{flow('s', 't')}{flow('t', 'x')}{flow('x', 'b')}{flow('b', 'e')}</bpmn:process></bpmn:definitions>"
).encode()


def furnish() -> None:
    """Make the municipalities."""
    for slug in TOWNS:
        make_kommune(slug, slug, "Stadt", "NW")
        with db.namespace(slug):
            change_setting("antrag.absender", ["127.0.0.1/32"], by=SYSTEM)
            files = {"bundle.toml": MANIFEST.format(key=KEY, short="W").encode(), "p.bpmn": DIAGRAM}
            deploy_bundle(files, connectors().types(), by=SYSTEM)


def apply_for(seconds: float, port: int) -> int:
    """Send applications at a fixed rate, to each municipality in turn; gives how many."""
    began, count = time.monotonic(), 0
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as line:
        while (now := time.monotonic() - began) < seconds:
            if now * RATE < count:
                time.sleep(0.005)
                continue
            send(line, TOWNS[count % len(TOWNS)], KEY)
            count += 1
    return count


def lateness() -> list[float]:
    """By how many seconds each timer fired after it was due, of those that have."""
    found: list[float] = []
    for slug in TOWNS:
        with db.namespace(slug), db.reading() as tx:
            rows = tx.all(sa.select(frist.T.c.due_at, frist.T.c.fired_at).where(frist.T.c.fired_at.is_not(None)))
            found.extend((row.fired_at - row.due_at).total_seconds() for row in rows)
    return found


def measure(kind: str) -> bool:
    """Measure on one kind of database; False if the limit was missed."""
    with server(kind) as database, tempfile.TemporaryDirectory(prefix="amtsweg-timers-") as folder:
        settings = Settings(home=Path(folder), database=database, secret=SECRET, port=free_port(), plain_http=True)
        compose(settings)
        furnish()
        with installation(settings):
            count, began = apply_for(LASTS_S, settings.port), time.monotonic()
            while len(late := lateness()) < count:
                if time.monotonic() - began > LONGEST_S:
                    raise TimeoutError(f"only {len(late)} of {count} have fired")
                time.sleep(0.5)
        db.close()
    if min(late) < 0:
        print(f"{kind}: ein Timer kam {-min(late):.3f} s zu früh")
    print(f"{kind}: {count} Timer, Verspätung im Median {statistics.median(late):.2f} s, p95 {p95(late):.2f} s")
    print(verdict(max(late), LIMIT_S, f"{kind}: größte Verspätung eines Timers, s"), flush=True)
    return min(late) >= 0 and max(late) <= LIMIT_S


def main() -> int:
    """Measure on both kinds of database, or on the one named."""
    kept = [measure(kind) for kind in sys.argv[1:] or ["sqlite", "postgresql"]]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
