"""Which entry of a list an answer was made from.

Clerks add and remove entries; places shift. An entry is known again by what the form cannot change in it: members the form
does not have, and fields it only shows. So a locked value stays with its entry, and what the form does not know survives.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from decimal import Decimal
from typing import Any

from forms import numbers
from forms.aufgabe.form import Names, Repeat
from forms.aufgabe.places import ABSENT, at
from forms.aufgabe.values import as_sent

MAX_KINDS = 20
Paths = tuple[tuple[str, ...], ...]


def origins(rules: Repeat, sent: list[Any], before: list[Any]) -> list[Mapping[str, Any]]:
    """For each entry the one it was made from: the same in all the form cannot change, else the one in its place.

    Where entries were taken away, the place tells nothing; an entry that shows nothing else is then a new one.
    """
    kept = [entry if isinstance(entry, Mapping) else {} for entry in before]
    shown = [each.path for each in rules.fields if True in each.locks]
    free = set(range(len(kept)))
    chosen: dict[int, int] = {}
    indexes: dict[Paths, dict[Hashable, dict[int, None]]] = {}
    for index, entry in enumerate(sent):
        paths = _paths(entry, rules.names, shown)
        if not paths or (paths not in indexes and len(indexes) >= MAX_KINDS):
            continue
        if paths not in indexes:
            indexes[paths] = _index(kept, paths)
        number = _take(indexes[paths].get(_mark(entry, paths), {}), index, free)
        if number is not None:
            chosen[index] = number
            free.discard(number)
    if len(sent) >= len(kept):
        chosen.update({index: index for index in sorted(free) if index not in chosen})
    return [kept[chosen[index]] if index in chosen else {} for index in range(len(sent))]


def _paths(entry: Any, names: Names, shown: list[tuple[str, ...]]) -> Paths:
    """Where an entry holds what the form cannot change."""
    if not isinstance(entry, Mapping):
        return ()
    foreign = sorted(name for name in entry if isinstance(name, str) and name not in names)
    return tuple((name,) for name in foreign) + tuple(path for path in shown if at(entry, path) is not ABSENT)


def _index(kept: list[Mapping[str, Any]], paths: Paths) -> dict[Hashable, dict[int, None]]:
    """The entries by what stands at these paths, in order."""
    found: dict[Hashable, dict[int, None]] = {}
    for number, entry in enumerate(kept):
        found.setdefault(_mark(entry, paths), {})[number] = None
    return found


def _take(fitting: dict[int, None], index: int, free: set[int]) -> int | None:
    """The entry in the same place, if it fits; else the first that fits and is free. The taken ones are forgotten."""
    if index in fitting and index in free:
        return index
    while fitting:
        number = next(iter(fitting))
        del fitting[number]
        if number in free:
            return number
    return None


def _mark(entry: Mapping[str, Any], paths: Paths) -> Hashable:
    return tuple(_hashable(as_sent(at(entry, path))) for path in paths)


def _hashable(value: Any) -> Hashable:
    """A stand-in that is equal exactly where two values are the same."""
    if isinstance(value, Decimal):
        return "number", numbers.plain(value)
    if isinstance(value, Mapping):
        return "object", frozenset((str(key), _hashable(inner)) for key, inner in value.items())
    if isinstance(value, list):
        return "list", tuple(_hashable(inner) for inner in value)
    if value is None or isinstance(value, str | bool):
        return type(value).__name__, value
    return "other", repr(value)
