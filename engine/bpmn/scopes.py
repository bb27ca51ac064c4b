"""Variables live in scopes, not in tasks: one scope per token that has variables of its own.

The chain of scopes is the chain of containing tokens: process → sub-process → multi-instance item → element. Values are
never changed in place, only replaced; what was not touched in a step keeps the bytes it was read from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from engine.bpmn.codec import decode, encode

if TYPE_CHECKING:
    from engine.bpmn.machine import Token


ITEMS = "\0items"
"""Where a multi-instance that goes one by one keeps its list; no expression can name it."""


ITEM = b",\r"


class Scope(Mapping[str, Any]):
    """The variables of one token, decoded when first looked at."""

    __slots__ = ("_values", "raw")

    def __init__(self, values: Mapping[str, Any] | None = None, raw: dict[str, bytes] | None = None) -> None:
        self._values: dict[str, Any] = dict(values or {})
        self.raw: dict[str, bytes] = raw or {}

    def __contains__(self, name: object) -> bool:
        return name in self._values or name in self.raw

    def __getitem__(self, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        value = self._values[name] = decode(self.raw[name])
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        self._values[name] = value
        self.raw.pop(name, None)

    def put(self, name: str, value: Any, raw: bytes) -> None:
        """Give a variable a value together with its bytes."""
        self._values[name] = value
        self.raw[name] = raw

    def put_item(self, name: str, index: int, of: int, raw: bytes) -> None:
        """Replace one of so many items of a list by these bytes.

        The list is kept with a carriage return after each item, a blank to JSON that no value contains: so it is taken apart
        without being read, and collecting a thousand results does not read a thousand results a thousand times.
        """
        if name in self._values and name not in self.raw:
            self.raw[name] = encode(self._values[name])
        items = self.raw[name][1:-1].split(ITEM)
        if len(items) != of:
            items = [encode(item) for item in self[name]]
        items[index] = raw
        self._values.pop(name, None)
        self.raw[name] = b"[" + ITEM.join(items) + b"]"

    def __iter__(self) -> Iterator[str]:
        return iter([*self.raw, *(name for name in self._values if name not in self.raw)])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def encoded(self) -> dict[str, bytes]:
        """Every variable as bytes; untouched ones as they were read."""
        for name, value in self._values.items():
            if name not in self.raw:
                self.raw[name] = encode(value)
        return self.raw


class View(Mapping[str, Any]):
    """What an expression at a token sees: its own variables, then those of all that contain it."""

    __slots__ = ("extra", "token")

    def __init__(self, token: Token, extra: Mapping[str, Any] | None = None) -> None:
        self.token = token
        self.extra = extra or {}

    def _scopes(self) -> Iterator[Scope]:
        token: Token | None = self.token
        while token is not None:
            scope = token.workflow.scopes.get(token.id)
            if scope is not None:
                yield scope
            token = None if token.internal_data.get("alone") else token.parent

    def __getitem__(self, name: str) -> Any:
        if name in self.extra:
            return self.extra[name]
        for scope in self._scopes():
            if name in scope:
                return scope[name]
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return name in self.extra or any(name in scope for scope in self._scopes())

    def __iter__(self) -> Iterator[str]:
        seen = dict.fromkeys(self.extra)
        for scope in self._scopes():
            seen.update(dict.fromkeys(scope))
        seen.pop(ITEMS, None)
        return iter(seen)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def propagate(token: Token | None, name: str, value: Any, raw: bytes) -> None:
    """Give a variable a value where it is known, looking outwards from a token; else in the scope of its process."""
    while token is not None:
        scopes = token.workflow.scopes
        scope = scopes.get(token.id)
        if token.parent is None or "call" in token.internal_data:
            scopes.setdefault(token.id, Scope()).put(name, value, raw)
            return
        if scope is not None and name in scope:
            scope.put(name, value, raw)
            return
        token = token.parent


def assign_path(target: str, value: Any, existing: Any) -> Any:
    """A value put at a dotted path inside an existing context; without dots the value itself."""
    _, _, rest = target.partition(".")
    if not rest:
        return value
    made = dict(existing) if isinstance(existing, dict) else {}
    head = rest.partition(".")[0]
    made[head] = assign_path(rest, value, made.get(head))
    return made
