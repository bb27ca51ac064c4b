"""Canaries: words that stand in one municipality only are searched for in everything that comes out of another.

Each municipality has a word of its own in every kind of field. Without a grant none of another's is found anywhere; with one
only what it opens, and only in the answers to those who may use it.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from connectors.servicekonto import MAILBOXES
from engine import reads
from engine.base import clock, db
from engine.base.db import Installation
from engine.base.errors import Problem
from engine.base.ports import Capabilities, Delivery, Message
from engine.base.rights import SYSTEM
from engine.model import aufgabe, grant
from engine.verbs.cooperate import ask_help
from engine.verbs.guests import OPERATIONS
from engine.verbs.operate import change_setting
from engine.verbs.work import work_next
from tests.engine.cases import Twin, rows
from tests.engine.neighbours import TOWNS, agreed, asks, at, today, who
from tests.engine.test_shared_office import KEY
from tests.patterns import Patterns
from tests.web.canaries import (
    GUEST,
    HELPED,
    OF_CASE,
    PDF,
    SERVED,
    as_text,
    case_with_canaries,
    head_of,
    own,
    seen_by,
    stored_at,
    strangers,
    with_canaries,
    word,
    words,
    work_off,
)
from tests.web.site import app_on
from tests.web.test_identity import BROWSER, sign_in
from web.neighbours import act


@pytest.fixture
def app(installation: Installation, patterns: Patterns) -> Flask:
    """Three municipalities with canaries, and their pages."""
    patterns.settle(with_canaries)
    return app_on(installation)


pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


# --- without and with grants -----------------------------------------------------------------------------------------


def grants_given() -> tuple[str, str]:
    """Husum asks for help in one case, Heide gives one Leistung to the Bauamt of the Kreis."""
    case, [plan, *_] = case_of(HELPED, "zwei")
    with at(HELPED, "ute") as ute:
        asked = ask_help(case, GUEST, word(HELPED, "", "frage"), today(9), documents=[plan], fields=["nr"], by=ute)
    users, purpose = (("konto", who(GUEST, "ute").id),), word(SERVED, "", "zweck")
    served = agreed(SERVED, GUEST, grant.GEMEINSAMES_AMT, ("leistung", "zwei"), users=users, purpose=purpose)
    return asked, served


def case_of(town: str, leistung: str) -> tuple[str, list[str]]:
    """A case and its documents, in the order they came in."""
    with db.namespace(town):
        [case] = [one.id for one in reads.list_vorgaenge(by=SYSTEM).items if one.leistung == leistung]
        named = {one.name: one.id for one in reads.list_dokumente(case)}
    return case, [named[name] for name in sorted(named, reverse=True)]


OPENED = {
    HELPED: frozenset({word(HELPED, "", "frage"), *(word(HELPED, "zwei", kind) for kind in ("nr", "plan", "inhalt"))}),
    SERVED: frozenset({word(SERVED, "", "kopf"), *(word(SERVED, "zwei", kind) for kind in OF_CASE)}),
}
PURPOSE = word(SERVED, "", "zweck")
MAY = {
    "ute": OPENED[HELPED] | OPENED[SERVED], "kim": OPENED[HELPED], "chef": frozenset({PURPOSE}),
}  # fmt: skip


def test_without_a_grant_no_word_of_another_municipality_comes_out(
    app: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    answers = [*seen_by(app, "ute"), *seen_by(app, "chef")]
    assert strangers(GUEST, answers) == set()
    assert len(own(GUEST, answers)) > 15, "one's own are found where they belong"
    stored = list(stored_at(GUEST, tmp_path / "export"))
    assert strangers(GUEST, stored) == set()
    sealed_or_unused = {word(GUEST, "", kind) for kind in ("frage", "zweck", "schluessel")}
    assert own(GUEST, stored) >= words(GUEST) - sealed_or_unused - {word(GUEST, one, "wert") for one in ("offen", KEY)}
    letters = [one for one in stored if one[0].startswith(PDF)]
    assert len(letters) == 4, "the draft and the notice, in the folder and in the export"
    assert own(GUEST, letters) == head_of(GUEST) | {word(GUEST, KEY, kind) for kind in ("nachname", "nr")}
    logged = [(record.name, f"{record.getMessage()} {record.__dict__}") for record in caplog.records]
    assert [one for town in TOWNS for one in own(town, logged)] == []


def test_with_grants_each_sees_what_they_open_and_nothing_of_it_stays_at_the_guest(
    app: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    asked, served = grants_given()
    for login in ("ute", "kim", "chef"):
        for origin, id in ((HELPED, asked), (SERVED, served)):
            answers = list(over_the_port(login, origin, id))
            may = MAY[login] & (OPENED[origin] | ({PURPOSE} if origin == SERVED else set()))
            assert strangers(GUEST, answers, may) == set()
            if login != "kim" or origin == HELPED:
                assert {one for one in may if any(one in text for _, text in answers)} >= may
        assert strangers(GUEST, seen_by(app, login), MAY[login]) == set()
    for town in (HELPED, SERVED):
        with db.namespace(town):
            while work_next(Twin(), by=SYSTEM):
                pass
    assert strangers(GUEST, stored_at(GUEST, tmp_path / "export")) == set(), "only pointers, and no word of a case"
    for town in (HELPED, SERVED):
        assert strangers(town, stored_at(town, tmp_path / f"export-{town}")) == set()
    logged = [(record.name, f"{record.getMessage()} {record.__dict__}") for record in caplog.records]
    assert [one for town in TOWNS for one in own(town, logged)] == []


def over_the_port(login: str, origin: str, id: str) -> Iterator[tuple[str, str]]:
    """All that somebody of the guest gets from an origin by a grant: each operation with each thing there."""
    things = names_of(origin)
    for operation in OPERATIONS:
        for arguments in things:
            if operation in ("ersuchen.beantworten", "vereinbarung.beenden", "vereinbarung.unterschreiben", "erledigen"):
                continue  # these end what is to be looked at
            with at(GUEST, login) as by:
                try:
                    content = act(by, origin, id, operation, **arguments)
                except Problem as problem:
                    content = {"sentence": problem.sentence, "causes": [str(cause) for cause in problem.causes]}
            yield operation, f"{json.dumps(content)} {decoded(content)}"


def names_of(town: str) -> list[dict[str, str]]:
    """What a request may name at an origin: all there is, and words that stand in every case."""
    found: list[dict[str, str]] = [{}, {"suche": "Qx"}]
    with db.namespace(town):
        for case in reads.list_vorgaenge(by=SYSTEM).items:
            found += [{"vorgang": case.id, "dokument": one.id} for one in reads.list_dokumente(case.id)]
            found += [{"aufgabe": one.id} for one in rows(aufgabe.T, vorgang_id=case.id)]
            found += [{"bescheid": one.id} for one in reads.list_bescheide(case.id)]
            found += [{"wiedervorlage": one.id} for one in reads.list_reminders(case.id)]
    return found


def decoded(content: Any) -> str:
    """The bytes of a document in an answer, as text."""
    return base64.b64decode(content["inhalt"]).decode() if "inhalt" in content else ""


# --- letters ---------------------------------------------------------------------------------------------------------


class Kept:
    """A Servicekonto that keeps what it gets."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def capabilities(self, config: Mapping[str, Any]) -> Capabilities:
        return Capabilities("thread", frozenset({"application/pdf"}), 10**7, 10**7, True)

    def send(self, message: Message, *, config: Mapping[str, Any], key: str) -> Delivery:
        self.messages.append(message)
        return Delivery(f"m-{len(self.messages)}", clock.now())

    def texts(self) -> Iterator[tuple[str, str]]:
        for one in self.messages:
            yield "message", f"{one.sender} {one.subject} {one.body} {one.service} {one.address}"
            yield from ((file.name, f"{file.name} {as_text(file.content)}") for file in one.attachments)


@pytest.mark.parametrize("form", [grant.DELEGATION, grant.MANDATE])
def test_letters_that_a_guest_writes_hold_its_head_or_the_origins_as_the_legal_form_says_and_nothing_else_of_it(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    mailbox = Kept()
    monkeypatch.setitem(MAILBOXES, "OSI", mailbox)
    with db.namespace(SERVED):
        change_setting("konnektor.servicekonto", {"url": "https://servicekonto.example", "secret": "x" * 20}, by=SYSTEM)
        case = case_with_canaries(SERVED, KEY, 1)
    id = agreed(SERVED, GUEST, grant.GEMEINSAMES_AMT, ("leistung", KEY), form=form)
    head, other = (head_of(GUEST), head_of(SERVED)) if form == grant.DELEGATION else (head_of(SERVED), head_of(GUEST))
    quoted = {word(SERVED, KEY, kind) for kind in ("nachname", "nr")}
    konto = {"type": "OSI", "postfachAddress": {"identifier": "x"}}
    does(id, "ute", case, cent=5000, servicekonto=konto)
    with db.namespace(SERVED):
        notice = reads.list_bescheide(case)[-1].id
    client = app.test_client()
    assert sign_in(client, "ute", slug=GUEST).status_code == 303
    draft = client.get(f"/{GUEST}/andere/{SERVED}/{id}/bescheide/{notice}/entwurf.pdf", headers=BROWSER)
    seen = [("preview", as_text(draft.data))]
    does(id, "udo", case, freigabe="ja")
    with db.namespace(SERVED):
        documents = [one for one in reads.list_dokumente(case) if one.media_type == "application/pdf"]
        letters = [(one.name, as_text(reads.document_file(case, one.id).content)) for one in documents]
    assert len(letters) == 2, "the draft and the notice"
    told = {"betreff": "Ihr Bescheid", "text": "Anbei.", "dokumente": [documents[-1].id]}
    asks(GUEST, "ute", SERVED, id, "nachricht.senden", vorgang=case, **told)
    with db.namespace(SERVED):
        work_off()
    assert [len(one.attachments) for one in mailbox.messages] == [1]
    for letter in (seen, letters[:1], letters[1:], list(mailbox.texts())):
        assert own(GUEST, letter) | own(SERVED, letter) == quoted | head
        assert not other & {one for _, text in letter for one in other if one in text}
    may = head_of(GUEST) if form == grant.DELEGATION else frozenset()
    assert strangers(SERVED, stored_at(SERVED, tmp_path / "origin"), may) == set()
    assert strangers(GUEST, stored_at(GUEST, tmp_path / "guest")) == set()


def does(id: str, login: str, case: str, **answers: Any) -> None:
    """Somebody of the guest completes the open task of a case at the origin, and what follows is done."""
    with db.namespace(SERVED):
        [task] = rows(aufgabe.T, vorgang_id=case, state="offen")
    asks(GUEST, login, SERVED, id, "erledigen", aufgabe=task.id, antworten=json.dumps(answers))
    with db.namespace(SERVED):
        work_off()
