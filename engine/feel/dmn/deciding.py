"""Making a decision: first all it requires, each once, then itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.feel.dmn import model
from engine.feel.dmn.items import completed
from engine.feel.dmn.logic import fitted, result_type
from engine.feel.dmn.project import Target, Unit
from engine.feel.errors import NoValue
from engine.feel.run import Run
from engine.feel.values.coerce import clean
from engine.feel.values.functions import Function
from engine.feel.values.types import fit

Path = tuple[str, ...]  # the names of the imports on the way from the model that was asked
Key = tuple[Path, int, str]
MAX_IMPORT_DEPTH = 20


class Deciding:
    """One question to a project: the values found so far."""

    def __init__(self, context: Mapping[str, Any], run: Run) -> None:
        self.context, self.run = context, run
        self.values: dict[Key, Any] = {}

    def decide(self, target: Target, path: Path = ()) -> Any:
        """The value of a decision; what it requires comes first, without going deeper in Python."""
        stack: list[tuple[Target, Path]] = [(target, path)]
        open_: set[Key] = set()
        while stack:
            current, where = stack[-1]
            key = _key(current, where)
            if key in self.values:
                stack.pop()
                continue
            missing = [(t, p) for t, p in self._required(current, where) if _key(t, p) not in self.values]
            if missing and key not in open_:
                open_.add(key)
                stack.extend(missing)
                continue
            stack.pop()
            self.values[key] = None if missing else self._value(current, where)
            if missing:
                self.run.warn(f"Entscheidung „{current.element.name}“", "Die Entscheidung setzt sich selbst voraus.")
        return self.values[_key(target, path)]

    def _required(self, target: Target, path: Path) -> list[tuple[Target, Path]]:
        if not isinstance(target.element, model.Decision):
            return []
        return [(t, _further(path, t)) for t in target.unit.targets(target.element.requires)]

    def _value(self, target: Target, path: Path) -> Any:
        element, unit = target.element, target.unit
        self.run.charge(1)
        if isinstance(element, model.InputData):
            return self._input(unit, element, path)
        if not isinstance(element, model.Decision):
            return None
        scope = self.scope(unit, element, path)
        value = unit.logic(element)(scope, self.run)
        return fitted(value, unit.type(element.variable), self.run, f"Entscheidung „{element.name}“")

    def _input(self, unit: Unit, element: model.InputData, path: Path) -> Any:
        kind = unit.type(element.variable)
        value = completed(clean(self._given(element, path), self.run), kind, self.run)
        return fitted(value, kind, self.run, f"Eingabe „{element.name}“")

    def _given(self, element: model.InputData, path: Path) -> Any:
        """The value from outside: under the imports' names, else under its own."""
        place: Any = self.context
        for part in path:
            place = place.get(part) if isinstance(place, Mapping) else None
        for names in (place, self.context):
            for name in (element.variable.name, element.name, ".".join((*path, element.name))):
                if isinstance(names, Mapping) and names.get(name) is not None:
                    return names[name]
        return None

    def scope(self, unit: Unit, element: model.Decision | model.Knowledge, path: Path) -> dict[str, Any]:
        """The names an element's boxes may use: what it requires and the functions it knows."""
        scope: dict[str, Any] = {}
        if isinstance(element, model.Decision):
            required = [(t, self.values.get(_key(t, _further(path, t)))) for t in unit.targets(element.requires)]
            for target, value in required:
                _put(scope, target, value)
            for name in unit.outer(element) - scope.keys():
                self._put_undeclared(scope, name, required)
        for target in unit.targets(element.knows):
            _put(scope, target, self.function(target, _further(path, target)))
        return scope

    def _put_undeclared(self, scope: dict[str, Any], name: str, required: list[tuple[Target, Any]]) -> None:
        """A name that is used without being required: editors call a required decision by its id or by its table's
        column, and leave out inputs that the process gives."""
        for target, value in required:
            logic = target.element.logic if isinstance(target.element, model.Decision) else None
            columns = [output.name for output in logic.outputs] if isinstance(logic, model.Table) else []
            if target.element.id == name or columns == [name]:
                scope[name] = value
            elif name in columns and isinstance(value, dict):
                scope[name] = value.get(name)
            else:
                continue
            return
        if name in self.context:
            scope[name] = clean(self.context[name], self.run)

    def function(self, target: Target, path: Path) -> Function | None:
        """A knowledge model or decision service as a function."""
        element, unit = target.element, target.unit
        if isinstance(element, model.Service):
            return self._service_function(unit, element, path)
        if not isinstance(element, model.Knowledge) or element.function is None:
            return None
        names = [parameter.name for parameter in element.function.parameters]

        def body(run: Run, values: Sequence[Any]) -> Any:
            scope = self.scope(unit, element, path)
            scope.setdefault(element.variable.name, function)
            made = unit.logic(element)(scope, run)
            value = made.body(run, values) if isinstance(made, Function) else None
            kind = result_type(unit.type(element.variable))
            return fitted(value, kind, run, f"Wissensmodell „{element.name}“")

        kinds = [unit.type(parameter) for parameter in element.function.parameters]
        function = Function(names, body, name=element.name, types=kinds)
        return function

    # --- services ----------------------------------------------------------------------------------------------------

    def _service_function(self, unit: Unit, service: model.Service, path: Path) -> Function:
        inputs = unit.targets((*service.input_data, *service.input_decisions))
        names = [target.element.variable.name for target in inputs]

        def body(run: Run, values: Sequence[Any]) -> Any:
            return self.serve(unit, service, dict(zip(names, values, strict=True)), path, run)

        return Function(names, body, name=service.name, types=[target.unit.type(target.element.variable) for target in inputs])

    def serve(self, unit: Unit, service: model.Service, given: Mapping[str, Any], path: Path, run: Run) -> Any:
        """The results of a service's output decisions, its inputs given from outside."""
        inner = Deciding({}, run)
        for target in unit.targets((*service.input_data, *service.input_decisions)):
            element = target.element
            kind = target.unit.type(element.variable)
            value = given.get(element.variable.name)
            if kind is not None:
                value = fit(completed(value, kind, run), kind, run)
            inner.values[_key(target, _further(path, target))] = value
        outputs = unit.targets(service.outputs)
        made = {t.element.variable.name: inner.decide(t, _further(path, t)) for t in outputs}
        value = next(iter(made.values())) if len(outputs) == 1 else made
        return fitted(value, unit.type(service.variable), run, f"Entscheidungsdienst „{service.name}“")


def _key(target: Target, path: Path) -> Key:
    return path, id(target.unit), target.element.id or f"#{target.element.name}"


def _further(path: Path, target: Target) -> Path:
    if not target.alias:
        return path
    if len(path) >= MAX_IMPORT_DEPTH:
        raise NoValue("Die Modelle binden einander zu tief ein.")
    return (*path, target.alias)


def _put(scope: dict[str, Any], target: Target, value: Any) -> None:
    """Give a value its name in scope, one from another model under the name of the import."""
    if not target.alias:
        scope[target.element.variable.name] = value
        return
    space = scope.get(target.alias)
    scope[target.alias] = {**(space if isinstance(space, dict) else {}), target.element.variable.name: value}
