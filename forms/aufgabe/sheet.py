"""The answers laid out: each field beside what was sent for it and what the Vorgang knew before.

Names nobody asked for are refused here. An entry of a list is matched with the entry it was made from by the members the
form cannot change, so that adding and removing entries mixes nothing up.
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
from forms.aufgabe.values import as_sent, same
from forms.characters import cleaned
from forms.strict_json import pointer

MAX_ENTRIES = 1000
MAX_UNKNOWN = 20
Steps = tuple[str | int, ...]


class _Absent:
    """Nothing was sent, which is not the same as null."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()


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
        origins = _origins(rules, sent, before)
        for index, (entry, origin) in enumerate(zip(sent, origins, strict=True)):
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


def at(data: Any, path: tuple[str, ...]) -> Any:
    """What stands at a path, or ABSENT."""
    for step in path:
        if not isinstance(data, Mapping) or step not in data:
            return ABSENT
        data = data[step]
    return data


def put(data: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Set a value at a path; what is shared with others on the way is copied first."""
    for step in path[:-1]:
        inner = data.get(step)
        data[step] = dict(inner) if isinstance(inner, Mapping) else {}
        data = data[step]
    data[path[-1]] = value


def drop(data: dict[str, Any], path: tuple[str, ...]) -> None:
    """Remove what stands at a path, if anything does; copies on the way as `put` does."""
    if at(data, path) is ABSENT:
        return
    for step in path[:-1]:
        data[step] = dict(data[step])
        data = data[step]
    del data[path[-1]]


def _origins(rules: Repeat, sent: list[Any], before: list[Any]) -> list[Mapping[str, Any]]:
    """For each entry the one it was made from: the same in all the form cannot change, else the one in its place.

    Where entries were taken away, the place tells nothing; an entry that shows nothing else is then a new one.
    """
    kept = [entry if isinstance(entry, Mapping) else {} for entry in before]
    fixed = [each.path for each in rules.fields if True in each.locks]
    free = dict.fromkeys(range(len(kept)))
    chosen: dict[int, int] = {}
    for index, entry in enumerate(sent):
        marks = _marks(entry, rules.names, fixed) if isinstance(entry, Mapping) else []
        for number in (index, *free) if marks else ():
            if number in free and all(same(as_sent(at(kept[number], path)), value) for path, value in marks):
                chosen[index] = number
                del free[number]
                break
    for index in range(len(kept) if len(sent) >= len(kept) else 0):
        if index in free and index not in chosen:
            chosen[index] = index
    return [kept[chosen[index]] if index in chosen else {} for index in range(len(sent))]


def _marks(entry: Mapping[str, Any], names: Names, fixed: list[tuple[str, ...]]) -> list[tuple[tuple[str, ...], Any]]:
    """What tells an entry from others: members the form does not have, and those it only shows."""
    foreign = [(name,) for name in entry if isinstance(name, str) and name not in names]
    shown = [path for path in fixed if at(entry, path) is not ABSENT]
    return [(path, as_sent(at(entry, path))) for path in [*foreign, *shown]]
