"""A scenario file: what may stand in it, checked before anything is played, so that a slip never looks like success."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

ACTS = ("complete", "job", "error", "fail", "message", "signal", "advance")
Shape = Mapping[str, type | tuple[type, ...]]
TOP: Shape = {
    "name": str, "process": str, "start": str, "at": dt.datetime, "variables": dict, "jobs": dict, "step": list, "expect": dict,
}  # fmt: skip
STEP: Shape = {
    "waits_at": list, "complete": str, "job": str, "error": dict, "fail": str, "message": dict, "signal": str, "advance": str,
    "variables": dict, "item": int, "raw": bool,
}  # fmt: skip
ERROR: Shape = {"job": str, "code": str, "message": str}
MESSAGE: Shape = {"name": str, "key": (str, int, Decimal), "id": (str, int), "ttl": str}
EXPECT: Shape = {"state": str, "ends": list, "passed": list, "not_passed": list, "variables": dict}
NOT_SO: Mapping[type, str] = {
    str: "kein Text", int: "keine Zahl", dict: "keine Tabelle", list: "keine Liste", bool: "weder true noch false",
    dt.datetime: "kein Zeitpunkt mit Zeitzone",
}  # fmt: skip


class Unreadable(Exception):
    """The scenario cannot be played; each sentence says why."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def read(content: bytes) -> dict[str, Any]:
    """A scenario as it stands in its file.

    Raises:
        Unreadable: it is no TOML, or says something that means nothing here.
    """
    try:
        scenario = tomllib.loads(content.decode("utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise Unreadable(f"das Szenario ist nicht lesbar: {exc}") from exc
    reasons = tuple(_faults(scenario))
    if reasons:
        raise Unreadable(*reasons)
    return scenario


def _faults(scenario: Mapping[str, Any]) -> Iterator[str]:
    yield from _misfits(scenario, TOP, "")
    if isinstance(scenario.get("at"), dt.datetime) and scenario["at"].tzinfo is None:
        yield "„at“ ist kein Zeitpunkt mit Zeitzone"
    jobs, steps = scenario.get("jobs"), scenario.get("step")
    for type, answer in jobs.items() if isinstance(jobs, dict) else ():
        if not isinstance(answer, dict):
            yield f"„jobs.{type}“ ist keine Tabelle"
    for number, step in enumerate(steps if isinstance(steps, list) else (), 1):
        yield from _step_faults(step, f"Schritt {number}: ")
    if isinstance(scenario.get("expect"), dict):
        yield from _misfits(scenario["expect"], EXPECT, "expect: ")


def _step_faults(step: Any, where: str) -> Iterator[str]:
    if not isinstance(step, dict):
        yield f"{where}keine Tabelle; gemeint ist [[step]]"
        return
    yield from _misfits(step, STEP, where)
    acts = [act for act in ACTS if act in step]
    if len(acts) > 1:
        yield f"{where}mehrdeutig: {', '.join(acts)}"
    for name, shape in (("error", ERROR), ("message", MESSAGE)):
        if isinstance(step.get(name), dict):
            yield from _misfits(step[name], shape, f"{where}{name}: ")


def _misfits(table: Mapping[str, Any], shape: Shape, where: str) -> Iterator[str]:
    for name, value in table.items():
        wanted = shape.get(name)
        if wanted is None:
            yield f"{where}„{name}“ ist unbekannt; möglich sind {', '.join(shape)}"
        elif not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            first = wanted[0] if isinstance(wanted, tuple) else wanted
            yield f"{where}„{name}“ ist {NOT_SO[first]}"
