"""Incidents: what is stuck, and another attempt."""

from __future__ import annotations

from typing import Any

from engine import feel, reads
from engine.verbs.operate import retry_incident
from web.api.asked import Mended, Paged
from web.api.parsing import Blueprint
from web.api.schemas import IncidentOut, page_of
from web.identity import required_konto

incidents = Blueprint("incidents", __name__, url_prefix="/<slug:kommune>/api/v1/incidents", description="Störungen")


@incidents.get("")
@incidents.arguments(Paged, location="query")
@incidents.response(200, page_of(IncidentOut))
def list_incidents(query: dict[str, Any]) -> dict[str, Any]:
    """Open incidents, oldest first."""
    page = reads.list_incidents(page=query["seite"])
    return {"items": page.items, "seite": page.number, "weitere": page.more}


@incidents.post("/<id:incident_id>/retry")
@incidents.arguments(Mended, required=False)
@incidents.response(204)
def retry(mended: dict[str, Any], incident_id: str) -> None:
    """Try again after what broke was mended, with corrected variables if given."""
    retry_incident(incident_id, feel.from_json(feel.json_text(mended["variables"])), by=required_konto())
