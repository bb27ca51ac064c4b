"""The parts meet: sessions come from Flask-SQLAlchemy and work in the open transaction only; the doorbell is used."""

from __future__ import annotations

import pytest

from engine import step
from engine.base import db
from engine.base.db import Misuse, NamespaceSession
from engine.model.konto import KontoRow
from engine.model.zentrale import KommuneRow
from tests.web.site import SLUG, Site
from web.compose import compose, connectors
from web.doorbell import RedisDoorbell
from web.settings import Settings


def test_sessions_are_made_by_flask_sqlalchemy_and_read_the_municipality_we_are_in(site: Site) -> None:
    factory = site.app.extensions["sqlalchemy"].session.session_factory
    with db.namespace(SLUG), db.reading() as tx:
        assert type(tx.session) is factory.class_
        assert isinstance(tx.session, NamespaceSession)
        assert {row.login for row in tx.session.query(KontoRow)} >= {"anna", "berta"}
    with db.zentrale_reading() as tx:
        assert [row.slug for row in tx.session.query(KommuneRow)] == [SLUG]


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_each_transaction_has_a_session_of_its_own_and_none_of_them_commits(site: Site) -> None:
    with db.namespace(SLUG):
        with db.reading() as tx:
            first = tx.session
        with db.reading() as tx:
            assert tx.session is not first
            with pytest.raises(Misuse):
                tx.session.commit()


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_outside_a_transaction_a_session_of_the_app_reaches_nothing(site: Site) -> None:
    with site.app.app_context(), db.namespace(SLUG), pytest.raises(Misuse):
        site.app.extensions["sqlalchemy"].session.query(KontoRow).all()


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_a_process_with_a_redis_rings_there(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[object] = []
    monkeypatch.setattr(step, "use_doorbell", used.append)
    compose(Settings(home=settings.home, secret=settings.secret, redis_url="redis://127.0.0.1:1/0"))
    assert [type(doorbell) for doorbell in used] == [RedisDoorbell]
    compose(Settings(home=settings.home, secret=settings.secret))
    assert len(used) == 1


def test_the_operations_of_all_connectors_are_offered() -> None:
    assert {"servicekonto.nachricht", "bescheid.erstellen"} <= connectors().types().keys()
