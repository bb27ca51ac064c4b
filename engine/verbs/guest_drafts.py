"""Guest drafts: what a clerk of another municipality has typed into the form of one of our tasks, and files for it.

Typed answers are kept here, with the task; nothing of them lies at the guest's. Values are JSON texts, as in `guest_tasks`.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from engine import feel
from engine.base.errors import Invalid, Unreadable
from engine.base.rights import Konto
from engine.verbs.drafts import discard_draft, save_draft, upload_file

Content = Mapping[str, Any]
MOST_BYTES = 25 * 1024 * 1024


def keep(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """Keep what has been typed and not sent."""
    kept = save_draft(arguments["aufgabe"], typed(arguments), by=guest)
    return {"saved_at": kept.saved_at.isoformat()}


def drop(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """Throw away what has been typed and not sent."""
    discard_draft(arguments["aufgabe"], by=guest)
    return {}


def upload(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """Put a file into a form: it becomes a document of the case."""
    name, media_type = str(arguments.get("name", ""))[:300], str(arguments.get("media_type", ""))[:100]
    try:
        content = base64.b64decode(str(arguments.get("inhalt", "")), validate=True)
    except ValueError as cause:  # also what is no ASCII
        raise Invalid("Die Datei ist nicht lesbar.") from cause
    kept = upload_file(arguments["aufgabe"], name, media_type, content, most_bytes=MOST_BYTES, by=guest)
    return {"id": kept.id, "name": kept.name, "media_type": kept.media_type, "kind": kept.kind, "size": kept.size}


def typed(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that a request brings, as a JSON text.

    Raises:
        Unreadable: they are none.
    """
    answers = feel.from_json(str(arguments.get("antworten", "{}")))
    if not isinstance(answers, dict):
        raise Unreadable("Die Antworten müssen ein Objekt mit Feldern sein.")
    return answers
