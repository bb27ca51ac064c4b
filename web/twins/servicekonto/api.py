"""The REST door of the reference Servicekonto, for authorities. Every request is signed (web.twins.signature)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request
from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate
from werkzeug.datastructures import FileStorage

from web.twins.problems import Refusal
from web.twins.servicekonto import mailboxes
from web.twins.servicekonto.mailboxes import Attachment, Mailboxes
from web.twins.signature import genuine
from web.twins.store import once

if TYPE_CHECKING:
    from web.twins.servicekonto import Limits

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
UNKNOWN = "unbekannt"  # mailboxes whose identifier begins so do not exist: that way the refusal can be tried


def _text(longest: int, shortest: int = 1) -> fields.String:
    return fields.String(required=True, validate=validate.Length(shortest, longest))


class Address(Schema):
    """Whose mailbox: the kind of account, its id there, its type."""

    account = _text(50)
    identifier = _text(255)
    type = _text(50)


class Listed(Schema):
    """An attachment as the message names it; the bytes come as a part of their own."""

    class Meta:
        unknown = EXCLUDE

    name = _text(255)
    mediaType = _text(255)  # noqa: N815 - a name of the interface
    sha256 = fields.String(required=True, validate=validate.Regexp(r"[0-9a-f]{64}\Z"))


class Note(Schema):
    """The part `nachricht` of a message."""

    class Meta:
        unknown = RAISE

    kommune = fields.String(required=True, validate=validate.Regexp(SLUG.pattern + r"\Z"))
    address = fields.Nested(Address, required=True)
    sender = _text(255)
    subject = _text(1024)
    body = _text(1_000_000)
    reference = _text(255)
    service = fields.String(load_default="", validate=validate.Length(max=255))
    reply = fields.String(required=True, validate=validate.OneOf(["FORBIDDEN", "POSSIBLE", "MANDATORY"]))
    replyUntil = fields.Date(load_default=None, allow_none=True)  # noqa: N815 - a name of the interface
    trustLevel = fields.Integer(  # noqa: N815 - a name of the interface
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 4)
    )
    attachments = fields.List(fields.Nested(Listed), load_default=list, validate=validate.Length(max=100))


def blueprint(store: Mailboxes, secret: str, limits: Limits, now: Callable[[], datetime]) -> Blueprint:
    """The routes under /api."""
    api = Blueprint("api", __name__, url_prefix="/api")

    @api.before_request
    def check_signature() -> None:
        given = (request.headers.get("X-Timestamp", ""), request.headers.get("X-Signature", ""))
        if not genuine(secret, *given, request.get_data(), now().timestamp()):
            raise Refusal(401, "Die Unterschrift der Anfrage fehlt, stimmt nicht oder ist älter als fünf Minuten.")

    @api.post("/nachrichten")
    def take_message() -> Response:
        note, files = _read(limits)
        fingerprint = hashlib.sha256(json.dumps(note, default=str, sort_keys=True).encode()).hexdigest()
        with store.transaction() as db:
            answer = once(
                db,
                request.headers.get("Idempotency-Key", ""),
                fingerprint,
                lambda: _told(mailboxes.provide(db, note, files, now())),
            )
        return Response(answer, status=201, content_type="application/json")

    @api.get("/nachrichten/<number>")
    def show_message(number: str) -> Response:
        try:
            with store.reading() as db:
                return Response(_told(mailboxes.message(db, number)), content_type="application/json")
        except LookupError:
            raise Refusal(404, "Diese Nachricht gibt es nicht.") from None

    @api.get("/faehigkeiten")
    def show_capabilities() -> Response:
        able = {
            "reply": "thread",
            "attachmentTypes": list(limits.attachment_types),
            "maxAttachmentBytes": limits.max_attachment_bytes,
            "maxTotalBytes": limits.max_total_bytes,
            "statusMessages": False,
        }
        return Response(json.dumps(able), content_type="application/json")

    return api


def _told(row: Any) -> bytes:
    """What an authority may know of a message."""
    told = {
        "messageId": row["id"],
        "state": mailboxes.state(row),
        "providedAt": row["provided_at"],
        "notifiedAt": row["notified_at"],
        "retrievedAt": row["retrieved_at"],
    }
    return json.dumps(told).encode()


def _read(limits: Limits) -> tuple[dict[str, Any], list[Attachment]]:
    """The message and its files out of the request, checked."""
    part = request.files.get("nachricht")
    raw = part.read() if part else request.form.get("nachricht", "").encode()
    try:
        note: dict[str, Any] = Note().load(json.loads(raw))
    except ValidationError as cause:
        raise Refusal(422, f"Die Nachricht ist nicht vollständig: {json.dumps(cause.messages)[:500]}") from cause
    except (ValueError, RecursionError) as cause:
        raise Refusal(400, "Der Teil „nachricht“ fehlt oder ist kein JSON.") from cause
    if note["address"]["identifier"].startswith(UNKNOWN):
        raise Refusal(404, "Dieses Postfach ist unbekannt.")
    return note, _files(note["attachments"], request.files.getlist("anlage"), limits)


def _files(listed: Sequence[dict[str, str]], parts: Sequence[FileStorage], limits: Limits) -> list[Attachment]:
    if len(listed) != len(parts):
        raise Refusal(422, f"Die Nachricht nennt {len(listed)} Anlagen, mitgeschickt sind {len(parts)}.")
    files = [Attachment(entry["name"], entry["mediaType"], part.read()) for entry, part in zip(listed, parts, strict=True)]
    check_files(files, limits)
    for entry, file in zip(listed, files, strict=True):
        if hashlib.sha256(file.content).hexdigest() != entry["sha256"]:
            raise Refusal(422, f"Die Anlage „{file.name}“ hat eine andere Prüfsumme als angegeben.")
    return files


def check_files(files: Sequence[Attachment], limits: Limits) -> None:
    """Refuse files this account does not take.

    Raises:
        Refusal: a type that is not allowed, or too many bytes.
    """
    for file in files:
        if file.media_type not in limits.attachment_types:
            raise Refusal(415, f"Anlagen der Art {file.media_type} werden nicht angenommen.")
        if len(file.content) > limits.max_attachment_bytes:
            raise Refusal(413, f"Eine Anlage darf höchstens {limits.max_attachment_bytes} Bytes haben.")
    if sum(len(file.content) for file in files) > limits.max_total_bytes:
        raise Refusal(413, f"Alle Anlagen zusammen dürfen höchstens {limits.max_total_bytes} Bytes haben.")
