"""What contains a process of its own: sub-processes of every kind, and calls of other processes."""

from __future__ import annotations

from engine.bpmn.budget import Failure
from engine.bpmn.limits import MAX_DEPTH
from engine.bpmn.machine import Token
from engine.bpmn.nodes.activities import Activity
from engine.bpmn.nodes.base import Node, because, is_true, open_scope, shown
from engine.bpmn.nodes.loops import ENOUGH


class SubProcess(Activity):
    """Contains a process of its own; a transaction can be given up inside it."""

    def begin(self, token: Token) -> bool | None:
        assert self.start is not None  # checked when the diagram was read
        token.workflow.note("entered", token)
        open_scope(token, self)
        token.workflow.activate(self.start, token)
        return None


class AdHocSubProcess(Activity):
    """Contains activities that are done in no fixed order: all at once, or one after another, until it is enough.

    Without a condition it is over when everything begun has ended. If a condition is not met then, nobody can go on: an
    incident.
    """

    def begin(self, token: Token) -> bool | None:
        adhoc, machine = self.element.adhoc, token.workflow
        assert adhoc is not None  # read for every ad-hoc sub-process
        if token.internal_data.get("begun"):
            machine.emptied.append(token.id)  # tried again after an incident: is it enough now?
            return None
        chosen = self.chosen(token)
        if adhoc.output_collection:
            machine.set_local(token, {adhoc.output_collection: []})
        token.internal_data["begun"] = True
        machine.note("entered", token)
        open_scope(token, self)
        if adhoc.sequential:
            token.internal_data["next"] = [node.name for node in chosen[1:]]
            chosen = chosen[:1]
        for node in chosen:
            machine.activate(node, token)
        if not chosen:
            machine.emptied.append(token.id)
        return None

    def chosen(self, token: Token) -> list[Node]:
        """What is begun: what the list names, else all that nothing leads to."""
        by_name = {node.name: node for node in self.roots}
        if "active" not in self.expressions:
            return list(by_name.values())
        names = self.value(token, "active")
        if not isinstance(names, list):
            raise Failure(f"die Liste der Aktivitäten ergibt keine Liste, sondern {shown(names)}{because(token)}")
        unknown = [name for name in names if not isinstance(name, str) or name not in by_name]
        if unknown:
            raise Failure(f"„{shown(unknown[0])}“ ist keine Aktivität, mit der dieser Teilprozess beginnen kann")
        return [by_name[name] for name in dict.fromkeys(names)]

    def goes_on_after(self, scope: Token, inner: Token) -> bool:
        """Collect what an activity made; if it is enough now, cancel the others, or let them come to their end."""
        adhoc, machine = self.element.adhoc, scope.workflow
        assert adhoc is not None  # read for every ad-hoc sub-process
        if adhoc.output_collection and "collected" not in inner.internal_data:
            made = self.value(inner, "output_element")
            before = machine.scopes[scope.id][adhoc.output_collection]
            machine.set_local(scope, {adhoc.output_collection: [*before, made]})
            inner.internal_data["collected"] = True
        if scope.internal_data.get("enough") or not self.is_enough(scope):
            return True
        scope.internal_data["enough"] = True
        scope.internal_data.pop("next", None)
        if adhoc.cancels_rest:
            machine.clear(scope, keep=inner)
        return not adhoc.cancels_rest

    def is_enough(self, scope: Token) -> bool:
        """Whether its condition holds; without one it never is."""
        text = self.expressions.get("completion")
        return text is not None and text.expression is not None and is_true(scope, text.expression, ENOUGH)

    def let_out(self, token: Token) -> None:
        """What was collected goes out; then what the mappings make."""
        assert self.element.adhoc is not None  # read for every ad-hoc sub-process
        collection = self.element.adhoc.output_collection
        if collection and not token.internal_data.get("all"):
            to = token if "item" in token.internal_data else token.parent
            token.workflow.set_outwards(to, {collection: token.workflow.scopes[token.id][collection]})
        super().let_out(token)

    def emptied(self, token: Token) -> None:
        data, machine = token.internal_data, token.workflow
        if data.get("next"):
            machine.activate(self._wf_spec.task_specs[data["next"].pop(0)], token)
            return
        if "completion" in self.expressions and not data.get("enough") and not self.is_enough(token):
            raise Failure("alles ist getan, aber die Bedingung für den Abschluss ist nicht erfüllt")
        super().emptied(token)


class Call(Activity):
    """Runs another process of the bundle inside this one, with variables of its own."""

    def begin(self, token: Token) -> bool | None:
        called, machine = self.value(token, "called"), token.workflow
        compiled = machine.bundle.compiled.get(called) if isinstance(called, str) else None
        if compiled is None:
            raise Failure(f"den aufgerufenen Prozess „{called}“ gibt es im Paket nicht")
        if compiled.start is None:
            raise Failure(f"der aufgerufene Prozess „{called}“ beginnt nur durch ein Ereignis")
        if token.depth > MAX_DEPTH:
            raise Failure(f"mehr als {MAX_DEPTH} Prozesse und Teilprozesse ineinander")
        token.internal_data["call"] = called
        token.internal_data["own"] = list(machine.scopes.get(token.id, ()))
        if not self.element.hand_down:
            token.internal_data["alone"] = True
        machine.set_local(token, {})
        machine.note("entered", token)
        open_scope(token, compiled.body)
        machine.activate(compiled.start, token)
        return None

    def let_out(self, token: Token) -> None:
        """Hand up what the called process has made, but for the inputs and the item of a list that it was called with."""
        data, made = token.internal_data, token.workflow.scopes.get(token.id)
        if not data.get("all") and not self.outputs_map and self.element.hand_up and made is not None:
            token.workflow.set_outwards(token.parent, {name: made[name] for name in made if name not in data["own"]})
        else:
            super().let_out(token)
