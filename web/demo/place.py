"""Where the demo lives: its folder, its secrets, its municipalities, its ports."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.base import db
from engine.base.errors import Conflict
from engine.base.rights import SACHBEARBEITUNG, SYSTEM
from web.compose import compose, connectors
from web.demo import office
from web.provision import PROCESSES, new_password, provide
from web.redis import EmbeddedRedis
from web.serve import everything
from web.settings import Settings
from web.supervise import Child, Supervisor, hand_on

HOST = "127.0.0.1"
RECONCILE_S = 5.0


@dataclass(frozen=True, slots=True)
class DemoKommune:
    """A municipality of the demo; its bundle lies under processes/<slug>/baumfaellung."""

    slug: str
    name: str
    kind: str
    stelle: str
    admin: str
    letterhead: dict[str, Any]


KOMMUNEN = (
    DemoKommune(
        "nordfriesland",
        "Kreis Nordfriesland",
        "Kreis",
        "100001",
        "Verwaltung Nordfriesland",
        {
            "authority": "Kreis Nordfriesland",
            "unit": "Untere Naturschutzbehörde",
            "address": ["Musterstraße 1", "25813 Husum"],
            "contact": ["Telefon 04841 000-0 (Beispiel)", "naturschutz@nordfriesland.example"],
            "place": "Husum",
        },
    ),
    DemoKommune(
        "husum",
        "Stadt Husum",
        "Stadt",
        "200001",
        "Verwaltung Husum",
        {
            "authority": "Stadt Husum",
            "unit": "Bauamt",
            "address": ["Beispielweg 2", "25813 Husum"],
            "contact": ["Telefon 04841 000-1 (Beispiel)", "bauamt@husum.example"],
            "place": "Husum",
        },
    ),
)


def free_port(wanted: int = 0) -> int:
    """The wanted port if it is free, else another that is."""
    for port in (wanted, 0):
        with socket.socket() as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                line.bind((HOST, port))
            except OSError:
                continue
            return int(line.getsockname()[1])
    raise OSError("no port is free")


@dataclass
class Place:
    """The folder of a demo and the ports it uses this time."""

    home: Path
    port: int
    secrets: dict[str, Any] = field(init=False, repr=False)
    ports: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.ports = {"servicekonto": free_port(self.port + 1), "baumregister": free_port(self.port + 2)}
        self.secrets = self._secrets()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def servicekonto(self) -> str:
        return f"http://{HOST}:{self.ports['servicekonto']}"

    @property
    def baumregister(self) -> str:
        return f"http://{HOST}:{self.ports['baumregister']}"

    @property
    def log(self) -> Path:
        return self.home / "demo.log"

    @property
    def environment(self) -> Path:
        """A file for the shell, after which commands work on the data of the demo."""
        return self.home / "umgebung.sh"

    @property
    def settings(self) -> Settings:
        return Settings.from_env(home=self.home, port=self.port, host=HOST, secret=self.secrets["secret"], plain_http=True)

    def prepare(self) -> None:
        """Make the municipalities, or find them as they are; set what depends on the ports."""
        compose(self.settings)
        for one in KOMMUNEN:
            self._provide(one)
        self._share_an_office()
        lines = [f"export {name}={shlex.quote(value)}" for name, value in self.settings.environ().items()]
        _write_private(self.environment, "\n".join(lines) + "\n")

    def supervisor(self) -> Supervisor:
        """All processes of the demo, the outside servers too."""
        settings = self.settings
        hand_on(settings.environ())
        redis = None if settings.redis_url else EmbeddedRedis(settings.home)
        return Supervisor([*self._twins(), *everything(settings, reconcile_s=RECONCILE_S)], redis, self.log)

    def _twins(self) -> list[Child]:
        data, ports = self.home / "zwillinge", self.ports
        konto = ("--port", str(ports["servicekonto"]), "--data", str(data), "--secret", self.secrets["servicekonto"])
        register = ("--port", str(ports["baumregister"]), "--data", str(data), "--token", self.secrets["baumregister"])
        return [
            Child.module("servicekonto", "web.twins.servicekonto", *konto, "--callback", self.url),
            Child.module("baumregister", "web.twins.baumregister", *register),
        ]

    def _provide(self, one: DemoKommune) -> None:
        from engine import deploy_bundle, new_token
        from engine.model.bundle import read_folder

        known = self.secrets["kommunen"].setdefault(one.slug, {"login": "verwaltung", "password": new_password()})
        self._save()
        made = provide(
            one.slug,
            name=one.name,
            kind=one.kind,
            admin_name=one.admin,
            admin_email=f"{known['login']}@{one.slug}.example",
            allow_ips=[f"{HOST}/32"],
            stellen=[one.stelle],
            settings={"briefkopf": one.letterhead},  # once; from then on it is the Administration's
            password=known["password"],
        )
        if made.new:  # whoever the secrets know beside it went with the data
            known = self.secrets["kommunen"][one.slug] = {name: known[name] for name in ("login", "password")}
        with db.namespace(one.slug):
            office.add_unit("leitung", "Leitung")
            for key, value in self._wanted(one).items():
                _set(key, value)
            deploy_bundle(read_folder(PROCESSES / one.slug / "baumfaellung"), connectors().types(), by=SYSTEM)
            if "token" not in known:
                known["token"] = new_token(known["login"], by=SYSTEM)
        self._save()
        self.add_colleague(one.slug, "leitung", "Leitung der Demo", "leitung")  # four eyes need two people

    def add_colleague(self, slug: str, login: str, name: str, unit: str) -> None:
        """Make one more Konto, of a unit, with its token, if it is not there yet."""
        from engine import add_konto, new_token
        from web.identity import hash_password

        if "token" in self.secrets["kommunen"][slug].get(login, {}):
            return
        person = self.secrets["kommunen"][slug].setdefault(login, {"login": login, "password": new_password()})
        self._save()  # before the Konto is there: the start after a killed one knows the password
        with db.namespace(slug):
            with suppress(Conflict):  # a killed start had made it
                email, password = f"{login}@{slug}.example", hash_password(person["password"])
                add_konto(login, name, email, frozenset({SACHBEARBEITUNG}), frozenset({unit}), password, by=SYSTEM)
            person["token"] = new_token(login, by=SYSTEM)
        self._save()

    def _share_an_office(self) -> None:
        """Let somebody of the county work in the shared Ordnungsamt, and both sign the agreement."""
        with db.namespace(office.GUEST):
            office.add_unit()
        self.add_colleague(office.GUEST, "ordnungsamt", "Ordnungsamt der Demo", office.UNIT)
        office.agree(self.secrets["kommunen"][office.GUEST]["login"])

    def _wanted(self, one: DemoKommune) -> dict[str, Any]:
        return {
            "antrag.absender": [f"{HOST}/32"],
            "konnektor.servicekonto": {"url": self.servicekonto, "secret": self.secrets["servicekonto"]},
            "konnektor.baumregister": {"url": self.baumregister, "token": self.secrets["baumregister"]},
        }

    def _secrets(self) -> dict[str, Any]:
        """The secrets of this demo; made at the first start."""
        try:
            known: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {name: secrets.token_urlsafe(32) for name in ("secret", "servicekonto", "baumregister")} | {"kommunen": {}}
        return known

    @property
    def _file(self) -> Path:
        return self.home / "geheimnisse.json"

    def _save(self) -> None:
        _write_private(self._file, json.dumps(self.secrets, ensure_ascii=False, indent=2))


def _set(key: str, value: Any) -> None:
    """Change a setting if it is another."""
    from engine import change_setting, reads

    if reads.setting(key, None) != value:
        change_setting(key, value, by=SYSTEM)


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, all of it or nothing."""
    beside = path.with_name(path.name + ".neu")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    beside.rename(path)
