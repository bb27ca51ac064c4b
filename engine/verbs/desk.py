"""Desk: what people do with their tasks."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine import bpmn, feel
from engine.base import clock, db
from engine.base.db import Tx
from engine.base.errors import Conflict, Invalid
from engine.base.rights import Konto, verb
from engine.bpmn.codec import encode
from engine.model import aufgabe, protokoll
from engine.model.states import may_become
from engine.reads import Aufgabe, aufgabe_of
from engine.step import Case, look, step
from forms.aufgabe import Form, parse_form, validate

T = aufgabe.T


@functools.lru_cache(maxsize=512)
def parsed_form(schema: bytes) -> Form:
    """A form, parsed once per process."""
    return parse_form(schema)


@verb(right="aufgabe.bearbeiten", tag="aufgabe:uebernommen")
def claim_aufgabe(aufgabe_id: str, *, by: Konto) -> Aufgabe:
    """Take an Aufgabe for oneself. Taking it twice changes nothing.

    Raises:
        Conflict: someone else holds it, or it is no longer open; `fresh` is how it is now.
    """
    with db.transaction() as tx:
        row = aufgabe.get(tx, aufgabe_id)
        taken = tx.execute(
            sa.update(T).where(T.c.id == aufgabe_id, T.c.state == aufgabe.OPEN, T.c.holder.is_(None)).values(holder=by.login)
        )
        if taken.rowcount:
            protokoll.record(tx, row.vorgang_id, aufgabe=aufgabe_id)
        elif row.holder != by.login or row.state != aufgabe.OPEN:
            raise Conflict(_why(row), fresh=aufgabe_of(tx, aufgabe_id))
        return aufgabe_of(tx, aufgabe_id)


@verb(right="aufgabe.bearbeiten", tag="aufgabe:zurueckgegeben")
def release_aufgabe(aufgabe_id: str, *, by: Konto) -> Aufgabe:
    """Give an Aufgabe back so that others can take it.

    Raises:
        Conflict: someone else holds it, or it is no longer open.
    """
    with db.transaction() as tx:
        row = aufgabe.get(tx, aufgabe_id)
        if row.state != aufgabe.OPEN or row.holder not in (None, by.login):
            raise Conflict(_why(row), fresh=aufgabe_of(tx, aufgabe_id))
        if tx.execute(sa.update(T).where(T.c.id == aufgabe_id, T.c.holder == by.login).values(holder=None)).rowcount:
            protokoll.record(tx, row.vorgang_id, aufgabe=aufgabe_id)
        return aufgabe_of(tx, aufgabe_id)


def _why(row: Any) -> str:
    if row.state == aufgabe.DONE:
        return f"Die Aufgabe ist schon erledigt (von {row.closed_by})."
    if row.state != aufgabe.OPEN:
        return "Die Aufgabe ist nicht mehr offen, weil der Vorgang weitergegangen ist."
    return f"Die Aufgabe wird gerade von {row.holder} bearbeitet."


@verb(right="aufgabe.bearbeiten", tag="aufgabe:abgeschlossen")
def complete_aufgabe(aufgabe_id: str, data: Mapping[str, Any], *, by: Konto) -> Aufgabe:
    """Complete an Aufgabe with the clerk's answers and move the Vorgang on.

    Completing it twice with the same answers changes nothing. One that nobody holds is taken and completed at once.

    Raises:
        Conflict: someone else holds it, or the Vorgang has moved on; `fresh` is how it is now.
        Invalid: the answers do not fit the form; causes point at fields.
    """
    with db.reading() as tx:
        row = aufgabe.get(tx, aufgabe_id)
        fresh = aufgabe_of(tx, aufgabe_id)
    case = look(row.vorgang_id)
    if row.state != aufgabe.OPEN:
        if row.state == aufgabe.DONE and row.answers_hash == _hash_of(data):
            return fresh
        raise Conflict(_why(row), fresh=fresh)
    if row.holder not in (None, by.login):
        raise Conflict(_why(row), fresh=fresh)
    answers = checked_answers(case, row.token, row.form, data)
    try:
        step(row.vorgang_id, lambda _: bpmn.TaskCompleted(row.token, answers), lambda tx, _: _close(tx, row, data, by), aufgabe=aufgabe_id)
    except Conflict as conflict:
        raise Conflict(conflict.sentence, fresh=_fresh(aufgabe_id)) from conflict
    return _fresh(aufgabe_id)


def _fresh(aufgabe_id: str) -> Aufgabe:
    with db.reading() as tx:
        return aufgabe_of(tx, aufgabe_id)


def checked_answers(case: Case, token: str, form: str | None, data: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as values, checked against the task's form; without a form as they are."""
    if form is None:
        values = feel.from_json(feel.json_text(dict(data)))
        if not isinstance(values, dict):
            raise Invalid("Die Antworten müssen ein Objekt mit Feldern sein.")
        return values
    if form not in case.bundle.forms:
        raise Invalid(f"Das Formular „{form}“ fehlt in dieser Fassung der Leistung.")
    context = bpmn.variables(case.bundle.spec, case.snapshot, token)
    return validate(parsed_form(case.bundle.forms[form]), data, context)


def _hash_of(data: Mapping[str, Any]) -> str:
    return hashlib.sha256(encode(dict(data))).hexdigest()


def _close(tx: Tx, row: Any, data: Mapping[str, Any], by: Konto) -> None:
    """Mark the row as done, unless somebody was faster."""
    may_become(aufgabe.MOVES, row.state, aufgabe.DONE)
    done = tx.execute(
        sa.update(T)
        .where(T.c.id == row.id, T.c.state == aufgabe.OPEN, sa.or_(T.c.holder.is_(None), T.c.holder == by.login))
        .values(state=aufgabe.DONE, holder=by.login, closed_by=by.login, closed_at=clock.now(), answers_hash=_hash_of(data))
    )
    if done.rowcount != 1:
        raise Conflict("Die Aufgabe wurde gerade von jemand anderem übernommen oder erledigt.")
