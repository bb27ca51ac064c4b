"""What was made for a municipality: the operator sees at a glance whether it is all there."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from engine import law, migrations
from engine.base import clock, db
from engine.base.errors import Invalid
from engine.base.rights import ADMINISTRATION, ROLES
from engine.model import invitation, konto, letterhead, vorgang
from engine.model.konto import value_of
from engine.reads.kommune import kommune


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a municipality has. `key`: whether its key is there and opens; `newest`: whether its tables are up to date.

    `law` are the rules of delivery that hold in its Land today, each with its source.
    """

    database: str
    role: str | None
    key: bool
    folder: str
    revision: str | None
    newest: bool
    roles: tuple[str, ...]
    administrators: tuple[str, ...]
    link_until: dt.datetime | None
    letterhead: str
    law: tuple[str, ...]
    running: int


def inventory() -> Inventory:
    """What the municipality we are in has."""
    place, installation = db.engines().place(db.slug()), db.current_installation()
    people, case, key = konto.T, vorgang.T, _opens()
    with db.reading() as tx:
        revision = migrations.current(tx.connection)
        active = [value_of(row) for row in tx.all(sa.select(people).where(people.c.active).order_by(people.c.login))]
        ends = tx.scalar(sa.select(sa.func.max(invitation.T.c.ends_at)))
        head = letterhead.head_of(tx).authority if key else ""
        running = tx.scalar(
            sa.select(sa.func.count()).select_from(case).where(case.c.closed_at.is_(None), case.c.test_by.is_(None))
        )
    rules = law.delivery_in(kommune(place.slug).land, clock.local_day(clock.now()))
    return Inventory(
        database=place.database, role=place.role, key=key, folder=str(installation.folder(place.slug)),
        revision=revision, newest=not migrations.is_behind("kommune", revision), roles=tuple(ROLES),
        administrators=tuple(who.login for who in active if ADMINISTRATION in who.roles),
        link_until=ends if ends is not None and ends > clock.now() else None, letterhead=head,
        law=tuple(f"{law.CHANNELS[rule.channel]}: {rule.source}" for rule in rules), running=running,
    )  # fmt: skip


def _opens() -> bool:
    try:
        db.sealed("")
    except Invalid:
        return False
    return True
