"""Texts of Camunda 7 with expressions in them (`Hallo ${name}`) as texts of ours: FEEL with a leading `=`, or as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.bpmn.dialects.juel import Juel, Place
from engine.bpmn.dialects.pieces import Untranslatable, quoted
from engine.feel import FeelSyntaxError, compile_expression

OPEN = re.compile(r"\\?[$#]\{")
MAX_PARTS = 200


def has_expression(text: str | None) -> bool:
    """Whether there is JUEL in a text of which FEEL would know nothing."""
    return bool(text) and not str(text).lstrip().startswith("=") and OPEN.search(str(text)) is not None


def parts_of(text: str, place: Place, advice: list[str]) -> Iterator[tuple[str, bool]]:
    """The parts of a text: what stands there as it is, and expressions as FEEL (True)."""
    at, plain = 0, ""
    while found := OPEN.search(text, at):
        plain += text[at : found.start()]
        if found[0].startswith("\\"):
            plain += found[0][1:]
            at = found.end()
            continue
        if plain:
            yield plain, False
        parser = Juel(text, found.end(), place, advice)
        yield parser.translate().feel, True
        at, plain = parser.end, ""
    plain += text[at:]
    if plain:
        yield plain, False


def translated(text: str, place: Place, advice: list[str]) -> str:
    """A text of Camunda 7 as one of ours. Text that begins with `=` is FEEL already.

    Raises:
        Untranslatable: with a German sentence and the column.
    """
    text = text.strip()
    if text.startswith("="):
        return text
    parts = []
    for part in parts_of(text, place, advice):
        parts.append(part)
        if len(parts) > MAX_PARTS:
            raise Untranslatable(f"der Text hat mehr als {MAX_PARTS} Teile", 1)
    if not any(is_feel for _, is_feel in parts):
        plain = "".join(part for part, _ in parts)
        return f"={quoted(plain)}" if plain.lstrip().startswith("=") else plain
    if len(parts) == 1:
        return f"={checked(parts[0][0])}"
    return f"={checked(joined(parts))}"


def joined(parts: list[tuple[str, bool]]) -> str:
    """Texts and expressions one after another; null is an empty text, as in JUEL."""
    return f"string join([{', '.join(f'string({part})' if is_feel else quoted(part) for part, is_feel in parts)}])"


def checked(feel: str) -> str:
    """FEEL that can be compiled; nothing else leaves the translation."""
    try:
        compile_expression(feel)
    except FeelSyntaxError as error:
        raise Untranslatable(f"er lässt sich in FEEL nicht schreiben ({error.sentence})", 1) from error
    return feel


def listed(text: str) -> list[str]:
    """The entries of a list with commas; commas inside expressions do not separate."""
    found, depth, entry = [], 0, ""
    for sign in text:
        depth += (sign == "{") - (sign == "}" and depth > 0)
        if sign == "," and not depth:
            found.append(entry)
            entry = ""
        else:
            entry += sign
    return [one.strip() for one in (*found, entry) if one.strip()]
