"""Decision models: make a decision, call a knowledge model or service, check a file.

reading, boxes   XML of DMN 1.1 to 1.5 → model (values)
project          models that refer to each other, item definitions as types
logic, tables    boxed expressions and decision tables → functions
deciding         a decision and all it requires
checks           what can be said about a file without running it
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.feel.dmn import model
from engine.feel.dmn.checks import check_dmn
from engine.feel.dmn.deciding import Deciding
from engine.feel.dmn.project import Target, project
from engine.feel.dmn.tables import DecisionRun, FiredRule
from engine.feel.errors import LimitReached, NoValue
from engine.feel.limits import STEPS
from engine.feel.values.coerce import clean, within_bounds

__all__ = ["Explained", "FiredRule", "check_dmn", "decide", "decide_explained", "invoke", "invoke_explained"]


@dataclass(frozen=True, slots=True)
class Explained:
    """A decision with its reasons: the value, the warnings, and the rules that fired in order. `steps` is what it cost."""

    value: Any
    warnings: tuple[str, ...] = ()
    rules: tuple[FiredRule, ...] = ()
    steps: int = 0


def decide(dmn: bytes | Sequence[bytes], decision: str, context: Mapping[str, Any]) -> Any:
    """The value of a decision, by its name or id, for the inputs in the context.

    Raises:
        Unreadable: the bytes are no XML, or XML with a DOCTYPE.
        Invalid: the XML is no DMN.
        Unknown: the model has no such decision.
    """
    return decide_explained(dmn, decision, context).value


def decide_explained(dmn: bytes | Sequence[bytes], decision: str, context: Mapping[str, Any]) -> Explained:
    """The value of a decision with the rules that fired and the warnings; raises like `decide`."""
    target = project(dmn).find(decision, model.Decision)
    return _explained(lambda deciding: deciding.decide(target), context, f"Entscheidung „{target.element.name}“")


def invoke(dmn: bytes | Sequence[bytes], invocable: str, arguments: Mapping[str, Any]) -> Any:
    """The value of a business knowledge model or decision service, by its name or id; raises like `decide`."""
    return invoke_explained(dmn, invocable, arguments).value


def invoke_explained(dmn: bytes | Sequence[bytes], invocable: str, arguments: Mapping[str, Any]) -> Explained:
    """The value of a knowledge model or service with the rules that fired and the warnings; raises like `decide`."""
    target = project(dmn).find(invocable, model.Service, model.Knowledge)
    return _explained(lambda deciding: _invoke(deciding, target, arguments), {}, f"Aufruf „{target.element.name}“")


def _invoke(deciding: Deciding, target: Target, arguments: Mapping[str, Any]) -> Any:
    run = deciding.run
    given = {name: clean(value, run) for name, value in arguments.items()}
    if isinstance(target.element, model.Service):
        return deciding.serve(target.unit, target.element, given, (), run)
    function = deciding.function(target, ())
    if function is None:
        raise NoValue("Das Wissensmodell hat keine Funktion.")
    return function.call_named(run, given)


def _explained(ask: Any, context: Mapping[str, Any], source: str) -> Explained:
    warnings: list[str] = []
    rules: list[FiredRule] = []
    run = DecisionRun(warnings, rules)
    value = None
    try:
        value = ask(Deciding(context, run))
        within_bounds(value)
    except (LimitReached, NoValue) as problem:
        value = None
        run.warn(source, str(problem))
    except RecursionError:
        value = None
        run.warn(source, "Die Entscheidung ist zu tief verschachtelt.")
    return Explained(value, tuple(warnings), tuple(rules), STEPS - run.left)
