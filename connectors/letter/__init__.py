"""Writes notices and letters: a Letter becomes an accessible, archivable PDF (PDF/UA-1 and PDF/A-3a in one file)."""

from __future__ import annotations

import atexit
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from connectors.fields import Form, Text, Whole
from connectors.letter.renderer import Typeset, Typst
from connectors.shape import Connector, Operation
from engine.base.ports import Answer, Call, File, Refused, Repeat

FORBIDDEN_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')

# What is written, and which kind of document it is kept as.
KINDS = {"bescheid.erstellen": "brief", "bescheid.entwerfen": "entwurf", "bescheid.erlassen": "bescheid"}

__all__ = ["CONNECTOR", "Typeset", "Typst", "previewer", "renderer"]


class Settings(Form):
    """Letters need no settings: fonts and template ship with Amtsweg."""


class Auftrag(Form):
    """Which text is written, and under which name it is kept.

    `vorlage` names the notice in the bundle; who makes the call fills it in and gives the letter along.
    """

    vorlage = Text(shortest=1)

    name = Text(shortest=1, longest=120, load_default="Bescheid")


class Entwurfsauftrag(Auftrag):
    """Besides: which draft the new one replaces, where another task wrote it."""

    ersetzt = Text(longest=40, allow_none=True)


class Erlass(Form):
    """Which approved draft becomes the notice: what `bescheid.entwerfen` gave as `bescheid`."""

    bescheid = Text(required=True, shortest=1, longest=40)


class Schreiben(Form):
    """How many pages it has and its hash; `dokument` is added by whoever keeps the document."""

    seiten = Whole(required=True, least=1)
    sha256 = Text(required=True, longest=64)
    dokument = Text()


class Entwurf(Schreiben):
    """Besides: which Bescheid it is a draft of, and the hash of its content; added by whoever keeps it."""

    bescheid = Text()
    pruefsumme = Text()


@cache
def renderer() -> Typst:
    """The renderer of this process, with its warm child."""
    made = Typst()
    atexit.register(made.close)
    return made


@cache
def previewer() -> Typst:
    """A renderer for looks at a draft, with limits that let nobody wait long: what it cannot set in time is not shown."""
    made = Typst(cpu_s=5, wall_s=10)
    atexit.register(made.close)
    return made


def write_notice(call: Call, inputs: dict[str, Any]) -> Answer:
    """Set the letter of this call and hand it back as a document."""
    if call.letter is None:
        raise Refused("Für dieses Schreiben gibt es keine Textbausteine; bitte am Diagramm den Bescheid angeben.")
    typeset = renderer().typeset(call.letter, call.logo)
    name = FORBIDDEN_IN_NAMES.sub("_", (inputs.get("name") or call.letter.title).strip())
    stem = name.removesuffix(".pdf").strip(". ") or "Bescheid"
    file = File(f"{stem}.pdf", "application/pdf", typeset.content, kind=KINDS[call.type])
    digest = hashlib.sha256(typeset.content).hexdigest()
    return Answer({"seiten": typeset.pages, "sha256": digest}, documents=(file,))


def check(config: Mapping[str, Any]) -> list[str]:
    """Nothing to set, nothing to go wrong."""
    return []


AGAIN = Repeat.KEY  # set twice, a letter is written twice and kept once

CONNECTOR = Connector(
    name="bescheid",
    title="Bescheid",
    config=Settings,
    check=check,
    operations=(
        Operation("bescheid.erstellen", "Brief als PDF erstellen", Auftrag, Schreiben, write_notice, AGAIN, timeout_s=60),
        Operation("bescheid.entwerfen", "Bescheid entwerfen", Entwurfsauftrag, Entwurf, write_notice, AGAIN, timeout_s=60),
        Operation("bescheid.erlassen", "Freigegebenen Bescheid erlassen", Erlass, Schreiben, write_notice, AGAIN, timeout_s=60),
    ),
    about="Setzt Briefe und Bescheide als barrierefreies PDF. Briefkopf und Texte stehen unter „Briefkopf und Texte“.",
)
