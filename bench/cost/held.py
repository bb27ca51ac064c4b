"""What an instance takes: memory while it is held in this process, and bytes in the database while it waits (1 KB variables).

Held means loaded with every token made and every variable decoded: more than a step holds. Stored means all of it: rows and
indices of every table, the receipt of the application and the words by which it is found, divided by the instances.

python -m bench.cost held
"""

from __future__ import annotations

import datetime as dt
import gc
import sqlite3
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

from bench._diagrams import fifteen_nodes
from bench._measure import Figure
from bench._sizes import KINDS, SIZES, form_data, variables
from bench._town import apply_with, database_of, town
from engine import bpmn
from engine.bpmn import snapshot as snapshots

HELD, KIB, STORED, BYTES = 2000, 30.0, 3000, 15_000
NOW = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def measure() -> Iterator[Figure]:
    """Both kinds of values."""
    for kind in KINDS:
        yield Figure(f"{kind} 1 KB: Speicher je gehaltener Instanz", _held(kind), KIB, None, " KiB")
    for kind in KINDS:
        yield Figure(f"{kind} 1 KB: Bytes je wartender Instanz in der Datenbank", _stored(kind), BYTES, None, " B")


def _held(kind: str) -> float:
    spec = bpmn.parse({"p.bpmn": fifteen_nodes(feel=True)})
    outcome = bpmn.start(spec, "p", variables(kind, SIZES["1 KB"]), NOW)
    contents = [bytes(bytearray(outcome.snapshot)) for _ in range(HELD)]  # each its own bytes
    gc.collect()
    tracemalloc.start()
    machines = []
    for content in contents:
        machine = snapshots.load(spec, content, NOW)
        for token in machine.tasks.values():
            dict(machine.scopes.get(token.id, {}))
        machines.append(machine)
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (size / len(machines) + len(outcome.snapshot)) / 1024


def _stored(kind: str) -> float:
    fields = form_data(kind, SIZES["1 KB"])
    with town(fifteen_nodes(feel=True)) as folder:
        for _ in range(STORED // 10):
            apply_with(fields)
        before = _size(folder)
        for _ in range(STORED):
            apply_with(fields)
        return (_size(folder) - before) / STORED


def _size(folder: Path) -> int:
    """Bytes of the database with all that was written."""
    file = database_of(folder)
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()
    return file.stat().st_size
