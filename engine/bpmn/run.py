"""start and advance: one event in, run until quiet, an Outcome out. Pure: no database, no clock, no network."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

from SpiffWorkflow.util.task import TaskState

from engine.base.errors import Unknown
from engine.bpmn import snapshot as snapshots
from engine.bpmn.diagram import MultiInstance
from engine.bpmn.limits import MOST_LINES
from engine.bpmn.machine import ROOT, Machine, Token
from engine.bpmn.nodes import Inclusive, Parallel, job_of, open_scope, throw_error
from engine.bpmn.scopes import Scope
from engine.bpmn.spec import Spec
from engine.bpmn.values import (
    ACTIVE,
    COMPLETED,
    INCIDENT,
    TERMINATED,
    Change,
    ErrorThrown,
    Event,
    Expected,
    Happened,
    Incident,
    Job,
    JobFailed,
    JobFinished,
    MessageIn,
    Misdirected,
    Outcome,
    Retry,
    SignalIn,
    TaskCompleted,
    Terminate,
    Timer,
    TimerDue,
    UserTask,
    Wait,
)
from engine.law import listening

W = TypeVar("W", UserTask, Job, Timer, Expected, Incident)


def start(
    spec: Spec, process_id: str, variables: Mapping[str, Any], now: dt.datetime, *, after: int = 0, at: str | None = None
) -> Outcome:
    """Start an instance of a process and run it until it waits; its tokens are numbered on from `after`.

    It begins at the start event that waits for nothing, or at the one named `at`, whose event has come.

    Raises:
        Unknown: if the spec has no such process, or the process no such start event.
    """
    machine = _begun(spec, process_id, variables, now, after, at)
    with listening(machine.heard):
        return _finish(machine)


def _begun(
    spec: Spec, process_id: str, variables: Mapping[str, Any], now: dt.datetime, after: int = 0, at: str | None = None
) -> Machine:
    """An instance with its first token, not yet run."""
    compiled = spec.compiled.get(process_id)
    if compiled is None:
        raise Unknown(f"Den Prozess „{process_id}“ gibt es in diesem Paket nicht.")
    begin = compiled.start if at is None else next((one for one in compiled.starts() if one.element.id == at), None)
    if begin is None:
        raise Unknown(f"Der Prozess „{process_id}“ beginnt so nicht.")
    machine = Machine(spec, process_id, now)
    machine.count = after
    root = machine.new_token(compiled.body, None, TaskState.STARTED)
    machine.task_tree = root
    machine.scopes[root.id] = Scope(variables)
    with listening(machine.heard):
        open_scope(root, compiled.body)
    machine.activate(begin, root)
    return machine


def advance(spec: Spec, snapshot: bytes, event: Event, now: dt.datetime) -> Outcome:
    """Move an instance on by one event.

    Raises:
        Misdirected: if nothing waits for that event (any more).
        Damaged: if the snapshot cannot be read.
    """
    machine = snapshots.load(spec, snapshot, now)
    with listening(machine.heard):
        _deliver(machine, event)
        return _finish(machine)


def _deliver(machine: Machine, event: Event) -> None:
    if isinstance(event, SignalIn):
        _signal(machine, event)
        return
    if isinstance(event, Terminate):
        _terminate(machine)
        return
    token = (
        _find_receiver(machine, event) if isinstance(event, MessageIn) else _waiting(machine, event.token, EXPECTS[type(event)])
    )
    if isinstance(event, JobFailed):
        machine.fail(token, event.message)
    elif isinstance(event, ErrorThrown):
        machine.unwait(token)
        throw_error(token, event.code, event.message, event.variables)
    elif isinstance(event, Retry):
        machine.unwait(token)
        machine.note("resolved", token)
        token.internal_data.pop("message", None)
        machine.attempt(token, partial(_retry, token, event.variables))
    else:
        variables = {} if isinstance(event, TimerDue) else event.variables
        machine.attempt(token, lambda: token.task_spec.resume(token, variables))


def _retry(token: Token, variables: Mapping[str, Any]) -> None:
    machine = token.workflow
    machine.set_outwards(token, variables)
    if token.internal_data.get("out"):
        machine.set_outwards(token.parent, variables)  # its own are of no more use to anybody
    token.task_spec.retry(token)


def _terminate(machine: Machine) -> None:
    """End everything that is going on; the root is empty then and ends too."""
    root = machine.task_tree
    if root.has_state(TaskState.COMPLETED):
        raise Misdirected("the instance has ended")
    machine.journal.terminated = True
    machine.clear(root)


def _signal(machine: Machine, event: SignalIn) -> None:
    """Everything in the instance that waits for a signal gets it, the oldest first."""
    waiting = [token for token in machine.tasks.values() if _listens(token, event)]
    if not waiting:
        raise Misdirected(f"nobody waits for signal {event.name}")
    for token in waiting:
        if token.id in machine.tasks and _listens(token, event):  # another may have ended it
            machine.attempt(token, partial(token.task_spec.resume, token, event.variables))


def _listens(token: Token, event: SignalIn) -> bool:
    data = token.internal_data
    if data.get("wait") != "Expected" or not data.get("signal"):
        return False
    return bool(data["name"] == event.name) if event.tokens is None else token.id in event.tokens


EXPECTS: dict[type, str] = {
    TaskCompleted: "UserTask",
    JobFinished: "Job",
    JobFailed: "Job",
    ErrorThrown: "Job",
    TimerDue: "Timer",
    Retry: "Incident",
    MessageIn: "Expected",
}


def _waiting(machine: Machine, id: str, kind: str) -> Token:
    token = machine.tasks.get(id)
    if token is None or token.internal_data.get("wait") != kind:
        raise Misdirected(f"token {id} does not wait for {kind}")
    return token


def _find_receiver(machine: Machine, event: MessageIn) -> Token:
    if event.token is not None:
        return _waiting(machine, event.token, "Expected")
    for token in machine.tasks.values():
        data = token.internal_data
        if data.get("wait") != "Expected" or data.get("signal"):
            continue
        if data["name"] == event.name and event.key in (None, data["key"]):
            return token
    raise Misdirected(f"nobody waits for message {event.name}")


def _finish(machine: Machine) -> Outcome:
    machine.run()
    root = machine.task_tree
    done = root.has_state(TaskState.COMPLETED)
    waiting = machine.waiting()
    if not done and not waiting:
        _unstick(machine)
        waiting = machine.waiting()
    state = (TERMINATED if machine.journal.terminated else COMPLETED) if done else ACTIVE
    if "Incident" in waiting:
        state = INCIDENT
    journal = machine.journal
    return Outcome(
        snapshot=snapshots.dump(machine, waiting),
        state=state,
        aufgaben=_change(machine, UserTask),
        auftraege=_change(machine, Job),
        timers=_change(machine, Timer),
        expected=_change(machine, Expected),
        incidents=_change(machine, Incident),
        history=_told(journal.history, machine.halted),
        ends=tuple(journal.ends),
        variables=machine.scopes[ROOT],
        warnings=tuple(journal.warnings),
        decisions=tuple(journal.decisions),
        status=journal.status,
        approved=tuple(journal.approved),
        calculations=tuple(journal.calculations.values()),
        thrown=tuple(journal.thrown),
    )


def _told(history: list[Happened], stopped: bool) -> tuple[Happened, ...]:
    """What is kept of what happened; of a step that was stopped only how it began and how it ended."""
    if not stopped or len(history) <= 2 * MOST_LINES:
        return tuple(history)
    return (*history[:MOST_LINES], *history[-MOST_LINES:])


def _unstick(machine: Machine) -> None:
    """An instance that waits for nothing would wait for ever: say so where it is stuck."""
    for token in list(machine.tasks.values()):
        if isinstance(token.task_spec, Parallel | Inclusive):
            machine.fail(token, "wartet auf einen Fluss, auf dem nichts mehr kommen kann")
            return
        if token.id in machine.conditions:
            machine.fail(token, "wartet auf eine Bedingung, die nichts mehr wahr machen kann")
            return


def _change(machine: Machine, kind: type[W]) -> Change[W]:
    journal = machine.journal
    opened = tuple(wait for (of, _), wait in journal.opened.items() if of is kind)
    closed = tuple(token for name, token in journal.closed if name == kind.__name__)
    return Change(opened, closed)  # type: ignore[arg-type]  # the key's type is the wait's


def waits(spec: Spec, snapshot: bytes, now: dt.datetime) -> tuple[Wait, ...]:
    """Everything an instance waits for, read from its snapshot: what the rows must say."""
    return tuple(_waits(snapshots.load(spec, snapshot, now)))


def _waits(machine: Machine) -> Iterator[Wait]:
    for token in machine.tasks.values():
        data, node = token.internal_data, token.task_spec
        kind = data.get("wait")
        if kind == "UserTask":
            form, assignee, groups, due = data.get("task", (None, None, (), None))
            instant = dt.datetime.fromisoformat(due) if due else None
            name, item = node.element.name or node.name, data.get("item")
            yield UserTask(token.id, node.name, name, form, assignee, tuple(groups), instant, item, node.element.four_eyes)
        elif kind == "Job":
            yield job_of(token)
        elif kind == "Timer":
            yield Timer(token.id, node.name, dt.datetime.fromisoformat(data["due"]))
        elif kind == "Expected":
            yield Expected(token.id, node.name, data["name"], data["key"], data.get("signal", False))
        elif kind == "Incident":
            yield Incident(token.id, node.name, data["message"])


def tokens_so_far(spec: Spec, snapshot: bytes) -> int:
    """How many tokens an instance has had: the ids of those that follow are larger."""
    return snapshots.load(spec, snapshot, dt.datetime.min.replace(tzinfo=dt.UTC)).count


def variables(spec: Spec, snapshot: bytes, token: str | None = None) -> Mapping[str, Any]:
    """The variables of an instance; with a token those that can be seen from there. Each is decoded when looked at.

    Raises:
        Misdirected: if there is no such token.
    """
    machine = snapshots.load(spec, snapshot, dt.datetime.min.replace(tzinfo=dt.UTC))
    if token is None:
        return machine.scopes[ROOT]
    if token not in machine.tasks:
        raise Misdirected(f"there is no token {token}")
    return machine.view(machine.tasks[token])


def active_elements(spec: Spec, snapshot: bytes, process: str | None = None) -> tuple[tuple[str, str], ...]:
    """Where the tokens stand: (element id, kind of wait or ""), for the live diagram of the instance's own process or another.

    What stands in a called process is shown at the activity that called it.
    """
    machine = snapshots.load(spec, snapshot, dt.datetime.min.replace(tzinfo=dt.UTC))
    found: dict[tuple[str, str], None] = {}
    for token in machine.tasks.values():
        place: Token | None = token
        while place is not None and place.task_spec.process != (process or machine.process_id):
            place = place.parent
        seen = token.task_spec.shown and "watch" not in token.internal_data
        if place is not None and place.parent is not None and seen:
            found[place.task_spec.name, token.internal_data.get("wait", "")] = None
    return tuple(found)


def running_loops(spec: Spec, snapshot: bytes, process: str) -> dict[str, tuple[int, int]]:
    """What is being done once for every item of a list in a process: how many items are done, of how many."""
    machine = snapshots.load(spec, snapshot, dt.datetime.min.replace(tzinfo=dt.UTC))
    found: dict[str, tuple[int, int]] = {}
    for token in machine.tasks.values():
        data = token.internal_data
        counted = data.get("all") and isinstance(token.task_spec.element.loop, MultiInstance)
        if counted and token.task_spec.process == process:
            done, total = found.get(token.task_spec.name, (0, 0))
            found[token.task_spec.name] = (done + data["done"], total + data["total"])
    return found


def items(spec: Spec, snapshot: bytes) -> dict[str, int]:
    """Which turn (loopCounter) of what is done more than once each token belongs to: that of the innermost around it."""
    machine = snapshots.load(spec, snapshot, dt.datetime.min.replace(tzinfo=dt.UTC))
    found: dict[str, int] = {}
    for token in machine.tasks.values():
        place: Token | None = token
        while place is not None and "item" not in place.internal_data:
            place = place.parent
        if place is not None:
            found[token.id] = place.internal_data["item"]
    return found
