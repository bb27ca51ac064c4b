"""The faults of what is around the processes: Redis, database, disk, clock, outside systems, senders, people, data."""

from __future__ import annotations

import datetime as dt
import sqlite3
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from redis import Redis

from tests.faults.bundles import SLUGS, files_of, form_data
from tests.faults.driver import messages_of, news, signed
from tests.faults.faults import Fault
from tests.faults.place import Place
from tests.faults.recovery import seconds_until_work
from tests.faults.requests import Sender

DAY_S = 86_400.0
EVERY_KIND = "fehler=0.12,viel=0.08,langsam=0.05,abbruch=0.08,verloren=0.1,halb=0.06,falsch=0.06,endlos=0.03,dauer=2"


def redis_of(place: Place) -> Redis:
    return Redis.from_url(place.redis.url)


# --- Redis


def redis_flushed(fault: Fault) -> None:
    """FLUSHALL: every ring that nobody has heard yet is gone."""
    for _ in range(5):
        with redis_of(fault.place) as redis:
            redis.flushall()
        time.sleep(0.2)
    fault.recovered.redis.append(seconds_until_work(fault.place, time.monotonic()))


def redis_gone(seconds: float) -> Any:
    """Redis away for a while, then a new and empty one."""

    def act(fault: Fault) -> None:
        fault.place.redis.stop()
        time.sleep(seconds)
        fault.place.redis.ensure()
        fault.recovered.redis.append(seconds_until_work(fault.place, time.monotonic()))

    return act


def redis_full(fault: Fault) -> None:
    """Redis takes nothing more (maxmemory, noeviction)."""
    with redis_of(fault.place) as redis:
        redis.config_set("maxmemory-policy", "noeviction")
        redis.config_set("maxmemory", "1")
        time.sleep(6)
        redis.config_set("maxmemory", "0")
    fault.recovered.redis.append(seconds_until_work(fault.place, time.monotonic()))


# --- database


def postgres_stopped(fault: Fault) -> None:
    """PostgreSQL stopped without grace, started three seconds later."""
    server = fault.place.postgres
    assert server is not None
    server.stop()
    time.sleep(3)
    server.start()
    fault.recovered.kills.append(seconds_until_work(fault.place, time.monotonic()))


def backends_terminated(fault: Fault) -> None:
    """pg_terminate_backend of every connection, five times."""
    server = fault.place.postgres
    assert server is not None
    for _ in range(5):
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'amtsweg%'")
        time.sleep(0.5)


def answers_to_commit_lost(fault: Fault) -> None:
    """Of every twelve COMMITs the server does, the answer to one is lost with the line."""
    server = fault.place.postgres
    assert server is not None
    server.wire.lose = 0.08
    time.sleep(6)
    server.wire.heal()
    fault.note(f"{server.wire.lost} answers to COMMIT lost")


def database_slow(fault: Fault) -> None:
    """Every request to PostgreSQL takes 40 ms longer."""
    server = fault.place.postgres
    assert server is not None
    server.wire.delay_s = 0.04
    time.sleep(6)
    server.wire.heal()


def database_locked(fault: Fault) -> None:
    """Somebody holds the write lock of one municipality for eight seconds: longer than anybody waits."""
    place, slug = fault.place, SLUGS[0]
    if place.postgres is None:
        holder = sqlite3.connect(place.file_of(slug), timeout=30, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        time.sleep(8)
        holder.rollback()
        holder.close()
        return
    import psycopg

    with psycopg.connect(place.postgres.dsn(place.names[slug])) as connection:
        connection.execute("LOCK TABLE vorgang IN ACCESS EXCLUSIVE MODE")
        time.sleep(8)
        connection.rollback()


def pool_exhausted(fault: Fault) -> None:
    """The group runs with two database connections a process, then as before."""
    place = fault.place
    for most in ("2", ""):
        place.variables["AMTSWEG_MAX_CONNECTIONS"] = most
        place.kill_group()
        began = time.monotonic()
        place.start_group()
        took = seconds_until_work(place, began)
        if most:
            time.sleep(5)
        else:
            fault.recovered.kills.append(took)
    place.variables.pop("AMTSWEG_MAX_CONNECTIONS")


def disk_full(fault: Fault) -> None:
    """The disk with the data is full for five seconds (the run lies on a tmpfs of its own, filled to the last byte)."""
    filling = fault.place.home / "filling"
    with filling.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 65536)
    time.sleep(5)
    filling.unlink()
    fault.recovered.kills.append(seconds_until_work(fault.place, time.monotonic()))


# --- clock


def clock_forward(fault: Fault) -> None:
    """The clock jumps 40 days forward: every lease, timer and signature is over; later it goes back (which is `clock_back`)."""
    fault.place.clock(40 * DAY_S)
    time.sleep(5)


def clock_back(fault: Fault) -> None:
    """The clock goes back to the present, 40 days before what it was."""
    fault.place.clock(0)
    time.sleep(3)


def summer_time(fault: Fault) -> None:
    """The clock stands before the hour that there is not in spring and goes across it, then the hour that there is twice."""
    for instant in (dt.datetime(2027, 3, 28, 1, 0, tzinfo=dt.UTC), dt.datetime(2027, 10, 31, 1, 0, tzinfo=dt.UTC)):
        fault.place.clock(instant.timestamp() - 3 - time.time())
        time.sleep(6)
    fault.place.clock(0)


# --- outside


def connectors_in_trouble(fault: Fault) -> None:
    """Both outside systems slow, 5xx, 429, reset, half body, wrong type, endless body, answer lost after doing the work."""
    fault.place.trouble(EVERY_KIND)
    time.sleep(6)
    fault.place.trouble("")


def webhooks_by_the_hundred(fault: Fault) -> None:
    """The same news a hundred times, eight at once; other news in reverse order; news of messages that nobody knows."""
    place, slug = fault.place, fault.random.choice(SLUGS)
    known = messages_of(place.folder, slug, 30)
    targets = [known[0]] * 100 if known else []
    targets += [*known[::-1], *(f"unknown-{number}" for number in range(20))]

    def post(lane: int) -> None:
        with Sender(place.folder, f"webhooks-{lane}-{uuid.uuid4().hex[:6]}", place.url) as sender:
            for target in targets[lane::8]:
                body, about = news(target, "abruf", f"hundred-{target}", 0), {"slug": slug, "news": target}
                path = f"/{slug}/webhook/servicekonto"
                sender.send("webhook", "POST", path, content=body, headers=signed(body, 0), about=about)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(post, range(8)))


def fifty_equal_applications(fault: Fault) -> None:
    """One application fifty times, sixteen at once: one Vorgang, one answer."""
    place, slug, transaction = fault.place, fault.random.choice(SLUGS), str(uuid.uuid4())
    body = form_data(transaction, "konto", place.kommunen[slug]["stelle"], "50")

    def post(number: int) -> None:
        parts = {"formData": ("formData.json", body, "application/json")}
        about = {"slug": slug, "transaction": transaction, "key": "konto"}
        with Sender(place.folder, f"equal-{number}-{transaction[:8]}", place.url) as sender:
            sender.send("start", "POST", f"/{slug}/antrag", files=parts, about=about)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(post, range(50)))


def ten_clerks(fault: Fault) -> None:
    """Ten clerks complete the same task at once, each with an answer of their own: one wins."""
    place, slug = fault.place, fault.random.choice(SLUGS)
    clerks = place.kommunen[slug]["clerks"]
    transaction = str(uuid.uuid4())
    body = form_data(transaction, "schleife", place.kommunen[slug]["stelle"], "10")
    parts = {"formData": ("formData.json", body, "application/json")}
    about = {"slug": slug, "transaction": transaction, "key": "schleife"}
    with Sender(place.folder, f"clerks-{transaction[:8]}", place.url) as sender:
        phase, answer = sender.send("start", "POST", f"/{slug}/antrag", files=parts, about=about)
    if phase != "ok":
        fault.note("ten clerks had no case")
        return
    [(task,)] = place.sql(slug, "SELECT id FROM aufgabe WHERE vorgang_id = %s", (answer["vorgang"]["vorgangId"],))

    def complete(login: str) -> None:
        path = f"/{slug}/api/v1/aufgaben/{task}/complete"
        told = {"slug": slug, "aufgabe": task, "login": login}
        with Sender(place.folder, f"clerk-{login}-{transaction[:8]}", place.url) as sender:
            sender.send("complete", "POST", path, clerks[login], json={"data": {"wer": login}}, about=told)

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(complete, clerks))


def deployed_while_starting(fault: Fault) -> None:
    """Two other versions of a Leistung are deployed while its applications come in."""
    import subprocess
    import sys

    place, slug = fault.place, fault.random.choice(SLUGS)
    for number in range(2):
        folder = place.folder / f"bundle-{uuid.uuid4().hex[:6]}"
        folder.mkdir()
        for name, content in files_of("uhr").items():
            changed = content.replace(b"</bpmn:process>", f"<!-- {number} {folder.name} --></bpmn:process>".encode())
            (folder / name).write_bytes(changed)
        code = "import sys; from web.cli import main; sys.exit(main())"
        words = [sys.executable, "-c", code, "deploy", slug, str(folder)]
        done = subprocess.run(words, env=place.environment, capture_output=True, check=False, timeout=60)
        if done.returncode:
            fault.note(f"deploy refused: {done.stderr.decode()[-200:]}")


# --- data


def snapshot_damaged(fault: Fault) -> None:
    """The snapshot of two cases is cut off while a timer, a clerk and the pages come to them; then it is mended by hand."""
    place, slug = fault.place, fault.random.choice(SLUGS)
    query = (
        "SELECT v.id, v.snapshot FROM vorgang v JOIN {} w ON w.vorgang_id = v.id "
        "WHERE v.state = 'active' AND w.state = 'offen' LIMIT 1"
    )
    damaged = [*place.sql(slug, query.format("frist")), *place.sql(slug, query.format("aufgabe"))]
    for id, snapshot in damaged:
        place.sql(slug, "UPDATE vorgang SET snapshot = %s WHERE id = %s", (bytes(snapshot)[: len(snapshot) // 2], id))
    known = place.kommunen[slug]
    login, token = next(iter(known["clerks"].items()))
    with Sender(place.folder, f"damaged-{uuid.uuid4().hex[:6]}", place.url) as sender:
        for id, _ in damaged:
            sender.send("damaged", "GET", f"/{slug}/api/v1/vorgaenge/{id}", token, about={"vorgang": id})
            for (task,) in place.sql(slug, "SELECT id FROM aufgabe WHERE vorgang_id = %s AND state = 'offen'", (id,)):
                path = f"/{slug}/api/v1/aufgaben/{task}"
                sender.send("damaged", "GET", f"{path}/formular", token, about={"vorgang": id})
                sender.send(
                    "damaged", "POST", f"{path}/complete", token, json={"data": {}}, about={"vorgang": id, "login": login}
                )
    time.sleep(5)
    for id, snapshot in damaged:
        changed = place.sql(slug, "SELECT snapshot FROM vorgang WHERE id = %s", (id,))[0][0]
        if bytes(changed) == bytes(snapshot)[: len(snapshot) // 2]:
            place.sql(slug, "UPDATE vorgang SET snapshot = %s WHERE id = %s", (bytes(snapshot), id))
