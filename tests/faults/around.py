"""The faults of what is around the processes: Redis, database, disk, clock, outside systems."""

from __future__ import annotations

import datetime as dt
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import httpx
from redis import Redis

from tests.faults import stubs
from tests.faults.bundles import SLUGS
from tests.faults.faults import Act, Fault
from tests.faults.place import Place, until
from tests.faults.recovery import until_work
from web.twins.stoerung import KINDS

DAY_S = 86_400.0
EVERY_KIND = "fehler=0.12,viel=0.08,langsam=0.05,abbruch=0.08,verloren=0.1,halb=0.06,falsch=0.06,endlos=0.03,dauer=2"


def redis_of(place: Place) -> Redis:
    return Redis.from_url(place.redis.url)


# --- Redis


def redis_flushed(fault: Fault) -> None:
    """FLUSHALL: every ring that nobody has heard yet is gone."""
    for _ in range(5):
        with redis_of(fault.place) as redis:
            redis.flushall()
        time.sleep(0.2)
    fault.recovered.redis.append(until_work(fault.place, "FLUSHALL", time.monotonic()))


def redis_gone(seconds: float) -> Act:
    """Redis away for a while, then a new and empty one."""

    def act(fault: Fault) -> None:
        fault.place.redis.stop()
        time.sleep(seconds)
        fault.place.redis.ensure()
        fault.recovered.redis.append(until_work(fault.place, f"Redis gone for {seconds:g} s", time.monotonic()))

    return act


def redis_full(fault: Fault) -> None:
    """Redis takes nothing more (maxmemory, noeviction)."""
    with redis_of(fault.place) as redis:
        redis.config_set("maxmemory-policy", "noeviction")
        redis.config_set("maxmemory", "1")
        time.sleep(6)
        redis.config_set("maxmemory", "0")
    fault.recovered.redis.append(until_work(fault.place, "Redis full", time.monotonic()))


# --- database


def postgres_stopped(fault: Fault) -> None:
    """PostgreSQL stopped without grace, started three seconds later."""
    server = fault.place.postgres
    assert server is not None
    server.stop()
    time.sleep(3)
    server.start()
    fault.recovered.kills.append(until_work(fault.place, "PostgreSQL stopped", time.monotonic()))


def backends_terminated(fault: Fault) -> None:
    """pg_terminate_backend of every connection, five times."""
    server = fault.place.postgres
    assert server is not None
    for _ in range(5):
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'amtsweg%'")
        time.sleep(0.5)


def answers_to_commit_lost(fault: Fault) -> None:
    """Of every twelve COMMITs the server does, the answer to one is lost with the line."""
    server = fault.place.postgres
    assert server is not None
    server.wire.lose = 0.08
    time.sleep(6)
    server.wire.heal()
    fault.note(f"{server.wire.lost} answers to COMMIT lost")


def database_slow(fault: Fault) -> None:
    """PostgreSQL: every request takes 40 ms longer. SQLite: one write lock after the other is held for 300 ms."""
    place, until = fault.place, time.monotonic() + 6
    if place.postgres is not None:
        place.postgres.wire.delay_s = 0.04
        time.sleep(6)
        place.postgres.wire.heal()
    while time.monotonic() < until:
        for slug in SLUGS:
            with _locked(place, slug):
                time.sleep(0.3)
            time.sleep(0.05)


def database_locked(fault: Fault) -> None:
    """Somebody holds the write lock of one municipality for eight seconds: longer than anybody waits."""
    with _locked(fault.place, SLUGS[0]):
        time.sleep(8)


@contextmanager
def _locked(place: Place, slug: str) -> Iterator[None]:
    if place.postgres is None:
        holder = sqlite3.connect(place.file_of(slug), timeout=30, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        yield
        holder.rollback()
        holder.close()
        return
    import psycopg

    with psycopg.connect(place.postgres.dsn(place.names[slug])) as connection:
        connection.execute("LOCK TABLE vorgang IN ACCESS EXCLUSIVE MODE")
        yield
        connection.rollback()


def pool_exhausted(fault: Fault) -> None:
    """The group runs with two database connections a process, which wait for a lock, and is asked by 24; then as before."""
    place = fault.place
    slug = SLUGS[0]
    token = place.kommunen[slug]["admin"]

    def ask(_: int) -> int:
        with suppress(httpx.HTTPError):
            return place.ask("GET", f"/{slug}/api/v1/vorgaenge", token).status_code
        return 0

    for most in ("2", ""):
        place.variables["AMTSWEG_MAX_CONNECTIONS"] = most
        place.kill_group()
        began = time.monotonic()
        place.start_group()
        took = until_work(place, "group after the pool", began)
        if not most:
            fault.recovered.kills.append(took)
            break
        with _locked(place, slug), ThreadPoolExecutor(24) as pool:  # so that connections are held for long
            answers = list(pool.map(ask, range(24)))
        fault.note(
            f"with two connections: {answers.count(200)} of {len(answers)} looks answered, {answers.count(503)} told to wait"
        )
    place.variables.pop("AMTSWEG_MAX_CONNECTIONS")


def disk_full(fault: Fault) -> None:
    """The disk with the data is full for five seconds (the run lies on a tmpfs of its own, filled to the last byte)."""
    place = fault.place
    filling = place.home / "filling"
    with filling.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 65536)
    time.sleep(5)
    filling.unlink()
    if place.postgres is not None:
        place.postgres.start()  # it has stopped itself, if it could not write its log
    fault.recovered.kills.append(until_work(place, "disk full", time.monotonic()))


# --- clock


def clock_forward(fault: Fault) -> None:
    """The clock jumps 40 days forward: every lease, timer and signature is over; later it goes back (which is `clock_back`)."""
    fault.place.clock(40 * DAY_S)
    time.sleep(5)


def clock_back(fault: Fault) -> None:
    """The clock goes back to the present, 40 days before what it was."""
    fault.place.clock(0)
    time.sleep(3)


def summer_time(fault: Fault) -> None:
    """The clock stands before the hour that there is not in spring and goes across it, then the hour that there is twice."""
    for instant in (dt.datetime(2027, 3, 28, 1, 0, tzinfo=dt.UTC), dt.datetime(2027, 10, 31, 1, 0, tzinfo=dt.UTC)):
        fault.place.clock(instant.timestamp() - 3 - time.time())
        time.sleep(6)
    fault.place.clock(0)


# --- outside


def connectors_in_trouble(within_s: float) -> Act:
    """All outside systems slow, 5xx, 429, reset, half body, wrong type, endless body, answer lost after doing the work.

    For six seconds, and on until each kind was seen or the time is over.
    """

    def act(fault: Fault) -> None:
        fault.place.trouble(EVERY_KIND)
        time.sleep(6)
        with suppress(TimeoutError):
            until(lambda: set(KINDS) <= _misbehaviour(fault.place), "every kind of misbehaviour", within_s - 6)
        fault.place.trouble("")

    return act


def _misbehaviour(place: Place) -> set[str]:
    return {line["misbehaved"] for line in stubs.read(place.folder) if "misbehaved" in line}
