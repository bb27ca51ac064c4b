"""Parameters: what a municipality sets under [parameter] must be what diagrams and tables take it for.

The Land decides on holidays and delivery, remedy and instruction on the period to object (engine.law); a threshold that is no
number makes a table answer nothing. All that is found before a Vorgang stands still for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from engine import law
from engine.base.errors import Cause, Invalid, Problem
from engine.feel import to_text
from engine.feel.dmn.model import Decision, InputData
from engine.feel.dmn.project import Unit, project
from engine.feel.errors import NoValue
from engine.feel.run import Run
from engine.feel.values.types import Type, fit
from engine.law.remedy import INSTRUCTIONS, REMEDIES
from engine.model.bundle import MANIFEST, Bundle
from engine.model.parameter import Fault
from engine.verbs.scenario import plain

_READS = re.compile(r"=\s*parameter((?:\.[^\W\d]\w*)+)\s*")


def check_parameters(bundle: Bundle) -> Iterator[Cause]:
    """Every parameter that is not what it is used as."""
    for path, message, hint in misused(bundle):
        yield _finding(bundle, path.rpartition(".")[2], message, hint)


def misused(bundle: Bundle) -> Iterator[Fault]:
    """Every parameter that is not what it is used as: its path, what is wrong, how to mend it."""
    yield from _land(bundle)
    yield from _remedy(bundle)
    yield from _inputs_of_tables(bundle)
    yield from _no_numbers(bundle.parameters)


def _asks_for(bundle: Bundle, name: str) -> bool:
    """Whether a diagram, a table or a letter names a parameter."""
    wanted = f"parameter.{name}".encode()
    return any(wanted in text for file, text in bundle.files.items() if file.endswith((".bpmn", ".dmn", ".toml")))


def _land(bundle: Bundle) -> Iterator[Fault]:
    """The Land, and the holidays of this place only, where something asks for the Land."""
    if not _asks_for(bundle, "land"):
        return
    land, own = bundle.parameters.get("land"), bundle.parameters.get("eigene_feiertage", [])
    if land is None:
        yield "parameter", "unter [parameter] fehlt land; Fristen und Bekanntgabe richten sich danach", ""
        return
    try:
        law.calendar_of(land)
    except Invalid as problem:
        yield "land", problem.sentence, f"eines von {', '.join(law.LAENDER)}"
        return
    try:
        law.calendar_of(land, own if isinstance(own, list) else [own])
    except Invalid as problem:
        yield "eigene_feiertage", problem.sentence, 'eigene_feiertage = ["08-15"]'


def _remedy(bundle: Bundle) -> Iterator[Fault]:
    """Which remedy is given, and whether the instruction on it is right: what the law's function takes."""
    for name, allowed in (("belehrung", INSTRUCTIONS), ("rechtsbehelf", REMEDIES)):
        value = bundle.parameters.get(name)
        if value is not None and value not in tuple(allowed) and _asks_for(bundle, name):
            yield (
                name,
                f"der Parameter „{name}“ ist {to_text(plain(value))}; möglich ist {', '.join(allowed)}",
                "Wert berichtigen",
            )


def _no_numbers(parameters: Mapping[str, Any], before: str = "") -> Iterator[Fault]:
    """TOML knows nan and inf; nothing can be compared or calculated with them."""
    for name, value in parameters.items():
        path = f"{before}{name}"
        if isinstance(value, Mapping):
            yield from _no_numbers(value, f"{path}.")
        elif any(isinstance(one, Decimal) and not one.is_finite() for one in (value if isinstance(value, list) else [value])):
            yield path, f"der Parameter „{name}“ ist keine Zahl, mit der sich rechnen lässt", "Wert berichtigen"


def _inputs_of_tables(bundle: Bundle) -> Iterator[Fault]:
    """Parameters that go straight into a decision which says of what type they are."""
    try:
        units = project(bundle.spec.decisions).units if bundle.spec.decisions else []
    except Problem:
        return  # the check of the tables says why
    for element in bundle.spec.elements():
        for mapping in element.inputs if element.decision else ():
            found = _READS.fullmatch(mapping.source)
            if found is None:
                continue
            path = found[1].removeprefix(".")
            value = _value(bundle.parameters, path)
            for unit in units:
                wanted = _type_of(unit, element.decision or "", mapping.target)
                if wanted is not None and not _fits(plain(value), wanted):
                    given = "fehlt" if value is None else f"ist {to_text(plain(value))}"
                    message = f"der Parameter „{path}“ {given}; die Entscheidung „{element.decision}“ braucht {wanted}"
                    yield path, message, "Wert berichtigen"


def _type_of(unit: Unit, decision: str, name: str) -> Type | None:
    """The type that a model says an input of its decision has."""
    elements = list(unit.model.elements.values())
    if not any(isinstance(one, Decision) and decision in (one.id, one.name) for one in elements):
        return None
    inputs = [one for one in elements if isinstance(one, InputData) and name in (one.name, one.variable.name)]
    return unit.type(inputs[0].variable) if inputs else None


def _fits(value: Any, wanted: Type) -> bool:
    try:
        return value is not None and fit(value, wanted, Run()) is not None
    except NoValue:
        return False


def _value(parameters: Any, path: str) -> Any:
    for part in path.split("."):
        parameters = parameters.get(part) if isinstance(parameters, dict) else None
    return parameters


def _finding(bundle: Bundle, key: str, message: str, hint: str) -> Cause:
    """A finding at the line of the manifest that sets this, else at its first."""
    lines = bundle.files[MANIFEST].decode("utf-8").splitlines()
    sets = re.compile(rf"\s*(?:{re.escape(key)}\s*=|\[{re.escape(key)}\])")
    line = next((number for number, text in enumerate(lines, 1) if sets.match(text)), 1)
    return Cause(message, hint or 'land = "SH"', file=MANIFEST, line=line)
