"""What another municipality has answered, as the values that our pages are made of."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine import reads
from engine.base.errors import Unavailable
from engine.base.ports import File
from engine.feel import from_json
from engine.model.notice import Variant, Written

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """A task there. `holder` is a name; `mine`: whoever asked has it, `free`: they could take it."""

    id: str
    vorgang_id: str
    nummer: str
    applicant: str
    name: str
    leistung: str
    leistung_name: str
    state: str
    due_at: dt.datetime | None
    opened_at: dt.datetime
    holder: str | None
    mine: bool
    free: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice that a task is about to approve; `document_id` is its PDF, None while that is being written."""

    id: str
    name: str
    content_hash: str
    document_id: str | None
    editors: tuple[str, ...]
    sections: Sequence[Content]
    outdated: str


def task_of(content: Content) -> Task:
    """A task, as a list or its own page tells of it."""
    return Task(
        content["id"], content["vorgang"], content["nummer"], content["applicant"], content["name"], content["leistung"],
        content["leistung_name"], content["state"], instant(content["due_at"]), _instant(content["opened_at"]),
        content["holder"], content["mine"], content["free"],
    )  # fmt: skip


def drafts_of(content: Content) -> list[Draft]:
    """The notices that a task is about to approve."""
    return [
        Draft(
            one["id"], one["name"], one["content_hash"], one["dokument"], tuple(one["editors"]), one["sections"],
            one["outdated"],
        )
        for one in content["freizugeben"]
    ]  # fmt: skip


def case_of(content: Content) -> reads.Vorgang:
    """A case; what concerns only who has it is left empty."""
    began, ended = _instant(content["opened_at"]), instant(content["closed_at"])
    return reads.Vorgang(
        content["id"], content["nummer"], content["leistung"], content["name"], content["applicant"], content["status"], began,
        "", began, ended, "", None, content["origin"], content["origin_name"],
    )  # fmt: skip


def notice_of(content: Content) -> reads.Bescheid:
    """A notice; people are named already."""
    return reads.Bescheid(
        content["id"], content["vorgang"], content["name"], content["state"], content["content_hash"],
        tuple(content.get("sections", ())), tuple(content["editors"]), _instant(content["drafted_at"]),
        content["approved_by"], content["approved_by"], instant(content["approved_at"]), instant(content["issued_at"]), None,
        content["sha256"], content["outdated"],
    )  # fmt: skip


def workshop_of(content: Content) -> reads.Werkstatt:
    """A draft as it may be changed."""
    return reads.Werkstatt(
        notice_of(content),
        tuple(Written(**one) for one in content["abschnitte"]),
        {one["kind"]: reads.Art(**one) for one in content["arten"]},
        tuple(Variant(**one) for one in content["bausteine"]),
    )


def message_of(content: Content) -> reads.Nachricht:
    """A message with the applicant."""
    said = {**content, "documents": tuple(content["documents"])}
    for name in ("at", "notified_at", "retrieved_at"):
        said[name] = instant(content[name])
    if content["reply_bis"]:
        said["reply_bis"] = dt.date.fromisoformat(content["reply_bis"])
    return reads.Nachricht(**said)


def documents_of(content: Content) -> list[reads.Dokument]:
    """The documents of a case."""
    return [
        reads.Dokument(
            one["id"], one["name"], one["media_type"], one["kind"], one["size"], "", _instant(one["created_at"])
        )
        for one in content["dokumente"]
    ]  # fmt: skip


def events_of(content: Content) -> list[reads.Ereignis]:
    """What happened in a case; people are named already."""
    return [
        reads.Ereignis(
            _instant(one["at"]), one["kind"], one["element"], one["name"], one["type"], one["konto"], one["detail"],
            one["fuer"] or None,
        )
        for one in content["verlauf"]
    ]  # fmt: skip


def comments_of(content: Content) -> list[reads.Comment]:
    """The comments at a case; people are named already."""
    return [reads.Comment(one["id"], _instant(one["at"]), one["author"], one["text"]) for one in content["kommentare"]]


def acts_of(content: Content) -> list[reads.Act]:
    """What people did with a case; they are named already."""
    return [
        reads.Act(_instant(one["at"]), one["tag"], one["konto"], {**one["detail"], "fuer": one["fuer"]})
        for one in content["taten"]
    ]


def application_of(content: Content) -> list[dict[str, Any]]:
    """The fields of an application; days have become texts on their way."""
    return [_field(one) for one in from_json(content["antrag"])]


def _field(given: Content) -> dict[str, Any]:
    value, inside = given["value"], [_field(one) for one in given.get("items") or ()]
    if given["kind"] == "datum" and isinstance(value, str):
        value = dt.date.fromisoformat(value)
    return {**given, "value": value, "items": inside}


def file_of(content: Content) -> File:
    """A document with its bytes.

    Raises:
        Unavailable: it did not arrive whole.
    """
    try:
        bytes_ = base64.b64decode(content["inhalt"], validate=True)
    except binascii.Error as cause:
        raise Unavailable("Das Dokument ist nicht vollständig angekommen. Bitte versuchen Sie es noch einmal.") from cause
    return File(content["name"], content["media_type"], bytes_, content["kind"])


def as_text(content: bytes) -> str:
    """Bytes, as they go over."""
    return base64.b64encode(content).decode("ascii")


def instant(text: str | None) -> dt.datetime | None:
    """An instant, where there is one."""
    return None if text is None else _instant(text)


def day(text: str) -> dt.date:
    """A day."""
    return dt.date.fromisoformat(text)


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
