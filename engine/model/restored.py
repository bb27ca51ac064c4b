"""Restored: what a namespace knows of having come out of a backup.

    herkunft            the slug it was first made under; idempotency keys begin with it for ever, so that the other side takes
                        what the origin has sent before and the restored one sends again for the same
    ausgang.angehalten  nothing goes out: no Auftrag is claimed, no timer fires and none begins a Vorgang, until an operator
                        has looked (`amtsweg release-outbox`)

Timers are held with the Aufträge, although they change nothing outside by themselves: what came in after the backup was made is
not there yet, and a period that runs out before it has been sent again would decide a case on too little.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine.base import clock, db
from engine.base.db import Tx
from engine.model import einstellung

ORIGIN, HELD = "herkunft", "ausgang.angehalten"


def origin(tx: Tx) -> str:
    """The slug with which the keys of this namespace begin."""
    return str(einstellung.read(tx, ORIGIN, db.slug()))


def held() -> sa.ColumnElement[bool]:
    """The condition that nothing may go out; part of the statement that would take something up."""
    return sa.exists().where(einstellung.T.c.key == HELD)


def hold(tx: Tx, slug: str, backed_up_at: str) -> None:
    """Let nothing go out of what was just restored, and keep under which slug it was made."""
    if einstellung.read(tx, ORIGIN) is None:
        einstellung.write(tx, ORIGIN, slug)
    einstellung.write(tx, HELD, {"seit": clock.now().isoformat(), "stand": backed_up_at})


def told(tx: Tx) -> dict[str, Any] | None:
    """Since when nothing goes out, and of when the data is; None if it does."""
    found: dict[str, Any] | None = einstellung.read(tx, HELD)
    return found


def release(tx: Tx) -> bool:
    """Let it go out again; False if it did already."""
    return tx.execute(sa.delete(einstellung.T).where(einstellung.T.c.key == HELD)).rowcount == 1
