"""A FEEL text cut into tokens, in one pass."""

from __future__ import annotations

import re

from engine.feel import limits
from engine.feel.errors import HALF_CHARACTER, FeelSyntaxError
from engine.feel.grammar.characters import BLANKS, TOKEN, hint_for, shown, stranger
from engine.feel.run import position

KEYWORDS = frozenset(
    "if then else for in return some every satisfies and or between function true false null".split()
)  # fmt: skip
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{6}|.)", re.DOTALL)
_SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "'": "'", '"': '"', "\\": "\\"}
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_HALF = re.compile("[\ud800-\udfff]")


class Tokens:
    """Tokens side by side: what kind (operators and keywords are their own kind), their text, where they start and end."""

    __slots__ = ("ends", "source", "starts", "tags", "texts")

    def __init__(self, source: str) -> None:
        self.source = source
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []

    def add(self, tag: str, text: str, start: int, end: int) -> None:
        self.tags.append(tag)
        self.texts.append(text)
        self.starts.append(start)
        self.ends.append(end)


def tokenize(text: str) -> Tokens:
    """Cut a text into tokens, the last of which is "end"."""
    if len(text) > limits.MAX_TEXT:
        raise FeelSyntaxError(f"Der Ausdruck ist länger als {limits.MAX_TEXT} Zeichen.", hint="Bitte aufteilen.")
    tokens = Tokens(text)
    at, size, match, add = 0, len(text), TOKEN.match, tokens.add
    while at < size:
        found = match(text, at)
        kind = found.lastgroup if found else None
        if found is None or kind is None:
            raise _unknown(text, at)
        start, at = at, found.end()
        if kind == "space":
            continue
        if len(tokens.tags) >= limits.MAX_TOKENS:
            message = f"Der Ausdruck hat mehr als {limits.MAX_TOKENS} Wörter und Zeichen."
            raise syntax_error(text, start, message, "Bitte aufteilen.")
        word = found[0]
        if kind == "name":
            at = _name(tokens, word, start)
        elif kind == "op":
            if word == "/" and text[at : at + 1] in ("/", "*") and at < size:
                at = _after_comment(text, start)
            else:
                add(word, word, start, at)
        else:
            if kind == "string" and ("\\" in word or not word.isascii()) and _HALF.search(string_value(word)):
                raise syntax_error(text, start, HALF_CHARACTER)
            add(kind, word, start, at)
    add("end", "", size, size)
    return tokens


def _name(tokens: Tokens, word: str, start: int) -> int:
    """Take in a name or keyword, or a blank beyond ASCII that looked like one; gives where it ends."""
    if not word.isascii():
        size = stranger(word)
        if not size and word[0] not in BLANKS:
            raise _unknown(tokens.source, start)
        if not size:
            return start + 1
        word = word[:size]
    if len(word) > limits.MAX_NAME:
        raise syntax_error(tokens.source, start, f"Ein Name hat höchstens {limits.MAX_NAME} Zeichen.")
    if word == "of" and tokens.tags and tokens.texts[-1] == "instance":
        tokens.tags[-1] = "instance"
    end = start + len(word)
    tokens.add(word if word in KEYWORDS else "name", word, start, end)
    return end


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
