"""Numbers: decimals of 34 digits, rounded half to even, as IEEE 754 decimal128 has them."""

from __future__ import annotations

import decimal
from decimal import Decimal

from engine.feel.errors import NoValue

CONTEXT = decimal.Context(
    prec=34,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
ZERO, ONE = Decimal(0), Decimal(1)
_LARGEST = Decimal("1e15")


def number(value: int | float | Decimal | str) -> Decimal | None:
    """A number as FEEL keeps it; None when it is no finite number of the standard's size."""
    if isinstance(value, int) and value.bit_length() > 21_000:
        return None
    try:
        result = CONTEXT.plus(Decimal(repr(value) if isinstance(value, float) else value))
    except (ArithmeticError, ValueError):
        return None
    return result if result.is_finite() else None


def whole(value: Decimal, what: str = "Die Zahl") -> int:
    """The number as a whole number of reasonable size."""
    if not -_LARGEST < value < _LARGEST:
        raise NoValue(f"{what} ist zu groß.")
    result = int(value)
    if result != value:
        raise NoValue(f"{what} muss ganz sein, ist aber {plain(value)}.")
    return result


def plain(value: Decimal) -> str:
    """The number with all its digits, without exponent and without idle zeros."""
    if not value:
        return "0"
    if not -6200 < value.adjusted() < 6200 or len(value.as_tuple().digits) > 6200:
        checked = number(value)
        if checked is None:
            return "null"
        value = checked
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
