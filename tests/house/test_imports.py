"""The import contracts of pyproject.toml, shown a made-up house: a tidy one they pass, and one import that breaks each."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

MODULES = (
    "engine.verbs.desk engine.reads engine.step engine.migrations.env engine.model.vorgang engine.bpmn.run engine.feel.parse "
    "engine.base.db engine.base.clock engine.base.files engine.base.ports engine.base.errors forms.antrag.push "
    "forms.aufgabe.values connectors.demo web.compose web.worker web.cli web.desk"
).split()
TIDY = {
    "web.compose": "import connectors.demo, engine.verbs.desk, flask, flask_sqlalchemy",
    "web.worker": "import rq, connectors.demo",
    "web.desk": "import flask, web.compose",
    "connectors.demo": "from engine.base.ports import Call\nfrom engine.base import errors",
    "engine.verbs.desk": "import engine.step, forms.aufgabe.values, sqlalchemy",
    "engine.reads": "import engine.model.vorgang, forms.aufgabe.values",
    "engine.step": "import engine.model.vorgang, engine.bpmn",
    "engine.migrations.env": "import engine.model.vorgang, alembic",
    "engine.model.vorgang": "import engine.bpmn.run, engine.base.db",
    "engine.bpmn.run": "import SpiffWorkflow, engine.feel",
    "engine.feel.parse": "from engine.base import errors",
    "engine.base.db": "import sqlalchemy",
    "forms.aufgabe.values": "from engine.feel import evaluate\nfrom engine.base.errors import Invalid",
}
BREAKS = {
    "1. Down the house": ("engine.verbs.desk", "import web.compose"),
    "1. Down the house ": ("forms.aufgabe.values", "import engine.model.vorgang"),
    "1. Of engine only verbs and reads": ("engine.model.vorgang", "import forms.antrag.push"),
    "2. Down the engine": ("engine.step", "import engine.verbs.desk"),
    "2. Down the engine ": ("engine.reads", "import engine.verbs.desk"),
    "2. engine.feel and engine.bpmn are pure": ("engine.bpmn.run", "import engine.base.db"),
    "3. Connectors know the engine": ("connectors.demo", "import engine.base.clock"),
    "4. Only engine.bpmn knows": ("engine.model.vorgang", "import SpiffWorkflow"),
    "4. Only web knows": ("connectors.demo", "import redis"),
    "4. SQLAlchemy stays in engine": ("web.desk", "import sqlalchemy"),
    "5. Only web's composition": ("web.desk", "import connectors.demo"),
}


def build(place: Path, files: dict[str, str]) -> None:
    for module in MODULES:
        path = place / (module.replace(".", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files.get(module, ""), encoding="utf-8")
        for folder in path.relative_to(place).parents[:-1]:
            (place / folder / "__init__.py").touch()


@pytest.fixture
def lint(tmp_path: Path, root: Path) -> Callable[[dict[str, str]], subprocess.CompletedProcess[str]]:
    """Runs import-linter with our contracts over made-up modules."""
    (tmp_path / "pyproject.toml").write_text((root / "pyproject.toml").read_text(encoding="utf-8"), encoding="utf-8")
    program = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command; lint_imports_command()"

    def run(files: dict[str, str]) -> subprocess.CompletedProcess[str]:
        build(tmp_path, files)
        command = [sys.executable, "-c", program, "--no-cache"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


def test_a_tidy_house_keeps_every_contract(lint):
    done = lint(TIDY)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("contract", BREAKS)
def test_each_contract_can_break(lint, contract):
    module, line = BREAKS[contract]
    done = lint(TIDY | {module: f"{TIDY.get(module, '')}\n{line}\n"})
    broken = [line for line in done.stdout.splitlines() if " BROKEN" in line]
    assert done.returncode == 1, done.stdout
    assert [line for line in broken if line.startswith(contract.strip())], done.stdout
