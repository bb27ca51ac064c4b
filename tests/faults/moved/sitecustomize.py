"""On the path of every process under test: the house's one clock is moved by the seconds that stand in a file, and there is
one connector more than the house has (`tests.faults.druckerei`).
"""

from __future__ import annotations

import datetime as dt
import importlib.abc
import importlib.util
import os
import sys
import time
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_FILE = os.environ.get("FAULTS_CLOCK", "")
_READ_EVERY_S = 0.1
_last = [0.0, 0.0]


def _offset() -> float:
    now = time.monotonic()
    if now - _last[0] > _READ_EVERY_S:
        _last[0] = now
        try:
            with open(_FILE, encoding="ascii") as file:
                _last[1] = float(file.read() or 0)
        except (OSError, ValueError):
            pass
    return _last[1]


def _moved() -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=_offset())


class _OneMore(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Adds the print shop when the connectors are imported, and costs nothing where they are not."""

    _real: Any = None

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != "connectors":
            return None
        sys.meta_path.remove(self)
        found = importlib.util.find_spec(name)
        assert found is not None
        self._real, found.loader = found.loader, self
        return found

    def exec_module(self, module: Any) -> None:
        self._real.exec_module(module)
        from tests.faults.druckerei import CONNECTOR

        module.CONNECTORS = (*module.CONNECTORS, CONNECTOR)


if _FILE:
    try:
        from engine.base import clock
    except ImportError:
        pass  # a Python that is not ours
    else:
        clock.now = _moved
        sys.meta_path.insert(0, _OneMore())
