"""What every table is made of: the two sets of tables, instants in UTC, local days, short ids that sort by time."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import threading
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from engine.base import clock

Day = sa.Date

# Constraints have names, or no migration could change them later.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_BITS = 80


class Instant(TypeDecorator[dt.datetime]):
    """A point in time, aware, in UTC; a time without a zone is refused.

    SQLite stores text of a fixed width, so that order as text is order in time; PostgreSQL stores timestamptz.
    """

    impl = sa.String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.String(27))
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs a time zone: {value!r}")
        utc = value.astimezone(dt.UTC)
        if dialect.name != "sqlite":
            return utc
        return utc.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            return dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC)
        return value.astimezone(dt.UTC)


def _registry() -> orm.registry:
    types = {dt.datetime: Instant, dt.date: Day}
    return orm.registry(metadata=sa.MetaData(naming_convention=NAMES), type_annotation_map=types)


class Base(orm.DeclarativeBase):
    """Tables of a namespace."""

    __table__: ClassVar[sa.Table]
    registry = _registry()


class ZentraleBase(orm.DeclarativeBase):
    """Tables of the registry."""

    __table__: ClassVar[sa.Table]
    registry = _registry()


class _Last:
    """The id given last in this process: later ids are greater, also within one millisecond."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        self.lock = threading.Lock()
        self.millisecond = -1
        self.random = 0


_last = _Last()
# A child that counted on from its parent's last id would give the same ids as its sisters.
os.register_at_fork(after_in_child=_last.forget)


def new_id() -> str:
    """A new key of 26 lower-case letters and digits; later keys sort after earlier ones."""
    millisecond = int(clock.now().timestamp() * 1000)
    with _last.lock:
        if millisecond == _last.millisecond:
            _last.random += 1
        else:
            # One bit stays free, so that counting on within a millisecond never overflows.
            _last.millisecond, _last.random = millisecond, secrets.randbits(_RANDOM_BITS - 1)
        number = (millisecond << _RANDOM_BITS) | _last.random
    letters = []
    for _ in range(26):
        number, rest = divmod(number, 32)
        letters.append(_ALPHABET[rest])
    return "".join(reversed(letters))
