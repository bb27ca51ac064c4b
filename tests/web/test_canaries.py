"""Canaries: words that stand in one municipality only are searched for in everything that comes out of another.

Each municipality has a word of its own in every kind of field. Without a grant none of another's is found anywhere; with one
only what it opens, and only in the answers to those who may use it.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engine import reads
from engine.base import archive, db
from engine.base.db import Base, Installation
from engine.base.errors import Problem
from engine.base.rights import SYSTEM
from engine.model import aufgabe, grant, konto, nachricht
from engine.verbs.backup import back_up
from engine.verbs.cooperate import ask_help
from engine.verbs.desk import complete_aufgabe
from engine.verbs.guests import OPERATIONS
from engine.verbs.intake import receive_push
from engine.verbs.konten import add_konto, new_token
from engine.verbs.notes import add_comment, set_reminder
from engine.verbs.operate import change_setting
from engine.verbs.stellen import add_stelle
from engine.verbs.work import work_next
from forms.antrag import Limits
from tests.engine.cases import Twin, Upload, rows, vorgang_of
from tests.engine.neighbours import CLERK, TOWNS, UNITS, agreed, at, three_towns, today, who
from tests.patterns import Patterns
from tests.web.site import HASH, app_on
from tests.web.test_identity import BROWSER, sign_in
from web.neighbours import act
from web.routes import ROUTES, Open

GUEST, HELPED, SERVED = "kreis", "husum", "heide"
OF_CASE = ("nachname", "nr", "plan", "inhalt", "geheim", "bytes", "kommentar", "frist", "wert", "betreff", "text")
OF_TOWN = ("konto", "stelle", "kopf", "schluessel", "frage", "zweck")
LEISTUNGEN = ("zwei", "offen")
NOBODY = "0" * 26


def word(town: str, of: str, kind: str) -> str:
    """The word of a municipality in a kind of field: of one of its cases (by its Leistung), or of itself."""
    return f"Qx{town}{of}{kind}"


def words(town: str) -> set[str]:
    of_cases = {word(town, leistung, kind) for leistung in LEISTUNGEN for kind in OF_CASE}
    return of_cases | {word(town, "", kind) for kind in OF_TOWN}


def with_canaries() -> None:
    """Three municipalities with a word of their own in every kind of field, and two cases each."""
    three_towns()
    for town in TOWNS:
        with db.namespace(town):
            add_stelle(word(town, "", "stelle"), key="archiv", by=SYSTEM)
            add_konto("zora", word(town, "", "konto"), f"zora@{town}.example", CLERK, frozenset({"archiv"}), by=SYSTEM)
            change_setting("briefkopf", {"behoerde": word(town, "", "kopf")}, by=SYSTEM)
            change_setting("konnektor.demo", {"schluessel": word(town, "", "schluessel")}, by=SYSTEM)
            with db.transaction() as tx:
                tx.execute(sa.update(konto.T).values(password=HASH))
            for leistung in LEISTUNGEN:
                case_with_canaries(town, leistung)


def case_with_canaries(town: str, leistung: str) -> None:
    def said(kind: str) -> str:
        return word(town, leistung, kind)

    control = {"transactionId": f"7c1b0c1e-0000-4000-8000-0000000{list(TOWNS).index(town)}{LEISTUNGEN.index(leistung)}000",
               "zustaendigeStelle": UNITS[town], "leikaIds": [], "formId": leistung, "name": "Antrag"}  # fmt: skip
    fields = [
        {"name": "nr", "label": "Nummer", "stringValue": said("nr")},
        {"name": "antragsteller", "label": "Wer", "formItems": [
            {"name": "nachname", "label": "Nachname", "stringValue": said("nachname")}]},
    ]  # fmt: skip
    files = [
        Upload(f"{said('plan')}.txt", "text/plain", said("inhalt").encode()),
        Upload(f"{said('geheim')}.txt", "text/plain", said("bytes").encode()),
    ]
    body = json.dumps({"control": control, "formData": fields}).encode()
    case = vorgang_of(bytes(receive_push(body, (), files, limits=Limits(), by=SYSTEM)))
    ute = reads.konto_by_login("ute")[0]
    add_comment(case, said("kommentar"), by=ute)
    set_reminder(case, today(), said("frist"), False, by=ute)
    with db.transaction() as tx:
        told = {"subject": said("betreff"), "body": said("text"), "documents": [], "at": reads.get_vorgang(case).opened_at}
        nachricht.add(tx, case, direction=nachricht.IN, **told)
    if leistung == "zwei":
        [task] = rows(aufgabe.T, vorgang_id=case, state="offen")
        complete_aufgabe(task.id, {"wert": said("wert")}, by=ute)


@pytest.fixture
def app(installation: Installation, patterns: Patterns) -> Flask:
    """Three municipalities with canaries, and their pages."""
    patterns.settle(with_canaries)
    return app_on(installation)


pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


# --- what comes out --------------------------------------------------------------------------------------------------


def names_of_ids() -> dict[str, list[str]]:
    """Ids of all municipalities, by what addresses call them."""
    found: dict[str, list[str]] = {}
    for town in TOWNS:
        with db.namespace(town), db.reading() as tx:
            for table in Base.metadata.sorted_tables:
                if "id" in table.c:
                    ids = tx.scalars(sa.select(table.c.id).order_by(table.c.id).limit(2))
                    found.setdefault(f"{table.name}_id", []).extend(str(id) for id in ids)
    return found


def addresses(app: Flask) -> Iterator[str]:
    """Every address of the guest that can be looked at, with the ids of things of all municipalities."""
    ids = names_of_ids()
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "desk.sign_out" or isinstance(ROUTES[rule.endpoint], Open):
            continue
        wanted = sorted(name for name in rule.arguments if name != "kommune")
        most = max([len(ids.get(name, [NOBODY])) for name in wanted] or [1])
        for number in range(most):
            values = {name: (ids.get(name) or [NOBODY])[number % len(ids.get(name) or [NOBODY])] for name in wanted}
            _, path = rule.build({**{name: values.get(name, "n") for name in rule.arguments}, "kommune": GUEST}) or ("", "")
            yield path


def seen_by(app: Flask, login: str) -> Iterator[tuple[str, str]]:
    """All answers that somebody of the guest gets, on pages and by the interface."""
    client = app.test_client()
    assert sign_in(client, login, slug=GUEST).status_code == 303
    with db.namespace(GUEST):
        token = {"Authorization": f"Bearer {new_token(login, by=SYSTEM)}"}
    for path in set(addresses(app)):
        is_api = "/api/" in path
        answer = (app.test_client() if is_api else client).get(path, headers=token if is_api else BROWSER)
        assert answer.status_code < 500, (path, answer.status_code)
        yield path, answer.get_data(as_text=True) + str(answer.headers)
    yield "/metrics", client.get("/metrics").get_data(as_text=True)


def stored_at(town: str, file: Path) -> Iterator[tuple[str, str]]:
    """All that lies in the database and the folder of a municipality, and its export."""
    with db.namespace(town):
        with db.reading() as tx:
            for table in Base.metadata.sorted_tables:
                for row in tx.all(sa.select(table)):
                    yield table.name, str(tuple(row))
        for path in db.current_installation().folder(town).rglob("*"):
            if path.is_file():
                yield path.name, path.read_bytes().decode("latin-1")
        back_up(file, by=SYSTEM)
    with file.open("rb") as opened:
        for member in archive.members(opened, db.current_installation().secret, lambda at: None):
            yield f"export {member.name}", b"".join(member.parts).decode("latin-1")


def strangers(town: str, texts: Iterable[tuple[str, str]], allowed: frozenset[str] = frozenset()) -> set[tuple[str, str]]:
    """Words of other municipalities in what comes out of one, with where."""
    others = set().union(*(words(one) for one in TOWNS if one != town)) - allowed
    return {(place, one) for place, text in texts for one in others if one in text}


def own(town: str, texts: Iterable[tuple[str, str]]) -> set[str]:
    return {one for _, text in texts for one in words(town) if one in text}


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
    SERVED: frozenset(word(SERVED, "zwei", kind) for kind in OF_CASE),
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
    sealed_or_unused = {word(GUEST, "", kind) for kind in ("frage", "zweck", "schluessel", "kopf")}
    assert own(GUEST, stored) >= words(GUEST) - sealed_or_unused - {word(GUEST, "offen", "wert")}
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
    """What a request may name at an origin."""
    found: list[dict[str, str]] = [{}]
    with db.namespace(town):
        for case in reads.list_vorgaenge(by=SYSTEM).items:
            found += [{"vorgang": case.id, "dokument": one.id} for one in reads.list_dokumente(case.id)]
            found += [{"aufgabe": one.id} for one in rows(aufgabe.T, vorgang_id=case.id)]
    return found


def decoded(content: Any) -> str:
    """The bytes of a document in an answer, as text."""
    return base64.b64decode(content["inhalt"]).decode() if "inhalt" in content else ""
