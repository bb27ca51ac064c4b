"""Marks: whether anything was written in a namespace, told from outside."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from engine.base import changes, db
from engine.base.db import Installation
from engine.verbs.kommune import make_kommune

sqlite = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


def mark(slug: str) -> db.Mark | None:
    return db.marks([slug]).get(slug)


def settled(slug: str) -> db.Mark:
    """The mark once the last write is no longer of this moment."""
    while (found := mark(slug)) is None:
        time.sleep(0.02)
    return found


@pytest.fixture
def write(kommune: str, counters: sa.Table) -> Callable[[], None]:
    """Commit something in the municipality."""
    numbers = iter(range(1000))

    def act() -> None:
        with db.transaction() as tx:
            tx.execute(sa.insert(counters).values(id=str(next(numbers)), value=0))

    return act


def test_every_commit_changes_the_mark_at_once(kommune: str, write: Callable[[], None]) -> None:
    write()
    for _ in range(5):
        before = settled(kommune)
        write()
        write()  # a server would keep this one to itself, so soon after the other
        assert mark(kommune) != before
        after = settled(kommune)
        write()
        assert mark(kommune) != after


def test_a_look_changes_no_mark_and_another_namespace_has_its_own(kommune: str, write: Callable[[], None]) -> None:
    make_kommune("husum", "Stadt Husum", "Stadt", "SH")
    write()
    for slug in (kommune, "husum"):
        db.engines().forget(slug)  # the last to close a SQLite file brings the journal into it
    here, there = settled(kommune), settled("husum")
    for slug in (kommune, "husum"):
        with db.namespace_in_any_state(slug), db.reading() as tx:
            tx.scalar(sa.text("SELECT 1"))
    assert (mark(kommune), mark("husum")) == (here, there)
    for slug in (kommune, "husum"):
        db.engines().forget(slug)
    assert (mark(kommune), mark("husum")) == (here, there)
    write()
    assert (mark(kommune) != here, mark("husum")) == (True, there)


def test_what_was_written_in_another_process_is_seen(
    kommune: str, write: Callable[[], None], start: Callable[[Callable[[], object]], Callable[[], int]]
) -> None:
    before = settled(kommune)
    assert start(write)() == 0
    assert mark(kommune) != before


@sqlite
def test_a_write_of_this_moment_has_no_mark_yet(
    kommune: str, write: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "SAME_MOMENT_S", 3600)
    write()
    assert mark(kommune) is None


@sqlite
def test_another_file_in_its_place_is_another_mark(kommune: str, installation: Installation) -> None:
    db.close()
    db.configure(installation)
    before, file = settled(kommune), installation.folder(kommune) / "kommune.sqlite"
    copy, times = file.with_suffix(".kopie"), file.stat()
    copy.write_bytes(file.read_bytes())
    os.utime(copy, ns=(times.st_atime_ns, times.st_mtime_ns))
    copy.rename(file)
    assert mark(kommune) != before


def test_what_is_not_there_has_no_mark(installation: Installation, kommune: str) -> None:
    assert db.marks(["gibt-es-nicht"]) == {}
