"""Functions as values: built in, written by the designer, or made of a knowledge model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.feel import limits
from engine.feel.errors import LimitReached, NoValue

if TYPE_CHECKING:
    from engine.feel.run import Run

Body = Callable[["Run", Sequence[Any]], Any]


class Function:
    """A function: call it with values, by position or by name."""

    __slots__ = ("body", "captured", "name", "open_ended", "parameters", "result", "text", "types")

    def __init__(
        self, parameters: Sequence[str], body: Body, *, name: str = "", types: Sequence[Any] = (), result: Any = None
    ) -> None:
        self.parameters, self.body, self.name = tuple(parameters), body, name
        self.types, self.result = tuple(types), result
        self.open_ended = False  # takes other numbers of values too, as many built-in ones do
        self.text = f"function({', '.join(self.parameters)})"  # as FEEL; of a designer's function as it was written
        self.captured: list[Any] | None = None  # what a function of the designer sees of the place it was written

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        from engine.feel.run import Run
        from engine.feel.values.coerce import clean

        run = Run()
        try:
            if named:
                return self.call_named(run, {name: clean(value, run) for name, value in named.items()})
            return self.call(run, [clean(value, run) for value in arguments])
        except (NoValue, LimitReached, RecursionError):
            return None

    def call(self, run: Run, arguments: Sequence[Any]) -> Any:
        """The value for arguments by position."""
        if len(arguments) != len(self.parameters) and not self.open_ended:
            raise NoValue(f"Die Funktion {self.name} braucht {len(self.parameters)} Werte, nicht {len(arguments)}.")
        if run.depth >= limits.CALL_DEPTH:
            raise LimitReached(f"Funktionen rufen einander tiefer als {limits.CALL_DEPTH} Ebenen auf.")
        run.charge(limits.CALL_STEPS)
        run.depth += 1
        try:
            return self.body(run, arguments)
        finally:
            run.depth -= 1

    def call_named(self, run: Run, named: Mapping[str, Any]) -> Any:
        """The value for arguments by name; a parameter that is not named is null."""
        extra = [name for name in named if name not in self.parameters]
        if extra:
            raise NoValue(f"Die Funktion {self.name} hat keinen Parameter {', '.join(extra)}.")
        return self.call(run, [named.get(name) for name in self.parameters])

    def __repr__(self) -> str:
        return self.text
