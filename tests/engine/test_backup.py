"""Backup and restore of one namespace while it runs: all of it, or a sentence why not; and nothing goes out twice."""

from __future__ import annotations

import datetime as dt
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.base import clock, db, files
from engine.base.db import Installation, new_id
from engine.base.errors import Invalid, Unavailable
from engine.base.rights import SYSTEM
from engine.model import (
    aufgabe,
    auftrag,
    dokument,
    einstellung,
    frist,
    protokoll,
    restored,
    search,
    session,
    vorgang,
    zustaendigkeit,
)
from engine.model.zentrale import ZUSTAENDIGKEIT
from engine.verbs import kommune as namespaces
from engine.verbs import work as working
from engine.verbs.backup import BackedUp, back_up, kind_of, tables
from engine.verbs.due import tick
from engine.verbs.operate import verify
from engine.verbs.removal import remove_kommune
from engine.verbs.restore import release_outbox, restore
from tests.conftest import SECRET
from tests.engine.cases import Bell, Twin, Upload, push, rows, vorgang_of, work_all
from tests.engine.saved import CHANGED, CONTENT, SQLITE, contents

# --- there and back ------------------------------------------------------------------------------------------------


def test_everything_comes_back_under_another_slug(file: Path, lived: str) -> None:
    before = contents(CHANGED)
    done = restore(file, "husum")
    assert (done.kommune.slug, done.kommune.name, done.kommune.state) == ("husum", "Kreis Nordfriesland", "bereit")
    assert (done.lost_units, done.lacking) == (("100001",), ())
    with db.namespace("husum"):
        assert contents(CHANGED) == before
        assert verify() == []
        assert files.get(rows(dokument.T)[0].sha256) == CONTENT
        with db.reading() as tx:
            assert einstellung.read(tx, "konnektor.demo") == {"url": "https://example.org", "schluessel": "geheim"}
            assert "kommune:wiederhergestellt" in tx.scalars(sa.select(protokoll.T.c.tag))
        assert [row.words for row in rows(search.T)]
        assert rows(session.Session.__table__) == []


def test_it_comes_back_under_its_own_slug_after_it_was_lost(file: Path, lived: str) -> None:
    before = contents(CHANGED)
    remove_kommune(lived, confirm=lived, export=None, running=True)
    done = restore(file)
    assert (done.kommune.slug, done.kommune.stellen, done.kommune.allow_ips) == (lived, ("100001",), ("127.0.0.0/8",))
    assert contents(CHANGED) == before


def test_what_it_was_competent_for_comes_back_unless_it_is_another_s_by_now(lived: str, tmp_path: Path) -> None:
    rules = [("99093003001000", "01054", None), ("99093003001000", "01054056", "42")]
    with db.zentrale() as tx:
        for leika, ags, unit in rules:
            tx.execute(sa.insert(ZUSTAENDIGKEIT).values(id=new_id(), slug=lived, leika=leika, ags=ags, unit=unit))
    remove_kommune(lived, confirm=lived, export=tmp_path / "x", running=True)
    with db.zentrale_reading() as tx:
        assert zustaendigkeit.at_places(tx, lived) == []
    assert restore(tmp_path / "x").lost_rules == ()
    with db.zentrale_reading() as tx:
        assert zustaendigkeit.at_places(tx, lived) == rules
    second = restore(tmp_path / "x", "husum")
    assert second.lost_rules == ("99093003001000 in 01054", "99093003001000 in 01054056")


@SQLITE
def test_a_backup_is_only_for_who_made_it_and_says_so_in_the_protokoll(file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir() if "sicherung" in path.name] == [file.name]
    assert rows(protokoll.T, tag="kommune:gesichert")
    assert b"geheim" not in file.read_bytes()


@SQLITE
def test_a_newer_backup_takes_the_place_of_an_older_one_and_of_nothing_else(file: Path, tmp_path: Path) -> None:
    before = file.read_bytes()
    assert isinstance(back_up(file, by=SYSTEM), BackedUp)
    assert file.read_bytes() != before
    other = tmp_path / "wichtig.txt"
    other.write_text("bleibt")
    with pytest.raises(Invalid, match="nicht überschrieben"):
        back_up(other, by=SYSTEM)
    assert other.read_text() == "bleibt"
    with pytest.raises(Unavailable, match="nicht geschrieben"):
        back_up(tmp_path / "gibt-es-nicht" / "x", by=SYSTEM)


def test_what_happens_while_it_is_written_is_in_it_whole_or_not_at_all(lived: str, tmp_path: Path) -> None:
    """Applications with documents arrive all the time; what comes back is sound."""
    ended = threading.Event()

    def busy() -> None:
        with db.namespace(lived):
            while not ended.is_set():
                push(files=[Upload("b.txt", "text/plain", os.urandom(2000))])

    sender = threading.Thread(target=busy)
    sender.start()
    try:
        for number in range(3):
            assert back_up(tmp_path / str(number), by=SYSTEM).lacking == ()
    finally:
        ended.set()
        sender.join()
    for number in range(3):
        restore(tmp_path / str(number), f"husum-{number}")
        with db.namespace(f"husum-{number}"):
            assert verify() == []


@SQLITE
def test_a_document_that_is_lost_already_holds_up_no_backup_and_is_told(lived: str, tmp_path: Path) -> None:
    [row] = rows(dokument.T)
    path = files.folder() / row.sha256[:2] / row.sha256[2:4] / row.sha256
    for content in (None, b"anders"):
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        assert back_up(tmp_path / "x", by=SYSTEM).lacking == (row.sha256,)
        done = restore(tmp_path / "x", "husum")
        assert done.lacking == (row.sha256,)
        with db.namespace("husum"):
            assert [one.invariant for one in verify()] == ["dokument"]
        remove_kommune("husum", confirm="husum", export=None, running=True)
    path.write_bytes(CONTENT)


def test_every_column_there_is_can_be_written_neutrally() -> None:
    assert all(kind_of(column) for table in tables() for column in table.columns)


@pytest.mark.integration
def test_a_backup_of_one_database_is_restored_on_the_other(
    file: Path, lived: str, installation: Installation, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    before = contents(CHANGED)
    server = request.getfixturevalue("postgresql_server")
    there = "sqlite" if installation.dialect == "postgresql" else server.url("testandere")
    with moved(installation, Installation(tmp_path / "da", there, SECRET)):
        restore(file)
        with db.namespace(lived):
            assert contents(CHANGED) == before
            assert verify() == []
    server.drop("testandere")


@contextmanager
def moved(here: Installation, there: Installation) -> Iterator[None]:
    """Work on another installation for a while."""
    db.configure(there)
    try:
        namespaces.prepare()
        yield
    finally:
        db.configure(here)


# --- held ----------------------------------------------------------------------------------------------------------


def test_nothing_goes_out_until_it_is_released_and_then_with_the_keys_of_the_origin(file: Path, bell: Bell) -> None:
    twin, other = Twin(), Twin()
    work_all(bell, twin)  # the origin goes on
    [sent] = twin.ledger
    restore(file, "husum")
    bell.rung.clear()
    with db.namespace("husum"):
        [open] = rows(auftrag.T, state="bereit")
        assert not working.work(open.id, other, by=SYSTEM)
        with clock.frozen(clock.now() + dt.timedelta(days=40)):
            counts = tick()
        assert (counts["timers"], counts["starts"], counts["offered"]) == (0, 0, 0)
        assert bell.rung == []
        assert other.ledger == []
        assert release_outbox(by=SYSTEM) is True
        assert release_outbox(by=SYSTEM) is False
        assert len(rows(protokoll.T, tag="ausgang:freigegeben")) == 1
        assert bell.rung == [open.id]
        work_all(bell, other)
        assert other.ledger == [sent], "the other side takes it for the same"
        with clock.frozen(clock.now() + dt.timedelta(days=40)):
            assert tick()["timers"] == 2
        assert verify() == []


def test_a_restored_one_that_is_backed_up_and_restored_keeps_the_first_origin(file: Path, tmp_path: Path) -> None:
    restore(file, "husum")
    with db.namespace("husum"):
        release_outbox(by=SYSTEM)
        back_up(tmp_path / "zweite", by=SYSTEM)
    restore(tmp_path / "zweite", "kiel")
    with db.namespace("kiel"), db.reading() as tx:
        assert restored.origin(tx) == "nordfriesland"
        assert restored.told(tx) is not None


def test_clerks_go_on_while_it_is_held(file: Path, bell: Bell) -> None:
    from engine.verbs.desk import claim_aufgabe, complete_aufgabe
    from tests.engine.cases import ANNA

    restore(file, "husum")
    with db.namespace("husum"):
        [task] = rows(aufgabe.T, state="offen")
        claim_aufgabe(task.id, by=ANNA)
        complete_aufgabe(task.id, {"ok": True}, by=ANNA)
        assert rows(vorgang.T, id=task.vorgang_id)[0].state == "completed"
        assert rows(frist.T, vorgang_id=task.vorgang_id)[0].state == "entfallen"
        push(nr="3")
        assert verify() == []


def test_the_number_of_a_new_case_goes_on_where_the_backup_was(file: Path) -> None:
    restore(file, "husum")
    with db.namespace("husum"):
        assert rows(vorgang.T, id=vorgang_of(push(nr="3")))[0].nummer.endswith("-00003")
