"""What a step did: written while it runs, made into its Outcome at the end."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.bpmn.values import Calculated, Decided, Happened, Thrown, Wait


@dataclass(slots=True)
class Journal:
    """What a step did, in order: waits opened and closed, history, ends, warnings."""

    opened: dict[tuple[type, str], Wait] = field(default_factory=dict)
    closed: list[tuple[str, str]] = field(default_factory=list)
    history: list[Happened] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    decisions: list[Decided] = field(default_factory=list)
    approved: list[str] = field(default_factory=list)
    status: str | None = None
    terminated: bool = False
    calculations: dict[tuple[str, str, bytes], Calculated] = field(default_factory=dict)
    thrown: list[Thrown] = field(default_factory=list)
