"""The live diagram: large on a page of its own, and as a list of names and states."""

from __future__ import annotations

from flask import render_template, request

from engine import reads
from web.desk.blueprint import desk
from web.desk.case import REFRESH_S


@desk.get("/vorgaenge/<id:vorgang_id>/ablauf")
def show_diagram(vorgang_id: str) -> str:
    """Where a case stands, on a page of its own."""
    return render_template("ablauf.html", refresh_s=REFRESH_S, **_shown(vorgang_id))


@desk.get("/vorgaenge/<id:vorgang_id>/ablauf/liste")
def show_stand(vorgang_id: str) -> str:
    """Where a case stands as a list; the page asks for it again when something has changed."""
    return render_template("vorgang/stand.html", **_shown(vorgang_id))


def _shown(vorgang_id: str) -> dict[str, object]:
    return {"case": reads.get_vorgang(vorgang_id), "stand": reads.diagramm(vorgang_id, request.args.get("prozess"))}
