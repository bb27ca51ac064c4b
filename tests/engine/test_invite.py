"""The one-time link: one for a Konto, once, for 72 hours; and the password is its owner's own from the start."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
import sqlalchemy as sa

from engine.base import clock, db
from engine.base.errors import Conflict, Forbidden, Invalid, Unknown
from engine.base.rights import ROLES, SYSTEM, Konto
from engine.model import invitation, konto, protokoll
from engine.reads import invited
from engine.verbs.invite import make_link, use_link
from engine.verbs.konten import add_konto, deactivate_konto, reset_password
from tests.engine.saved import SQLITE

GOOD = "vier Worte sind genug"


@pytest.fixture
def mara(kommune: str) -> Konto:
    add_konto("mara", "Mara Muster", "mara@husum.example", frozenset(ROLES), password="alt", once=True, by=SYSTEM)
    return konto_of("mara")


def konto_of(login: str) -> Konto:
    with db.reading() as tx:
        return konto.by_login(tx, login)[0]


def password() -> str:
    with db.reading() as tx:
        row = tx.one_or_none(sa.select(konto.T.c.password, konto.T.c.once).where(konto.T.c.login == "mara"))
    assert row is not None
    return f"{row.password} {row.once}"


def use(token: str, by: Konto, new: str = GOOD) -> None:
    use_link(token, new, hashed=lambda text: f"hash von {text}", by=by)


def test_a_link_leads_to_a_password_of_ones_own_and_is_good_once(mara: Konto) -> None:
    link = make_link("mara", by=SYSTEM)
    assert (link.login, link.ends_at - clock.now() > dt.timedelta(hours=71, minutes=59)) == ("mara", True)
    assert invited(link.token) == mara
    assert password() == "alt True", "until it is used the password so far stays"
    use(link.token, mara)
    assert password() == f"hash von {GOOD} False"
    assert invited(link.token) is None
    with pytest.raises(Conflict, match="gilt nicht mehr"):
        use(link.token, mara)
    with db.reading() as tx:
        tags = tx.scalars(sa.select(protokoll.T.c.tag).order_by(protokoll.T.c.number))
        details = " ".join(tx.scalars(sa.select(protokoll.T.c.detail)))
    assert tags[-2:] == ["konto:einmallink", "konto:einmallink_benutzt"]
    assert link.token not in details
    assert link.token not in repr(link)


@SQLITE
def test_only_the_hash_of_a_link_is_kept(mara: Konto) -> None:
    link = make_link("mara", by=SYSTEM)
    with db.reading() as tx:
        assert link.token not in str(tx.all(sa.select(invitation.T)))


@SQLITE
def test_it_ends_after_72_hours_and_with_the_next_one(mara: Konto) -> None:
    first, second = make_link("mara", by=SYSTEM), make_link("mara", by=SYSTEM)
    assert invited(first.token) is None
    with clock.frozen(clock.now() + dt.timedelta(hours=71, minutes=59)):
        assert invited(second.token) == mara
    with clock.frozen(clock.now() + dt.timedelta(hours=72)):
        assert invited(second.token) is None
        with pytest.raises(Conflict):
            use(second.token, mara)
    assert password() == "alt True"


@SQLITE
def test_it_ends_when_the_password_is_reset_or_the_konto_locked(mara: Konto) -> None:
    add_konto("chef", "Chef", "chef@husum.example", frozenset(ROLES), by=SYSTEM)
    link = make_link("mara", by=SYSTEM)
    reset_password(mara.id, "neu", by=konto_of("chef"))
    assert invited(link.token) is None
    link = make_link("mara", by=SYSTEM)
    deactivate_konto(mara.id, by=konto_of("chef"))
    assert invited(link.token) is None
    with pytest.raises(Conflict):
        use(link.token, mara)
    with pytest.raises(Unknown):
        make_link("mara", by=SYSTEM)


@SQLITE
def test_a_weak_password_is_refused_and_the_link_stays_good(mara: Konto) -> None:
    link = make_link("mara", by=SYSTEM)
    for weak in ("kurz", "Mara Muster 2026", "passwort1234"):
        with pytest.raises(Invalid) as caught:
            use(link.token, mara, weak)
        assert [cause.pointer for cause in caught.value.causes] == ["/passwort_neu"]
    assert invited(link.token) == mara


@SQLITE
def test_only_the_administration_makes_links(mara: Konto) -> None:
    add_konto("anna", "Anna", "anna@husum.example", frozenset({"sachbearbeitung"}), by=SYSTEM)
    with pytest.raises(Forbidden):
        make_link("mara", by=konto_of("anna"))


def test_of_two_who_use_it_at_once_one_wins(kommune: str, mara: Konto) -> None:
    link, gate, said = make_link("mara", by=SYSTEM), threading.Barrier(2), list[str]()

    def hashed(text: str) -> str:
        gate.wait(60)
        return f"hash von {text}"

    def go(new: str) -> None:
        with db.namespace(kommune):
            try:
                use_link(link.token, new, hashed=hashed, by=mara)
            except Conflict as refusal:
                said.append(refusal.sentence)

    threads = [threading.Thread(target=go, args=(f"{GOOD} {number}",)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert said == ["Dieser Link gilt nicht mehr."]
    assert password().startswith("hash von")
