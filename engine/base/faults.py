"""Named points at which tests may kill the process, to show that nothing is lost there. Unarmed, they do nothing."""

from __future__ import annotations

import os
import signal

POINTS = frozenset(
    {
        "intake.before_commit",
        "intake.after_commit",
        "central.before_commit",
        "central.after_commit",
        "central.handed_over",
        "work.before_claim",
        "work.after_claim",
        "work.before_send",
        "work.after_call",
        "work.before_save",
        "work.after_finish",
        "step.before_commit",
        "step.after_commit",
        "worker.before_ack",
        "worker.after_ack",
        "due.before_fire",
        "due.after_fire",
        "courier.before_delivery",
        "courier.between_receivers",
        "start.before_commit",
        "start.after_commit",
        "backup.before_rename",
        "restore.before_rows",
        "restore.after_rows",
        "making.after_row",
        "making.after_database",
        "making.after_tables",
        "making.after_furnish",
        "making.after_ready",
        "removal.after_lock",
        "removal.after_export",
        "removal.after_database",
        "removal.before_row",
        "retention.before_commit",
        "retention.after_commit",
        "retention.after_files",
    }
)

_armed: set[str] = set()


def arm(point: str) -> None:
    """Kill this process when it reaches a point; an empty name disarms."""
    if point and point not in POINTS:
        raise ValueError(f"no such point: {point}; there are {', '.join(sorted(POINTS))}")
    _armed.clear()
    _armed.add(point)


def point(name: str) -> None:
    """A named point."""
    if name in _armed:
        os.kill(os.getpid(), signal.SIGKILL)
