"""The functions that FEEL knows, each declared beside its code: parameters with types, what it does, examples.

A declaration reads `name(first: type, second?: type): type`. `?` after a parameter's name: it may be left out; after its
type: it may be null. `...` after the name: any number of values. Several functions of one name are tried in their order.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from engine.feel import limits
from engine.feel.errors import HALF_CHARACTER, NoValue
from engine.feel.run import Place, Run
from engine.feel.values.durations import YearsMonths
from engine.feel.values.functions import Function
from engine.feel.values.ranges import Range
from engine.feel.values.temporal import midnight
from engine.feel.values.types import ANY, NAMED, NUMBER, STRING, ListOf, Type, described

Compiled = Callable[[list[Any]], Any]
Check = Callable[[Run, Any], Any]

_KINDS: dict[str, tuple[type, ...]] = {
    "number": (Decimal,), "string": (str,), "boolean": (bool,), "date": (dt.date,), "time": (dt.time,),
    "date and time": (dt.datetime,), "days and time duration": (dt.timedelta,), "years and months duration": (YearsMonths,),
    "duration": (dt.timedelta, YearsMonths), "context": (dict,), "function": (Function,), "range": (Range,),
    "point": (Decimal, str, dt.date, dt.time, dt.datetime, dt.timedelta, YearsMonths),
}  # fmt: skip
_GERMAN = {
    "number": "eine Zahl", "string": "ein Text", "boolean": "ein Wahrheitswert", "date": "ein Datum", "time": "eine Uhrzeit",
    "date and time": "ein Zeitpunkt", "days and time duration": "eine Dauer in Tagen und Stunden", "duration": "eine Dauer",
    "years and months duration": "eine Dauer in Jahren und Monaten", "context": "ein Kontext", "function": "eine Funktion",
    "range": "ein Bereich", "list": "eine Liste", "point": "ein einzelner Wert",
}  # fmt: skip
_DECLARATION = re.compile(r"([^(]+)\((.*)\): ([^:]+)")
_TYPES: dict[str, Type] = {**NAMED, "list<number>": ListOf(NUMBER), "list<string>": ListOf(STRING)}


class Parameter(NamedTuple):
    """A parameter as declared, with the check that makes an argument fit or refuses it."""

    name: str
    type: str
    optional: bool
    variadic: bool
    check: Check


class Example(NamedTuple):
    """An expression and the value it has, both in FEEL."""

    expression: str
    value: str


class Signature(NamedTuple):
    """One way to call a function."""

    declaration: str
    parameters: tuple[Parameter, ...]
    result: str
    body: Callable[..., Any]
    needs_run: bool
    description: str
    examples: tuple[Example, ...]
    group: str
    weight: int

    def takes(self, count: int) -> bool:
        """Whether it can be called with so many values."""
        least = sum(not parameter.optional for parameter in self.parameters)
        if self.parameters and self.parameters[-1].variadic:
            return count >= least
        return least <= count <= len(self.parameters)

    def apply(self, run: Run, values: Sequence[Any]) -> Any:
        """The value for arguments by position; NoValue when they do not fit."""
        run.charge(self.weight)
        checks = [parameter.check for parameter in self.parameters]
        if len(values) > len(checks):
            checks += [checks[-1]] * (len(values) - len(checks))
        fitted = [check(run, value) for check, value in zip(checks, values, strict=False)]
        return self.body(run, *fitted) if self.needs_run else self.body(*fitted)

    def order(self, labels: Sequence[str]) -> list[int | None] | None:
        """Where in named arguments each parameter's is, None for null; None when the names are not this function's."""
        names = [parameter.name for parameter in self.parameters]
        if not set(labels) <= set(names) or len(set(labels)) < len(labels):
            return None
        places = [labels.index(name) if name in labels else None for name in names]
        while places and places[-1] is None and self.parameters[len(places) - 1].optional:
            places.pop()
        return places


class Builtin:
    """A function of FEEL with all ways to call it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.signatures: list[Signature] = []

    def compile(self, arguments: Sequence[Compiled], labels: Sequence[str], place: Place) -> Compiled:
        """A call of this function with these arguments."""
        if labels:
            return self._compile_named(arguments, labels, place)
        fitting = [signature for signature in self.signatures if signature.takes(len(arguments))]
        if not fitting:
            return self._refuse(place, f"{len(arguments)} Werte passen nicht")
        only = fitting[0]
        if len(fitting) == 1 and len(arguments) == 1 and not only.needs_run:
            return self._compile_single(only, arguments[0], place)

        def run_builtin(env: list[Any]) -> Any:
            return self.choose(env[0], fitting, [argument(env) for argument in arguments], place)

        return run_builtin

    def _compile_single(self, signature: Signature, argument: Compiled, place: Place) -> Compiled:
        check, body, name = signature.parameters[0].check, signature.body, self.name
        weight = signature.weight

        def run_single(env: list[Any]) -> Any:
            run = env[0]
            run.charge(weight)
            try:
                return body(check(run, argument(env)))
            except NoValue as problem:
                run.warn(place, f"{name}: {problem}")
            except ArithmeticError:
                run.warn(place, f"{name}: Das Ergebnis ist keine Zahl oder zu groß.")
            except UnicodeError:
                run.warn(place, f"{name}: {HALF_CHARACTER}")
            return None

        return run_single

    def _compile_named(self, arguments: Sequence[Compiled], labels: Sequence[str], place: Place) -> Compiled:
        ways = [(signature, order) for signature in self.signatures if (order := signature.order(labels)) is not None]
        if not ways:
            return self._refuse(place, f"die Parameternamen {', '.join(labels)} passen nicht")
        ways.sort(
            key=lambda way: way[1] != [*range(len(labels))]
        )  # of before(point, range) and before(range, point) the one as written

        def run_named(env: list[Any]) -> Any:
            values = [argument(env) for argument in arguments]
            for signature, order in ways:
                row = [None if place_ is None else values[place_] for place_ in order]
                result = self.choose(env[0], [signature], row, place)
                if result is not None:
                    return result
            return None

        return run_named

    def _refuse(self, place: Place, reason: str) -> Compiled:
        ways = " oder ".join(signature.declaration for signature in self.signatures)

        def run_refused(env: list[Any]) -> None:
            env[0].warn(place, f"{self.name}: {reason}; richtig ist {ways}.")

        return run_refused

    def choose(self, run: Run, signatures: Sequence[Signature], values: Sequence[Any], place: Place | None) -> Any:
        """The value of the first way to call that fits, or null and a warning."""
        problem = ""
        for signature in signatures:
            try:
                return signature.apply(run, values)
            except NoValue as refused:
                problem = problem or str(refused)
            except ArithmeticError:
                problem = problem or "Das Ergebnis ist keine Zahl oder zu groß."
            except UnicodeError:
                problem = problem or HALF_CHARACTER
        run.warn(place, f"{self.name}: {problem}")
        return None

    def as_value(self) -> Function:
        """The function as a value, to be passed to other functions."""
        first = self.signatures[0]

        def body(run: Run, values: Sequence[Any]) -> Any:
            return self.choose(run, [s for s in self.signatures if s.takes(len(values))] or self.signatures[:1], values, None)

        needed = [parameter for parameter in first.parameters if not parameter.optional]
        types = [_TYPES.get(parameter.type.rstrip("?"), ANY) for parameter in needed]
        names = [parameter.name for parameter in needed]
        function = Function(names, body, name=self.name, types=types, result=_TYPES.get(first.result, ANY))
        function.text = self.name
        function.open_ended = True
        return function


_BUILTINS: dict[str, Builtin] = {}


def find(name: str) -> Builtin | None:
    """The function of that name."""
    return _BUILTINS.get(name)


def names() -> frozenset[str]:
    """The names of all functions."""
    return frozenset(_BUILTINS)


def all_builtins() -> list[Builtin]:
    """All functions in the order of their declaration."""
    return list(_BUILTINS.values())


def builtin(
    declaration: str,
    description: str,
    *examples: tuple[str, str],
    group: str,
    needs_run: bool = False,
    weight: int = 1,
    also: str = "",
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a function of FEEL.

    `needs_run` hands the `Run` to it as first argument. `weight` is what it costs, in steps: once, and once again for
    every eight items of a list given to it. `also` declares the same function under another name.
    """
    name = _parts(declaration)[0]

    def declare(body: Callable[..., Any]) -> Callable[..., Any]:
        shown = tuple(Example(*example) for example in examples)
        _add(Signature(declaration, (), "", body, needs_run, description, shown, group, weight))
        if also:
            other = _parts(also)[0]
            renamed = tuple(Example(e.expression.replace(f"{name}(", f"{other}(", 1), e.value) for e in shown)
            _add(Signature(also, (), "", body, needs_run, f"Dasselbe wie {name}.", renamed, group, weight))
        for listener in _listeners:
            listener()
        return body

    return declare


def _parts(declaration: str) -> tuple[str, str, str]:
    """Name, parameters and result of a declaration."""
    found = _DECLARATION.fullmatch(declaration)
    if found is None:
        raise ValueError(f"not a declaration: {declaration}")
    return found[1], found[2], found[3]


def _add(signature: Signature) -> None:
    """Make a way to call a function known, its parameters and result as declared."""
    name, parameters, result = _parts(signature.declaration)
    read = tuple(_parameter(part, signature.weight) for part in parameters.split(", ") if part)
    _BUILTINS.setdefault(name, Builtin(name)).signatures.append(signature._replace(parameters=read, result=result))


_listeners: list[Callable[[], None]] = []


def on_change(listener: Callable[[], None]) -> None:
    """Call this when a function is added: what was compiled before does not know it."""
    _listeners.append(listener)


def _parameter(text: str, weight: int) -> Parameter:
    name, _, kind = text.partition(": ")
    variadic, optional = name.endswith("..."), name.endswith("?")
    name = name.removesuffix("...").removesuffix("?")
    return Parameter(name, kind, optional, variadic, _check(name, kind, optional, weight))


def _check(name: str, kind: str, optional: bool, weight: int) -> Check:
    nullable = optional or kind.endswith("?")
    kind = kind.removesuffix("?")
    if kind == "Any":
        return lambda run, value: value
    if kind.startswith("list"):
        return _list_check(name, _KINDS.get(kind[5:-1], ()), nullable, weight)
    kinds = tuple(part for word in kind.split("|") for part in _KINDS[word])
    german = " oder ".join(_GERMAN[word] for word in kind.split("|"))
    lifts = dt.datetime in kinds and dt.date not in kinds

    def check(run: Run, value: Any) -> Any:
        if type(value) in kinds or (value is None and nullable):
            if type(value) is str and len(value) > limits.CHARS_READ_PER_STEP:
                run.charge(len(value) // limits.CHARS_READ_PER_STEP)
            return value
        if type(value) is list and len(value) == 1 and type(value[0]) in kinds:
            return value[0]
        if lifts and type(value) is dt.date:
            return midnight(value)
        raise NoValue(f"„{name}“ muss {german} sein, ist aber {described(value)}.")

    return check


def _list_check(name: str, kinds: tuple[type, ...], nullable: bool, weight: int) -> Check:
    def check(run: Run, value: Any) -> Any:
        if value is None and nullable:
            return None
        if value is None:
            raise NoValue(f"„{name}“ muss eine Liste sein, ist aber null.")
        if type(value) is not list:
            value = [value]
        run.charge(len(value) * weight // 8)
        for item in value if kinds else ():
            if type(item) not in kinds:
                raise NoValue(f"„{name}“ enthält {described(item)}.")
        return value

    return check


def forget(name: str) -> None:
    """Take a function back, for tests."""
    del _BUILTINS[name]
    for listener in _listeners:
        listener()
