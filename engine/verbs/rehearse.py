"""Rehearse: the scenarios of a stored version, a few at a time, so that nobody waits long for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import PurePosixPath

from engine.model.bundle import Bundle
from engine.verbs.scenario import Report, Subject, run
from engine.verbs.scenario_file import Unreadable, read

MAX_EVENTS = 2_000
"""How often a scenario may move its process on where others wait meanwhile: some seconds."""


def scenarios_of(bundle: Bundle) -> list[tuple[str, bytes]]:
    """The scenarios that lie in a bundle, by the name of their file."""
    paths = {PurePosixPath(name): content for name, content in bundle.files.items()}
    return [(path.stem, paths[path]) for path in sorted(paths) if path.match("scenarios/*.toml") and len(path.parts) == 2]


def name_of(stem: str, content: bytes) -> str:
    """The sentence a scenario is called by, or its file's name if it cannot be read."""
    try:
        return str(read(content).get("name", stem))
    except Unreadable:
        return stem


def nodes_of(bundle: Bundle) -> tuple[str, ...]:
    """The flow nodes that the scenarios of a bundle should reach together: those of the processes they play."""
    played = set()
    for _, content in scenarios_of(bundle):
        with suppress(Unreadable):
            played.add(read(content).get("process") or bundle.process)
    compiled = bundle.spec.compiled
    return tuple(id for process in compiled if process in played for id in compiled[process].process.elements)


def run_bundle(bundle: Bundle, scenarios: Iterable[tuple[str, bytes]]) -> Report:
    """Run some scenarios of a version."""
    return run(Subject(bundle.spec, bundle.process, bundle.forms, bundle.parameters, MAX_EVENTS), scenarios)
