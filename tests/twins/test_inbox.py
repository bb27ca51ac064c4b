"""The pages of the reference Servicekonto: reading is recorded, answers are kept once, foreign sites get nowhere."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from web.twins.servicekonto.inbox import moment, size

Konto = Any
PDF = ("Bescheid „ä“.pdf", "application/pdf", b"%PDF-1.7 Inhalt")


def page(konto: Konto, path: str = "/") -> str:
    answer = konto.http.get(konto.url + path).raise_for_status()
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    text: str = answer.text
    return text


def answer(konto: Konto, number: str, text: str = "Meine Antwort", **more: Any) -> httpx.Response:
    form = {"kennung": more.pop("token", str(uuid.uuid4())), "text": text}
    said: httpx.Response = konto.http.post(f"{konto.url}/nachricht/{number}/antwort", data=form, **more)
    return said


def test_an_empty_account_says_so(konto: Konto) -> None:
    assert "Noch ist keine Nachricht angekommen" in page(konto)


def test_a_mailbox_shows_its_messages_newest_first(konto: Konto) -> None:
    konto.send(subject="Erste", files=[PDF])
    konto.clock.at += timedelta(minutes=1)
    konto.send(subject="Zweite", reply="MANDATORY")
    konto.send(subject="Fremde", address={"account": "BUND_ID", "identifier": "b-2", "type": "citizen"})
    assert "2 Nachrichten" in page(konto)
    (box,) = [path for path in re.findall(r'href="(/postfach/\d+)"', page(konto)) if "Erste" in page(konto, path)]
    shown = page(konto, box)
    assert shown.index("Zweite") < shown.index("Erste")
    assert "Fremde" not in shown
    assert "1 Anlage" in shown
    assert "Antwort erbeten" in shown
    assert shown.count("ungelesen") == 2


def test_reading_is_recorded_the_first_time_only(konto: Konto) -> None:
    number = konto.send()
    konto.clock.at = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert "2. Juli 2026, 00:30 Uhr" in page(konto, f"/nachricht/{number}")
    konto.clock.at += timedelta(days=3)
    assert "2. Juli 2026, 00:30 Uhr" in page(konto, f"/nachricht/{number}")
    assert "ungelesen" not in page(konto)


def test_looking_at_the_list_is_not_reading(konto: Konto) -> None:
    konto.send()
    page(konto)
    page(konto, "/postfach/1")
    assert "1 ungelesen" in page(konto)


def test_an_attachment_is_fetched_as_it_was_sent_and_counts_as_reading(konto: Konto) -> None:
    konto.send(files=[PDF])
    listed = page(konto, "/postfach/1")
    number = re.findall(r"/nachricht/([0-9a-f-]{36})", listed)[0]
    fetched = konto.http.get(f"{konto.url}/nachricht/{number}/anlage/1").raise_for_status()
    assert (fetched.content, fetched.headers["Content-Type"]) == (PDF[2], "application/pdf")
    assert fetched.headers["Content-Disposition"].startswith("attachment;")
    assert fetched.headers["X-Content-Type-Options"] == "nosniff"
    assert "ungelesen" not in page(konto)


def test_an_attachment_of_another_message_cannot_be_fetched_through_this_one(konto: Konto) -> None:
    konto.send(files=[PDF])
    other = konto.send()
    assert konto.http.get(f"{konto.url}/nachricht/{other}/anlage/1").status_code == 404


def test_an_answer_is_kept_and_shown_with_its_files(konto: Konto) -> None:
    number = konto.send()
    files = [("datei", ("..\\..\\foto.JPG", b"\xff\xd8", "text/html")), ("datei", ("plan.pdf", b"%PDF-", "application/pdf"))]
    said = answer(konto, number, "Guten Tag,\nhier die Bilder.", files=files)
    assert said.status_code == 303
    assert said.headers["Location"] == f"/nachricht/{number}#antworten"
    shown = page(konto, f"/nachricht/{number}")
    assert "Guten Tag,\nhier die Bilder." in shown
    assert "foto.JPG" in shown
    assert "plan.pdf" in shown
    assert ".." not in shown
    assert "beantwortet" in page(konto, "/postfach/1")


def test_the_same_form_sent_twice_is_one_answer(konto: Konto) -> None:
    number, token = konto.send(), str(uuid.uuid4())
    for _ in range(2):
        assert answer(konto, number, token=token).status_code == 303
    assert page(konto, f"/nachricht/{number}").count("Meine Antwort") == 1
    answer(konto, number, "Noch etwas")
    assert page(konto, f"/nachricht/{number}").count("Gesendet ") == 2


def test_where_no_answer_is_allowed_there_is_no_form_and_none_is_taken(konto: Konto) -> None:
    number = konto.send(reply="FORBIDDEN")
    assert "<form" not in page(konto, f"/nachricht/{number}")
    said = answer(konto, number)
    assert said.status_code == 422
    assert "nicht oder nicht mehr antworten" in said.text


def test_an_answer_is_possible_to_the_end_of_the_last_day_here(konto: Konto) -> None:
    number = konto.send(replyUntil="2026-07-01")
    konto.clock.at = datetime(2026, 7, 1, 21, 59, tzinfo=UTC)
    assert "bis zum 1. Juli 2026" in page(konto, f"/nachricht/{number}")
    assert answer(konto, number).status_code == 303
    konto.clock.at = datetime(2026, 7, 1, 22, 0, tzinfo=UTC)
    assert "ist am 1. Juli 2026 abgelaufen" in page(konto, f"/nachricht/{number}")
    assert answer(konto, number).status_code == 422


@pytest.mark.parametrize(
    ("text", "files", "sentence"),
    [
        ("  ", [], "Bitte schreiben Sie einen Text"),
        ("x" * 20_001, [], "Ihr Text ist zu lang"),
        ("hier", [("datei", ("a.exe", b"MZ", "application/pdf"))], "werden nicht angenommen"),
        ("hier", [("datei", ("a.pdf", b"x" * (10 * 1024 * 1024 + 1), "application/pdf"))], "höchstens 10485760 Bytes"),
    ],
    ids=["nothing", "too long", "kind", "size"],
)
def test_an_answer_that_cannot_be_sent_says_why_and_keeps_the_text(konto: Konto, text: str, files: Any, sentence: str) -> None:
    number = konto.send()
    said = answer(konto, number, text, files=files)
    assert said.status_code == 422
    assert sentence in said.text
    assert 'role="alert"' in said.text
    assert f">{text.strip()}</textarea>" in said.text
    assert "Gesendet" not in page(konto, f"/nachricht/{number}")


@pytest.mark.parametrize("headers", [{"Origin": "https://boese.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}])
def test_a_form_from_another_site_is_refused(konto: Konto, headers: dict[str, str]) -> None:
    number = konto.send()
    assert answer(konto, number, headers=headers).status_code == 403
    assert "Gesendet" not in page(konto, f"/nachricht/{number}")


def test_a_form_without_its_id_is_refused(konto: Konto) -> None:
    assert answer(konto, konto.send(), token="immer-dieselbe").status_code == 400


def test_what_an_authority_wrote_is_text_on_the_page(konto: Konto) -> None:
    number = konto.send(subject="<b>Fett</b>", body="<script>alert(1)</script>")
    shown = page(konto, f"/nachricht/{number}")
    assert "<script" not in shown
    assert "&lt;b&gt;Fett&lt;/b&gt;" in shown


@pytest.mark.parametrize("path", ["/postfach/9", "/nachricht/9", "/nachricht/9/anlage/1", "/gibt/es/nicht"])
def test_what_is_not_there_is_not_found(konto: Konto, path: str) -> None:
    assert konto.http.get(konto.url + path).status_code == 404


def test_a_refusal_is_a_page_for_people_and_a_problem_for_machines(konto: Konto) -> None:
    browser = konto.http.get(f"{konto.url}/nachricht/9", headers={"Accept": "text/html,*/*;q=0.8"})
    assert browser.status_code == 404
    assert "<p>Diese Nachricht gibt es nicht.</p>" in browser.text
    lost = konto.http.get(f"{konto.url}/gibt/es/nicht", headers={"Accept": "text/html"})
    assert "<p>Diese Seite gibt es nicht.</p>" in lost.text
    machine = konto.http.get(f"{konto.url}/nachricht/9", headers={"Accept": "application/json"})
    assert machine.json()["detail"] == "Diese Nachricht gibt es nicht."


def test_an_answer_to_a_message_that_is_not_there_is_not_found(konto: Konto) -> None:
    assert answer(konto, "9").status_code == 404


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 Bytes"), (1023, "1023 Bytes"), (1024, "1 KB"), (1536, "1,5 KB"), (10485760, "10 MB")]
)
def test_sizes_are_written_for_people(count: int, text: str) -> None:
    assert size(count) == text


def test_instants_are_written_as_local_time() -> None:
    assert moment("2026-01-31T23:05:00.000Z") == "1. Februar 2026, 00:05 Uhr"
