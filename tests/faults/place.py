"""An installation as it runs: `serve --all` with web, workers and tick as one group, Redis, both stubs, the database."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from engine.base import db
from engine.base.db import Installation
from tests.faults.bundles import furnish
from tests.faults.postgres import Postgres
from web.demo.place import free_port
from web.redis import EmbeddedRedis
from web.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
AMTSWEG = "import sys; from web.cli import main; sys.exit(main())"


def until(look: Callable[[], Any], what: str, within_s: float = 60.0) -> Any:
    """What a look finds, as soon as it finds something."""
    limit = time.monotonic() + within_s
    while not (found := look()):
        if time.monotonic() > limit:
            raise TimeoutError(f"in {within_s:g} s not: {what}")
        time.sleep(0.1)
    return found


@dataclass
class Place:
    """Everything that runs for one run, by the seed of that run."""

    folder: Path
    seed: int
    dialect: str
    reconcile_s: float
    timers: int = 10_000
    postgres: Postgres | None = None
    kommunen: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    ports: tuple[int, ...] = field(default_factory=lambda: (free_port(), free_port(), free_port()))
    group: subprocess.Popen[bytes] | None = None
    others: list[subprocess.Popen[bytes]] = field(default_factory=list)
    redis: Any = None
    variables: dict[str, str] = field(default_factory=dict)

    # --- beginning and end

    def begin(self) -> None:
        """Make the municipalities and start everything."""
        if self.dialect == "postgresql":
            self.postgres = Postgres(self.seed, self.home / "postgresql" if self.home.is_mount() else None)
        database = self.postgres.url if self.postgres else "sqlite"
        self.redis = EmbeddedRedis(self.home)
        self.home.mkdir(parents=True, exist_ok=True)
        self.redis.ensure()
        stubs = ("tests.faults.stubs", str(self.folder), str(self.seed), *map(str, self.ports))
        self.others.append(self.spawn(sys.executable, "-m", *stubs))
        db.configure(Installation(self.home, database, "nur für Tests"))
        try:
            from engine.verbs.kommune import prepare

            prepare()
            self.kommunen = furnish(*(f"http://127.0.0.1:{port}" for port in self.ports))
        finally:
            db.close()
        self.names = dict(self.zentrale("SELECT slug, database FROM kommune"))
        self.start_group()
        until(self.answers, "the installation answers")

    def end(self) -> None:
        """Nothing is left running."""
        for process in (self.group, *self.others):
            if process is not None:
                self.kill_tree(process)
        if self.redis is not None:
            self.redis.stop()
        if self.postgres is not None:
            self.postgres.close()

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        database = self.postgres.url if self.postgres else "sqlite"
        told = Settings(
            home=self.home, database=database, secret="nur für Tests", redis_url=self.redis.url, port=self.port, plain_http=True
        )
        foreign = {name: value for name, value in os.environ.items() if not name.startswith(("AMTSWEG_", "REDIS_URL"))}
        path = f"{ROOT / 'tests' / 'faults' / 'moved'}{os.pathsep}{ROOT}"
        ours = {"PYTHONPATH": path, "FAULTS_CLOCK": str(self.folder / "clock"), "NO_COLOR": "1"}
        return {**foreign, **ours, **told.environ(), **self.variables}

    def spawn(self, *command: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, env=self.environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)

    # --- the group

    def start_group(self, crash_at: str = "") -> None:
        """Start web, workers and tick, as a service manager would."""
        self.variables["AMTSWEG_CRASH_AT"] = crash_at
        words = ("serve", "--all", "--workers", str(WORKERS), "--reconcile-s", str(self.reconcile_s))
        self.group = self.spawn(sys.executable, "-c", AMTSWEG, *words)
        self.variables.pop("AMTSWEG_CRASH_AT")

    def kill_group(self) -> None:
        """kill -9 of everything at once."""
        if self.group is not None:
            self.kill_tree(self.group)

    def kill_tree(self, process: subprocess.Popen[bytes]) -> None:
        for pid in [*_below(process.pid), process.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()

    def pids(self, module: str) -> list[int]:
        """The processes of the group that run a module or a file; of the web server both."""
        assert self.group is not None
        found = {pid: words for pid in _below(self.group.pid) if (words := _words(pid))}
        named = [pid for pid, words in found.items() if any(word.endswith(module) for word in words)]
        answering = [
            pid for pid, words in found.items() if _parent(pid) in named and any("spawn_main" in word for word in words)
        ]
        return named + (answering if module == "web.serve" else [])

    def tick(self) -> subprocess.Popen[bytes]:
        """One more clock beside the group."""
        self.others.append(self.spawn(sys.executable, "-m", "web.tick", "--reconcile-s", str(self.reconcile_s)))
        return self.others[-1]

    def answers(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/ready", trust_env=False, timeout=5).status_code == 200
        return False

    # --- what the tests turn

    def trouble(self, told: str) -> None:
        """How the stubs misbehave from now on."""
        (self.folder / "trouble").write_text(told)

    def clock(self, offset_s: float) -> None:
        """Move the clock of all processes under test."""
        fresh = self.folder / "clock.new"
        fresh.write_text(str(offset_s))
        fresh.rename(self.folder / "clock")

    def ask(self, method: str, path: str, token: str = "", **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        more = {"timeout": 30, **more}
        return httpx.request(method, f"{self.url}{path}", headers=headers | more.pop("headers", {}), trust_env=False, **more)

    # --- plain SQL

    def zentrale(self, statement: str) -> Sequence[tuple[Any, ...]]:
        if self.postgres is not None:
            return self.postgres.execute(statement, "faults")
        return _sqlite(self.home / "zentrale.sqlite", statement)

    def sql(self, slug: str, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Plain SQL in a municipality's database, with %s for values; beside the product."""
        if self.postgres is not None:
            with psycopg.connect(self.postgres.dsn(self.names[slug]), autocommit=True) as connection:
                cursor = connection.execute(statement, values)
                return cursor.fetchall() if cursor.description else []
        return _sqlite(self.file_of(slug), statement.replace("%s", "?"), values)

    def file_of(self, slug: str) -> Path:
        """With SQLite: the database of a municipality."""
        return self.home / "kommunen" / slug / self.names[slug]

    def command(self, *words: str, crash_at: str = "") -> subprocess.CompletedProcess[bytes]:
        """A command of `amtsweg`, as an operator runs it."""
        environment = {**self.environment, "AMTSWEG_CRASH_AT": crash_at}
        command = [sys.executable, "-c", AMTSWEG, *words]
        return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=False, timeout=300)

    def verify(self) -> dict[str, Any]:
        """`amtsweg verify`."""
        done = self.command("verify", "--json")
        try:
            found: dict[str, Any] = json.loads(done.stdout)
        except ValueError:
            return {"ok": False, "broken": [{"invariant": "verify", "subject": "", "message": done.stderr.decode()[-500:]}]}
        return found

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _sqlite(path: Path, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    try:
        return list(connection.execute(statement, values))
    finally:
        connection.close()


def _stat(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    except OSError:
        return ""


def _parent(pid: int) -> int:
    stat = _stat(pid).split()
    return int(stat[1]) if len(stat) > 1 and stat[0] != "Z" else -1


def _words(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def _below(pid: int) -> list[int]:
    """All living descendants of a process."""
    parents = {int(path.name): _parent(int(path.name)) for path in Path("/proc").iterdir() if path.name.isdigit()}
    found, edge = [], {pid}
    while edge := {child for child, parent in parents.items() if parent in edge}:
        found += sorted(edge)
    return found
