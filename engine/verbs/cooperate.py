"""Cooperate: what an origin lets other municipalities do in its namespace, and how it ends that (docs/adr/0022).

    ask_help           Amtshilfe: one Vorgang, of it chosen documents and fields, a question, a last day; valid at once
    offer_agreement    Vertretung or gemeinsames Amt: valid when the Administration of the other side has signed
    end_grant          by who may; gone with the next request. What was taken by it goes back
    announce           the guest gets the secret, or hears of the end: right after the commit, else by the clock

What the guest then asks is answered in `engine.verbs.guests`; it hears of each use by `engine.verbs.uses`.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.base import clock, db
from engine.base.db import Tx, new_id
from engine.base.errors import Cause, Conflict, Invalid, Unknown
from engine.base.patience import Wanted, always
from engine.base.ports import HelpWanted, Neighbours, News, Reply, Request
from engine.base.rights import (
    ASK_HELP,
    COOPERATE,
    GIVE_HELP,
    OWN,
    ROLES,
    SACHBEARBEITUNG,
    SYSTEM,
    SYSTEM_RIGHT,
    Konto,
    in_place_of,
    verb,
)
from engine.model import grant, grant_held, konto, leistung, protokoll, stelle, vorgang
from engine.model.zentrale import BETRIEB
from engine.reads.cooperation import may_end
from engine.reads.sight import require_sight
from engine.verbs.courier import safely
from engine.verbs.give_back import give_back, to_end
from engine.verbs.help_chosen import wrong_choice
from engine.verbs.help_told import tell_process
from engine.verbs.kommune import show_kommune
from engine.verbs.one_office import why_not_offered
from engine.verbs.vertretung import wrong_ends

log = logging.getLogger(__name__)

LONGEST_PURPOSE, LONGEST_QUESTION, MOST_DAYS = 500, 5000, 5 * 366
T = grant.T
RIGHTS_OF: Mapping[str, frozenset[str]] = {
    grant.AMTSHILFE: frozenset({GIVE_HELP}),
    grant.VERTRETUNG: frozenset({"vorgang.lesen", "aufgabe.bearbeiten"}),
    grant.GEMEINSAMES_AMT: frozenset({"vorgang.lesen", "vorgang.bearbeiten", "aufgabe.bearbeiten", "nachricht.senden"}),
}
"""The rights that a grant of a kind may give; without a word it gives all of them."""


class _Nobody:
    """There are no other municipalities: nothing can be asked or told."""

    def ask(self, origin: str, request: Request, wanted: Wanted = always) -> Reply:
        return Reply("away", sentence="Andere Kommunen sind von hier aus nicht erreichbar.")

    def tell(self, guest: str, news: News) -> Reply:
        return Reply("away", sentence="Andere Kommunen sind von hier aus nicht erreichbar.")


_neighbours: list[Neighbours] = [_Nobody()]


def use_neighbours(neighbours: Neighbours) -> None:
    """Say how other municipalities are reached, once per process."""
    _neighbours[:] = [neighbours]


def neighbours() -> Neighbours:
    """How other municipalities are reached."""
    return _neighbours[0]


# --- giving ----------------------------------------------------------------------------------------------------------


ASKED = "amtshilfe:ersucht"
CLERKS: Sequence[tuple[str, str]] = ((grant.ROLLE, SACHBEARBEITUNG),)
"""Who of the other municipality helps, if nobody is named."""


@verb(right=ASK_HELP, tag=ASKED)
def ask_help(
    vorgang_id: str,
    guest: str,
    question: str,
    until_bis: dt.date | None,
    *,
    documents: Collection[str] = (),
    fields: Collection[str] = (),
    users: Sequence[tuple[str, str]] = CLERKS,
    id: str | None = None,
    by: Konto,
) -> str:
    """Ask another municipality for Amtshilfe in a case (§§ 4, 5 VwVfG): it sees the question and what is chosen, to a last day.

    `documents` are ids, `fields` paths of the application (`antragsteller/nachname`). Gives the id of the grant; with one made
    beforehand the same again changes nothing.

    Raises:
        Unknown: there is no such case.
        Conflict: it has ended, and help with it.
        Invalid: with a cause for every field that is wrong.
    """
    _only_ours(by)
    wanted, id = HelpWanted(guest, question, until_bis, tuple(documents), tuple(fields)), id or new_id()
    name = name_of_guest(guest)
    with db.transaction() as tx:
        # First the lock, then the look: an end that this has waited for must be seen.
        tx.execute(sa.select(vorgang.T.c.id).where(vorgang.T.c.id == vorgang_id).with_for_update())
        if vorgang.get(tx, vorgang_id).state in vorgang.ENDED:
            raise Conflict("Der Vorgang ist beendet; um Amtshilfe wird nur in einem laufenden gebeten.")
        put_request(tx, id, vorgang_id, wanted, name, by, users)
    return id


def put_request(
    tx: Tx, id: str, vorgang_id: str, wanted: HelpWanted, name: str | None, by: Konto,
    users: Sequence[tuple[str, str]] = CLERKS,
) -> bool:  # fmt: skip
    """Make a request for Amtshilfe in the transaction of a verb; `name` as `name_of_guest` gives it. False if it is there.

    Raises:
        Unknown: there is no such case.
        Invalid: with a cause for every field that is wrong.
    """
    case, today = vorgang.get(tx, vorgang_id), clock.local_day(clock.now())
    said = wanted.question.strip()
    causes = [*_wrong_guest(name), *_wrong_days(today, wanted.until_bis), *_wrong_users(users)]
    if not 1 <= len(said) <= LONGEST_QUESTION:
        causes.append(Cause("Bitte schreiben Sie, worum Sie bitten.", f"1 bis {LONGEST_QUESTION} Zeichen", "/frage"))
    if case.test_by is not None:
        causes.append(Cause("Ein Probevorgang bittet keine andere Kommune um Amtshilfe.", "Es ginge an Menschen dort."))
    causes += wrong_choice(tx, vorgang_id, wanted)
    if causes:
        raise Invalid("So kann nicht um Amtshilfe gebeten werden.", causes)
    values = {
        "opens": grant.VORGANG, "opens_key": vorgang_id, "opens_name": case.nummer, "vorgang_id": vorgang_id,
        "question": said, "documents": json.dumps(sorted(wanted.documents)), "fields": json.dumps(sorted(wanted.fields)),
        "guest_name": name, "purpose": "", "legal_form": "", "from_am": today, "until_bis": wanted.until_bis,
    }  # fmt: skip
    if not _give(tx, id, grant.AMTSHILFE, wanted.guest, users, RIGHTS_OF[grant.AMTSHILFE], values, by):
        return False
    protokoll.record(tx, vorgang_id, befugnis=id, kommune=wanted.guest, name=name, bis=wanted.until_bis)
    return True


@verb(right=COOPERATE, tag="befugnis:angeboten")
def offer_agreement(
    kind: str,
    guest: str,
    opens: tuple[str, str],
    purpose: str,
    from_am: dt.date | None,
    until_bis: dt.date | None,
    *,
    legal_form: str = "",
    rights: Collection[str] | None = None,
    id: str | None = None,
    by: Konto,
) -> str:
    """Offer another municipality a Vertretung or a gemeinsames Amt; it holds when their Administration has signed.

    `opens` is a konto (a login), rolle or stelle for a Vertretung, a leistung for a gemeinsames Amt, with its key. Who of the
    guest uses it is said by who signs. Gives the id; with one made beforehand the same again changes nothing.

    Raises:
        Invalid: with a cause for every field that is wrong.
    """
    _only_ours(by)
    said, given = " ".join(purpose.split()), RIGHTS_OF.get(kind, frozenset()) if rights is None else frozenset(rights)
    guest_name = name_of_guest(guest)
    causes = [*_wrong_guest(guest_name), *_wrong_days(from_am, until_bis)]
    if not 1 <= len(said) <= LONGEST_PURPOSE:
        causes.append(Cause("Bitte nennen Sie den Zweck.", f"1 bis {LONGEST_PURPOSE} Zeichen", "/zweck"))
    if kind == grant.AMTSHILFE or not given or not given <= RIGHTS_OF.get(kind, frozenset()):
        causes.append(Cause("Diese Rechte lassen sich so nicht geben.", pointer="/rechte"))
    forms = (grant.DELEGATION, grant.MANDATE) if kind == grant.GEMEINSAMES_AMT else ("",)
    if legal_form not in forms:
        causes.append(Cause("Bitte wählen Sie, ob § 18 oder § 19a GkZ gilt.", pointer="/rechtsform"))
    with db.transaction() as tx:
        id, name = id or new_id(), _name_of(tx, kind, opens)
        if name is None:
            causes.append(Cause("Bitte wählen Sie, was die andere Kommune übernimmt.", pointer="/was"))
        elif kind == grant.GEMEINSAMES_AMT:
            causes += why_not_offered(tx, id, opens[1], from_am, until_bis)
        if causes or from_am is None or until_bis is None or name is None:
            raise Invalid("Die Vereinbarung kann so nicht angeboten werden.", causes)
        values = {
            "guest_name": guest_name, "opens": opens[0], "opens_key": opens[1], "opens_name": name[:200],
            "vorgang_id": None, "question": "",
            "documents": "[]", "fields": "[]", "purpose": said, "legal_form": legal_form, "from_am": from_am,
            "until_bis": until_bis,
        }  # fmt: skip
        if _give(tx, id, kind, guest, (), given, values, by):
            told = {"art": kind, "was": list(opens), "rechtsform": legal_form, "von": from_am, "bis": until_bis}
            protokoll.record(tx, None, befugnis=id, kommune=guest, rechte=sorted(given), **told)
    return id


def _only_ours(by: Konto) -> None:
    """Nobody who is here by a grant gives another.

    Raises:
        Unknown: somebody tries.
    """
    if by.granted is not None or by == SYSTEM:
        raise Unknown("Das gibt es hier nicht.")


def _give(
    tx: Tx, id: str, kind: str, guest: str, users: Sequence[tuple[str, str]], rights: Collection[str],
    values: Mapping[str, Any], by: Konto,
) -> bool:  # fmt: skip
    """Write a grant with a new secret; False if it is there already."""
    secret = secrets.token_urlsafe(32)
    row = {
        "id": id, "kind": kind, "guest": guest, "users": json.dumps(users),
        "rights": json.dumps(sorted(rights)), "secret_hash": grant.hash_of(secret), "secret": db.sealed(secret),
        "made_by": by.login, **values,
    }  # fmt: skip
    tx.after(announce)
    return grant.add(tx, row)


def _name_of(tx: Tx, kind: str, opens: tuple[str, str]) -> str | None:
    """What is opened, as people call it; None if there is no such thing, or a grant of that kind opens none."""
    what, key = opens
    if what not in grant.OPENS.get(kind, ()):
        return None
    if what == grant.ROLLE:
        return ROLES.get(key)
    table, column = {
        grant.KONTO: (konto.T, konto.T.c.login),
        grant.STELLE: (stelle.T, stelle.T.c.key),
        grant.LEISTUNG: (leistung.T, leistung.T.c.key),
    }[what]
    found: str | None = tx.scalar(sa.select(table.c.name).where(column == key))
    return found


def name_of_guest(guest: str) -> str | None:
    """What the other municipality is called; None if there is none of that slug, or it is this one."""
    try:
        found = None if guest in (db.slug(), BETRIEB) else show_kommune(guest)
    except Unknown:
        return None
    return found.name if found is not None and found.state in ("bereit", "gesperrt") else None


def _wrong_guest(name: str | None) -> list[Cause]:
    return [] if name is not None else [Cause("Bitte wählen Sie die andere Kommune.", pointer="/kommune")]


def _wrong_days(from_am: dt.date | None, until_bis: dt.date | None) -> list[Cause]:
    causes = wrong_ends(from_am, until_bis)
    if not causes and until_bis is not None and (until_bis - clock.local_day(clock.now())).days > MOST_DAYS:
        causes.append(Cause("Das ist zu lang.", "höchstens fünf Jahre; danach lässt es sich erneuern", "/bis"))
    return causes


def _wrong_users(users: Sequence[tuple[str, str]]) -> list[Cause]:
    good = users and grant_held.are_users(users)
    return [] if good else [Cause("Bitte wählen Sie, wer die Befugnis benutzt.", pointer="/wer")]


# --- ending ----------------------------------------------------------------------------------------------------------


@verb(right=OWN, tag=grant.HAS_ENDED)
def end_grant(grant_id: str, *, by: Konto) -> bool:
    """End a grant: an Amtshilfe as who asked for it, every one as the Administration. False if it was ended.

    What the process has asked for, every clerk may end who sees the case and may ask.

    Raises:
        Unknown: there is none, or it is not one's own to end.
    """
    with db.transaction() as tx:
        row = to_end(tx, grant_id)
        if by != SYSTEM and not may_end(row, by):
            raise Unknown("Diese Befugnis gibt es nicht.")
        if row.made_by == SYSTEM.login and by != SYSTEM and not by.may(COOPERATE):
            require_sight(by, "vorgang_id", row.vorgang_id)
        return end_in(tx, row, by, grant.BY_THE_DAY if by == SYSTEM else grant.WITHDRAWN)


def end_in(tx: Tx, row: Any, by: Konto, because: str) -> bool:
    """End a grant in the transaction of a verb, with its line; what was taken by it goes back. False if it was ended."""
    back = conclude(tx, row, by, because)
    if back is not None:
        told = {"kommune": row.guest, "name": row.guest_name, "grund": because, "aufgaben": back}
        protokoll.record(tx, row.vorgang_id, befugnis=row.id, **told)
    return back is not None


def conclude(tx: Tx, row: Any, by: Konto, because: str, said: Mapping[str, Any] | None = None) -> int | None:
    """End a grant in the transaction of a verb that tells of it; gives how many tasks went back, None if it was ended.

    The process hears of the end of an Amtshilfe, and what was `said`.
    """
    if not grant.end(tx, row.id, by.login, because):
        return None
    tx.after(announce)
    if row.kind == grant.AMTSHILFE:
        tell_process(tx, row, because, said or {})
    return give_back(tx, row)


def end_grants_over() -> int:
    """End the grants whose last day is over; gives how many."""
    with db.reading() as tx:
        ids = grant.over(tx)
    return sum(safely(end_grant, id, fails=tried_again) for id in ids)


def tried_again(reason: str) -> None:
    """What could not be done is in the log, and done with the next tick."""


# --- telling the guest -----------------------------------------------------------------------------------------------


def announce() -> int:
    """Tell guests which grants they have got and which have ended; gives how many. What fails is tried again in a minute."""
    with db.reading() as tx:
        ids = grant.untold(tx)
    return sum(safely(tell_grant, id, fails=tried_again) for id in ids)


@verb(right=SYSTEM_RIGHT, tag="befugnis:mitgeteilt")
def tell_grant(grant_id: str, *, by: Konto) -> bool:
    """Tell the guest of a grant, with the secret, or that it has ended; False if it could not be told.

    Told twice it is the same grant there.
    """
    with db.reading() as tx:
        row = grant.get(tx, grant_id)
    if row.tell_at is None:
        return False  # another was faster
    content = told_of(row, db.unsealed(row.secret)) if row.ended_at is None else {}
    reply = tell(row.guest, row.id, "end" if row.ended_at is not None else "grant", content)
    with db.transaction() as tx:
        if reply.kind == "away":
            grant.put_off(tx, row)
            return False
        if grant.told(tx, row):
            protokoll.record(tx, None, befugnis=row.id, kommune=row.guest, angekommen=reply.kind == "ok")
    return True


def told_of(row: Any, secret: str | None) -> dict[str, Any]:
    """What a guest is told of a grant that it has got."""
    days = {"from_am": row.from_am.isoformat(), "until_bis": row.until_bis.isoformat()}
    return {"kind": row.kind, "users": json.loads(row.users), "secret": secret, **days}


def tell(neighbour: str, id: str, kind: str, content: Mapping[str, Any]) -> Reply:
    """Tell a neighbour something of a grant, or ask it what only it knows; called outside of every transaction."""
    with in_place_of(None):
        return neighbours().tell(neighbour, News(db.slug(), show_kommune(db.slug()).name, kind, id, content))
