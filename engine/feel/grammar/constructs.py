"""The parts of an expression that begin with a sign or word of their own: brackets, if, for, some, every, function."""

from __future__ import annotations

from engine.feel.errors import NoValue
from engine.feel.grammar import tree
from engine.feel.grammar.lexer import string_value
from engine.feel.grammar.reader import COMPARISONS, STARTS, Reader
from engine.feel.grammar.types import type_name
from engine.feel.values import numbers, temporal

_WORD_VALUES = {"true": True, "false": False, "null": None}


def number(p: Reader) -> tree.Node:
    """1234.5"""
    start = p.start
    value = numbers.number(p.words[p.at])
    if value is None:
        raise p.fail("Die Zahl ist zu groß.", "Gerechnet wird mit 34 Stellen bis 10 hoch 6144.")
    p.advance()
    return tree.Literal(start, p.end, value, "")


def string(p: Reader) -> tree.Node:
    """ "text" """
    start = p.start
    value = string_value(p.advance())
    return tree.Literal(start, p.end, value, "")


def word(p: Reader) -> tree.Node:
    """true, false, null"""
    start = p.start
    value = _WORD_VALUES[p.advance()]
    return tree.Literal(start, p.end, value, "")


def at_literal(p: Reader) -> tree.Node:
    """@"2026-03-01" """
    start = p.start
    p.advance()
    if p.tag != "string":
        raise p.fail("Nach @ steht ein Datum, eine Uhrzeit oder eine Dauer in Anführungszeichen.", '@"2026-03-01"')
    text = string_value(p.advance())
    try:
        return tree.Literal(start, p.end, temporal.parse_literal(text), "")
    except NoValue as problem:
        return tree.Literal(start, p.end, None, str(problem))


def name(p: Reader) -> tree.Node:
    """A variable, or the name of a function."""
    start = p.start
    found = p.name()
    return tree.Name(start, p.end, found)


def negation(p: Reader) -> tree.Node:
    """-x"""
    start = p.start
    p.advance()
    if p.tag == "number":
        literal = number(p)
        assert isinstance(literal, tree.Literal)
        return tree.Literal(start, p.end, numbers.CONTEXT.minus(literal.value), "")
    operand = p.expression(70)
    return tree.Negation(start, p.end, operand)


def parenthesis(p: Reader) -> tree.Node:
    """(a), (a..b), (< a)"""
    start = p.start
    p.advance()
    if p.tag in COMPARISONS:
        inner: tree.Node = unary_test(p)
        p.expect(")")
        return inner
    inner = p.expression()
    if p.tag == "..":
        return range_rest(p, start, inner, False)
    p.expect(")", "Die Klammer ist nicht geschlossen.")
    return inner


def bracket(p: Reader) -> tree.Node:
    """[a, b], [a..b]"""
    start = p.start
    p.advance()
    items: list[tree.Node] = []
    while p.tag != "]":
        items.append(unary_test(p) if p.tag in COMPARISONS else p.expression())
        if p.tag == ".." and len(items) == 1:
            return range_rest(p, start, items[0], True)
        if not p.accept(","):
            break
    p.expect("]", "Die Liste ist nicht geschlossen.")
    return tree.ListOf(start, p.end, tuple(items))


def open_bracket(p: Reader) -> tree.Node:
    """]a..b]"""
    start = p.start
    p.advance()
    first = p.expression()
    if p.tag != "..":
        raise p.fail(f"Hier wird „..“ erwartet, da steht aber {p.here()}.", "Eine Liste beginnt mit [.")
    return range_rest(p, start, first, False)


def range_rest(p: Reader, start: int, first: tree.Node, start_included: bool) -> tree.Node:
    """..b] after the first end of a range"""
    p.advance()
    p.range_end = True
    last = p.expression()
    p.range_end = False
    if p.tag not in ("]", ")", "["):
        raise p.fail(f"Der Bereich endet mit ] oder ), da steht aber {p.here()}.")
    closing = p.advance()
    return tree.RangeOf(start, p.end, first, last, start_included, closing == "]")


def closes_range(p: Reader) -> bool:
    """Whether the bracket that stands here ends a range and does not begin a filter."""
    return p.range_end and p.tags[p.at + 1] not in STARTS


def unary_test(p: Reader) -> tree.Node:
    """< a"""
    start = p.start
    op = p.advance()
    operand = p.expression(40)
    return tree.UnaryTest(start, p.end, op, operand)


def context(p: Reader) -> tree.Node:
    """{name: value}"""
    start, scope = p.start, len(p.scopes)
    p.advance()
    entries: dict[str, tree.Node] = {}
    while p.tag != "}":
        at = p.start
        key = string_value(p.advance()) if p.tag == "string" else p.declared_name(":")
        if key in entries:
            raise p.fail(f"Der Eintrag „{key[:60]}“ kommt zweimal vor.", "Bitte umbenennen.", at)
        p.expect(":")
        entries[key] = p.expression()
        p.declare(key)
        if not p.accept(","):
            break
    p.expect("}", "Der Kontext ist nicht geschlossen.")
    p.forget(scope)
    return tree.ContextOf(start, p.end, tuple(entries.items()))


def condition(p: Reader) -> tree.Node:
    """if a then b else c; a chain of else if is one node, however long"""
    start = p.start
    branches = []
    while p.tag == "if":
        p.advance()
        test = p.expression()
        p.expect("then", "if Bedingung then Wert else Wert")
        value = p.expression()
        p.expect("else", "if Bedingung then Wert else Wert")
        branches.append((test, value))
    otherwise = p.expression()
    return tree.If(start, p.end, tuple(branches), otherwise)


def loop(p: Reader) -> tree.Node:
    """for x in list return body"""
    start, scope = p.start, len(p.scopes)
    p.advance()
    iterators = _iterations(p)
    p.expect("return", "for Name in Liste return Wert")
    p.declare("partial")
    body = p.expression()
    p.forget(scope)
    return tree.For(start, p.end, iterators, body)


def quantified(p: Reader) -> tree.Node:
    """some x in list satisfies body"""
    start, scope = p.start, len(p.scopes)
    kind = p.advance()
    iterators = _iterations(p)
    p.expect("satisfies", f"{kind} Name in Liste satisfies Bedingung")
    body = p.expression()
    p.forget(scope)
    return tree.Quantified(start, p.end, kind, iterators, body)


def _iterations(p: Reader) -> tuple[tree.Iteration, ...]:
    found = []
    while True:
        start = p.start
        variable = p.declared_name("in", "return", "satisfies")
        p.expect("in")
        source = p.expression()
        until = p.expression() if p.accept("..") else None
        p.declare(variable)
        found.append(tree.Iteration(start, p.end, variable, source, until))
        if not p.accept(","):
            return tuple(found)


def function(p: Reader) -> tree.Node:
    """function(a: type, b) body"""
    start, scope = p.start, len(p.scopes)
    p.advance()
    p.expect("(", "function(a, b) Ausdruck")
    parameters, types = [], []
    while p.tag != ")":
        parameters.append(p.declared_name(":", ",", ")"))
        types.append(type_name(p) if p.accept(":") else None)
        if not p.accept(","):
            break
    p.expect(")")
    if len(set(parameters)) < len(parameters):
        raise p.fail("Zwei Parameter haben denselben Namen.", "Bitte umbenennen.", start)
    for parameter in parameters:
        p.declare(parameter)
    external = p.tag == "name" and p.words[p.at] == "external" and p.tags[p.at + 1] == "{"
    if external:
        p.advance()
    body = p.expression()
    p.forget(scope)
    return tree.FunctionDefinition(start, p.end, tuple(parameters), tuple(types), body, external)
