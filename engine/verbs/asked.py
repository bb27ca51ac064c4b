"""What of an application a bundle asks for: every `antrag.…` in its expressions, forms and letters, with examples.

Followed are paths, filters, loops and names that a context or a loop gives to a part of the application:
`for b in antrag.baeume return b.art` asks for `baeume[1].art`. The examples are the applications of its scenarios.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from engine.bpmn.diagram import expressions_of
from engine.feel import FeelSyntaxError, compile_expression
from engine.feel.grammar import tree
from engine.model.bundle import Bundle
from engine.model.notice import Notice
from engine.model.notice.values import Placeholder
from engine.verbs.rehearse import scenarios_of
from engine.verbs.scenario_file import Unreadable, read
from forms import numbers

Kind = Literal["text", "zahl", "datum", "ja_nein"]
Parts = frozenset[tuple[str, ...]]
Bound = Mapping[str, Parts]

ROOT, ENTRY = "antrag", "[]"
OF_A_DAY = frozenset({"year", "month", "day", "weekday"})
"""What FEEL knows of a day by itself: no application is asked for it."""
MAX_FIELDS, MAX_DEPTH = 100, 6
OF_LISTS = frozenset({"append", "concatenate", "distinct values", "flatten", "reverse", "sort", "union"})
"""Functions whose value is made of what they get; that of others is something new."""
NOBODY: Parts = frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """A field: `path` as in `antrag.…`, entries of a list counted from 1; `kind` is None where nothing tells it."""

    path: str
    kind: Kind | None
    example: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """The application of a scenario: its fields as text, who applies, and whether there is a Servicekonto."""

    id: str
    name: str
    applicant: str
    mailbox: bool
    values: Mapping[str, tuple[Kind, str]]


def asked(bundle: Bundle, example: Example | None = None) -> tuple[Asked, ...]:
    """The fields a test application may fill in, in the order in which they are met; those of an example come with it."""
    values: Mapping[str, tuple[Kind, str]] = {} if example is None else example.values
    known = {path: kind for path, (kind, _) in values.items()}
    for other in examples(bundle):
        for path, (kind, _) in other.values.items():
            if path not in values and known.get(path, "text") == "text":  # a number beats a number written as text
                known[path] = kind
    paths = dict.fromkeys([*_mentioned(bundle), *values])
    leaves = [path for path in paths if not any(_is_below(other, path) for other in paths)]
    fields = [Asked(path, known.get(path), values.get(path, ("text", ""))[1]) for path in leaves]
    return tuple(fields[:MAX_FIELDS])


def examples(bundle: Bundle) -> tuple[Example, ...]:
    """The applications of the bundle's scenarios, those that can be read."""
    found = []
    for id, content in scenarios_of(bundle):
        with suppress(Unreadable):
            scenario = read(content)
            variables = scenario.get("variables", {})
            values = dict(_flat(variables.get(ROOT), ""))
            name, mailbox = variables.get("antragsteller"), variables.get("servicekonto")
            applicant = name if isinstance(name, str) else ""
            found.append(Example(id, str(scenario.get("name", id)), applicant, bool(mailbox), values))
    return tuple(found)


def _is_below(path: str, other: str) -> bool:
    return path.startswith((f"{other}.", f"{other}["))


def _flat(value: Any, path: str) -> Iterator[tuple[str, tuple[Kind, str]]]:
    """The answers in a value of a scenario, with what kind they are."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _flat(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, item in enumerate(value, 1):
            yield from _flat(item, f"{path}[{number}]")
    elif isinstance(value, bool):
        yield path, ("ja_nein", "ja" if value else "nein")
    elif isinstance(value, int | Decimal):
        yield path, ("zahl", numbers.plain(Decimal(value)).replace(".", ","))
    elif isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        yield path, ("datum", value.isoformat())
    elif isinstance(value, str):
        yield path, ("text", value)


# --- what expressions ask for --------------------------------------------------------------------------------------


def _mentioned(bundle: Bundle) -> list[str]:
    found: dict[tuple[str, ...], None] = {}
    for text in _texts(bundle):
        with suppress(FeelSyntaxError):
            node = compile_expression(text).node
            _Reading(found).parts(node, {ROOT: frozenset({()})})
    longest = [path for path in found if path and not any(path == other[: len(path)] and path != other for other in found)]
    return [_written(path) for path in longest if len(path) <= MAX_DEPTH]


def _written(path: tuple[str, ...]) -> str:
    return ".".join(path).replace(f".{ENTRY}", "[1]")


def _texts(bundle: Bundle) -> Iterator[str]:
    for compiled in bundle.spec.compiled.values():
        for element in compiled.process.elements.values():
            yield from expressions_of(compiled.process, element)
    for notice in bundle.notices.values():
        yield from _of_notice(notice)
    for schema in bundle.forms.values():
        yield from _of_form(json.loads(schema))


def _of_notice(notice: Notice) -> Iterator[str]:
    templates = [notice.title, notice.subject, notice.salutation, notice.signatory, *notice.addressee]
    for section in notice.sections:
        templates += [section.heading, *(text for block in section.blocks for text in block.texts)]
        if section.when is not None:
            yield section.when.source
    for template in templates:
        yield from (part.source for part in template if isinstance(part, Placeholder))
    yield from (expression.text for expression in notice.data.values())


def _of_form(schema: Any) -> Iterator[str]:
    stack = [schema]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            stack.extend(reversed(part.values()))
        elif isinstance(part, list):
            stack.extend(reversed(part))
        elif isinstance(part, str) and part.startswith("="):
            yield part[1:]


class _Reading:
    """Walks an expression; remembers every part of the application it meets."""

    def __init__(self, found: dict[tuple[str, ...], None]) -> None:
        self.found = found

    def parts(self, node: tree.Node, bound: Bound) -> Parts:
        """Which parts of the application the value of a node may be, or contain."""
        match node:
            case tree.Name(name):
                return bound.get(name, NOBODY)
            case tree.Path(base, name):
                return self._below(self.parts(base, bound), name)
            case tree.Filter(base, predicate):
                inside = self.parts(base, bound)
                self.parts(predicate, {**bound, "item": _entries(inside)})
                return inside
            case tree.For(iterators, body) | tree.Quantified(_, iterators, body):
                for each in iterators:
                    bound = {**bound, each.name: _entries(self.parts(each.source, bound))}
                self.parts(body, bound)
                return NOBODY
            case tree.ContextOf(entries):
                for name, value in entries:
                    bound = {**bound, name: self.parts(value, bound)}
                return NOBODY
        found = NOBODY.union(*(self.parts(child, bound) for child in tree.children(node)))
        new = isinstance(node, tree.Call) and getattr(node.function, "name", "") not in OF_LISTS
        return NOBODY if new else found

    def _below(self, parts: Parts, name: str) -> Parts:
        if name in OF_A_DAY:
            return NOBODY
        met = frozenset((*part, name) for part in parts if len(part) < MAX_DEPTH)
        self.found.update(dict.fromkeys(sorted(met)))
        return met


def _entries(parts: Parts) -> Parts:
    return frozenset((*part, ENTRY) for part in parts if part and part[-1] != ENTRY)
