"""FEEL in a form: a text that starts with `=`, compiled once, asked often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import feel


@dataclass(frozen=True, slots=True)
class Expression:
    """A FEEL expression of a form. What it cannot tell is null; it never raises."""

    text: str
    compiled: Any = field(compare=False, repr=False)

    def ask(self, context: Mapping[str, Any]) -> Any:
        """The value of the expression for these variables."""
        return self.compiled.evaluate(context)


def is_expression(value: Any) -> bool:
    """Whether a property of a form is FEEL rather than a plain value."""
    return isinstance(value, str) and value.startswith("=")


def compile_text(text: str) -> Expression:
    """Compile a property that starts with `=`.

    Raises:
        FeelSyntaxError: it is not FEEL; the sentence says where and how to mend it.
    """
    return Expression(text, feel.compile_expression(text[1:]))
