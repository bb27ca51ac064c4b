"""The checker sees what it is for: each breach is shown to it once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.faults import checker, requests, run, table
from tests.faults.checker import Findings
from tests.faults.recovery import Took

TABLES = """
CREATE TABLE antrag (transaction_id, vorgang_id); CREATE TABLE vorgang (id, nummer, leistung, state, origin_key);
CREATE TABLE aufgabe (id, vorgang_id, token, state, closed_by); CREATE TABLE history (vorgang_id, token, kind, element);
CREATE TABLE frist (id, vorgang_id, token, state, due_at, fired_at); CREATE TABLE message (id, name, key, state);
CREATE TABLE erwartung (vorgang_id, name, key, state); CREATE TABLE auftrag (id, vorgang_id, token, type, state);
CREATE TABLE incident (vorgang_id, token, state); CREATE TABLE dokument (id, vorgang_id);
CREATE TABLE signal (id); CREATE TABLE signal_delivery (signal_id, receiver, state);
"""


class Base:
    """A database with rows as a test wants them."""

    def __init__(self) -> None:
        import sqlite3

        self.connection = sqlite3.connect(":memory:")
        self.connection.executescript(TABLES)

    def __call__(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        return list(self.connection.execute(statement.replace("%s", "?"), values))


@pytest.fixture
def base() -> Base:
    return Base()


def start(phase: str, transaction: str = "t1", vorgang: str = "v1") -> dict[str, str]:
    return {"kind": "start", "phase": phase, "transaction": transaction, "vorgang": vorgang}


def case(base: Base, id: str, leistung: str = "uhr", state: str = "active", key: str = "") -> None:
    base("INSERT INTO vorgang VALUES (%s, %s, %s, %s, %s)", id, f"nr-{id}", leistung, state, key)


def test_an_application_that_was_confirmed_and_is_not_there_is_lost(base: Base) -> None:
    found = Findings()
    checker._applications(base, [start("ok")], found)
    assert list(found.breaches) == ["lost applications"]


def test_an_application_without_an_answer_may_be_there_or_not(base: Base) -> None:
    found = Findings()
    checker._applications(base, [start("unknown")], found)
    base("INSERT INTO antrag VALUES ('t1', 'v1')")
    case(base, "v1")
    checker._applications(base, [start("unknown")], found)
    assert not found.breaches


def test_two_cases_for_one_application_are_found(base: Base) -> None:
    base("INSERT INTO antrag VALUES ('t1', 'v1')")
    case(base, "v1")
    case(base, "v2")
    found = Findings()
    checker._applications(base, [start("ok"), start("ok", vorgang="v2")], found)
    assert len(found.breaches["doubled applications"]) == 2


def test_a_completion_that_was_confirmed_and_is_undone_is_lost(base: Base) -> None:
    base("INSERT INTO aufgabe VALUES ('a1', 'v1', 'k', 'offen', NULL)")
    found = Findings()
    checker._completions(base, [{"phase": "ok", "aufgabe": "a1", "login": "amt1"}], found)
    assert list(found.breaches) == ["lost completions"]


def test_two_clerks_who_both_won_are_found(base: Base) -> None:
    base("INSERT INTO aufgabe VALUES ('a1', 'v1', 'k', 'erledigt', 'amt1')")
    base("INSERT INTO history VALUES ('v1', 'k', 'completed', 'e'), ('v1', 'k', 'completed', 'e')")
    found = Findings()
    checker._completions(base, [{"phase": "ok", "aufgabe": "a1", "login": f"amt{n}"} for n in (1, 2)], found)
    assert len(found.breaches["doubled completions"]) == 2


def test_a_timer_that_fired_early_or_not_at_all_is_found(base: Base) -> None:
    base("INSERT INTO frist VALUES ('f1', 'v1', 'k', 'ausgeloest', '2026-03-02T08:00:01Z', '2026-03-02T08:00:00Z')")
    base("INSERT INTO frist VALUES ('f2', 'v1', 'l', 'offen', '2026-03-02T08:00:01Z', NULL)")
    found = Findings()
    checker._timers(base, found)
    assert (len(found.breaches["timers early"]), len(found.breaches["silent waits"])) == (1, 1)


def test_a_case_that_waits_for_nothing_is_found(base: Base) -> None:
    case(base, "v1")
    case(base, "v2", state="completed")
    found = Findings()
    checker._waits(base, found)
    assert found.breaches["silent waits"] == ["v1 waits for nothing"]


def test_a_message_that_began_two_cases_and_one_that_began_none_are_found(base: Base) -> None:
    case(base, "v1", "beginnt", key="k")
    case(base, "v2", "beginnt", key="k")
    base("INSERT INTO message VALUES ('m1', 'beginn', 'l', 'wartet')")
    found = Findings()
    checker._messages(base, [], found)
    assert (len(found.breaches["doubled applications"]), len(found.breaches["silent waits"])) == (1, 1)


def test_a_signal_that_is_not_there_and_one_that_did_not_arrive_are_found(base: Base) -> None:
    base("INSERT INTO signal_delivery VALUES ('s1', 'v1', 'offen')")
    found = Findings()
    checker._signals(base, [{"phase": "ok", "signal": "s2"}], found)
    assert (len(found.breaches["lost messages"]), len(found.breaches["silent waits"])) == (1, 1)


def test_an_effect_that_is_not_there_and_one_that_is_there_twice_are_found(base: Base) -> None:
    case(base, "v1")
    base("INSERT INTO history VALUES ('v1', 'k', 'completed', 'drucken')")
    case(base, "v2", "bescheid", "completed")
    case(base, "v3", "bescheid")
    base("INSERT INTO dokument VALUES ('d1', 'v3'), ('d2', 'v3')")
    outside = {"konto/servicekonto.sqlite": ["nr-v9", "nr-v9"]}
    found = Findings()
    checker._effects(base, lambda file, _: outside.get(file, []), "husum", found)
    assert found.breaches["lost effects"] == ["husum nr-v1: no sheet, though it is done", "husum nr-v2: 0 documents"]
    assert found.breaches["doubled effects"] == ["husum nr-v9: 2 times a message", "husum nr-v3: 2 documents"]


def test_another_key_for_the_same_and_work_that_was_never_asked_for_are_found(base: Base) -> None:
    base("INSERT INTO auftrag VALUES ('a1', 'v1', 't1', 'baumregister.melden', 'erledigt')")
    base("INSERT INTO auftrag VALUES ('a2', 'v2', 't1', 'baumregister.melden', 'erledigt')")
    ledgers = [{"path": "/eintraege", "key": f"husum-v1-{token}"} for token in ("t1", "t2")]
    found = Findings()
    checker._ledgers(base, "husum", ledgers, found)
    assert (len(found.breaches["doubled effects"]), len(found.breaches["lost effects"])) == (1, 1)


def test_a_run_in_which_work_went_on_too_late_or_nothing_was_shown_falls_short() -> None:
    result = run.Result("sqlite", 1, [])
    result.found.counts.update(dict.fromkeys(run.MUST_HAVE_BEEN, 1))
    assert run.falls_short(result) == []
    result.recovered.kills.append(Took("web", 31.0))
    result.recovered.redis.append(Took("FLUSHALL", 59.0))
    del result.found.counts["effects: entry"]
    assert run.falls_short(result) == ["work went on 31 s after: web", "no effects: entry"]


def test_every_line_of_every_sender_is_read(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.requests").write_text(json.dumps({"n": f"{name}-1", "phase": "sent"}) + "\n")
    assert [line["n"] for line in requests.read(tmp_path)] == ["a-1", "b-1"]


def test_the_table_goes_between_its_markers_and_nowhere_else(tmp_path: Path) -> None:
    page = tmp_path / "promises.md"
    page.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n")
    table.write(page, "| new |\n")
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "| new |" in text
