"""A municipality leaves: when nothing runs, with all its data in a file that brings it back; killed anywhere it ends."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.base import databases, db, engines
from engine.base.db import Installation
from engine.base.errors import Conflict, Invalid, Unavailable, Unknown
from engine.base.rights import SYSTEM
from engine.model import protokoll, vorgang
from engine.verbs import kommune as namespaces
from engine.verbs.backup import back_up
from engine.verbs.kommune import clear_half_made, list_kommunen, lock_kommune, show_kommune, unlock_kommune
from engine.verbs.operate import verify
from engine.verbs.removal import export_file, remove_kommune
from engine.verbs.restore import restore
from tests.engine.cases import Bell, Upload, push, rows
from tests.engine.saved import CHANGED, SQLITE, contents
from tests.engine.test_restore import killed_at

SLUG = "nordfriesland"


@pytest.fixture(autouse=True)
def no_other_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else has asked the registry a moment ago."""
    monkeypatch.setattr(engines, "KNOWN_FOR_S", 0.0)


def traces(installation: Installation) -> list[str]:
    """What there still is of a municipality, the exports left out."""
    found = [path.name for path in installation.home.rglob(f"*{SLUG}*") if path.parent.name != "ausfuhr"]
    if installation.dialect == "postgresql" and databases.exists(installation, databases.planned(installation, SLUG)):
        found.append("database or role")
    return found


def test_it_leaves_in_a_file_that_brings_all_of_it_back(lived: str, installation: Installation) -> None:
    before, target = contents(CHANGED), export_file(lived)
    done = remove_kommune(lived, confirm=lived, export=target, running=True)
    assert done is not None
    assert (done.documents, done.lacking) == (1, ())
    assert target.parent == installation.home / "ausfuhr"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (target.parent, target)] == [0o700, 0o600]
    assert (list_kommunen(), traces(installation)) == ([], [])
    with pytest.raises(Unknown), db.namespace(lived):
        pass
    assert restore(target).kommune.state == "bereit"
    assert contents(CHANGED) == before
    with db.reading() as tx:
        assert "kommune:wiederhergestellt" in tx.scalars(sa.select(protokoll.T.c.tag))


@SQLITE
def test_while_cases_are_running_it_stays_and_says_how_many(lived: str, tmp_path: Path) -> None:
    before = contents()
    with pytest.raises(Conflict, match="laufen noch 2 Vorgänge") as caught:
        remove_kommune(lived, confirm=lived, export=tmp_path / "x")
    assert "--mit-laufenden" in caught.value.causes[0].hint
    assert (show_kommune(lived).state, contents(), (tmp_path / "x").exists()) == ("bereit", before, False)


@SQLITE
def test_cases_that_ended_and_trials_of_designers_hold_nothing_up(lived: str, bell: Bell, tmp_path: Path) -> None:
    first = vorgang.T.c.nummer.endswith("1")
    with db.transaction() as tx:
        tx.execute(sa.update(vorgang.T).where(first).values(closed_at=vorgang.T.c.opened_at))
        tx.execute(sa.update(vorgang.T).where(~first).values(test_by="dora"))
    assert remove_kommune(lived, confirm=lived, export=tmp_path / "x") is not None
    restore(tmp_path / "x")
    with db.transaction() as tx:
        tx.execute(sa.update(vorgang.T).values(closed_at=None, test_by=None))


@SQLITE
def test_who_comes_in_before_it_is_shut_holds_it_up(amt: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process believes for two seconds that it is open: what it takes in then is not lost."""

    def meanwhile(_: float) -> None:
        with db.namespace_in_any_state(amt):
            push(files=[Upload("a.txt", "text/plain", b"inhalt")], nr="1")

    monkeypatch.setattr("engine.verbs.removal.time.sleep", meanwhile)
    with pytest.raises(Conflict, match="läuft noch 1 Vorgang"):
        remove_kommune(amt, confirm=amt, export=tmp_path / "x")
    assert show_kommune(amt).state == "bereit"
    monkeypatch.undo()


@SQLITE
def test_what_is_done_while_the_export_is_written_is_in_it(lived: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    late = ["2", "3"]

    def written(target: Path, seen: object, by: object) -> object:
        done = back_up(target, by=SYSTEM)
        if late:
            push(nr=late.pop())
        return done

    monkeypatch.setattr("engine.verbs.removal.back_up", written)
    remove_kommune(lived, confirm=lived, export=tmp_path / "x", running=True)
    restore(tmp_path / "x")
    assert len(rows(vorgang.T)) == 4
    late += ["5", "6", "7"]
    with pytest.raises(Conflict, match="wird noch gearbeitet"):
        remove_kommune(lived, confirm=lived, export=tmp_path / "x", running=True)
    assert (show_kommune(lived).state, len(rows(vorgang.T))) == ("bereit", 7)


@SQLITE
def test_an_export_inside_what_is_removed_is_refused(lived: str, installation: Installation) -> None:
    with pytest.raises(Invalid, match="im Ordner der Kommune"):
        remove_kommune(lived, confirm=lived, export=installation.folder(lived) / "dokumente" / ".." / "x", running=True)
    assert show_kommune(lived).state == "bereit"


@SQLITE
def test_an_export_that_cannot_be_written_leaves_all_as_it_was(lived: str, tmp_path: Path) -> None:
    before = contents()
    (tmp_path / "file").write_text("wichtig")
    with pytest.raises(Invalid, match="nicht überschrieben"):
        remove_kommune(lived, confirm=lived, export=tmp_path / "file", running=True)
    with pytest.raises(Unavailable, match="nicht geschrieben"):
        remove_kommune(lived, confirm=lived, export=tmp_path / "file" / "x", running=True)
    assert (show_kommune(lived).state, contents()) == ("bereit", before)
    lock_kommune(lived)
    with pytest.raises(Invalid):
        remove_kommune(lived, confirm=lived, export=tmp_path / "file", running=True)
    assert unlock_kommune(lived).state == "bereit", "one that was shut before stays shut"


@SQLITE
def test_removing_wants_the_slug_repeated(lived: str) -> None:
    with pytest.raises(Invalid) as caught:
        remove_kommune(lived, confirm="nordfriesand", export=None, running=True)
    assert [cause.pointer for cause in caught.value.causes] == ["/confirm"]


@pytest.mark.parametrize(
    ("installation", "point"),
    [
        ("sqlite", "removal.after_lock"),
        ("sqlite", "removal.before_row"),
        pytest.param("postgresql", "removal.after_export", marks=pytest.mark.integration),
        pytest.param("postgresql", "removal.after_database", marks=pytest.mark.integration),
    ],
    indirect=["installation"],
)
def test_killed_anywhere_and_run_again_it_is_gone_and_in_a_file(
    lived: str, installation: Installation, tmp_path: Path, point: str
) -> None:
    before, first, again = contents(CHANGED), tmp_path / "erste", tmp_path / "zweite"
    killed_at(point, lambda: remove_kommune(lived, confirm=lived, export=first, running=True))
    db.engines().forget(lived)
    remove_kommune(lived, confirm=lived, export=again, running=True)
    assert (list_kommunen(), traces(installation)) == ([], [])
    restore(again if again.exists() else first)
    assert contents(CHANGED) == before
    assert verify() == []


@SQLITE
def test_killed_while_it_was_shut_it_can_be_opened_again(lived: str, tmp_path: Path) -> None:
    before = contents()
    killed_at("removal.after_lock", lambda: remove_kommune(lived, confirm=lived, export=tmp_path / "x", running=True))
    db.engines().forget(lived)
    with pytest.raises(Unavailable, match="gesperrt"), db.namespace(lived):
        pass
    unlock_kommune(lived)
    assert contents() == before


@SQLITE
def test_what_is_ready_is_never_cleared_away(lived: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between a look and the lock another process may have finished it."""
    before = contents()
    assert clear_half_made(lived) is False
    assert clear_half_made("atlantis") is True
    assert contents() == before
    assert namespaces.show_kommune(lived).state == "bereit"
