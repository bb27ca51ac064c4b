"""An application becomes a Vorgang, once."""

from __future__ import annotations

import contextvars
import json
import threading
import uuid
from typing import Any

import pytest

from engine import bpmn, reads
from engine.base import db
from engine.base.db import open_tx
from engine.base.errors import Conflict, Invalid, TooLarge, Unreadable
from engine.base.rights import SYSTEM
from engine.model import antrag, auftrag, dokument, vorgang
from engine.step import look
from engine.verbs.intake import receive_push
from forms.antrag import Limits
from tests.engine.cases import Bell, Upload, push, rows, vorgang_of


def test_an_application_becomes_a_vorgang_with_an_aktenzeichen_and_its_process_starts(amt: str, bell: Bell) -> None:
    answer = json.loads(push())
    case = reads.get_vorgang(answer["vorgang"]["vorgangId"])
    assert case.nummer == answer["vorgang"]["vorgangNummer"]
    assert case.nummer.startswith("PR-")
    assert (case.status, case.applicant, case.leistung) == ("NEU", "Muster", "probe")
    assert [row.element for row in rows(auftrag.T)] == ["bestaetigen"]
    assert bell.rung == [row.id for row in rows(auftrag.T)]


def test_second_delivery_returns_the_first_answer_byte_for_byte(amt: str) -> None:
    transaction = str(uuid.uuid4())
    assert push(transaction=transaction) == push(transaction=transaction)
    assert len(rows(vorgang.T)) == 1


def test_the_same_transaction_with_other_content_is_a_conflict(amt: str) -> None:
    transaction = str(uuid.uuid4())
    push(transaction=transaction)
    with pytest.raises(Conflict, match="anderem Inhalt"):
        push(transaction=transaction, nr="8")


def test_fifty_equal_applications_at_once_make_one_vorgang(amt: str) -> None:
    transaction = str(uuid.uuid4())
    answers: list[bytes] = []
    lock = threading.Lock()

    def send(context: contextvars.Context) -> None:
        answer = context.run(push, transaction=transaction)
        with lock:
            answers.append(answer)

    threads = [threading.Thread(target=send, args=(contextvars.copy_context(),)) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 50
    assert len(set(answers)) == 1
    assert len(rows(vorgang.T)) == len(rows(antrag.T)) == 1


def test_an_unknown_leistung_goes_to_the_post_room(amt: str) -> None:
    case = reads.get_vorgang(vorgang_of(push(form="gibt es nicht")))
    assert (case.leistung, case.nummer[:3]) == ("posteingang", "PE-")
    assert [task.element for task in reads.list_aufgaben(vorgang_id=case.id).items] == ["sichten"]


def test_files_are_kept_and_named_in_the_process(amt: str) -> None:
    id = vorgang_of(
        push(
            files=[
                Upload("foto.png", "image/png", b"\x89PNG\r\n\x1a\n..."),
                Upload("plan.pdf", "application/pdf", b"%PDF-1.7 x"),
            ]
        )
    )
    documents = reads.list_dokumente(id)
    assert sorted(document.name for document in documents) == ["foto.png", "plan.pdf"]
    assert reads.document_file(id, documents[0].id).content.startswith((b"\x89PNG", b"%PDF"))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"control": {}}', b"\xff\xfe", b"[" * 100_000])
def test_what_cannot_be_read_is_refused_and_nothing_is_stored(amt: str, body: bytes) -> None:
    with pytest.raises((Unreadable, Invalid, TooLarge)):
        receive_push(body, (), [Upload("a.txt", "text/plain", b"x")], limits=Limits(), by=SYSTEM)
    assert rows(vorgang.T) == rows(antrag.T) == rows(dokument.T) == []


def test_aktenzeichen_are_gapless(amt: str) -> None:
    numbers = [json.loads(push())["vorgang"]["vorgangNummer"] for _ in range(3)]
    assert [number[-5:] for number in numbers] == ["00001", "00002", "00003"]


def test_an_application_is_received_with_one_commit(amt: str) -> None:
    with db.statement_counter() as count:
        push()
    assert count.commits == 1


def test_the_first_step_is_done_outside_any_transaction(amt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    begin, began = bpmn.start, list[str]()

    def outside(*args: Any, **options: Any) -> bpmn.Outcome:
        assert open_tx.get() is None, "what a step costs must hold nobody up"
        began.append("once")
        return begin(*args, **options)

    monkeypatch.setattr(bpmn, "start", outside)
    push()
    assert began == ["once"]


def test_who_gets_another_number_than_was_likely_begins_with_the_one_it_gets(amt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vorgang, "likely_nummer", lambda tx, short: "PR-1999-00001")
    case = look(vorgang_of(push()))
    assert bpmn.variables(case.bundle.spec, case.snapshot)["vorgang"]["aktenzeichen"] == case.nummer
    assert "1999" not in case.nummer
