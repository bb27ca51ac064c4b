"""Leistung: what a municipality offers, and the versions of its process.

A ProcessVersion is immutable and named by its content: the sha256 of its files. A Vorgang keeps the version it started with.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx
from engine.base.errors import Conflict, Unknown
from engine.base.rights import Konto
from engine.model.bundle import Bundle, cached, pack, remember, unpack


class LeistungRow(Base):
    __tablename__ = "leistung"

    key: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(300))
    version_id: Mapped[str] = mapped_column(sa.String(64))


class ProcessVersion(Base):
    __tablename__ = "process_version"

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    leistung: Mapped[str] = mapped_column(sa.String(100), index=True)
    number: Mapped[int]
    files: Mapped[bytes] = mapped_column(sa.LargeBinary)
    deployed_at: Mapped[dt.datetime]
    deployed_by: Mapped[str] = mapped_column(sa.String(100))

    __table_args__ = (sa.UniqueConstraint("leistung", "number"),)


class Schluessel(Base):
    """By which formId or leikaId a Leistung is found."""

    __tablename__ = "leistung_schluessel"

    kind: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    leistung: Mapped[str] = mapped_column(sa.String(100), index=True)


T, VERSIONS, KEYS = LeistungRow.__table__, ProcessVersion.__table__, Schluessel.__table__


def store(tx: Tx, bundle: Bundle, by: Konto, base: str | None = None) -> bool:
    """Make a bundle the current version of its Leistung; False if that very version is current already.

    Its typed start events are subscribed by whoever calls this (`start_event.subscribe`).

    Raises:
        Conflict: `base` is given and not the current version ("" for none yet).
    """
    values = {"name": bundle.name, "version_id": bundle.id}
    current = ""
    if not tx.insert_once(T, {"key": bundle.leistung, **values}):  # two who deploy the first version at once wait here
        current = tx.scalar(sa.select(T.c.version_id).where(T.c.key == bundle.leistung).with_for_update())
    if current == bundle.id:
        return False
    if base is not None and base != current:
        raise Conflict(
            "Inzwischen gibt es eine andere Fassung dieser Leistung. Bitte die Datei noch einmal hochladen und prüfen."
        )
    number = (tx.scalar(sa.select(sa.func.max(VERSIONS.c.number)).where(VERSIONS.c.leistung == bundle.leistung)) or 0) + 1
    tx.insert_once(
        VERSIONS,
        {
            "id": bundle.id, "leistung": bundle.leistung, "number": number, "files": pack(bundle.files),
            "deployed_at": clock.now(), "deployed_by": by.login,
        },
    )  # fmt: skip
    tx.execute(sa.update(T).where(T.c.key == bundle.leistung).values(**values))
    tx.execute(sa.delete(KEYS).where(KEYS.c.leistung == bundle.leistung))
    keys = [("formId", value) for value in bundle.form_ids] + [("leikaId", value) for value in bundle.leika_ids]
    for kind, value in keys:
        tx.execute(sa.delete(KEYS).where(KEYS.c.kind == kind, KEYS.c.value == value))
        tx.execute(sa.insert(KEYS).values(kind=kind, value=value, leistung=bundle.leistung))
    return True


def find(tx: Tx, form_id: str, leika_ids: tuple[str, ...]) -> str | None:
    """The version to start for an application: by its form, else by its LeiKa ids; None if no Leistung fits."""
    wanted = [("formId", form_id), *(("leikaId", id) for id in leika_ids)]
    rows = tx.all(
        sa.select(KEYS.c.kind, KEYS.c.value, T.c.version_id)
        .join(T, T.c.key == KEYS.c.leistung)
        .where(sa.tuple_(KEYS.c.kind, KEYS.c.value).in_(wanted))
    )
    found = {(row.kind, row.value): row.version_id for row in rows}
    return next((found[key] for key in wanted if key in found), None)


def current(tx: Tx, leistung: str) -> str | None:
    """The id of the current version of a Leistung."""
    version: str | None = tx.scalar(sa.select(T.c.version_id).where(T.c.key == leistung))
    return version


def known(id: str) -> Bundle | None:
    """A version, if this process has parsed it."""
    return cached(id)


def version(tx: Tx, id: str) -> Bundle:
    """A version, parsed once per process.

    Raises:
        Unknown: if there is none with that id.
    """
    bundle = known(id)
    if bundle is None:
        packed = tx.scalar(sa.select(VERSIONS.c.files).where(VERSIONS.c.id == id))
        if packed is None:
            raise Unknown(f"Die Fassung {id} gibt es nicht.")
        bundle = remember(unpack(packed))
    return bundle
