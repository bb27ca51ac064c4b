"""What can go wrong in FEEL: a text that cannot be read, a value that does not exist, a limit that is reached.

Only `FeelSyntaxError` leaves this room. `NoValue` and `LimitReached` become null and a warning, as the standard asks.
"""

from __future__ import annotations

from engine.base.errors import Cause, Invalid

HALF_CHARACTER = "Der Text enthält ein halbes Zeichen (ein Surrogat allein)."


class FeelSyntaxError(Invalid):
    """Der FEEL-Ausdruck ist nicht lesbar; Zeile und Spalte zeigen die Stelle, der Hinweis sagt, wie es richtig geht."""

    def __init__(self, message: str, line: int = 1, column: int = 1, hint: str = "") -> None:
        self.message, self.line, self.column, self.hint = message, line, column, hint
        sentence = f"Zeile {line}, Spalte {column}: {message}" + (f" {hint}" if hint else "")
        super().__init__(sentence, [Cause(message, hint=hint, line=line)])


class NoValue(Exception):
    """The standard says null here; the sentence says why."""


class LimitReached(Exception):
    """The expression asks for more work, memory or depth than allowed; its whole value is null."""
