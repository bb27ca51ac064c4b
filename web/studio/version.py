"""A version: its processes as drawn and as a list, tables, forms, letters, parameters; all of it as a zip."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request

from engine import reads
from web.api.bundles import drawing, zip_answer
from web.studio.blueprint import studio

MAX_LISTED = 1_000
"""Elements of one process that a page lists; who has more cannot read them either."""
MAX_DRAWN = 2_000
"""Elements of one process that a browser draws in bearable time."""


@studio.get("/fassungen/<id:version_id>")
def show_version(version_id: str) -> str:
    """The processes of a version, one of them drawn and listed."""
    bundle = reads.bundle_of(version_id)
    processes = reads.processes(bundle)
    wanted = request.args.get("ablauf", "")
    chosen = next((one for one in processes if one.id == wanted), processes[0])
    nodes = reads.elements(bundle, chosen.id)
    return render_template(
        "studio_ablauf.html",
        version=reads.get_version(version_id),
        processes=processes,
        chosen=chosen,
        nodes=nodes[:MAX_LISTED],
        by_id={node.id: node for node in nodes},
        count=len(nodes),
        too_many=len(nodes) > MAX_DRAWN,
    )


@studio.get("/fassungen/<id:version_id>/diagramm")
def get_diagram(version_id: str) -> Response:
    """The diagram of a process of a version."""
    bundle = reads.bundle_of(version_id)
    wanted = request.args.get("ablauf", "")
    processes = reads.processes(bundle)
    chosen = next((one for one in processes if one.id == wanted), processes[0])
    return drawing(bundle.files[chosen.file])


@studio.get("/fassungen/<id:version_id>/tabellen")
def show_tables(version_id: str) -> str:
    """The decision tables of a version."""
    tables = reads.tables(reads.bundle_of(version_id))
    return render_template("studio_tabellen.html", version=reads.get_version(version_id), tables=tables)


@studio.get("/fassungen/<id:version_id>/formulare")
def show_forms(version_id: str) -> str:
    """The forms of a version, one of them shown."""
    forms = reads.forms(reads.bundle_of(version_id))
    wanted = request.args.get("formular", "")
    chosen = next((form for form in forms if form[0] == wanted), forms[0] if forms else None)
    return render_template("studio_formulare.html", version=reads.get_version(version_id), forms=forms, chosen=chosen)


@studio.get("/fassungen/<id:version_id>/formular")
def get_form(version_id: str) -> dict[str, Any]:
    """A form as form-js reads it, with nothing filled in."""
    return {"schema": reads.form_schema(reads.bundle_of(version_id), request.args.get("formular", "")), "data": {}}


@studio.get("/fassungen/<id:version_id>/briefe")
def show_letters(version_id: str) -> str:
    """The letters of a version, with what is filled in."""
    letters = reads.letters(reads.bundle_of(version_id))
    return render_template("studio_briefe.html", version=reads.get_version(version_id), letters=letters)


@studio.get("/fassungen/<id:version_id>/werte")
def show_parameters(version_id: str) -> str:
    """The parameters of a version."""
    parameters = reads.given_parameters(reads.bundle_of(version_id))
    return render_template("studio_werte.html", version=reads.get_version(version_id), parameters=parameters)


@studio.get("/fassungen/<id:version_id>/paket.zip")
def download(version_id: str) -> Response:
    """A version as a zip of exactly its files."""
    return zip_answer(*reads.packed(version_id))
