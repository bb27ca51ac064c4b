"""The wire to an outside server: one request, one answer, with a limit on size and on the whole time.

Every failure becomes one of the two errors the engine knows. `Refused` is for what the other side will say again;
`Unreachable` for what may be different next time.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from socket import SHUT_RDWR
from typing import Any

import httpx

from engine.base.ports import Refused, Unreachable, Unsure

# The 4xx codes that speak of the moment and not of the request.
PASSING = frozenset({408, 409, 425, 429})
# Those of 5xx that say that nothing was done; after all others nobody knows.
NOT_DONE = frozenset({501, 503, 505})
CONNECTS_WITHIN_S = 5.0
MAX_ANSWER_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """A good answer (2xx) of an outside server. `partner` is its name at the start of a German sentence."""

    partner: str
    status: int
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as cause:
            raise Unsure(f"{self.partner} hat mit etwas Unlesbarem geantwortet.") from cause


class Declined(Refused):
    """The other side has read the request and said no (4xx); `explained` is whether it said why in problem+json."""

    def __init__(self, message: str, status: int, *, explained: bool) -> None:
        super().__init__(message)
        self.status, self.explained = status, explained


class _Deadline:
    """Cuts the line when the whole exchange takes too long.

    The timeouts of httpx count each single read: a server that sends one byte a second would hold a worker for ever.
    """

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._stream: Any = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Called by httpx with each thing that happens on the line; keeps the newest stream to cut."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            with self._lock:
                self._stream = info["return_value"]
                if self.passed:
                    self._shut()

    def _cut(self) -> None:
        with self._lock:
            self.passed = True
            self._shut()

    def _shut(self) -> None:
        if self._stream is None:
            return
        try:
            self._stream.get_extra_info("socket").shutdown(SHUT_RDWR)
        except OSError:
            pass  # already closed by the other side: then there is nothing left to cut


def ask(
    partner: str,
    method: str,
    url: str,
    *,
    timeout_s: float,
    content: bytes = b"",
    headers: Mapping[str, str] | None = None,
    max_bytes: int = MAX_ANSWER_BYTES,
) -> Reply:
    """Send one request and read the answer.

    Raises:
        Refused: the other side refused this request for good; `Declined` if it answered with 4xx.
        Unreachable: no connection, or a fault over there that says that nothing was done.
        Unsure: sent, but no answer in time, a broken or too large one, or a fault that does not say how far it came.
    """
    sent = {"Accept-Encoding": "identity", "User-Agent": "amtsweg", **(headers or {})}
    with _Deadline(timeout_s) as deadline:
        try:
            request = httpx.Request(method, url, content=content, headers=sent)
            status, body = _exchange(deadline, request, timeout_s, max_bytes)
        except httpx.ConnectTimeout as cause:
            raise Unreachable(f"{partner} ist nicht erreichbar.") from cause
        except httpx.TimeoutException as cause:
            raise Unsure(f"{partner} hat nicht innerhalb von {timeout_s:g} Sekunden geantwortet.") from cause
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError) as cause:
            raise Refused(f"{partner} hat keine gültige Adresse oder Zugangsdaten in den Einstellungen.") from cause
        except httpx.ConnectError as cause:
            raise Unreachable(f"{partner} ist nicht erreichbar.") from cause
        except httpx.HTTPError as cause:
            if deadline.passed:
                raise Unsure(f"{partner} hat nicht innerhalb von {timeout_s:g} Sekunden geantwortet.") from cause
            raise Unsure(f"Die Verbindung wurde unterbrochen: {partner} hat nicht zu Ende geantwortet.") from cause
    if len(body) > max_bytes:
        raise Unsure(f"{partner} hat mit mehr als {max_bytes} Bytes geantwortet.")
    return _judge(partner, status, body)


def _exchange(deadline: _Deadline, request: httpx.Request, timeout_s: float, max_bytes: int) -> tuple[int, bytes]:
    """One request on a connection of its own; stops reading as soon as the answer is too large."""
    end = time.monotonic() + timeout_s
    request.extensions = {
        "trace": deadline.trace,
        "timeout": httpx.Timeout(timeout_s, connect=min(timeout_s, CONNECTS_WITHIN_S)).as_dict(),
    }
    # trust_env=False: neither proxies nor certificates may come from variables nobody set for us.
    with httpx.Client(trust_env=False, follow_redirects=False) as client:
        response = client.send(request, stream=True)
        try:
            parts = bytearray()
            for part in response.iter_raw():
                parts += part
                if len(parts) > max_bytes:
                    break
                if time.monotonic() > end:
                    raise httpx.ReadTimeout("the whole answer took too long", request=request)
            return response.status_code, bytes(parts)
        finally:
            response.close()


def _judge(partner: str, status: int, body: bytes) -> Reply:
    """Tell good answers from those that mean later and those that mean never."""
    if 200 <= status < 300:
        return Reply(partner, status, body)
    if status >= 500 or status in PASSING:
        kind = Unreachable if status in PASSING | NOT_DONE else Unsure
        raise kind(f"{partner} kann gerade nicht antworten (HTTP {status}){_detail(body)}.")
    if 300 <= status < 400:
        raise Refused(f"{partner} ist unter einer anderen Adresse zu erreichen (HTTP {status}).")
    detail = _detail(body)
    raise Declined(f"{partner} hat abgelehnt (HTTP {status}){detail}.", status, explained=bool(detail))


def _detail(body: bytes) -> str:
    """The sentence of a problem+json answer, shortened and on one line; nothing when there is none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    detail = said.get("detail") or said.get("title") if isinstance(said, dict) else None
    if not isinstance(detail, str):
        return ""
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in detail).split())
    return f": {plain[:300].rstrip('.')}"
