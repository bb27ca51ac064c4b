"""All behaviours, in the order of the coverage page."""

from __future__ import annotations

from tests.bpmn.conformance import (
    calls,
    containers,
    data,
    errors,
    forks,
    gateways,
    happenings,
    incidents,
    listeners,
    messages,
    refusals,
    repeated,
    tasks,
    times,
    undoing,
)
from tests.bpmn.conformance.behaviour import Behaviour, Refusal

MODULES = (
    tasks,
    containers,
    calls,
    repeated,
    gateways,
    forks,
    listeners,
    times,
    messages,
    errors,
    happenings,
    undoing,
    data,
    incidents,
)
BEHAVIOURS: tuple[Behaviour, ...] = tuple(one for module in MODULES for one in module.b.found)
REFUSALS: tuple[Refusal, ...] = tuple(refusals.found)
