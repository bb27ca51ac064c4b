"""A case: all that is known of it, and where it stands."""

from __future__ import annotations

from flask import render_template

from engine import reads
from web.desk.blueprint import desk
from web.desk.words import timeline

REFRESH_S = 5


@desk.get("/vorgaenge/<id:vorgang_id>")
def show_vorgang(vorgang_id: str) -> str:
    """All that is known of a case."""
    return render_template(
        "vorgang.html",
        case=reads.get_vorgang(vorgang_id),
        application=reads.antrag_of(vorgang_id),
        tasks=reads.list_aufgaben(vorgang_id=vorgang_id).items,
        deadlines=reads.list_fristen(vorgang_id),
        calculations=reads.list_berechnungen(vorgang_id),
        decisions=reads.list_decisions(vorgang_id),
        notices=reads.list_bescheide(vorgang_id),
        documents=reads.list_dokumente(vorgang_id),
        messages=reads.list_nachrichten(vorgang_id),
        incidents=reads.list_incidents(vorgang_id).items,
        timeline=timeline(reads.verlauf(vorgang_id)),
        refresh_s=REFRESH_S,
    )
