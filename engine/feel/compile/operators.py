"""Arithmetic, comparison and logic. The common cases, numbers and constants, are short; everything else goes the long way."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel.compile.code import Code, Compiled, handles
from engine.feel.errors import NoValue
from engine.feel.grammar import tree
from engine.feel.run import Place, Run
from engine.feel.values.arithmetic import NUMERIC, TABLES, Operation
from engine.feel.values.durations import YearsMonths, days_time, micros
from engine.feel.values.equality import PLAIN, equal, unwrapped
from engine.feel.values.numbers import CONTEXT
from engine.feel.values.ordering import compare
from engine.feel.values.types import described

_POWER_STEPS = 100  # a power with 34 digits takes that long
_NO_NUMBER = "Das Ergebnis ist keine Zahl oder zu groß."
_WORDS = {"+": "addieren", "-": "voneinander abziehen", "*": "multiplizieren", "/": "teilen", "**": "potenzieren"}


# --- arithmetic ----------------------------------------------------------------------------------------------------


def calculate(run: Run, op: str, left: Any, right: Any, place: Place) -> Any:
    """left op right, or null and a warning."""
    operation = TABLES[op].get((type(left), type(right)))
    if operation is None:
        run.warn(place, f"{_WORDS[op].capitalize()} geht nicht mit: {described(left)}, {described(right)}.")
        return None
    try:
        value = operation(left, right)
    except NoValue as problem:
        run.warn(place, str(problem))
        return None
    except ZeroDivisionError:
        run.warn(place, "Durch null lässt sich nicht teilen.")
        return None
    except ArithmeticError:
        run.warn(place, _NO_NUMBER)
        return None
    return run.text(value) if type(value) is str else value


@handles(tree.Chain)
def chain(node: tree.Chain, code: Code) -> Compiled:
    first = code.compile(node.first)
    rest = [(op, code.compile(term)) for op, term in node.rest]
    place = code.place(node)
    if len(rest) == 1:
        op, term = rest[0]
        constant = node.rest[0][1]
        if op == "**":
            return _power(first, term, place)
        if isinstance(constant, tree.Literal) and type(constant.value) is Decimal:
            return _with_constant(op, first, constant.value, place)
        return _binary(op, first, term, place)

    def run_chain(env: list[Any]) -> Any:
        value = first(env)
        for op, term in rest:
            if op == "**":
                env[0].charge(_POWER_STEPS)
            value = calculate(env[0], op, value, term(env), place)
        return value

    return run_chain


def _binary(op: str, left: Compiled, right: Compiled, place: Place) -> Compiled:
    numeric: Operation = NUMERIC[op]

    def run_binary(env: list[Any]) -> Any:
        a = left(env)
        b = right(env)
        if type(a) is Decimal and type(b) is Decimal:
            try:
                return numeric(a, b)
            except (ArithmeticError, NoValue):
                pass
        return calculate(env[0], op, a, b, place)

    return run_binary


def _power(left: Compiled, right: Compiled, place: Place) -> Compiled:
    def run_power(env: list[Any]) -> Any:
        env[0].charge(_POWER_STEPS)
        return calculate(env[0], "**", left(env), right(env), place)

    return run_power


def _with_constant(op: str, left: Compiled, constant: Decimal, place: Place) -> Compiled:
    numeric: Operation = NUMERIC[op]

    def run_with_constant(env: list[Any]) -> Any:
        a = left(env)
        if type(a) is Decimal:
            try:
                return numeric(a, constant)
            except (ArithmeticError, NoValue):
                pass
        return calculate(env[0], op, a, constant, place)

    return run_with_constant


@handles(tree.Negation)
def negation(node: tree.Negation, code: Code) -> Compiled:
    operand, place = code.compile(node.operand), code.place(node)

    def run_negation(env: list[Any]) -> Any:
        value = operand(env)
        if type(value) is Decimal:
            return CONTEXT.minus(value)
        if type(value) is YearsMonths:
            return YearsMonths(-value.total)
        if type(value) is dt.timedelta:
            return days_time(-micros(value))
        env[0].warn(place, f"Ein Minus davor geht nicht mit: {described(value)}.")
        return None

    return run_negation


# --- comparison ----------------------------------------------------------------------------------------------------


def _equals(run: Run, left: Any, right: Any, place: Place) -> bool | None:
    left, right = unwrapped(left, right)
    result = equal(left, right, run)
    if result is None:
        run.warn(place, f"{described(left)} und {described(right)} sind von verschiedener Art.")
    return result


def _differs(run: Run, left: Any, right: Any, place: Place) -> bool | None:
    result = _equals(run, left, right, place)
    return None if result is None else not result


def _ordered(test: Callable[[int], bool]) -> Callable[[Run, Any, Any, Place], bool | None]:
    def run_ordered(run: Run, left: Any, right: Any, place: Place) -> bool | None:
        order = compare(*unwrapped(left, right))
        if order is None:
            run.warn(place, f"Vergleichen geht nicht mit: {described(left)}, {described(right)}.")
            return None
        return test(order)

    return run_ordered


_LONG: dict[str, Callable[[Run, Any, Any, Place], bool | None]] = {
    "=": _equals,
    "!=": _differs,
    "<": _ordered(lambda order: order < 0),
    "<=": _ordered(lambda order: order <= 0),
    ">": _ordered(lambda order: order > 0),
    ">=": _ordered(lambda order: order >= 0),
}
_SHORT: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def relate(op: str) -> Callable[[Run, Any, Any, Place], bool | None]:
    """The comparison of that sign, for values of any kind."""
    return _LONG[op]


@handles(tree.Comparison)
def comparison(node: tree.Comparison, code: Code) -> Compiled:
    place, long, short = code.place(node), _LONG[node.op], _SHORT[node.op]
    left = code.compile(node.left)
    if isinstance(node.right, tree.Literal):
        constant = node.right.value
        kind = type(constant)
        if kind in PLAIN and (kind is not bool or node.op in ("=", "!=")):
            return _to_constant(left, constant, short, long, place)
    right = code.compile(node.right)

    def run_comparison(env: list[Any]) -> bool | None:
        a = left(env)
        b = right(env)
        if type(a) is Decimal and type(b) is Decimal:
            return short(a, b)
        return long(env[0], a, b, place)

    return run_comparison


def _to_constant(
    left: Compiled,
    constant: Any,
    short: Callable[[Any, Any], bool],
    long: Callable[[Run, Any, Any, Place], bool | None],
    place: Place,
) -> Compiled:
    kind = type(constant)

    def run_to_constant(env: list[Any]) -> bool | None:
        value = left(env)
        if type(value) is kind:
            return short(value, constant)
        return long(env[0], value, constant, place)

    return run_to_constant


@handles(tree.Between)
def between(node: tree.Between, code: Code) -> Compiled:
    value, low, high = code.compile(node.value), code.compile(node.low), code.compile(node.high)
    at_least, at_most, place = _LONG[">="], _LONG["<="], code.place(node)

    def run_between(env: list[Any]) -> bool | None:
        run, x = env[0], value(env)
        return both(at_least(run, x, low(env), place), at_most(run, x, high(env), place))

    return run_between


# --- logic ---------------------------------------------------------------------------------------------------------


def both(left: bool | None, right: bool | None) -> bool | None:
    """Three-valued and."""
    if left is False or right is False:
        return False
    return True if left is True and right is True else None


@handles(tree.Logic)
def logic(node: tree.Logic, code: Code) -> Compiled:
    parts = [code.compile(part) for part in node.parts]
    place = code.place(node)
    decisive = node.op == "or"

    def run_logic(env: list[Any]) -> bool | None:
        result: bool | None = not decisive
        for part in parts:
            value = part(env)
            if value is decisive:
                return decisive
            if value is not True and value is not False:
                if value is not None:
                    env[0].warn(place, f"{node.op} braucht Wahrheitswerte, da ist aber {described(value)}.")
                result = None
        return result

    return run_logic
