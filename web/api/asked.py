"""What the interface takes, as schemas: nothing unknown, sentences in German.

No rule stands here: forms and verbs know what is right. These say only what has which shape.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NoReturn

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from engine.base.ports import ReplyPolicy
from forms.characters import has_unwanted

MAX_PAGE = 100_000

SAID: dict[str, Any] = {
    "required": "Diese Angabe fehlt.",
    "null": "Hier darf nicht null stehen.",
    "invalid": "Dieser Wert hat nicht die erwartete Form.",
    "too_large": "Diese Zahl ist zu groß.",
    "invalid_utf8": "Dieser Text ist nicht in UTF-8.",
    "special": "Diese Zahl gibt es hier nicht.",
}


def text(longest: int, *, required: bool = False, **options: Any) -> fields.String:
    """A text of a bounded length without control characters."""
    length = validate.Length(
        1 if required else 0, longest, error=f"Hier wird ein Text von höchstens {longest} Zeichen erwartet."
    )
    return fields.String(required=required, validate=[length, _readable], error_messages=SAID, **options)


def _readable(given: str) -> None:
    if has_unwanted(given):
        raise ValidationError("Der Text enthält Steuerzeichen.")


class Strict(Schema):
    """What comes in: nothing unknown, sentences in German."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "Diese Angabe gibt es hier nicht.", "type": "Hier wird ein JSON-Objekt erwartet."}  # noqa: RUF012  # read by marshmallow


class Paged(Strict):
    """A page of a list; the first is 1."""

    seite = fields.Integer(
        load_default=1, error_messages=SAID, validate=validate.Range(1, MAX_PAGE, error=f"Seiten gibt es von 1 bis {MAX_PAGE}.")
    )


class VorgaengeQuery(Paged):
    """Which cases: by status, by Leistung, by words in the case.

    `q`: all of these words, or their beginnings, wherever in the case they stand (Aktenzeichen, applicant, application,
    messages, names of documents, issued notices); "in quotation marks" a phrase.
    """

    status = text(20, load_default=None)
    leistung = text(100, load_default=None)
    q = text(200, load_default=None)


class AufgabenQuery(Paged):
    """Which open tasks: mine, of a group, due until the end of a day."""

    meine = fields.Boolean(load_default=False, error_messages=SAID)
    gruppe = text(200, load_default=None)
    faellig_bis = fields.Date(load_default=None, error_messages=SAID)


class Answers(Strict):
    """A clerk's answers, by the keys of the form's fields."""

    data = fields.Dict(keys=fields.String(), required=True, error_messages=SAID)
    gesehen = text(64, load_default=None, allow_none=True)
    """The hash of the draft that was looked at, where the task approves one."""


class UnsentIn(Strict):
    """What has been typed into a form and is not sent yet."""

    data = fields.Dict(keys=fields.String(), required=True, error_messages=SAID)


class AbschnittIn(Strict):
    """A part of a notice: its kind, heading and text, structured as in a bundle's letters."""

    kind = text(30, required=True)
    heading = text(200, load_default="")
    text = text(200_000, load_default="")


class EntwurfIn(Strict):
    """All parts of a draft as they shall read, and the hash of the content that was looked at."""

    gesehen = text(64, required=True)
    abschnitte = fields.List(fields.Nested(AbschnittIn), required=True, error_messages=SAID)


class NachrichtIn(Strict):
    """A message to the applicant: subject, text, ids of documents of the case, whether and in what time an answer is wanted."""

    betreff = text(1024, required=True)
    dokumente = fields.List(text(26, required=True), load_default=list, error_messages=SAID)
    antwort = fields.Enum(ReplyPolicy, by_value=True, load_default=ReplyPolicy.FORBIDDEN, error_messages=SAID)
    frist = text(40, load_default=None, allow_none=True)
    """How long there is for an answer, like P14D or „14 Tage“; the last day follows by law."""
    text = text(100_000, required=True)


class StandQuery(Strict):
    """Which process of the case: its own without it."""

    prozess = text(200, load_default=None)


class DayOrNever(fields.String):
    """A day, or the word `nie` for never (None)."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        given = super()._deserialize(value, attr, data, **kwargs)
        if given == "nie":
            return None
        try:
            return dt.date.fromisoformat(given) if len(given) == 10 else self._refuse()
        except ValueError:
            self._refuse()

    def _refuse(self) -> NoReturn:
        raise ValidationError("Hier wird ein Tag wie 2026-03-11 erwartet oder „nie“.")


class ZugangIn(Strict):
    """When a notice really arrived: a day, or `nie`; and why that is known."""

    zugang = DayOrNever(required=True, error_messages=SAID, metadata={"description": "Tag des Zugangs (YYYY-MM-DD) oder „nie“"})
    grund = text(2000, required=True)


class MessageIn(Strict):
    """A BPMN message: its key (none, if it begins a case), an id of its own, its variables, and how long it may wait."""

    id = text(200, required=True)
    key = text(300, load_default="")
    variables = fields.Dict(keys=fields.String(), load_default=dict, error_messages=SAID)
    ttl = text(100, load_default=None, allow_none=True)


class SignalIn(Strict):
    """A BPMN signal: an id of its own, and its variables."""

    id = text(200, required=True)
    variables = fields.Dict(keys=fields.String(), load_default=dict, error_messages=SAID)


class Mended(Strict):
    """Corrected variables, if any, for another attempt."""

    variables = fields.Dict(keys=fields.String(), load_default=dict, error_messages=SAID)
