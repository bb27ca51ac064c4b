"""The properties of one component, each asked for by its type; what does not fit becomes a finding."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.base.errors import Cause, Severity
from engine.feel import FeelSyntaxError
from forms import numbers
from forms.aufgabe.expression import Expression, compile_text, is_expression
from forms.aufgabe.form import Amount, Switch
from forms.characters import cleaned


class Properties:
    """A component, or an object inside one, with its place in the schema."""

    def __init__(self, values: Mapping[str, Any], place: str, element: str, causes: list[Cause]) -> None:
        self.values, self.place, self.element, self.causes = values, place, element, causes

    def get(self, name: str) -> Any:
        return self.values.get(name)

    def error(self, name: str, message: str, hint: str = "") -> None:
        self._add(name, message, hint, "error")

    def warning(self, name: str, message: str, hint: str = "") -> None:
        self._add(name, message, hint, "warning")

    def text(self, name: str) -> str:
        """A text, or "" if there is none."""
        value = self.get(name)
        if value is None or isinstance(value, str):
            return value or ""
        self.error(name, f"{name} ist kein Text.")
        return ""

    def flag(self, name: str, default: bool = False) -> bool:
        """Yes or no."""
        value = self.get(name)
        if isinstance(value, bool):
            return value
        if value is not None:
            self.error(name, f"{name} ist weder true noch false.")
        return default

    def switch(self, name: str) -> tuple[Switch, ...]:
        """Yes, or an expression that tells; no is the empty tuple."""
        value = self.get(name)
        if is_expression(value):
            expression = self.expression(name)
            return () if expression is None else (expression,)
        return (True,) if self.flag(name) else ()

    def part(self, name: str) -> Properties:
        """An object inside this one; an empty one if there is none."""
        value = self.get(name)
        if value is not None and not isinstance(value, Mapping):
            self.error(name, f"{name} ist kein Objekt.")
        return Properties(value if isinstance(value, Mapping) else {}, f"{self.place}/{name}", self.element, self.causes)

    def number(self, name: str) -> Decimal | None:
        """A number, or a text that is one."""
        value = self.get(name)
        if value is None or value == "":
            return None
        try:
            return numbers.from_value(value)
        except ValueError:
            self.error(name, f"{name} ist keine Zahl.")
            return None

    def whole(self, name: str, default: int | None = None, most: int = 1_000_000_000) -> int | None:
        """A whole number from 0 to `most`."""
        value = self.number(name)
        if value is None:
            return default
        if value == value.to_integral_value() and 0 <= value <= most:
            return int(value)
        self.error(name, f"{name} ist keine ganze Zahl von 0 bis {most}.")
        return default

    def amount(self, name: str) -> Amount | None:
        """A number, or an expression that gives one."""
        return self.expression(name) if is_expression(self.get(name)) else self.number(name)

    def expression(self, name: str) -> Expression | None:
        """An expression, which starts with `=`."""
        value = self.get(name)
        if not is_expression(value):
            self.error(name, f"{name} ist kein FEEL-Ausdruck.", "Ein FEEL-Ausdruck beginnt mit =.")
            return None
        try:
            return compile_text(value)
        except FeelSyntaxError as error:
            self.error(name, f"{name} ist kein FEEL: {error.sentence}")
            return None

    def _add(self, name: str, message: str, hint: str, severity: Severity) -> None:
        place = f"{self.place}/{name}"
        self.causes.append(Cause(cleaned(message), hint=hint, pointer=place, element=self.element or None, severity=severity))
