"""Looking for timers that are due, with a thousand and with a million waiting, on SQLite and on PostgreSQL.

The look is that of every tick (`frist.due`, at most 500): once when nothing is due, once when as many are due as it takes.

python -m bench.cost timers
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bench._diagrams import user_loop
from bench._measure import Figure, interleaved, ms, ratio
from bench._town import MANIFEST, SECRET, apply, server
from engine.base import clock, db
from engine.base.db import Installation
from engine.base.rights import SYSTEM
from engine.model import frist
from engine.verbs.design import deploy_bundle
from engine.verbs.kommune import make_kommune, prepare

TOWNS = {"klein": 1_000, "gross": 1_000_000}
LIMIT, ROUNDS, AT_ONCE = 2.0, 60, 500
START = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
INDEX = "ix_frist_state_due_at"
FILL = {
    "sqlite": """
        INSERT INTO frist (id, vorgang_id, token, element, due_at, state)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
        SELECT printf('%026d', i), :case_id, CAST(i AS TEXT), 'f',
               strftime('%Y-%m-%dT%H:%M:%S', '2026-03-02', '+' || i || ' minutes') || '.000000Z', 'offen' FROM n""",
    "postgresql": """
        INSERT INTO frist (id, vorgang_id, token, element, due_at, state)
        SELECT lpad(CAST(i AS TEXT), 26, '0'), :case_id, CAST(i AS TEXT), 'f',
               TIMESTAMPTZ '2026-03-02 00:00:00Z' + i * INTERVAL '1 minute', 'offen' FROM generate_series(1, :count) AS i""",
}


def measure() -> Iterator[Figure]:
    """Both kinds of database."""
    for kind in ("sqlite", "postgresql"):
        with server(kind) as database, tempfile.TemporaryDirectory() as folder:
            db.configure(Installation(Path(folder), database, SECRET))
            prepare()
            for slug, count in TOWNS.items():
                _fill(slug, count)
            yield from _polls(kind)
            db.close()


def _fill(slug: str, count: int) -> None:
    """A municipality in which so many timers wait, one for every minute."""
    make_kommune(slug, slug, "Stadt", "SH")
    with db.namespace(slug):
        deploy_bundle({"bundle.toml": MANIFEST, "p.bpmn": user_loop()}, {}, by=SYSTEM)
        case = apply("x")
        with db.transaction() as tx:
            tx.execute(sa.text(FILL[tx.dialect]), {"case_id": case, "count": count})
            if tx.dialect == "postgresql":
                tx.execute(sa.text("ANALYZE frist"))  # the server does so by itself within a minute


def _poll(slug: str, wanted: int) -> Callable[[], None]:
    def poll() -> None:
        with db.namespace(slug), db.reading() as tx:
            assert len(frist.due(tx, AT_ONCE)) == wanted

    return poll


def _polls(kind: str) -> Iterator[Figure]:
    for wanted in (0, AT_ONCE):
        with clock.frozen(START + dt.timedelta(minutes=wanted)):
            found = interleaved({slug: _poll(slug, wanted) for slug in TOWNS}, ROUNDS)
            plan = _plan(wanted)
        print(f"  {kind}, {wanted} fällig: " + ", ".join(f"{TOWNS[slug]} wartend {ms(times)}" for slug, times in found.items()))
        print(f"  Plan: {plan}")
        yield Figure(f"{kind}, {wanted} fällig: 1 Mio. / 1.000 wartende", ratio(found["gross"], found["klein"]), LIMIT)
        assert INDEX in plan, plan


def _plan(wanted: int) -> str:
    """How the database finds what is due among a million, in its own words."""
    sent: list[tuple[str, Any]] = []

    def hear(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        sent.append((statement, parameters))

    with db.namespace("gross"), db.reading() as tx:
        event.listen(Engine, "before_cursor_execute", hear)
        frist.due(tx, AT_ONCE)
        event.remove(Engine, "before_cursor_execute", hear)
        statement, parameters = sent[0]
        explain = "EXPLAIN" if tx.dialect == "postgresql" else "EXPLAIN QUERY PLAN"
        lines = tx.connection.exec_driver_sql(f"{explain} {statement}", parameters).all()
    return " / ".join(str(line[-1]).strip() for line in lines)
