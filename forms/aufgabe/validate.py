"""Answers to a form, checked against everything its designer asked for. The browser checked, too; it is not believed.

* What is hidden is dropped; a hidden group or list hides all inside.
* A disabled or read-only field keeps what the Vorgang knew; what was sent for it is ignored.
* Nothing sent: what the Vorgang knew stays as it was; if it knew nothing, the default, else the empty value (as form-js
  fills a fresh form). A required field must be sent, or have a default.
* Names the form does not have are refused, with the nearest one named.
* Computed fields are computed here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from engine import feel
from engine.base.errors import Cause, Invalid
from forms.aufgabe import texts
from forms.aufgabe.form import Choice, Computed, Documents, Field, Form, Repeat
from forms.aufgabe.places import ABSENT, at, drop, put
from forms.aufgabe.sheet import Answer, Level, Sheet
from forms.aufgabe.sight import State
from forms.aufgabe.values import Misfit, empty_value, is_empty, read, required
from forms.strict_json import pointer

MAX_CAUSES = 200


def validate(
    form: Form, data: Mapping[str, Any], context: Mapping[str, Any], *, today: dt.date | None = None
) -> dict[str, Any]:
    """The answers as variables for the diagram.

    `context` are the variables of the Vorgang as the form sees them. `today` decides what is past; without it, it is what
    FEEL calls today, so that a field and a condition of one form can never disagree. Top-level variables the form does not
    touch are not in the result; of an object or a list entry it touches, the other members are kept as they were.

    Raises:
        Invalid: the answers do not fit; one cause per field, with a JSON pointer into `data`.
    """
    if not isinstance(data, Mapping):
        raise Invalid(texts.NO_OBJECT, [Cause(texts.NO_OBJECT, pointer="")])
    sheet = Sheet(form, data, context)
    day = feel.evaluate("today()", {}) if today is None else today
    check = _Check(sheet, State(sheet.root, context, day, settle=form.asks))
    check.level(sheet.root)
    if check.causes:
        count = len(check.causes)
        sentence = texts.REFUSED_ONE if count == 1 else texts.REFUSED_MANY.format(count=count)
        raise Invalid(sentence, check.causes[:MAX_CAUSES])
    return check.result()


def references(form: Form, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every document that checked values refer to, as (JSON pointer, document id): the caller must see that each is there."""
    return list(_references(form.fields, values, ()))


def _references(fields: tuple[Field, ...], values: Any, place: tuple[str | int, ...]) -> Iterator[tuple[str, str]]:
    for field in fields:
        value, here = at(values, field.path), (*place, *field.path)
        if not isinstance(value, list):
            continue
        if isinstance(field.rules, Documents):
            yield from ((pointer(*here, index), each) for index, each in enumerate(value) if isinstance(each, str))
        elif isinstance(field.rules, Repeat):
            for index, entry in enumerate(value):
                yield from _references(field.rules.fields, entry, (*here, index))


class _Check:
    """One pass over the answers, after it is settled what is hidden."""

    def __init__(self, sheet: Sheet, state: State) -> None:
        self.root, self.state = sheet.root, state
        self.causes = list(sheet.causes)
        self.wrong = {cause.pointer for cause in sheet.causes}
        self.values: dict[Answer, Any] = {}

    def level(self, level: Level) -> None:
        for answer in level.answers:
            if answer in self.state.hidden or answer.pointer in self.wrong:
                continue
            if isinstance(answer.field.rules, Repeat):
                for entry in answer.entries:
                    self.level(entry)
                continue
            try:
                self.values[answer] = self.value(answer, level)
            except Misfit as misfit:
                self.causes.append(Cause(misfit.message, hint=misfit.hint, pointer=answer.pointer))

    def value(self, answer: Answer, level: Level) -> Any:
        """The value of one answer, or ABSENT where everything stays as it was."""
        field = answer.field
        if isinstance(field.rules, Computed):
            return self.state.computed.get(answer)
        if answer in self.state.locked:
            if answer.before is not ABSENT:
                return answer.before
            given = self.default(answer, level)
        elif answer.given is not ABSENT:
            given = answer.given
        elif answer.before is not ABSENT and not field.required:
            return ABSENT
        else:
            given = self.default(answer, level)
        if is_empty(field, given):
            if field.required and answer not in self.state.locked:
                raise Misfit(required(field))
            return empty_value(field)
        return read(field, given, self.state.views[level])

    def default(self, answer: Answer, level: Level) -> Any:
        """The default; if the options of today do not have it, there is none, as in the browser."""
        field = answer.field
        if isinstance(field.rules, Choice) and field.rules.fixed is None and not is_empty(field, field.default):
            try:
                read(field, field.default, self.state.views[level])
            except Misfit:
                return None
        return field.default

    def result(self) -> dict[str, Any]:
        return self._filled(self.root, {})

    def _filled(self, level: Level, out: dict[str, Any]) -> dict[str, Any]:
        for answer in level.answers:
            value = self._entries(answer) if isinstance(answer.field.rules, Repeat) else self.values.get(answer, ABSENT)
            if value is ABSENT:
                continue
            path = answer.field.path
            if len(path) > 1 and path[0] not in out and isinstance(level.before.get(path[0]), Mapping):
                out[path[0]] = level.before[path[0]]
            put(out, path, value)
        for answer in level.answers:
            if answer in self.state.hidden:
                drop(out, answer.field.path)
        return out

    def _entries(self, answer: Answer) -> Any:
        if answer in self.state.hidden or (answer.given is ABSENT and not answer.entries):
            return ABSENT
        return [self._filled(entry, dict(entry.before)) for entry in answer.entries]
