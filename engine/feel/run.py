"""One evaluation: the warnings it gave and the work it may still do."""

from __future__ import annotations

import unicodedata

from engine.feel import limits
from engine.feel.errors import LimitReached


class Place:
    """A place in an expression, described only when a warning needs it."""

    __slots__ = ("at", "end", "source", "text")

    def __init__(self, text: str, at: int, end: int, source: str = "") -> None:
        self.text, self.at, self.end, self.source = text, at, end, source

    def __str__(self) -> str:
        line, column = position(self.text, self.at)
        fragment = " ".join(self.text[self.at : self.end].split())
        if len(fragment) > 60:
            fragment = fragment[:59] + "…"
        where = f"Zeile {line}, Spalte {column}"
        if self.source:
            where = f"{self.source}, {where}"
        return f"{where}, „{fragment}“"


def position(text: str, at: int) -> tuple[int, int]:
    """Line and column, both from 1, of an offset in a text."""
    line = text.count("\n", 0, at) + 1
    return line, at - (text.rfind("\n", 0, at) + 1) + 1


def visible(text: str) -> str:
    """A text for a warning: short, on one line, invisible characters named."""
    shown = "".join(c if c.isprintable() else f"⟨{unicodedata.name(c, f'U+{ord(c):04X}')}⟩" for c in text[:80])
    return shown + ("…" if len(text) > 80 else "")


class Run:
    """What one evaluation carries along."""

    __slots__ = ("depth", "left", "warnings")

    def __init__(self, warnings: list[str] | None = None, steps: int = limits.STEPS) -> None:
        self.warnings = warnings
        self.left = steps
        self.depth = 0

    def warn(self, place: object, message: str) -> None:
        """Tell the designer why a value is null."""
        if self.warnings is not None and len(self.warnings) < limits.MAX_WARNINGS:
            line = f"{place}: {message}" if place else message
            if line not in self.warnings:
                self.warnings.append(line)

    def charge(self, steps: int) -> None:
        """Pay for work; the evaluation ends with null when nothing is left."""
        self.left -= steps
        if self.left < 0:
            raise LimitReached(f"Der Ausdruck braucht mehr als {limits.STEPS} Schritte.")

    def text(self, value: str) -> str:
        """Pay for a text that was made."""
        size = len(value)
        if size > 64:
            if size > limits.MAX_STRING:
                raise LimitReached(f"Der Text wird länger als {limits.MAX_STRING} Zeichen.")
            self.charge(size // limits.CHARS_PER_STEP)
        return value
