"""`${…}` of Camunda 7 as FEEL: what is translated answers the same, what could only be guessed is refused with its column."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.base import clock
from engine.bpmn.dialects.juel import MAX_DEPTH, MAX_SOURCE, Place
from engine.bpmn.dialects.pieces import Untranslatable
from engine.bpmn.dialects.texts import has_expression, listed, translated
from engine.feel import compile_expression, evaluate

LOOPED = Place(looped=True, completes=True)


def feel(text: str, place: Place = LOOPED) -> str:
    return translated(text, place, [])


def answer(text: str, place: Place = LOOPED, **variables: Any) -> Any:
    made = feel(text, place)
    return evaluate(made[1:], variables) if made.startswith("=") else made


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("${x}", "=x"),
        ("#{x}", "=x"),
        ("  ${ x }  ", "=x"),
        ("${a.b.c}", "=a.b.c"),
        ("${a == 1}", "=a = 1"),
        ("${a != null}", "=a != null"),
        ("${a eq 1 and b ne 'x'}", '=a = 1 and b != "x"'),
        ("${a lt 1 or a gt 2 or a le 3 or a ge 4}", "=a < 1 or a > 2 or a <= 3 or a >= 4"),
        ("${a && (b || c)}", "=a and (b or c)"),
        ("${!a}", "=not(a)"),
        ("${not a}", "=not(a)"),
        ("${-a * (b - 2) / c}", "=-a * (b - 2) / c"),
        ("${a - (b - c)}", "=a - (b - c)"),
        ("${a div 2}", "=a / 2"),
        ("${(a == b) == c}", "=(a = b) = c"),
        ("${a ? 'x' : 'y'}", '=if a then "x" else "y"'),
        ("${a ? b : c ? d : e}", "=if a then b else (if c then d else e)"),
        ("${liste[0]}", "=liste[1]"),
        ("${map['ein Wort']}", '=get value(map, "ein Wort")'),
        ("${a.if}", '=get value(a, "if")'),
        ("${nrOfCompletedInstances/nrOfInstances >= 0.6}", "=numberOfCompletedInstances / numberOfInstances >= 0.6"),
        ("${loopCounter}", "=loopCounter - 1"),
        ("${execution.getVariable('x')}", "=x"),
        ("${'it\\'s'}", '="it\'s"'),
        ("${'}'}", '="}"'),
        ("Hallo ${name}!", '=string join(["Hallo ", string(name), "!"])'),
        ("R3/${dauer}", '=string join(["R3/", string(dauer)])'),
        ("\\${kein Ausdruck}", "${kein Ausdruck}"),
        ("=x + 1", "=x + 1"),
        ("einfach", "einfach"),
        ("", ""),
    ],
)
def test_the_simple_kind_is_written_in_feel(text: str, made: str) -> None:
    assert feel(text) == made


@pytest.mark.parametrize(
    ("text", "variables", "value"),
    [
        ("${a[0] + a[1]}", {"a": [10, 20]}, 30),
        ("${a[loopCounter]}", {"a": [10, 20], "loopCounter": 2}, 20),
        ("${7 % 3}", {}, 1),
        ("${a mod b}", {"a": -7, "b": 3}, -1),
        ("${a mod b}", {"a": 7, "b": -3}, 1),
        ("${1 + 2 * 3 - 4}", {}, 3),
        ("${-2 - -3}", {}, 1),
        ("${.5 + 1.}", {}, Decimal("1.5")),
        ("${1e2}", {}, 100),
        ("${a.size() > 1 && a.contains('x')}", {"a": ["x", "y"]}, True),
        ("${a.contains('x')}", {"a": "Axt und x"}, True),
        ("${'Stieleiche'.contains(a)}", {"a": "eiche"}, True),
        ("${a.length()}", {"a": "abc"}, 3),
        ("${a.isEmpty()}", {"a": []}, True),
        ("${a.toLowerCase() == 'ab' && a.toUpperCase() == 'AB'}", {"a": "aB"}, True),
        ("${a.startsWith('a') and a.endsWith('c')}", {"a": "abc"}, True),
        ("${a.equals('x')}", {"a": "x"}, True),
        ("${a.equalsIgnoreCase('X')}", {"a": "x"}, True),
        ("${a.containsKey('b')}", {"a": {"b": None}}, True),
        ("${a.get(1)}", {"a": [1, 2]}, 2),
        ("${a.get('b')}", {"a": {"b": 2}}, 2),
        ("${a.prop('b').prop('c').numberValue() + 1}", {"a": {"b": {"c": 2}}}, 3),
        ("${a ? 1 : 2}", {"a": None}, 2),
        ("Hallo ${a}!", {"a": None}, "Hallo !"),
        ("${a}${b}", {"a": 1, "b": "x"}, "1x"),
        ('Er sagte "${a}" \\ zu\nmir', {"a": "ja"}, 'Er sagte "ja" \\ zu\nmir'),
        ("${a == null}", {}, True),
    ],
)
def test_what_is_translated_answers_the_same(text: str, variables: dict[str, Any], value: Any) -> None:
    assert answer(text, **variables) == value


@pytest.mark.parametrize(
    ("value", "is_empty"), [(None, True), ("", True), ([], True), ({}, True), (0, False), ("x", False), ([None], False)]
)
def test_empty_asks_for_null_and_for_what_holds_nothing(value: Any, is_empty: bool) -> None:
    assert answer("${empty a}", a=value) is is_empty
    assert answer("${not empty a}", a=value) is not is_empty


@pytest.mark.parametrize(
    ("text", "sentence", "column"),
    [
        ("${bean.tu(x)}", "die Methode „tu“", 8),
        ("Text ${bean.tu(x)}", "die Methode „tu“", 13),
        ("${tu(x)}", "die Funktion „tu“", 3),
        ("${dateTime().plusDays(n).toDate()}", "nur eine feste Zahl", 14),
        ("${dateTime().withTimeAtStartOfDay()}", "die Methode „withTimeAtStartOfDay“", 14),
        ("${now().plusDays(3)}", "die Methode „plusDays“", 9),
        ("${execution.id}", "„execution“ ist ein Java-Objekt", 3),
        ("${execution}", "„execution“ ist ein Java-Objekt", 3),
        ("${execution.hasVariable('x')}", "„execution.hasVariable“", 13),
        ("${execution.getVariable(x)}", "„execution.getVariable“", 13),
        ("${task.assignee}", "„task“", 3),
        ("${a + 'x'}", "verbindet keine Texte", 5),
        ("${a[i]}", "ob in der Klammer", 5),
        ("${a[-1]}", "nicht negativ", 5),
        ("${x$y}", "in FEEL kein Name", 3),
        ("${for}", "in FEEL kein Name", 3),
        ("${x", "nicht zu Ende", 4),
        ("${'x}", "dieses Zeichen passt nicht", 3),
        ("${}", "nicht zu Ende", 3),
        ("${a b}", "„b“ wird hier nicht verstanden", 5),
        ("${a;b}", "dieses Zeichen passt nicht", 4),
        ("${a = 1}", "dieses Zeichen passt nicht", 5),
        ("${fn:length(a)}", "„:“ wird hier nicht verstanden", 5),
        ("${a.prop(b)}", "kein fester Text", 10),
        ("${" + "(" * 50 + "x" + ")" * 50 + "}", f"mehr als {MAX_DEPTH} Ebenen", 33),
        ("${" + "x + " * 2000 + "x}", f"mehr als {MAX_SOURCE} Zeichen", 3),
        ("${" + " % ".join(["x"] * 60) + "}", "zu lang", 3),
        ("${x}" * 500, "mehr als 200 Teile", 1),
    ],
)
def test_what_could_only_be_guessed_is_refused_with_its_column(text: str, sentence: str, column: int) -> None:
    with pytest.raises(Untranslatable) as refusal:
        feel(text)
    assert sentence in refusal.value.sentence
    assert refusal.value.column == column


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("${now()}", "2026-03-28T12:30:00+01:00"),
        ("${dateTime().toDate()}", "2026-03-28T12:30:00+01:00"),
        ("${dateTime().plusDays(1).toDate()}", "2026-03-29T12:30:00+02:00"),
        ("${dateTime().plusWeeks(1).plusMinutes(30)}", "2026-04-04T13:00:00+02:00"),
        ("${dateTime().plusHours(24)}", "2026-03-29T13:30:00+02:00"),
        ("${dateTime().plusMonths(1).minusDays(28).toDate()}", "2026-03-31T12:30:00+02:00"),
        ("${dateTime().minusYears(1)}", "2025-03-28T12:30:00+01:00"),
    ],
)
def test_days_are_days_of_the_calendar_and_hours_are_exact(text: str, instant: str) -> None:
    with clock.frozen(dt.datetime(2026, 3, 28, 11, 30, tzinfo=dt.UTC)):
        assert answer(text).astimezone(dt.UTC) == dt.datetime.fromisoformat(instant)


def test_the_counts_of_a_multi_instance_are_known_in_its_end_only() -> None:
    with pytest.raises(Untranslatable, match="Abschlussbedingung"):
        feel("${nrOfInstances}", Place(looped=True))
    assert feel("${nrOfActiveInstances}") == "=numberOfActiveInstances"
    assert feel("${nrOfActiveInstances}", Place(True, True, True)) == "=1"
    assert feel("${loopCounter}", Place()) == "=loopCounter"


def test_a_sum_of_which_nobody_knows_what_it_adds_is_advised_of() -> None:
    advice: list[str] = []
    translated("${a + b}", Place(), advice)
    assert len(advice) == 1
    translated("${a + 1}", Place(), advice)
    assert len(advice) == 1


def test_commas_inside_expressions_do_not_separate() -> None:
    assert listed("amt, ${a.contains('x', 'y')} ,post,") == ["amt", "${a.contains('x', 'y')}", "post"]
    assert [has_expression(text) for text in ("${x}", "=x", "x", None, '="${x}"')] == [True, False, False, False, False]


SOUP = st.lists(
    st.sampled_from(
        [
            "${", "#{", "}", "\\", "x", "a.b", "'t'", '"', "(", ")", "[", "]", "0", "1.5", "+", "-", "%", "?", ":", "==", "&&",
            "!", "empty ", "not ", "execution", ".get(", ".contains(", "loopCounter", "nrOfInstances", ",", " ", "=",
        ]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@given(SOUP | st.text(max_size=60))
def test_any_text_is_translated_into_sound_feel_or_refused(text: str) -> None:
    column, made = 1, ""
    try:
        made = feel(text)
    except Untranslatable as refusal:
        column = refusal.column
    assert 1 <= column <= len(text) + 1
    if made.startswith("=") and not text.strip().startswith("="):
        compile_expression(made[1:])
