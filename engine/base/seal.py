"""Secrets at rest. Each municipality has a key of its own, which is kept wrapped with a key derived from AMTSWEG_SECRET.

    what is sealed in a namespace     with the key of that namespace: settings, what a page shows once
    the key of a namespace            wrapped, in the registry and in its backups
    its password for the database     with AMTSWEG_SECRET too, in the registry

So a stolen registry opens nothing, nor does a stolen database; and with its key a namespace that was removed is gone from every
copy of its database that lies about. Fernet: AES-128-CBC with HMAC-SHA256.
"""

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
def _of_installation(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derived_key(secret, b"amtsweg zentrale 1")))


def seal(text: str, secret: str) -> str:
    """Encrypt a short text, for instance a password, so that only the same AMTSWEG_SECRET opens it."""
    return _of_installation(secret).encrypt(text.encode()).decode("ascii")


def unseal(sealed: str, secret: str) -> str:
    """Open what `seal` closed.

    Raises:
        Invalid: AMTSWEG_SECRET is missing or is not the one it was sealed with.
    """
    try:
        return _of_installation(secret).decrypt(sealed.encode("ascii")).decode()
    except (InvalidToken, UnicodeError) as cause:
        raise Invalid(
            "Gespeicherte Zugangsdaten lassen sich nicht öffnen: AMTSWEG_SECRET ist nicht das Geheimnis, "
            "mit dem sie abgelegt wurden."
        ) from cause


# --- the key of a namespace ------------------------------------------------------------------------------------------


def new_key(secret: str) -> str:
    """A key for a new namespace, wrapped."""
    return seal(Fernet.generate_key().decode("ascii"), secret)


@lru_cache(maxsize=1024)
def key_of(wrapped: str, secret: str) -> Fernet:
    """The key of a namespace, to seal and to open with.

    Raises:
        Invalid: AMTSWEG_SECRET is missing or is not the one it was wrapped with.
    """
    return Fernet(unseal(wrapped, secret))


def close_with(key: Fernet, text: str) -> str:
    """Encrypt a text with the key of a namespace."""
    return key.encrypt(text.encode()).decode("ascii")


def open_with(key: Fernet, sealed: str) -> str:
    """Open what `close_with` closed.

    Raises:
        Invalid: it was closed with another key.
    """
    try:
        return key.decrypt(sealed.encode("ascii")).decode()
    except InvalidToken as cause:
        raise Invalid(
            "Eine verschlüsselte Einstellung lässt sich nicht öffnen: Der Schlüssel der Kommune ist ein anderer."
        ) from cause
