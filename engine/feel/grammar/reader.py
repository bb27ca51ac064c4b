"""Where a parser stands in the tokens, and the names it knows there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from engine.feel import limits
from engine.feel.errors import FeelSyntaxError
from engine.feel.grammar import names
from engine.feel.grammar.lexer import syntax_error, tokenize
from engine.feel.grammar.tree import Node

_BUILTIN = names.Trie(names.BUILTIN)
_NAME_SIGNS = frozenset(".-+*/'")
_WHAT = {"end": "das Ende des Ausdrucks", "string": "ein Text", "number": "eine Zahl"}
# What an expression may start with; tells `a[1..b[` (the range ends) from `b[x]` (a filter).
STARTS = frozenset("name number string ( [ { - @ ] if for some every function true false null < <= > >= = !=".split()) - {"]"}
COMPARISONS = frozenset(("=", "!=", "<", "<=", ">", ">="))


class Reader(ABC):
    """The tokens of one text, the position in them, and the names in scope."""

    def __init__(self, text: str, known: Iterable[str] = (), members: Iterable[str] = ()) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.tags, self.words = self.tokens.tags, self.tokens.texts
        self.at = 0
        self.depth = 0
        self.range_end = False  # reading the upper end of [a..b: there `[` closes the range
        self.tag = self.tags[0]
        known = list(known)
        self.scopes = [_BUILTIN, *([names.Trie(known)] if known else [])]
        self.members = names.Trie([*known, *members])

    @abstractmethod
    def expression(self, power: int = 0) -> Node:
        """An expression whose operators are all stronger than `power`."""

    def advance(self) -> str:
        """Step over a token and give its text."""
        word = self.words[self.at]
        if self.tag != "end":
            self.at += 1
            self.tag = self.tags[self.at]
        return word

    def move(self, at: int) -> None:
        self.at = at
        self.tag = self.tags[at]

    def accept(self, tag: str) -> bool:
        if self.tag != tag:
            return False
        self.advance()
        return True

    def expect(self, tag: str, hint: str = "") -> None:
        if not self.accept(tag):
            raise self.fail(f"Hier wird „{tag}“ erwartet, da steht aber {self.here()}.", hint)

    def here(self) -> str:
        """The token that stands here, for a message."""
        return _WHAT.get(self.tag, f"„{self.words[self.at][:40]}“")

    def fail(self, message: str, hint: str = "", at: int | None = None) -> FeelSyntaxError:
        return syntax_error(self.text, self.tokens.starts[self.at] if at is None else at, message, hint)

    @property
    def start(self) -> int:
        """The offset at which the next token starts."""
        return self.tokens.starts[self.at]

    @property
    def end(self) -> int:
        """The offset at which the last token ended."""
        return self.tokens.ends[self.at - 1] if self.at else 0

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > limits.MAX_DEPTH:
            raise self.fail(f"Der Ausdruck ist tiefer als {limits.MAX_DEPTH} Ebenen verschachtelt.", "Bitte aufteilen.")

    # --- names ---------------------------------------------------------------------------------------------------

    def name(self, *, member: bool = False) -> str:
        """A variable's name: the longest known one, or else all words up to the next sign or keyword."""
        found = self.peek_name(member=member)
        if found is None:
            raise self.fail(f"Hier wird ein Name erwartet, da steht aber {self.here()}.")
        self.move(found[0])
        return found[1]

    def peek_name(self, *, member: bool = False) -> tuple[int, str] | None:
        """The index after the name that starts here, and the name."""
        plain = self._plain_name(member)
        for trie in (*self.scopes, self.members) if member else self.scopes:
            if self.words[self.at] in trie.roots:
                known = trie.longest(self.tokens, self.at)
                if known is not None and (plain is None or known[0] >= plain[0]):
                    plain = known
        return plain

    def _plain_name(self, member: bool) -> tuple[int, str] | None:
        at, tags = self.at, self.tags
        if tags[at] != "name" and not (member and self.words[at].isidentifier()):
            return None
        at += 1
        if tags[at] != "name" and tags[at] != "number":
            return at, self.words[at - 1]
        while tags[at] == "name" or (tags[at] == "number" and self.words[at].isdigit()):
            at += 1
        return at, " ".join(self.words[self.at : at])

    def declared_name(self, *stops: str) -> str:
        """A new name, read up to one of these tokens; it is known from here on where it is unusual."""
        start = self.at
        while self.tag not in stops:
            word = self.words[self.at]
            if not (word in _NAME_SIGNS or self.tag in ("name", "number") or word.isidentifier()):
                raise self.fail(f"Hier wird ein Name und danach „{stops[0]}“ erwartet, da steht aber {self.here()}.")
            self.advance()
        if start == self.at:
            raise self.fail(f"Hier wird ein Name erwartet, da steht aber {self.here()}.")
        if self.at == start + 1:
            return self.words[start]
        return " ".join(self.text[self.tokens.starts[start] : self.end].split())

    def declare(self, name: str) -> None:
        """Make a name known where it cannot be read without being known."""
        if not names.is_plain(name):
            self.scopes.append(names.Trie([name]))
            self.members.add(name)

    def forget(self, count: int) -> None:
        """Leave a scope: forget what was declared since there were `count` of them."""
        del self.scopes[count:]
