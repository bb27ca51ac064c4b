"""The checker sees what it is for: each breach is shown to it once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.faults import checker, requests, table
from tests.faults.checker import Findings

TABLES = """
CREATE TABLE antrag (transaction_id, vorgang_id); CREATE TABLE vorgang (id, nummer, leistung, state);
CREATE TABLE aufgabe (id, vorgang_id, token, state, closed_by); CREATE TABLE history (vorgang_id, token, kind, element);
CREATE TABLE frist (id, vorgang_id, token, state, due_at, fired_at); CREATE TABLE message (id, name, key, state);
CREATE TABLE erwartung (vorgang_id, name, key, state); CREATE TABLE auftrag (id, vorgang_id, state);
CREATE TABLE incident (vorgang_id, state);
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


def test_an_application_that_was_confirmed_and_is_not_there_is_lost(base: Base) -> None:
    found = Findings()
    checker._applications(base, [start("ok")], found)
    assert list(found.breaches) == ["lost applications"]


def test_an_application_without_an_answer_may_be_there_or_not(base: Base) -> None:
    found = Findings()
    checker._applications(base, [start("unknown")], found)
    base("INSERT INTO antrag VALUES ('t1', 'v1')")
    base("INSERT INTO vorgang VALUES ('v1', '1', 'uhr', 'active')")
    checker._applications(base, [start("unknown")], found)
    assert not found.breaches


def test_two_cases_for_one_application_are_found(base: Base) -> None:
    base("INSERT INTO antrag VALUES ('t1', 'v1')")
    base("INSERT INTO vorgang VALUES ('v1', '1', 'uhr', 'active'), ('v2', '2', 'uhr', 'active')")
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
    checker._timers(base, found, [])
    assert (len(found.breaches["timers early"]), len(found.breaches["silent waits"])) == (1, 1)


def test_a_case_that_waits_for_nothing_is_found(base: Base) -> None:
    base("INSERT INTO vorgang VALUES ('v1', '1', 'uhr', 'active'), ('v2', '2', 'uhr', 'completed')")
    found = Findings()
    checker._waits(base, found)
    assert found.breaches["silent waits"] == ["v1 waits for nothing"]


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
