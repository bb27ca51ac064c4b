"""The signature on what a twin receives and sends: HMAC-SHA256 over timestamp + "." + body, at most five minutes old."""

from __future__ import annotations

import hashlib
import hmac

LASTS_S = 300


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The value of X-Signature for a body sent at that unix second."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def genuine(secret: str, timestamp: str, signature: str, body: bytes, now_s: float) -> bool:
    """Whether a signature is by someone who knows the secret, and fresh."""
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return False
    fresh = abs(now_s - int(timestamp)) <= LASTS_S
    return hmac.compare_digest(sign(secret, timestamp, body).encode(), signature.encode()) and fresh
