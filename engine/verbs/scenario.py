"""Scenarios: what a process should do, written beside it, run without outside systems and without a database.

Every event goes through a snapshot, as in real life. Service tasks get their answers from the scenario; time moves when it
says.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine import bpmn, feel
from engine.base import clock
from engine.base.errors import Cause, Invalid, Problem
from engine.bpmn.timers import NotATime, due
from engine.model.bundle import inspect, read_folder
from engine.verbs.desk import parsed_form
from engine.verbs.letters import DRAFT, ISSUE
from engine.verbs.scenario_file import ACTS, Unreadable, read
from engine.verbs.scenario_mail import Endless, Mail
from engine.verbs.scenario_start import begun_by, chosen_start
from forms.aufgabe import validate

START = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Result:
    """How one scenario went; `reasons` say in German what was not as expected."""

    name: str
    passed: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All scenarios of a bundle or diagram, and which flow nodes they reach."""

    scenarios: tuple[Result, ...]
    covered: tuple[str, ...]
    missed: tuple[str, ...]
    findings: tuple[Cause, ...] = ()

    @property
    def ok(self) -> bool:
        return all(result.passed for result in self.scenarios) and not any(cause.severity == "error" for cause in self.findings)

    def as_dict(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "scenarios": [{"name": r.name, "passed": r.passed, "reasons": list(r.reasons)} for r in self.scenarios],
            "coverage": {"covered": list(self.covered), "missed": list(self.missed)},
        }


@dataclass(frozen=True, slots=True)
class Subject:
    """What scenarios run on: diagrams, and for a bundle its forms and parameters; each may take `most` events."""

    spec: bpmn.Spec
    process: str | None
    forms: Mapping[str, bytes] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    most: float = math.inf


class _Stop(Exception):
    """The scenario cannot go on; the sentence says why."""


# --- loading -------------------------------------------------------------------------------------------------------


def run_path(path: Path, names: Sequence[str] = ()) -> Report:
    """Run the scenarios of a bundle folder or of a bare BPMN file; `names` are names or files of some of them.

    Raises:
        Invalid: the bundle or diagram has errors, or there is no such scenario.
    """
    if path.is_dir():
        files = read_folder(path)
        bundle, findings = inspect(files)
        if bundle is None:
            raise Invalid("Das Paket hat Fehler; zuerst „amtsweg check“ ausführen.", findings)
        subject = Subject(bundle.spec, bundle.process, bundle.forms, bundle.parameters)
    else:
        try:
            spec = bpmn.parse({path.name: path.read_bytes()})
        except OSError as exc:
            raise Invalid(f"Die Datei „{path.name}“ ist nicht lesbar.") from exc
        subject, findings = Subject(spec, spec.executable), list(spec.findings)
    return run(subject, _select(path, names), findings)


def _select(path: Path, names: Sequence[str]) -> list[tuple[str, bytes]]:
    folder = (path if path.is_dir() else path.parent) / "scenarios"
    there = {file.stem: file for file in sorted(folder.glob("*.toml"))} if folder.is_dir() else {}
    chosen = []
    for name in names or there:
        named = Path(name) if name.endswith(".toml") and Path(name).is_file() else None
        file = named or there.get(name.removesuffix(".toml")) or _called(name, there.values())
        if file is None:
            raise Invalid(f"Das Szenario „{name}“ gibt es nicht.")
        chosen.append((file.stem, file.read_bytes()))
    return chosen


def _called(name: str, files: Iterable[Path]) -> Path | None:
    """The file whose scenario has that name."""
    for file in files:
        with suppress(Unreadable):
            if read(file.read_bytes()).get("name") == name:
                return file
    return None


def run(subject: Subject, scenarios: Iterable[tuple[str, bytes]], findings: Sequence[Cause] = ()) -> Report:
    """Run scenarios given as TOML, and say which flow nodes they reached."""
    results, reached = [], set[str]()
    processes = set[str]()
    for name, content in scenarios:
        result, player = _run_one(subject, name, content)
        results.append(result)
        if player is not None:
            reached |= player.reached
            processes.add(player.process)
    nodes = [
        element.id
        for id, compiled in subject.spec.compiled.items()
        if id in processes or not processes
        for element in compiled.process.elements.values()
    ]
    covered = tuple(node for node in nodes if node in reached)
    missed = tuple(node for node in nodes if node not in reached)
    return Report(tuple(results), covered, missed, tuple(findings))


def _run_one(subject: Subject, name: str, content: bytes) -> tuple[Result, Player | None]:
    try:
        scenario = read(content)
    except Unreadable as exc:
        return Result(name, False, exc.reasons), None
    name, at = scenario.get("name", name), scenario.get("at", START)
    process = scenario.get("process") or subject.process
    if not isinstance(process, str) or process not in subject.spec.compiled:
        return Result(name, False, (f"den Prozess „{process}“ gibt es nicht; process = … angeben",)), None
    player = Player(subject, process, scenario, at.astimezone(dt.UTC))
    with clock.frozen(player.now):
        try:
            player.play()
            reasons = tuple(player.compare(scenario.get("expect", {})))
        except (_Stop, Problem) as exc:
            causes = "; ".join(cause.message for cause in getattr(exc, "causes", ()))
            reasons = (f"{exc} {causes}".strip(),)
    return Result(name, not reasons, reasons), player


# --- playing -------------------------------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """A TOML value as FEEL has it: numbers are decimal, naive times German."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


class Player:
    """One scenario while it runs."""

    def __init__(self, subject: Subject, process: str, scenario: Mapping[str, Any], now: dt.datetime) -> None:
        self.subject, self.process, self.now = subject, process, now
        self.steps: list[Mapping[str, Any]] = list(scenario.get("step", []))
        self.jobs: Mapping[str, Any] = scenario.get("jobs", {})
        self.variables = {"parameter": dict(subject.parameters), **scenario.get("variables", {})}
        self.waits: dict[str, bpmn.Wait] = {}
        self.mail = Mail()
        self.start: str | None = scenario.get("start")
        self.at, self.events, self.depth = 0, 0, 0
        self.passed: set[str] = set()
        self.reached: set[str] = set()
        self.ends: set[str] = set()
        self.approved: set[str] = set()
        self.approves = any(element.approves for element in subject.spec.reached_from(process))
        self.outcome: bpmn.Outcome | None = None

    def play(self) -> None:
        spec, first = self.subject.spec, self.steps[0] if self.steps else {}
        begins = begun_by(spec, self.process, first) if self.start is None else None
        at = chosen_start(spec, self.process, begins or self.start)
        brought = first.get("variables", {}) if begins else {}
        self._take(bpmn.start(spec, self.process, plain({**self.variables, **brought}), self.now, at=at))
        self._settle()
        for number, step in list(enumerate(self.steps, 1))[1 if begins else 0 :]:
            self.at = number
            try:
                with clock.frozen(self.now):
                    self._step(step)
            except _Stop as exc:
                raise _Stop(f"Schritt {number}: {exc}") from exc

    def _take(self, outcome: bpmn.Outcome) -> None:
        self.outcome = outcome
        changes: tuple[bpmn.Change[Any], ...] = (
            outcome.aufgaben, outcome.auftraege, outcome.timers, outcome.expected, outcome.incidents,
        )  # fmt: skip
        for change in changes:
            for token in change.closed:
                self.waits.pop(token, None)
        for change in changes:
            self.waits.update({wait.token: wait for wait in change.opened})
        for line in outcome.history:
            self.reached.add(line.element)
            if line.kind == "completed":
                self.passed.add(line.element)
        self.ends.update(outcome.ends)
        self.approved.update(outcome.approved)
        try:
            self.mail.throw(outcome, self._open(bpmn.Expected), self.now, self.depth + 1)
        except Endless as exc:
            raise _Stop(str(exc)) from exc

    def _advance(self, event: bpmn.Event, depth: int = 0) -> None:
        assert self.outcome is not None  # play() starts before anything is delivered
        self.events, self.depth = self.events + 1, depth
        if self.events > self.subject.most:
            raise _Stop(f"der Ablauf kommt nicht zur Ruhe: mehr als {self.subject.most} Schritte")
        self._take(bpmn.advance(self.subject.spec, self.outcome.snapshot, event, self.now))

    def _open(self, kind: type) -> list[Any]:
        return [wait for wait in self.waits.values() if isinstance(wait, kind)]

    def _settle(self) -> None:
        """Answer service tasks, deliver messages, fire what is due, until nothing more happens by itself."""
        while self._answer_job() or self._deliver() or self._fire(self.now):
            pass

    def _answer_job(self) -> bool:
        spoken_for = {step.get("job") or step.get("fail") or step.get("error", {}).get("job") for step in self.steps[self.at :]}
        for job in self._open(bpmn.Job):
            if job.type in self.jobs and job.element not in spoken_for:
                self._finish(job, plain(self.jobs[job.type]))
                return True
        return False

    def _finish(self, job: bpmn.Job, variables: Any) -> None:
        """Answer a service task; a Bescheid is issued only when its last draft was approved, as it is in earnest.

        A shared part that issues but does not approve takes it as approved by whoever calls it.
        """
        if job.type == ISSUE and self.approves and job.inputs.get("bescheid") not in self.approved:
            raise _Stop(f"„{job.element}“ erlässt einen Bescheid, den niemand freigegeben hat")
        self._advance(bpmn.JobFinished(job.token, variables))
        if job.type == DRAFT:
            self.approved.discard(variables.get("bescheid"))

    def _deliver(self) -> bool:
        found = self.mail.next(self._open(bpmn.Expected), self.now)
        if found is not None:
            self._advance(*found)
        return found is not None

    def _fire(self, until: dt.datetime) -> bool:
        ready = sorted((timer for timer in self._open(bpmn.Timer) if timer.due <= until), key=lambda timer: timer.due)
        if not ready:
            return False
        self.now = max(self.now, ready[0].due)
        with clock.frozen(self.now):
            self._advance(bpmn.TimerDue(ready[0].token))
        return True

    # steps

    def _step(self, step: Mapping[str, Any]) -> None:
        acts = [act for act in ACTS if act in step]
        if "waits_at" in step:
            waiting = Counter(task.element for task in self._open(bpmn.UserTask))
            if waiting != Counter(step["waits_at"]):
                raise _Stop(f"wartet an {sorted(waiting.elements())}, nicht an {sorted(step['waits_at'])}{self._resting()}")
        if acts:
            getattr(self, f"_do_{acts[0]}")(step, plain(step.get("variables", {})))
            self._settle()

    def _resting(self) -> str:
        resting = [f"{job.element} ({job.type})" for job in self._open(bpmn.Job)]
        broken = [f"{incident.element}: {incident.message}" for incident in self._open(bpmn.Incident)]
        return (f"; ohne Antwort: {', '.join(resting)}" if resting else "") + (
            f"; Störung an {'; '.join(broken)}" if broken else ""
        )

    def _one(self, kind: type, element: str, item: int | None = None) -> Any:
        found = [wait for wait in self._open(kind) if wait.element == element]
        if item is not None:
            assert self.outcome is not None  # it has been started
            items = bpmn.items(self.subject.spec, self.outcome.snapshot)
            found = [wait for wait in found if items.get(wait.token) == item]
        if not found:
            raise _Stop(f"„{element}“ ist nicht offen{self._resting()}")
        return min(found, key=lambda wait: int(wait.token))

    def _do_complete(self, step: Mapping[str, Any], variables: Any) -> None:
        task = self._one(bpmn.UserTask, step["complete"], step.get("item"))
        schema = self.subject.forms.get(task.form or "")
        if schema is not None and not step.get("raw"):
            assert self.outcome is not None  # a task is open
            context = bpmn.variables(self.subject.spec, self.outcome.snapshot, task.token)
            try:
                variables = validate(parsed_form(schema), feel.to_json(variables), context)
            except Invalid as invalid:
                raise _Stop(
                    f"das Formular lehnt ab: {'; '.join(f'{c.pointer}: {c.message}' for c in invalid.causes)}"
                ) from invalid
        self._advance(bpmn.TaskCompleted(task.token, variables))

    def _do_job(self, step: Mapping[str, Any], variables: Any) -> None:
        self._finish(self._one(bpmn.Job, step["job"], step.get("item")), variables)

    def _do_error(self, step: Mapping[str, Any], variables: Any) -> None:
        error = step["error"]
        job = self._one(bpmn.Job, error.get("job", ""), step.get("item"))
        self._advance(bpmn.ErrorThrown(job.token, error.get("code", ""), error.get("message", ""), variables))

    def _do_fail(self, step: Mapping[str, Any], variables: Any) -> None:
        job = self._one(bpmn.Job, step["fail"], step.get("item"))
        self._advance(bpmn.JobFailed(job.token, "im Szenario gescheitert"))

    def _do_message(self, step: Mapping[str, Any], variables: Any) -> None:
        message = step["message"]
        expires, id = self._later(message["ttl"]) if "ttl" in message else None, message.get("id")
        key = str(message.get("key", ""))
        self.mail.send(message.get("name", ""), key, variables, expires, None if id is None else str(id))

    def _do_signal(self, step: Mapping[str, Any], variables: Any) -> None:
        try:
            self._advance(bpmn.SignalIn(step["signal"], variables))
        except bpmn.Misdirected:
            return  # a signal nobody waits for is no error

    def _do_advance(self, step: Mapping[str, Any], variables: Any) -> None:
        until = self._later(step["advance"])
        while self._answer_job() or self._deliver() or self._fire(until):
            pass
        self.now = until

    def _later(self, text: str) -> dt.datetime:
        try:
            return due("duration", text, self.now)
        except NotATime as exc:
            raise _Stop(str(exc)) from exc

    # comparing

    def compare(self, expect: Mapping[str, Any]) -> Iterable[str]:
        """What is not as expected."""
        assert self.outcome is not None  # play() has run
        state = self.outcome.state
        if "state" in expect and state != expect["state"]:
            yield f"der Zustand ist {state}, nicht {expect['state']}{self._resting()}"
        if "ends" in expect and self.ends != set(expect["ends"]):
            yield f"erreichte Enden: {sorted(self.ends)}, nicht {sorted(expect['ends'])}"
        for element in expect.get("passed", []):
            if element not in self.passed:
                yield f"„{element}“ wurde nicht durchlaufen"
        for element in expect.get("not_passed", []):
            if element in self.passed:
                yield f"„{element}“ wurde durchlaufen"
        for name, value in expect.get("variables", {}).items():
            actual = _inside(self.outcome.variables, name)
            if not same(actual, plain(value)):
                yield f"{name} ist {feel.to_text(actual)}, nicht {feel.to_text(plain(value))}"


def _inside(variables: Mapping[str, Any], path: str) -> Any:
    """A variable by its name, or with dots a value inside it."""
    value: Any = variables
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def same(actual: Any, expected: Any) -> bool:
    """Equal as values, or as JSON would write them (a date and its ISO text)."""
    if type(actual) is bool or type(expected) is bool:
        return actual is expected
    return bool(actual == expected) or bool(feel.to_json(actual) == feel.to_json(expected))
