"""Messages of a clerk to the applicant, beside the process."""

from __future__ import annotations

from typing import Any

from engine.base.ports import Answer, Call, Refused
from tests.web.site import Site, application, problem

MAILBOX = {"type": "OSI", "trustLevel": "STORK-QAA-Level-3", "postfachAddress": {"identifier": "m-1", "type": "citizen"}}


def case_with_mailbox(site: Site) -> str:
    content = application()
    content["control"]["serviceKonto"] = MAILBOX
    answer = site.send(content)
    site.work()
    return str(answer.json["vorgang"]["vorgangId"])  # type: ignore[index]


def answered(call: Call) -> Answer:
    return Answer({"messageId": "x-1", "providedAt": "2026-03-02T09:00:00+00:00"})


def send(site: Site, case: str, **message: Any) -> Any:
    return site.post(f"vorgaenge/{case}/nachrichten", json={"betreff": "Frage", "text": "Wo steht der Baum?", **message})


def test_a_message_is_kept_at_once_and_sent_by_a_worker(site: Site) -> None:
    case = case_with_mailbox(site)
    calls: list[Call] = []

    def mailbox(call: Call) -> Answer:
        calls.append(call)
        return answered(call)

    site.twin.behave = mailbox
    sent = send(site, case, antwort="POSSIBLE")
    assert sent.status_code == 202, sent.text
    before = site.get(f"vorgaenge/{case}/nachrichten").json["items"]  # type: ignore[index]
    assert [message["subject"] for message in before] == ["Frage"]
    site.work()
    assert calls[0].type == "servicekonto.nachricht"
    assert calls[0].inputs["konto"]["postfachAddress"]["identifier"] == "m-1"
    assert calls[0].inputs["antwort"] == "POSSIBLE"
    after = site.get(f"vorgaenge/{case}/nachrichten").json["items"]  # type: ignore[index]
    assert after[0]["at"].startswith("2026-03-02T09:00:00")
    assert after[0]["notified_at"] is None
    assert [task["element"] for task in site.get(f"vorgaenge/{case}").json["aufgaben"]] == ["pruefen"]  # type: ignore[index]


def test_a_message_that_is_refused_is_an_incident_and_can_be_sent_again_with_the_same_key(site: Site) -> None:
    case = case_with_mailbox(site)

    def refuse(call: Call) -> Answer:
        raise Refused("Postfach unbekannt")

    site.twin.behave = refuse
    send(site, case)
    site.work()
    (incident,) = site.get("incidents", "chef").json["items"]  # type: ignore[index]
    assert "Postfach unbekannt" in incident["message"]
    site.twin.behave = answered
    assert site.post(f"incidents/{incident['id']}/retry", "chef", json={}).status_code < 300
    site.work()
    assert site.twin.ledger[-1] == site.twin.ledger[-2]
    assert site.get("incidents", "chef").json["items"] == []  # type: ignore[index]


def test_without_a_mailbox_or_with_foreign_documents_nothing_is_sent(site: Site) -> None:
    case = site.new_case()
    body = problem(send(site, case, dokumente=["gibt-es-nicht"]), 422)
    assert "kein Servicekonto" in body["causes"][0]["message"]
    assert body["causes"][1]["pointer"] == "/dokumente/0"
    assert site.get(f"vorgaenge/{case}/nachrichten").json["items"] == []  # type: ignore[index]


def test_who_lacks_the_right_sends_nothing(site: Site) -> None:
    case = case_with_mailbox(site)
    answer = site.post(f"vorgaenge/{case}/nachrichten", "design", json={"betreff": "a", "text": "b"})
    assert problem(answer, 403)
    assert site.get(f"vorgaenge/{case}/nachrichten").json["items"] == []  # type: ignore[index]
