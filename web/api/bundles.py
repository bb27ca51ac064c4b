"""Bundles: what this municipality runs; check and deploy a new version."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, request

from engine import reads
from engine.base.errors import Cause, Unreadable
from engine.base.ports import Connectors, Offer
from engine.bpmn import as_text
from engine.verbs.design import check_bundle, deploy_bundle, unpack_zip
from web.api.parsing import Blueprint
from web.api.schemas import CheckedOut, DeployedOut, LeistungOut, items_of
from web.identity import required_konto
from web.provision import SHARED
from web.security import DOCUMENT_POLICY
from web.settings import MB

bundles = Blueprint("bundles", __name__, url_prefix="/<slug:kommune>/api/v1/bundles", description="Bundles")

MAX_ZIP = 20 * MB
ZIP = {"requestBody": {"required": True, "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}}
SHOWN = ("severity", "file", "line", "element", "message", "hint")


@bundles.get("")
@bundles.response(200, items_of(LeistungOut))
def list_bundles() -> dict[str, Any]:
    """What this municipality offers, with the current version of each."""
    return {"items": reads.list_leistungen()}


@bundles.get("/<id:version_id>")
@bundles.response(200, {"type": "string", "format": "binary"}, content_type="application/zip")
def get_bundle(version_id: str) -> Response:
    """A version as a zip of exactly its files; deployed again it is the same version."""
    return zip_answer(*reads.packed(version_id))


def zip_answer(name: str, content: bytes) -> Response:
    """A bundle to be saved."""
    response = Response(content, content_type="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Content-Security-Policy"] = DOCUMENT_POLICY
    return response


def drawing(content: bytes) -> Response:
    """A diagram, in UTF-8 whatever its file is in, for scripts read nothing else; opened by itself nothing in it runs."""
    response = Response(as_text(content), content_type="application/xml; charset=utf-8")
    response.headers["Content-Security-Policy"] = DOCUMENT_POLICY
    return response


@bundles.post("")
@bundles.doc(**ZIP)
@bundles.response(200, DeployedOut)
def deploy() -> dict[str, Any]:
    """Check a bundle and make it the current version; 422 with every finding if it cannot be."""
    return {"id": deploy_bundle(_files(), _types(), by=required_konto())}


@bundles.post("/check")
@bundles.doc(**ZIP)
@bundles.response(200, CheckedOut)
def check() -> dict[str, Any]:
    """Every finding of a bundle; nothing is stored."""
    bundle, findings = check_bundle(_files(), _types())
    shown = [{name: cause.as_dict()[name] for name in SHOWN} for cause in findings]
    return {"ok": bundle is not None, "findings": shown}


def _types() -> Offer:
    connectors: Connectors = current_app.extensions["connectors"]
    return connectors.types()


def _files() -> dict[str, bytes]:
    request.max_content_length = MAX_ZIP
    content = request.get_data()
    if not content:
        raise Unreadable(
            "Die Anfrage ist leer.", [Cause("Es fehlt das Paket.", "Das Bundle als ZIP im Rumpf der Anfrage senden.")]
        )
    return unpack_zip(content, SHARED)
