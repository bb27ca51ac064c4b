"""Instants are aware and in UTC and sort as text; keys sort by time."""

from __future__ import annotations

import datetime as dt
import re
import threading

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from engine.base import clock, db
from engine.base.columns import Instant, new_id

TABLE = sa.Table(
    "test_instant",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Instant),
)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
SECONDS = st.integers(-2_000_000_000, 250_000_000_000)
AWARE = st.builds(
    lambda seconds, micros, zone: (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(0, seconds, micros)).astimezone(zone),
    SECONDS,
    st.integers(0, 999_999),
    ZONES | st.just(clock.ZONE),
)


@pytest.fixture
def table(kommune: str) -> sa.Table:
    with db.transaction() as tx:
        TABLE.metadata.create_all(tx.connection)
    return TABLE


def test_an_instant_comes_back_in_utc_and_is_the_same_moment(table: sa.Table) -> None:
    berlin = dt.datetime(2026, 7, 1, 9, 30, 0, 5, tzinfo=clock.ZONE)
    with db.transaction() as tx:
        tx.execute(sa.insert(table), {"id": 1, "at": berlin})
        tx.execute(sa.insert(table), {"id": 2, "at": None})
    with db.reading() as tx:
        first, second = tx.scalars(sa.select(table.c.at).order_by(table.c.id))
    assert first == berlin
    assert first.utcoffset() == dt.timedelta(0)
    assert (first.hour, first.microsecond) == (7, 5)
    assert second is None


def test_instants_are_compared_and_sorted_by_time_whatever_their_zone(table: sa.Table) -> None:
    utc = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
    moments = [utc, utc.astimezone(clock.ZONE) + dt.timedelta(microseconds=1), utc - dt.timedelta(days=900)]
    with db.transaction() as tx:
        for index, moment in enumerate(moments):
            tx.execute(sa.insert(table), {"id": index, "at": moment})
    with db.reading() as tx:
        assert tx.scalars(sa.select(table.c.id).order_by(table.c.at)) == [2, 0, 1]
        assert tx.scalars(sa.select(table.c.id).where(table.c.at > utc.astimezone(clock.ZONE))) == [1]


def test_a_time_without_a_zone_is_refused(table: sa.Table) -> None:
    with pytest.raises(sa.exc.StatementError, match="time zone"), db.transaction() as tx:
        tx.execute(sa.insert(table), {"id": 1, "at": dt.datetime(2026, 1, 1)})  # noqa: DTZ001  that is what is refused


@given(AWARE, AWARE)
def test_the_text_of_instants_sorts_as_the_instants_do(one: dt.datetime, other: dt.datetime) -> None:
    sqlite = sa.make_url("sqlite://").get_dialect()()
    texts = [Instant().process_bind_param(value, sqlite) for value in (one, other)]
    assert {len(text) for text in texts} == {27}
    utc = [value.astimezone(dt.UTC) for value in (one, other)]
    assert (texts[0] < texts[1]) == (utc[0] < utc[1])
    assert [Instant().process_result_value(text, sqlite) for text in texts] == utc


def test_keys_are_short_plain_unique_and_sort_by_time() -> None:
    keys = [new_id() for _ in range(2000)]
    assert all(re.fullmatch(r"[0-9a-z]{26}", key) for key in keys)
    assert keys == sorted(set(keys))


def test_keys_given_in_one_instant_keep_their_order() -> None:
    with clock.frozen(dt.datetime(2026, 1, 1, tzinfo=dt.UTC)):
        keys = [new_id() for _ in range(500)]
    assert keys == sorted(set(keys))
    with clock.frozen(dt.datetime(2026, 1, 1, 0, 0, 1, tzinfo=dt.UTC)):
        assert new_id() > keys[-1]


def test_threads_never_get_the_same_key() -> None:
    keys: list[str] = []

    def work() -> None:
        keys.extend(new_id() for _ in range(1000))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 4000
