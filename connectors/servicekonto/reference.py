"""The mailbox of the reference Servicekonto that ships with Amtsweg (web/twins/servicekonto), over HTTP.

The interface is ours and documented there; no certified account speaks it. Requests are signed: X-Timestamp holds unix
seconds, X-Signature the HMAC-SHA256 of timestamp + "." + body under the shared secret.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Mapping
from typing import Any

import httpx

from connectors.outside import Declined, Reply, ask
from engine.base.ports import BpmnError, Capabilities, Delivery, Message, Unreachable, Unsure

PARTNER = "Das Servicekonto"
CAPABILITIES_LAST_S = 300.0
UNDELIVERABLE = "nicht_zustellbar"
NO_SUCH_MAILBOX, TOO_LARGE, WRONG_TYPE = 404, 413, 415


def undeliverable(sentence: str) -> BpmnError:
    """The outcome that a mailbox will never take this message: a diagram can catch it and go another way."""
    return BpmnError(UNDELIVERABLE, sentence, {"nicht_zustellbar_weil": sentence})


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The value of X-Signature for a body sent at that unix second."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class ReferenceMailbox:
    """Speaks to the reference server; remembers for five minutes what a server can do."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, Capabilities]] = {}
        self._lock = threading.Lock()

    def capabilities(self, config: Mapping[str, Any]) -> Capabilities:
        """What this server takes; asked at most every five minutes."""
        with self._lock:
            asked_at, known = self._known.get(config["url"], (0.0, None))
        if known is None or time.monotonic() - asked_at > CAPABILITIES_LAST_S:
            known = self.ask_capabilities(config)
            with self._lock:
                self._known[config["url"]] = (time.monotonic(), known)
        return known

    def ask_capabilities(self, config: Mapping[str, Any]) -> Capabilities:
        """Ask the server now what it takes."""
        said = _send(config, "GET", "/api/faehigkeiten").json()
        try:
            return Capabilities(
                reply=str(said["reply"]),
                attachment_types=frozenset(map(str, said["attachmentTypes"])),
                max_attachment_bytes=int(said["maxAttachmentBytes"]),
                max_total_bytes=int(said["maxTotalBytes"]),
                status_messages=bool(said["statusMessages"]),
            )
        except (KeyError, TypeError, ValueError) as cause:
            raise Unreachable(f"{PARTNER} nennt seine Fähigkeiten nicht vollständig.") from cause

    def send(self, message: Message, *, config: Mapping[str, Any], key: str) -> Delivery:
        """Put a message into its mailbox; the same key again gives the first delivery again.

        Raises:
            BpmnError: there is no such mailbox, or it will never take a message of this size or type. A bare 404, which
                could also come from a wrong address in the settings, is not taken for that: it stays an incident.
        """
        body, content_type = _multipart(message, str(config["kommune"]))
        headers = {"Content-Type": content_type, "Idempotency-Key": key}
        try:
            said = _send(config, "POST", "/api/nachrichten", body, headers).json()
        except Declined as no:
            if no.status in (TOO_LARGE, WRONG_TYPE) or (no.status == NO_SUCH_MAILBOX and no.explained):
                raise undeliverable(str(no)) from no
            raise
        try:
            return Delivery(
                message_id=str(said["messageId"]),
                provided_at=_instant(said["providedAt"]),
                notified_at=_maybe(said.get("notifiedAt")),
                retrieved_at=_maybe(said.get("retrievedAt")),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as cause:
            raise Unsure(f"{PARTNER} hat die Zustellung nicht lesbar bestätigt.") from cause


def _send(
    config: Mapping[str, Any], method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Reply:
    timestamp = str(int(time.time()))  # the wall clock: the other side compares it with its own
    signed = {**(headers or {}), "X-Timestamp": timestamp, "X-Signature": signature(config["secret"], timestamp, body)}
    return ask(PARTNER, method, config["url"] + path, timeout_s=float(config["timeout_s"]), content=body, headers=signed)


def _multipart(message: Message, kommune: str) -> tuple[bytes, str]:
    """The request body: a JSON part `nachricht` and one part `anlage` for each attachment, in the order of the list."""
    note = json.dumps(_note(message, kommune), ensure_ascii=False).encode()
    parts: list[tuple[str, tuple[str | None, bytes, str]]] = [("nachricht", ("nachricht.json", note, "application/json"))]
    parts += [("anlage", (file.name, file.content, file.media_type)) for file in message.attachments]
    request = httpx.Request("POST", "http://servicekonto.invalid/", files=parts)
    return request.read(), request.headers["Content-Type"]


def _note(message: Message, kommune: str) -> dict[str, Any]:
    return {
        "kommune": kommune,
        "address": {
            "account": message.address.account,
            "identifier": message.address.identifier,
            "type": message.address.type,
        },
        "sender": message.sender,
        "subject": message.subject,
        "body": message.body,
        "reference": message.case_reference,
        "service": message.service,
        "reply": message.reply.value,
        "replyUntil": message.reply_until.isoformat() if message.reply_until else None,
        "trustLevel": message.trust_level,
        "attachments": [
            {"name": file.name, "mediaType": file.media_type, "sha256": file.sha256, "length": len(file.content)}
            for file in message.attachments
        ],
    }


def _instant(text: str) -> dt.datetime:
    instant = dt.datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("an instant without an offset proves nothing")
    return instant


def _maybe(text: str | None) -> dt.datetime | None:
    return _instant(text) if text else None
