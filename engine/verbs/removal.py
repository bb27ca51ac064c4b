"""Removal: a municipality leaves, with all its data in a file first.

    refuse      while cases are running, unless that is wanted
    lock        nobody comes in any more; who was in gets the time to end
    export      a backup: data, documents, key, Protokoll; `restore` takes it back
    take back   database, role, folder, and the registry's row last, with the key

Killed half-way, the same call finishes: before the export was whole it is made again, after that the rest is removed. What
fails before anything was removed opens the municipality again.
"""

from __future__ import annotations

import time
from pathlib import Path

import sqlalchemy as sa

from engine.base import clock, databases, db, engines
from engine.base.errors import Cause, Conflict, Invalid, Unavailable
from engine.base.faults import point
from engine.base.rights import SYSTEM
from engine.model import parcel, protokoll, vorgang
from engine.verbs import kommune as namespaces
from engine.verbs.backup import BackedUp, Seen, back_up, unseen

MOST_TRIES = 3


def export_file(slug: str) -> Path:
    """Where the export of a removed municipality lies if nobody says otherwise."""
    return db.current_installation().home / "ausfuhr" / f"{slug}-{clock.now():%Y%m%dT%H%M%SZ}.sicherung"


def remove_kommune(
    slug: str, *, confirm: str, export: Path | None, running: bool = False, seen: Seen = unseen
) -> BackedUp | None:
    """Remove a municipality with all its data, written to the file `export` first; gives what is in there.

    None instead of a file: without an export. `running`: also if cases are still running.

    Raises:
        Unknown: there is none of that slug.
        Invalid: `confirm` does not repeat the slug, or under the name of the file stands something else.
        Conflict: cases are running, or another process is making, upgrading or removing it.
        Unavailable: the export could not be written; then the municipality is as it was.
    """
    namespaces.show_kommune(slug)
    if confirm != slug:
        cause = Cause("Die Bestätigung stimmt nicht.", f"Wiederholen Sie den Kurznamen: {slug}", "/confirm")
        raise Invalid(f"Die Kommune „{slug}“ wird nicht entfernt.", [cause])
    db.assert_outside()
    with databases.exclusive(db.current_installation(), slug):
        state = namespaces.show_kommune(slug).state
        exported = None
        if state in ("bereit", "gesperrt"):
            if not running:
                _require_none_running(slug)
            namespaces.lock_kommune(slug)
            try:
                point("removal.after_lock")
                exported = None if export is None else _exported(slug, export, running, seen)
            except BaseException:
                if state == "bereit":
                    namespaces.unlock_kommune(slug)
                raise
            point("removal.after_export")
        namespaces.take_back(slug)
    return exported


def _exported(slug: str, export: Path, running: bool, seen: Seen) -> BackedUp:
    """Write the export, again if somebody who was in already has changed something meanwhile."""
    folder = db.current_installation().folder(slug)
    if export.resolve().is_relative_to(folder.resolve()):
        raise Invalid("Die Ausfuhr läge im Ordner der Kommune und würde mit ihm entfernt. Bitte einen anderen Ort nennen.")
    for _ in range(MOST_TRIES):
        # For so long other processes believe that it is open, and let somebody in.
        time.sleep(engines.KNOWN_FOR_S)
        if not running:
            _require_none_running(slug)
        try:
            databases.make_folder(export.absolute().parent)
        except OSError as cause:
            raise Unavailable(f"Die Ausfuhr konnte nicht geschrieben werden: {cause.strerror}.") from cause
        with db.namespace_in_any_state(slug):
            before = _lines()
            exported: BackedUp = back_up(export, seen, by=SYSTEM)
            if _lines() == before + 1:  # its own
                return exported
    raise Conflict(f"In der Kommune „{slug}“ wird noch gearbeitet; sie ist wieder offen. Bitte später noch einmal versuchen.")


def _lines() -> int:
    """How many lines the Protokoll has: every change of state adds one."""
    with db.reading() as tx:
        return int(tx.scalar(sa.select(protokoll.END.c.number)) or 0)


def _require_none_running(slug: str) -> None:
    """Go on only if no case is running (what a designer tries is none), and nothing waits in the central post room."""
    case, p = vorgang.T, parcel.T
    with db.namespace_in_any_state(slug), db.reading() as tx:
        waiting = tx.scalar(sa.select(sa.func.count()).select_from(p).where(p.c.state.in_((parcel.WAITING, parcel.ASSIGNED))))
        if waiting:
            hint = "Bitte erst zuweisen, oder mit --mit-laufenden: Dann stehen sie in der Ausfuhr."
            sentence = f"In der zentralen Poststelle liegen noch Anträge ({waiting})."
            raise Conflict(f"„{slug}“ wird nicht entfernt. {sentence}", [Cause(sentence, hint)])
        query = sa.select(sa.func.count()).select_from(case).where(case.c.closed_at.is_(None), case.c.test_by.is_(None))
        count: int = tx.scalar(query)
    if count:
        what = "läuft noch 1 Vorgang" if count == 1 else f"laufen noch {count} Vorgänge"
        hint = "Bitte erst abschließen. Mit --mit-laufenden geht es trotzdem: Dann stehen sie, wie sie sind, in der Ausfuhr."
        raise Conflict(f"Die Kommune „{slug}“ wird nicht entfernt: In ihr {what}.", [Cause(f"Es {what}.", hint)])
