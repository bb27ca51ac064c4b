"""Amtshilfe at a case: asking another municipality, how it stands, what it has answered, and taking a request back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import ask_help as ask_for_help
from engine import end_grant, list_kommunen, reads
from engine.base import clock, db
from engine.base.errors import Cause, Invalid, Unknown
from engine.model.grant import AMTSHILFE, VALID
from engine.verbs.help_chosen import NUMBERED, steps
from web.desk.acts import Answered
from web.desk.application import GROUP
from web.desk.blueprint import desk
from web.forms import WRONG, causes_of, chosen, made_id, text
from web.identity import required_konto

DRAFT = "entwurf"
USUAL_DAYS = 14
ANSWERED = "amtshilfe:beantwortet"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request at its case: whom, what, how it stands, which fields by their labels; the answer with its documents."""

    grant: reads.Grant
    fields: tuple[str, ...]
    text: str = ""
    documents: tuple[str, ...] = ()
    by: str = ""
    at: dt.datetime | None = None
    may_end: bool = False


def requests_of(vorgang_id: str, acts: Sequence[reads.Act], comments: Sequence[reads.Comment]) -> list[Asked]:
    """The requests for Amtshilfe in a case, open ones first."""
    grants = reads.list_grants(kind=AMTSHILFE, vorgang_id=vorgang_id).items
    if not grants:
        return []
    konto, labels = required_konto(), dict(_paths(reads.antrag_of(vorgang_id)))
    answers = {act.detail.get("befugnis"): act for act in acts if act.tag == ANSWERED}
    texts = {comment.id: comment.text for comment in comments}
    return [_asked(one, labels, answers.get(one.id), texts, one.state == VALID and reads.may_end(one, konto)) for one in grants]


def _asked(
    grant: reads.Grant, labels: Mapping[str, str], answer: reads.Act | None, texts: Mapping[str, str], may_end: bool
) -> Asked:
    named = tuple(labels.get(path, path) for path in grant.fields)
    if answer is None:
        return Asked(grant, named, may_end=may_end)
    documents = tuple(map(str, answer.detail.get("dokumente", ())))
    return Asked(grant, named, texts.get(str(answer.detail.get("kommentar")), ""), documents, answer.konto, answer.at)


@dataclass(frozen=True, slots=True)
class Choice:
    """Fields of one group of the application, as they are ticked: path, label, value."""

    label: str
    fields: tuple[tuple[str, str, Any], ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A request as it was typed."""

    kommune: str = ""
    frage: str = ""
    bis: str = ""
    dokumente: frozenset[str] = field(default_factory=frozenset)
    felder: frozenset[str] = field(default_factory=frozenset)


@desk.route("/vorgaenge/<id:vorgang_id>/amtshilfe", methods=["GET", "POST"])
def ask_help(vorgang_id: str) -> Answered:
    """Ask another municipality for Amtshilfe in a case."""
    if request.method == "GET":
        usual = clock.local_day(clock.now()) + dt.timedelta(days=USUAL_DAYS)
        return _form(vorgang_id, Written(bis=usual.isoformat()))
    written = Written(text("kommune"), text("frage"), text("bis"), chosen("dokumente"), chosen("felder"))
    parts = {"documents": sorted(written.dokumente), "fields": sorted(written.felder)}
    try:
        ask_for_help(
            vorgang_id, written.kommune, written.frage.replace("\r\n", "\n"), _day(written.bis), **parts, id=made_id(),
            by=required_konto(),
        )  # fmt: skip
    except Invalid as refusal:
        return _form(vorgang_id, written, causes_of(refusal)), WRONG
    flash(_("Das Ersuchen ist gestellt. Die Antwort steht hier, sobald sie da ist."))
    return redirect(url_for("desk.show_vorgang", vorgang_id=vorgang_id, _anchor="amtshilfe"), 303)


def _day(typed: str) -> dt.date | None:
    """A day as a date field sends it; what is none is missing."""
    try:
        return dt.date.fromisoformat(typed)
    except ValueError:
        return None


def _form(vorgang_id: str, written: Written, causes: tuple[Cause, ...] = ()) -> str:
    others = [one for one in list_kommunen() if one.slug != db.slug() and one.state == "bereit"]
    return render_template(
        "amtshilfe_bitten.html",
        case=reads.get_vorgang(vorgang_id),
        kommunen=sorted(((one.slug, one.name) for one in others), key=lambda one: one[1].casefold()),
        documents=[one for one in reads.list_dokumente(vorgang_id) if one.kind != DRAFT],
        choices=choices(reads.antrag_of(vorgang_id)),
        written=written,
        causes=causes,
        new_id=made_id(),
    )


@desk.post("/vorgaenge/<id:vorgang_id>/amtshilfe/<id:ersuchen_id>/beenden")
def end_help(vorgang_id: str, ersuchen_id: str) -> BaseResponse:
    """Take a request for Amtshilfe back: whoever was asked sees nothing of the case any more."""
    if reads.get_grant(ersuchen_id).vorgang_id != vorgang_id:
        raise Unknown(_("Dieses Ersuchen gibt es nicht."))
    ended = end_grant(ersuchen_id, by=required_konto())
    flash(_("Das Ersuchen ist zurückgezogen.") if ended else _("Das Ersuchen war schon beendet."))
    return redirect(url_for("desk.show_vorgang", vorgang_id=vorgang_id, _anchor="amtshilfe"), 303)


# --- fields of the application ---------------------------------------------------------------------------------------


def choices(fields: Sequence[Mapping[str, Any]]) -> list[Choice]:
    """The fields of an application by their groups, those without a group first."""
    found = list(_labelled(fields))
    alone = tuple((path, label, one["value"]) for _any, path, label, one in found if one["kind"] != GROUP)
    groups = [(label, tuple(_leaves(one["items"], f"{path}/"))) for _any, path, label, one in found if one["kind"] == GROUP]
    return [Choice(label, inside) for label, inside in [("", alone), *groups] if inside]


def _labelled(fields: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    """The fields of one level with their steps (`steps`) and what each is called: one of several by its number."""
    for any_of_it, path, one in steps(fields):
        _name, _sep, number = path.partition(NUMBERED)
        yield any_of_it, path, f"{one['label']} {number}".strip(), one


def _leaves(fields: Sequence[Mapping[str, Any]], above: str = "", told: str = "") -> Iterator[tuple[str, str, Any]]:
    for _any, path, label, one in _labelled(fields):
        if one["kind"] == GROUP:
            yield from _leaves(one["items"], f"{above}{path}/", f"{told}{label}: ")
        else:
            yield f"{above}{path}", f"{told}{label}", one["value"]


def _paths(fields: Sequence[Mapping[str, Any]], above: str = "", told: str = "") -> Iterator[tuple[str, str]]:
    """What every path is called, those of groups too: a process may name one as a whole, and several of one name at once."""
    for any_of_it, path, label, one in _labelled(fields):
        yield f"{above}{path}", f"{told}{label}"
        if any_of_it != path:
            yield f"{above}{any_of_it}", f"{told}{one['label']}"
        if one["kind"] == GROUP:
            yield from _paths(one["items"], f"{above}{path}/", f"{told}{label}: ")
