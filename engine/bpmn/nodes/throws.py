"""Events that throw, and where what they throw is caught: errors and escalations by what encloses them, the rest by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.budget import Failure
from engine.bpmn.limits import THROW
from engine.bpmn.machine import Token
from engine.bpmn.nodes.base import Node, bounded, finish_with, map_outwards, mapped, shown
from engine.bpmn.nodes.events import Boundary
from engine.bpmn.nodes.jobs import begin_job
from engine.bpmn.nodes.undo import begin_undo
from engine.bpmn.timers import NotATime, due
from engine.bpmn.values import LONGEST_ID, LONGEST_KEY, Thrown
from engine.feel import YearsMonths, to_json


def catchers(token: Token, kind: str, code: str) -> Iterator[Token]:
    """The events that catch an error, escalation or cancellation thrown at a token, from inside out.

    Only what encloses it counts: the boundary events of its own activity, then those that start an event sub-process in its
    scope, then the boundary events of that scope, and so on. In one place a code goes before none. What is thrown inside an
    event sub-process is not caught by its own start.
    """
    place: Token | None = token
    inside: Node | None = None
    while place is not None:
        for name in ("watchers", "attached") if inside is not None else ("attached",):
            there = [token.workflow.tasks[id] for id in place.internal_data.get(name, ())]
            fits = [one for one in there if one.task_spec.element.event.kind == kind and one.has_state(TaskState.WAITING)]
            if name == "watchers":
                fits = [one for one in fits if inside is None or one.task_spec.element.parent != inside.element.id]
            for wanted in dict.fromkeys((code, "")):
                yield from (one for one in fits if one.task_spec.element.event.name == wanted)
        inside, place = place.task_spec, place.parent


def throw_error(token: Token, code: str, message: str, variables: Mapping[str, Any]) -> None:
    """Hand an error to what catches it; an incident if nothing does."""
    if not _hand_over(token, "error", code, variables):
        token.workflow.fail(token, f"der Fehler „{code}“ wird im Diagramm nicht behandelt{': ' + message if message else ''}")


def _hand_over(token: Token, kind: str, code: str, variables: Mapping[str, Any]) -> bool:
    """Give what was thrown to the nearest that catches it; False if there is none."""
    machine = token.workflow
    catcher = next(catchers(token, kind, code), None)
    if catcher is None:
        return False
    if kind != "cancel":
        machine.note("thrown" if kind == "error" else "escalated", token, detail=code)
    node = catcher.task_spec
    if node.element.interrupting and isinstance(token.task_spec, Throw):
        token.task_spec.leave(token)
    if isinstance(node, Boundary) and node.element.interrupting:
        host = machine.tasks[catcher.internal_data["host"]]
        machine.detach(host, keep=catcher)
        machine.cancel_token(host)
        catcher.internal_data["finishing"] = True  # it has happened, also if what it brings cannot be taken in
        machine.attempt(catcher, partial(finish_with, catcher, variables))
    else:
        machine.attempt(catcher, partial(node.resume, catcher, variables))
    return True


def code_of(token: Token, word: str) -> str:
    code = token.task_spec.value(token, "name")
    if not isinstance(code, str) or not code:
        raise Failure(f"der {word} ergibt keinen Text, sondern {shown(code)}")
    return code


class Throw(Node):
    """An event that does something: sends, signals, escalates, compensates, goes on elsewhere; or nothing."""

    def _run_hook(self, my_task: Token) -> bool | None:
        if my_task.internal_data.get("finishing"):
            map_outwards(my_task, self)
            return True
        if local := mapped(my_task, self.inputs_map):
            my_task.workflow.set_local(my_task, local)
        return self.throw(my_task)

    def throw(self, token: Token) -> bool | None:
        """Do it; True if the event is over then."""
        kind = self.element.event.kind
        if "type" in self.expressions:
            begin_job(token)
            return None
        if kind in ("message", "signal"):
            send(token)
        elif kind == "escalation":
            _hand_over(token, kind, code_of(token, "Eskalationscode"), self.given(token))
            if token.id not in token.workflow.tasks:
                return None
        elif kind == "compensate" and not begin_undo(token, self.element.event.activity):
            return None
        token.internal_data["finishing"] = True  # tried again because none of its ways was open, it does not throw again
        map_outwards(token, self)
        return True

    def leave(self, token: Token) -> None:
        """What it threw ends all that is around it: the event itself has happened, and is not cancelled with the rest."""
        token.workflow.note("completed", token)
        token.workflow.remove(token)

    def given(self, token: Token) -> Mapping[str, Any]:
        """What goes along: the event's own variables."""
        return dict(token.workflow.scopes.get(token.id, {}))

    def resume(self, token: Token, variables: Mapping[str, Any]) -> None:
        finish_with(token, variables)

    def _on_complete_hook(self, my_task: Token) -> None:
        if self.link is None:
            super()._on_complete_hook(my_task)
            return
        scope = my_task.parent
        assert scope is not None  # only the root has none
        my_task.workflow.activate(self.link, scope)
        my_task.workflow.note("completed", my_task)


def send(token: Token) -> None:
    """Throw a message or signal to whoever waits for it in the namespace."""
    node, machine = token.task_spec, token.workflow
    event = node.element.event
    if not event.name:
        return  # said when the diagram was read
    name, signal = node.value(token, "name"), event.kind == "signal"
    if not isinstance(name, str) or not name:
        raise Failure(f"der Name ergibt keinen Text, sondern {shown(name)}")
    texts = {field: _text_of(token, field, longest) for field, longest in TEXTS.items()}
    bounded(name, LONGEST_ID, "der Name")
    if texts["ttl"]:
        try:
            due("duration", texts["ttl"], machine.now)
        except NotATime as exc:
            raise Failure(f"wie lange die Nachricht wartet: {exc}") from exc
    own = dict(machine.scopes.get(token.id, {}))
    key = "" if signal else texts["key"] or ""
    machine.charge(THROW)
    machine.journal.thrown.append(Thrown(node.name, token.id, name, key, signal, own, texts["id"], texts["ttl"]))


TEXTS = {"key": LONGEST_KEY, "id": LONGEST_ID, "ttl": LONGEST_ID}


def _text_of(token: Token, field: str, longest: int) -> str | None:
    """What is said of a message that is thrown; numbers and durations as text, None for nothing."""
    value = token.task_spec.value(token, field)
    if isinstance(value, Decimal | dt.timedelta | YearsMonths):
        value = str(to_json(value))
    if value is not None and not isinstance(value, str):
        raise Failure(f"die Angabe „{field}“ der Nachricht ergibt keinen Text, sondern {shown(value)}")
    return bounded(value, longest, f"die Angabe „{field}“ der Nachricht") if value else None


class End(Throw):
    """Ends a branch: quietly, or by throwing, or with all that is going on beside it."""

    def throw(self, token: Token) -> bool | None:
        kind, machine, scope = self.element.event.kind, token.workflow, token.parent
        assert scope is not None  # only the root has none
        if kind == "error":
            throw_error(token, code_of(token, "Fehlercode"), self.element.name, self.given(token))
            return None
        if kind == "cancel":
            return self.cancel(token)
        if kind == "terminate":
            machine.journal.terminated = machine.journal.terminated or scope.parent is None
            machine.clear(scope, keep=token)
        return super().throw(token)

    def cancel(self, token: Token) -> bool | None:
        """Give up the transaction: end what is going on in it, undo what was done, leave by its boundary event."""
        machine, place = token.workflow, token.parent
        while place is not None and place.task_spec.element.kind != "transaction":
            place = place.parent
        assert place is not None  # refused by the checks
        inner = token
        while inner.parent is not place:
            assert inner.parent is not None
            inner = inner.parent
        machine.clear(place, keep=inner)
        token.internal_data["cancels"] = place.id
        return begin_undo(token, "", place)

    def leave(self, token: Token) -> None:
        self.reached(token)
        super().leave(token)

    def reached(self, token: Token) -> None:
        """An end of the process itself says so."""
        machine, scope = token.workflow, token.parent
        assert scope is not None  # only the root has none
        if scope.parent is None:
            machine.journal.ends.append(self.name)
            machine.journal.status = self.element.status or machine.journal.status

    def _on_complete_hook(self, my_task: Token) -> None:
        if "cancels" in my_task.internal_data:
            if not _hand_over(my_task, "cancel", "", {}):
                raise Failure("die Transaktion wird abgebrochen, und kein Randereignis sagt, wie es weitergeht")
            return
        self.reached(my_task)
        my_task.workflow.note("completed", my_task)
