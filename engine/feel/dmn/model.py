"""A decision model as values: what stands in the file, nothing computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something stands: the id of its element and the line in the file."""

    element: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """A name with a type: a variable, parameter, column."""

    name: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Boxed:
    """An expression in a box of the diagram."""

    spot: Spot
    type: str


@dataclass(frozen=True, slots=True)
class Text(Boxed):
    """A FEEL text; `language` is set when it is another language, which is not run."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Context(Boxed):
    """Named entries one after the other; one without a name at the end is the result."""

    entries: tuple[tuple[Item | None, Boxed], ...]


@dataclass(frozen=True, slots=True)
class Invocation(Boxed):
    """A function called with named arguments."""

    function: Boxed
    bindings: tuple[tuple[str, Boxed | None], ...]


@dataclass(frozen=True, slots=True)
class BoxedList(Boxed):
    """A list, an item a box."""

    items: tuple[Boxed, ...]


@dataclass(frozen=True, slots=True)
class Relation(Boxed):
    """A list of contexts, a context a row."""

    columns: tuple[Item, ...]
    rows: tuple[tuple[Boxed, ...], ...]


@dataclass(frozen=True, slots=True)
class FunctionBox(Boxed):
    """A function with a box as its body; `kind` is FEEL, or Java and PMML, which are not run."""

    parameters: tuple[Item, ...]
    body: Boxed | None
    kind: str = "FEEL"


@dataclass(frozen=True, slots=True)
class Conditional(Boxed):
    """if, then, else, each a box."""

    test: Boxed
    then: Boxed
    otherwise: Boxed


@dataclass(frozen=True, slots=True)
class FilterBox(Boxed):
    """A list and what its items must fulfil."""

    source: Boxed
    match: Boxed


@dataclass(frozen=True, slots=True)
class IteratorBox(Boxed):
    """for, some or every."""

    kind: str
    variable: str
    source: Boxed
    body: Boxed


@dataclass(frozen=True, slots=True)
class InputClause:
    """A column of conditions."""

    spot: Spot
    label: str
    expression: Text
    values: Text | None


@dataclass(frozen=True, slots=True)
class OutputClause:
    """A column of results."""

    spot: Spot
    name: str
    label: str
    type: str
    values: Text | None
    default: Text | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: conditions, results and remarks."""

    spot: Spot
    inputs: tuple[Text, ...]
    outputs: tuple[Text, ...]
    annotations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table(Boxed):
    """A decision table."""

    inputs: tuple[InputClause, ...]
    outputs: tuple[OutputClause, ...]
    rules: tuple[Rule, ...]
    policy: str = "UNIQUE"
    aggregation: str = ""


@dataclass(frozen=True, slots=True)
class ItemDefinition:
    """A type of the designer."""

    spot: Spot
    name: str
    type: str
    collection: bool
    allowed: Text | None
    constraint: Text | None
    components: tuple[ItemDefinition, ...]
    function: tuple[tuple[Item, ...], str] | None


@dataclass(frozen=True, slots=True)
class Element:
    """Something with an id and a name that others require; `variable` is the name its value has for them."""

    spot: Spot
    name: str
    variable: Item

    @property
    def id(self) -> str:
        return self.spot.element


@dataclass(frozen=True, slots=True)
class InputData(Element):
    """A value from outside."""


@dataclass(frozen=True, slots=True)
class Decision(Element):
    """A decision: what it needs and how it is made."""

    requires: tuple[str, ...]
    knows: tuple[str, ...]
    logic: Boxed | None


@dataclass(frozen=True, slots=True)
class Knowledge(Element):
    """A business knowledge model: a function with a name."""

    knows: tuple[str, ...]
    function: FunctionBox | None


@dataclass(frozen=True, slots=True)
class Service(Element):
    """A decision service: decisions behind one door."""

    outputs: tuple[str, ...]
    encapsulated: tuple[str, ...]
    input_decisions: tuple[str, ...]
    input_data: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Import:
    """Another model under a name."""

    spot: Spot
    name: str
    namespace: str
    kind: str


@dataclass(frozen=True)
class Model:
    """A file of DMN. Elements are found by their id."""

    name: str
    namespace: str
    version: str
    imports: tuple[Import, ...] = ()
    items: tuple[ItemDefinition, ...] = ()
    elements: Mapping[str, Element] = field(default_factory=dict)

    def named(self, name: str, kind: type) -> Element | None:
        """The element of that kind with that name or id."""
        for element in self.elements.values():
            if isinstance(element, kind) and element.name == name:
                return element
        found = self.elements.get(name)
        return found if isinstance(found, kind) else None
