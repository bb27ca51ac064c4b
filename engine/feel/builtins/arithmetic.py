"""Numbers: rounding in all directions, remainders, roots, logarithms."""

from __future__ import annotations

import datetime as dt
import decimal
from decimal import Decimal

from engine.feel.builtins.registry import builtin
from engine.feel.errors import NoValue
from engine.feel.values.durations import YearsMonths
from engine.feel.values.numbers import CONTEXT, ZERO, plain, whole

_GROUP = "Zahlen"
_WIDE = decimal.Context(prec=40, Emin=-6180, Emax=6180, traps=[decimal.InvalidOperation, decimal.Overflow])


def _rounded(n: Decimal, scale: Decimal, rounding: str) -> Decimal:
    """A number with so many decimals; a negative scale rounds to tens, hundreds, …"""
    places = whole(scale.to_integral_value("ROUND_DOWN"), "Die Zahl der Stellen")
    if not -6111 <= places <= 6176:
        raise NoValue("Die Zahl der Stellen liegt zwischen -6111 und 6176.")
    exponent = n.as_tuple().exponent
    if isinstance(exponent, int) and -exponent <= places:
        return n
    return CONTEXT.plus(n.quantize(Decimal(1).scaleb(-places, _WIDE), rounding=rounding, context=_WIDE))


@builtin(
    "decimal(n: number, scale: number): number",
    "Rundet kaufmännisch gerade: bei genau der Hälfte zur geraden Ziffer.",
    ("decimal(2.5, 0)", "2"),
    ("decimal(1/3, 2)", "0.33"),
    ("decimal(1234, -2)", "1200"),
    group=_GROUP,
)
def decimal_(n: Decimal, scale: Decimal) -> Decimal:
    return _rounded(n, scale, decimal.ROUND_HALF_EVEN)


@builtin("floor(n: number): number", "Rundet ab zur nächsten ganzen Zahl.", ("floor(1.5)", "1"), group=_GROUP)
@builtin(
    "floor(n: number, scale: number): number",
    "Rundet ab, zu den kleineren Zahlen hin.",
    ("floor(-1.56, 1)", "-1.6"),
    group=_GROUP,
)
def floor(n: Decimal, scale: Decimal = ZERO) -> Decimal:
    return _rounded(n, scale, decimal.ROUND_FLOOR)


@builtin("ceiling(n: number): number", "Rundet auf zur nächsten ganzen Zahl.", ("ceiling(1.5)", "2"), group=_GROUP)
@builtin(
    "ceiling(n: number, scale: number): number",
    "Rundet auf, zu den größeren Zahlen hin.",
    ("ceiling(-1.56, 1)", "-1.5"),
    group=_GROUP,
)
def ceiling(n: Decimal, scale: Decimal = ZERO) -> Decimal:
    return _rounded(n, scale, decimal.ROUND_CEILING)


@builtin(
    "round up(n: number, scale: number): number",
    "Rundet von null weg.",
    ("round up(5.5, 0)", "6"),
    ("round up(-1.121, 2)", "-1.13"),
    group=_GROUP,
)
def round_up(n: Decimal, scale: Decimal) -> Decimal:
    return _rounded(n, scale, decimal.ROUND_UP)


@builtin(
    "round down(n: number, scale: number): number",
    "Rundet zu null hin.",
    ("round down(5.5, 0)", "5"),
    ("round down(-1.126, 2)", "-1.12"),
    group=_GROUP,
)
def round_down(n: Decimal, scale: Decimal) -> Decimal:
    return _rounded(n, scale, decimal.ROUND_DOWN)


@builtin(
    "round half up(n: number, scale: number): number",
    "Rundet zur nächsten Zahl, bei genau der Hälfte von null weg.",
    ("round half up(5.5, 0)", "6"),
    ("round half up(-1.125, 2)", "-1.13"),
    group=_GROUP,
)
def round_half_up(n: Decimal, scale: Decimal) -> Decimal:
    return _rounded(n, scale, decimal.ROUND_HALF_UP)


@builtin(
    "round half down(n: number, scale: number): number",
    "Rundet zur nächsten Zahl, bei genau der Hälfte zu null hin.",
    ("round half down(5.5, 0)", "5"),
    ("round half down(-1.125, 2)", "-1.12"),
    group=_GROUP,
)
def round_half_down(n: Decimal, scale: Decimal) -> Decimal:
    return _rounded(n, scale, decimal.ROUND_HALF_DOWN)


@builtin(
    "abs(n: number|duration): number",
    "Der Betrag einer Zahl oder Dauer.",
    ("abs(-10)", "10"),
    ('abs(@"-PT5H")', '@"PT5H"'),
    group=_GROUP,
    weight=1,
)
def abs_(n: Decimal | dt.timedelta | YearsMonths) -> Decimal | dt.timedelta | YearsMonths:
    if isinstance(n, YearsMonths):
        return YearsMonths(abs(n.total))
    return CONTEXT.abs(n) if isinstance(n, Decimal) else abs(n)


@builtin(
    "modulo(dividend: number, divisor: number): number",
    "Der Rest einer Teilung mit dem Vorzeichen des Teilers.",
    ("modulo(12, 5)", "2"),
    ("modulo(-12, 5)", "3"),
    ("modulo(10, 0)", "null"),
    group=_GROUP,
)
def modulo(dividend: Decimal, divisor: Decimal) -> Decimal:
    if not divisor:
        raise NoValue("Durch null lässt sich nicht teilen.")
    rest = CONTEXT.remainder(dividend, divisor)
    return CONTEXT.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else CONTEXT.plus(rest)


@builtin("sqrt(number: number): number", "Die Quadratwurzel.", ("sqrt(16)", "4"), ("sqrt(-1)", "null"), group=_GROUP, weight=4)
def sqrt(number: Decimal) -> Decimal:
    if number < 0:
        raise NoValue("Eine Wurzel aus einer negativen Zahl gibt es nicht.")
    return CONTEXT.sqrt(number)


@builtin(
    "log(number: number): number",
    "Der natürliche Logarithmus.",
    ("decimal(log(10), 8)", "2.30258509"),
    ("log(0)", "null"),
    group=_GROUP,
    weight=100,
)
def log(number: Decimal) -> Decimal:
    if number <= 0:
        raise NoValue("Einen Logarithmus gibt es nur von Zahlen über null.")
    return CONTEXT.ln(number)


@builtin(
    "exp(number: number): number",
    "Die Eulersche Zahl hoch der Zahl.",
    ("decimal(exp(5), 8)", "148.4131591"),
    group=_GROUP,
    weight=100,
)
def exp(number: Decimal) -> Decimal:
    return CONTEXT.exp(number)


@builtin("odd(number: number): boolean", "Ob die Zahl ungerade ist.", ("odd(5)", "true"), ("odd(2)", "false"), group=_GROUP)
def odd(number: Decimal) -> bool:
    return not even(number)


@builtin("even(number: number): boolean", "Ob die Zahl gerade ist.", ("even(5)", "false"), ("even(0)", "true"), group=_GROUP)
def even(number: Decimal) -> bool:
    if number != number.to_integral_value():
        raise NoValue(f"Die Zahl muss ganz sein, ist aber {plain(number)}.")
    return not CONTEXT.remainder(number, Decimal(2)) if number.adjusted() < 34 else True
