"""BPMN messages from other systems."""

from __future__ import annotations

import datetime as dt
from typing import Any

from engine import feel
from engine.base.errors import Cause, Invalid
from engine.verbs.post import correlate as correlate_message
from web.api.asked import MessageIn
from web.api.parsing import Blueprint
from web.api.schemas import CorrelatedOut
from web.identity import required_konto

nachrichten = Blueprint("nachrichten", __name__, url_prefix="/<slug:kommune>/api/v1/nachrichten", description="Nachrichten")

LONGEST = dt.timedelta(days=3660)


@nachrichten.post("/<name:name>")
@nachrichten.arguments(MessageIn)
@nachrichten.response(200, CorrelatedOut)
def correlate(message: dict[str, Any], name: str) -> dict[str, Any]:
    """Hand a message to the one case that waits for it, or begin one, or keep it; the same id again changes nothing."""
    variables = feel.from_json(feel.json_text(message["variables"]))
    new = correlate_message(name, message["key"], message["id"], variables, time_to_live(message["ttl"]), by=required_konto())
    return {"id": message["id"], "new": new}


def time_to_live(text: str | None) -> dt.timedelta | None:
    """How long a message waits, from ISO 8601.

    Raises:
        Invalid: it is no duration of days and time, or not between nothing and ten years.
    """
    if text is None:
        return None
    duration = feel.evaluate("duration(text)", {"text": text})
    if not isinstance(duration, dt.timedelta) or not dt.timedelta(0) < duration <= LONGEST:
        hint = "Eine Dauer nach ISO 8601 aus Tagen und Zeit angeben, etwa P7D oder PT12H, höchstens zehn Jahre."
        raise Invalid(
            "Die Anfrage passt so nicht.", [Cause("Das ist keine Frist, die eine Nachricht warten kann.", hint, "/ttl")]
        )
    return duration
