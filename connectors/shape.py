"""What a connector is: a name, the settings it needs, and operations with a schema in, a schema out and a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema

from engine.base.ports import Answer, Call, Repeat

SchemaClass = type[Schema]


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing a connector can do, named in diagrams by `type`.

    `repeat` says what may follow an attempt whose outcome nobody knows; `ask` belongs to `Repeat.ASK` and to no other: it
    asks the other side whether the call of that key was done, and gives its answer or None. Both get the call with its
    config loaded and the inputs as loaded by the schema. `timeout_s` is the longest a call may take, whatever the config says.
    """

    type: str
    title: str
    inputs: SchemaClass
    outputs: SchemaClass
    run: Callable[[Call, dict[str, Any]], Answer]
    repeat: Repeat
    timeout_s: float = 30.0
    ask: Callable[[Call, dict[str, Any]], Answer | None] | None = None

    def __post_init__(self) -> None:
        if (self.repeat is Repeat.ASK) is not (self.ask is not None):
            raise ValueError(f"{self.type}: `ask` belongs to Repeat.ASK")


@dataclass(frozen=True, slots=True)
class Connector:
    """A door to one outside system. `check` looks at a config and says in sentences what is wrong; no sentence, no fault.

    `about` says in a sentence what it is for. The metadata of the fields of `config` say what they are called (`fields.named`).
    """

    name: str
    title: str
    config: SchemaClass
    check: Callable[[Mapping[str, Any]], list[str]]
    operations: tuple[Operation, ...]
    about: str = ""
