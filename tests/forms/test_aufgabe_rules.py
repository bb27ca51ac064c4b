"""Answers to a form as a whole: groups, lists, conditions, locks, computed fields, names nobody asked for."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from engine.base import clock
from engine.base.errors import Invalid
from forms.aufgabe import Form, validate

Make = Callable[..., Form]
Send = Callable[..., dict[str, Any]]
Refuse = Callable[..., list[tuple[str | None, str]]]
TODAY = dt.date(2026, 3, 2)


def text(key: str, **properties: Any) -> dict[str, Any]:
    return {"type": "textfield", "id": f"f_{key}", "key": key, "label": key.title(), **properties}


def number(key: str, **properties: Any) -> dict[str, Any]:
    return {**text(key, **properties), "type": "number"}


def group(*components: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "group", "components": list(components), **properties}


def many(path: str, *components: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {
        "type": "dynamiclist", "path": path, "label": path.title(), "components": list(components),
        "isRepeating": True, "allowAddRemove": True, **properties,
    }  # fmt: skip


def hidden_if(condition: str | bool) -> dict[str, Any]:
    return {"conditional": {"hide": condition}}


# --- shape ---------------------------------------------------------------------------------------------------------


def test_what_only_shows_something_asks_for_nothing(form: Make, answer: Send) -> None:
    shown = form(
        {"type": "text", "text": "# Prüfung von {{art}}"},
        {"type": "html", "content": "<p>Hinweis</p>"},
        {"type": "image", "source": "=bild", "alt": "Baum"},
        {"type": "separator"},
        {"type": "spacer", "height": 20},
        {"type": "button", "label": "Absenden", "action": "submit"},
        {"type": "iframe", "url": "https://karte.beispiel.de"},
        {"type": "table", "dataSource": "=baeume", "columns": [{"label": "Art", "key": "art"}]},
        {"type": "documentPreview", "dataSource": "=dokumente"},
    )
    assert answer(shown, {}) == {}


@pytest.mark.parametrize("data", [[], "x", None, 7])
def test_answers_that_are_no_object_are_refused(form: Make, refusal: Refuse, data: Any) -> None:
    assert refusal(form(), data) == [("", "Die Antworten sind kein Objekt mit Feldern.")]


def test_a_name_nobody_asked_for_is_refused_and_the_nearest_is_named(form: Make) -> None:
    with pytest.raises(Invalid) as caught:
        validate(form(text("entscheidung")), {"entscheidng": "x", "~/\x00": 1}, {}, today=TODAY)
    assert [(cause.pointer, cause.hint) for cause in caught.value.causes] == [
        ("/entscheidng", "Gemeint ist vielleicht „entscheidung“."),
        ("/~0~1\ufffd", ""),
    ]
    assert caught.value.sentence == "2 Angaben passen nicht zum Formular."


def test_a_variable_of_the_vorgang_cannot_be_written_past_the_form(form: Make, refusal: Refuse) -> None:
    sent = {"grund": "x", "gebuehr_cent": 0}
    assert refusal(form(text("grund")), sent, {"gebuehr_cent": 5000}) == [
        ("/gebuehr_cent", "Das Feld „gebuehr_cent“ gibt es in diesem Formular nicht.")
    ]


def test_each_wrong_field_has_its_cause(form: Make, refusal: Refuse) -> None:
    made = form(text("a", validate={"required": True}), number("b"), text("c"))
    assert [pointer for pointer, _ in refusal(made, {"b": "x", "c": 1})] == ["/a", "/b", "/c"]


def test_the_path_of_a_group_and_the_dots_of_a_key_lead_into_objects(form: Make, answer: Send, refusal: Refuse) -> None:
    made = form(group(text("name"), group(text("ort.strasse")), path="antrag.person"), text("antrag.art"))
    sent = {"antrag": {"person": {"name": "Muster", "ort": {"strasse": "Markt"}}, "art": "Fällung"}}
    assert answer(made, sent) == sent
    assert refusal(made, {"antrag": {"person": {"nme": "x"}}})[0][0] == "/antrag/person/nme"
    assert refusal(made, {"antrag": "x"}) == [("/antrag", "„antrag“ ist eine Gruppe von Feldern und braucht ein Objekt.")]


def test_other_members_of_an_object_stay_as_they_were(form: Make, answer: Send) -> None:
    context = {"person": {"name": "Alt", "konto": {"iban": "DE00"}}, "anderes": 1}
    made = form(group(text("name"), path="person"))
    assert answer(made, {"person": {"name": "Neu"}}, context) == {"person": {"name": "Neu", "konto": {"iban": "DE00"}}}
    assert context["person"] == {"name": "Alt", "konto": {"iban": "DE00"}}


def test_what_is_not_sent_stays_as_the_vorgang_knew_it(form: Make, answer: Send, refusal: Refuse) -> None:
    assert answer(form(text("a"), text("b")), {"b": "neu"}, {"a": "alt"}) == {"b": "neu"}
    required = form(text("a", validate={"required": True}))
    assert refusal(required, {}, {"a": "alt"}) == [("/a", "Bitte füllen Sie „A“ aus.")]


# --- lists ---------------------------------------------------------------------------------------------------------


def test_every_entry_of_a_list_is_checked(form: Make, answer: Send, refusal: Refuse) -> None:
    trees = form(many("baeume", text("art", validate={"required": True}), number("umfang")))
    sent = {"baeume": [{"art": "Eiche", "umfang": 210}, {"art": "Ahorn"}]}
    assert answer(trees, sent) == {"baeume": [{"art": "Eiche", "umfang": Decimal(210)}, {"art": "Ahorn", "umfang": None}]}
    sent = {"baeume": [{"art": "Eiche"}, {"umfang": "x"}, {"art": "x", "hoehe": 1}, 7]}
    assert [pointer for pointer, _ in refusal(trees, sent)] == [
        "/baeume/2/hoehe", "/baeume/3", "/baeume/1/art", "/baeume/1/umfang",
    ]  # fmt: skip


def test_lists_may_stand_in_lists(form: Make, answer: Send, refusal: Refuse) -> None:
    made = form(many("flur", many("baum", number("umfang", validate={"min": 1}))))
    sent = {"flur": [{"baum": [{"umfang": 1}, {"umfang": 2}]}, {"baum": []}]}
    assert answer(made, sent) == {"flur": [{"baum": [{"umfang": Decimal(1)}, {"umfang": Decimal(2)}]}, {"baum": []}]}
    sent["flur"][0]["baum"][1]["umfang"] = 0
    assert refusal(made, sent) == [("/flur/0/baum/1/umfang", "„Umfang“ muss mindestens 1 sein.")]


@pytest.mark.parametrize(("sent", "message"), [({}, "„Baeume“ ist"), ("x", "„Baeume“ ist"), ([{}] * 1001, "„Baeume“ darf")])
def test_a_list_is_a_list_of_bearable_length(form: Make, refusal: Refuse, sent: Any, message: str) -> None:
    (found,) = refusal(form(many("baeume", text("art"))), {"baeume": sent})
    assert found[0] == "/baeume"
    assert found[1].startswith(message)


def test_without_the_right_to_add_and_remove_the_number_of_entries_is_fixed(form: Make, answer: Send, refusal: Refuse) -> None:
    fixed = form(many("baeume", text("art"), allowAddRemove=False, defaultRepetitions=2))
    known = {"baeume": [{"art": "a"}, {"art": "b"}, {"art": "c"}]}
    assert len(answer(fixed, {"baeume": [{}, {}, {}]}, known)["baeume"]) == 3
    assert len(answer(fixed, {"baeume": [{}, {}]})["baeume"]) == 2
    (wrong,) = refusal(fixed, {"baeume": [{}, {}]}, known)
    assert wrong == ("/baeume", "„Baeume“ hat genau 3 Einträge; es können keine hinzukommen oder wegfallen.")


def test_a_list_that_was_not_sent_has_its_first_entries_or_stays(form: Make, answer: Send, refusal: Refuse) -> None:
    trees = form(many("baeume", text("art", validate={"required": True}), defaultRepetitions=2))
    assert [pointer for pointer, _ in refusal(trees, {})] == ["/baeume/0/art", "/baeume/1/art"]
    assert answer(trees, {}, {"baeume": [{"art": "Eiche"}]}) == {}
    assert answer(trees, {"baeume": []}) == {"baeume": []}
    assert answer(trees, {"baeume": None}) == {"baeume": []}


def test_a_list_that_does_not_repeat_is_a_group(form: Make, answer: Send) -> None:
    assert answer(form(many("baum", text("art"), isRepeating=False)), {"baum": {"art": "x"}}) == {"baum": {"art": "x"}}


def test_what_an_entry_knew_beyond_the_form_survives_and_cannot_be_changed(form: Make, answer: Send, refusal: Refuse) -> None:
    trees = form(many("baeume", text("art")))
    known = {"baeume": [{"art": "Eiche", "nr": 1}, {"art": "Ahorn", "nr": 2}, {"art": "Linde", "nr": 3}]}
    assert answer(trees, {"baeume": [{"art": "Buche"}, {"art": "Ahorn"}, {"art": "Linde"}]}, known)["baeume"] == [
        {"art": "Buche", "nr": 1}, {"art": "Ahorn", "nr": 2}, {"art": "Linde", "nr": 3},
    ]  # fmt: skip
    without_first = {"baeume": [{"art": "Ahorn", "nr": 2}, {"art": "Erle", "nr": 3}, {"art": "neu"}]}
    assert answer(trees, without_first, known)["baeume"] == [
        {"art": "Ahorn", "nr": 2}, {"art": "Erle", "nr": 3}, {"art": "neu"},
    ]  # fmt: skip
    invented = {"baeume": [{"art": "Eiche", "nr": 9}]}
    assert refusal(trees, invented, known) == [("/baeume/0/nr", "Das Feld „nr“ gibt es in diesem Formular nicht.")]


# --- conditions ----------------------------------------------------------------------------------------------------


def test_a_hidden_field_is_neither_required_nor_kept(form: Make, answer: Send, refusal: Refuse) -> None:
    made = form(
        {"type": "checkbox", "key": "ablehnen", "label": "Ablehnen"},
        text("grund", validate={"required": True}, **hidden_if("=ablehnen != true")),
    )
    assert answer(made, {"ablehnen": False, "grund": "x"}) == {"ablehnen": False}
    assert answer(made, {"ablehnen": True, "grund": "x"}) == {"ablehnen": True, "grund": "x"}
    assert refusal(made, {"ablehnen": True}) == [("/grund", "Bitte füllen Sie „Grund“ aus.")]


def test_a_hidden_group_hides_all_inside(form: Make, answer: Send) -> None:
    made = form(
        text("art"),
        group(text("a", validate={"required": True}), group(many("l", number("n"))), path="g", **hidden_if('=art = "x"')),
    )
    assert answer(made, {"art": "x", "g": {"a": 7, "l": [{"n": "keine Zahl"}]}}) == {"art": "x"}


def test_conditions_see_the_variables_of_the_vorgang_and_answers_win(form: Make, answer: Send) -> None:
    made = form(number("umfang"), text("grund", **hidden_if("=umfang < grenze")))
    context = {"grenze": 80, "umfang": 500}
    assert answer(made, {"umfang": 79, "grund": "x"}, context) == {"umfang": Decimal(79)}
    assert answer(made, {"grund": "x"}, context) == {"grund": "x"}


@pytest.mark.parametrize("condition", ["=null", "=unbekannt", '="ja"', "=1", "ohne Gleichheitszeichen", "", False])
def test_only_true_hides(form: Make, answer: Send, condition: str | bool) -> None:
    assert answer(form(text("a", **hidden_if(condition))), {"a": "x"}) == {"a": "x"}


def test_hidden_for_good_is_hidden(form: Make, answer: Send) -> None:
    assert answer(form(text("a", validate={"required": True}, **hidden_if(True))), {"a": "x"}) == {}


def test_a_hidden_answer_counts_as_absent_for_other_conditions(form: Make, answer: Send) -> None:
    made = form(
        text("c", **hidden_if('=b = "ja"')),
        text("b", **hidden_if('=a = "nein"')),
        text("a"),
    )
    assert answer(made, {"a": "nein", "b": "ja", "c": "bleibt"}) == {"a": "nein", "c": "bleibt"}
    assert answer(made, {"a": "ja", "b": "ja", "c": "geht"}) == {"a": "ja", "b": "ja"}


def test_conditions_that_chase_each_other_come_to_an_end(form: Make, answer: Send) -> None:
    made = form(text("a", **hidden_if("=b != null")), text("b", **hidden_if("=a = null")))
    assert set(answer(made, {"a": "x", "b": "y"})) <= {"a", "b"}


def test_in_an_entry_this_parent_and_i_are_what_form_js_says(form: Make, answer: Send) -> None:
    trees = form(
        many(
            "baeume",
            number("umfang"),
            text("nur_dicke", **hidden_if("=this.umfang < parent.grenze")),
            text("nur_erster", **hidden_if("=i[1] > 1")),
        )
    )
    entry = {"umfang": 70, "nur_dicke": "x", "nur_erster": "y"}
    found = answer(trees, {"baeume": [entry, {**entry, "umfang": 90}]}, {"grenze": 80})
    assert found == {"baeume": [{"umfang": Decimal(70), "nur_erster": "y"}, {"umfang": Decimal(90), "nur_dicke": "x"}]}


def test_a_value_hidden_in_an_entry_is_dropped_from_what_was_known(form: Make, answer: Send) -> None:
    trees = form(many("baeume", text("art"), number("staemme", **hidden_if('=this.art = "einstämmig"'))))
    known = {"baeume": [{"art": "mehrstämmig", "staemme": 3, "nr": 1}]}
    found = answer(trees, {"baeume": [{"art": "einstämmig", "staemme": 3, "nr": 1}]}, known)
    assert found == {"baeume": [{"art": "einstämmig", "nr": 1}]}


def test_days_are_iso_texts_in_conditions_as_in_the_browser(form: Make, answer: Send) -> None:
    made = form(
        {"type": "datetime", "subtype": "date", "key": "am", "dateLabel": "Am"},
        text("text", **hidden_if('=am = "2026-03-02"')),
        text("tag", **hidden_if("=date(am) < date(seit)")),
    )
    sent = {"am": "2026-03-02", "text": "x", "tag": "y"}
    assert answer(made, sent, {"seit": dt.date(2026, 3, 3)}) == {"am": dt.date(2026, 3, 2)}
    assert answer(made, sent, {"seit": dt.date(2026, 3, 2)}) == {"am": dt.date(2026, 3, 2), "tag": "y"}


def test_what_is_past_and_what_feel_calls_today_are_one_clock(form: Make) -> None:
    made = form(
        {"type": "datetime", "subtype": "date", "key": "am", "disallowPassedDates": True},
        text("heute", **hidden_if("=date(am) != today()")),
    )
    with clock.frozen(dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC)):
        assert set(validate(made, {"am": "2026-03-02", "heute": "x"}, {})) == {"am", "heute"}
        with pytest.raises(Invalid):
            validate(made, {"am": "2026-03-01"}, {})


# --- locks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lock", [{"disabled": True}, {"readonly": True}, {"readonly": '=status = "fest"'}])
def test_a_locked_field_keeps_what_the_vorgang_knew(form: Make, answer: Send, lock: dict[str, Any]) -> None:
    locked = form(number("gebuehr", validate={"required": True, "max": 10}, **lock))
    assert answer(locked, {"gebuehr": 1}, {"gebuehr": 5000, "status": "fest"}) == {"gebuehr": 5000}
    assert answer(locked, {"gebuehr": 1}, {"status": "fest"}) == {"gebuehr": None}


def test_a_lock_that_does_not_hold_lets_answers_through(form: Make, answer: Send) -> None:
    made = form(number("gebuehr", readonly='=status = "fest"'))
    assert answer(made, {"gebuehr": 1}, {"gebuehr": 5000, "status": "offen"}) == {"gebuehr": Decimal(1)}


def test_conditions_see_the_true_value_of_a_locked_field(form: Make, answer: Send) -> None:
    made = form(text("rolle", disabled=True), text("geheim", **hidden_if('=rolle != "leitung"')))
    assert answer(made, {"rolle": "leitung", "geheim": "x"}, {"rolle": "sachbearbeitung"}) == {"rolle": "sachbearbeitung"}


def test_a_locked_field_in_a_list_follows_its_entry(form: Make, answer: Send) -> None:
    trees = form(many("baeume", text("nr", readonly=True), text("urteil")))
    known = {"baeume": [{"nr": "1"}, {"nr": "2"}, {"nr": "3"}]}
    kept = answer(trees, {"baeume": [{"nr": "3", "urteil": "a"}, {"nr": "1", "urteil": "b"}]}, known)
    assert kept == {"baeume": [{"nr": "3", "urteil": "a"}, {"nr": "1", "urteil": "b"}]}
    forged = answer(trees, {"baeume": [{"nr": "9", "urteil": "a"}, {"nr": "2"}, {"nr": "3"}]}, known)
    assert [entry["nr"] for entry in forged["baeume"]] == ["1", "2", "3"]


def test_a_thousand_entries_in_another_order_are_known_again(form: Make, answer: Send) -> None:
    trees = form(many("baeume", text("nr", readonly=True)))
    known = {"baeume": [{"nr": str(number // 2), "karte": number} for number in range(1000)]}
    turned = [{"nr": entry["nr"], "karte": entry["karte"]} for entry in reversed(known["baeume"])]
    assert answer(trees, {"baeume": turned}, known) == {"baeume": turned}
    same_numbers = [{"nr": entry["nr"]} for entry in known["baeume"]]
    assert answer(trees, {"baeume": same_numbers}, known) == known


# --- computed ------------------------------------------------------------------------------------------------------


def computed(key: str, expression: str, when: str = "change") -> dict[str, Any]:
    return {"type": "expression", "key": key, "expression": expression, "computeOn": when}


@pytest.mark.parametrize("when", ["change", "presubmit"])
def test_a_computed_field_is_computed_here_whatever_was_sent(form: Make, answer: Send, when: str) -> None:
    made = form(number("a"), computed("summe", "=a + zuschlag", when))
    assert answer(made, {"a": 2, "summe": 99}, {"zuschlag": 3}) == {"a": Decimal(2), "summe": Decimal(5)}


def test_computed_fields_may_look_at_each_other_in_any_order(form: Make, answer: Send) -> None:
    made = form(computed("c", "=b + 1"), computed("b", "=a + 1"), number("a"))
    assert answer(made, {"a": 1}) == {"c": Decimal(3), "b": Decimal(2), "a": Decimal(1)}


def test_a_condition_may_look_at_a_computed_field(form: Make, answer: Send) -> None:
    made = form(text("grund", **hidden_if("=summe < 10")), computed("summe", "=a * 2"), number("a"))
    assert answer(made, {"a": 4, "grund": "x"}) == {"summe": Decimal(8), "a": Decimal(4)}


def test_a_computed_field_in_a_list_sees_its_entry(form: Make, answer: Send) -> None:
    made = form(many("baeume", number("umfang"), computed("ersatz", "=this.umfang / 50")))
    assert answer(made, {"baeume": [{"umfang": 100}]}) == {"baeume": [{"umfang": Decimal(100), "ersatz": Decimal(2)}]}


def test_what_cannot_be_computed_is_null(form: Make, answer: Send) -> None:
    assert answer(form(computed("x", '="a" - 1')), {}) == {"x": None}


def test_limits_and_options_may_be_expressions(form: Make, answer: Send, refusal: Refuse) -> None:
    made = form(
        number("anzahl", validate={"max": "=hoechstens"}),
        text("name", validate={"maxLength": "=hoechstens"}),
        {"type": "select", "key": "art", "label": "Art", "valuesExpression": "=arten"},
    )
    context = {"hoechstens": 3, "arten": [{"label": "Eiche", "value": "e"}]}
    sent = {"anzahl": 3, "name": "abc", "art": "e"}
    assert answer(made, sent, context) == {"anzahl": Decimal(3), "name": "abc", "art": "e"}
    assert [pointer for pointer, _ in refusal(made, {"anzahl": 4, "name": "abcd", "art": "x"}, context)] == [
        "/anzahl", "/name", "/art",
    ]  # fmt: skip
    assert answer(made, {"anzahl": 4, "name": "abcd"})["anzahl"] == Decimal(4)


def test_a_default_the_options_of_today_do_not_have_is_no_default(form: Make, answer: Send) -> None:
    made = form({"type": "select", "key": "art", "defaultValue": "alt", "valuesExpression": "=arten"})
    assert answer(made, {}, {"arten": ["neu"]}) == {"art": None}
    assert answer(made, {}, {"arten": ["neu", "alt"]}) == {"art": "alt"}


def test_several_documents_only_where_the_expression_allows(form: Make, answer: Send, refusal: Refuse) -> None:
    picker = form({"type": "filepicker", "key": "fotos", "label": "Fotos", "multiple": "=viele"})
    assert answer(picker, {"fotos": ["a", "b"]}, {"viele": True}) == {"fotos": ["a", "b"]}
    assert refusal(picker, {"fotos": ["a", "b"]}) == [("/fotos", "Bei „Fotos“ ist nur ein Dokument möglich.")]
