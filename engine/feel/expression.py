"""Expressions ready to run: compiled once, kept by their text, used by many threads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.feel import limits
from engine.feel.builtins import registry
from engine.feel.compile import MISSING, Code, Compiled
from engine.feel.compile.code import Missing
from engine.feel.errors import LimitReached
from engine.feel.grammar import lexer, names, tree
from engine.feel.grammar.characters import skeleton
from engine.feel.grammar.parser import parse, parse_tests
from engine.feel.run import Run
from engine.feel.values.coerce import ATOMS, clean, shallow, within_bounds
from engine.feel.values.types import Type

_QUIET = ATOMS | {Run, Missing}  # what needs no making FEEL's
_PARSERS: dict[str, Callable[..., Any]] = {"expression": parse, "unary": parse_tests}


@dataclass(frozen=True, slots=True)
class Result:
    """A value, and why it or a part of it is null."""

    value: Any
    warnings: tuple[str, ...] = ()


class Expression:
    """A compiled expression. It holds no state of a run: any number of threads may use it at once."""

    __slots__ = ("_fallbacks", "_locals", "_names", "_run", "_whole", "node", "text")

    def __init__(self, text: str, node: tree.Node, code: Code, run: Compiled) -> None:
        self.text, self.node, self._run = text, node, run
        self._names = tuple(code.free)
        self._fallbacks = [_fallback(name) for name in self._names]
        self._locals = [None] * code.locals
        self._whole = frozenset(code.whole)

    @property
    def names(self) -> frozenset[str]:
        """The names it takes from outside, of a path only the first part."""
        return frozenset(self._names)

    def evaluate(self, context: Mapping[str, Any], warnings: list[str] | None = None, run: Run | None = None) -> Any:
        """The value in a context; what has no value is null and, with a list for them, a warning. `run` knows what it cost."""
        run = run or Run(warnings)
        try:
            value = self.run(context, run)
            if type(value) in ATOMS:
                return value
            within_bounds(value)
        except LimitReached as problem:
            run.warn("", f"„{shortened(self.text)}“: {problem}")
            return None
        return value

    def run(self, context: Mapping[str, Any], run: Run, *, settled: bool = False) -> Any:
        """The value as a part of a larger evaluation, whose limits count on. `settled`: the context holds FEEL values only."""
        env = [run, *map(context.get, self._names, self._fallbacks), *self._locals]
        try:
            if not settled and not _QUIET.issuperset(map(type, env)):
                self._settle(env)
            value = self._run(env)
        except RecursionError as cause:
            raise LimitReached("Der Ausdruck ist zu tief verschachtelt.") from cause
        if run.warnings:
            self._explain(context, run)
        return value

    def _settle(self, env: list[Any]) -> None:
        """Make values of Python FEEL's; those only walked into by path are made so where the path ends."""
        for slot in range(1, len(self._names) + 1):
            value = env[slot]
            if type(value) not in _QUIET:
                env[slot] = clean(value, env[0]) if slot in self._whole else shallow(value)

    def _explain(self, context: Mapping[str, Any], run: Run) -> None:
        """Say which known name an unknown one looks like, letter for letter of another alphabet."""
        for name in self._names:
            if not name.isascii() and name not in context:
                like = [other for other in context if skeleton(other) == skeleton(name)]
                if like:
                    run.warn("", f"Der Name „{name}“ sieht aus wie „{like[0]}“, hat aber andere Buchstaben.")


def _fallback(name: str) -> Any:
    builtin = registry.find(name)
    return MISSING if builtin is None else builtin.as_value()


def shortened(text: str) -> str:
    """A text for a message, at most 60 characters."""
    text = " ".join(text[:200].split())
    return text if len(text) <= 60 else text[:59] + "…"


@lru_cache(maxsize=limits.MAX_CACHE)
def _kept(text: str, kind: str, known: frozenset[str]) -> Expression:
    return build(text, kind, known)


registry.on_change(_kept.cache_clear)


def _compiled(text: str, kind: str, known: frozenset[str]) -> Expression:
    """An expression compiled before, or now; very long ones are not kept, for the memory they take."""
    return _kept(text, kind, known) if len(text) <= limits.MAX_KEPT else build(text, kind, known)


def build(
    text: str,
    kind: str = "expression",
    known: Collection[str] = (),
    types: Mapping[str, Type] | None = None,
    source: str = "",
    shadows: frozenset[str] = frozenset(),
    members: Collection[str] = (),
) -> Expression:
    """Compile a text, without looking whether that was done before. `members` are names that may follow a dot."""
    try:
        node = _PARSERS[kind](text, known, members)
        code = Code(text, types or {}, source, shadows)
        return Expression(text, node, code, code.compile(node))
    except RecursionError as cause:
        raise lexer.syntax_error(text, 0, "Der Ausdruck ist zu tief verschachtelt.", "Bitte aufteilen.") from cause


def compile_expression(text: str, known: Collection[str] = ()) -> Expression:
    """Compile an expression. `known` are names with signs or keywords in them, like "a-b", that cannot be read otherwise."""
    return _compiled(text, "expression", names.unusual(known))


def compile_unary(text: str, known: Collection[str] = ()) -> Expression:
    """Compile the unary tests of a cell; evaluate them with the tested value as `?`."""
    return _compiled(text, "unary", names.unusual(known))


def evaluate(expression: str, context: Mapping[str, Any]) -> Any:
    """The value of an expression in a context, null where it has none.

    Raises:
        FeelSyntaxError: the text is no FEEL; line and column point at the place.
    """
    return _compiled(expression, "expression", names.unusual_in(context, expression)).evaluate(context)


def evaluate_with_warnings(expression: str, context: Mapping[str, Any]) -> Result:
    """The value of an expression, and the warnings that say why something is null."""
    warnings: list[str] = []
    value = _compiled(expression, "expression", names.unusual_in(context, expression)).evaluate(context, warnings)
    return Result(value, tuple(warnings))


class Tested(Mapping[str, Any]):
    """A context in which `?` is the tested value."""

    __slots__ = ("_context", "_value")

    def __init__(self, context: Mapping[str, Any], value: Any) -> None:
        self._context, self._value = context, value

    def get(self, name: str, default: Any = None) -> Any:
        return self._value if name == "?" else self._context.get(name, default)

    def __getitem__(self, name: str) -> Any:
        return self._value if name == "?" else self._context[name]

    def __iter__(self) -> Any:
        return iter({*self._context, "?"})

    def __len__(self) -> int:
        return len({*self._context, "?"})


def unary(tests: str, value: Any, context: Mapping[str, Any]) -> bool | None:
    """Whether a value passes the unary tests: true, false, or null when that cannot be said.

    Raises:
        FeelSyntaxError: the text is no FEEL; line and column point at the place.
    """
    result = _compiled(tests, "unary", names.unusual_in(context, tests)).evaluate(Tested(context, value))
    return result if isinstance(result, bool) else None


def unary_with_warnings(tests: str, value: Any, context: Mapping[str, Any]) -> Result:
    """Whether a value passes the unary tests, and the warnings that say why that cannot be said."""
    warnings: list[str] = []
    compiled = _compiled(tests, "unary", names.unusual_in(context, tests))
    return Result(compiled.evaluate(Tested(context, value), warnings), tuple(warnings))
