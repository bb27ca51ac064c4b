"""Held: what a guest hears from an origin, and writes down: a grant it was given, a use, an end; and that it has signed.

All of it may come twice. In the guest's own namespace, called through `engine.base.ports.Neighbours`. By the same way an origin
hears what was tried by one of its grants while it was away (`engine.verbs.attempts`).
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.base import db, files
from engine.base.characters import in_kept_characters
from engine.base.errors import Problem, Unavailable, Unknown
from engine.base.ports import News, Reply
from engine.base.rights import COOPERATE, SYSTEM, SYSTEM_RIGHT, Konto, verb
from engine.model import einstellung, grant_held, konto, letterhead, protokoll
from engine.model.grant import GEMEINSAMES_AMT, KINDS
from engine.reads.sight import NOT_HERE
from engine.verbs.attempts import hear_attempt

MOST_SECRET, MOST_USES, LONGEST_ID = 200, 2**31 - 1, 26


def hear(news: News) -> Reply:
    """Take in what another municipality tells."""
    acts = {"grant": hold, "use": note_use, "end": let_go, "attempt": hear_attempt}
    try:
        if not in_kept_characters(news.content):
            raise ValueError("characters that cannot be kept")
        if news.kind == "letterhead":
            return Reply("ok", our_letterhead(news))
        if news.kind not in acts:
            raise Unknown(NOT_HERE)
        acts[news.kind](news, by=SYSTEM)
    except Unavailable as problem:
        return Reply("away", sentence=problem.sentence)
    except Problem as problem:
        return Reply("unknown", sentence=problem.sentence)
    except (KeyError, TypeError, ValueError, OverflowError):
        return Reply("invalid", sentence="Diese Mitteilung ist nicht lesbar.")
    return Reply("ok")


def _require_grant(told: Mapping[str, Any]) -> None:
    """Go on only with what can be a grant: what is kept of it is read with every list of tasks.

    Raises:
        ValueError: it is none.
    """
    secret = told["secret"]
    if (
        told["kind"] not in KINDS
        or not grant_held.are_users(told["users"])
        or not isinstance(secret, str)
        or len(secret) > MOST_SECRET
    ):
        raise ValueError("no grant")


def our_letterhead(news: News) -> Mapping[str, Any]:
    """How we write, for an origin whose Leistung has passed over to us: letterhead, texts and the bytes of the logo.

    Raises:
        Unknown: we have signed no gemeinsames Amt with that one under that name, or it has ended.
    """
    with db.reading() as tx:
        row = grant_held.find(tx, news.origin, news.grant)
        if row is None or row.kind != GEMEINSAMES_AMT or row.signed_at is None or row.ended_at is not None:
            raise Unknown(NOT_HERE)
        said, texts = einstellung.read(tx, letterhead.HEAD, {}), letterhead.texts_of(tx)
        logo = letterhead.head_from(said).logo
    picture = base64.b64encode(files.get(logo)).decode("ascii") if logo else ""
    return {"briefkopf": {"authority": db.slug(), **said}, "brieftexte": dict(texts), "logo": picture}


@verb(right=SYSTEM_RIGHT, tag="befugnis:erhalten")
def hold(news: News, *, by: Konto) -> bool:
    """Keep a grant with its secret, sealed; False if we have it."""
    _require_grant(news.content)
    with db.transaction() as tx:
        new = grant_held.add(tx, news.origin, news.origin_name, news.grant, news.content)
        if not (new or grant_held.renew(tx, news.origin, news.grant, news.content["secret"])):
            return False
        protokoll.record(tx, None, herkunft=news.origin, befugnis=news.grant, art=news.content["kind"])
    return True


@verb(right=SYSTEM_RIGHT, tag="befugnis:benutzt")
def note_use(news: News, *, by: Konto) -> bool:
    """Write down that somebody of us has used a grant: one line for each, however often it is told. False if there is one.

    Raises:
        Unknown: we hold no such grant.
    """
    told = news.content
    with db.transaction() as tx:
        if grant_held.find(tx, news.origin, news.grant) is None:
            raise Unknown(NOT_HERE)
        number, login, act = int(told["nummer"]), _login(tx, str(told["konto"])), str(told["tat"])
        use_id = str(told["benutzung"])
        if not (0 < number <= MOST_USES and 0 < len(use_id) <= LONGEST_ID):
            raise ValueError("no number of a use")
        at = dt.datetime.fromisoformat(str(told["am"])).astimezone(dt.UTC)
        if not grant_held.hear(tx, news.origin, news.grant, use_id, number, login[:100], act[:100], at):
            return False
        named = {"konto": login, "tat": act, "vorgang": told["vorgang"], "am": told["am"]}
        protokoll.record(tx, None, herkunft=news.origin, befugnis=news.grant, nummer=number, **named)
    return True


def _login(tx: db.Tx, name: str) -> str:
    """The login here of who was at the origin under that name."""
    k = konto.T
    found = tx.scalar(sa.select(k.c.login).where(k.c.id == name.removeprefix(f"{db.slug()}/")))
    return name if found is None else str(found)


@verb(right=SYSTEM_RIGHT, tag="befugnis:erloschen")
def let_go(news: News, *, by: Konto) -> bool:
    """Note that a grant has ended; False if that was known, or we never held it."""
    with db.transaction() as tx:
        if not grant_held.end(tx, news.origin, news.grant):
            return False
        protokoll.record(tx, None, herkunft=news.origin, befugnis=news.grant)
    return True


@verb(right=COOPERATE, tag="befugnis:erloschen")
def drop_held(origin: str, grant_id: str, *, by: Konto) -> bool:
    """End here a grant of which its origin knows nothing (any more), or whose origin has left; False if it was ended.

    That municipality is not asked: who calls has, and was refused.
    """
    with db.transaction() as tx:
        if not grant_held.end(tx, origin, grant_id):
            return False
        protokoll.record(tx, None, herkunft=origin, befugnis=grant_id)
    return True


@verb(right=COOPERATE, tag="befugnis:angenommen")
def keep_signed(origin: str, grant_id: str, users: Sequence[tuple[str, str]], *, by: Konto) -> bool:
    """Write down that we have signed an agreement, and who of us uses it; False if it is written down.

    Called when the origin has taken the signature; once more, if its answer was lost.
    """
    with db.transaction() as tx:
        if not grant_held.sign(tx, origin, grant_id, users):
            return False
        protokoll.record(tx, None, herkunft=origin, befugnis=grant_id, benutzt_von=users)
    return True
