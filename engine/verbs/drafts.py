"""Drafts: what is typed into a task's form before it is sent, and files that are put into it.

A draft is no state of the Vorgang: saving it again and again writes no line in the Protokoll, only the first time does, and
discarding it. A file, once uploaded, is a Dokument of the Vorgang and stays one, whatever becomes of the form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from engine.base import db, files
from engine.base.db import Tx
from engine.base.errors import Cause, Conflict, Invalid, TooLarge
from engine.base.ports import File
from engine.base.rights import Konto, in_place_of, verb
from engine.model import aufgabe, dokument, protokoll, task_draft
from engine.reads.akte import Dokument
from engine.reads.aufgaben import Entwurf, aufgabe_of
from engine.reads.hindrance import why_taken
from forms.antrag.files import safe_name, true_media_type

MAX_DRAFT_BYTES = 1024 * 1024
UPLOAD: Literal["anlage"] = "anlage"


@verb(right="aufgabe.bearbeiten", tag="aufgabe:entwurf")
def save_draft(aufgabe_id: str, data: Mapping[str, Any], *, by: Konto) -> Entwurf:
    """Keep what has been typed into a task's form, to go on with it later. It is not checked.

    Raises:
        Unknown: there is no such task.
        Conflict: it is not (any more) with this Konto, or no longer open; `fresh` is how it is now.
        TooLarge: more than a form can sensibly hold.
    """
    content = task_draft.content_of(data)
    if len(content) > MAX_DRAFT_BYTES:
        raise TooLarge("Der Entwurf ist größer als 1 MB und wurde nicht gespeichert. Bitte kürzen oder als Datei hochladen.")
    with db.transaction() as tx:
        row = _held(tx, aufgabe_id, by)
        saved_at, first = task_draft.save(tx, aufgabe_id, by.login, content)
        if first:
            with in_place_of(row.held_for):
                protokoll.record(tx, row.vorgang_id, aufgabe=aufgabe_id)
    return Entwurf(dict(data), saved_at)


@verb(right="aufgabe.bearbeiten", tag="aufgabe:entwurf-verworfen")
def discard_draft(aufgabe_id: str, *, by: Konto) -> None:
    """Throw away one's own draft of a task's answers. Without one nothing changes.

    Raises:
        Unknown: there is no such task.
    """
    with db.transaction() as tx:
        row: Any = aufgabe.get(tx, aufgabe_id)
        if task_draft.drop(tx, aufgabe_id, by.login):
            protokoll.record(tx, row.vorgang_id, aufgabe=aufgabe_id)


@verb(right="aufgabe.bearbeiten", tag="aufgabe:datei-hochgeladen")
def upload_file(aufgabe_id: str, name: str, media_type: str, content: bytes, *, most_bytes: int, by: Konto) -> Dokument:
    """Put a file into a task's form: it becomes a Dokument of the Vorgang, whose id is the answer.

    Its name and type are what the sender claims: the name is made safe, the type follows the first bytes.

    Raises:
        Unknown: there is no such task.
        Conflict: it is not with this Konto, or no longer open.
        Invalid: there is nothing in it.
        TooLarge: it is larger than `most_bytes`.
    """
    if not content:
        raise Invalid("Die Datei ist leer.", [Cause("Die Datei ist leer.", "eine andere Datei wählen", "/datei")])
    if len(content) > most_bytes:
        raise TooLarge(
            f"Eine Datei darf höchstens {most_bytes // (1024 * 1024)} MB groß sein. Bitte verkleinern oder aufteilen."
        )
    with db.reading() as tx:
        _held(tx, aufgabe_id, by)
    true_type = true_media_type(media_type, content)
    file = File(safe_name(name, true_type, UPLOAD, 1), true_type, content, UPLOAD)
    files.put(content)
    [described] = dokument.rows([file])
    with db.transaction() as tx:
        row = _held(tx, aufgabe_id, by)
        dokument.add(tx, row.vorgang_id, [described])
        with in_place_of(row.held_for):
            protokoll.record(tx, row.vorgang_id, aufgabe=aufgabe_id, dokument=described["id"])
    return Dokument(**described)


def _held(tx: Tx, aufgabe_id: str, by: Konto) -> Any:
    """The row of a task that is open and with this Konto."""
    row: Any = aufgabe.get(tx, aufgabe_id)
    if row.state == aufgabe.OPEN and row.holder == by.login:
        return row
    sentence = why_taken(row) if row.state != aufgabe.OPEN or row.holder else "Die Aufgabe ist nicht bei Ihnen."
    raise Conflict(sentence, fresh=aufgabe_of(tx, aufgabe_id))
