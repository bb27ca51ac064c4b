"""A letter with its placeholders, as it was read."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.feel import Expression


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A FEEL expression in a text, and how its value is written."""

    format: str
    expression: Expression
    source: str


Template = tuple[str | Placeholder, ...]


@dataclass(frozen=True, slots=True)
class BlockTemplate:
    """A paragraph, an item, a bullet (one text) or a row of a table (one text a cell)."""

    kind: str
    texts: tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class RemedyTemplate:
    """What the instruction on remedies names: remedy, body, seat, time limit (§ 58 (1) VwGO)."""

    remedy: str
    body: Template
    seat: Template
    period: str


@dataclass(frozen=True, slots=True)
class Condition:
    """When a section is written, and how its designer put it."""

    expression: Expression
    source: str


@dataclass(frozen=True, slots=True)
class VariantTemplate:
    """One of several texts that a part may have; the first whose condition holds is written unless a person chooses."""

    name: str
    when: Condition | None
    blocks: tuple[BlockTemplate, ...]


@dataclass(frozen=True, slots=True)
class SectionTemplate:
    """A part of a letter: its text, or the variants of it."""

    kind: str
    heading: Template
    when: Condition | None
    blocks: tuple[BlockTemplate, ...]
    remedy: RemedyTemplate | None = None
    variants: tuple[VariantTemplate, ...] = ()

    @property
    def texts(self) -> tuple[tuple[BlockTemplate, ...], ...]:
        """Every text that it can have."""
        return tuple(variant.blocks for variant in self.variants) or (self.blocks,)


@dataclass(frozen=True, slots=True)
class Variant:
    """A text that a part of a draft may have, filled in; `lacks` says why it cannot be used, if it cannot."""

    kind: str
    heading: str
    name: str
    text: str
    lacks: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A letter with its placeholders, checked. `bound`: the law leaves no discretion."""

    name: str
    title: Template
    subject: Template
    salutation: Template
    signatory: Template
    addressee: tuple[Template, ...]
    sections: tuple[SectionTemplate, ...]
    data: Mapping[str, Expression]
    bound: bool = False


def expressions_in(notice: Notice) -> Iterator[str]:
    """The sources of all expressions of a letter: those of its text, its conditions and its data."""
    templates = [notice.title, notice.subject, notice.salutation, notice.signatory, *notice.addressee]
    for section in notice.sections:
        templates += [section.heading, *(text for block in section.blocks for text in block.texts)]
        if section.remedy is not None:
            templates += [section.remedy.body, section.remedy.seat]
        if section.when is not None:
            yield section.when.source
    yield from (part.source for template in templates for part in template if isinstance(part, Placeholder))
    yield from (expression.text for expression in notice.data.values())


def says(text: str) -> bool:
    """Whether there is anything to read: more than spaces, control characters and marks of direction."""
    return any(unicodedata.category(sign)[0] not in "ZC" for sign in text)
