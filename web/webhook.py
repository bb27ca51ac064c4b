"""What a Servicekonto tells us: an applicant has answered, or has opened a message.

The sender signs: X-Signature is the HMAC-SHA256 of X-Timestamp + "." + body under the secret of `konnektor.servicekonto`.
A signature older than five minutes counts for nothing; the same news twice changes nothing, for the verbs know its id.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import re
from typing import Any

from flask import Blueprint, Response, current_app, request

from engine import reads
from engine.base import clock
from engine.base.errors import Cause, Invalid, TooLarge, Unauthenticated
from engine.base.ports import File
from engine.base.rights import SYSTEM
from engine.verbs.post import receive_reply, record_retrieval
from forms.antrag.files import safe_name, true_media_type
from forms.characters import cleaned, has_unwanted
from web import exact
from web.settings import MB, Settings

WINDOW_S = 300
SETTING = "konnektor.servicekonto"
RETRIEVED, REPLIED = "abruf", "antwort"
MAX_ID, MAX_BODY, MAX_FILES = 200, 1_000_000, 50
_ID = re.compile(r"[!-~]{1,200}")

webhook = Blueprint("webhook", __name__, url_prefix="/<slug:kommune>/webhook")


@webhook.post("/servicekonto")
def receive() -> Response:
    """Take in news of the Servicekonto."""
    settings: Settings = current_app.extensions["settings"]
    request.max_content_length = settings.max_request_mb * MB
    body = request.get_data()
    if not genuine(request.headers.get("X-Timestamp", ""), request.headers.get("X-Signature", ""), body):
        raise Unauthenticated("Die Nachricht ist nicht oder nicht gültig unterschrieben.")
    news = _News(exact.loads(body, "Die Nachricht"))
    if news.kind == RETRIEVED:
        record_retrieval(news.message_id, news.at, by=SYSTEM)
    else:
        files = news.attachments(settings.max_attachment_mb * MB)
        receive_reply(news.id, news.message_id, news.text, files, news.at, by=SYSTEM)
    return Response(status=204)


def genuine(timestamp: str, signature: str, body: bytes) -> bool:
    """Whether somebody who knows the secret of this municipality signed the body within the last minutes."""
    config = reads.setting(SETTING, {})
    secret = config.get("secret") if isinstance(config, dict) else None
    if not isinstance(secret, str) or not secret:
        return False
    known_age = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12
    fresh = known_age and abs(clock.now().timestamp() - int(timestamp)) <= WINDOW_S
    expected = "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode()) and fresh


class _News:
    """What the Servicekonto says, checked."""

    def __init__(self, content: Any) -> None:
        self._content = content if isinstance(content, dict) else {}
        self._causes: list[Cause] = []
        self.kind = self._one_of("type", RETRIEVED, REPLIED)
        self.id = self._name("id")
        self.message_id = self._name("messageId")
        self.text = self._body()
        self.at = self._instant("at")
        self._done()

    def _done(self) -> None:
        if self._causes:
            raise Invalid("Die Nachricht des Servicekontos ist unvollständig.", self._causes)

    def _add(self, key: str, message: str) -> None:
        self._causes.append(Cause(message, pointer=f"/{key}"))

    def _name(self, key: str) -> str:
        given = self._content.get(key)
        if isinstance(given, str) and _ID.fullmatch(given):
            return given
        self._add(key, f"{key} fehlt oder ist keine Kennung von 1 bis {MAX_ID} Zeichen.")
        return ""

    def _one_of(self, key: str, *known: str) -> str:
        given = self._content.get(key)
        if given in known:
            return str(given)
        self._add(key, f"{key} ist keines von {', '.join(known)}.")
        return ""

    def _body(self) -> str:
        given = self._content.get("body") or ""
        if isinstance(given, str) and len(given) <= MAX_BODY:
            return cleaned(given)
        self._add("body", f"body ist kein Text von höchstens {MAX_BODY} Zeichen.")
        return ""

    def _instant(self, key: str) -> dt.datetime:
        given = self._content.get(key)
        try:
            instant = dt.datetime.fromisoformat(given) if isinstance(given, str) else None
            if instant is not None and instant.tzinfo is not None:
                return instant.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            pass  # said below
        self._add(key, f"{key} ist kein Zeitpunkt mit Zeitzone wie 2026-03-02T09:00:00Z.")
        return dt.datetime.min.replace(tzinfo=dt.UTC)

    def attachments(self, max_bytes: int) -> list[File]:
        """The files of an answer, with safe names.

        Raises:
            Invalid: one of them is no Base64.
            TooLarge: one of them, or their number, is over the limit.
        """
        given = self._content.get("attachments") or []
        if not isinstance(given, list):
            self._add("attachments", "attachments ist keine Liste.")
            given = []
        if len(given) > MAX_FILES:
            raise TooLarge(f"Eine Antwort darf höchstens {MAX_FILES} Anlagen haben.")
        files = [self._file(index, item) for index, item in enumerate(given)]
        self._done()
        if any(len(file.content) > max_bytes for file in files):
            raise TooLarge(f"Eine Anlage darf höchstens {max_bytes // MB} MB groß sein.")
        return files

    def _file(self, index: int, item: Any) -> File:
        item = item if isinstance(item, dict) else {}
        name, declared, encoded = (item.get(key) for key in ("name", "mediaType", "contentBase64"))
        content = b""
        try:
            content = base64.b64decode(encoded if isinstance(encoded, str) else "?", validate=True)
        except (binascii.Error, ValueError):
            self._add(f"attachments/{index}/contentBase64", "Der Inhalt ist kein Base64.")
        media_type = true_media_type(declared if isinstance(declared, str) else None, content)
        named = name if isinstance(name, str) and not has_unwanted(name) else None
        return File(safe_name(named, media_type, "anlage", index + 1), media_type, content)
