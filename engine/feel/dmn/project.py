"""One or several models that refer to each other, compiled when first needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.base.errors import Invalid, Unknown
from engine.feel.builtins import registry
from engine.feel.dmn import model
from engine.feel.dmn.items import Types, member_names
from engine.feel.dmn.logic import Builder, Logic
from engine.feel.dmn.reading import read
from engine.feel.grammar.names import unusual
from engine.feel.values.types import Type

MAX_MODELS = 50


@dataclass(frozen=True, slots=True)
class Target:
    """An element another one requires: in which model, and under which name of an import."""

    unit: Unit
    element: model.Element
    alias: str = ""


class Unit:
    """A model with its types, its imports resolved."""

    def __init__(self, content: model.Model) -> None:
        self.model = content
        self.imports: dict[str, tuple[str, Unit]] = {}  # namespace → name, unit
        self.types = Types((), {})
        self.members: frozenset[str] = frozenset()  # names after a dot that must be known to be read
        self._logic: dict[str, Logic] = {}
        self._outer: dict[str, frozenset[str]] = {}

    def resolve(self, href: str) -> Target | None:
        """The element a reference means."""
        namespace, _, key = href.rpartition("#")
        if namespace in ("", self.model.namespace):
            element = self.model.elements.get(key) or self.model.elements.get(f"#{key}")
            return None if element is None else Target(self, element)
        alias, unit = self.imports.get(namespace, ("", None))
        if unit is None:
            return None
        found = unit.model.elements.get(key)
        return None if found is None else Target(unit, found, alias)

    def targets(self, hrefs: Sequence[str]) -> list[Target]:
        return [target for href in hrefs if (target := self.resolve(href)) is not None]

    def logic(self, element: model.Decision | model.Knowledge) -> Logic:
        """How a decision is made, or the function of a knowledge model."""
        key = element.id or f"#{element.name}"
        if key not in self._logic:
            builder = self.builder(element)
            logic = builder.logic(element.logic if isinstance(element, model.Decision) else element.function)
            self._outer[key] = frozenset(builder.outer)
            self._logic[key] = logic
        return self._logic[key]

    def outer(self, element: model.Decision) -> frozenset[str]:
        """The names a decision uses without requiring them."""
        self.logic(element)
        return self._outer[element.id or f"#{element.name}"]

    def builder(self, element: model.Decision | model.Knowledge) -> Builder:
        """What the boxes of an element know: types, and the names of what it requires."""
        names = set()
        needed = [*element.knows, *(element.requires if isinstance(element, model.Decision) else ())]
        for target in self.targets(needed):
            names.add(target.alias or target.element.variable.name)
        if isinstance(element, model.Knowledge):
            names.add(element.variable.name)
        kind = "Entscheidung" if isinstance(element, model.Decision) else "Wissensmodell"
        return Builder(self.types, self.members, f"{kind} „{element.name}“", element.name, frozenset(names))

    def type(self, item: model.Item) -> Type | None:
        return self.types.find(item.type)


def _names(content: model.Model) -> Iterator[str]:
    """Names that may follow a dot: components, entries, columns, results, and what imports give."""
    yield from member_names(content.items)
    for element in content.elements.values():
        yield element.variable.name
        if isinstance(element, model.Decision):
            yield from _box_names(element.logic)
        elif isinstance(element, model.Knowledge):
            yield from _box_names(element.function)


def _box_names(box: Any) -> Iterator[str]:
    stack: list[Any] = [box]
    while stack:
        current = stack.pop()
        if isinstance(current, model.Context):
            yield from (item.name for item, _ in current.entries if item is not None)
        elif isinstance(current, model.Relation):
            yield from (column.name for column in current.columns)
        elif isinstance(current, model.Table):
            yield from (output.name for output in current.outputs if output.name)
            continue
        stack.extend(inner_boxes(current))


def inner_boxes(box: model.Boxed | None) -> Iterator[model.Boxed]:
    """The boxes directly in a box, the cells of tables apart."""
    if isinstance(box, model.Context):
        yield from (value for _, value in box.entries)
    elif isinstance(box, model.Invocation):
        yield box.function
        yield from (value for _, value in box.bindings if value is not None)
    elif isinstance(box, model.BoxedList):
        yield from box.items
    elif isinstance(box, model.Relation):
        yield from (cell for row in box.rows for cell in row)
    elif isinstance(box, model.FunctionBox) and box.body is not None:
        yield box.body
    elif isinstance(box, model.Conditional):
        yield from (box.test, box.then, box.otherwise)
    elif isinstance(box, model.FilterBox):
        yield from (box.source, box.match)
    elif isinstance(box, model.IteratorBox):
        yield from (box.source, box.body)


class Project:
    """Models by their namespace; the first is the one asked, unless only another has the element."""

    def __init__(self, models: Sequence[model.Model]) -> None:
        self.units = [Unit(content) for content in models]
        spaces = {unit.model.namespace: unit for unit in reversed(self.units)}
        ready: set[int] = set()
        for unit in self.units:
            self._prepare(unit, spaces, ready, 0)

    def _prepare(self, unit: Unit, spaces: dict[str, Unit], ready: set[int], depth: int) -> None:
        """Resolve imports, the imported model's types first."""
        if id(unit) in ready:
            return
        ready.add(id(unit))
        imported: dict[str, Type] = {}
        members = set(_names(unit.model))
        for entry in unit.model.imports:
            other = spaces.get(entry.namespace)
            if other is None or other is unit:
                continue
            self._prepare(other, spaces, ready, depth + 1)
            unit.imports[entry.namespace] = (entry.name, other)
            prefix = f"{entry.name}." if entry.name else ""
            imported.update({prefix + name: kind for name, kind in other.types.known.items()})
            members |= other.members
        unit.types = Types(unit.model.items, imported)
        unit.members = unusual(members)

    def find(self, name: str, *kinds: type) -> Target:
        """The element of that name or id, in the first model that has it.

        Raises:
            Unknown: no model has it.
        """
        for unit in self.units:
            for kind in kinds:
                element = unit.model.named(name, kind)
                if element is not None:
                    return Target(unit, element)
        names = [e.name for unit in self.units for e in unit.model.elements.values() if isinstance(e, kinds)]
        raise Unknown(f"„{name[:80]}“ gibt es in diesem Modell nicht. Vorhanden: {', '.join(names[:20]) or 'nichts'}.")


@lru_cache(maxsize=32)
def _project(files: tuple[bytes, ...]) -> Project:
    return Project([read(content) for content in files])


registry.on_change(_project.cache_clear)


def project(dmn: bytes | Sequence[bytes]) -> Project:
    """The models in one or several files, read once."""
    files = (dmn,) if isinstance(dmn, bytes | bytearray | memoryview) else tuple(dmn)
    if not 0 < len(files) <= MAX_MODELS:
        raise Invalid(f"Es werden 1 bis {MAX_MODELS} DMN-Dateien gebraucht, es sind aber {len(files)}.")
    return _project(tuple(bytes(content) for content in files))
