"""Which type an expression has, as far as that can be seen, and where types clash."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from engine.feel.builtins import registry
from engine.feel.grammar import tree
from engine.feel.values import arithmetic, types
from engine.feel.values.durations import YearsMonths
from engine.feel.values.members import PROPERTIES
from engine.feel.values.types import ContextOf, ListOf, Simple, Type

_OF_KIND: dict[type, Type] = {
    Decimal: types.NUMBER, str: types.STRING, bool: types.BOOLEAN, dt.date: types.DATE, dt.time: types.TIME,
    dt.datetime: types.DATE_TIME, dt.timedelta: types.DAYS_TIME, YearsMonths: types.YEARS_MONTHS,
}  # fmt: skip
_GERMAN = {
    "number": "Zahl", "string": "Text", "boolean": "Wahrheitswert", "date": "Datum", "time": "Uhrzeit",
    "date and time": "Zeitpunkt", "days and time duration": "Dauer in Tagen", "years and months duration": "Dauer in Monaten",
}  # fmt: skip
_RESULTS: dict[str, Type] = {**types.NAMED, "list<number>": ListOf(types.NUMBER), "list<string>": ListOf(types.STRING)}
_ORDERED = frozenset(
    {"number", "string", "date", "time", "date and time", "days and time duration", "years and months duration"}
)


@dataclass(frozen=True, slots=True)
class Clash:
    """A place where types cannot go together, or an entry does not exist."""

    node: tree.Node
    message: str
    hint: str = ""


@dataclass
class Inference:
    """Goes through a tree and notes the clashes; `known` are the types of names, None where nothing is known."""

    known: Mapping[str, Type | None]
    clashes: list[Clash] = field(default_factory=list)
    unknown: list[tree.Name] = field(default_factory=list)
    loose: int = 0  # in a filter over items of an unknown type, whose entries may be any name
    scopes: list[dict[str, Type | None]] = field(default_factory=list)

    def type(self, node: tree.Node) -> Type | None:
        """The type of a node, None when it cannot be seen."""
        handler = _HANDLERS.get(type(node))
        if handler is not None:
            return handler(self, node)
        for child in tree.children(node):
            self.type(child)
        return None

    def clash(self, node: tree.Node, message: str, hint: str = "") -> None:
        self.clashes.append(Clash(node, message, hint))

    def lookup(self, name: str) -> Type | None:
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return self.known.get(name)


def simple(kind: Type | None) -> Simple | None:
    """The simple type behind a type, if it is one."""
    while kind is not None and not isinstance(kind, Simple):
        kind = getattr(kind, "base", None)
    return kind


def german(kind: Simple) -> str:
    return _GERMAN[kind.name]


def kind_of(value: Any) -> Type | None:
    """The type of a fixed value."""
    return _OF_KIND.get(type(value))


def _literal(inference: Inference, node: tree.Literal) -> Type | None:
    if node.problem:
        inference.clash(node, node.problem)
    return kind_of(node.value)


def _name(inference: Inference, node: tree.Name) -> Type | None:
    if any(node.name in scope for scope in (*inference.scopes, inference.known)):
        return inference.lookup(node.name)
    if node.name != "?" and not inference.loose and registry.find(node.name) is None:
        inference.unknown.append(node)
    return None


def _chain(inference: Inference, node: tree.Chain) -> Type | None:
    left = inference.type(node.first)
    for op, term in node.rest:
        right = inference.type(term)
        a, b = simple(left), simple(right)
        if a is None or b is None:
            left = None
            continue
        pair = (a.kinds[0], b.kinds[0])
        if pair not in arithmetic.TABLES[op]:
            inference.clash(node, f"{german(a)} {op} {german(b)} ergibt nichts.", _number_hint(a, b))
            return None
        left = _arithmetic_result(op, a, b)
    return left


def _number_hint(left: Simple, right: Simple) -> str:
    if types.STRING in (left, right):
        return "Mit string(…) oder number(…) umwandeln."
    return ""


def _arithmetic_result(op: str, left: Simple, right: Simple) -> Type | None:
    if left == right:
        points = (types.DATE, types.TIME, types.DATE_TIME)
        if op == "-" and left in points:
            return types.DAYS_TIME
        return types.NUMBER if op == "/" else left
    if op in ("*", "/"):
        return right if left == types.NUMBER else left
    durations = (types.DAYS_TIME, types.YEARS_MONTHS)
    if left in durations:
        return right
    return left if right in durations else types.DAYS_TIME


def _comparison(inference: Inference, node: tree.Comparison) -> Type:
    _compare(inference, node, node.op, inference.type(node.left), inference.type(node.right))
    return types.BOOLEAN


def _compare(inference: Inference, node: tree.Node, op: str, left: Type | None, right: Type | None) -> None:
    a, b = simple(left), simple(right)
    if a is None or b is None:
        return
    if a != b:
        inference.clash(node, f"{german(a)} und {german(b)} lassen sich nicht vergleichen.", _number_hint(a, b))
    elif op not in ("=", "!=") and a.name not in _ORDERED:
        inference.clash(node, f"{german(a)} hat keine Reihenfolge.", "Mit = oder != vergleichen.")


def _between(inference: Inference, node: tree.Between) -> Type:
    value = inference.type(node.value)
    for end in (node.low, node.high):
        _compare(inference, node, "<=", value, inference.type(end))
    return types.BOOLEAN


def _boolean(inference: Inference, node: tree.Node, where: str) -> None:
    found = simple(inference.type(node))
    if found is not None and found != types.BOOLEAN:
        inference.clash(node, f"{where} braucht einen Wahrheitswert, da ist aber: {german(found)}.")


def _logic(inference: Inference, node: tree.Logic) -> Type:
    for part in node.parts:
        _boolean(inference, part, node.op)
    return types.BOOLEAN


def _condition(inference: Inference, node: tree.If) -> Type | None:
    found = []
    for test, value in node.branches:
        _boolean(inference, test, "if")
        found.append(inference.type(value))
    found.append(inference.type(node.otherwise))
    return found[0] if all(kind == found[0] for kind in found) else None


def _list(inference: Inference, node: tree.ListOf) -> Type:
    kinds = [inference.type(item) for item in node.items]
    first = kinds[0] if kinds else None
    return ListOf(first if first is not None and all(kind == first for kind in kinds) else types.ANY)


def _context(inference: Inference, node: tree.ContextOf) -> Type:
    scope: dict[str, Type | None] = {}
    inference.scopes.append(scope)
    for key, value in node.entries:
        if isinstance(value, tree.FunctionDefinition):
            scope[key] = None  # it may call itself
        scope[key] = inference.type(value)
    inference.scopes.pop()
    return ContextOf({key: kind or types.ANY for key, kind in scope.items()})


def _fields(kind: Type | None) -> Mapping[str, Type] | None:
    while kind is not None and not isinstance(kind, ContextOf):
        kind = getattr(kind, "base", None)
    return kind.fields if kind is not None and kind.fields else None


def _path(inference: Inference, node: tree.Path) -> Type | None:
    base = inference.type(node.base)
    inner = base.item() if base is not None else None
    fields = _fields(inner if inner is not None else base)
    if fields is not None:
        if node.name not in fields:
            near = get_close_matches(node.name, fields, 1, 0.6)
            hint = f"Gemeint ist vermutlich „{near[0]}“." if near else f"Es gibt: {', '.join(list(fields)[:10])}."
            inference.clash(node, f"Einen Eintrag „{node.name}“ gibt es hier nicht.", hint)
            return None
        return ListOf(fields[node.name]) if inner is not None else fields[node.name]
    plain = simple(base)
    properties = PROPERTIES.get(plain.kinds[0], {}) if plain is not None else {}
    if plain is not None and node.name not in properties:
        inference.clash(node, f"{german(plain)} hat kein „{node.name}“.", f"Es gibt: {', '.join(properties) or 'nichts'}.")
    return None


def _filter(inference: Inference, node: tree.Filter) -> Type | None:
    base = inference.type(node.base)
    inner = base.item() if base is not None else None
    fields = _fields(inner)
    inference.scopes.append({**(fields or {}), "item": inner})
    loose = fields is None and simple(inner) is None
    inference.loose += loose
    predicate = inference.type(node.predicate)
    inference.loose -= loose
    inference.scopes.pop()
    return inner if predicate == types.NUMBER else base if inner is not None else None


def _iterators(inference: Inference, nodes: tuple[tree.Iteration, ...]) -> Iterator[None]:
    scope: dict[str, Type | None] = {"partial": None}
    inference.scopes.append(scope)
    for node in nodes:
        source = inference.type(node.source)
        if node.until is not None:
            inference.type(node.until)
        scope[node.name] = source.item() if source is not None else None
    yield
    inference.scopes.pop()


def _for(inference: Inference, node: tree.For) -> Type | None:
    found: Type | None = None
    for _ in _iterators(inference, node.iterators):
        found = inference.type(node.body)
    return ListOf(found or types.ANY)


def _quantified(inference: Inference, node: tree.Quantified) -> Type:
    for _ in _iterators(inference, node.iterators):
        _boolean(inference, node.body, node.kind)
    return types.BOOLEAN


def _function(inference: Inference, node: tree.FunctionDefinition) -> None:
    inference.scopes.append(dict.fromkeys(node.parameters))
    inference.type(node.body)
    inference.scopes.pop()


def _call(inference: Inference, node: tree.Call) -> Type | None:
    arguments = [inference.type(argument) for argument in node.arguments]
    builtin = registry.find(node.function.name) if isinstance(node.function, tree.Name) else None
    if builtin is None or not isinstance(node.function, tree.Name):
        inference.type(node.function)
        return None
    if any(node.function.name in scope for scope in (*inference.scopes, inference.known)):
        return None
    if node.labels:
        ways = [signature for signature in builtin.signatures if signature.order(node.labels) is not None]
    else:
        ways = [signature for signature in builtin.signatures if signature.takes(len(arguments))]
    usage = " oder ".join(dict.fromkeys(signature.declaration for signature in builtin.signatures))
    if not ways:
        inference.clash(node, f"So lässt sich {builtin.name} nicht aufrufen.", f"Richtig: {usage}.")
        return None
    if not node.labels and len(ways) == 1:
        for parameter, argument in zip(ways[0].parameters, arguments, strict=False):
            found = simple(argument)
            if found is not None and not _accepts(parameter.type, found):
                inference.clash(node, f"„{parameter.name}“ kann nicht sein: {german(found)}.", f"Richtig: {usage}.")
    results = {signature.result for signature in ways}
    return _RESULTS.get(results.pop()) if len(results) == 1 and builtin.name not in _GENERIC else None


# Their result depends on the kind of their arguments, whatever is declared.
_GENERIC = frozenset({"sum", "abs", "duration", "min", "max"})


def _accepts(declared: str, kind: Simple) -> bool:
    words = declared.rstrip("?").split("|")
    if any(word in ("Any", "point") or word.startswith("list") for word in words):
        return True
    if kind.name in words or ("duration" in words and kind.name.endswith("duration")):
        return True
    return kind == types.DATE and "date and time" in words


def _always(kind: Type) -> Callable[[Inference, Any], Type]:
    def handle(inference: Inference, node: tree.Node) -> Type:
        for child in tree.children(node):
            inference.type(child)
        return kind

    return handle


_HANDLERS: dict[type, Callable[[Inference, Any], Type | None]] = {
    tree.Literal: _literal, tree.Name: _name, tree.Chain: _chain, tree.Comparison: _comparison, tree.Between: _between,
    tree.Logic: _logic, tree.If: _condition, tree.ListOf: _list, tree.ContextOf: _context, tree.Path: _path,
    tree.Filter: _filter, tree.For: _for, tree.Quantified: _quantified, tree.FunctionDefinition: _function, tree.Call: _call,
    tree.In: _always(types.BOOLEAN), tree.InstanceOf: _always(types.BOOLEAN),
    tree.Negation: lambda inference, node: inference.type(node.operand),
}  # fmt: skip
