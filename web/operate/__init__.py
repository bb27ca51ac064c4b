"""The pages for the Administration of a municipality: who works here and how one gets in, what is set, what is stuck."""

from __future__ import annotations

from flask import Flask

from web.operate import (
    agreements,
    doors,
    entry,
    grants,
    incidents,
    konten,
    letterhead,
    overview,
    parameters,
    retention,
    roles,
    stellen,
    verification,
    vertretungen,
)
from web.operate.blueprint import operate

__all__ = [
    "agreements",
    "doors",
    "entry",
    "grants",
    "incidents",
    "konten",
    "letterhead",
    "operate",
    "overview",
    "parameters",
    "retention",
    "roles",
    "stellen",
    "verification",
    "vertretungen",
    "wire",
]


def wire(app: Flask) -> None:
    """Give an app the pages."""
    app.register_blueprint(operate)
