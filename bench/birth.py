"""How long it takes until the administrator of a new municipality is signed in, on SQLite and on PostgreSQL.

From the call that makes it (database, tables, key, folder, bundles, link) to the first page after the login: the link is
opened, a password chosen, and signed in with. Beside it what `amtsweg kommune add` takes as a process of its own.

python -m bench.birth
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from flask import Flask

from bench._measure import Figure
from bench._town import PASSWORD, SECRET, server
from engine.base import db
from web.compose import create_app
from web.provision import Invited, provide
from web.settings import Settings

LIMITS = {"sqlite": 2.0, "postgresql": 5.0}
ROUNDS, WARMUP, PROCESSES = 7, 1, 3


def made(number: int, settings: Settings) -> Invited:
    """Make a municipality; gives how its administrator comes in."""
    name, email = f"Stadt Nummer {number}", "mara@stadt.example"
    link = provide(
        f"stadt-{number}", name=name, kind="Stadt", admin_name="Mara Muster", admin_email=email, site=settings
    ).invited
    assert link is not None
    return link


def first_login(app: Flask, slug: str, link: Invited) -> None:
    """Choose a password with the link and sign in with it, as a browser does."""
    client, path = app.test_client(), link.link.partition(":8000")[2]

    def send(address: str, **fields: str) -> str:
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(address).text)
        assert token
        answer = client.post(address, data={"csrf_token": token[1], **fields})
        assert answer.status_code == 303, answer.status_code
        return answer.headers["Location"]

    assert send(path, passwort_neu=PASSWORD, passwort_wieder=PASSWORD) == f"/{slug}/anmelden"
    assert client.get(send(f"/{slug}/anmelden", login=link.login, passwort=PASSWORD)).status_code == 200


def measure(kind: str) -> None:
    """Make some municipalities one after the other; the first one loads the program."""
    with server(kind) as database, tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), database=database, secret=SECRET, plain_http=True)
        app, births, logins = create_app(settings), list[float](), list[float]()
        for number in range(ROUNDS + WARMUP):
            start = time.perf_counter()
            link = made(number, settings)
            born = time.perf_counter()
            first_login(app, f"stadt-{number}", link)
            births.append(born - start)
            logins.append(time.perf_counter() - start)
        print(Figure(f"{kind}: bis zur ersten Anmeldung", statistics.median(logins[WARMUP:]), LIMITS[kind], unit=" s"))
        print(Figure(f"{kind}: das Anlegen allein", statistics.median(births[WARMUP:]), unit=" s"))
        print(Figure(f"{kind}: die erste nach dem Start des Programms", logins[0], LIMITS[kind], unit=" s"))
        seconds, busy = as_process(settings)
        print(Figure(f"{kind}: „amtsweg kommune add“ als Prozess", seconds, unit=" s"), f"davon Rechenzeit {busy:.2f} s")
        db.close()


def as_process(settings: Settings) -> tuple[float, float]:
    """Seconds that the command takes, and how many of them it calculates: the rest it waits, on a busy machine for its turn."""
    # As where it is installed: what was compiled once is kept. This shell may say otherwise.
    kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(settings.home / "compiled")}
    variables, found, before = {**os.environ, **settings.environ(), **kept}, list[float](), os.times()
    for number in range(PROCESSES + 1):
        options = ("--name", "Stadt", "--kind", "Stadt", "--admin-name", "Mara Muster", "--admin-email", "mara@stadt.example")
        program = "from web.cli import main; raise SystemExit(main())"
        command = [sys.executable, "-c", program, "kommune", "add", f"prozess-{number}", *options]
        start = time.perf_counter()
        subprocess.run(command, env=variables, check=True, capture_output=True)
        found.append(time.perf_counter() - start)
        if not number:
            before = os.times()
    after = os.times()
    busy = after.children_user + after.children_system - before.children_user - before.children_system
    return statistics.median(found[1:]), busy / PROCESSES


def main() -> None:
    """Both databases."""
    for kind in LIMITS:
        measure(kind)


if __name__ == "__main__":
    main()
