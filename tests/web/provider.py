"""A login service for tests: OpenID Connect over real HTTP, which checks what it is sent and lies where it is told to."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.wrappers import Request, Response

from engine.base import clock

CLIENT, SECRET = "amtsweg", "nur zwischen uns"


@dataclass
class Provider:
    """Who signs in there is `login`; `claims` and `header` change what is signed, `key` with what."""

    login: str = "anna"
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256"})
    metadata: dict[str, Any] = field(default_factory=dict)
    sign: Callable[[dict[str, Any], dict[str, Any]], str] | None = None
    answer: Response | None = None
    secret: str = SECRET
    url: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1", "use": "sig"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def wsgi(self, environ: Any, start: Any) -> Any:
        request = Request(environ)
        doors = {
            "/.well-known/openid-configuration": self._describe,
            "/authorize": self._ask,
            "/keys": self._keys,
            "/token": self._token,
        }
        door = doors.get(request.path)
        response = self.answer or (Response("", 404) if door is None else door(request))
        return response(environ, start)

    def authorize(self, address: str) -> dict[str, str]:
        """What the browser brings back after somebody has signed in at that address."""
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.url}/authorize"
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        assert len(asked["nonce"]) >= 32
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.url}

    def _ask(self, request: Request) -> Response:
        """The page on which one signs in over there."""
        asked = dict(request.args)
        brought = urlencode(self.authorize(request.url))
        page = f'<a href="{asked["redirect_uri"]}?{escape(brought)}">Ich bin {escape(self.login)}</a>'
        return Response(
            f'<!doctype html><html lang="de"><title>Dienst</title><link rel="icon" href="data:,">{page}</html>',
            content_type="text/html",
        )

    def _describe(self, request: Request) -> Response:
        described = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "code_challenge_methods_supported": ["S256"],
            **self.metadata,
        }
        return Response(json.dumps(described), content_type="application/json")

    def _keys(self, request: Request) -> Response:
        others = [{"kty": "unknown", "kid": "x"}, {"kty": "oct", "k": "YQ", "kid": "y"}]
        keys = [*others, *KeySet([self.key]).as_dict(private=False)["keys"]]
        return Response(json.dumps({"keys": keys}), content_type="application/json")

    def _token(self, request: Request) -> Response:
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        client = unquote(base64.b64decode(given).decode()) if kind == "Basic" else ""
        asked = self.codes.pop(request.form.get("code", ""), None)
        challenge = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
        right = (
            client == f"{CLIENT}:{self.secret}"
            and request.form["grant_type"] == "authorization_code"
            and asked is not None
            and asked["redirect_uri"] == request.form.get("redirect_uri")
            and asked["code_challenge"] == base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
        )
        if not right or asked is None:
            return Response('{"error": "invalid_grant"}', 400, content_type="application/json")
        now = int(clock.now().timestamp())
        claims = {
            "iss": self.url, "sub": "4711", "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"],
            "preferred_username": self.login, **self.claims,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"kid": "1", **self.header}
        token = self.sign(header, claims) if self.sign else jwt.encode(header, claims, self.key)
        body = {"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": token}
        return Response(json.dumps(body), content_type="application/json")
