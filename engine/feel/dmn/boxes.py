"""Boxed expressions, read from XML into values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

from engine.base.errors import Cause, Invalid
from engine.feel.dmn import model

MAX_DEPTH = 60


def text_of(element: Any) -> str:
    """All text in an element."""
    return "".join(element.itertext()) if len(element) else element.text or ""


class Reader:
    """Reads elements of one namespace; elements of others are the editor's own and are passed over."""

    def __init__(self, namespace: str) -> None:
        self.prefix = f"{{{namespace}}}"
        self.depth = 0

    def children(self, element: Any, *names: str) -> Iterator[Any]:
        """The children of these names, or all of our namespace."""
        for child in element:
            tag = child.tag
            if isinstance(tag, str) and tag.startswith(self.prefix) and (not names or tag[len(self.prefix) :] in names):
                yield child

    def child(self, element: Any, name: str) -> Any:
        return next(self.children(element, name), None)

    def spot(self, element: Any) -> model.Spot:
        return model.Spot(element.get("id") or "", int(element.sourceline or 0))

    def item(self, element: Any) -> model.Item:
        return model.Item(" ".join((element.get("name") or "").split()), element.get("typeRef") or "")

    def hrefs(self, element: Any, name: str) -> Iterator[str]:
        for child in self.children(element, name):
            yield child.get("href") or ""

    def references(self, element: Any, outer: str, inner: str) -> Iterator[str]:
        for child in self.children(element, outer):
            yield from self.hrefs(child, inner)

    def deeper(self, element: Any) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _broken(element, f"Die Kästen sind tiefer als {MAX_DEPTH} Ebenen verschachtelt.", "Bitte aufteilen.")

    def tests_in(self, element: Any, name: str) -> model.Text | None:
        """The unary tests in a child of that name."""
        child = self.child(element, name)
        return None if child is None else self.text(child)

    def text(self, element: Any) -> model.Text:
        """A literal expression or unary tests."""
        inner = self.child(element, "text")
        language = element.get("expressionLanguage") or ""
        foreign = "" if not language or "feel" in language.lower() else language
        if inner is None and self.child(element, "importedValues") is not None:
            foreign = "importedValues"
        line = int((element if inner is None else inner).sourceline or 0)
        spot = model.Spot(element.get("id") or "", line)
        return model.Text(spot, element.get("typeRef") or "", "" if inner is None else text_of(inner), foreign)

    def expression_in(self, element: Any) -> model.Boxed | None:
        """The first boxed expression in an element."""
        for child in self.children(element):
            kind = child.tag[len(self.prefix) :]
            if kind in _READERS:
                return self.expression(child)
        return None

    def expression(self, element: Any) -> model.Boxed:
        """A boxed expression."""
        self.deeper(element)
        boxed = _READERS[element.tag[len(self.prefix) :]](self, element)
        self.depth -= 1
        return boxed

    def required(self, element: Any, name: str) -> model.Boxed:
        """The boxed expression in a child of that name."""
        child = self.child(element, name)
        found = None if child is None else self.expression_in(child)
        if found is None:
            raise _broken(element, f"Im Kasten fehlt der Teil „{name}“.", "Bitte im DMN-Editor ergänzen.")
        return found

    def function(self, element: Any) -> model.FunctionBox:
        parameters = tuple(self.item(child) for child in self.children(element, "formalParameter"))
        kind = element.get("kind") or "FEEL"
        return model.FunctionBox(
            self.spot(element), element.get("typeRef") or "", parameters, self.expression_in(element), kind
        )


def _broken(element: Any, message: str, hint: str) -> Invalid:
    spot = element.get("id") or None
    return Invalid(message, [Cause(message, hint, line=int(element.sourceline or 0), element=spot)])


def _context(reader: Reader, element: Any) -> model.Boxed:
    entries = []
    for entry in reader.children(element, "contextEntry"):
        variable, value = reader.child(entry, "variable"), reader.expression_in(entry)
        if value is None:
            value = model.Text(reader.spot(entry), "", "")
        entries.append((None if variable is None else reader.item(variable), value))
    return model.Context(reader.spot(element), element.get("typeRef") or "", tuple(entries))


def _invocation(reader: Reader, element: Any) -> model.Boxed:
    function = reader.expression_in(element)
    if function is None:
        raise _broken(element, "Dem Aufruf fehlt die Funktion.", "Bitte den Namen der Funktion eintragen.")
    bindings = []
    for binding in reader.children(element, "binding"):
        parameter = reader.child(binding, "parameter")
        if parameter is None:
            raise _broken(element, "Einer Bindung fehlt der Parameter.", "Bitte im DMN-Editor ergänzen.")
        bindings.append((reader.item(parameter).name, reader.expression_in(binding)))
    return model.Invocation(reader.spot(element), element.get("typeRef") or "", function, tuple(bindings))


def _all(reader: Reader, element: Any) -> tuple[model.Boxed, ...]:
    kinds = (child for child in reader.children(element) if child.tag[len(reader.prefix) :] in _READERS)
    return tuple(reader.expression(child) for child in kinds)


def _list(reader: Reader, element: Any) -> model.Boxed:
    return model.BoxedList(reader.spot(element), element.get("typeRef") or "", _all(reader, element))


def _relation(reader: Reader, element: Any) -> model.Boxed:
    columns = tuple(reader.item(child) for child in reader.children(element, "column"))
    rows = tuple(_all(reader, row) for row in reader.children(element, "row"))
    if any(len(row) != len(columns) for row in rows):
        raise _broken(element, "Eine Zeile der Relation hat andere Spalten als die Kopfzeile.", "Bitte angleichen.")
    return model.Relation(reader.spot(element), element.get("typeRef") or "", columns, rows)


def _conditional(reader: Reader, element: Any) -> model.Boxed:
    parts = [reader.required(element, name) for name in ("if", "then", "else")]
    return model.Conditional(reader.spot(element), element.get("typeRef") or "", *parts)


def _filter(reader: Reader, element: Any) -> model.Boxed:
    parts = [reader.required(element, name) for name in ("in", "match")]
    return model.FilterBox(reader.spot(element), element.get("typeRef") or "", *parts)


def _iterator(reader: Reader, element: Any) -> model.Boxed:
    kind = etree.QName(element).localname
    source = reader.required(element, "in")
    body = reader.required(element, "return" if kind == "for" else "satisfies")
    variable = " ".join((element.get("iteratorVariable") or "").split())
    return model.IteratorBox(reader.spot(element), element.get("typeRef") or "", kind, variable, source, body)


def _table(reader: Reader, element: Any) -> model.Boxed:
    inputs = tuple(_input_clause(reader, child) for child in reader.children(element, "input"))
    outputs = tuple(_output_clause(reader, child) for child in reader.children(element, "output"))
    rules = tuple(_rule(reader, child) for child in reader.children(element, "rule"))
    for rule in rules:
        if len(rule.inputs) != len(inputs) or len(rule.outputs) != len(outputs):
            message = "Eine Regel hat andere Spalten als der Kopf der Tabelle."
            raise Invalid(message, [Cause(message, "Bitte angleichen.", line=rule.spot.line, element=rule.spot.element)])
    if not outputs:
        raise _broken(element, "Die Entscheidungstabelle hat keine Ergebnisspalte.", "Bitte eine Ergebnisspalte anlegen.")
    policy, aggregation = element.get("hitPolicy") or "UNIQUE", element.get("aggregation") or ""
    if policy not in _POLICIES or aggregation not in _AGGREGATIONS:
        raise _broken(element, f"Die Trefferregel „{policy} {aggregation}“ gibt es nicht.", "Bitte im DMN-Editor wählen.")
    return model.Table(reader.spot(element), element.get("typeRef") or "", inputs, outputs, rules, policy, aggregation)


_POLICIES = ("UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER")
_AGGREGATIONS = ("", "SUM", "COUNT", "MIN", "MAX")


def _input_clause(reader: Reader, element: Any) -> model.InputClause:
    expression = reader.child(element, "inputExpression")
    text = reader.text(expression) if expression is not None else model.Text(reader.spot(element), "", "")
    return model.InputClause(reader.spot(element), element.get("label") or "", text, reader.tests_in(element, "inputValues"))


def _output_clause(reader: Reader, element: Any) -> model.OutputClause:
    return model.OutputClause(
        reader.spot(element),
        " ".join((element.get("name") or "").split()),
        element.get("label") or "",
        element.get("typeRef") or "",
        reader.tests_in(element, "outputValues"),
        reader.tests_in(element, "defaultOutputEntry"),
    )


def _rule(reader: Reader, element: Any) -> model.Rule:
    annotations = tuple(text_of(child).strip() for child in reader.children(element, "annotationEntry", "description"))
    return model.Rule(
        reader.spot(element),
        tuple(reader.text(child) for child in reader.children(element, "inputEntry")),
        tuple(reader.text(child) for child in reader.children(element, "outputEntry")),
        annotations,
    )


_READERS: dict[str, Callable[[Reader, Any], model.Boxed]] = {
    "literalExpression": Reader.text,
    "context": _context,
    "invocation": _invocation,
    "list": _list,
    "relation": _relation,
    "functionDefinition": Reader.function,
    "conditional": _conditional,
    "filter": _filter,
    "for": _iterator,
    "some": _iterator,
    "every": _iterator,
    "decisionTable": _table,
}
