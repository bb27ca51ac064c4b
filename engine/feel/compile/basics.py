"""Values that stand in the text, variables, paths, lists, contexts, ranges, conditions."""

from __future__ import annotations

from typing import Any

from engine.feel.compile.code import MISSING, Code, Compiled, Frame, handles
from engine.feel.errors import NoValue
from engine.feel.grammar import tree
from engine.feel.run import Place, Run
from engine.feel.values.coerce import ATOMS, clean, shallow
from engine.feel.values.functions import Function
from engine.feel.values.members import member
from engine.feel.values.ordering import compare, orderable
from engine.feel.values.ranges import Range
from engine.feel.values.types import described


@handles(tree.Literal)
def literal(node: tree.Literal, code: Code) -> Compiled:
    value, problem, place = node.value, node.problem, code.place(node)
    if not problem:
        return lambda env: value

    def run_broken_literal(env: list[Any]) -> None:
        env[0].warn(place, problem)

    return run_broken_literal


# --- names ---------------------------------------------------------------------------------------------------------


@handles(tree.Name)
def name(node: tree.Name, code: Code) -> Compiled:
    return _name(node, code, whole=True)


def _name(node: tree.Name, code: Code, whole: bool) -> Compiled:
    items, own = code.find(node.name)
    if own is not None:
        read = _snapshot(own) if node.name == "partial" and whole else (lambda env: env[own])
    else:
        read = _outside(code.outside(node.name, whole or bool(items)), node.name, code.place(node))
    if not items:
        return read
    wanted = node.name

    def run_entry_or_name(env: list[Any]) -> Any:
        for slot in items:
            item = env[slot]
            if type(item) is dict and wanted in item:
                return item[wanted]
        return read(env)

    return run_entry_or_name


def _snapshot(slot: int) -> Compiled:
    """The results so far of a loop, as a list of its own: the loop goes on filling the other one."""

    def run_snapshot(env: list[Any]) -> Any:
        env[0].charge(len(env[slot]) // 4 + 1)
        return list(env[slot])

    return run_snapshot


def _outside(slot: int, wanted: str, place: Place) -> Compiled:
    def run_outside(env: list[Any]) -> Any:
        value = env[slot]
        if value is MISSING:
            env[0].warn(place, f"Den Namen „{wanted}“ gibt es hier nicht.")
            return None
        return value

    return run_outside


# --- paths ---------------------------------------------------------------------------------------------------------


def raw(node: tree.Node, code: Code) -> Compiled:
    """Like compile, but lists and contexts from outside may still hold Python's own numbers."""
    if isinstance(node, tree.Name):
        return _name(node, code, whole=False)
    if isinstance(node, tree.Path):
        return _path(node, code)
    return code.compile(node)


def _path(node: tree.Path, code: Code) -> Compiled:
    base, wanted, place = raw(node.base, code), node.name, code.place(node)

    def run_path(env: list[Any]) -> Any:
        value = base(env)
        if type(value) is dict and wanted in value:
            found = value[wanted]
            return found if type(found) in ATOMS else shallow(found)
        return step_into(env[0], value, wanted, place)

    return run_path


@handles(tree.Path)
def path(node: tree.Path, code: Code) -> Compiled:
    walk = _path(node, code)

    def run_path_whole(env: list[Any]) -> Any:
        value = walk(env)
        return value if type(value) in ATOMS else clean(value, env[0])

    return run_path_whole


def step_into(run: Run, value: Any, wanted: str, place: Place) -> Any:
    """The entry of a context or the property of a value; of a list, of each of its items."""
    if type(value) is list:
        run.charge(len(value) + 1)
        return [step_into(run, clean(item, run), wanted, place) for item in value]
    if type(value) is dict:
        if wanted in value:
            return shallow(value[wanted])
        run.warn(place, f"Einen Eintrag „{wanted}“ gibt es hier nicht.")
        return None
    found = member(value, wanted, MISSING)
    if found is MISSING:
        run.warn(place, f"„{wanted}“ gibt es nicht an: {described(value)}.")
        return None
    return found


# --- lists, contexts, ranges -----------------------------------------------------------------------------------------


@handles(tree.ListOf)
def list_of(node: tree.ListOf, code: Code) -> Compiled:
    items = [code.compile(item) for item in node.items]

    def run_list(env: list[Any]) -> list[Any]:
        env[0].charge(len(items) // 4)
        return [item(env) for item in items]

    return run_list


@handles(tree.ContextOf)
def context_of(node: tree.ContextOf, code: Code) -> Compiled:
    frame = Frame()
    code.frames.append(frame)
    entries = []
    for key, value in node.entries:
        slot = code.new_local()
        if isinstance(value, tree.FunctionDefinition):
            frame.names[key] = slot  # a function may call itself
        entries.append((key, slot, code.compile(value)))
        frame.names[key] = slot
    code.frames.pop()

    def run_context(env: list[Any]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, slot, entry in entries:
            value = entry(env)
            result[key] = env[slot] = value
            if type(value) is Function and value.captured is not None and len(value.captured) == len(env):
                value.captured[slot] = value
        return result

    return run_context


@handles(tree.RangeOf)
def range_of(node: tree.RangeOf, code: Code) -> Compiled:
    start, stop, place = code.compile(node.start), code.compile(node.stop), code.place(node)
    start_included, end_included = node.start_included, node.end_included
    if isinstance(node.start, tree.Literal) and isinstance(node.stop, tree.Literal):
        try:
            constant = make_range(node.start.value, node.stop.value, start_included, end_included)
            return lambda env: constant
        except NoValue:
            pass

    def run_range(env: list[Any]) -> Range | None:
        try:
            return make_range(start(env), stop(env), start_included, end_included)
        except NoValue as problem:
            env[0].warn(place, str(problem))
            return None

    return run_range


def make_range(start: Any, end: Any, start_included: bool, end_included: bool) -> Range:
    """The range between two values of one kind that have an order, the smaller first."""
    for value in (start, end):
        if value is not None and not orderable(type(value)):
            raise NoValue(f"Ein Bereich geht nicht mit: {described(value)}.")
    if start is not None and end is not None:
        order = compare(start, end)
        if order is None:
            raise NoValue(f"Ein Bereich geht nicht mit: {described(start)}, {described(end)}.")
        if order > 0:
            raise NoValue("Der Anfang eines Bereichs darf nicht nach dem Ende liegen.")
    return Range(start, end, start_included, end_included)


# --- conditions ------------------------------------------------------------------------------------------------------


@handles(tree.If)
def condition(node: tree.If, code: Code) -> Compiled:
    branches = [(code.compile(test), code.compile(value)) for test, value in node.branches]
    otherwise, place = code.compile(node.otherwise), code.place(node)

    def run_if(env: list[Any]) -> Any:
        for test, value in branches:
            result = test(env)
            if result is True:
                return value(env)
            if result is not False and result is not None:
                env[0].warn(place, f"if braucht einen Wahrheitswert, da ist aber {described(result)}.")
        return otherwise(env)

    return run_if


@handles(tree.InstanceOf)
def instance_of(node: tree.InstanceOf, code: Code) -> Compiled:
    value, kind, place = code.compile(node.value), code.type(node.type), code.place(node)

    def run_instance_of(env: list[Any]) -> bool | None:
        found = value(env)
        if kind is None:
            env[0].warn(place, f"Den Typ „{node.type.name}“ gibt es nicht.")
            return None
        return kind.holds(found, env[0])

    return run_instance_of


_OPEN = {
    "<": lambda value: Range(None, value, False, False, open_start=True),
    "<=": lambda value: Range(None, value, False, True, open_start=True),
    ">": lambda value: Range(value, None, False, False, open_end=True),
    ">=": lambda value: Range(value, None, True, False, open_end=True),
    "=": lambda value: Range(value, value, True, True),
}


@handles(tree.UnaryTest)
def test_as_range(node: tree.UnaryTest, code: Code) -> Compiled:
    operand, make, place = code.compile(node.operand), _OPEN.get(node.op), code.place(node)

    def run_test_as_range(env: list[Any]) -> Range | None:
        value = operand(env)
        if make is None or value is None or not orderable(type(value)):
            env[0].warn(place, "Daraus lässt sich kein Bereich machen.")
            return None
        return make(value)

    return run_test_as_range
