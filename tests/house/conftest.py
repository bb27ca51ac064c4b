"""What the house tests look at: the files of the project and the Python in them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("engine", "forms", "connectors", "web")


@dataclass(frozen=True)
class Source:
    """A Python file: where it is in the project, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def package(self) -> str:
        return self.path.split("/")[0]

    def at(self, node: ast.AST) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


def _ours() -> list[str]:
    """Every file of the project, also one not added to git yet, without what git ignores."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return sorted({name for name in names if name and (ROOT / name).is_file()})


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def files() -> list[str]:
    """The paths of all files of the project."""
    return _ours()


@pytest.fixture(scope="session")
def sources(files: list[str]) -> list[Source]:
    """All Python of the project, tests, benches and set-up included."""
    return [Source(name, (ROOT / name).read_text(encoding="utf-8")) for name in files if name.endswith(".py")]


@pytest.fixture(scope="session")
def product(sources: list[Source]) -> list[Source]:
    """The Python of the four packages."""
    found = [source for source in sources if source.package in PACKAGES]
    assert {source.package for source in found} == set(PACKAGES)
    return found


@pytest.fixture(scope="session")
def sample() -> Callable[[str, str], list[Source]]:
    """Makes up a file: each rule is shown one that breaks it."""
    return lambda text, path="engine/made_up.py": [Source(path, text)]
