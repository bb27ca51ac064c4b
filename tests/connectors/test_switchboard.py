"""All connectors behind one call: what does not fit is refused with the name of the field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from connectors import CONNECTORS, Connector, Operation, Switchboard
from connectors.fields import Choice, Day, Form, Many, Number, Part, Secret, Text, WebAddress, Whole
from engine.base.errors import Unknown
from engine.base.ports import Answer, Call, Connectors, File, Refused, Repeat, Unreachable

MakeCall = Callable[..., Call]


class Tree(Form):
    art = Text(required=True, shortest=1, longest=20)
    umfang = Number(required=True, least=0, most=5000)
    stueck = Whole(load_default=1, least=1)


class Inputs(Form):
    baeume = Many(Part(Tree), required=True, least=1, most=3)
    am = Day(load_default=None)
    wahl = Choice("ja", "nein", load_default="ja")


class Settings(Form):
    url = WebAddress(load_default="http://127.0.0.1")
    secret = Secret(load_default="geheimnis")
    timeout_s = Number(load_default=10)


class Outputs(Form):
    nummer = Text(required=True, longest=10_000_000)


def echo(call: Call, inputs: dict[str, Any]) -> Answer:
    return Answer({"nummer": repr((inputs, call.config))})


def board(run: Callable[[Call, dict[str, Any]], Answer] = echo) -> Switchboard:
    operation = Operation("test.echo", "Echo", Inputs, Outputs, run, Repeat.KEY, timeout_s=5)
    return Switchboard([Connector("test", "Test", Settings, lambda config: [], (operation,))])


GOOD = {
    "baeume": [{"art": "Eiche", "umfang": Decimal("210.5"), "stueck": Decimal("2.0")}],
    "am": dt.date(2026, 3, 2),
    "wahl": None,
}


def test_the_list_holds_the_operations_of_the_first_release() -> None:
    assert Switchboard(CONNECTORS).types().keys() == {
        "servicekonto.nachricht",
        "bescheid.entwerfen",
        "bescheid.erlassen",
        "bescheid.erstellen",
        "baumregister.melden",
        "amtshilfe.anfragen",
        "demo.druckt",
        "demo.lehnt_ab",
        "demo.bricht",
    }


def test_the_switchboard_is_what_the_engine_asks_for() -> None:
    board: Connectors = Switchboard(CONNECTORS)
    assert board.types()


@pytest.mark.parametrize("connector", CONNECTORS, ids=lambda connector: connector.name)
def test_every_operation_says_what_it_is_and_how_it_may_be_repeated(connector: Connector) -> None:
    assert connector.title
    for operation in connector.operations:
        assert operation.type.partition(".")[0] == connector.name
        assert operation.title
        assert operation.repeat in Repeat
        assert 0 < operation.timeout_s <= 60
        assert operation.run.__doc__
        for schema in (operation.inputs, operation.outputs, connector.config):
            assert schema.__doc__
            assert schema().dump({}) == {}


def test_two_operations_of_one_type_are_a_mistake_in_the_list() -> None:
    with pytest.raises(ValueError, match=r"demo\.druckt"):
        Switchboard([*CONNECTORS, CONNECTORS[-1]])


def test_numbers_come_exact_and_days_as_days_and_null_means_not_given(make_call: MakeCall) -> None:
    said = board().call(make_call("test.echo", GOOD)).variables["nummer"]
    assert "Decimal('210.5')" in said
    assert "'stueck': 2" in said
    assert "datetime.date(2026, 3, 2)" in said
    assert "'wahl': 'ja'" in said


def test_an_operation_never_waits_longer_than_it_may(make_call: MakeCall) -> None:
    said = board().call(make_call("test.echo", GOOD, config={"timeout_s": 50})).variables["nummer"]
    assert "'timeout_s': 5" in said


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"baeume": None}, "„baeume“: Die Angabe fehlt."),
        ({"baeume": []}, "„baeume“: Die Liste muss zwischen 1 und 3 Einträge haben."),
        ({"baeume": "Eiche"}, "„baeume“: Hier wird eine Liste erwartet."),
        ({"baeume": [7]}, "„baeume[0]“: Hier werden benannte Angaben erwartet."),
        ({"baeume": [{"art": "Eiche"}]}, "„baeume[0].umfang“: Die Angabe fehlt."),
        ({"baeume": [{"art": " ", "umfang": 1}]}, "„baeume[0].art“: Die Angabe fehlt."),
        ({"baeume": [{"art": "E" * 21, "umfang": 1}]}, "„baeume[0].art“: Der Text ist zu lang, höchstens 20 Zeichen."),
        ({"baeume": [{"art": 7, "umfang": 1}]}, "„baeume[0].art“: Hier wird ein Text erwartet."),
        ({"baeume": [{"art": "E", "umfang": "1"}]}, "„baeume[0].umfang“: Hier wird eine Zahl erwartet."),
        ({"baeume": [{"art": "E", "umfang": True}]}, "„baeume[0].umfang“: Hier wird eine Zahl erwartet."),
        ({"baeume": [{"art": "E", "umfang": float("nan")}]}, "„baeume[0].umfang“: Hier wird eine Zahl erwartet."),
        ({"baeume": [{"art": "E", "umfang": 10**5000}]}, "„baeume[0].umfang“: Hier wird eine Zahl erwartet."),
        ({"baeume": [{"art": "E", "umfang": -1}]}, "„baeume[0].umfang“: Die Zahl ist zu klein, mindestens 0."),
        ({"baeume": [{"art": "E", "umfang": 5001}]}, "„baeume[0].umfang“: Die Zahl ist zu groß, höchstens 5000."),
        ({"baeume": [{"art": "E", "umfang": 1, "stueck": 2.5}]}, "„baeume[0].stueck“: Hier wird eine ganze Zahl erwartet."),
        ({"am": "2.3.2026"}, "„am“: Hier wird ein Tag erwartet"),
        ({"am": "2026-02-30"}, "„am“: Hier wird ein Tag erwartet"),
        ({"am": dt.datetime(2026, 3, 2, tzinfo=dt.UTC)}, "„am“: Hier wird ein Tag erwartet"),
        ({"wahl": "vielleicht"}, "„wahl“: Erlaubt ist nur: ja, nein."),
        ({"farbe": "grün"}, "„farbe“: Diese Angabe ist hier nicht bekannt."),
    ],
)
def test_an_input_that_does_not_fit_is_refused_by_name(make_call: MakeCall, change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        board().call(make_call("test.echo", {**GOOD, **change}))
    assert str(refused.value).startswith("Die Eingaben für „Echo“ passen nicht: ")
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"url": "ftp://a.example"}, "„url“: Hier wird eine Adresse erwartet"),
        ({"url": "http://name:wort@a.example"}, "„url“: Hier wird eine Adresse erwartet"),
        ({"url": "a.example"}, "„url“: Hier wird eine Adresse erwartet"),
        ({"secret": "kurz"}, "„secret“: Der Text ist zu kurz, mindestens 8 Zeichen."),
        ({"secret": "geheimnis\r\nX: y"}, "„secret“: Das Geheimnis darf nur druckbare ASCII-Zeichen"),
    ],
)
def test_a_setting_that_does_not_fit_is_refused_by_name_and_never_shown(
    make_call: MakeCall, config: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Refused) as refused:
        board().call(make_call("test.echo", GOOD, config=config))
    assert str(refused.value).startswith("Die Einstellungen von „Test“ passen nicht: ")
    assert sentence in str(refused.value)
    assert "wort" not in str(refused.value)
    assert "geheimnis" not in str(refused.value)


def test_many_faults_are_told_shortly(make_call: MakeCall) -> None:
    with pytest.raises(Refused, match="und 2 weitere"):
        board().call(make_call("test.echo", {**GOOD, **{f"f{number}": 1 for number in range(7)}}))


@pytest.mark.parametrize("variables", [{}, {"nummer": 7}, {"nummer": "1", "mehr": 1}])
def test_an_answer_that_does_not_fit_its_schema_is_not_taken(make_call: MakeCall, variables: dict[str, Any]) -> None:
    with pytest.raises(Unreachable, match="unbrauchbar"):
        board(lambda call, inputs: Answer(variables)).call(make_call("test.echo", GOOD))


def test_an_answer_too_large_is_not_taken(make_call: MakeCall) -> None:
    with pytest.raises(Unreachable, match="größer als"):
        board(lambda call, inputs: Answer({"nummer": "x" * 300_000})).call(make_call("test.echo", GOOD))


def test_documents_too_large_are_not_taken(make_call: MakeCall) -> None:
    file = File("gross.pdf", "application/pdf", b"x" * (26 * 1024 * 1024))
    with pytest.raises(Refused, match="an Dokumenten"):
        board(lambda call, inputs: Answer({"nummer": "1"}, (file,))).call(make_call("test.echo", GOOD))


def test_an_unknown_type_is_refused(switchboard: Switchboard, make_call: MakeCall) -> None:
    with pytest.raises(Refused, match=r"post\.senden"):
        switchboard.call(make_call("post.senden", {}))
    with pytest.raises(Unknown, match=r"post\.senden"):
        switchboard.operation("post.senden")


def test_an_operation_and_its_connector_are_found_by_type(switchboard: Switchboard) -> None:
    assert switchboard.operation("baumregister.melden").repeat is Repeat.KEY
    assert switchboard.connector("baumregister.melden").name == "baumregister"


def test_the_demo_prints(switchboard: Switchboard, make_call: MakeCall, capsys: pytest.CaptureFixture[str]) -> None:
    assert switchboard.call(make_call("demo.druckt", {"text": "Moin"})).variables == {"gedruckt": "Moin"}
    assert capsys.readouterr().out == "demo.druckt husum-7-3: Moin\n"


def test_the_demo_refuses(switchboard: Switchboard, make_call: MakeCall) -> None:
    with pytest.raises(Refused, match="Grund: Montag"):
        switchboard.call(make_call("demo.lehnt_ab", {"text": "Montag"}))


def test_the_demo_breaks_in_a_way_nobody_expected(switchboard: Switchboard, make_call: MakeCall) -> None:
    with pytest.raises(RuntimeError, match="husum-7-3"):
        switchboard.call(make_call("demo.bricht", {}))


@pytest.mark.parametrize("connector", CONNECTORS, ids=lambda connector: connector.name)
def test_check_tells_of_settings_that_do_not_fit_and_needs_no_server_for_it(connector: Connector) -> None:
    assert bool(connector.check({"url": "quatsch"})) == bool(connector.config().fields)
