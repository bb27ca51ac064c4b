"""A form as it was understood: its fields with their rules, flat per level.

Groups are gone: their path is part of the fields' paths, their condition part of the fields' conditions. Only a repeating
list has a level of its own, because its fields exist once per entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from forms.aufgabe.expression import Expression

Switch = bool | Expression
Amount = Decimal | Expression
Names = Mapping[str, Any]
"""The names of one level: an inner one has a mapping, the name of a field has None."""


@dataclass(frozen=True, slots=True)
class Text:
    """Rules of a text field; `pattern` is a compiled RE2 pattern that must be found somewhere in the text."""

    longest: int
    min_length: Amount | None = None
    max_length: Amount | None = None
    pattern: Any = None
    pattern_message: str = ""
    format: Literal["", "email", "phone"] = ""


@dataclass(frozen=True, slots=True)
class Number:
    """Rules of a number field. `as_text`: the diagram gets a text, as `serializeToString` says."""

    least: Amount | None = None
    most: Amount | None = None
    step: Decimal | None = None
    digits: int | None = None
    as_text: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """Where the options come from: fixed, from a variable of the Vorgang, or computed."""

    many: bool
    fixed: tuple[Any, ...] | None = None
    key: str = ""
    expression: Expression | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, a time of day, or both."""

    subtype: Literal["date", "time", "datetime"]
    not_past: bool = False
    not_future: bool = False


@dataclass(frozen=True, slots=True)
class Documents:
    """References to documents of the Vorgang."""

    many: Switch = False


@dataclass(frozen=True, slots=True)
class Computed:
    """A value nobody enters: computed here, whatever was sent."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Repeat:
    """A list whose entries all have the same fields. `free`: entries may be added and removed."""

    fields: tuple[Field, ...]
    names: Names
    free: bool
    count: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A checkbox."""


Rules = Text | Number | Choice | Moment | Documents | Computed | Repeat | Tick


@dataclass(frozen=True, slots=True)
class Field:
    """One field: where its answer goes, how people call it, when it is there, and what it accepts."""

    type: str
    path: tuple[str, ...]
    label: str
    rules: Rules
    hides: tuple[Switch, ...] = ()
    locks: tuple[Switch, ...] = ()
    required: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True)
class Form:
    """A form-js form, checked. Made by `parse_form`, used by `validate`."""

    id: str
    fields: tuple[Field, ...]
    names: Names = field(default_factory=dict)

    @property
    def asks(self) -> bool:
        """Whether anything in it depends on a condition or a computation."""
        return _asks(self.fields)


def _asks(fields: tuple[Field, ...]) -> bool:
    return any(
        f.hides or f.locks or isinstance(f.rules, Computed) or (isinstance(f.rules, Repeat) and _asks(f.rules.fields))
        for f in fields
    )
