"""Making, upgrading, locking and removing namespaces: finished when repeated, nothing left when it fails."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Callable
from types import ModuleType

import pytest
import sqlalchemy as sa

from engine import migrations
from engine.base import clock, databases, db, files
from engine.base.db import Installation
from engine.base.errors import Conflict, Invalid, Unavailable, Unknown
from engine.verbs import kommune as kommune_verbs
from engine.verbs.kommune import (
    Upgraded,
    kommune_of_stelle,
    list_kommunen,
    lock_kommune,
    make_kommune,
    prepare,
    show_kommune,
    unlock_kommune,
    upgrade,
)
from engine.verbs.removal import remove_kommune

postgresql = pytest.mark.parametrize("installation", [pytest.param("postgresql", marks=pytest.mark.integration)], indirect=True)
sqlite = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


@pytest.fixture
def traces(installation: Installation, request: pytest.FixtureRequest) -> object:
    """What there is of a municipality outside the registry: folder, database, role."""

    def found(slug: str) -> list[str]:
        names = [str(path.relative_to(installation.home)) for path in installation.home.rglob(f"*{slug}*")]
        if installation.dialect == "postgresql":
            server = request.getfixturevalue("postgresql_server")
            name = f"{installation.prefix}_{slug}"
            names += [row[0] for row in server.execute(f"SELECT datname FROM pg_database WHERE datname = '{name}'")]
            names += [row[0] for row in server.execute(f"SELECT rolname FROM pg_roles WHERE rolname = '{name}'")]
        return names

    return found


def husum(**more: object) -> object:
    return make_kommune("husum", "Stadt Husum", "Stadt", "SH", ["192.0.2.0/24"], stellen=["200002"], **more)  # type: ignore[arg-type]


# --- making ----------------------------------------------------------------------------------------------------


def test_a_made_municipality_is_ready_and_known(installation: Installation) -> None:
    made = husum()
    assert made == show_kommune("husum")
    assert [(one.slug, one.state, one.land, one.kind) for one in list_kommunen()] == [("husum", "bereit", "SH", "Stadt")]
    assert show_kommune("husum").allow_ips == ("192.0.2.0/24",)
    assert kommune_of_stelle("200002") == "husum"
    assert kommune_of_stelle("999") is None
    assert abs((clock.now() - show_kommune("husum").created_at).total_seconds()) < 60
    with db.namespace("husum"):
        assert files.get(files.put(b"erstes Dokument")) == b"erstes Dokument"


def test_the_same_call_again_changes_nothing(installation: Installation) -> None:
    made = husum()
    assert husum() == made
    assert len(list_kommunen()) == 1


def test_a_taken_slug_is_refused(installation: Installation) -> None:
    husum()
    with pytest.raises(Conflict, match="gibt es schon") as caught:
        make_kommune("husum", "Gemeinde Husum", "Gemeinde", "NI")
    assert [cause.pointer for cause in caught.value.causes] == ["/slug"]
    assert show_kommune("husum").name == "Stadt Husum"


def test_wrong_values_are_refused_before_anything_is_made(installation: Installation) -> None:
    with pytest.raises(Invalid) as caught:
        make_kommune("antrag", "Stadt", "Dorf", "SH", ["x"])
    assert [cause.pointer for cause in caught.value.causes] == ["/slug", "/kind", "/allow_ips/0"]
    assert list_kommunen() == []
    assert not (installation.home / "kommunen").exists()


def test_furnishing_happens_inside_the_namespace_before_it_is_ready(installation: Installation) -> None:
    seen = []

    def furnish() -> None:
        seen.append((db.slug(), show_kommune("husum").state))
        with db.transaction() as tx:
            tx.execute(sa.text("CREATE TABLE furniture (id INTEGER)"))

    husum(furnish=furnish)
    assert seen == [("husum", "entsteht")]
    with db.namespace("husum"), db.reading() as tx:
        assert tx.scalar(sa.text("SELECT count(*) FROM furniture")) == 0


def test_a_failure_leaves_nothing_behind(installation: Installation, traces: object) -> None:
    def furnish() -> None:
        assert traces("husum")  # type: ignore[operator]
        raise RuntimeError("the furniture does not fit")

    with pytest.raises(RuntimeError, match="does not fit"):
        husum(furnish=furnish)
    assert list_kommunen() == []
    assert traces("husum") == []  # type: ignore[operator]
    husum()
    assert show_kommune("husum").state == "bereit"


def test_a_stelle_belongs_to_one_municipality(installation: Installation, traces: object) -> None:
    husum()
    with pytest.raises(Invalid) as caught:
        make_kommune("toenning", "Stadt Tönning", "Stadt", "SH", stellen=["1", "200002"])
    assert [cause.pointer for cause in caught.value.causes] == ["/stellen/1"]
    assert traces("toenning") == []  # type: ignore[operator]
    assert [one.slug for one in list_kommunen()] == ["husum"]
    assert kommune_of_stelle("1") is None


def test_two_at_once_make_one(installation: Installation) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def furnish() -> None:
        inside.set()
        assert go_on.wait(60)

    first = threading.Thread(target=husum, kwargs={"furnish": furnish})
    first.start()
    assert inside.wait(60)
    with pytest.raises(Conflict, match="gerade anderswo"):
        husum()
    with pytest.raises(Unknown), db.namespace("husum"):
        pass
    make_kommune("toenning", "Stadt Tönning", "Stadt", "SH")
    go_on.set()
    first.join(60)
    assert [one.state for one in list_kommunen()] == ["bereit", "bereit"]


def test_data_the_registry_does_not_know_is_not_taken_over(installation: Installation) -> None:
    installation.folder("husum").mkdir(parents=True)
    (installation.folder("husum") / "alt").write_text("aus einer Sicherung")
    with pytest.raises(Conflict, match="liegen schon Daten"):
        husum()
    assert (installation.folder("husum") / "alt").read_text() == "aus einer Sicherung"
    assert list_kommunen() == []


@sqlite
def test_a_home_that_cannot_be_written_to_is_a_sentence(installation: Installation) -> None:
    (installation.home / "kommunen").write_text("a file where a folder should be")
    with pytest.raises(Unavailable, match="konnte nicht angelegt werden"):
        husum()
    assert list_kommunen() == []


# --- killed ----------------------------------------------------------------------------------------------------

Killed = Callable[..., None]


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def killed(installation: Installation, start: Callable[[Callable[[], object]], Callable[[], int]]) -> Killed:
    """Let another process do it, and die by kill -9 where it would call a function."""

    def run(work: Callable[[], object], module: ModuleType, name: str) -> None:
        def child() -> None:
            prepare()
            setattr(module, name, die)
            work()

        assert start(child)() == -signal.SIGKILL

    return run


STAGES = [
    pytest.param(databases, "make", id="row written"),
    pytest.param(kommune_verbs, "_migrate", id="database made"),
    pytest.param(migrations, "upgrade", id="inside the migration"),
    pytest.param(kommune_verbs, "_move", id="all but ready"),
]


@pytest.mark.parametrize(("module", "name"), STAGES)
def test_killed_half_way_and_run_again_it_finishes(killed: Killed, module: ModuleType, name: str) -> None:
    killed(husum, module, name)
    assert show_kommune("husum").state == "entsteht"
    with pytest.raises(Unknown), db.namespace("husum"):
        pass
    husum()
    assert show_kommune("husum").state == "bereit"
    with db.namespace("husum"), db.transaction() as tx:
        tx.execute(sa.text("CREATE TABLE works (id INTEGER)"))


def test_killed_while_it_was_furnished_it_finishes(installation: Installation, start: Callable[..., Callable[[], int]]) -> None:
    assert start(lambda: husum(furnish=die))() == -signal.SIGKILL
    assert show_kommune("husum").state == "entsteht"
    husum()
    assert show_kommune("husum").state == "bereit"


def test_killed_half_way_it_can_be_removed_too(killed: Killed, traces: object) -> None:
    killed(husum, kommune_verbs, "_migrate")
    assert traces("husum")  # type: ignore[operator]
    remove_kommune("husum", confirm="husum", export=None)
    assert traces("husum") == []  # type: ignore[operator]
    assert list_kommunen() == []


def test_killed_half_way_and_run_again_with_other_values_the_later_ones_count(killed: Killed) -> None:
    killed(husum, kommune_verbs, "_migrate")
    make_kommune("husum", "Stadt Husum (Nordsee)", "Stadt", "SH")
    assert show_kommune("husum").name == "Stadt Husum (Nordsee)"
    assert kommune_of_stelle("200002") is None


@postgresql
@pytest.mark.parametrize("name", ["_make_postgresql", "_make_database"])
def test_killed_before_the_role_or_before_the_database_it_finishes(killed: Killed, name: str) -> None:
    killed(husum, databases, name)
    husum()
    assert show_kommune("husum").state == "bereit"


# --- locking, removing -----------------------------------------------------------------------------------------


def test_locking_follows_the_states(installation: Installation) -> None:
    husum()
    assert lock_kommune("husum").state == "gesperrt"
    assert lock_kommune("husum").state == "gesperrt"
    assert unlock_kommune("husum").state == "bereit"
    with pytest.raises(Unknown):
        lock_kommune("atlantis")


def test_one_that_is_not_finished_cannot_be_unlocked(killed: Killed) -> None:
    killed(husum, kommune_verbs, "_migrate")
    with pytest.raises(Conflict, match="nicht fertig"):
        unlock_kommune("husum")
    assert show_kommune("husum").state == "entsteht"


def test_removing_wants_the_slug_repeated(installation: Installation) -> None:
    husum()
    with pytest.raises(Invalid) as caught:
        remove_kommune("husum", confirm="ja", export=None)
    assert [cause.pointer for cause in caught.value.causes] == ["/confirm"]
    assert show_kommune("husum").state == "bereit"


def test_removing_removes_all_of_it_and_nothing_else(installation: Installation, traces: object, kommune: str) -> None:
    husum()
    with db.namespace("husum"):
        files.put(b"Akte")
        with db.transaction() as tx:
            tx.execute(sa.text("CREATE TABLE gone (id INTEGER)"))
    remove_kommune("husum", confirm="husum", export=None)
    assert traces("husum") == []  # type: ignore[operator]
    assert [one.slug for one in list_kommunen()] == [kommune]
    assert kommune_of_stelle("200002") is None
    with pytest.raises(Unknown), db.namespace("husum"):
        pass
    with pytest.raises(Unknown):
        remove_kommune("husum", confirm="husum", export=None)
    with db.reading() as tx:
        assert tx.scalar(sa.text("SELECT 1")) == 1
    husum()
    with db.namespace("husum"), db.reading() as tx:
        assert "gone" not in sa.inspect(tx.connection).get_table_names()
        assert list(files.stored()) == []


def test_killed_while_removing_and_run_again_it_finishes(killed: Killed, traces: object) -> None:
    husum()
    killed(lambda: remove_kommune("husum", confirm="husum", export=None), shutil, "rmtree")
    assert show_kommune("husum").state == "wird_entfernt"
    with pytest.raises(Conflict, match="wird gerade entfernt"):
        husum()
    remove_kommune("husum", confirm="husum", export=None)
    assert traces("husum") == []  # type: ignore[operator]
    assert list_kommunen() == []


def test_one_made_anew_by_another_process_is_not_mistaken_for_the_old_one(
    installation: Installation, start: Callable[..., Callable[[], int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.base.engines.KNOWN_FOR_S", 0.0)
    husum()
    with db.namespace("husum"), db.transaction() as tx:
        tx.execute(sa.text("CREATE TABLE old (id INTEGER)"))

    def anew() -> None:
        remove_kommune("husum", confirm="husum", export=None)
        husum()

    assert start(anew)() == 0
    with db.namespace("husum"), db.reading() as tx:
        assert "old" not in sa.inspect(tx.connection).get_table_names()


# --- upgrading -------------------------------------------------------------------------------------------------


def test_upgrading_what_is_new_already_changes_nothing(installation: Installation, kommune: str) -> None:
    husum()
    lock_kommune("husum")
    seen: list[tuple[Upgraded, int]] = []
    results = upgrade(on_done=lambda done, total: seen.append((done, total)))
    assert results == [Upgraded("husum", False), Upgraded("nordfriesland", False)]
    assert sorted(seen, key=lambda one: one[0].slug) == [(done, 2) for done in results]
    assert upgrade(["husum"]) == [Upgraded("husum", False)]


def test_upgrading_one_that_does_not_exist_touches_none(installation: Installation, kommune: str) -> None:
    with pytest.raises(Unknown, match="atlantis"):
        upgrade([kommune, "atlantis"])
