"""Scenarios of a bare diagram: played as their file says; a file that says something meaningless is never a success."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.verbs.scenario import Report, run_path
from tests.bpmn.diagrams import (
    begins,
    boundary_error,
    boundary_timer,
    catch,
    catching,
    end,
    error,
    flow,
    flows,
    loop,
    message,
    par,
    process,
    script,
    service,
    signal,
    start,
    sub,
    throw,
    user,
    xor,
)
from tests.engine.events import sends

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


# --- what is thrown ------------------------------------------------------------------------------------------------


def played(tmp_path: Path, diagram: bytes, scenario: str) -> Report:
    (tmp_path / "scenarios").mkdir(exist_ok=True)
    (tmp_path / "p.bpmn").write_bytes(diagram)
    (tmp_path / "scenarios" / "a.toml").write_text(scenario, encoding="utf-8")
    return run_path(tmp_path / "p.bpmn")


HEAD = message("m", "antwort", '"k"') + signal("s", "wecker")


@pytest.mark.parametrize("act", ['complete = "u"', 'job = "d"', 'error = { job = "d", code = "WEG" }', 'fail = "d"'])
def test_an_item_is_that_of_whatever_is_done_for_every_item_around_the_task(tmp_path, act):
    """A multi-instance sub-process with a task in it, or a service task that is multi-instance itself."""
    many = loop("l", "i", "r", "o")
    inside = sub("a", start("s"), user("u"), script("z", "i", "o"), end("e"), flows("s > u > z > e"), inside=many)
    diagram = process(
        start(), par("g"), inside, service("d", many), boundary_error("b", "d", "err"), end("e1"), end("e2"), end("e3"),
        flows("start > g > a > e1", "g > d > e2", "b > e3"), head=error("err", "WEG"),
    )  # fmt: skip
    step = "[[step]]\nitem = {}\n{}\n"
    report = played(tmp_path, diagram, "variables = { l = [7, 8] }\n" + step.format(2, act))
    assert report.ok, report
    report = played(tmp_path, diagram, "variables = { l = [7, 8] }\n" + step.format(3, act))
    assert "ist nicht offen" in report.scenarios[0].reasons[0]


def test_a_message_that_the_process_throws_waits_in_the_scenario_until_it_waits_for_it(tmp_path):
    diagram = process(
        start(), sends("senden", "m", '"k"', inputs={"inhalt": '="ja"'}), user("pause"), catch("antwort", "m"), end(),
        flows("start > senden > pause > antwort > end"), head=HEAD,
    )  # fmt: skip
    done = '[[step]]\ncomplete = "pause"\n[expect]\nstate = "completed"\nvariables = { inhalt = "ja" }'
    assert played(tmp_path, diagram, done).ok


def test_a_thrown_message_whose_time_is_over_is_gone_in_a_scenario(tmp_path):
    diagram = process(
        start(), sends("senden", "m", '"k"', ttl="PT1H"), user("pause"), catch("antwort", "m"), end(),
        flows("start > senden > pause > antwort > end"), head=HEAD,
    )  # fmt: skip
    late = '[[step]]\nadvance = "PT2H"\n[[step]]\ncomplete = "pause"\n[expect]\nstate = "active"'
    assert played(tmp_path, diagram, late).ok


def test_a_thrown_signal_reaches_what_waits_at_that_time_in_the_scenario(tmp_path):
    diagram = process(
        start(), par("teilen"), catching("vorher", "signal", "s"), user("pause"), throw("werfen", "signal", "s"),
        catching("nachher", "signal", "s"), end("e1"), end("e2"),
        flows("start > teilen > vorher > e1", "teilen > pause > werfen > nachher > e2"), head=HEAD,
    )  # fmt: skip
    thrown = '[[step]]\ncomplete = "pause"\n[expect]\nstate = "active"\npassed = ["vorher", "werfen"]\nnot_passed = ["nachher"]'
    assert played(tmp_path, diagram, thrown).ok


def test_throws_that_never_come_to_rest_end_the_scenario_with_a_sentence(tmp_path):
    diagram = process(
        start(), catch("antwort", "m"), sends("senden", "m", '"k"'), flows("start > antwort > senden > antwort"), head=HEAD
    )
    report = played(tmp_path, diagram, '[[step]]\nmessage = { name = "antwort", key = "k" }')
    assert "lösen einander ohne Pause aus" in report.scenarios[0].reasons[0]


SEVERAL = process(
    start(), begins("ruf", "message", "m"), begins("weck", "signal", "s"), end("e1"), end("e2"), end("e3"),
    flows("start > e1", "ruf > e2", "weck > e3"), head=HEAD,
)  # fmt: skip


@pytest.mark.parametrize(("begin", "reached"), [("", "e1"), ('start = "ruf"', "e2"), ('start = "weck"', "e3")])
def test_a_scenario_begins_where_it_says_else_at_the_start_without_a_trigger(tmp_path, begin, reached):
    report = played(tmp_path, SEVERAL, f'{begin}\n[expect]\nends = ["{reached}"]')
    assert report.ok, report


def test_a_scenario_begins_at_the_only_start_event_there_is(tmp_path):
    diagram = process(begins("ruf", "message", "m"), end(), flows("ruf > end"), head=HEAD)
    assert played(tmp_path, diagram, '[expect]\nends = ["end"]').ok


@pytest.mark.parametrize(
    ("act", "reached"),
    [('message = { name = "antwort", key = "k" }', "ruf"), ('signal = "wecker"', "weck")],
)
def test_the_message_or_signal_of_the_first_step_begins_what_nothing_else_begins(tmp_path, act, reached):
    two = process(
        begins("ruf", "message", "m"), begins("weck", "signal", "s"), script("zwei", "x + a", "y"), end(),
        flows("ruf > zwei", "weck > zwei > end"), head=HEAD,
    )  # fmt: skip
    other = {"ruf": "weck", "weck": "ruf"}[reached]
    expect = f'[expect]\npassed = ["{reached}"]\nnot_passed = ["{other}"]\nvariables = {{ y = 3 }}'
    report = played(tmp_path, two, f"variables = {{ a = 1 }}\n[[step]]\n{act}\nvariables = {{ x = 2 }}\n{expect}")
    assert report.ok, report


def test_a_start_that_is_named_leaves_the_first_message_to_who_waits_for_it(tmp_path):
    diagram = process(begins("ruf", "message", "m"), catch("antwort", "m"), end(), flows("ruf > antwort > end"), head=HEAD)
    step = '[[step]]\nmessage = { name = "antwort", key = "k" }\n[expect]\nends = ['
    assert played(tmp_path, diagram, f'start = "ruf"\nvariables = {{ nr = "k" }}\n{step}"end"]').ok


def test_a_start_that_is_not_there_or_one_of_several_that_is_not_named_is_said(tmp_path):
    report = played(tmp_path, SEVERAL, 'start = "e1"')
    assert report.scenarios[0].reasons == ("„e1“ ist kein Startereignis des Prozesses; möglich: start, ruf, weck.",)
    two = process(
        begins("ruf", "message", "m"), begins("weck", "signal", "s"), end(), flows("ruf > end", "weck > end"), head=HEAD
    )
    report = played(tmp_path, two, "")
    assert "start = … angeben, eines von ruf, weck" in report.scenarios[0].reasons[0]
