"""Tasks: a person, the outside, a message, a script or a table does the work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.base.errors import Problem
from engine.bpmn.budget import Failure
from engine.bpmn.limits import DECIDED, FIRED
from engine.bpmn.machine import Token
from engine.bpmn.nodes.activities import Activity
from engine.bpmn.nodes.base import because, bounded, evaluate, give, shown
from engine.bpmn.nodes.events import arm, leave_gateway
from engine.bpmn.nodes.jobs import begin_job
from engine.bpmn.nodes.throws import send
from engine.bpmn.timers import NotATime, due
from engine.bpmn.values import LONGEST_ID, LONGEST_LOGIN, Decided, UserTask
from engine.feel.dmn import Explained, decide_explained


class Manual(Activity):
    """Nothing that can be seen from here: a manual or an undefined task."""


class User(Activity):
    """A person must act."""

    def begin(self, token: Token) -> bool | None:
        groups = self.value(token, "groups")
        assignee, form, date = self.value(token, "assignee"), self.value(token, "form"), self.value(token, "due")
        try:
            instant = None if date is None else due("date", date, token.workflow.now)
        except NotATime as exc:
            raise Failure(f"Fälligkeit: {exc}{because(token)}") from exc
        names = groups if isinstance(groups, list) else (groups or self.element.lane or "").split(",")
        wait = UserTask(
            token.id,
            self.name,
            self.element.name or self.name,
            form=bounded(form, LONGEST_ID, "die Kennung des Formulars") if isinstance(form, str) else None,
            assignee=bounded(assignee, LONGEST_LOGIN, "der Anmeldename der zuständigen Person")
            if isinstance(assignee, str) and assignee
            else None,
            groups=tuple(name.strip() for name in names if isinstance(name, str) and name.strip()),
            due=instant,
            item=token.internal_data.get("item"),
            four_eyes=self.element.four_eyes,
        )
        said = [wait.form, wait.assignee, list(wait.groups), instant and instant.isoformat()]
        token.internal_data.pop("task", None)
        if any(said):
            token.internal_data["task"] = said
        token.workflow.note("entered", token)
        token.workflow.wait(token, wait)
        return None

    def resume(self, token: Token, variables: Mapping[str, Any]) -> None:
        super().resume(token, variables)
        draft = self.value(token, "approves", variables)
        if draft is None:
            return
        if not isinstance(draft, str):
            raise Failure(f"was freigegeben wird, ist keine Kennung eines Bescheids, sondern {shown(draft)}")
        token.workflow.journal.approved.append(draft)


class Service(Activity):
    """The outside must act: the token rests, an Auftrag carries the work."""

    def begin(self, token: Token) -> bool | None:
        begin_job(token)
        return None


class Send(Service):
    """Sends a message, by work for the outside or to whoever waits for it in the namespace."""

    def begin(self, token: Token) -> bool | None:
        if "type" in self.expressions:
            return super().begin(token)
        send(token)
        return self.finish(token)


class Receive(Activity):
    """Waits for a message."""

    def begin(self, token: Token) -> bool | None:
        token.workflow.note("entered", token)
        self.arm(token)
        return None

    def arm(self, token: Token) -> None:
        arm(token)

    def finish(self, token: Token) -> bool:
        leave_gateway(token)
        return super().finish(token)


class Script(Service):
    """Calculates a value by FEEL, or leaves it to the outside."""

    def begin(self, token: Token) -> bool | None:
        if "script" not in self.expressions:
            return super().begin(token)
        expression = self.expressions["script"].expression
        assert expression is not None  # a script is always FEEL
        value = evaluate(token, expression, "Skript")
        give(token, {self.element.result: value} if self.element.result else {})
        return self.finish(token)


class Decide(Service):
    """Makes a decision by a DMN model of the bundle, or leaves it to the outside like a service task."""

    def begin(self, token: Token) -> bool | None:
        if "decision" not in self.expressions:
            return super().begin(token)
        decision = self.value(token, "decision")
        if not isinstance(decision, str):
            raise Failure(f"die Id der Entscheidung ergibt keinen Text, sondern {shown(decision)}")
        decision = bounded(decision, LONGEST_ID, "die Id der Entscheidung")
        machine = token.workflow
        machine.assert_left()
        try:
            explained = decide_explained(machine.bundle.decisions, decision, machine.view(token))
        except Problem as problem:
            raise Failure(f"Entscheidung „{decision}“: {problem.sentence}") from problem
        finally:
            machine.keep_heard(token)
        machine.charge(DECIDED + explained.steps + FIRED * len(explained.rules))
        if explained.value is None and explained.warnings:
            raise Failure(f"Entscheidung „{decision}“ ergibt keinen Wert: {'; '.join(explained.warnings)}")
        machine.journal.decisions.append(self.decided(token, decision, explained))
        give(token, {self.element.result: explained.value} if self.element.result else {})
        return self.finish(token)

    def decided(self, token: Token, decision: str, explained: Explained) -> Decided:
        rules = tuple(
            {
                "decision": rule.decision, "rule": rule.rule, "number": rule.number, "inputs": dict(rule.inputs),
                "outputs": dict(rule.outputs), "annotations": list(rule.annotations),
            }
            for rule in explained.rules
        )  # fmt: skip
        asked = {name: value for rule in explained.rules for name, value in rule.inputs}
        return Decided(self.name, token.id, decision, asked, rules, explained.value, explained.warnings)
