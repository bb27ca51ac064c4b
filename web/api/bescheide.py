"""Notices: drafts, what was approved and what was issued."""

from __future__ import annotations

from typing import Any

from engine import reads
from engine.verbs.bescheid import change_draft
from web.api.asked import EntwurfIn
from web.api.parsing import Blueprint
from web.api.schemas import BescheidOut
from web.identity import required_konto

bescheide = Blueprint("bescheide", __name__, url_prefix="/<slug:kommune>/api/v1/bescheide", description="Bescheide")


@bescheide.get("/<id:bescheid_id>")
@bescheide.response(200, BescheidOut)
def get_bescheid(bescheid_id: str) -> reads.Bescheid:
    """A notice with its text."""
    return reads.get_bescheid(bescheid_id)


@bescheide.put("/<id:bescheid_id>")
@bescheide.arguments(EntwurfIn)
@bescheide.response(200, BescheidOut)
def put_bescheid(draft: dict[str, Any], bescheid_id: str) -> reads.Bescheid:
    """Write other text into a draft; an approval is void. 409 with the fresh state if others have changed it since."""
    return change_draft(bescheid_id, draft["abschnitte"], draft["gesehen"], by=required_konto())
