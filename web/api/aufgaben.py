"""Tasks of people: lists, one task and its form; take it, give it back, complete it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from engine import reads
from engine.base.clock import ZONE
from engine.base.errors import Unknown
from engine.verbs.desk import claim_aufgabe, complete_aufgabe, release_aufgabe
from web import exact
from web.api.asked import Answers, AufgabenQuery
from web.api.parsing import Blueprint
from web.api.schemas import AufgabeOut, FormularOut, page_of
from web.identity import required_konto

aufgaben = Blueprint("aufgaben", __name__, url_prefix="/<slug:kommune>/api/v1/aufgaben", description="Aufgaben")


@aufgaben.get("")
@aufgaben.arguments(AufgabenQuery, location="query")
@aufgaben.response(200, page_of(AufgabeOut))
def list_aufgaben(query: dict[str, Any]) -> dict[str, Any]:
    """Open tasks, those due first."""
    page = reads.list_aufgaben(
        holder=required_konto().login if query["meine"] else None,
        group=query["gruppe"],
        due_until=end_of(query["faellig_bis"]),
        by=required_konto(),
        page=query["seite"],
    )
    return {"items": page.items, "seite": page.number, "weitere": page.more}


def end_of(day: dt.date | None) -> dt.datetime | None:
    """The last instant of a day in Germany."""
    return None if day is None else dt.datetime.combine(day, dt.time.max, ZONE)


@aufgaben.get("/<id:aufgabe_id>")
@aufgaben.response(200, AufgabeOut)
def get_aufgabe(aufgabe_id: str) -> reads.Aufgabe:
    """A task."""
    return reads.get_aufgabe(aufgabe_id)


@aufgaben.get("/<id:aufgabe_id>/formular")
@aufgaben.response(200, FormularOut)
def get_formular(aufgabe_id: str) -> dict[str, Any]:
    """The form of a task and the values it starts with."""
    form, data = reads.form_of(aufgabe_id)
    if form is None and reads.get_aufgabe(aufgabe_id).form is not None:
        raise Unknown("Das Formular dieser Aufgabe fehlt in der Fassung, mit der der Vorgang begonnen hat.")
    return {"schema": None if form is None else exact.loads(form, "Das Formular"), "data": data}


@aufgaben.post("/<id:aufgabe_id>/claim")
@aufgaben.response(200, AufgabeOut)
def claim(aufgabe_id: str) -> reads.Aufgabe:
    """Take a task for oneself; 409 with the fresh state if someone else was faster."""
    return claim_aufgabe(aufgabe_id, by=required_konto())


@aufgaben.post("/<id:aufgabe_id>/release")
@aufgaben.response(200, AufgabeOut)
def release(aufgabe_id: str) -> reads.Aufgabe:
    """Give a task back."""
    return release_aufgabe(aufgabe_id, by=required_konto())


@aufgaben.post("/<id:aufgabe_id>/complete")
@aufgaben.arguments(Answers)
@aufgaben.response(200, AufgabeOut)
def complete(answers: dict[str, Any], aufgabe_id: str) -> reads.Aufgabe:
    """Complete a task; 422 with a cause for each field, 409 with the fresh state for the loser of a race."""
    return complete_aufgabe(aufgabe_id, answers["data"], seen=answers["gesehen"], by=required_konto())
