"""Documents as files, named by the hash of their content, in the folder of the municipality we are in.

A document is written and synced *before* the transaction that names it, so that no row ever names bytes that are not there.
Bytes nobody names are left by a transaction that failed; `sweep` removes them later.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from engine.base import db
from engine.base.columns import new_id
from engine.base.databases import make_folder, sync_folder
from engine.base.errors import Problem, Unavailable, Unknown

_SHA256 = re.compile(r"[0-9a-f]{64}")
KEPT = ".kept"
AGE = timedelta(days=1)
"""Younger files stay in any case: they may be about to be named."""
AT_ONCE = 500


class Damaged(Problem):
    """A document's bytes are not what they were when it was stored."""


def wanted(sha256: str) -> None:
    """Say that a document is wanted still though nothing names it at this moment: no sweep takes it for a day."""
    db.assert_outside()
    with _lock(fcntl.LOCK_SH), suppress(FileNotFoundError):
        os.utime(_path(sha256))


def put(content: bytes) -> str:
    """Store bytes and return their SHA-256; storing the same again changes nothing.

    Raises:
        Unavailable: the disk is full or cannot be written to; nothing is left behind.
    """
    db.assert_outside()
    sha256 = hashlib.sha256(content).hexdigest()
    path = _path(sha256)
    try:
        with _lock(fcntl.LOCK_SH):
            if _is_there(path, content):
                # A sweep must see that it is wanted again.
                os.utime(path)
            else:
                _write(path, (content,))
    except OSError as cause:
        raise Unavailable(f"Ein Dokument konnte nicht gespeichert werden: {cause.strerror}.") from cause
    return sha256


def get(sha256: str) -> bytes:
    """The bytes of a document.

    Raises:
        Unknown: there is no such document here.
        Damaged: the bytes have changed since they were stored.
    """
    db.assert_outside()
    try:
        content = _read(_path(sha256))
    except FileNotFoundError as cause:
        raise Unknown("Dieses Dokument gibt es hier nicht.") from cause
    except OSError as cause:
        raise Unavailable(f"Ein Dokument konnte nicht gelesen werden: {cause.strerror}.") from cause
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Damaged(f"Das Dokument {sha256[:12]}… ist beschädigt. Bitte aus der Sicherung wiederherstellen.")
    return content


def exists(sha256: str) -> bool:
    """Whether the bytes of a document are here; it does not check them."""
    return _path(sha256).exists()


def stored() -> Iterator[str]:
    """The hashes of all documents of the municipality, for `verify` and backups."""
    for part in sorted(folder().glob("??")):  # a part at a time: there may be millions
        for path in sorted(part.glob("??/*")):
            if _SHA256.fullmatch(path.name):
                yield path.name


def hash_of(pieces: Iterable[bytes]) -> str:
    """The name that a document of these bytes has."""
    mark = hashlib.sha256()
    for piece in pieces:
        mark.update(piece)
    return mark.hexdigest()


def size_of(sha256: str) -> int | None:
    """How large a document is; None if its bytes are not here."""
    try:
        return _path(sha256).stat().st_size
    except FileNotFoundError:
        return None


def parts(sha256: str) -> Iterator[bytes]:
    """The bytes of a document, piece by piece; at the end it has been checked.

    Raises:
        Damaged: the bytes have changed since they were stored; what came before is not to be used.
    """
    db.assert_outside()
    mark = hashlib.sha256()
    with _path(sha256).open("rb") as file:
        while part := file.read(1 << 20):
            mark.update(part)
            yield part
    if mark.hexdigest() != sha256:
        raise Damaged(f"Das Dokument {sha256[:12]}… ist beschädigt. Bitte aus der Sicherung wiederherstellen.")


def take(sha256: str, pieces: Iterable[bytes]) -> None:
    """Store a document that comes piece by piece, from a backup, under the hash it must have.

    Raises:
        Damaged: it has another; nothing is left behind.
        Unavailable: the disk is full or cannot be written to.
    """
    db.assert_outside()
    path, mark = _path(sha256), hashlib.sha256()

    def marked() -> Iterator[bytes]:
        for piece in pieces:
            mark.update(piece)
            yield piece
        if mark.hexdigest() != sha256:
            raise Damaged(f"Das Dokument {sha256[:12]}… ist in der Sicherung beschädigt.")

    try:
        with _lock(fcntl.LOCK_SH):
            _write(path, marked())
    except OSError as cause:
        raise Unavailable(f"Ein Dokument konnte nicht gespeichert werden: {cause.strerror}.") from cause


def sweep(named: Callable[[Collection[str]], Collection[str]], *, older_than: timedelta = AGE) -> int:
    """Remove documents nobody names, and what killed writers left; returns how many files went.

    `named` says which of some documents something names. Young files stay: the transaction that will name them may not have
    been committed yet. Where all are needed at this time (`none_removed`), they stay until the next time.
    """
    db.assert_outside()
    removed = 0
    for part in sorted(folder().glob("??")):  # a part at a time: there may be millions
        old = [path.name for path in part.glob("??/*") if _SHA256.fullmatch(path.name) and _is_old(path, older_than)]
        for start in range(0, len(old), AT_ONCE):
            some = old[start : start + AT_ONCE]
            unnamed = set(some) - set(named(some))
            removed += sum(remove(sha256, older_than=older_than) is True for sha256 in unnamed)
    for path in (folder() / "tmp").glob("*"):
        with _lock(fcntl.LOCK_EX):  # no writer is at it
            if _is_old(path, older_than):
                path.unlink()
                removed += 1
    return removed


def remove(sha256: str, *, older_than: timedelta = AGE) -> bool | None:
    """Remove a document that nobody names any more; False if it is gone.

    None if that must wait: it is too young to be sure (see `sweep`), or all are needed at this time (`none_removed`).
    """
    db.assert_outside()
    path = _path(sha256)
    try:
        with _lock(fcntl.LOCK_EX | fcntl.LOCK_NB, KEPT), _lock(fcntl.LOCK_EX):
            if not path.exists():
                return False
            if not _is_old(path, older_than):
                return None
            path.unlink()
            sync_folder(path.parent)
    except BlockingIOError:
        return None
    return True


@contextmanager
def none_removed() -> Iterator[None]:
    """Let no document be removed for a while: a backup or a check has read the rows that name them."""
    with _lock(fcntl.LOCK_SH, KEPT):
        yield


def folder() -> Path:
    """The folder of the documents of the municipality we are in."""
    return db.current_installation().folder(db.slug()) / "dokumente"


def _is_old(path: Path, older_than: timedelta) -> bool:
    """Whether a file has lain there for so long, and still does; its times are the machine's, not the house's movable clock."""
    try:
        return path.stat().st_mtime < time.time() - older_than.total_seconds()
    except FileNotFoundError:
        return False


def _path(sha256: str) -> Path:
    if _SHA256.fullmatch(sha256) is None:
        raise Unknown("Dieses Dokument gibt es hier nicht.")
    return folder() / sha256[:2] / sha256[2:4] / sha256


def _is_there(path: Path, content: bytes) -> bool:
    """Whether the same bytes are stored already; damaged ones are written anew."""
    try:
        return _read(path) == content
    except FileNotFoundError:
        return False


@contextmanager
def _lock(how: int, name: str = ".lock") -> Iterator[None]:
    """Writers share the lock, a sweep holds it alone for each file."""
    make_folder(folder())
    descriptor = os.open(folder() / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)


def _read(path: Path) -> bytes:
    """The one place where a document's bytes are read."""
    return path.read_bytes()


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    """The one place where a document's bytes are written: all of them, synced, or none under that name."""
    make_folder(path.parent)
    temporary = folder() / "tmp" / new_id()
    make_folder(temporary.parent)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
