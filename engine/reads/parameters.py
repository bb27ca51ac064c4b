"""Parameters of Leistungen: what the bundle gives, what the municipality has made of it, who changed what."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.base import db
from engine.base.db import Tx
from engine.base.errors import Unknown
from engine.model import konto, leistung, parameter, protokoll
from engine.model.bundle import Bundle
from engine.model.parameter import Field, Own
from engine.model.typed import kind_of, show

CHANGED = "parameter:geaendert"
HISTORY = 30


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as a form shows it: the value that counts for new cases, and the bundle's, both as people write them."""

    field: Field
    text: str
    given: str
    changed: bool


@dataclass(frozen=True, slots=True)
class ParameterGroup:
    title: str
    help: str
    parameters: tuple[Parameter, ...]
    fixed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a parameter: what it is called, from what, to what, when and by whom."""

    at: dt.datetime
    who: str
    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Parameters:
    """All parameters of a Leistung. `unused` are own values that the current version does not take; `state` names all this."""

    leistung: str
    name: str
    number: int
    groups: tuple[ParameterGroup, ...]
    unused: Mapping[str, str]
    changes: tuple[Change, ...]
    state: str


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A Leistung, with how many of its parameters there are, were changed, and are of no use any more."""

    key: str
    name: str
    count: int
    changed: int
    unused: int


def list_adjusted() -> tuple[Adjusted, ...]:
    """The Leistungen of the municipality, with how their parameters were changed."""
    with db.reading() as tx:
        keys = tx.all(sa.select(leistung.T.c.key, leistung.T.c.name).order_by(leistung.T.c.name))
        found = [(row, *parameters_of(tx, row.key)) for row in keys]
    return tuple(Adjusted(row.key, row.name, len(fields), len(mine.used), len(mine.unused)) for row, _, fields, mine in found)


def get_parameters(key: str) -> Parameters:
    """The parameters of a Leistung as they are for new cases.

    Raises:
        Unknown: there is no such Leistung.
    """
    with db.reading() as tx:
        bundle, fields, mine = parameters_of(tx, key)
        number = tx.scalar(sa.select(leistung.VERSIONS.c.number).where(leistung.VERSIONS.c.id == bundle.id))
        changes = _changes(tx, key, fields)
    groups = parameter.groups_of(bundle.parameters, bundle.declared)
    return Parameters(
        key, bundle.name, number,
        tuple(
            ParameterGroup(group.title, group.help, tuple(_shown(each, mine) for each in group.fields), group.fixed)
            for group in groups
        ),
        {path: show(kind_of(value) or "text", value) for path, value in mine.unused.items()}, changes, state_of(bundle, mine),
    )  # fmt: skip


def _shown(each: Field, mine: Own) -> Parameter:
    given = show(each.kind, each.given)
    changed = each.path in mine.used
    return Parameter(each, show(each.kind, mine.used[each.path]) if changed else given, given, changed)


def _changes(tx: Tx, key: str, fields: Mapping[str, Field]) -> tuple[Change, ...]:
    """What was changed last, newest first, as the Protokoll has it."""
    p = protokoll.T
    lines = tx.execute(
        sa.select(p.c.at, p.c.konto, p.c.detail).where(p.c.vorgang_id.is_(None), p.c.tag == CHANGED).order_by(p.c.number.desc())
    )
    names = {row.login: row.name for row in tx.execute(sa.select(konto.T.c.login, konto.T.c.name))}
    found: list[Change] = []
    for line in lines:
        detail = json.loads(line.detail)
        if detail.get("leistung") != key:
            continue
        for path, (before, after) in sorted(detail.get("werte", {}).items()):
            title = fields[path].title if path in fields else path
            found.append(Change(line.at, names.get(line.konto, line.konto), title, before, after))
        if len(found) >= HISTORY:
            break
    return tuple(found[:HISTORY])


def parameters_of(tx: Tx, key: str) -> tuple[Bundle, dict[str, Field], Own]:
    """The current version of a Leistung, its parameters as fields, and what the municipality has set.

    Raises:
        Unknown: there is no such Leistung.
    """
    version = leistung.current(tx, key)
    if version is None:
        raise Unknown("Diese Leistung gibt es hier nicht.")
    bundle = leistung.version(tx, version)
    fields = parameter.fields_of(bundle.parameters, bundle.declared)
    return bundle, fields, parameter.own(tx, key, fields)


def state_of(bundle: Bundle, mine: Own) -> str:
    """The name of what a form shows: the version, and the municipality's own values."""
    values: dict[str, Any] = {**mine.used, **mine.unused}
    said = [bundle.id, sorted((path, repr(value)) for path, value in values.items())]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]
