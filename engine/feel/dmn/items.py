"""Types of the designer: item definitions with components, collections and allowed values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.feel.dmn import model
from engine.feel.errors import FeelSyntaxError, NoValue
from engine.feel.expression import Expression, build
from engine.feel.run import Run
from engine.feel.values import types
from engine.feel.values.temporal import parse_date_time, parse_literal
from engine.feel.values.types import NAMED, Type

# What older versions of the standard and editors call the standard's types.
_ALIASES: dict[str, Type] = {
    "integer": types.NUMBER, "long": types.NUMBER, "double": types.NUMBER, "int": types.NUMBER, "float": types.NUMBER,
    "dateTime": types.DATE_TIME, "dayTimeDuration": types.DAYS_TIME, "yearMonthDuration": types.YEARS_MONTHS,
    "days and time duration": types.DAYS_TIME, "any": types.ANY, "<undefined>": types.ANY,
}  # fmt: skip


class Allowed(Type):
    """A type whose values must also pass unary tests."""

    def __init__(self, base: Type, tests: Expression, name: str) -> None:
        self.base, self.tests, self.name = base, tests, name

    def holds(self, value: Any, run: Run) -> bool:
        return self.base.holds(value, run) and self.tests.run({"?": value}, run) is True

    def item(self) -> Type | None:
        return self.base.item()

    def __str__(self) -> str:
        return f"{self.name} ({' '.join(self.tests.text.split())})"


class Reference(Type):
    """A type that may mention itself: looked up when it is asked."""

    def __init__(self, name: str, known: Mapping[str, Type]) -> None:
        self.name, self.known = name, known

    def holds(self, value: Any, run: Run) -> bool:
        run.charge(1)
        return self.known[self.name].holds(value, run)

    def item(self) -> Type | None:
        return self.known[self.name].item()

    def __str__(self) -> str:
        return self.name


class Types:
    """All types a model knows: the standard's, its own, and those of its imports as `name.type`."""

    def __init__(self, definitions: Iterable[model.ItemDefinition], imported: Mapping[str, Type]) -> None:
        self.known: dict[str, Type] = dict(imported)
        self._open: set[str] = set()
        self._definitions = {definition.name: definition for definition in definitions}
        for name in self._definitions:
            self._define(name)

    def _define(self, name: str) -> Type:
        if name in self.known:
            return self.known[name]
        if name in self._open:
            return Reference(name, self.known)
        self._open.add(name)
        self.known[name] = self._type(self._definitions[name])
        return self.known[name]

    def find(self, name: str) -> Type | None:
        """The type of that name; None when there is none, or none is given."""
        name = " ".join(name.split())
        if not name:
            return None
        if name in self.known:
            return self.known[name]
        if name in self._definitions:
            return self._define(name)
        short = name.rpartition(":")[2]
        if short in self._definitions:
            return self._define(short)
        return self.known.get(short) or NAMED.get(short) or _ALIASES.get(short)

    def _type(self, definition: model.ItemDefinition) -> Type:
        kind = self._base(definition)
        kind = _restricted(kind, definition.allowed, definition.name)
        if definition.collection:
            kind = types.ListOf(kind)
        return _restricted(kind, definition.constraint, definition.name)

    def _base(self, definition: model.ItemDefinition) -> Type:
        if definition.components:
            return types.ContextOf({part.name: self._type(part) for part in definition.components})
        if definition.function is not None:
            parameters, result = definition.function
            own = tuple(self.find(parameter.type) or types.ANY for parameter in parameters)
            return types.FunctionOf(own, self.find(result) or types.ANY)
        return self.find(definition.type) or types.ANY


def _restricted(kind: Type, tests: model.Text | None, name: str) -> Type:
    if tests is None or not tests.text.strip() or tests.language:
        return kind
    try:
        return Allowed(kind, build(tests.text, "unary"), name)
    except FeelSyntaxError:
        return kind  # reported by the check; a broken restriction restricts nothing


def member_names(definitions: Iterable[model.ItemDefinition]) -> Iterator[str]:
    """The names of all components, which a path may name."""
    for definition in definitions:
        yield definition.name
        yield from member_names(definition.components)


_FROM_TEXT = (types.DATE, types.TIME, types.DATE_TIME, types.DAYS_TIME, types.YEARS_MONTHS)


def _from_text(text: str, kind: Type, run: Run) -> Any:
    """JSON has no dates and durations: their ISO text stands for them."""
    try:
        value = parse_date_time(text) if kind == types.DATE_TIME else parse_literal(text)
    except NoValue:
        return text
    return value if kind.holds(value, run) else text


def completed(value: Any, kind: Type | None, run: Run) -> Any:
    """A value from outside as its type has it: entries that a form left out are null, ISO texts become dates and durations."""
    while isinstance(kind, Allowed | Reference):
        kind = kind.base if isinstance(kind, Allowed) else kind.known[kind.name]
    if type(value) is str and kind in _FROM_TEXT:
        return _from_text(value, kind, run)
    inner = kind.item() if kind is not None else None
    if inner is not None and type(value) is list:
        run.charge(len(value) // 4 + 1)
        return [completed(item, inner, run) for item in value]
    if isinstance(kind, types.ContextOf) and type(value) is dict:
        run.charge(1)
        filled = dict(value)
        for name, part in kind.fields.items():
            filled[name] = completed(value.get(name), part, run)
        return filled
    return value
