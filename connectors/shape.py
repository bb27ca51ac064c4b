"""What a connector is: a name, the settings it needs, and operations with a schema in, a schema out and a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from marshmallow import Schema

from engine.base.ports import Answer, Call

SchemaClass = type[Schema]
Repeat = Literal["key", "ask", "once"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing a connector can do, named in diagrams by `type`.

    `repeat` says what may follow an attempt whose outcome nobody knows: "key": repeat it, the key makes that harmless;
    "ask": ask the other side first; "once": never repeat, a person decides. `run` gets the call with its config loaded
    and the inputs as loaded by the schema. `timeout_s` is the longest a call may take, whatever the config says.
    """

    type: str
    title: str
    inputs: SchemaClass
    outputs: SchemaClass
    run: Callable[[Call, dict[str, Any]], Answer]
    repeat: Repeat = "key"
    timeout_s: float = 30.0


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
