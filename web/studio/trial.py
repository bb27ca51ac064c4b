"""Try a version: a made-up application starts a Vorgang, which its designer may watch."""

from __future__ import annotations

import uuid
from typing import Any, cast, get_args

from flask import Response, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from werkzeug.wrappers import Response as BaseResponse

from engine import reads
from engine.base.errors import Cause, Conflict, Invalid
from engine.verbs.asked import Kind, asked, examples
from engine.verbs.trial import Given, start_test, transaction_id
from web.api.bundles import drawing
from web.api.schemas import StandOut
from web.desk.timeline import Told, timeline
from web.identity import required_konto
from web.studio.blueprint import studio

WRONG = 422
FREE_ROWS, MAX_ROWS = 3, 120
APPLICANT = ("antragsteller.vorname", "antragsteller.nachname")
REFRESH_S = 5


@studio.get("/fassungen/<id:version_id>/probe")
def new_test(version_id: str) -> str:
    """What a test application may say; an example of the bundle fills it in."""
    bundle = reads.bundle_of(version_id)
    wanted = request.args.get("beispiel", "")
    example = next((one for one in examples(bundle) if one.id == wanted), None)
    rows = [
        {"path": field.path, "kind": field.kind or "text", "told": field.kind is not None, "text": field.example, "free": False}
        for field in asked(bundle, example)
        if field.path not in APPLICANT
    ]
    rows += [{"path": "", "kind": "text", "told": False, "text": "", "free": True}] * FREE_ROWS
    given = {"name": example.applicant if example else "", "konto": bool(example and example.mailbox), "rows": rows}
    return _form(version_id, given, str(uuid.uuid4()), chosen=wanted)


@studio.post("/fassungen/<id:version_id>/probe")
def start(version_id: str) -> str | BaseResponse | tuple[str, int]:
    """Start a Vorgang of this version with the application as it was typed."""
    given = _given()
    fields = [Given(row["path"], row["kind"], row["text"]) for row in given["rows"]]
    causes = _unnamed(given["rows"])
    transaction = transaction_id(request.form.get("vorgang", ""))
    try:
        if causes:
            raise Invalid("", causes)
        id = start_test(
            version_id, fields, applicant=given["name"], mailbox=given["konto"], transaction_id=transaction, by=required_konto()
        )
    except Invalid as refusal:
        return _form(version_id, given, transaction, refusal.causes), WRONG
    except Conflict:
        # The page was sent before with other answers: what stands there now is another application.
        return _form(version_id, given, str(uuid.uuid4()), [Cause(str(SENT_BEFORE))]), WRONG
    return redirect(url_for("studio.show_test", test_id=id), 303)


SENT_BEFORE = lazy("Mit dieser Seite wurde schon ein Probeantrag gestellt. Noch einmal senden, um einen weiteren zu stellen.")


def _given() -> dict[str, Any]:
    """What was typed, row by row."""
    rows = []
    kinds = get_args(Kind)
    for number in range(1, MAX_ROWS + 1):
        if f"pfad-{number}" not in request.form:
            break
        kind = request.form.get(f"art-{number}", "text")
        rows.append(
            {
                "path": request.form.get(f"pfad-{number}", "")[:1_000],
                "kind": cast(Kind, kind if kind in kinds else "text"),
                "told": f"bekannt-{number}" in request.form,
                "text": request.form.get(f"wert-{number}", "").replace("\r\n", "\n"),
                "free": f"frei-{number}" in request.form,
            }
        )
    return {"name": request.form.get("name", ""), "konto": request.form.get("konto") == "ja", "rows": rows}


def _unnamed(rows: list[dict[str, Any]]) -> list[Cause]:
    """A value without a name goes nowhere, and nothing typed is lost silently."""
    return [
        Cause(_("Bitte geben Sie an, wie das Feld heißt."), pointer=f"/pfad-{number}")
        for number, row in enumerate(rows, 1)
        if row["text"].strip() and not row["path"].strip()
    ]


def _form(version_id: str, given: dict[str, Any], transaction: str, causes: Any = (), chosen: str = "") -> str:
    bundle = reads.bundle_of(version_id)
    return render_template(
        "studio_probe.html",
        version=reads.get_version(version_id),
        examples=examples(bundle),
        chosen=chosen,
        given=given,
        transaction=transaction,
        causes=causes,
    )


# --- what became of it ---------------------------------------------------------------------------------------------


@studio.get("/proben/<id:test_id>")
def show_test(test_id: str) -> str:
    """Where a test stands, and what has happened in it."""
    case = reads.get_vorgang(test_id)
    return render_template(
        "studio_probevorgang.html",
        case=case,
        version=reads.get_version(case.version_id),
        application=reads.antrag_of(test_id),
        tasks=reads.list_aufgaben(vorgang_id=test_id).items,
        deadlines=reads.list_fristen(test_id),
        decisions=reads.list_decisions(test_id),
        incidents=reads.list_incidents(test_id).items,
        timeline=timeline(Told(events=reads.verlauf(test_id), names=reads.names_of_konten())),
        refresh_s=REFRESH_S,
        may_see_case=required_konto().may("vorgang.lesen"),
    )


@studio.get("/proben/<id:test_id>/diagramm")
def get_test_diagram(test_id: str) -> Response:
    """The diagram a test runs."""
    return drawing(reads.diagram_xml(test_id))


@studio.get("/proben/<id:test_id>/stand")
def get_test_state(test_id: str) -> Response:
    """Where a test stands in its diagram."""
    return jsonify(StandOut().dump(reads.diagramm(test_id)))
