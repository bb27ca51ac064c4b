"""Secrets at rest: sealed with a key derived from AMTSWEG_SECRET, so that a stolen registry opens nothing."""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from engine.base.errors import Invalid


def derived_key(secret: str, purpose: bytes) -> bytes:
    """A key of 32 bytes for one purpose.

    Raises:
        Invalid: AMTSWEG_SECRET is missing.
    """
    if not secret:
        raise Invalid("AMTSWEG_SECRET fehlt. Ohne dieses Geheimnis lassen sich Zugangsdaten nicht verschlüsselt ablegen.")
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())


@lru_cache(maxsize=4)
def _key(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derived_key(secret, b"amtsweg zentrale 1")))


def seal(text: str, secret: str) -> str:
    """Encrypt a short text, for instance a password, so that only the same secret opens it."""
    return _key(secret).encrypt(text.encode()).decode("ascii")


def unseal(sealed: str, secret: str) -> str:
    """Open what `seal` closed.

    Raises:
        Invalid: AMTSWEG_SECRET is missing or is not the one it was sealed with.
    """
    try:
        return _key(secret).decrypt(sealed.encode("ascii")).decode()
    except InvalidToken as cause:
        raise Invalid(
            "Gespeicherte Zugangsdaten lassen sich nicht öffnen: AMTSWEG_SECRET ist nicht das Geheimnis, "
            "mit dem sie abgelegt wurden."
        ) from cause
