"""Each twin is one command: it says when it is ready, serves, and ends on SIGTERM."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from web.twins.signature import sign

ROOT = Path(__file__).parents[2]
SECRET = "ein-geheimnis-zum-testen"
Platform = Any


@contextmanager
def started(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A twin as a process of its own, and its address."""
    # PORT and FLASK_* must not matter: settings come by flags.
    env = {**os.environ, "PORT": "1", "FLASK_RUN_PORT": "1", "FLASK_DEBUG": "1", "SECRET": "x"}
    process = subprocess.Popen([sys.executable, "-m", *arguments], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=env)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert " ready on http://127.0.0.1:" in line
        yield process, line.rsplit(" ", 1)[1].strip()
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def servicekonto(tmp_path: Path, callback: str, *more: str) -> list[str]:
    return ["web.twins.servicekonto", "--port", "0", "--data", str(tmp_path), "--secret", SECRET, "--callback", callback, *more]


def baumregister(tmp_path: Path, *more: str) -> list[str]:
    return ["web.twins.baumregister", "--port", "0", "--data", str(tmp_path), "--token", "ein-token-zum-testen", *more]


@pytest.mark.integration
def test_both_end_well_on_sigterm(tmp_path: Path, http: httpx.Client) -> None:
    for command in (servicekonto(tmp_path, "http://127.0.0.1:9"), baumregister(tmp_path)):
        with started(*command) as (process, url):
            assert http.get(url).status_code == 200
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0


@pytest.mark.integration
def test_what_the_citizen_did_survives_a_kill_and_reaches_the_platform(
    tmp_path: Path, http: httpx.Client, platform: Platform
) -> None:
    with started(*servicekonto(tmp_path, "http://127.0.0.1:9")) as (_, url):
        number = post(http, url)
        http.get(f"{url}/nachricht/{number}").raise_for_status()
    with started(*servicekonto(tmp_path, platform.url)) as (_, url):
        deadline = time.monotonic() + 60
        while not platform.got and time.monotonic() < deadline:
            time.sleep(0.05)
    assert [(path, note["messageId"]) for (path, _, _), note in zip(platform.got, platform.notes(), strict=True)] == [
        ("husum/webhook/servicekonto", number)
    ]


@pytest.mark.integration
def test_the_flag_for_misbehaviour_and_the_limit_are_heeded(tmp_path: Path, http: httpx.Client) -> None:
    command = servicekonto(tmp_path, "http://127.0.0.1:9", "--stoerung", "fehler=1", "--max-attachment-bytes", "5")
    with started(*command) as (_, url):
        assert http.get(f"{url}/api/faehigkeiten").status_code == 503
        assert http.get(url).status_code == 200
    with started(*baumregister(tmp_path, "--stoerung", "viel=1")) as (_, url):
        assert http.post(f"{url}/eintraege").status_code == 429


@pytest.mark.integration
def test_a_wrong_flag_is_wrong_usage(tmp_path: Path) -> None:
    for command in (servicekonto(tmp_path, "x", "--stoerung", "quatsch=1"), baumregister(tmp_path, "--stoerung", "quatsch=1")):
        ended = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
        assert ended.returncode == 2
        assert "quatsch" in ended.stderr


def post(http: httpx.Client, url: str) -> str:
    """Send a message the plain way: a form field instead of a file part."""
    note = (
        '{"kommune": "husum", "address": {"account": "OSI", "identifier": "b-1", "type": "citizen"}, "sender": "Stadt Husum",'
        ' "subject": "Ihr Antrag", "body": "Da.", "reference": "HUS-7", "reply": "FORBIDDEN"}'
    )
    built = httpx.Request("POST", url, files={"nachricht": (None, note)})
    body, timestamp = built.read(), str(int(time.time()))
    headers = {
        "Content-Type": built.headers["Content-Type"],
        "X-Timestamp": timestamp,
        "X-Signature": sign(SECRET, timestamp, body),
        "Idempotency-Key": "k-1",
    }
    answer = http.post(f"{url}/api/nachrichten", content=body, headers=headers)
    number: str = answer.raise_for_status().json()["messageId"]
    return number
