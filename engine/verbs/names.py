"""Names in expressions: which variables a bundle can know, and what else its expressions name.

Known are what every process starts with, answers of forms, results of connectors, scripts and decisions, targets of mappings,
items of lists and the parameters. Messages and other processes may bring more, so an unknown name is advice, not an error.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from typing import Any

from engine.base.errors import Cause, Problem
from engine.base.ports import Offer
from engine.bpmn.diagram import Element, MultiInstance, expressions_of
from engine.feel.checking.expressions import check_expression
from engine.feel.dmn.model import Decision
from engine.feel.dmn.project import project
from engine.feel.expression import shortened
from engine.model.bundle import Bundle

STARTED_WITH = frozenset({"antrag", "antragsteller", "servicekonto", "dokumente", "parameter", "vorgang"})
# What the platform's own messages bring, and errors of its connectors.
BROUGHT = {"message": ("antwort", "abgerufen_um", "zugang", "zugang_grund"), "error": ("nicht_zustellbar_weil",)}
LOOP = ("loopCounter", *(f"numberOf{kind}Instances" for kind in ("", "Active", "Completed", "Terminated")))


def known_names(bundle: Bundle, types: Offer) -> frozenset[str]:
    """Every variable that something in the bundle gives."""
    names = set(STARTED_WITH)
    for schema in bundle.forms.values():
        names.update(_form_keys(schema))
    for element in bundle.spec.elements():
        names.update(_given_by(element, types))
    return frozenset(names)


def _form_keys(schema: bytes) -> Iterator[str]:
    stack: list[Any] = [json.loads(schema)]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            for name in ("key", "path"):
                if isinstance(part.get(name), str):
                    yield part[name].partition(".")[0]
            stack.extend(part.get("components") or ())
        elif isinstance(part, list):
            stack.extend(part)


def _given_by(element: Element, types: Offer) -> Iterator[str]:
    for mapping in (*element.inputs, *element.outputs):
        yield mapping.target.partition(".")[0]
    if element.result:
        yield element.result
    if element.loop is not None:
        yield from LOOP
    if isinstance(element.loop, MultiInstance):
        yield from (element.loop.item or "", element.loop.output_collection or "")
    if element.job_type:
        yield from (*types.get(element.job_type, ()), "dokument")
    yield from BROUGHT.get(element.event.kind, ())


def check_names(bundle: Bundle, types: Offer) -> Iterator[Cause]:
    """Advice for every name in an expression that nothing gives, and what of types can be seen."""
    known = known_names(bundle, types)
    for compiled in bundle.spec.compiled.values():
        for element in compiled.process.elements.values():
            for text in expressions_of(compiled.process, element):
                for cause in check_expression(text, known, unknown="advice"):
                    message = f"FEEL „{shortened(text)}“: {cause.message}"
                    yield dataclasses.replace(cause, message=message, file=element.file, line=element.line, element=element.id)


def decision_names(models: Sequence[bytes]) -> frozenset[str]:
    """Names and ids of the decisions in DMN files; none where a file cannot be read (its own check says why)."""
    try:
        units = project(models).units if models else []
    except Problem:
        return frozenset()
    decisions = [element for unit in units for element in unit.model.elements.values() if isinstance(element, Decision)]
    return frozenset(name for element in decisions for name in (element.id, element.name) if name)
