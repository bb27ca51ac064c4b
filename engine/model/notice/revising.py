"""A Letter with other text, as a person wrote it: the structure is read, nothing is filled in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from engine.base.errors import Cause, Invalid
from engine.base.ports import Block, Letter, Section
from engine.model.notice.reading import blocks_of
from engine.model.notice.skeleton import PARTS, lacking, numbered, provisions

MOST, LONGEST = 60, 200_000


@dataclass(frozen=True, slots=True)
class Written:
    """A part as somebody wrote it: its kind, its heading (empty: the part's own) and its text."""

    kind: str
    heading: str
    text: str


def revised(letter: Letter, written: Iterable[Written]) -> Letter:
    """The letter of a Bescheid with these parts instead of its own; what is attached as data says the same.

    Raises:
        Invalid: a part is unknown, too long or missing, or the instruction on remedies lost the sentence the law asks for;
            causes point at `/abschnitte/…`.
    """
    parts = list(written)
    causes = [cause for index, part in enumerate(parts[: MOST + 1]) for cause in _wrong(index, part)]
    if len(parts) > MOST:
        causes.append(Cause(f"Es sind mehr als {MOST} Abschnitte.", pointer="/abschnitte"))
    if causes:
        raise Invalid("Der Entwurf kann so nicht geändert werden.", causes)
    sections = tuple(_section(part) for part in parts)
    shown = tuple(section for section in sections if section.blocks)
    known = {"tenor": numbered(shown, "tenor"), "nebenbestimmungen": provisions(shown)}
    changed = replace(letter, sections=shown, data={**letter.data, **known})
    bound = not any(section.kind == "ermessen" for section in letter.sections)
    missing = [Cause(message, hint, "/abschnitte") for message, hint in lacking(changed, True, bound)]
    missing += _instruction(letter, changed)
    if missing:
        raise Invalid("So ist der Bescheid nicht vollständig.", missing)
    return changed


def _wrong(index: int, part: Written) -> list[Cause]:
    at = f"/abschnitte/{index}"
    if part.kind not in PARTS:
        return [Cause("Diese Art von Abschnitt gibt es nicht.", f"eine von {', '.join(PARTS)}", f"{at}/kind")]
    if len(part.text) > LONGEST:
        return [Cause(f"Der Text hat mehr als {LONGEST} Zeichen.", "bitte kürzen", f"{at}/text")]
    return []


def _section(part: Written) -> Section:
    known = PARTS[part.kind]
    heading = part.heading.strip()
    if not heading or (known.source and known.source not in heading):
        heading = known.heading(heading)
    return Section(part.kind, heading, tuple(_blocks(part.text)), known.group)


def _blocks(text: str) -> Iterable[Block]:
    for kind, texts in blocks_of(text):
        yield Block("row", cells=tuple(texts)) if kind == "row" else Block(kind, texts[0])


def _instruction(before: Letter, after: Letter) -> list[Cause]:
    """The sentence on remedies stays as it was written from the parameters; more may be said after it."""
    kept = [block for section in after.sections if section.kind == "rechtsbehelf" for block in section.blocks]
    wanted = [block for section in before.sections if section.kind == "rechtsbehelf" for block in section.blocks[:1]]
    if all(block in kept for block in wanted):
        return []
    message = "Der Satz der Rechtsbehelfsbelehrung wurde geändert; er kommt aus den Parametern (§ 58 Abs. 1 VwGO)."
    return [Cause(message, "den Satz stehen lassen, Weiteres danach schreiben", "/abschnitte")]
