"""Requirement graphs, boxed expressions, knowledge models, services."""

import json

import pytest

import engine.feel
from engine.base.errors import Unknown


def value(files, *parts, ask="e", context=None):
    return engine.feel.decide(files.model(*parts), ask, context or {})


def explained(files, *parts, ask="e", context=None):
    return engine.feel.decide_explained(files.model(*parts), ask, context or {})


# --- requirements ------------------------------------------------------------------------------------------------------


def test_a_decision_takes_its_inputs_and_what_others_decide(files):
    parts = [
        files.input("Umfang in cm", "number"),
        files.decision("Geschützt?", files.text("Umfang in cm >= 80"), inputs=("Umfang in cm",)),
        files.decision("Gebühr-Satz", files.text("if Geschützt? then 50 else 0"), decisions=("Geschützt?",)),
        files.decision("e", files.text("Gebühr-Satz * 2"), decisions=("Gebühr-Satz",)),
    ]
    assert value(files, *parts, context={"Umfang in cm": 90}) == 100
    assert value(files, *parts, ask="Geschützt?", context={"Umfang in cm": 10}) is False
    assert value(files, *parts, ask="d_e", context={"Umfang in cm": 10}) == 0


def test_a_decision_required_twice_is_made_once(files):
    shared = files.decision("a", files.table(["x"], ["a"], [["-", "1"]]))
    parts = [shared, *(files.decision(n, files.text("a + 1"), decisions=("a",)) for n in ("b", "c"))]
    result = explained(files, *parts, files.decision("e", files.text("b + c"), decisions=("b", "c")), context={"x": 1})
    assert result.value == 4
    assert [rule.decision for rule in result.rules] == ["a"]


def test_a_chain_of_a_thousand_decisions(files):
    parts = [files.decision("n0", files.text("1"))]
    parts += [files.decision(f"n{n}", files.text(f"n{n - 1} + 1"), decisions=(f"n{n - 1}",)) for n in range(1, 1000)]
    assert value(files, *parts, ask="n999") == 1000


def test_decisions_that_require_each_other_are_null_with_a_warning(files):
    parts = [files.decision("e", files.text("f"), decisions=("f",)), files.decision("f", files.text("e"), decisions=("e",))]
    result = explained(files, *parts)
    assert result.value is None
    assert "setzt sich selbst voraus" in result.warnings[0]
    assert explained(files, files.decision("e", files.text("e"), decisions=("e",))).value is None


def test_unknown_decisions_are_refused_with_those_that_exist(files):
    with pytest.raises(Unknown, match="Vorhanden: e"):
        value(files, files.decision("e", files.text("1")), ask="gibt es nicht")


def test_a_missing_input_is_null(files):
    assert value(files, files.input("a"), files.decision("e", files.text("a = null"), inputs=("a",))) is True


def test_what_a_decision_does_not_require_comes_from_the_context(files):
    assert value(files, files.decision("e", files.text("a + b.c")), context={"a": 1, "b": {"c": 2}}) == 3


def test_a_required_decision_also_goes_by_its_id_and_its_column(files):
    table = files.table(["x"], ["Ergebnis"], [["-", "7"]])
    by_id = [files.decision("Mein Satz", table), files.decision("e", files.text("d_Mein_Satz + 1"), decisions=("Mein Satz",))]
    assert value(files, *by_id, context={"x": 1}) == 8
    by_column = [files.decision("Mein Satz", table), files.decision("e", files.text("Ergebnis + 2"), decisions=("Mein Satz",))]
    assert value(files, *by_column, context={"x": 1}) == 9


def test_warnings_name_the_decision_and_the_place(files):
    result = explained(files, files.decision("e", files.text("1 +\n  betrag")))
    assert "Entscheidung „e“, Zeile 2, Spalte 3" in result.warnings[0]


def test_a_text_that_is_no_feel_is_null_with_its_place(files):
    result = explained(files, files.decision("e", files.text("1 +")))
    assert result.value is None
    assert "Zeile 1, Spalte 4" in result.warnings[0]


def test_a_decision_without_content_or_with_an_empty_text_is_null(files):
    assert explained(files, files.decision("e", "")).value is None
    assert "leer" in explained(files, files.decision("e", files.text("  "))).warnings[0]


# --- boxed expressions ---------------------------------------------------------------------------------------------------


def entry(name, inner, kind=""):
    variable = f'<variable name="{name}"{f" typeRef={json.dumps(kind)}" if kind else ""}/>' if name else ""
    return f"<contextEntry>{variable}{inner}</contextEntry>"


def test_a_boxed_context(files):
    both = entry("a b", files.text("1")) + entry("c", files.text("a b + 1"))
    assert value(files, files.decision("e", f"<context>{both}</context>")) == {"a b": 1, "c": 2}
    assert value(files, files.decision("e", f"<context>{both}{entry('', files.text('c * 10'))}</context>")) == 20
    typed = entry("a", files.text('"x"'), "number") + entry("b", files.text("[1]"), "number")
    assert value(files, files.decision("e", f"<context>{typed}</context>")) == {"a": None, "b": 1}
    nested = entry("a", f"<context>{both}</context>") + entry("", files.text("a.a b + a.c"))
    assert value(files, files.decision("e", f"<context>{nested}</context>")) == 3


def test_a_boxed_list_and_relation(files):
    assert value(files, files.decision("e", f"<list>{files.text('1')}{files.text('x + 1')}</list>"), context={"x": 2}) == [1, 3]
    row = f"<row>{files.text('1')}{files.text('x')}</row>"
    relation = f'<relation><column name="a"/><column name="b-c" typeRef="number"/>{row}{row}</relation>'
    assert value(files, files.decision("e", relation), context={"x": 5}) == [{"a": 1, "b-c": 5}] * 2
    asked = entry("r", relation) + entry("", files.text("r[b-c > 4].b-c"))
    assert value(files, files.decision("e", f"<context>{asked}</context>"), context={"x": 5}) == [5, 5]


def test_a_boxed_conditional(files):
    box = f"<conditional><if>{files.text('x')}</if><then>{files.text('1')}</then><else>{files.text('2')}</else></conditional>"
    assert [value(files, files.decision("e", box), context={"x": x}) for x in (True, False, None, "ja")] == [1, 2, 2, 2]


def test_a_boxed_filter(files):
    box = f"<filter><in>{files.text('xs')}</in><match>{files.text('umfang > 80 and item.art = art')}</match></filter>"
    trees = [{"umfang": 90, "art": "a"}, {"umfang": 70, "art": "b"}, {"umfang": 99, "art": "c"}]
    assert value(files, files.decision("e", box), context={"xs": trees}) == [trees[0], trees[2]]
    items = f"<filter><in>{files.text('xs')}</in><match>{files.text('item > 1')}</match></filter>"
    assert value(files, files.decision("e", items), context={"xs": [1, 2, 3]}) == [2, 3]
    assert value(files, files.decision("e", items), context={"xs": None}) is None
    assert value(files, files.decision("e", items), context={"xs": 5}) == [5]
    broken = items.replace("item &gt; 1", "item")
    assert value(files, files.decision("e", broken), context={"xs": ["a"]}) is None


def test_boxed_iterators(files):
    def box(kind, source, body):
        inner = "return" if kind == "for" else "satisfies"
        return f'<{kind} iteratorVariable="b x"><in>{files.text(source)}</in><{inner}>{files.text(body)}</{inner}></{kind}>'

    assert value(files, files.decision("e", box("for", "xs", "b x * 2")), context={"xs": [1, 2]}) == [2, 4]
    assert value(files, files.decision("e", box("for", "[1..3]", "b x + count(partial)"))) == [1, 3, 5]
    assert value(files, files.decision("e", box("some", "xs", "b x > 1")), context={"xs": [1, 2]}) is True
    assert value(files, files.decision("e", box("some", "xs", "b x > 1")), context={"xs": [1, None]}) is None
    assert value(files, files.decision("e", box("every", "xs", "b x > 1")), context={"xs": [1, None]}) is False
    assert value(files, files.decision("e", box("every", "xs", "b x > 0")), context={"xs": [1, 2]}) is True
    assert value(files, files.decision("e", box("for", "xs", "b x")), context={"xs": None}) is None


def test_a_boxed_function_and_invocation(files):
    function = (
        '<functionDefinition><formalParameter name="a" typeRef="number"/><formalParameter name="b"/>'
        f"{files.text('a - b')}</functionDefinition>"
    )
    bindings = "".join(
        f'<binding><parameter name="{name}"/>{files.text(text)}</binding>' for name, text in (("b", "x"), ("a", "10"))
    )
    call = f"<invocation>{files.text('f')}{bindings}</invocation>"
    box = f"<context>{entry('f', function)}{entry('', call)}</context>"
    assert value(files, files.decision("e", box), context={"x": 3}) == 7
    direct = f"<context>{entry('f', function)}{entry('', files.text('f(5, 1) + f(b: 1, a: 2)'))}</context>"
    assert value(files, files.decision("e", direct)) == 5
    wrong = f"<context>{entry('f', function)}{entry('', files.text('f(true, 1)'))}</context>"
    assert value(files, files.decision("e", wrong)) is None
    assert value(files, files.decision("e", call.replace(">f<", ">nix<")), context={"x": 3}) is None
    missing = f'<invocation>{files.text("f")}<binding><parameter name="zz"/>{files.text("1")}</binding></invocation>'
    assert value(files, files.decision("e", f"<context>{entry('f', function)}{entry('', missing)}</context>")) is None


def test_external_functions_are_not_run(files):
    function = '<functionDefinition kind="Java"><formalParameter name="a"/><context/></functionDefinition>'
    box = f"<context>{entry('f', function)}{entry('', files.text('f(1)'))}</context>"
    result = explained(files, files.decision("e", box))
    assert result.value is None
    assert "nicht ausgeführt" in result.warnings[0]


# --- knowledge models and services ---------------------------------------------------------------------------------------


def test_a_knowledge_model_is_a_function(files):
    parts = [
        files.knowledge("Gebühr je Baum", {"anzahl": "number", "satz": "number"}, files.text("anzahl * satz")),
        files.decision("e", files.text("Gebühr je Baum(3, 25.5)"), knows=("Gebühr je Baum",)),
    ]
    assert value(files, *parts) == engine.feel.evaluate("76.5", {})
    assert engine.feel.invoke(files.model(*parts), "Gebühr je Baum", {"anzahl": 2, "satz": 3}) == 6
    assert engine.feel.invoke(files.model(*parts), "Gebühr je Baum", {"anzahl": 2}) is None
    assert engine.feel.invoke(files.model(*parts), "Gebühr je Baum", {"anzahl": "x", "satz": 3}) is None
    with pytest.raises(Unknown):
        engine.feel.invoke(files.model(*parts), "e", {})


def test_knowledge_models_know_others_and_themselves(files):
    parts = [
        files.knowledge("inner", {"a": ""}, files.text("a + 1")),
        files.knowledge("outer", {"a": ""}, files.text("inner(a) * 2"), knows=("inner",)),
        files.knowledge("fak", {"n": "number"}, files.text("if n <= 1 then 1 else n * fak(n - 1)"), type="number"),
        files.decision("e", files.text("[outer(1), fak(10)]"), knows=("outer", "fak")),
    ]
    assert value(files, *parts) == [4, 3628800]


def test_a_knowledge_model_with_a_table_tells_its_rules(files):
    table = files.table(["n"], ["r"], [["< 5", '"klein"'], [">= 5", '"groß"']])
    parts = [files.knowledge("k", {"n": "number"}, table), files.decision("e", files.text("k(7)"), knows=("k",))]
    result = explained(files, *parts)
    assert result.value == "groß"
    assert [(rule.decision, rule.number) for rule in result.rules] == [("k", 2)]


def test_endless_knowledge_models_are_null_with_a_warning(files):
    parts = [
        files.knowledge("a", {"n": ""}, files.text("b(n + 1)"), knows=("b",)),
        files.knowledge("b", {"n": ""}, files.text("a(n + 1)"), knows=("a",)),
        files.decision("e", files.text("a(1)"), knows=("a",)),
    ]
    result = explained(files, *parts)
    assert result.value is None
    assert "tiefer als" in result.warnings[0]


def test_the_result_of_a_knowledge_model_has_its_type(files):
    parts = [
        files.knowledge("k", {"a": ""}, files.text("a"), type="number"),
        files.decision("e", files.text("k(x)"), knows=("k",)),
    ]
    assert value(files, *parts, context={"x": [5]}) == 5
    assert value(files, *parts, context={"x": "5"}) is None


def service(name, outputs, encapsulated=(), input_decisions=(), inputs=()):
    parts = "".join(
        f'<{tag} href="#{prefix}{n}"/>'
        for tag, prefix, names in (
            ("outputDecision", "d_", outputs), ("encapsulatedDecision", "d_", encapsulated),
            ("inputDecision", "d_", input_decisions), ("inputData", "in_", inputs),
        )
        for n in names
    )  # fmt: skip
    return f'<decisionService id="k_{name}" name="{name}"><variable name="{name}"/>{parts}</decisionService>'


def test_a_decision_service(files):
    parts = [
        files.input("a", "number"),
        files.decision("b", files.text("a + 1"), inputs=("a",)),
        files.decision("c", files.text("b * 2"), decisions=("b",)),
        files.decision("d", files.text("b * 3"), decisions=("b",)),
        service("one", ("c",), ("b",), (), ("a",)),
        service("two", ("c", "d"), (), ("b",), ()),
        files.decision("e", files.text("one(4) + two(b: 1).d"), references=_knows("one") + _knows("two")),
    ]
    model = files.model(*parts)
    assert engine.feel.invoke(model, "one", {"a": 1}) == 4
    assert engine.feel.invoke(model, "two", {"b": 10}) == {"c": 20, "d": 30}
    assert engine.feel.invoke(model, "one", {}) is None
    assert engine.feel.invoke(model, "one", {"a": "x"}) is None
    assert engine.feel.decide(model, "e", {}) == 13


def _knows(name):
    return f'<knowledgeRequirement><requiredKnowledge href="#k_{name}"/></knowledgeRequirement>'
