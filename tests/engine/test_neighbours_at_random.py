"""Who sees and does what across municipalities is what the model says: random operations of three municipalities, compared."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import settings

from engine.base import clock, db
from engine.base.db import Installation
from engine.verbs.cooperate import neighbours, use_neighbours
from engine.verbs.operate import verify
from tests.engine.cases import Bell
from tests.engine.neighbour_origins import BEGIN
from tests.engine.neighbour_world import World
from tests.engine.neighbours import TOWNS, ThroughJson, three_towns
from tests.patterns import Patterns


@pytest.fixture
def towns(installation: Installation, patterns: Patterns, bell: Bell) -> Iterator[None]:
    """Three municipalities and the way between them; all verified at the end."""
    before = neighbours()
    patterns.settle(three_towns)
    use_neighbours(ThroughJson())
    try:
        with clock.frozen(BEGIN):
            yield
    finally:
        use_neighbours(before)
    for slug in TOWNS:
        with db.namespace(slug):
            assert verify() == []


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_random_operations_of_three_municipalities_show_and_do_what_the_model_says(
    towns: None, request: pytest.FixtureRequest
) -> None:
    """400 operations in a CI run, 20,000 in `make fuzz`."""
    seed = request.config.getoption("--hypothesis-seed")
    World(Random(f"neighbours {seed}")).run(4 * settings().max_examples)
