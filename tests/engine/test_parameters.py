"""What a municipality writes under [parameter]: a Land that is none and a threshold that is no number are found at check."""

from __future__ import annotations

import pytest

from engine.model.bundle import read_folder
from engine.verbs.design import check_bundle
from tests.bpmn.diagrams import DMN, decide, end, flows, process, script, start
from tests.engine.cases import TYPES, bundle
from tests.processes.conftest import PROCESSES

ASKS = process(start(), script("s", 'fristende(today(), "1 Monat", parameter.land)', "bis"), end(), flows("start > s > end"))
TABLE = DMN.replace(b"&gt;= 80", b"&gt;= schutzmass_cm").replace(b"&lt; 80", b"&lt; schutzmass_cm").replace(
    b'  <decision id="schutz"', b'  <inputData id="j" name="schutzmass_cm"><variable name="schutzmass_cm" typeRef="number"/>'
    b'</inputData>\n  <decision id="schutz"',
).replace(
    b'<requiredInput href="#i"/></informationRequirement>',
    b'<requiredInput href="#i"/></informationRequirement>'
    b'<informationRequirement id="r2"><requiredInput href="#j"/></informationRequirement>',
)  # fmt: skip
DECIDES = process(
    start(),
    decide("tabelle", "schutz", "geschuetzt", {"umfang": "=antrag.umfang", "schutzmass_cm": "= parameter.schutz.umfang_cm"}),
    end(),
    flows("start > tabelle > end"),
)


def found(diagram: bytes, parameters: str, **more: bytes) -> list[tuple[int | None, str, str]]:
    """Line, message and severity of what is found in the manifest (its first five lines are not parameters)."""
    files = {**bundle(diagram), **{name.replace("_", "."): content for name, content in more.items()}}
    files["bundle.toml"] += parameters.encode()
    _, causes = check_bundle(files, TYPES)
    return [(cause.line, cause.message, cause.severity) for cause in causes if cause.file == "bundle.toml"]


@pytest.mark.parametrize("land", ["SH", "BY", "HB"])
def test_a_land_that_there_is_is_fine(land: str) -> None:
    assert found(ASKS, f'[parameter]\nland = "{land}"\n') == []


@pytest.mark.parametrize(
    ("land", "says"),
    [
        ('"XX"', "Das Land „XX“ gibt es nicht. Bekannt sind BB, BE"),
        ('"sh"', "Das Land „sh“ gibt es nicht"),
        ('""', "Das Land „“ gibt es nicht"),
        ("7", "Das Land „7“ gibt es nicht"),
        ('["SH"]', "gibt es nicht"),
        ('"BUND"', "Für Bundesbehörden ist das Land ihres Sitzes anzugeben"),
    ],
)
def test_a_land_that_there_is_not_is_an_error_at_its_line(land: str, says: str) -> None:
    [(line, message, severity)] = found(ASKS, f'[parameter]\nbehoerde = "Amt"\nland = {land}\n')
    assert (line, severity) == (8, "error")
    assert says in message


def test_a_missing_land_is_an_error_where_something_asks_for_it() -> None:
    [(_, message, severity)] = found(ASKS, "")
    assert (severity, "fehlt land" in message) == ("error", True)
    without = process(start(), end(), flows("start > end"))
    assert found(without, "") == found(without, '[parameter]\nland = "XX"\n') == []


def test_a_shared_part_asks_for_the_land_too() -> None:
    files = read_folder(PROCESSES / "husum/baumfaellung")
    files["bundle.toml"] = files["bundle.toml"].replace(b'land = "SH"', b'land = "XX"')
    causes = [cause for cause in check_bundle(files, TYPES)[1] if cause.file == "bundle.toml"]
    [cause] = [cause for cause in causes if cause.severity == "error"]
    assert "„land“" in cause.message
    assert "Erlaubt ist nur: BB, BE" in cause.message


REMEDY = process(
    start(),
    script("s", 'rechtsbehelfsfrist(today(), "SH", parameter.belehrung, null, parameter.rechtsbehelf)', "bis"),
    end(),
    flows("start > s > end"),
)


@pytest.mark.parametrize("name", ["belehrung", "rechtsbehelf"])
@pytest.mark.parametrize("value", ['"egal"', "7", '["klage"]'])
def test_a_remedy_or_instruction_that_there_is_not_is_an_error_where_something_asks_for_it(name: str, value: str) -> None:
    [(line, message, severity)] = found(REMEDY, f"[parameter]\n{name} = {value}\n")
    assert (line, severity) == (7, "error")
    assert message.startswith(f"der Parameter „{name}“ ist ")
    assert found(process(start(), end(), flows("start > end")), f"[parameter]\n{name} = {value}\n") == []


def test_a_remedy_and_instruction_that_there_are_are_fine() -> None:
    assert found(REMEDY, '[parameter]\nbelehrung = "fehlt"\nrechtsbehelf = "klage"\n') == []


def test_holidays_of_the_place_that_are_none_are_an_error() -> None:
    good = '[parameter]\nland = "BY"\neigene_feiertage = '
    assert found(ASKS, good + '["08-15", "2026-08-17"]\n') == []
    assert found(ASKS, good + "[2026-08-17]\n") == []
    for bad in ('["99-99"]', '"Rosenmontag"', "[5]", '["02-30"]'):
        [(line, _, severity)] = found(ASKS, f"{good}{bad}\n")
        assert (line, severity) == (8, "error")


def test_a_threshold_that_is_a_number_is_fine() -> None:
    for value in ("80", "80.5", "[80]"):
        assert found(DECIDES, f"[parameter.schutz]\numfang_cm = {value}\n", schutz_dmn=TABLE) == []


@pytest.mark.parametrize(("value", "shown"), [('"dick"', 'ist "dick"'), ("true", "ist true"), ("[8, 9]", "ist [8, 9]")])
def test_a_threshold_that_is_no_number_is_an_error_at_its_line(value: str, shown: str) -> None:
    manifest = f"[parameter.schutz]\numfang_cm = {value}\n"
    [(line, message, severity)] = found(DECIDES, manifest, schutz_dmn=TABLE)
    assert (line, severity) == (7, "error")
    assert message == f"der Parameter „schutz.umfang_cm“ {shown}; die Entscheidung „schutz“ braucht number"


@pytest.mark.parametrize("value", ["nan", "-inf", "[1, nan]"])
def test_what_toml_calls_a_number_and_is_none_is_an_error_wherever_it_stands(value: str) -> None:
    said = found(DECIDES, f"[parameter.schutz]\numfang_cm = 80\nmehr = {value}\n", schutz_dmn=TABLE)
    assert said == [(8, "der Parameter „mehr“ ist keine Zahl, mit der sich rechnen lässt", "error")]


def test_a_threshold_that_is_missing_is_an_error() -> None:
    for manifest in ("", "[parameter]\nschutz = 80\n", "[parameter.schutz]\numfang = 80\n"):
        [(_, message, _)] = found(DECIDES, manifest, schutz_dmn=TABLE)
        assert message.startswith("der Parameter „schutz.umfang_cm“ fehlt")
