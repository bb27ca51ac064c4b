"""What the citizen did reaches the authority: signed, until it says 2xx, with an id that stays."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from web.twins import servicekonto
from web.twins.servicekonto.mailboxes import Mailboxes
from web.twins.servicekonto.postman import Postman
from web.twins.signature import genuine

Konto = Any
Platform = Any
SECRET = "ein-geheimnis-zum-testen"


def reply(konto: Konto, number: str, text: str = "Meine Antwort", token: str | None = None, files: Any = ()) -> None:
    form = {"kennung": token or str(uuid.uuid4()), "text": text}
    said = konto.http.post(f"{konto.url}/nachricht/{number}/antwort", data=form, files=list(files))
    assert said.status_code == 303, said.text


def test_reading_is_told_once(konto: Konto, platform: Platform, postman: Postman) -> None:
    number = konto.send()
    for _ in range(3):
        konto.http.get(f"{konto.url}/nachricht/{number}").raise_for_status()
        postman.walk(konto.clock)
    (note,) = platform.notes()
    assert (note["type"], note["messageId"], note["reference"]) == ("abruf", number, "HUS-2026-000007")
    assert (note["body"], note["attachments"]) == ("", [])
    assert konto.get(f"/api/nachrichten/{number}").json()["retrievedAt"] == note["at"]


def test_an_answer_is_told_with_its_files_to_the_municipality_that_asked(
    konto: Konto, platform: Platform, postman: Postman
) -> None:
    number = konto.send(kommune="nordfriesland")
    reply(konto, number, "Hier das Foto", files=[("datei", ("foto ä.png", b"\x89PNG", "image/png"))])
    assert postman.walk(konto.clock) == 2
    assert {path for path, _, _ in platform.got} == {"nordfriesland/webhook/servicekonto"}
    read, answered = platform.notes()
    assert (read["type"], answered["type"]) == ("abruf", "antwort")
    assert (answered["messageId"], answered["body"]) == (number, "Hier das Foto")
    (file,) = answered["attachments"]
    assert (file["name"], file["mediaType"]) == ("foto ä.png", "image/png")
    assert base64.b64decode(file["contentBase64"]) == b"\x89PNG"
    assert len({read["id"], answered["id"]}) == 2


def test_every_delivery_is_signed_over_body_and_time(konto: Konto, platform: Platform, postman: Postman) -> None:
    reply(konto, konto.send())
    postman.walk(konto.clock)
    for _, headers, body in platform.got:
        given = headers["X-Timestamp"], headers["X-Signature"]
        assert genuine(SECRET, *given, body, konto.clock().timestamp())
        assert not genuine(SECRET, *given, body + b" ", konto.clock().timestamp())
        assert not genuine(SECRET, *given, body, konto.clock().timestamp() + 301)
        assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("status", [500, 503, 404, 401, 302])
def test_a_delivery_is_repeated_with_the_same_id_until_it_is_taken(
    konto: Konto, platform: Platform, postman: Postman, status: int
) -> None:
    konto.http.get(f"{konto.url}/nachricht/{konto.send()}").raise_for_status()
    platform.answers = [status, status]
    assert [postman.walk(konto.clock), postman.walk(konto.clock)] == [0, 0]
    assert len(platform.got) == 1
    delivered = 0
    for _ in range(10):
        konto.clock.at += timedelta(seconds=2)
        delivered += postman.walk(konto.clock)
    assert delivered == 1
    assert len(platform.got) == 3
    assert len({body for _, _, body in platform.got}) == 1
    assert len({headers["X-Timestamp"] for _, headers, _ in platform.got}) == 3


def test_the_pause_grows_to_a_minute_and_no_longer(konto: Konto, platform: Platform, postman: Postman) -> None:
    konto.http.get(f"{konto.url}/nachricht/{konto.send()}").raise_for_status()
    platform.answers = [503] * 60
    started = konto.clock()
    while len(platform.got) < 20:
        konto.clock.at += timedelta(seconds=1)
        postman.walk(konto.clock)
    assert 10 * 60 < (konto.clock() - started).total_seconds() < 20 * 61


def test_nobody_there_loses_nothing(konto: Konto, platform: Platform) -> None:
    konto.http.get(f"{konto.url}/nachricht/{konto.send()}").raise_for_status()
    store = Mailboxes(konto.folder)
    away = Postman(store, SECRET, "http://127.0.0.1:9")
    assert away.walk(konto.clock) == 0
    away.stop()
    back = Postman(store, SECRET, platform.url)
    konto.clock.at += timedelta(seconds=5)
    assert back.walk(konto.clock) == 1
    back.stop()
    assert len(platform.notes()) == 1


def test_the_thread_walks_by_itself_and_ends(
    platform: Platform, tmp_path: Path, serve: Callable[[Any], str], konto: Konto
) -> None:
    postman = Postman(Mailboxes(konto.folder), SECRET, platform.url)
    postman.start()
    try:
        konto.http.get(f"{konto.url}/nachricht/{konto.send()}").raise_for_status()
        deadline = time.monotonic() + 60
        while not platform.got and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(platform.got) == 1
    finally:
        postman.stop()
    assert not postman._thread.is_alive()


def test_two_accounts_on_two_folders_share_nothing(
    tmp_path: Path, konto: Konto, serve: Callable[[Any], str], http: httpx.Client
) -> None:
    konto.send()
    other = serve(servicekonto.create_app(tmp_path / "anderes", SECRET))
    assert "Noch ist keine Nachricht angekommen" in http.get(other).text
