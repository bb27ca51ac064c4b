"""BPMN, pure: diagram text → Spec → start/advance → Outcome. Knows no database, no clock, no network.

    spec = parse({"a.bpmn": b"…"})                     read, checked, compiled once; shared
    outcome = start(spec, "a", {"x": 1}, now)          a snapshot (bytes) and what the instance now waits for
    outcome = advance(spec, outcome.snapshot, TaskCompleted("3", {"ok": True}), now)

reader and checks turn XML into `diagram` values and findings; spec compiles them into SpiffWorkflow TaskSpecs (`nodes`), which
the `machine` moves tokens through; `scopes` hold the variables, `snapshot` and `codec` turn an instance into bytes and back.
The only importer of SpiffWorkflow.
"""

from __future__ import annotations

from engine.bpmn.labels import Label, as_text, drawn, labels
from engine.bpmn.run import active_elements, advance, items, running_loops, start, tokens_so_far, variables, waits
from engine.bpmn.schemas import dmn_findings
from engine.bpmn.snapshot import Damaged
from engine.bpmn.spec import Spec, inspect, parse, readable
from engine.bpmn.values import (
    LONGEST_NAME,
    STATUSES,
    Calculated,
    Change,
    Decided,
    ErrorThrown,
    Event,
    Expected,
    Happened,
    Incident,
    Job,
    JobFailed,
    JobFinished,
    MessageIn,
    Misdirected,
    Outcome,
    Retry,
    SignalIn,
    StartAt,
    TaskCompleted,
    Terminate,
    Thrown,
    Timer,
    TimerDue,
    UserTask,
    Wait,
)

__all__ = [
    "LONGEST_NAME",
    "STATUSES",
    "Calculated",
    "Change",
    "Damaged",
    "Decided",
    "ErrorThrown",
    "Event",
    "Expected",
    "Happened",
    "Incident",
    "Job",
    "JobFailed",
    "JobFinished",
    "Label",
    "MessageIn",
    "Misdirected",
    "Outcome",
    "Retry",
    "SignalIn",
    "Spec",
    "StartAt",
    "TaskCompleted",
    "Terminate",
    "Thrown",
    "Timer",
    "TimerDue",
    "UserTask",
    "Wait",
    "active_elements",
    "advance",
    "as_text",
    "dmn_findings",
    "drawn",
    "inspect",
    "items",
    "labels",
    "parse",
    "readable",
    "running_loops",
    "start",
    "tokens_so_far",
    "variables",
    "waits",
]
