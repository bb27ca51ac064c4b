"""Making, looking at, upgrading and locking namespaces: what the operator of the installation does.

Making writes the registry's row first, taking back removes it last. Killed in between, the row says `entsteht` (or
`wird_entfernt`), and the same call finishes the work. Failed, everything is taken back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import partial

import sqlalchemy as sa

from engine import migrations
from engine.base import clock, databases, db
from engine.base.engines import Engines, Place
from engine.base.errors import Cause, Conflict, Invalid, Problem, Unavailable, Unknown
from engine.base.faults import point
from engine.base.rights import Konto, verb
from engine.model import protokoll, searched
from engine.model.zentrale import (
    BETRIEB,
    KOMMUNE,
    ZUSTAENDIGKEIT,
    Kommune,
    Particulars,
    checked,
    lets_in,
    moved,
    networks,
    value_of,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Upgraded:
    """What an upgrade did to one namespace: whether anything changed, and what went wrong if it did."""

    slug: str
    changed: bool
    problem: str | None = None


def prepare() -> None:
    """Make the registry, or bring it to the newest revision. Called before anything else uses an installation."""
    engines = db.engines()
    if engines.prepared:
        return
    if not _registry_is_current(engines):
        databases.make_registry(engines)
        with db.detached(engines.registry(), "zentrale") as tx:
            if tx.dialect == "postgresql":
                # Web, worker and tick start at the same time; the later ones wait here and find nothing left to do.
                tx.execute(sa.text("SELECT pg_advisory_xact_lock(7003)"))
            migrations.upgrade(tx.connection, "zentrale")
        databases.guard_registry(engines)
    engines.is_behind = partial(migrations.is_behind, "kommune")
    engines.prepared = True


def _registry_is_current(engines: Engines) -> bool:
    """Whether there is nothing to prepare: then a login will do that may not create anything on the server."""
    if not databases.has_registry(engines):
        return False
    with db.zentrale_reading() as tx:
        return not migrations.is_behind("zentrale", migrations.current(tx.connection))


def make_kommune(
    slug: str,
    name: str,
    kind: str,
    land: str,
    allow_ips: Iterable[str] = (),
    *,
    stellen: Iterable[str] = (),
    furnish: Callable[[], object] | None = None,
    revision: str | None = None,
    key: str | None = None,
) -> Kommune:
    """Make a municipality: its database, its tables, its key, its folder for documents.

    `furnish` runs inside the new namespace before it is ready; it must bear being repeated. With a `revision` it finds the
    tables as they were then, and they are brought to the newest afterwards; `key` is the wrapped key it had. The same call
    again finishes what a killed one began, and changes nothing once the municipality is ready.

    Raises:
        Invalid: with a cause for every wrong field.
        Conflict: the slug is taken, or another process is making it.
        Unavailable: the database server is away or does not let us, or the disk is full.
    """
    wanted = checked(slug, name, kind, land, allow_ips=allow_ips, stellen=stellen)
    db.assert_outside()
    prepare()
    with databases.exclusive(db.current_installation(), slug):
        before = _find(slug)
        if before is not None and before.state != "entsteht":
            return _same(before, wanted)
        place = _place(slug) if before is not None else _new_place(slug)
        if key is not None:
            place = replace(place, key=key)
        databases.guard_registry(db.engines())
        try:
            _note(wanted, place)
            point("making.after_row")
            _build(place, furnish, revision)
            _move(slug, "bereit")
            point("making.after_ready")
        except Exception as cause:
            _undo(slug)
            if isinstance(cause, OSError):
                raise Unavailable(f"Die Kommune konnte nicht angelegt werden: {cause.strerror}.") from cause
            raise
    return show_kommune(slug)


def list_kommunen() -> list[Kommune]:
    """All municipalities, by slug, in whatever state they are; the operator's own namespace is none."""
    prepare()
    with db.zentrale_reading() as tx:
        rows = tx.all(sa.select(KOMMUNE).where(KOMMUNE.c.slug != BETRIEB).order_by(KOMMUNE.c.slug))
        units: dict[str, list[str]] = {}
        for row in tx.all(sa.select(ZUSTAENDIGKEIT).where(ZUSTAENDIGKEIT.c.stelle.is_not(None))):
            units.setdefault(row.slug, []).append(row.stelle)
    return [value_of(row, units.get(row.slug, ())) for row in rows]


def show_kommune(slug: str) -> Kommune:
    """A municipality as the registry knows it.

    Raises:
        Unknown: there is none of that slug.
    """
    prepare()
    found = _find(slug)
    if found is None:
        raise Unknown(f"Die Kommune „{slug}“ gibt es hier nicht.")
    return found


def kommune_of_stelle(stelle: str) -> str | None:
    """The slug of the municipality an organisational unit belongs to."""
    with db.zentrale_reading() as tx:
        slug = tx.scalar(sa.select(ZUSTAENDIGKEIT.c.slug).where(ZUSTAENDIGKEIT.c.stelle == stelle))
    return None if slug is None else str(slug)


@verb(right="kommune.verwalten", tag="kommune:netze")
def change_networks(allow_ips: Iterable[str], *, address: str, confirmed: bool = False, by: Konto) -> None:
    """Say from which networks the clerks of the municipality we are in may come; without any from everywhere.

    Raises:
        Invalid: with a cause for every network that is none; or `address`, from which this is asked, would be shut out and that
            is not `confirmed`.
    """
    slug, wanted = db.slug(), networks(allow_ips)
    if not confirmed and not lets_in(wanted, address):
        hint = f"Nehmen Sie {address} auf, oder bestätigen Sie, dass Sie sich selbst ausschließen wollen."
        cause = Cause(f"Ihre eigene Adresse {address} gehört zu keinem dieser Netze.", hint, "/bestaetigt")
        raise Invalid("Die Netze wurden nicht geändert.", [cause])
    before = show_kommune(slug).allow_ips
    if before == wanted:
        return
    # The line first: registry and namespace cannot change in one commit, and nothing may happen that no line tells of.
    with db.transaction() as tx:
        protokoll.record(tx, None, von=list(before), auf=list(wanted))
    with db.zentrale() as tx:
        tx.execute(sa.update(KOMMUNE).where(KOMMUNE.c.slug == slug).values(allow_ips=list(wanted)))


def lock_kommune(slug: str) -> Kommune:
    """Shut a municipality for a while: nobody enters its namespace."""
    show_kommune(slug)
    _move(slug, "gesperrt")
    return show_kommune(slug)


def unlock_kommune(slug: str) -> Kommune:
    """Open a locked municipality again."""
    if show_kommune(slug).state == "entsteht":
        raise Conflict(f"Die Kommune „{slug}“ ist noch nicht fertig angelegt.")
    _move(slug, "bereit")
    return show_kommune(slug)


def upgrade(
    slugs: Sequence[str] = (), *, parallel: int = 4, on_done: Callable[[Upgraded, int], object] | None = None
) -> list[Upgraded]:
    """Bring namespaces, or all of them, to the newest revision. One that fails does not hold up the others.

    Interrupted, the same call goes on with those not yet done. `on_done` hears of each when it is done, and how many there are
    in all.

    Raises:
        Unknown: one of the named municipalities does not exist; then none is touched.
    """
    db.assert_outside()
    own = _find(BETRIEB)
    every = {kommune.slug: kommune for kommune in (*list_kommunen(), *([own] if own else []))}
    unknown = [slug for slug in slugs if slug not in every]
    if unknown:
        raise Unknown(f"Diese Kommunen gibt es hier nicht: {', '.join(unknown)}.")
    ready = [slug for slug in dict.fromkeys(slugs or every) if every[slug].state in ("bereit", "gesperrt")]
    threads = ThreadPoolExecutor(max_workers=max(1, parallel), thread_name_prefix="upgrade")
    try:
        running = [threads.submit(_upgrade_one, slug) for slug in ready]
        for done in as_completed(running):
            if on_done is not None:
                on_done(done.result(), len(ready))
        return [done.result() for done in running]
    finally:
        # Ctrl-C ends with what is being upgraded, not with all that is still to be.
        threads.shutdown(cancel_futures=True)


def clear_half_made(slug: str) -> bool:
    """Take back what a killed making or removal has left; False if there is one of that slug that was ready once.

    Raises:
        Conflict: somebody is making or removing it at this moment.
    """
    db.assert_outside()
    prepare()
    with databases.exclusive(db.current_installation(), slug):
        before = _find(slug)
        if before is not None and before.state in ("entsteht", "wird_entfernt"):
            take_back(slug)
            before = None
        return before is None


# --- parts -----------------------------------------------------------------------------------------------------


def _find(slug: str) -> Kommune | None:
    with db.zentrale_reading() as tx:
        row = tx.one_or_none(sa.select(KOMMUNE).where(KOMMUNE.c.slug == slug))
        stellen = tx.scalars(
            sa.select(ZUSTAENDIGKEIT.c.stelle).where(ZUSTAENDIGKEIT.c.slug == slug, ZUSTAENDIGKEIT.c.stelle.is_not(None))
        )
    return None if row is None else value_of(row, stellen)


def _place(slug: str) -> Place:
    return db.engines().place(slug, fresh=True)


def _new_place(slug: str) -> Place:
    """Where the new namespace will be; data that is there without a row in the registry is not ours to take over."""
    installation = db.current_installation()
    place = databases.planned(installation, slug)
    if databases.exists(installation, place):
        raise Conflict(
            f"Zu „{slug}“ liegen schon Daten, aber die Zentrale kennt keine solche Kommune. "
            "Bitte den Ordner oder die Datenbank prüfen und entfernen oder wiederherstellen."
        )
    return place


def _same(before: Kommune, wanted: Particulars) -> Kommune:
    if before.state == "wird_entfernt":
        raise Conflict(
            f"Die Kommune „{wanted.slug}“ wird gerade entfernt. Bitte das Entfernen erst zu Ende führen.", fresh=before
        )
    if before.particulars == wanted:
        return before
    cause = Cause(f"Der Kurzname „{wanted.slug}“ ist vergeben.", "Wählen Sie einen anderen.", "/slug")
    raise Conflict(f"Die Kommune „{wanted.slug}“ gibt es schon.", [cause], fresh=before)


def _note(wanted: Particulars, place: Place) -> None:
    """Write the registry's row, before anything else is made."""
    values = {
        "name": wanted.name,
        "kind": wanted.kind,
        "land": wanted.land,
        "allow_ips": list(wanted.allow_ips),
        "state": "entsteht",
        "database": place.database,
        "role": place.role,
        "password": place.password,
        "key": place.key,
    }
    with db.zentrale() as tx:
        if not tx.insert_once(KOMMUNE, {"slug": wanted.slug, "created_at": clock.now(), **values}):
            tx.execute(sa.update(KOMMUNE).where(KOMMUNE.c.slug == wanted.slug).values(**values))
        tx.execute(sa.delete(ZUSTAENDIGKEIT).where(ZUSTAENDIGKEIT.c.slug == wanted.slug))
        causes = []
        for index, stelle in enumerate(wanted.stellen):
            if not tx.insert_once(ZUSTAENDIGKEIT, {"id": db.new_id(), "slug": wanted.slug, "stelle": stelle}):
                causes.append(Cause(f"Die Stelle „{stelle}“ gehört schon einer anderen Kommune.", pointer=f"/stellen/{index}"))
        if causes:
            raise Invalid("Die Kommune kann so nicht angelegt werden.", causes)


def _build(place: Place, furnish: Callable[[], object] | None, revision: str | None) -> None:
    databases.make(db.current_installation(), place)
    point("making.after_database")
    _migrate(place, revision)
    point("making.after_tables")
    databases.make_folder(db.current_installation().folder(place.slug) / "dokumente")
    if furnish is not None:
        with db.namespace_in_any_state(place.slug):
            furnish()
    point("making.after_furnish")
    if revision is not None:
        _migrate(place)


def _migrate(place: Place, revision: str | None = None) -> bool:
    # Foreign keys are off while SQLite copies tables; migrations.upgrade checks them before the commit.
    engine = db.engines().build(place, None, foreign_keys=False)
    with db.detached(engine, place.slug) as tx:
        changed = migrations.upgrade(tx.connection, "kommune", revision)
        if revision is not None:
            return changed
        return searched.mend(tx) > 0 or changed


def _upgrade_one(slug: str) -> Upgraded:
    try:
        if _is_current(slug):
            return Upgraded(slug, False)
        with databases.exclusive(db.current_installation(), slug):
            return Upgraded(slug, _migrate(_place(slug)))
    except Problem as problem:
        return Upgraded(slug, False, problem.sentence)
    except Exception as error:
        log.exception("an upgrade failed", extra={"kommune": slug})
        return Upgraded(slug, False, f"Die Aktualisierung ist gescheitert: {type(error).__name__}. Einzelheiten stehen im Log.")


def _is_current(slug: str) -> bool:
    """Whether nothing is left to do in a namespace; a look that waits for nobody and needs no lock."""
    with db.namespace_in_any_state(slug), db.reading() as tx:
        revision = migrations.current(tx.connection)
        if migrations.is_ahead("kommune", revision):
            raise Conflict("Die Datenbank ist neuer als dieses Programm; bitte mit der neueren Fassung aktualisieren.")
        return not migrations.is_behind("kommune", revision) and not searched.is_stale(tx)


def _move(slug: str, state: str) -> None:
    with db.zentrale() as tx:
        before = tx.scalar(sa.select(KOMMUNE.c.state).where(KOMMUNE.c.slug == slug).with_for_update())
        tx.execute(sa.update(KOMMUNE).where(KOMMUNE.c.slug == slug).values(state=moved(slug, before, state)))
        tx.after(lambda: db.engines().forget(slug))


def _undo(slug: str) -> None:
    """Take back what a failed making left. If that fails as well, the first failure is the one to tell."""
    try:
        take_back(slug)
    except Exception:
        log.exception("a failed making could not be taken back; making or removing it again does so", extra={"kommune": slug})


def take_back(slug: str) -> None:
    """Remove what there is of a namespace, its row with its key last; if that fails, the row says what is left to do.

    Whoever calls this holds the lock of the namespace (`databases.exclusive`).
    """
    if _find(slug) is None:
        return
    place = _place(slug)
    _move(slug, "wird_entfernt")
    databases.remove(db.current_installation(), place)
    point("removal.before_row")
    with db.zentrale() as tx:
        tx.execute(sa.delete(ZUSTAENDIGKEIT).where(ZUSTAENDIGKEIT.c.slug == slug))
        tx.execute(sa.delete(KOMMUNE).where(KOMMUNE.c.slug == slug))
        tx.after(lambda: db.engines().forget(slug))
