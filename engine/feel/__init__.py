"""FEEL and DMN: exact expressions and decisions, pure, compiled once, without eval.

    grammar/     text → tokens → tree (one pass, a depth limit)
    compile/     tree → Python functions on decimals
    values/      numbers, dates, durations, ranges, functions, types; equality, order, text, JSON
    checking/    what can be said about an expression without running it
    builtins/    the functions of the standard, each declared beside its code
    expression   an expression ready to run, kept by its text
    dmn/         decision models, read from XML of DMN 1.1 to 1.5; loaded when first used

A text that is no FEEL raises `FeelSyntaxError`. A value that does not exist is None, and a warning says why.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import engine.feel.builtins as _builtins
from engine.feel.errors import FeelSyntaxError
from engine.feel.expression import (
    Expression,
    Result,
    compile_expression,
    compile_unary,
    evaluate,
    evaluate_with_warnings,
    unary,
    unary_with_warnings,
)
from engine.feel.values.durations import YearsMonths
from engine.feel.values.functions import Function
from engine.feel.values.ranges import Range
from engine.feel.values.text import to_text

if TYPE_CHECKING:
    from engine.feel.checking.expressions import check_expression
    from engine.feel.dmn import Explained, FiredRule, check_dmn, decide, decide_explained, invoke, invoke_explained
    from engine.feel.values.json import from_json, json_text, to_json

_builtins.load()

_LATER = {
    **dict.fromkeys(("Explained", "FiredRule", "check_dmn", "decide", "decide_explained", "invoke", "invoke_explained"), "dmn"),
    **dict.fromkeys(("from_json", "json_text", "to_json"), "values.json"),
    "check_expression": "checking.expressions",
}

__all__ = [
    "Explained",
    "Expression",
    "FeelSyntaxError",
    "FiredRule",
    "Function",
    "Range",
    "Result",
    "YearsMonths",
    "check_dmn",
    "check_expression",
    "compile_expression",
    "compile_unary",
    "decide",
    "decide_explained",
    "evaluate",
    "evaluate_with_warnings",
    "from_json",
    "invoke",
    "invoke_explained",
    "json_text",
    "to_json",
    "to_text",
    "unary",
    "unary_with_warnings",
]


def __getattr__(name: str) -> Any:
    """Load decision models (with lxml), checks and JSON when they are first used."""
    if name in _LATER:
        value = globals()[name] = getattr(import_module(f"engine.feel.{_LATER[name]}"), name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
