"""What a FEEL text means, as a tree. Every node knows from where to where in the text it stands.

Nodes are plain classes that nobody changes: as frozen dataclasses they would take a quarter of the time to import FEEL.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple


class Node:
    """A part of an expression: where it starts and ends, and its own parts by name, in their order."""

    __match_args__: tuple[str, ...] = ()
    __slots__ = ("at", "end")

    def __init__(self, at: int, end: int, *parts: Any) -> None:
        self.at, self.end = at, end
        for name, part in zip(self.__match_args__, parts, strict=True):
            setattr(self, name, part)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self.__match_args__)})"


class Literal(Node):
    """A value that stands in the text itself; `problem` says why it is null when it should not be."""

    __match_args__ = ("value", "problem")
    __slots__ = __match_args__
    value: Any
    problem: str


class Name(Node):
    """A variable."""

    __match_args__ = ("name",)
    __slots__ = __match_args__
    name: str


class Negation(Node):
    """-x"""

    __match_args__ = ("operand",)
    __slots__ = __match_args__
    operand: Node


class Chain(Node):
    """a + b - c, or a * b / c, or a ** b: operators of one strength, from left to right."""

    __match_args__ = ("first", "rest")
    __slots__ = __match_args__
    first: Node
    rest: tuple[tuple[str, Node], ...]


class Logic(Node):
    """a and b and c, or a or b or c."""

    __match_args__ = ("op", "parts")
    __slots__ = __match_args__
    op: str
    parts: tuple[Node, ...]


class Comparison(Node):
    """a < b"""

    __match_args__ = ("op", "left", "right")
    __slots__ = __match_args__
    op: str
    left: Node
    right: Node


class Between(Node):
    """x between a and b"""

    __match_args__ = ("value", "low", "high")
    __slots__ = __match_args__
    value: Node
    low: Node
    high: Node


class UnaryTest(Node):
    """< x as a test of an unnamed value, or as a range."""

    __match_args__ = ("op", "operand")
    __slots__ = __match_args__
    op: str
    operand: Node


class In(Node):
    """x in (tests)"""

    __match_args__ = ("value", "tests")
    __slots__ = __match_args__
    value: Node
    tests: tuple[Node, ...]


class UnaryTests(Node):
    """The unary tests of a cell: any of them, or none if negated; without tests everything passes."""

    __match_args__ = ("tests", "negated")
    __slots__ = __match_args__
    tests: tuple[Node, ...]
    negated: bool


class TypeName(NamedTuple):
    """A type by its name, with the types in its angle brackets."""

    name: str
    parts: tuple[TypeName, ...] = ()
    labels: tuple[str, ...] = ()


class InstanceOf(Node):
    """x instance of type"""

    __match_args__ = ("value", "type")
    __slots__ = __match_args__
    value: Node
    type: TypeName


class If(Node):
    """if a then b else if c then d else e"""

    __match_args__ = ("branches", "otherwise")
    __slots__ = __match_args__
    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node


class Iteration(Node):
    """x in list, or x in a..b"""

    __match_args__ = ("name", "source", "until")
    __slots__ = __match_args__
    name: str
    source: Node
    until: Node | None


class For(Node):
    """for x in list return body"""

    __match_args__ = ("iterators", "body")
    __slots__ = __match_args__
    iterators: tuple[Iteration, ...]
    body: Node


class Quantified(Node):
    """some x in list satisfies body, or every …"""

    __match_args__ = ("kind", "iterators", "body")
    __slots__ = __match_args__
    kind: str
    iterators: tuple[Iteration, ...]
    body: Node


class FunctionDefinition(Node):
    """function(a, b: type) body"""

    __match_args__ = ("parameters", "types", "body", "external")
    __slots__ = __match_args__
    parameters: tuple[str, ...]
    types: tuple[TypeName | None, ...]
    body: Node
    external: bool


class Call(Node):
    """f(a, b) or f(x: a, y: b); `labels` is empty for arguments by position."""

    __match_args__ = ("function", "arguments", "labels")
    __slots__ = __match_args__
    function: Node
    arguments: tuple[Node, ...]
    labels: tuple[str, ...]


class Path(Node):
    """x.name"""

    __match_args__ = ("base", "name")
    __slots__ = __match_args__
    base: Node
    name: str


class Filter(Node):
    """x[predicate]"""

    __match_args__ = ("base", "predicate")
    __slots__ = __match_args__
    base: Node
    predicate: Node


class ListOf(Node):
    """[a, b, c]"""

    __match_args__ = ("items",)
    __slots__ = __match_args__
    items: tuple[Node, ...]


class ContextOf(Node):
    """{a: 1, b: 2}"""

    __match_args__ = ("entries",)
    __slots__ = __match_args__
    entries: tuple[tuple[str, Node], ...]


class RangeOf(Node):
    """[a..b], (a..b], [a..b)"""

    __match_args__ = ("start", "stop", "start_included", "end_included")
    __slots__ = __match_args__
    start: Node
    stop: Node
    start_included: bool
    end_included: bool


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below a node."""
    for name in node.__match_args__:
        yield from _nodes(getattr(node, name))


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
