"""The functions of FEEL: their examples, what they take, null with a warning, and that diagrams and decisions know them."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

import engine.law
from engine.bpmn.codec import decode, encode
from engine.feel import evaluate, evaluate_with_warnings, to_text
from engine.feel.builtins import registry
from engine.law.functions import GROUP

ROOT = Path(__file__).parents[2]
SIGNATURES = [s for builtin in registry.all_builtins() for s in builtin.signatures if s.group == GROUP]
EXAMPLES = [example for signature in SIGNATURES for example in signature.examples]
NAMES = {signature.declaration.partition("(")[0] for signature in SIGNATURES}


def test_the_functions_are_declared():
    expected = (
        "behoerdenfrist bekanntgabe frist fristende fristverlaengerung genehmigungsfiktion kalendertag rechtsbehelfsfrist "
        "werktage zustellweg".split()
    )
    english = ["deadline", "deemed delivered", "working days"]
    assert sorted(NAMES) == sorted([*expected, "ist werktag", "naechster werktag", *english])
    assert all(signature.examples and signature.description.endswith(".") for signature in SIGNATURES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.expression)
def test_examples_of_the_page(example):
    left, right = evaluate(example.expression, {}), evaluate(example.value, {})
    assert to_text(left) == to_text(right)
    assert (left is None) == (example.value == "null")


def test_a_result_can_be_kept_and_shown():
    made = evaluate('frist(@"2026-01-31", "1 Monat", "SH")', {})
    assert set(made) == {"ergebnis", "schritte", "quelle"}
    assert made["schritte"][-1]["tag"] == made["ergebnis"] == dt.date(2026, 3, 2)
    assert all(set(step) == {"text", "tag"} for step in made["schritte"])
    assert decode(encode(made)) == made


@pytest.mark.parametrize(
    "value",
    [
        dt.date(2026, 1, 31), "2026-01-31", dt.datetime.fromisoformat("2026-01-31T23:30:00"),
        dt.datetime(2026, 1, 30, 23, 30, tzinfo=dt.UTC), "2026-01-30T23:30:00Z", "2026-01-31T00:00:00+01:00",
    ],
    ids=str,
)  # fmt: skip
def test_a_day_may_be_a_date_an_instant_or_a_text(value):
    assert evaluate('fristende(tag, "1 Monat", "SH")', {"tag": value}) == dt.date(2026, 3, 2)


@pytest.mark.parametrize("length", ['"14 Tage"', '"2 Wochen"', '"P14D"', '@"P14D"', '"halber Monat"'])
def test_a_length_may_be_a_text_or_a_duration(length):
    assert evaluate(f'fristende(@"2026-03-03", {length}, "SH")', {}) in {dt.date(2026, 3, 17), dt.date(2026, 3, 18)}
    assert evaluate('fristende(@"2026-03-02", @"P1Y2M", "SH")', {}) == dt.date(2027, 5, 3)


def test_names_of_parameters_and_own_days():
    expression = 'fristende(land: "BY", beginn: @"2029-07-15", dauer: "1 Monat", eigene tage: ["08-15", @"2029-08-16"])'
    assert evaluate(expression, {}) == dt.date(2029, 8, 17)
    assert evaluate('ist werktag(@"2029-08-15", "BY", parameter.feiertage)', {"parameter": {"feiertage": ["08-15"]}}) is False


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ('deadline(@"2026-01-31", "1 Monat", "SH")', 'frist(@"2026-01-31", "1 Monat", "SH")'),
        (
            'deadline(own days: ["08-17"], kind: "tagesbeginn", land: "BY", length: @"P1M", start: @"2026-07-18")',
            'frist(@"2026-07-18", @"P1M", "BY", "tagesbeginn", ["08-17"])',
        ),
        ('working days(@"2026-04-01", 3, "SH")', 'werktage(@"2026-04-01", 3, "SH")'),
        ('working days(count: 3, day: @"2026-04-01", land: "SH", own days: ["04-08"])',
         'werktage(@"2026-04-01", 3, "SH", ["04-08"])'),
        ('deemed delivered("ozg_postfach", "SH", @"2026-03-02")', 'bekanntgabe("ozg_postfach", "SH", @"2026-03-02")'),
        (
            'deemed delivered(channel: "abruf", land: "SH", day: @"2026-03-02", consent: true, retrieved: @"2026-03-09")',
            'bekanntgabe("abruf", "SH", @"2026-03-02", true, @"2026-03-09")',
        ),
        (
            'deemed delivered(channel: "ozg_postfach", land: "SH", day: @"2026-03-02", notified: @"2026-03-03")',
            'bekanntgabe("ozg_postfach", "SH", @"2026-03-02", null, null, @"2026-03-03")',
        ),
        ('deemed   delivered(channel: "post", land: "SH", day: @"2026-03-02", arrived: @"2026-03-11", own days: [])',
         'bekanntgabe("post", "SH", @"2026-03-02", null, null, null, @"2026-03-11")'),
    ],
)  # fmt: skip
def test_the_english_names_are_the_same_functions(english, german):
    made = evaluate(english, {})
    assert made == evaluate(german, {})
    assert made["schritte"]


def test_a_name_of_two_words_stands_anywhere_in_an_expression():
    expression = 'for n in [1, 2] return working days(tag, n, "SH").ergebnis - date("2026-01-01")'
    assert evaluate(expression, {"tag": dt.date(2026, 3, 2)}) == [dt.timedelta(61), dt.timedelta(62)]
    result = evaluate_with_warnings('deadline(beginn: @"2026-03-02", dauer: "1 Monat", land: "SH")', {})
    assert "richtig ist deadline(start: " in result.warnings[0]


def test_who_listens_is_told_every_calculation_and_nobody_else_is():
    heard: list[engine.law.Calculation] = []
    evaluate('fristende(@"2026-03-05", "1 Monat", "SH")', {})
    with engine.law.listening(heard):
        evaluate('deadline(@"2026-01-31", "1 Monat", "SH").ergebnis + duration("P1D")', {})
        evaluate('frist(@"2026-01-31", "nie", "SH")', {})
        evaluate('bekanntgabe("abruf", "SH", @"2026-03-02", true)', {})
        evaluate('genehmigungsfiktion(vollstaendig: @"2026-03-02", land: "SH", vorlauf: null)', {})
        evaluate('ist werktag(@"2026-03-02", "SH") and zustellweg("OSI", "SH") = "post"', {})
    evaluate('fristende(@"2026-03-05", "1 Monat", "SH")', {})
    days = [(made.function, made.result) for made in heard]
    assert days == [
        ("frist", dt.date(2026, 3, 2)), ("frist", None), ("bekanntgabe", None), ("genehmigungsfiktion", dt.date(2026, 6, 2))
    ]  # fmt: skip
    assert heard[0].arguments == {"beginn": dt.date(2026, 1, 31), "dauer": "1 Monat", "land": "SH"}
    assert heard[0].source.startswith("§ 31 Abs. 1 VwVfG")
    assert heard[0].steps[-1].day == heard[0].result
    assert heard[1].refusal.startswith("„nie“ ist keine Dauer einer Frist")
    assert [made.refusal for made in heard if made is not heard[1]] == ["", "", ""]


def test_a_notice_that_is_not_delivered_has_no_day_and_no_period_starts():
    made = evaluate('bekanntgabe("abruf", "SH", @"2026-03-02", true)', {})
    assert (made["ergebnis"], made["bekanntgegeben"], made["abruf_bis"]) == (None, False, dt.date(2026, 3, 12))
    assert made["hinweis"].startswith("nicht bekanntgegeben; anderer Weg: ")
    result = evaluate_with_warnings('rechtsbehelfsfrist(bekanntgabe("abruf", "SH", @"2026-03-02").ergebnis, "SH")', {})
    assert result.value is None
    assert "„bekanntgabe“" in result.warnings[0]


def test_from_dispatch_to_the_end_of_the_objection_period():
    expression = "rechtsbehelfsfrist(bekanntgabe(zustellweg(konto, land), land, tag, true).ergebnis, land).ergebnis"
    in_sh = evaluate(expression, {"konto": "OSI", "land": "SH", "tag": dt.date(2026, 5, 1)})
    in_by = evaluate(expression, {"konto": "BAYERN_ID", "land": "BY", "tag": dt.date(2026, 5, 1)})
    assert (in_sh, in_by) == (dt.date(2026, 6, 4), dt.date(2026, 6, 5))  # 4 June 2026 is Corpus Christi


def test_what_a_municipality_has_not_set_counts_as_usual():
    expression = 'rechtsbehelfsfrist(@"2026-03-06", "SH", p.belehrung, p.eigene_feiertage, p.rechtsbehelf).ergebnis'
    assert evaluate(expression, {"p": {}}) == dt.date(2026, 4, 7)
    assert evaluate(expression, {"p": {"eigene_feiertage": ["04-07"]}}) == dt.date(2026, 4, 8)
    assert evaluate(expression, {"p": {"belehrung": "fehlt"}}) == dt.date(2027, 3, 8)
    assert evaluate(expression, {"p": {"rechtsbehelf": "klage"}}) == dt.date(2026, 4, 7)


def test_a_rule_that_counts_from_the_notification_takes_its_day():
    tag, told = dt.date(2026, 3, 2), dt.date(2026, 3, 4)
    call = "bekanntgabe(kanal, land, tag, true, null, told)"
    by = evaluate(call, {"kanal": "bayern_digital", "land": "BY", "tag": tag, "told": told})
    assert (by["ergebnis"], by["zaehlt_ab"]) == (dt.date(2026, 3, 7), "benachrichtigung")
    assert by["schritte"][0]["text"].startswith("Benachrichtigung über die Bereitstellung: Mittwoch, 4. März 2026")
    portal = evaluate(call, {"kanal": "abruf", "land": "SH", "tag": tag, "told": told})
    assert (portal["abruf_bis"], portal["zaehlt_ab"]) == (dt.date(2026, 3, 14), "abruf")
    post = evaluate(call, {"kanal": "post", "land": "SH", "tag": tag, "told": told})
    assert (post["ergebnis"], post["zaehlt_ab"]) == (dt.date(2026, 3, 6), "aufgabe")


@pytest.mark.parametrize(
    ("kanal", "land", "last", "source"),
    [
        ("ozg_postfach", "SH", dt.date(2026, 3, 19), "§ 9 Abs. 1 OZG; § 31 Abs. 2 VwVfG"),
        ("post", "SH", dt.date(2026, 3, 20), "§ 110 Abs. 2 Satz 1 LVwG; § 31 Abs. 2 VwVfG"),
        ("bayern_digital", "BY", dt.date(2026, 3, 19), "Art. 24 Abs. 2 Satz 1 BayDiG; § 31 Abs. 2 VwVfG"),
        ("abruf", "SH", dt.date(2026, 3, 27), "§ 110 Abs. 2a LVwG; § 31 Abs. 2 VwVfG"),
        ("abruf", "NI", dt.date(2026, 3, 16), "§ 31 Abs. 2 VwVfG"),
        ("post", "BY", dt.date(2026, 3, 20), "Art. 41 Abs. 2 Satz 1 BayVwVfG; § 31 Abs. 2 VwVfG"),
        ("post", "NI", dt.date(2026, 3, 16), "§ 31 Abs. 2 VwVfG"),
        (None, "SH", dt.date(2026, 3, 16), "§ 31 Abs. 2 VwVfG"),
    ],
)
def test_a_period_set_in_a_letter_begins_the_day_after_its_delivery(kanal, land, last, source):
    known = {"kanal": kanal, "land": land, "tag": dt.date(2026, 3, 2)}
    made = evaluate('behoerdenfrist(tag, "P14D", land, kanal, ["08-15"])', known)
    assert made["ergebnis"] == last
    assert made["quelle"].startswith(f"{source}; § 31 Abs. 1 VwVfG")


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-05-01T21:59:59.999Z", dt.date(2026, 5, 1)), ("2026-05-01T22:00:00.000Z", dt.date(2026, 5, 2)),
        ("2026-12-31T23:00:00Z", dt.date(2027, 1, 1)), ("2026-05-01", dt.date(2026, 5, 1)),
    ],
)  # fmt: skip
def test_an_instant_falls_on_its_day_in_germany(instant, day):
    assert evaluate("kalendertag(instant)", {"instant": instant}) == day


@pytest.mark.parametrize("instant", ["gestern", None, "2026-05-01T25:00:00Z"])
def test_what_is_no_instant_has_no_day(instant):
    assert evaluate("kalendertag(instant)", {"instant": instant}) is None


def test_arrival_and_notification():
    late = 'bekanntgabe("post", "SH", @"2026-03-02", null, null, null, @"2026-03-11").ergebnis'
    assert evaluate(late, {}) == dt.date(2026, 3, 11)
    assert evaluate('bekanntgabe("post", "SH", @"2026-03-02", null, null, null, "nie").bekanntgegeben', {}) is False
    named = 'bekanntgabe(kanal: "ozg_postfach", land: "SH", tag: @"2026-03-02", benachrichtigung: @"2026-03-03").hinweis'
    assert "Die Benachrichtigung ging erst" in evaluate(named, {})


def test_the_context_of_a_fictitious_permit():
    made = evaluate('genehmigungsfiktion(@"2026-03-02", "SH", @"P2M", vorlauf)', {"vorlauf": None})
    assert (made["ergebnis"], made["erteilt_am"], made["alarm_am"]) == (
        dt.date(2026, 5, 4), dt.date(2026, 5, 5), dt.date(2026, 4, 17)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ('frist(@"1582-12-31", "1 Tag", "SH")', "Gerechnet wird mit den Jahren 1583 bis 9998"),
        ('frist(@"9999-01-01", "1 Tag", "SH")', "Gerechnet wird mit den Jahren 1583 bis 9998"),
        ('frist(@"9998-12-31", "1 Jahr", "SH")', "endet nach dem Jahr 9998"),
        ('frist(@"9999-12-31T23:59:59Z", "1 Tag", "SH")', "außerhalb der Jahre"),
        ('frist(@"2026-03-02", "1 Monat", "XX")', "Das Land „XX“ gibt es nicht"),
        ('frist(@"2026-03-02", "-1 Monat", "SH")', "mindestens einen Tag"),
        ('frist(@"2026-03-02", @"-P1M", "SH")', "mindestens einen Tag"),
        ('frist(@"2026-03-02", @"-P1D", "SH")', "mindestens einen Tag"),
        ('frist(@"2026-03-02", @"PT12H", "SH")', "in ganzen Tagen"),
        ('frist(@"2026-03-02", @"P999999Y", "SH")', "höchstens 100 Jahre"),
        ('frist(@"2026-03-02", "999999999 Tage", "SH")', "höchstens 100 Jahre"),
        ('frist("2026-02-30", "1 Tag", "SH")', "gibt es nicht"),
        ('frist("morgen", "1 Tag", "SH")', "kein Datum"),
        ('frist(20260302, "1 Tag", "SH")', "„beginn“ muss ein Datum"),
        ('frist(@"2026-03-02", "1 Tag", "SH", "irgendwie")', "„ereignis“ oder „tagesbeginn“"),
        ('frist(@"2026-03-02", "1 Tag", "SH", "ereignis", ["99-99"])', "kein eigener Feiertag"),
        ('frist(@"2026-03-02", "1 Tag", "SH", "ereignis", [5])', "kein Tag"),
        ('werktage(@"2026-03-02", 1.5, "SH")', "ganze Zahl"),
        ('werktage(@"2026-03-02", -1, "SH")', "von 1 bis 2500"),
        ('werktage(@"2026-03-02", 1e300, "SH")', "von 1 bis 2500"),
        ('naechster werktag(@"2026-03-02", "")', "gibt es nicht"),
        ('ist werktag(@"1500-03-02", "SH")', "1583 bis 9998"),
        ('bekanntgabe("fax", "SH", @"2026-03-02")', "Den Weg „fax“ gibt es nicht"),
        ('bekanntgabe("post", "BUND", @"2024-12-31")', "keine Regel hinterlegt"),
        ('bekanntgabe("post", "SH", @"2026-03-02", null, null, null, "irgendwann")', "kein Datum"),
        ('zustellweg("Faxgerät", "SH")', "kein Weg der Bekanntgabe"),
        ('rechtsbehelfsfrist(@"2026-03-02", "SH", "unklar")', "richtig, fehlt, falsch"),
        ('genehmigungsfiktion(@"2026-03-02", "SH", null, "1 Monat")', "„Verlängerung mitgeteilt am“ ist kein Tag"),
        ('genehmigungsfiktion(@"2026-03-02", "SH", null, "1 Monat", "", @"2026-05-20")', "zu begründen"),
    ],
)
def test_what_the_law_refuses_is_null_with_the_sentence(expression, sentence):
    result = evaluate_with_warnings(expression, {})
    assert result.value is None
    assert sentence in result.warnings[0]


@pytest.mark.parametrize("name", sorted(NAMES))
def test_null_gives_null(name):
    signature = next(s for s in SIGNATURES if s.declaration.startswith(f"{name}("))
    nulls = ", ".join("null" for parameter in signature.parameters if not parameter.optional)
    assert evaluate(f"{name}({nulls})", {}) is None


def test_a_loop_of_calculations_ends_at_the_limit_of_work():
    result = evaluate_with_warnings('count(for i in 1..2000 return fristende(@"2026-03-02", "1 Monat", "SH"))', {})
    assert result.value is None
    assert "Schritte" in result.warnings[0]
    few = evaluate('count(for i in 1..150 return fristende(@"2026-03-02", "1 Monat", "SH"))', {})
    assert few == Decimal(150)


# --- where they are known ------------------------------------------------------------------------------------------------


def printed(script: str) -> list[str]:
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.split()


def test_feel_alone_does_not_know_them_and_bpmn_makes_them_known():
    ask = 'import engine.feel as f; print(f.evaluate(\'fristende(@"2026-03-05", "1 Monat", "SH")\', {}))'
    assert printed(ask) == ["None"]
    assert printed(f"{ask}\nimport engine.bpmn\n{ask}") == ["None", "2026-04-07"]


def test_the_floor_is_pure_and_light():
    loaded = set(printed("import engine.law, sys; print(*{name.partition('.')[0] for name in sys.modules})"))
    assert not {"sqlalchemy", "marshmallow", "flask", "lxml", "SpiffWorkflow", "holidays"} & loaded
    assert all(getattr(engine.law, name) is not None for name in engine.law.__all__)


def test_a_decision_table_may_name_them():
    from engine.feel import decide

    model = f"""<?xml version="1.0"?><definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="d" name="d"
      namespace="urn:test"><inputData id="i" name="tag"><variable name="tag" typeRef="date"/></inputData>
      <decision id="ende" name="ende"><variable name="ende"/><informationRequirement><requiredInput href="#i"/>
      </informationRequirement><literalExpression><text>{'frist(tag, "1 Monat", "SH").ergebnis'}</text></literalExpression>
      </decision></definitions>"""
    assert decide(model.encode(), "ende", {"tag": dt.date(2026, 3, 5)}) == dt.date(2026, 4, 7)


@pytest.mark.parametrize(
    ("test", "result"),
    [
        ('deadline(tag, "1 Monat", "SH").ergebnis', 'working days(land: "SH", day: tag, count: 1).ergebnis'),
        ('deadline(start: tag, length: "1 Monat", land: "SH").ergebnis', 'deemed delivered("post", "SH", tag).ergebnis'),
    ],
)
def test_a_cell_of_a_table_may_name_them_in_english(test, result):
    from engine.feel import decide

    model = f"""<?xml version="1.0"?><definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="d" name="d"
      namespace="urn:test"><inputData id="i" name="tag"><variable name="tag" typeRef="date"/></inputData>
      <inputData id="j" name="eingang"><variable name="eingang" typeRef="date"/></inputData>
      <decision id="ende" name="ende"><variable name="ende"/>
      <informationRequirement><requiredInput href="#i"/></informationRequirement>
      <informationRequirement><requiredInput href="#j"/></informationRequirement>
      <decisionTable id="t" hitPolicy="UNIQUE">
      <input id="c"><inputExpression id="e" typeRef="date"><text>eingang</text></inputExpression></input>
      <output id="o" name="ende"/>
      <rule id="r"><inputEntry id="x"><text>&lt;= {test}</text></inputEntry>
      <outputEntry id="y"><text>{result}</text></outputEntry></rule></decisionTable></decision></definitions>"""
    on_time = {"tag": dt.date(2026, 3, 5), "eingang": dt.date(2026, 4, 7)}
    assert decide(model.encode(), "ende", on_time) == (dt.date(2026, 3, 6) if "working" in result else dt.date(2026, 3, 9))
    assert decide(model.encode(), "ende", {**on_time, "eingang": dt.date(2026, 4, 8)}) is None
