"""Where applications come in: the OZG-Cloud push interface, of a municipality and of the whole installation.

Form systems have no login. Who may send is a setting of each municipality (`antrag.absender`, networks in CIDR form); as long
as nothing is set, nobody may.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO

from flask import Blueprint, Response, current_app, g, request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from engine import reads
from engine.base import db
from engine.base.errors import Cause, Forbidden, TooLarge, Unknown, Unreadable
from engine.base.rights import SYSTEM
from engine.verbs.intake import receive_push
from engine.verbs.kommune import kommune_of_stelle
from forms.antrag import Limits, read_push
from web.security import allowed, client_address
from web.settings import MB, Settings

FORM_DATA, REPRESENTATION, ATTACHMENT = "formData", "representation", "attachment"
MAX_PARTS = 1000
IN_MEMORY = 512 * 1024
SENDERS = "antrag.absender"


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the application as it was sent."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Push:
    """The parts of one delivery."""

    form_data: bytes
    representations: tuple[Part, ...]
    attachments: tuple[Part, ...]


intake = Blueprint("intake", __name__)


@intake.post("/<slug:kommune>/antrag")
def receive() -> Response:
    """Take in an application for this municipality."""
    _check_sender()
    limits = _limits()
    return _received(_parts(limits), limits)


@intake.post("/antrag")
def receive_central() -> Response:
    """Take in an application for whichever municipality is competent."""
    limits = _limits()
    push = _parts(limits)
    stelle = read_push(push.form_data, push.representations, push.attachments, limits).stelle
    slug = kommune_of_stelle(stelle)
    if slug is None:
        hint = "Kennung prüfen oder direkt an die Kommune senden: POST /{kommune}/antrag."
        cause = Cause(
            f"Die Stelle „{stelle}“ gehört zu keiner Kommune dieser Installation.", hint, "/control/zustaendigeStelle"
        )
        raise Unknown("Für diesen Antrag ist hier keine Kommune zuständig.", [cause])
    g.kommune = slug
    with db.namespace(slug):
        _check_sender()
        return _received(push, limits)


def _received(push: Push, limits: Limits) -> Response:
    answer = receive_push(push.form_data, push.representations, push.attachments, limits=limits, by=SYSTEM)
    return Response(answer, content_type="application/json")


def _check_sender() -> None:
    """Only addresses of the municipality's list may send."""
    if not allowed(client_address(), reads.setting(SENDERS, [])):
        raise Forbidden("Von dieser Netzadresse nimmt die Kommune keine Anträge an. Freigeben kann sie ihre Administration.")


def _limits() -> Limits:
    settings: Settings = current_app.extensions["settings"]
    return Limits(attachment_bytes=settings.max_attachment_mb * MB, request_bytes=settings.max_request_mb * MB)


def _parts(limits: Limits) -> Push:
    """The parts of the request.

    Raises:
        Unreadable: it is not multipart/form-data, breaks off, or has no `formData` or more than one.
        TooLarge: more bytes or parts than allowed.
    """
    if request.mimetype != "multipart/form-data" or "boundary" not in request.mimetype_params:
        hint = "Die Teile formData, representation und attachment als multipart/form-data senden."
        raise Unreadable("Die Anfrage ist nicht multipart/form-data.", [Cause("Falscher Content-Type.", hint)])
    with ExitStack() as opened:
        fields, files = _parsed(limits, opened)
        form_data = [text.encode() for text in fields.getlist(FORM_DATA)] + [part.read() for part in files.getlist(FORM_DATA)]
        if len(form_data) != 1:
            said = "fehlt" if not form_data else "steht mehrmals da"
            cause = Cause("Genau ein Teil formData mit dem Antrag als JSON wird gebraucht.")
            raise Unreadable(f"Der Teil {FORM_DATA} {said}.", [cause])
        return Push(form_data[0], _files(files.getlist(REPRESENTATION)), _files(files.getlist(ATTACHMENT)))


def _parsed(limits: Limits, opened: ExitStack) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
    """The fields and files of the request; the files lie on disk until `opened` is closed, or in memory if they are small."""

    def container(*_: object, **__: object) -> IO[bytes]:
        return opened.enter_context(SpooledTemporaryFile(IN_MEMORY, "rb+"))

    # The frame of each part comes on top of what the parts may hold.
    request.max_content_length = limits.request_bytes + limits.form_data_bytes
    parser = FormDataParser(
        stream_factory=container,
        max_form_memory_size=limits.form_data_bytes,
        max_content_length=request.max_content_length,
        max_form_parts=MAX_PARTS,
        silent=False,
    )
    try:
        _, fields, files = parser.parse(request.stream, request.mimetype, request.content_length, request.mimetype_params)
    except RequestEntityTooLarge as error:
        raise TooLarge(f"Die Anfrage ist zu groß; erlaubt sind {limits.request_bytes // MB} MB.") from error
    except ValueError as error:
        raise Unreadable("Die Anfrage ist kein vollständiges multipart/form-data.") from error
    return fields, files


def _files(parts: list[FileStorage]) -> tuple[Part, ...]:
    return tuple(Part(part.filename or "", part.content_type or "", part.read()) for part in parts)
