"""The child that sets letters keeps its limits, and is replaced when it breaks them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.letter import Typst
from connectors.letter.renderer import CHILD, ENVIRONMENT
from engine.base.ports import Block, Letter, Refused, Section, Unreachable


def with_text(letter: Letter, text: str) -> Letter:
    return replace(letter, sections=(Section("text", blocks=(Block("paragraph", text),)),))


def test_a_child_past_its_cpu_time_is_replaced_and_the_letter_refused(letter: Letter) -> None:
    renderer = Typst(cpu_s=0)
    try:
        with pytest.raises(Refused, match="Rechenzeit"):
            renderer.render(with_text(letter, "Wort und noch ein Wort. " * 80_000))
        assert renderer.render(letter).startswith(b"%PDF-")
    finally:
        renderer.close()


def test_a_child_past_its_memory_is_replaced_and_the_letter_refused(letter: Letter) -> None:
    renderer = Typst(memory_bytes=200 << 20)
    try:
        with pytest.raises(Refused, match="Speicher"):
            renderer.render(with_text(letter, "Wort " * 200_000))
        assert renderer.render(letter).startswith(b"%PDF-")
    finally:
        renderer.close()


def test_a_child_past_the_wall_clock_is_killed_and_the_next_letter_is_set(letter: Letter) -> None:
    renderer = Typst()
    try:
        renderer.render(letter)
        child = renderer._child
        assert child is not None
        os.kill(child.process.pid, signal.SIGSTOP)
        renderer._wall_s = 0.5
        with pytest.raises(Unreachable, match="Sekunden"):
            renderer.render(letter)
        assert child.process.returncode == -signal.SIGKILL
        renderer._wall_s = 30
        assert renderer.render(letter).startswith(b"%PDF-")
    finally:
        renderer.close()


def test_a_child_killed_between_two_letters_is_not_noticed(letter: Letter) -> None:
    renderer = Typst()
    try:
        first = renderer.render(letter)
        child = renderer._child
        assert child is not None
        child.process.kill()
        child.process.wait()
        assert renderer.render(letter) == first
        assert renderer._child is not child
    finally:
        renderer.close()


def test_a_child_that_grew_large_is_replaced_after_the_letter(letter: Letter) -> None:
    renderer = Typst()
    try:
        renderer.render(letter)
        before = renderer._child
        renderer.render(letter)
        assert renderer._child is before
        renderer.render(with_text(letter, "Wort " * 200_000))
        assert renderer._child is not before
    finally:
        renderer.close()


def test_the_child_ends_when_its_parent_is_killed(letter: Letter) -> None:
    script = """
import time
from connectors.letter.renderer import _Child
child = _Child(1 << 30, 10)
print(child.process.pid, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and alive(pid):
        time.sleep(0.05)
    assert not alive(pid)


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


def test_the_child_imports_nothing_of_ours_and_sees_no_variables() -> None:
    probe = """
import os, runpy, sys
runpy.run_path(sys.argv[1])
print(sorted(os.environ))
print([name for name in sys.modules if name.split(".")[0] in ("engine", "connectors", "web")])
"""
    said = subprocess.run(
        [sys.executable, "-I", "-c", probe, str(CHILD)], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    names, ours = said.stdout.splitlines()
    assert set(ENVIRONMENT) <= set(re.findall(r"'([^']+)'", names)) <= {*ENVIRONMENT, "LC_CTYPE"}
    assert ours == "[]"
