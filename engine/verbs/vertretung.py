"""Vertretung: who acts for whom for a time, set by oneself or by the Administration. What it means stands in its model."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from engine.base import clock, db
from engine.base.db import Tx, new_id
from engine.base.errors import Cause, Forbidden, Invalid, Unknown
from engine.base.rights import OWN, ROLES, SYSTEM, Konto, verb
from engine.model import aufgabe, konto, protokoll, stelle, vertretung
from engine.verbs.courier import safely

LONGEST_REASON, LONGEST_DAYS = 200, 366
T = vertretung.T


@verb(right=OWN, tag="vertretung:begonnen")
def stand_in(
    konto_id: str,
    substitute: str,
    from_am: dt.date | None,
    until_bis: dt.date | None,
    reason: str,
    *,
    id: str | None = None,
    by: Konto,
) -> str:
    """Let somebody (a login) act for a Konto from a day to a day: for one's own, or for any as the Administration.

    Gives the id of the Vertretung; with one made beforehand the same again changes nothing.

    Raises:
        Unknown: there is no such Konto, or it is another's.
        Invalid: with a cause for every field that is wrong.
    """
    id = id or new_id()
    with db.transaction() as tx:
        who = _of(tx, konto_id, by)
        said = " ".join(reason.split())
        causes = [*_wrong_days(from_am, until_bis), *_wrong_substitute(tx, who, substitute), *_wrong_reason(said)]
        if causes or from_am is None or until_bis is None:
            raise Invalid("Die Vertretung kann so nicht eingetragen werden.", causes)
        covers = (vertretung.KONTO, who, "")
        if vertretung.add(tx, id, covers, substitute, (from_am, until_bis), said, by.login):
            protokoll.record(tx, None, vertretung=id, vertreten=who, durch=substitute, von=from_am, bis=until_bis)
    return id


@verb(right="kommune.verwalten", tag="vertretung:gruppe-begonnen")
def cover_group(
    what: str,
    key: str,
    substitute: str,
    from_am: dt.date | None,
    until_bis: dt.date | None,
    reason: str,
    *,
    id: str | None = None,
    by: Konto,
) -> str:
    """Let somebody (a login) act for a Stelle or a role (`what`) from a day to a day.

    Gives the id of the Vertretung; with one made beforehand the same again changes nothing.

    Raises:
        Invalid: with a cause for every field that is wrong.
    """
    id = id or new_id()
    with db.transaction() as tx:
        name = _name_of(tx, what, key)
        causes = [*_wrong_days(from_am, until_bis), *_wrong_substitute(tx, "", substitute)]
        if name is None:
            causes.append(Cause("Bitte wählen Sie, was vertreten wird.", pointer="/was"))
        elif not causes and _belongs(konto.by_login(tx, substitute)[0], what, key):
            causes.append(Cause(f"Wer vertritt, gehört schon zu „{name}“.", "jemand anderen wählen", "/vertretung"))
        said = " ".join(reason.split())
        causes += _wrong_reason(said)
        if causes or from_am is None or until_bis is None or name is None:
            raise Invalid("Die Vertretung kann so nicht eingetragen werden.", causes)
        if vertretung.add(tx, id, (what, key, name), substitute, (from_am, until_bis), said, by.login):
            protokoll.record(tx, None, vertretung=id, vertreten=[what, key], durch=substitute, von=from_am, bis=until_bis)
    return id


def _belongs(who: Konto, what: str, key: str) -> bool:
    return key in (who.roles if what == vertretung.ROLLE else who.groups)


def _name_of(tx: Tx, what: str, key: str) -> str | None:
    """What a Stelle or a role is called; None if there is none."""
    if what == vertretung.ROLLE:
        return ROLES.get(key)
    found = tx.scalar(sa.select(stelle.T.c.name).where(stelle.T.c.key == key)) if what == vertretung.STELLE else None
    return None if found is None else str(found)


def _of(tx: Tx, konto_id: str, by: Konto) -> str:
    """The login of a Konto whose Vertretung somebody may set."""
    login = tx.scalar(sa.select(konto.T.c.login).where(konto.T.c.id == konto_id, konto.T.c.active))
    if login is None or not (konto_id == by.id or by.may("kommune.verwalten")):
        raise Unknown("Dieses Konto gibt es nicht.")
    return str(login)


def _wrong_reason(said: str) -> list[Cause]:
    if 1 <= len(said) <= LONGEST_REASON:
        return []
    return [Cause("Bitte nennen Sie den Grund.", f"1 bis {LONGEST_REASON} Zeichen", "/grund")]


def wrong_ends(from_am: dt.date | None, until_bis: dt.date | None) -> list[Cause]:
    """What is wrong with the first and the last day of what lets others act, however long it is."""
    if from_am is None:
        return [Cause("Bitte geben Sie den ersten Tag an.", pointer="/von")]
    if until_bis is None or until_bis < max(from_am, clock.local_day(clock.now())):
        return [Cause("Der letzte Tag fehlt oder liegt zu früh.", "frühestens heute, nicht vor dem ersten Tag", "/bis")]
    return []


def _wrong_days(from_am: dt.date | None, until_bis: dt.date | None) -> list[Cause]:
    causes, today = wrong_ends(from_am, until_bis), clock.local_day(clock.now())
    if causes or from_am is None or until_bis is None:
        return causes
    if (until_bis - max(from_am, today)).days > LONGEST_DAYS or (from_am - today).days > LONGEST_DAYS:
        return [Cause("Das ist zu lang.", f"höchstens {LONGEST_DAYS} Tage; danach lässt sie sich erneuern", "/bis")]
    return []


def _wrong_substitute(tx: Tx, who: str, login: str) -> list[Cause]:
    try:
        found, _ = konto.by_login(tx, login)
    except Unknown:
        return [Cause("Bitte wählen Sie, wer vertritt.", pointer="/vertretung")]
    if login == who:
        return [Cause("Niemand vertritt sich selbst.", pointer="/vertretung")]
    if not found.may("aufgabe.bearbeiten"):
        return [Cause(f"{found.name} darf keine Aufgaben bearbeiten.", pointer="/vertretung")]
    return []


@verb(right=OWN, tag="vertretung:beendet")
def end_vertretung(vertretung_id: str, *, by: Konto) -> bool:
    """End a Vertretung; tasks that were taken in it go back to whom they were taken for. False if it was over already.

    Raises:
        Unknown: there is none, or it is not one's own to end.
        Forbidden: one is the substitute only.
    """
    with db.transaction() as tx:
        row: Any = tx.one_or_none(sa.select(T).where(T.c.id == vertretung_id))
        covered = row is not None and row.covers == vertretung.KONTO and by.login == row.key
        concerned = row is not None and by.login == row.substitute
        allowed = by == SYSTEM or by.may("kommune.verwalten") or covered
        if row is None or not (allowed or concerned):
            raise Unknown("Diese Vertretung gibt es nicht.")
        if not allowed:
            raise Forbidden("Beenden kann die Vertretung, wer vertreten wird, oder die Administration.")
        ended = vertretung.end(tx, vertretung_id, by.login)
        if ended:
            back = _give_back(tx, row)
            protokoll.record(tx, None, vertretung=vertretung_id, aufgaben=back)
    return ended


def _give_back(tx: Tx, row: Any) -> int:
    """Give back what was taken for somebody, unless another Vertretung of the two goes on; gives how many tasks.

    What was taken for a Stelle or a role is nobody's then.
    """
    place = vertretung.place_of(row)
    if any(one.login == place for one in vertretung.stood_in_for(tx, row.substitute)):
        return 0
    a = aufgabe.T
    taken = sa.update(a).where(a.c.holder == row.substitute, a.c.held_for == place, a.c.state == aufgabe.OPEN)
    holder = place if row.covers == vertretung.KONTO else None
    return tx.execute(taken.values(holder=holder, held_for=None)).rowcount


def end_what_is_over() -> int:
    """End the Vertretungen whose last day is over; gives how many."""
    with db.reading() as tx:
        ids = vertretung.over(tx)
    return sum(safely(end_vertretung, id, fails=_tried_again) for id in ids)


def _tried_again(reason: str) -> None:
    """What could not be ended is in the log, and ended with the next tick."""
