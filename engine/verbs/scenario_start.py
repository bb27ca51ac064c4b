"""Where a scenario begins: at the start event that it names, or that its first message or signal triggers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import bpmn
from engine.base.errors import Invalid
from engine.model import start_event
from engine.verbs.starts import begins_plainly


def chosen_start(spec: bpmn.Spec, process: str, named: str | None) -> str | None:
    """Where a scenario begins: at the start event it names, else at that without a trigger, else at the only one there is.

    None is the start event without a trigger.

    Raises:
        Invalid: there is no such start event, or several and none is named.
    """
    plainly, typed = begins_plainly(spec, process), [start.element for start in spec.starts(process)]
    if named is None and (plainly is not None or len(typed) == 1):
        return None if plainly is not None else typed[0]
    if named is not None and named in (plainly, *typed):
        return None if named == plainly else named
    there = ", ".join([plainly, *typed] if plainly is not None else typed)
    if named is None:
        raise Invalid(f"Der Prozess hat mehrere Startereignisse; start = … angeben, eines von {there}.")
    raise Invalid(f"„{named}“ ist kein Startereignis des Prozesses; möglich: {there}.")


def begun_by(spec: bpmn.Spec, process: str, step: Mapping[str, Any]) -> str | None:
    """The start event that the message or signal of a scenario's first step triggers, if nothing else begins the process."""
    message, signal = step.get("message", {}).get("name"), step.get("signal")
    if begins_plainly(spec, process) is not None or step.get("waits_at"):
        return None
    wanted = {(start_event.MESSAGE, message), (start_event.SIGNAL, signal)}
    return next((start.element for start in spec.starts(process) if (start.kind, start.name) in wanted), None)
