"""Verifications: when the stored data was last verified, how long that took, and what is broken."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.base import db
from engine.base.db import Tx
from engine.model import konto, verification, vorgang
from engine.model.verification import DONE, FAILED, RUNNING, WAITING

T = verification.T
SHOWN_RUNS = 14
NEWEST = (T.c.ended_at.desc(), T.c.id.desc())


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is broken. `nummer` is the Aktenzeichen if `subject` is a case."""

    invariant: str
    subject: str
    message: str
    nummer: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """A run. state: wartet | laeuft | fertig | gescheitert; `asked_by` is a name, empty for a run by night."""

    state: str
    asked_by: str
    asked_at: dt.datetime
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    done: int
    total: int
    broken: int

    @property
    def took_s(self) -> int:
        """How long it took; what took less than a second took one."""
        if self.started_at is None or self.ended_at is None:
            return 0
        return max(1, round((self.ended_at - self.started_at).total_seconds()))


@dataclass(frozen=True, slots=True)
class Verifications:
    """What is known: the run that waits or goes on, those that have ended, the newest first, and what the last has found."""

    hour: int
    current: Verified | None
    ended: tuple[Verified, ...]
    findings: tuple[Finding, ...]

    @property
    def last(self) -> Verified | None:
        """The newest run that came to its end."""
        return next((run for run in self.ended if run.state == DONE), None)


def verifications() -> Verifications:
    """Everything that the Administration sees of it."""
    columns = [column for column in T.columns if column is not T.c.findings]
    with db.reading() as tx:
        names = dict(map(tuple, tx.all(sa.select(konto.T.c.login, konto.T.c.name))))
        going = tx.all(sa.select(*columns).where(T.c.state.in_([WAITING, RUNNING])).order_by(T.c.id).limit(1))
        over = tx.all(
            sa.select(*columns)
            .where(T.c.state.in_([DONE, FAILED]))
            .order_by(T.c.ended_at.desc(), T.c.id.desc())
            .limit(SHOWN_RUNS)
        )
        told = tx.scalar(sa.select(T.c.findings).where(T.c.state == DONE).order_by(T.c.ended_at.desc(), T.c.id.desc()).limit(1))
        findings = tuple(_findings(tx, json.loads(told or "[]")))
        return Verifications(
            verification.hour_of(tx), next((_run(row, names) for row in going), None), tuple(_run(row, names) for row in over),
            findings,
        )  # fmt: skip


def last_verification() -> tuple[dt.datetime, int] | None:
    """When a run last came to its end, and how much was broken then; None if none ever did."""
    query = sa.select(T.c.ended_at, T.c.broken).where(T.c.state == DONE).order_by(*NEWEST).limit(1)
    with db.reading() as tx:
        row: Any = tx.one_or_none(query)
    return None if row is None else (row.ended_at, row.broken)


def _run(row: Any, names: Mapping[str, str]) -> Verified:
    asked_by = "" if row.asked_by is None else names.get(row.asked_by, row.asked_by)
    return Verified(row.state, asked_by, row.asked_at, row.started_at, row.ended_at, row.done, row.total, row.broken)


def _findings(tx: Tx, told: Iterable[Mapping[str, str]]) -> Iterable[Finding]:
    kept = [Finding(**one) for one in told]
    v = vorgang.T
    rows = tx.all(sa.select(v.c.id, v.c.nummer).where(v.c.id.in_({one.subject for one in kept}))) if kept else ()
    numbers = {row.id: row.nummer for row in rows}
    return (Finding(one.invariant, one.subject, one.message, numbers.get(one.subject, "")) for one in kept)
