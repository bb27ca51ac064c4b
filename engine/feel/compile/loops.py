"""for, some, every, and filters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel import limits
from engine.feel.compile.basics import raw
from engine.feel.compile.code import Code, Compiled, Frame, handles
from engine.feel.errors import NoValue
from engine.feel.grammar import tree
from engine.feel.run import Place, Run
from engine.feel.values.coerce import clean
from engine.feel.values.numbers import whole
from engine.feel.values.ranges import Range
from engine.feel.values.types import described

Source = Callable[[list[Any]], list[Any] | None]
_CONDITIONS = (tree.Comparison, tree.Logic, tree.Between, tree.In, tree.InstanceOf, tree.Quantified)


# --- what a loop goes over -------------------------------------------------------------------------------------------


def weight(node: tree.Node) -> int:
    """The steps one turn of a loop costs, by the length of its body."""
    return 1 + (node.end - node.at) // limits.CHARS_PER_TURN


def elements(run: Run, value: Any, cost: int = 1) -> list[Any]:
    """The values a loop takes one after the other: a list's items, a range's whole numbers or days, or the value itself."""
    if type(value) is list:
        run.charge(len(value) * cost)
        return value
    if value is None:
        raise NoValue("Über null lässt sich nicht laufen.")
    if type(value) is Range:
        return _span(run, value.start, value.end, value.start_included, value.end_included, cost, downward=False)
    run.charge(cost)
    return [value]


def _span(run: Run, start: Any, end: Any, start_included: bool, end_included: bool, cost: int, *, downward: bool) -> list[Any]:
    make: Callable[[int], Any]
    if type(start) is Decimal and type(end) is Decimal:
        first, last, make = whole(start, "Der Anfang"), whole(end, "Das Ende"), Decimal
    elif type(start) is dt.date and type(end) is dt.date:
        first, last, make = start.toordinal(), end.toordinal(), dt.date.fromordinal
    else:
        raise NoValue(f"Von {described(start)} bis {described(end)} lässt sich nicht zählen.")
    step = -1 if downward and last < first else 1
    first, last = (first if start_included else first + step), (last if end_included else last - step)
    run.charge(max((last - first) * step + 1, 0) * (cost + 1))
    return [make(number) for number in range(first, last + step, step)]


def _source(node: tree.Iteration, code: Code, cost: int) -> Source:
    first, place = code.compile(node.source), Place(code.text, node.at, node.end, code.source)
    last = code.compile(node.until) if node.until is not None else None

    def run_source(env: list[Any]) -> list[Any] | None:
        try:
            if last is None:
                return elements(env[0], first(env), cost)
            return _span(env[0], first(env), last(env), True, True, cost, downward=True)
        except NoValue as problem:
            env[0].warn(place, str(problem))
            return None

    return run_source


def _iterations(nodes: tuple[tree.Iteration, ...], code: Code, cost: int) -> tuple[Frame, list[tuple[int, Source]]]:
    """The loop variables; each is known to the sources after it."""
    frame = Frame()
    code.frames.append(frame)
    loops = []
    for node in nodes:
        source = _source(node, code, cost)
        slot = frame.names[node.name] = code.new_local()
        loops.append((slot, source))
    return frame, loops


def _nested(loops: list[tuple[int, Source]], visit: Callable[[list[Any]], bool]) -> Callable[[list[Any]], bool]:
    """Run through all combinations until a visit says stop; False when a source has no value."""
    slot, source = loops[0]
    inner = _nested(loops[1:], visit) if len(loops) > 1 else visit

    def run_nested(env: list[Any]) -> bool:
        items = source(env)
        if items is None:
            return False
        for item in items:
            env[slot] = item
            if not inner(env):
                return False
        return True

    return run_nested


# --- for -------------------------------------------------------------------------------------------------------------


@handles(tree.For)
def loop(node: tree.For, code: Code) -> Compiled:
    frame, loops = _iterations(node.iterators, code, weight(node.body))
    partial = frame.names["partial"] = code.new_local()
    body = code.compile(node.body)
    code.frames.pop()
    if len(loops) == 1:
        return _single_loop(*loops[0], partial, body)

    def visit(env: list[Any]) -> bool:
        env[partial].append(body(env))
        return True

    run_all = _nested(loops, visit)

    def run_for(env: list[Any]) -> list[Any] | None:
        results = env[partial] = []
        return results if run_all(env) else None

    return run_for


def _single_loop(slot: int, source: Source, partial: int, body: Compiled) -> Compiled:
    def run_for(env: list[Any]) -> list[Any] | None:
        items = source(env)
        if items is None:
            return None
        results: list[Any] = []
        env[partial] = results
        for item in items:
            env[slot] = item
            results.append(body(env))
        return results

    return run_for


# --- some, every -----------------------------------------------------------------------------------------------------


@handles(tree.Quantified)
def quantified(node: tree.Quantified, code: Code) -> Compiled:
    _, loops = _iterations(node.iterators, code, weight(node.body))
    result_slot = code.new_local()
    body, place = code.compile(node.body), code.place(node)
    code.frames.pop()
    decisive = node.kind == "some"

    def visit(env: list[Any]) -> bool:
        value = body(env)
        if value is decisive:
            env[result_slot] = decisive
            return False
        if value is not (not decisive):
            if value is not None:
                env[0].warn(place, f"{node.kind} braucht Wahrheitswerte, da ist aber {described(value)}.")
            env[result_slot] = None
        return True

    run_all = _nested(loops, visit)

    def run_quantified(env: list[Any]) -> bool | None:
        env[result_slot] = not decisive
        finished = run_all(env)
        result: bool | None = env[result_slot]
        return result if finished or result is decisive else None

    return run_quantified


# --- filters ---------------------------------------------------------------------------------------------------------


@handles(tree.Filter)
def filtered(node: tree.Filter, code: Code) -> Compiled:
    place, cost = code.place(node), weight(node.predicate)
    if isinstance(node.predicate, tree.Literal) and type(node.predicate.value) is Decimal:
        return _fixed_index(raw(node.base, code), node.predicate.value, place)
    base = code.compile(node.base)
    slot = code.new_local()
    code.frames.append(Frame({"item": slot}, slot))
    predicate = code.compile(node.predicate)
    code.frames.pop()
    always_list = isinstance(node.predicate, _CONDITIONS)

    def run_filter(env: list[Any]) -> Any:
        value = base(env)
        if value is None:
            return None
        items = value if type(value) is list else [value]
        if not items:
            return [] if always_list or _index_of_nothing(env, slot, predicate) is None else None
        env[0].charge(len(items) * cost)
        return _matching(env, slot, items, predicate, place)

    return run_filter


def _index_of_nothing(env: list[Any], slot: int, predicate: Compiled) -> Decimal | None:
    """Whether the predicate is an index, for a list without items: then there is no warning to give."""
    run, env[slot] = env[0], None
    quiet, run.warnings = run.warnings, None
    try:
        value = predicate(env)
    finally:
        run.warnings = quiet
    return value if type(value) is Decimal else None


def _matching(env: list[Any], slot: int, items: list[Any], predicate: Compiled, place: Place) -> Any:
    found = []
    for number, item in enumerate(items):
        env[slot] = item
        verdict = predicate(env)
        if verdict is True:
            found.append(item)
        elif type(verdict) is Decimal and number == 0:
            return at_index(env[0], items, verdict, place)
        elif verdict is not False and verdict is not None:
            env[0].warn(place, f"Ein Filter braucht Wahrheitswerte oder eine Zahl, da ist aber {described(verdict)}.")
            return None
    return found


def _fixed_index(base: Compiled, index: Decimal, place: Place) -> Compiled:
    def run_index(env: list[Any]) -> Any:
        value = base(env)
        if value is None:
            return None
        return clean(at_index(env[0], value if type(value) is list else [value], index, place), env[0])

    return run_index


def at_index(run: Run, items: list[Any], index: Decimal, place: Place) -> Any:
    """The item at a place, counted from 1, or from -1 backwards."""
    try:
        number = whole(index, "Die Stelle")
    except NoValue as problem:
        run.warn(place, str(problem))
        return None
    if number == 0 or abs(number) > len(items):
        run.warn(place, f"Eine Stelle {number} gibt es nicht; die Liste hat {len(items)} Einträge.")
        return None
    return items[number - 1 if number > 0 else number]
