"""The Servicekonto's news: signed, fresh, taken in once."""

from __future__ import annotations

import base64
import datetime as dt
import json
import time
from typing import Any

import pytest
from werkzeug.test import TestResponse

from engine import reads
from engine.base import db
from engine.base.ports import Answer, Call
from engine.base.rights import SYSTEM
from engine.model.bundle import pack
from engine.verbs.operate import change_setting
from tests.bpmn.diagrams import catch, end, flows, message, process, service, start
from tests.engine.cases import bundle
from tests.web.site import SLUG, Site, problem
from tests.web.test_identity import BROWSER, sign_in
from web.twins.signature import sign

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

SECRET = "zwischen uns beiden"
PATH = f"/{SLUG}/webhook/servicekonto"
DIAGRAM = process(
    start(),
    service("rueckfrage", type="servicekonto.nachricht", inputs={"betreff": '="Rückfrage"', "text": '="Welche Linde?"'},
            outputs={"rueckfrage_id": "=messageId"}),
    catch("antwort", "m"),
    end(),
    flows("start > rueckfrage > antwort > end"),
    head=message("m", "servicekonto.antwort", "rueckfrage_id"),
)  # fmt: skip


@pytest.fixture
def case(site: Site) -> str:
    """A case that has asked the applicant something, as message m-1."""

    def behave(call: Call) -> Answer:
        told = {"providedAt": "2026-03-02T09:00:00+00:00", "notifiedAt": "2026-03-02T09:00:01+00:00"}
        return Answer({"messageId": "m-1", **told})

    site.twin.behave = behave
    with db.namespace(SLUG):
        change_setting("konnektor.servicekonto", {"url": "https://servicekonto.invalid", "secret": SECRET}, by=SYSTEM)
    deployed = site.post("bundles", "design", data=pack(bundle(DIAGRAM, "frage", "FR")))
    assert deployed.status_code == 200, deployed.text
    return site.new_case(form="frage")


def news(**changes: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": "n-1",
        "type": "antwort",
        "messageId": "m-1",
        "reference": "FR-2026-00001",
        "body": "Die an der Straße.",
        "attachments": [{"name": "Foto.png", "mediaType": "image/png", "contentBase64": encoded(b"\x89PNG\r\n\x1a\n.")}],
        "at": "2026-03-03T10:00:00+01:00",
    }
    return {**told, **changes}


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def tell(site: Site, told: Any, *, secret: str = SECRET, age_s: int = 0, spoil: bytes = b"") -> TestResponse:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    timestamp = str(int(time.time()) - age_s)
    headers = {"X-Timestamp": timestamp, "X-Signature": sign(secret, timestamp, body)}
    return site.client().post(PATH, data=body + spoil, headers=headers, content_type="application/json")


def test_an_answer_moves_the_case_on_and_is_kept_with_it(site: Site, case: str) -> None:
    assert tell(site, news()).status_code == 204
    assert site.get(f"vorgaenge/{case}").json["state"] == "completed"
    sent, answer = site.get(f"vorgaenge/{case}/nachrichten").json["items"]
    assert (sent["direction"], answer["direction"], answer["body"]) == ("OUT", "IN", "Die an der Straße.")
    assert dt.datetime.fromisoformat(answer["at"]) == dt.datetime(2026, 3, 3, 9, tzinfo=dt.UTC)
    [document] = site.get(f"vorgaenge/{case}/dokumente").json["items"]
    assert answer["documents"] == [document["id"]]
    assert document["name"] == "Foto.png"


def test_an_answer_after_the_end_is_kept_with_the_case_and_stands_on_its_page(site: Site, case: str) -> None:
    assert tell(site, news()).status_code == 204
    before = site.get(f"vorgaenge/{case}").json
    late = news(id="n-2", body="Noch etwas: Die Linde ist hohl.", at="2026-03-09T10:00:00+01:00")
    assert [tell(site, late).status_code for _ in range(2)] == [204, 204]
    after = site.get(f"vorgaenge/{case}").json
    assert {**after, "dokumente": []} == {**before, "dokumente": []}
    assert after["state"] == "completed"
    messages = site.get(f"vorgaenge/{case}/nachrichten").json["items"]
    assert [one["body"] for one in messages[1:]] == ["Die an der Straße.", "Noch etwas: Die Linde ist hohl."]
    documents = site.get(f"vorgaenge/{case}/dokumente").json["items"]
    assert [one["id"] for one in documents] == [*messages[1]["documents"], *messages[2]["documents"]]
    client = site.client()
    sign_in(client)
    page = client.get(f"/{SLUG}/vorgaenge/{case}", headers=BROWSER).text
    assert "Noch etwas: Die Linde ist hohl." in page
    assert "eingegangen am 9. März 2026" in page


def test_the_same_news_twice_changes_nothing(site: Site, case: str) -> None:
    assert [tell(site, news()).status_code for _ in range(2)] == [204, 204]
    assert len(site.get(f"vorgaenge/{case}/nachrichten").json["items"]) == 2
    assert len(site.get(f"vorgaenge/{case}/dokumente").json["items"]) == 1


def test_that_a_message_was_opened_is_noted(site: Site, case: str) -> None:
    assert tell(site, news(type="abruf")).status_code == 204
    [sent] = site.get(f"vorgaenge/{case}/nachrichten").json["items"]
    assert (sent["at"], sent["notified_at"]) == ("2026-03-02T09:00:00+00:00", "2026-03-02T09:00:01+00:00")
    assert sent["retrieved_at"] == "2026-03-03T09:00:00+00:00"
    assert site.get(f"vorgaenge/{case}").json["state"] == "active"


def test_a_message_we_never_sent_is_unknown(site: Site, case: str) -> None:
    problem(tell(site, news(messageId="m-2")), 404)
    problem(tell(site, news(type="abruf", messageId="m-2")), 404)


@pytest.mark.parametrize(
    "how", [{"secret": "geraten"}, {"age_s": 301}, {"age_s": -301}, {"spoil": b" "}], ids=["secret", "old", "early", "changed"]
)
def test_what_is_not_signed_freshly_by_the_servicekonto_is_refused_without_a_word_why(
    site: Site, case: str, how: dict[str, Any]
) -> None:
    refused = problem(tell(site, news(), **how), 401)
    assert refused["detail"] == "Die Nachricht ist nicht oder nicht gültig unterschrieben."
    assert refused["causes"] == []
    assert len(site.get(f"vorgaenge/{case}/nachrichten").json["items"]) == 1


@pytest.mark.parametrize("headers", [{}, {"X-Timestamp": "²"}, {"X-Timestamp": "9" * 400}, {"X-Signature": "sha256=ä"}])
def test_a_signature_that_is_none_is_refused(site: Site, case: str, headers: dict[str, str]) -> None:
    encoded_headers = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    problem(site.client().post(PATH, data=b"{}", headers=encoded_headers), 401)


def test_without_a_secret_nobody_is_believed(site: Site) -> None:
    problem(tell(site, news(), secret=""), 401)
    with db.namespace(SLUG):
        change_setting("konnektor.servicekonto", {"secret": ""}, by=SYSTEM)
    problem(tell(site, news(), secret=""), 401)


@pytest.mark.parametrize(
    ("told", "status", "place"),
    [
        (b"{", 400, None),
        (b'{"id": "a", "id": "b"}', 400, None),
        ([], 422, "/type"),
        (news(type="kündigung"), 422, "/type"),
        (news(id=""), 422, "/id"),
        (news(id=7), 422, "/id"),
        (news(messageId="x" * 201), 422, "/messageId"),
        (news(body=["Text"]), 422, "/body"),
        (news(at="gestern"), 422, "/at"),
        (news(at="2026-03-03T10:00:00"), 422, "/at"),
        (news(at="0001-01-01T00:00:00+23:59"), 422, "/at"),
        (news(attachments={"name": "x"}), 422, "/attachments"),
        (news(attachments=[{"name": "x", "contentBase64": "$$$"}]), 422, "/attachments/0/contentBase64"),
        (news(attachments=[7]), 422, "/attachments/0/contentBase64"),
        (news(attachments=[{"contentBase64": ""}] * 51), 413, None),
    ],
)
def test_news_that_do_not_fit_are_refused_and_nothing_is_kept(
    site: Site, case: str, told: Any, status: int, place: str | None
) -> None:
    refused = problem(tell(site, told), status)
    if place is not None:
        assert place in [cause["pointer"] for cause in refused["causes"]]
    with db.namespace(SLUG):
        assert reads.list_dokumente(case) == ()
        assert len(reads.list_nachrichten(case)) == 1
