"""A municipality with real processes around it, for tests that kill some of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.base.db import Installation
from engine.verbs.operate import verify
from tests.integration.town import Town, outside
from web.redis import EmbeddedRedis


@pytest.fixture
def town(request: pytest.FixtureRequest, installation: Installation, kommune: str, tmp_path: Path) -> Iterator[Town]:
    """The municipality, verified at the end; then all processes are gone. A parameter says how the outside misbehaves."""
    redis = EmbeddedRedis(installation.home)
    redis.ensure()
    with contextmanager(outside)(tmp_path, getattr(request, "param", {})) as (konto_url, register_url):
        town = Town(installation, tmp_path, konto_url, register_url, redis)
        try:
            town.furnish()
            yield town
            assert verify() == []
        finally:
            for process in town.running:
                process.kill()
                process.wait()
            redis.stop()
