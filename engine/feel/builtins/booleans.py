"""Truth values: not, all, any; and is, which asks for the very same value."""

from __future__ import annotations

import datetime as dt
from typing import Any

from engine.feel.builtins.registry import builtin
from engine.feel.errors import NoValue
from engine.feel.run import Run
from engine.feel.values.equality import same
from engine.feel.values.temporal import offset_of
from engine.feel.values.types import described

_GROUP = "Wahrheitswerte"


@builtin(
    "not(negand: Any): boolean",
    "Das Gegenteil eines Wahrheitswerts; von allem anderen null.",
    ("not(true)", "false"),
    ("not(null)", "null"),
    group=_GROUP,
)
def not_(negand: Any) -> bool | None:
    if negand is None or isinstance(negand, bool):
        return None if negand is None else not negand
    raise NoValue(f"„negand“ muss ein Wahrheitswert sein, ist aber {described(negand)}.")


@builtin(
    "all(list: list): boolean",
    "Ob alle Werte der Liste wahr sind; ohne Werte ja.",
    ("all([true, true])", "true"),
    ("all([true, null])", "null"),
    ("all([])", "true"),
    group=_GROUP,
)
def all_(values: list[Any]) -> bool | None:
    if False in _truths(values):
        return False
    return True if all(value is True for value in values) else None


@builtin("all(b...: Any): boolean", "Ob alle diese Werte wahr sind.", ("all(true, false)", "false"), group=_GROUP)
def all_of(*values: Any) -> bool | None:
    return all_(list(values))


@builtin(
    "any(list: list): boolean",
    "Ob ein Wert der Liste wahr ist; ohne Werte nein.",
    ("any([false, true])", "true"),
    ("any([false, null])", "null"),
    ("any([])", "false"),
    group=_GROUP,
)
def any_(values: list[Any]) -> bool | None:
    if True in _truths(values):
        return True
    return False if all(value is False for value in values) else None


@builtin("any(b...: Any): boolean", "Ob einer dieser Werte wahr ist.", ("any(true, false)", "true"), group=_GROUP)
def any_of(*values: Any) -> bool | None:
    return any_(list(values))


def _truths(values: list[Any]) -> list[bool]:
    return [value for value in values if isinstance(value, bool)]


@builtin(
    "is(value1: Any, value2: Any): boolean",
    "Ob zwei Werte von derselben Art und ein und derselbe Wert sind, auch im Abstand zu UTC.",
    ('is(@"10:30:00Z", @"10:30:00+00:00")', "true"),
    ('is(@"10:30:00Z", @"11:30:00+01:00")', "false"),
    ('is(1, "1")', "false"),
    group=_GROUP,
    needs_run=True,
)
def is_(run: Run, value1: Any, value2: Any) -> bool:
    if type(value1) is not type(value2):
        return False
    if isinstance(value1, dt.time | dt.datetime):
        wall = value1.replace(tzinfo=None) == value2.replace(tzinfo=None)
        return wall and (value1.tzinfo is None) == (value2.tzinfo is None) and offset_of(value1) == offset_of(value2)
    return same(value1, value2, run)
