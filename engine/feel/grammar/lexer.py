"""A FEEL text cut into tokens, in one pass."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.feel import limits
from engine.feel.errors import FeelSyntaxError
from engine.feel.grammar.characters import BLANKS, TOKEN, hint_for, shown, stranger
from engine.feel.run import position

KEYWORDS = frozenset(
    "if then else for in return some every satisfies and or between function true false null".split()
)  # fmt: skip
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{6}|.)", re.DOTALL)
_SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "'": "'", '"': '"', "\\": "\\"}
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens side by side: what kind (operators and keywords are their own kind), their text, where they start and end."""

    source: str
    tags: list[str]
    texts: list[str]
    starts: list[int]
    ends: list[int]


def tokenize(text: str) -> Tokens:
    """Cut a text into tokens, the last of which is "end"."""
    if len(text) > limits.MAX_TEXT:
        raise FeelSyntaxError(f"Der Ausdruck ist länger als {limits.MAX_TEXT} Zeichen.", hint="Bitte aufteilen.")
    tokens = Tokens(text, [], [], [], [])
    at, size, match = 0, len(text), TOKEN.match
    while at < size:
        found = match(text, at)
        kind = found.lastgroup if found else None
        if found is None or kind is None:
            raise _unknown(text, at)
        if kind == "op" and found[0] == "/" and text[at + 1 : at + 2] in ("/", "*"):
            at = _after_comment(text, at)
            continue
        end = found.end()
        if kind == "name" and not found[0].isascii():
            end = at + stranger(found[0])
            if end == at:
                if text[at] not in BLANKS:
                    raise _unknown(text, at)
                at += 1
                continue
        if kind != "space":
            if len(tokens.tags) >= limits.MAX_TOKENS:
                raise syntax_error(
                    text, at, f"Der Ausdruck hat mehr als {limits.MAX_TOKENS} Wörter und Zeichen.", "Bitte aufteilen."
                )
            _add(tokens, kind, text[at:end], at, end)
        at = end
    _append(tokens, "end", "", size, size)
    return tokens


def _add(tokens: Tokens, kind: str, text: str, start: int, end: int) -> None:
    if kind == "name":
        if len(text) > limits.MAX_NAME:
            raise syntax_error(tokens.source, start, f"Ein Name hat höchstens {limits.MAX_NAME} Zeichen.")
        if text == "of" and tokens.tags and tokens.texts[-1] == "instance":
            tokens.tags[-1] = "instance"
        _append(tokens, text if text in KEYWORDS else "name", text, start, end)
    else:
        _append(tokens, text if kind == "op" else kind, text, start, end)


def _append(tokens: Tokens, tag: str, text: str, start: int, end: int) -> None:
    tokens.tags.append(tag)
    tokens.texts.append(text)
    tokens.starts.append(start)
    tokens.ends.append(end)


def _after_comment(text: str, at: int) -> int:
    if text[at + 1] == "/":
        end = text.find("\n", at)
        return len(text) if end < 0 else end
    end = text.find("*/", at + 2)
    if end < 0:
        raise syntax_error(text, at, "Der Kommentar hat kein Ende.", "Bitte mit */ schließen.")
    return end + 2


def _unknown(text: str, at: int) -> FeelSyntaxError:
    character = text[at]
    if character == '"':
        return syntax_error(text, at, "Der Text hat kein Ende.", 'Bitte mit " schließen.')
    return syntax_error(text, at, f"Das Zeichen {shown(character)} gehört nicht zu FEEL.", hint_for(character))


def syntax_error(text: str, at: int, message: str, hint: str = "") -> FeelSyntaxError:
    """The error that points at an offset in the text."""
    line, column = position(text, at)
    return FeelSyntaxError(message, line, column, hint)


def string_value(token: str) -> str:
    """The text that a string literal stands for; an unknown escape stays as it is written."""
    inner = token[1:-1]
    if "\\" not in inner:
        return inner
    value = _ESCAPE.sub(_unescape, inner)
    return _SURROGATES.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), value)


def _unescape(found: re.Match[str]) -> str:
    code = found[1]
    if len(code) > 1:
        number = int(code[1:], 16)
        return chr(number) if number < 0x110000 else found[0]
    return _SIMPLE_ESCAPES.get(code, found[0])
