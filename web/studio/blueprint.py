"""The blueprint of the studio: every page of designers belongs to it."""

from __future__ import annotations

from flask import Blueprint, current_app

from engine import reads
from engine.base.ports import Connectors, Offer

studio = Blueprint("studio", __name__, url_prefix="/<slug:kommune>/studio")
studio.context_processor(lambda: {"people": reads.names_of_konten})


def types() -> Offer:
    """The operations that connectors of this installation offer."""
    connectors: Connectors = current_app.extensions["connectors"]
    return connectors.types()
