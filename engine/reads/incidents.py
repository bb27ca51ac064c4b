"""Incidents of all cases: what happened in plain words, alike ones together, and the values that one of them may be about."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import bpmn, feel
from engine.base import db
from engine.base.db import Tx
from engine.base.errors import Problem
from engine.bpmn.diagram import Element, expressions_of
from engine.feel import FeelSyntaxError, YearsMonths, compile_expression
from engine.feel.builtins import registry
from engine.feel.dmn.model import Decision, InputData
from engine.feel.dmn.project import project
from engine.model import auftrag, history, incident, leistung, vorgang
from engine.model.bundle import Bundle
from engine.model.notice import expressions_in
from engine.model.typed import kind_of, show
from engine.reads.paging import Page, page_of

T, V, H, L = incident.T, vorgang.T, history.T, leistung.T
MOST_GROUPS, MOST_FIELDS, DEEPEST = 50, 40, 4
MOST_AT_ONCE = 1000
WRITTEN_IN = "bearbeitung"  # letters know it, the process does not (engine.verbs.letters)
EXPRESSION = "ausdruck"
"""The kind of a value that fits no single field: it is written as FEEL (or JSON)."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """An open incident with its case. `name` is the element's in the diagram; empty for what belongs to no element."""

    id: str
    vorgang_id: str
    nummer: str
    case: str
    leistung: str
    name: str
    message: str
    opened_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Alike:
    """Incidents of one Leistung at one element with one sentence; `id` is the oldest of them."""

    id: str
    leistung: str
    name: str
    message: str
    count: int
    since: dt.datetime


@dataclass(frozen=True, slots=True)
class Correctable:
    """A value of the case that may be to blame. kind: those of engine.model.typed, `ausdruck`, or empty if it has none yet."""

    path: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class StuckCase:
    """An incident to be looked at: what its element is, and the values it takes. `state` names the values that are shown."""

    incident: Stuck
    open: bool
    type: str
    values: tuple[Correctable, ...]
    state: str


_ROW = sa.select(
    T.c.id, T.c.vorgang_id, T.c.element, T.c.message, T.c.opened_at, T.c.token, T.c.state, V.c.nummer, V.c.name.label("case"),
    V.c.leistung, V.c.version_id,
).join(V, V.c.id == T.c.vorgang_id)  # fmt: skip


def list_stuck(*, leistung: str | None = None, like: str | None = None, page: int = 1) -> Page:
    """Open incidents, oldest first; of one Leistung, or those that are like one."""
    query = _ROW.where(T.c.state == "offen")
    if leistung is not None:
        query = query.where(V.c.leistung == leistung)
    if like is not None:
        query = query.where(_alike(like))
    names = _Names()
    return page_of(query.order_by(T.c.opened_at, T.c.id), page, lambda row: _stuck(row, names))


def alike_ids(like: str) -> tuple[str, ...]:
    """The ids of all open incidents that are like one, oldest first; as many as can be tried again at once."""
    query = sa.select(T.c.id).join(V, V.c.id == T.c.vorgang_id).where(T.c.state == "offen", _alike(like))
    with db.reading() as tx:
        return tuple(tx.scalars(query.order_by(T.c.opened_at, T.c.id).limit(MOST_AT_ONCE)))


def _alike(id: str) -> sa.ColumnElement[bool]:
    """The condition on incidents that Leistung, element and sentence are those of one of them."""
    i, v = T.alias("one"), V.alias("its_case")
    one = sa.select(v.c.leistung, i.c.element, i.c.message).join(v, v.c.id == i.c.vorgang_id).where(i.c.id == id)
    return sa.tuple_(V.c.leistung, T.c.element, T.c.message).in_(one)


def list_alike(leistung: str | None = None) -> tuple[Alike, ...]:
    """Open incidents by Leistung, element and sentence, the most frequent first."""
    count = sa.func.count()
    query = (
        sa.select(
            V.c.leistung, T.c.element, T.c.message, sa.func.min(T.c.id).label("id"),
            sa.func.min(V.c.version_id).label("version_id"), count.label("many"), sa.func.min(T.c.opened_at).label("since"),
        )
        .join(V, V.c.id == T.c.vorgang_id)
        .where(T.c.state == "offen")
        .group_by(V.c.leistung, T.c.element, T.c.message)
        .order_by(count.desc(), sa.func.min(T.c.opened_at))
        .limit(MOST_GROUPS)
    )  # fmt: skip
    if leistung is not None:
        query = query.where(V.c.leistung == leistung)
    names = _Names()
    with db.reading() as tx:
        rows = tx.all(query)
        return tuple(
            Alike(row.id, names.leistung(tx, row.leistung), names.element(tx, row), row.message, row.many, row.since)
            for row in rows
        )


def leistungen_with_incidents() -> tuple[tuple[str, str], ...]:
    """Key and name of the Leistungen in whose cases something is stuck."""
    query = sa.select(L.c.key, L.c.name).where(
        sa.exists().where(V.c.leistung == L.c.key, T.c.vorgang_id == V.c.id, T.c.state == "offen")
    )
    with db.reading() as tx:
        return tuple((row.key, row.name) for row in tx.all(query.order_by(L.c.name)))


class _Names:
    """Names of elements and Leistungen, looked up once."""

    def __init__(self) -> None:
        self._elements: dict[str, Mapping[str, str]] = {}
        self._leistungen: dict[str, str] = {}

    def element(self, tx: Tx, row: Any) -> str:
        if row.version_id not in self._elements:
            spec = leistung.version(tx, row.version_id).spec
            self._elements[row.version_id] = {each.id: each.name or each.id for each in spec.elements()}
        return self._elements[row.version_id].get(row.element, "")

    def leistung(self, tx: Tx, key: str) -> str:
        if not self._leistungen:
            self._leistungen = {row.key: row.name for row in tx.all(sa.select(L.c.key, L.c.name))}
        return self._leistungen.get(key, key)


def _stuck(row: Any, names: _Names) -> Stuck:
    with db.reading() as tx:
        name, offer = names.element(tx, row), names.leistung(tx, row.leistung)
    return Stuck(row.id, row.vorgang_id, row.nummer, row.case, offer, name, row.message, row.opened_at)


# --- one of them ---------------------------------------------------------------------------------------------------


def get_stuck(id: str) -> StuckCase:
    """An incident with the values its element takes.

    Raises:
        Unknown: if there is none.
    """
    with db.reading() as tx:
        incident.get(tx, id)
        row: Any = tx.one_or_none(_ROW.where(T.c.id == id))
        case: Any = vorgang.get(tx, row.vorgang_id)
        bundle = leistung.version(tx, row.version_id)
        process = tx.scalar(sa.select(H.c.process).where(H.c.vorgang_id == row.vorgang_id, H.c.token == row.token).limit(1))
    shown, open = _stuck(row, _Names()), row.state == "offen"
    element = _element(bundle, process, row.element)
    if not open or element is None or auftrag.is_free(row.token):
        return StuckCase(shown, open, element.kind if element is not None else "", (), "")
    try:
        known = bpmn.variables(bundle.spec, case.snapshot, row.token)
    except bpmn.Misdirected:
        return StuckCase(shown, False, element.kind, (), "")
    values = tuple(_correctable(bundle, process or case.process, element, known))
    said = repr([(each.path, each.kind, each.text) for each in values])
    return StuckCase(shown, open, element.kind, values, hashlib.sha256(said.encode()).hexdigest()[:32])


def _element(bundle: Bundle, process: str | None, id: str) -> Element | None:
    compiled = bundle.spec.compiled.get(process or bundle.process)
    return compiled.process.elements.get(id) if compiled is not None else None


def _correctable(bundle: Bundle, process: str, element: Element, known: Mapping[str, Any]) -> Iterator[Correctable]:
    """The values that the expressions of an element name, leaf by leaf."""
    found: dict[str, Correctable] = {}
    for path in _paths(bundle, process, element, known):
        for each in _leaves(path, _at(known, path)):
            found.setdefault(each.path, each)
    yield from list(found.values())[:MOST_FIELDS]


def _paths(bundle: Bundle, process: str, element: Element, known: Mapping[str, Any]) -> Iterator[str]:
    """The variables that an element's expressions name, with what they take of them."""
    for source in _sources(bundle, process, element):
        try:
            names = compile_expression(source).names
        except FeelSyntaxError:
            continue
        for name in sorted(names):
            if name != WRITTEN_IN and (name in known or registry.find(name) is None):
                yield from _taken(source, name, known)
    yield from (name for name in _inputs_of(bundle, element) if not any(each.target == name for each in element.inputs))


def _taken(source: str, name: str, known: Mapping[str, Any]) -> Iterator[str]:
    """What an expression takes of a variable: the paths behind its name, as far as they lead through contexts."""
    for rest in re.findall(rf"(?<![\w.]){re.escape(name)}((?:\.[^\W\d]\w*)*)", source):
        path, value = name, known.get(name)
        for part in rest.split(".")[1:]:
            if not isinstance(value, dict):
                break
            path, value = f"{path}.{part}", value.get(part)
        yield path


def _sources(bundle: Bundle, process: str, element: Element) -> Iterator[str]:
    yield from expressions_of(bundle.spec.compiled[process].process, element)
    for mapping in element.inputs:
        notice = (
            bundle.notices.get(mapping.source.removeprefix("=").strip().strip('"')) if mapping.target == "vorlage" else None
        )
        if notice is not None:
            yield from expressions_in(notice)


def _inputs_of(bundle: Bundle, element: Element) -> Iterator[str]:
    """The variables that a decision reads by their own names."""
    if element.decision is None or not bundle.spec.decisions:
        return
    try:
        units = project(bundle.spec.decisions).units
    except Problem:
        return
    for unit in units:
        elements = list(unit.model.elements.values())
        if any(isinstance(one, Decision) and element.decision in (one.id, one.name) for one in elements):
            yield from (one.name for one in elements if isinstance(one, InputData) and one.name)


def _at(known: Mapping[str, Any], path: str) -> Any:
    value: Any = known
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _leaves(path: str, value: Any, depth: int = 0) -> Iterator[Correctable]:
    """A value as fields: of a context each of its members, of anything that fits no field the whole as an expression."""
    kind = kind_of(value)
    if value is None:
        yield Correctable(path, "", "")
    elif kind is not None and not isinstance(value, dt.timedelta | YearsMonths):
        yield Correctable(path, kind, show(kind, value))
    elif isinstance(value, dict) and value and depth < DEEPEST and all(re.fullmatch(r"[^\W\d]\w*", name) for name in value):
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}", inner, depth + 1)
    else:
        yield Correctable(path, EXPRESSION, feel.to_text(value))


def variables_of(case: StuckCase) -> Mapping[str, Any]:
    """The variables that the element of an incident sees."""
    with db.reading() as tx:
        row: Any = tx.one_or_none(_ROW.where(T.c.id == case.incident.id))
        snapshot = tx.scalar(sa.select(V.c.snapshot).where(V.c.id == row.vorgang_id))
        bundle = leistung.version(tx, row.version_id)
    return bpmn.variables(bundle.spec, snapshot, row.token)
