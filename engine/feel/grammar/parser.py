"""The parser: one pass over the tokens, operators by their strength (Pratt), never back.

From weak to strong: or, and, comparison, + -, * /, **, -x, instance of, and at last path, filter and call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from engine.feel import limits
from engine.feel.grammar import constructs, tree
from engine.feel.grammar.reader import COMPARISONS, Reader
from engine.feel.grammar.types import type_name

_LEVELS = {40: ("+", "-"), 50: ("*", "/"), 60: ("**",)}


class Parser(Reader):
    """Reads one text."""

    def expression(self, power: int = 0) -> tree.Node:
        """An expression whose operators are all stronger than `power`."""
        self.deeper()
        start = self.start
        prefix = _PREFIX.get(self.tag)
        if prefix is None:
            raise self.fail(f"Hier fehlt ein Wert, da steht {self.here()}.", self._hint())
        closing = self.range_end and self.tag not in _OPENING
        outer, self.range_end = self.range_end, closing
        left = prefix(self)
        self.range_end = outer
        left = self.rest(left, start, power)
        self.depth -= 1
        return left

    def rest(self, left: tree.Node, start: int, power: int) -> tree.Node:
        """What follows a value: operators stronger than `power`, paths, filters and calls."""
        turns = 0
        while True:
            entry = _INFIX.get(self.tag)
            if entry is None or entry[0] <= power or (self.tag == "[" and constructs.closes_range(self)):
                return left
            turns += 1
            if turns > limits.MAX_DEPTH:
                raise self.fail(f"Mehr als {limits.MAX_DEPTH} solche Teile hintereinander sind nicht erlaubt.")
            outer, self.range_end = self.range_end, self.range_end and self.tag not in ("[", "(")
            left = entry[1](self, left, start)
            self.range_end = outer

    def _hint(self) -> str:
        if self.tag in ("then", "else", "return", "satisfies", "in"):
            return f"Vor „{self.tag}“ fehlt ein Ausdruck."
        return "Gleichheit prüft man mit einem einzelnen =." if self.tag == "=" else ""


def _chain(power: int) -> Callable[[Parser, tree.Node, int], tree.Node]:
    ops = _LEVELS[power]

    def read(p: Parser, left: tree.Node, start: int) -> tree.Node:
        rest = []
        while p.tag in ops:
            op = p.advance()
            rest.append((op, p.expression(power)))
        return tree.Chain(start, p.end, left, tuple(rest))

    return read


def _logic(op: str, power: int) -> Callable[[Parser, tree.Node, int], tree.Node]:
    def read(p: Parser, left: tree.Node, start: int) -> tree.Node:
        parts = [left]
        while p.accept(op):
            parts.append(p.expression(power))
        return tree.Logic(start, p.end, op, tuple(parts))

    return read


def _comparison(p: Parser, left: tree.Node, start: int) -> tree.Node:
    op = p.advance()
    if p.tag == "=" and op == "=":
        raise p.fail("Hier fehlt ein Wert, da steht „=“.", "Gleichheit prüft man mit einem einzelnen =.")
    right = p.expression(30)
    return tree.Comparison(start, p.end, op, left, right)


def _between(p: Parser, left: tree.Node, start: int) -> tree.Node:
    p.advance()
    low = p.expression(30)
    p.expect("and", "x between a and b")
    high = p.expression(30)
    return tree.Between(start, p.end, left, low, high)


def _in(p: Parser, left: tree.Node, start: int) -> tree.Node:
    p.advance()
    if p.tag in COMPARISONS:
        tests: tuple[tree.Node, ...] = (constructs.unary_test(p),)
    else:
        tests = _in_parenthesis(p) if p.tag == "(" else (p.expression(30),)
    return tree.In(start, p.end, left, tests)


def _in_parenthesis(p: Parser) -> tuple[tree.Node, ...]:
    """(a, < b, [c..d]), but also (a..b) and (a + b) * c."""
    start = p.start
    p.advance()
    tests = [_positive_test(p)]
    if p.tag == ".." and not isinstance(tests[0], tree.UnaryTest):
        return (p.rest(constructs.range_rest(p, start, tests[0], False), start, 30),)
    while p.accept(","):
        tests.append(_positive_test(p))
    p.expect(")", "Die Klammer ist nicht geschlossen.")
    if len(tests) == 1 and not isinstance(tests[0], tree.UnaryTest):
        return (p.rest(tests[0], start, 30),)
    return tuple(tests)


def _positive_test(p: Parser) -> tree.Node:
    return constructs.unary_test(p) if p.tag in COMPARISONS else p.expression()


def _instance_of(p: Parser, left: tree.Node, start: int) -> tree.Node:
    p.advance()
    p.advance()
    kind = type_name(p)
    return tree.InstanceOf(start, p.end, left, kind)


def _path(p: Parser, left: tree.Node, start: int) -> tree.Node:
    p.advance()
    name = p.name(member=True)
    return tree.Path(start, p.end, left, name)


def _filter(p: Parser, left: tree.Node, start: int) -> tree.Node:
    p.advance()
    scope = len(p.scopes)
    p.scopes.append(p.members)
    predicate = p.expression()
    p.forget(scope)
    p.expect("]", "Der Filter ist nicht geschlossen.")
    return tree.Filter(start, p.end, left, predicate)


def _call(p: Parser, left: tree.Node, start: int) -> tree.Node:
    p.advance()
    arguments: list[tree.Node] = []
    labels: list[str] = []
    while p.tag != ")":
        at = p.start
        label = _label(p)
        if bool(label) != bool(labels) and arguments:
            raise p.fail("Werte mit und ohne Namen lassen sich nicht mischen.", "f(a: 1, b: 2) oder f(1, 2)", at)
        if label:
            labels.append(label)
        arguments.append(constructs.unary_test(p) if p.tag in COMPARISONS else p.expression())
        if not p.accept(","):
            break
    p.expect(")", "Der Funktionsaufruf ist nicht geschlossen.")
    return tree.Call(start, p.end, left, tuple(arguments), tuple(labels))


def _label(p: Parser) -> str:
    """The name of a named argument, if one stands here."""
    found = p.peek_name(member=True)
    if found is None or p.tags[found[0]] != ":":
        return ""
    p.move(found[0])
    p.advance()
    return found[1]


_OPENING = frozenset("( [ ] { if for some every function".split())
_PREFIX: dict[str, Callable[[Parser], tree.Node]] = {
    "number": constructs.number, "string": constructs.string, "name": constructs.name, "-": constructs.negation,
    "true": constructs.word, "false": constructs.word, "null": constructs.word, "@": constructs.at_literal,
    "(": constructs.parenthesis, "[": constructs.bracket, "]": constructs.open_bracket, "{": constructs.context,
    "if": constructs.condition, "for": constructs.loop, "some": constructs.quantified, "every": constructs.quantified,
    "function": constructs.function, **dict.fromkeys(("<", "<=", ">", ">="), constructs.unary_test),
}  # fmt: skip
_INFIX: dict[str, tuple[int, Callable[[Parser, tree.Node, int], tree.Node]]] = {
    "or": (10, _logic("or", 10)), "and": (20, _logic("and", 20)),
    **dict.fromkeys(COMPARISONS, (30, _comparison)), "between": (30, _between), "in": (30, _in),
    **{op: (power, _chain(power)) for power, ops in _LEVELS.items() for op in ops},
    "instance": (75, _instance_of), ".": (80, _path), "[": (80, _filter), "(": (80, _call),
}  # fmt: skip


def parse(text: str, known: Iterable[str] = (), members: Iterable[str] = ()) -> tree.Node:
    """The tree of an expression. `known` are unusual names in scope, `members` such that may follow a dot."""
    p = Parser(text, known, members)
    if p.tag == "end":
        raise p.fail("Der Ausdruck ist leer.", "null steht für „kein Wert“.")
    node = p.expression()
    _finish(p)
    return node


def parse_tests(text: str, known: Iterable[str] = (), members: Iterable[str] = ()) -> tree.UnaryTests:
    """The tree of the unary tests in a cell: "-", "not(…)", or tests with commas between."""
    p = Parser(text, known, members)
    if p.tag == "end" or (p.tag == "-" and p.tags[1] == "end"):
        return tree.UnaryTests(0, len(text), (), False)
    negated = p.words[0] == "not" and p.tags[1] == "(" and _closing(p.tags, 1) == len(p.tags) - 2
    if negated:
        p.move(2)
    tests = [_positive_test(p)]
    while p.accept(","):
        tests.append(_positive_test(p))
    if negated:
        p.expect(")")
    _finish(p)
    return tree.UnaryTests(0, len(text), tuple(tests), negated)


def _closing(tags: list[str], at: int) -> int:
    """The index of the parenthesis that closes the one at an index."""
    level = 0
    for index in range(at, len(tags)):
        if tags[index] == "(":
            level += 1
        elif tags[index] == ")":
            level -= 1
            if level == 0:
                return index
    return -1


def _finish(p: Parser) -> None:
    if p.tag != "end":
        raise p.fail(f"Nach dem Ausdruck steht noch {p.here()}.", _LEFT_OVER.get(p.tag, "Fehlt davor ein Operator?"))


_LEFT_OVER = {
    ")": "Eine Klammer wird geschlossen, die nicht offen ist.",
    "]": "Eine Klammer wird geschlossen, die nicht offen ist.",
    "}": "Eine Klammer wird geschlossen, die nicht offen ist.",
    "else": "Vor else fehlt if … then.",
    ",": "Eine Aufzählung steht in eckigen Klammern: [a, b].",
}
