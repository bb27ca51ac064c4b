"""Activities that are done more than once: for every item of a list, so many times, or while a condition holds.

The activity as a whole is one token, which contains one for each turn that is going on. Its `done` and `total` count them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.budget import Failure
from engine.bpmn.diagram import MultiInstance, StandardLoop
from engine.bpmn.limits import BYTES_MOVED_PER_STEP, MAX_ITEMS
from engine.bpmn.machine import Token
from engine.bpmn.nodes.base import because, is_true, shown
from engine.bpmn.scopes import ITEMS, Scope

if TYPE_CHECKING:
    from engine.bpmn.nodes.activities import Activity

ENOUGH = "Bedingung für den Abschluss"


def begin_all(token: Token) -> bool | None:
    """Begin the first turn, or all of them."""
    node, data = token.task_spec, token.internal_data
    data.update(all=True, done=0)
    loop = node.element.loop
    if isinstance(loop, StandardLoop):
        data["total"] = 1
        if loop.before and not _again(token, loop):
            data["total"] = 0
            return _nothing(token)
        _open(token)
        _begin_one(token, 1)
        return None
    assert isinstance(loop, MultiInstance)  # asked only of activities with a loop
    items = _items(token, loop)
    data["total"] = len(items)
    if loop.output_collection:
        token.workflow.set_local(token, {loop.output_collection: [None] * len(items)})
    if not items:
        return _nothing(token)
    _open(token)
    if loop.sequential:
        token.workflow.set_local(token, {ITEMS: items})
        _begin_one(token, 1, items)
        return None
    scopes = token.workflow.scopes_of(_own(token, index, items) for index in range(1, len(items) + 1))  # all, before one begins
    for index, scope in enumerate(scopes, 1):
        _begin_with(token, index, scope)
    return None


def _open(token: Token) -> None:
    _activity(token).attach(token)
    token._set_state(TaskState.STARTED)


def _nothing(token: Token) -> bool:
    """There is nothing to do."""
    return _activity(token).finish(token)


def _activity(token: Token) -> Activity:
    return cast("Activity", token.task_spec)  # only activities are done more than once


def _items(token: Token, loop: MultiInstance) -> list[Any]:
    if loop.collection is None:
        count = token.task_spec.value(token, "cardinality")
        if not isinstance(count, Decimal) or count != count.to_integral_value() or count < 0:
            raise Failure(f"die Zahl der Ausführungen ist keine ganze Zahl ab 0, sondern {shown(count)}{because(token)}")
        _few(int(count))
        return [None] * int(count)
    items = token.task_spec.value(token, "collection")
    if not isinstance(items, list):
        raise Failure(f"die Liste der Mehrfachausführung ergibt keine Liste, sondern {shown(items)}{because(token)}")
    _few(len(items))
    return items


def _few(count: int) -> None:
    if count > MAX_ITEMS:
        raise Failure(f"die Mehrfachausführung hat {count} Einträge; höchstens {MAX_ITEMS} sind möglich")


def _begin_one(token: Token, index: int, items: list[Any] | None = None) -> None:
    """Begin one turn with variables of its own."""
    [scope] = token.workflow.scopes_of([_own(token, index, items)])
    _begin_with(token, index, scope)


def _begin_with(token: Token, index: int, scope: Scope) -> None:
    machine = token.workflow
    inner = machine.activate(token.task_spec, token, item=index)
    machine.scopes[inner.id] = scope


def _own(token: Token, index: int, items: list[Any] | None) -> dict[str, Any]:
    """The variables of its own that a turn begins with."""
    loop = token.task_spec.element.loop
    values: dict[str, Any] = {"loopCounter": Decimal(index)}
    if isinstance(loop, MultiInstance):
        if loop.item and items is not None:
            values[loop.item] = items[index - 1]
        own = (loop.output_element or "").strip().partition(".")[0]
        if own.isidentifier() and own not in values:
            values[own] = None
    return values


def turn_done(token: Token) -> None:
    """One turn is over: collect what it made; begin the next, or end the others if it is enough.

    It counts only when all conditions have been asked: one that fails is an incident, and is asked again.
    """
    machine, loop, whole = token.workflow, token.task_spec.element.loop, token.parent
    assert whole is not None  # turns stand in their whole
    data = whole.internal_data
    done = data["done"] + 1
    if isinstance(loop, StandardLoop):
        more = (loop.most is None or done < loop.most) and _again(token, loop)
        data.update(done=done, total=done + more)
        machine.note("completed", token)
        if more:
            _begin_one(whole, done + 1)
        return
    assert isinstance(loop, MultiInstance)  # asked only of activities with a loop
    _collect(token, whole, loop)
    enough = _enough(token, whole, done)
    data["done"] = done
    machine.note("completed", token)
    if enough:
        for other in whole.children:
            if other is not token:
                machine.cancel_token(other)
    elif loop.sequential and done < data["total"]:
        _begin_one(whole, done + 1, machine.scopes[whole.id][ITEMS])


def _collect(token: Token, whole: Token, loop: MultiInstance) -> None:
    if not loop.output_collection:
        return
    machine = token.workflow
    value = token.task_spec.value(token, "output_element")
    machine.set_local(token, {loop.output_collection: value})  # refused here if it cannot be stored
    raw, total = machine.scopes[token.id].raw[loop.output_collection], whole.internal_data["total"]
    machine.charge(len(machine.scopes[whole.id].raw.get(loop.output_collection, b"")) // BYTES_MOVED_PER_STEP)
    machine.scopes[whole.id].put_item(loop.output_collection, token.internal_data["item"] - 1, total, raw)


def _enough(token: Token, whole: Token, done: int) -> bool:
    """Whether so many turns done are enough."""
    text = token.task_spec.expressions.get("completion")
    if text is None or text.expression is None:
        return False
    data, loop = whole.internal_data, token.task_spec.element.loop
    one_by_one = isinstance(loop, MultiInstance) and loop.sequential
    counts: Mapping[str, Any] = {
        "numberOfInstances": Decimal(data["total"]),
        "numberOfCompletedInstances": Decimal(done),
        "numberOfActiveInstances": Decimal(0 if one_by_one else data["total"] - done),
        "numberOfTerminatedInstances": Decimal(0),
    }
    return is_true(token, text.expression, ENOUGH, counts)


def _again(token: Token, loop: StandardLoop) -> bool:
    """Whether the condition for a turn (or one more) holds; without one it does."""
    if loop.most is not None and loop.most < 1:
        return False
    text = token.task_spec.expressions.get("again")
    if text is None or text.expression is None:
        return True
    counter = Decimal(token.internal_data.get("item", 0))
    return is_true(token, text.expression, "Bedingung der Schleife", {"loopCounter": counter})


def collected(token: Token) -> Mapping[str, Any]:
    """What the whole has collected from its turns."""
    loop = token.task_spec.element.loop
    if not isinstance(loop, MultiInstance) or not loop.output_collection:
        return {}
    return {loop.output_collection: token.workflow.scopes[token.id][loop.output_collection]}
