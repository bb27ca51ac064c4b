"""A Letter with other text, as a person wrote it: the structure is read, nothing is filled in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from engine.base.errors import Cause, Invalid
from engine.base.ports import Block, Letter, Section
from engine.model.notice.reading import blocks_of
from engine.model.notice.skeleton import ANCILLARY, PARTS, Lack, lacking, numbered, provisions
from engine.model.notice.written import text_of

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
    changed = rewritten(letter, parts)
    places = {part.kind: f"/abschnitte/{index}/text" for index, part in reversed(list(enumerate(parts)))}
    bound = not any(section.kind == "ermessen" for section in letter.sections)
    missing = [
        Cause(f"{lack.message[:1].upper()}{lack.message[1:]}.", _mended(lack), places.get(lack.kind, "/abschnitte"))
        for lack in lacking(changed, True, bound)
    ]
    if "rechtsbehelf" in {section.kind for section in changed.sections}:
        missing += _instruction(letter, changed, places["rechtsbehelf"])
    if missing:
        raise Invalid("So ist der Bescheid nicht vollständig.", missing)
    return changed


def rewritten(letter: Letter, written: Iterable[Written]) -> Letter:
    """The letter with these parts, complete or not: as a preview shows it. A part that nobody changed stays as it is.

    Raises:
        Invalid: a part is unknown, too long, or an ancillary provision without a number.
    """
    parts = list(written)
    causes = [cause for index, part in enumerate(parts[: MOST + 1]) for cause in _wrong(index, part)]
    if len(parts) > MOST:
        causes.append(Cause(f"Es sind mehr als {MOST} Abschnitte.", pointer="/abschnitte"))
    if causes:
        raise Invalid("Der Entwurf kann so nicht geändert werden.", causes)
    before = {(section.kind, section.heading, text_of(section.blocks)): section for section in letter.sections}
    sections = [
        before.get((part.kind, part.heading.strip(), _lines(part.text)))
        or _section(part, parts[index - 1].kind if index else "")
        for index, part in enumerate(parts)
    ]
    shown = tuple(section for section in sections if section.blocks)
    known = {"tenor": numbered(shown, "tenor"), "nebenbestimmungen": provisions(shown)}
    return replace(letter, sections=shown, data={**letter.data, **known})


def _lines(text: str) -> str:
    """A text as it was shown: browsers end lines in their own way."""
    return text.replace("\r\n", "\n").strip()


def _mended(lack: Lack) -> str:
    return "hier ergänzen" if lack.kind else lack.hint


def _wrong(index: int, part: Written) -> list[Cause]:
    at = f"/abschnitte/{index}"
    if part.kind not in PARTS:
        return [Cause("Diese Art von Abschnitt gibt es nicht.", f"eine von {', '.join(PARTS)}", f"{at}/kind")]
    if len(part.text) > LONGEST:
        return [Cause(f"Der Text hat mehr als {LONGEST} Zeichen.", "bitte kürzen", f"{at}/text")]
    kinds = {kind for kind, _ in blocks_of(part.text)}
    if PARTS[part.kind].group == ANCILLARY and kinds - {"item"}:
        message = "Eine Nebenbestimmung besteht aus nummerierten Sätzen."
        return [Cause(message, "jeden Satz mit „1. “ beginnen, in einer Zeile", f"{at}/text")]
    return []


def _section(part: Written, before: str) -> Section:
    """A part; without a heading of its own it belongs to the one before, if that is of its kind."""
    known = PARTS[part.kind]
    heading = part.heading.strip()
    if not heading and part.kind == before:
        return Section(part.kind, "", tuple(_blocks(part.text)), known.group)
    if not heading or (known.source and known.source not in heading):
        heading = known.heading(heading)
    return Section(part.kind, heading, tuple(_blocks(part.text)), known.group)


def _blocks(text: str) -> Iterable[Block]:
    for kind, texts in blocks_of(text):
        yield Block("row", cells=tuple(texts)) if kind == "row" else Block(kind, texts[0])


def _instruction(before: Letter, after: Letter, place: str) -> list[Cause]:
    """The sentence on remedies stays as it was written from the parameters; more may be said after it."""
    kept = [block for section in after.sections if section.kind == "rechtsbehelf" for block in section.blocks]
    wanted = [block for section in before.sections if section.kind == "rechtsbehelf" for block in section.blocks[:1]]
    if all(block in kept for block in wanted):
        return []
    message = "Der Satz der Rechtsbehelfsbelehrung wurde geändert; er kommt aus den Parametern (§ 58 Abs. 1 VwGO)."
    return [Cause(message, "den Satz stehen lassen, Weiteres danach schreiben", place)]
