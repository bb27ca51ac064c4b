"""What the clock costs while nothing happens, with 100,000 open cases in a municipality: its rounds of a minute, end to end.

Every case waits for a person, a time, a message and a service task that is put off; two others are done. The clock goes where
something was written, so something is, before each round: then it looks for timers, messages, signals and leases. Every fifth
round asks for the municipalities. Counted is the processor time of the clock and, with PostgreSQL, of the server, without that
of the writing. Told as well: the same when nothing is written, and one look of the reconciler when all of it could be done at
once, as after a night without workers.

python -m bench.polls                on SQLite, then on a PostgreSQL server of its own
python -m bench.polls postgresql     on one of them
"""

from __future__ import annotations

import datetime as dt
import os
import statistics
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench._diagrams import waits_for_everything
from bench._measure import timed, verdict
from bench._town import SLUG, apply, server, town
from engine.base import clock, db
from engine.base.rights import SYSTEM
from engine.model import aufgabe, auftrag, erwartung, frist, vorgang
from engine.step import use_doorbell
from engine.verbs.offering import offer
from engine.verbs.operate import change_setting
from web import worker
from web.doorbell import RedisDoorbell
from web.redis import EmbeddedRedis
from web.serve import RECONCILE_S
from web.tick import ROUND_S, Clock

CASES, MINUTES, LIMIT = 100_000, 3, 1.0
ROUNDS = int(60 / ROUND_S)
TABLES = (vorgang.T, aufgabe.T, auftrag.T, frist.T, erwartung.T)
OPEN = {aufgabe.T: aufgabe.OPEN, frist.T: frist.OPEN, erwartung.T: erwartung.OPEN, auftrag.T: auftrag.READY}


def fill() -> None:
    """One case, run until it waits; then the rows of it again and again."""
    case = apply("x" * 1000)
    for _ in range(2):
        assert worker.run_next(SLUG)
    with db.transaction() as tx:
        put_off(tx, dt.timedelta(hours=1))
    with db.transaction() as tx:
        for table in TABLES:
            again(tx, table, case)
    with db.transaction() as tx:
        for table in TABLES if tx.dialect == "postgresql" else ():
            tx.execute(sa.text(f"ANALYZE {table.name}"))  # the server does so by itself within a minute
    with db.reading() as tx:
        for table, state in OPEN.items():
            assert tx.scalar(sa.select(sa.func.count()).where(table.c.state == state)) == CASES, table.name


def again(tx: Any, table: Any, case: str) -> None:
    """The rows of a case in one table, for all the others."""
    count = sa.select(sa.literal(1, sa.Integer).label("i")).cte("n", recursive=True)
    count = count.union_all(sa.select(count.c.i + 1).where(count.c.i < CASES - 1))
    number = sa.cast(count.c.i + 10**9, sa.String(20))
    mine = table.c.id if table is vorgang.T else table.c.vorgang_id
    made: dict[str, Any] = {
        "id": number if table is vorgang.T else number + "-" + table.c.token,
        "vorgang_id": number,
        "nummer": number,
        "key": number,
    }
    columns: list[Any] = [made.get(column.key, column) for column in table.c]
    rows = sa.select(*columns).select_from(table.join(count, sa.true())).where(mine == case)
    tx.execute(sa.insert(table).from_select([column.key for column in table.c], rows))


def put_off(tx: Any, by: dt.timedelta) -> None:
    """Let all that waits for a connector wait until then."""
    tx.execute(sa.update(auftrag.T).where(auftrag.T.c.state == auftrag.READY).values(next_at=clock.now() + by))


def measure(kind: str) -> bool:
    """Print what the rounds of a minute cost; True if the limit is kept."""
    with server(kind) as database, town(waits_for_everything(), database) as folder:
        embedded = EmbeddedRedis(folder)
        embedded.ensure()
        try:
            use_doorbell(RedisDoorbell(embedded.url))
            took = timed(fill)
            print(f"{kind}: {CASES} Vorgänge angelegt in {took:.0f} s", flush=True)
            kept = idle(kind)
            busy(kind)
        finally:
            embedded.stop()
    return kept


def idle(kind: str) -> bool:
    """Nothing is due; in the first minute nothing is written either."""
    rounds, shares = Clock(RECONCILE_S), []
    rounds.round(-1000.0)
    for minute in range(MINUTES + 1):
        seconds, own, served = list[float](), 0.0, 0.0
        for number in range(ROUNDS):
            if minute:
                change_setting("antrag.absender", [f"10.{minute}.{number}.0/24"], by=SYSTEM)
            before, clock_s = served_s(), time.process_time()
            seconds.append(timed(partial(rounds.round, minute * 60.0 + number * ROUND_S)))
            own, served = own + time.process_time() - clock_s, served + served_s() - before
        shares += [100 * (own + served) / 60] if minute else []
        what = "jede Sekunde" if minute else "nichts"
        print(f"{kind}: eine Minute, in der {what} geschrieben wird, kostet {1000 * own:.0f} ms, "
              f"den Server {1000 * served:.0f} ms; eine Runde dauert {1000 * statistics.median(seconds):.1f} ms")  # fmt: skip
    share = statistics.median(shares)
    print(verdict(share, LIMIT, f"{kind}: Abfragen der Uhr bei {CASES} offenen Vorgängen, % eines Kerns"))
    return share <= LIMIT


def served_s() -> float:
    """Processor time that a PostgreSQL server has spent so far on our connections."""
    with db.zentrale_reading() as tx:
        if tx.dialect == "sqlite":
            return 0.0
        pids = tx.scalars(sa.text("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'amtsweg%'"))
    words = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in pids]
    return sum(int(each[11]) + int(each[12]) for each in words) / os.sysconf("SC_CLK_TCK")


def busy(kind: str) -> None:
    """All that waits for a connector could be done now."""
    with db.transaction() as tx:
        put_off(tx, -dt.timedelta(minutes=1))
    seconds = statistics.median(timed(offer) for _ in range(5))
    print(f"{kind}: {CASES} Aufträge bereit: den ältesten klingeln {1000 * seconds:.1f} ms, alle {RECONCILE_S:.0f} s")


def main(kinds: str = "sqlite,postgresql") -> int:
    """Measure; gives 1 if a limit was missed."""
    kept = [measure(kind) for kind in kinds.split(",")]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
