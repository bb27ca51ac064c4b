"""What a browser holds: for every municipality a token that says who is signed in, and a signed cookie for the pages.

    amtsweg_<slug>          the token, nothing else; the session itself is a row (engine.model.session)
    amtsweg_<slug>_seite    signed: what Flask keeps between pages, the secret of forms and a sentence to show

Names and paths carry the municipality: a session of one is nobody in another, and a browser may be signed in to several. The
signed cookie names the session it belongs to; when that is over nothing in it counts any more. Outside a municipality there is
neither.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from flask import Flask, Response, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from engine.model.zentrale import BETRIEB, RESERVED, SLUG

MARK = "sitzung"
TOKEN_SIGNS = 43


def slug_of(path: str) -> str | None:
    """The municipality a path belongs to, or the operator; None for pages of neither."""
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    return first if first == BETRIEB or (SLUG.fullmatch(first) and first not in RESERVED) else None


# --- the token -------------------------------------------------------------------------------------------------------


def new_token() -> str:
    """A token that nobody has seen."""
    return secrets.token_urlsafe(32)


def next_token(token: str) -> str:
    """The token that follows: for whoever asks with the one before the same, for others not to be known.

    When the answer that brought it is lost, or two requests were on the way, the next answer brings the same again.
    """
    return base64.urlsafe_b64encode(_derived(b"next session token", token)).rstrip(b"=").decode("ascii")


def hash_of(token: str) -> str:
    """How the table names a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def sent_token() -> str | None:
    """The token that the request brings."""
    token = request.cookies.get(_name(), "")
    return token if len(token) == TOKEN_SIGNS and token.isascii() else None


def brings_a_cookie() -> bool:
    """Whether the request brings a token, whatever it is worth: browsers send it only from pages of the same site."""
    return _name() in request.cookies


def give(token: str | None) -> None:
    """Let the answer bring a token to the browser; with None it takes away the one that is there."""
    g.token_to_give = token


def _name() -> str:
    return f"amtsweg_{slug_of(request.path)}"


def _bring(response: Response) -> Response:
    if "token_to_give" not in g:
        return response
    config = current_app.config
    token: str | None = g.token_to_give
    response.set_cookie(
        _name(),
        token or "",
        max_age=None if token else 0,
        path=f"/{slug_of(request.path)}",
        secure=config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return response


# --- the signed cookie -----------------------------------------------------------------------------------------------


class KommuneSessions(SecureCookieSessionInterface):
    """Signed cookies, one for each municipality."""

    def get_cookie_name(self, app: Flask) -> str:
        return f"amtsweg_{slug_of(request.path)}_seite"

    def get_cookie_path(self, app: Flask) -> str:
        return f"/{slug_of(request.path)}"

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        slug = slug_of(request.path)
        if slug is None or not app.secret_key:
            return None
        options = {"key_derivation": self.key_derivation, "digest_method": self.digest_method}
        return URLSafeTimedSerializer(
            app.secret_key, salt=f"amtsweg session {slug}", serializer=self.serializer, signer_kwargs=options
        )


def bind(mark: str | None) -> None:
    """Forget what the signed cookie holds unless it belongs to the session of that mark; None is the session of nobody."""
    if session.get(MARK) != mark:
        restart(mark)


def restart(mark: str | None) -> None:
    """Begin the signed cookie anew, for the session of that mark."""
    session.clear()
    g.pop("csrf_token", None)  # Flask-WTF would go on with the one it has handed out in this request
    if mark is not None:
        session[MARK] = mark
        # The same for every page of the session: two that load at the same time must not each make one of their own.
        session["csrf_token"] = _derived(b"forms", mark).hex()


def _derived(use: bytes, text: str) -> bytes:
    key = current_app.secret_key
    assert isinstance(key, bytes)  # set by `wire`
    return hmac.new(key, use + b"\0" + text.encode(), hashlib.sha256).digest()


def wire(app: Flask, secret: str, *, secure: bool) -> None:
    """Give an app its sessions, signed with a key that is derived from the installation's secret."""
    app.secret_key = hashlib.sha256(b"amtsweg web session\0" + secret.encode()).digest()
    app.session_interface = KommuneSessions()
    app.after_request(_bring)
    app.config.update(
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_CHECK_DEFAULT=False,  # web.access asks for it, after it knows who is calling and how
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        WTF_CSRF_SSL_STRICT=False,  # pages send no referrer
    )
