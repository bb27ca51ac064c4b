"""A municipality with everything around it: Redis, both outside servers, and the processes of Amtsweg, each started by hand."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from redis import Redis

from engine.base import clock, db
from engine.base.db import Installation
from engine.base.rights import SYSTEM
from engine.model import auftrag, vorgang
from engine.step import use_doorbell
from engine.verbs.design import deploy_bundle
from engine.verbs.intake import receive_push
from engine.verbs.operate import change_setting
from forms.antrag import Limits
from tests.bpmn.diagrams import end, flows, process, service, start, timer, user
from tests.served import served
from web.compose import connectors
from web.demo.place import free_port
from web.doorbell import RedisDoorbell
from web.redis import EmbeddedRedis
from web.settings import Settings
from web.twins import baumregister, servicekonto
from web.twins.stoerung import Stoerung, parse

WITHIN_S = 90.0
ROOT = Path(__file__).resolve().parents[2]
SLUG, STELLE = "nordfriesland", "100001"
SECRET, TOKEN = "geheimnis-des-servicekontos", "token-des-registers"
MANIFEST = 'leistung = "{key}"\nname = "{key}"\nkuerzel = "{short}"\nprocess = "p"\nform_ids = ["{key}"]\n'
TREES = '[{art: "Eiche", umfang_cm: 210, stueck: 1}]'
# Every named point lies on this way: an application, a connector, a timer, another connector.
THROUGH = process(
    start(),
    service(
        "eingang",
        type="servicekonto.nachricht",
        inputs={"konto": "=servicekonto", "betreff": "Eingang", "text": "=vorgang.aktenzeichen"},
    ),
    timer("ruhe", "PT1S"),
    service(
        "melden",
        type="baumregister.melden",
        inputs={
            "aktenzeichen": "=vorgang.aktenzeichen",
            "entscheidung": "genehmigt",
            "baeume": f"={TREES}",
            "standort": "Husum",
            "datum": "=vorgang.eingang",
        },
    ),
    end(),
    flows("start > eingang > ruhe > melden > end"),
)


def until(look: Callable[[], Any], what: str, log: Callable[[], str] = str) -> Any:
    """What a look finds, as soon as it finds something; what the log says if it does not, on however busy a machine."""
    limit = time.monotonic() + WITHIN_S
    while not (found := look()):
        assert time.monotonic() < limit, f"in {WITHIN_S} s not: {what}; log: {log()[-3000:]}"
        time.sleep(0.05)
    return found


def environment(settings: Settings) -> dict[str, str]:
    """The environment of a process of this installation."""
    foreign = {name: value for name, value in os.environ.items() if not name.startswith(("AMTSWEG_", "REDIS_URL"))}
    return {**foreign, "PYTHONPATH": str(ROOT), **settings.environ()}


@dataclass(frozen=True)
class Front:
    """A web server: its process, and where it answers."""

    process: subprocess.Popen[bytes]
    port: int

    def wait(self) -> Front:
        """Wait until it answers."""
        until(self._answers, "the web server answers")
        return self

    def post(self, transaction: str) -> httpx.Response:
        """Send an application to the front door."""
        parts = {"formData": ("formData.json", form_data(transaction), "application/json")}
        return httpx.post(f"http://127.0.0.1:{self.port}/{SLUG}/antrag", files=parts, trust_env=False, timeout=60)

    def _answers(self) -> bool:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            line.request("GET", "/ready")
            return line.getresponse().status == 200
        except OSError:
            return False
        finally:
            line.close()


@dataclass
class Town:
    """The municipality, and what runs for it. The test itself is in its namespace."""

    installation: Installation
    folder: Path
    konto_url: str
    register_url: str
    redis: EmbeddedRedis
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        home, database, secret = self.installation.home, self.installation.database, self.installation.secret
        url = self.redis.url
        return Settings(home=home, database=database, secret=secret, redis_url=url, plain_http=True)

    def furnish(self) -> None:
        """Deploy the Leistung `durchlauf` and say where the outside is."""
        use_doorbell(RedisDoorbell(self.redis.url))
        rest = process(start(), user("sichten"), end(), flows("start > sichten > end"))
        self.deploy(THROUGH)
        self.deploy(rest, "posteingang")
        change_setting("antrag.absender", ["127.0.0.1/32"], by=SYSTEM)
        change_setting("konnektor.servicekonto", {"url": self.konto_url, "secret": SECRET}, by=SYSTEM)
        change_setting("konnektor.baumregister", {"url": self.register_url, "token": TOKEN}, by=SYSTEM)

    def deploy(self, diagram: bytes, key: str = "durchlauf") -> None:
        """Deploy a Leistung, or another version of it."""
        files = {"bundle.toml": MANIFEST.format(key=key, short=key[:2].upper()).encode(), "p.bpmn": diagram}
        deploy_bundle(files, connectors().types(), by=SYSTEM)

    # --- processes

    def start(self, module: str, *arguments: str, crash_at: str = "") -> subprocess.Popen[bytes]:
        """Start a process; where every warning is an error."""
        variables = environment(self.settings) | {"AMTSWEG_CRASH_AT": crash_at}
        with (self.folder / "log").open("ab") as log:
            made = subprocess.Popen(
                [sys.executable, "-W", "error", "-m", module, *arguments], env=variables, cwd=ROOT, stdout=log, stderr=log
            )
        self.running.append(made)
        return made

    def web(self, crash_at: str = "") -> Front:
        """A web server at a port of its own; `Front.wait` says when it answers."""
        port = free_port()
        return Front(self.start("web.serve", "--host", "127.0.0.1", "--port", str(port), crash_at=crash_at), port)

    def worker(self, crash_at: str = "") -> subprocess.Popen[bytes]:
        return self.start("web.worker", crash_at=crash_at)

    def tick(self, crash_at: str = "") -> subprocess.Popen[bytes]:
        return self.start("web.tick", "--reconcile-s", "0.5", crash_at=crash_at)

    def end(self) -> list[int]:
        """SIGTERM to all; gives their exit codes."""
        for one in self.running:
            one.terminate()
        return [one.wait(WITHIN_S) for one in self.running]

    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def killed(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether a process has been killed, waiting for it."""
        code = process.wait(WITHIN_S)
        self.running.remove(process)
        return code == -signal.SIGKILL

    # --- applications

    def push(self, transaction: str) -> bytes:
        """Take in an application without a web server; gives the answer."""
        return bytes(receive_push(form_data(transaction), (), (), limits=Limits(), by=SYSTEM))

    # --- looks

    def states(self) -> list[str]:
        """The state of every Vorgang."""
        with db.reading() as tx:
            return list(tx.scalars(sa.select(vorgang.T.c.state)))

    def is_done(self) -> bool:
        return self.states() == ["completed"]

    def jobs(self, state: str) -> int:
        with db.reading() as tx:
            return int(tx.scalar(sa.select(sa.func.count()).select_from(auftrag.T).where(auftrag.T.c.state == state)))

    def let_leases_run_out(self) -> None:
        """What some seconds of silence do."""
        past = clock.now() - dt.timedelta(seconds=1)
        with db.transaction() as tx:
            tx.execute(sa.update(auftrag.T).where(auftrag.T.c.state == auftrag.RUNNING).values(lease_until=past))

    def messages(self) -> int:
        """How many messages the Servicekonto holds."""
        return _count(self.folder / "konto" / "servicekonto.sqlite", "nachricht")

    def entries(self) -> int:
        """How many entries the tree register holds."""
        return _count(self.folder / "register" / "baumregister.sqlite", "eintrag")

    def queue(self) -> Redis:
        return Redis.from_url(self.redis.url)


def form_data(transaction: str) -> bytes:
    """An application for the Leistung `durchlauf`."""
    control = {
        "transactionId": transaction,
        "zustaendigeStelle": STELLE,
        "leikaIds": [],
        "formId": "durchlauf",
        "name": "Antrag",
        "serviceKonto": {"type": "OSI", "postfachAddress": {"identifier": "p-1", "type": "citizen"}},
    }
    return json.dumps({"control": control, "formData": []}).encode()


def outside(folder: Path, trouble: Mapping[str, str] = {}) -> Iterator[tuple[str, str]]:  # only read
    """Both outside servers; `trouble` says how each misbehaves."""
    konto: Any = servicekonto.create_app(folder / "konto", SECRET)
    if "konto" in trouble:
        konto = Stoerung(konto, parse(trouble["konto"]), "/api/nachrichten")
    with served(konto) as konto_url, served(baumregister.create_app(folder / "register", TOKEN)) as register_url:
        yield konto_url, register_url


def _count(path: Path, table: str) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    finally:
        connection.close()
