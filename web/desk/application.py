"""The application as one reads it: labels, groups, what repeats as one table, and the files it names as links."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine import reads

GROUP = "gruppe"
_ENTRY = re.compile(r"(.+)_([1-9][0-9]{0,5})")
_SEVERAL = re.compile(r"\s*[,;\n]\s*")

Field = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `files` are the documents it names; then they are shown in its place."""

    label: str
    value: Any
    files: tuple[reads.Dokument, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    label: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """What was asked several times: a column for each question, a row for each time. A cell is None where it was not asked."""

    label: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Answer | None, ...], ...]


Part = Answer | Group | Table


def readable(fields: Sequence[Field], documents: Sequence[reads.Dokument]) -> tuple[Part, ...]:
    """The parts of an application in the order of the form."""
    by_name: dict[str, list[reads.Dokument]] = {}
    for document in documents:
        by_name.setdefault(document.name, []).append(document)
    return tuple(_parts(fields, by_name))


def _parts(fields: Sequence[Field], documents: Mapping[str, list[reads.Dokument]]) -> Iterator[Part]:
    told: set[str] = set()
    for field in fields:
        alike = [other for other in fields if other["name"] == field["name"]]
        if field["name"] in told:
            continue
        if field["kind"] != GROUP:
            yield _answer(field, documents)
        elif len(alike) > 1 and all(other["kind"] == GROUP for other in alike):
            told.add(field["name"])
            yield _table(field["label"], alike, documents)
        elif _repeats(field["items"]):
            yield _table(field["label"], field["items"], documents)
        else:
            yield Group(field["label"], tuple(_parts(field["items"], documents)))


def _repeats(items: Sequence[Field]) -> bool:
    """Whether the items of a group are the times that the same was asked: baum_1, baum_2 … (as the process reads them)."""
    found = [_ENTRY.fullmatch(item["name"]) if item["kind"] == GROUP else None for item in items]
    numbers = sorted(int(match[2]) for match in found if match)
    return bool(items) and numbers == list(range(1, len(items) + 1)) and len({match[1] for match in found if match}) == 1


def _table(label: str, items: Sequence[Field], documents: Mapping[str, list[reads.Dokument]]) -> Table:
    """One row for each item; groups inside become columns that carry their label."""
    rows: list[dict[str, Answer]] = []
    columns: dict[str, None] = {}
    for item in items:
        row: dict[str, Answer] = {}
        for column, answer in _flat(item["items"], "", documents):
            name, number = column, 2
            while name in row:  # asked twice under one label
                name, number = f"{column} ({number})", number + 1
            row[name] = answer
        columns.update(dict.fromkeys(row))
        rows.append(row)
    return Table(label, tuple(columns), tuple(tuple(row.get(column) for column in columns) for row in rows))


def _flat(items: Sequence[Field], above: str, documents: Mapping[str, list[reads.Dokument]]) -> Iterator[tuple[str, Answer]]:
    for item in items:
        label = f"{above}{item['label']}"
        if item["kind"] == GROUP:
            yield from _flat(item["items"], f"{label}: ", documents)
        else:
            yield label, _answer(item, documents)


def _answer(field: Field, documents: Mapping[str, list[reads.Dokument]]) -> Answer:
    """An answer; where its text is names of files of the case and nothing else, these files."""
    value = field["value"]
    files: list[reads.Dokument] = []
    if isinstance(value, str) and value:
        names = [value] if value in documents else [name for name in _SEVERAL.split(value) if name]
        if names and all(name in documents for name in names):
            files = [document for name in dict.fromkeys(names) for document in documents[name]]
    return Answer(field["label"], value, tuple(files))
