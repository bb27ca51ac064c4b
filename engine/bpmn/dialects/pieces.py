"""Pieces of FEEL made from JUEL: what was written, how tightly it binds, and of which kind its value is known to be."""

from __future__ import annotations

import json
from typing import NamedTuple

from engine.feel.grammar.names import is_plain

# How tightly FEEL binds what was written, loosest first; a looser operand stands in parentheses.
IF, OR, AND, COMPARE, ADD, MULTIPLY, SIGN, WHOLE = range(8)

EXECUTION, SPIN, TIME = "execution", "spin", "time"
"""Kinds that are Java objects first: `execution`, which is no value; a part of a JSON text; what `dateTime()` gives."""


class Piece(NamedTuple):
    feel: str
    level: int
    kind: str
    """number | text | boolean | null | unknown, or one of the three above"""
    column: int


class Untranslatable(Exception):
    """What is written cannot be said in FEEL for sure; the German sentence goes on with „…: “."""

    def __init__(self, sentence: str, column: int, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence, self.column, self.hint = sentence, column, hint


def bound(piece: Piece, level: int) -> str:
    """An operand, in parentheses where it binds less tightly than needed."""
    return piece.feel if piece.level >= level else f"({piece.feel})"


def quoted(text: str) -> str:
    """A text as a literal of FEEL."""
    return json.dumps(text, ensure_ascii=False)


def call(function: str, *arguments: Piece, kind: str = "unknown") -> Piece:
    """A function of FEEL applied to pieces."""
    inside = ", ".join(argument.feel for argument in arguments)
    return Piece(f"{function}({inside})", WHOLE, kind, arguments[0].column)


def member(piece: Piece, name: str) -> Piece:
    """`a.b`"""
    if is_plain(name):
        return Piece(f"{bound(piece, WHOLE)}.{name}", WHOLE, "unknown", piece.column)
    return Piece(f"get value({piece.feel}, {quoted(name)})", WHOLE, "unknown", piece.column)


def entry(piece: Piece, key: Piece) -> Piece:
    """`a[0]`, `a['b']`; an index counts from 1 in FEEL, and from the end where it is negative."""
    if key.kind == "text":
        return call("get value", piece, key)
    if key.kind != "number":
        raise Untranslatable(
            "ob in der Klammer eine Stelle oder ein Name steht, ist nicht zu sehen", key.column, "Zahl oder Text einsetzen"
        )
    if key.feel.isdigit():
        return Piece(f"{bound(piece, WHOLE)}[{int(key.feel) + 1}]", WHOLE, "unknown", piece.column)
    if key.level == SIGN:
        raise Untranslatable("Stellen sind nicht negativ", key.column)
    return Piece(f"sublist({piece.feel}, {bound(key, ADD)} + 1, 1)[1]", WHOLE, "unknown", piece.column)
