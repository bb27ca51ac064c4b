"""Decision tables made to run: find the rules that hit, then do with their results what the hit policy says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.feel.builtins import statistics
from engine.feel.dmn import model
from engine.feel.dmn.cells import EVERYTHING, Fixed, fixed, plain_cell, plain_value
from engine.feel.dmn.columns import Column
from engine.feel.dmn.logic import Builder, Logic, Scope, broken, fitted
from engine.feel.errors import FeelSyntaxError, NoValue
from engine.feel.expression import Expression, Tested
from engine.feel.grammar import tree
from engine.feel.run import Run
from engine.feel.values.equality import same
from engine.feel.values.types import Type


@dataclass(frozen=True, slots=True)
class FiredRule:
    """A rule that hit: where it stands, what it was asked and what it answered."""

    decision: str
    table: str
    rule: str
    number: int
    inputs: tuple[tuple[str, Any], ...]
    outputs: tuple[tuple[str, Any], ...]
    annotations: tuple[str, ...] = ()


class DecisionRun(Run):
    """A run that remembers which rules fired."""

    __slots__ = ("rules",)

    def __init__(self, warnings: list[str] | None = None, rules: list[FiredRule] | None = None) -> None:
        super().__init__(warnings)
        self.rules = rules


@dataclass(frozen=True, slots=True)
class Input:
    """A column of conditions, compiled."""

    label: str
    value: Logic
    allowed: Expression | None
    column: Column


@dataclass(frozen=True, slots=True)
class Output:
    """A column of results, compiled; `order` are the listed values, the most important first."""

    name: str
    kind: Type | None
    allowed: Expression | None
    order: Logic | None
    default: Logic | None
    cells: tuple[Logic, ...]


@dataclass(frozen=True)
class Compiled:
    """A decision table, compiled."""

    box: model.Table
    source: str
    owner: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]

    @property
    def everything(self) -> int:
        return (1 << len(self.box.rules)) - 1


def table_logic(box: model.Table, builder: Builder) -> Logic:
    """What a decision table does."""
    try:
        table = compile_table(box, builder)
    except FeelSyntaxError as problem:
        return broken(builder.source, problem.sentence)
    everything, policy = table.everything, _POLICIES[box.policy]

    def run_table(scope: Scope, run: Run) -> Any:
        hits, values = everything, []
        for number, column in enumerate(table.inputs, 1):
            value = column.value(scope, run)
            if column.allowed is not None and column.allowed.run(Tested(scope, value), run, settled=True) is not True:
                run.warn(table.source, f"Der Wert der Spalte {number} „{column.label}“ gehört nicht zu den erlaubten Werten.")
                return None
            values.append(value)
            run.charge(1)
            if hits:
                hits = column.column.rules(value, hits, scope, run)
        if not hits:
            return _default(table, scope, run)
        return policy(table, _Hits(table, hits, values, scope, run))

    return run_table


def compile_table(box: model.Table, builder: Builder) -> Compiled:
    """Compile all cells.

    Raises:
        FeelSyntaxError: a cell is no FEEL; the message says which.
    """
    cells = builder.knowing(["?"])
    inputs = []
    for number, clause in enumerate(box.inputs):
        column = [_cell(rule.inputs[number], cells) for rule in box.rules]
        allowed = _tests(clause.values, cells)
        label = clause.label or " ".join(clause.expression.text.split())
        inputs.append(Input(label, builder.logic(clause.expression), allowed, Column(column)))
    outputs = [_output(box, number, clause, builder) for number, clause in enumerate(box.outputs)]
    return Compiled(box, builder.source, builder.owner, tuple(inputs), tuple(outputs))


def _tests(text: model.Text | None, builder: Builder) -> Expression | None:
    if text is None or not text.text.strip() or text.language:
        return None
    return builder.expression(text.text, "unary")


def _cell(text: model.Text, builder: Builder) -> Fixed | Expression:
    """What a cell accepts, or the tests to evaluate where that depends on more than the value."""
    quick = plain_cell(text.text) if not text.language else None
    if quick is not None:
        return quick
    if text.language:
        raise FeelSyntaxError(f"Die Sprache „{text.language}“ wird nicht ausgeführt, nur FEEL.", text.spot.line)
    try:
        expression = builder.expression(text.text, "unary")
    except FeelSyntaxError as problem:
        raise FeelSyntaxError(
            f"Zelle „{text.text[:40]}“: {problem.message}", problem.line, problem.column, problem.hint
        ) from problem
    found = fixed(expression.node) if isinstance(expression.node, tree.UnaryTests) else EVERYTHING
    return expression if found is None else found


def _output(box: model.Table, number: int, clause: model.OutputClause, builder: Builder) -> Output:
    kind = builder.types.find(clause.type)
    return Output(
        clause.name or clause.label or f"Ergebnis {number + 1}",
        kind,
        _tests(clause.values, builder.knowing(["?"])),
        _order(clause.values, builder),
        None if clause.default is None or not clause.default.text.strip() else builder.logic(clause.default),
        tuple(_result(rule.outputs[number], builder) for rule in box.rules),
    )


def _order(values: model.Text | None, builder: Builder) -> Logic | None:
    """The listed values of a column of results, as a list."""
    if values is None or not values.text.strip() or values.language:
        return None
    try:
        expression = builder.expression(f"[{values.text}]")
    except FeelSyntaxError:
        return None
    return lambda scope, run: expression.run(scope, run, settled=True)


def _result(text: model.Text, builder: Builder) -> Logic:
    if not text.text.strip():
        return lambda scope, run: None
    if text.language:
        return broken(builder.source, f"Die Sprache „{text.language}“ wird nicht ausgeführt, nur FEEL.")
    quick = plain_value(text.text)
    if quick is not None:
        return lambda scope, run: quick
    expression = builder.expression(text.text)
    if isinstance(expression.node, tree.Literal) and not expression.node.problem:
        constant = expression.node.value
        return lambda scope, run: constant
    return lambda scope, run: expression.run(scope, run, settled=True)


# --- the rules that hit ----------------------------------------------------------------------------------------------


class _Hits:
    """The rules that hit, their results computed when a policy asks."""

    def __init__(self, table: Compiled, bits: int, values: list[Any], scope: Scope, run: Run) -> None:
        self.table, self.values, self.scope, self.run = table, values, scope, run
        self.numbers = [number for number in range(bits.bit_length()) if bits >> number & 1]

    def result(self, number: int) -> dict[str, Any] | None:
        """The results of a rule by column, noted as fired; None when one is not allowed."""
        run, made = self.run, {}
        run.charge(2 + len(self.table.outputs))
        for output in self.table.outputs:
            value = fitted(output.cells[number](self.scope, run), output.kind, run, self.table.source)
            if output.allowed is not None and output.allowed.run(Tested(self.scope, value), run, settled=True) is not True:
                run.warn(self.table.source, f"Das Ergebnis der Regel {number + 1} gehört nicht zu den erlaubten Werten.")
                return None
            made[output.name] = value
        self._note(number, made)
        return made

    def _note(self, number: int, made: dict[str, Any]) -> None:
        rules = getattr(self.run, "rules", None)
        if rules is None:
            return
        table = self.table
        rule = table.box.rules[number]
        rules.append(
            FiredRule(
                table.owner,
                table.box.spot.element,
                rule.spot.element,
                number + 1,
                tuple((column.label, value) for column, value in zip(table.inputs, self.values, strict=True)),
                tuple(made.items()),
                rule.annotations,
            )
        )

    def results(self, numbers: list[int]) -> list[dict[str, Any]] | None:
        made = []
        for number in numbers:
            result = self.result(number)
            if result is None:
                return None
            made.append(result)
        return made

    def ranked(self) -> list[tuple[int, dict[str, Any]]]:
        """The rules with their results, by the order of the listed values, the most important first."""
        orders = [(o.name, o.order(self.scope, self.run)) for o in self.table.outputs if o.order is not None]

        def rank(entry: tuple[int, dict[str, Any]]) -> list[int]:
            return [_position(entry[1][name], listed) for name, listed in orders]

        quiet, rules = self.run, getattr(self.run, "rules", None)
        if isinstance(quiet, DecisionRun):
            quiet.rules = None  # noted below, in the order of the answer
        made = [(number, self.result(number)) for number in self.numbers]
        if isinstance(quiet, DecisionRun):
            quiet.rules = rules
        return sorted(((number, result) for number, result in made if result is not None), key=rank)

    def note(self, entry: tuple[int, dict[str, Any]]) -> dict[str, Any]:
        self._note(*entry)
        return entry[1]


def _position(value: Any, listed: Any) -> int:
    for place, item in enumerate(listed if isinstance(listed, list) else ()):
        if same(value, item):
            return place
    return 1 << 30


def _shaped(table: Compiled, result: dict[str, Any]) -> Any:
    """A table with one column of results gives its value, with several a context."""
    return next(iter(result.values())) if len(table.outputs) == 1 else result


def _default(table: Compiled, scope: Scope, run: Run) -> Any:
    if any(output.default is not None for output in table.outputs):
        made = {}
        for output in table.outputs:
            value = None if output.default is None else output.default(scope, run)
            made[output.name] = fitted(value, output.kind, run, table.source)
        return _shaped(table, made)
    run.warn(table.source, "Keine Regel trifft zu, und ein Standardergebnis gibt es nicht.")
    return None


# --- hit policies ----------------------------------------------------------------------------------------------------


def _unique(table: Compiled, hits: _Hits) -> Any:
    if len(hits.numbers) > 1:
        rules = ", ".join(str(number + 1) for number in hits.numbers[:20])
        hits.run.warn(table.source, f"Die Trefferregel UNIQUE erlaubt einen Treffer, es treffen aber die Regeln {rules}.")
        return None
    return _first(table, hits)


def _first(table: Compiled, hits: _Hits) -> Any:
    result = hits.result(hits.numbers[0])
    return None if result is None else _shaped(table, result)


def _any(table: Compiled, hits: _Hits) -> Any:
    results = hits.results(hits.numbers)
    if results is None:
        return None
    if any(not same(results[0], other, hits.run) for other in results[1:]):
        hits.run.warn(table.source, "Die Trefferregel ANY verlangt gleiche Ergebnisse, die Treffer unterscheiden sich aber.")
        return None
    return _shaped(table, results[0])


def _priority(table: Compiled, hits: _Hits) -> Any:
    ranked = hits.ranked()
    return _shaped(table, hits.note(ranked[0])) if ranked else None


def _output_order(table: Compiled, hits: _Hits) -> Any:
    return [_shaped(table, hits.note(entry)) for entry in hits.ranked()]


def _rule_order(table: Compiled, hits: _Hits) -> Any:
    results = hits.results(hits.numbers)
    return None if results is None else [_shaped(table, result) for result in results]


def _collect(table: Compiled, hits: _Hits) -> Any:
    results = hits.results(hits.numbers)
    if results is None or not table.box.aggregation:
        return None if results is None else [_shaped(table, result) for result in results]
    made = {}
    for output in table.outputs:
        values = [result[output.name] for result in results]
        try:
            made[output.name] = _AGGREGATIONS[table.box.aggregation](values)
        except (NoValue, ArithmeticError) as problem:
            hits.run.warn(table.source, f"Zusammenfassen mit {table.box.aggregation} geht nicht: {problem}")
            made[output.name] = None
    return _shaped(table, made)


_AGGREGATIONS: dict[str, Callable[[list[Any]], Any]] = {
    "SUM": statistics.sum_,
    "MIN": statistics.min_,
    "MAX": statistics.max_,
    "COUNT": lambda values: Decimal(len(values)),
}
_POLICIES: dict[str, Callable[[Compiled, _Hits], Any]] = {
    "UNIQUE": _unique,
    "FIRST": _first,
    "ANY": _any,
    "PRIORITY": _priority,
    "RULE ORDER": _rule_order,
    "OUTPUT ORDER": _output_order,
    "COLLECT": _collect,
}
