"""What a FEEL text means, as a tree. Every node knows from where to where in the text it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression."""

    at: int
    end: int


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A value that stands in the text itself; `problem` says why it is null when it should not be."""

    value: Any
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Negation(Node):
    """-x"""

    operand: Node


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """a + b - c, or a * b / c, or a ** b: operators of one strength, from left to right."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """a and b and c, or a or b or c."""

    op: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """a < b"""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    """x between a and b"""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class UnaryTest(Node):
    """< x as a test of an unnamed value, or as a range."""

    op: str
    operand: Node


@dataclass(frozen=True, slots=True)
class In(Node):
    """x in (tests)"""

    value: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class UnaryTests(Node):
    """The unary tests of a cell: any of them, or none if negated; without tests everything passes."""

    tests: tuple[Node, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type by its name, with the types in its angle brackets."""

    name: str
    parts: tuple[TypeName, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    """x instance of type"""

    value: Node
    type: TypeName


@dataclass(frozen=True, slots=True)
class If(Node):
    """if a then b else if c then d else e"""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Iteration(Node):
    """x in list, or x in a..b"""

    name: str
    source: Node
    until: Node | None


@dataclass(frozen=True, slots=True)
class For(Node):
    """for x in list return body"""

    iterators: tuple[Iteration, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """some x in list satisfies body, or every …"""

    kind: str
    iterators: tuple[Iteration, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class FunctionDefinition(Node):
    """function(a, b: type) body"""

    parameters: tuple[str, ...]
    types: tuple[TypeName | None, ...]
    body: Node
    external: bool


@dataclass(frozen=True, slots=True)
class Call(Node):
    """f(a, b) or f(x: a, y: b); `labels` is empty for arguments by position."""

    function: Node
    arguments: tuple[Node, ...]
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Path(Node):
    """x.name"""

    base: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """x[predicate]"""

    base: Node
    predicate: Node


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """[a, b, c]"""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextOf(Node):
    """{a: 1, b: 2}"""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class RangeOf(Node):
    """[a..b], (a..b], [a..b)"""

    start: Node
    stop: Node
    start_included: bool
    end_included: bool


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below a node."""
    for field in fields(node)[2:]:
        yield from _nodes(getattr(node, field.name))


def _nodes(value: Any) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(children(node))
