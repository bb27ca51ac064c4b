"""Write the next migration: `python -m engine.migrations.new "add the column x" [--zentrale]`.

It compares the tables in the code with a scratch SQLite database at the newest revision. Read what it wrote before committing
it: a renamed column looks like one dropped and one added.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import click
from alembic import command
from alembic.script import Script

from engine import migrations
from engine.base import db, opening


def write(message: str, kind: migrations.Kind) -> Path | None:
    """Write a revision for what changed in the tables; None if nothing did."""
    with tempfile.TemporaryDirectory() as folder:
        engine = opening.sqlite_engine(Path(folder) / "scratch.sqlite", None, create=True, foreign_keys=False)
        with db.detached(engine, "scratch") as tx:
            migrations.upgrade(tx.connection, kind)
            if not migrations.differences(tx.connection, kind):
                return None
            number = f"{len(list(migrations.versions(kind).glob('[0-9]*.py'))) + 1:04d}"
            script = command.revision(
                migrations.config(kind, tx.connection), message.rstrip("."), autogenerate=True, rev_id=number
            )
    if not isinstance(script, Script):
        raise RuntimeError(f"Alembic wrote {script!r} instead of one revision")
    path = Path(script.path)
    for arguments in (["format", "--quiet"], ["check", "--fix", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *arguments, str(path)], check=True)  # noqa: S603  our own linter
    return path


@click.command()
@click.argument("message")
@click.option("--zentrale", is_flag=True, help="für die Zentrale statt für die Kommunen")
def main(message: str, zentrale: bool) -> None:
    """Schreibt die nächste Migration."""
    path = write(message, "zentrale" if zentrale else "kommune")
    click.echo("Nichts zu tun." if path is None else str(path))


if __name__ == "__main__":
    main()
