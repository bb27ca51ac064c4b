"""Signing in through the login service of the municipality: OpenID Connect, authorization code with PKCE.

    address     where the browser is sent, with a state, a nonce and a challenge that only this browser can answer
    login_from  what it brings back: the code is exchanged for an ID token, which must be signed, meant for us, fresh and ours
    check       whether the service answers as it should, for the page of the setting

Who comes in must be a Konto already. Every refusal is a sentence for the login page; the reason in a word is for the Protokoll.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import current_app, request, session, url_for
from flask_babel import gettext as _

from engine import reads
from engine.base import clock
from engine.base.ports import Refused, Unreachable
from engine.verbs.login import OIDC, is_secure_address
from web.compose import ask
from web.settings import Settings

SCOPE = "openid profile email"
STARTED, STARTED_AT_MOST, STARTED_LASTS = "oidc", 3, dt.timedelta(minutes=10)
LEEWAY_S, TIMEOUT_S = 60, 8
ALGORITHMS = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA".split()
KEY_TYPES = frozenset({"RSA", "EC", "OKP"})
PARTNER = "Der Anmeldedienst"


class NotSignedIn(Exception):
    """The service let nobody in; the sentence is for the login page, the reason for the Protokoll."""

    def __init__(self, sentence: str, reason: str, login: str = "") -> None:
        super().__init__(sentence)
        self.sentence, self.reason, self.login = sentence, reason, login


@dataclass(frozen=True, slots=True)
class Service:
    """The login service as it is set."""

    issuer: str
    client_id: str
    client_secret: str
    claim: str
    only_oidc: bool
    emergency: str
    """The login that may come in with its password where the service is the only way; empty: nobody's."""


def service() -> Service | None:
    """The login service of this municipality, if it has one."""
    value = reads.setting(OIDC)
    return Service(**{name: value.get(name, "") for name in Service.__slots__}) if value else None


def redirect_uri() -> str:
    """The address to which the service sends people back; it must be known there."""
    return url_for("desk.end_oidc", _external=True, _scheme="http" if plain_http() else "https")


def plain_http() -> bool:
    """Whether pages are reached without TLS: a demo, a developer's machine, where the service may be on the same machine."""
    settings: Settings = current_app.extensions["settings"]
    return settings.plain_http


# --- there -----------------------------------------------------------------------------------------------------------


def address(to: Service, onward: str) -> str:
    """Where the browser goes to sign in; what must come back is remembered in its signed cookie."""
    from authlib.oauth2.client import OAuth2Client

    metadata = _metadata(to.issuer)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _number in range(3))
    client = OAuth2Client(None, to.client_id, scope=SCOPE, redirect_uri=redirect_uri(), code_challenge_method="S256")
    url, _state = client.create_authorization_url(
        metadata["authorization_endpoint"], state=state, code_verifier=verifier, nonce=nonce
    )
    started = _started()
    started[state] = [nonce, verifier, onward, int(clock.now().timestamp())]
    session[STARTED] = dict(list(started.items())[-STARTED_AT_MOST:])
    return str(url)


def _started() -> dict[str, list[Any]]:
    """The logins this browser has begun lately, by state."""
    oldest = (clock.now() - STARTED_LASTS).timestamp()
    return {state: begun for state, begun in session.get(STARTED, {}).items() if begun[3] >= oldest}


# --- and back --------------------------------------------------------------------------------------------------------


def login_from(at: Service) -> tuple[str, str]:
    """The login of whoever comes back from the service, and the page where they wanted to go.

    Raises:
        NotSignedIn: something that comes back is not as it must be.
    """
    started = _started()
    begun = started.pop(request.args.get("state", ""), None)
    session[STARTED] = started
    if begun is None:
        raise NotSignedIn(
            _("Diese Anmeldung ist abgelaufen oder wurde hier nicht begonnen. Bitte versuchen Sie es noch einmal."), "state"
        )
    nonce, verifier, onward, _at = begun
    if "error" in request.args:
        raise NotSignedIn(_("Die Anmeldung wurde beim Anmeldedienst abgebrochen oder dort abgelehnt."), "abgebrochen")
    if request.args.get("iss", at.issuer) != at.issuer:
        raise NotSignedIn(_("Die Antwort kommt von einem anderen Anmeldedienst."), "iss")
    metadata = _metadata(at.issuer)
    token = _token(at, metadata, verifier)
    claims = _claims(at, token, _keys(metadata), nonce)
    return _login(at, claims), onward


def _token(at: Service, metadata: Mapping[str, Any], verifier: str) -> dict[str, Any]:
    """What the service gives for the code."""
    from authlib.common.errors import AuthlibBaseError
    from authlib.oauth2.client import OAuth2Client

    methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    how = "client_secret_post" if "client_secret_basic" not in methods else "client_secret_basic"
    client = OAuth2Client(
        _Wire(), at.client_id, at.client_secret, token_endpoint_auth_method=how if at.client_secret else "none",
        redirect_uri=redirect_uri(),
    )  # fmt: skip
    try:
        answer = client.fetch_token(
            metadata["token_endpoint"],
            grant_type="authorization_code",
            code=request.args.get("code", ""),
            code_verifier=verifier,
        )
    except (AuthlibBaseError, ValueError, Refused) as cause:
        raise NotSignedIn(_("Der Anmeldedienst hat die Anmeldung nicht bestätigt."), "code") from cause
    except Unreachable as cause:
        raise _away() from cause
    return dict(answer)


class _Wire:
    """What Authlib sends with: our own wire, which waits and reads only so long."""

    def post(self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: Any) -> _Answer:
        url, sent, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return _Answer(_asked("POST", url, content=body.encode(), headers=sent))


@dataclass(frozen=True, slots=True)
class _Answer:
    """A good answer as Authlib reads it; others have been refused by the wire."""

    body: bytes
    status_code: int = 200

    def json(self) -> Any:
        return json.loads(self.body)

    def raise_for_status(self) -> None:
        """Nothing to raise."""


def _claims(at: Service, token: Mapping[str, Any], keys: Any, nonce: str) -> Mapping[str, Any]:
    """What the ID token says, when its signature, issuer, audience, time and nonce are right."""
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError
    from joserfc.jwk import KeySet

    options = {"iss": {"essential": True, "value": at.issuer}, "aud": {"essential": True, "value": at.client_id}}
    params = {"nonce": nonce, "client_id": at.client_id, "access_token": token.get("access_token")}
    try:
        decoded = jwt.decode(str(token.get("id_token", "")), KeySet.import_key_set(keys), algorithms=ALGORITHMS)
        claims = CodeIDToken(decoded.claims, decoded.header, options, params)
        claims.validate(now=int(clock.now().timestamp()), leeway=LEEWAY_S)
    except ExpiredTokenError as cause:
        raise NotSignedIn(
            _("Die Bestätigung des Anmeldedienstes ist abgelaufen. Bitte versuchen Sie es noch einmal."), "exp"
        ) from cause
    except InvalidClaimError as cause:
        raise NotSignedIn(_("Die Bestätigung des Anmeldedienstes gilt nicht für diese Anmeldung."), "angaben") from cause
    except (JoseError, ValueError, TypeError, KeyError) as cause:
        raise NotSignedIn(_("Die Bestätigung des Anmeldedienstes ist nicht echt oder nicht lesbar."), "signatur") from cause
    return claims


def _login(at: Service, claims: Mapping[str, Any]) -> str:
    """The login that the claims name."""
    login = claims.get(at.claim)
    if not isinstance(login, str) or not login.strip():
        raise NotSignedIn(_("Der Anmeldedienst nennt keinen Anmeldenamen (%(claim)s).", claim=at.claim), "anmeldename")
    if at.claim == "email" and claims.get("email_verified") is False:
        raise NotSignedIn(_("Der Anmeldedienst hat Ihre E-Mail-Adresse nicht bestätigt."), "anmeldename")
    return login.strip().lower()


# --- what the service says of itself ---------------------------------------------------------------------------------


def _metadata(issuer: str) -> dict[str, Any]:
    """What the service says of itself (OpenID Connect Discovery)."""
    found = _read(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != issuer:
        raise NotSignedIn(_("Der Anmeldedienst nennt sich anders, als es hier eingestellt ist."), "issuer")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not is_secure_address(str(found.get(name, "")), query=True, loopback=plain_http()):
            raise NotSignedIn(_("Der Anmeldedienst nennt keine brauchbare Adresse (%(name)s).", name=name), "issuer")
    return found


def _keys(metadata: Mapping[str, Any]) -> Any:
    """The keys the service signs with; asked for every time, for it may change them any time."""
    keys = _read(metadata["jwks_uri"]).get("keys")
    usable = [
        key
        for key in (keys if isinstance(keys, list) else [])
        if isinstance(key, dict) and key.get("kty") in KEY_TYPES and key.get("use", "sig") == "sig"
    ]
    if not usable:
        raise NotSignedIn(_("Der Anmeldedienst nennt keinen Schlüssel, mit dem er unterschreibt."), "schluessel")
    return {"keys": usable}


def _read(url: str) -> dict[str, Any]:
    """A JSON object of the service."""
    try:
        found = json.loads(_asked("GET", url, headers={"Accept": "application/json"}))
    except (Unreachable, Refused) as cause:
        raise _away() from cause
    except ValueError as cause:
        raise NotSignedIn(_("Der Anmeldedienst hat mit etwas Unlesbarem geantwortet."), "unlesbar") from cause
    if not isinstance(found, dict):
        raise NotSignedIn(_("Der Anmeldedienst hat mit etwas Unlesbarem geantwortet."), "unlesbar")
    return found


def _asked(method: str, url: str, **options: Any) -> bytes:
    return ask(PARTNER, method, url, timeout_s=TIMEOUT_S, **options).body


def _away() -> NotSignedIn:
    return NotSignedIn(_("Der Anmeldedienst ist gerade nicht zu erreichen. Bitte versuchen Sie es später noch einmal."), "weg")


def check(issuer: str) -> str | None:
    """What is wrong with a login service, as a sentence; None if it answers as it should. Nobody is signed in by that."""
    if not is_secure_address(issuer, loopback=plain_http()):
        return _("Das ist keine Adresse, die mit https:// beginnt.")
    try:
        metadata = _metadata(issuer)
        _keys(metadata)
    except NotSignedIn as refusal:
        return refusal.sentence
    challenges = metadata.get("code_challenge_methods_supported")
    if isinstance(challenges, list) and "S256" not in challenges:
        return _("Der Anmeldedienst beherrscht PKCE mit S256 nicht.")
    return None
