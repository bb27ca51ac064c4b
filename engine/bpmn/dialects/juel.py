"""JUEL, the expression language of Camunda 7, as FEEL: the simple kind, exactly, and a refusal for the rest.

One pass of a Pratt parser writes FEEL while it reads. What FEEL would answer differently is written so that it does not:
indices count from 1, `empty` asks for null, "", [] and {}, and a remainder has the sign of what is divided. Whatever could
only be guessed (methods of Java objects, names that FEEL does not take, texts joined by `+`) is refused with its column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from engine.bpmn.dialects.methods import called
from engine.bpmn.dialects.pieces import (
    ADD,
    AND,
    COMPARE,
    EXECUTION,
    IF,
    MULTIPLY,
    OR,
    SIGN,
    TIME,
    WHOLE,
    Piece,
    Untranslatable,
    bound,
    entry,
    member,
    quoted,
)  # fmt: skip
from engine.feel.grammar.names import is_plain

MAX_SOURCE = 4_000  # characters of one expression
MAX_MADE = 16_000  # characters of the FEEL that comes of it
MAX_DEPTH = 30

TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?)
    |(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    |(?P<name>(?:[^\W\d]|\$)[\w$]*)
    |(?P<sign>&&|\|\||[=!<>]=|[-+*/%<>!?:.,()\[\]}])""",
    re.VERBOSE | re.DOTALL,
)
WORDS = {
    "and": "&&", "or": "||", "not": "!", "eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=", "div": "/",
    "mod": "%",
}  # fmt: skip
# How tightly JUEL binds, and what FEEL calls it.
BINARY = {
    "?": 1, "||": 2, "&&": 3, "==": 4, "!=": 4, "<": 5, ">": 5, "<=": 5, ">=": 5, "+": 6, "-": 6, "*": 7, "/": 7, "%": 7,
}  # fmt: skip
UNARY = 8
SAME = {"||": ("or", OR), "&&": ("and", AND), "==": ("=", COMPARE), "!=": ("!=", COMPARE)} | {
    sign: (sign, COMPARE) for sign in ("<", ">", "<=", ">=")
}
LITERALS = {"true": "boolean", "false": "boolean", "null": "null"}
COUNTS = {
    "nrOfInstances": "numberOfInstances",
    "nrOfCompletedInstances": "numberOfCompletedInstances",
    "nrOfActiveInstances": "numberOfActiveInstances",
}
OBJECTS = {
    "task": "die Aufgabe",
    "authenticatedUserId": "wer angemeldet ist",
    "caseExecution": "ein Fall nach CMMN",
    "externalTask": "die externe Aufgabe",
}


class Token(NamedTuple):
    kind: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands: inside a multi-instance, where the number of the turn is known, and whether in its end."""

    looped: bool = False
    completes: bool = False
    sequential: bool = False


@dataclass(slots=True)
class Juel:
    """A parser at work on one expression inside a text; columns count from the start of the text."""

    text: str
    at: int
    place: Place = Place()
    advice: list[str] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    index: int = 0
    depth: int = 0
    end: int = 0

    def translate(self) -> Piece:
        """The expression that begins at `at` and ends with a brace; `end` is the place after that.

        Raises:
            Untranslatable: with a German sentence and the column.
        """
        self.scan()
        piece = settled(self.expression(0))
        if self.peek().text != "}":
            raise unexpected(self.peek())
        return piece

    def scan(self) -> None:
        at = self.at
        while True:
            found = TOKEN.match(self.text, at)
            if found is None:
                raise Untranslatable("er ist nicht zu Ende" if at >= len(self.text) else "dieses Zeichen passt nicht", at + 1)
            kind, text = str(found.lastgroup), found[0]
            if kind == "name" and text in WORDS:
                kind, text = "sign", WORDS[text]
            if kind != "space":
                self.tokens.append(Token(kind, text, at))
            at = found.end()
            if at - self.at > MAX_SOURCE:
                raise Untranslatable(f"er hat mehr als {MAX_SOURCE} Zeichen", self.at + 1)
            if text == "}":
                self.end = at
                return

    def peek(self) -> Token:
        return self.tokens[self.index]

    def take(self, text: str = "") -> Token:
        """The next token, which must be this one if it is named."""
        token = self.peek()
        if (text and token.text != text) or token.text == "}":
            raise unexpected(token)
        self.index += 1
        return token

    def expression(self, power: int) -> Piece:
        """What binds tighter than `power`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Untranslatable(f"er ist mehr als {MAX_DEPTH} Ebenen tief", self.peek().at + 1)
        left = self.postfix(self.prefix())
        while self.peek().kind == "sign" and power < BINARY.get(self.peek().text, 0):
            left = short(self.binary(settled(left), self.take()))
        self.depth -= 1
        return left

    def value(self, power: int = 0) -> Piece:
        return settled(self.expression(power))

    # what an expression begins with

    def prefix(self) -> Piece:
        token = self.take()
        column = token.at + 1
        if token.kind == "number":
            return Piece(number(token.text), WHOLE, "number", column)
        if token.kind == "text":
            return Piece(quoted(re.sub(r"\\(.)", r"\1", token.text[1:-1], flags=re.DOTALL)), WHOLE, "text", column)
        if token.text == "(":
            inner = self.value()
            self.take(")")
            return inner._replace(feel=f"({inner.feel})", level=WHOLE)
        if token.text == "!":
            return Piece(f"not({self.value(UNARY).feel})", WHOLE, "boolean", column)
        if token.text == "-":
            return Piece(f"-{bound(self.value(UNARY), WHOLE)}", SIGN, "number", column)
        if token.text == "empty":
            return Piece(f'list contains([null, "", [], {{}}], {self.value(UNARY).feel})', WHOLE, "boolean", column)
        if token.kind == "name":
            return self.name(token)
        raise unexpected(token)

    def name(self, token: Token) -> Piece:
        name, column = token.text, token.at + 1
        if name in LITERALS:
            return Piece(name, WHOLE, LITERALS[name], column)
        if self.peek().text == "(":
            return self.function(token)
        if name == "execution":
            return Piece("", WHOLE, EXECUTION, column)
        if name in OBJECTS:
            raise Untranslatable(f"„{name}“ ({OBJECTS[name]}) gibt es in FEEL nicht", column)
        if name == "instanceof":
            raise Untranslatable("nach Java-Klassen wird nicht gefragt", column)
        if name in COUNTS:
            return self.count(name, column)
        if name == "loopCounter" and self.place.looped:
            return Piece("loopCounter - 1", ADD, "number", column)
        if not is_plain(name):
            hint = "die Variable umbenennen: Buchstaben, Ziffern und _, kein Wort aus FEEL"
            raise Untranslatable(f"„{name[:60]}“ ist in FEEL kein Name", column, hint)
        return Piece(name, WHOLE, "unknown", column)

    def count(self, name: str, column: int) -> Piece:
        if not self.place.completes:
            raise Untranslatable(f"„{name}“ ist nur in der Abschlussbedingung einer Mehrfachausführung bekannt", column)
        if name == "nrOfActiveInstances" and self.place.sequential:
            return Piece("1", WHOLE, "number", column)
        return Piece(COUNTS[name], WHOLE, "number", column)

    def function(self, token: Token) -> Piece:
        arguments = self.arguments()
        if token.text in ("now", "dateTime") and not arguments:
            return Piece("now()", WHOLE, TIME if token.text == "dateTime" else "unknown", token.at + 1)
        raise Untranslatable(f"die Funktion „{token.text[:60]}“ gibt es in FEEL nicht", token.at + 1)

    def arguments(self) -> list[Piece]:
        self.take("(")
        found: list[Piece] = []
        while self.peek().text != ")":
            if found:
                self.take(",")
            found.append(self.value())
        self.take(")")
        return found

    # what follows it

    def postfix(self, left: Piece) -> Piece:
        while self.peek().text in (".", "["):
            token = self.take()
            if token.text == "[":
                key = self.value()
                self.take("]")
                left = short(entry(settled(left), key))
                continue
            name = self.take()
            if name.kind != "name":
                raise unexpected(name)
            if self.peek().text == "(":
                left = called(left, name.text, self.arguments(), name.at + 1)
            else:
                left = member(settled(left), name.text)
            left = short(left)
        return left

    def binary(self, left: Piece, token: Token) -> Piece:
        if token.text == "?":
            then = self.value()
            self.take(":")
            other = self.value()
            kind = then.kind if then.kind == other.kind else "unknown"
            return Piece(f"if {left.feel} then {bound(then, OR)} else {bound(other, OR)}", IF, kind, left.column)
        right = self.value(BINARY[token.text])
        if token.text in SAME:
            sign, level = SAME[token.text]
            tight = level + 1 if level == COMPARE else level
            return Piece(f"{bound(left, tight)} {sign} {bound(right, level + 1)}", level, "boolean", left.column)
        return self.arithmetic(left, token, right)

    def arithmetic(self, left: Piece, token: Token, right: Piece) -> Piece:
        if {left.kind, right.kind} & {"text", "boolean"}:
            hint = "Text und Ausdruck nebeneinanderschreiben: Hallo ${name}"
            raise Untranslatable(f"„{token.text}“ rechnet in JUEL mit Zahlen und verbindet keine Texte", token.at + 1, hint)
        if token.text == "+" and left.kind != "number" != right.kind:
            self.advice.append(f"„{left.feel[:40]} + {right.feel[:40]}“: stehen dort Texte, verbindet FEEL sie; JUEL rechnet")
        if token.text == "%":
            a, b = bound(left, WHOLE), right.feel
            made = f"(if {a} < 0 then -modulo(-{a}, abs({b})) else modulo({a}, abs({b})))"
            return Piece(made, WHOLE, "number", left.column)
        level = ADD if token.text in "+-" else MULTIPLY
        return Piece(f"{bound(left, level)} {token.text} {bound(right, level + 1)}", level, "number", left.column)


def settled(piece: Piece) -> Piece:
    """A piece that is a value by itself."""
    if piece.kind == EXECUTION:
        raise Untranslatable("„execution“ ist ein Java-Objekt; in FEEL gibt es nur die Variablen", piece.column)
    return piece


def short(piece: Piece) -> Piece:
    if len(piece.feel) > MAX_MADE:
        raise Untranslatable("er wird in FEEL zu lang", piece.column)
    return piece


def unexpected(token: Token) -> Untranslatable:
    if token.text == "}":
        return Untranslatable("er ist nicht zu Ende", token.at + 1)
    return Untranslatable(f"„{token.text[:40]}“ wird hier nicht verstanden", token.at + 1)


def number(text: str) -> str:
    """A number as FEEL writes it."""
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    made = (whole or "0") + (f".{fraction}" if fraction else "")
    return f"{made}e{exponent}" if exponent else made
