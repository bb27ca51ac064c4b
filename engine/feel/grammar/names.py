"""Names with blanks, operators or keywords in them, found by the names that are known at that place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from engine.feel.errors import FeelSyntaxError
from engine.feel.grammar.lexer import KEYWORDS, Tokens, tokenize

BUILTIN = ("date and time", "years and months duration", "days and time duration")
_WORDS = re.compile(r"[^\W\d]\w*(?: [^\W_]\w*)*")
_SCAN = 2_000  # names looked at when searching a context for unusual ones


class Trie:
    """Known names by their tokens; finds the longest that starts at a token."""

    __slots__ = ("roots",)

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.roots: dict[str, Any] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        try:
            words = tokenize(name).texts[:-1]
        except FeelSyntaxError:
            return
        node = self.roots
        for word in words:
            node = node.setdefault(word, {})
        if words:
            node[""] = name

    def longest(self, tokens: Tokens, at: int) -> tuple[int, str] | None:
        """The index after the longest known name from here, and the name."""
        node = self.roots.get(tokens.texts[at])
        best = None
        while node is not None:
            at += 1
            if "" in node:
                best = at, node[""]
            node = node.get(tokens.texts[at]) if tokens.tags[at] != "end" else None
        return best


def is_plain(name: str) -> bool:
    """Whether a name is read as one name without being known: words and blanks, no keyword among them."""
    if name.isidentifier() or name == "?":
        return name not in KEYWORDS
    return _WORDS.fullmatch(name) is not None and KEYWORDS.isdisjoint(name.split())


def unusual(names: Iterable[str]) -> frozenset[str]:
    """The names that must be known to be read."""
    return frozenset(name for name in names if not is_plain(name))


def unusual_in(context: Mapping[str, Any], text: str) -> frozenset[str]:
    """The names of a context, and of contexts in it where the text goes into them, that must be known to read the text."""
    found = {name for name in context if type(name) is str and not name.isidentifier() and not is_plain(name)}
    if "." in text or "[" in text:
        _collect(context, found)
    return frozenset(name for name in found if _may_occur(name, text))


def _collect(context: Mapping[str, Any], found: set[str]) -> None:
    queue: list[Any] = [value for value in context.values() if isinstance(value, Mapping | list | tuple)]
    for seen, value in enumerate(queue):
        if seen > _SCAN:
            return
        if isinstance(value, Mapping):
            found.update(name for name in value if type(name) is str and not is_plain(name))
        if len(queue) <= _SCAN:
            inner = value.values() if isinstance(value, Mapping) else value
            queue.extend(item for item in inner if isinstance(item, Mapping | list | tuple))


def _may_occur(name: str, text: str) -> bool:
    return all(word in text for word in name.split())
