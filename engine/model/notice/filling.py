"""A Notice and the variables of a Vorgang become a Letter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from engine.base.errors import Cause, Invalid
from engine.base.ports import Block, Letter, Letterhead, Section
from engine.model.notice.skeleton import PARTS, REMEDIES, decides, lacking, numbered, provisions
from engine.model.notice.values import (
    BlockTemplate,
    Condition,
    Notice,
    Placeholder,
    RemedyTemplate,
    SectionTemplate,
    Template,
    says,
)
from engine.model.notice.written import FORMATS


def fill(
    notice: Notice, context: Mapping[str, Any], *, letterhead: Letterhead, reference: str, place: str, date: dt.date
) -> Letter:
    """The letter with every placeholder filled in.

    Raises:
        Invalid: with one cause for each placeholder that has no value or not a fitting one, and for each part that is missing.
    """
    pen = _Pen(notice.name, context)
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
    for message, hint in lacking(letter, bescheid, notice.bound):
        pen.refuse(message, hint)
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


def is_bescheid(notice: Notice) -> bool:
    """Whether a letter decides a case, so that it is drafted, approved and issued."""
    return decides([section.kind for section in notice.sections])


class _Pen:
    """Writes values into templates; collects what cannot be written."""

    def __init__(self, name: str, context: Mapping[str, Any]) -> None:
        self.name, self.context, self.causes = name, context, list[Cause]()
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
        for block in section.blocks:
            if (written := self._block(block)) is not None:
                yield written

    def _block(self, block: BlockTemplate) -> Block | None:
        texts = tuple(self.text(template) for template in block.texts)
        if not any(says(text) for text in texts):
            return None
        return Block("row", cells=texts) if block.kind == "row" else Block(block.kind, texts[0])

    def _instruction(self, template: RemedyTemplate) -> str:
        body, seat = self.text(template.body).strip(), self.text(template.seat).strip()
        for what, value in (("die Stelle", body), ("den Sitz", seat)):
            if not says(value):
                self.refuse(f"die Rechtsbehelfsbelehrung nennt {what} nicht (§ 58 Abs. 1 VwGO)", "Parameter ergänzen")
        remedy = REMEDIES[template.remedy]
        self.remedy = {"rechtsbehelf": template.remedy, "stelle": body, "sitz": seat, "frist": f"innerhalb {template.period}"}
        return remedy.sentence.format(period=template.period, body=body, seat=seat)
