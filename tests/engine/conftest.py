"""A municipality with Leistungen to work on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.base.rights import SYSTEM
from engine.step import use_courier, use_doorbell
from engine.verbs.courier import carry
from engine.verbs.design import deploy_bundle
from engine.verbs.konten import add_konto
from engine.verbs.operate import verify
from tests.engine.cases import ANNA, BERTA, POSTEINGANG, PROBE, TYPES, WARTET, Bell, bundle


@pytest.fixture
def bell() -> Bell:
    """What was rung."""
    bell = Bell()
    use_doorbell(bell)
    return bell


@pytest.fixture
def courier() -> Iterator[None]:
    """What is thrown is delivered right after the commit, as in a running installation."""
    use_courier(carry)
    yield
    use_courier(lambda: None)


@pytest.fixture
def amt(kommune: str, bell: Bell) -> Iterator[str]:
    """A municipality with a post room and two Leistungen; verified at the end."""
    for key, short, diagram in (("posteingang", "PE", POSTEINGANG), ("probe", "PR", PROBE), ("wartet", "WA", WARTET)):
        deploy_bundle(bundle(diagram, key, short), TYPES, by=SYSTEM)
    for konto in (ANNA, BERTA):
        add_konto(konto.login, konto.name, f"{konto.login}@example.org", konto.roles, by=SYSTEM)
    yield kommune
    assert verify() == []
