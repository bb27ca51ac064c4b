"""Decisions on trees reach a real reference register as XML that fits its XSD, once for each key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree
from xmlschema import XMLSchema

from connectors import Switchboard, baumregister
from engine.base.ports import Call, Refused, Unreachable
from web.twins import baumregister as twin
from web.twins.stoerung import Stoerung

MakeCall = Callable[..., Call]
TOKEN = "ein-token-zum-testen"
REPORT = {
    "aktenzeichen": "HUS-2026-000007",
    "entscheidung": "genehmigt",
    "baeume": [{"art": "Stieleiche", "umfang_cm": Decimal("210.5"), "stueck": Decimal(2)}, {"art": "Linde", "umfang_cm": 90}],
    "standort": "Am Deich 1,\n25813 Husum",
    "datum": date(2026, 3, 2),
}
Report = Callable[..., Mapping[str, Any]]


@pytest.fixture
def report(switchboard: Switchboard, make_call: MakeCall, register_url: str) -> Report:
    """Report to the reference register; gives the variables that come back."""

    def report(inputs: Mapping[str, Any] | None = None, **more: Any) -> Mapping[str, Any]:
        config = {"url": register_url, "token": TOKEN, **more.pop("config", {})}
        return switchboard.call(make_call("baumregister.melden", {**REPORT, **(inputs or {})}, config=config, **more)).variables

    return report


def entry(register_url: str, number: str) -> bytes:
    return httpx.get(f"{register_url}/eintraege/{number}", trust_env=False).raise_for_status().content


def test_a_decision_is_entered_as_xml_that_fits_the_schema(report: Report, register_url: str) -> None:
    number = report()["registernummer"]
    xml = entry(register_url, number)
    XMLSchema(str(baumregister.XSD), allow="local").validate(xml)
    root = etree.fromstring(xml)
    words = {"b": baumregister.NAMESPACE}
    assert root.findtext("b:aktenzeichen", "", words) == "HUS-2026-000007"
    assert root.findtext("b:standort", "", words) == "Am Deich 1, 25813 Husum"
    assert root.findtext("b:datum", "", words) == "2026-03-02"
    assert [child.text for child in root.iterfind(".//b:baum/*", words)] == ["Stieleiche", "210.5", "2", "Linde", "90", "1"]


def test_the_same_key_again_gives_the_first_number(report: Report) -> None:
    assert report() == report()
    assert report(key="husum-7-4") != report()


def test_the_same_key_with_other_content_is_not_entered(report: Report) -> None:
    report()
    with pytest.raises(Unreachable, match="409"):
        report({"entscheidung": "abgelehnt"})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"entscheidung": "vielleicht"}, "„entscheidung“: Erlaubt ist nur: genehmigt, abgelehnt."),
        ({"baeume": []}, "„baeume“: Die Liste muss"),
        ({"baeume": [{"art": "Eiche", "umfang_cm": 0}]}, "„baeume[0].umfang_cm“"),
        ({"datum": "gestern"}, "„datum“"),
        ({"standort": None}, "„standort“: Die Angabe fehlt."),
    ],
)
def test_a_report_that_does_not_fit_is_refused_by_field(report: Report, change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        report(change)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    "change",
    [{"baeume": [{"art": "Eiche", "umfang_cm": Decimal("210.55")}]}, {"datum": date(9999, 1, 1)}],
    ids=["too many digits", "too late a day"],
)
def test_what_only_the_schema_forbids_is_refused_before_sending(
    report: Report, register_url: str, change: dict[str, Any]
) -> None:
    with pytest.raises(Refused, match="verletzt dessen Schema"):
        report(change)
    assert "Noch ist nichts eingetragen" in httpx.get(register_url, trust_env=False).text


def test_markup_in_a_value_stays_text(report: Report, register_url: str) -> None:
    species = "<!DOCTYPE x [<!ENTITY y 'z'>]>&y;<b>Eiche</b>]]>"
    number = report({"baeume": [{"art": species, "umfang_cm": 1}]})["registernummer"]
    assert etree.fromstring(entry(register_url, number)).findtext(".//b:art", "", {"b": baumregister.NAMESPACE}) == species


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\ud800"])
def test_a_sign_xml_does_not_allow_is_refused(report: Report, sign: str) -> None:
    with pytest.raises(Refused):
        report({"standort": f"Am {sign} Deich"})


def test_a_wrong_token_is_refused(report: Report) -> None:
    with pytest.raises(Refused, match=r"401.*Zugangstoken"):
        report(config={"token": "ein-anderes-token"})


def test_a_register_that_answers_without_a_number_is_unreachable(
    switchboard: Switchboard, make_call: MakeCall, serve: Callable[[Any], str]
) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b"[]"]

    with pytest.raises(Unreachable, match="keine Registernummer"):
        switchboard.call(make_call("baumregister.melden", REPORT, config={"url": serve(app), "token": TOKEN}))


def test_an_answer_lost_after_the_work_was_done_does_not_double_the_entry(
    switchboard: Switchboard, make_call: MakeCall, serve: Callable[[Any], str], tmp_path: Path
) -> None:
    url = serve(Stoerung(twin.create_app(tmp_path / "r", TOKEN), {"verloren": 1.0}, "/eintraege"))
    well = serve(twin.create_app(tmp_path / "r", TOKEN))
    with pytest.raises(Unreachable):
        switchboard.call(make_call("baumregister.melden", REPORT, config={"url": url, "token": TOKEN}))
    said = switchboard.call(make_call("baumregister.melden", REPORT, config={"url": well, "token": TOKEN}))
    assert said.variables["registernummer"].endswith("-000001")
    assert httpx.get(well, trust_env=False).text.count("/eintraege/BR-") == 1


def test_the_schema_never_leaves_the_machine() -> None:
    text = baumregister.XSD.read_text(encoding="utf-8")
    assert "schemaLocation" not in text
    assert "import" not in text


def test_check_asks_the_register(register_url: str) -> None:
    assert baumregister.check({"url": register_url, "token": TOKEN}) == []
    (wrong,) = baumregister.check({"url": register_url, "token": "ein-anderes-token"})
    assert "Zugangstoken" in wrong
    (away,) = baumregister.check({"url": "http://127.0.0.1:9", "token": TOKEN})
    assert "nicht erreichbar" in away
    (missing,) = baumregister.check({})
    assert "„url“" in missing
    assert "„token“" in missing
