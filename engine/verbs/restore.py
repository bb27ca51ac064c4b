"""Restore: a namespace out of a backup, with its outbox held.

    examine      the whole file, seal and every checksum, before anything is made
    make         the registry's row with its key, database, tables at the revision of the backup, documents, then all rows in
                 one transaction
    hold         in that transaction: nothing goes out until an operator releases it (`engine.model.restored`)
    ready        tables brought to the newest revision, search index made; then the namespace can be entered

Killed half-way the namespace is never ready; the same call again clears away what there is and begins anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa

from engine import migrations
from engine.base import archive, db, files
from engine.base.archive import DOCUMENT, END, MANIFEST, ROWS, Broken, Member
from engine.base.db import new_id
from engine.base.errors import Conflict, Invalid, Unreadable
from engine.base.faults import point
from engine.base.rights import SYSTEM, Konto, verb
from engine.base.seal import key_of
from engine.model import protokoll, restored
from engine.model.zentrale import ZUSTAENDIGKEIT, Kommune, checked
from engine.verbs import kommune as namespaces
from engine.verbs.backup import KINDS, Seen, read, unseen
from engine.verbs.offering import offer


@dataclass(frozen=True, slots=True)
class Found:
    """What a backup says of itself, once all of it has been checked."""

    manifest: dict[str, Any]
    lacking: frozenset[str]

    @property
    def slug(self) -> str:
        return str(self.manifest["slug"])


@dataclass(frozen=True, slots=True)
class Restored:
    """A municipality that was restored.

    `lost_units`, and `lost_rules` (a Leistung at a place), belong to another one here now; `lacking` documents were in no
    backup.
    """

    kommune: Kommune
    at: str
    lost_units: tuple[str, ...]
    lost_rules: tuple[str, ...]
    lacking: tuple[str, ...]


def restore(source: Path, slug: str | None = None, seen: Seen = unseen) -> Restored:
    """Make a municipality out of a backup, under its own slug or another one.

    Raises:
        Unreadable: the file is no backup.
        Broken: it is damaged, changed or cut off.
        Invalid: a newer version has made it, or an installation with another AMTSWEG_SECRET; or the slug cannot be one.
        Conflict: there is a municipality of that slug.
    """
    db.assert_outside()
    try:
        with source.open("rb") as file:
            found = examine(file, seen)
            return _made(file, found, slug or found.slug, seen)
    except OSError as cause:
        raise Unreadable(f"Die Sicherung „{source}“ ist nicht lesbar: {cause.strerror}.") from cause


def examine(file: IO[bytes], seen: Seen = unseen) -> Found:
    """Read a backup through without keeping anything of it."""
    size = file.seek(0, 2)
    manifest, end, wrong, documents = {}, {}, set(), 0
    for member in _members(file, lambda at: seen("Prüfen", at, size)):
        if member.name == MANIFEST:
            manifest = member.json()
            _assert_known(manifest)
        elif member.name == END:
            end = member.json()
        elif match := DOCUMENT.fullmatch(member.name):
            documents += 1
            if files.hash_of(member.parts) != match[1]:
                wrong.add(match[1])
    lacking = frozenset(end["fehlen"])
    if documents != end["dokumente"] or (wrong - lacking and len(lacking) == end["fehlend"]):
        raise Broken("Die Sicherung ist beschädigt: Dokumente fehlen oder sind verändert.")
    return Found(manifest, lacking | wrong)


def _members(file: IO[bytes], seen: Any = lambda at: None) -> Iterator[Member]:
    return archive.members(file, db.current_installation().secret, seen)


def _assert_known(manifest: dict[str, Any]) -> None:
    if not migrations.knows("kommune", manifest.get("revision")):
        raise Invalid("Die Sicherung stammt aus einer neueren Fassung von Amtsweg. Bitte zuerst Amtsweg erneuern.")
    key_of(str(manifest.get("key")), db.current_installation().secret)


def _made(file: IO[bytes], found: Found, slug: str, seen: Seen) -> Restored:
    told = found.manifest
    checked(slug, told["name"], told["kind"], told["land"])
    if not namespaces.clear_half_made(slug):
        raise _taken(slug)
    lost = tuple(stelle for stelle in told["stellen"] if namespaces.kommune_of_stelle(stelle) is not None)
    loaded: list[bool] = []
    lost_rules: list[str] = []

    def fill() -> None:
        lost_rules.extend(_take_rules(slug, told.get("zustaendigkeiten", ())))
        _take_documents(file, found, seen)
        point("restore.before_rows")
        _take_rows(file, found, seen, by=SYSTEM)
        loaded.append(True)
        point("restore.after_rows")

    made = namespaces.make_kommune(
        slug, told["name"], told["kind"], told["land"], told["allow_ips"],
        stellen=[stelle for stelle in told["stellen"] if stelle not in lost], furnish=fill, revision=told["revision"],
        key=told["key"],
    )  # fmt: skip
    if not loaded:
        raise _taken(slug)
    return Restored(made, str(told["at"]), lost, tuple(lost_rules), tuple(sorted(found.lacking)))


def _take_rules(slug: str, rules: Iterable[tuple[str, str, str | None]]) -> list[str]:
    """Enter what the municipality was competent for; gives what another one is here now."""
    with db.zentrale() as tx:
        return [
            f"{leika} in {ags}"
            for leika, ags, unit in rules
            if not tx.insert_once(ZUSTAENDIGKEIT, {"id": new_id(), "slug": slug, "leika": leika, "ags": ags, "unit": unit})
        ]


def _taken(slug: str) -> Conflict:
    return Conflict(
        f"Die Kommune „{slug}“ gibt es hier schon; eine Sicherung überschreibt keine. "
        "Bitte unter einem anderen Kurznamen wiederherstellen (--as) oder die vorhandene zuerst entfernen."
    )


def _take_documents(file: IO[bytes], found: Found, seen: Seen) -> None:
    count = 0
    for member in _members(file):
        match = DOCUMENT.fullmatch(member.name)
        if match is not None and match[1] not in found.lacking:
            files.take(match[1], member.parts)
            count += 1
            seen("Dokumente", count, 0)


@verb(right="system", tag="kommune:wiederhergestellt")
def _take_rows(file: IO[bytes], found: Found, seen: Seen, *, by: Konto) -> None:
    """All rows, and that nothing goes out, in one transaction."""
    count = 0
    with db.transaction() as tx:
        for member in _members(file):
            match = ROWS.fullmatch(member.name)
            if match is None:
                if member.name == MANIFEST:
                    continue
                break
            columns = found.manifest["tables"][match[1]]
            names, kinds = [name for name, _ in columns], [kind for _, kind in columns]
            table = sa.table(match[1], *(sa.column(name, KINDS[kind]()) for name, kind in columns))
            rows = [dict(zip(names, read(line, kinds), strict=True)) for line in member.lines()]
            tx.execute(sa.insert(table), rows)
            count += len(rows)
            seen("Zeilen", count, 0)
        restored.hold(tx, found.slug, str(found.manifest["at"]))
        protokoll.record(tx, None, sicherung=found.manifest["at"], herkunft=found.slug)


# --- release -------------------------------------------------------------------------------------------------------


@verb(right="kommune.verwalten", tag="ausgang:freigegeben")
def release_outbox(*, by: Konto) -> bool:
    """Let Aufträge and timers of a restored municipality go on; False if nothing was held."""
    with db.transaction() as tx:
        if not restored.release(tx):
            return False
        protokoll.record(tx, None)
        tx.after(offer)
    return True
