"""The blueprint of the operator: every page of the installation itself belongs to it."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from engine.model.zentrale import BETRIEB
from engine.reads.operator import count_waiting

betrieb = Blueprint("betrieb", __name__, url_prefix=f"/{BETRIEB}")

STATES = {
    "entsteht": _l("entsteht"),
    "bereit": _l("in Betrieb"),
    "gesperrt": _l("gesperrt"),
    "wird_entfernt": _l("wird entfernt"),
}
betrieb.context_processor(lambda: {"states": STATES, "waiting": count_waiting})


@betrieb.get("/")
def home() -> BaseResponse:
    """The first page of operators is the list of municipalities."""
    return redirect(url_for("betrieb.list_kommunen"), 303)
