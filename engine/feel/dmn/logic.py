"""Boxed expressions made to run: each becomes a function of the names in scope and the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.feel.builtins import registry
from engine.feel.compile.loops import elements
from engine.feel.dmn import model
from engine.feel.dmn.items import Types
from engine.feel.errors import FeelSyntaxError, NoValue
from engine.feel.expression import Expression, build
from engine.feel.grammar.names import unusual
from engine.feel.run import Run
from engine.feel.values.functions import Function
from engine.feel.values.types import FunctionOf, Type, described, fit

Scope = Mapping[str, Any]
Logic = Callable[[Scope, Run], Any]


@dataclass(frozen=True)
class Builder:
    """What the boxes of one element have in common: the types, the names, and whose they are."""

    types: Types
    members: frozenset[str]
    source: str
    owner: str = ""
    names: frozenset[str] = frozenset()
    outer: set[str] = field(default_factory=set)  # names used that nothing here gives; perhaps the caller's context does
    compiled: dict[tuple[str, str], Expression] = field(default_factory=dict)  # the same text is compiled once

    def knowing(self, names: Sequence[str]) -> Builder:
        """The same with more names in scope."""
        return replace(self, names=self.names | set(names), compiled={})

    def expression(self, text: str, kind: str = "expression") -> Expression:
        """A FEEL text of this element.

        Raises:
            FeelSyntaxError: the text is no FEEL.
        """
        if (text, kind) in self.compiled:
            return self.compiled[text, kind]
        known = unusual(self.names)
        shadows = self.names & registry.names()
        expression = build(text, kind, known, self.types.known, self.source, shadows, self.members)
        self.outer.update(expression.names - self.names - {"?"})
        self.compiled[text, kind] = expression
        return expression

    def logic(self, box: model.Boxed | None) -> Logic:
        """What a box does, its result fitted to the box's type."""
        if box is None:
            return lambda scope, run: None
        made = _BUILDERS[type(box)](box, self)
        if isinstance(box, model.FunctionBox):
            return made  # its type is the function's or its result's, not its value's
        return typed(made, self.types.find(box.type), self.source)


def typed(logic: Logic, kind: Type | None, source: str) -> Logic:
    """The same, but null and a warning when the result is not of that type."""
    if kind is None:
        return logic

    def run_typed(scope: Scope, run: Run) -> Any:
        return fitted(logic(scope, run), kind, run, source)

    return run_typed


def fitted(value: Any, kind: Type | None, run: Run, source: str) -> Any:
    """The value as its type wants it, or null and a warning."""
    if kind is None or value is None:
        return value
    try:
        return fit(value, kind, run)
    except NoValue as problem:
        run.warn(source, str(problem))
        return None


def broken(source: str, message: str) -> Logic:
    """What cannot be run: null and a warning."""

    def run_broken(scope: Scope, run: Run) -> None:
        run.warn(source, message)

    return run_broken


def _text(box: model.Text, builder: Builder) -> Logic:
    if box.language:
        return broken(builder.source, f"Die Sprache „{box.language}“ wird nicht ausgeführt, nur FEEL.")
    if not box.text.strip():
        return broken(builder.source, "Der Ausdruck ist leer.")
    try:
        expression = builder.expression(box.text)
    except FeelSyntaxError as problem:
        return broken(builder.source, problem.sentence)

    def run_text(scope: Scope, run: Run) -> Any:
        return expression.run(scope, run, settled=True)

    return run_text


def _context(box: model.Context, builder: Builder) -> Logic:
    entries = []
    for item, value in box.entries:
        kind = builder.types.find(item.type) if item is not None else None
        if item is not None and isinstance(value, model.FunctionBox):
            builder = builder.knowing([item.name])  # a function may call itself
        name = item.name if item is not None else None
        logic = builder.logic(value)
        entries.append((name, logic if isinstance(value, model.FunctionBox) else typed(logic, kind, builder.source)))
        if item is not None:
            builder = builder.knowing([item.name])

    def run_context(scope: Scope, run: Run) -> Any:
        inner, result = dict(scope), {}
        for name, logic in entries:
            value = logic(inner, run)
            if name is None:
                return value
            inner[name] = result[name] = value
        return result

    return run_context


def _invocation(box: model.Invocation, builder: Builder) -> Logic:
    function = builder.logic(box.function)
    bindings = [(name, builder.logic(value)) for name, value in box.bindings]

    def run_invocation(scope: Scope, run: Run) -> Any:
        target = function(scope, run)
        named = {name: logic(scope, run) for name, logic in bindings}
        if type(target) is not Function:
            run.warn(builder.source, f"Aufrufen lässt sich nur eine Funktion, da ist aber {described(target)}.")
            return None
        try:
            return target.call_named(run, named)
        except NoValue as problem:
            run.warn(builder.source, str(problem))
            return None

    return run_invocation


def _list(box: model.BoxedList, builder: Builder) -> Logic:
    items = [builder.logic(item) for item in box.items]
    return lambda scope, run: [item(scope, run) for item in items]


def _relation(box: model.Relation, builder: Builder) -> Logic:
    names = [column.name for column in box.columns]
    kinds = [builder.types.find(column.type) for column in box.columns]
    rows = [
        [typed(builder.logic(cell), kind, builder.source) for cell, kind in zip(row, kinds, strict=True)] for row in box.rows
    ]

    def run_relation(scope: Scope, run: Run) -> Any:
        return [{name: cell(scope, run) for name, cell in zip(names, row, strict=True)} for row in rows]

    return run_relation


def _function(box: model.FunctionBox, builder: Builder) -> Logic:
    if box.kind != "FEEL" or box.body is None:
        message = "Externe Funktionen (Java, PMML) werden nicht ausgeführt." if box.body is not None else "Der Rumpf fehlt."
        refused = broken(builder.source, message)
        names = [parameter.name for parameter in box.parameters]
        return lambda scope, run: Function(names, lambda inner, values: refused({}, inner), name=builder.owner)
    names = [parameter.name for parameter in box.parameters]
    kinds = [builder.types.find(parameter.type) for parameter in box.parameters]
    body = typed(builder.knowing(names).logic(box.body), result_type(builder.types.find(box.type)), builder.source)

    def run_function(scope: Scope, run: Run) -> Function:
        def run_body(inner: Run, values: Sequence[Any]) -> Any:
            arguments = {
                name: value if kind is None else fit(value, kind, inner)
                for name, kind, value in zip(names, kinds, values, strict=True)
            }
            return body({**scope, **arguments}, inner)

        return Function(names, run_body, name=builder.owner, types=kinds)

    return run_function


def result_type(kind: Type | None) -> Type | None:
    """Of a function's type that of its result; editors also write the result's type there."""
    return kind.result if isinstance(kind, FunctionOf) else kind


def _conditional(box: model.Conditional, builder: Builder) -> Logic:
    test, then, otherwise = builder.logic(box.test), builder.logic(box.then), builder.logic(box.otherwise)

    def run_conditional(scope: Scope, run: Run) -> Any:
        verdict = test(scope, run)
        if verdict is not None and type(verdict) is not bool:
            run.warn(builder.source, f"if braucht einen Wahrheitswert, da ist aber {described(verdict)}.")
        return then(scope, run) if verdict is True else otherwise(scope, run)

    return run_conditional


def _filter(box: model.FilterBox, builder: Builder) -> Logic:
    source = builder.logic(box.source)
    match = builder.knowing(["item", *builder.members]).logic(box.match)

    def run_filter(scope: Scope, run: Run) -> Any:
        value = source(scope, run)
        if value is None:
            return None
        found = []
        for item in value if type(value) is list else [value]:
            run.charge(len(scope) // 4 + 1)
            own = item if type(item) is dict else {}
            verdict = match({**scope, "item": item, **own}, run)
            if verdict is True:
                found.append(item)
            elif verdict is not None and verdict is not False:
                run.warn(builder.source, f"Ein Filter braucht Wahrheitswerte, da ist aber {described(verdict)}.")
                return None
        return found

    return run_filter


def _iterator(box: model.IteratorBox, builder: Builder) -> Logic:
    source = builder.logic(box.source)
    body = builder.knowing([box.variable, "partial"]).logic(box.body)
    finish = {"for": _all_results, "some": _some, "every": _every}[box.kind]

    def run_iterator(scope: Scope, run: Run) -> Any:
        try:
            items = elements(run, source(scope, run))
        except NoValue as problem:
            run.warn(builder.source, str(problem))
            return None
        results: list[Any] = []
        for item in items:
            run.charge((len(scope) + len(results)) // 4 + 1)
            results.append(body({**scope, box.variable: item, "partial": list(results)}, run))
        return finish(results)

    return run_iterator


def _all_results(results: list[Any]) -> Any:
    return results


def _some(results: list[Any]) -> bool | None:
    if any(result is True for result in results):
        return True
    return False if all(result is False for result in results) else None


def _every(results: list[Any]) -> bool | None:
    if any(result is False for result in results):
        return False
    return True if all(result is True for result in results) else None


def _table(box: model.Table, builder: Builder) -> Logic:
    from engine.feel.dmn.tables import table_logic

    return table_logic(box, builder)


_BUILDERS: dict[type, Callable[[Any, Builder], Logic]] = {
    model.Text: _text,
    model.Context: _context,
    model.Invocation: _invocation,
    model.BoxedList: _list,
    model.Relation: _relation,
    model.FunctionBox: _function,
    model.Conditional: _conditional,
    model.FilterBox: _filter,
    model.IteratorBox: _iterator,
    model.Table: _table,
}
