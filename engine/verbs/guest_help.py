"""Guest help: what a clerk of another municipality sees of an Amtshilfe, and their answer (§§ 4–8 VwVfG).

They see the question, the chosen documents and fields of the application, the number of the case, and to which day; nothing
else of the case. The answer ends the grant.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

from engine import feel, reads
from engine.base import db, files
from engine.base.db import new_id
from engine.base.errors import Cause, Invalid, TooLarge, Unknown
from engine.base.ports import File
from engine.base.rights import GIVE_HELP, Konto, verb
from engine.model import comment, dokument, grant, protokoll
from engine.reads.sight import NOT_HERE
from engine.verbs.cooperate import conclude
from engine.verbs.guest_tasks import file_content
from engine.verbs.help_chosen import chosen_fields
from forms.antrag.files import safe_name, true_media_type

Content = Mapping[str, Any]
LOOKED_AT = "amtshilfe:eingesehen"
LONGEST_ANSWER, MOST_FILES, MOST_BYTES = 20_000, 20, 25 * 1024 * 1024
KIND = "amtshilfe"
"""The kind of a document that came with an answer."""


def show_head(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """What a list shows of a request: number, last day; that it is there is no look at the case."""
    return {"nummer": row.opens_name, "bis": row.until_bis.isoformat(), "seit": row.made_at.isoformat()}


def show_request(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """The request with the chosen fields and documents."""
    look_at_request(row.vorgang_id, by=guest)
    chosen = set(json.loads(row.documents))
    documents = [one for one in reads.list_dokumente(row.vorgang_id) if one.id in chosen]
    return {
        **show_head(row, guest, arguments),
        "frage": row.question,
        "felder": feel.json_text(chosen_fields(reads.antrag_of(row.vorgang_id), json.loads(row.fields))),
        "dokumente": [{"id": one.id, "name": one.name, "media_type": one.media_type, "size": one.size} for one in documents],
    }


def show_document(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """The bytes of a chosen document."""
    if arguments.get("dokument") not in json.loads(row.documents):
        raise Unknown(NOT_HERE)
    look_at_request(row.vorgang_id, by=guest)
    return file_content(row.vorgang_id, arguments["dokument"])


def answer(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """Answer with a text and documents; the grant ends with it."""
    text, sent = arguments.get("text"), arguments.get("dokumente") or []
    if not isinstance(text, str) or not 1 <= len(text.strip()) <= LONGEST_ANSWER:
        hint = f"1 bis {LONGEST_ANSWER} Zeichen"
        raise Invalid("So kann nicht geantwortet werden.", [Cause("Bitte schreiben Sie Ihre Antwort.", hint, "/text")])
    answer_request(row.id, text.strip(), read_files(sent), by=guest)
    return {}


def read_files(sent: Any) -> list[File]:
    """Documents as a guest sends them.

    Raises:
        Invalid, TooLarge: they are none, too many, or one is empty.
    """
    if not isinstance(sent, list) or len(sent) > MOST_FILES:
        raise Invalid(f"Höchstens {MOST_FILES} Dokumente.")
    try:
        found = [
            _file(str(one["name"]), str(one["media_type"]), base64.b64decode(one["inhalt"], validate=True), number)
            for number, one in enumerate(sent, start=1)
        ]
    except (TypeError, KeyError, ValueError, binascii.Error) as cause:
        raise Invalid("Ein Dokument ist nicht lesbar.") from cause
    if empty := next((file.name for file in found if not file.content), None):
        nothing = Cause(f"Die Datei „{empty}“ ist leer.", "eine andere Datei wählen", "/dokumente")
        raise Invalid("So kann nicht geantwortet werden.", [nothing])
    if sum(len(file.content) for file in found) > MOST_BYTES:
        raise TooLarge("Die Dokumente sind zusammen zu groß; erlaubt sind 25 MB.")
    return found


def _file(name: str, media_type: str, content: bytes, number: int) -> File:
    """A document under a safe name and as what its first bytes say it is."""
    true_type = true_media_type(media_type, content)
    return File(safe_name(name, true_type, "anlage", number), true_type, content, KIND)


@verb(right=GIVE_HELP, tag="amtshilfe:beantwortet")
def answer_request(grant_id: str, text: str, sent: Sequence[File], *, by: Konto) -> None:
    """Keep the answer with the case and end the grant.

    Raises:
        Unknown: it has ended meanwhile.
    """
    for file in sent:
        files.put(file.content)
    described = dokument.rows(sent)
    with db.transaction() as tx:
        row = grant.get(tx, grant_id, locked=True)
        dokument.add(tx, row.vorgang_id, described)
        note = new_id()
        comment.add(tx, row.vorgang_id, text, by.login, note)
        protokoll.record(tx, row.vorgang_id, kommentar=note, dokumente=[one["id"] for one in described])
        said = {"text": text, "dokumente": [dokument.reference(one) for one in described]}
        conclude(tx, row, by, grant.ANSWERED, said)


@verb(right=GIVE_HELP, tag=LOOKED_AT)
def look_at_request(vorgang_id: str, *, by: Konto) -> None:
    """Note that somebody of another municipality looks at what was chosen: once a day and grant."""
    with db.reading() as tx:
        if grant.seen_today(tx, by, LOOKED_AT, vorgang_id):
            return
    with db.transaction() as tx:
        protokoll.record(tx, vorgang_id)
