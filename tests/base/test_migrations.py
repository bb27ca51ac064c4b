"""Migrations: they make exactly the tables of the code, all or nothing, and one that fails holds up nobody else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from engine import migrations
from engine.base import db
from engine.base.db import Installation
from engine.base.rights import SYSTEM
from engine.migrations import new
from engine.model import stelle
from engine.verbs.backup import back_up
from engine.verbs.kommune import Upgraded, make_kommune, upgrade
from engine.verbs.restore import restore

Pending = Callable[[str], None]


def tables() -> list[str]:
    with db.reading() as tx:
        return sa.inspect(tx.connection).get_table_names()


def test_a_new_namespace_has_exactly_the_tables_of_the_code(kommune: str) -> None:
    with db.reading() as tx:
        assert migrations.differences(tx.connection, "kommune") == []
        assert migrations.current(tx.connection) == migrations.head("kommune")


def test_the_registry_has_exactly_the_tables_of_the_code(installation: Installation) -> None:
    with db.zentrale_reading() as tx:
        assert migrations.differences(tx.connection, "zentrale") == []
        assert set(sa.inspect(tx.connection).get_table_names()) == {"alembic_version", "kommune", "zustaendigkeit"}


def test_a_difference_would_be_noticed(kommune: str) -> None:
    with db.transaction() as tx:
        tx.execute(sa.text("CREATE TABLE stray (id INTEGER)"))
    with db.reading() as tx:
        assert len(migrations.differences(tx.connection, "kommune")) == 1


@pytest.mark.parametrize("kind", ["kommune", "zentrale"])
def test_the_migrations_are_one_line_without_branches(kind: migrations.Kind) -> None:
    scripts = list(ScriptDirectory.from_config(migrations.config(kind)).walk_revisions())
    assert [script.revision for script in reversed(scripts)] == [f"{number:04d}" for number in range(1, len(scripts) + 1)]
    assert all(script.doc for script in scripts)


@pytest.mark.parametrize("kind", ["kommune", "zentrale"])
def test_a_migration_holds_nothing_that_no_database_has(kind: migrations.Kind) -> None:
    for path in migrations.versions(kind).glob("[0-9]*.py"):
        assert "info=" not in path.read_text(), "what states may become which, in an order that changes with every run"


def test_there_is_nothing_left_to_write() -> None:
    assert new.write("nothing", "kommune") is None
    assert new.write("nothing", "zentrale") is None


def test_an_upgrade_brings_all_namespaces_to_the_newest_revision(kommune: str, pending: Pending) -> None:
    make_kommune("husum", "Stadt Husum", "Stadt", "SH")
    pending('op.create_table("novelty", sa.Column("id", sa.Integer, primary_key=True))')
    assert upgrade() == [Upgraded("husum", True), Upgraded("nordfriesland", True)]
    assert "novelty" in tables()
    assert upgrade() == [Upgraded("husum", False), Upgraded("nordfriesland", False)]


def test_one_that_fails_is_named_stays_as_it_was_and_holds_up_nobody(kommune: str, pending: Pending) -> None:
    make_kommune("husum", "Stadt Husum", "Stadt", "SH")
    with db.transaction() as tx:
        tx.execute(sa.text("CREATE TABLE second (id INTEGER)"))
    pending("op.create_table('first', sa.Column('id', sa.Integer)); op.create_table('second', sa.Column('id', sa.Integer))")
    husum, nordfriesland = upgrade()
    assert husum == Upgraded("husum", True)
    assert nordfriesland.slug == "nordfriesland"
    assert not nordfriesland.changed
    assert "gescheitert" in str(nordfriesland.problem)
    assert "first" not in tables()
    with db.transaction() as tx:
        tx.execute(sa.text("DROP TABLE second"))
    assert upgrade() == [Upgraded("husum", False), Upgraded("nordfriesland", True)]
    assert {"first", "second"} <= set(tables())


def test_changing_a_parent_table_keeps_its_children(kommune: str, pending: Pending) -> None:
    with db.transaction() as tx:
        tx.execute(sa.text("CREATE TABLE parent (id INTEGER PRIMARY KEY, old INTEGER)"))
        tx.execute(sa.text("CREATE TABLE child (id INTEGER, parent INTEGER REFERENCES parent (id) ON DELETE CASCADE)"))
        tx.execute(sa.text("INSERT INTO parent VALUES (1, 1)"))
        tx.execute(sa.text("INSERT INTO child VALUES (7, 1)"))
    pending("with op.batch_alter_table('parent') as batch: batch.drop_column('old')")
    assert upgrade() == [Upgraded("nordfriesland", True)]
    with db.reading() as tx:
        assert tx.scalars(sa.text("SELECT id FROM child")) == [7]
        assert [column["name"] for column in sa.inspect(tx.connection).get_columns("parent")] == ["id"]


def test_a_migration_that_orphans_rows_is_taken_back(kommune: str, pending: Pending) -> None:
    with db.transaction() as tx:
        tx.execute(sa.text("CREATE TABLE parent (id INTEGER PRIMARY KEY)"))
        tx.execute(sa.text("CREATE TABLE child (id INTEGER, parent INTEGER REFERENCES parent (id))"))
        tx.execute(sa.text("INSERT INTO parent VALUES (1)"))
        tx.execute(sa.text("INSERT INTO child VALUES (7, 1)"))
    pending("op.execute('DELETE FROM parent')")
    (result,) = upgrade()
    assert result.problem is not None
    with db.reading() as tx:
        assert tx.scalars(sa.text("SELECT id FROM parent")) == [1]


def test_a_backup_of_an_older_revision_is_brought_to_the_newest(kommune: str, pending: Pending, tmp_path: Path) -> None:
    with db.transaction() as tx:
        tx.execute(sa.insert(stelle.T).values(key="ordnungsamt", name="Ordnungsamt"))
    back_up(tmp_path / "sicherung", by=SYSTEM)
    pending("op.add_column('stelle', sa.Column('neu', sa.String(10), nullable=False, server_default='ja'))")
    restore(tmp_path / "sicherung", "husum")
    with db.namespace("husum"), db.reading() as tx:
        assert migrations.current(tx.connection) == "9999"
        assert tx.scalars(sa.text("SELECT neu FROM stelle")) == ["ja"]
