"""The command line as people use it: run in this process, on an installation of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.base import db
from web.cli import main
from web.provision import PROCESSES

BUNDLE = PROCESSES / "nordfriesland" / "baumfaellung"


@dataclass(frozen=True)
class Ran:
    """What a command did: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty installation that the commands find by their environment."""
    monkeypatch.setenv("AMTSWEG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AMTSWEG_SECRET", "nur für Tests")
    for name in ("AMTSWEG_DATABASE", "REDIS_URL", "AMTSWEG_CRASH_AT"):
        monkeypatch.delenv(name, raising=False)
    yield tmp_path / "home"
    db.close()


@pytest.fixture
def amtsweg(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs a command."""

    def run(*arguments: object) -> Ran:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return run


@pytest.fixture
def husum(home: Path, amtsweg: Callable[..., Ran]) -> Ran:
    """The municipality husum, just made."""
    options = ("--name", "Stadt Husum", "--kind", "Stadt", "--admin-name", "Mara Muster", "--admin-email", "mara@husum.example")
    made = amtsweg("kommune", "add", "husum", *options, "--stelle", "200001", "--json")
    assert made.code == 0, made.err
    return made


@pytest.fixture
def bundle() -> Path:
    """A bundle that is shipped."""
    return BUNDLE
