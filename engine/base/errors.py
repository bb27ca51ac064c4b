"""What can go wrong, in few classes.

Each error carries a German sentence for the person in front of it (what, where, how to mend) and, where one place is not
enough, causes that point at fields or diagram elements. Status codes are chosen in `web` in one table, nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "advice"]


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason, with the place it points at.

    A field of a form or payload is named by `pointer` (RFC 6901 JSON pointer); a place in a bundle by `file`, `line` and
    `element` (the id in the diagram). `hint` says how to mend it.
    """

    message: str
    hint: str = ""
    pointer: str | None = None
    file: str | None = None
    line: int | None = None
    element: str | None = None
    severity: Severity = "error"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Problem(Exception):
    """Something was refused; the sentence says what and how to mend it."""

    def __init__(self, sentence: str, causes: Iterable[Cause] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.causes = tuple(causes)


class Unreadable(Problem):
    """The bytes are not what they claim to be (not JSON, not XML, not multipart)."""


class Invalid(Problem):
    """Readable, but against a rule; causes name each place."""


class TooLarge(Problem):
    """More bytes, parts or depth than the setting allows."""


class Conflict(Problem):
    """Someone else was first, or the Vorgang has moved on. `fresh` is the state as it is now."""

    def __init__(self, sentence: str, causes: Iterable[Cause] = (), fresh: Any = None) -> None:
        super().__init__(sentence, causes)
        self.fresh = fresh


class Unknown(Problem):
    """There is no such thing here, or it is not yours to see (both answer alike)."""


class Gone(Problem):
    """It was here, and was deleted when its time was over; it does not come back."""


class Unauthenticated(Problem):
    """Nobody is logged in."""


class Forbidden(Problem):
    """The Konto lacks the right."""


class FourEyes(Forbidden):
    """Somebody would approve, in this Vorgang, what they had a hand in, or whom they stand in for had."""

    def __init__(self, sentence: str, vorgang_id: str) -> None:
        super().__init__(sentence)
        self.vorgang_id = vorgang_id


class Unavailable(Problem):
    """A part we need is away; trying again later may help."""
