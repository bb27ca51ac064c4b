"""A PostgreSQL server for tests, as its superuser sees it."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL server: the folder of its socket, and its superuser."""

    socket: str

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self.socket}"

    def execute(self, statement: str | sql.Composed, database: str = "postgres") -> list[tuple[object, ...]]:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def drop(self, prefix: str) -> None:
        """Remove the databases and roles of one installation."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            like = (f"{prefix}%",)
            for (name,) in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", like).fetchall():
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            for (name,) in connection.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE %s", like).fetchall():
                connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))
