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
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from bench._diagrams import fifteen_nodes
from bench._measure import interleaved, ms, ratio, verdict
from bench._town import MANIFEST, PASSWORD, SECRET, server, signed_in
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

FEW, MANY, LIMIT, ROUNDS = 1_000, 100_000, 5.0, 11
TOWNS = {"klein": FEW, "gross": MANY}
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
SYLLABLES = ("mu", "ster", "hof", "berg", "lin", "den", "ei", "chen", "wald", "see")
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def text_of(rng: random.Random, syllables: int) -> str:
    """A word that looks like one."""
    return "".join(rng.choice(SYLLABLES) for _ in range(syllables))


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
    said = ["Nachname Anschrift Grund der Fällung", *rng.choices(words, k=30), *map(str, (row["nummer"], row["applicant"]))]
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
def towns(kind: str) -> Iterator[dict[str, str]]:
    """Two municipalities in one installation, with few and with many cases; gives a name to look for in each."""
    with server(kind) as database, tempfile.TemporaryDirectory() as folder:
        db.configure(Installation(Path(folder), database, SECRET))
        prepare()
        yield {slug: town(slug, count) for slug, count in TOWNS.items()}
        db.close()


def town(slug: str, count: int) -> str:
    """A municipality with so many cases; gives a name that a few of them have."""
    started, hash = time.perf_counter(), hash_password(PASSWORD)
    make_kommune(slug, slug, "Stadt", "SH")
    with db.namespace(slug):
        deploy_bundle({"bundle.toml": MANIFEST, "p.bpmn": fifteen_nodes(feel=True)}, {}, by=SYSTEM)
        for login, groups in PEOPLE.items():
            add_konto(login, login, f"{login}@example.org", frozenset({SACHBEARBEITUNG}), groups, hash, by=SYSTEM)
        with db.transaction() as tx:
            tx.execute(sa.insert(leistung.T).values(key="l3", name="Eine Leistung", version_id=leistung.current(tx, "p")))
        name = fill(count)
    print(f"{slug}: {count} Vorgänge angelegt in {time.perf_counter() - started:.0f} s", flush=True)
    return name


def shows(client: FlaskClient, address: str) -> Callable[[], None]:
    """Ask for a page; it must be the one asked for."""

    def show() -> None:
        answer = client.get(address)
        assert answer.status_code == 200, answer.status
        assert 'id="aufgaben-liste"' in answer.text

    return show


def main(kind: str) -> None:
    """Every list in both municipalities in turn, with the ratio of the two."""
    worst = 0.0
    with clock.frozen(START + dt.timedelta(days=40)), towns(kind) as names:
        installation = db.current_installation()
        app = create_app(Settings(home=installation.home, database=installation.database, secret=SECRET, plain_http=True))
        for login in PEOPLE:
            clients = {slug: signed_in(app, slug, login) for slug in TOWNS}
            for page, path in PAGES.items():
                sides = {slug: shows(client, f"/{slug}/{path.format(name=names[slug])}") for slug, client in clients.items()}
                found = interleaved(dict(sides), ROUNDS, warmup=2)
                times = ratio(found["gross"], found["klein"])
                worst = max(worst, times)
                print(f"  {login:12} {page:22} klein {ms(found['klein'])}, groß {ms(found['gross'])}, {times:.2f}-fach")
    print(verdict(worst, LIMIT, f"erste Seite mit {MANY} zu {FEW} Vorgängen, die langsamste Liste"))
    assert worst <= LIMIT


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "sqlite")
