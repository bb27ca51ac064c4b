"""The log of requests: what was sent, and whether it was answered. A file per sender, only appended to, synced at each line."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

SENT, OK, REFUSED, UNKNOWN = "sent", "ok", "refused", "unknown"
ANSWERS_WITHIN_S = 25


class Sender:
    """Sends requests and writes each down before it goes and after it was answered."""

    def __init__(self, folder: Path, name: str, url: str) -> None:
        self.name = name
        self._count = 0
        self._line = os.open(folder / f"{name}.requests", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._client = httpx.Client(base_url=url, trust_env=False, timeout=ANSWERS_WITHIN_S)

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        os.close(self._line)

    def send(self, kind: str, method: str, path: str, token: str = "", **more: Any) -> tuple[str, Any]:
        """One request; gives ok, refused or unknown, and the answer's body. `about` says in the log what it is about."""
        self._count += 1
        n, about = f"{self.name}-{self._count}", more.pop("about", {})
        headers = {**more.pop("headers", {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        self._write({"n": n, "kind": kind, "phase": SENT, "path": path, **about})
        try:
            answer = self._client.request(method, path, headers=headers, **more)
        except httpx.HTTPError as error:
            self._write({"n": n, "kind": kind, "phase": UNKNOWN, "why": type(error).__name__, **about})
            return UNKNOWN, None
        # 5xx: a server that could not end its answer may have done the work.
        status = answer.status_code
        phase = OK if answer.is_success else UNKNOWN if status >= 500 else REFUSED
        body = _body(answer)
        told = {"vorgang": body["vorgang"]["vorgangId"]} if kind == "start" and phase == OK else {}
        why = {} if phase == OK else {"why": str(body)[:300]}
        self._write({"n": n, "kind": kind, "phase": phase, "status": status, **about, **told, **why})
        return phase, body

    def _write(self, line: dict[str, Any]) -> None:
        os.write(self._line, json.dumps({"t": time.time(), **line}).encode() + b"\n")
        os.fsync(self._line)


def _body(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return answer.text[:200]


def read(folder: Path) -> Iterator[dict[str, Any]]:
    """Every line of every log."""
    for path in sorted(folder.glob("*.requests")):
        for line in path.read_bytes().splitlines():
            yield json.loads(line)
