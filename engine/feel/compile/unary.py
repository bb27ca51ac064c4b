"""Unary tests: does the value of a cell's column, `?`, pass?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.feel.compile.code import Code, Compiled, Frame, handles
from engine.feel.compile.operators import relate
from engine.feel.grammar import tree
from engine.feel.run import Run
from engine.feel.values.equality import equal, same, unwrapped
from engine.feel.values.ordering import in_range
from engine.feel.values.ranges import Range
from engine.feel.values.types import described

Test = Callable[[list[Any], Any], bool | None]
_CONDITIONS = (tree.Comparison, tree.Logic, tree.Between, tree.In, tree.InstanceOf, tree.Quantified)


@handles(tree.UnaryTests)
def unary_tests(node: tree.UnaryTests, code: Code) -> Compiled:
    """The tests of a cell; the value tested is `?`."""
    if not node.tests:
        return lambda env: True
    slot = code.outside("?")
    tests = [_cell_test(test, code) for test in node.tests]
    negated = node.negated

    def run_tests(env: list[Any]) -> bool | None:
        value = env[slot]
        result = _any(env, value, tests)
        return (None if result is None else not result) if negated else result

    return run_tests


@handles(tree.In)
def is_in(node: tree.In, code: Code) -> Compiled:
    value, slot = code.compile(node.value), code.new_local()
    code.frames.append(Frame({"?": slot}))
    tests = [_cell_test(test, code) if _speaks_of_value(test) else _test(test, code) for test in node.tests]
    code.frames.pop()

    def run_in(env: list[Any]) -> bool | None:
        env[slot] = found = value(env)
        return _any(env, found, tests)

    return run_in


def _any(env: list[Any], value: Any, tests: list[Test]) -> bool | None:
    result: bool | None = False
    for test in tests:
        verdict = test(env, value)
        if verdict is True:
            return True
        if verdict is None:
            result = None
    return result


def _test(node: tree.Node, code: Code) -> Test:
    if isinstance(node, tree.UnaryTest):
        relation, place, operand = relate(node.op), code.place(node), code.compile(node.operand)
        return lambda env, value: relation(env[0], value, operand(env), place)
    if isinstance(node, tree.RangeOf):
        return _range_test(node, code)
    expression = code.compile(node)
    return lambda env, value: matches(env[0], value, expression(env))


def _range_test(node: tree.RangeOf, code: Code) -> Test:
    """x in [a..b] is short for x >= a and x <= b, whatever a and b are."""
    start, stop, place = code.compile(node.start), code.compile(node.stop), code.place(node)
    start_included, end_included = node.start_included, node.end_included

    def run_range_test(env: list[Any], value: Any) -> bool | None:
        result = in_range(value, Range(start(env), stop(env), start_included, end_included))
        if result is None:
            env[0].warn(place, f"Ob das im Bereich liegt, lässt sich nicht sagen: {described(value)}.")
        return result

    return run_range_test


def _speaks_of_value(node: tree.Node) -> bool:
    return any(isinstance(part, tree.Name) and part.name == "?" for part in tree.walk(node))


def _cell_test(node: tree.Node, code: Code) -> Test:
    """Like a test after `in`; but an expression that speaks of `?`, or is a condition, says itself whether it holds."""
    if isinstance(node, tree.UnaryTest):
        return _test(node, code)
    if isinstance(node, _CONDITIONS) or _speaks_of_value(node):
        condition = code.compile(node)
        return lambda env, value: _verdict(env[0], value, condition(env))
    return _test(node, code)


def _verdict(run: Run, value: Any, result: Any) -> bool | None:
    return result if result is None or type(result) is bool else matches(run, value, result)


def matches(run: Run, value: Any, wanted: Any) -> bool | None:
    """Whether a value is the wanted one, in the wanted range, or one of the wanted list."""
    if type(wanted) is Range:
        return in_range(value, wanted)
    if type(wanted) is not list:
        return equal(*unwrapped(value, wanted), run)
    run.charge(len(wanted) // 4 + 1)
    if type(value) is list and same(value, wanted, run):
        return True
    for item in wanted:
        if type(item) is Range and type(value) is not Range:
            if in_range(value, item) is True:
                return True
        elif same(value, item, run):
            return True
    return False
