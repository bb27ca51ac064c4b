"""BPMN signals from other systems."""

from __future__ import annotations

from typing import Any

from engine import feel
from engine.verbs.post import throw_signal
from web.api.asked import SignalIn
from web.api.parsing import Blueprint
from web.api.schemas import CorrelatedOut
from web.identity import required_konto

signale = Blueprint("signale", __name__, url_prefix="/<slug:kommune>/api/v1/signale", description="Signale")


@signale.post("/<name:name>")
@signale.arguments(SignalIn)
@signale.response(200, CorrelatedOut)
def throw(signal: dict[str, Any], name: str) -> dict[str, Any]:
    """Throw a signal for every case that waits for it now, and begin what it begins; the same id again changes nothing."""
    variables = feel.from_json(feel.json_text(signal["variables"]))
    new = throw_signal(name, signal["id"], variables, by=required_konto())
    return {"id": signal["id"], "new": new}
