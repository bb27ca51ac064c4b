"""FEEL's types: which values belong to a type, which type is part of another, and the standard's implicit conversions."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.feel.errors import NoValue
from engine.feel.run import Run
from engine.feel.values.durations import YearsMonths
from engine.feel.values.functions import Function
from engine.feel.values.ranges import Range
from engine.feel.values.temporal import midnight


class Type(ABC):
    """A kind of value.

    Types are plain classes that compare by their parts: as dataclasses they would take a tenth of the time to import FEEL.
    """

    __slots__ = ()

    def parts(self) -> tuple[Any, ...]:
        """What two equal types have in common."""
        return ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Type) and type(self) is type(other) and self.parts() == other.parts()

    def __hash__(self) -> int:
        return hash(str(self))

    @abstractmethod
    def holds(self, value: Any, run: Run) -> bool:
        """Whether a value belongs to the type; null belongs to Null alone."""

    def item(self) -> Type | None:
        """The type of a list's items, for lists."""
        return None


class Simple(Type):
    """One of the standard's simple types."""

    __slots__ = ("kinds", "name")

    def __init__(self, name: str, kinds: tuple[type, ...]) -> None:
        self.name, self.kinds = name, kinds

    def parts(self) -> tuple[Any, ...]:
        return (self.name,)

    def holds(self, value: Any, run: Run) -> bool:
        return type(value) in self.kinds

    def __str__(self) -> str:
        return self.name


class Everything(Type):
    """Any: every value but null."""

    __slots__ = ()

    def holds(self, value: Any, run: Run) -> bool:
        return value is not None

    def __str__(self) -> str:
        return "Any"


class Nothing(Type):
    """Null: only null."""

    __slots__ = ()

    def holds(self, value: Any, run: Run) -> bool:
        return value is None

    def __str__(self) -> str:
        return "Null"


class ListOf(Type):
    """A list whose items all belong to a type or are null."""

    __slots__ = ("of",)

    def __init__(self, of: Type) -> None:
        self.of = of

    def parts(self) -> tuple[Any, ...]:
        return (self.of,)

    def holds(self, value: Any, run: Run) -> bool:
        if type(value) is not list:
            return False
        run.charge(len(value) // 4 + 1)
        return all(item is None or self.of.holds(item, run) for item in value)

    def item(self) -> Type:
        return self.of

    def __str__(self) -> str:
        return f"list<{self.of}>"


class ContextOf(Type):
    """A context with at least these entries, each of its type or null."""

    __slots__ = ("fields",)

    def __init__(self, fields: Mapping[str, Type]) -> None:
        self.fields = fields

    def parts(self) -> tuple[Any, ...]:
        return (self.fields,)

    def holds(self, value: Any, run: Run) -> bool:
        run.charge(1)
        return type(value) is dict and all(
            name in value and (value[name] is None or kind.holds(value[name], run)) for name, kind in self.fields.items()
        )

    def __str__(self) -> str:
        return f"context<{', '.join(f'{name}: {kind}' for name, kind in self.fields.items())}>" if self.fields else "context"


class RangeOf(Type):
    """A range whose ends belong to a type."""

    __slots__ = ("of",)

    def __init__(self, of: Type) -> None:
        self.of = of

    def parts(self) -> tuple[Any, ...]:
        return (self.of,)

    def holds(self, value: Any, run: Run) -> bool:
        if type(value) is not Range:
            return False
        ends = [end for end in (value.start, value.end) if end is not None]
        return bool(ends) and all(self.of.holds(end, run) for end in ends)

    def __str__(self) -> str:
        return f"range<{self.of}>"


class FunctionOf(Type):
    """A function that takes and gives values of these types."""

    __slots__ = ("parameters", "result")

    def __init__(self, parameters: tuple[Type, ...] | None, result: Type) -> None:
        self.parameters, self.result = parameters, result

    def parts(self) -> tuple[Any, ...]:
        return self.parameters, self.result

    def holds(self, value: Any, run: Run) -> bool:
        if type(value) is not Function:
            return False
        return self.parameters is None or (self.taken_by(value) and conforms(value.result or ANY, self.result))

    def taken_by(self, function: Function) -> bool:
        """Whether a function takes values of these types."""
        own = function.types or (ANY,) * len(function.parameters)
        wanted = own if self.parameters is None else self.parameters
        return len(own) == len(wanted) and all(
            conforms(mine or ANY, theirs or ANY) for mine, theirs in zip(wanted, own, strict=True)
        )

    def __str__(self) -> str:
        return f"function<{', '.join(map(str, self.parameters or ()))}> -> {self.result}"


ANY, NULL = Everything(), Nothing()
NUMBER, STRING, BOOLEAN = Simple("number", (Decimal,)), Simple("string", (str,)), Simple("boolean", (bool,))
DATE, TIME, DATE_TIME = Simple("date", (dt.date,)), Simple("time", (dt.time,)), Simple("date and time", (dt.datetime,))
DAYS_TIME = Simple("days and time duration", (dt.timedelta,))
YEARS_MONTHS = Simple("years and months duration", (YearsMonths,))
LIST, CONTEXT, RANGE, FUNCTION = ListOf(ANY), ContextOf({}), RangeOf(ANY), FunctionOf(None, ANY)

NAMED: dict[str, Type] = {
    "Any": ANY, "Null": NULL, "number": NUMBER, "string": STRING, "boolean": BOOLEAN, "date": DATE, "time": TIME,
    "date and time": DATE_TIME, "days and time duration": DAYS_TIME, "years and months duration": YEARS_MONTHS,
    "list": LIST, "context": CONTEXT, "range": RANGE, "function": FUNCTION,
}  # fmt: skip


def conforms(left: Type, right: Type) -> bool:
    """Whether every value of the left type is one of the right type."""
    if right in (left, ANY) or left == NULL:
        return True
    if isinstance(left, ListOf) and isinstance(right, ListOf):
        return conforms(left.of, right.of)
    if isinstance(left, RangeOf) and isinstance(right, RangeOf):
        return conforms(left.of, right.of)
    if isinstance(left, ContextOf) and isinstance(right, ContextOf):
        return all(name in left.fields and conforms(left.fields[name], kind) for name, kind in right.fields.items())
    if isinstance(left, FunctionOf) and isinstance(right, FunctionOf):
        if left.parameters is None or right.parameters is None:
            return right.parameters is None
        return (
            len(left.parameters) == len(right.parameters)
            and all(conforms(theirs, mine) for mine, theirs in zip(left.parameters, right.parameters, strict=True))
            and conforms(left.result, right.result)
        )
    return False


def fit(value: Any, kind: Type, run: Run) -> Any:
    """The value as the type wants it, by the standard's implicit conversions; NoValue when it does not fit."""
    if value is None or kind.holds(value, run):
        return value
    if isinstance(kind, FunctionOf) and type(value) is Function and value.result is None and kind.taken_by(value):
        return value  # what a designer's function gives is known when it is called
    inner = kind.item()
    if type(value) is list and len(value) == 1 and inner is None and kind.holds(value[0], run):
        return value[0]
    if inner is not None and type(value) is not list:
        single = fit(value, inner, run)
        if kind.holds([single], run):
            return [single]
    if type(value) is dt.date and kind.holds(midnight(value), run):
        return midnight(value)
    raise NoValue(f"Erwartet wird {kind}, da ist aber {described(value)}.")


_WORDS = {
    str: "ein Text", bool: "ein Wahrheitswert", Decimal: "eine Zahl", dt.date: "ein Datum", dt.time: "eine Uhrzeit",
    dt.datetime: "ein Zeitpunkt", dt.timedelta: "eine Dauer in Tagen und Stunden", type(None): "null",
    YearsMonths: "eine Dauer in Jahren und Monaten", list: "eine Liste", dict: "ein Kontext", Range: "ein Bereich",
    Function: "eine Funktion",
}  # fmt: skip


def described(value: Any) -> str:
    """The kind of a value in a word a clerk knows."""
    return _WORDS.get(type(value), "ein unbekannter Wert")
