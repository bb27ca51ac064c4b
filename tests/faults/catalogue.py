"""All faults by name: on which database, and which belong to the short form."""

from __future__ import annotations

from dataclasses import dataclass

from engine.base.faults import POINTS
from tests.faults import around, faults, senders
from tests.faults.faults import Act

BOTH, LITE, PG = ("sqlite", "postgresql"), ("sqlite",), ("postgresql",)


@dataclass(frozen=True)
class Named:
    """A fault with its name, the databases it makes sense on, and whether the short form has it too."""

    name: str
    act: Act
    on: tuple[str, ...] = BOTH
    short: tuple[str, ...] = ()


ARCHIVES = frozenset(point for point in POINTS if point.startswith(("backup.", "restore.")))
# Nobody comes by here in a run: namespaces are made and removed by commands (tests/engine/test_removal.py,
# tests/web/test_provision.py), all that the drivers send belongs to somebody (tests/engine/test_central.py), and nothing is old
# enough to be deleted (tests/engine/test_retention.py).
ELSEWHERE = frozenset(point for point in POINTS if point.startswith(("making.", "removal.", "central.", "retention.")))

FAULTS: list[Named] = [
    Named("connectors: slow, 5xx, 429, reset, half, wrong type, endless, lost", around.connectors_in_trouble(60)),
    Named("connectors in trouble for 6 s", around.connectors_in_trouble(6), short=BOTH),
    Named("webhooks x100, reordered, early, unknown, finished", senders.webhooks_by_the_hundred, short=PG),
    Named("kill -9 worker", faults.kill_worker, short=BOTH),
    Named("kill -9 web", faults.kill_web, short=PG),
    Named("kill -9 tick", faults.kill_tick, short=LITE),
    Named("kill -9 whole group", faults.kill_group, short=LITE),
    Named("kill -9 at random, 10 times", faults.killed_at_random(10)),
    *(Named(f"kill -9 at {point}", faults.killed_at(point)) for point in sorted(POINTS - ARCHIVES - ELSEWHERE)),
    *(Named(f"kill -9 at {point}", faults.killed_in_an_archive(point)) for point in sorted(ARCHIVES)),
    Named("SIGSTOP of a worker beyond its lease", faults.stopped_beyond_the_lease, short=PG),
    Named("SIGSTOP of everything", faults.stopped_for_long),
    Named("kill -9 of the PDF child", faults.renderer_killed, short=LITE),
    Named("FLUSHALL", around.redis_flushed, short=PG),
    Named("Redis gone for 30 s", around.redis_gone(30)),
    Named("Redis gone for 3 s", around.redis_gone(3), short=LITE),
    Named("Redis full", around.redis_full),
    Named("PostgreSQL immediate stop/start", around.postgres_stopped, PG, short=PG),
    Named("backends terminated", around.backends_terminated, PG, short=PG),
    Named("answer lost after COMMIT", around.answers_to_commit_lost, PG, short=PG),
    Named("database slow", around.database_slow),
    Named("database locked", around.database_locked),
    Named("pool exhausted", around.pool_exhausted),
    Named("disk full", around.disk_full),
    Named("clock forward 40 days", around.clock_forward, short=LITE),
    Named("clock back", around.clock_back, short=LITE),
    Named("summer time", around.summer_time),
    Named("five ticks", faults.five_ticks),
    Named("50 equal applications at once", senders.fifty_equal_applications, short=BOTH),
    Named("10 clerks on one task and on one instance", senders.ten_clerks, short=LITE),
    Named("deploy while starting", senders.deployed_while_starting),
    Named("snapshot row damaged", senders.snapshot_damaged, short=PG),
]


def chosen(dialect: str, short: bool) -> list[Named]:
    """The faults of a run."""
    return [fault for fault in FAULTS if dialect in fault.on and (not short or dialect in fault.short)]
