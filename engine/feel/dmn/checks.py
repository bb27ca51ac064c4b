"""What can be said about decision models without running them: every finding with its file, line and element."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from engine.base.errors import Cause, Problem, Severity
from engine.feel.checking.expressions import check_expression, nearest, placed
from engine.feel.dmn import model
from engine.feel.dmn.project import Project, Unit, inner_boxes
from engine.feel.dmn.reading import read
from engine.feel.dmn.table_checks import check_table
from engine.feel.values import types
from engine.feel.values.types import ListOf, Type

Names = dict[str, Type | None]


def check_dmn(files: Mapping[str, bytes], known: frozenset[str] | None = None) -> list[Cause]:
    """All findings about these files.

    `known` are the names that the process gives to its decisions; None when nobody knows them all. Then a name that no
    requirement gives is advice, else an error.
    """
    models: dict[str, model.Model] = {}
    found: list[Cause] = []
    for name, content in files.items():
        try:
            models[name] = read(content)
        except Problem as problem:
            causes = problem.causes or (Cause(problem.sentence),)
            found += [replace(cause, file=name) for cause in causes]
    project = Project(list(models.values()))
    for name, unit in zip(models, project.units, strict=True):
        found += _Check(name, unit, known).run()
    return found


@dataclass
class _Check:
    """Goes through one model."""

    file: str
    unit: Unit
    known: frozenset[str] | None
    found: list[Cause] = field(default_factory=list)

    def run(self) -> list[Cause]:
        self._imports()
        for definition in self.unit.model.items:
            self._item(definition)
        for element in self.unit.model.elements.values():
            self._element(element)
        self._cycles()
        return self.found

    def add(self, spot: model.Spot, message: str, hint: str = "", severity: Severity = "error") -> None:
        line, element = spot.line or None, spot.element or None
        self.found.append(Cause(message, hint, file=self.file, line=line, element=element, severity=severity))

    # --- references ----------------------------------------------------------------------------------------------------

    def _imports(self) -> None:
        for entry in self.unit.model.imports:
            if entry.namespace not in self.unit.imports:
                hint = "Bitte die Datei mit diesem Namensraum dazulegen."
                self.add(entry.spot, f"Das Modell „{entry.name}“ ({entry.namespace}) fehlt.", hint)

    def _element(self, element: model.Element) -> None:
        for href in _references(element):
            if self.unit.resolve(href) is None:
                self.add(element.spot, f"„{element.name}“ verweist auf „{href}“, das es nicht gibt.", "Bitte neu verbinden.")
        self._type_name(element.spot, element.variable.type)
        if isinstance(element, model.InputData):
            self._input(element)
        elif isinstance(element, model.Decision):
            self._decision(element)
        elif isinstance(element, model.Knowledge):
            self._knowledge(element)
        elif isinstance(element, model.Service) and not element.outputs:
            self.add(
                element.spot, f"Der Entscheidungsdienst „{element.name}“ hat kein Ergebnis.", "Bitte verbinden.", "warning"
            )

    def _input(self, element: model.InputData) -> None:
        if self.known is None or {element.name, element.variable.name} & self.known:
            return
        message = f"Die Eingabe „{element.name}“ liefert der Prozess nicht."
        self.add(element.spot, message, nearest(element.name, self.known), "warning")

    def _cycles(self) -> None:
        """Decisions that require themselves, directly or by others."""
        decisions = [e for e in self.unit.model.elements.values() if isinstance(e, model.Decision)]
        needs = {d.id: [t.element.id for t in self.unit.targets(d.requires) if t.unit is self.unit] for d in decisions}
        for decision in decisions:
            seen: set[str] = set()
            stack = list(needs[decision.id])
            while stack:
                current = stack.pop()
                if current == decision.id:
                    self.add(decision.spot, f"Die Entscheidung „{decision.name}“ setzt sich selbst voraus.", "Bitte auflösen.")
                    break
                if current not in seen:
                    seen.add(current)
                    stack.extend(needs.get(current, ()))

    # --- types ---------------------------------------------------------------------------------------------------------

    def _type_name(self, spot: model.Spot, name: str) -> None:
        if name.strip() and self.unit.types.find(name) is None:
            self.add(spot, f"Den Typ „{name}“ gibt es nicht.", nearest(name, [*self.unit.types.known, *types.NAMED]))

    def _item(self, definition: model.ItemDefinition) -> None:
        self._type_name(definition.spot, definition.type)
        base = self.unit.types.find(definition.type)
        for tests, kind in ((definition.allowed, base), (definition.constraint, self.unit.types.find(definition.name))):
            if tests is not None and tests.text.strip():
                causes = check_expression(tests.text, {"?": kind}, kind="unary", types=self.unit.types.known)
                self.found += placed(causes, file=self.file, line=tests.spot.line, element=definition.spot.element)
        for part in definition.components:
            self._item(part)

    # --- boxes ---------------------------------------------------------------------------------------------------------

    def _decision(self, element: model.Decision) -> None:
        if element.logic is None:
            hint = "Bitte eine Tabelle oder einen Ausdruck anlegen."
            self.add(element.spot, f"Die Entscheidung „{element.name}“ hat keinen Inhalt.", hint, "warning")
            return
        names: Names = {}
        for target in self.unit.targets((*element.requires, *element.knows)):
            kind = (
                target.unit.type(target.element.variable)
                if isinstance(target.element, model.Decision | model.InputData)
                else None
            )
            names[target.alias or target.element.variable.name] = None if target.alias else kind
            if isinstance(target.element, model.Decision):
                names.update(_column_names(target.element))
        given = dict.fromkeys(self.known or ())
        severity: Severity = "advice" if self.known is None else "error"
        self._box(element.logic, {**given, **names}, element.spot.element, severity)

    def _knowledge(self, element: model.Knowledge) -> None:
        if element.function is None:
            self.add(element.spot, f"Das Wissensmodell „{element.name}“ hat keinen Inhalt.", "", "warning")
            return
        names: Names = {target.alias or target.element.variable.name: None for target in self.unit.targets(element.knows)}
        names[element.variable.name] = None
        self._box(element.function, names, element.spot.element, "error")

    def _box(self, box: model.Boxed, names: Names, owner: str, unknown: Severity) -> None:
        """A box and the boxes in it, each with the names it may use."""
        self._type_name(box.spot, box.type)
        if isinstance(box, model.Text):
            self._text(box, names, owner, unknown)
        elif isinstance(box, model.Table):
            self.found += check_table(box, names, self.unit, self.file, unknown)
        elif isinstance(box, model.Context):
            for item, value in box.entries:
                if item is not None and isinstance(value, model.FunctionBox):
                    names = {**names, item.name: None}
                self._box(value, names, owner, unknown)
                if item is not None:
                    names = {**names, item.name: self.unit.type(item)}
        else:
            for inner, more in _inner_names(box, self.unit):
                self._box(inner, {**names, **more}, owner, unknown)

    def _text(self, text: model.Text, names: Names, owner: str, unknown: Severity) -> None:
        spot = model.Spot(text.spot.element or owner, text.spot.line)
        if text.language:
            self.add(spot, f"Die Sprache „{text.language}“ wird nicht ausgeführt.", "Bitte in FEEL schreiben.")
            return
        if not text.text.strip():
            self.add(spot, "Der Ausdruck ist leer.", "Bitte ausfüllen; null steht für „kein Wert“.", "warning")
            return
        causes = check_expression(text.text, names, types=self.unit.types.known, members=self.unit.members, unknown=unknown)
        self.found += placed(causes, file=self.file, line=spot.line, element=spot.element)


def _references(element: model.Element) -> Iterator[str]:
    if isinstance(element, model.Decision):
        yield from (*element.requires, *element.knows)
    elif isinstance(element, model.Knowledge):
        yield from element.knows
    elif isinstance(element, model.Service):
        yield from (*element.outputs, *element.encapsulated, *element.input_decisions, *element.input_data)


def _column_names(decision: model.Decision) -> Names:
    """The other names that a required decision goes by: its id, and the columns of its table."""
    columns = [output.name for output in decision.logic.outputs] if isinstance(decision.logic, model.Table) else []
    return dict.fromkeys(name for name in (decision.id, *columns) if name)


def _inner_names(box: model.Boxed, unit: Unit) -> Iterator[tuple[model.Boxed, Names]]:
    """The boxes in a box, each with the names that the box adds."""
    if isinstance(box, model.FunctionBox):
        if box.body is not None and box.kind == "FEEL":
            yield box.body, {parameter.name: unit.type(parameter) for parameter in box.parameters}
    elif isinstance(box, model.FilterBox):
        yield box.source, {}
        yield box.match, {**dict.fromkeys(unit.members), "item": None}
    elif isinstance(box, model.IteratorBox):
        yield box.source, {}
        yield box.body, {box.variable: None, "partial": ListOf(types.ANY)}
    else:
        yield from ((inner, {}) for inner in inner_boxes(box))
