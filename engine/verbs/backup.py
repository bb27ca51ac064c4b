"""Backup: one namespace as one file, while people work in it.

    one reading                every row as it was at one instant (a snapshot of SQLite's WAL, REPEATABLE READ on PostgreSQL)
    then the documents         a file is there before the row that names it, and never changes: none can be missing
    seal, sync, rename         the file has its name when all of it is on the disk

Rows are written as neutral values, so that a backup of PostgreSQL can be restored on SQLite and the other way round. Settings
stay sealed with the key of the namespace, which goes along wrapped with AMTSWEG_SECRET; that is not in the file. Left out are
the search index, which is made anew, who is signed in, and the one-time links.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

import engine.model  # noqa: F401  all tables belong to Base
from engine import migrations
from engine.base import archive, clock, db, files
from engine.base.archive import PIECE, Writer
from engine.base.columns import Base, Instant
from engine.base.db import Tx
from engine.base.faults import point
from engine.base.rights import Konto, verb
from engine.model import dokument, invitation, protokoll, search, session, zustaendigkeit
from engine.verbs.kommune import show_kommune

LEFT_OUT = frozenset({search.T.name, session.Session.__table__.name, invitation.T.name})
MOST_NAMED = 1000
_ROWS_AT_ONCE = 100

Seen = Callable[[str, int, int], object]
"""Called with what is being done, how much of it is, and how much there is."""


def unseen(_what: str, _done: int, _total: int) -> None:
    """Nobody looks."""


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup holds. `lacking` are documents whose bytes are gone or damaged here already, and so not in it."""

    rows: int
    documents: int
    bytes: int
    lacking: tuple[str, ...]


@verb(right="kommune.verwalten", tag="kommune:gesichert")
def back_up(target: Path, seen: Seen = unseen, *, by: Konto) -> BackedUp:
    """Write everything of the namespace we are in to a file that only we can read.

    Raises:
        Invalid: under that name stands something else, or AMTSWEG_SECRET is missing.
        Conflict: another backup is being written to the same file.
        Unavailable: the disk is full or cannot be written to.
    """
    db.assert_outside()
    kommune = show_kommune(db.slug())
    with db.zentrale_reading() as tx:
        rules = zustaendigkeit.at_places(tx, kommune.slug)
    with archive.writing(target) as file:
        writer = Writer(file, db.current_installation().secret)
        told = {
            "slug": kommune.slug, "name": kommune.name, "kind": kommune.kind, "land": kommune.land,
            "allow_ips": list(kommune.allow_ips), "stellen": list(kommune.stellen), "at": clock.now().isoformat(),
            "key": db.engines().place(kommune.slug).key, "zustaendigkeiten": rules,
        }  # fmt: skip
        with files.none_removed():
            counts, lacking = _rows(writer, told, seen)
            documents = _documents(writer, lacking, seen)
        names = sorted(lacking)
        writer.end({"zeilen": counts, "dokumente": documents, "fehlen": names[:MOST_NAMED], "fehlend": len(names)})
        size = file.tell()
        point("backup.before_rename")
    with db.transaction() as tx:
        protokoll.record(tx, None, zeilen=sum(counts.values()), dokumente=documents)
    return BackedUp(sum(counts.values()), documents, size, tuple(names))


# --- rows ----------------------------------------------------------------------------------------------------------


def kind_of(column: sa.Column[Any]) -> str:
    """What a column holds, whatever the database calls it."""
    for kind, type in KINDS.items():
        if isinstance(column.type, type):
            return kind
    raise TypeError(f"no backup knows {column.type!r} of {column}")


KINDS: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "instant": Instant, "day": sa.Date, "bytes": sa.LargeBinary, "bool": sa.Boolean, "int": sa.Integer, "text": sa.String,
}  # fmt: skip
_OUT: dict[str, Callable[[Any], Any]] = {
    "instant": dt.datetime.isoformat,
    "day": dt.date.isoformat,
    "bytes": lambda value: base64.b64encode(value).decode("ascii"),
}
_IN: dict[str, Callable[[Any], Any]] = {
    "instant": dt.datetime.fromisoformat,
    "day": dt.date.fromisoformat,
    "bytes": base64.b64decode,
}


def written(row: Any, kinds: list[str]) -> bytes:
    """A row as a line."""
    return orjson.dumps(
        [value if value is None or kind not in _OUT else _OUT[kind](value) for value, kind in zip(row, kinds, strict=True)]
    )


def read(line: bytes, kinds: list[str]) -> list[Any]:
    """A line as the values of a row."""
    values = orjson.loads(line)
    return [value if value is None or kind not in _IN else _IN[kind](value) for value, kind in zip(values, kinds, strict=True)]


def tables() -> list[sa.Table]:
    """What is backed up, parents first. `engine.model` has been imported, so all are there."""
    return [table for table in Base.metadata.sorted_tables if table.name not in LEFT_OUT]


def _rows(writer: Writer, told: dict[str, Any], seen: Seen) -> tuple[dict[str, int], set[str]]:
    """Everything as it is at one instant; gives how many rows of each table, and which documents are not there."""
    with db.reading() as tx:
        total = sum(tx.scalar(sa.select(sa.func.count()).select_from(table)) for table in tables())
        columns = {table.name: [[column.name, kind_of(column)] for column in table.columns] for table in tables()}
        writer.manifest({**told, "revision": migrations.current(tx.connection), "tables": columns})
        counts: dict[str, int] = {}
        for table in tables():
            counts[table.name] = 0
            for number, lines in enumerate(_pieces(tx, table)):
                writer.rows(table.name, number, lines)
                counts[table.name] += len(lines)
                seen("Zeilen", sum(counts.values()), total)
        named = tx.execute(sa.select(dokument.T.c.sha256).execution_options(yield_per=1000))
        lacking = {sha256 for (sha256,) in named if not files.exists(sha256)}
    return counts, lacking


def _pieces(tx: Tx, table: sa.Table) -> Iterator[list[bytes]]:
    kinds = [kind_of(column) for column in table.columns]
    lines: list[bytes] = []
    size = 0
    for row in tx.execute(sa.select(table).execution_options(yield_per=_ROWS_AT_ONCE)):
        lines.append(written(row, kinds))
        size += len(lines[-1])
        if size >= PIECE:
            yield lines
            lines, size = [], 0
    if lines:
        yield lines


# --- documents -----------------------------------------------------------------------------------------------------


def _documents(writer: Writer, lacking: set[str], seen: Seen) -> int:
    total, count = sum(1 for _ in files.stored()), 0
    for sha256 in files.stored():
        size = files.size_of(sha256)
        if size is None:
            continue  # swept since: nobody names it
        writer.add(f"dokumente/{sha256}", size, _noticing(sha256, lacking))
        count += 1
        seen("Dokumente", count, total)
    return count


def _noticing(sha256: str, lacking: set[str]) -> Iterator[bytes]:
    """The bytes of a document; a damaged one holds up no backup, but is told."""
    try:
        yield from files.parts(sha256)
    except files.Damaged:
        lacking.add(sha256)
