"""The answers laid out: each field beside what was sent for it and what the Vorgang knew before.

Names nobody asked for are refused here.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as member
from typing import Any

from engine.base.errors import Cause
from forms.aufgabe import texts
from forms.aufgabe.form import Field, Form, Names, Repeat
from forms.aufgabe.origins import origins
from forms.aufgabe.places import ABSENT, at
from forms.aufgabe.values import as_sent, same
from forms.characters import cleaned
from forms.strict_json import pointer

MAX_ENTRIES = 1000
MAX_UNKNOWN = 20
Steps = tuple[str | int, ...]


@dataclass(slots=True, eq=False)
class Answer:
    """A field in its place. `given` is what was sent, `before` what the Vorgang knew; either may be ABSENT."""

    field: Field
    place: Steps
    given: Any
    before: Any
    entries: list[Level] = member(default_factory=list)

    @property
    def pointer(self) -> str:
        return pointer(*self.place)


@dataclass(slots=True, eq=False)
class Level:
    """One level of the form: the form itself, or one entry of a list. `number` counts entries from 1, outermost first."""

    before: Mapping[str, Any]
    number: tuple[int, ...] = ()
    answers: list[Answer] = member(default_factory=list)


class Sheet:
    """All answers of one submission, and what is wrong with their shape."""

    def __init__(self, form: Form, data: Mapping[str, Any], context: Mapping[str, Any]) -> None:
        self.causes: list[Cause] = []
        self.entries = 0
        self._check_names(data, {}, form.names, ())
        self.root = Level(context)
        self._lay(form.fields, data, (), self.root)

    def _lay(self, fields: tuple[Field, ...], sent: Mapping[str, Any], place: Steps, level: Level) -> None:
        for each in fields:
            answer = Answer(each, (*place, *each.path), at(sent, each.path), at(level.before, each.path))
            if isinstance(each.rules, Repeat):
                self._entries(answer, each.rules, level.number)
            level.answers.append(answer)

    def _entries(self, answer: Answer, rules: Repeat, number: tuple[int, ...]) -> None:
        before = answer.before if isinstance(answer.before, list) else []
        sent = answer.given
        if sent is ABSENT and answer.before is ABSENT:
            sent = [{}] * rules.count
        elif sent is ABSENT:
            return
        elif sent is None:
            sent = []
        label, count = answer.field.label, len(before) if isinstance(answer.before, list) else rules.count
        if not isinstance(sent, list):
            self._wrong(answer.place, texts.NO_LIST.format(label=label))
            return
        self.entries += len(sent)
        if self.entries > MAX_ENTRIES:
            self._wrong(answer.place, texts.TOO_MANY_ENTRIES.format(label=label, most="1.000"))
            return
        if not rules.free and len(sent) != count:
            self._wrong(answer.place, texts.FIXED_ENTRIES.format(label=label, count=count))
            return
        for index, (entry, origin) in enumerate(zip(sent, origins(rules, sent, before), strict=True)):
            place = (*answer.place, index)
            if not isinstance(entry, Mapping):
                self._wrong(place, texts.NO_ENTRY.format(label=label, number=index + 1))
                continue
            self._check_names(entry, origin, rules.names, place)
            inner = Level(origin, (*number, index + 1))
            self._lay(rules.fields, entry, place, inner)
            answer.entries.append(inner)

    def _check_names(self, sent: Mapping[str, Any], before: Any, names: Names, place: Steps) -> None:
        """Refuse names the form does not have. In a list, what stood there before may come back unchanged."""
        for name, value in sent.items():
            known = before.get(name, ABSENT) if isinstance(before, Mapping) else ABSENT
            if not isinstance(name, str) or name not in names:
                if known is ABSENT or not same(as_sent(known), as_sent(value)):
                    self._unknown(str(name), names, place)
            elif names[name] is not None:
                if isinstance(value, Mapping):
                    self._check_names(value, known, names[name], (*place, name))
                elif value is not None:
                    self._wrong((*place, name), texts.NO_GROUP.format(name=name))

    def _unknown(self, name: str, names: Names, place: Steps) -> None:
        if len(self.causes) >= MAX_UNKNOWN:
            return
        shown = cleaned(name[:80])
        near = difflib.get_close_matches(shown, list(names), n=1, cutoff=0.5)
        hint = texts.UNKNOWN_HINT.format(near=near[0]) if near else ""
        self.causes.append(Cause(texts.UNKNOWN.format(name=shown), hint=hint, pointer=pointer(*place, shown)))

    def _wrong(self, place: Steps, message: str) -> None:
        self.causes.append(Cause(message, pointer=pointer(*place)))
