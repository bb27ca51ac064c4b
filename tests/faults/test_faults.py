"""The short form of `make faults`: on each database its share of the faults, by a fixed seed; nothing lost, nothing twice."""

from __future__ import annotations

import pytest

from tests.faults import table
from tests.faults.run import run

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

SEED = 7


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_whatever_fails_nothing_is_lost_and_nothing_happens_twice(dialect: str) -> None:
    result = run(dialect, SEED, short=True)
    text = table.of([result])
    assert not result.found.breaches, text
    assert result.found.counts["applications"] > 0, "the run has shown nothing"
    assert result.found.counts["completions"] > 0, "the run has shown nothing"
    assert result.found.counts["effects: entry"] > 0, "the run has shown nothing"
    assert all(seconds <= 30 for seconds in result.recovered.kills), text
    assert all(seconds <= 60 for seconds in result.recovered.redis), text
