"""Findings about one decision table: cells that are no FEEL, kinds that do not fit, overlaps, gaps, idle rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.base.errors import Cause, Severity
from engine.feel.checking.expressions import check_expression, placed, result_type
from engine.feel.checking.inference import german, simple
from engine.feel.dmn import coverage, model
from engine.feel.dmn.cells import Fixed, fixed
from engine.feel.dmn.items import Allowed
from engine.feel.dmn.project import Unit
from engine.feel.errors import FeelSyntaxError
from engine.feel.expression import build
from engine.feel.grammar import tree
from engine.feel.grammar.names import unusual
from engine.feel.values.types import Type

MAX_FINDINGS = 5


def check_table(table: model.Table, names: Mapping[str, Type | None], unit: Unit, file: str, unknown: Severity) -> list[Cause]:
    """All findings about a decision table."""
    check = _TableCheck(table, names, unit, file, unknown)
    return [*check.texts(), *check.policy(), *check.whole()]


class _TableCheck:
    """One table and what its cells may use."""

    def __init__(self, table: model.Table, names: Mapping[str, Type | None], unit: Unit, file: str, unknown: Severity) -> None:
        self.table, self.names, self.unit, self.file, self.unknown = table, names, unit, file, unknown
        self.kinds = [self._column_kind(clause) for clause in table.inputs]

    def cause(self, spot: model.Spot, message: str, hint: str = "", severity: Severity = "error") -> Cause:
        element = spot.element or self.table.spot.element or None
        return Cause(message, hint, file=self.file, line=spot.line or None, element=element, severity=severity)

    def _column_kind(self, clause: model.InputClause) -> Type | None:
        """The type of a column: as declared, else as its expression shows."""
        declared = self.unit.types.find(clause.expression.type)
        if declared is not None or not clause.expression.text.strip() or clause.expression.language:
            return declared
        try:
            expression = build(clause.expression.text, known=unusual(self.names), members=self.unit.members)
        except FeelSyntaxError:
            return None
        return result_type(expression, self.names)

    # --- texts ---------------------------------------------------------------------------------------------------------

    def texts(self) -> Iterator[Cause]:
        """Syntax, names and kinds in every cell."""
        for clause, kind in zip(self.table.inputs, self.kinds, strict=True):
            if not clause.expression.text.strip():
                yield self.cause(
                    clause.spot, f"Die Spalte „{clause.label}“ fragt nach nichts.", "Bitte einen Ausdruck eintragen."
                )
            else:
                yield from self._checked(clause.expression, self.names)
            yield from self._checked(clause.values, {**self.names, "?": kind}, "unary")
        for rule in self.table.rules:
            for text, kind in zip(rule.inputs, self.kinds, strict=True):
                yield from self._checked(text, {**self.names, "?": kind}, "unary")
            for text, output in zip(rule.outputs, self.table.outputs, strict=True):
                yield from self._checked(text, self.names)
                yield from self._output_kind(text, output)
        for output in self.table.outputs:
            if output.type.strip() and self.unit.types.find(output.type) is None:
                yield self.cause(output.spot, f"Den Typ „{output.type}“ gibt es nicht.", "Bitte im DMN-Editor wählen.")
            yield from self._checked(output.default, self.names)

    def _checked(self, text: model.Text | None, names: Mapping[str, Type | None], kind: str = "expression") -> list[Cause]:
        if text is None or not text.text.strip():
            return []
        if text.language:
            return [self.cause(text.spot, f"Die Sprache „{text.language}“ wird nicht ausgeführt.", "Bitte in FEEL schreiben.")]
        causes = check_expression(
            text.text, names, kind=kind, types=self.unit.types.known, members=self.unit.members, unknown=self.unknown
        )
        return placed(causes, file=self.file, line=text.spot.line, element=text.spot.element or self.table.spot.element)

    def _output_kind(self, text: model.Text, output: model.OutputClause) -> Iterator[Cause]:
        """A fixed result must be of the kind of its column."""
        wanted = simple(self.unit.types.find(output.type))
        if wanted is None or not text.text.strip() or text.language:
            return
        try:
            expression = build(text.text, known=unusual(self.names), members=self.unit.members)
        except FeelSyntaxError:
            return
        found = simple(result_type(expression, self.names)) if isinstance(expression.node, tree.Literal) else None
        if found is not None and found != wanted:
            yield self.cause(text.spot, f"Die Spalte hat die Art {german(wanted)}, das Ergebnis aber {german(found)}.")

    # --- the table as a whole ------------------------------------------------------------------------------------------

    def policy(self) -> Iterator[Cause]:
        """A hit policy that the table does not give what it needs."""
        listed = [output for output in self.table.outputs if output.values is not None and output.values.text.strip()]
        if self.table.policy in ("PRIORITY", "OUTPUT ORDER") and not listed:
            yield self.cause(
                self.table.spot,
                f"Die Trefferregel {self.table.policy} braucht eine Liste der Ergebnisse, die wichtigsten zuerst.",
                "Bitte bei der Ergebnisspalte eintragen.",
            )
        if self.table.aggregation and self.table.policy != "COLLECT":
            yield self.cause(self.table.spot, "Zusammenfassen lässt sich nur mit der Trefferregel COLLECT.", "", "warning")

    def whole(self) -> Iterator[Cause]:
        """Overlaps, gaps and rules that never answer."""
        grid = self._grid()
        if grid is None or not self.table.rules:
            return
        idle = dict(coverage.impossible(grid))
        for number, column in idle.items():
            label = grid.labels[column]
            message = f"Regel {number + 1} kann nie zutreffen: Keinen Wert von „{label}“ lässt die Zelle zu."
            yield self.cause(self.table.rules[number].spot, message, "Bitte die Zelle prüfen.", "warning")
        yield from self._overlaps(grid)
        if self.table.policy == "FIRST":
            for number in coverage.shaded(grid):
                if number not in idle:
                    message = f"Regel {number + 1} trifft nie als erste zu; Regeln davor beantworten schon alles."
                    yield self.cause(
                        self.table.rules[number].spot, message, "Bitte löschen oder nach oben schieben.", "warning"
                    )
        yield from self._gaps(grid)

    def _overlaps(self, grid: coverage.Grid) -> Iterator[Cause]:
        if self.table.policy not in ("UNIQUE", "ANY"):
            return
        count = 0
        for first, second in coverage.overlaps(grid):
            rules = self.table.rules
            if self.table.policy == "ANY" and _results(rules[first]) == _results(rules[second]):
                continue
            count += 1
            if count > MAX_FINDINGS:
                return
            if self.table.policy == "UNIQUE":
                message = f"Die Regeln {first + 1} und {second + 1} überschneiden sich; UNIQUE erlaubt nur einen Treffer."
                yield self.cause(rules[second].spot, message, "Bitte abgrenzen oder eine andere Trefferregel wählen.")
            else:
                message = f"Die Regeln {first + 1} und {second + 1} überschneiden sich mit verschiedenen Ergebnissen."
                yield self.cause(rules[second].spot, message, "ANY verlangt gleiche Ergebnisse.", "warning")

    def _gaps(self, grid: coverage.Grid) -> Iterator[Cause]:
        if self.table.policy == "COLLECT" or any(o.default is not None and o.default.text.strip() for o in self.table.outputs):
            return
        for text, is_open in coverage.gaps(grid):
            severity: Severity = "advice" if is_open else "warning"
            hint = "Bitte eine Regel oder ein Standardergebnis ergänzen."
            yield self.cause(self.table.spot, f"Keine Regel gibt es zum Beispiel für: {text}.", hint, severity)

    def _grid(self) -> coverage.Grid | None:
        """The cells as sets; None when a cell is no FEEL, which is reported already."""
        try:
            rows = [tuple(self._fixed(text) for text in rule.inputs) for rule in self.table.rules]
        except FeelSyntaxError:
            return None
        labels = [clause.label or " ".join(clause.expression.text.split())[:40] for clause in self.table.inputs]
        limits = [self._limit(clause, kind) for clause, kind in zip(self.table.inputs, self.kinds, strict=True)]
        return coverage.Grid(tuple(labels), tuple(rows), tuple(limits))

    def _fixed(self, text: model.Text) -> Fixed | None:
        if text.language:
            return None
        node = build(text.text, "unary", unusual(self.names), members=self.unit.members).node
        return fixed(node) if isinstance(node, tree.UnaryTests) else None

    def _limit(self, clause: model.InputClause, kind: Type | None) -> Fixed | None:
        """The values a column may have, where they are listed at the column or its type."""
        text = clause.values.text if clause.values is not None else ""
        if not text.strip() and isinstance(kind, Allowed):
            text = kind.tests.text
        try:
            node = build(text, "unary").node if text.strip() else None
        except FeelSyntaxError:
            return None
        found = fixed(node) if isinstance(node, tree.UnaryTests) else None
        return None if found is None or found.everything else found


def _results(rule: model.Rule) -> list[str]:
    return [" ".join(text.text.split()) for text in rule.outputs]
