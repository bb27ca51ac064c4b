"""Answers to a form, field by field: which value comes back, and what a clerk reads if it does not fit."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from forms.aufgabe import Form, references

Make = Callable[..., Form]
Send = Callable[..., dict[str, Any]]
Refuse = Callable[..., list[tuple[str | None, str]]]
BERLIN = ZoneInfo("Europe/Berlin")


def field(kind: str, **properties: Any) -> dict[str, Any]:
    return {"type": kind, "id": "feld", "key": "wert", "label": "Angabe", **properties}


def options(*values: str) -> list[dict[str, str]]:
    return [{"label": value.title(), "value": value} for value in values]


# --- texts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["textfield", "textarea"])
def test_a_text_stays_as_it_was_typed(form: Make, answer: Send, kind: str) -> None:
    assert answer(form(field(kind)), {"wert": "  Eiche\nam Markt "}) == {"wert": "  Eiche\nam Markt "}


@pytest.mark.parametrize("sent", [{}, {"wert": None}, {"wert": ""}])
def test_a_text_that_is_not_required_may_be_empty(form: Make, answer: Send, sent: dict[str, Any]) -> None:
    assert answer(form(field("textfield", validate={"minLength": 3, "pattern": "x"})), sent) == {"wert": ""}


@pytest.mark.parametrize("sent", [{}, {"wert": None}, {"wert": ""}, {"wert": " \n"}])
def test_a_required_text_must_say_something(form: Make, refusal: Refuse, sent: dict[str, Any]) -> None:
    required = form(field("textfield", validate={"required": True}))
    assert refusal(required, sent) == [("/wert", "Bitte füllen Sie „Angabe“ aus.")]


@pytest.mark.parametrize(
    ("rules", "sent", "message"),
    [
        ({}, 12, "„Angabe“ muss ein Text sein."),
        ({}, ["a"], "„Angabe“ muss ein Text sein."),
        ({}, "a\x00b", "„Angabe“ enthält Zeichen, die nicht gespeichert werden können (Steuerzeichen)."),
        ({}, "\ud800", "„Angabe“ enthält Zeichen, die nicht gespeichert werden können (Steuerzeichen)."),
        ({}, "x" * 10_001, "„Angabe“ darf höchstens 10.000 Zeichen lang sein."),
        ({"minLength": 3}, " ab ", "„Angabe“ muss mindestens 3 Zeichen lang sein."),
        ({"maxLength": 3}, "abcd", "„Angabe“ darf höchstens 3 Zeichen lang sein."),
        ({"pattern": "^[A-Z]{2}$"}, "ABC", "„Angabe“ hat nicht die verlangte Form."),
        ({"pattern": "^[A-Z]+$"}, "AB\nCD", "„Angabe“ hat nicht die verlangte Form."),
        ({"pattern": "[0-9]", "patternErrorMessage": "Bitte mit Hausnummer."}, "Markt", "Bitte mit Hausnummer."),
        ({"validationType": "email"}, "erika@muster", "„Angabe“ ist keine E-Mail-Adresse."),
        ({"validationType": "email"}, "erika@@muster.de", "„Angabe“ ist keine E-Mail-Adresse."),
        ({"validationType": "phone"}, "04841 123456", "„Angabe“ ist keine Telefonnummer mit Landesvorwahl."),
    ],
)
def test_a_text_against_a_rule_is_told_so(form: Make, refusal: Refuse, rules: dict[str, Any], sent: Any, message: str) -> None:
    assert refusal(form(field("textfield", validate=rules)), {"wert": sent}) == [("/wert", message)]


@pytest.mark.parametrize(
    ("rules", "sent"),
    [
        ({"pattern": "b+"}, "abc"),
        ({"pattern": r"^\u00e4\/\d$"}, "ä/7"),
        ({"pattern": r"^\\u00e4$"}, r"\u00e4"),
        ({"minLength": 2, "maxLength": 3}, "  äöü  "),
        ({"validationType": "email"}, "erika.muster+amt@grün-bau.beispiel.de"),
        ({"validationType": "phone"}, "+49 (0) 4841 / 12-34 56"),
        ({"validationType": "phone"}, "0049484112345"),
        ({"validationType": "custom"}, "egal"),
    ],
)
def test_a_text_within_the_rules_passes(form: Make, answer: Send, rules: dict[str, Any], sent: str) -> None:
    assert answer(form(field("textfield", validate=rules)), {"wert": sent}) == {"wert": sent}


def test_a_pattern_cannot_be_made_to_hang(form: Make, refusal: Refuse) -> None:
    hungry = form(field("textfield", validate={"pattern": "^(a+)+$"}))
    assert refusal(hungry, {"wert": "a" * 9_000 + "!"})


# --- numbers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "value"),
    [(210, "210"), (0, "0"), (0.1, "0.1"), (Decimal("12.50"), "12.50"), ("-3", "-3"), ("12,5", "12.5"), ("12.5", "12.5")],
)
def test_a_number_is_exact(form: Make, answer: Send, sent: Any, value: str) -> None:
    found = answer(form(field("number")), {"wert": sent})["wert"]
    assert isinstance(found, Decimal)
    assert str(found) == value


@pytest.mark.parametrize("sent", [{}, {"wert": None}, {"wert": ""}])
def test_a_number_that_is_not_required_may_be_empty(form: Make, answer: Send, sent: dict[str, Any]) -> None:
    assert answer(form(field("number", validate={"min": 1})), sent) == {"wert": None}


@pytest.mark.parametrize(
    ("properties", "sent", "message"),
    [
        ({}, "viel", "„Angabe“ muss eine Zahl sein."),
        ({}, "1.234,50", "„Angabe“ muss eine Zahl sein."),
        ({}, True, "„Angabe“ muss eine Zahl sein."),
        ({}, float("nan"), "„Angabe“ muss eine Zahl sein."),
        ({}, float("inf"), "„Angabe“ muss eine Zahl sein."),
        ({}, "٣", "„Angabe“ muss eine Zahl sein."),
        ({}, 10**1000, "„Angabe“ muss eine Zahl sein."),
        ({}, Decimal("1E+999999"), "„Angabe“ muss eine Zahl sein."),
        ({"decimalDigits": 0}, 1.5, "„Angabe“ muss eine ganze Zahl sein."),
        ({"decimalDigits": 1}, 1.55, "„Angabe“ darf höchstens eine Nachkommastelle haben."),
        ({"decimalDigits": 2}, Decimal("1.005"), "„Angabe“ darf höchstens 2 Nachkommastellen haben."),
        ({"increment": 0.1}, Decimal("0.35"), "„Angabe“ muss ein Vielfaches von 0,1 sein."),
        ({"increment": "5"}, 12, "„Angabe“ muss ein Vielfaches von 5 sein."),
        ({"validate": {"min": 1234.5}}, 1234, "„Angabe“ muss mindestens 1.234,5 sein."),
        ({"validate": {"max": 500}}, "500.01", "„Angabe“ darf höchstens 500 sein."),
        ({"validate": {"min": 1}}, 0, "„Angabe“ muss mindestens 1 sein."),
        ({"validate": {"required": True}}, None, "Bitte füllen Sie „Angabe“ aus."),
    ],
)
def test_a_number_against_a_rule_is_told_so(
    form: Make, refusal: Refuse, properties: dict[str, Any], sent: Any, message: str
) -> None:
    assert refusal(form(field("number", **properties)), {"wert": sent}) == [("/wert", message)]


def test_decimal_steps_and_digits_are_counted_exactly(form: Make, answer: Send) -> None:
    rules = form(field("number", increment="0.1", decimalDigits=1, validate={"min": 0, "max": "0.3"}))
    assert answer(rules, {"wert": 0.3}) == {"wert": Decimal("0.3")}
    assert answer(rules, {"wert": "0.300"}) == {"wert": Decimal("0.300")}


def test_serialize_to_string_gives_the_diagram_a_text(form: Make, answer: Send) -> None:
    found = answer(form(field("number", serializeToString=True)), {"wert": "12345678901234567890.50"})
    assert found == {"wert": "12345678901234567890.5"}


# --- choices -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [True, False])
def test_a_checkbox_is_yes_or_no(form: Make, answer: Send, sent: bool) -> None:
    assert answer(form(field("checkbox")), {"wert": sent}) == {"wert": sent}


@pytest.mark.parametrize("sent", ["ja", 1, "true", {"wahr": True}])
def test_a_checkbox_takes_nothing_else(form: Make, refusal: Refuse, sent: Any) -> None:
    assert refusal(form(field("checkbox")), {"wert": sent}) == [("/wert", "„Angabe“ muss Ja oder Nein sein.")]


@pytest.mark.parametrize("sent", [{}, {"wert": None}, {"wert": False}])
def test_a_required_checkbox_must_be_ticked(form: Make, refusal: Refuse, sent: dict[str, Any]) -> None:
    required = form(field("checkbox", validate={"required": True}))
    assert refusal(required, sent) == [("/wert", "Bitte setzen Sie das Häkchen bei „Angabe“.")]


@pytest.mark.parametrize("kind", ["radio", "select"])
def test_one_choice_is_one_of_the_options(form: Make, answer: Send, refusal: Refuse, kind: str) -> None:
    choice = form(field(kind, values=options("erteilen", "ablehnen")))
    assert answer(choice, {"wert": "ablehnen"}) == {"wert": "ablehnen"}
    assert answer(choice, {}) == {"wert": None}
    for wrong in ("Ablehnen", 7, True, ["erteilen"], {"value": "erteilen"}):
        assert refusal(choice, {"wert": wrong}) == [("/wert", "Bei „Angabe“ steht diese Angabe nicht zur Auswahl.")]


@pytest.mark.parametrize("kind", ["checklist", "taglist"])
def test_several_choices_are_a_list_without_doubles(form: Make, answer: Send, refusal: Refuse, kind: str) -> None:
    choice = form(field(kind, values=options("a", "b", "c")))
    assert answer(choice, {"wert": ["c", "a", "c"]}) == {"wert": ["c", "a"]}
    assert answer(choice, {"wert": None}) == {"wert": []}
    assert refusal(choice, {"wert": "a"}) == [("/wert", "„Angabe“ muss eine Liste von Angaben aus der Auswahl sein.")]
    assert refusal(choice, {"wert": ["a", "d"]}) == [("/wert", "Bei „Angabe“ steht diese Angabe nicht zur Auswahl.")]


@pytest.mark.parametrize("kind", ["radio", "checklist"])
def test_a_required_choice_must_be_made(form: Make, refusal: Refuse, kind: str) -> None:
    choice = form(field(kind, values=options("a"), validate={"required": True}))
    assert refusal(choice, {"wert": [] if kind == "checklist" else None}) == [
        ("/wert", "Bitte wählen Sie bei „Angabe“ etwas aus.")
    ]


def test_options_come_from_a_variable_and_keep_their_types(form: Make, answer: Send, refusal: Refuse) -> None:
    choice = form(field("select", valuesKey="termine"))
    context = {"termine": [{"label": "Montag", "value": dt.date(2026, 3, 2)}, "offen", 7, {"label": "ohne Wert"}, None]}
    assert answer(choice, {"wert": "2026-03-02"}, context) == {"wert": dt.date(2026, 3, 2)}
    assert answer(choice, {"wert": Decimal(7)}, context) == {"wert": 7}
    assert refusal(choice, {"wert": "7"}, context)
    assert refusal(choice, {"wert": "offen"}) == [("/wert", "Für „Angabe“ gibt es gerade keine Auswahl.")]


def test_options_cannot_be_brought_along(form: Make, refusal: Refuse) -> None:
    choice = form(field("select", valuesKey="termine"), field("textfield", id="t", key="termine"))
    assert refusal(choice, {"wert": "x", "termine": "x"})[0] == ("/wert", "Für „Angabe“ gibt es gerade keine Auswahl.")


def test_options_may_lie_deeper_in_a_variable(form: Make, answer: Send) -> None:
    choice = form(field("taglist", valuesKey="stamm.arten"))
    assert answer(choice, {"wert": ["Eiche"]}, {"stamm": {"arten": ["Eiche"]}}) == {"wert": ["Eiche"]}


# --- days and times ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subtype", "sent", "value"),
    [
        ("date", "2026-03-02", dt.date(2026, 3, 2)),
        ("date", dt.date(2026, 3, 2), dt.date(2026, 3, 2)),
        ("time", "14:30", dt.time(14, 30)),
        ("time", "14:30Z", dt.time(14, 30, tzinfo=dt.UTC)),
        ("time", "14:30+01:00", dt.time(14, 30, tzinfo=dt.timezone(dt.timedelta(hours=1)))),
        ("datetime", "2026-03-02T14:30+01:00", dt.datetime(2026, 3, 2, 13, 30, tzinfo=dt.UTC)),
        ("datetime", "2026-03-02T14:30Z", dt.datetime(2026, 3, 2, 14, 30, tzinfo=dt.UTC)),
        ("datetime", "2026-07-02T14:30", dt.datetime(2026, 7, 2, 12, 30, tzinfo=dt.UTC)),
        ("datetime", "2026-03-02T14:30:15", dt.datetime(2026, 3, 2, 14, 30, 15, tzinfo=BERLIN)),
    ],
)
def test_days_and_times_become_values(form: Make, answer: Send, subtype: str, sent: Any, value: Any) -> None:
    found = answer(form(field("datetime", subtype=subtype)), {"wert": sent})["wert"]
    assert type(found) is type(value)
    assert found == value


def test_an_instant_is_always_aware(form: Make, answer: Send) -> None:
    moment = form(field("datetime", subtype="datetime", timeSerializingFormat="no_timezone"))
    assert answer(moment, {"wert": "2026-07-02T14:30"})["wert"].utcoffset() == dt.timedelta(hours=2)


@pytest.mark.parametrize(
    ("subtype", "sent", "message"),
    [
        ("date", "2026-02-29", "„Angabe“ ist kein Datum des Kalenders."),
        ("date", "02.03.2026", "„Angabe“ ist kein Datum des Kalenders."),
        ("date", "2026-03-02T00:00", "„Angabe“ ist kein Datum des Kalenders."),
        ("date", 20260302, "„Angabe“ ist kein Datum des Kalenders."),
        ("time", "24:30", "„Angabe“ ist keine Uhrzeit."),
        ("time", "2 Uhr", "„Angabe“ ist keine Uhrzeit."),
        ("datetime", "2026-03-02", "„Angabe“ ist kein Zeitpunkt aus Datum und Uhrzeit."),
        ("datetime", "2026-02-30T10:00", "„Angabe“ ist kein Zeitpunkt aus Datum und Uhrzeit."),
        ("datetime", "9999-12-31T23:59-12:00", "„Angabe“ ist kein Zeitpunkt aus Datum und Uhrzeit."),
        ("datetime", "0001-01-01T00:00+14:00", "„Angabe“ ist kein Zeitpunkt aus Datum und Uhrzeit."),
        ("datetime", "2026-03-29T02:30", "Diese Uhrzeit bei „Angabe“ gibt es an dem Tag wegen der Zeitumstellung nicht."),
    ],
)
def test_what_is_no_day_or_time_is_told_so(form: Make, refusal: Refuse, subtype: str, sent: Any, message: str) -> None:
    assert refusal(form(field("datetime", subtype=subtype)), {"wert": sent}) == [("/wert", message)]


@pytest.mark.parametrize(("subtype", "time"), [("date", ""), ("datetime", "T23:30Z")])
def test_passed_days_are_refused_by_the_german_day(form: Make, answer: Send, refusal: Refuse, subtype: str, time: str) -> None:
    moment = form(field("datetime", subtype=subtype, disallowPassedDates=True))
    assert answer(moment, {"wert": "2026-03-02" + time})
    yesterday = "2026-03-01" if subtype == "date" else "2026-03-01T22:59Z"
    assert refusal(moment, {"wert": yesterday}) == [("/wert", "„Angabe“ darf nicht in der Vergangenheit liegen.")]


@pytest.mark.parametrize(("subtype", "time"), [("date", ""), ("datetime", "T22:59Z")])
def test_days_to_come_are_refused_where_the_field_says_so(
    form: Make, answer: Send, refusal: Refuse, subtype: str, time: str
) -> None:
    moment = form(field("datetime", subtype=subtype, properties={"spaetestens": "heute"}))
    assert answer(moment, {"wert": "2026-03-02" + time})
    tomorrow = "2026-03-03" if subtype == "date" else "2026-03-02T23:00Z"
    assert refusal(moment, {"wert": tomorrow}) == [("/wert", "„Angabe“ darf nicht in der Zukunft liegen.")]


@pytest.mark.parametrize("day", ["1582-10-15", "9999-12-31"])
def test_years_with_which_nothing_is_calculated_are_refused(form: Make, refusal: Refuse, day: str) -> None:
    said = [("/wert", "„Angabe“ liegt außerhalb der Jahre 1583 bis 9998.")]
    assert refusal(form(field("datetime", subtype="date")), {"wert": day}) == said


def test_the_last_hour_of_the_utc_day_is_already_today_in_germany(form: Make, answer: Send) -> None:
    moment = form(field("datetime", subtype="datetime", disallowPassedDates=True))
    assert answer(moment, {"wert": "2026-03-01T23:30Z"})


# --- documents -----------------------------------------------------------------------------------------------------


def test_documents_are_a_list_of_references(form: Make, answer: Send) -> None:
    picker = form({"type": "filepicker", "key": "wert", "label": "Fotos", "multiple": True})
    assert answer(picker, {"wert": ["d1", {"id": "d2", "name": "Foto"}, "d1"]}) == {"wert": ["d1", "d2"]}
    assert answer(picker, {"wert": "d1"}) == {"wert": ["d1"]}
    assert answer(picker, {}) == {"wert": []}


def test_a_picker_for_one_document_takes_one(form: Make, answer: Send, refusal: Refuse) -> None:
    picker = form({"type": "filepicker", "key": "wert", "label": "Plan"})
    assert answer(picker, {"wert": ["d1"]}) == {"wert": ["d1"]}
    assert refusal(picker, {"wert": ["d1", "d2"]}) == [("/wert", "Bei „Plan“ ist nur ein Dokument möglich.")]


@pytest.mark.parametrize("sent", [7, {"name": "x"}, [""], ["x" * 201], [None], [["d1"]], ["a\x00"]])
def test_what_refers_to_no_document_is_refused(form: Make, refusal: Refuse, sent: Any) -> None:
    picker = form({"type": "filepicker", "key": "wert", "label": "Plan", "multiple": True})
    assert refusal(picker, {"wert": sent}) == [("/wert", "„Plan“ muss auf Dokumente dieses Vorgangs verweisen.")]


def test_all_references_of_a_form_can_be_listed(form: Make, answer: Send) -> None:
    made = form(
        {"type": "filepicker", "key": "plan", "multiple": True},
        {
            "type": "dynamiclist",
            "path": "baeume",
            "allowAddRemove": False,
            "defaultRepetitions": 3,
            "components": [{"type": "filepicker", "key": "foto"}],
        },
    )
    context = {"baeume": [{}, {}]}
    values = answer(made, {"plan": ["p"], "baeume": [{"foto": "a"}, {"foto": "b"}]}, context)
    assert references(made, values) == [("/plan/0", "p"), ("/baeume/0/foto/0", "a"), ("/baeume/1/foto/0", "b")]


# --- defaults ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("component", "value"),
    [
        (field("textfield", defaultValue="Eiche"), "Eiche"),
        (field("number", defaultValue=5), Decimal(5)),
        (field("number", defaultValue="5.5"), Decimal("5.5")),
        (field("checkbox", defaultValue=True), True),
        (field("radio", defaultValue="b", values=options("a", "b")), "b"),
        (field("taglist", defaultValue=["b"], values=options("a", "b")), ["b"]),
        (field("datetime", defaultValue="2026-03-02"), dt.date(2026, 3, 2)),
    ],
)
def test_a_default_counts_where_nothing_was_sent_and_nothing_known(
    form: Make, answer: Send, component: dict[str, Any], value: Any
) -> None:
    made = form({**component, "validate": {"required": True}})
    assert answer(made, {}) == {"wert": value}
    optional = form(component)
    assert answer(optional, {}, {"wert": "bekannt"}) == {}


def test_a_field_emptied_on_purpose_does_not_get_its_default_back(form: Make, answer: Send) -> None:
    assert answer(form(field("textfield", defaultValue="Eiche")), {"wert": ""}) == {"wert": ""}
