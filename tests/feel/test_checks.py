"""Findings without running: syntax, names, kinds, overlaps, gaps, idle rules, broken references."""

import pytest

import engine.feel
from engine.feel.values import types


def messages(files, *parts, known=None):
    findings = engine.feel.check_dmn({"a.dmn": files.model(*parts)}, known)
    assert all(finding.file == "a.dmn" and finding.line for finding in findings)
    return [(finding.severity, f"{finding.message} {finding.hint}".strip()) for finding in findings]


def found(files, *parts, text, severity, known=None):
    made = messages(files, *parts, known=known)
    assert any(text in message and severity == kind for kind, message in made), made


# --- expressions -----------------------------------------------------------------------------------------------------------


def test_a_sound_expression_has_no_findings():
    known = {"baum": types.ContextOf({"umfang": types.NUMBER}), "namen": types.ListOf(types.STRING), "heute": types.DATE}
    for text in (
        "baum.umfang > 80 and namen[1] = \"a\"", "for n in namen return n + \"!\"", "heute + @\"P1D\" < today()",
        "count(namen) * 2",
        "some n in namen satisfies starts with(n, \"a\")", "if heute > @\"2026-01-01\" then 1 else 2", "{a: 1, b: a + 1}.b > 1",
        "(function(x) x + 1)(1)", "namen[item = \"a\"]", "baum.umfang between 1 and 5", "heute.year = 2026",
        "sum(baum.umfang, 1)",
        "now() - @\"P1D\"", "baum.umfang in (1, < 5)", "-baum.umfang", "heute - heute > @\"P1D\"", "abs(-1) > 0",
        "[1, 2] = [1]",
    ):  # fmt: skip
        assert engine.feel.check_expression(text, known) == []


@pytest.mark.parametrize(
    ("text", "place", "part"),
    [
        ("1 +", 4, "fehlt ein Wert"), ("a + 1", 1, "Text + Zahl"), ("1 + (a * 2)", 6, "Text * Zahl"),
        ('n = "x"', 1, "Zahl und Text"),
        ("n < a", 1, "Zahl und Text"), ("b < true", 1, "keine Reihenfolge"), ("n and true", 1, "Wahrheitswert"),
        ("if n then 1 else 2", 4, "Wahrheitswert"),
        ("k.nix", 1, "„nix“"), ("k.umfng > 1", 1, "„umfng“"), ("d.hour", 1, "„hour“"),
        ("n between 1 and a", 1, "Zahl und Text"), ("string length(n)", 1, "„string“"),
        ("substring(a)", 1, "aufrufen"), ("substring(a, a)", 1, "„start position“"), ('@"2026-02-30"', 1, "2026-02-30"),
        ("some x in ns satisfies x + 1", 24, "Wahrheitswert"),
        ("for x in ns return x + a", 20, "Zahl + Text"), ("ns[item = a]", 4, "Zahl und Text"),
        ("ks[umfang = a]", 4, "Zahl und Text"), ("{x: n, y: x + a}", 11, "Zahl + Text"),
        ("[1, 2][1] + a", 1, "Zahl + Text"), ("d + d", 1, "Datum + Datum"), ("upper case(a) + 1", 1, "Text + Zahl"),
        ("d - d > 5", 1, "Dauer"), ("abs(string: 1)", 1, "aufrufen"),
    ],
)  # fmt: skip
def test_findings_in_an_expression(text, place, part):
    tree = types.ContextOf({"umfang": types.NUMBER})
    known = {
        "a": types.STRING, "n": types.NUMBER, "b": types.BOOLEAN, "d": types.DATE, "k": tree, "ns": types.ListOf(types.NUMBER),
        "ks": types.ListOf(tree),
    }  # fmt: skip
    findings = engine.feel.check_expression(text, known)
    assert findings
    assert findings[0].severity == "error"
    assert findings[0].message.startswith(f"Spalte {place}: ")
    assert part in findings[0].message


def test_unknown_names_come_with_the_nearest_known_one():
    [finding] = engine.feel.check_expression("umfng > 80", ["umfang", "art"])
    assert (finding.severity, finding.line) == ("error", 1)
    assert finding.message == "Spalte 1: Den Namen „umfng“ gibt es hier nicht."
    assert finding.hint == "Gemeint ist vermutlich „umfang“."
    [finding] = engine.feel.check_expression("1 +\n  xyz", ["umfang"])
    assert (finding.line, finding.hint) == (2, "")
    assert finding.message.startswith("Spalte 3")
    [finding] = engine.feel.check_expression("\u0430rt", ["art"])
    assert "andere Buchstaben" in finding.hint
    [finding] = engine.feel.check_expression("cuont(x)", ["x"])
    assert "count" in finding.hint


def test_unknown_names_are_advice_when_nobody_knows_all_names():
    [finding] = engine.feel.check_expression("umfang > 80")
    assert finding.severity == "advice"


def test_cells_are_checked_against_their_column():
    assert engine.feel.check_expression("< 5, [7..9]", {"?": types.NUMBER}, kind="unary") == []
    [finding] = engine.feel.check_expression('5, "a"', {"?": types.NUMBER}, kind="unary")
    assert "die Zelle aber Text" in finding.message
    assert engine.feel.check_expression('< "a"', {"?": types.NUMBER}, kind="unary")
    assert engine.feel.check_expression('["a".."b"]', {"?": types.NUMBER}, kind="unary")
    assert engine.feel.check_expression("5, ", {"?": types.NUMBER}, kind="unary")[0].message.startswith("Spalte 4")


# --- decision models ---------------------------------------------------------------------------------------------------------


def test_a_sound_model_has_no_findings(files):
    table = files.table(["x"], ["y"], [["< 5", "1"], [">= 5", "2"]], types={"x": "number", "y": "number"})
    parts = [
        files.input("x", "number"),
        files.decision("e", table, inputs=("x",), type="number"),
        files.knowledge("k", {"a": "number"}, files.text("if a > 1 then a * k(a - 1) else 1")),
        files.decision("f", files.text("k(e) + 1"), decisions=("e",), knows=("k",)),
    ]
    assert messages(files, *parts) == []
    assert messages(files, *parts, known=frozenset({"x"})) == []


def test_files_that_cannot_be_read_are_findings_too(files):
    findings = engine.feel.check_dmn({"a.dmn": b"<x", "b.dmn": b"<x/>", "c.dmn": files.model()})
    assert [(finding.file, finding.severity) for finding in findings] == [("a.dmn", "error"), ("b.dmn", "error")]


def test_syntax_errors_have_the_line_of_the_file(files):
    [finding] = engine.feel.check_dmn({"a.dmn": files.model(files.decision("e", files.text("1 +\n2 +\n")))})
    assert (finding.line, finding.element) == (5, "d_e")
    assert finding.message.startswith("Spalte 1: ")


def test_unknown_names_in_models(files):
    needs = files.decision("e", files.text("umfng + 1"), inputs=("umfang",))
    found(files, files.input("umfang"), needs, text="„umfang“", severity="advice")
    found(files, files.input("umfang"), needs, text="„umfang“", severity="error", known=frozenset({"umfang"}))
    assert messages(files, files.decision("e", files.text("a + 1")), known=frozenset({"a"})) == []


def test_inputs_that_the_process_does_not_give(files):
    found(files, files.input("umfang"), text="Gemeint ist vermutlich „umfng“", severity="warning", known=frozenset({"umfng"}))


def test_broken_references_types_and_imports(files):
    found(files, files.decision("e", files.text("1"), inputs=("nix",)), text="#in_nix", severity="error")
    found(files, files.input("a", "nummber"), text="„nummber“", severity="error")
    found(files, '<import name="b" namespace="urn:b" importType="x"/>', text="urn:b", severity="error")
    found(files, files.decision("e", files.text("e"), decisions=("e",)), text="setzt sich selbst voraus", severity="error")
    cycle = [files.decision("e", files.text("f"), decisions=("f",)), files.decision("f", files.text("e"), decisions=("e",))]
    assert sum("setzt sich selbst" in message for _, message in messages(files, *cycle)) == 2


def test_empty_things(files):
    found(files, files.decision("e", ""), text="keinen Inhalt", severity="warning")
    found(files, files.decision("e", files.text("")), text="leer", severity="warning")
    found(files, '<businessKnowledgeModel id="k" name="k"/>', text="keinen Inhalt", severity="warning")
    found(files, '<decisionService id="s" name="s"/>', text="kein Ergebnis", severity="warning")
    found(files, files.decision("e", files.table([""], ["y"], [["1", "2"]])), text="fragt nach nichts", severity="error")


def test_other_languages_are_errors(files):
    other = files.text("1").replace("<literalExpression", '<literalExpression expressionLanguage="groovy"')
    found(files, files.decision("e", other), text="groovy", severity="error")


def test_allowed_values_are_checked(files):
    broken = (
        '<itemDefinition name="t"><typeRef>number</typeRef><allowedValues><text>1, "a"</text></allowedValues></itemDefinition>'
    )
    found(files, broken, text="die Zelle aber Text", severity="error")
    syntax = '<itemDefinition name="t"><typeRef>number</typeRef><allowedValues><text>1,</text></allowedValues></itemDefinition>'
    found(files, syntax, text="fehlt ein Wert", severity="error")


def test_boxes_are_checked_with_the_names_they_add(files):
    entry = '<contextEntry><variable name="a" typeRef="number"/>{}</contextEntry><contextEntry>{}</contextEntry>'
    box = f"<context>{entry.format(files.text('1'), files.text('a + b'))}</context>"
    made = messages(files, files.decision("e", box))
    assert [message for _, message in made] == ["Spalte 5: Den Namen „b“ gibt es hier nicht."]
    loop = f'<for iteratorVariable="x"><in>{files.text("[1]")}</in><return>{files.text("x + partial[1] + y")}</return></for>'
    assert len(messages(files, files.decision("e", loop))) == 1
    function = f'<functionDefinition><formalParameter name="p"/>{files.text("p + q")}</functionDefinition>'
    assert len(messages(files, files.decision("e", function))) == 1


KNOWN = frozenset({"x", "b", "s"})


def table(files, rules, *, inputs=("x",), policy="UNIQUE", **options):
    options.setdefault("types", {"x": "number", "b": "boolean", "s": "string"})
    return files.decision("e", files.table(list(inputs), ["y"], rules, policy=policy, **options))


@pytest.mark.parametrize(
    ("rules", "pairs"),
    [
        ([["< 5", "1"], [">= 5", "2"]], []), ([["<= 5", "1"], [">= 5", "2"]], [(1, 2)]), ([["-", "1"], ["5", "2"]], [(1, 2)]),
        ([["[1..5)", "1"], ["[5..9]", "2"], ["(3..4)", "3"]], [(1, 3)]), ([["1, 3", "1"], ["2, 3", "2"]], [(1, 2)]),
        ([["not(5)", "1"], ["5", "2"]], []),
        ([["not(5)", "1"], ["6", "2"]], [(1, 2)]), ([["null", "1"], ["-", "2"]], [(1, 2)]), ([["x + 1", "1"], ["-", "2"]], []),
        ([["5", "1"], ["5.0", "2"]], [(1, 2)]),
        ([["null", "1"], ["not(5)", "2"]], [(1, 2)]),
    ],
)  # fmt: skip
def test_rules_that_overlap_under_unique(files, rules, pairs):
    made = [
        message
        for severity, message in messages(files, table(files, rules))
        if "überschneiden" in message and severity == "error"
    ]
    assert made == [
        f"Die Regeln {a} und {b} überschneiden sich; UNIQUE erlaubt nur einen Treffer. "
        "Bitte abgrenzen oder eine andere Trefferregel wählen."
        for a, b in pairs
    ]


def test_overlaps_need_all_columns(files):
    rules = [["< 5", "true", "1"], ["< 9", "false", "2"], ["[3..4]", "not(true)", "3"]]
    made = [message for _, message in messages(files, table(files, rules, inputs=("x", "b"))) if "überschneiden" in message]
    assert len(made) == 1
    assert "2 und 3" in made[0]


def test_overlaps_under_any_matter_when_results_differ(files):
    found(files, table(files, [["< 5", "1"], ["< 9", "2"]], policy="ANY"), text="verschiedenen Ergebnissen", severity="warning")
    same = messages(files, table(files, [["< 5", "1"], ["-", "1"]], policy="ANY"), known=KNOWN)
    assert same == []


@pytest.mark.parametrize(
    ("rules", "gap"),
    [
        ([["< 5", "1"], ["> 5", "2"]], "x = 5"), ([["< 5", "1"], ["[6..9]", "2"], ["> 9", "3"]], "x = 5"),
        ([["[0..9]", "1"], ["> 9", "3"]], "x < 0"),
        ([["< 5", "1"]], "x = 5"), ([["5", "1"]], "x < 5"), ([["< 5", "1"], [">= 5", "2"]], ""), ([["-", "1"]], ""),
        ([["not(5)", "1"], ["5", "2"]], ""),
        ([["y", "1"], ["5", "2"]], ""),
    ],
)  # fmt: skip
def test_gaps_of_numbers(files, rules, gap):
    made = [
        message
        for severity, message in messages(files, table(files, rules))
        if "Keine Regel" in message and severity == "warning"
    ]
    assert bool(made) == bool(gap)
    if gap:
        assert any(
            message.startswith(
                (f"Keine Regel gibt es zum Beispiel für: {gap}.", f"Keine Regel gibt es zum Beispiel für: {gap},")
            )
            for message in made
        )


def test_gaps_over_several_columns(files):
    rules = [["< 5", "true", "1"], [">= 5", "-", "2"]]
    found(files, table(files, rules, inputs=("x", "b")), text="x < 5, b = false", severity="warning")
    assert not messages(files, table(files, [*rules, ["< 5", "false", "3"]], inputs=("x", "b")), known=KNOWN)


def test_gaps_of_texts_are_sure_only_where_the_values_are_listed(files):
    rules = [['"a"', "1"], ['"b"', "2"]]
    found(files, table(files, rules, inputs=("s",)), text="alle übrigen Werte", severity="advice")
    listed = table(files, rules, inputs=("s",), input_values={"s": '"a", "b", "c"'})
    found(files, listed, text='s = "c"', severity="warning")
    assert messages(files, table(files, rules, inputs=("s",), input_values={"s": '"a", "b"'}), known=KNOWN) == []
    kind = files.item("tS", '<typeRef>string</typeRef><allowedValues><text>"a", "b", "z"</text></allowedValues>')
    parts = [kind, files.input("s", "tS"), files.decision("e", files.table(["s"], ["y"], rules), inputs=("s",))]
    found(files, *parts, text='s = "z"', severity="warning")


def test_a_default_closes_every_gap(files):
    assert messages(files, table(files, [["< 5", "1"]], defaults={"y": "0"}), known=KNOWN) == []
    assert messages(files, table(files, [["< 5", "1"]], policy="COLLECT"), known=KNOWN) == []


@pytest.mark.parametrize(
    ("rules", "idle"),
    [
        ([["[5..3]", "1"], ["-", "2"]], 1), ([["(5..5)", "1"], ["-", "2"]], 1), ([["-", "1"], ["5", "2"]], 2),
        ([["< 5", "1"], [">= 5", "2"], ["7", "3"]], 3),
     ([["< 9", "1"], ["< 5", "2"], ["-", "3"]], 2)],
)  # fmt: skip
def test_rules_that_never_answer(files, rules, idle):
    made = [message for severity, message in messages(files, table(files, rules, policy="FIRST")) if severity == "warning"]
    assert len(made) == 1
    assert made[0].startswith(f"Regel {idle} ")


def test_cells_outside_the_listed_values_never_hit(files):
    found(
        files,
        table(files, [['"a"', "1"], ['"x"', "2"]], inputs=("s",), input_values={"s": '"a", "b"'}),
        text="Regel 2 kann nie",
        severity="warning",
    )


def test_rules_that_ask_more_are_not_called_idle(files):
    rules = [["x > 3", "1"], ["5", "2"], ["-", "3"]]
    assert [message for _, message in messages(files, table(files, rules, policy="FIRST")) if "Regel" in message] == []


def test_policies_that_miss_what_they_need(files):
    found(files, table(files, [["-", "1"]], policy="PRIORITY"), text="Liste der Ergebnisse", severity="error")
    found(files, table(files, [["-", "1"]], policy="FIRST", aggregation="SUM"), text="COLLECT", severity="warning")


def test_kinds_in_cells_and_results(files):
    found(files, table(files, [['"a"', "1"]]), text="Zahl, die Zelle aber Text", severity="error")
    found(files, table(files, [["-", '"a"']], types={"y": "number"}), text="Zahl, das Ergebnis aber Text", severity="error")
    typed = [
        files.input("x", "number"),
        files.decision("e", files.table(["x"], ["y"], [['"a"', "1"], ["-", "2"]], policy="FIRST"), inputs=("x",)),
    ]
    found(files, *typed, text="Zahl, die Zelle aber Text", severity="error")


def test_a_table_of_many_rules_is_checked_in_time(files):
    import time

    rules = [[f"[{n}..{n + 1})", f'"{n % 7}"', "true" if n % 2 else "-", str(n)] for n in range(300)]
    started = time.process_time()
    messages(files, table(files, rules, inputs=("x", "s", "b")))
    assert time.process_time() - started < 10
