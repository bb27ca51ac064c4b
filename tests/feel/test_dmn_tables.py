"""Decision tables: every hit policy, aggregation, several results, defaults, listed values, explanations."""

from decimal import Decimal

import pytest

import engine.feel
from engine.feel import FiredRule


def decide(files, table, context, **options):
    return engine.feel.decide_explained(files.model(files.decision("e", table, **options)), "e", context)


RULES = [["< 10", '"klein"', "1"], ["[5..20]", '"mittel"', "2"], ["> 15", '"groß"', "4"]]
NAMES = ['"klein"', '"mittel"', '"groß"']


def table(files, policy, *, outputs=1, aggregation="", **options):
    names = ["größe", "punkte"][:outputs]
    rules = [[rule[0], *rule[1 : 1 + outputs]] for rule in RULES]
    return files.table(["x"], names, rules, policy=policy, aggregation=aggregation, **options)


@pytest.mark.parametrize(
    ("policy", "x", "value"),
    [
        ("UNIQUE", 1, "klein"), ("UNIQUE", 7, None), ("UNIQUE", 12, "mittel"), ("FIRST", 7, "klein"), ("FIRST", 18, "mittel"),
        ("FIRST", 99, "groß"), ("ANY", 1, "klein"), ("ANY", 7, None), ("RULE ORDER", 7, ["klein", "mittel"]),
        ("RULE ORDER", 18, ["mittel", "groß"]), ("RULE ORDER", 1, ["klein"]), ("COLLECT", 7, ["klein", "mittel"]),
        ("COLLECT", 99, ["groß"]),
    ],
)  # fmt: skip
def test_hit_policies_with_one_result(files, policy, x, value):
    assert decide(files, table(files, policy), {"x": x}).value == value


@pytest.mark.parametrize(
    ("policy", "x", "value"),
    [
        ("PRIORITY", 7, "mittel"), ("PRIORITY", 18, "groß"), ("PRIORITY", 1, "klein"), ("OUTPUT ORDER", 7, ["mittel", "klein"]),
        ("OUTPUT ORDER", 18, ["groß", "mittel"]), ("OUTPUT ORDER", 1, ["klein"]),
    ],
)  # fmt: skip
def test_hit_policies_by_listed_results(files, policy, x, value):
    values = {"größe": '"groß", "mittel", "klein"'}
    assert decide(files, table(files, policy, values=values), {"x": x}).value == value


@pytest.mark.parametrize(
    ("policy", "x", "value"),
    [
        ("UNIQUE", 1, {"größe": "klein", "punkte": 1}), ("FIRST", 7, {"größe": "klein", "punkte": 1}), ("UNIQUE", 7, None),
        ("ANY", 12, {"größe": "mittel", "punkte": 2}),
        ("RULE ORDER", 7, [{"größe": "klein", "punkte": 1}, {"größe": "mittel", "punkte": 2}]),
        ("COLLECT", 99, [{"größe": "groß", "punkte": 4}]),
    ],
)  # fmt: skip
def test_hit_policies_with_two_results(files, policy, x, value):
    assert decide(files, table(files, policy, outputs=2), {"x": x}).value == value


def test_priority_goes_by_the_columns_of_results_from_left_to_right(files):
    rules = [["-", '"b"', '"x"'], ["-", '"a"', '"y"'], ["-", '"a"', '"x"']]
    values = {"erst": '"a", "b"', "dann": '"x", "y"'}
    first = files.table(["x"], ["erst", "dann"], rules, policy="PRIORITY", values=values)
    assert decide(files, first, {"x": 1}).value == {"erst": "a", "dann": "x"}
    order = files.table(["x"], ["erst", "dann"], rules, policy="OUTPUT ORDER", values=values)
    assert [row["dann"] for row in decide(files, order, {"x": 1}).value] == ["x", "y", "x"]


@pytest.mark.parametrize(
    ("aggregation", "x", "value"),
    [("SUM", 7, 3), ("SUM", 18, 6), ("MIN", 18, 2), ("MAX", 18, 4), ("COUNT", 18, 2), ("COUNT", 1, 1), ("SUM", 1, 1)],
)
def test_collect_with_each_aggregation(files, aggregation, x, value):
    rules = [[rule[0], rule[2]] for rule in RULES]
    made = files.table(["x"], ["punkte"], rules, policy="COLLECT", aggregation=aggregation)
    assert decide(files, made, {"x": x}).value == value


def test_aggregation_with_two_results_goes_column_by_column(files):
    made = files.table(["x"], ["a", "b"], [["-", "1", "10"], ["-", "2", "20"]], policy="COLLECT", aggregation="SUM")
    assert decide(files, made, {"x": 1}).value == {"a": 3, "b": 30}


def test_a_sum_of_texts_is_null_with_a_warning(files):
    made = files.table(["x"], ["a"], [["-", '"1"'], ["-", "2"]], policy="COLLECT", aggregation="SUM")
    result = decide(files, made, {"x": 1})
    assert result.value is None
    assert "SUM" in result.warnings[0]


@pytest.mark.parametrize(
    ("policy", "aggregation", "value"),
    [
        ("UNIQUE", "", None), ("FIRST", "", None), ("ANY", "", None), ("PRIORITY", "", None), ("RULE ORDER", "", None),
        ("OUTPUT ORDER", "", None), ("COLLECT", "", None), ("COLLECT", "COUNT", None), ("COLLECT", "SUM", None),
        ("COLLECT", "MIN", None), ("COLLECT", "MAX", None),
    ],
)  # fmt: skip
def test_no_hit_and_no_default(files, policy, aggregation, value):
    made = files.table(["x"], ["y"], [["> 5", "1"]], policy=policy, aggregation=aggregation, values={"y": "1"})
    result = decide(files, made, {"x": 1})
    assert result.value == value
    assert bool(result.warnings) == (value is None)


@pytest.mark.parametrize("policy", ["UNIQUE", "FIRST", "ANY", "PRIORITY", "RULE ORDER", "OUTPUT ORDER", "COLLECT"])
def test_no_hit_takes_the_default(files, policy):
    one = files.table(["x"], ["y"], [["> 5", "1"]], policy=policy, defaults={"y": "x + 7"})
    assert decide(files, one, {"x": 1}).value == 8
    two = files.table(["x"], ["y", "z"], [["> 5", "1", "2"]], policy=policy, defaults={"z": '"d"'})
    assert decide(files, two, {"x": 1}).value == {"y": None, "z": "d"}


def test_results_must_be_among_the_listed_ones(files):
    made = files.table(["x"], ["y"], [["> 5", '"c"'], ["<= 5", '"a"']], values={"y": '"a", "b"'})
    assert decide(files, made, {"x": 1}).value == "a"
    result = decide(files, made, {"x": 9})
    assert result.value is None
    assert "Regel 1" in result.warnings[0]


def test_inputs_must_be_among_the_listed_ones(files):
    made = files.table(["x"], ["y"], [["-", "1"]], input_values={"x": '"a", "b"'})
    assert decide(files, made, {"x": "a"}).value == 1
    result = decide(files, made, {"x": "c"})
    assert result.value is None
    assert "erlaubten Werten" in result.warnings[0]


def test_results_are_fitted_to_the_type_of_their_column(files):
    made = files.table(["x"], ["y"], [["1", "[5]"], ["2", '"a"'], ["3", "null"]], types={"y": "number"})
    assert decide(files, made, {"x": 1}).value == 5
    assert decide(files, made, {"x": 3}).warnings == ()
    result = decide(files, made, {"x": 2})
    assert result.value is None
    assert "number" in result.warnings[0]


CELLS = [
    "-",
    "",
    "5",
    "5, 7",
    "not(5)",
    "not(5, 7)",
    "< 5",
    ">= 5",
    "[3..6]",
    "(5..7)",
    "null",
    "not(null)",
    "!= 5",
    "= 5",
    "not(< 5)",
    "x + 1",
    "? > 4",
    "<= 3, > 6",
    "not([3..6])",
    "null, 5",
]


@pytest.mark.parametrize("value", [5, 4, 7, None, 5.5, 3, 6, 100, -1, [5], [4, 5], []])
def test_looking_up_a_column_agrees_with_testing_each_cell(files, value):
    made = files.table(["y"], ["n"], [[cell, str(n)] for n, cell in enumerate(CELLS)], policy="COLLECT")
    expected = [n for n, cell in enumerate(CELLS) if engine.feel.unary(cell, value, {"x": 6}) is True]
    assert decide(files, made, {"y": value, "x": 6}).value == expected


@pytest.mark.parametrize("value", ["a", "b", "m", "z", None, 1, "", True])
def test_looking_up_a_column_of_texts(files, value):
    cells = [
        "-",
        '"a"',
        '"a", "b"',
        'not("a")',
        '["a".."m"]',
        '< "m"',
        "null",
        '!= "b"',
        'not("a", null)',
        'not("a", "b")',
        "true",
        "not(true)",
    ]
    made = files.table(["y"], ["n"], [[cell, str(n)] for n, cell in enumerate(cells)], policy="COLLECT")
    expected = [n for n, cell in enumerate(cells) if engine.feel.unary(cell, value, {}) is True]
    assert decide(files, made, {"y": value}).value == expected


def test_the_rules_that_fired_are_told_with_their_inputs_and_results(files):
    made = files.table(
        ["baum.umfang", "art"],
        ["geschützt", "gebühr"],
        [[">= 80", 'not("Birne")', "true", "25.50"], ["< 80", "-", "false", "0"]],
    )
    result = decide(files, made, {"baum": {"umfang": 90}, "art": "Eiche"})
    assert result.value == {"geschützt": True, "gebühr": Decimal("25.50")}
    assert result.rules == (
        FiredRule(
            "e", "table", "r1", 1, (("baum.umfang", 90), ("art", "Eiche")), (("geschützt", True), ("gebühr", Decimal("25.50")))
        ),
    )


def test_rules_told_for_output_order_stand_in_the_order_of_the_answer(files):
    result = decide(files, table(files, "OUTPUT ORDER", values={"größe": '"groß", "mittel", "klein"'}), {"x": 7})
    assert [rule.number for rule in result.rules] == [2, 1]
    result = decide(files, table(files, "PRIORITY", values={"größe": '"groß", "mittel", "klein"'}), {"x": 7})
    assert [rule.number for rule in result.rules] == [2]


def test_annotations_are_told(files):
    made = files.table(["x"], ["y"], [["-", "1"]]).replace(
        "</rule>", "<annotationEntry><text>§ 39 BNatSchG</text></annotationEntry></rule>"
    )
    assert decide(files, made, {"x": 1}).rules[0].annotations == ("§ 39 BNatSchG",)


def test_a_broken_cell_makes_the_whole_table_null_and_says_which(files):
    made = files.table(["x"], ["y"], [["-", "1"], ["< ", "2"]], policy="FIRST")
    result = decide(files, made, {"x": 1})
    assert result.value is None
    assert "Zelle „< “" in result.warnings[0]


def test_cells_may_use_other_names(files):
    made = files.table(["x"], ["y"], [["< grenze", "x * faktor"], [">= grenze", "0"]])
    assert decide(files, made, {"x": 2, "grenze": 5, "faktor": 3}).value == 6
    assert decide(files, made, {"x": 7, "grenze": 5, "faktor": 3}).value == 0


def test_a_table_without_rules_or_conditions(files):
    assert decide(files, files.table(["x"], ["y"], []), {"x": 1}).value is None
    assert decide(files, files.table([], ["y"], [["5"]]), {}).value == 5


def test_other_languages_in_cells_are_not_run(files):
    made = files.table(["x"], ["y"], [["-", "1"]]).replace("<inputEntry>", '<inputEntry expressionLanguage="javascript">')
    result = decide(files, made, {"x": 1})
    assert result.value is None
    assert "javascript" in result.warnings[0]


def test_dates_booleans_and_durations_in_columns(files):
    made = files.table(
        ["tag", "privat", "dauer"],
        ["verboten"],
        [
            ['[@"2026-03-01"..@"2026-09-30"]', "false", '> @"P1D"', "true"],
            ['not([@"2026-03-01"..@"2026-09-30"])', "-", "-", "false"],
        ],
    )
    context = {"tag": engine.feel.evaluate('@"2026-05-01"', {}), "privat": False, "dauer": engine.feel.evaluate('@"P2D"', {})}
    assert decide(files, made, context).value is True
    assert decide(files, made, {**context, "tag": engine.feel.evaluate('@"2026-12-01"', {})}).value is False
    assert decide(files, made, {**context, "privat": True}).value is None


@pytest.mark.parametrize(
    "cell",
    [
        "-",
        "",
        " - ",
        "5",
        " -5.50 ",
        ".5",
        '"a"',
        '"a","b" , "c"',
        "1, 2",
        'not("a")',
        "not( 1,2 )",
        "< 5",
        ">=-3",
        '< "m"',
        "[1..5]",
        "( 1 .. 5 )",
        "]1..5[",
        '["a".."c")',
        "[5..1]",
        "(5..5)",
    ],
)
def test_the_short_way_to_read_a_cell_gives_the_same_as_the_parser(cell):
    from engine.feel.dmn.cells import fixed, plain_cell
    from engine.feel.grammar.parser import parse_tests

    assert plain_cell(cell) is not None
    assert plain_cell(cell) == fixed(parse_tests(cell))


@pytest.mark.parametrize(
    "cell",
    [
        "1 2",
        "x",
        '"a',
        '"a\\n"',
        "1, ",
        "not(1",
        "1)",
        "1e3",
        '1, "a"',
        "?",
        "--1",
        "not(not(1))",
        '[1.."a"]',
        "< x",
        "null",
        "true",
        "1.",
        "- 5",
    ],
)
def test_other_cells_are_left_to_the_parser(cell):
    from engine.feel.dmn.cells import plain_cell

    assert plain_cell(cell) is None
