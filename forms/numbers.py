"""Numbers exactly as they were written, and as people here write them.

Every number is a `Decimal` made from its digits, never a float on the way. A number that would fill pages when written
out is refused: the exponent of `1e999999999` is nine characters here and a gigabyte in a notice.
"""

from __future__ import annotations

import math
import re
from decimal import Context, Decimal, InvalidOperation
from typing import Any

MAX_DIGITS = 1000
EXACT = Context(prec=3 * MAX_DIGITS)
_PLAIN = re.compile(r"-?[0-9]+(?:[.,][0-9]+)?")


def exact(literal: str) -> Decimal:
    """The number a literal stands for.

    Raises:
        ValueError: it is no finite number, or has more than 1,000 digits when written out.
    """
    if len(literal) > MAX_DIGITS + 10:
        raise ValueError("too long")
    try:
        number = Decimal(literal)
    except InvalidOperation as error:
        raise ValueError("not a number") from error
    if not number.is_finite() or not _is_short(number):
        raise ValueError("not a finite number of bearable length")
    return number


def from_value(value: Any) -> Decimal:
    """The number in a value of JSON or TOML, or in a text like `12.5` or `12,5` as number fields send it.

    Raises:
        ValueError: there is no number in it.
    """
    if isinstance(value, Decimal):
        if value.is_finite() and _is_short(value):
            return value
    elif isinstance(value, int) and not isinstance(value, bool):
        if abs(value) < 10**MAX_DIGITS:
            return Decimal(value)
    elif isinstance(value, float):
        if math.isfinite(value):
            return Decimal(repr(value))
    elif isinstance(value, str) and _PLAIN.fullmatch(value):
        return exact(value.replace(",", "."))
    raise ValueError("not a number")


def plain(number: Decimal) -> str:
    """The shortest plain writing: no exponent, no trailing zeros, `0` for every zero."""
    if not number:
        return "0"
    return format(EXACT.normalize(number), "f")


def decimals(number: Decimal) -> int:
    """How many digits after the decimal comma a number really has (2.50 has one)."""
    _, _, fraction = plain(number).partition(".")
    return len(fraction)


def is_multiple(number: Decimal, step: Decimal) -> bool:
    """Whether a number is a whole multiple of a step, counted from zero."""
    return not EXACT.remainder(number, step)


def german(number: Decimal) -> str:
    """The number as people here read it: 1.234,5."""
    whole, _, fraction = plain(number).partition(".")
    grouped = re.sub(r"(?<=[0-9])(?=(?:[0-9]{3})+$)", ".", whole)
    return f"{grouped},{fraction}" if fraction else grouped


def _is_short(number: Decimal) -> bool:
    """Neither many digits nor many zeros: written out, both sides of the comma stay short."""
    digits = number.as_tuple().digits
    return len(digits) <= MAX_DIGITS and abs(number.adjusted()) < MAX_DIGITS
