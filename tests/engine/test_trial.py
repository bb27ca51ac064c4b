"""A designer tries a version: what it asks for, and the Vorgang that a made-up application becomes."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from engine import reads
from engine.base.errors import Conflict, Forbidden, Invalid, Unknown
from engine.base.rights import SYSTEM, Konto
from engine.model import antrag, erwartung, protokoll
from engine.model.bundle import inspect, read_folder
from engine.verbs.asked import asked, examples
from engine.verbs.design import deploy_bundle
from engine.verbs.rehearse import nodes_of, run_bundle, scenarios_of
from engine.verbs.trial import Given, start_test, transaction_id
from tests.bpmn.diagrams import beside_timer, catch, end, flows, message, process, script, start, user
from tests.engine.cases import ANNA, PROBE, TYPES, bundle, push, rows, vorgang_of

DORA = Konto("9", "dora", "Dora", frozenset({"prozessdesign"}))
ASKS = process(
    start(),
    script("lesen", "{a: antrag.antragsteller, ort: a.ort, arten: for b in antrag.baeume return b.art}", "angaben"),
    script("dick", "count(antrag.baeume[item.umfang > 80]) > 0 and antrag.tag.year > 2000", "dick"),
    script("summe", "sum(flatten([antrag.stufen.erste, antrag.stufen.zweite])) + string length(antrag.grund)", "summe"),
    user("pruefen"),
    end(),
    flows("start > lesen > dick > summe > pruefen > end"),
)
SCENARIO = b"""
name = "Ein Beispiel"
[variables]
antragsteller = "Erika Muster"
servicekonto = { type = "OSI" }
antrag = { grund = "Sturm", baeume = [{ art = "Eiche", umfang = 210.5 }], tag = 2026-03-02, eilt = true }
[[step]]
complete = "pruefen"
[expect]
state = "completed"
"""


def start_one(version: str, *fields: Given, **options: Any) -> str:
    given: dict[str, Any] = {"applicant": "Erika Muster", "mailbox": False, "transaction_id": str(uuid.uuid4()), "by": DORA}
    return start_test(version, fields, **{**given, **options})


# --- what a version asks for ---------------------------------------------------------------------------------------


def of(files: dict[str, bytes]) -> Any:
    made, findings = inspect(files)
    assert made is not None, findings
    return made


def test_every_part_of_the_application_that_an_expression_names_is_asked_for() -> None:
    paths = {field.path for field in asked(of(bundle(ASKS)))}
    assert paths == {
        "antragsteller.ort", "baeume[1].art", "baeume[1].umfang", "tag", "stufen.erste", "stufen.zweite", "grund",
    }  # fmt: skip


def test_examples_come_from_scenarios_with_their_kinds() -> None:
    made = of({**bundle(ASKS), "scenarios/eins.toml": SCENARIO, "scenarios/kaputt.toml": b"= ="})
    [example] = examples(made)
    assert (example.name, example.applicant, example.mailbox) == ("Ein Beispiel", "Erika Muster", True)
    fields = {field.path: (field.kind, field.example) for field in asked(made, example)}
    assert fields["baeume[1].umfang"] == ("zahl", "210,5")
    assert fields["tag"] == ("datum", "2026-03-02")
    assert fields["eilt"] == ("ja_nein", "ja")
    assert fields["antragsteller.ort"] == (None, "")


@pytest.mark.parametrize("place", ["nordfriesland", "husum"])
def test_the_shipped_bundles_ask_for_what_their_applications_have(place: str) -> None:
    made = of(read_folder(Path("processes") / place / "baumfaellung"))
    fields = {field.path: field.kind for field in asked(made)}
    assert fields["baeume[1].umfang"] == "zahl"
    assert {"grund", "antragsteller.strasse", "baeume[1].art"} <= fields.keys()


# --- the Vorgang ---------------------------------------------------------------------------------------------------


def test_a_test_is_a_vorgang_of_that_version_marked_as_test_with_its_receipt(amt: Any) -> None:
    old = reads.current_version("probe")
    deploy_bundle({**bundle(PROBE), "hinweis.txt": b"neu"}, TYPES, by=SYSTEM)
    id = start_one(old, Given("nr", "text", "7"), mailbox=True)
    case = reads.get_vorgang(id)
    assert case.name == "Test: probe"
    assert (case.version_id, case.applicant, case.stelle) == (old, "Erika Muster", None)
    assert [row.vorgang_id for row in rows(antrag.T)] == [id]
    [line] = rows(protokoll.T, vorgang_id=id)
    assert (line.tag, line.konto) == ("leistung:probiert", "dora")


def test_the_process_knows_the_answers_as_those_of_an_application(amt: Any) -> None:
    waits = process(
        start(),
        catch("antwort", "m"),
        end(),
        flows("start > antwort > end"),
        head=message("m", "antwort", "antrag.baeume[2].art"),
    )
    version = deploy_bundle(bundle(waits, "baum", "BM"), TYPES, by=SYSTEM)
    id = start_one(
        version,
        Given("baeume[1].art", "text", "Eiche"),
        Given("antrag.baeume[2].art", "text", "Linde"),
        Given("baeume[1].umfang", "zahl", "210,5"),
        Given("standort.ort", "text", " Husum "),
        Given("tag", "datum", "2026-03-02"),
        Given("eilt", "ja_nein", "ja"),
        Given("leer", "zahl", "  "),
    )
    fields = {field["name"]: field for field in reads.antrag_of(id)}
    assert fields["standort"]["items"][0]["value"] == "Husum"
    assert [item["name"] for item in fields["baeume"]["items"]] == ["eintrag_1", "eintrag_2"]
    assert "leer" not in fields
    assert [row.key for row in rows(erwartung.T)] == ["Linde"]


def test_the_same_page_sent_twice_makes_one_vorgang(amt: Any) -> None:
    version, transaction = reads.current_version("probe"), str(uuid.uuid4())
    first = start_one(version, Given("nr", "text", "7"), transaction_id=transaction)
    assert start_one(version, Given("nr", "text", "7"), transaction_id=transaction) == first
    with pytest.raises(Conflict):
        start_one(version, Given("nr", "text", "8"), transaction_id=transaction)


def test_the_transaction_of_a_real_application_cannot_be_taken(amt: Any) -> None:
    transaction = str(uuid.uuid4())
    push(transaction=transaction)
    with pytest.raises(Conflict):
        start_one(reads.current_version("probe"), transaction_id=transaction)


def test_what_is_no_transaction_becomes_a_new_one() -> None:
    assert transaction_id("x") != transaction_id("x")
    known = str(uuid.uuid4())
    assert transaction_id(known) == known


BAD = [
    (Given("", "text", "x"), "/pfad-1"),
    (Given("a b", "text", "x"), "/pfad-1"),
    (Given("a[0]", "text", "x"), "/pfad-1"),
    (Given("a..b", "text", "x"), "/pfad-1"),
    (Given("a.b.c.d.e.f.g", "text", "x"), "/pfad-1"),
    (Given("x" * 10_000, "text", "x"), "/pfad-1"),
    (Given("antragsteller.nachname", "text", "Andere"), "/pfad-1"),
    (Given("antragsteller", "text", "Andere"), "/pfad-1"),
    (Given("antragsteller.nachname.x", "text", "Andere"), "/pfad-1"),
    (Given("n", "zahl", "viele"), "/wert-1"),
    (Given("n", "zahl", "1" * 2_000), "/wert-1"),
    (Given("t", "datum", "gestern"), "/wert-1"),
    (Given("j", "ja_nein", "vielleicht"), "/wert-1"),
    (Given("t", "text", "x" * 10_001), "/wert-1"),
    (Given("t", "text", "a\x00b"), "/wert-1"),
]


@pytest.mark.parametrize(("given", "pointer"), BAD)
def test_what_cannot_be_part_of_an_application_is_refused_at_its_row(amt: Any, given: Given, pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        start_one(reads.current_version("probe"), given)
    assert [cause.pointer for cause in refused.value.causes] == [pointer]
    assert rows(antrag.T) == []


@pytest.mark.parametrize("name", ["", "   ", "x" * 10_000, "Erika\x00"])
def test_somebody_must_apply(amt: Any, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        start_one(reads.current_version("probe"), applicant=name)
    assert [cause.pointer for cause in refused.value.causes] == ["/name"]


def test_only_designers_try_and_only_versions_that_are_there(amt: Any) -> None:
    with pytest.raises(Forbidden):
        start_one(reads.current_version("probe"), by=ANNA)
    with pytest.raises(Unknown):
        start_one("0" * 64)


def test_tests_are_seen_by_who_started_them_and_counted_apart(amt: Any) -> None:
    version = reads.current_version("probe")
    real = vorgang_of(push())
    id = start_one(version)
    counted = reads.get_version(version)
    assert (counted.open, counted.closed, counted.tests) == (1, 0, 1)
    assert [case.id for case in reads.list_tests(version, DORA)] == [id]
    assert reads.list_tests(version, ANNA) == ()
    reads.require_sight(DORA, "test_id", id)
    for konto, case in ((ANNA, id), (DORA, real), (SYSTEM, id)):
        with pytest.raises(Unknown):
            reads.require_sight(konto, "test_id", case)


# --- its scenarios -------------------------------------------------------------------------------------------------


def test_the_scenarios_of_a_version_run_and_say_what_they_reach() -> None:
    made = of({**bundle(ASKS), "scenarios/eins.toml": SCENARIO, "gemeinsam/teil/scenarios/fremd.toml": SCENARIO})
    assert [name for name, _ in scenarios_of(made)] == ["eins"]
    report = run_bundle(made, scenarios_of(made))
    assert [result.name for result in report.scenarios] == ["Ein Beispiel"]
    assert set(nodes_of(made)) == {"start", "lesen", "dick", "summe", "pruefen", "end"}


def test_a_scenario_that_never_rests_is_stopped() -> None:
    diagram = process(
        start(), user("a"), beside_timer("oft", "a", "R/PT1M", "timeCycle"), end(), end("e2"),
        flows("start > a > end", "oft > e2"),
    )  # fmt: skip
    made = of({**bundle(diagram), "scenarios/ewig.toml": b'[[step]]\nadvance = "P1000D"'})
    [result] = run_bundle(made, scenarios_of(made)).scenarios
    assert not result.passed
    assert "kommt nicht zur Ruhe" in result.reasons[0]
