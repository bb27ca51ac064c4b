"""A file becomes a Notice, and findings."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from engine.base.errors import Cause
from engine.feel import Expression, FeelSyntaxError, compile_expression
from engine.model.notice.skeleton import FORMER, PARTS, PERIOD, REMEDIES, RESERVED, findings
from engine.model.notice.values import (
    BlockTemplate,
    Condition,
    Notice,
    Placeholder,
    RemedyTemplate,
    SectionTemplate,
    Template,
    VariantTemplate,
)
from engine.model.notice.written import FORMATS

ITEM, BULLET, ROW = re.compile(r"\d+\.\s+(.*)"), re.compile(r"[-*]\s+(.*)"), re.compile(r"\|(.*)\|")
KEYS = ("title", "subject", "addressee", "salutation", "signatory", "gebunden", "section", "data")
SECTION_KEYS = ("kind", "heading", "when", "text", "variante")
VARIANT_KEYS = ("name", "when", "text")
REMEDY_KEYS = ("rechtsbehelf", *dict.fromkeys(remedy.body for remedy in REMEDIES.values()), "sitz", "frist")


def parse_notice(file: str, content: bytes) -> tuple[Notice | None, list[Cause]]:
    """Read and check a letter of a bundle; None if the file cannot be read at all."""
    try:
        text = content.decode("utf-8")
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        return None, [Cause(f"der Brief ist nicht lesbar: {exc}", "TOML berichtigen", file=file, line=1)]
    reader = _Reader(file, text)
    reader.known(raw, KEYS)
    sections = [reader.section(index, section) for index, section in enumerate(_listed(raw.get("section")))]
    if not sections:
        reader.finding("der Brief hat keinen Abschnitt", "[[section]] ergänzen")
    for message, hint, index in findings(raw, sections):
        reader.finding(message, hint, section=index)
    if not isinstance(raw.get("gebunden", False), bool):
        reader.finding("„gebunden“ ist weder wahr noch falsch", "gebunden = true oder die Zeile streichen", "gebunden")
    addressee = raw.get("addressee", [])
    addressee = addressee if isinstance(addressee, list) else [None]
    notice = Notice(
        name=PurePosixPath(file).stem,
        title=reader.needed(raw, "title"),
        subject=reader.needed(raw, "subject"),
        salutation=reader.template(raw.get("salutation"), "salutation"),
        signatory=reader.needed(raw, "signatory"),
        addressee=tuple(reader.template(line, "addressee") for line in addressee),
        sections=tuple(section for section in sections if section is not None),
        data=reader.data(raw.get("data", {})),
        bound=raw.get("gebunden") is True,
    )
    return notice, reader.findings


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


class _Reader:
    """Reads one file; collects findings."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.lines, self.findings = file, text.splitlines(), list[Cause]()
        self.starts = [number for number, line in enumerate(self.lines, 1) if line.strip().startswith("[[section]]")]

    def finding(self, message: str, hint: str, near: str = "", section: int | None = None) -> None:
        """Note what is wrong: at the line that holds a text, else where its section begins, else at the top."""
        first = near.strip().splitlines()[0][:60] if near.strip() else ""
        start = self.starts[section] if section is not None and section < len(self.starts) else 1
        after = enumerate(self.lines[start - 1 :], start)
        line = next((number for number, text in after if first and first in text), start)
        self.findings.append(Cause(message, hint, file=self.file, line=line))

    def known(self, raw: Mapping[str, Any], names: tuple[str, ...], section: int | None = None) -> None:
        """Names that mean nothing: a condition that is misspelt would be no condition."""
        for name in raw.keys() - set(names):
            self.finding(f"„{name}“ bedeutet hier nichts", f"eine von {', '.join(names)}", name, section)

    def feel(self, source: str) -> Expression | None:
        try:
            return compile_expression(source)
        except FeelSyntaxError as error:
            self.finding(f"FEEL „{source.strip()}“: {error.sentence}", "Ausdruck berichtigen", source)
            return None

    def needed(self, raw: Mapping[str, Any], name: str) -> Template:
        """A text that may not be empty."""
        if isinstance(raw.get(name), str) and not raw[name].strip():
            self.finding(f"„{name}“ ist leer", f'{name} = "…"', name)
        return self.template(raw.get(name), name)

    def template(self, text: object, where: str, section: int | None = None) -> Template:
        if not isinstance(text, str):
            self.finding(f"„{where}“ fehlt oder ist kein Text", f'{where} = "…"', section=section)
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

    def data(self, raw: object) -> dict[str, Expression]:
        """The designer's own data; what we attach ourselves has its names already."""
        found = {}
        for name, source in raw.items() if isinstance(raw, dict) else [("data", raw)]:
            if name in RESERVED:
                self.finding(f"„{name}“ liegt den Daten von selbst bei", "die Zeile streichen", f"{name} =")
            elif not isinstance(source, str):
                self.finding(f"„{name}“ in den Daten ist kein FEEL-Ausdruck", f'{name} = "FEEL"', name)
            elif (expression := self.feel(source)) is not None:
                found[name] = expression
        return found

    def section(self, index: int, raw: object) -> SectionTemplate | None:
        kind = raw.get("kind") if isinstance(raw, dict) else None
        if not isinstance(raw, dict) or not isinstance(kind, str) or kind not in PARTS:
            names = FORMER.get(kind, PARTS) if isinstance(kind, str) else PARTS
            self.finding("ein Abschnitt hat keine bekannte Art", f"kind ist eine von {', '.join(names)}", section=index)
            return None
        self.known(raw, SECTION_KEYS + (REMEDY_KEYS if kind == "rechtsbehelf" else ()), index)
        return SectionTemplate(
            kind,
            self.template(raw.get("heading", ""), "heading", index),
            self._condition(raw.get("when"), index),
            self._blocks(raw, index),
            self._remedy(raw, index) if kind == "rechtsbehelf" else None,
            tuple(self._variants(raw, index)),
        )

    def _blocks(self, raw: Mapping[str, Any], index: int) -> tuple[BlockTemplate, ...]:
        text = raw.get("text", "")
        if not isinstance(text, str):
            self.finding("„text“ ist kein Text", 'text = "…"', section=index)
            text = ""
        return tuple(
            BlockTemplate(each, tuple(self.template(text, "text", index) for text in texts)) for each, texts in blocks_of(text)
        )

    def _variants(self, raw: Mapping[str, Any], index: int) -> Iterator[VariantTemplate]:
        """The texts a section may have instead of one; each with the name by which it is chosen."""
        given = _listed(raw.get("variante"))
        if given and "text" in raw:
            self.finding("ein Abschnitt mit Varianten hat keinen eigenen Text", "text streichen", section=index)
        if given and raw.get("kind") == "rechtsbehelf":
            self.finding("die Rechtsbehelfsbelehrung hat keine Varianten", "[[section.variante]] streichen", section=index)
        names = set()
        for one in given:
            variant = one if isinstance(one, dict) else {}
            self.known(variant, VARIANT_KEYS, index)
            name = variant.get("name")
            if not isinstance(name, str) or not name.strip() or name in names:
                self.finding("eine Variante hat keinen eigenen Namen", 'name = "…", in jedem Abschnitt einmal', section=index)
            if not str(variant.get("text", "")).strip():
                self.finding("eine Variante hat keinen Text", 'text = "…"', section=index)
            names.add(name)
            yield VariantTemplate(str(name), self._condition(variant.get("when"), index), self._blocks(variant, index))

    def _condition(self, source: object, index: int) -> Condition | None:
        if source is not None and not isinstance(source, str):
            self.finding("„when“ ist kein FEEL-Ausdruck", 'when = "FEEL"', "when", index)
        expression = self.feel(source) if isinstance(source, str) else None
        return Condition(expression, str(source).strip()) if expression is not None else None

    def _remedy(self, raw: Mapping[str, Any], index: int) -> RemedyTemplate | None:
        """What § 58 (1) VwGO asks an instruction to name."""
        name = raw.get("rechtsbehelf")
        remedy = REMEDIES.get(name) if isinstance(name, str) else None
        if remedy is None:
            message = "die Rechtsbehelfsbelehrung nennt den Rechtsbehelf nicht (§ 58 Abs. 1 VwGO)"
            self.finding(message, "rechtsbehelf = eine von " + ", ".join(REMEDIES), section=index)
            return None
        for other in {each.body for each in REMEDIES.values()} - {remedy.body}:
            if other in raw:
                self.finding(f"{name} ist nicht bei „{other}“ zu erheben", f'{remedy.body} = "…"', other, index)
        for key, what in ((remedy.body, "die Stelle"), ("sitz", "den Sitz"), ("frist", "die Frist")):
            if not isinstance(raw.get(key), str) or not raw[key].strip():
                message = f"die Rechtsbehelfsbelehrung nennt {what} nicht (§ 58 Abs. 1 VwGO)"
                self.finding(message, f'{key} = "…" ergänzen', section=index)
        period = raw.get("frist")
        if isinstance(period, str) and period.strip() and period.strip() != PERIOD:
            message = (
                f"die Frist für {name} ist ein Monat (§§ 70, 74 VwGO); eine falsche Belehrung gilt ein Jahr (§ 58 Abs. 2 VwGO)"
            )
            self.finding(message, f'frist = "{PERIOD}"', "frist", index)
        body, seat = (self.template(raw.get(key) or "", key, index) for key in (remedy.body, "sitz"))
        return RemedyTemplate(str(name), body, seat, PERIOD)


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
