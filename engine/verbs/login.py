"""Login: sessions of people begin, are used and end; how one signs in here is set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from engine.base import db
from engine.base.errors import Cause, Invalid, Unauthenticated
from engine.base.rights import OWN, SYSTEM_RIGHT, Konto, verb
from engine.model import einstellung, konto, protokoll, session

OIDC = "anmeldung.oidc"
FIELDS = {"client_secret": "geheimnis"}  # no page carries along what a field named like this holds
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@verb(right=OWN, tag="anmeldung:erfolgt")
def begin_session(id: str, via: str, *, seen: str | None = None, by: Konto) -> str:
    """Sign somebody in; gives the mark of the session.

    `id` is the hash of its token, `seen` that of the password that was right.

    Raises:
        Unauthenticated: meanwhile the Konto was deactivated or has another password.
    """
    with db.transaction() as tx:
        row = konto.locked(tx, by.id)
        if not row.active or (seen is not None and row.password != seen):
            raise Unauthenticated("Ihr Konto wurde gerade geändert. Bitte melden Sie sich noch einmal an.")
        mark = session.begin(tx, by.id, id, via)
        protokoll.record(tx, None, weg=via)
    return mark


@verb(right=SYSTEM_RIGHT, tag="anmeldung:gescheitert")
def refuse_login(login: str, via: str, reason: str, *, by: Konto) -> None:
    """Note that somebody could not sign in.

    A login that nobody here has is not written down: it may be a password that was typed into the wrong field.
    """
    with db.transaction() as tx:
        known = tx.scalar(sa.select(konto.T.c.login).where(konto.T.c.login == login))
        protokoll.record(tx, None, anmeldung=known, weg=via, grund=reason)


@verb(right=OWN, tag="anmeldung:beendet")
def end_session(mark: str, *, by: Konto) -> None:
    """Sign out. A session that is over already stays so."""
    with db.transaction() as tx:
        if session.end(tx, mark):
            protokoll.record(tx, None)


def use_session(mark: str, turn: tuple[str, str] | None = None) -> None:
    """Note that a session is in use; `turn` is the hash of its token and that of the next. No Protokoll: nothing is changed."""
    with db.transaction() as tx:
        if turn is None or not session.turn(tx, mark, *turn):
            session.see(tx, mark)


def use_token(token: str) -> None:
    """Note that an API token is in use."""
    with db.transaction() as tx:
        konto.use_token(tx, token)


def keep_secret(mark: str, about: str, secret: str) -> None:
    """Keep something that the next page of this session shows once; `about` says on which page."""
    text = db.sealed(f"{about}\n{secret}")
    with db.transaction() as tx:
        tx.execute(sa.update(session.T).where(session.T.c.mark == mark).values(secret=text))


def take_secret(mark: str, about: str) -> str | None:
    """What this session was to show once on that page; the second time there is nothing."""
    with db.reading() as tx:
        sealed = tx.scalar(sa.select(session.T.c.secret).where(session.T.c.mark == mark))
    if sealed is None:
        return None
    told, _, secret = db.unsealed(sealed).partition("\n")
    if told != about:
        return None
    with db.transaction() as tx:
        taken = sa.update(session.T).where(session.T.c.mark == mark, session.T.c.secret == sealed).values(secret=None)
        return secret if tx.execute(taken).rowcount else None


# --- settings --------------------------------------------------------------------------------------------------------


@verb(right="kommune.verwalten", tag="einstellung:geaendert")
def change_idle(minutes: int, *, by: Konto) -> None:
    """Say after how many minutes without use a session ends; it holds at once, also for those who are signed in.

    Raises:
        Invalid: not between 5 and 480 minutes.
    """
    lowest, highest = session.SHORTEST_IDLE_MIN, session.LONGEST_IDLE_MIN
    if not lowest <= minutes <= highest:
        cause = Cause("So lang kann die Zeit nicht sein.", f"Erlaubt sind {lowest} bis {highest} Minuten.", "/leerlauf")
        raise Invalid("Die Einstellung wurde nicht geändert.", [cause])
    with db.transaction() as tx:
        einstellung.write(tx, session.IDLE, minutes)
        protokoll.record(tx, None, einstellung=session.IDLE, wert=minutes)


@verb(right="kommune.verwalten", tag="einstellung:geaendert")
def change_oidc(wanted: Mapping[str, Any] | None, *, via: str, loopback: bool = False, by: Konto) -> None:
    """Set the login service of the municipality, or with None do without one.

    An empty `client_secret` leaves the one that is set. `via` is how the one who changes it is signed in: only who came through
    the service may make it the only way in, for otherwise a wrong setting would lock everybody out. `loopback`: it may be on
    this very machine, where a developer tries it out.

    Raises:
        Invalid: with a cause for every field that is wrong.
    """
    with db.transaction() as tx:
        before: dict[str, Any] = einstellung.read(tx, OIDC) or {}
        value = None if wanted is None else _checked(wanted, before, via, loopback)
        einstellung.write(tx, OIDC, value)
        shown = {name: text for name, text in (value or {}).items() if name != "client_secret"}
        protokoll.record(tx, None, einstellung=OIDC, **shown)


def _checked(wanted: Mapping[str, Any], before: Mapping[str, Any], via: str, loopback: bool) -> dict[str, Any]:
    """The setting in normal form."""
    fields = ("issuer", "client_id", "client_secret", "claim")
    value: dict[str, Any] = {name: str(wanted.get(name) or "").strip() for name in fields}
    causes = [
        Cause("Das ist zu lang oder nicht lesbar.", "Höchstens 500 Zeichen, ohne Umlaute.", f"/{FIELDS.get(name, name)}")
        for name in fields
        if len(value[name]) > 500 or not (value[name].isascii() and (value[name].isprintable()))
    ]
    value["only_oidc"] = bool(wanted.get("only_oidc"))
    same = (value["issuer"], value["client_id"]) == (before.get("issuer"), before.get("client_id"))
    if not value["client_secret"] and same:
        value["client_secret"] = before.get("client_secret", "")
    if not is_secure_address(value["issuer"], loopback=loopback):
        hint = "Zum Beispiel https://anmeldung.husum.example/realms/verwaltung"
        causes.append(Cause("Das ist keine Adresse, die mit https:// beginnt.", hint, "/issuer"))
    if not value["client_id"]:
        causes.append(Cause("Die Kennung fehlt.", "Der Betrieb des Anmeldedienstes vergibt sie.", "/client_id"))
    if not value["claim"]:
        causes.append(Cause("Die Angabe fehlt.", "Üblich ist preferred_username.", "/claim"))
    if value["only_oidc"] and not (via == session.OIDC and same and value["claim"] == before.get("claim")):
        hint = "Melden Sie sich erst selbst über den Dienst an; dann ist sicher, dass er geht."
        causes.append(Cause("Allein über den Anmeldedienst geht es noch nicht.", hint, "/only_oidc"))
    if causes:
        raise Invalid("Die Einstellung wurde nicht geändert.", causes)
    return value


def is_secure_address(text: str, *, query: bool = False, loopback: bool = False) -> bool:
    """Whether this is an https address; with `loopback` plain http to this very machine will do, for nothing leaves it."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    secure = parts.scheme == "https" or (loopback and parts.scheme == "http" and parts.hostname in LOOPBACK)
    return secure and bool(parts.hostname) and not ((parts.query and not query) or parts.fragment or parts.username)
