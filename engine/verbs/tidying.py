"""Tidying: by night the bytes go that nobody names, of transactions that failed and of uploads that came to nothing.

What goes then besides, of people and grants of other municipalities, is in `engine.verbs.forgetting`.

tidy             by night, in every namespace, by the process that verifies; also where verifying is switched off
sweep_documents  what nothing in the namespace names, and is a day old
named            what names a document: the one list of it
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection

import sqlalchemy as sa

from engine.base import clock, db, files, stash
from engine.base.db import Tx
from engine.base.rights import SYSTEM
from engine.model import bescheid, dokument, einstellung, letterhead, parcel, verification
from engine.model.states import may_become
from engine.model.verification import AT_HOUR, OFF
from engine.verbs.forgetting import forget_neighbours

log = logging.getLogger(__name__)

NIGHT = "aufraeumen.nacht"
"""The night that has been tidied up last."""


def tidying_is_due() -> bool:
    """Whether a night has come that has not been tidied up yet."""
    with db.reading() as tx:
        return next_tidying(tx) <= clock.now()


def next_tidying(tx: Tx) -> dt.datetime:
    """When there is a night to tidy up; an instant that is past if it has come."""
    now, hour = clock.now(), verification.hour_of(tx)
    due = _night(tx) not in (None, einstellung.read(tx, NIGHT))
    return now if due else verification.next_night(now, AT_HOUR if hour == OFF else hour)


def _night(tx: Tx) -> str | None:
    hour = verification.hour_of(tx)
    night = verification.night_of(clock.now(), AT_HOUR if hour == OFF else hour)
    return None if night is None else night.isoformat()


def tidy() -> int:
    """Remove what is left over in the folder of the municipality we are in; gives how many documents went."""
    with db.reading() as tx:
        night = _night(tx)
    if night is not None:  # noted first: what fails is tried in the next night, and not all the time
        with db.transaction() as tx:
            einstellung.write(tx, NIGHT, night)
    stash.tidy()
    forget_neighbours(by=SYSTEM)
    gone = sweep_documents()
    if gone:
        log.info("documents that nothing names were removed", extra={"kommune": db.slug(), "documents": gone})
    return gone


def sweep_documents() -> int:
    """Remove the bytes that nothing in the namespace names; gives how many files went."""

    def of(hashes: Collection[str]) -> set[str]:
        with db.reading() as tx:
            return named(tx, hashes)

    return files.sweep(of)


def named(tx: Tx, hashes: Collection[str]) -> set[str]:
    """Those of these documents that something names: a case, the letterhead, a letter that is drafted, the central post room.

    Whatever else comes to name a document must come to stand here.
    """
    d, b = dokument.T, bescheid.T
    found = set(tx.scalars(sa.select(d.c.sha256).where(d.c.sha256.in_(list(hashes)))))
    left = set(hashes) - found
    if not left:
        return found
    logo = letterhead.head_of(tx).logo
    lies_here = {sha256 for _, sha256 in parcel.hashes(tx)}
    drafts = tx.scalars(sa.select(b.c.content).where(may_become(b, bescheid.REPLACED)))
    return found | {
        sha for sha in left if sha == logo or sha in lies_here or any(sha.encode() in content for content in drafts)
    }
