"""Compensation: what was completed is undone, the last first, one after another.

A scope keeps in its `undoable` what was completed in it and can be undone: the activity, and for a sub-process without a
handler of its own also what was completed inside and the variables it had then (kept under the id of its token).

BPMN 2.0.2, 10.5.6 and 13.5.5.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.machine import Token
from engine.bpmn.values import Happened

KEPT = "u"


def remember(token: Token) -> None:
    """Note in its scope that an activity was completed, if that can be undone."""
    node, scope, machine = token.task_spec, token.parent, token.workflow
    assert scope is not None  # only the root has none
    data, kept = token.internal_data, None
    if node.undone_by is not None:
        if "item" in data:
            return  # the whole of it is undone at once
        inner = None
    elif "undoable" not in data or "call" in data:
        return
    else:
        inner = data.pop("undoable")
    if inner is not None and token.id in machine.scopes:
        kept = KEPT + token.id
        machine.scopes[kept] = machine.scopes[token.id]
    scope.internal_data.setdefault("undoable", []).append([node.name, inner, kept])


def begin_undo(token: Token, activity: str, scope: Token | None = None) -> bool | None:
    """Undo what was completed in a token's scope (or only one activity of it); True if there is nothing to undo.

    In an event sub-process also what was completed in the scope around it.
    """
    place = scope or token.parent
    todo: list[Any] = []
    while place is not None:
        done = place.internal_data.get("undoable", [])
        chosen = [entry for entry in done if activity in ("", entry[0])]
        todo = [[place.id, entry] for entry in chosen] + todo
        rest = [entry for entry in done if entry not in chosen]
        place.internal_data["undoable"] = rest
        if not rest:
            del place.internal_data["undoable"]
        place = place.parent if place.task_spec.element.triggered else None
    token.internal_data["undo"] = todo
    token._set_state(TaskState.STARTED)
    if not todo:
        del token.internal_data["undo"]
        return True
    token.workflow.note("entered", token)
    undo_next(token)
    return None


def undo_next(token: Token) -> None:
    """Go on undoing at a throwing event or in a sub-process that is undone; when nothing is left, it is over."""
    machine = token.workflow
    todo: list[Any] = token.internal_data["undo"]
    if not todo:
        del token.internal_data["undo"]
        _undone(token)
        return
    where, (name, inner, kept) = todo.pop()
    scope = machine.tasks[where]
    node = token.task_spec._wf_spec.task_specs[name]
    if node.undone_by is not None:
        handler = machine.activate(node.undone_by, scope, undoes=token.id)
        event = node.undo_event
        machine.journal.history.append(Happened("completed", event.name, handler.id, (), "", event.process))
        return
    again = machine.new_token(node, scope, TaskState.STARTED)
    if kept is not None:
        machine.scopes[again.id] = machine.scopes.pop(kept)
    again.internal_data.update(undoes=token.id, undo=[[again.id, entry] for entry in inner])
    undo_next(again)


def handled(token: Token) -> None:
    """A handler has done its work: it takes no way out."""
    machine = token.workflow
    machine.note("completed", token)
    machine.detach(token)
    thrower = machine.tasks.get(token.internal_data["undoes"])
    if thrower is not None:
        undo_next(thrower)


def _undone(token: Token) -> None:
    """Everything is undone: the throwing event goes on; a sub-process gives the word back."""
    machine = token.workflow
    outer = token.internal_data.get("undoes")
    if outer is None:
        token.internal_data["finishing"] = True
        token._set_state(TaskState.READY)
        machine.queue(token)
        return
    machine.remove(token)
    undo_next(machine.tasks[outer])
