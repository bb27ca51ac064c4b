"""Names of several words, with signs and keywords in them."""

import pytest

import engine.feel


@pytest.mark.parametrize(
    ("text", "context", "value"),
    [
        ("Höhe des Baums + 1", {"Höhe des Baums": 4}, "5"),
        ("Höhe  des\nBaums", {"Höhe des Baums": 4}, "4"),
        ("Baum 1 - Baum 2", {"Baum 1": 4, "Baum 2": 1}, "3"),
        ("a-b", {"a-b": 7}, "7"),
        ("a-b", {"a": 7, "b": 2}, "5"),
        ("a-b - a", {"a-b": 7, "a": 2}, "5"),
        ("a+b*c", {"a+b": 2, "c": 5}, "10"),
        ("Mike's Alter / 2", {"Mike's Alter": 8}, "4"),
        ("Land/Kreis", {"Land/Kreis": "NF"}, '"NF"'),
        ("v1.2 + 1", {"v1.2": 1}, "2"),
        ("Alter in Jahren > 3", {"Alter in Jahren": 4}, "true"),
        ("Frist or Termin", {"Frist or Termin": "x"}, '"x"'),
        ("a.b-c", {"a": {"b-c": 3}}, "3"),
        ("a.b-c", {"a": {"b": 3}, "c": 1}, "2"),
        ("liste[b-c > 1].b-c", {"liste": [{"b-c": 1}, {"b-c": 2}]}, "[2]"),
        ("x.a b.c d", {"x": {"a b": {"c d": 1}}}, "1"),
        ("x.for", {"x": {"for": 1}}, "1"),
        ("x.return.if", {"x": {"return": {"if": 2}}}, "2"),
        ("count of trees", {"count of trees": 3}, "3"),
        ("date and time of day", {"date and time of day": 3}, "3"),
        ("ab and cd", {"ab": True, "cd": True}, "true"),
    ],
)
def test_names_from_the_context(same, text, context, value):
    assert engine.feel.to_text(engine.feel.evaluate(text, context)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{a-b: 1, c: a-b + 1}.c", "2"),
        ("{foo+bar: 1}.foo+bar", "1"),
        ("{a b: 1, c: a b}.c", "1"),
        ("{x-y: {z-w: 5}}.x-y.z-w", "5"),
        ("for a-b in [1, 2] return a-b * 2", "[2, 4]"),
        ("some a-b in [1, 2] satisfies a-b = 2", "true"),
        ("(function(a-b, c) a-b - c)(5, 3)", "2"),
        ('{"a-b": 1}.a-b', "1"),
        ("[{a-b: 1}, {a-b: 2}][a-b > 1].a-b", "[2]"),
        ("{if: 1, then: if + 1}.then", "null"),
    ],
)
def test_names_made_in_the_expression(text, value):
    if value == "null":
        with pytest.raises(engine.feel.FeelSyntaxError):
            engine.feel.evaluate(text, {})
    else:
        assert engine.feel.to_text(engine.feel.evaluate(text, {})) == value


def test_a_name_is_forgotten_where_its_scope_ends(feel):
    assert feel("[{a-b: 1}.a-b, a-b]", {"a": 5, "b": 2}) == [1, 3]


def test_known_names_can_be_given_to_compile():
    expression = engine.feel.compile_expression("Land-Kreis = 1", known={"Land-Kreis"})
    assert expression.names == {"Land-Kreis"}
    assert expression.evaluate({"Land-Kreis": 1}) is True
    assert engine.feel.compile_expression("Land-Kreis = 1").names == {"Land", "Kreis"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a + b.c", {"a", "b"}),
        ("count(x)", {"x"}),
        ("for i in xs return i * y", {"xs", "y"}),
        ("{a: 1, b: a + c}", {"c"}),
        ("(function(p) p + q)(r)", {"q", "r"}),
        ("xs[umfang > g]", {"xs", "umfang", "g"}),
        ("1 + 1", set()),
        ("some t in ts satisfies t.x", {"ts"}),
        ("now() > frist", {"frist"}),
    ],
)
def test_the_names_an_expression_takes_from_outside(text, names):
    assert engine.feel.compile_expression(text).names == names


def test_the_name_of_a_function_may_also_be_a_variable(feel):
    assert feel("count + count([1, 2])", {"count": 5}) == 7
    assert feel("{count: 3, n: count([1, 2])}.n") == 2
    assert feel("{min: function(a) a * 100, n: min(2)}.n") == 200


def test_an_entry_of_the_item_comes_before_a_variable(feel):
    assert feel("xs[a = 1]", {"xs": [{"a": 1}, {"b": 2}], "a": 1}) == [{"a": 1}, {"b": 2}]
    assert feel("xs[item.a = a]", {"xs": [{"a": 1}], "a": 2}) == [{"a": 1}]


def test_an_unknown_name_is_null_and_named_in_the_warning(null):
    assert "Zeile 1, Spalte 5" in null("1 + betrg", {"betrag": 1})
    assert "„betrg“" in null("betrg", {"betrag": 1})
