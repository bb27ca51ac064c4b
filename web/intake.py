"""Where applications come in: the OZG-Cloud push interface, of a municipality and of the whole installation.

Form systems have no login. Who may send is a setting of each municipality (`antrag.absender`, networks in CIDR form), also for
what reaches it by the central door; as long as nothing is set, nobody may. For an application that belongs to no municipality
we know, AMTSWEG_SENDERS says who may.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO

from flask import Blueprint, Response, current_app, request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from engine import reads
from engine.base import db
from engine.base.errors import Cause, Forbidden, TooLarge, Unreadable
from engine.base.rights import SYSTEM
from engine.verbs.central import park, pass_on, way_of
from engine.verbs.intake import Came, receive_push
from engine.verbs.operator import operator
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
    """Take in an application for whichever municipality is competent; if nobody is known to be, for the operator's post room.

    A municipality that is locked or away is not gone round: it is told to come again (503), for nothing was taken in.
    """
    limits = _limits()
    push = _parts(limits)
    antrag = read_push(push.form_data, push.representations, push.attachments, limits)
    way = way_of(antrag)
    if way.slug is None:
        _check_central_sender()
        with operator():
            answer = park(push.form_data, push.representations, push.attachments, antrag, way, by=SYSTEM)
        return Response(answer, content_type="application/json")
    with db.namespace(way.slug):
        _check_sender()
    with operator():
        pass_on(antrag, way, by=SYSTEM)
    with db.namespace(way.slug):
        return _received(push, limits, Came(way.unit))


def _received(push: Push, limits: Limits, came: Came | None = None) -> Response:
    answer = receive_push(push.form_data, push.representations, push.attachments, limits=limits, came=came, by=SYSTEM)
    return Response(answer, content_type="application/json")


def _check_sender() -> None:
    """Only addresses of the municipality's list may send."""
    if not allowed(client_address(), reads.setting(SENDERS, [])):
        raise Forbidden("Von dieser Netzadresse nimmt die Kommune keine Anträge an. Freigeben kann sie ihre Administration.")


def _check_central_sender() -> None:
    """Only addresses that the installation names may send what belongs to no municipality."""
    settings: Settings = current_app.extensions["settings"]
    if not allowed(client_address(), map(str, settings.senders)):
        raise Forbidden(
            "Für diesen Antrag ist hier keine Kommune zuständig, und von dieser Netzadresse nimmt die zentrale Poststelle "
            "nichts an. Freigeben kann sie der Betrieb (AMTSWEG_SENDERS)."
        )


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
