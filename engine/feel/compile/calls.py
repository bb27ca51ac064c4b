"""Functions of the designer, and calls of functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.feel.builtins import registry
from engine.feel.compile.code import Code, Compiled, Frame, handles
from engine.feel.compile.loops import weight
from engine.feel.errors import NoValue
from engine.feel.grammar import tree
from engine.feel.run import Place, Run
from engine.feel.values.functions import Function
from engine.feel.values.types import described, fit


@handles(tree.FunctionDefinition)
def definition(node: tree.FunctionDefinition, code: Code) -> Compiled:
    frame = Frame({name: code.new_local() for name in node.parameters})
    slots, place, cost = list(frame.names.values()), code.place(node), weight(node.body)
    types = [code.type(kind) for kind in node.types]
    if node.external:
        return _external(node.parameters, place)
    code.frames.append(frame)
    body = code.compile(node.body)
    code.frames.pop()

    def run_definition(env: list[Any]) -> Function:
        captured = env[:]
        env[0].charge(len(env) // 4 + 1)

        def run_body(run: Run, arguments: Sequence[Any]) -> Any:
            run.charge(cost)
            inner = captured[:]
            inner[0] = run
            for slot, kind, argument in zip(slots, types, arguments, strict=True):
                inner[slot] = argument if kind is None else fit(argument, kind, run)
            return body(inner)

        function = Function(node.parameters, run_body, types=types)
        function.captured, function.text = captured, place.text[place.at : place.end]
        return function

    return run_definition


def _external(parameters: tuple[str, ...], place: Place) -> Compiled:
    """Functions in Java or PMML are never run."""

    def run_body(run: Run, arguments: Sequence[Any]) -> None:
        run.warn(place, "Externe Funktionen (Java, PMML) werden nicht ausgeführt.")

    return lambda env: Function(parameters, run_body, name="external")


@handles(tree.Call)
def call(node: tree.Call, code: Code) -> Compiled:
    place = code.place(node)
    arguments = [code.compile(argument) for argument in node.arguments]
    builtin = registry.find(node.function.name) if isinstance(node.function, tree.Name) else None
    if builtin is None:
        return _call_value(code.compile(node.function), arguments, node.labels, place)
    known = builtin.compile(arguments, node.labels, place)
    assert isinstance(node.function, tree.Name)
    if node.function.name not in code.shadows and code.find(node.function.name)[1] is None:
        return known
    return _own_or_builtin(code.compile(node.function), arguments, node.labels, place, known)


def _own_or_builtin(
    function: Compiled, arguments: Sequence[Compiled], labels: tuple[str, ...], place: Place, known: Compiled
) -> Compiled:
    """A name of a built-in function that also means something here: if that is a function, it is called."""
    own = _call_value(function, arguments, labels, place)
    return lambda env: own(env) if type(function(env)) is Function else known(env)


def _call_value(function: Compiled, arguments: Sequence[Compiled], labels: tuple[str, ...], place: Place) -> Compiled:
    def run_call(env: list[Any]) -> Any:
        target = function(env)
        values = [argument(env) for argument in arguments]
        if type(target) is not Function:
            if target is not None:
                env[0].warn(place, f"Aufrufen lässt sich nur eine Funktion, da ist aber {described(target)}.")
            return None
        try:
            if labels:
                return target.call_named(env[0], dict(zip(labels, values, strict=True)))
            return target.call(env[0], values)
        except NoValue as problem:
            env[0].warn(place, str(problem))
            return None

    return run_call
