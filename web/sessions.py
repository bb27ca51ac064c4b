"""Who is signed in, as a signed cookie of its own for every municipality.

Name, path and signature of the cookie carry the municipality: a session of one is nobody in another, and a browser may be
signed in to several. Outside a municipality there is no session at all.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from engine.model.zentrale import RESERVED, SLUG

LASTS = timedelta(hours=10)


def slug_of(path: str) -> str | None:
    """The municipality a path belongs to; None for pages of the installation itself."""
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    return first if SLUG.fullmatch(first) and first not in RESERVED else None


class KommuneSessions(SecureCookieSessionInterface):
    """Signed cookies, one for each municipality."""

    def get_cookie_name(self, app: Flask) -> str:
        return f"amtsweg_{slug_of(request.path)}"

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


def wire(app: Flask, secret: str, *, secure: bool) -> None:
    """Give an app its sessions, signed with a key that is derived from the installation's secret."""
    app.secret_key = hashlib.sha256(b"amtsweg web session\0" + secret.encode()).digest()
    app.session_interface = KommuneSessions()
    app.config.update(
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=LASTS,
        WTF_CSRF_CHECK_DEFAULT=False,  # web.access asks for it, after it knows who is calling and how
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        WTF_CSRF_SSL_STRICT=False,  # pages send no referrer
    )
