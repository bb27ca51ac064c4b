"""The help of the command line, and what it says to wrong usage."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from web.cli import cli

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = ("demo", "serve", "worker", "tick", "kommune", "token", "check", "deploy", "scenario", "feel", "decide", "verify")
COMMANDS += ("backup", "restore", "release-outbox", "betrieb", "zustaendigkeit", "poststelle")
HEAVY = ("sqlalchemy", "flask", "rq", "redis", "rich", "marshmallow", "engine.feel", "engine.bpmn")


def walk(command, path=()):
    yield path, command
    for name, sub in getattr(command, "commands", {}).items():
        yield from walk(sub, (*path, name))


EVERY = {" ".join(path): command for path, command in walk(cli) if path}


def test_every_command_is_there(amtsweg):
    assert set(cli.commands) == set(COMMANDS)
    said = amtsweg("--help")
    assert said.code == 0
    assert "Befehle:" in said.out
    assert all(f"  {name} " in said.out for name in COMMANDS)


@pytest.mark.parametrize("path", EVERY)
def test_every_command_has_a_german_help(amtsweg, path):
    said = amtsweg(*path.split(), "--help")
    assert said.code == 0
    assert said.out.startswith(f"Aufruf: amtsweg {path} ")
    assert not {"Usage", "Options", "Commands", "Show this message", "[required]", "[default"} & set(said.out.split())
    assert EVERY[path].help


@pytest.mark.parametrize(
    "path",
    [
        "check",
        "deploy",
        "scenario",
        "feel",
        "decide",
        "verify",
        "token",
        "kommune list",
        "kommune show",
        "backup",
        "restore",
        "release-outbox",
    ],
)
def test_commands_that_print_data_know_json(path):
    assert any("--json" in parameter.opts for parameter in EVERY[path].params)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["fällen"], "Den Befehl „fällen“ gibt es nicht."),
        (["feel"], "AUSDRUCK fehlt."),
        (["feel", "1", "--contxt", "{}"], "Die Option --contxt gibt es nicht. Gemeint ist vielleicht --context."),
        (["kommune", "add", "husum"], "--name fehlt."),
        (["serve", "--port", "99999"], "--port passt nicht"),
    ],
)
def test_wrong_usage_is_told_in_german_and_ends_with_2(amtsweg, arguments, says):
    refused = amtsweg(*arguments)
    assert refused.code == 2
    assert says in refused.err
    assert "--help" in refused.err


def test_a_group_without_a_command_shows_its_help(amtsweg):
    shown = amtsweg("kommune")
    assert shown.code == 2
    assert "Befehle:" in shown.err


def test_the_version_is_that_of_the_project(amtsweg):
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert amtsweg("--version").out == f"amtsweg {version}\n"


def test_help_loads_nothing_heavy():
    program = f"import sys\nfrom web.cli import main\nmain(['--help'])\nprint('loaded', *({set(HEAVY)!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded"


def test_the_process_ends_with_the_code_of_the_command():
    program = "import sys\nfrom web.cli import main\nsys.exit(main())"
    codes = [
        subprocess.run(
            [sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, timeout=60, check=False
        ).returncode
        for arguments in (["feel", "1"], ["feel", "1+"], ["feel"])
    ]
    assert codes == [0, 1, 2]
