"""Anything may happen at any time: events at random, also to tokens that are gone, the same to several instances."""

from __future__ import annotations

from typing import Any

import pytest

from engine import bpmn
from tests.bpmn.blocks import Plan
from tests.bpmn.diagrams import Fall
from tests.bpmn.dice import Dice

VALUES: list[Any] = [None, True, False, 1, 2.5, "ja", [1, 2], {"a": [None]}]
MANY = 60
"""A loop through a parallel gateway makes more and more; then it is seen enough."""
NAMES = ["ja", "nein", "drei", "leer", "n", "x"]


def play(falls: list[Fall], dice: Dice, most: int, plan: Plan | None = None) -> None:
    """Let the same happen to all instances until they have ended; they go alike."""
    alike(falls)
    for _ in range(most):
        first = falls[0]
        if first.state in ("completed", "terminated") or len(first.waits) > MANY:
            break
        event = some_event(first, dice, plan or Plan())
        if isinstance(event, bpmn.TimerDue):
            due = first.waits[event.token]
            assert isinstance(due, bpmn.Timer)
            for fall in falls:
                fall.now = max(fall.now, due.due)
        for fall in falls:
            fall.send(event)
        alike(falls)
    stale(falls)


def alike(falls: list[Fall]) -> None:
    """Every instance has come to the same by the same way."""
    first = falls[0].outcome
    for fall in falls[1:]:
        other = fall.outcome
        assert other.history == first.history
        assert (other.state, other.ends, other.thrown) == (first.state, first.ends, first.thrown)
        assert dict(other.variables) == dict(first.variables)
        assert other.snapshot == first.snapshot


def stale(falls: list[Fall]) -> None:
    """What is sent to tokens that are gone or wait for something else is misdirected, and changes nothing."""
    for fall in falls:
        for wait in list(fall.waits.values())[:2]:
            other = bpmn.JobFinished(wait.token) if isinstance(wait, bpmn.Timer) else bpmn.TimerDue(wait.token)
            with pytest.raises(bpmn.Misdirected):
                bpmn.advance(fall.spec, fall.outcome.snapshot, other, fall.now)
        gone = {line.token for line in fall.history} - set(fall.waits)
        for token in sorted(gone)[:3]:
            for event in (bpmn.TaskCompleted(token), bpmn.TimerDue(token), bpmn.JobFinished(token), bpmn.Retry(token)):
                with pytest.raises(bpmn.Misdirected):
                    bpmn.advance(fall.spec, fall.outcome.snapshot, event, fall.now)


def some_event(fall: Fall, dice: Dice, plan: Plan) -> bpmn.Event:
    """Something that may happen now."""
    wait = dice.pick(list(fall.waits.values()))
    brought = plan.answers.get(wait.element, {})
    if dice.chance(20):
        brought = {**brought, dice.pick(NAMES): dice.pick(VALUES)}
    if isinstance(wait, bpmn.UserTask):
        return bpmn.TaskCompleted(wait.token, brought)
    if isinstance(wait, bpmn.Timer):
        return bpmn.TimerDue(wait.token)
    if isinstance(wait, bpmn.Incident):
        return bpmn.Terminate() if dice.chance(3) else bpmn.Retry(wait.token, brought)
    if isinstance(wait, bpmn.Expected):
        if wait.signal:
            return bpmn.SignalIn(wait.name, brought)
        return bpmn.MessageIn(wait.name, wait.key, brought, wait.token if dice.chance(50) else None)
    if dice.chance(15):
        return bpmn.JobFailed(wait.token, "kaputt")
    if dice.chance(15):
        return bpmn.ErrorThrown(wait.token, plan.throws.get(wait.element, "unbekannt"), "ach", brought)
    return bpmn.JobFinished(wait.token, brought)
