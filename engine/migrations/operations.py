"""What Alembic does not know by itself: the index over the words of cases, which each database makes in its own way.

A revision makes it with `op.invoke(MakeSearchIndex())`; autogenerate writes that line when the index is missing, and leaves the
parts of the index out when it compares tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from alembic.autogenerate import comparators, renderers
from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext
from alembic.operations import MigrateOperation, Operations
from alembic.operations.ops import CreateTableOp, MigrationScript, UpgradeOps
from alembic.util import DispatchPriority

from engine.model import search


class MakeSearchIndex(MigrateOperation):
    """Make the index over the words of cases."""

    def reverse(self) -> MakeSearchIndex:
        return self  # there is no way back: a revision of ours has no downgrade

    def to_diff_tuple(self) -> tuple[str, str]:
        return ("make_search_index", search.INDEX)


@Operations.implementation_for(MakeSearchIndex)
def _make(operations: Operations, operation: MakeSearchIndex) -> None:
    search.make_index(operations.get_bind())


@renderers.dispatch_for(MakeSearchIndex)
def _rendered(context: AutogenContext, operation: MakeSearchIndex) -> str:
    context.imports.add(f"from {MakeSearchIndex.__module__} import {MakeSearchIndex.__name__}")
    return f"op.invoke({MakeSearchIndex.__name__}())"


@comparators.dispatch_for("schema", priority=DispatchPriority.LAST)
def _compared(context: AutogenContext, operations: UpgradeOps, schemas: Any) -> None:
    """A namespace without the index lacks it."""
    metadata, connection = context.metadata, context.connection
    if metadata is search.T.metadata and connection is not None and not search.has_index(connection):
        operations.ops.append(MakeSearchIndex())


def included(name: str | None, kind: str, parents: Any) -> bool:
    """Whether something in a database is compared with the tables in the code."""
    return not search.is_index(name, kind)


def of_databases(
    context: MigrationContext, revision: str | Iterable[str | None] | Iterable[str], scripts: Sequence[Any]
) -> None:
    """Leave out of a revision what tables say to our code only: which states may become which is nothing a database has."""
    for script in scripts:
        assert isinstance(script, MigrationScript)
        for operation in script.upgrade_ops.ops if script.upgrade_ops is not None else ():
            if isinstance(operation, CreateTableOp):
                operation.info = {}
