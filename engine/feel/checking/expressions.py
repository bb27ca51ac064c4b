"""An expression checked before it runs: is it FEEL, are its names known, do its types go together?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches

from engine.base.errors import Cause, Severity
from engine.feel.builtins import registry
from engine.feel.checking.inference import Inference, german, simple
from engine.feel.errors import FeelSyntaxError
from engine.feel.expression import Expression, build
from engine.feel.grammar import tree
from engine.feel.grammar.characters import skeleton
from engine.feel.grammar.names import unusual
from engine.feel.run import position
from engine.feel.values.types import Type


def check_expression(
    text: str,
    known: Mapping[str, Type | None] | Collection[str] | None = None,
    *,
    kind: str = "expression",
    types: Mapping[str, Type] | None = None,
    members: Collection[str] = (),
    unknown: Severity | None = None,
) -> list[Cause]:
    """What is wrong with an expression; lines count from 1 in its text, columns stand in the message.

    `known` are the names it may use, with their types where they are known; None when nobody knows all of them. Then an
    unknown name is advice, else an error, unless `unknown` says how grave it is. `kind` is "expression" or "unary".
    """
    names: Mapping[str, Type | None] = known if isinstance(known, Mapping) else dict.fromkeys(known or ())
    try:
        expression = build(text, kind, unusual(names), types, members=members)
    except FeelSyntaxError as problem:
        return [Cause(f"Spalte {problem.column}: {problem.message}", problem.hint, line=problem.line)]
    return _findings(expression, names, unknown or ("advice" if known is None else "error"))


def nearest(name: str, known: Iterable[str]) -> str:
    """The hint that names the known name that was probably meant."""
    names = list(known)
    alike = [other for other in names if skeleton(other) == skeleton(name)]
    if alike:
        return f"Er sieht aus wie „{alike[0]}“, hat aber andere Buchstaben."
    near = get_close_matches(name, names, 1, 0.6) or [n for n in names if n.casefold() == name.casefold()]
    near = near or get_close_matches(name, registry.names(), 1, 0.7)
    return f"Gemeint ist vermutlich „{near[0]}“." if near else ""


def _findings(expression: Expression, known: Mapping[str, Type | None], unknown: Severity) -> list[Cause]:
    """Names that nothing gives, each once with the nearest known one, and types that cannot go together."""
    inference = Inference(known)
    if isinstance(expression.node, tree.UnaryTests):
        _infer_tests(inference, expression.node, known.get("?"))
    else:
        inference.type(expression.node)
    found = []
    for name, node in {node.name: node for node in reversed(inference.unknown)}.items():
        line, column = position(expression.text, node.at)
        message = f"Spalte {column}: Den Namen „{name}“ gibt es hier nicht."
        found.append(Cause(message, nearest(name, known), line=line, severity=unknown))
    for clash in inference.clashes:
        line, column = position(expression.text, clash.node.at)
        found.append(Cause(f"Spalte {column}: {clash.message}", clash.hint, line=line))
    return found


def _infer_tests(inference: Inference, node: tree.UnaryTests, tested: Type | None) -> None:
    """A fixed value in a cell must be of the kind of its column."""
    wanted = simple(tested)
    for test in node.tests:
        parts = [test.operand] if isinstance(test, tree.UnaryTest) else [test]
        if isinstance(test, tree.RangeOf):
            parts = [test.start, test.stop]
        for part in parts:
            found = simple(inference.type(part))
            literal = isinstance(part, tree.Literal) or isinstance(test, tree.UnaryTest | tree.RangeOf)
            if literal and wanted is not None and found is not None and found != wanted:
                inference.clash(part, f"Die Spalte hat die Art {german(wanted)}, die Zelle aber {german(found)}.")


def result_type(expression: Expression, known: Mapping[str, Type | None]) -> Type | None:
    """The type an expression has, as far as that can be seen."""
    return Inference(known).type(expression.node)


def placed(causes: Iterable[Cause], *, file: str | None, line: int, element: str) -> list[Cause]:
    """The same causes at their place in a file: lines of the text become lines of the file."""
    return [
        replace(cause, file=file, line=line + (cause.line or 1) - 1 if line else None, element=element or None)
        for cause in causes
    ]
