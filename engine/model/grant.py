"""Grant: an origin lets another municipality do something in its namespace, for a purpose and to a last day.

    angeboten (made here, not yet signed by the other side) → gilt (from its first to its last day) → beendet
    Amtshilfe needs no second signature: it is valid at once, and ends with its answer too

What it opens is one Vorgang (Amtshilfe: of that only the chosen documents and fields), or the tasks of a Konto, a role or a
Stelle (Vertretung), or those of a Leistung (gemeinsames Amt). The origin keeps the hash of a random secret, the guest holds the
secret. Only Konten that work at the guest can use it, and it is looked up anew each time: ended is gone (docs/adr/0022).

Every use is a row with a number, in the transaction of what was done, and an Auftrag that tells the guest of it. An origin that
comes out of an older backup counts on from there: what tells two uses apart is the id of the row.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock, db
from engine.base.db import Base, Tx, new_id
from engine.base.errors import Unknown
from engine.base.ports import Clerk
from engine.base.prepared import Prepared
from engine.base.rights import Granted, Konto
from engine.model import address, auftrag, konto, restored
from engine.model.waits import ID

AMTSHILFE, VERTRETUNG, GEMEINSAMES_AMT = "amtshilfe", "vertretung", "gemeinsames_amt"
KINDS = (AMTSHILFE, VERTRETUNG, GEMEINSAMES_AMT)
KONTO, ROLLE, STELLE, LEISTUNG, VORGANG = "konto", "rolle", "stelle", "leistung", "vorgang"
OPENS: Mapping[str, tuple[str, ...]] = {
    AMTSHILFE: (VORGANG,), VERTRETUNG: (KONTO, ROLLE, STELLE), GEMEINSAMES_AMT: (LEISTUNG,),
}  # fmt: skip
"""What a grant of a kind may open."""
USED_BY = (KONTO, ROLLE, STELLE)
"""Of what at the guest somebody must be, to use a grant."""
DELEGATION, MANDATE = "18", "19a"
"""§ 18 GkZ: the task passes over. § 19a GkZ: the guest acts in the name of the origin."""
OFFERED, VALID, NOT_YET, OVER, ENDED = "angeboten", "gilt", "kuenftig", "abgelaufen", "beendet"
ANSWERED, WITHDRAWN, BY_THE_DAY, BY_THE_GUEST = "beantwortet", "zurueckgezogen", "frist", "gast"
WITH_CASE, UNAWAITED = "vorgang", "entfallen"
"""Why a request for Amtshilfe ended of itself: its case did, or the process does not wait for the answer any more."""

HAS_ENDED = "befugnis:beendet"
CONNECTOR, TOLD = "nachbar", "nachbar.benutzt"
TOLD_AGAIN = dt.timedelta(minutes=1)
TOLD_NAME = "Der anderen Kommune die Benutzung melden"


class GrantGiven(Base):
    """`guest` is a slug, `made_by` a login here, `signed_by` one of the guest (`login_of`); `secret` is sealed, until told."""

    __tablename__ = "grant_given"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    guest: Mapped[str] = mapped_column(sa.String(40), index=True)
    guest_name: Mapped[str] = mapped_column(sa.String(200))
    users: Mapped[str] = mapped_column(sa.Text)
    """Who of the guest may use it: pairs of what (konto, rolle, stelle) and its key."""
    opens: Mapped[str] = mapped_column(sa.String(10))
    opens_key: Mapped[str] = mapped_column(sa.String(100))
    opens_name: Mapped[str] = mapped_column(sa.String(200))
    vorgang_id: Mapped[str | None] = mapped_column(sa.ForeignKey("vorgang.id"), index=True)
    """The case of an Amtshilfe; when it is deleted, the grant goes with it."""
    question: Mapped[str] = mapped_column(sa.Text)
    documents: Mapped[str] = mapped_column(sa.Text)
    fields: Mapped[str] = mapped_column(sa.Text)
    """Of the case of an Amtshilfe: ids of documents, paths of fields of the application."""
    rights: Mapped[str] = mapped_column(sa.Text)
    purpose: Mapped[str] = mapped_column(sa.String(500))
    legal_form: Mapped[str] = mapped_column(sa.String(10))
    from_am: Mapped[dt.date]
    until_bis: Mapped[dt.date]
    secret_hash: Mapped[str] = mapped_column(sa.String(64))
    secret: Mapped[str | None] = mapped_column(sa.Text)
    tell_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    """When the guest is to be told how it stands, given or ended; None: it knows."""
    uses: Mapped[int]
    made_by: Mapped[str] = mapped_column(sa.String(100))
    made_at: Mapped[dt.datetime]
    signed_by: Mapped[str | None] = mapped_column(sa.String(100))
    signed_at: Mapped[dt.datetime | None]
    ended_by: Mapped[str | None] = mapped_column(sa.String(100))
    ended_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    ended_because: Mapped[str | None] = mapped_column(sa.String(20))


class GrantUse(Base):
    """Somebody of the guest has done something by a grant: the tag of the act, and its number."""

    __tablename__ = "grant_use"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    grant_id: Mapped[str] = mapped_column(sa.ForeignKey("grant_given.id"))
    sequence: Mapped[int]
    konto: Mapped[str] = mapped_column(sa.String(100))
    tag: Mapped[str] = mapped_column(sa.String(100))
    vorgang_id: Mapped[str] = mapped_column(sa.ForeignKey("vorgang.id"), index=True)
    at: Mapped[dt.datetime]

    __table_args__ = (sa.UniqueConstraint("grant_id", "sequence"),)


class GuestKonto(Base):
    """Somebody of another municipality who has acted here: what they are called, and which Konto of ours is the same person."""

    __tablename__ = "guest_konto"

    login: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(500))
    email: Mapped[str] = mapped_column(sa.String(320), index=True)
    """In small letters; by it four eyes know a person who has a Konto here as well."""


T, USES, GUESTS = GrantGiven.__table__, GrantUse.__table__, GuestKonto.__table__


# --- making, signing, ending -----------------------------------------------------------------------------------------


def hash_of(secret: str) -> str:
    """How the origin keeps a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def message_id(id: str) -> str:
    """The id of the BPMN message that tells the process what became of a request for Amtshilfe."""
    return f"{AMTSHILFE}-{id}"


def add(tx: Tx, values: Mapping[str, Any]) -> bool:
    """Keep a grant; False if one with that id is there already."""
    return tx.insert_once(T, {"uses": 0, "tell_at": clock.now(), "made_at": clock.now(), **values})


def get(tx: Tx, id: str, *, locked: bool = False) -> Any:
    """A grant's row.

    Raises:
        Unknown: if there is none.
    """
    query = sa.select(T).where(T.c.id == id)
    row = tx.one_or_none(query.with_for_update() if locked else query)
    if row is None:
        raise Unknown("Diese Befugnis gibt es nicht.")
    return row


def state_of(row: Any) -> str:
    """How a grant stands today."""
    today = clock.local_day(clock.now())
    if row.ended_at is not None:
        return ENDED
    if row.until_bis < today:
        return OVER
    if row.kind != AMTSHILFE and row.signed_at is None:
        return OFFERED
    return NOT_YET if row.from_am > today else VALID


def _is_valid() -> sa.ColumnElement[bool]:
    """The condition on grants that they hold today."""
    today = clock.local_day(clock.now())
    signed = sa.or_(T.c.kind == AMTSHILFE, T.c.signed_at.is_not(None))
    return sa.and_(T.c.ended_at.is_(None), T.c.from_am <= today, T.c.until_bis >= today, signed)


def sign(tx: Tx, id: str, login: str, users: Sequence[tuple[str, str]]) -> bool:
    """The other side agrees and says who of it uses the grant; False if it has, or the grant is ended."""
    open_ = sa.and_(T.c.id == id, T.c.signed_at.is_(None), T.c.ended_at.is_(None), T.c.kind != AMTSHILFE)
    return (
        tx.execute(sa.update(T).where(open_).values(signed_by=login, signed_at=clock.now(), users=json.dumps(users))).rowcount
        == 1
    )


def end(tx: Tx, id: str, by: str, because: str) -> bool:
    """End a grant; False if it was."""
    mine = sa.and_(T.c.id == id, T.c.ended_at.is_(None))
    values = {"ended_by": by, "ended_at": clock.now(), "ended_because": because, "secret": None, "tell_at": clock.now()}
    return tx.execute(sa.update(T).where(mine).values(**values)).rowcount == 1


def renew(tx: Tx, id: str, secret: str) -> bool:
    """Give a grant another secret, which its guest is to be told; False if it is being told one, or has ended."""
    mine = sa.and_(T.c.id == id, T.c.ended_at.is_(None), T.c.tell_at.is_(None))
    values = {"secret_hash": hash_of(secret), "secret": db.sealed(secret), "tell_at": clock.now()}
    return tx.execute(sa.update(T).where(mine).values(**values)).rowcount == 1


def over(tx: Tx) -> Sequence[str]:
    """Those whose last day is over and that nobody has ended."""
    today = clock.local_day(clock.now())
    return tx.scalars(sa.select(T.c.id).where(T.c.ended_at.is_(None), T.c.until_bis < today).order_by(T.c.id))


def next_over(tx: Tx) -> dt.datetime | None:
    """When the last day of one is over that nobody has ended, or since when."""
    day = tx.run(_NEXT_OVER, {}).rows[0].day
    return None if day is None else dt.datetime.combine(day + dt.timedelta(1), dt.time(), clock.ZONE)


_NEXT_OVER = Prepared(sa.select(sa.func.min(T.c.until_bis).label("day")).where(T.c.ended_at.is_(None)))


def passed_over(tx: Tx, leistung: str) -> Any:
    """The grant by which a Leistung has passed over to another municipality (§ 18 GkZ) today; None if none does."""
    over = sa.and_(_is_valid(), T.c.opens == LEISTUNG, T.c.opens_key == leistung, T.c.legal_form == DELEGATION)
    return tx.one_or_none(sa.select(T).where(over).order_by(T.c.signed_at, T.c.id).limit(1))


def untold(tx: Tx) -> Sequence[str]:
    """The ids of those of which the guest is to be told now that they were given, or that they have ended."""
    return tx.scalars(sa.select(T.c.id).where(T.c.tell_at <= clock.now(), ~restored.held()).order_by(T.c.tell_at, T.c.id))


def next_told(tx: Tx) -> dt.datetime | None:
    """When a guest is to be told something, or since when it could have been."""
    rows = tx.run(_NEXT_TOLD, {}).rows
    return rows[0].tell_at if rows else None


_NEXT_TOLD = Prepared(sa.select(T.c.tell_at).where(T.c.tell_at.is_not(None), ~restored.held()).order_by(T.c.tell_at).limit(1))


def told(tx: Tx, row: Any) -> bool:
    """The guest knows how it stood when the row was read, and holds the secret, which is kept nowhere else; False if it did."""
    same = sa.and_(T.c.ended_at.is_not_distinct_from(row.ended_at), T.c.secret_hash == row.secret_hash)
    as_it_was = sa.and_(T.c.id == row.id, T.c.tell_at.is_not(None), same)
    return tx.execute(sa.update(T).where(as_it_was).values(tell_at=None, secret=None)).rowcount == 1


def put_off(tx: Tx, row: Any) -> None:
    """The guest could not be told: it is tried again in a minute."""
    as_it_was = sa.and_(T.c.id == row.id, T.c.tell_at == row.tell_at)
    tx.execute(sa.update(T).where(as_it_was).values(tell_at=clock.now() + TOLD_AGAIN))


# --- who uses it -----------------------------------------------------------------------------------------------------


def login_of(guest: str, konto_id: str) -> str:
    """How somebody of another municipality is called here; no login of ours has that sign."""
    return f"{guest}/{konto_id}"


def proves(row: Any, secret: str) -> bool:
    """Whether a secret is that of a grant."""
    return hmac.compare_digest(row.secret_hash, hash_of(secret))


def is_for(row: Any, clerk: Clerk) -> bool:
    """Whether somebody of the guest may use a grant: by who they are there now."""
    return names_one(json.loads(row.users), clerk.id, clerk.roles, clerk.groups)


def names_one(users: Iterable[Sequence[str]], id: str, roles: Collection[str], groups: Collection[str]) -> bool:
    """Whether those who use a grant are somebody with this id, these roles and Stellen, or one of them is."""
    own = {KONTO: {id}, ROLLE: roles, STELLE: groups}
    return any(key in own.get(what, ()) for what, key in users)


def guest_of(row: Any, clerk: Clerk, covered: Konto | None, also: tuple[Konto, ...] = ()) -> Konto:
    """The Konto that acts here by a grant: with no roles and no Stellen, but the rights and the tasks that it gives.

    `also` are those it covers by others.
    """
    rights = frozenset(json.loads(row.rights)) & frozenset(clerk.rights)
    granted = Granted(row.id, row.guest, row.kind, (row.opens, row.opens_key), rights, also)
    login = login_of(row.guest, clerk.id)
    stands_in = () if covered is None else (covered,)
    return Konto(login, login, f"{clerk.name} ({row.guest_name})", stands_in=stands_in, granted=granted)


def covered_by(tx: Tx, row: Any) -> Konto | None:
    """Whose tasks a grant opens, as somebody to stand in for; None where it opens none (any more)."""
    if row.opens == VORGANG:
        return None
    if row.opens == KONTO:
        k = konto.T
        found = tx.one_or_none(sa.select(k).where(k.c.login == row.opens_key, k.c.active))
        return None if found is None else konto.value_of(found)
    groups = frozenset() if row.opens == LEISTUNG else frozenset({row.opens_key})
    return Konto(row.id, place_of(row), row.opens_name, groups=groups)


def also_covered(tx: Tx, row: Any, clerk: Clerk) -> tuple[Konto, ...]:
    """Those that somebody of another municipality stands in for besides, by other grants and at home: four eyes count them."""
    others = sa.and_(_is_valid(), T.c.guest == row.guest, T.c.opens.in_((KONTO, ROLLE, STELLE)), T.c.id != row.id)
    here = [covered_by(tx, one) for one in tx.all(sa.select(T).where(others)) if is_for(one, clerk)]
    logins = [login_of(row.guest, id) for id in clerk.covers]
    there = tx.all(sa.select(GUESTS).where(GUESTS.c.login.in_(logins))) if logins else ()
    return (*(one for one in here if one is not None), *(Konto(one.login, one.login, one.name) for one in there))


def place_of(row: Any) -> str:
    """In whose place tasks are held by a grant: a login, or a name for the role, Stelle or Leistung that no login has."""
    return str(row.opens_key) if row.opens == KONTO else f"befugnis:{row.id}"


def is_met(tx: Tx, guest: Konto, clerk: Clerk) -> bool:
    """Whether it is known already what somebody of another municipality is called, and by which addresses."""
    row = tx.one_or_none(sa.select(GUESTS).where(GUESTS.c.login == guest.login))
    if row is None or (row.name, row.email) != (guest.name[:500], address.plain(clerk.email)):
        return False
    return set(map(address.plain, clerk.had)) <= {row.email, "", *address.of(tx, guest.login)}


def meet(tx: Tx, guest: Konto, clerk: Clerk) -> None:
    """Keep what somebody of another municipality is called, and each address that they have or had."""
    values = {"name": guest.name[:500], "email": address.plain(clerk.email)}
    if not tx.insert_once(GUESTS, {"login": guest.login, **values}):
        tx.execute(sa.update(GUESTS).where(GUESTS.c.login == guest.login).values(**values))
    address.keep(tx, guest.login, clerk.email, *clerk.had[: address.MOST])


def names(tx: Tx) -> dict[str, str]:
    """What guests are called, and what they stand in for."""
    places = tx.all(sa.select(T.c.id, T.c.opens, T.c.opens_key, T.c.opens_name).where(T.c.opens.not_in((KONTO, VORGANG))))
    called = {place_of(row): row.opens_name for row in places}
    return {**called, **{row.login: row.name for row in tx.all(sa.select(GUESTS.c.login, GUESTS.c.name))}}


def name_in_letters(tx: Tx, login: str) -> str | None:
    """What somebody who works here, or did by a grant, is called in a letter: without their municipality."""
    name: str | None = tx.scalar(sa.select(konto.T.c.name).where(konto.T.c.login == login))
    if name is not None or not home_of(login):
        return name
    known: str | None = tx.scalar(sa.select(GUESTS.c.name).where(GUESTS.c.login == login))
    homes = tx.scalars(sa.select(T.c.guest_name).where(T.c.guest == home_of(login)).distinct())
    for home in homes:
        known = None if known is None else known.removesuffix(f" ({home})")
    return known


def same_person(tx: Tx, login: str) -> Sequence[str]:
    """All logins of the person who has this one: by an e-mail address, of now or once, they may work here and at neighbours.

    Within one municipality two Konten are two persons: they may share a mailbox.
    """
    all_of_them = [sa.select(table.c.login, table.c.email) for table in (konto.T, GUESTS, address.T)]
    everybody = sa.union_all(*all_of_them).subquery()
    found = tx.scalars(sa.select(everybody.c.email).where(everybody.c.login == login))
    mine = {address.plain(one) for one in found} - {""}
    # SQLite knows the small letters of ASCII only: for an address with others, all are looked through.
    alike = sa.func.lower(everybody.c.email).in_(mine) if all(map(str.isascii, mine)) else sa.true()
    others = tx.all(sa.select(everybody).where(alike)) if mine else ()
    logins = {row.login for row in others if address.plain(row.email) in mine and home_of(row.login) != home_of(login)}
    return sorted({login, *logins})


def home_of(login: str) -> str:
    """The slug of the municipality that a guest is of; nothing for who works here."""
    return login.rpartition("/")[0]


# --- uses ------------------------------------------------------------------------------------------------------------


def use(tx: Tx, guest: Konto, tag: str, vorgang_id: str | None) -> None:
    """Note, with what is being done, that somebody of another municipality does it; the Auftrag tells their own.

    Raises:
        Unknown: the grant has ended meanwhile; then nothing of it is done.
    """
    granted = guest.granted
    assert granted is not None
    if vorgang_id is None:
        return  # about the grant itself, which keeps it
    next_ = sa.update(T).where(T.c.id == granted.id, _is_valid()).values(uses=T.c.uses + 1).returning(T.c.uses)
    sequence = tx.scalar(next_)
    if sequence is None:
        raise Unknown("Das gibt es hier nicht.")
    now, id = clock.now(), new_id()
    values = {"id": id, "grant_id": granted.id, "sequence": sequence, "konto": guest.login, "tag": tag, "at": now}
    tx.execute(sa.insert(USES).values(vorgang_id=vorgang_id, **values))
    inputs = {
        "kommune": granted.kommune, "befugnis": granted.id, "nummer": sequence, "konto": guest.login, "tat": tag,
        "vorgang": vorgang_id, "am": now.isoformat(), "benutzung": id,
    }  # fmt: skip
    tx.execute(sa.insert(auftrag.T).values(vorgang_id=vorgang_id, **auftrag.free_row(id, TOLD, TOLD_NAME, inputs)))


def seen_today(tx: Tx, guest: Konto, tag: str, vorgang_id: str) -> bool:
    """Whether it was noted today already that somebody has looked at a case by a grant."""
    assert guest.granted is not None
    since = clock.now() - dt.timedelta(days=1)
    mine = sa.and_(USES.c.grant_id == guest.granted.id, USES.c.konto == guest.login, USES.c.vorgang_id == vorgang_id)
    rows = tx.scalars(sa.select(USES.c.at).where(mine, USES.c.tag == tag, USES.c.at > since))
    return any(clock.local_day(at) == clock.local_day(clock.now()) for at in rows)
