"""Many at once: nothing is lost, readers do not wait, connections stay within their limit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from engine.base import db, engines
from engine.base.db import Installation
from engine.base.errors import Unavailable
from engine.verbs.kommune import make_kommune
from tests.postgresql import Server

Start = Callable[[Callable[[], object]], Callable[[], int]]


def increment(counters: sa.Table, id: str = "a") -> None:
    """Read, think, write: lost without the lock from the start."""
    with db.transaction() as tx:
        value = tx.scalar(sa.select(counters.c.value).where(counters.c.id == id).with_for_update())
        tx.execute(sa.update(counters).where(counters.c.id == id).values(value=value + 1))


def value(counters: sa.Table, id: str = "a") -> int:
    with db.reading() as tx:
        return int(tx.scalar(sa.select(counters.c.value).where(counters.c.id == id)))


def in_threads(number: int, work: Callable[[int], object]) -> None:
    with ThreadPoolExecutor(number) as threads:
        list(threads.map(work, range(number)))


@pytest.fixture
def counter(counters: sa.Table) -> sa.Table:
    with db.transaction() as tx:
        tx.execute(sa.insert(counters), {"id": "a", "value": 0})
    return counters


def test_300_concurrent_increments_lose_nothing(kommune: str, counter: sa.Table) -> None:
    def work(_: int) -> None:
        with db.namespace(kommune):
            for _turn in range(25):
                increment(counter)

    in_threads(12, work)
    assert value(counter) == 300


def test_increments_of_several_processes_lose_nothing(counter: sa.Table, start: Start) -> None:
    def work() -> None:
        for _turn in range(30):
            increment(counter)

    children = [start(work) for _ in range(3)]
    assert [wait() for wait in children] == [0, 0, 0]
    assert value(counter) == 90


def test_a_reader_does_not_hold_up_a_writer_nor_the_other_way_round(kommune: str, counter: sa.Table) -> None:
    wrote, read = threading.Event(), threading.Event()

    def writer() -> None:
        with db.namespace(kommune):
            increment(counter)
            wrote.set()
            with db.transaction() as tx:
                tx.execute(sa.update(counter).values(value=100))
                read.wait(60)

    thread = threading.Thread(target=writer)
    with db.reading() as tx:
        assert tx.scalar(sa.select(counter.c.value)) == 0
        thread.start()
        assert wrote.wait(60), "the writer waited for the reader"
    assert value(counter) == 1
    read.set()
    thread.join(60)
    assert value(counter) == 100


def test_a_writer_that_waits_too_long_gets_a_sentence(kommune: str, counter: sa.Table, monkeypatch: pytest.MonkeyPatch) -> None:
    holding, done = threading.Event(), threading.Event()

    def holder() -> None:
        with db.namespace(kommune), db.transaction() as tx:
            tx.execute(sa.update(counter).values(value=7))
            holding.set()
            done.wait(60)

    thread = threading.Thread(target=holder)
    thread.start()
    assert holding.wait(60)
    with pytest.raises(Unavailable, match="erneut versuchen"), db.transaction() as tx:
        impatient(tx)
        tx.execute(sa.update(counter).values(value=8))
    done.set()
    thread.join(60)
    assert value(counter) == 7


def impatient(tx: db.Tx) -> None:
    """Wait for a lock for a moment only; with SQLite the waiting was over before we came here."""
    if tx.dialect == "postgresql":
        tx.execute(sa.text("SET LOCAL lock_timeout = 100"))


# --- connections -----------------------------------------------------------------------------------------------


@pytest.fixture
def small(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """The same installation with room for six connections and three engines."""
    monkeypatch.setattr(engines, "ENGINES_PER_CONNECTION", 0.5)
    small = Installation(installation.home, installation.database, installation.secret, max_connections=6)
    db.configure(small)
    return small


def make_towns(number: int) -> list[str]:
    slugs = [f"ort-{index}" for index in range(number)]
    for slug in slugs:
        make_kommune(slug, f"Ort {slug}", "Gemeinde", "SH")
    return slugs


def test_connections_stay_within_the_limit_however_many_namespaces(small: Installation) -> None:
    slugs = make_towns(5)
    most = [0]

    def work(index: int) -> None:
        for turn in range(20):
            with db.namespace(slugs[(index + turn) % len(slugs)]), db.reading() as tx:
                assert tx.scalar(sa.text("SELECT 1")) == 1
                most[0] = max(most[0], db.engines().budget.open)

    in_threads(12, work)
    assert 1 < most[0] <= 6
    assert db.engines().budget.open <= 6


def test_only_the_engines_used_last_are_kept(small: Installation) -> None:
    slugs = make_towns(5)
    for slug in slugs:
        with db.namespace(slug), db.reading() as tx:
            tx.scalar(sa.text("SELECT 1"))
    assert db.engines().known() == slugs[-3:]
    with db.namespace(slugs[2]), db.reading() as tx:
        tx.scalar(sa.text("SELECT 1"))
    with db.namespace(slugs[0]), db.reading() as tx:
        tx.scalar(sa.text("SELECT 1"))
    assert db.engines().known() == [slugs[4], slugs[2], slugs[0]]


def test_an_engine_evicted_while_in_use_finishes_its_work(small: Installation) -> None:
    slugs = make_towns(4)
    with db.namespace(slugs[0]), db.transaction() as tx:
        tx.execute(sa.text("CREATE TABLE kept (id INTEGER)"))

        def others(_: int) -> None:
            for slug in slugs[1:]:
                with db.namespace(slug), db.reading() as other:
                    other.scalar(sa.text("SELECT 1"))

        in_threads(1, others)
        assert slugs[0] not in db.engines().known()
        tx.execute(sa.text("INSERT INTO kept VALUES (1)"))
    with db.namespace(slugs[0]), db.reading() as tx:
        assert tx.scalar(sa.text("SELECT count(*) FROM kept")) == 1
    assert db.engines().budget.open <= 6


def test_without_a_free_connection_there_is_a_sentence(small: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    slug = make_towns(1)[0]
    monkeypatch.setattr(db.engines().budget, "wait_s", 0.05)
    all_in, done = threading.Barrier(7), threading.Event()

    def work(_: int) -> None:
        with db.namespace(slug), db.reading():
            all_in.wait(60)
            done.wait(60)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    all_in.wait(60)
    with pytest.raises(Unavailable, match="belegt"), db.namespace(slug), db.reading():
        pass
    done.set()
    for thread in threads:
        thread.join(60)
    with db.namespace(slug), db.reading() as tx:
        assert tx.scalar(sa.text("SELECT 1")) == 1


def test_a_failed_connect_gives_its_place_back(small: Installation) -> None:
    slug = make_towns(1)[0]
    place = db.engines().place(slug)
    db.engines().forget(slug)
    folder = small.folder(slug)
    if small.dialect == "sqlite":
        (folder / place.database).rename(folder / "away")
        for _ in range(8):
            with pytest.raises(Unavailable), db.namespace(slug), db.reading():
                pass
        (folder / "away").rename(folder / place.database)
    else:
        with db.zentrale() as tx:
            tx.execute(sa.text("UPDATE kommune SET database = 'nowhere'"))
        for _ in range(8):
            with pytest.raises(Unavailable), db.namespace(slug), db.reading():
                pass
        with db.zentrale() as tx:
            tx.execute(sa.text("UPDATE kommune SET database = :name"), {"name": place.database})
        db.engines().forget(slug)
    with db.namespace(slug), db.reading() as tx:
        assert tx.scalar(sa.text("SELECT 1")) == 1


def test_a_forked_child_has_connections_of_its_own(counter: sa.Table, start: Start) -> None:
    assert value(counter) == 0
    parent = db.engines()

    def work() -> None:
        assert db.engines() is not parent
        increment(counter)

    assert start(work)() == 0
    assert db.engines() is parent
    increment(counter)
    assert value(counter) == 2


def terminate(server: Server, pid: int) -> None:
    """End a connection at the server, and wait until it has ended."""
    assert server.execute(f"SELECT pg_terminate_backend({pid}, 60000)") == [(True,)]


def test_a_terminated_connection_is_a_sentence_and_the_next_one_works(
    installation: Installation, kommune: str, counter: sa.Table, request: pytest.FixtureRequest
) -> None:
    if installation.dialect == "sqlite":
        path = installation.folder(kommune) / "kommune.sqlite"
        assert path.stat().st_size > 0  # a file has no one to terminate it: the lock test above stands for it
        return
    server = request.getfixturevalue("postgresql_server")
    with pytest.raises(Unavailable), db.transaction() as tx:
        pid = tx.scalar(sa.text("SELECT pg_backend_pid()"))
        terminate(server, pid)
        tx.execute(sa.update(counter).values(value=9))
    increment(counter)
    assert value(counter) == 1


def test_a_connection_that_ended_while_nobody_used_it_is_not_given_out(
    installation: Installation, kommune: str, counter: sa.Table, request: pytest.FixtureRequest
) -> None:
    if installation.dialect == "sqlite":
        assert db.engines().of(kommune).pool.status().startswith("BoundedPool")  # nobody can end it
        return
    server = request.getfixturevalue("postgresql_server")
    with db.reading() as tx:
        pid = tx.scalar(sa.text("SELECT pg_backend_pid()"))
    terminate(server, pid)
    increment(counter)
    assert value(counter) == 1
