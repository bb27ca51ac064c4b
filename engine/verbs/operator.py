"""The operator of the installation: a namespace of its own, who may work in it, and what is done there with municipalities.

The namespace is made when it is first needed. It has no Leistungen; in it are the operators' Konten, their Protokoll and the
central post room (engine.verbs.central). Operators see what the registry knows of municipalities, never a case.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from engine.base import db
from engine.base.away import NoRights
from engine.base.db import new_id
from engine.base.errors import Cause, Conflict, Invalid, Unavailable, Unknown
from engine.base.rights import BETRIEB as ROLE
from engine.base.rights import OPERATE, Konto, verb
from engine.model import konto, protokoll, session, zustaendigkeit
from engine.model.zentrale import BETRIEB, OPERATOR, ZUSTAENDIGKEIT
from engine.verbs import kommune as namespaces
from engine.verbs.kommune import Upgraded

log = logging.getLogger(__name__)

WAIT_S, PAUSE_S = 10.0, 0.1
MISSING = (
    "Der Bereich des Betriebs ist noch nicht angelegt, und das Login dieses Prozesses darf keine Datenbanken anlegen. Bitte "
    "einmal „amtsweg betrieb link LOGIN“ ausführen, mit dem Login in AMTSWEG_DATABASE, das Kommunen anlegt."
)


@contextmanager
def operator() -> Iterator[None]:
    """Work in the operator's namespace; it is made if it is not there yet.

    Raises:
        Unavailable: it is locked, or others have not finished making it.
    """
    make_operator()
    with db.namespace(BETRIEB):
        yield


def make_operator() -> None:
    """Make the operator's namespace, if there is none.

    Raises:
        Unavailable: others have not finished making it, or the login of this process may create nothing.
    """
    db.assert_outside()
    waited = 0.0
    while not there():
        try:
            namespaces.make_kommune(OPERATOR.slug, OPERATOR.name, OPERATOR.kind, OPERATOR.land)
        except Conflict as cause:  # another process is making it at this very moment
            if waited >= WAIT_S:
                raise Unavailable("Der Bereich des Betriebs entsteht gerade. Bitte gleich noch einmal versuchen.") from cause
            time.sleep(PAUSE_S)
            waited += PAUSE_S
        except NoRights as cause:
            log.error("the operator's namespace is missing and this login may not make it: amtsweg betrieb link LOGIN")
            raise NoRights(MISSING) from cause
        db.engines().forget(BETRIEB)


def there() -> bool:
    """Whether the operator's namespace has been made."""
    try:
        return db.engines().place(BETRIEB).state in ("bereit", "gesperrt")
    except Unknown:
        return False


# --- who operates ----------------------------------------------------------------------------------------------------


@verb(right="system", tag="betrieb:konto")
def let_operate(login: str, *, name: str, email: str, by: Konto) -> bool:
    """Give somebody a Konto of the operator, or open one that was locked; True if it is new. A link leads to its password.

    Raises:
        Invalid: with a cause for every field that is wrong.
    """
    with db.transaction() as tx:
        before = tx.one_or_none(sa.select(konto.T.c.id, konto.T.c.active).where(konto.T.c.login == login))
        if before is not None and before.active:
            return False
        if before is not None:
            tx.execute(sa.update(konto.T).where(konto.T.c.id == before.id).values(active=True))
            protokoll.record(tx, None, konto=before.id, anmeldung=login)
            return False
        id = konto.add(
            tx, login=login, name=name, email=email, roles=frozenset({ROLE}), groups=frozenset(), password=None,
            known=frozenset({ROLE}),
        )  # fmt: skip
        protokoll.record(tx, None, konto=id, anmeldung=login)
    return True


@verb(right="system", tag="betrieb:konto-gesperrt")
def shut_out(login: str, *, by: Konto) -> None:
    """Let an operator in no more; sessions end at once.

    Raises:
        Unknown: there is no such Konto.
    """
    with db.transaction() as tx:
        row, _ = konto.by_login(tx, login)
        tx.execute(sa.update(konto.T).where(konto.T.c.id == row.id).values(active=False))
        session.end_all(tx, row.id)
        protokoll.record(tx, None, konto=row.id, anmeldung=login)


# --- municipalities --------------------------------------------------------------------------------------------------
#
# The line first, in the operator's Protokoll: two databases cannot change in one commit, and nothing may happen that no line
# tells of.


@verb(right=OPERATE, tag="kommune:anlegen")
def order_kommune(slug: str, make: Callable[[], Any], *, by: Konto) -> Any:
    """Have a municipality made; `make` does it and gives what was made."""
    with db.transaction() as tx:
        protokoll.record(tx, None, kommune=slug)
    return make()


@verb(right=OPERATE, tag="kommune:sperren")
def lock(slug: str, *, by: Konto) -> None:
    """Shut a municipality for a while; nothing is lost, form systems are told to come again.

    Raises:
        Unknown: there is none of that slug.
        Conflict: it is being made or removed.
    """
    _note(slug, "gesperrt")
    namespaces.lock_kommune(slug)


@verb(right=OPERATE, tag="kommune:entsperren")
def unlock(slug: str, *, by: Konto) -> None:
    """Open a locked municipality again.

    Raises:
        Unknown: there is none of that slug.
        Conflict: it is being made or removed.
    """
    _note(slug, "bereit")
    namespaces.unlock_kommune(slug)


@verb(right=OPERATE, tag="kommune:aktualisieren")
def bring_up(slug: str, *, by: Konto) -> Upgraded:
    """Bring a municipality's tables to the newest revision.

    Raises:
        Unknown: there is none of that slug.
    """
    _note(slug, "bereit")
    [result] = namespaces.upgrade([slug]) or [Upgraded(slug, False, "Die Kommune ist noch nicht fertig angelegt.")]
    return result


def _note(slug: str, wanted: str) -> None:
    if slug == BETRIEB:
        raise Unknown(f"Die Kommune „{slug}“ gibt es hier nicht.")
    state = namespaces.show_kommune(slug).state
    if state not in ("bereit", "gesperrt"):
        raise Conflict(f"Die Kommune „{slug}“ ist im Zustand „{state}“. Bitte das Anlegen oder Entfernen zu Ende führen.")
    with db.transaction() as tx:
        protokoll.record(tx, None, kommune=slug, zustand=wanted)


# --- who is competent ------------------------------------------------------------------------------------------------


@verb(right=OPERATE, tag="zustaendigkeit:eingetragen")
def add_rule(slug: str, *, stelle: str = "", leika: str = "", ags: str = "", unit: str = "", by: Konto) -> str:
    """Say that a Stelle, or a Leistung at a place, belongs to a municipality; gives the rule's id. The same again is once.

    Raises:
        Invalid: with a cause for every field that is wrong.
        Conflict: it belongs to another municipality, or there to another Stelle.
    """
    values = zustaendigkeit.checked(stelle, leika, ags, unit)
    _assert_is_kommune(slug)
    z = ZUSTAENDIGKEIT.c
    same = z.stelle == values["stelle"] if values["stelle"] else sa.and_(z.leika == values["leika"], z.ags == values["ags"])
    with db.zentrale_reading() as tx:
        before = tx.one_or_none(sa.select(ZUSTAENDIGKEIT).where(same))
    if before is not None and (before.slug, before.unit) == (slug, values["unit"]):
        return str(before.id)
    if before is not None:
        raise _taken(before.slug)
    id = new_id()
    with db.transaction() as tx:
        protokoll.record(tx, None, kommune=slug, regel=id, **values)
    with db.zentrale() as tx:
        if not tx.insert_once(ZUSTAENDIGKEIT, {"id": id, "slug": slug, **values}):
            raise _taken("einer anderen Kommune")
    return id


def _assert_is_kommune(slug: str) -> None:
    try:
        known = slug != BETRIEB and namespaces.show_kommune(slug).state in ("entsteht", "bereit", "gesperrt")
    except Unknown:
        known = False
    if not known:
        sentence = f"Die Kommune „{slug[:60]}“ gibt es hier nicht."
        raise Invalid(sentence, [Cause(sentence, "Den Kurznamen einer Kommune dieser Installation angeben.", "/kommune")])


def _taken(whose: str) -> Conflict:
    sentence = f"Dafür ist schon eingetragen: {whose}."
    return Conflict(sentence, [Cause(sentence, "Entfernen Sie erst die bisherige Zuständigkeit.", "/kommune")])


@verb(right=OPERATE, tag="zustaendigkeit:entfernt")
def remove_rule(id: str, *, by: Konto) -> None:
    """Take a rule out of the registry. What came by it stays where it is.

    Raises:
        Unknown: there is no such rule.
    """
    with db.zentrale_reading() as tx:
        row = tx.one_or_none(sa.select(ZUSTAENDIGKEIT).where(ZUSTAENDIGKEIT.c.id == id))
    if row is None:
        raise Unknown("Diese Zuständigkeit gibt es nicht.")
    values = {name: getattr(row, name) for name in ("stelle", "leika", "ags", "unit")}
    with db.transaction() as tx:
        protokoll.record(tx, None, kommune=row.slug, regel=id, **values)
    with db.zentrale() as tx:
        tx.execute(sa.delete(ZUSTAENDIGKEIT).where(ZUSTAENDIGKEIT.c.id == id))
