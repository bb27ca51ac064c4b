"""What README and docs show in `console` blocks is true: each command runs, with the exit status and the output shown.

A line `$ command` is run; lines `> …` continue it; the lines below are its output, where `…` stands for anything (alone on
a line: for any number of lines). A command that exits with another status than 0 says so at its end: `# exit 1`. The blocks
of one file share one shell, in a scratch folder that looks like a clone. What builds, clones or runs until Ctrl-C is not
run; its Makefile target or its command must exist.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXIT = re.compile(r"\s+# exit (\d+)$")
# Builds or runs until Ctrl-C: looked up, not run.
LONG_RUNNING = {"demo", "serve", "worker", "tick"}
MARK = "----- amtsweg console -----"


@dataclass(frozen=True)
class Command:
    """A command as a document shows it: the line it stands on, what it should print and exit with."""

    line: int
    text: str
    output: tuple[str, ...]
    status: int


def commands(markdown: str) -> Iterator[Command]:
    """The commands of all console blocks, in order."""
    for block in FENCE.finditer(markdown):
        line = markdown.count("\n", 0, block.start(1)) + 1
        for part in re.split(r"^(?=\$ )", block[1], flags=re.MULTILINE):
            yield from _command(part, line)
            line += part.count("\n")


def _command(part: str, line: int) -> Iterator[Command]:
    first, *rest = part.rstrip("\n").split("\n")
    if not first.startswith("$ "):
        assert not part.strip(), f"line {line}: output without a command"
        return
    text = [first.removeprefix("$ ")]
    while rest and rest[0].startswith("> "):
        text.append(rest.pop(0).removeprefix("> "))
    stated = EXIT.search(text[-1])
    text[-1] = EXIT.sub("", text[-1])
    yield Command(line, "\n".join(text), tuple(rest), int(stated[1]) if stated else 0)


def fits(shown: tuple[str, ...], printed: str) -> bool:
    """Whether the output is as shown. Nothing shown: anything goes."""
    if not shown:
        return True
    pattern = "".join(
        r"(?:.*\n)*" if line.strip() == "…" else ".*".join(map(re.escape, line.rstrip().split("…"))) + r"\n" for line in shown
    )
    lines = "".join(f"{line.rstrip()}\n" for line in printed.rstrip("\n").split("\n"))
    return re.fullmatch(pattern, lines) is not None


# --- not run, but looked up ----------------------------------------------------------------------------------------------


def stands_in(command: Command, scratch: Path, makefile: str) -> str | None:
    """What is run instead of a command that takes too long; None if the command itself is."""
    words = list(dropwhile(lambda word: re.match(r"\w+=", word), shlex.split(command.text, comments=True)))
    words[:1] = [Path(words[0]).name] if words else []
    match words:
        case ["make", *targets]:
            wanted = [word for word in targets if "=" not in word and not word.startswith("-")]
            missing = [word for word in wanted if not re.search(rf"^{re.escape(word)}:", makefile, re.MULTILINE)]
            return f"echo no target {shlex.join(missing)} in the Makefile; (exit 1)" if missing else ":"
        case ["git", "clone", *rest]:
            folder = rest[-1].rstrip("/").rsplit("/", 1)[-1].removesuffix(".git")
            return f"ln -s . {shlex.quote(folder)}"  # the scratch folder looks like the clone
        case ["amtsweg", sub, *rest] if sub in LONG_RUNNING and "--help" not in rest:
            return f"{scratch}/.venv/bin/amtsweg {sub} --help >/dev/null"
    return None


# --- the shell -------------------------------------------------------------------------------------------------------------


def furnish(scratch: Path) -> dict[str, str]:
    """Make a folder look like a clone that is set up; gives the environment of its shell."""
    for entry in ROOT.iterdir():
        if not entry.name.startswith(".") and entry.name not in ("var", "node_modules"):
            (scratch / entry.name).symlink_to(entry)
    binaries = scratch / ".venv/bin"
    binaries.mkdir(parents=True)
    for name, arguments in {"python": "", "amtsweg": "-c 'import sys; from web.cli import main; sys.exit(main())'"}.items():
        script = binaries / name
        script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {arguments} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "PATH": f"{binaries}:{kept['PATH']}",
        "PYTHONPATH": str(ROOT),
        "AMTSWEG_HOME": str(scratch / "var"),
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
        "COLUMNS": "120",
    }


def run(shown: list[Command], scratch: Path, makefile: str) -> list[tuple[int, str]]:
    """Status and output of each command, all in one shell; fewer when the shell has ended before."""
    environment = furnish(scratch)
    script = []
    for command in shown:
        script += [stands_in(command, scratch, makefile) or command.text, f'printf "\\n%s %s\\n" "{MARK}" $?']
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", "\n".join(script)],
        cwd=scratch,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=540,
        check=False,
    )
    parts = re.split(rf"\n{MARK} (\d+)\n", done.stdout.decode())
    return [(int(status), output) for output, status in zip(parts[::2], parts[1::2], strict=False)]


def untrue(markdown: str, scratch: Path, makefile: str) -> list[str]:
    """What a document shows that is not so."""
    shown = list(commands(markdown))
    if not shown:
        return []
    happened = run(shown, scratch, makefile)
    found = []
    for command, (status, output) in zip(shown, happened, strict=False):
        if status != command.status or not fits(command.output, output):
            found.append(f"line {command.line}: {command.text}\nexit {status} instead of {command.status}, printed:\n{output}")
    found += [f"line {command.line}: the shell ended before {command.text}" for command in shown[len(happened) :]]
    return found


def test_readme_and_docs_show_what_happens(tmp_path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = []
    for number, document in enumerate(sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])):
        scratch = tmp_path / str(number)
        scratch.mkdir()
        lies = untrue(document.read_text(encoding="utf-8"), scratch, makefile)
        found += [f"{document.relative_to(ROOT)} {lie}" for lie in lies]
    assert not found, "\n\n".join(found)


# --- the test itself -------------------------------------------------------------------------------------------------------


@pytest.fixture
def lies(tmp_path: Path) -> Callable[[str], list[str]]:
    """What is found in a made-up document with one block."""
    return lambda block: untrue(f"# Probe\n\n```console\n{block}\n```\n", tmp_path, "demo: app\n\techo\n")


@pytest.mark.parametrize(
    "block",
    [
        "$ echo eins",
        "$ echo eins; echo zwei\neins\nzwei",
        "$ echo Vorgang 4711\nVorgang …",
        "$ printf 'a\\nb\\nc\\n'\na\n…\nc",
        "$ printf 'a\\nc\\n'\na\n…\nc",
        "$ X=7\n$ echo $X\n7",
        "$ (exit 3)  # exit 3",
        "$ cat <<'E'\n> eins\n> E\neins",
        "$ ls Makefile\nMakefile",
        "$ git clone https://example.org/amtsweg.git\n$ cd amtsweg\n$ ls Makefile\nMakefile",
        "$ make demo",
        "$ make PYTHON=python3.12 demo",
        "$ PYTHON=python3.12 make demo",
        "$ .venv/bin/python -c 'print(1)'\n1",
    ],
)
def test_a_true_block_passes(lies: Callable[[str], list[str]], block: str) -> None:
    assert lies(block) == []


@pytest.mark.parametrize(
    "block",
    [
        "$ false",
        "$ true  # exit 1",
        "$ echo eins\nzwei",
        "$ echo eins; echo zwei\neins",
        "$ echo Vorgang\nAntrag …",
        "$ no_such_command_of_amtsweg",
        "$ make no-such-target",
        "$ amtsweg serve-no-more",
        "$ exit 0\n$ echo never",
    ],
)
def test_a_block_that_lies_is_found(lies: Callable[[str], list[str]], block: str) -> None:
    assert len(lies(block)) == (2 if block.startswith("$ exit") else 1)


def test_output_before_a_command_is_refused() -> None:
    with pytest.raises(AssertionError, match="line 2: output without a command"):
        list(commands("```console\nstray\n```\n"))
