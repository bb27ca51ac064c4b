"""What README and docs name is there: files, modules that are run, targets of make, commands of amtsweg, pages they link to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from web.cli import cli
from web.settings import VARIABLES

FILE = re.compile(r"`((?:bench|connectors|deploy|docs|engine|forms|processes|tests|web)/[\w./*-]+)`")
MODULE = re.compile(r"python -m ((?:bench|engine|tests|web)[\w.]*\w)")
TARGET = re.compile(r"`make ([a-z][a-z-]*)")
COMMAND = re.compile(r"(?:`|^|\$ )amtsweg ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")


def missing(text: str, root: Path, folder: Path) -> Iterator[str]:
    """What a document in a folder names and is not there."""
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    looks: list[tuple[re.Pattern[str], Callable[[str], bool]]] = [
        (FILE, lambda name: any(root.glob(name)) or any(root.glob(f"processes/*/*/{name}"))),  # in a bundle
        (MODULE, lambda name: (path := root / name.replace(".", "/")).is_dir() or path.with_suffix(".py").is_file()),
        (TARGET, lambda name: re.search(rf"^{name}:", makefile, re.MULTILINE) is not None),
        (COMMAND, is_command),
        (LINK, lambda name: ":" in name or (folder / name).exists()),
    ]
    for pattern, is_there in looks:
        yield from (name for name in pattern.findall(text) if not is_there(name))


def is_command(words: str) -> bool:
    """Whether `amtsweg` has a command of that name; of a group, a command in it."""
    first, _, second = words.partition(" ")
    found = cli.commands.get(first)
    within = getattr(found, "commands", None)
    return found is not None and (within is None or not second or second in within)


def test_what_documents_name_is_there(root: Path, files: list[str]) -> None:
    documents = [root / name for name in files if re.fullmatch(r"[A-Z]+\.md|docs/(adr/)?[^/]+\.md", name)]
    assert len(documents) > 30
    found = [
        f"{document.name}: {name}"
        for document in documents
        for name in missing(document.read_text(encoding="utf-8"), root, document.parent)
    ]
    assert found == []


def test_every_variable_an_installation_is_told_by_is_explained_to_who_runs_it(root: Path) -> None:
    told = set(VARIABLES) - {"AMTSWEG_CRASH_AT"}  # for tests only
    assert told <= set(re.findall(r"`(\w+)", (root / "docs/operations.md").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "line",
    [
        "`tests/engine/test_nothing.py`",
        "`python -m bench.nothing`",
        "`make nothing`",
        "`amtsweg nothing`",
        "$ amtsweg kommune nothing",
        "[more](docs/nothing.md)",
        "[more](nothing.md#there)",
    ],
)
def test_what_is_not_there_would_be_found(root: Path, line: str) -> None:
    assert len(list(missing(line, root, root))) == 1


def test_what_is_there_is_left_alone(root: Path) -> None:
    text = (
        "`tests/house/test_documents.py` `web/*.py` `python -m bench.cost` `make demo` `amtsweg kommune add` [x](docs/law.md#y)"
    )
    assert list(missing(text, root, root)) == []
