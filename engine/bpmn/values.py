"""What goes into the engine and what comes out: events and Outcomes, all plain frozen values.

An event names the token it is for. A token is one activation of one element; its id is never used again within an
instance, so that rows, idempotency keys and results can be keyed by it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from engine.law import Calculation

Variables = Mapping[str, Any]
T = TypeVar("T")

ACTIVE, COMPLETED, INCIDENT, TERMINATED = "active", "completed", "incident", "terminated"
STATUSES = ("ABGESCHLOSSEN", "VERWORFEN", "WEITERGELEITET")
"""What a case that has ended may be called (domain: the coarse statuses of OZG-Cloud, unverified)."""

LONGEST_ID, LONGEST_NAME, LONGEST_KEY, LONGEST_TYPE, LONGEST_LOGIN = 200, 300, 300, 100, 100
"""Characters that the rows of what an instance waits for have room for (engine.model)."""


# --- events: what can happen to an instance ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TaskCompleted:
    """A person completed a user task with these answers."""

    token: str
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobFinished:
    """A service task's work was done outside, with this result."""

    token: str
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobFailed:
    """A service task's work has failed for good: an incident at the element."""

    token: str
    message: str


@dataclass(frozen=True, slots=True)
class ErrorThrown:
    """A service task's work ended in an outcome the diagram may catch by its code."""

    token: str
    code: str
    message: str = ""
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MessageIn:
    """A message came. With a token it is for that waiting point, else for the first that fits name and key."""

    name: str
    key: str | None = None
    variables: Variables = field(default_factory=dict)
    token: str | None = None


@dataclass(frozen=True, slots=True)
class SignalIn:
    """A signal was thrown somewhere in the namespace."""

    name: str
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TimerDue:
    """The time a timer waited for has come."""

    token: str


@dataclass(frozen=True, slots=True)
class Retry:
    """A person mended what led to an incident: the element is tried again, with corrected variables if given."""

    token: str
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Terminate:
    """A person ends the instance as a whole: everything it waits for is cancelled."""


Event = Terminate | TaskCompleted | JobFinished | JobFailed | ErrorThrown | MessageIn | SignalIn | TimerDue | Retry


# --- what an instance waits for ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UserTask:
    """A person must act. `form` is the id of a form in the bundle; `due` an instant; `item` the loopCounter, if any.

    Who has done one of the tasks in `four_eyes` may not do this one.
    """

    token: str
    element: str
    name: str
    form: str | None = None
    assignee: str | None = None
    groups: tuple[str, ...] = ()
    due: dt.datetime | None = None
    item: int | None = None
    four_eyes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """The outside must act. `inputs` are what the input mappings made; `headers` are fixed in the diagram."""

    token: str
    element: str
    name: str
    type: str
    inputs: Variables
    headers: Mapping[str, str]
    retries: int = 3


@dataclass(frozen=True, slots=True)
class Timer:
    """Time must pass until `due`, an instant in UTC."""

    token: str
    element: str
    due: dt.datetime


@dataclass(frozen=True, slots=True)
class Expected:
    """A message of this name with this key must come; or a signal of this name, which has no key ("")."""

    token: str
    element: str
    name: str
    key: str
    signal: bool = False


@dataclass(frozen=True, slots=True)
class Incident:
    """Something at this element does not work; a person must look at it. `message` is German and says what."""

    token: str
    element: str
    message: str


Wait = UserTask | Job | Timer | Expected | Incident


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """What was opened and closed since the old snapshot; `closed` are token ids."""

    opened: tuple[T, ...] = ()
    closed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of history; `flows` are those taken.

    kind: entered | completed | cancelled | thrown | escalated | incident | resolved
    """

    kind: str
    element: str
    token: str
    flows: tuple[str, ...] = ()
    detail: str = ""
    process: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that was made at an element: which, from what, by which rules, with what result. Plain values."""

    element: str
    token: str
    decision: str
    inputs: Variables
    rules: tuple[Variables, ...]
    value: Any
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Calculated:
    """A day that was calculated at an element: by which function of the law, from what, in which steps."""

    element: str
    token: str
    process: str
    calculation: Calculation


@dataclass(frozen=True, slots=True)
class Thrown:
    """A message or signal (it has no key) that an element has thrown, for whoever waits for it in the namespace.

    `id` makes a message unique (None: each throw is a message of its own); `ttl` is how long it waits for a receiver, ISO 8601
    (None: for ever). Nobody may be waiting: then a signal is gone, and a message waits.
    """

    element: str
    token: str
    name: str
    key: str = ""
    signal: bool = False
    variables: Variables = field(default_factory=dict)
    id: str | None = None
    ttl: str | None = None


@dataclass(frozen=True, slots=True)
class StartAt:
    """A start event of a process by which an event makes an instance. kind: message | signal | timer.

    A message or signal has a `name`; a timer is a date, duration or cycle with a `text`. Texts with a leading `=` were FEEL and
    are evaluated already where they stand for themselves.
    """

    process: str
    element: str
    kind: str
    name: str = ""
    timer: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one event: the new snapshot, what opened and closed, what happened, in order."""

    snapshot: bytes
    state: str
    aufgaben: Change[UserTask]
    auftraege: Change[Job]
    timers: Change[Timer]
    expected: Change[Expected]
    incidents: Change[Incident]
    history: tuple[Happened, ...]
    ends: tuple[str, ...]
    variables: Variables
    warnings: tuple[str, ...] = ()
    decisions: tuple[Decided, ...] = ()
    status: str | None = None
    """What the case is called, said by the end event it has reached."""
    approved: tuple[str, ...] = ()
    """Ids of the drafts that the completed task approves."""
    calculations: tuple[Calculated, ...] = ()
    thrown: tuple[Thrown, ...] = ()
    """Messages and signals for whoever waits for them, in the order in which they were thrown."""


class Misdirected(Exception):
    """The event is for a token that does not wait for it (any more)."""
