"""A municipality with Leistungen to work on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.base import db
from engine.base.db import Installation
from engine.base.rights import SYSTEM
from engine.step import use_courier, use_doorbell
from engine.verbs import kommune as namespaces
from engine.verbs.backup import back_up
from engine.verbs.cooperate import neighbours, use_neighbours
from engine.verbs.courier import carry
from engine.verbs.design import deploy_bundle
from engine.verbs.konten import add_konto
from engine.verbs.operate import change_setting, verify
from engine.verbs.operator import make_operator, operator
from tests.conftest import nordfriesland
from tests.engine.cases import ANNA, BERTA, POSTEINGANG, PROBE, TYPES, WARTET, Bell, Twin, Upload, bundle, push, work_all
from tests.engine.saved import CONTENT
from tests.patterns import Patterns


@pytest.fixture
def bell() -> Bell:
    """What was rung."""
    bell = Bell()
    use_doorbell(bell)
    return bell


@pytest.fixture
def courier() -> None:
    """What is thrown is delivered right after the commit, as in a running installation."""
    use_courier(carry)


def at_work() -> str:
    """Make a municipality with a post room, two Leistungen and two clerks; gives its slug."""
    slug = nordfriesland()
    with db.namespace(slug):
        for key, short, diagram in (("posteingang", "PE", POSTEINGANG), ("probe", "PR", PROBE), ("wartet", "WA", WARTET)):
            deploy_bundle(bundle(diagram, key, short), TYPES, by=SYSTEM)
        for konto in (ANNA, BERTA):
            add_konto(konto.login, konto.name, f"{konto.login}@example.org", konto.roles, by=SYSTEM)
    return slug


@pytest.fixture
def amt(installation: Installation, patterns: Patterns, bell: Bell) -> Iterator[str]:
    """A municipality with a post room and two Leistungen; verified at the end."""
    slug = patterns.settle(at_work)
    with db.namespace(slug):
        yield slug
        assert verify() == []


def husum_and_its_kreis() -> None:
    """Make two municipalities, Husum and the Kreis it lies in, and the operator."""
    make_operator()
    for slug, name, kind, unit in (("husum", "Stadt Husum", "Stadt", "200002"), ("kreis", "Nordfriesland", "Kreis", "100001")):
        namespaces.make_kommune(slug, name, kind, "SH", stellen=[unit])
        with db.namespace(slug):
            for key, short, diagram in (("posteingang", "PE", POSTEINGANG), ("probe", "PR", PROBE)):
                deploy_bundle(bundle(diagram, key, short), TYPES, by=SYSTEM)


@pytest.fixture
def land(installation: Installation, patterns: Patterns, bell: Bell) -> Iterator[None]:
    """Two municipalities and the operator; all verified at the end."""
    patterns.settle(husum_and_its_kreis)
    yield
    for slug in [one.slug for one in namespaces.list_kommunen() if one.state == "bereit"]:
        with db.namespace(slug):
            assert verify() == []
    with operator():
        assert verify() == []


# --- backups -------------------------------------------------------------------------------------------------------


@pytest.fixture
def lived(amt: str, bell: Bell) -> str:
    """A municipality with cases, one that waits for a clerk, one for the outside, a document and a setting with a secret."""
    push(files=[Upload("a.txt", "text/plain", CONTENT)], nr="1")
    work_all(bell, Twin())
    push(nr="2")
    change_setting("konnektor.demo", {"url": "https://example.org", "schluessel": "geheim"}, by=SYSTEM)
    return amt


@pytest.fixture
def file(lived: str, tmp_path: Path) -> Path:
    """Its backup."""
    target = tmp_path / "sicherung.amtsweg"
    back_up(target, by=SYSTEM)
    return target


@pytest.fixture
def nothing_left(amt: str) -> Iterator[None]:
    """After a refusal there is one municipality, as before, and no folder of another."""
    yield
    assert [one.slug for one in namespaces.list_kommunen()] == ["nordfriesland"]
    assert not db.current_installation().folder("husum").exists()


# --- neighbours ----------------------------------------------------------------------------------------------------


@pytest.fixture
def way(installation: Installation, patterns: Patterns, bell: Bell) -> Iterator[Any]:
    """Three municipalities and the way between them; all verified at the end."""
    from tests.engine.neighbours import TOWNS, ThroughJson, three_towns

    patterns.settle(three_towns)
    way, before = ThroughJson(), neighbours()
    use_neighbours(way)
    try:
        yield way
    finally:
        use_neighbours(before)
    for slug in TOWNS:
        if namespaces.show_kommune(slug).state == "bereit":
            with db.namespace(slug):
                assert verify() == []
