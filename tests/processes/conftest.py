"""The bundles that ship with Amtsweg, and a player that keeps what a scenario asked of the outside."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors import CONNECTORS, Switchboard
from engine import bpmn
from engine.base import clock, db
from engine.base.db import Installation
from engine.base.ports import Letter, Letterhead
from engine.base.rights import SYSTEM
from engine.model.bundle import Bundle, inspect, read_folder
from engine.model.notice import fill
from engine.step import use_doorbell
from engine.verbs.design import deploy_bundle
from engine.verbs.kommune import make_kommune
from engine.verbs.konten import add_konto
from engine.verbs.operate import change_setting, verify
from engine.verbs.scenario import Player, Subject
from tests.conftest import nordfriesland
from tests.engine.cases import ANNA, BERTA, Bell
from tests.patterns import Patterns
from tests.processes.fall import NOW, Fall
from web.demo.place import KOMMUNEN

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
NAMES = sorted(path.parent.relative_to(PROCESSES).as_posix() for path in PROCESSES.rglob("bundle.toml"))


# The day and the letterhead of letters that tests fill in.
DAY = dt.date(2026, 3, 5)
HEAD = Letterhead(
    "Kreis Nordfriesland",
    "Untere Naturschutzbehörde",
    ("Musterstraße 1", "25813 Husum"),
    ("Telefon 04841 000-0", "naturschutz@nordfriesland.example"),
)


def folder_of(name: str) -> Path:
    return PROCESSES / name


# Parts that only others use; post room and general case are bundles of their own as well.
PARTS = sorted(
    path.relative_to(PROCESSES).as_posix()
    for path in (PROCESSES / "gemeinsam").glob("*/*.bpmn")
    if not (path.parent / "bundle.toml").exists()
)


def scenarios_of(name: str, bundle: Bundle) -> list[Path]:
    """The scenarios of a bundle and those of the shared parts it uses."""
    folders = [folder_of(name), *(PROCESSES / "gemeinsam" / part for part in parts_of(bundle))]
    return [path for folder in folders for path in sorted((folder / "scenarios").glob("*.toml"))]


def parts_of(bundle: Bundle) -> list[str]:
    """The shared parts a bundle uses."""
    return sorted({file.split("/")[1] for file in bundle.files if file.startswith("gemeinsam/")})


def remedy_of(bundle: Bundle, said: str) -> tuple[str, str, str]:
    """The remedy against a notice of a bundle, the body it goes to and its seat: as its parameters have it, or who wrote it."""
    known = bundle.parameters
    if bundle.leistung == "allgemein":
        court = ("Klage", "Verwaltungsgericht Musterstadt", "Musterstadt")
        return court if "Klage" in said else ("Widerspruch", "Gemeinde Musterdorf", "Musterdorf")
    if known.get("rechtsbehelf") == "klage":
        return "Klage", known["gericht"], known["gericht_sitz"]
    return "Widerspruch", known["widerspruch_behoerde"], known["widerspruch_sitz"]


def bundle_of(name: str) -> Bundle:
    bundle, findings = inspect(read_folder(folder_of(name)))
    assert bundle is not None, findings
    return bundle


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """Each bundle in turn, as `<kommune>/<leistung>`."""
    return str(request.param)


@pytest.fixture
def bundle(name: str) -> Bundle:
    return bundle_of(name)


@dataclass
class Asked:
    """Something a scenario asked of the outside: the job, and what the process knew at that place."""

    job: bpmn.Job
    known: Mapping[str, Any]


@dataclass
class Played:
    """What happened in one scenario."""

    asked: list[Asked] = field(default_factory=list)
    flows: set[str] = field(default_factory=set)
    completed: list[str] = field(default_factory=list)


class Recorder(Player):
    """Plays a scenario and keeps every job and every flow taken."""

    played: Played

    def _take(self, outcome: bpmn.Outcome) -> None:
        super()._take(outcome)
        for line in outcome.history:
            self.played.flows.update(line.flows)
            if line.kind == "completed":
                self.played.completed.append(line.element)
        for job in outcome.auftraege.opened:
            known = dict(bpmn.variables(self.subject.spec, outcome.snapshot, job.token))
            self.played.asked.append(Asked(job, known))


def play(bundle: Bundle, path: Path) -> Played:
    """Play one scenario of a bundle to its end."""
    scenario = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    subject = Subject(bundle.spec, bundle.process, bundle.forms, bundle.parameters)
    process = scenario.get("process", bundle.process)
    recorder = Recorder(subject, process, scenario, scenario["at"].astimezone(dt.UTC))
    recorder.played = Played()
    with clock.frozen(recorder.now):
        recorder.play()
    return recorder.played


def nordfriesland_at_work() -> str:
    """Make Nordfriesland with its bundles and two clerks; gives its slug."""
    return furnish(nordfriesland(), "nordfriesland/baumfaellung", KOMMUNEN[0].letterhead)


def augsburg_at_work() -> str:
    """Make Augsburg just so; gives its slug."""
    made = make_kommune("augsburg", "Stadt Augsburg", "Stadt", "BY", ["127.0.0.0/8"], stellen=["100001"])
    address = ["Beispielplatz 3", "86150 Augsburg"]
    letterhead = {"authority": "Stadt Augsburg", "unit": "Baumschutz", "address": address, "contact": [], "place": "Augsburg"}
    return furnish(made.slug, "augsburg/baumfaellung", letterhead)


def furnish(slug: str, bundle: str, letterhead: Mapping[str, Any]) -> str:
    """Give a municipality its bundles and two clerks."""
    with db.namespace(slug):
        for name in ("gemeinsam/posteingang", bundle):
            deploy_bundle(read_folder(PROCESSES / name), Switchboard(CONNECTORS).types(), by=SYSTEM)
        change_setting("briefkopf", letterhead, by=SYSTEM)
        for konto in (ANNA, BERTA):
            add_konto(konto.login, konto.name, f"{konto.login}@example.org", konto.roles, by=SYSTEM)
    return slug


@pytest.fixture
def town(installation: Installation, patterns: Patterns) -> Iterator[Bell]:
    """Nordfriesland at work, on 2 March 2026; the data is verified at the end. Gives its doorbell."""
    yield from at_work(patterns.settle(nordfriesland_at_work))


@pytest.fixture
def augsburg(installation: Installation, patterns: Patterns) -> Iterator[Bell]:
    """Augsburg, in Bavaria, just as `town`."""
    yield from at_work(patterns.settle(augsburg_at_work))


def at_work(slug: str) -> Iterator[Bell]:
    """The municipality the test is in; the data is verified at the end. Gives its doorbell."""
    bell = Bell()
    use_doorbell(bell)
    with db.namespace(slug), clock.frozen(NOW):
        yield bell
        assert verify() == []


@pytest.fixture
def fall(town: Bell) -> Fall:
    """An application in Nordfriesland."""
    return Fall(town)


@pytest.fixture
def played(name: str, bundle: Bundle) -> dict[str, Played]:
    """All scenarios of a bundle and of its shared parts, played, by folder and file name."""
    return {f"{path.parents[1].name}/{path.stem}": play(bundle, path) for path in scenarios_of(name, bundle)}


def jobs_of(played: Mapping[str, Played]) -> list[Asked]:
    """Everything the scenarios asked of the outside."""
    return [asked for one in played.values() for asked in one.asked]


def letters_of(bundle: Bundle, played: Mapping[str, Played]) -> Iterator[tuple[str, Letter]]:
    """Every letter the scenarios write, filled in, with its name."""
    for asked in jobs_of(played):
        if "vorlage" in asked.job.inputs:
            known = {**asked.known, "bearbeitung": {"name": "Sachbearbeitung"}}
            notice = bundle.notices[asked.job.inputs["vorlage"]]
            yield notice.name, fill(notice, known, letterhead=HEAD, reference="BF-1", place="Husum", date=DAY)
