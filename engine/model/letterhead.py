"""Letterhead: who writes the municipality's letters, and what stands in all of them. The settings `briefkopf` and `brieftexte`.

A logo lies with the documents under its hash, as PNG or JPEG; its size in dots is read before anything decodes it.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.base import clock, db
from engine.base.db import Tx
from engine.base.errors import Cause
from engine.base.ports import Block, Letter, Letterhead, Section
from engine.model import einstellung

HEAD, TEXTS = "briefkopf", "brieftexte"
LINES = {"address": 6, "contact": 8, "footer": 4}
LONGEST_LINE, LONGEST_TEXT = 120, 600
LONGEST = {"authority": 200, "unit": 200, "place": 100, "logo_alt": 200, "closing": 200, "privacy": LONGEST_TEXT}
MAX_LOGO_BYTES = 200 * 1024
MAX_DOTS = 4000
CLOSING = "Mit freundlichen Grüßen"
PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"


def head_of(tx: Tx) -> Letterhead:
    """The municipality's letterhead."""
    return head_from(einstellung.read(tx, HEAD, {}))


def head_from(said: Mapping[str, Any]) -> Letterhead:
    """A letterhead as it is set."""
    return Letterhead(
        said.get("authority", db.slug()), said.get("unit", ""), tuple(said.get("address", ())),
        tuple(said.get("contact", ())), said.get("logo", ""), said.get("logo_type", ""), said.get("logo_alt", ""),
    )  # fmt: skip


def place_of(tx: Tx) -> str:
    """Where the municipality's letters are written."""
    place: str = einstellung.read(tx, HEAD, {}).get("place", "")
    return place


def texts_of(tx: Tx) -> Mapping[str, Any]:
    """What the municipality writes at the end of all its letters."""
    said: Mapping[str, Any] = einstellung.read(tx, TEXTS, {})
    return said


def with_texts(letter: Letter, said: Mapping[str, Any]) -> Letter:
    """A letter with these texts at its end."""
    footer, closing = tuple(said.get("footer", ())), said.get("closing") or letter.closing
    return dataclasses.replace(letter, closing=closing, footer=footer, privacy=said.get("privacy", ""))


def sample(said: Mapping[str, Any], texts: Mapping[str, Any]) -> Letter:
    """A letter to nobody that shows a letterhead and texts."""
    block = Block("paragraph", "So sehen Ihre Briefe aus. Hier steht, was Sie der Empfängerin oder dem Empfänger mitteilen.")
    letter = Letter(
        title="Muster",
        letterhead=head_from(said),
        addressee=("Erika Mustermann", "Beispielweg 1", "12345 Musterstadt"),
        reference="MUSTER-1",
        date=clock.local_day(clock.now()),
        place=said.get("place", ""),
        subject="Muster des Briefkopfs",
        salutation="Guten Tag,",
        sections=(Section("text", "", (block,)),),
        signatory="Name der Sachbearbeitung",
    )
    return with_texts(letter, texts)


# --- checked -------------------------------------------------------------------------------------------------------


def faults(said: Mapping[str, Any]) -> Iterator[Cause]:
    """What is wrong with a letterhead or its texts as they were typed."""
    if not said.get("authority", "").strip():
        yield Cause("Diese Angabe fehlt.", "Die Behörde steht über jedem Brief.", "/authority")
    for name, longest in LONGEST.items():
        if len(said.get(name, "")) > longest:
            yield Cause(f"Das ist zu lang, höchstens {longest} Zeichen.", pointer=f"/{name}")
    for name, most in LINES.items():
        lines: Sequence[str] = said.get(name, ())
        if len(lines) > most:
            yield Cause(f"Das sind zu viele Zeilen, höchstens {most}.", pointer=f"/{name}")
        if any(len(line) > LONGEST_LINE for line in lines):
            yield Cause(f"Eine Zeile ist zu lang, höchstens {LONGEST_LINE} Zeichen.", pointer=f"/{name}")


def picture_of(content: bytes) -> tuple[str, str]:
    """The media type of a logo, and why it cannot be used (nothing if it can)."""
    if len(content) > MAX_LOGO_BYTES:
        return "", f"Das Bild ist zu groß, höchstens {MAX_LOGO_BYTES // 1024} KB."
    kind = "image/png" if content.startswith(PNG) else "image/jpeg" if content.startswith(JPEG) else ""
    size = _dots(content) if kind else None
    if size is None:
        return "", "Das ist kein PNG und kein JPEG, oder das Bild ist beschädigt."
    if not 1 <= min(size) <= max(size) <= MAX_DOTS:
        return "", f"Das Bild hat zu viele Bildpunkte, höchstens {MAX_DOTS} in Breite und Höhe."
    return kind, ""


def _dots(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG or JPEG, out of its head; None if it has none."""
    if content.startswith(PNG):
        if len(content) < 24 or content[12:16] != b"IHDR":
            return None
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + length if marker != 0xFF else 1
    return None
