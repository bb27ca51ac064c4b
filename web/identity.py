"""Who is calling: a person with a session, or a machine with an API token."""

from __future__ import annotations

import logging

from flask import g, request
from flask_babel import gettext as _

from engine import reads
from engine.base import clock
from engine.base.errors import Unauthenticated, Unavailable, Unknown
from engine.base.rights import SYSTEM, Konto
from engine.model.session import PASSWORD, SEEN_EVERY, TURNED_EVERY
from engine.verbs.login import (
    begin_session,
    end_session,
    keep_secret,
    opens_by_password,
    refuse_login,
    take_secret,
    use_session,
    use_token,
)
from web import sessions
from web.passwords import hash_password, nobody, verify_password  # noqa: F401  pages take both from here

log = logging.getLogger(__name__)
nobody()  # a server makes it at its start, so that the first login that does not exist takes no longer than the others


# --- sessions --------------------------------------------------------------------------------------------------------


def sign_in(login: str, password: str) -> Konto | None:
    """Begin a session of the Konto with that login and password, if they are right."""
    konto, hash = _found(login)
    if not opens_by_password(login):
        hash = None  # only the login service does
    if not verify_password(hash, password) or konto is None:
        refuse_login(login, PASSWORD, "passwort" if konto is not None else "konto", by=SYSTEM)
        return None
    try:
        begin(konto, PASSWORD, seen=hash)
    except Unauthenticated:
        return None  # locked or changed in this very moment
    return konto


def begin(konto: Konto, via: str, seen: str | None = None) -> None:
    """Begin a session of a Konto: a token and a signed cookie that nobody has seen before; one that was there ends."""
    sign_out()
    token = sessions.new_token()
    mark = begin_session(sessions.hash_of(token), via, seen=seen, by=konto)
    sessions.give(token)
    sessions.restart(mark)
    g.login = reads.login_of(sessions.hash_of(token))  # for the page that answers the login itself


def sign_out() -> None:
    """End the session."""
    login = current_login()
    if login is not None:
        end_session(login.mark, by=login.konto)
    if sessions.brings_a_cookie():
        sessions.give(None)
    sessions.restart(None)
    g.login = None


def stay(*, turn: bool = False) -> None:
    """The session is being used: note it once a minute, and every 15 minutes, or when asked, give it another token."""
    login, token = current_login(), sessions.sent_token()
    if login is None or token is None:
        return
    old, following = sessions.hash_of(token), sessions.next_token(token)
    if old != login.current:
        # Another request was faster, or its answer was lost: then this one brings the same token again.
        if sessions.hash_of(following) == login.current:
            sessions.give(following)
        return
    now = clock.now()
    try:
        if turn or now - login.turned_at >= TURNED_EVERY:
            use_session(login.mark, (old, sessions.hash_of(following)))
            sessions.give(following)
        elif now - login.seen_at >= SEEN_EVERY:
            use_session(login.mark)
    except Unavailable:
        log.warning("the use of a session could not be noted")  # to look at something is possible all the same


def show_once(about: str, secret: str) -> None:
    """Let the page of that name show something once, such as a password that was just made."""
    keep_secret(required_login().mark, about, secret)


def shown_once(about: str) -> str | None:
    """What the page of that name shows this once."""
    login = required_login()
    return take_secret(login.mark, about) if login.has_secret else None


def _found(login: str) -> tuple[Konto | None, str | None]:
    try:
        return reads.konto_by_login(login)
    except Unknown:
        return None, None


# --- who -------------------------------------------------------------------------------------------------------------


def current_login() -> reads.Login | None:
    """Who is signed in, and how; None if nobody is, or no municipality was entered."""
    if "login" not in g:
        token = sessions.sent_token() if "entered" in g else None
        g.login = None if token is None else reads.login_of(sessions.hash_of(token))
    login: reads.Login | None = g.login
    return login


def required_login() -> reads.Login:
    """Who is signed in, and how.

    Raises:
        Unauthenticated: nobody is; a machine with an API token has no session.
    """
    login = None if bearer() is not None else current_login()
    if login is None:
        raise Unauthenticated(_("Bitte melden Sie sich an."))
    return login


def current_konto() -> Konto | None:
    """Who is calling, in the municipality that is called; None if nobody we know."""
    token = bearer()
    if token is None:
        login = current_login()
        return None if login is None else login.konto
    if "caller" not in g:
        g.caller = _machine(token)
    caller: Konto | None = g.caller
    return caller


def _machine(token: str) -> Konto | None:
    found = reads.caller_with(token)
    if found is None:
        return None
    konto, to_be_noted = found
    if to_be_noted:
        try:
            use_token(token)
        except Unavailable:
            log.warning("the use of a token could not be noted")
    return konto


def required_konto() -> Konto:
    """Who is calling.

    Raises:
        Unauthenticated: nobody we know.
    """
    konto = current_konto()
    if konto is None:
        raise Unauthenticated(_("Bitte melden Sie sich an."))
    return konto


def bearer() -> str | None:
    """The API token of the request, if it brings one; then a session beside it counts for nothing."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.casefold() == "bearer" else None
