"""A release expands, a later one contracts (docs/adr/0019): what a migration does is looked at without a database.

Old and new code work beside each other while namespaces are upgraded one after another. So a migration adds what old code need
not know: a table, an index, a column that may be empty or has a default. What takes away, renames or tightens, or changes rows,
comes when no code uses it any more, and then it stands in CONTRACTS with the release since which that is so.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from alembic.operations import MigrateOperation, Operations, ops
from alembic.operations.base import AbstractOperations
from alembic.runtime.migration import MigrationContext

from engine import migrations
from engine.migrations.operations import MakeSearchIndex

CONTRACTS: dict[str, str] = {}
"""What may take away or tighten, as "kind/revision: what" → since which release nothing uses it any more."""


def module_of(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"revision_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def operations_of(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[MigrateOperation]:
    """What a revision does, in the order in which it does it; nothing of it is done."""
    seen: list[MigrateOperation] = []

    def note(self: Any, operation: MigrateOperation) -> Any:
        seen.append(operation)
        return operation.to_table() if isinstance(operation, ops.CreateTableOp) else None

    context = MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True, "output_buffer": StringIO()})
    with monkeypatch.context() as patched, Operations.context(context):
        patched.setattr(AbstractOperations, "invoke", note)
        module.upgrade()
    return seen


def narrowing(operations: list[MigrateOperation]) -> Iterator[str]:
    """What old code would stumble over."""
    new = {one.table_name for one in operations if isinstance(one, ops.CreateTableOp)}
    for one in operations:
        if getattr(one, "table_name", getattr(one, "source_table", None)) in new or isinstance(one, MakeSearchIndex):
            continue  # old code does not know it
        if isinstance(one, ops.AddColumnOp):
            column = one.column
            if not (column.nullable or column.server_default is not None):
                yield f"add_column {one.table_name}.{column.name} without a default"
            if column.unique or column.foreign_keys:
                yield f"add_column {one.table_name}.{column.name} with a condition"
        elif isinstance(one, ops.CreateIndexOp):
            if one.unique:
                yield f"unique index {one.index_name}"
        else:
            yield f"{type(one).__name__} {getattr(one, 'table_name', getattr(one, 'source_table', ''))}".strip()


def revisions(kind: migrations.Kind) -> list[Path]:
    """The revisions after the first, which makes all there was at the beginning."""
    return sorted(migrations.versions(kind).glob("[0-9]*.py"))[1:]


def found(kind: migrations.Kind, paths: list[Path], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    modules = [module_of(path) for path in paths]
    return [f"{kind}/{m.revision}: {what}" for m in modules for what in narrowing(operations_of(m, monkeypatch))]


def test_a_migration_only_expands(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds: tuple[migrations.Kind, ...] = ("kommune", "zentrale")
    narrow = [what for kind in kinds for what in found(kind, revisions(kind), monkeypatch)]
    assert [what for what in narrow if what not in CONTRACTS] == []
    assert set(CONTRACTS) <= set(narrow), "an exception nobody needs"
    assert all(CONTRACTS.values()), "an exception without the release since which nothing uses it"


@pytest.mark.parametrize("kind", ["kommune", "zentrale"])
def test_the_first_revision_makes_tables_only_and_is_read_in_the_same_way(
    kind: migrations.Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    [first, *_] = sorted(migrations.versions(kind).glob("[0-9]*.py"))
    done = operations_of(module_of(first), monkeypatch)
    assert len(done) > 2
    assert list(narrowing(done)) == []


REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "0002"


def upgrade():
    {body}
"""
EXPANDS = (
    "op.create_table('neu', sa.Column('id', sa.Integer, primary_key=True), sa.Column('x', sa.Text, nullable=False))",
    "op.create_table('neu', sa.Column('id', sa.Integer)); op.create_index('ix_neu', 'neu', ['id'], unique=True)",
    "op.add_column('stelle', sa.Column('neu', sa.Text))",
    "op.add_column('stelle', sa.Column('neu', sa.Text, nullable=False, server_default=''))",
    "op.create_index('ix_stelle_name', 'stelle', ['name'])",
    "with op.batch_alter_table('stelle') as batch: batch.add_column(sa.Column('neu', sa.Text, nullable=True))",
)
NARROWS = {
    "op.drop_column('stelle', 'name')": "DropColumnOp stelle",
    "op.drop_table('stelle')": "DropTableOp stelle",
    "op.rename_table('stelle', 'amt')": "RenameTableOp stelle",
    "op.alter_column('stelle', 'name', nullable=False)": "AlterColumnOp stelle",
    "op.alter_column('stelle', 'name', new_column_name='titel')": "AlterColumnOp stelle",
    "op.add_column('stelle', sa.Column('neu', sa.Text, nullable=False))": "add_column stelle.neu without a default",
    "op.add_column('stelle', sa.Column('neu', sa.Text, sa.ForeignKey('konto.id')))": "add_column stelle.neu with a condition",
    "op.create_index('uq_stelle_name', 'stelle', ['name'], unique=True)": "unique index uq_stelle_name",
    "op.create_unique_constraint('uq', 'stelle', ['name'])": "CreateUniqueConstraintOp stelle",
    "op.create_check_constraint('ck', 'stelle', \"name <> ''\")": "CreateCheckConstraintOp stelle",
    "op.create_foreign_key('fk', 'stelle', 'konto', ['name'], ['id'])": "CreateForeignKeyOp stelle",
    "op.drop_index('ix_stelle_name', 'stelle')": "DropIndexOp stelle",
    "op.drop_constraint('uq', 'stelle')": "DropConstraintOp stelle",
    "op.execute('DELETE FROM stelle')": "ExecuteSQLOp",
    "with op.batch_alter_table('stelle') as batch: batch.drop_column('name')": "DropColumnOp stelle",
    "with op.batch_alter_table('stelle') as batch: batch.alter_column('name', type_=sa.Integer())": "AlterColumnOp stelle",
}


def written(folder: Path, body: str) -> list[Path]:
    path = folder / "0002_next.py"
    path.write_text(REVISION.format(body=body), encoding="utf-8")
    return [path]


@pytest.mark.parametrize("body", EXPANDS)
def test_what_expands_is_let_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    assert found("kommune", written(tmp_path, body), monkeypatch) == []


@pytest.mark.parametrize("body", NARROWS)
def test_what_narrows_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    assert found("kommune", written(tmp_path, body), monkeypatch) == [f"kommune/0002: {NARROWS[body]}"]


def test_what_goes_round_alembic_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AttributeError):
        found("kommune", written(tmp_path, "op.get_bind().exec_driver_sql('DROP TABLE stelle')"), monkeypatch)
