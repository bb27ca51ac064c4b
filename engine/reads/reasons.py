"""Why a case stands as it does: decisions by tables, calculations of days, and what is waited for in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.base import clock, db
from engine.base.db import Tx
from engine.bpmn.codec import decode
from engine.law import Step
from engine.model import calculation, decision, frist, leistung, vorgang
from engine.model.bundle import Bundle

C, F = calculation.T, frist.T


@dataclass(frozen=True, slots=True)
class Frist:
    """What is waited for in time. `source` is the law by which its day was calculated, where its own timer calculated it."""

    element: str
    name: str
    due_at: dt.datetime
    source: str = ""


@dataclass(frozen=True, slots=True)
class Entschieden:
    """A decision with its reasons: the inputs, the rules that fired, the value, and the version whose table it was."""

    at: dt.datetime
    element: str
    name: str
    decision: str
    inputs: dict[str, Any]
    rules: tuple[dict[str, Any], ...]
    value: Any
    version_id: str


@dataclass(frozen=True, slots=True)
class Berechnung:
    """A day that was calculated at an element.

    `result` is None where a notice does not count as delivered, and where the law refuses: then `refusal` says why.
    """

    at: dt.datetime
    element: str
    name: str
    token: str
    function: str
    arguments: dict[str, Any]
    result: dt.date | None
    steps: tuple[Step, ...]
    source: str
    refusal: str


def list_decisions(vorgang_id: str) -> tuple[Entschieden, ...]:
    """The decisions made by tables of the bundle, oldest first."""
    with db.reading() as tx:
        bundle = _bundle(tx, vorgang_id)
        rows = tx.all(sa.select(decision.T).where(decision.T.c.vorgang_id == vorgang_id).order_by(decision.T.c.id))
    names = _names(bundle)
    return tuple(
        Entschieden(
            row.at, row.element, names.get(row.element, row.element), row.decision, decode(row.inputs),
            tuple(decode(row.rules)), decode(row.value), bundle.id,
        )
        for row in rows
    )  # fmt: skip


def list_berechnungen(vorgang_id: str) -> tuple[Berechnung, ...]:
    """The days that were calculated by law, with their steps and sources, oldest first."""
    with db.reading() as tx:
        bundle = _bundle(tx, vorgang_id)
        rows = tx.all(sa.select(C).where(C.c.vorgang_id == vorgang_id).order_by(C.c.id))
    return tuple(_berechnung(row, bundle) for row in rows)


def _berechnung(row: Any, bundle: Bundle) -> Berechnung:
    compiled = bundle.spec.compiled.get(row.process)
    element = compiled.process.elements.get(row.element) if compiled is not None else None
    return Berechnung(
        row.at, row.element, element.name or element.id if element is not None else row.element, row.token, row.function,
        decode(row.arguments), row.result, tuple(Step(**step) for step in decode(row.steps)), row.source, row.refusal,
    )  # fmt: skip


def list_fristen(vorgang_id: str) -> tuple[Frist, ...]:
    """What a case waits for in time, next first."""
    waiting = sa.select(F.c.element, F.c.token, F.c.due_at).where(F.c.vorgang_id == vorgang_id, F.c.state == "offen")
    with db.reading() as tx:
        bundle = _bundle(tx, vorgang_id)
        rows = tx.all(waiting.order_by(F.c.due_at))
        tokens = waiting.with_only_columns(F.c.token)
        made = tx.all(sa.select(C).where(C.c.vorgang_id == vorgang_id, C.c.token.in_(tokens)).order_by(C.c.id))
    names = _names(bundle)
    by_token: dict[str, list[Berechnung]] = {}
    for row in made:
        by_token.setdefault(row.token, []).append(_berechnung(row, bundle))
    return tuple(
        Frist(row.element, names.get(row.element, row.element), row.due_at, _source(row.due_at, by_token.get(row.token, ())))
        for row in rows
    )


def _source(due_at: dt.datetime, own: Sequence[Berechnung]) -> str:
    """The law that gave a timer its day: a calculation in the timer's own expression that leads to that day or ends before it.

    Days that elsewhere were calculated may be the same by chance; they are not asked.
    """
    day = clock.local_day(due_at)
    for made in own:
        led_to = {step.day for step in made.steps}
        if day in led_to or (made.result is not None and day == made.result + dt.timedelta(1)):
            return made.source
    return ""


def _bundle(tx: Tx, vorgang_id: str) -> Bundle:
    case: Any = vorgang.get(tx, vorgang_id)
    return leistung.version(tx, case.version_id)


def _names(bundle: Bundle) -> Mapping[str, str]:
    return {element.id: element.name or element.id for element in bundle.spec.elements()}
