"""The machine that moves tokens: SpiffWorkflow's Workflow and Task, with nothing guessed ahead and nothing kept behind.

SpiffWorkflow keeps a tree of all tasks that were, are and may come. Here a Task is a token: it exists from the moment a flow
reaches an element until the element is left, and its parent is what *contains* it (process, sub-process, multi-instance),
not what came before. So the tree is as large as what is going on now, a loop costs the same at turn 1000 as at turn 10, and
the chain of parents is the chain of variable scopes (docs/adr/0002).

Spiff's life cycle is kept: FUTURE → READY → (STARTED | WAITING) → COMPLETED | CANCELLED, moved by Task.run(), complete()
and cancel(), with the behaviour in TaskSpec hooks (`engine.bpmn.nodes`).
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState
from SpiffWorkflow.workflow import Workflow

from engine.bpmn.budget import TOO_MUCH, Budget, Exhausted, Failure, written_of
from engine.bpmn.codec import NotStorable, encode
from engine.bpmn.diagram import Flow
from engine.bpmn.journal import Journal
from engine.bpmn.limits import MAX_TOKENS
from engine.bpmn.scopes import Scope, View, propagate
from engine.bpmn.shelf import Contained, Damaged, Shelf, Shelved
from engine.bpmn.values import Calculated, Expected, Happened, Incident, Job, Timer, UserTask, Wait
from engine.law import Calculation

if TYPE_CHECKING:
    from engine.bpmn.nodes import Node
    from engine.bpmn.spec import Spec

log = logging.getLogger(__name__)

ROOT = "0"
KINDS: dict[str, type] = {kind.__name__: kind for kind in (UserTask, Job, Timer, Expected, Incident)}


class Token(Task):
    """One activation of one element. `internal_data` is what of it is saved besides its place in the tree."""

    workflow: Machine
    task_spec: Node
    id: str
    _children: Contained

    def __init__(self, machine: Machine, node: Node, parent: str | None, state: int, id: str) -> None:
        self.id = id
        machine.tasks[id] = self
        self.workflow = machine
        self.task_spec = node
        self.triggered = False
        self.internal_data: dict[str, Any] = {}
        self._state = state
        self._children = Contained(machine, id)
        self._parent = parent

    @property
    def parent(self) -> Token | None:
        return None if self._parent is None else self.workflow.tasks.get(self._parent)

    @property
    def children(self) -> list[Token]:
        return [self.workflow.tasks[child] for child in self._children]

    @property
    def busy(self) -> bool:
        """Whether something is going on inside; events that could start an event sub-process only wait there."""
        return len(self._children) > len(self.internal_data.get("watchers", ()))

    def _set_state(self, value: int) -> None:
        self._state = value


class Machine(Budget, Workflow):
    """One instance while it is in memory."""

    tasks: dict[str, Token]

    def __init__(self, spec: Spec, process_id: str, now: dt.datetime) -> None:
        Workflow.__init__(self, spec.compiled[process_id].nodes, deserializing=True)
        self.bundle = spec
        self.process_id = process_id
        self.now = now
        self.count = 0
        self.scopes: dict[str, Scope] = {}
        self.shelf: Shelf | None = None
        """What of the snapshot has not been looked at; `tasks` and `scopes` fetch it."""
        self.resting: dict[str, int] = {}
        """What the tokens on the shelf wait for."""
        self.ready: deque[str] = deque()
        self.emptied: deque[str] = deque()
        self.joins: dict[str, None] = {}
        """Tokens that have come to an inclusive join."""
        self.conditions: dict[str, None] = {}
        """Tokens that wait until a condition is true."""
        self.changed = False
        """Whether a variable has been written since the conditions were last looked at."""
        self.living = 0
        """How many tokens there are, made or on the shelf."""
        self.halted = False
        """Whether a limit is reached: what is ready stays so in the snapshot, and goes on with the next event."""
        self.journal = Journal()
        self.heard: list[Calculation] = []
        """Calculations of the expression that is being evaluated; filled where somebody listens (`run`)."""
        self.why: list[str] = []
        """Warnings of the expression evaluated last: why it or a part of it has no value."""

    @property
    def made_tokens(self) -> dict[str, Token]:
        """The tokens that are not on the shelf."""
        return self.tasks.made if isinstance(self.tasks, Shelved) else self.tasks

    @property
    def made_scopes(self) -> dict[str, Scope]:
        return self.scopes.made if isinstance(self.scopes, Shelved) else self.scopes

    # --- tokens --------------------------------------------------------------------------------------------------

    def new_token(self, node: Node, parent: Token | None, state: int = TaskState.FUTURE) -> Token:
        self.count += 1
        self.living += 1
        if parent is None:
            return Token(self, node, None, state, ROOT)
        token = Token(self, node, parent.id, state, str(self.count))
        parent._children.add(token.id)
        return token

    def activate(self, node: Node, parent: Token, **data: Any) -> Token:
        """Put a token on an element and queue it to run."""
        token = self.new_token(node, parent)
        token.internal_data.update(data)
        token._ready()
        return token

    def queue(self, token: Token) -> None:
        self.ready.append(token.id)

    def run(self) -> None:
        """Run until quiet: nothing is ready any more, no container is empty, no join can fire; or until a limit is reached."""
        while True:
            if self.changed:
                self._look_at_conditions()
            elif self.ready and not self.halted:
                self._run_one(self.ready.popleft())
            elif self.emptied:
                self._close(self.emptied.popleft())
            elif self.halted or not self._join():
                return

    def _run_one(self, id: str) -> None:
        token = self.tasks.get(id)
        if token is None or not token.has_state(TaskState.READY):
            return
        self.steps += 1
        if self.exhausted:
            self._halt(token, TOO_MUCH)
            return
        if self.living > MAX_TOKENS:
            self._halt(token, f"mehr als {MAX_TOKENS} Marken zugleich in diesem Vorgang; vermutlich teilt er sich ohne Ende")
            return
        self.let_others_go_on()
        self.attempt(token, token.run)

    def _halt(self, token: Token, message: str) -> None:
        """One incident instead of thousands, and nothing more is run in this step."""
        self.halted = True
        self.fail(token, message)

    def _look_at_conditions(self) -> None:
        """Variables have changed: what waits for a condition looks again."""
        self.changed = False
        for id in list(self.conditions):
            token = self.tasks.get(id)
            if token is None:
                del self.conditions[id]
            else:
                self.attempt(token, partial(token.task_spec.look, token))

    def _join(self) -> bool:
        """Let one inclusive join go on that nothing more can reach."""
        for id in list(self.joins):
            token = self.tasks.get(id)
            if token is None:
                del self.joins[id]
            elif token.task_spec.may_join(token):
                del self.joins[id]
                self.unwait(token)  # of an incident
                token.task_spec.retry(token)
                return True
        return False

    def attempt(self, token: Token, act: Callable[[], object]) -> None:
        """Do something at a token; what fails there becomes an incident there."""
        try:
            act()
        except Damaged:
            raise
        except Exhausted:
            if self.halted:  # there is an incident already: this one goes on with the next event
                self.unwait(token)
                token.task_spec.retry(token)
            else:
                self._halt(token, TOO_MUCH)
        except Failure as failure:
            self.fail(token, str(failure))
        except Exception as exc:
            self.heard.clear()
            log.exception("an element broke", extra={"element": token.task_spec.name})
            self.fail(
                token, f"Hier ist ein unerwarteter Fehler aufgetreten ({type(exc).__name__}); der Betrieb findet ihn im Log"
            )

    def _close(self, id: str) -> None:
        token = self.tasks.get(id)
        if token is None or token.busy or not token.has_state(TaskState.STARTED):
            return
        self.attempt(token, lambda: token.task_spec.emptied(token))

    def take(self, token: Token, flows: Iterable[Flow]) -> None:
        """Send a token's successors along these flows; the token itself is about to go."""
        parent = token.parent
        assert parent is not None  # the root has no outgoing flows
        taken = []
        for flow in flows:
            taken.append(flow.id)
            self.activate(token.task_spec.target(flow), parent, flow=flow.id)
        self.note("completed", token, flows=tuple(taken))

    def _task_completed_notify(self, task: Token) -> None:
        """Spiff tells of a completed task: it is no longer needed."""
        if task.id in self.tasks:  # it may have gone with what contained it
            self.remove(task)

    def remove(self, token: Token) -> None:
        """Take a token and all it contains out of the instance, with its variables."""
        parent = token.parent
        stack = [token]
        while stack:
            gone = stack.pop()
            stack.extend(gone.children)
            self.scopes.pop(gone.id, None)
            self._forget(gone.internal_data)
            del self.tasks[gone.id]
            self.living -= 1
        if parent is not None:
            parent._children.discard(token.id)
            if not parent.busy:
                self.emptied.append(parent.id)

    def _forget(self, data: Mapping[str, Any]) -> None:
        """Let go of the variables that were kept for what can no longer be undone (see `nodes.undo`)."""
        entries = [*data.get("undoable", ()), *(entry for _, entry in data.get("undo", ()))]
        while entries:
            _, inner, kept = entries.pop()
            self.scopes.pop(kept, None)
            entries.extend(inner or ())

    def cancel_token(self, token: Token) -> None:
        """End a token, all it contains and all that is attached to it, without its effects."""
        stack, order = [token], []
        while stack:
            gone = stack.pop()
            order.append(gone)
            stack.extend(gone.children)
        for gone in reversed(order):
            self.unwait(gone)
            if gone.task_spec.shown and "watch" not in gone.internal_data:
                self.note("cancelled", gone)
        self.detach(token)
        self.remove(token)

    def detach(self, token: Token, keep: Token | None = None) -> None:
        """Take away the boundary events that stand at a token."""
        self._dismiss(token.internal_data.pop("attached", ()), keep)

    def unwatch(self, scope: Token) -> None:
        """Take away the events that could start an event sub-process in a scope."""
        self._dismiss(scope.internal_data.pop("watchers", ()), None)

    def _dismiss(self, ids: Iterable[str], keep: Token | None) -> None:
        for id in ids:
            waiting = self.tasks.get(id)
            if waiting is not None and waiting is not keep:
                self.unwait(waiting)
                self.remove(waiting)

    def clear(self, scope: Token, keep: Token | None = None) -> None:
        """End everything that is going on in a scope."""
        self._dismiss(scope.internal_data.pop("watchers", ()), keep)
        scope.internal_data.pop("joins", None)
        for token in scope.children:
            if token is not keep and token.id in self.tasks:  # a boundary event goes with its host
                self.cancel_token(token)

    # --- waiting -------------------------------------------------------------------------------------------------

    def wait(self, token: Token, wait: Wait) -> None:
        """Write down what a token waits for."""
        token.internal_data["wait"] = type(wait).__name__
        self.journal.opened[type(wait), token.id] = wait

    def unwait(self, token: Token) -> None:
        """What a token waited for is over."""
        kind = token.internal_data.pop("wait", None)
        if kind is not None and self.journal.opened.pop((KINDS[kind], token.id), None) is None:
            self.journal.closed.append((kind, token.id))

    def waiting(self) -> dict[str, int]:
        """What the tokens wait for, and how many for each."""
        found = {kind: count for kind, count in self.resting.items() if count}
        for token in self.made_tokens.values():
            kind = token.internal_data.get("wait")
            if kind is not None:
                found[kind] = found.get(kind, 0) + 1
        return found if len(found) < 2 else dict(sorted(found.items()))

    def fail(self, token: Token, message: str) -> None:
        """An incident: the token stays where it is until a person mends it."""
        self.unwait(token)
        token._set_state(TaskState.ERROR)
        token.internal_data["message"] = message
        self.note("incident", token, detail=message)
        self.wait(token, Incident(token.id, token.task_spec.name, message))

    def note(self, kind: str, token: Token, flows: tuple[str, ...] = (), detail: str = "") -> None:
        self.journal.history.append(Happened(kind, token.task_spec.name, token.id, flows, detail, token.task_spec.process))

    def keep_heard(self, token: Token, *, chose: bool = False) -> None:
        """Keep the calculations that were made at a token, each once; what only chose a way has fixed no day."""
        if not chose:
            for made in self.heard:
                calculated = Calculated(token.task_spec.name, token.id, token.task_spec.process, made)
                with suppress(NotStorable):  # only what the law refused can have been given what is no data
                    key = token.id, made.function, encode(dict(made.arguments))
                    self.journal.calculations.setdefault(key, calculated)
        self.heard.clear()

    # --- variables -----------------------------------------------------------------------------------------------

    def view(self, token: Token, extra: Mapping[str, Any] | None = None) -> View:
        return View(token, extra)

    def set_local(self, token: Token, values: Mapping[str, Any]) -> None:
        """Variables of this token's own, hiding those of the same name outside."""
        written = self.within(written_of(values))
        self.changed = True
        scope = self.scopes.setdefault(token.id, Scope())
        for name, value in values.items():
            scope.put(name, value, written[name])

    def set_outwards(self, token: Token | None, values: Mapping[str, Any]) -> None:
        """Results: each goes to where its name is known, else to the process."""
        written = self.within(written_of(values))
        self.changed = self.changed or bool(values)
        for name, value in values.items():
            propagate(token, name, value, written[name])
