"""What is thrown inside a scenario, and what is sent to it: messages wait until its end, signals reach who waits at that time.

As in earnest (engine.model.erwartung, engine.model.signal), but for the start of other Vorgänge: a scenario is one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine import bpmn
from engine.model.thrown import MOST_HOPS, came_later, time_to_live


class Endless(Exception):
    """Throws lead to one another and never come to rest."""


@dataclass(frozen=True, slots=True)
class _Message:
    name: str
    key: str
    variables: Mapping[str, Any]
    expires: dt.datetime | None
    depth: int


@dataclass(frozen=True, slots=True)
class _Signal:
    """A signal for those who waited for it; `tokens` are theirs."""

    name: str
    variables: Mapping[str, Any]
    tokens: frozenset[str]
    depth: int


class Mail:
    """Messages and signals that have not reached anybody yet."""

    def __init__(self) -> None:
        self._messages: list[_Message] = []
        self._signals: list[_Signal] = []
        self._ids: set[str] = set()

    def send(
        self, name: str, key: str, variables: Mapping[str, Any], expires: dt.datetime | None, id: str | None, depth: int = 0
    ) -> None:
        """Put a message in; one with an id that was there before changes nothing."""
        if id is not None and id in self._ids:
            return
        if id is not None:
            self._ids.add(id)
        self._messages.append(_Message(name, key, variables, expires, depth))

    def throw(self, outcome: bpmn.Outcome, waiting: Sequence[bpmn.Expected], now: dt.datetime, depth: int) -> None:
        """Put in what a step threw; `waiting` is what is waited for after it.

        Raises:
            Endless: too many throws have led to one another.
        """
        for thrown in outcome.thrown:
            if depth > MOST_HOPS:
                raise Endless(f"mehr als {MOST_HOPS} Nachrichten und Signale lösen einander ohne Pause aus")
            if thrown.signal:
                later = came_later(thrown, outcome)
                tokens = {wait.token for wait in waiting if wait.signal and wait.name == thrown.name}
                self._signals.append(_Signal(thrown.name, thrown.variables, frozenset(tokens.difference(later)), depth))
            else:
                life = time_to_live(thrown)
                expires = None if life is None else now + life
                self.send(thrown.name, thrown.key, thrown.variables, expires, thrown.id, depth)

    def next(self, waiting: Sequence[bpmn.Expected], now: dt.datetime) -> tuple[bpmn.Event, int] | None:
        """The next that reaches somebody, with its depth; what is over is dropped."""
        tokens = {wait.token for wait in waiting}
        while self._signals:
            signal = self._signals.pop(0)
            if signal.tokens & tokens:
                return bpmn.SignalIn(signal.name, signal.variables, signal.tokens), signal.depth
        self._messages = [one for one in self._messages if one.expires is None or one.expires > now]
        for message in self._messages:
            for wait in waiting:
                if not wait.signal and (wait.name, wait.key) == (message.name, message.key):
                    self._messages.remove(message)
                    return bpmn.MessageIn(message.name, message.key, message.variables, wait.token), message.depth
        return None
