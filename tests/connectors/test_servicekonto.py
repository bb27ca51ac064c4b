"""Messages reach the applicant's mailbox on a real reference server, once for each key, or are refused with a sentence."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors import Switchboard, servicekonto
from engine.base.errors import Unknown
from engine.base.ports import (
    Address,
    BpmnError,
    Call,
    Capabilities,
    Delivery,
    File,
    Mailbox,
    Message,
    Refused,
    ReplyPolicy,
    Unreachable,
)
from web.twins import servicekonto as twin
from web.twins.stoerung import Stoerung

MakeCall = Callable[..., Call]
SECRET = "ein-geheimnis-zum-testen"
KONTO = {
    "type": "OSI",
    "trustLevel": "STORK-QAA-Level-3",
    "postfachAddress": {"identifier": "00000000-0000-4000-8000-000000000002", "type": "Citizen"},
}
NOTE = {"konto": KONTO, "betreff": "Ihr Antrag ist da", "text": "Wir haben Ihren Antrag erhalten.\nGrüße"}
PDF = File("Bescheid ä „1“.pdf", "application/pdf", b"%PDF-1.7 " + bytes(range(256)))


@pytest.fixture
def send(switchboard: Switchboard, make_call: MakeCall, konto_url: str) -> Callable[..., Mapping[str, Any]]:
    """Send a message to the reference Servicekonto; gives the variables that come back."""

    def send(inputs: Mapping[str, Any] | None = None, **more: Any) -> Mapping[str, Any]:
        config = {"url": konto_url, "secret": SECRET, **more.pop("config", {})}
        call = make_call("servicekonto.nachricht", {**NOTE, **(inputs or {})}, config=config, **more)
        return switchboard.call(call).variables

    return send


@pytest.fixture
def kept(tmp_path: Path) -> Callable[[str], list[dict[str, Any]]]:
    """What the server keeps in one of its tables."""

    def read(table: str) -> list[dict[str, Any]]:
        connection = sqlite3.connect(tmp_path / "konto" / "servicekonto.sqlite")
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
        finally:
            connection.close()

    return read


Send = Callable[..., Mapping[str, Any]]
Kept = Callable[[str], list[dict[str, Any]]]


def test_a_message_is_provided_with_all_that_was_said_of_it(send: Send, kept: Kept) -> None:
    inputs = {
        "dokumente": [{"dokument": "d-1", "name": "egal"}, "d-2"],
        "antwort": "MANDATORY",
        "antwort_bis": date(2026, 4, 1),
        "leistung": "Baumfällung",
    }
    said = send(inputs, documents={"d-1": PDF, "d-2": File("plan.png", "image/png", b"\x89PNG")})
    provided = datetime.fromisoformat(said["providedAt"])
    assert said["providedAt"].endswith("Z")
    assert abs(datetime.now(UTC) - provided) < timedelta(minutes=1)
    assert said["notifiedAt"] == said["providedAt"]
    (row,) = kept("nachricht")
    assert row["id"] == said["messageId"]
    assert (row["kommune"], row["absender"], row["aktenzeichen"]) == ("husum", "Stadt Husum", "HUS-2026-000007")
    assert (row["betreff"], row["text"], row["leistung"]) == (NOTE["betreff"], NOTE["text"], "Baumfällung")
    assert (row["antwort"], row["antwort_bis"], row["vertrauensniveau"]) == ("MANDATORY", "2026-04-01", 3)
    assert [(file["name"], file["art"], file["inhalt"]) for file in kept("datei")] == [
        (PDF.name, PDF.media_type, PDF.content),
        ("plan.png", "image/png", b"\x89PNG"),
    ]
    (box,) = kept("postfach")
    assert (box["konto"], box["kennung"], box["art"]) == ("OSI", KONTO["postfachAddress"]["identifier"], "citizen")  # type: ignore[index]


def test_the_same_key_again_gives_the_first_delivery_and_no_second_message(send: Send, kept: Kept) -> None:
    first = send({"dokumente": ["d"]}, documents={"d": PDF})
    assert send({"dokumente": ["d"]}, documents={"d": PDF}) == first
    assert len(kept("nachricht")) == len(kept("datei")) == 1


def test_another_key_is_another_message(send: Send, kept: Kept) -> None:
    assert send()["messageId"] != send(key="husum-7-4")["messageId"]
    assert len(kept("nachricht")) == 2


def test_the_same_key_with_other_content_is_not_delivered(send: Send, kept: Kept) -> None:
    send()
    with pytest.raises(Unreachable, match="409"):
        send({"text": "Etwas anderes"})
    assert len(kept("nachricht")) == 1


def test_many_at_once_with_one_key_are_one_message(send: Send, kept: Kept) -> None:
    said: list[Any] = []
    threads = [threading.Thread(target=lambda: said.append(send()["messageId"])) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 12
    assert len(set(said)) == len(kept("nachricht")) == 1


@pytest.mark.parametrize(
    "account", ["OSI", "BAYERN_ID", "BayernID", "BUND_ID", "BundID", "MUK", "UNTERNEHMENSKONTO", "Bürgerportal"]
)
def test_every_known_account_has_a_mailbox(send: Send, kept: Kept, account: str) -> None:
    send({"konto": {**KONTO, "type": account}})
    assert kept("postfach")[0]["konto"] == account


def test_an_unknown_account_is_refused_and_another_way_suggested(send: Send, kept: Kept) -> None:
    with pytest.raises(BpmnError, match=r"„DE_MAIL“.*auf anderem Weg") as refused:
        send({"konto": {**KONTO, "type": "DE_MAIL"}})
    assert (refused.value.code, refused.value.variables) == ("nicht_zustellbar", {"nicht_zustellbar_weil": str(refused.value)})
    assert kept("nachricht") == []


def test_an_unknown_mailbox_is_refused_with_the_words_of_the_server(send: Send) -> None:
    konto = {**KONTO, "postfachAddress": {"identifier": "unbekannt-1"}}
    with pytest.raises(BpmnError, match=r"Das Servicekonto hat abgelehnt \(HTTP 404\): Dieses Postfach ist unbekannt\."):
        send({"konto": konto})


@pytest.mark.parametrize(("status", "never"), [(413, True), (415, True), (404, False), (422, False), (401, False)])
def test_a_bare_no_of_the_server_is_an_outcome_only_where_it_can_mean_nothing_else(
    switchboard: Switchboard, make_call: MakeCall, serve: Callable[[Any], str], tmp_path: Path, status: int, never: bool
) -> None:
    app = twin.create_app(tmp_path / "konto", SECRET)

    def behind_a_proxy(environ: Any, start_response: Any) -> Any:
        if environ["REQUEST_METHOD"] == "GET":
            return app(environ, start_response)
        start_response(f"{status} No", [("Content-Type", "text/html")])
        return [b"<h1>No</h1>"]

    config = {"url": serve(behind_a_proxy), "secret": SECRET}
    with pytest.raises(BpmnError if never else Refused, match=f"HTTP {status}"):
        switchboard.call(make_call("servicekonto.nachricht", NOTE, config=config))


@pytest.mark.parametrize(
    ("given", "level"),
    [("STORK-QAA-Level-1", 1), ("stork-qaa-level-4", 4), (2, 2), ("2", 2), (None, None), ("", None)],
)
def test_the_trust_level_is_read_in_every_form_it_comes_in(send: Send, kept: Kept, given: Any, level: int | None) -> None:
    send({"konto": {**KONTO, "trustLevel": given}})
    assert kept("nachricht")[0]["vertrauensniveau"] == level


def test_a_trust_level_of_the_message_goes_before_that_of_the_account(send: Send, kept: Kept) -> None:
    send({"vertrauensniveau": 1})
    assert kept("nachricht")[0]["vertrauensniveau"] == 1


@pytest.mark.parametrize("given", ["STORK-QAA-Level-5", "hoch", 0, True, 2.5])
def test_a_trust_level_nobody_knows_is_refused(send: Send, given: Any) -> None:
    with pytest.raises(Refused, match="Vertrauensniveau"):
        send({"vertrauensniveau": given})


@pytest.mark.parametrize(
    ("konto", "field"),
    [
        ({}, "konto.type"),
        ({"type": "OSI"}, "konto.postfachAddress"),
        ({"type": "OSI", "postfachAddress": {"identifier": " "}}, "konto.postfachAddress.identifier"),
        ({"type": "OSI", "postfachAddress": None}, "konto.postfachAddress"),
        ("OSI", "konto"),
    ],
)
def test_an_address_that_is_not_one_is_refused_by_field(send: Send, konto: Any, field: str) -> None:
    with pytest.raises(Refused, match=f"„{field}“"):
        send({"konto": konto})


def test_what_clients_add_to_the_account_is_left_aside(send: Send) -> None:
    assert send({"konto": {**KONTO, "neu": 1, "postfachAddress": {"identifier": "x", "version": 2}}})["messageId"]


def test_a_file_of_a_kind_the_account_does_not_take_is_refused_before_sending(send: Send, kept: Kept) -> None:
    with pytest.raises(BpmnError, match=r"„programm\.exe“ \(application/x-msdownload\)"):
        send({"dokumente": ["d"]}, documents={"d": File("programm.exe", "application/x-msdownload", b"MZ")})
    assert kept("antwort") == []


def test_a_file_too_large_for_the_account_is_refused_before_sending(
    switchboard: Switchboard, make_call: MakeCall, serve: Callable[[Any], str], tmp_path: Path
) -> None:
    limits = twin.Limits(max_attachment_bytes=100, max_total_bytes=150)
    requests: list[str] = []
    app = twin.create_app(tmp_path / "klein", SECRET, limits=limits)

    def counted(environ: Any, start_response: Any) -> Any:
        requests.append(environ["REQUEST_METHOD"])
        return app(environ, start_response)

    config = {"url": serve(counted), "secret": SECRET}
    documents = {name: File(f"{name}.pdf", "application/pdf", b"x" * size) for name, size in [("a", 101), ("b", 80), ("c", 80)]}

    def send(*names: str) -> None:
        inputs = {**NOTE, "dokumente": list(names)}
        switchboard.call(make_call("servicekonto.nachricht", inputs, config=config, documents=documents))

    with pytest.raises(BpmnError, match=r"„a\.pdf“ ist zu groß .* 100 Bytes"):
        send("a")
    with pytest.raises(BpmnError, match=r"zusammen zu groß .* 150 Bytes"):
        send("b", "c")
    assert requests == ["GET"]
    send("b")
    assert requests == ["GET", "POST"]


def test_a_document_that_is_not_there_is_refused_by_name(send: Send) -> None:
    with pytest.raises(Refused, match="„d-9“ gibt es in diesem Vorgang nicht"):
        send({"dokumente": ["d-9"]})

    def unknown(name: str) -> File:
        raise Unknown("Das Dokument gibt es nicht.")

    with pytest.raises(Refused, match="„d-9“"):
        send({"dokumente": ["d-9"]}, document=unknown)
    with pytest.raises(Refused, match="nennt kein Dokument"):
        send({"dokumente": [{"name": "x"}]})


def test_a_reply_date_without_a_reply_is_a_mistake_in_the_diagram(send: Send) -> None:
    with pytest.raises(Refused, match="antwort_bis"):
        send({"antwort_bis": "2026-04-01"})


def test_an_account_that_cannot_reply_is_not_asked_to(
    switchboard: Switchboard, make_call: MakeCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[Message, str, str]] = []

    class OneWay:
        """A mailbox of another kind: what the table of mailboxes is for."""

        def capabilities(self, config: Mapping[str, Any]) -> Capabilities:
            return Capabilities("none", frozenset({"application/pdf"}), 10, 10, status_messages=False)

        def send(self, message: Message, *, config: Mapping[str, Any], key: str) -> Delivery:
            sent.append((message, config["kommune"], key))
            return Delivery("m-1", datetime(2026, 3, 2, 9, 0, 0, 1000, tzinfo=UTC))

    mailbox: Mailbox = OneWay()
    monkeypatch.setitem(servicekonto.MAILBOXES, "DEMAIL", mailbox)
    konto = {**KONTO, "type": "DE_MAIL"}
    config = {"url": "http://127.0.0.1:1", "secret": SECRET}
    with pytest.raises(Refused, match="kann keine Antworten"):
        switchboard.call(make_call("servicekonto.nachricht", {**NOTE, "konto": konto, "antwort": "POSSIBLE"}, config=config))
    answer = switchboard.call(make_call("servicekonto.nachricht", {**NOTE, "konto": konto}, config=config))
    assert answer.variables == {"messageId": "m-1", "providedAt": "2026-03-02T09:00:00.001Z", "notifiedAt": None}
    ((message, kommune, key),) = sent
    assert (kommune, key) == ("husum", "husum-7-3")
    assert message.address == Address("DE_MAIL", str(KONTO["postfachAddress"]["identifier"]), "citizen")  # type: ignore[index]
    assert (message.reply, message.trust_level) == (ReplyPolicy.FORBIDDEN, 3)


def test_a_wrong_secret_is_refused(send: Send) -> None:
    with pytest.raises(Refused, match="Unterschrift"):
        send(config={"secret": "ein-anderes-geheimnis"})


@pytest.mark.parametrize("kind", ["fehler", "viel", "abbruch", "halb", "falsch", "endlos"])
def test_a_server_that_fails_is_unreachable(
    switchboard: Switchboard, make_call: MakeCall, serve: Callable[[Any], str], tmp_path: Path, kind: str
) -> None:
    url = serve(Stoerung(twin.create_app(tmp_path / "konto", SECRET), {kind: 1.0}, "/api/"))
    with pytest.raises(Unreachable):
        switchboard.call(make_call("servicekonto.nachricht", NOTE, config={"url": url, "secret": SECRET, "timeout_s": 5}))


def test_an_answer_lost_after_the_work_was_done_does_not_double_the_message(
    switchboard: Switchboard, make_call: MakeCall, serve: Callable[[Any], str], tmp_path: Path, kept: Kept
) -> None:
    disturbed = Stoerung(twin.create_app(tmp_path / "konto", SECRET), {"verloren": 0.6, "saat": 1}, "/api/nachrichten")
    config = {"url": serve(disturbed), "secret": SECRET}
    attempts, said = 0, None
    while said is None and attempts < 50:
        attempts += 1
        try:
            said = switchboard.call(make_call("servicekonto.nachricht", NOTE, config=config)).variables
        except Unreachable:
            continue
    assert attempts > 1
    assert said is not None
    assert [row["id"] for row in kept("nachricht")] == [said["messageId"]]


def test_check_asks_the_server(konto_url: str) -> None:
    assert servicekonto.check({"url": konto_url, "secret": SECRET}) == []
    (wrong,) = servicekonto.check({"url": konto_url, "secret": "ein-anderes-geheimnis"})
    assert "Unterschrift" in wrong
    (away,) = servicekonto.check({"url": "http://127.0.0.1:9", "secret": SECRET})
    assert "nicht erreichbar" in away
    (missing,) = servicekonto.check({"url": konto_url})
    assert "„secret“" in missing


def test_capabilities_that_make_no_sense_are_unreachable(serve: Callable[[Any], str]) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b'{"reply": "thread"}']

    config = {"url": serve(app), "secret": SECRET, "timeout_s": 5}
    with pytest.raises(Unreachable, match="Fähigkeiten"):
        servicekonto.ReferenceMailbox().capabilities(config)


def test_the_state_of_a_message_can_be_asked_for_only_with_the_secret(send: Send, konto_url: str) -> None:
    said = send()
    assert httpx.get(f"{konto_url}/api/nachrichten/{said['messageId']}", trust_env=False).status_code == 401
