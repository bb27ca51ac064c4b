"""A fleet is upgraded: one after the other and some at once, killed and begun again, while old and new code are at work."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from engine import migrations
from engine.base import databases, db
from engine.base.db import Installation
from engine.base.errors import Unavailable
from engine.base.rights import SYSTEM
from engine.model import stelle
from engine.step import use_doorbell
from engine.verbs import kommune as kommune_verbs
from engine.verbs.design import deploy_bundle
from engine.verbs.kommune import Upgraded, make_kommune, prepare, show_kommune, upgrade
from engine.verbs.operate import verify
from tests.engine.cases import POSTEINGANG, TYPES, Bell, bundle, push

Pending = Callable[[str], None]
Start = Callable[[Callable[[], object]], Callable[[], int]]

sqlite = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
TABLE = "op.create_table('novelty', sa.Column('id', sa.Integer, primary_key=True))"
EXPANDING = "; ".join(
    (
        TABLE,
        "op.add_column('stelle', sa.Column('may_be_empty', sa.String(10)))",
        "op.add_column('vorgang', sa.Column('has_a_default', sa.String(10), nullable=False, server_default='ja'))",
        "op.create_index('ix_novelty', 'stelle', ['name'])",
    )
)


def revision_of(slug: str) -> str | None:
    with db.namespace_in_any_state(slug), db.reading() as tx:
        return migrations.current(tx.connection)


def begin_anew() -> None:
    """What a process knows when it has just been started."""
    installation = db.current_installation()
    db.close()
    db.configure(installation)
    prepare()


@sqlite
def test_killed_in_the_middle_and_run_again_it_goes_on_with_those_not_done(
    installation: Installation, start: Start, pending: Pending
) -> None:
    for slug in ("aachen", "bonn", "celle"):
        make_kommune(slug, slug.title(), "Stadt", "NW")
    pending(TABLE)
    db.close()
    db.configure(installation)

    def killed() -> None:
        upgrade(parallel=1, on_done=lambda done, _: os.kill(os.getpid(), signal.SIGKILL))

    assert start(killed)() == -signal.SIGKILL
    done = [slug for slug in ("aachen", "bonn", "celle") if revision_of(slug) == "9999"]
    assert "aachen" in done
    again = upgrade()
    assert [one.slug for one in again if not one.changed] == done
    assert not any(one.problem for one in again)
    assert {revision_of(one.slug) for one in again} == {"9999"}


def test_killed_inside_a_migration_nothing_of_it_is_left_and_the_next_run_does_it(
    kommune: str, start: Start, pending: Pending
) -> None:
    pending(f"{TABLE}; import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert start(upgrade)() == -signal.SIGKILL
    before = revision_of(kommune)
    assert before != "9999"
    pending(TABLE)
    assert upgrade() == [Upgraded(kommune, True)]
    assert revision_of(kommune) == "9999"


def test_one_whose_database_is_gone_is_named_and_the_others_go_on(
    installation: Installation, kommune: str, pending: Pending
) -> None:
    for slug in ("aachen", "bonn"):
        make_kommune(slug, slug.title(), "Stadt", "NW")
    db.engines().forget("aachen")
    if installation.dialect == "sqlite":
        (installation.folder("aachen") / databases.FILE).unlink()
    else:
        databases.remove(installation, db.engines().place("aachen"))
    pending(TABLE)
    aachen, bonn, nordfriesland = upgrade()
    assert (aachen.changed, bonn.changed, nordfriesland.changed) == (False, True, True)
    assert aachen.problem
    assert not bonn.problem


@sqlite
def test_what_is_current_is_passed_over_without_waiting_for_anybody(kommune: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kommune_verbs, "_migrate", lambda place: pytest.fail("there is nothing to do"))
    with databases.exclusive(db.current_installation(), kommune):
        assert upgrade() == [Upgraded(kommune, False)]


@sqlite
def test_the_same_slug_twice_is_upgraded_once(kommune: str, pending: Pending) -> None:
    pending(TABLE)
    assert upgrade([kommune, kommune]) == [Upgraded(kommune, True)]


# --- old and new code at the same time -------------------------------------------------------------------------


def test_old_code_reads_and_writes_what_a_newer_release_has_expanded(
    kommune: str, pending: Pending, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_doorbell(Bell())
    old = migrations.VERSIONS
    deploy_bundle(bundle(POSTEINGANG, "posteingang", "PE"), TYPES, by=SYSTEM)
    pending(EXPANDING)
    assert upgrade() == [Upgraded(kommune, True)]
    monkeypatch.setattr(migrations, "VERSIONS", old)
    migrations.line.cache_clear()
    begin_anew()
    with db.namespace(kommune):
        assert revision_of(kommune) == "9999"
        assert migrations.is_ahead("kommune", "9999")
        push("posteingang", str(uuid.uuid4()))
        with db.transaction() as tx:
            tx.execute(sa.insert(stelle.T).values(key="bauamt", name="Bauamt"))
        with db.reading() as tx:
            assert "bauamt" in tx.scalars(sa.select(stelle.T.c.key))
            assert tx.scalars(sa.text("SELECT has_a_default FROM vorgang")) == ["ja"]
        assert verify() == []


def test_old_code_does_not_take_back_what_a_newer_release_has_done(kommune: str) -> None:
    with db.transaction() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    (refused,) = upgrade()
    assert (refused.changed, "neuer als dieses Programm" in str(refused.problem)) == (False, True)
    assert revision_of(kommune) == "9999"


def test_old_code_starts_on_a_registry_that_a_newer_release_has_expanded(installation: Installation, kommune: str) -> None:
    with db.zentrale() as tx:
        tx.execute(sa.text("ALTER TABLE kommune ADD COLUMN may_be_empty VARCHAR(10)"))
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    begin_anew()
    assert show_kommune(kommune).slug == kommune
    make_kommune("husum", "Stadt Husum", "Stadt", "SH")
    with db.namespace("husum"):
        assert revision_of("husum") == migrations.head("kommune")


def test_new_code_waits_for_the_upgrade_and_works_from_then_on(kommune: str, pending: Pending) -> None:
    pending(EXPANDING)
    begin_anew()
    with pytest.raises(Unavailable, match="wird gerade aktualisiert"), db.namespace(kommune):
        pass
    assert upgrade() == [Upgraded(kommune, True)]
    with db.namespace(kommune), db.reading() as tx:
        assert tx.scalars(sa.text("SELECT id FROM novelty")) == []
