"""Passwords as they are kept: argon2id. Beside `web.identity`, so that commands make one without loading a web server."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's second choice for argon2id; the library's default costs 0.3 s on two cores.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)

MAX_PASSWORD = 1000


def hash_password(password: str) -> str:
    """The argon2id hash of a password, as a Konto keeps it."""
    return _HASHER.hash(password)


@cache
def nobody() -> str:
    """For a login that does not exist: that must take as long as a wrong password. Made at the start of a server."""
    return _HASHER.hash("niemand")


def verify_password(hash: str | None, password: str) -> bool:
    """Whether a password is the one of that hash; without a hash it takes as long and is wrong."""
    if len(password) > MAX_PASSWORD:
        return False
    try:
        return _HASHER.verify(hash or nobody(), password) and hash is not None
    except (VerificationError, InvalidHashError):
        return False
