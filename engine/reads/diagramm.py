"""The live diagram of a case: where it stands, where it has been and how often, in its own process and in those it calls."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import bpmn
from engine.base import db
from engine.base.db import Tx
from engine.base.errors import Unknown
from engine.bpmn import Spec
from engine.bpmn.diagram import Element, Process
from engine.model import history, leistung, vorgang
from engine.model.bundle import Bundle

H = history.T
HERE, STUCK, DONE = "hier", "stoerung", "erledigt"


@dataclass(frozen=True, slots=True)
class Knoten:
    """An element that a case has reached: hier (a token stands there), stoerung (it is stuck there) or erledigt.

    `count` is how often it was done; `done` of `total` items are done where it is being done once for every item of a list.
    """

    element: str
    name: str
    type: str
    state: str
    count: int
    done: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Ablauf:
    """A process that is part of a case: its own, or one that it calls; `reached`: it has been in it."""

    id: str
    name: str
    reached: bool


@dataclass(frozen=True, slots=True)
class Diagramm:
    """Where a Vorgang stands in a diagram: the file, elements with tokens, flows and elements passed, incidents.

    `nodes` says the same element by element, those where it stands first, then those it left last; `processes` are all that
    are part of the case, `process` is the one of this diagram.
    """

    file: str
    tokens: tuple[str, ...]
    passed: tuple[str, ...]
    incidents: tuple[str, ...]
    process: str
    nodes: tuple[Knoten, ...]
    processes: tuple[Ablauf, ...]


def diagramm(vorgang_id: str, process: str | None = None) -> Diagramm:
    """Where a case stands in its diagram, or in that of a process that it calls.

    Raises:
        Unknown: if that process is no part of the case.
    """
    with db.reading() as tx:
        case, bundle = _read(tx, vorgang_id)
        here = sa.and_(H.c.vorgang_id == vorgang_id, H.c.process.in_(sorted(bundle.spec.compiled)))
        reached = set(tx.scalars(sa.select(H.c.process).where(here).distinct()))
        processes = _processes(bundle.spec, case.process, reached)
        shown = _shown(bundle.spec, process or case.process, processes)
        lines = sa.select(H.c.element, H.c.flows).where(
            H.c.vorgang_id == vorgang_id, H.c.process == shown.id, H.c.kind == "completed"
        )
        rows = [(row.element, json.loads(row.flows)) for row in tx.all(lines.order_by(H.c.stand, H.c.line))]
    standing = bpmn.active_elements(bundle.spec, case.snapshot, shown.id)
    loops = bpmn.running_loops(bundle.spec, case.snapshot, shown.id)
    passed = dict.fromkeys(id for element, flows in rows for id in (element, *flows))
    incidents = tuple(dict.fromkeys(element for element, wait in standing if wait == "Incident"))
    tokens = tuple(dict.fromkeys(element for element, _ in standing))
    nodes = _nodes(shown, tokens, incidents, rows, loops)
    return Diagramm(shown.file, tokens, tuple(passed), incidents, shown.id, nodes, processes)


def diagram_xml(vorgang_id: str, process: str | None = None) -> bytes:
    """The BPMN file of the version a case runs, with its own process or with one that it calls.

    Raises:
        Unknown: if that process is no part of the case.
    """
    with db.reading() as tx:
        case, bundle = _read(tx, vorgang_id)
        reached = set(tx.scalars(sa.select(H.c.process).where(H.c.vorgang_id == vorgang_id).distinct()))
    shown = _shown(bundle.spec, process or case.process, _processes(bundle.spec, case.process, reached))
    return bundle.files[shown.file]


def _read(tx: Tx, vorgang_id: str) -> tuple[Any, Bundle]:
    case: Any = vorgang.get(tx, vorgang_id)
    return case, leistung.version(tx, case.version_id)


def _processes(spec: Spec, own: str, reached: Iterable[str]) -> tuple[Ablauf, ...]:
    """The case's own process first, then those it has been in, then those it may still call."""
    been = {id for id in reached if id in spec.compiled} | {own}
    called = {element.called for element in spec.reached_from(own) if element.called and element.called in spec.compiled}
    ids = [own, *sorted(been - {own}), *sorted(called - been)]
    return tuple(Ablauf(id, spec.compiled[id].process.name or id, id in been) for id in ids)


def _shown(spec: Spec, id: str, processes: Iterable[Ablauf]) -> Process:
    if all(one.id != id for one in processes):
        raise Unknown("Diesen Ablauf gibt es in diesem Vorgang nicht.")
    return spec.compiled[id].process


def _nodes(
    process: Process,
    tokens: tuple[str, ...],
    incidents: tuple[str, ...],
    rows: list[tuple[str, list[str]]],
    loops: dict[str, tuple[int, int]],
) -> tuple[Knoten, ...]:
    """Every element with a token or a past."""
    counts = Counter(element for element, flows in rows if _counts(process.elements.get(element), flows))
    left = dict.fromkeys(element for element, _ in reversed(rows))
    found = []
    for id in dict.fromkeys([*incidents, *tokens, *left]):
        element = process.elements.get(id)
        if element is None:
            continue
        state = STUCK if id in incidents else HERE if id in tokens else DONE
        found.append(Knoten(id, element.name or id, element.kind, state, counts[id], *loops.get(id, (None, None))))
    return tuple(found)


def _counts(element: Element | None, flows: list[str]) -> bool:
    """Whether a line of history is one turn of its element: of what is done for every item, the items count, not the whole."""
    return element is None or element.loop is None or not flows
