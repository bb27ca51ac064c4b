"""Notice: letters from a bundle's text blocks. `notices/<name>.toml` → Notice (checked once) → Letter (filled in).

    title = "Genehmigung"
    subject = "Antrag vom {datum= vorgang.eingang}"
    addressee = ["{= antragsteller.name}", "…"]
    salutation = "Guten Tag {= antragsteller.name},"
    signatory = "{= bearbeitung.name}"
    [[section]]
    kind = "tenor"                   # tenor nebenbestimmungen kosten gruende rechtsbehelf hinweise anlagen text
    heading = "Entscheidung"
    when = "FEEL"                    # left out unless true
    text = '''
    1. numbered
    - bulleted
    | cell | cell |
    a paragraph {euro= gebuehr_cent}
    '''
    [data]                           # attached to the PDF, machine-readable
    entscheidung = "FEEL"

A letter with a `tenor` decides something: it is a Bescheid and must give costs, reasons and the instruction on remedies inside
the text (§§ 37, 39 VwVfG, § 58 VwGO), when it is checked and again when it is filled in.

Placeholders are `{= FEEL }`, `{datum= FEEL }` (2. März 2026) and `{euro= FEEL }` (cents → 50,00 Euro). The structure of a text
is read before values are put in, so what a citizen wrote is inert. A placeholder without a value is a refusal, never a gap.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

from engine.base.errors import Cause, Invalid
from engine.base.ports import Block, Letter, Letterhead, Section
from engine.feel import Expression, FeelSyntaxError, compile_expression, to_text

SECTION_KINDS = frozenset({"tenor", "nebenbestimmungen", "kosten", "gruende", "rechtsbehelf", "hinweise", "anlagen", "text"})
# What a Bescheid must have, and how a person calls it.
REQUIRED = {"tenor": "Entscheidung", "kosten": "Kosten", "gruende": "Begründung", "rechtsbehelf": "Rechtsbehelfsbelehrung"}
# Words without which an instruction on remedies is hardly complete (§ 58 (1) VwGO: remedy, time limit).
INSTRUCTION = {"den Rechtsbehelf": ("Widerspruch", "Klage"), "die Frist": ("Monat", "Frist")}
MONTHS = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()
ITEM, BULLET, ROW = re.compile(r"\d+\.\s+(.*)"), re.compile(r"[-*]\s+(.*)"), re.compile(r"\|(.*)\|")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A FEEL expression in a text, and how its value is written."""

    format: str
    expression: Expression
    source: str


Template = tuple["str | Placeholder", ...]


@dataclass(frozen=True, slots=True)
class BlockTemplate:
    kind: str
    texts: tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class SectionTemplate:
    kind: str
    heading: Template
    when: Expression | None
    blocks: tuple[BlockTemplate, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """A letter with its placeholders, checked."""

    name: str
    title: Template
    subject: Template
    salutation: Template
    signatory: Template
    addressee: tuple[Template, ...]
    sections: tuple[SectionTemplate, ...]
    data: Mapping[str, Expression]

    @property
    def decides(self) -> bool:
        """Whether it is a Bescheid: it has an operative part."""
        return any(section.kind == "tenor" for section in self.sections)


# --- reading -------------------------------------------------------------------------------------------------------


class _Reader:
    """Reads one file; collects findings."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.lines, self.findings = file, text.splitlines(), list[Cause]()

    def finding(self, message: str, hint: str, near: str = "") -> None:
        first = near.strip().splitlines()[0][:60] if near.strip() else ""
        line = next((number for number, text in enumerate(self.lines, 1) if first and first in text), 1)
        self.findings.append(Cause(message, hint, file=self.file, line=line))

    def feel(self, source: str) -> Expression | None:
        try:
            return compile_expression(source)
        except FeelSyntaxError as error:
            self.finding(f"FEEL „{source.strip()}“: {error.sentence}", "Ausdruck berichtigen", source)
            return None

    def template(self, text: object, where: str) -> Template:
        if not isinstance(text, str):
            self.finding(f"„{where}“ fehlt oder ist kein Text", f'{where} = "…"')
            return ()
        parts: list[str | Placeholder] = []
        at = 0
        for start, end, format, source in self._placeholders(text):
            parts.append(text[at:start])
            at = end
            expression = self.feel(source)
            if format not in FORMATS:
                self.finding(
                    f"die Schreibweise „{format}“ gibt es nicht", f"eine von {', '.join(k for k in FORMATS if k)}", text
                )
            elif expression is not None:
                parts.append(Placeholder(format, expression, source.strip()))
        parts.append(text[at:])
        return tuple(part for part in parts if part != "")

    def _placeholders(self, text: str) -> Iterator[tuple[int, int, str, str]]:
        """start, end, format and source of every placeholder; braces and strings inside FEEL are skipped over."""
        for match in re.finditer(r"\{([a-z]*)=", text):
            depth, quoted, at = 1, False, match.end()
            while at < len(text) and depth:
                char = text[at]
                if char == '"' and text[at - 1] != "\\":
                    quoted = not quoted
                elif not quoted:
                    depth += (char == "{") - (char == "}")
                at += 1
            if depth:
                self.finding("ein Platzhalter ist nicht geschlossen", "} ergänzen", text[match.start() :])
                return
            yield match.start(), at, match[1], text[match.end() : at - 1]

    def section(self, raw: object) -> SectionTemplate | None:
        if not isinstance(raw, dict) or raw.get("kind") not in SECTION_KINDS:
            self.finding("ein Abschnitt hat keine bekannte Art", f"kind ist eine von {', '.join(sorted(SECTION_KINDS))}")
            return None
        when = raw.get("when")
        blocks = tuple(
            BlockTemplate(kind, tuple(self.template(text, "text") for text in texts))
            for kind, texts in blocks_of(str(raw.get("text", "")))
        )
        return SectionTemplate(
            raw["kind"],
            self.template(raw.get("heading", ""), "heading"),
            self.feel(when) if isinstance(when, str) else None,
            blocks,
        )

    def check_parts(self, raw: Mapping[str, Any], sections: Sequence[SectionTemplate]) -> None:
        """What a Bescheid lacks."""
        kinds = {section.kind for section in sections}
        if "tenor" not in kinds:
            return
        for kind in REQUIRED.keys() - kinds:
            self.finding(f"dem Bescheid fehlt: {REQUIRED[kind]}", f'[[section]] mit kind = "{kind}" ergänzen')
        if not raw.get("addressee"):
            self.finding("dem Bescheid fehlt: die Anschrift", 'addressee = ["…"] ergänzen')
        for section in raw.get("section", []):
            if isinstance(section, dict) and section.get("kind") == "rechtsbehelf":
                text = str(section.get("text", ""))
                for part, words in INSTRUCTION.items():
                    if not any(word in text for word in words):
                        self.finding(f"die Rechtsbehelfsbelehrung nennt {part} nicht", "ergänzen (§ 58 Abs. 1 VwGO)", text)


def blocks_of(text: str) -> Iterator[tuple[str, list[str]]]:
    """The structure of a text: paragraphs, numbered and bulleted items, rows of tables; each with its texts."""
    paragraph: list[str] = []
    for line in [*text.splitlines(), ""]:
        stripped = line.strip()
        item, bullet, row = ITEM.fullmatch(stripped), BULLET.fullmatch(stripped), ROW.fullmatch(stripped)
        if stripped and not (item or bullet or row):
            paragraph.append(stripped)
            continue
        if paragraph:
            yield "paragraph", [" ".join(paragraph)]
            paragraph = []
        if item:
            yield "item", [item[1]]
        elif bullet:
            yield "bullet", [bullet[1]]
        elif row:
            yield "row", [cell.strip() for cell in row[1].split("|")]


def parse_notice(file: str, content: bytes) -> tuple[Notice | None, list[Cause]]:
    """Read and check a letter of a bundle; None if the file cannot be read at all."""
    try:
        text = content.decode("utf-8")
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        return None, [Cause(f"der Brief ist nicht lesbar: {exc}", "TOML berichtigen", file=file, line=1)]
    reader = _Reader(file, text)
    addressee = raw.get("addressee", [])
    sections = [reader.section(section) for section in raw.get("section", [])]
    if not sections:
        reader.finding("der Brief hat keinen Abschnitt", "[[section]] ergänzen")
    reader.check_parts(raw, [section for section in sections if section is not None])
    data = {name: reader.feel(source) for name, source in raw.get("data", {}).items() if isinstance(source, str)}
    notice = Notice(
        name=PurePosixPath(file).stem,
        title=reader.template(raw.get("title"), "title"),
        subject=reader.template(raw.get("subject"), "subject"),
        salutation=reader.template(raw.get("salutation"), "salutation"),
        signatory=reader.template(raw.get("signatory"), "signatory"),
        addressee=tuple(reader.template(line, "addressee") for line in (addressee if isinstance(addressee, list) else [None])),
        sections=tuple(section for section in sections if section is not None),
        data={name: expression for name, expression in data.items() if expression is not None},
    )
    return notice, reader.findings


# --- filling in ----------------------------------------------------------------------------------------------------


def number(value: Decimal) -> str:
    """A number as it is written in German: 1.234,5."""
    return f"{value:,f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def written(value: Any) -> str:
    """A value as a German letter writes it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, list):
        return ", ".join(written(item) for item in value)
    return to_text(value)


def datum(value: Any) -> str:
    """A day written out: 2. März 2026."""
    if isinstance(value, str):
        value = dt.date.fromisoformat(value)
    if not isinstance(value, dt.date):
        raise TypeError("kein Datum")
    return f"{value.day}. {MONTHS[value.month - 1]} {value.year}"


def euro(value: Any) -> str:
    """Cents as an amount: 5000 → 50,00 Euro."""
    if not isinstance(value, Decimal) or value != value.to_integral_value():
        raise TypeError("keine ganze Zahl von Cent")
    return f"{number((value / 100).quantize(Decimal('0.01')))} Euro"


FORMATS: Mapping[str, Callable[[Any], str]] = {"": written, "datum": datum, "euro": euro}


def fill(
    notice: Notice, context: Mapping[str, Any], *, letterhead: Letterhead, reference: str, place: str, date: dt.date
) -> Letter:
    """The letter with every placeholder filled in.

    Raises:
        Invalid: with one cause for each placeholder that has no value or not a fitting one.
    """
    causes: list[Cause] = []

    def text(template: Template) -> str:
        return "".join(part if isinstance(part, str) else _value(part, context, notice.name, causes) for part in template)

    sections = []
    for section in notice.sections:
        if section.when is not None and section.when.evaluate(context) is not True:
            continue
        blocks = tuple(_block(block, text) for block in section.blocks)
        sections.append(Section(section.kind, text(section.heading), blocks))
    letter = Letter(
        title=text(notice.title),
        letterhead=letterhead,
        addressee=tuple(line for template in notice.addressee if (line := text(template).strip())),
        reference=reference,
        date=date,
        place=place,
        subject=text(notice.subject),
        salutation=text(notice.salutation),
        sections=tuple(sections),
        signatory=text(notice.signatory),
        data={name: expression.evaluate(context) for name, expression in notice.data.items()},
    )
    causes.extend(lacking(letter, notice.name))
    if causes:
        raise Invalid(f"Der Brief „{notice.name}“ kann nicht ausgefüllt werden.", causes)
    return letter


def section_of(kind: str, heading: str, text: str) -> Section:
    """A section with the structure of a text in which nothing is filled in."""
    blocks = (Block("row", cells=tuple(texts)) if of == "row" else Block(of, texts[0]) for of, texts in blocks_of(text))
    return Section(kind, heading, tuple(blocks))


def lacking(letter: Letter, name: str) -> Iterator[Cause]:
    """The parts that a Bescheid has lost because their condition was not met or their text is empty."""
    there = {section.kind for section in letter.sections if section.blocks}
    if "tenor" in {section.kind for section in letter.sections}:
        for kind in REQUIRED.keys() - there:
            hint = "Bedingung oder Text des Abschnitts berichtigen"
            yield Cause(f"dem Bescheid fehlt: {REQUIRED[kind]}", hint, file=f"notices/{name}.toml")


def _block(block: BlockTemplate, text: Callable[[Template], str]) -> Block:
    texts = tuple(text(template) for template in block.texts)
    return Block("row", cells=texts) if block.kind == "row" else Block(block.kind, texts[0])


def _value(part: Placeholder, context: Mapping[str, Any], name: str, causes: list[Cause]) -> str:
    value = part.expression.evaluate(context)
    if value is None:
        causes.append(
            Cause(
                f"„{part.source}“ hat keinen Wert",
                "Wert im Vorgang ergänzen oder Textbaustein anpassen",
                file=f"notices/{name}.toml",
            )
        )
        return ""
    try:
        return FORMATS[part.format](value)
    except (TypeError, ValueError) as exc:
        causes.append(Cause(f"„{part.source}“ ist {exc}", "Wert im Vorgang berichtigen", file=f"notices/{name}.toml"))
        return ""
