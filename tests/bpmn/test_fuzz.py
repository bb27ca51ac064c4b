"""`make fuzz` runs what is drawn at random, and can be told how often."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.integration
def test_the_command_of_make_fuzz_runs() -> None:
    recipe = re.search(r"^fuzz: app\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert recipe is not None
    command = recipe[1].replace("\t@", "").replace("$(BIN)/python", sys.executable).replace("$(SEED)", "7")
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=ROOT,
        env={**os.environ, "FUZZ": "0.01"},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("SEED=7\n")
    assert " passed" in done.stdout
