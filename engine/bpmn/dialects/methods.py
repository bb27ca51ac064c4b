"""The few methods of Java objects that mean the same in FEEL whatever they are asked of; all others are refused."""

from __future__ import annotations

from collections.abc import Callable

from engine.bpmn.dialects.pieces import (
    ADD,
    COMPARE,
    EXECUTION,
    SPIN,
    TIME,
    WHOLE,
    Piece,
    Untranslatable,
    bound,
    call,
    entry,
    quoted,
)  # fmt: skip
from engine.feel.grammar.names import is_plain

Method = Callable[[Piece, list[Piece]], Piece]


def _contains(base: Piece, arguments: list[Piece]) -> Piece:
    if base.kind == "text":
        return call("contains", base, arguments[0], kind="boolean")
    one, what = base.feel, arguments[0].feel
    made = f"(if {bound(base, WHOLE)} instance of string then contains({one}, {what}) else list contains({one}, {what}))"
    return Piece(made, WHOLE, "boolean", base.column)


def _equals(base: Piece, arguments: list[Piece]) -> Piece:
    made = f"{bound(base, COMPARE + 1)} = {bound(arguments[0], COMPARE + 1)}"
    return Piece(made, COMPARE, "boolean", base.column)


def _equals_ignoring_case(base: Piece, arguments: list[Piece]) -> Piece:
    return Piece(f"lower case({base.feel}) = lower case({arguments[0].feel})", COMPARE, "boolean", base.column)


def _is_empty(base: Piece, arguments: list[Piece]) -> Piece:
    return Piece(f'list contains(["", [], {{}}], {base.feel})', WHOLE, "boolean", base.column)


def _contains_key(base: Piece, arguments: list[Piece]) -> Piece:
    return Piece(f"list contains(get entries({base.feel}).key, {arguments[0].feel})", WHOLE, "boolean", base.column)


def _function(name: str, kind: str) -> Method:
    return lambda base, arguments: call(name, base, *arguments, kind=kind)


def _prop(base: Piece, arguments: list[Piece]) -> Piece:
    if arguments[0].kind != "text":
        raise Untranslatable("der Name des Eintrags ist kein fester Text", arguments[0].column)
    return call("get value", base, arguments[0])._replace(kind=SPIN)


METHODS: dict[str, tuple[int, Method]] = {
    "contains": (1, _contains),
    "containsKey": (1, _contains_key),
    "endsWith": (1, _function("ends with", "boolean")),
    "equals": (1, _equals),
    "equalsIgnoreCase": (1, _equals_ignoring_case),
    "get": (1, lambda base, arguments: entry(base, arguments[0])),
    "isEmpty": (0, _is_empty),
    "length": (0, _function("string length", "number")),
    "prop": (1, _prop),
    "size": (0, _function("count", "number")),
    "startsWith": (1, _function("starts with", "boolean")),
    "toLowerCase": (0, _function("lower case", "text")),
    "toUpperCase": (0, _function("upper case", "text")),
}
"""How many arguments a method takes, and what it becomes."""

TIMES = {
    f"{way}{unit}": (sign, pattern)
    for way, sign in (("plus", "+"), ("minus", "-"))
    for unit, pattern in (
        ("Years", "P{}Y"), ("Months", "P{}M"), ("Weeks", "P{}D"), ("Days", "P{}D"),
        ("Hours", "PT{}H"), ("Minutes", "PT{}M"), ("Seconds", "PT{}S"),
    )
}  # fmt: skip
"""Methods of what `dateTime()` gives: sign and duration."""

SPIN_VALUES = {"value": "unknown", "stringValue": "text", "numberValue": "number", "boolValue": "boolean"}
"""What is asked of a part of a JSON text: the part itself."""


def called(base: Piece, name: str, arguments: list[Piece], column: int) -> Piece:
    """`base.name(arguments)`

    Raises:
        Untranslatable: if FEEL has no counterpart.
    """
    if base.kind == EXECUTION:
        return _variable(name, arguments, column)
    if base.kind == TIME and (name in TIMES or name == "toDate"):
        return _moved(base, name, arguments, column)
    if base.kind == SPIN and name in SPIN_VALUES and not arguments:
        return base._replace(kind=SPIN_VALUES[name])
    count, method = METHODS.get(name, (-1, None))
    if method is None or len(arguments) != count:
        raise Untranslatable(f"die Methode „{name[:60]}“ gibt es in FEEL nicht", column)
    return method(base, arguments)


def _moved(base: Piece, name: str, arguments: list[Piece], column: int) -> Piece:
    """`dateTime().plusDays(3)`. Days are days of the calendar, of which some have 23 or 25 hours; FEEL's have 24."""
    if name == "toDate" and not arguments:
        return base._replace(kind="unknown")
    if len(arguments) != 1 or not arguments[0].feel.isdigit() or len(arguments[0].feel) > 6:
        raise Untranslatable(f"„{name}“ nimmt hier nur eine feste Zahl", column, "als FEEL schreiben: =now() + duration(…)")
    sign, pattern = TIMES[name]
    count = int(arguments[0].feel) * (7 if name.endswith("Weeks") else 1)
    moved = f"{sign} duration({quoted(pattern.format(count))})"
    if pattern == "P{}D":
        made = f"(for t in [{base.feel}] return date and time(date(t) {moved}, time(t)))[1]"
        return Piece(made, WHOLE, TIME, base.column)
    return Piece(f"{bound(base, ADD)} {moved}", ADD, TIME, base.column)


def _variable(name: str, arguments: list[Piece], column: int) -> Piece:
    """`execution.getVariable('x')` is the variable itself."""
    if name in ("getVariable", "getVariableLocal") and len(arguments) == 1 and arguments[0].kind == "text":
        variable = arguments[0].feel[1:-1]
        if name == "getVariable" and is_plain(variable):
            return Piece(variable, WHOLE, "unknown", column)
    hint = "mit „x != null“ fragen, ob es einen Wert gibt" if name == "hasVariable" else ""
    raise Untranslatable(f"„execution.{name[:60]}“ gibt es in FEEL nicht", column, hint)
