"""The web server: granian with the application of web.compose. `python -m web.serve`, or as one child of `serve --all`.

Two processes: granian itself, which loads as little as it can, and the one that answers. SIGTERM drains: first /ready says no,
so that nobody sends anything new, then what is being answered is finished.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from web.mortal import die_with_parent
from web.redis import EmbeddedRedis, with_redis
from web.supervise import Child, Supervisor

if TYPE_CHECKING:
    from flask import Flask

    from web.settings import Settings

THREADS = 8
UNREADY_S = 2.0
"""How long /ready says no before the door closes: longer than whoever distributes requests takes to look."""
SWITCH_S = 0.0005
"""After so long a thread that only calculates lets another go on. A request asks for its turn after each statement, and with
Python's own 5 ms one costly step would make all others ten times as slow."""
ENDS_WITHIN_S = 20
RECONCILE_S = 15.0


def application() -> Flask:
    """The application, made inside the process that answers."""
    # Not getppid(): granian may have been killed while this process was still loading.
    parent = multiprocessing.parent_process()
    serving = parent.pid if parent is not None and parent.pid is not None else os.getppid()
    die_with_parent(serving)
    from web import health, logs
    from web.compose import all_is_loaded, create_app
    from web.settings import Settings

    logs.configure("web")
    sys.setswitchinterval(SWITCH_S)
    settings = with_redis(Settings.from_env())
    app = create_app(settings)
    app.extensions[health.DRAINS] = drains(settings, serving)
    all_is_loaded()
    return app


def drains(settings: Settings, pid: int) -> Path:
    """The file that is there while the server of that pid drains. Its children cannot be told otherwise: Rust runs in them."""
    return settings.home / f"web-{pid}.drains"


@click.command()
@click.option("--host", help="AMTSWEG_HOST if not given")
@click.option("--port", type=int, help="AMTSWEG_PORT if not given")
def main(host: str | None, port: int | None) -> None:
    """Serve until SIGTERM; requests being answered are finished."""
    from granian.constants import Interfaces
    from granian.log import LogLevels

    from web.draining import Server
    from web.settings import Settings

    settings = Settings.from_env()
    host, port = host or settings.host, port or settings.port
    # A forked child would inherit locks and threads of this process; a spawned one begins anew.
    multiprocessing.set_start_method("spawn")
    server = Server(
        "web.serve:application",
        factory=True,
        interface=Interfaces.WSGI,
        address=host,
        port=port,
        blocking_threads=THREADS,
        workers_kill_timeout=ENDS_WITHIN_S,
        log_level=LogLevels.error,  # that 8 threads are many for this machine is known
        log_access=False,  # addresses of people
    )
    server.drain_with(drains(settings, os.getpid()), UNREADY_S)
    server.serve()


def everything(settings: Settings, *, workers: int = 1, reconcile_s: float = RECONCILE_S) -> list[Child]:
    """The processes of an installation on one machine."""
    return [web(settings), *worker(workers), tick(reconcile_s)]


def web(settings: Settings) -> Child:
    """The web server."""
    return Child.module("web", "web.serve", "--host", settings.host, "--port", str(settings.port))


def worker(count: int) -> list[Child]:
    """The workers, one process each."""
    return [Child.module("worker" if count == 1 else f"worker {number + 1}", "web.worker") for number in range(count)]


def tick(reconcile_s: float) -> Child:
    """The clock."""
    return Child.module("tick", "web.tick", "--reconcile-s", str(reconcile_s))


def supervisor(settings: Settings, children: list[Child]) -> Supervisor:
    """A supervisor for these, with the embedded Redis if the settings name no other."""
    return Supervisor(children, None if settings.redis_url else EmbeddedRedis(settings.home))


if __name__ == "__main__":
    main()
