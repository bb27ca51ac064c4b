"""What an installation is told from outside. The only place where environment variables are read.

    AMTSWEG_HOME                folder of all data (./var)
    AMTSWEG_DATABASE            sqlite, or the URL of a PostgreSQL server; `kommune add` and the like need a login there
                                that may make databases and roles
    REDIS_URL                   absent: the embedded Redis
    AMTSWEG_HOST, AMTSWEG_PORT  where the web server listens (127.0.0.1, 8000)
    AMTSWEG_SECRET              wraps the keys of the municipalities and signs sessions; no default outside the demo
    AMTSWEG_SECRET_NEW          only for `kommune rewrap`: the secret that takes its place
    AMTSWEG_URL                 where people reach the pages, for links in mails (http://<host>:<port>)
    AMTSWEG_SMTP_HOST           mail server for one-time links; absent: no mail is sent
    AMTSWEG_SMTP_PORT           (587)
    AMTSWEG_SMTP_TLS            starttls, tls from the first byte, or none (starttls)
    AMTSWEG_SMTP_USER, AMTSWEG_SMTP_PASSWORD   its login, if it wants one
    AMTSWEG_SMTP_FROM           the sender's address
    AMTSWEG_TRUSTED_PROXIES     networks whose X-Forwarded-For and X-Forwarded-Proto are believed (none)
    AMTSWEG_SENDERS             networks that may send to the central door what belongs to no municipality (none)
    AMTSWEG_OPERATORS           networks from which the operator's pages can be reached (this machine)
    AMTSWEG_PLAIN_HTTP          1: pages are reached without TLS, so cookies cannot be `Secure` (demo, a laptop)
    AMTSWEG_MAX_ATTACHMENT_MB   largest single file (25)
    AMTSWEG_MAX_REQUEST_MB      largest request (100)
    AMTSWEG_MAX_CONNECTIONS     database connections one process may have open (40)
    AMTSWEG_CALLS_PER_CONNECTOR calls of one connector at once in one municipality, over all workers (see `bounded_for`)
    AMTSWEG_CALLS_PER_KOMMUNE   calls at once in one municipality (see `bounded_for`)
    AMTSWEG_KOMMUNE             the one municipality these processes serve (all)
    AMTSWEG_CRASH_AT            tests only: kill this process at a named point

What is wrong among them is refused at the start, each with its name.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.base.db import Installation
from engine.base.errors import Cause, Invalid
from engine.model.zentrale import SLUG

MB = 1024 * 1024
_WORD, _LABEL = r"[A-Za-z0-9_+-]+", r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = re.compile(rf"(?=[A-Za-z0-9][^@]{{0,63}}@[^@]{{1,255}}\Z){_WORD}(?:\.{_WORD})*@{_LABEL}(?:\.{_LABEL})*")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
THIS_MACHINE: tuple[Network, ...] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


@dataclass(frozen=True, slots=True)
class Settings:
    """What this process was told, read once and handed on."""

    home: Path = Path("var")
    database: str = "sqlite"
    redis_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    secret: str = field(default="", repr=False)
    trusted_proxies: tuple[Network, ...] = ()
    senders: tuple[Network, ...] = ()
    operators: tuple[Network, ...] = THIS_MACHINE
    plain_http: bool = False
    max_attachment_mb: int = 25
    max_request_mb: int = 100
    max_connections: int = 40
    calls_per_connector: int = 0
    calls_per_kommune: int = 0
    kommune: str = ""
    crash_at: str = ""
    secret_new: str = field(default="", repr=False)
    url: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_tls: str = "starttls"
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_from: str = ""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ, **overrides: Any) -> Settings:
        """The settings of the environment; `overrides` are fields said elsewhere, such as on the command line.

        Raises:
            Invalid: with a cause for every variable that is wrong.
        """
        values: dict[str, Any] = {}
        causes: list[Cause] = []
        for variable, (name, read) in VARIABLES.items():
            text = environ.get(variable, "").strip()
            if not text or name in overrides:
                continue
            try:
                values[name] = read(text)
            except ValueError as error:
                causes.append(
                    Cause(f"{variable}={text[:80]}: {error}", "Wert berichtigen oder die Variable weglassen.", f"/{variable}")
                )
        if causes:
            raise Invalid("Die Umgebung von Amtsweg ist falsch eingestellt.", causes)
        return cls(**{**values, **overrides})

    def environ(self) -> dict[str, str]:
        """The variables that give another process of this installation the same settings."""
        found = {}
        for variable, (name, _) in VARIABLES.items():
            value = getattr(self, name)
            if value in (None, "", False, ()):
                continue
            if name == "home":
                value = value.absolute()
            found[variable] = " ".join(map(str, value)) if isinstance(value, tuple) else str(1 if value is True else value)
        return found

    def installation(self) -> Installation:
        """Where the engine finds its data."""
        return Installation(
            self.home,
            self.database,
            self.secret,
            max_connections=self.max_connections,
            calls_per_connector=self.calls_per_connector,
            calls_per_kommune=self.calls_per_kommune,
            only=self.kommune,
        )

    def bounded_for(self, workers: int) -> Settings:
        """These settings with bounds for so many workers, where none are set.

        Half of them at most for one connector of a municipality, and from three on not all for one municipality: what is slow
        over there must leave somebody for the others, if these serve others. A single worker does one thing at a time as it is.
        """
        if workers < 2:
            return self
        of_connector, in_all = workers // 2, workers - 1 if workers > 2 and not self.kommune else 0
        return replace(
            self,
            calls_per_connector=self.calls_per_connector or of_connector,
            calls_per_kommune=self.calls_per_kommune or in_all,
        )

    def public_url(self) -> str:
        """Where people reach the pages of this installation, without a slash at the end."""
        return self.url or f"http://{self.host}:{self.port}"

    def required_secret(self) -> str:
        """The secret of the installation.

        Raises:
            Invalid: there is none.
        """
        if not self.secret:
            hint = "Zum Beispiel mit `openssl rand -base64 48` erzeugen, sicher aufbewahren und als AMTSWEG_SECRET setzen."
            raise Invalid(
                "AMTSWEG_SECRET fehlt. Ohne dieses Geheimnis gibt es keine Anmeldung.", [Cause("Nicht gesetzt.", hint)]
            )
        return self.secret


def _number(lowest: int, highest: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and lowest <= int(text) <= highest):
            raise ValueError(f"erwartet wird eine ganze Zahl von {lowest} bis {highest}")
        return int(text)

    return read


def _slug(text: str) -> str:
    if SLUG.fullmatch(text) is None:
        raise ValueError("erwartet wird der Kurzname einer Kommune")
    return text


def _yes(text: str) -> bool:
    if text.casefold() not in {"0", "1", "true", "false"}:
        raise ValueError("erwartet wird 1 oder 0")
    return text.casefold() in {"1", "true"}


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part) for part in text.replace(",", " ").split())
    except ValueError:
        raise ValueError("erwartet werden Netze wie 10.0.0.0/8, durch Leerzeichen getrennt") from None


def _address(text: str) -> str:
    if re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", text) is None:
        raise ValueError("erwartet wird eine Adresse wie https://amtsweg.husum.example")
    return text.rstrip("/")


def _tls(text: str) -> str:
    if text not in {"starttls", "tls", "none"}:
        raise ValueError("erwartet wird starttls, tls oder none")
    return text


def _email(text: str) -> str:
    if EMAIL.fullmatch(text) is None:
        raise ValueError("erwartet wird eine E-Mail-Adresse")
    return text


VARIABLES: dict[str, tuple[str, Callable[[str], Any]]] = {
    "AMTSWEG_HOME": ("home", Path),
    "AMTSWEG_DATABASE": ("database", str),
    "REDIS_URL": ("redis_url", str),
    "AMTSWEG_HOST": ("host", str),
    "AMTSWEG_PORT": ("port", _number(1, 65535)),
    "AMTSWEG_SECRET": ("secret", str),
    "AMTSWEG_TRUSTED_PROXIES": ("trusted_proxies", _networks),
    "AMTSWEG_SENDERS": ("senders", _networks),
    "AMTSWEG_OPERATORS": ("operators", _networks),
    "AMTSWEG_PLAIN_HTTP": ("plain_http", _yes),
    "AMTSWEG_MAX_ATTACHMENT_MB": ("max_attachment_mb", _number(1, 1000)),
    "AMTSWEG_MAX_REQUEST_MB": ("max_request_mb", _number(1, 4000)),
    "AMTSWEG_MAX_CONNECTIONS": ("max_connections", _number(2, 1000)),
    "AMTSWEG_CALLS_PER_CONNECTOR": ("calls_per_connector", _number(1, 1000)),
    "AMTSWEG_CALLS_PER_KOMMUNE": ("calls_per_kommune", _number(1, 1000)),
    "AMTSWEG_KOMMUNE": ("kommune", _slug),
    "AMTSWEG_CRASH_AT": ("crash_at", str),
    "AMTSWEG_SECRET_NEW": ("secret_new", str),
    "AMTSWEG_URL": ("url", _address),
    "AMTSWEG_SMTP_HOST": ("smtp_host", str),
    "AMTSWEG_SMTP_PORT": ("smtp_port", _number(1, 65535)),
    "AMTSWEG_SMTP_TLS": ("smtp_tls", _tls),
    "AMTSWEG_SMTP_USER": ("smtp_user", str),
    "AMTSWEG_SMTP_PASSWORD": ("smtp_password", str),
    "AMTSWEG_SMTP_FROM": ("smtp_from", _email),
}
