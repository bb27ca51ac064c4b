"""Each municipality has a key of its own: made at birth, wrapped in the registry, used for what is sealed, gone with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.base import db
from engine.base.db import Installation
from engine.base.errors import Invalid
from engine.base.rights import SYSTEM
from engine.base.seal import new_key, seal, unseal
from engine.model import einstellung, zentrale
from engine.reads import inventory, setting
from engine.verbs.backup import back_up
from engine.verbs.kommune import make_kommune
from engine.verbs.operate import change_setting
from engine.verbs.removal import remove_kommune
from engine.verbs.restore import restore
from engine.verbs.secret import rewrap
from tests.conftest import SECRET
from tests.engine.saved import SQLITE

K = zentrale.KOMMUNE
GEHEIM = {"url": "https://example.org", "schluessel": "streng geheim"}


def stored(slug: str) -> str:
    """A setting as it lies in the database of a municipality."""
    with db.namespace(slug), db.reading() as tx:
        return str(tx.scalar(sa.select(einstellung.T.c.value).where(einstellung.T.c.key == "konnektor.demo")))


@pytest.fixture
def two(kommune: str) -> tuple[str, str]:
    """Two municipalities with the same setting."""
    make_kommune("husum", "Stadt Husum", "Stadt", "SH")
    for slug in (kommune, "husum"):
        with db.namespace(slug):
            change_setting("konnektor.demo", GEHEIM, by=SYSTEM)
    return kommune, "husum"


def test_what_one_has_sealed_the_other_cannot_open(two: tuple[str, str]) -> None:
    one, other = two
    taken = stored(one)
    assert "geheim" not in taken
    with pytest.raises(Invalid):
        unseal(taken, SECRET)
    with db.namespace(other):
        with db.transaction() as tx:
            tx.execute(sa.update(einstellung.T).values(value=taken))
        with pytest.raises(Invalid, match="Schlüssel der Kommune ist ein anderer"):
            setting("konnektor.demo")
    with db.namespace(one):
        assert setting("konnektor.demo") == GEHEIM


def test_keys_lie_wrapped_in_the_registry_and_nowhere_else(two: tuple[str, str], installation: Installation) -> None:
    with db.zentrale_reading() as tx:
        wrapped = tx.scalars(sa.select(K.c.key))
    keys = [unseal(one, SECRET) for one in wrapped]
    assert len(set(keys)) == 2
    for path in installation.home.rglob("*"):
        if path.is_file():
            assert not any(key.encode() in path.read_bytes() for key in keys), path


@SQLITE
def test_with_another_secret_nothing_opens(two: tuple[str, str], installation: Installation) -> None:
    db.configure(replace(installation, secret="ein anderes"))
    with db.namespace(two[0]):
        assert inventory().key is False
        with pytest.raises(Invalid, match="AMTSWEG_SECRET"):
            setting("konnektor.demo")


def test_the_key_goes_along_in_a_backup_wrapped_and_ends_with_the_municipality(two: tuple[str, str], tmp_path: Path) -> None:
    one, other = two
    with db.namespace(one):
        back_up(tmp_path / "x", by=SYSTEM)
    place = db.engines().place(one)
    assert unseal(place.key, SECRET).encode() not in (tmp_path / "x").read_bytes()
    remove_kommune(one, confirm=one, export=None)
    with db.zentrale_reading() as tx:
        assert tx.scalars(sa.select(K.c.slug)) == [other]
    assert restore(tmp_path / "x", "anders").kommune.slug == "anders"
    with db.namespace("anders"):
        assert setting("konnektor.demo") == GEHEIM
    assert unseal(db.engines().place("anders").key, SECRET) == unseal(place.key, SECRET)


# --- another secret --------------------------------------------------------------------------------------------------


def test_the_secret_can_be_changed_and_the_data_is_not_touched(two: tuple[str, str], installation: Installation) -> None:
    before = stored(two[0])
    assert rewrap("das neue Geheimnis") == 2
    assert rewrap("das nächste") == 2
    db.configure(replace(installation, secret="das nächste"))
    assert stored(two[0]) == before
    for slug in two:
        with db.namespace(slug):
            assert (setting("konnektor.demo"), inventory().key) == (GEHEIM, True)
    db.configure(installation)
    with pytest.raises(Invalid, match="AMTSWEG_SECRET"), db.namespace(two[0]):
        setting("konnektor.demo")


@SQLITE
def test_the_same_change_again_changes_nothing(two: tuple[str, str], installation: Installation) -> None:
    rewrap("das neue Geheimnis")
    db.configure(installation)
    assert rewrap("das neue Geheimnis") == 0
    for useless in ("", SECRET):
        db.configure(installation)
        with pytest.raises(Invalid, match="AMTSWEG_SECRET_NEW"):
            rewrap(useless)


@SQLITE
def test_what_opens_with_neither_secret_leaves_all_as_it_was(two: tuple[str, str]) -> None:
    with db.zentrale() as tx:
        tx.execute(sa.update(K).where(K.c.slug == two[1]).values(key=seal("x", "ein drittes")))
        before = tx.scalars(sa.select(K.c.key).order_by(K.c.slug))
    with pytest.raises(Invalid):
        rewrap("das neue Geheimnis")
    with db.zentrale_reading() as tx:
        assert tx.scalars(sa.select(K.c.key).order_by(K.c.slug)) == before


def test_a_key_needs_a_secret() -> None:
    with pytest.raises(Invalid, match="AMTSWEG_SECRET fehlt"):
        new_key("")
