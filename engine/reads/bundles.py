"""Leistungen with their versions, and what is in a version: its processes element by element, tables, forms, parameters."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

import sqlalchemy as sa

from engine.base import db
from engine.base.errors import Unknown
from engine.bpmn.diagram import Element, Process
from engine.feel.dmn import model as dmn
from engine.feel.dmn.project import project
from engine.model import leistung, vorgang
from engine.model.bundle import SHARED, Bundle
from engine.model.notice import PARTS, Notice, is_bescheid
from engine.model.notice.values import SectionTemplate

T, VERSIONS, V = leistung.T, leistung.VERSIONS, vorgang.T


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a Leistung, and how many cases run it or have run it; tests of designers are counted apart."""

    id: str
    leistung: str
    name: str
    number: int
    current: bool
    deployed_at: dt.datetime
    deployed_by: str
    open: int
    closed: int
    tests: int


@dataclass(frozen=True, slots=True)
class FlowNode:
    """A flow node as a list shows it: `level` says how deep in sub-processes, `leads_to` how the next ones are called."""

    id: str
    kind: str
    event: str
    name: str
    lane: str
    level: int
    attached_to: str
    many: bool
    form: str
    decision: str
    called: str
    job: str
    leads_to: tuple[tuple[str, str], ...]
    """What the flow is called ("" if nothing), and the element it leads to."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A process of a version. `part` is the shared part it belongs to, "" if it is the Leistung's own."""

    id: str
    name: str
    file: str
    part: str


@dataclass(frozen=True, slots=True)
class LetterTemplate:
    """A letter with its placeholders; each section with what its kind is called and the law it stands on."""

    notice: Notice
    decides: bool
    sections: tuple[tuple[SectionTemplate, str, str], ...]


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """A decision as it can be read: a table, or what stands in its place."""

    file: str
    name: str
    policy: str
    inputs: tuple[tuple[str, str], ...]
    """What a column is called, and the expression that is tested."""
    outputs: tuple[str, ...]
    rules: tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...]
    text: str


# --- Leistungen and versions ---------------------------------------------------------------------------------------


def list_versions(key: str | None = None) -> tuple[Version, ...]:
    """The versions of a Leistung, or of all, by the Leistung's name, newest first."""
    return _versions(sa.true() if key is None else VERSIONS.c.leistung == key)


def get_version(id: str) -> Version:
    """A version.

    Raises:
        Unknown: there is none of that id.
    """
    found = _versions(VERSIONS.c.id == id)
    if not found:
        raise Unknown("Diese Fassung gibt es hier nicht.")
    return found[0]


def current_version(key: str) -> str:
    """The id of the current version of a Leistung.

    Raises:
        Unknown: there is no such Leistung.
    """
    with db.reading() as tx:
        id = leistung.current(tx, key)
    if id is None:
        raise Unknown("Diese Leistung gibt es hier nicht.")
    return id


def _versions(which: sa.ColumnElement[bool]) -> tuple[Version, ...]:
    real = V.c.test_by.is_(None)
    columns = (VERSIONS.c[name] for name in ("id", "leistung", "number", "deployed_at", "deployed_by"))
    query = (
        sa.select(*columns, T.c.name, T.c.version_id, *(sa.func.count(of).label(name) for name, of in (
            ("open", sa.case((sa.and_(real, V.c.closed_at.is_(None)), V.c.version_id))),
            ("closed", sa.case((sa.and_(real, V.c.closed_at.is_not(None)), V.c.version_id))),
            ("tests", V.c.test_by),
        )))
        .join(T, T.c.key == VERSIONS.c.leistung)
        .join(V, V.c.version_id == VERSIONS.c.id, isouter=True)
        .where(which)
        .group_by(VERSIONS.c.id, T.c.key)
        .order_by(T.c.name, T.c.key, VERSIONS.c.number.desc())
    )  # fmt: skip
    with db.reading() as tx:
        rows = tx.all(query)
    return tuple(
        Version(
            row.id, row.leistung, row.name, row.number, row.id == row.version_id, row.deployed_at, row.deployed_by, row.open,
            row.closed, row.tests,
        )
        for row in rows
    )  # fmt: skip


def bundle_of(version_id: str) -> Bundle:
    """What is in a version.

    Raises:
        Unknown: there is none of that id.
    """
    with db.reading() as tx:
        return leistung.version(tx, version_id)


def packed(version_id: str) -> tuple[str, bytes]:
    """A version as a zip of exactly its files, and how to call it.

    Raises:
        Unknown: there is none of that id.
    """
    query = sa.select(VERSIONS.c.leistung, VERSIONS.c.number, VERSIONS.c.files).where(VERSIONS.c.id == version_id)
    with db.reading() as tx:
        row = tx.one_or_none(query)
    if row is None:
        raise Unknown("Diese Fassung gibt es hier nicht.")
    return f"{row.leistung}-{row.number}.zip", row.files


# --- processes -----------------------------------------------------------------------------------------------------


def processes(bundle: Bundle) -> tuple[Drawn, ...]:
    """The processes of a version: the one a Vorgang begins with, then the others, those of shared parts last."""
    made = [_drawn(compiled.process) for compiled in bundle.spec.compiled.values()]
    return tuple(sorted(made, key=lambda one: (one.id != bundle.process, one.part, one.name)))


def _drawn(process: Process) -> Drawn:
    parts = PurePosixPath(process.file).parts
    part = parts[1] if len(parts) > 2 and parts[0] == SHARED else ""
    return Drawn(process.id, process.name or PurePosixPath(process.file).stem, process.file, part)


def elements(bundle: Bundle, process_id: str) -> tuple[FlowNode, ...]:
    """The flow nodes of a process in the order in which a Vorgang meets them, those of a sub-process after it.

    Raises:
        Unknown: the version has no such process.
    """
    compiled = bundle.spec.compiled.get(process_id)
    if compiled is None:
        raise Unknown("Diesen Ablauf gibt es in dieser Fassung nicht.")
    process = compiled.process
    names = {id: element.name for id, element in process.elements.items()}
    called = {id: one.process.name for id, one in bundle.spec.compiled.items()} | _decision_names(bundle)
    return tuple(_flow_node(process, element, level, names, called) for element, level in _in_order(process))


def _decision_names(bundle: Bundle) -> dict[str, str]:
    """What decisions are called, by their ids."""
    models = project(bundle.spec.decisions).units if bundle.spec.decisions else ()
    decisions = [one for unit in models for one in unit.model.elements.values() if isinstance(one, dmn.Decision)]
    return {one.id: one.name for one in decisions}


def _in_order(process: Process) -> Iterator[tuple[Element, int]]:
    inner: dict[str | None, list[Element]] = {}
    for element in process.elements.values():
        inner.setdefault(element.parent, []).append(element)
    attached: dict[str | None, list[str]] = {}
    for element in process.elements.values():
        attached.setdefault(element.attached_to, []).append(element.id)
    seen: set[str] = set()
    stack = [(element.id, 0) for element in _starts_first(inner.get(None, []))]
    while stack:
        id, level = stack.pop()
        if id in seen:
            continue
        seen.add(id)
        element = process.elements[id]
        yield element, level
        stack += [(flow.target, level) for flow in reversed(process.outgoing(id)) if flow.target in process.elements]
        stack += [(other, level) for other in reversed(attached.get(id, []))]
        stack += [(other.id, level + 1) for other in _starts_first(inner.get(id, []))]


def _starts_first(elements: list[Element]) -> list[Element]:
    """For a stack, from which the last is taken first."""
    starts = [element for element in elements if element.kind == "startEvent"]
    return [*(element for element in reversed(elements) if element.kind != "startEvent"), *reversed(starts)]


def _flow_node(process: Process, element: Element, level: int, names: Mapping[str, str], called: Mapping[str, str]) -> FlowNode:
    return FlowNode(
        id=element.id,
        kind="eventSubProcess" if element.triggered else element.kind,
        event=element.event.kind,
        name=element.name,
        lane=element.lane or "",
        level=level,
        attached_to=names.get(element.attached_to or "", ""),
        many=element.loop is not None,
        form=element.form or "",
        decision=called.get(element.decision or "", element.decision or ""),
        called=called.get(element.called or "", element.called or ""),
        job=element.job_type or "",
        leads_to=tuple((flow.name, flow.target) for flow in process.outgoing(element.id)),
    )


# --- tables, forms, parameters -------------------------------------------------------------------------------------


def tables(bundle: Bundle) -> tuple[DecisionTable, ...]:
    """The decisions of a version, file by file."""
    found: list[DecisionTable] = []
    for file, content in sorted(bundle.files.items()):
        if file.endswith(".dmn"):
            for unit in project(content).units:
                decisions = [one for one in unit.model.elements.values() if isinstance(one, dmn.Decision)]
                found += [_decision_table(file, one) for one in decisions]
    return tuple(found)


def _decision_table(file: str, decision: dmn.Decision) -> DecisionTable:
    logic = decision.logic
    if not isinstance(logic, dmn.Table):
        return DecisionTable(file, decision.name, "", (), (), (), logic.text if isinstance(logic, dmn.Text) else "")
    inputs = tuple((column.label or column.expression.text, column.expression.text) for column in logic.inputs)
    outputs = tuple(column.label or column.name or decision.name for column in logic.outputs)
    rules = tuple(
        (tuple(cell.text for cell in rule.inputs), tuple(cell.text for cell in rule.outputs), rule.annotations)
        for rule in logic.rules
    )
    return DecisionTable(file, decision.name, f"{logic.policy} {logic.aggregation}".strip(), inputs, outputs, rules, "")


def letters(bundle: Bundle) -> tuple[LetterTemplate, ...]:
    """The letters of a version, by name."""
    found = []
    for _, notice in sorted(bundle.notices.items()):
        sections = tuple((one, PARTS[one.kind].label, PARTS[one.kind].source) for one in notice.sections)
        found.append(LetterTemplate(notice, is_bescheid(notice), sections))
    return tuple(found)


def forms(bundle: Bundle) -> tuple[tuple[str, str], ...]:
    """The forms of a version: id, and how to call it: by the tasks that show it, else by its file."""
    names = {json.loads(content).get("id"): name for name, content in bundle.files.items() if name.endswith(".form")}
    tasks: dict[str, list[str]] = {}
    for element in bundle.spec.elements():
        if element.form and element.name:
            tasks.setdefault(element.form, []).append(element.name)
    called = {id: ", ".join(dict.fromkeys(tasks.get(id, ()))) or PurePosixPath(names.get(id, id)).stem for id in bundle.forms}
    return tuple(sorted(called.items(), key=lambda form: form[1]))


def form_schema(bundle: Bundle, id: str) -> dict[str, Any]:
    """A form as form-js reads it.

    Raises:
        Unknown: the version has no such form.
    """
    if id not in bundle.forms:
        raise Unknown("Dieses Formular gibt es in dieser Fassung nicht.")
    schema: dict[str, Any] = json.loads(bundle.forms[id])
    return schema


def given_parameters(bundle: Bundle) -> tuple[tuple[str, Any], ...]:
    """The parameters of a version, nested ones by their path."""
    return tuple(_flat(bundle.parameters, ""))


def _flat(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _flat(item, f"{path}.{name}" if path else str(name))
    else:
        yield path, Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
