"""The one commit: what a transaction does, what it refuses, and whose database it is in."""

from __future__ import annotations

import contextvars
import logging
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.base import db
from engine.base.db import Installation
from engine.base.errors import Invalid, Unavailable, Unknown
from engine.verbs.kommune import lock_kommune, make_kommune, unlock_kommune


def add(counters: sa.Table, id: str, value: int = 0) -> None:
    with db.transaction() as tx:
        tx.execute(sa.insert(counters), {"id": id, "value": value})


def ids(counters: sa.Table) -> list[str]:
    with db.reading() as tx:
        return list(tx.scalars(sa.select(counters.c.id).order_by(counters.c.id)))


def test_what_a_transaction_wrote_is_there_afterwards(counters: sa.Table) -> None:
    add(counters, "a", 7)
    with db.reading() as tx:
        row = tx.one_or_none(sa.select(counters))
    assert row is not None
    assert tuple(row) == ("a", 7)


def test_an_exception_undoes_all_of_it(counters: sa.Table) -> None:
    with pytest.raises(KeyError), db.transaction() as tx:
        tx.execute(sa.insert(counters), {"id": "a", "value": 1})
        raise KeyError("stop")
    assert ids(counters) == []


def test_a_transaction_is_exactly_one_commit_and_a_reading_none(counters: sa.Table) -> None:
    with db.statement_counter() as count:
        with db.transaction() as tx:
            tx.execute(sa.insert(counters), {"id": "a", "value": 1})
            tx.execute(sa.insert(counters), {"id": "b", "value": 1})
        with db.reading() as tx:
            tx.scalar(sa.select(sa.func.count()).select_from(counters))
    assert (count.statements, count.commits) == (3, 1)


def test_a_failed_transaction_is_no_commit(counters: sa.Table) -> None:
    with db.statement_counter() as count, pytest.raises(KeyError), db.transaction():
        raise KeyError("stop")
    assert count.commits == 0


def test_a_second_transaction_inside_is_a_mistake_of_the_program(counters: sa.Table) -> None:
    with db.transaction(), pytest.raises(db.Misuse), db.transaction():
        pass
    with db.reading(), pytest.raises(db.Misuse), db.transaction():
        pass


def test_a_reading_inside_a_transaction_sees_what_it_wrote(counters: sa.Table) -> None:
    with db.transaction() as tx:
        tx.execute(sa.insert(counters), {"id": "a", "value": 1})
        assert ids(counters) == ["a"]


def test_a_reading_cannot_write(counters: sa.Table) -> None:
    with pytest.raises(sa.exc.DBAPIError, match=r"read-?only"), db.reading() as tx:
        tx.execute(sa.insert(counters), {"id": "a", "value": 1})
    add(counters, "b")  # and the connection it used can write again
    assert ids(counters) == ["b"]


def test_a_reading_sees_one_state_from_its_first_statement_on(counters: sa.Table) -> None:
    with db.reading() as tx:
        assert tx.scalars(sa.select(counters.c.id)) == []
        contextvars.Context().run(_add_in, "nordfriesland", counters, "late")
        assert tx.scalars(sa.select(counters.c.id)) == []
    assert ids(counters) == ["late"]


def _add_in(slug: str, counters: sa.Table, id: str) -> None:
    with db.namespace(slug):
        add(counters, id)


def test_insert_once_says_whether_the_row_was_new_and_leaves_the_transaction_usable(counters: sa.Table) -> None:
    with db.transaction() as tx:
        assert tx.insert_once(counters, {"id": "a", "value": 1}) is True
        assert tx.insert_once(counters, {"id": "a", "value": 2}) is False
        tx.execute(sa.insert(counters), {"id": "b", "value": 3})
    with db.reading() as tx:
        assert [tuple(row) for row in tx.all(sa.select(counters).order_by(counters.c.id))] == [("a", 1), ("b", 3)]


def test_a_savepoint_undoes_only_what_is_inside(counters: sa.Table) -> None:
    with db.transaction() as tx:
        tx.execute(sa.insert(counters), {"id": "a", "value": 1})
        with pytest.raises(sa.exc.IntegrityError), tx.savepoint():
            tx.execute(sa.insert(counters), {"id": "b", "value": 1})
            tx.execute(sa.insert(counters), {"id": "a", "value": 1})
        tx.execute(sa.insert(counters), {"id": "c", "value": 1})
    assert ids(counters) == ["a", "c"]


# --- after the commit ------------------------------------------------------------------------------------------


def test_callbacks_run_after_the_commit_in_order_and_outside(counters: sa.Table) -> None:
    seen: list[object] = []
    with db.transaction() as tx:
        tx.execute(sa.insert(counters), {"id": "a", "value": 1})
        tx.after(lambda: seen.append(ids(counters)))
        tx.after(lambda: (db.assert_outside(), seen.append("outside")))
        assert seen == []
    assert seen == [["a"], "outside"]


def test_callbacks_do_not_run_when_it_failed(counters: sa.Table) -> None:
    seen: list[str] = []
    with pytest.raises(KeyError), db.transaction() as tx:
        tx.after(lambda: seen.append("rung"))
        raise KeyError("stop")
    assert seen == []


def test_callbacks_do_not_run_when_the_commit_itself_is_refused(counters: sa.Table) -> None:
    seen: list[str] = []
    with pytest.raises(sa.exc.IntegrityError), db.transaction() as tx:
        add_row = {"id": "a", "value": 1}
        tx.execute(sa.insert(counters), add_row)
        tx.after(lambda: seen.append("rung"))
        tx.execute(sa.insert(counters), add_row)
    assert seen == []
    assert ids(counters) == []


def test_a_failing_callback_is_logged_and_the_next_one_runs(counters: sa.Table, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []
    with caplog.at_level(logging.ERROR), db.transaction() as tx:
        tx.execute(sa.insert(counters), {"id": "a", "value": 1})
        tx.after(lambda: 1 / 0)
        tx.after(lambda: seen.append("rung"))
    assert seen == ["rung"]
    assert "callback after the commit failed" in caplog.text
    assert ids(counters) == ["a"]


def test_a_reading_has_nothing_after_it(counters: sa.Table) -> None:
    with db.reading() as tx, pytest.raises(db.Misuse):
        tx.after(lambda: None)


# --- namespaces ------------------------------------------------------------------------------------------------


def test_without_a_namespace_there_is_no_transaction(installation: Installation) -> None:
    with pytest.raises(db.NoNamespace), db.transaction():
        pass
    with pytest.raises(db.NoNamespace), db.reading():
        pass
    with pytest.raises(LookupError):
        db.slug()


def test_an_unknown_namespace_cannot_be_entered(installation: Installation) -> None:
    with pytest.raises(Unknown), db.namespace("atlantis"):
        pass


def test_what_one_namespace_wrote_the_other_does_not_have(counters: sa.Table) -> None:
    make_kommune("husum", "Stadt Husum", "Stadt", "SH")
    add(counters, "a")
    with db.namespace("husum"), db.reading() as tx:
        assert db.slug() == "husum"
        assert "test_counter" not in sa.inspect(tx.connection).get_table_names()
    assert db.slug() == "nordfriesland"


def test_another_namespace_cannot_be_entered_inside_a_transaction(counters: sa.Table) -> None:
    make_kommune("husum", "Stadt Husum", "Stadt", "SH")
    with db.transaction(), pytest.raises(db.Misuse, match="husum"), db.namespace("husum"):
        pass
    with db.reading(), pytest.raises(db.Misuse, match="husum"), db.namespace("husum"):
        pass
    with db.transaction(), db.namespace("nordfriesland"):
        assert ids(counters) == []


def test_the_registry_and_a_namespace_do_not_change_together(counters: sa.Table) -> None:
    with db.transaction(), pytest.raises(db.Misuse), db.zentrale():
        pass
    with db.zentrale(), pytest.raises(db.Misuse), db.transaction():
        pass
    with db.transaction(), db.zentrale_reading() as registry:
        assert registry.scalar(sa.text("SELECT count(*) FROM kommune")) == 1


def test_a_locked_namespace_says_try_later_until_it_is_unlocked(kommune: str) -> None:
    assert lock_kommune(kommune).state == "gesperrt"
    with pytest.raises(Unavailable), db.namespace(kommune):
        pass
    assert unlock_kommune(kommune).state == "bereit"
    with db.namespace(kommune):
        assert db.slug() == kommune


def test_assert_outside_raises_inside_any_transaction(kommune: str) -> None:
    db.assert_outside()
    for opened in (db.transaction, db.reading, db.zentrale, db.zentrale_reading):
        with opened(), pytest.raises(db.Misuse):
            db.assert_outside()
    db.assert_outside()


def test_the_same_installation_may_be_configured_again_but_not_inside_a_transaction(
    counters: sa.Table, installation: Installation
) -> None:
    before = db.engines()
    db.configure(installation)
    assert db.engines() is before
    with db.transaction(), pytest.raises(db.Misuse):
        db.configure(Installation(installation.home / "other", secret="s"))


def test_without_an_installation_nothing_works() -> None:
    with pytest.raises(db.Misuse), db.namespace("nordfriesland"):
        pass


@pytest.mark.parametrize("database", ["mysql://root@localhost", "sqlite:///x.db", "postgresql", ""])
def test_a_database_that_is_none_is_refused(tmp_path: Path, database: str) -> None:
    with pytest.raises(Invalid, match="AMTSWEG_DATABASE"):
        Installation(tmp_path, database, "geheim")


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_a_disk_without_room_is_said_and_nothing_is_kept(kommune: str) -> None:
    with pytest.raises(Unavailable, match="kein Platz"), db.transaction() as tx:
        pages = tx.scalar(sa.text("PRAGMA page_count"))
        tx.execute(sa.text(f"PRAGMA max_page_count = {pages}"))  # as a full disk does
        tx.execute(sa.text("CREATE TABLE stray (content BLOB)"))
        tx.execute(sa.text("INSERT INTO stray VALUES (zeroblob(1000000))"))
    db.engines().forget(kommune)
    with db.reading() as tx:
        assert "stray" not in sa.inspect(tx.connection).get_table_names()
