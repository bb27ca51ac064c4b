"""An instance as bytes: tokens and variables, no diagram.

Layout: four bytes CRC-32 of all that follows, four bytes length of the head, the head as JSON, the variables of the process and
those kept for later one after the other, then a line for each token but the process's own, with its variables
(`engine.bpmn.shelf`). The head names the length of each variable; a step decodes only those it looks at and writes back the
others as they are. Of many tokens it looks at few, and writes back the lines of the others as they are too; the head counts
what they wait for, so that nobody must look at all.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from engine.bpmn.machine import ROOT, Machine, Token
from engine.bpmn.scopes import Scope
from engine.bpmn.shelf import LINE, TAB, Contained, Damaged, Shelf, Shelved

if TYPE_CHECKING:
    from engine.bpmn.spec import Spec

__all__ = ["Damaged", "dump", "load"]

VERSION = 2
FEW_BYTES = 1500
"""So many bytes of lines are made into tokens at once: a shelf would cost more than it saves."""


def dump(machine: Machine, waiting: Mapping[str, int]) -> bytes:
    """The instance as bytes; `waiting` is what its tokens wait for."""
    tokens, scopes, shelf = machine.made_tokens, machine.made_scopes, machine.shelf
    line = partial(_line, machine, tokens, scopes)
    if shelf is None:
        lines = [line(id) for id in tokens if id != ROOT]
    else:
        lines = [*shelf.put_back(line), *(line(id) for id in tokens if id != ROOT and id not in shelf.taken)]
    kept: dict[str, dict[str, int]] = {}
    blobs: list[bytes] = []
    for id in (ROOT, *(id for id in scopes if not id.isdecimal())):
        encoded = scopes[id].encoded()
        kept[id] = {name: len(raw) for name, raw in encoded.items()}
        blobs.extend(encoded.values())
    lists = (("j", machine.joins), ("c", machine.conditions), ("q", machine.ready))
    extra = {name: list(ids) for name, ids in lists if ids}
    head = {
        "v": VERSION, "p": machine.process_id, "n": machine.count, "r": _entry(machine, tokens[ROOT]), "s": kept,
        "w": waiting, "l": sum(map(len, lines)), "a": machine.living, **extra,
    }  # fmt: skip
    written = orjson.dumps(head)
    body = b"".join((len(written).to_bytes(4, "big"), written, *blobs, *lines))
    return zlib.crc32(body).to_bytes(4, "big") + body


def _line(machine: Machine, tokens: dict[str, Token], scopes: dict[str, Scope], id: str) -> bytes:
    """A token and its variables; nothing for one that is gone."""
    token, scope = tokens.get(id), scopes.get(id)
    if token is None:
        return b""
    if scope is None:
        return b"%b\t%b\n" % (id.encode(), orjson.dumps(_entry(machine, token)))
    parts = [id.encode(), orjson.dumps(_entry(machine, token))]
    encoded = scope.encoded()
    for name, raw in encoded.items():
        parts += orjson.dumps(name), raw
    if not encoded:
        parts.append(b"")  # it has a scope with nothing in it
    return TAB.join(parts) + LINE


def _entry(machine: Machine, token: Token) -> list[Any]:
    """A token; how many it contains if any, and the process where it is a called one."""
    node, inside = token.task_spec, len(token._children)
    entry = [node.name, token._state, token._parent, token.internal_data]
    if node.process != machine.process_id:
        return [*entry, inside, node.process]
    return [*entry, inside] if inside else entry


def load(spec: Spec, snapshot: bytes, now: dt.datetime) -> Machine:
    """The instance as it was when it was dumped.

    Raises:
        Damaged: if the bytes are not a snapshot of this spec; for tokens that are looked at later, then.
    """
    head, at = _head(snapshot)
    try:
        machine = Machine(spec, head["p"], now)
        machine.count = head["n"]
        for id, names in head["s"].items():
            raw = {}
            for name, length in names.items():
                raw[name] = snapshot[at : at + length]
                at += length
            machine.scopes[id] = Scope(raw=raw)
        machine.task_tree = _token(machine, ROOT, head["r"])
        machine.joins, machine.conditions = dict.fromkeys(head.get("j", ())), dict.fromkeys(head.get("c", ()))
        machine.ready.extend(head.get("q", ()))  # left when there were too many tokens
        machine.living, machine.size = head["a"], len(snapshot)
        if at + head["l"] != len(snapshot):
            raise Damaged("the length is wrong")
        if head["l"] > FEW_BYTES:
            _shelve(machine, Shelf(snapshot, at, machine.count), head["w"])
        else:
            for line in snapshot[at:].split(LINE)[:-1]:
                _restore(machine, line)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as exc:
        raise Damaged("tokens and diagram do not fit") from exc
    return machine


def _head(snapshot: bytes) -> tuple[dict[str, Any], int]:
    if int.from_bytes(snapshot[:4], "big") != zlib.crc32(memoryview(snapshot)[4:]):
        raise Damaged("the checksum is wrong")
    try:
        length = int.from_bytes(snapshot[4:8], "big")
        head = orjson.loads(snapshot[8 : 8 + length])
    except orjson.JSONDecodeError as exc:
        raise Damaged("the head is not readable") from exc
    if not isinstance(head, dict) or head.get("v") != VERSION:
        raise Damaged("unknown version")
    return head, 8 + length


def _shelve(machine: Machine, shelf: Shelf, waiting: dict[str, int]) -> None:
    """Let the machine find what is on the shelf, as if it were there."""

    def fetch(id: str) -> None:
        line = shelf.take(id)
        if line is not None:
            restore(line)

    all_there = False

    def fetch_all() -> None:
        nonlocal all_there
        if all_there:
            return
        for line in shelf.take_all():
            restore(line)
        # In the order in which they came to be, also if each has been taken out by itself before.
        tokens = sorted(machine.made_tokens.items(), key=lambda item: int(item[0]))
        machine.tasks.clear()
        machine.tasks.update(tokens)
        all_there = True

    def restore(line: bytes) -> None:
        try:
            token = _restore(machine, line)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as exc:
            raise Damaged("tokens and diagram do not fit") from exc
        if "wait" in token.internal_data:
            machine.resting[token.internal_data["wait"]] -= 1

    machine.shelf = shelf
    machine.resting = waiting
    machine.tasks = Shelved(machine.tasks, fetch, fetch_all)
    machine.scopes = Shelved(machine.scopes, fetch, fetch_all)


def _restore(machine: Machine, line: bytes) -> Token:
    """Make a token and its scope of a line."""
    id, written, *variables = line.split(TAB)
    token = _token(machine, id.decode(), orjson.loads(written))
    if variables:
        named = zip(variables[::2], variables[1::2], strict=False)  # a lone empty one stands for none
        machine.scopes[token.id] = Scope(raw={orjson.loads(name): raw for name, raw in named})
    return token


def _token(machine: Machine, id: str, entry: list[Any]) -> Token:
    name, state, parent, data, *more = entry
    node = machine.bundle.compiled[more[1] if len(more) > 1 else machine.process_id].node(name)
    token = Token(machine, node, parent, state, id)
    token.internal_data = data
    if more and more[0]:
        token._children = Contained(machine, id, more[0])
    return token
