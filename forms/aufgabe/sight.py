"""What conditions and computations of a form see: all variables and answers, as the browser sees them.

Days and times are ISO texts here, because they are that in the browser: what a clerk sees and what the server decides must
be the same. In an entry of a list `this` is the entry, `parent` what is around it and `i` its number, as form-js has it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from forms import numbers
from forms.aufgabe.expression import Expression
from forms.aufgabe.form import Amount, Choice, Computed, Moment, Number, Repeat, Switch
from forms.aufgabe.parts import MAX_OPTIONS, option_value
from forms.aufgabe.places import ABSENT, at, drop, put
from forms.aufgabe.sheet import Answer, Level
from forms.aufgabe.values import Option, as_sent, empty_value, is_empty, same


@dataclass(frozen=True, slots=True)
class View:
    """The data as one level sees it: `variables` through FEEL, `context` as the Vorgang has them."""

    variables: Mapping[str, Any]
    context: Mapping[str, Any]
    today: dt.date

    def ask(self, expression: Expression) -> Any:
        """The value of an expression here."""
        return expression.ask(self.variables)

    def holds(self, switch: Switch) -> bool:
        """Whether a switch is on; an expression must be true, null is off."""
        return switch if isinstance(switch, bool) else self.ask(switch) is True

    def amount(self, amount: Amount | None) -> Decimal | None:
        if not isinstance(amount, Expression):
            return amount
        try:
            return numbers.from_value(self.ask(amount))
        except ValueError:
            return None

    def options(self, choice: Choice) -> list[Option]:
        """What can be chosen. Options from a variable come from the Vorgang, never from what was sent."""
        if choice.fixed is not None:
            given: Any = choice.fixed
        elif choice.expression is not None:
            given = self.ask(choice.expression)
        else:
            whole = self.context.get(choice.key, ABSENT)
            given = at(self.context, tuple(choice.key.split("."))) if whole is ABSENT else whole
        if not isinstance(given, list | tuple):
            return []
        values = (option_value(entry) for entry in given[:MAX_OPTIONS])
        return [Option(as_sent(value), value) for value in values if value is not None]


class State:
    """Which answers are hidden or locked, and what was computed: settled in rounds.

    A hidden answer counts as absent for every other condition, and conditions may look at each other in any order.
    Hence rounds, until nothing changes; a form whose conditions chase each other ends after a fixed number of them.
    """

    def __init__(self, root: Level, context: Mapping[str, Any], today: dt.date, *, settle: bool) -> None:
        self.root, self.context, self.today = root, context, today
        self.known = as_sent(context)
        self.hidden: set[Answer] = set()
        self.locked: set[Answer] = set()
        self.computed: dict[Answer, Any] = {}
        self.views: dict[Level, View] = {}
        self._look()
        if settle:
            self._settle()

    def _settle(self) -> None:
        expressions = sum(isinstance(answer.field.rules, Computed) for level in self.views for answer in level.answers)
        for _ in range(min(expressions, 40) + 8):
            hidden, locked, computed = self.hidden, self.locked, self.computed
            self._decide()
            self._look()
            if hidden == self.hidden and locked == self.locked and _equal(computed, self.computed):
                return

    def _decide(self) -> None:
        """Ask every condition once, each looking at the data as the last round left it."""
        hidden: set[Answer] = set()
        locked: set[Answer] = set()
        computed: dict[Answer, Any] = {}
        for level, view in self.views.items():
            asked: dict[int, bool] = {}

            def holds(switch: Switch, view: View = view, asked: dict[int, bool] = asked) -> bool:
                if id(switch) not in asked:
                    asked[id(switch)] = view.holds(switch)
                return asked[id(switch)]

            for answer in level.answers:
                if any(holds(switch) for switch in answer.field.hides):
                    hidden.add(answer)
                if any(holds(switch) for switch in answer.field.locks):
                    locked.add(answer)
                if isinstance(answer.field.rules, Computed):
                    computed[answer] = view.ask(answer.field.rules.expression)
        self.hidden, self.locked, self.computed = hidden, locked, computed

    def _look(self) -> None:
        """Lay out the data anew, without what is hidden."""
        shown: dict[Level, dict[str, Any]] = {}
        data = self._data(self.root, self.known, shown)
        self.views = {}
        self._views(self.root, data, None, shown)

    def _data(self, level: Level, before: Any, shown: dict[Level, dict[str, Any]]) -> dict[str, Any]:
        data = dict(before) if isinstance(before, Mapping) else {}
        for answer in level.answers:
            if answer in self.hidden:
                drop(data, answer.field.path)
            elif isinstance(answer.field.rules, Repeat):
                if answer.given is not ABSENT or answer.entries:
                    entries = [self._data(entry, as_sent(entry.before), shown) for entry in answer.entries]
                    put(data, answer.field.path, entries)
            else:
                put(data, answer.field.path, self._seen(answer))
        shown[level] = data
        return data

    def _views(
        self, level: Level, data: dict[str, Any], parent: dict[str, Any] | None, shown: dict[Level, dict[str, Any]]
    ) -> None:
        # A variable named like a special name wins, as in form-js; `_this_` always works.
        special = {"this": data, "parent": parent, "i": [Decimal(each) for each in level.number]}
        always = {f"_{name}_": value for name, value in special.items()}
        self.views[level] = View({**special, **shown[self.root], **always}, self.context, self.today)
        for answer in level.answers:
            for entry in answer.entries:
                if entry in shown:
                    self._views(entry, shown[entry], data, shown)

    def _seen(self, answer: Answer) -> Any:
        """The answer as the browser has it: what was sent, else what was known, else the default, else the empty value."""
        rules = answer.field.rules
        if isinstance(rules, Computed):
            return as_sent(self.computed.get(answer))
        value = answer.given
        if value is ABSENT or answer in self.locked:
            value = answer.before
        if value is ABSENT:
            value = answer.field.default
        if is_empty(answer.field, value):
            return empty_value(answer.field)
        if isinstance(rules, Number):
            try:
                number = numbers.from_value(value)
            except ValueError:
                return None
            return numbers.plain(number) if rules.as_text else number
        if isinstance(rules, Moment) and not isinstance(value, str | dt.date | dt.time):
            return None
        return as_sent(value)


def _equal(one: dict[Answer, Any], other: dict[Answer, Any]) -> bool:
    return one.keys() == other.keys() and all(same(value, other[answer]) for answer, value in one.items())
