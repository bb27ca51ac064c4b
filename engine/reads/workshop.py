"""The notice workshop: a draft as a person may change it, and what it would look like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import bpmn
from engine.base import clock, db
from engine.base.errors import Conflict
from engine.base.ports import Letter, Section
from engine.model import aufgabe, bescheid, leistung, vorgang
from engine.model.notice import ANCILLARY, PARTS, Variant, Written, required, rewritten, text_of
from engine.reads.aufgaben import AUFGABEN, Aufgabe, aufgabe_from
from engine.reads.bescheide import Bescheid, bescheid_of

B = bescheid.T
FREE = ("hinweise", "anlagen")
"""Parts that may be added besides ancillary provisions."""


@dataclass(frozen=True, slots=True)
class Art:
    """A kind of part: what people call it, the law it stands on, whether the Bescheid needs it."""

    kind: str
    label: str
    source: str
    required: bool
    ancillary: bool
    addable: bool


@dataclass(frozen=True, slots=True)
class Werkstatt:
    """A draft open for changes: its parts as text, which kinds there are, and which texts its bundle offers for each."""

    bescheid: Bescheid
    parts: tuple[Written, ...]
    kinds: Mapping[str, Art]
    variants: tuple[Variant, ...]


def workshop(bescheid_id: str) -> Werkstatt:
    """A draft as a person may change it.

    Raises:
        Unknown: there is no such Bescheid.
    """
    with db.reading() as tx:
        found = bescheid_of(tx, bescheid_id)
        kept = tx.scalar(sa.select(B.c.variants).where(B.c.id == bescheid_id))
    return Werkstatt(found, parts_of(found.sections), _kinds(found.sections), bescheid.variants_of(kept))


def parts_of(sections: Iterable[Section]) -> tuple[Written, ...]:
    """Parts of a Bescheid as text."""
    return tuple(Written(section.kind, section.heading, text_of(section.blocks)) for section in sections)


def _kinds(sections: Iterable[Section]) -> dict[str, Art]:
    needed = required(bound="ermessen" not in {section.kind for section in sections})
    return {
        kind: Art(
            kind, part.label or "Text", part.source, kind in needed, part.group == ANCILLARY,
            part.group == ANCILLARY or kind in FREE,
        )
        for kind, part in PARTS.items()
    }  # fmt: skip


def preview_of(bescheid_id: str, sections: Iterable[Mapping[str, str]]) -> Letter:
    """The letter of a draft with these parts (kind, heading, text), complete or not; nothing is kept.

    Raises:
        Unknown: there is no such Bescheid.
        Conflict: it is no draft any more.
        Invalid: a part is unknown, too long, or an ancillary provision without a number.
    """
    with db.reading() as tx:
        row: Any = bescheid.get(tx, bescheid_id)
    if reason := bescheid.why_not(row, "geändert werden"):
        raise Conflict(reason)
    letter = bescheid.letter_of(row.content, clock.local_day(clock.now()), draft=True)
    return rewritten(letter, [Written(part["kind"], part["heading"], part["text"]) for part in sections])


def to_approve(aufgabe_id: str) -> tuple[Bescheid, ...]:
    """The drafts that a task is about to approve: those of the case that it sees among its variables; usually one.

    Raises:
        Unknown: there is no such task.
    """
    with db.reading() as tx:
        task: Any = aufgabe.get(tx, aufgabe_id)
        case: Any = vorgang.get(tx, task.vorgang_id)
        spec = leistung.version(tx, case.version_id).spec
        approving = {element.id for element in spec.elements() if element.approves}
        if task.state != aufgabe.OPEN or task.element not in approving:
            return ()
        seen = set(_texts(dict(bpmn.variables(spec, case.snapshot, task.token))))
        open_ones = sa.and_(B.c.vorgang_id == case.id, B.c.state.in_([bescheid.DRAFT, bescheid.APPROVED]))
        ids = tx.scalars(sa.select(B.c.id).where(open_ones).order_by(B.c.drafted_at, B.c.id))
        return tuple(bescheid_of(tx, id) for id in ids if id in seen)


def _texts(value: Any) -> Iterator[str]:
    """Every text inside a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(inner)


@dataclass(frozen=True, slots=True)
class Freigabe:
    """Where the draft of a case is approved: in these open tasks; `done` is the last such task that was completed."""

    waiting: tuple[Aufgabe, ...]
    done: Aufgabe | None


def approval_of(vorgang_id: str) -> Freigabe:
    """Who is to approve the draft of a case, and who has.

    Raises:
        Unknown: there is no such case.
    """
    a = aufgabe.T
    with db.reading() as tx:
        case: Any = vorgang.get(tx, vorgang_id)
        spec = leistung.version(tx, case.version_id).spec
        approving = sorted({element.id for element in spec.elements() if element.approves})
        tasks = AUFGABEN.where(a.c.vorgang_id == vorgang_id, a.c.element.in_(approving))
        waiting = tx.all(tasks.where(a.c.state == aufgabe.OPEN).order_by(a.c.opened_at, a.c.id))
        done = tx.all(tasks.where(a.c.state == aufgabe.DONE).order_by(a.c.closed_at.desc()).limit(1))
    return Freigabe(tuple(map(aufgabe_from, waiting)), aufgabe_from(done[0]) if done else None)
