"""What one step and one instance may cost, counted: the same event at the same snapshot always comes as far (`limits`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from engine.bpmn.codec import NotStorable, encode
from engine.bpmn.limits import BYTES_PER_STEP, FEEL_STEPS, FIRST_TURN, MAX_BYTES, MAX_STEPS, TURN
from engine.bpmn.scopes import Scope

TOO_LARGE = f"die Werte dieses Vorgangs sind zusammen größer als {MAX_BYTES} Bytes"
TOO_MUCH = f"mehr als {MAX_STEPS} Schritte ohne Warten; vermutlich eine Schleife ohne Ende oder zu teure Berechnungen"


class Failure(Exception):
    """An element cannot do what it should; the German sentence becomes an incident there."""


class Exhausted(Failure):
    """The step may do no more work; what would have to be evaluated is left for the next event."""


Pause = Callable[[int], object]
_pauses: list[Pause] = [lambda steps: None]


def use_pause(pause: Pause) -> None:
    """Say how a costly step lets others go on, once per process; without it none does. It changes nothing but the time.

    It is told how many steps of work have been done.
    """
    _pauses[:] = [pause]


class Budget:
    """The part of an instance that counts."""

    turn = FIRST_TURN
    """When others are let go on next."""

    steps = small = 0
    """Work done in this step; `small` is what does not yet make a step of its own."""
    size = 0
    """About how large all variables are: those read and those written since."""
    scopes: dict[str, Scope]

    @property
    def exhausted(self) -> bool:
        """Whether this step has done all it may."""
        return self.steps > MAX_STEPS

    def let_others_go_on(self) -> None:
        """Pause, if this step is a costly one and its turn is over."""
        if self.steps >= self.turn:
            self.turn = self.steps + TURN
            _pauses[0](self.steps)

    def charge(self, work: int) -> None:
        """Count work that is smaller than a step, in steps of FEEL."""
        more, self.small = divmod(self.small + work, FEEL_STEPS)
        self.steps += more

    def assert_left(self) -> None:
        """Refuse to begin more work when none is left in this step.

        Raises:
            Exhausted: the step has done all it may.
        """
        if self.exhausted:
            raise Exhausted(TOO_MUCH)

    def scopes_of(self, all_values: Iterable[Mapping[str, Any]]) -> list[Scope]:
        """Scopes that shall all be there, or none of them.

        Raises:
            Failure: a value cannot be stored, or all together are too large.
        """
        made, size = [], 0
        for values in all_values:
            written = written_of(values)
            size += sum(map(len, written.values()))
            if size > MAX_BYTES:
                raise Failure(TOO_LARGE)
            made.append(Scope(values, written))
        self._take_in(size)
        return made

    def within(self, written: dict[str, bytes]) -> dict[str, bytes]:
        """What is about to be written, unless all variables together would become too large."""
        self._take_in(sum(map(len, written.values())))
        return written

    def _take_in(self, more: int) -> None:
        self.size += more
        self.charge(more // BYTES_PER_STEP)
        if self.size > MAX_BYTES:  # perhaps: what was replaced counts twice until it is counted anew
            self.size = more + sum(len(raw) for scope in self.scopes.values() for raw in scope.encoded().values())
            self.charge(len(self.scopes))
            if self.size > MAX_BYTES:
                self.size -= more
                raise Failure(TOO_LARGE)


def written_of(values: Mapping[str, Any]) -> dict[str, bytes]:
    """The bytes of all values, before any of them is taken in."""
    name = ""
    try:
        written = {}
        for name, value in values.items():
            written[name] = encode(value)
    except NotStorable as exc:
        raise Failure(f"der Wert von „{name}“ kann nicht gespeichert werden, etwa weil er eine Funktion ist") from exc
    return written
