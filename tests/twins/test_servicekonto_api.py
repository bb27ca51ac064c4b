"""The REST door of the reference Servicekonto."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from web.twins.servicekonto.postman import Postman

PDF = ("Bescheid.pdf", "application/pdf", b"%PDF-1.7 Inhalt")
Konto = Any
Platform = Any


def test_a_message_is_provided_and_notified_then_retrieved(konto: Konto, postman: Postman) -> None:
    answer = konto.post(files=[PDF])
    assert answer.status_code == 201
    told = answer.json()
    assert told["state"] == "notified"
    assert told["notifiedAt"] == told["providedAt"]
    assert told["retrievedAt"] is None
    path = f"/api/nachrichten/{told['messageId']}"
    konto.clock.at += timedelta(seconds=5)
    postman.walk(konto.clock)
    assert konto.get(path).json() == told
    konto.http.get(f"{konto.url}/nachricht/{told['messageId']}").raise_for_status()
    retrieved = konto.get(path).json()
    assert retrieved["state"] == "retrieved"
    assert told["notifiedAt"] < retrieved["retrievedAt"]


def test_the_same_key_gives_the_first_answer_byte_for_byte_even_later(konto: Konto, postman: Postman) -> None:
    first = konto.post(files=[PDF], key="k-1")
    konto.http.get(f"{konto.url}/nachricht/{first.json()['messageId']}").raise_for_status()
    konto.clock.at += timedelta(hours=1)
    again = konto.post(files=[PDF], key="k-1")
    assert (again.status_code, again.content) == (first.status_code, first.content)


@pytest.mark.parametrize("change", [{"subject": "Anderes"}, {"files": [("a.pdf", "application/pdf", b"anders")]}])
def test_the_same_key_with_other_content_is_a_conflict(konto: Konto, change: dict[str, Any]) -> None:
    konto.post(files=[PDF], key="k-1")
    assert konto.post(**{"files": [PDF], "key": "k-1", **change}).status_code == 409


def test_a_refused_message_does_not_use_up_its_key(konto: Konto) -> None:
    assert konto.post(key="k-1", subject="").status_code == 422
    assert konto.post(key="k-1").status_code == 201


def test_fifty_at_once_with_one_key_are_one_message(konto: Konto) -> None:
    answers: list[bytes] = []
    threads = [threading.Thread(target=lambda: answers.append(konto.post(key="k-1").content)) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 50
    assert len(set(answers)) == 1
    assert konto.http.get(konto.url).text.count("1 Nachricht,") == 1


@pytest.mark.parametrize("key", ["", "k" * 201])
def test_a_message_needs_a_key_of_sensible_length(konto: Konto, key: str) -> None:
    body = b"x"
    headers = {**konto.headers(body), "Idempotency-Key": key}
    assert konto.http.post(f"{konto.url}/api/nachrichten", content=body, headers=headers).status_code == 400
    if key:
        assert "Idempotency-Key" in konto.post(key=key).json()["detail"]


@pytest.mark.parametrize(
    "forge",
    [
        lambda konto: {},
        lambda konto: konto.headers(b"", secret="falsch"),
        lambda konto: konto.headers(b"anderes"),
        lambda konto: konto.headers(b"", at=konto.clock() - timedelta(seconds=301)),
        lambda konto: konto.headers(b"", at=konto.clock() + timedelta(seconds=301)),
        lambda konto: {**konto.headers(b""), "X-Timestamp": "jetzt"},
        lambda konto: {**konto.headers(b""), "X-Timestamp": "9" * 30},
        lambda konto: {**konto.headers(b""), "X-Signature": "sha256=ä".encode()},
    ],
    ids=["none", "wrong secret", "other body", "too old", "too new", "no number", "too long", "not ascii"],
)
def test_a_request_that_is_not_signed_well_is_refused(konto: Konto, forge: Callable[[Konto], Any]) -> None:
    answer = konto.http.get(f"{konto.url}/api/faehigkeiten", headers=forge(konto))
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "Unterschrift" in answer.json()["detail"]


def test_a_signature_holds_for_five_minutes(konto: Konto) -> None:
    old = konto.headers(b"", at=konto.clock() - timedelta(seconds=299))
    assert konto.http.get(f"{konto.url}/api/faehigkeiten", headers=old).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"kommune": "../husum"},
        {"kommune": "Husum"},
        {"sender": ""},
        {"subject": "x" * 1025},
        {"body": ""},
        {"reply": "MAYBE"},
        {"replyUntil": "31.12.2026"},
        {"trustLevel": 5},
        {"trustLevel": "3"},
        {"address": {"account": "OSI"}},
        {"address": "b-1"},
        {"attachments": [{"name": "a.pdf"}]},
        {"mehr": 1},
    ],
    ids=lambda change: str(change)[:30],
)
def test_a_message_that_does_not_fit_is_refused(konto: Konto, change: dict[str, Any]) -> None:
    answer = konto.post(**change)
    assert answer.status_code == 422
    assert next(iter(change)) in answer.json()["detail"]


@pytest.mark.parametrize("note", [b"", b"kein json", b"[" * 100_000, b"\xff\xfe"])
def test_a_message_that_is_no_json_is_refused(konto: Konto, note: bytes) -> None:
    assert konto.post(note).status_code == 400


@pytest.mark.parametrize("note", [b"[]", b"7", b"null"])
def test_a_message_that_is_no_object_is_refused(konto: Konto, note: bytes) -> None:
    assert konto.post(note).status_code == 422


def test_a_mailbox_that_does_not_exist_is_refused(konto: Konto) -> None:
    answer = konto.post(address={"account": "OSI", "identifier": "unbekannt-7", "type": "citizen"})
    assert (answer.status_code, answer.json()["detail"]) == (404, "Dieses Postfach ist unbekannt.")


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ([("a.exe", "application/x-msdownload", b"MZ")], 415),
        ([("a.pdf", "application/pdf", b"x" * (10 * 1024 * 1024 + 1))], 413),
        ([(f"{n}.pdf", "application/pdf", bytes([n]) * (9 * 1024 * 1024)) for n in range(3)], 413),
        ([(f"{n}.pdf", "application/pdf", bytes([n]) * (10 * 1024 * 1024)) for n in range(3)], 413),
    ],
    ids=["kind", "one too large", "together too large", "request too large"],
)
def test_attachments_beyond_the_limits_are_refused(konto: Konto, files: Any, status: int) -> None:
    try:
        assert konto.post(files=files).status_code == status
    except httpx.WriteError:  # the server may refuse by the length alone and not read on
        assert len(files) == 3


def test_attachments_must_be_those_the_message_names(konto: Konto) -> None:
    assert konto.post(attachments=[], files=[PDF]).status_code == 422
    wrong = [{"name": "a.pdf", "mediaType": "application/pdf", "sha256": "0" * 64}]
    assert "Prüfsumme" in konto.post(attachments=wrong, files=[PDF]).json()["detail"]


def test_the_server_tells_what_it_can_do(konto: Konto) -> None:
    assert konto.get("/api/faehigkeiten").json() == {
        "reply": "thread",
        "attachmentTypes": ["application/pdf", "image/jpeg", "image/png", "text/plain", "application/xml"],
        "maxAttachmentBytes": 10485760,
        "maxTotalBytes": 26214400,
        "statusMessages": False,
    }


def test_what_is_not_there_is_a_problem_with_a_sentence(konto: Konto) -> None:
    answer = konto.get("/api/nachrichten/gibt-es-nicht")
    assert (answer.status_code, answer.json()["detail"]) == (404, "Diese Nachricht gibt es nicht.")
    wrong = konto.http.put(f"{konto.url}/api/faehigkeiten")
    assert wrong.status_code == 405
    assert "GET" in wrong.headers["Allow"]
