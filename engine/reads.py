"""Every look: frozen values, never live rows. Each opens a look of its own or takes part in an open transaction."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import bpmn
from engine.base import db
from engine.base import files as store
from engine.base.db import Tx
from engine.base.errors import Unknown
from engine.base.ports import File
from engine.bpmn.codec import decode
from engine.model import (
    antrag,
    aufgabe,
    auftrag,
    dokument,
    einstellung,
    erwartung,
    frist,
    history,
    incident,
    konto,
    leistung,
    nachricht,
    protokoll,
    vorgang,
    zentrale,
)

PAGE = 50


@dataclass(frozen=True, slots=True)
class Aufgabe:
    """A task of a person. `state` is offen, erledigt or entfallen; `holder` the login of who has it."""

    id: str
    vorgang_id: str
    nummer: str
    leistung: str
    applicant: str
    element: str
    name: str
    form: str | None
    item: int | None
    groups: tuple[str, ...]
    holder: str | None
    due_at: dt.datetime | None
    state: str
    opened_at: dt.datetime
    closed_by: str | None
    token: str
    answers_hash: str | None


@dataclass(frozen=True, slots=True)
class Vorgang:
    """A case as lists show it."""

    id: str
    nummer: str
    leistung: str
    name: str
    applicant: str
    status: str
    status_at: dt.datetime
    state: str
    opened_at: dt.datetime
    closed_at: dt.datetime | None
    version_id: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. `more` says whether there is another."""

    items: tuple[Any, ...]
    number: int
    more: bool


@dataclass(frozen=True, slots=True)
class Ereignis:
    """A line of a timeline. kind: entered | completed | cancelled | incident | resolved; `name` as the diagram names it."""

    at: dt.datetime
    kind: str
    element: str
    name: str
    konto: str
    detail: str


@dataclass(frozen=True, slots=True)
class Dokument:
    id: str
    name: str
    media_type: str
    kind: str
    size: int
    sha256: str
    created_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Nachricht:
    """A message with the applicant; direction IN or OUT."""

    id: str
    direction: str
    subject: str
    body: str
    documents: tuple[str, ...]
    at: dt.datetime
    retrieved_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Incident:
    id: str
    vorgang_id: str
    nummer: str
    element: str
    message: str
    opened_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Frist:
    element: str
    name: str
    due_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Diagramm:
    """Where a Vorgang stands in its diagram: the file, elements with tokens, flows and elements passed, incidents."""

    file: str
    tokens: tuple[str, ...]
    passed: tuple[str, ...]
    incidents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leistung:
    key: str
    name: str
    version_id: str
    number: int
    deployed_at: dt.datetime
    deployed_by: str


# --- tasks ---------------------------------------------------------------------------------------------------------

A, V = aufgabe.T, vorgang.T


_AUFGABEN = sa.select(A, V.c.nummer, V.c.leistung, V.c.applicant).join(V, V.c.id == A.c.vorgang_id)
_AUFGABE = _AUFGABEN.where(A.c.id == sa.bindparam("b_id"))


def _aufgabe(row: Any) -> Aufgabe:
    return Aufgabe(
        row.id, row.vorgang_id, row.nummer, row.leistung, row.applicant, row.element, row.name, row.form, row.item,
        tuple(json.loads(row.groups)), row.holder, row.due_at, row.state, row.opened_at, row.closed_by,
        row.token, row.answers_hash,
    )  # fmt: skip


def aufgabe_of(tx: Tx, id: str) -> Aufgabe:
    """A task, inside an open transaction.

    Raises:
        Unknown: if there is none.
    """
    row = tx.one_or_none(_AUFGABE, {"b_id": id})
    if row is None:
        raise Unknown("Diese Aufgabe gibt es nicht.")
    return _aufgabe(row)


def get_aufgabe(id: str) -> Aufgabe:
    """A task."""
    with db.reading() as tx:
        return aufgabe_of(tx, id)


def list_aufgaben(
    *,
    holder: str | None = None,
    group: str | None = None,
    due_until: dt.datetime | None = None,
    vorgang_id: str | None = None,
    page: int = 1,
) -> Page:
    """Open tasks, those due first, then the oldest."""
    query = _AUFGABEN.where(A.c.state == aufgabe.OPEN)
    if holder is not None:
        query = query.where(A.c.holder == holder)
    if group is not None:
        query = query.where(A.c.groups.contains(json.dumps(group, ensure_ascii=False), autoescape=True))
    if due_until is not None:
        query = query.where(A.c.due_at <= due_until)
    if vorgang_id is not None:
        query = query.where(A.c.vorgang_id == vorgang_id)
    return _page(query.order_by(A.c.due_at.is_(None), A.c.due_at, A.c.opened_at, A.c.id), page, _aufgabe)


def form_of(aufgabe_id: str) -> tuple[bytes | None, dict[str, Any]]:
    """The form schema of a task and the variables it may show."""
    with db.reading() as tx:
        row: Any = aufgabe.get(tx, aufgabe_id)
        case: Any = vorgang.get(tx, row.vorgang_id)
        bundle = leistung.version(tx, case.version_id)
    if row.state != aufgabe.OPEN:
        return bundle.forms.get(row.form or ""), {}
    return bundle.forms.get(row.form or ""), dict(bpmn.variables(bundle.spec, case.snapshot, row.token))


def _page(query: sa.Select[Any], page: int, make: Any) -> Page:
    page = max(1, page)
    with db.reading() as tx:
        rows = tx.all(query.limit(PAGE + 1).offset((page - 1) * PAGE))
    return Page(tuple(make(row) for row in rows[:PAGE]), page, len(rows) > PAGE)


# --- cases ---------------------------------------------------------------------------------------------------------


def _vorgang(row: Any) -> Vorgang:
    return Vorgang(
        row.id, row.nummer, row.leistung, row.name, row.applicant, row.status, row.status_at, row.state, row.opened_at,
        row.closed_at, row.version_id,
    )  # fmt: skip


def get_vorgang(id: str) -> Vorgang:
    """A case.

    Raises:
        Unknown: if there is none.
    """
    with db.reading() as tx:
        return _vorgang(vorgang.get(tx, id))


def list_vorgaenge(*, status: str | None = None, leistung: str | None = None, q: str | None = None, page: int = 1) -> Page:
    """Cases, newest first. `q` looks into Aktenzeichen, name and applicant."""
    query = sa.select(*(column for column in V.c if column.key != "snapshot"))
    if status:
        query = query.where(V.c.status == status)
    if leistung:
        query = query.where(V.c.leistung == leistung)
    if q:
        columns = (V.c.nummer, V.c.name, V.c.applicant)
        query = query.where(sa.or_(*(column.icontains(q, autoescape=True) for column in columns)))
    return _page(query.order_by(V.c.opened_at.desc(), V.c.id.desc()), page, _vorgang)


def antrag_of(vorgang_id: str) -> list[dict[str, Any]]:
    """The application as it was read: name, label, kind, value, items; empty for a Vorgang without one."""
    with db.reading() as tx:
        fields = tx.scalar(sa.select(antrag.T.c.fields).where(antrag.T.c.vorgang_id == vorgang_id))
    return [] if fields is None else decode(fields)


def verlauf(vorgang_id: str) -> tuple[Ereignis, ...]:
    """The timeline of a case, oldest first."""
    with db.reading() as tx:
        case: Any = vorgang.get(tx, vorgang_id)
        bundle = leistung.version(tx, case.version_id)
        rows = tx.all(
            sa.select(history.T).where(history.T.c.vorgang_id == vorgang_id).order_by(history.T.c.stand, history.T.c.line)
        )
    names = {element.id: element.name or element.id for element in bundle.spec.elements()}
    return tuple(
        Ereignis(row.at, row.kind, row.element, names.get(row.element, row.element), row.konto, row.detail) for row in rows
    )


def diagramm(vorgang_id: str) -> Diagramm:
    """Where a case stands in its diagram."""
    with db.reading() as tx:
        case: Any = vorgang.get(tx, vorgang_id)
        bundle = leistung.version(tx, case.version_id)
        rows = tx.all(
            sa.select(history.T.c.kind, history.T.c.element, history.T.c.flows).where(history.T.c.vorgang_id == vorgang_id)
        )
    passed: dict[str, None] = {}
    for row in rows:
        if row.kind == "completed":
            passed.update(dict.fromkeys([row.element, *json.loads(row.flows)]))
    standing = bpmn.active_elements(bundle.spec, case.snapshot)
    incidents = tuple(element for element, wait in standing if wait == "Incident")
    return Diagramm(
        bundle.spec.compiled[case.process].process.file, tuple(element for element, _ in standing), tuple(passed), incidents
    )


def diagram_xml(vorgang_id: str) -> bytes:
    """The BPMN file of the version a case runs."""
    with db.reading() as tx:
        case: Any = vorgang.get(tx, vorgang_id)
        bundle = leistung.version(tx, case.version_id)
    return bundle.files[bundle.spec.compiled[case.process].process.file]


def list_dokumente(vorgang_id: str) -> tuple[Dokument, ...]:
    """The documents of a case, oldest first."""
    with db.reading() as tx:
        rows = tx.all(sa.select(dokument.T).where(dokument.T.c.vorgang_id == vorgang_id).order_by(dokument.T.c.id))
    return tuple(Dokument(row.id, row.name, row.media_type, row.kind, row.size, row.sha256, row.created_at) for row in rows)


def document_file(vorgang_id: str, id: str) -> File:
    """The bytes of a document of a case.

    Raises:
        Unknown: if this case has no such document.
    """
    with db.reading() as tx:
        row = tx.one_or_none(sa.select(dokument.T).where(dokument.T.c.id == id, dokument.T.c.vorgang_id == vorgang_id))
    if row is None:
        raise Unknown("Dieses Dokument gibt es nicht.")
    return File(row.name, row.media_type, store.get(row.sha256), row.kind)


def list_nachrichten(vorgang_id: str) -> tuple[Nachricht, ...]:
    """The messages with the applicant, oldest first."""
    with db.reading() as tx:
        vorgang.get(tx, vorgang_id)
        rows = tx.all(
            sa.select(nachricht.T).where(nachricht.T.c.vorgang_id == vorgang_id).order_by(nachricht.T.c.at, nachricht.T.c.id)
        )
    return tuple(
        Nachricht(row.id, row.direction, row.subject, row.body, tuple(json.loads(row.documents)), row.at, row.retrieved_at)
        for row in rows
    )


def list_fristen(vorgang_id: str) -> tuple[Frist, ...]:
    """What a case waits for in time, next first."""
    with db.reading() as tx:
        case: Any = vorgang.get(tx, vorgang_id)
        bundle = leistung.version(tx, case.version_id)
        query = sa.select(frist.T.c.element, frist.T.c.due_at).where(
            frist.T.c.vorgang_id == vorgang_id, frist.T.c.state == "offen"
        )
        rows = tx.all(query.order_by(frist.T.c.due_at))
    names = {element.id: element.name or element.id for element in bundle.spec.elements()}
    return tuple(Frist(row.element, names.get(row.element, row.element), row.due_at) for row in rows)


def list_incidents(vorgang_id: str | None = None, page: int = 1) -> Page:
    """Open incidents, oldest first."""
    query = sa.select(incident.T, V.c.nummer).join(V, V.c.id == incident.T.c.vorgang_id).where(incident.T.c.state == "offen")
    if vorgang_id is not None:
        query = query.where(incident.T.c.vorgang_id == vorgang_id)
    return _page(
        query.order_by(incident.T.c.opened_at, incident.T.c.id),
        page,
        lambda row: Incident(row.id, row.vorgang_id, row.nummer, row.element, row.message, row.opened_at),
    )


# --- Leistungen ----------------------------------------------------------------------------------------------------


def list_leistungen() -> tuple[Leistung, ...]:
    """What this municipality offers, with the current version of each."""
    lt, versions = leistung.T, leistung.VERSIONS
    query = sa.select(lt, versions.c.number, versions.c.deployed_at, versions.c.deployed_by).join(
        versions, versions.c.id == lt.c.version_id
    )
    with db.reading() as tx:
        rows = tx.all(query.order_by(lt.c.name))
    return tuple(Leistung(row.key, row.name, row.version_id, row.number, row.deployed_at, row.deployed_by) for row in rows)


# --- who -----------------------------------------------------------------------------------------------------------


def konto_by_token(token: str) -> konto.Konto | None:
    """The Konto an API token belongs to."""
    with db.reading() as tx:
        return konto.by_token(tx, token)


def konto_by_login(login: str) -> tuple[konto.Konto, str | None]:
    """The active Konto of a login and its password hash.

    Raises:
        Unknown: if there is none.
    """
    with db.reading() as tx:
        return konto.by_login(tx, login)


def konto_by_id(id: str) -> konto.Konto | None:
    """An active Konto."""
    with db.reading() as tx:
        return konto.by_id(tx, id)


def counts() -> dict[str, int]:
    """How many rows are open, for the metrics page; no personal data."""
    tables: Sequence[tuple[str, sa.Table, list[str]]] = (
        ("aufgaben", aufgabe.T, ["offen"]),
        ("auftraege", auftrag.T, [auftrag.READY, auftrag.RUNNING]),
        ("fristen", frist.T, ["offen"]),
        ("erwartungen", erwartung.T, ["offen"]),
        ("incidents", incident.T, ["offen"]),
    )
    with db.reading() as tx:
        found = {
            name: int(tx.scalar(sa.select(sa.func.count()).where(table.c.state.in_(states)))) for name, table, states in tables
        }
        found["protokoll"] = int(tx.scalar(sa.select(sa.func.count()).select_from(protokoll.T)))
    return found


# --- the municipality ----------------------------------------------------------------------------------------------


def kommune(slug: str) -> zentrale.Kommune:
    """A municipality as the registry knows it.

    Raises:
        Unknown: there is none of that slug.
    """
    units = sa.select(zentrale.ZUSTAENDIGKEIT.c.stelle).where(
        zentrale.ZUSTAENDIGKEIT.c.slug == slug, zentrale.ZUSTAENDIGKEIT.c.stelle.is_not(None)
    )
    with db.zentrale_reading() as tx:
        row = tx.one_or_none(sa.select(zentrale.KOMMUNE).where(zentrale.KOMMUNE.c.slug == slug))
        if row is None:
            raise Unknown(f"Die Kommune „{slug}“ gibt es hier nicht.")
        return zentrale.value_of(row, tx.scalars(units))


def setting(key: str, default: Any = None) -> Any:
    """What the municipality has set for itself, or the default."""
    with db.reading() as tx:
        return einstellung.read(tx, key, default)


def registry_answers() -> None:
    """Look into the registry; raises Unavailable when the database is away."""
    with db.zentrale_reading() as tx:
        tx.scalar(sa.select(sa.func.count()).select_from(zentrale.KOMMUNE))
