"""The file of a backup: a tar of small members in a fixed order, and at its end a seal over all of them.

    manifest.json                what it is, of which namespace, at which revision, and the columns of every table
    zeilen/<table>/<n>.json.z    rows, one JSON list a line, compressed in pieces of about a megabyte
    dokumente/<sha256>           documents under the hash of their bytes
    ende.json                    how many of each; written last, so a file that was cut off has none
    siegel                       HMAC over names, sizes and bytes, with a key derived from AMTSWEG_SECRET

Nothing in it is ever unpacked by its name: a name says which table or which hash, or the file is refused. Both ways it is a
stream; memory does not grow with it, and what a piece may become when decompressed is limited.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import re
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from engine.base.databases import sync_folder
from engine.base.errors import Conflict, Invalid, Problem, Unavailable, Unreadable
from engine.base.seal import derived_key, seal, unseal

FORMAT = 1
PRODUCT = "amtsweg-sicherung"
MANIFEST, END, SEAL = "manifest.json", "ende.json", "siegel"
ROWS = re.compile(r"zeilen/([a-z_]{1,40})/(\d{1,9})\.json\.z")
DOCUMENT = re.compile(r"dokumente/([0-9a-f]{64})")
PIECE = 1 << 20
MOST_TOLD = 4 << 20
MOST_PIECE = 256 << 20
"""What a piece of rows may become: a single row may hold a whole bundle."""
_BLOCK = tarfile.BLOCKSIZE


class Broken(Problem):
    """A backup that is not whole, or not as it was written."""


def _not_ours() -> Unreadable:
    return Unreadable("Die Datei ist keine Sicherung von Amtsweg.")


def _cut() -> Broken:
    return Broken("Die Sicherung ist unvollständig: Die Datei ist abgeschnitten. Bitte eine andere Sicherung nehmen.")


def _damaged() -> Broken:
    return Broken("Die Sicherung ist beschädigt oder verändert worden. Bitte eine andere Sicherung nehmen.")


def _sealing(secret: str) -> hmac.HMAC:
    return hmac.new(derived_key(secret, b"amtsweg sicherung 1"), digestmod=hashlib.sha256)


# --- writing -------------------------------------------------------------------------------------------------------


class Writer:
    """Writes the members one after another."""

    def __init__(self, file: IO[bytes], secret: str) -> None:
        self._file, self._seal, self._secret = file, _sealing(secret), secret

    def add(self, name: str, size: int, parts: Iterable[bytes]) -> None:
        """Add a member of a known size."""
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        self._file.write(info.tobuf(tarfile.USTAR_FORMAT))
        if name != SEAL:
            self._seal.update(f"{name}\0{size}\0".encode())
        written = 0
        for part in parts:
            self._seal.update(part)
            self._file.write(part)
            written += len(part)
        if written != size:
            raise OSError(f"{name}: {written} instead of {size} bytes")
        self._file.write(b"\0" * (-size % _BLOCK))

    def manifest(self, told: dict[str, Any]) -> None:
        """Say what this is, first of all."""
        told = {"produkt": PRODUCT, "format": FORMAT, "probe": seal(PRODUCT, self._secret), **told}
        self._json(MANIFEST, told)

    def rows(self, table: str, number: int, lines: Iterable[bytes]) -> None:
        """Add a piece of a table."""
        packed = zlib.compress(b"\n".join(lines), 3)
        self.add(f"zeilen/{table}/{number}.json.z", len(packed), [packed])

    def end(self, told: dict[str, Any]) -> None:
        """Say what was written, and seal it."""
        self._json(END, told)
        mark = self._seal.hexdigest().encode()
        self.add(SEAL, len(mark), [mark])
        self._file.write(b"\0" * 2 * _BLOCK)

    def _json(self, name: str, told: dict[str, Any]) -> None:
        content = json.dumps(told, ensure_ascii=False).encode()
        self.add(name, len(content), [content])


@contextmanager
def writing(target: Path) -> Iterator[IO[bytes]]:
    """Write a file that only we can read; it gets its name when all of it is on the disk, or none.

    Raises:
        Conflict: another backup is being written to the same file.
        Invalid: under that name stands something else.
        Unavailable: the disk is full or cannot be written to.
    """
    _assert_free(target)
    half = target.with_name(f".{target.name}.teil")
    try:
        descriptor = _held(half)
    except OSError as cause:
        raise Unavailable(f"Die Sicherung konnte nicht geschrieben werden: {cause.strerror}.") from cause
    with os.fdopen(descriptor, "wb") as file:
        try:
            file.truncate(0)
            yield file
            file.flush()
            os.fsync(file.fileno())
            half.rename(target)
            sync_folder(target.absolute().parent)
        except BaseException as cause:
            half.unlink(missing_ok=True)
            if isinstance(cause, OSError):
                raise Unavailable(f"Die Sicherung konnte nicht geschrieben werden: {cause.strerror or cause}.") from cause
            raise


def _assert_free(target: Path) -> None:
    """An older backup may be replaced; nothing else is."""
    if not target.exists():
        return
    if target.is_file():
        with target.open("rb") as file:
            if file.read(len(MANIFEST)) == MANIFEST.encode():
                return
    raise Invalid(f"Unter „{target}“ liegt etwas anderes als eine Sicherung; es wird nicht überschrieben.")


def _held(half: Path) -> int:
    """The half-written file, ours alone; what a killed backup left in it is written over."""
    while True:
        descriptor = os.open(half, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as cause:
            os.close(descriptor)
            raise Conflict("In diese Datei wird gerade eine andere Sicherung geschrieben.") from cause
        # Between our open and our lock the one before may have given the file its final name: then it is not ours.
        if half.exists() and os.fstat(descriptor).st_ino == half.stat().st_ino:
            return descriptor
        os.close(descriptor)


# --- reading -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Member:
    """A member as it passes by: its bytes can be taken once, before the next one is asked for."""

    name: str
    size: int
    parts: Iterator[bytes]

    def content(self, most: int = MOST_TOLD) -> bytes:
        """All of it."""
        if self.size > most:
            raise _damaged()
        return b"".join(self.parts)

    def json(self) -> dict[str, Any]:
        """A manifest or an end."""
        try:
            told = json.loads(self.content())
        except ValueError as cause:
            raise _damaged() from cause
        if not isinstance(told, dict):
            raise _damaged()
        return told

    def lines(self) -> list[bytes]:
        """A piece of rows."""
        unpacking = zlib.decompressobj()
        try:
            content = unpacking.decompress(self.content(MOST_PIECE), MOST_PIECE)
        except zlib.error as cause:
            raise _damaged() from cause
        if not unpacking.eof:
            raise _damaged()
        return content.split(b"\n")


def members(file: IO[bytes], secret: str, seen: Callable[[int], object] = lambda at: None) -> Iterator[Member]:
    """The members in order, the manifest first; `seen` is told how far it has come. Complete only if it ends by itself.

    Raises:
        Unreadable: it is no backup.
        Invalid: it was made by a newer version, or with another AMTSWEG_SECRET.
        Broken: it is damaged or cut off.
    """
    file.seek(0)
    mark, before, told = _sealing(secret), "", False
    while (info := _header(file, before)).name != SEAL:
        _assert_in_order(before, info.name)
        mark.update(f"{info.name}\0{info.size}\0".encode())
        member = Member(info.name, info.size, _parts(file, info, mark))
        if not told:
            content = member.content()
            assert_ours(content, secret)
            member, told = Member(info.name, info.size, iter((content,))), True
        yield member
        for _ in member.parts:
            pass
        file.seek(-info.size % _BLOCK, os.SEEK_CUR)
        seen(file.tell())
        before = info.name
    if before != END:
        raise _damaged()
    found = b"".join(_parts(file, info, _sealing(secret))) if info.size == mark.digest_size * 2 else b""
    if not hmac.compare_digest(found, mark.hexdigest().encode()):
        raise _damaged()


def assert_ours(content: bytes, secret: str) -> None:
    """Raise unless this is the manifest of a backup that this version and this installation can read."""
    try:
        told = json.loads(content)
    except ValueError as cause:
        raise _not_ours() from cause
    if not isinstance(told, dict) or told.get("produkt") != PRODUCT:
        raise _not_ours()
    if told.get("format") != FORMAT:
        raise Invalid("Die Sicherung stammt aus einer anderen Fassung von Amtsweg, die neuer ist. Bitte Amtsweg erneuern.")
    try:
        unseal(str(told.get("probe")), secret)
    except (Invalid, ValueError) as cause:
        raise Invalid(
            "Die Sicherung lässt sich hier nicht öffnen: AMTSWEG_SECRET ist nicht das der Installation, aus der sie stammt."
        ) from cause


def _header(file: IO[bytes], before: str) -> tarfile.TarInfo:
    block = file.read(_BLOCK)
    if before and len(block) < _BLOCK:
        raise _cut()
    try:
        info = tarfile.TarInfo.frombuf(block, "ascii", "strict")
    except (tarfile.HeaderError, UnicodeError) as cause:
        raise (_damaged() if before else _not_ours()) from cause
    if not before and info.name != MANIFEST:
        raise _not_ours()
    if not info.isreg():
        raise _damaged()
    return info


def _assert_in_order(before: str, name: str) -> None:
    """Manifest, rows, documents, end: nothing else, in no other order."""

    def rank(name: str) -> int:
        if name in ("", MANIFEST, END):
            return {"": 0, MANIFEST: 1, END: 4}[name]
        return 2 if ROWS.fullmatch(name) else 3 if DOCUMENT.fullmatch(name) else 0

    if rank(name) < max(rank(before), 1) or (rank(name) in (1, 4) and rank(before) == rank(name)):
        raise _damaged()


def _parts(file: IO[bytes], info: tarfile.TarInfo, mark: hmac.HMAC) -> Iterator[bytes]:
    left = info.size
    while left:
        part = file.read(min(left, PIECE))
        if not part:
            raise _cut()
        mark.update(part)
        left -= len(part)
        yield part
