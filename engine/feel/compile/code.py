"""The state of one compilation: where each variable lives, and which function compiles which kind of node.

An expression runs on a list, its environment: at 0 the `Run`, from 1 on the names it takes from outside, at -1, -2, …
the names it makes itself (loop variables, parameters, context entries). A compiled node is a function of that list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.feel.grammar import tree
from engine.feel.run import Place
from engine.feel.values.types import NAMED, ContextOf, FunctionOf, ListOf, RangeOf, Type

Compiled = Callable[[list[Any]], Any]
Handler = Callable[[Any, "Code"], Compiled]


class Missing:
    """Stands for a name that is not there."""

    __slots__ = ()


MISSING = Missing()
_WITH_PARTS = frozenset({"list", "range", "context", "function"})
HANDLERS: dict[type, Handler] = {}


def handles(kind: type) -> Callable[[Handler], Handler]:
    """Say that a function compiles this kind of node."""

    def register(handler: Handler) -> Handler:
        HANDLERS[kind] = handler
        return handler

    return register


class Frame:
    """Names made by a part of an expression, or the unnamed item of a filter, whose entries are names too."""

    __slots__ = ("item", "names")

    def __init__(self, names: dict[str, int] | None = None, item: int = 0) -> None:
        self.names, self.item = names or {}, item


class Code:
    """One expression being compiled."""

    def __init__(self, text: str, types: Mapping[str, Type], source: str = "", shadows: frozenset[str] = frozenset()) -> None:
        self.text, self.types, self.source = text, types, source
        self.shadows = shadows  # names that mean something else here than the built-in function
        self.free: dict[str, int] = {}
        self.whole: set[int] = set()  # outside names whose value is used as a whole, not only by its entries
        self.locals = 0
        self.frames: list[Frame] = []

    def compile(self, node: tree.Node) -> Compiled:
        return HANDLERS[type(node)](node, self)

    def place(self, node: tree.Node) -> Place:
        return Place(self.text, node.at, node.end, self.source)

    def new_local(self) -> int:
        self.locals += 1
        return -self.locals

    def outside(self, name: str, whole: bool = True) -> int:
        """The slot of a name from outside."""
        slot = self.free.setdefault(name, len(self.free) + 1)
        if whole:
            self.whole.add(slot)
        return slot

    def find(self, name: str) -> tuple[list[int], int | None]:
        """The items of filters around whose entries may be meant, innermost first, and the slot if the name is our own."""
        items: list[int] = []
        for frame in reversed(self.frames):
            if frame.item:
                items.append(frame.item)  # an entry comes first, even one that is called "item"
            if name in frame.names:
                return items, frame.names[name]
        return items, None

    def type(self, name: tree.TypeName | None) -> Type | None:
        """The type of that name; None when nobody knows it."""
        if name is None:
            return None
        parts = [self.type(part) for part in name.parts]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        if name.name == "list" and known:
            return ListOf(known[0])
        if name.name == "range" and known:
            return RangeOf(known[0])
        if name.name == "context" and known:
            return ContextOf(dict(zip(name.labels, known, strict=True)))
        if name.name == "function" and known:
            return FunctionOf(tuple(known[:-1]), known[-1])
        if name.name in _WITH_PARTS:
            return None  # a list, range, context or function says of what
        return self.types.get(name.name) or NAMED.get(name.name)
