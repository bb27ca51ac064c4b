"""Sessions: rows as objects, in the open transaction and nowhere else; with Flask-SQLAlchemy too."""

from __future__ import annotations

from collections.abc import Iterator

import flask
import flask_sqlalchemy
import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from engine.base import db
from engine.base.tx import sessions
from engine.model.zentrale import KommuneRow
from engine.verbs.kommune import make_kommune

registry = orm.registry()


@pytest.fixture(scope="module")
def counter() -> Iterator[type]:
    """A mapped class on the counters of these tests."""
    table = sa.Table(
        "test_counter",
        sa.MetaData(),
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("value", sa.Integer, nullable=False),
    )

    class Counter:
        def __init__(self, id: str, value: int) -> None:
            self.id = id
            self.value = value

    registry.map_imperatively(Counter, table)
    yield Counter
    registry.dispose()


@pytest.fixture
def factory() -> Iterator[None]:
    """Put the factory of sessions back after a test that replaced it."""
    before = sessions.make
    yield
    db.use_sessions(before)


def test_what_a_session_has_pending_is_written_by_the_one_commit(counters: sa.Table, counter: type) -> None:
    with db.statement_counter() as count, db.transaction() as tx:
        tx.session.add(counter("a", 1))
    assert count.commits == 1
    with db.reading() as tx:
        assert tx.session.get(counter, "a").value == 1


def test_core_statements_see_what_the_session_has_pending(counters: sa.Table, counter: type) -> None:
    with db.transaction() as tx:
        tx.session.add(counter("a", 1))
        assert tx.scalar(sa.select(sa.func.count()).select_from(counters)) == 1


def test_a_session_cannot_commit(counters: sa.Table, counter: type) -> None:
    with pytest.raises(db.Misuse), db.transaction() as tx:
        tx.session.add(counter("a", 1))
        tx.session.commit()
    with db.reading() as tx:
        assert tx.scalars(sa.select(counters.c.id)) == []


def test_a_session_works_in_a_transaction_only(counters: sa.Table, counter: type) -> None:
    with pytest.raises(db.Misuse), db.NamespaceSession() as session:
        session.get(counter, "a")


def test_a_session_without_a_namespace_says_so(installation: db.Installation, counter: type) -> None:
    with pytest.raises(db.NoNamespace), db.NamespaceSession() as session:
        session.get(counter, "a")


def test_registry_rows_come_from_the_registry(kommune: str) -> None:
    with db.zentrale_reading() as tx:
        row = tx.session.get(KommuneRow, kommune)
        assert row is not None
        assert row.name == "Kreis Nordfriesland"
        assert tx.session.scalar(sa.text("SELECT count(*) FROM kommune")) == 1


def test_a_session_used_in_a_second_namespace_raises(counters: sa.Table, counter: type) -> None:
    make_kommune("husum", "Stadt Husum", "Stadt", "SH")
    session = db.NamespaceSession()
    with db.reading():
        assert session.get(counter, "a") is None
        session.info["scope"] = "husum"
        with pytest.raises(db.Misuse, match="belongs to husum"):
            session.get(counter, "b")


def test_flask_sqlalchemy_pages_through_a_namespace(counters: sa.Table, counter: type, factory: None) -> None:
    app = flask.Flask("test")
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    fsa = flask_sqlalchemy.SQLAlchemy(app, model_class=db.Base, session_options={"class_": db.NamespaceSession})
    db.use_sessions(fsa.session.session_factory)
    with app.app_context():
        with db.transaction() as tx:
            assert isinstance(tx.session, db.NamespaceSession)
            tx.session.add_all([counter(f"c{number:02d}", number) for number in range(25)])
        with db.reading():
            page = fsa.paginate(sa.select(counter).order_by(counter.id), page=2, per_page=10)  # type: ignore[attr-defined]
            assert [item.id for item in page] == [f"c{number:02d}" for number in range(10, 20)]
            assert page.total == 25
        with db.reading():
            assert fsa.session.get(counter, "c03").value == 3
