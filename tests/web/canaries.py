"""Canaries: three municipalities with a word of their own in every kind of field, and all that comes out of one as text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from connectors import CONNECTORS, Switchboard
from engine import reads
from engine.base import archive, db
from engine.base.db import Base
from engine.base.rights import SYSTEM
from engine.model import aufgabe, konto, nachricht
from engine.verbs.backup import back_up
from engine.verbs.design import deploy_bundle
from engine.verbs.desk import complete_aufgabe
from engine.verbs.intake import receive_push
from engine.verbs.konten import add_konto, new_token
from engine.verbs.notes import add_comment, set_reminder
from engine.verbs.operate import change_setting
from engine.verbs.stellen import add_stelle
from engine.verbs.work import work_next
from forms.antrag import Limits
from tests.engine.cases import Upload, rows, vorgang_of
from tests.engine.neighbours import CLERK, TOWNS, UNITS, three_towns, today
from tests.engine.test_bescheid import OFFER
from tests.engine.test_shared_office import KEY, LETTER, office_bundle
from tests.pdf import attached, text_of
from tests.web.site import HASH
from tests.web.test_identity import BROWSER, sign_in
from web.routes import ROUTES, Open

GUEST, HELPED, SERVED = "kreis", "husum", "heide"
OF_CASE = ("nachname", "nr", "plan", "inhalt", "geheim", "bytes", "kommentar", "frist", "wert", "betreff", "text")
OF_HEAD = ("kopf", "adresse", "ort", "fuss", "datenschutz")
OF_TOWN = ("konto", "stelle", "schluessel", "frage", "zweck", *OF_HEAD)
LEISTUNGEN = ("zwei", "offen", KEY)
NOBODY = "0" * 26


def word(town: str, of: str, kind: str) -> str:
    """The word of a municipality in a kind of field: of one of its cases (by its Leistung), or of itself."""
    return f"Qx{town}{of}{kind}"


def words(town: str) -> set[str]:
    of_cases = {word(town, leistung, kind) for leistung in LEISTUNGEN for kind in OF_CASE}
    return of_cases | {word(town, "", kind) for kind in OF_TOWN}


def head_of(town: str) -> frozenset[str]:
    """The words that stand in all letters a municipality writes."""
    return frozenset(word(town, "", kind) for kind in OF_HEAD)


def with_canaries() -> None:
    """Three municipalities with a word of their own in every kind of field, and three cases each, one of them decided."""
    three_towns()
    for town in TOWNS:
        with db.namespace(town):
            add_stelle(word(town, "", "stelle"), key="archiv", by=SYSTEM)
            add_konto("zora", word(town, "", "konto"), f"zora@{town}.example", CLERK, frozenset({"archiv"}), by=SYSTEM)
            authority, address, place, footer, privacy = (word(town, "", kind) for kind in OF_HEAD)
            change_setting("briefkopf", {"authority": authority, "address": [address], "place": place}, by=SYSTEM)
            change_setting("brieftexte", {"footer": [footer], "privacy": privacy}, by=SYSTEM)
            deploy_bundle(deciding(), OFFER, by=SYSTEM)
            change_setting("konnektor.demo", {"schluessel": word(town, "", "schluessel")}, by=SYSTEM)
            with db.transaction() as tx:
                tx.execute(sa.update(konto.T).values(password=HASH))
            decided(*[case_with_canaries(town, leistung) for leistung in LEISTUNGEN][-1:])


def deciding() -> dict[str, bytes]:
    """A Leistung whose Bescheid quotes the application."""
    letter = LETTER.replace('"Erika Muster"', '"{= antrag.antragsteller.nachname}"').replace(
        "So ist es.", "Es ist {= antrag.nr}."
    )
    return {**office_bundle(), "notices/bescheid.toml": letter.encode()}


def decided(case: str) -> None:
    """Ute drafts the Bescheid of a case, Udo approves it, and it is issued: the PDFs are set as in life."""
    for login, answers in (("ute", {"cent": 5000}), ("udo", {"freigabe": "ja"})):
        [task] = rows(aufgabe.T, vorgang_id=case, state="offen")
        complete_aufgabe(task.id, answers, by=reads.konto_by_login(login)[0])
        work_off()


def work_off() -> None:
    """All that waits for the outside is done by the connectors that are shipped."""
    connectors = Switchboard(CONNECTORS)
    while work_next(connectors, by=SYSTEM):
        pass


def case_with_canaries(town: str, leistung: str, number: int = 0) -> str:
    """An application with its words; gives the id of the case."""

    def said(kind: str) -> str:
        return word(town, leistung, kind)

    id = f"{list(TOWNS).index(town)}{LEISTUNGEN.index(leistung)}{number}"
    control = {"transactionId": f"7c1b0c1e-0000-4000-8000-000000000{id}",
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
    return case


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
        yield path, as_text(answer.data) + str(answer.headers)
    yield "/metrics", client.get("/metrics").get_data(as_text=True)


PDF = "letter "


def as_text(content: bytes) -> str:
    """What can be read in some bytes; of a PDF its text and the data in it."""
    if not content.startswith(b"%PDF-"):
        return content.decode("latin-1")
    return text_of(content) + json.dumps(attached(content), default=str)


def named(place: str, content: bytes) -> tuple[str, str]:
    """What can be read in some bytes, with where they were found."""
    return f"{PDF}{place}" if content.startswith(b"%PDF-") else place, as_text(content)


def stored_at(town: str, file: Path) -> Iterator[tuple[str, str]]:
    """All that lies in the database and the folder of a municipality, and its export."""
    with db.namespace(town):
        with db.reading() as tx:
            for table in Base.metadata.sorted_tables:
                for row in tx.all(sa.select(table)):
                    yield table.name, str(tuple(row))
        for path in db.current_installation().folder(town).rglob("*"):
            if path.is_file():
                yield named(path.name, path.read_bytes())
        back_up(file, by=SYSTEM)
    with file.open("rb") as opened:
        for member in archive.members(opened, db.current_installation().secret, lambda at: None):
            yield named(f"export {member.name}", b"".join(member.parts))


def strangers(town: str, texts: Iterable[tuple[str, str]], allowed: frozenset[str] = frozenset()) -> set[tuple[str, str]]:
    """Words of other municipalities in what comes out of one, with where."""
    others = set().union(*(words(one) for one in TOWNS if one != town)) - allowed
    return {(place, one) for place, text in texts for one in others if one in text}


def own(town: str, texts: Iterable[tuple[str, str]]) -> set[str]:
    return {one for _, text in texts for one in words(town) if one in text}
