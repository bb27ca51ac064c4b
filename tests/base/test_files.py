"""Documents by hash: written before they are named, checked when they are read, swept when nobody names them."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import stat
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from engine.base import db, files
from engine.base.errors import Unavailable, Unknown
from engine.verbs.kommune import make_kommune

Start = Callable[[Callable[[], object]], Callable[[], int]]

# Files do not depend on the database: one is enough.
pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


def path_of(sha256: str) -> Path:
    return files.folder() / sha256[:2] / sha256[2:4] / sha256


def age(path: Path) -> None:
    past = time.time() - timedelta(days=2).total_seconds()
    os.utime(path, (past, past))


def nothing(_: object) -> set[str]:
    """What is named: nothing."""
    return set()


def leftovers() -> list[Path]:
    return list((files.folder() / "tmp").glob("*"))


def test_bytes_come_back_under_their_hash(kommune: str) -> None:
    content = b"%PDF-1.7 Bescheid"
    sha256 = files.put(content)
    assert sha256 == hashlib.sha256(content).hexdigest()
    assert files.exists(sha256)
    assert files.get(sha256) == content
    assert leftovers() == []


def test_storing_the_same_bytes_again_changes_nothing(kommune: str) -> None:
    assert files.put(b"zweimal") == files.put(b"zweimal")
    assert list(files.stored()) == [hashlib.sha256(b"zweimal").hexdigest()]


def test_an_empty_document_is_a_document(kommune: str) -> None:
    assert files.get(files.put(b"")) == b""


def test_many_writers_of_the_same_bytes_do_not_disturb_each_other(kommune: str) -> None:
    content = os.urandom(200_000)

    def work(_: int) -> str:
        with db.namespace(kommune):
            return files.put(content)

    with ThreadPoolExecutor(8) as threads:
        hashes = set(threads.map(work, range(24)))
    assert len(hashes) == 1
    assert files.get(hashes.pop()) == content
    assert leftovers() == []


def test_a_document_belongs_to_one_municipality(kommune: str) -> None:
    sha256 = files.put(b"nur hier")
    make_kommune("husum", "Stadt Husum", "Stadt", "SH")
    with db.namespace("husum"):
        assert not files.exists(sha256)
        with pytest.raises(Unknown):
            files.get(sha256)


def test_only_we_can_read_the_files(kommune: str) -> None:
    path = path_of(files.put(b"vertraulich"))
    assert path.stat().st_mode & 0o077 == 0
    for folder in list(path.parents)[:5]:
        assert folder.stat().st_mode & 0o077 == 0, folder


def test_damaged_bytes_are_noticed_and_mended_by_storing_them_again(kommune: str) -> None:
    sha256 = files.put(b"unversehrt")
    path_of(sha256).write_bytes(b"unversehrT")
    with pytest.raises(files.Damaged, match="beschädigt"):
        files.get(sha256)
    assert files.put(b"unversehrt") == sha256
    assert files.get(sha256) == b"unversehrt"


@pytest.mark.parametrize("name", ["0" * 64, "abc", "../../../zentrale.sqlite", "A" * 64, "", "0" * 63 + "\n"])
def test_what_is_not_there_or_not_a_hash_is_unknown(kommune: str, name: str) -> None:
    with pytest.raises(Unknown):
        files.get(name)


def test_no_file_is_touched_inside_a_transaction(kommune: str) -> None:
    sha256 = files.put(b"vorher")
    with db.transaction():
        for touch in (lambda: files.put(b"mittendrin"), lambda: files.get(sha256), lambda: files.sweep(nothing)):
            with pytest.raises(db.Misuse):
                touch()
    assert list(files.stored()) == [sha256]


def test_a_folder_that_cannot_be_written_to_is_a_sentence_and_leaves_nothing(kommune: str) -> None:
    first = hashlib.sha256(b"geht nicht").hexdigest()[:2]
    (files.folder() / first).write_text("a file where a folder should be")
    with pytest.raises(Unavailable, match="nicht gespeichert"):
        files.put(b"geht nicht")
    assert leftovers() == []


def test_a_disk_that_takes_no_more_is_a_sentence_and_leaves_nothing(kommune: str, start: Start) -> None:
    def work() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        with pytest.raises(Unavailable, match="konnte nicht gespeichert werden"):
            files.put(b"x" * 5000)

    assert start(work)() == 0
    assert list(files.stored()) == []
    assert leftovers() == []


def test_a_writer_killed_half_way_leaves_no_document_and_a_sweep_tidies_up(kommune: str, start: Start) -> None:
    sync = os.fsync

    def kill_at_the_file(descriptor: int) -> None:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.kill(os.getpid(), signal.SIGKILL)
        sync(descriptor)

    def work() -> None:
        os.fsync = kill_at_the_file
        files.put(b"x" * 5000)

    assert start(work)() == -signal.SIGKILL
    assert list(files.stored()) == []
    assert len(leftovers()) == 1
    assert files.sweep(nothing) == 0, "a young one may still be written"
    age(leftovers()[0])
    assert files.sweep(nothing) == 1
    assert leftovers() == []
    assert files.get(files.put(b"x" * 5000)) == b"x" * 5000


def test_a_sweep_removes_old_documents_nobody_names(kommune: str) -> None:
    named, old, young = files.put(b"benannt"), files.put(b"alt"), files.put(b"jung")
    age(path_of(named))
    age(path_of(old))
    assert files.sweep(lambda hashes: {named}) == 1
    assert [files.exists(sha256) for sha256 in (named, old, young)] == [True, False, True]


def test_a_document_stored_again_is_young_again(kommune: str) -> None:
    sha256 = files.put(b"wieder gebraucht")
    age(path_of(sha256))
    files.put(b"wieder gebraucht")
    assert files.sweep(nothing) == 0
    assert files.exists(sha256)
