"""Scenarios of a bare diagram: played as their file says; a file that says something meaningless is never a success."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.verbs.scenario import Report, run_path
from tests.bpmn.diagrams import (
    boundary_error,
    boundary_timer,
    catch,
    end,
    error,
    flow,
    flows,
    message,
    process,
    script,
    service,
    start,
    user,
    xor,
)

DIAGRAM = process(
    start(), user("pruefen"), boundary_timer("frist", "pruefen", "P14D"), end("zu_spaet"), xor("ok", default="ok_nein"),
    end("nein"), service("senden"), boundary_error("fehler", "senden", "e"), catch("antwort", "m"), end("fertig"),
    flow("ok", "nein"), flow("ok", "senden", "ok = true"),
    flows("start > pruefen > ok", "frist > zu_spaet", "senden > antwort > fertig", "fehler > nein"),
    head=message("m", "antwort", "nr") + error("e", "WEG"),
)  # fmt: skip

GRANTED = '[[step]]\ncomplete = "pruefen"\nvariables = { ok = true }\n'


@pytest.fixture
def play(tmp_path: Path):
    """Play scenarios, given as TOML by file name, on the diagram; the report."""

    def go(*names: str, **scenarios: str) -> Report:
        (tmp_path / "scenarios").mkdir()
        (tmp_path / "p.bpmn").write_bytes(DIAGRAM)
        for stem, content in scenarios.items():
            (tmp_path / "scenarios" / f"{stem}.toml").write_text(content, encoding="utf-8")
        return run_path(tmp_path / "p.bpmn", names)

    return go


def test_a_message_that_comes_early_is_kept_a_number_is_its_key(play):
    report = play(
        a="""
        variables = { nr = 7 }
        [jobs]
        "demo.druckt" = { gedruckt = "x" }
        [[step]]
        waits_at = ["pruefen"]
        message = { name = "antwort", key = "7" }
        variables = { inhalt = "ja" }
        [[step]]
        complete = "pruefen"
        variables = { ok = true }
        [expect]
        state = "completed"
        ends = ["fertig"]
        passed = ["senden"]
        variables = { inhalt = "ja", gedruckt = "x" }
        """
    )
    assert report.ok, report
    assert report.missed == ("frist", "zu_spaet", "nein", "fehler")


def test_a_message_whose_time_is_over_is_gone(play):
    report = play(
        a="""
        variables = { nr = "7" }
        [[step]]
        message = { name = "antwort", key = "7", ttl = "PT1H" }
        [[step]]
        advance = "PT2H"
        [[step]]
        complete = "pruefen"
        variables = { ok = true }
        [[step]]
        job = "senden"
        [expect]
        state = "active"
        ends = []
        not_passed = ["antwort"]
        """
    )
    assert report.ok, report


def test_a_job_without_an_answer_rests_and_can_fail_or_throw(play):
    report = play(
        wirft=GRANTED + '[[step]]\nerror = { job = "senden", code = "WEG" }\n[expect]\nends = ["nein"]\npassed = ["fehler"]\n',
        scheitert=f'{GRANTED}[[step]]\nfail = "senden"\n[expect]\nstate = "incident"\n',
        ruht=f'{GRANTED}[expect]\nstate = "completed"\n',
    )
    assert [(result.name, result.passed) for result in report.scenarios] == [
        ("ruht", False),
        ("scheitert", True),
        ("wirft", True),
    ]
    assert "senden (demo.druckt)" in report.scenarios[0].reasons[0]


def test_a_scenario_is_chosen_by_its_file_or_its_name(play):
    report = play("b", "der dritte", a='name = "erste"', b="", c='name = "der dritte"')
    assert [result.name for result in report.scenarios] == ["b", "der dritte"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("step = 3", "„step“ ist keine Liste"),
        ('[step]\ncomplete = "pruefen"', "„step“ ist keine Liste"),
        ("step = [1]", "Schritt 1: keine Tabelle"),
        ('[[step]]\nerror = "x"', "Schritt 1: „error“ ist keine Tabelle"),
        ('[[step]]\nmessage = "x"', "„message“ ist keine Tabelle"),
        ('[[step]]\nmessage = { nam = "x" }', "message: „nam“ ist unbekannt"),
        ("[[step]]\ncomplete = 3", "„complete“ ist kein Text"),
        ('[[step]]\nwaits_at = "pruefen"', "„waits_at“ ist keine Liste"),
        ('[[step]]\ncomplete = "pruefen"\njob = "senden"', "mehrdeutig: complete, job"),
        ('[[step]]\ncomplete = "pruefen"\nitem = true', "„item“ ist keine Zahl"),
        ("variables = 3", "„variables“ ist keine Tabelle"),
        ("jobs = [1]", "„jobs“ ist keine Tabelle"),
        ('[jobs]\n"demo.druckt" = 3', "„jobs.demo.druckt“ ist keine Tabelle"),
        ("expect = 3", "„expect“ ist keine Tabelle"),
        ('[expect]\nstat = "completed"', "expect: „stat“ ist unbekannt"),
        ("expects = {}", "„expects“ ist unbekannt"),
        ("at = 2026-03-02T09:00:00", "kein Zeitpunkt mit Zeitzone"),
        ("name = [", "nicht lesbar"),
    ],
)
def test_what_means_nothing_is_said_and_never_a_success(play, content: str, said: str):
    (result,) = play(a=content).scenarios
    assert not result.passed
    assert said in "; ".join(result.reasons)


def test_after_an_advance_today_is_the_later_day(tmp_path: Path) -> None:
    diagram = tmp_path / "p.bpmn"
    diagram.write_bytes(process(start(), user("u"), script("tag", "today()", "heute"), end(), flows("start > u > tag > end")))
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios/a.toml").write_text(
        'at = 2026-03-02T09:00:00+01:00\n[[step]]\nadvance = "P14D"\n[[step]]\ncomplete = "u"\n'
        '[expect]\nstate = "completed"\nvariables = { heute = "2026-03-16" }\n'
    )
    report = run_path(diagram)
    assert report.ok, report
