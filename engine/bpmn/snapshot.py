"""An instance as bytes: tokens and variables, no diagram.

Layout: four bytes length of the head, the head as JSON, then the variables one after another. The head names the length of
each, so that a step decodes only the variables it looks at and writes back the others as they are.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import orjson

from engine.base.errors import Unavailable
from engine.bpmn.machine import ROOT, Machine, Token
from engine.bpmn.scopes import Scope

if TYPE_CHECKING:
    from engine.bpmn.spec import Spec

VERSION = 1


class Damaged(Unavailable):
    """The snapshot cannot be read: truncated, changed, or from a newer version. `reason` is for the log and `verify`."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            "Der Zustand dieses Vorgangs ist nicht lesbar. Der Betrieb muss ihn aus der Sicherung wiederherstellen."
        )
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


def dump(machine: Machine) -> bytes:
    """The instance as bytes."""
    tokens = [_entry(machine, token) for token in machine.tasks.values()]
    scopes: dict[str, dict[str, int]] = {}
    blobs: list[bytes] = []
    for id, scope in machine.scopes.items():
        encoded = scope.encoded()
        scopes[id] = {name: len(raw) for name, raw in encoded.items()}
        blobs.extend(encoded.values())
    extra = {name: list(ids) for name, ids in (("j", machine.joins), ("c", machine.conditions)) if ids}
    head = orjson.dumps({"v": VERSION, "p": machine.process_id, "n": machine.count, "t": tokens, "s": scopes, **extra})
    return b"".join((len(head).to_bytes(4, "big"), head, *blobs))


def _entry(machine: Machine, token: Token) -> list[Any]:
    """A token; the process is named where it is a called one."""
    node = token.task_spec
    entry = [token.id, node.name, token._state, token._parent, token.internal_data]
    return entry if node.process == machine.process_id else [*entry, node.process]


def _head(snapshot: bytes) -> tuple[dict[str, Any], int]:
    try:
        length = int.from_bytes(snapshot[:4], "big")
        head = orjson.loads(snapshot[4 : 4 + length])
    except orjson.JSONDecodeError as exc:
        raise Damaged("the head is not readable") from exc
    if not isinstance(head, dict) or head.get("v") != VERSION:
        raise Damaged("unknown version")
    return head, 4 + length


def load(spec: Spec, snapshot: bytes, now: dt.datetime) -> Machine:
    """The instance as it was when it was dumped.

    Raises:
        Damaged: if the bytes are not a snapshot of this spec.
    """
    head, at = _head(snapshot)
    try:
        machine = Machine(spec, head["p"], now)
        machine.count = head["n"]
        for id, name, state, parent, data, *process in head["t"]:
            node = spec.compiled[process[0] if process else head["p"]].node(name)
            token = Token(machine, node, machine.tasks[parent] if parent is not None else None, state, id)
            token.internal_data = data
        for id, names in head["s"].items():
            raw = {}
            for name, length in names.items():
                raw[name] = snapshot[at : at + length]
                at += length
            machine.scopes[id] = Scope(raw=raw)
        machine.task_tree = machine.tasks[ROOT]
        machine.joins, machine.conditions = dict.fromkeys(head.get("j", ())), dict.fromkeys(head.get("c", ()))
    except (KeyError, TypeError, ValueError) as exc:
        raise Damaged("tokens and diagram do not fit") from exc
    if at != len(snapshot):
        raise Damaged("the length is wrong")
    return machine
