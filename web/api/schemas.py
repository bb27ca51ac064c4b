"""What the interface gives, as schemas: members by name, instants in ISO 8601, decimals with all digits."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate


class Out(Schema):
    """What goes out; more members may be added to it later."""

    class Meta:
        unknown = EXCLUDE


class CauseOut(Out):
    message = fields.String(required=True)
    hint = fields.String(required=True)
    pointer = fields.String(required=True, allow_none=True)
    file = fields.String(required=True, allow_none=True)
    line = fields.Integer(required=True, allow_none=True)
    element = fields.String(required=True, allow_none=True)
    severity = fields.String(required=True, validate=validate.OneOf(["error", "warning", "advice"]))


class ProblemOut(Out):
    """RFC 9457, with causes; `fresh` is how things are now, after a lost race."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    causes = fields.List(fields.Nested(CauseOut), required=True)
    fresh = fields.Raw()


class VorgangOut(Out):
    """A case as lists show it; origin is antrag, nachricht, zeit or signal: what it began with, and what that was called."""

    id = fields.String(required=True)
    nummer = fields.String(required=True)
    leistung = fields.String(required=True)
    name = fields.String(required=True)
    applicant = fields.String(required=True)
    status = fields.String(required=True)
    status_at = fields.AwareDateTime(required=True)
    state = fields.String(required=True)
    opened_at = fields.AwareDateTime(required=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)
    version_id = fields.String(required=True)
    origin = fields.String(required=True)
    origin_name = fields.String(required=True)


class AufgabeOut(Out):
    """A task; `holder` is the login of who has it."""

    id = fields.String(required=True)
    vorgang_id = fields.String(required=True)
    nummer = fields.String(required=True)
    leistung = fields.String(required=True)
    applicant = fields.String(required=True)
    element = fields.String(required=True)
    name = fields.String(required=True)
    form = fields.String(required=True, allow_none=True)
    item = fields.Integer(required=True, allow_none=True)
    groups = fields.List(fields.String(), required=True)
    holder = fields.String(required=True, allow_none=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    state = fields.String(required=True)
    opened_at = fields.AwareDateTime(required=True)
    closed_by = fields.String(required=True, allow_none=True)


class FeldOut(Out):
    """An answer of the application, or a group of them."""

    name = fields.String(required=True)
    label = fields.String(required=True)
    kind = fields.String(required=True)
    value = fields.Raw(required=True, allow_none=True)
    items = fields.List(fields.Nested("FeldOut"), required=True)


class FristOut(Out):
    """What is waited for in time; `source` is the law by which the timer calculated its day, if it did."""

    element = fields.String(required=True)
    name = fields.String(required=True)
    due_at = fields.AwareDateTime(required=True)
    source = fields.String(required=True)


class SchrittOut(Out):
    text = fields.String(required=True)
    day = fields.Date(required=True)


class BerechnungOut(Out):
    """A day calculated by law at an element: the function, what it was given, the steps and the law they rest on.

    `result` is null where a notice does not count as delivered, and where nothing could be calculated: `refusal` says why.
    """

    at = fields.AwareDateTime(required=True)
    element = fields.String(required=True)
    name = fields.String(required=True)
    function = fields.String(required=True)
    arguments = fields.Raw(required=True)
    result = fields.Date(required=True, allow_none=True)
    steps = fields.List(fields.Nested(SchrittOut), required=True)
    source = fields.String(required=True)
    refusal = fields.String(required=True)


class DokumentOut(Out):
    id = fields.String(required=True)
    name = fields.String(required=True)
    media_type = fields.String(required=True)
    kind = fields.String(required=True)
    size = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)


class BlockOut(Out):
    kind = fields.String(required=True)
    text = fields.String(required=True)
    cells = fields.List(fields.String(), required=True)


class AbschnittOut(Out):
    kind = fields.String(required=True)
    heading = fields.String(required=True)
    blocks = fields.List(fields.Nested(BlockOut), required=True)


class BescheidOut(Out):
    """A notice; state is entwurf, freigegeben, erlassen or verworfen, content_hash names what it says."""

    id = fields.String(required=True)
    vorgang_id = fields.String(required=True)
    name = fields.String(required=True)
    state = fields.String(required=True)
    content_hash = fields.String(required=True)
    sections = fields.List(fields.Nested(AbschnittOut), required=True)
    editors = fields.List(fields.String(), required=True)
    drafted_at = fields.AwareDateTime(required=True)
    approved_by = fields.String(required=True, allow_none=True)
    approved_at = fields.AwareDateTime(required=True, allow_none=True)
    issued_at = fields.AwareDateTime(required=True, allow_none=True)
    document_id = fields.String(required=True, allow_none=True)
    sha256 = fields.String(required=True, allow_none=True)


class VorgangDetail(VorgangOut):
    """A case with its application, what it waits for, and its documents."""

    antrag = fields.List(fields.Nested(FeldOut), required=True)
    aufgaben = fields.List(fields.Nested(AufgabeOut), required=True)
    fristen = fields.List(fields.Nested(FristOut), required=True)
    berechnungen = fields.List(fields.Nested(BerechnungOut), required=True)
    dokumente = fields.List(fields.Nested(DokumentOut), required=True)


class EreignisOut(Out):
    """A line of the timeline; kind is entered, completed, cancelled, incident, resolved or given, type what BPMN calls it."""

    at = fields.AwareDateTime(required=True)
    kind = fields.String(required=True)
    element = fields.String(required=True)
    name = fields.String(required=True)
    type = fields.String(required=True)
    konto = fields.String(required=True)
    detail = fields.String(required=True)


class NachrichtNew(Out):
    """The id of a message that will be sent."""

    id = fields.String(required=True)


class NachrichtOut(Out):
    """A message with the applicant; direction IN or OUT, documents by their ids.

    `answers` is the id of the message that one of direction IN answers; `reply_bis` the last day for an answer.
    """

    id = fields.String(required=True)
    direction = fields.String(required=True)
    subject = fields.String(required=True)
    body = fields.String(required=True)
    documents = fields.List(fields.String(), required=True)
    at = fields.AwareDateTime(required=True)
    notified_at = fields.AwareDateTime(required=True, allow_none=True)
    retrieved_at = fields.AwareDateTime(required=True, allow_none=True)
    sent = fields.Boolean(required=True)
    reply = fields.String(required=True)
    reply_bis = fields.Date(required=True, allow_none=True)
    reply_source = fields.String(required=True)
    answers = fields.String(required=True, allow_none=True)


class KnotenOut(Out):
    """An element that a case has reached; state is hier, stoerung or erledigt, count how often it was done.

    `done` of `total` items are done while it is being done once for every item of a list; else both are null.
    """

    element = fields.String(required=True)
    name = fields.String(required=True)
    type = fields.String(required=True)
    state = fields.String(required=True)
    count = fields.Integer(required=True)
    done = fields.Integer(required=True, allow_none=True)
    total = fields.Integer(required=True, allow_none=True)


class AblaufOut(Out):
    """A process that is part of a case: its own, or one that it calls."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    reached = fields.Boolean(required=True)


class StandOut(Out):
    """Where a case stands in its diagram, or in that of a process it calls: ids of elements and flows, and each element."""

    file = fields.String(required=True)
    tokens = fields.List(fields.String(), required=True)
    passed = fields.List(fields.String(), required=True)
    incidents = fields.List(fields.String(), required=True)
    process = fields.String(required=True)
    nodes = fields.List(fields.Nested(KnotenOut), required=True)
    processes = fields.List(fields.Nested(AblaufOut), required=True)


class UnsentOut(Out):
    """What has been typed into a form and not sent, and when it was saved."""

    data = fields.Raw(required=True)
    saved_at = fields.AwareDateTime(required=True)


class FormularOut(Out):
    """The form of a task, as form-js draws it (null without one), and the values it starts with.

    `entwurf` is what the caller has typed and not sent; `dokumente` are those that answers may name.
    """

    schema = fields.Raw(required=True, allow_none=True)
    data = fields.Raw(required=True)
    entwurf = fields.Nested(UnsentOut, required=True, allow_none=True)
    dokumente = fields.List(fields.Nested(DokumentOut), required=True)


class IncidentOut(Out):
    id = fields.String(required=True)
    vorgang_id = fields.String(required=True)
    nummer = fields.String(required=True)
    element = fields.String(required=True)
    message = fields.String(required=True)
    opened_at = fields.AwareDateTime(required=True)


class LeistungOut(Out):
    """A Leistung and its current version."""

    key = fields.String(required=True)
    name = fields.String(required=True)
    version_id = fields.String(required=True)
    number = fields.Integer(required=True)
    deployed_at = fields.AwareDateTime(required=True)
    deployed_by = fields.String(required=True)


class DeployedOut(Out):
    """The id of the version: the SHA-256 of its files."""

    id = fields.String(required=True)


class FindingOut(Out):
    severity = fields.String(required=True)
    file = fields.String(required=True, allow_none=True)
    line = fields.Integer(required=True, allow_none=True)
    element = fields.String(required=True, allow_none=True)
    message = fields.String(required=True)
    hint = fields.String(required=True)


class CheckedOut(Out):
    """Whether a bundle could be deployed, and everything that was found."""

    ok = fields.Boolean(required=True)
    findings = fields.List(fields.Nested(FindingOut), required=True)


class CorrelatedOut(Out):
    """Whether the message or signal is new; one with the same id changes nothing."""

    id = fields.String(required=True)
    new = fields.Boolean(required=True)


def items_of(item: type[Out]) -> type[Schema]:
    """A list that is given whole."""
    members: dict[str, Any] = {"items": fields.List(fields.Nested(item), required=True)}
    return Out.from_dict(members, name=item.__name__.removesuffix("Out") + "Items")


def page_of(item: type[Out]) -> type[Schema]:
    """A page of a list; `weitere` says whether there is another."""
    members: dict[str, Any] = {
        "items": fields.List(fields.Nested(item), required=True),
        "seite": fields.Integer(required=True),
        "weitere": fields.Boolean(required=True),
    }
    return Out.from_dict(members, name=item.__name__.removesuffix("Out") + "Page")
