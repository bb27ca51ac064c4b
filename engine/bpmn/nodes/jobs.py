"""Work for the outside: what a token that rests there asks for."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.bpmn.budget import Failure
from engine.bpmn.machine import Token
from engine.bpmn.nodes.base import bounded, shown
from engine.bpmn.values import LONGEST_TYPE, Job


def begin_job(token: Token) -> None:
    """Let a token rest until its work is done outside."""
    node = token.task_spec
    type, retries = node.value(token, "type"), node.value(token, "retries")
    if not isinstance(type, str) or not type:
        raise Failure(f"die Art der Service-Aufgabe ergibt keinen Text, sondern {shown(type)}")
    type = bounded(type, LONGEST_TYPE, "die Art der Service-Aufgabe")
    try:
        attempts = 3 if retries is None else int(Decimal(retries))
    except (ArithmeticError, TypeError, ValueError) as exc:
        raise Failure(f"die Zahl der Versuche ist keine Zahl: {shown(retries)}") from exc
    token.internal_data["job"] = [type, attempts]
    token.workflow.note("entered", token)
    token.workflow.wait(token, job_of(token))


def job_of(token: Token) -> Job:
    """What to do outside. The inputs are what the mappings made, not the list item the token may stand for."""
    node = token.task_spec
    type, attempts = token.internal_data["job"]
    scope: Mapping[str, Any] = token.workflow.scopes.get(token.id, {})
    inputs = {name: scope[name] for name in (target.partition(".")[0] for target, _ in node.inputs_map) if name in scope}
    element = node.element
    return Job(token.id, node.name, element.name or node.name, type, inputs, dict(element.headers), attempts)
