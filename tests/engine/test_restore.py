"""What cannot be restored is refused with a sentence and leaves nothing; what was killed finishes when called again."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from engine.base import archive, databases, db, faults, files
from engine.base.errors import Conflict, Invalid, Problem, Unavailable, Unknown, Unreadable
from engine.base.rights import SYSTEM
from engine.base.seal import new_key
from engine.migrations import head
from engine.verbs.backup import back_up
from engine.verbs.operate import verify
from engine.verbs.restore import restore
from tests.conftest import SECRET
from tests.engine.saved import CHANGED, SQLITE, contents

# --- refused -------------------------------------------------------------------------------------------------------


def test_an_existing_municipality_is_not_overwritten(file: Path, lived: str) -> None:
    before = contents()
    with pytest.raises(Conflict, match="--as"):
        restore(file)
    assert contents() == before


@SQLITE
@pytest.mark.usefixtures("nothing_left")
def test_a_truncated_file_is_refused_wherever_it_ends(file: Path, tmp_path: Path) -> None:
    whole = file.read_bytes()
    for length in {0, 1, 511, 513, 5000, len(whole) // 2, len(whole) - 1024 - 512, len(whole) - 1024 - 500}:
        cut = tmp_path / "cut"
        cut.write_bytes(whole[:length])
        with pytest.raises((archive.Broken, Unreadable)):
            restore(cut, "husum")


@SQLITE
@pytest.mark.usefixtures("nothing_left")
def test_a_changed_bit_is_refused_wherever_it_is(file: Path, tmp_path: Path) -> None:
    whole = bytearray(file.read_bytes())
    for at in range(3, len(whole) - 1024 - 512 + 64, max(1, len(whole) // 40)):
        changed = bytearray(whole)
        changed[at] ^= 1
        (tmp_path / "changed").write_bytes(changed)
        if _padding(bytes(whole), at):
            continue
        with pytest.raises(Problem):
            restore(tmp_path / "changed", "husum")


def _padding(whole: bytes, at: int) -> bool:
    """Whether a byte only fills up a block."""
    start = 0
    while start < len(whole):
        size = int(whole[start + 124 : start + 135] or b"0", 8) if whole[start] else 0
        end = start + 512 + size
        if start <= at < end:
            return False
        start = end + -size % 512
        if end <= at < start or not whole[start : start + 1].strip(b"\0"):
            return True
    return True


@SQLITE
@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "keine Sicherung"),
        (b"PK\x03\x04" + b"x" * 1000, "keine Sicherung"),
        (b"\0" * 10240, "keine Sicherung"),
        (b"manifest.json" + b"\0" * 600, "keine Sicherung"),
    ],
)
def test_a_file_that_is_no_backup_is_refused(amt: str, tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(Unreadable, match=says):
        restore(tmp_path / "x", "husum")


def made_up(path: Path, members: Sequence[tuple[str, bytes]], told: dict[str, Any] | None = None, secret: str = SECRET) -> Path:
    """A file of our own making, sealed."""
    with path.open("wb") as file:
        writer = archive.Writer(file, secret)
        known = {
            "slug": "husum", "name": "Husum", "kind": "Stadt", "land": "SH", "allow_ips": [], "stellen": [], "tables": {},
            "at": "2026-01-01T00:00:00+00:00", "revision": head("kommune"), "key": new_key(secret),
        }  # fmt: skip
        writer.manifest(known | (told or {}))
        for name, content in members:
            writer.add(name, len(content), [content])
        writer.end({"zeilen": {}, "dokumente": 0, "fehlen": [], "fehlend": 0})
    return path


@SQLITE
@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "dokumente/../../x", "zeilen/x/../0.json.z", "kommune.sqlite", "manifest.json"]
)
def test_a_name_that_leads_elsewhere_is_refused(amt: str, tmp_path: Path, name: str) -> None:
    with pytest.raises(archive.Broken):
        restore(made_up(tmp_path / "x", [(name, b"x")]))


@SQLITE
@pytest.mark.usefixtures("nothing_left")
def test_a_document_with_another_hash_is_refused(amt: str, tmp_path: Path) -> None:
    with pytest.raises(archive.Broken):
        restore(made_up(tmp_path / "x", [("dokumente/" + "0" * 64, b"x")]))


@SQLITE
@pytest.mark.usefixtures("nothing_left")
def test_rows_that_grow_without_end_are_refused(amt: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import zlib

    monkeypatch.setattr(archive, "MOST_PIECE", 1 << 16)
    bomb = zlib.compress(b"0" * (1 << 20))
    with pytest.raises(archive.Broken):
        restore(made_up(tmp_path / "x", [("zeilen/vorgang/0.json.z", bomb)], {"tables": {"vorgang": [["id", "text"]]}}))


@SQLITE
@pytest.mark.usefixtures("nothing_left")
def test_a_newer_backup_and_one_of_another_secret_are_refused_with_what_to_do(amt: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="neuer"):
        restore(made_up(tmp_path / "x", [], {"format": 2}))
    with pytest.raises(Invalid, match="zuerst Amtsweg erneuern"):
        restore(made_up(tmp_path / "x", [], {"revision": "9999"}))
    with pytest.raises(Invalid, match="AMTSWEG_SECRET"):
        restore(made_up(tmp_path / "x", [], secret="ein anderes"))


# --- killed --------------------------------------------------------------------------------------------------------


def killed_at(point: str, act: Callable[[], object]) -> None:
    """Do something in a child that dies at a point."""
    pid = os.fork()
    if pid == 0:
        faults.arm(point)
        try:
            act()
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


def test_a_killed_backup_leaves_no_file_under_that_name_and_the_next_tidies_up(lived: str, tmp_path: Path) -> None:
    target = tmp_path / "sicherung"
    killed_at("backup.before_rename", lambda: back_up(target, by=SYSTEM))
    assert not target.exists()
    back_up(target, by=SYSTEM)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["sicherung"]


@pytest.mark.parametrize("point", ["restore.before_rows", "restore.after_rows"])
def test_a_killed_restore_is_never_ready_and_the_same_again_finishes(file: Path, point: str) -> None:
    before = contents(CHANGED)
    killed_at(point, lambda: restore(file, "husum"))
    with pytest.raises(Unknown), db.namespace("husum"):
        pass
    restore(file, "husum")
    with db.namespace("husum"):
        assert contents(CHANGED) == before
        assert verify() == []


@SQLITE
def test_a_restore_that_fails_leaves_nothing(file: Path, monkeypatch: pytest.MonkeyPatch, nothing_left: None) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "sync_folder", full)
    with pytest.raises(Unavailable, match="No space left"):
        restore(file, "husum")


def test_a_failed_restore_that_could_not_be_taken_back_is_cleared_away_by_the_next(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "sync_folder", full)
    monkeypatch.setattr(databases, "remove", full)
    with pytest.raises(Unavailable):
        restore(file, "husum")
    monkeypatch.undo()
    assert restore(file, "husum").kommune.state == "bereit"
