"""An app with one municipality in it, on the database the test runs on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.base import db
from engine.base.db import Installation
from engine.base.rights import SYSTEM
from engine.step import use_doorbell
from engine.verbs.design import deploy_bundle
from engine.verbs.kommune import make_kommune
from engine.verbs.konten import add_konto, new_token
from engine.verbs.operate import change_setting, verify
from tests.engine.cases import POSTEINGANG, PROBE, TYPES, WARTET, Bell, bundle
from tests.patterns import Patterns
from tests.web.site import HASH, PEOPLE, SLUG, Site, app_of
from web.redis import EmbeddedRedis
from web.settings import Settings


def furnish() -> dict[str, str]:
    """A municipality with a post room, two Leistungen and four people; gives their tokens."""
    make_kommune(SLUG, "Kreis Nordfriesland", "Kreis", "SH", ["127.0.0.0/8"], stellen=["100001"])
    tokens = {}
    with db.namespace(SLUG):
        for key, short, diagram in (("posteingang", "PE", POSTEINGANG), ("probe", "PR", PROBE), ("wartet", "WA", WARTET)):
            deploy_bundle(bundle(diagram, key, short), TYPES, by=SYSTEM)
        for login, roles in PEOPLE.items():
            add_konto(login, login.title(), f"{login}@example.org", roles, password=HASH, by=SYSTEM)
            tokens[login] = new_token(login, by=SYSTEM)
        change_setting("antrag.absender", ["127.0.0.0/8"], by=SYSTEM)
    return tokens


@pytest.fixture
def settings(installation: Installation) -> Settings:
    return Settings(home=installation.home, database=installation.database, secret=installation.secret, plain_http=True)


@pytest.fixture
def tokens(installation: Installation, patterns: Patterns) -> dict[str, str]:
    """The furnished municipality; gives the tokens of its people. The test itself is in no namespace."""
    return patterns.settle(furnish)


@pytest.fixture
def site(tokens: dict[str, str], settings: Settings) -> Iterator[Site]:
    """The app of the furnished municipality; what a test did is verified at the end."""
    site = Site(app_of(settings), Bell(), tokens)
    use_doorbell(site.bell)
    yield site
    with db.namespace(SLUG):
        assert verify() == []


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A Redis of the test's own that answers."""
    made = EmbeddedRedis(tmp_path)
    made.ensure()
    yield made
    made.stop()
