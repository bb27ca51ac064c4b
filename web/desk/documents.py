"""Documents of a case: sorted by kind, and shown in the page where that is safe.

Only what is a PDF, PNG or JPEG by its first bytes is shown; whatever else a file claims to be, it can only be saved. What is
shown is sandboxed by its own policy (Chromium's viewer of PDFs works inside it): nothing in it runs, and it reaches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, url_for
from flask_babel import gettext as _

from engine import reads
from engine.base.errors import Unknown
from engine.base.ports import File
from forms.antrag.files import true_media_type
from web.desk.blueprint import desk
from web.security import DOCUMENT_POLICY, INLINE_POLICY

PDF = "application/pdf"
IMAGES = frozenset({"image/png", "image/jpeg"})
KINDS = ("bescheid", "entwurf", "brief", "darstellung", "anlage", "amtshilfe")


@desk.get("/vorgaenge/<id:vorgang_id>/dokumente/<id:dokument_id>/ansicht")
def view_dokument(vorgang_id: str, dokument_id: str) -> Response:
    """The bytes of a PDF or an image, to be looked at inside a page of ours."""
    return shown(reads.document_file(vorgang_id, dokument_id))


def shown(file: File) -> Response:
    """A PDF or an image, to be looked at inside a page of ours.

    Raises:
        Unknown: it is neither.
    """
    found = true_media_type(file.media_type, file.content)
    if found not in {PDF, *IMAGES} or found != file.media_type or (found == PDF and not file.content.startswith(b"%PDF-")):
        raise Unknown(_("Dieses Dokument lässt sich hier nicht ansehen; bitte speichern Sie es."))
    response = Response(file.content, content_type=found)
    response.headers.set("Content-Disposition", "inline", filename=file.name)
    response.headers["Content-Security-Policy"] = INLINE_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def to_save(file: File) -> Response:
    """A document, to be saved: nothing in it runs in a browser."""
    response = Response(file.content, content_type=file.media_type)
    response.headers.set("Content-Disposition", "attachment", filename=file.name)
    response.headers["Content-Security-Policy"] = DOCUMENT_POLICY
    return response


def address_to_save(document: reads.Dokument, case: reads.Vorgang) -> str:
    """Where a document of a case of ours is had."""
    return url_for("vorgaenge.get_dokument", vorgang_id=case.id, dokument_id=document.id)


def address_to_view(document: reads.Dokument, case: reads.Vorgang) -> str:
    """Where a document of a case of ours is shown."""
    return url_for("desk.view_dokument", vorgang_id=case.id, dokument_id=document.id)


def preview(document: reads.Dokument) -> str:
    """How a document is shown in the page: pdf, image, or not at all."""
    return "pdf" if document.media_type == PDF else "image" if document.media_type in IMAGES else ""


def by_kind(documents: Sequence[reads.Dokument]) -> dict[str, list[reads.Dokument]]:
    """Documents by their kind, newest first: what was decided, what is being written, letters, what came in."""
    kinds: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    for document in reversed(documents):
        kinds.setdefault(document.kind, []).append(document)
    return {kind: found for kind, found in kinds.items() if found}
