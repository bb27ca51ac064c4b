"""Revise: a version with one of its files replaced; what is new in a bundle; findings with the names of what they point at."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from engine import bpmn
from engine.base import stash
from engine.base.errors import Cause, Invalid
from engine.bpmn import Label
from engine.model.bundle import pack, unpack

FOLDERS = {".bpmn": "", ".dmn": "", ".form": "forms/"}
"""What can be uploaded as a file of its own, and where a new one goes."""
LENGTH = 64
"""Of the id of a version."""
# What of a file others refer to.
NAMED = frozenset({"process", "decision", "businessKnowledgeModel", "decisionService"})


@dataclass(frozen=True, slots=True)
class Revision:
    """The files of a version with one of them replaced, or one more."""

    files: Mapping[str, bytes]
    path: str
    new: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What a bundle has that another has not."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Located:
    """A finding with what it points at: the element as it is called, and whether the diagram draws it."""

    cause: Cause
    label: Label | None
    drawn: bool


def revise(files: Mapping[str, bytes], name: str, content: bytes) -> Revision:
    """Replace the file of a version that has the same name, else the one with the same process, decision or form in it.

    A file that is neither is added.

    Raises:
        Invalid: it is no diagram, table or form, or several files could be meant.
    """
    base = PurePosixPath(name.replace("\\", "/")).name
    suffix = PurePosixPath(base).suffix.lower()
    base = base[: len(base) - len(suffix)] + suffix
    if suffix not in FOLDERS or not base.isprintable() or len(base) > 100:
        shown = "".join(char if char.isprintable() else "\ufffd" for char in base[:100])
        raise Invalid(
            "Diese Datei kann nicht hochgeladen werden.",
            [
                Cause(
                    f"„{shown}“ ist weder Paket noch Ablauf, Tabelle oder Formular.",
                    "Erwartet: .zip, .bpmn, .dmn oder .form.",
                    "/datei",
                )
            ],
        )
    alike = [path for path in files if path.endswith(suffix)]
    found = [path for path in alike if PurePosixPath(path).name == base]
    if len(found) != 1:
        wanted = _ids(suffix, content)
        found = [path for path in found or alike if wanted & _ids(suffix, files[path])]
    if len(found) > 1:
        raise Invalid(
            "Welche Datei ersetzt werden soll, ist nicht eindeutig.",
            [Cause(f"Gemeint sein können: {', '.join(sorted(found))}.", "Das ganze Paket als ZIP hochladen.", "/datei")],
        )
    path = found[0] if found else FOLDERS[suffix] + base
    return Revision({**files, path: content}, path, not found)


def _ids(suffix: str, content: bytes) -> frozenset[str]:
    """The ids in a file by which others know it."""
    if suffix != ".form":
        return frozenset(id for id, label in bpmn.labels(content).items() if label.kind in NAMED)
    try:
        id = json.loads(content).get("id")
    except (ValueError, AttributeError, RecursionError):
        return frozenset()
    return frozenset({id} if isinstance(id, str) else ())


def changes(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Changes:
    """What of a version is added, changed and removed by another."""
    return Changes(
        tuple(sorted(new.keys() - old.keys())),
        tuple(sorted(name for name in new.keys() & old.keys() if new[name] != old[name])),
        tuple(sorted(old.keys() - new.keys())),
    )


def locate(files: Mapping[str, bytes], causes: Iterable[Cause]) -> tuple[Located, ...]:
    """Findings with the names of the elements they point at, also where a file cannot be run."""
    labels: dict[str, dict[str, Label]] = {}
    drawn: dict[str, frozenset[str]] = {}
    found = []
    for cause in causes:
        file, element = cause.file or "", cause.element or ""
        if element and file in files and file not in labels:
            labels[file] = bpmn.labels(files[file])
            drawn[file] = bpmn.drawn(files[file]) if file.endswith(".bpmn") else frozenset()
        found.append(Located(cause, labels.get(file, {}).get(element), element in drawn.get(file, frozenset())))
    return tuple(found)


# --- checked, not yet deployed -------------------------------------------------------------------------------------


def keep(files: Mapping[str, bytes], base: str) -> str:
    """Keep a checked bundle for a while, with the version that was current ("" for none); gives the name to ask for it."""
    return stash.put(base.ljust(LENGTH).encode() + pack(files))


def kept(name: str) -> tuple[dict[str, bytes], str]:
    """A bundle that was kept, exactly as it was checked, and the version that was current then.

    Raises:
        Unknown: it is there no longer.
    """
    content = stash.get(name)
    return unpack(content[LENGTH:]), content[:LENGTH].decode().strip()
