"""Desk: what people do with their tasks."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine import bpmn, feel
from engine.base import clock, db
from engine.base.db import Tx
from engine.base.errors import Cause, Conflict, Forbidden, Invalid, Unknown
from engine.base.prepared import Prepared
from engine.base.rights import Konto, in_place_of, verb
from engine.bpmn.codec import encode
from engine.model import aufgabe, bescheid, dokument, konto, leistung, protokoll, task_draft, vertretung, vorgang
from engine.model.bundle import cached
from engine.model.states import may_become
from engine.reads.aufgaben import AUFGABEN, Aufgabe, aufgabe_from, aufgabe_of
from engine.reads.hindrance import (
    FOUR_EYES,
    acts_for,
    hand_in,
    may_take,
    no_longer,
    not_yours,
    persons_covered,
    why_taken,
)
from engine.reads.sight import is_for
from engine.step import Case, set_aside, step
from engine.verbs.four_eyes import require_four_eyes, written_down
from forms.aufgabe import Form, parse_form, references, validate

T, V = aufgabe.T, vorgang.T
_drafted = sa.exists().where(task_draft.T.c.aufgabe_id == T.c.id, task_draft.T.c.konto == sa.bindparam("b_login"))
_BEFORE = Prepared(
    AUFGABEN.add_columns(
        V.c.snapshot, V.c.stand, V.c.version_id, V.c.state.label("case_state"), _drafted.label("drafted")
    ).where(T.c.id == sa.bindparam("b_id"))
)
_mine = sa.or_(T.c.holder.is_(None), T.c.holder == sa.bindparam("b_login"), T.c.holder == sa.bindparam("b_before"))
_DONE = Prepared(
    sa.update(T)
    .where(T.c.id == sa.bindparam("b_id"), may_become(T, aufgabe.DONE), _mine)
    .values({name: sa.bindparam(name) for name in ("state", "holder", "held_for", "closed_by", "answers_hash", "closed_at")})
)


@functools.lru_cache(maxsize=512)
def parsed_form(schema: bytes) -> Form:
    """A form, parsed once per process."""
    return parse_form(schema)


@verb(right="aufgabe.bearbeiten", tag="aufgabe:uebernommen")
@written_down
def claim_aufgabe(aufgabe_id: str, *, by: Konto) -> Aufgabe:
    """Take an Aufgabe for oneself: a free one, one of somebody one stands in for, or one's own that a substitute has taken.

    Taking it twice changes nothing.

    Raises:
        Conflict: someone else holds it, or it is no longer open; `fresh` is how it is now.
        Forbidden: it is for another Stelle, or four eyes are needed and one's own have already seen it.
    """
    with db.transaction() as tx:
        row: Any = aufgabe.get(tx, aufgabe_id)
        whom = acts_for(row, by)
        _yours(json.loads(row.groups), by)
        require_four_eyes(tx, row.vorgang_id, json.loads(row.four_eyes), by)
        as_it_was = sa.and_(T.c.holder.is_not_distinct_from(row.holder), T.c.held_for.is_not_distinct_from(row.held_for))
        values = {"holder": by.login, "held_for": whom.login if whom is not None else None}
        claim = sa.update(T).where(T.c.id == aufgabe_id, T.c.state == aufgabe.OPEN, as_it_was).values(**values)
        if row.holder != by.login and may_take(row, by) and tx.execute(claim).rowcount:
            vorgang.become(tx, row.vorgang_id, vorgang.ANGENOMMEN, vorgang.NEU)
            with in_place_of(values["held_for"]):
                protokoll.record(tx, row.vorgang_id, aufgabe=aufgabe_id)
        elif row.holder != by.login or row.state != aufgabe.OPEN:
            fresh = aufgabe_of(tx, aufgabe_id)
            raise Conflict(why_taken(fresh), fresh=fresh)
        return aufgabe_of(tx, aufgabe_id)


@verb(right="aufgabe.bearbeiten", tag="aufgabe:zurueckgegeben")
def release_aufgabe(aufgabe_id: str, *, by: Konto) -> Aufgabe:
    """Give an Aufgabe back so that others can take it.

    Raises:
        Conflict: someone else holds it, or it is no longer open.
    """
    with db.transaction() as tx:
        row: Any = aufgabe.get(tx, aufgabe_id)
        if row.state != aufgabe.OPEN or row.holder not in (None, by.login):
            raise Conflict(why_taken(row), fresh=aufgabe_of(tx, aufgabe_id))
        free = sa.update(T).where(T.c.id == aufgabe_id, T.c.holder == by.login).values(holder=None, held_for=None)
        if tx.execute(free).rowcount:
            with in_place_of(row.held_for):
                protokoll.record(tx, row.vorgang_id, aufgabe=aufgabe_id)
        return aufgabe_of(tx, aufgabe_id)


@verb(right="aufgabe.bearbeiten", tag="aufgabe:weitergegeben")
def hand_over(aufgabe_id: str, to: str | Konto, *, by: Konto) -> Aufgabe:
    """Give an Aufgabe to a colleague, who then holds it: one's own, one that is free, or one of somebody one stands in for.

    `to` is a login here, or what a grant makes of a colleague of another municipality. Doing it twice changes nothing.

    Raises:
        Conflict: someone else holds it, or it is no longer open; `fresh` is how it is now.
        Forbidden: it is free, but for another Stelle.
        Invalid: nobody works here under that login, or it is not for them; the cause points at `an`.
    """
    to_login, held_for = (to, None) if isinstance(to, str) else (to.login, to.stands_in[0].login)
    with db.transaction() as tx:
        row: Any = aufgabe.get(tx, aufgabe_id)
        if row.holder is None:
            _yours(json.loads(row.groups), by)
        if row.state != aufgabe.OPEN or (row.holder != to_login and not may_take(row, by)):
            raise Conflict(why_taken(row), fresh=aufgabe_of(tx, aufgabe_id))
        if row.holder == to_login:
            return aufgabe_of(tx, aufgabe_id)
        if (reason := _why_not_for(tx, row, to)) is not None:
            raise Invalid("Die Aufgabe lässt sich so nicht weitergeben.", [Cause(reason, pointer="/an")])
        as_it_was = T.c.holder.is_not_distinct_from(row.holder)
        given = sa.update(T).where(T.c.id == aufgabe_id, T.c.state == aufgabe.OPEN, as_it_was)
        if tx.execute(given.values(holder=to_login, held_for=held_for)).rowcount != 1:
            raise Conflict("Die Aufgabe wurde gerade von jemand anderem übernommen oder erledigt.")
        whom = acts_for(row, by)
        with in_place_of(whom.login if whom is not None else None):
            protokoll.record(tx, row.vorgang_id, aufgabe=aufgabe_id, an=to_login)
        return aufgabe_of(tx, aufgabe_id)


def _why_not_for(tx: Tx, row: Any, to: str | Konto) -> str | None:
    """Why somebody cannot be given a task; None if they can. One's own Stellen count, not whom one stands in for."""
    try:
        colleague = konto.by_login(tx, to)[0] if isinstance(to, str) else to
    except Unknown:
        return "Bitte wählen Sie, wer die Aufgabe bekommt."
    if not colleague.may("aufgabe.bearbeiten"):
        return f"{colleague.name} darf keine Aufgaben bearbeiten."
    if not is_for(json.loads(row.groups), colleague):
        return f"{colleague.name} gehört nicht zu denen, für die diese Aufgabe ist."
    if colleague.granted is None:
        colleague = dataclasses.replace(colleague, stands_in=vertretung.stood_in_for(tx, colleague.login))
    return _kept_apart(tx, row, colleague)


def _kept_apart(tx: Tx, row: Any, colleague: Konto) -> str | None:
    """Why four eyes keep somebody from a task; None if they do not."""
    found = hand_in(tx, row.vorgang_id, json.loads(row.four_eyes), colleague)
    if found is None:
        return None
    who, done = found
    whose = f"{colleague.name} hat" if who is None else f"{colleague.name} vertritt {who.said}, und {who.konto.name} hat"
    return f"{FOUR_EYES} {whose} in diesem Vorgang {done}."


def _yours(groups: Sequence[str], by: Konto) -> None:
    """Refuse whose Stellen and roles the task does not name."""
    if sentence := not_yours(groups, by):
        raise Forbidden(sentence)


@verb(right="aufgabe.bearbeiten", tag="aufgabe:abgeschlossen")
@written_down
def complete_aufgabe(aufgabe_id: str, data: Mapping[str, Any], *, seen: str | None = None, by: Konto) -> Aufgabe:
    """Complete an Aufgabe with the clerk's answers and move the Vorgang on.

    Completing it twice with the same answers changes nothing. One that nobody holds is taken and completed at once. Where
    it approves a Bescheid, `seen` is the hash of the draft that was looked at; without it the draft as it is now is approved.

    Raises:
        Conflict: someone else holds it, the Vorgang has moved on, or the draft was changed; `fresh` is how it is now.
        Invalid: the answers do not fit the form; causes point at fields.
        Forbidden: it is for another Stelle, or four eyes are needed and one's own have already seen it.
    """
    before, case, drafted = _before(aufgabe_id, by)
    if _repeated(before, data, by):
        return before
    if before.state != aufgabe.OPEN or not may_take(before, by):
        raise Conflict(why_taken(before), fresh=before)
    if sentence := no_longer(before, by):
        raise Forbidden(sentence)
    _yours(before.groups, by)
    answers, whom = checked_answers(case, before.token, before.form, data), acts_for(before, by)
    values: dict[str, Any] = {"state": aufgabe.DONE, "holder": by.login, "closed_by": by.login, "answers_hash": _hash_of(data),
              "held_for": whom.login if whom is not None else None}  # fmt: skip
    try:
        with in_place_of(values["held_for"]):
            step(
                case.id,
                bpmn.TaskCompleted(before.token, answers),
                lambda tx, outcome: _close(tx, before, values, outcome.approved, seen, by, drafted),
                closes=T,
                case=case,
                aufgabe=aufgabe_id,
            )
    except Conflict as conflict:
        fresh = _fresh(aufgabe_id)
        if _repeated(fresh, data, by):
            return fresh
        raise Conflict(conflict.sentence, fresh=fresh) from conflict
    return dataclasses.replace(before, **values)


def _repeated(now: Aufgabe, data: Mapping[str, Any], by: Konto) -> bool:
    """Whether this Konto has completed it with these answers already: a double click, or a second try after a lost answer."""
    return now.state == aufgabe.DONE and now.closed_by == by.login and now.answers_hash == _hash_of(data)


def _before(aufgabe_id: str, by: Konto) -> tuple[Aufgabe, Case, bool]:
    """The Aufgabe and its Vorgang, and whether this Konto has a draft of its answers, in one look."""
    row = db.look(_BEFORE, {"b_id": aufgabe_id, "b_login": by.login}).one_or_none()
    if row is None:
        raise Unknown("Diese Aufgabe gibt es nicht.")
    bundle = cached(row.version_id)
    if bundle is None:
        with db.reading() as tx:
            bundle = leistung.version(tx, row.version_id)
    case = Case(row.vorgang_id, row.nummer, bundle, row.snapshot, row.stand, row.case_state)
    return aufgabe_from(row), case, bool(row.drafted)


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
    try:
        context = bpmn.variables(case.bundle.spec, case.snapshot, token)
    except bpmn.Damaged as damaged:
        set_aside(case.id, damaged)
        raise
    parsed = parsed_form(case.bundle.forms[form])
    values = validate(parsed, data, context)
    _own_documents(case, references(parsed, values))
    return values


def _own_documents(case: Case, named: Sequence[tuple[str, str]]) -> None:
    """Documents that answers name must be those of the Vorgang."""
    if not named:
        return
    with db.reading() as tx:
        own = set(tx.scalars(sa.select(dokument.T.c.id).where(dokument.T.c.vorgang_id == case.id)))
    causes = [
        Cause("Dieses Dokument gehört nicht zum Vorgang.", "ein Dokument dieses Vorgangs wählen", pointer)
        for pointer, id in named
        if id not in own
    ]
    if causes:
        raise Invalid("Die Antworten passen nicht zum Formular.", causes)


def _hash_of(data: Mapping[str, Any]) -> str:
    return hashlib.sha256(encode(dict(data))).hexdigest()


def _close(
    tx: Tx, before: Aufgabe, values: Mapping[str, Any], approved: Sequence[str], seen: str | None, by: Konto, drafted: bool
) -> None:
    """Mark the row as done, unless somebody was faster, approve what the answers approve, and forget their draft."""
    require_four_eyes(tx, before.vorgang_id, before.four_eyes, by)
    now = {"closed_at": clock.now(), "b_id": before.id, "b_login": by.login, "b_before": before.holder or by.login}
    done = tx.run(_DONE, {**values, **now})
    if done.rowcount != 1:
        raise Conflict("Die Aufgabe wurde gerade von jemand anderem übernommen oder erledigt.")
    for draft in approved:
        bescheid.approve(tx, draft, before.vorgang_id, by.login, seen, persons_covered(tx, by))
    if drafted:
        task_draft.drop(tx, before.id, by.login)
