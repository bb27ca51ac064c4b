"""Cases: lists, one case, its timeline, its documents, its messages, its diagram."""

from __future__ import annotations

from typing import Any

from flask import Response

from engine import reads
from engine.verbs.post import record_arrival, send_message
from web.api.asked import NachrichtIn, StandQuery, VorgaengeQuery, ZugangIn
from web.api.bundles import drawing
from web.api.parsing import Blueprint
from web.api.schemas import (
    BescheidOut,
    DokumentOut,
    EreignisOut,
    NachrichtNew,
    NachrichtOut,
    StandOut,
    VorgangDetail,
    VorgangOut,
    items_of,
    page_of,
)
from web.identity import required_konto
from web.security import DOCUMENT_POLICY

vorgaenge = Blueprint("vorgaenge", __name__, url_prefix="/<slug:kommune>/api/v1/vorgaenge", description="Vorgänge")

XML = "application/xml"
BYTES = {"type": "string", "format": "binary"}


@vorgaenge.get("")
@vorgaenge.arguments(VorgaengeQuery, location="query")
@vorgaenge.response(200, page_of(VorgangOut))
def list_vorgaenge(query: dict[str, Any]) -> dict[str, Any]:
    """Cases, newest first."""
    page = reads.list_vorgaenge(
        by=required_konto(), status=query["status"], leistung=query["leistung"], q=query["q"], page=query["seite"]
    )
    return {"items": page.items, "seite": page.number, "weitere": page.more}


@vorgaenge.get("/<id:vorgang_id>")
@vorgaenge.response(200, VorgangDetail)
def get_vorgang(vorgang_id: str) -> dict[str, Any]:
    """A case with its application, its open tasks and deadlines, how days were calculated, and its documents."""
    return {
        **members(reads.get_vorgang(vorgang_id)),
        "antrag": reads.antrag_of(vorgang_id),
        "aufgaben": reads.list_aufgaben(vorgang_id=vorgang_id).items,
        "fristen": reads.list_fristen(vorgang_id),
        "berechnungen": reads.list_berechnungen(vorgang_id),
        "dokumente": reads.list_dokumente(vorgang_id),
    }


def members(vorgang: reads.Vorgang) -> dict[str, Any]:
    return {name: getattr(vorgang, name) for name in VorgangOut().fields}


@vorgaenge.get("/<id:vorgang_id>/verlauf")
@vorgaenge.response(200, items_of(EreignisOut))
def list_verlauf(vorgang_id: str) -> dict[str, Any]:
    """The timeline of a case, oldest first."""
    return {"items": reads.verlauf(vorgang_id)}


@vorgaenge.get("/<id:vorgang_id>/bescheide")
@vorgaenge.response(200, items_of(BescheidOut))
def list_bescheide(vorgang_id: str) -> dict[str, Any]:
    """The notices of a case, oldest first, with the drafts that others replaced."""
    return {"items": reads.list_bescheide(vorgang_id)}


@vorgaenge.get("/<id:vorgang_id>/dokumente")
@vorgaenge.response(200, items_of(DokumentOut))
def list_dokumente(vorgang_id: str) -> dict[str, Any]:
    """The documents of a case, oldest first."""
    reads.get_vorgang(vorgang_id)
    return {"items": reads.list_dokumente(vorgang_id)}


@vorgaenge.get("/<id:vorgang_id>/dokumente/<id:dokument_id>")
@vorgaenge.response(200, BYTES, content_type="application/octet-stream")
def get_dokument(vorgang_id: str, dokument_id: str) -> Response:
    """The bytes of a document, to be saved: nothing in it runs in a browser."""
    file = reads.document_file(vorgang_id, dokument_id)
    response = Response(file.content, content_type=file.media_type)
    response.headers.set("Content-Disposition", "attachment", filename=file.name)
    response.headers["Content-Security-Policy"] = DOCUMENT_POLICY
    return response


@vorgaenge.get("/<id:vorgang_id>/nachrichten")
@vorgaenge.response(200, items_of(NachrichtOut))
def list_nachrichten(vorgang_id: str) -> dict[str, Any]:
    """The messages with the applicant, oldest first."""
    return {"items": reads.list_nachrichten(vorgang_id)}


@vorgaenge.post("/<id:vorgang_id>/nachrichten")
@vorgaenge.arguments(NachrichtIn)
@vorgaenge.response(202, NachrichtNew)
def send_nachricht(message: dict[str, Any], vorgang_id: str) -> dict[str, Any]:
    """Send a message to the applicant's Servicekonto; it is on its way when this is answered."""
    id = send_message(
        vorgang_id,
        message["betreff"],
        message["text"],
        message["dokumente"],
        message["antwort"],
        within=message["frist"],
        by=required_konto(),
    )
    return {"id": id}


@vorgaenge.post("/<id:vorgang_id>/zugang")
@vorgaenge.arguments(ZugangIn)
@vorgaenge.response(200, VorgangOut)
def record_zugang(told: dict[str, Any], vorgang_id: str) -> reads.Vorgang:
    """Record that a notice arrived later than the law presumes, or never; the case goes on, or comes up again."""
    record_arrival(vorgang_id, told["zugang"], told["grund"], by=required_konto())
    return reads.get_vorgang(vorgang_id)


@vorgaenge.get("/<id:vorgang_id>/diagramm")
@vorgaenge.arguments(StandQuery, location="query")
@vorgaenge.response(200, BYTES, content_type=XML)
def get_diagramm(query: dict[str, Any], vorgang_id: str) -> Response:
    """The BPMN file of the version that the case runs, with its own process or with one that it calls."""
    return drawing(reads.diagram_xml(vorgang_id, query["prozess"]))


@vorgaenge.get("/<id:vorgang_id>/stand")
@vorgaenge.arguments(StandQuery, location="query")
@vorgaenge.response(200, StandOut)
def get_stand(query: dict[str, Any], vorgang_id: str) -> reads.Diagramm:
    """Where the case stands in its diagram or in that of a process it calls, where it has been and how often."""
    return reads.diagramm(vorgang_id, query["prozess"])
