"""A Notice and the variables of a Vorgang become a Letter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.base.errors import Cause, Invalid
from engine.base.ports import Block, Letter, Letterhead, Section
from engine.model.notice.skeleton import AUTHORITY, PARTS, REMEDIES, decides, lacking, numbered, provisions
from engine.model.notice.values import (
    BlockTemplate,
    Condition,
    Notice,
    Placeholder,
    RemedyTemplate,
    SectionTemplate,
    Template,
    Variant,
    says,
)
from engine.model.notice.written import FORMATS, text_of

AS_IN_THE_BUNDLE = "Text der Vorlage"


def fill(
    notice: Notice,
    context: Mapping[str, Any],
    *,
    letterhead: Letterhead,
    reference: str,
    place: str,
    date: dt.date,
    heard_by: tuple[str, str] | None = None,
) -> Letter:
    """The letter with every placeholder filled in.

    `heard_by` is the authority that hears an objection, and its seat, where that is not the one that the bundle names.

    Raises:
        Invalid: with one cause for each placeholder that has no value or not a fitting one, and for each part that is missing.
    """
    pen = _Pen(notice.name, context, heard_by)
    sections = tuple(pen.sections(notice))
    letter = Letter(
        title=pen.text(notice.title),
        letterhead=letterhead,
        addressee=tuple(line for template in notice.addressee if says(line := pen.text(template).strip())),
        reference=reference,
        date=date,
        place=place,
        subject=pen.text(notice.subject),
        salutation=pen.text(notice.salutation),
        sections=sections,
        signatory=pen.text(notice.signatory),
        data={name: expression.evaluate(context) for name, expression in notice.data.items()},
    )
    bescheid = is_bescheid(notice)
    for lack in lacking(letter, bescheid, notice.bound):
        pen.refuse(lack.message, lack.hint)
    if pen.causes:
        raise Invalid(f"Der Brief „{notice.name}“ kann nicht ausgefüllt werden.", pen.causes)
    known: dict[str, Any] = {"vorlage": notice.name, "aktenzeichen": reference, "datum": date}
    if bescheid:
        known |= {
            "tenor": numbered(sections, "tenor"),
            "nebenbestimmungen": provisions(sections),
            "rechtsbehelf": pen.remedy,
        }
    return replace(letter, data={**letter.data, **known})


def offered(notice: Notice, context: Mapping[str, Any]) -> tuple[Variant, ...]:
    """Every text that a person may choose for a part of this letter, filled in; the sentence on remedies has no other."""
    return tuple(
        _offer(notice, template, name, blocks, context)
        for template in notice.sections
        if template.remedy is None
        for name, blocks in [(each.name, each.blocks) for each in template.variants] or [(AS_IN_THE_BUNDLE, template.blocks)]
    )


def _offer(
    notice: Notice, template: SectionTemplate, name: str, blocks: Sequence[BlockTemplate], context: Mapping[str, Any]
) -> Variant:
    pen = _Pen(notice.name, context)
    heading = PARTS[template.kind].heading(pen.text(template.heading).strip())
    text = text_of(block for template in blocks if (block := pen.block(template)) is not None)
    return Variant(template.kind, heading, name, text, pen.causes[0].message if pen.causes else "")


def is_bescheid(notice: Notice) -> bool:
    """Whether a letter decides a case, so that it is drafted, approved and issued."""
    return decides([section.kind for section in notice.sections])


class _Pen:
    """Writes values into templates; collects what cannot be written."""

    def __init__(self, name: str, context: Mapping[str, Any], heard_by: tuple[str, str] | None = None) -> None:
        self.name, self.context, self.causes, self.heard_by = name, context, list[Cause](), heard_by
        self.remedy: dict[str, str] = {}

    def refuse(self, message: str, hint: str) -> None:
        self.causes.append(Cause(message, hint, file=f"notices/{self.name}.toml"))

    def text(self, template: Template) -> str:
        return "".join(part if isinstance(part, str) else self._value(part) for part in template)

    def _value(self, part: Placeholder) -> str:
        value = part.expression.evaluate(self.context)
        if value is None:
            self.refuse(f"„{part.source}“ hat keinen Wert", "Wert im Vorgang ergänzen oder Textbaustein anpassen")
            return ""
        try:
            return FORMATS[part.format](value)
        except TypeError as exc:
            self.refuse(f"„{part.source}“ ist {exc}", "Wert im Vorgang berichtigen")
            return ""

    def sections(self, notice: Notice) -> Iterator[Section]:
        """The sections whose condition is met and that say something."""
        before = ("", "")
        for template in notice.sections:
            if template.when is not None and not self._met(template.when):
                continue
            part = PARTS[template.kind]
            heading = part.heading(self.text(template.heading).strip())
            blocks = tuple(self._blocks(template))
            if not blocks:
                continue
            # Two sections of one kind, each with its own condition, are one part of the letter.
            shown = "" if (template.kind, heading) == before else heading
            before = (template.kind, heading)
            yield Section(template.kind, shown, blocks, part.group)

    def _met(self, when: Condition) -> bool:
        met = when.expression.evaluate(self.context)
        if not isinstance(met, bool):
            # Left out in silence, an ancillary provision would be lost because a value is missing.
            self.refuse(f"die Bedingung „{when.source}“ ist weder wahr noch falsch", "Wert im Vorgang ergänzen")
        return met is True

    def _blocks(self, section: SectionTemplate) -> Iterator[Block]:
        if section.remedy is not None:
            yield Block("paragraph", self._instruction(section.remedy))
        for block in self._chosen(section):
            if (written := self.block(block)) is not None:
                yield written

    def _chosen(self, section: SectionTemplate) -> Sequence[BlockTemplate]:
        """The text of a section: the only one, or the first variant whose condition is met."""
        met = (variant.blocks for variant in section.variants if variant.when is None or self._met(variant.when))
        return next(met, ()) if section.variants else section.blocks

    def block(self, block: BlockTemplate) -> Block | None:
        """A block with its values; None if nothing is left to read."""
        texts = tuple(self.text(template) for template in block.texts)
        if not any(says(text) for text in texts):
            return None
        return Block("row", cells=texts) if block.kind == "row" else Block(block.kind, texts[0])

    def _instruction(self, template: RemedyTemplate) -> str:
        remedy = REMEDIES[template.remedy]
        body, seat = self.text(template.body).strip(), self.text(template.seat).strip()
        if self.heard_by is not None and remedy.body == AUTHORITY:
            body, seat = self.heard_by
        for what, value in (("die Stelle", body), ("den Sitz", seat)):
            if not says(value):
                self.refuse(f"die Rechtsbehelfsbelehrung nennt {what} nicht (§ 58 Abs. 1 VwGO)", "Parameter ergänzen")
        self.remedy = {"rechtsbehelf": template.remedy, "stelle": body, "sitz": seat, "frist": f"innerhalb {template.period}"}
        return remedy.sentence.format(period=template.period, body=body, seat=seat)
