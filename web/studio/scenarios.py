"""The scenarios of a version: run a few at a time, with what they reached so far carried along by the page."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from flask import render_template, request

from engine import reads
from engine.verbs.rehearse import name_of, nodes_of, run_bundle, scenarios_of
from engine.verbs.scenario import Result
from web.studio.blueprint import studio

SLICE_S, WHOLE_S = 1.5, 10.0
"""How long one request runs scenarios: a slice where the page asks for the next by itself, else all of it at once."""
MAX_REACHED = 20_000
WHOLE, PART = "studio_szenarien.html", "studio_szenarien_teil.html"


@dataclass
class Run:
    """How far it got. `reached` has a bit for every flow node, in the order of the diagram."""

    at: int = 0
    passed: int = 0
    reached: int = 0
    results: dict[int, Result] = field(default_factory=dict)


@studio.get("/fassungen/<id:version_id>/szenarien")
def show_scenarios(version_id: str) -> str:
    """The scenarios of a version."""
    return _page(version_id, None, WHOLE)


@studio.post("/fassungen/<id:version_id>/szenarien")
def run_scenarios(version_id: str) -> str:
    """Run scenarios until the time is up; the answer says how far it got, and goes on from there."""
    in_slices = request.headers.get("HX-Request") == "true"
    bundle = reads.bundle_of(version_id)
    scenarios, nodes = scenarios_of(bundle), nodes_of(bundle)
    run = Run(_number("ab", len(scenarios)), _number("gut", len(scenarios)), _reached(len(nodes)))
    end = time.monotonic() + (SLICE_S if in_slices else WHOLE_S)
    while run.at < len(scenarios) and (time.monotonic() < end):
        report = run_bundle(bundle, [scenarios[run.at]])
        [result] = report.scenarios
        run.results[run.at] = result
        run.passed += result.passed
        covered = set(report.covered)
        run.reached |= sum(1 << bit for bit, node in enumerate(nodes) if node in covered)
        run.at += 1
    return _page(version_id, run, PART if in_slices else WHOLE)


def _page(version_id: str, run: Run | None, template: str) -> str:
    bundle = reads.bundle_of(version_id)
    nodes = nodes_of(bundle)
    names = {node.id: node for process in reads.processes(bundle) for node in reads.elements(bundle, process.id)}
    missed = [] if run is None else [names[node] for bit, node in enumerate(nodes) if not run.reached >> bit & 1]
    return render_template(
        template,
        version=reads.get_version(version_id),
        scenarios=[name_of(stem, content) for stem, content in scenarios_of(bundle)],
        run=run,
        nodes=len(nodes),
        missed=missed,
        reached=f"{run.reached:x}" if run else "",
        partial=template != WHOLE,
    )


def _number(name: str, most: int) -> int:
    text = request.form.get(name, "0")
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _reached(nodes: int) -> int:
    """The bits a page has carried along; what is none of ours counts for nothing."""
    text = request.form.get("erreicht", "")
    if len(text) > MAX_REACHED or not text.isascii() or not text.isalnum():
        return 0
    try:
        return int(text, 16) & ((1 << nodes) - 1)
    except ValueError:
        return 0
