"""The demo: one command, one application from the front door to the delivered notice; data that is found again."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from engine import reads
from engine.base import db
from engine.base.errors import Unavailable
from engine.model import protokoll
from tests.integration.town import ROOT
from web.demo import run_demo
from web.demo.place import KOMMUNEN, Place, free_port
from web.neighbours import act

pytestmark = [pytest.mark.integration, pytest.mark.serial]
PROGRAM = "import sys\nfrom web.cli import main\nsys.exit(main())"


def variables(home: Path) -> dict[str, str]:
    foreign = {name: value for name, value in os.environ.items() if not name.startswith(("AMTSWEG_", "REDIS_URL"))}
    return {**foreign, "AMTSWEG_HOME": str(home), "PYTHONPATH": str(ROOT)}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in [name for name in os.environ if name.startswith(("AMTSWEG_", "REDIS_URL"))]:
        monkeypatch.delenv(name)
    yield tmp_path / "home"
    db.close()


def test_once_takes_an_application_to_its_notice_and_leaves_nothing_running(home):
    command = [sys.executable, "-W", "error", "-c", PROGRAM, "demo", "--once"]
    done = subprocess.run(command, cwd=ROOT, env=variables(home), capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    steps = [line for line in done.stdout.splitlines() if re.match(r" *\d+\.\d\d s  ", line)]
    assert len(steps) == 1 + 15 * len(KOMMUNEN) + 2
    assert "insgesamt" in steps[-1]
    assert len([line for line in steps if re.search(r"Widerspruchsfrist: bis \d\d\.\d\d\.\d{4}$", line)]) == len(KOMMUNEN)
    notices = [Path(line.removeprefix("Bescheid: ")) for line in done.stdout.splitlines() if line.startswith("Bescheid: ")]
    assert len(notices) == len(KOMMUNEN)
    assert all(notice.read_bytes().startswith(b"%PDF-") for notice in notices)
    assert done.stderr == ""
    assert "Traceback" not in (home / "demo" / "demo.log").read_text(encoding="utf-8")
    running = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/environ") if _readable(path)]
    assert not [one for one in running if f"AMTSWEG_HOME={home / 'demo'}".encode() in one]


def test_once_says_in_a_sentence_what_went_wrong(home):
    broken = {**variables(home), "AMTSWEG_DATABASE": "postgresql://nobody@127.0.0.1:9/nichts"}
    command = [sys.executable, "-c", PROGRAM, "demo", "--once"]
    done = subprocess.run(command, cwd=ROOT, env=broken, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Datenbank" in done.stderr


def test_the_demo_runs_until_it_is_interrupted_and_says_where_everything_is(home):
    port = free_port()
    command = [sys.executable, "-u", "-c", PROGRAM, "demo", "--port", str(port)]
    shown = subprocess.Popen(
        command, cwd=ROOT, env=variables(home), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert shown.stdout is not None
    said = ""
    for line in shown.stdout:
        said += line
        if "Log:" in line:
            break
    try:
        for one in KOMMUNEN:
            token = re.search(rf"{one.name}.*?API-Token (\S+)", said, re.DOTALL)
            assert token is not None, said
            url = f"http://127.0.0.1:{port}/{one.slug}/api/v1/vorgaenge"
            listed = httpx.get(url, headers={"Authorization": f"Bearer {token[1]}"}, trust_env=False).json()["items"]
            assert len(listed) == 1, "a case in which it has asked for Amtshilfe"
        with pytest.raises(Unavailable, match="belegt"):
            run_demo(port)
    finally:
        shown.send_signal(signal.SIGINT)
        assert shown.wait(40) == 0
        shown.stdout.close()


def test_the_second_start_finds_everything_as_it_was(home):
    first = _prepared(home)
    with db.namespace("husum"), db.reading() as tx:
        lines = tx.scalar(sa.select(sa.func.count()).select_from(protokoll.T))
    db.close()
    second = _prepared(home, first.port)
    assert second.secrets == first.secrets
    with db.namespace("husum"), db.reading() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(protokoll.T)) == lines


def test_both_have_signed_that_the_county_works_on_the_permits_of_the_town(home):
    place = _prepared(home)
    with db.namespace("husum"):
        [agreed] = reads.list_grants().items
        assert (agreed.state, agreed.guest, agreed.opens, agreed.legal_form) == (
            "gilt",
            "nordfriesland",
            ("leistung", "baumfaellung"),
            "19a",
        )
        assert agreed.signed_by is not None
        assert agreed.made_by == place.secrets["kommunen"]["husum"]["login"]
    with db.namespace("nordfriesland"):
        clerk = reads.konto_by_login("ordnungsamt")[0]
        assert act(clerk, "husum", agreed.id, "aufgaben")["aufgaben"] == []


def test_secrets_are_for_the_owner_only(home):
    place = _prepared(home)
    for name in ("geheimnisse.json", "umgebung.sh"):
        assert stat.S_IMODE((place.home / name).stat().st_mode) == 0o600
    assert f"AMTSWEG_SECRET={place.secrets['secret']}" in (place.home / "umgebung.sh").read_text()


def _prepared(home: Path, port: int = 0) -> Place:
    place = Place(home / "demo", port or free_port())
    place.prepare()
    return place


def _readable(path: Path) -> bool:
    try:
        path.read_bytes()
    except OSError:
        return False
    return True
