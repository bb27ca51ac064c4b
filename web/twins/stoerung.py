"""A server that misbehaves on purpose, by a seed: for fault tests and for showing what Amtsweg does then.

Given as text, `saat=7,fehler=0.1,verloren=0.05,dauer=2`: each kind with its probability per request.

    fehler    503, nothing done            viel      429, nothing done
    langsam   waits `dauer` seconds, then does the work
    abbruch   cuts the line, nothing done  verloren  does the work, then cuts the line
    halb      does the work, sends half    falsch    does the work, answers with HTML
    endlos    does the work, then an answer without end
"""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

KINDS = ("fehler", "viel", "langsam", "abbruch", "verloren", "halb", "falsch", "endlos")
CHUNK = b" " * 65536
Done = tuple[bytes, str, list[tuple[str, str]]]  # body, status, headers


def parse(text: str) -> dict[str, float]:
    """Read the text form.

    Raises:
        ValueError: a name is unknown, a number is none, or the probabilities sum to more than 1.
    """
    settings: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = part.partition("=")
        if name not in (*KINDS, "saat", "dauer"):
            raise ValueError(f"unknown kind of misbehaviour: {name}")
        settings[name] = float(value)
    chances = [settings[kind] for kind in KINDS if kind in settings]
    if not all(0 <= chance <= 1 for chance in chances) or sum(chances) > 1:
        raise ValueError("probabilities must be between 0 and 1 and sum to at most 1")
    return settings


class Stoerung:
    """A WSGI app around another that fails by chance, on paths with a prefix only (pages for people stay well)."""

    def __init__(self, app: WSGIApplication, settings: Mapping[str, float], prefix: str) -> None:
        self._app, self._prefix = app, prefix
        self._chances = {kind: settings[kind] for kind in KINDS if kind in settings}
        self._seconds = settings.get("dauer", 2.0)
        self._random = random.Random(int(settings.get("saat", 0)))  # noqa: S311 - chance that can be repeated is the point
        self._lock = threading.Lock()
        self.counts = dict.fromkeys((*KINDS, "gut"), 0)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        kind = self._draw() if environ.get("PATH_INFO", "").startswith(self._prefix) else "gut"
        match kind:
            case "fehler":
                return _plain(start_response, "503 Service Unavailable")
            case "viel":
                return _plain(start_response, "429 Too Many Requests")
            case "langsam":
                time.sleep(self._seconds)
                return self._app(environ, start_response)
            case "abbruch":
                _cut(environ)
            case "gut":
                return self._app(environ, start_response)
        done = _done(self._app, environ)
        if kind == "verloren":
            _cut(environ)
        return _spoilt(kind, start_response, done)

    def _draw(self) -> str:
        with self._lock:
            point, kind = self._random.random(), "gut"
            for name, chance in self._chances.items():
                if point < chance:
                    kind = name
                    break
                point -= chance
            self.counts[kind] += 1
            return kind


def _plain(start_response: StartResponse, status: str) -> list[bytes]:
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "0"), ("Retry-After", "1")])
    return []


def _done(app: WSGIApplication, environ: WSGIEnvironment) -> Done:
    """Let the app do its work and keep its answer from the line."""
    kept: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        kept["status"], kept["headers"] = status, headers
        return lambda part: None

    answer = app(environ, start)
    try:
        body = b"".join(answer)
    finally:
        if close := getattr(answer, "close", None):
            close()
    return body, kept["status"], kept["headers"]


def _spoilt(kind: str, start_response: StartResponse, done: Done) -> Iterable[bytes]:
    """The answer of work that was done, made useless."""
    body, status, headers = done
    if kind == "falsch":
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        return [b"<!doctype html><title>Wartung</title>"]
    if kind == "endlos":
        start_response(status, [("Content-Type", "application/json")])
        return _endless()
    start_response(status, headers)
    return [body[: len(body) // 2]]


def _endless() -> Iterator[bytes]:
    while True:
        yield CHUNK


def _cut(environ: WSGIEnvironment) -> None:
    """Cut the line without a word. Werkzeug's server takes this exception as the client having gone."""
    line = environ.get("werkzeug.socket")
    if isinstance(line, socket.socket):
        # Shut down by hand: the server would keep the line open for a next request. Linger 0 makes closing it a reset.
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError("cut on purpose")
