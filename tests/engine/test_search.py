"""Search: a case is found by every word that stands in it, however it is spelt, and only by those who see it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import reads
from engine.base import clock, db
from engine.base.ports import File, ReplyPolicy
from engine.base.rights import SACHBEARBEITUNG, SYSTEM, Konto
from engine.model import nachricht, search, searched, stelle
from engine.verbs.desk import complete_aufgabe
from engine.verbs.intake import receive_push
from engine.verbs.kommune import Upgraded, upgrade
from engine.verbs.operate import verify
from engine.verbs.post import receive_reply, send_message
from forms.antrag import Limits
from tests.engine.cases import ANNA, BERTA, Upload, vorgang_of
from tests.engine.test_bescheid import Fall, fall

__all__ = ["fall"]

Send = Callable[..., str]
MAILBOX = {"type": "OSI", "trustLevel": "STORK-QAA-Level-3", "postfachAddress": {"identifier": "m-1", "type": "citizen"}}


@pytest.fixture
def send(amt: str) -> Send:
    """Send an application with answers by their labels; gives the case."""

    def sent(answers: dict[str, Any] | None = None, *, files: Any = (), stelle: str = "100001", name: str = "Muster") -> str:
        control = {
            "transactionId": str(uuid.uuid4()), "zustaendigeStelle": stelle, "leikaIds": [], "formId": "probe",
            "name": "Antrag auf Fällgenehmigung", "serviceKonto": MAILBOX,
        }  # fmt: skip
        person = {"name": "nachname", "label": "Nachname", "stringValue": name}
        fields: list[dict[str, Any]] = [{"name": "antragsteller", "label": "Wer beantragt", "formItems": [person]}]
        for number, (label, value) in enumerate((answers or {}).items()):
            kind = {bool: "booleanValue", int: "numberValue", float: "numberValue"}.get(type(value), "stringValue")
            kind = "dateValue" if label.startswith("Tag") else kind
            fields.append({"name": f"feld{number}", "label": label, kind: value})
        body = json.dumps({"control": control, "formData": fields}).encode()
        return vorgang_of(receive_push(body, (), files, limits=Limits(), by=SYSTEM))

    return sent


def found(query: str, by: Konto = ANNA, **narrowed: Any) -> list[str]:
    return [case.id for case in reads.list_vorgaenge(by=by, q=query, **narrowed).items]


# --- what is searched ----------------------------------------------------------------------------------------------


def test_a_case_is_found_by_its_number_whole_or_begun(send: Send) -> None:
    first, second = send(), send()
    nummer = reads.get_vorgang(first).nummer
    assert found(nummer) == [first]
    assert found(nummer.lower()) == [first]
    assert found(nummer[:-1]) == [second, first]
    assert found(nummer.rpartition("-")[2]) == [first]


def test_a_case_is_found_by_applicant_labels_and_answers(send: Send) -> None:
    case = send({"Baumart": "Stieleiche", "Umfang in cm": 210.5, "Tag der Fällung": "2026-03-02", "Gefahr": True})
    send({"Straße": "Hauptstraße 7"}, name="Anders")
    for query in ("Muster", "Baumart", "stieleiche", "210,5", "2026-03-02", "02.03.2026", "2.3.2026", "Gefahr"):
        assert found(query) == [case], query
    assert found("ja") == []
    assert len(found("Fällgenehmigung")) == 2


def test_a_case_is_found_by_messages_out_and_in(send: Send) -> None:
    case = send()
    send()
    send_message(case, "Rückfrage zum Standort", "Wo genau steht die Kastanie?", (), ReplyPolicy.POSSIBLE, by=ANNA)
    assert found("standort") == found("kastanie") == [case]
    with db.transaction() as tx:
        nachricht.provided(tx, tx.scalar(sa.select(nachricht.T.c.id)), "x-1", clock.now(), None)
    plan = File("Lageplan_Nord.pdf", "application/pdf", b"%PDF", "anlage")
    assert receive_reply("x-2", "x-1", "Hinter der Scheune", [plan], clock.now(), by=SYSTEM)
    assert found("scheune") == found("lageplan") == found("nord.pdf") == [case]
    assert found("standort scheune muster") == [case]


def test_a_case_is_found_by_the_names_of_its_documents(send: Send) -> None:
    case = send(files=[Upload("Gutachten Brüning.pdf", "application/pdf", b"%PDF-1.4")])
    send()
    assert found("gutachten") == found("bruening.pdf") == [case]


def test_a_bescheid_is_searched_when_it_is_issued_and_not_before(fall: Fall) -> None:
    assert found("entsprochen") == []
    fall.complete("freigeben", by=BERTA, freigabe="ja")
    assert found("entsprochen") == found("Widerspruch Beispielwert") == [fall.id]


# --- how it is asked for -------------------------------------------------------------------------------------------


def test_umlauts_and_their_spellings_are_the_same(send: Send) -> None:
    case, other = send(name="Müller"), send(name="Mueller")
    send(name="Maler")
    for query in ("Müller", "mueller", "MUELLER", "muller", "müll", "Mü"):
        assert found(query) == [other, case], query


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("Ärger Aerger", ["arger", "arger"]),
        ("Çelik Yıldız Łódź", ["celik", "yildiz", "lodz"]),
        ("BF-2026-00017", ["bf", "2026", "00017"]),
        ("e\u0301tude", ["etude"]),
        ("a_b, c", ["a", "b", "c"]),
        ("-- !?", []),
        ("x" * 100, ["x" * search.LONGEST_WORD]),
    ],
)
def test_words_are_folded(text: str, folded: list[str]) -> None:
    assert search.words(text) == folded


@given(st.text(max_size=30), st.integers(0, 30))
def test_what_begins_a_word_begins_the_folded_word(text: str, length: int) -> None:
    whole, begun = "".join(search.words(text)), "".join(search.words(text[:length]))
    if "".join(text.split()).isalpha():
        assert whole.startswith(begun.rstrip("sſ"))  # a mark or a second s may still follow the last letter


def test_all_words_must_stand_in_the_case_in_any_order(send: Send) -> None:
    case = send({"Baumart": "Stieleiche"})
    send({"Baumart": "Linde"})
    assert found("stieleiche muster") == found("muster stieleiche baumart") == [case]
    assert found("stieleiche linde") == []


def test_a_phrase_in_quotation_marks_is_meant_as_it_stands(send: Send) -> None:
    case = send({"Grund": "Der Baum ist krank"})
    other = send({"Grund": "Krank ist der Baum"})
    assert found('"baum ist krank"') == found("„Baum ist krank“") == [case]
    assert found('"ist kra"') == []
    assert found('"ist kra') == [case]
    assert found("baum krank") == [other, case]


SYNTAX = [
    '"', '""', "*", "AND", "NOT muster", "words:muster", "muster OR", "(", "NEAR(a b)", "a:*", "a & | ! b", "'", "\\", "%", "_",
    "<->", "-", "\x00", "\ud800", "🌳", "'; DROP TABLE search; --", "a" * 10_000, "a " * 5_000, '"' * 9_999,
]  # fmt: skip


def test_nothing_that_is_typed_is_syntax(send: Send) -> None:
    case = send()
    for query in SYNTAX:
        assert found(query) == [], query
        assert found(f"{query[:5]} muster") in ([case], []), query
    assert found("muster") == [case]


def test_signs_around_a_word_are_nothing(send: Send) -> None:
    case = send()
    for query in ("^muster", "muster:*", "(muster)", "-muster", "'muster", "muster\x00", "*muster*"):
        assert found(query) == [case], query


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(query=st.text(max_size=40))
def test_any_query_is_answered(send: Send, query: str) -> None:
    assert isinstance(found(query), list)
    assert len(search.terms(query)) <= search.MOST_TERMS


def test_a_very_long_application_is_kept_and_found(send: Send) -> None:
    case = send({f"Grund {part}": " ".join(f"wort{number}" for number in range(part, 11_000)) for part in range(5)})
    assert found("muster wort17") == [case]
    send_message(case, "Kurz", "Zypresse", (), ReplyPolicy.POSSIBLE, by=ANNA)
    assert found("zypresse") == [case]


def test_german_stems_are_found_where_the_database_knows_them(send: Send) -> None:
    case = send({"Grund": "drei Bäume"})
    with db.reading() as tx:
        knows = tx.dialect == "postgresql"
    assert found("Baum") == [case]
    assert found("Baumes") == ([case] if knows else [])


# --- who finds it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("few", [0, 1000])
def test_nobody_finds_what_they_do_not_see(send: Send, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reads.sight, "FEW", few)
    with db.transaction() as tx:
        tx.execute(sa.insert(stelle.T).values(key="bauamt", name="Bauamt", nummer="100001"))
    case, free = send({"Grund": "Sturm"}), send({"Grund": "Sturm"}, stelle="gibt es nicht")
    paul, olaf = (Konto(key, key, key, frozenset({SACHBEARBEITUNG}), frozenset({key})) for key in ("bauamt", "ordnungsamt"))
    assert found("sturm", by=paul) == [free, case]
    assert found("sturm", by=olaf) == [free]
    assert found("sturm", by=olaf, status="ABGESCHLOSSEN") == []
    assert found('"sturm"', by=olaf, status="NEU") == [free]
    assert found("stu", by=paul, leistung="probe") == [case]


def test_what_is_found_is_listed_newest_first_and_narrowed(send: Send) -> None:
    cases = [send() for _ in range(3)]
    assert found("muster") == cases[::-1]
    assert found("muster", status="NEU", leistung="probe") == cases[::-1]
    assert found("muster", status="ABGESCHLOSSEN") == []
    assert found("muster", page=2) == []


# --- the index -----------------------------------------------------------------------------------------------------


def test_a_case_that_is_missing_in_the_index_is_seen_and_an_upgrade_mends_it(
    send: Send, fall: Fall, installation: db.Installation
) -> None:
    fall.complete("freigeben", by=BERTA, freigabe="ja")
    send_message(send(), "Betreff", "Nachricht", (), ReplyPolicy.POSSIBLE, by=ANNA)
    before = rows()
    with db.transaction() as tx:
        tx.execute(sa.delete(search.T))
    assert found("muster") == []
    assert {(item.invariant, item.subject) for item in verify()} == {("suche", id) for id in before}
    assert upgrade() == [Upgraded("nordfriesland", True)]
    assert {id: sorted(words.split()) for id, words in rows().items()} == {
        id: sorted(words.split()) for id, words in before.items()
    }
    assert found("entsprochen") == [fall.id]
    assert upgrade() == [Upgraded("nordfriesland", False)]


def test_words_of_older_rules_are_written_again(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    case = send()
    monkeypatch.setattr(search, "EDITION", search.EDITION + 1)
    with db.transaction() as tx:
        tx.execute(sa.update(search.T).values(words="alt"))
        assert searched.mend(tx) == 1
    assert found("muster") == [case]
    assert found("alt") == []


def test_what_is_taken_back_is_not_found(send: Send) -> None:
    case = send()
    with pytest.raises(RuntimeError), db.transaction() as tx:
        search.add(tx, case, ["zurück"])
        raise RuntimeError
    assert found("zurück") == []


def rows() -> dict[str, str]:
    with db.reading() as tx:
        return {row.vorgang_id: row.words for row in tx.all(sa.select(search.T.c.vorgang_id, search.T.c.words))}


def test_completing_a_task_writes_nothing_to_search(fall: Fall) -> None:
    before = rows()
    [task] = reads.list_aufgaben(vorgang_id=fall.id).items
    complete_aufgabe(task.id, {"freigabe": "nein"}, by=BERTA)
    assert rows() == before
